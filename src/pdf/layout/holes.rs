//! How much of a page may stay empty because of figures: measured on articles of many shapes.

use std::collections::BTreeMap;

use super::samples::{self, Maker};
use super::tests::{library, options};
use super::{Laid, lay_out};
use crate::assets::Assets;
use crate::book::Language;
use crate::document::{Block, BlockKind, ImageState, NodeId};
use crate::pdf::pages::{GlyphRun, Item, Page, Role};
use crate::pdf::style::{Paper, Sheet, Style};
use crate::progress::Silent;
use crate::text::Setter;

/// Numbers that look random and are the same each time.
struct Dice(u32);

impl Dice {
    fn below(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 16) % sides
    }
}

/// Pictures of the sizes that articles have: wide, square, tall, and taller than the page.
fn pictures(assets: &Assets) -> Vec<ImageState> {
    let sizes = [(900, 300), (800, 500), (800, 600), (600, 600), (600, 800), (300, 200), (500, 900)];
    sizes.iter().map(|&(width, height)| samples::png(assets, width, height)).collect()
}

/// Sections of some paragraphs, lists and quotations, with figures among them.
fn blocks(m: &mut Maker, dice: &mut Dice, pictures: &[ImageState]) -> Vec<Block> {
    let mut blocks = Vec::new();
    for _ in 0..40 {
        blocks.push(match dice.below(14) {
            0 | 1 => m.heading(2 + u8::try_from(dice.below(2)).expect("small"), "小节"),
            2 | 3 => {
                let picture = pictures[dice.below(u32::try_from(pictures.len()).expect("few")) as usize].clone();
                m.picture(picture, "题注")
            }
            4 => {
                let inner = vec![m.paragraph(samples::long())];
                m.block(BlockKind::Quote(inner))
            }
            5 => {
                let items = vec![vec![m.paragraph("一项")], vec![m.paragraph(samples::long())]];
                m.list(None, items)
            }
            _ => {
                let text = samples::long().repeat(2);
                let length = dice.below(u32::try_from(text.chars().count()).expect("short"));
                m.paragraph(&text.chars().take(length as usize + 10).collect::<String>())
            }
        });
    }
    blocks
}

/// The part of the type area that is empty below what stands on a page.
fn hole(page: &Page, sheet: &Sheet) -> f32 {
    let bottom = sheet.top + sheet.grid_height();
    let ends = page.items.iter().map(|item| match item {
        Item::Glyphs(run) => run.origin.y,
        Item::Picture(picture) => picture.rect.y + picture.rect.height,
        _ => sheet.top,
    });
    // The folio is below the type area.
    let last = ends.filter(|&end| end.0 <= bottom.0).fold(sheet.top, crate::units::Pt::max);
    (bottom - last) / sheet.grid_height()
}

fn laid(assets: &Assets, seed: u32) -> Laid {
    let (library, mut m) = (library(), Maker::default());
    let setter = Setter::new(&library);
    let blocks = blocks(&mut m, &mut Dice(seed), &pictures(assets));
    let book = samples::book(vec![m.article("题", Language::chinese(), blocks)]);
    lay_out(&book, assets, &setter, &Style::classic(), &options(Paper::default()), || None, &Silent)
}

#[test]
fn figures_leave_small_holes_and_stand_after_the_text_that_they_follow() {
    let assets = Assets::new().expect("a folder");
    let sheet = Style::classic().sheet(Paper::default(), &Language::chinese(), &Language::chinese());
    let mut holes: Vec<(f32, u32, String)> = Vec::new();
    for seed in 0..40 {
        let pages = laid(&assets, seed).pages.pages;
        let text: Vec<&Page> = pages.iter().filter(|page| page.start.is_some()).collect();
        assert_in_order(&text);
        let (_last, full) = text.split_last().expect("pages");
        holes.extend(full.iter().map(|page| (hole(page, &sheet), seed, page.label.to_string())));
    }
    holes.sort_by(|a, b| b.0.total_cmp(&a.0));
    let above = |part: f32| holes.iter().filter(|(hole, ..)| *hole > part).count();
    println!("{} pages, holes above 10 %: {}, above 25 %: {}", holes.len(), above(0.1), above(0.25));
    println!("{:?}", &holes[..6]);
    // What is left has several figures without text between them.
    assert!(above(0.25) * 50 <= holes.len() && above(0.3) == 0 && above(0.1) * 10 <= holes.len());
}

#[test]
fn a_long_picture_does_not_overtake_a_figure_that_has_moved() {
    let (assets, library) = (Assets::new().expect("a folder"), library());
    let setter = Setter::new(&library);
    let [wide, long] = [(900, 500), (300, 3000)].map(|(width, height)| samples::png(&assets, width, height));
    for lines in 8..22 {
        for heading in [false, true] {
            let mut m = Maker::default();
            let mut blocks: Vec<Block> = (0..lines).map(|_| m.paragraph("一行。")).collect();
            blocks.extend(heading.then(|| m.heading(2, "小节")));
            blocks.push(m.picture(wide.clone(), "题注"));
            blocks.push(m.picture(long.clone(), ""));
            let book = samples::book(vec![m.article("题", Language::chinese(), blocks)]);
            let options = options(Paper::default());
            let laid = lay_out(&book, &assets, &setter, &Style::classic(), &options, || None, &Silent);
            let items = laid.pages.pages.iter().flat_map(|page| &page.items);
            let shown = items.filter_map(|item| if let Item::Picture(it) = item { Some(it.slice) } else { None });
            let shown: Vec<(f32, f32)> = shown.collect();
            assert_eq!(shown[0], (0.0, 1.0), "{lines} {heading}: {shown:?}");
            assert!(shown.len() > 2 && shown[1..].iter().all(|slice| *slice != (0.0, 1.0)), "{shown:?}");
        }
    }
}

/// No figure stands before where the text begins that it follows.
fn assert_in_order(pages: &[&Page]) {
    let mut begins: BTreeMap<NodeId, (usize, f32)> = BTreeMap::new();
    let mut figures: Vec<(NodeId, (usize, f32))> = Vec::new();
    for (number, page) in pages.iter().enumerate() {
        for item in &page.items {
            match item {
                Item::Glyphs(GlyphRun { role: Role::Node(node), origin, .. }) => {
                    begins.entry(node.node).or_insert((number, origin.y.0));
                }
                Item::Picture(picture) => {
                    let node = picture.node.expect("a figure").node;
                    figures.push((node, (number, picture.rect.y.0)));
                }
                _ => {}
            }
        }
    }
    assert!(figures.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1), "figures keep their order");
    for (figure, at) in figures {
        // Its own caption has ids below its own.
        let caption = NodeId(figure.0 - 1);
        let text = begins.range(..caption).filter(|(node, _)| **node != NodeId::ARTICLE);
        for (node, begin) in text {
            assert!(*begin < at, "{figure:?} at {at:?} stands before {node:?} at {begin:?}");
        }
    }
}
