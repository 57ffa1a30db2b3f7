//! Texts that no page was made for: nothing of them is lost, and nothing leaves the type area.

use super::lay_out;
use super::samples::{self, Maker};
use super::tests::{body_text, library, one, options};
use super::{Laid, binding};
use crate::assets::Assets;
use crate::book::{Anthology, Language};
use crate::document::{Block, BlockKind, Footnote, InlineKind, Math};
use crate::pdf::pages::{Item, PageLabel, Role};
use crate::pdf::style::{Paper, Style};
use crate::progress::Silent;
use crate::text::Setter;

fn lay(book: &Anthology, assets: &Assets, paper: Paper) -> Laid {
    let library = library();
    let setter = Setter::new(&library);
    lay_out(book, assets, &setter, &Style::classic(), &options(paper), || None, &Silent)
}

/// Lays one article out on paper and on a small screen, and returns its text on paper, without spaces.
fn laid(blocks: Vec<Block>, maker: Maker) -> String {
    let assets = Assets::new().expect("a folder");
    let book = one(blocks, maker);
    for paper in ["6in", "A5"].map(|name| Paper::parse(name).expect("a paper")) {
        let laid = lay(&book, &assets, paper);
        assert_in_type_area(&laid, paper);
        if paper == Paper::default() {
            return body_text(&laid).split_whitespace().collect();
        }
    }
    String::new()
}

/// What belongs to the text stands in the type area of its page.
fn assert_in_type_area(laid: &Laid, paper: Paper) {
    let sheet = Style::classic().sheet(paper, &Language::chinese(), &Language::chinese());
    let corner = binding::corner(&sheet, false, 0);
    let (left, right) = (corner.x.0 - 1.0, (corner.x + sheet.measure).0 + 1.0);
    let (top, bottom) = (corner.y.0 - 4.0, (corner.y + sheet.area_height()).0 + 4.0);
    for page in laid.pages.pages.iter().filter(|page| matches!(page.label, PageLabel::Arabic(_))) {
        for item in &page.items {
            match item {
                Item::Glyphs(run) if matches!(run.role, Role::Node(_)) => {
                    let length = run.glyphs.iter().map(|glyph| glyph.x.0).fold(0.0, f32::max);
                    let (x, y) = (run.origin.x.0, run.origin.y.0);
                    let (across, up) = if run.turned { (0.0, length) } else { (length, 0.0) };
                    assert!(x >= left && x + across <= right, "{x} + {across} in {left}..{right}: {:?}", run.text);
                    assert!(y - up >= top && y <= bottom, "{y} in {top}..{bottom}: {:?}", run.text);
                }
                Item::Picture(picture) => {
                    let rect = picture.rect;
                    assert!(rect.x.0 >= left && (rect.x + rect.width).0 <= right, "{rect:?}");
                    assert!(rect.y.0 >= top && (rect.y + rect.height).0 <= bottom, "{rect:?}");
                }
                _ => {}
            }
        }
    }
}

#[test]
fn a_table_of_forty_columns_keeps_every_cell_in_the_type_area() {
    let mut m = Maker::default();
    let rows: Vec<Vec<String>> =
        (0..30).map(|row| (0..40).map(|column| format!("r{row}c{column};")).collect()).collect();
    let text = laid(vec![m.table(&rows)], m);
    rows.iter().flatten().for_each(|cell| assert!(text.contains(cell.as_str()), "{cell}"));
}

#[test]
fn an_address_of_three_hundred_characters_without_a_break_is_broken() {
    let mut m = Maker::default();
    let address = format!("https://example.org/{}", "x".repeat(280));
    let content = m.text(&address);
    let link = InlineKind::Link { target: address.clone(), title: None, content };
    let mut content = m.text("见");
    content.push(m.inline(link));
    let paragraph = m.block(BlockKind::Paragraph(content));
    assert!(laid(vec![paragraph], m).contains(&address));
}

#[test]
fn code_of_five_thousand_lines_is_all_there() {
    let mut m = Maker::default();
    let lines: Vec<String> =
        (0..5000).map(|line| format!("    let value_{line} = compute(alpha, beta, {line});")).collect();
    let text = laid(vec![m.code(&lines.join("\n"))], m);
    for line in [0, 1, 2500, 4999] {
        assert!(text.contains(&format!("letvalue_{line}=compute(alpha,beta,{line});")), "{line}");
    }
}

#[test]
fn a_picture_twenty_thousand_pixels_high_is_shown_whole() {
    let assets = Assets::new().expect("a folder");
    let mut m = Maker::default();
    let picture = samples::png(&assets, 60, 20_000);
    let blocks = vec![m.paragraph(samples::long()), m.picture(picture, "长图"), m.paragraph("图后。")];
    let laid = lay(&one(blocks, m), &assets, Paper::default());
    assert_in_type_area(&laid, Paper::default());
    let mut shown = 0.0;
    for item in laid.pages.pages.iter().flat_map(|page| &page.items) {
        if let Item::Picture(picture) = item {
            assert!((picture.slice.0 - shown).abs() < 1e-6, "from {shown}: {:?}", picture.slice);
            shown = picture.slice.1;
        }
    }
    assert!((shown - 1.0).abs() < 1e-6);
}

#[test]
fn a_list_of_ten_levels_keeps_its_innermost_words() {
    let mut m = Maker::default();
    let mut deep = vec![m.paragraph("最里面的一层，仍然有地方写字。")];
    for level in 0..10 {
        let words = m.paragraph(&format!("第{level}层"));
        deep = vec![words, m.list((level % 2 == 0).then_some(1), vec![deep])];
    }
    assert!(laid(deep, m).contains("仍然有地方写字"));
}

#[test]
fn a_paragraph_of_two_hundred_thousand_characters_is_all_there() {
    let mut m = Maker::default();
    let sentence = samples::long();
    let count = 200_000 / sentence.chars().count() + 1;
    let text = laid(vec![m.paragraph(&sentence.repeat(count))], m);
    let plain: String = sentence.split_whitespace().collect();
    assert_eq!(text.matches(plain.as_str()).count(), count);
}

#[test]
fn arabic_and_hebrew_among_chinese_are_all_there() {
    let mut m = Maker::default();
    let words = "阿拉伯文السلام عليكم与希伯来文שלום עולם都在这一行里，后面还有很多汉字，要到下一行去。";
    let text = laid(vec![m.paragraph(&words.repeat(6))], m);
    // Runs stand in visual order here, and what no face has is a box for each letter.
    for letter in "السلامعيكشועם".chars() {
        assert_eq!(text.matches(letter).count(), words.matches(letter).count() * 6, "{letter}: {text}");
    }
    assert_eq!(text.matches("都在这一行里").count(), 6);
}

#[test]
fn a_note_longer_than_a_page_goes_on_and_ends() {
    let mut m = Maker::default();
    let note = format!("注头。{}注末。", samples::long().repeat(40));
    let blocks = vec![m.noted("正文", &note, "正文末。"), m.paragraph(samples::long())];
    let text = laid(blocks, m);
    assert!(text.contains("注头。") && text.contains("注末。") && text.contains("正文末。"));
}

#[test]
fn three_hundred_notes_on_two_pages_of_text_are_all_there() {
    let mut m = Maker::default();
    let mut blocks = Vec::new();
    for paragraph in 0..10 {
        let mut content = Vec::new();
        for note in 0..30 {
            content.extend(m.text("甲乙丙丁"));
            let index = m.footnotes.len();
            content.push(m.inline(InlineKind::FootnoteCall(index)));
            let said = vec![m.paragraph(&format!("注〔{}〕。", paragraph * 30 + note))];
            let block = m.block(BlockKind::Rule);
            m.footnotes.push(Footnote { id: block.id, line: 1, blocks: said });
        }
        content.extend(m.text("。"));
        blocks.push(m.block(BlockKind::Paragraph(content)));
    }
    let text = laid(blocks, m);
    for note in 0..300 {
        assert_eq!(text.matches(&format!("注〔{note}〕。")).count(), 1, "{note}");
    }
    // Notes stand between the text of two pages.
    for c in "甲乙丙丁".chars() {
        assert_eq!(text.matches(c).count(), 300, "{c}");
    }
}

#[test]
fn a_page_of_displayed_formulas_stays_in_the_type_area() {
    let mut m = Maker::default();
    let tex = r"\int_0^\infty \frac{x^{s-1}}{e^x-1}\,dx = \Gamma(s)\zeta(s) + \sum_{n=1}^{N}\frac{a_n}{b_n}";
    let mut blocks = vec![m.paragraph(samples::long())];
    for index in 0..14 {
        let wide = tex.repeat(if index % 5 == 4 { 6 } else { 1 });
        blocks.push(m.block(BlockKind::Math(Math { tex: wide, valid: true })));
    }
    blocks.push(m.paragraph("式后。"));
    assert!(laid(blocks, m).contains("式后。"));
}
