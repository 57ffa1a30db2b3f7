//! Books of all shapes stay on their pages, and nothing of them is lost.

use super::samples::{self, Maker};
use super::{Laid, Links, Options, lay_out};
use crate::assets::Assets;
use crate::book::{Anthology, Language};
use crate::document::{AlertKind, Block, BlockKind, ImageState, NodeId};
use crate::fonts::Library;
use crate::pdf::pages::{Color, Item, LinkTarget, Page, PageLabel, Role};
use crate::pdf::structure::ADDED;
use crate::pdf::style::{Paper, Style};
use crate::problem::Code;
use crate::progress::Silent;
use crate::text::Setter;

pub(super) fn library() -> Library {
    let mut library = Library::embedded().expect("embedded faces");
    library.add_math_faces().expect("faces of formulas");
    library
}

fn lay(book: &Anthology, assets: &Assets, paper: &str, two_sided: bool) -> Laid {
    let library = library();
    let setter = Setter::new(&library);
    let paper = Paper::parse(paper).expect("a paper");
    let cover = || Some(crate::cover::page(book, assets, &library, &[], paper.width, paper.height));
    let options = Options { two_sided, ..options(paper) };
    lay_out(book, assets, &setter, &Style::classic(), &options, cover, &Silent)
}

pub(super) fn options(paper: Paper) -> Options {
    Options { paper, two_sided: false, screen: true, links: Links::Live, recto: false, bleed: false }
}

/// All that stands on a page is on its paper.
fn assert_on_paper(page: &Page) {
    let (width, height) = (page.width.0 + 0.1, page.height.0 + 0.1);
    for item in &page.items {
        match item {
            Item::Glyphs(run) => {
                let length = run.glyphs.iter().map(|glyph| glyph.x.0).fold(0.0, f32::max);
                if run.turned {
                    assert!(run.origin.y.0 <= height && run.origin.y.0 - length >= -0.1, "{:?}", run.text);
                    assert!((0.0..=width).contains(&run.origin.x.0), "{:?}", run.text);
                    continue;
                }
                let right = length + run.origin.x.0;
                assert!(run.origin.x.0 >= -0.1 && right <= width, "{right} of {width}: {:?}", run.text);
                assert!((0.0..=height).contains(&run.origin.y.0), "{:?} of {height}: {:?}", run.origin, run.text);
            }
            Item::Picture(picture) => {
                let rect = picture.rect;
                assert!(rect.x.0 >= -0.1 && (rect.x + rect.width).0 <= width, "{rect:?}");
                assert!(rect.y.0 >= -2.0 && (rect.y + rect.height).0 <= height, "{rect:?}");
            }
            Item::Fill(rect, _) | Item::Stroke(rect, ..) => {
                assert!(rect.x.0 >= -0.1 && (rect.x + rect.width).0 <= width, "{rect:?}");
                assert!((rect.y + rect.height).0 <= height + 0.1, "{rect:?}");
            }
            Item::Path(..) => {}
        }
    }
}

/// The text of an article's nodes, page by page.
pub(super) fn body_text(laid: &Laid) -> String {
    let items = laid.pages.pages.iter().flat_map(|page| &page.items);
    let runs = items.filter_map(|item| match item {
        Item::Glyphs(run) if matches!(run.role, Role::Node(node) if node.article != ADDED) => Some(run.text.as_str()),
        _ => None,
    });
    runs.collect()
}

pub(super) fn one(blocks: Vec<Block>, maker: Maker) -> Anthology {
    samples::book(vec![maker.article("一篇", Language::chinese(), blocks)])
}

#[test]
fn a_book_with_everything_stays_on_its_pages_and_links_lead_somewhere() {
    let assets = Assets::new().expect("a folder");
    let book = samples::book(vec![samples::everything(&assets), samples::english()]);
    for (paper, two_sided) in [("A5", true), ("6in", false), ("80x80mm", false)] {
        let laid = lay(&book, &assets, paper, two_sided);
        laid.pages.pages.iter().for_each(assert_on_paper);
        for link in laid.pages.pages.iter().flat_map(|page| &page.links) {
            assert!(!link.contents.is_empty());
            if let LinkTarget::Node(node) = link.target {
                assert!(laid.pages.destinations.iter().any(|(known, _)| *known == node), "{node:?}");
            }
        }
        assert!(body_text(&laid).contains("系船用的绳子"));
    }
}

#[test]
fn the_same_book_is_laid_out_alike_with_any_number_of_jobs() {
    let assets = Assets::new().expect("a folder");
    let book = samples::book(vec![samples::everything(&assets), samples::english(), samples::everything(&assets)]);
    let library = library();
    let pages = [1, 3].map(|jobs| {
        let setter = Setter::new(&library);
        let options = options(Paper::default());
        let lay_out = || lay_out(&book, &assets, &setter, &Style::classic(), &options, || None, &Silent);
        let threads = rayon::ThreadPoolBuilder::new().num_threads(jobs).build().expect("threads");
        format!("{:?}", threads.install(lay_out).pages)
    });
    assert!(pages[0] == pages[1]);
}

#[test]
fn what_does_not_fit_is_split_and_not_lost() {
    let assets = Assets::new().expect("a folder");
    let mut m = Maker::default();
    let rows: Vec<Vec<String>> =
        (0..4).map(|row| (0..40).map(|column| format!("r{row}c{column};")).collect()).collect();
    let mut blocks = vec![m.table(&rows)];
    blocks.push(m.paragraph(&"Q".repeat(300)));
    let code: Vec<String> = (0..5000).map(|line| format!("line {line}")).collect();
    blocks.push(m.code(&code.join("\n")));
    let mut deep = vec![m.paragraph("最里面的一层，仍然有地方写字。")];
    for _ in 0..10 {
        deep = vec![m.list(None, vec![deep])];
    }
    blocks.append(&mut deep);
    let note = format!("{}注末。", samples::long().repeat(30));
    blocks.push(m.noted("正文", &note, "正文末。"));
    let cell = samples::long().repeat(20);
    blocks.push(m.table(&[vec!["甲".to_owned(), "乙".to_owned()], vec!["丙".to_owned(), format!("{cell}格末。")]]));
    let tall = samples::png(&assets, 60, 20_000);
    blocks.push(m.picture(tall, "长图"));
    let laid = lay(&one(blocks, m), &assets, "A5", false);
    laid.pages.pages.iter().for_each(assert_on_paper);
    let text = body_text(&laid);
    for cell in rows.iter().flatten() {
        assert!(text.contains(cell.as_str()), "{cell}");
    }
    assert_eq!(text.matches('Q').count(), 300);
    for words in ["line4999", "仍然有地方写字", "注末。", "格末。", "长图"] {
        assert!(text.replace(' ', "").contains(words), "{words}");
    }
    let slices = laid.pages.pages.iter().flat_map(|page| &page.items).filter(|item| matches!(item, Item::Picture(_)));
    assert!(slices.count() > 20);
}

#[test]
fn a_table_too_wide_for_the_measure_is_turned_and_stays_on_its_page() {
    let assets = Assets::new().expect("a folder");
    let mut m = Maker::default();
    let rows: Vec<Vec<String>> =
        (0..60).map(|row| (0..12).map(|column| format!("{row}行{column}列")).collect()).collect();
    let mut table = m.table(&rows);
    if let BlockKind::Table(table) = &mut table.kind {
        // 300 by 100 pixels, and one that is missing.
        table.body[3].cells[11].blocks = vec![m.picture(samples::png(&assets, 300, 100), "")];
        table.body[5].cells[11].blocks = vec![m.picture(ImageState::Missing(Code::ImageNotFound), "")];
    }
    let blocks = vec![m.paragraph("表前。"), table, m.paragraph("表后。")];
    let laid = lay(&one(blocks, m), &assets, "A5", false);
    laid.pages.pages.iter().for_each(assert_on_paper);
    let pictures: Vec<_> = (laid.pages.pages.iter().flat_map(|page| &page.items))
        .filter_map(|item| if let Item::Picture(picture) = item { Some(picture) } else { None })
        .collect();
    let [picture] = pictures.as_slice() else { panic!("one picture: {pictures:?}") };
    let file = crate::images::decode(&assets.read(picture.asset).expect("there")).expect("a picture");
    assert_eq!((file.width, file.height), (100, 300), "it is turned with the table");
    assert!((picture.rect.height / picture.rect.width - 3.0).abs() < 0.01, "{:?}", picture.rect);
    let turned = |page: &&Page| page.items.iter().any(|item| matches!(item, Item::Glyphs(run) if run.turned));
    assert!(laid.pages.pages.iter().filter(turned).count() > 1);
    let text = body_text(&laid);
    for cell in rows.iter().flatten().filter(|cell| !["4行11列", "6行11列"].contains(&cell.as_str())) {
        assert!(text.contains(cell.as_str()), "{cell}");
    }
    assert!(text.contains("山间的雾"), "what stands for the missing picture");
    assert!(text.contains("59行11列") && text.contains("表后"));
}

#[test]
fn a_printed_book_has_no_colours_and_articles_begin_on_right_pages() {
    let assets = Assets::new().expect("a folder");
    let book = samples::book(vec![samples::everything(&assets), samples::english(), samples::english()]);
    let library = library();
    let setter = Setter::new(&library);
    let given =
        Options { screen: false, links: Links::Notes, two_sided: true, recto: true, ..options(Paper::default()) };
    let laid = lay_out(&book, &assets, &setter, &Style::classic(), &given, || None, &Silent);
    for item in laid.pages.pages.iter().flat_map(|page| &page.items) {
        let Color(red, green, blue) = match item {
            Item::Glyphs(run) => run.color,
            Item::Fill(_, color) | Item::Stroke(_, _, color) | Item::Path(_, color) => *color,
            Item::Picture(_) => continue,
        };
        assert!(red == green && green == blue, "{item:?}");
    }
    let first = |page: &&Page| page.start.is_some_and(|(node, _)| node.node == NodeId::ARTICLE);
    let sides: Vec<_> = laid.pages.pages.iter().filter(first).map(|page| page.label.to_string()).collect();
    assert_eq!(sides.len(), 3);
    assert!(sides.iter().all(|label| label.parse::<u32>().is_ok_and(|number| number % 2 == 1)), "{sides:?}");
    assert!(body_text(&laid).contains("https://example.org/x"));
}

#[test]
fn notes_are_numbered_anew_on_each_page_and_stand_where_they_are_called() {
    let assets = Assets::new().expect("a folder");
    let mut m = Maker::default();
    let mut blocks = Vec::new();
    for index in 0..30 {
        blocks.push(m.noted(samples::long(), &format!("注文{index}。"), "完。"));
    }
    let laid = lay(&one(blocks, m), &assets, "A5", false);
    let mut pages_with_notes = 0;
    for page in &laid.pages.pages {
        let labels: Vec<&str> = page
            .items
            .iter()
            .filter_map(|item| match item {
                Item::Glyphs(run) if matches!(run.role, Role::Node(node) if node.article == 0) => {
                    Some(run.text.as_str())
                }
                _ => None,
            })
            .filter(|text| text.chars().all(|c| ('①'..='⑳').contains(&c)) && !text.is_empty())
            .collect();
        if labels.is_empty() {
            continue;
        }
        pages_with_notes += 1;
        let (calls, notes) = labels.split_at(labels.len() / 2);
        assert_eq!(calls, notes, "each call has its note on the same page");
        assert_eq!(calls[0], "①");
    }
    assert!(pages_with_notes > 5);
}

#[test]
fn no_page_begins_with_the_last_line_of_a_paragraph_and_lines_stand_on_the_grid() {
    let assets = Assets::new().expect("a folder");
    let mut m = Maker::default();
    let mut blocks = Vec::new();
    for index in 0..40 {
        if index % 5 == 0 {
            blocks.push(m.heading(2, "标题"));
        }
        if index % 7 == 0 {
            // What stands apart in the size of the text takes whole lines too.
            let inner = vec![m.paragraph(samples::long()), m.paragraph("——某某")];
            blocks.push(m.block(BlockKind::Quote(inner)));
            let inner = vec![m.paragraph("一行")];
            blocks.push(m.block(BlockKind::Alert(AlertKind::Note, inner)));
            let inner = vec![m.paragraph("一项")];
            let inner = vec![m.list(None, vec![inner])];
            blocks.push(m.block(BlockKind::Quote(inner)));
        }
        blocks.push(m.paragraph(samples::long()));
    }
    let laid = lay(&one(blocks, m), &assets, "A5", false);
    let sheet = Style::classic().sheet(Paper::default(), &Language::chinese(), &Language::chinese());
    let mut lines = 0;
    for page in &laid.pages.pages {
        let runs = page.items.iter().filter_map(|item| match item {
            Item::Glyphs(run) if run.size == sheet.kind.body => {
                matches!(run.role, Role::Node(node) if node.article == 0).then_some(run)
            }
            _ => None,
        });
        for run in runs {
            let line = (run.origin.y - sheet.top - sheet.kind.body * super::lines::HAN_ASCENT) / sheet.kind.leading;
            assert!((line - line.round()).abs() < 0.01, "{:?} stands at line {line}", run.text);
            lines += 1;
        }
        if let Some((_, offset)) = page.start.filter(|(_, offset)| *offset > 0) {
            let left = samples::long().len() - usize::try_from(offset).expect("small");
            assert!(left > 28 * 3, "only {left} bytes are left of the paragraph");
        }
    }
    assert!(lines > 200);
}

#[test]
fn a_link_means_the_same_article_as_in_the_epub() {
    let assets = Assets::new().expect("a folder");
    let mut m = Maker::default();
    let content = m.text("前文");
    let target = "http://www.example.org/articles/前文/?utm_source=x".to_owned();
    let link = m.inline(crate::document::InlineKind::Link { target, title: None, content });
    let linking = m.block(BlockKind::Paragraph(vec![link]));
    let first = Maker::default().article("前文", Language::chinese(), Vec::new());
    let book = samples::book(vec![first, m.article("后文", Language::chinese(), vec![linking])]);
    let laid = lay(&book, &assets, "A5", false);
    let targets: Vec<&LinkTarget> = (laid.pages.pages.iter().flat_map(|page| &page.links))
        .filter(|link| link.node.article == 1 && link.contents == "前文")
        .map(|link| &link.target)
        .collect();
    assert_eq!(targets, [&LinkTarget::Node(crate::book::NodeRef { article: 0, node: NodeId::ARTICLE })]);
}

#[test]
fn a_wide_picture_that_begins_a_paragraph_stays_in_the_column() {
    let assets = Assets::new().expect("a folder");
    let mut m = Maker::default();
    let state = samples::png(&assets, 1600, 900);
    let image = crate::document::Image { source: "a.png".to_owned(), alt: "雾".to_owned(), title: None, state };
    let mut content = vec![m.inline(crate::document::InlineKind::Image(image))];
    content.extend(m.text(samples::long()));
    let blocks = vec![m.block(BlockKind::Paragraph(content))];
    let laid = lay(&one(blocks, m), &assets, "A5", false);
    let sheet = Style::classic().sheet(Paper::default(), &Language::chinese(), &Language::chinese());
    let pictures: Vec<_> = (laid.pages.pages.iter().flat_map(|page| &page.items))
        .filter_map(|item| if let Item::Picture(picture) = item { Some(picture.rect) } else { None })
        .collect();
    let [rect] = pictures.as_slice() else { panic!("{pictures:?}") };
    let right = sheet.measure + (laid.pages.pages[0].width - sheet.measure) * 0.5;
    assert!((rect.x + rect.width).0 <= right.0 + 0.01, "{rect:?} beyond {right:?}");
}

#[test]
fn a_dropped_picture_leaves_nothing_and_an_empty_article_has_a_page() {
    let assets = Assets::new().expect("a folder");
    let mut m = Maker::default();
    let blocks = vec![m.picture(ImageState::Dropped, ""), m.block(BlockKind::Paragraph(Vec::new()))];
    let laid = lay(&one(blocks, m), &assets, "A5", false);
    assert_eq!(laid.pages.pages.iter().filter(|page| page.label == PageLabel::Arabic(1)).count(), 1);
    assert!(!laid.pages.pages.iter().flat_map(|page| &page.items).any(|item| matches!(item, Item::Picture(_))));
}

#[test]
#[ignore = "writes files to look at: out/layout-*.pdf"]
fn books_to_look_at() {
    let assets = Assets::new().expect("a folder");
    let book = samples::book(vec![samples::everything(&assets), samples::english()]);
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("out");
    std::fs::create_dir_all(&folder).expect("made");
    for (paper, two_sided) in [("A5", false), ("6in", false), ("A4", true)] {
        let laid = lay(&book, &assets, paper, two_sided);
        for problem in &laid.problems {
            println!("{problem}");
        }
        let mut file = std::fs::File::create(folder.join(format!("layout-{paper}.pdf"))).expect("created");
        let options = crate::pdf::write::Options { jobs: 2, compress: true };
        crate::pdf::write::write(laid.pages, &book, &assets, &library(), &options, &mut file, &Silent)
            .expect("written");
    }
}
