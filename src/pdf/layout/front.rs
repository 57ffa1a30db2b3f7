//! The pages that the book adds before and after its articles: title page, colophon. The cover is designed
//! elsewhere.

use super::context::{Context, Frame};
use super::figure;
use super::inline::{self, Text};
use super::lines;
use super::page::{Leaf, fill};
use super::strip::{Group, Strip};
use super::words::{self, Word};
use crate::book::{Anthology, Language, Metadata};
use crate::document::NodeId;
use crate::pdf::structure::Kind;
use crate::text::{Align, Family};
use crate::units::Pt;

/// The date of a book, as its language writes it.
fn date(metadata: &Metadata, language: &Language) -> Option<String> {
    metadata.date.map(|date| words::date(date.date_naive(), language))
}

/// Lines of words in a frame, from a height on; returns the height where they end.
fn stack(context: &Context<'_>, strip: &mut Strip, frame: &Frame<'_>, words: &str, y: Pt) -> Pt {
    stack_as(context, strip, frame, Kind::Paragraph, words, y)
}

/// The same, as an element of a kind.
pub(super) fn stack_as(
    context: &Context<'_>,
    strip: &mut Strip,
    frame: &Frame<'_>,
    kind: Kind,
    words: &str,
    mut y: Pt,
) -> Pt {
    let mut text = Text::default();
    text.push_words(words, inline::frame_style(frame), frame.color, context.said(kind));
    for line in lines::set(context, frame, &text, Pt::ZERO) {
        let height = line.height;
        strip.overlay(line, Pt::ZERO, y);
        y += height;
    }
    y
}

/// A frame of centred words of a size.
pub(super) fn centred<'a>(context: &'a Context<'a>, family: Family, size: Pt, leading: f32) -> Frame<'a> {
    let frame = Frame { align: Align::Center, title: true, ..Frame::body(context) };
    Frame { family, ..frame.flush().sized(size, size * leading) }
}

/// The size of a book's title on a page of this size: large, but no word is wider than the measure.
pub(super) fn title_size(context: &Context<'_>, title: &str, wanted: f32) -> Pt {
    let longest = title.split_whitespace().map(|word| {
        let ascii = word.chars().filter(char::is_ascii).count();
        if ascii == word.chars().count() { ascii as f32 * 0.55 } else { 6.0 }
    });
    let longest = longest.fold(4.0, f32::max);
    let size = context.sheet.kind.title * wanted;
    size.min(context.sheet.measure / longest).max(context.sheet.kind.body)
}

/// The title page.
pub(super) fn title_page(context: &Context<'_>, metadata: &Metadata) -> Leaf {
    let kind = &context.sheet.kind;
    let height = context.sheet.area_height();
    let size = title_size(context, &metadata.title, 1.45);
    let title = Frame { bold: true, ..centred(context, Family::Serif, size, 1.45) };
    let family = if metadata.language.is_han() { Family::Kai } else { Family::Serif };
    let author = centred(context, family, kind.body * 1.15, 1.7);
    let small = Frame { color: context.style.color.note, ..centred(context, family, kind.body, 1.7) };
    let mut strip = Strip::default();
    let mut y = stack(context, &mut strip, &title, &metadata.title, height * 0.22) + kind.leading;
    if let Some(names) = metadata.author() {
        y = stack(context, &mut strip, &author, &names, y);
    }
    if let Some(description) = &metadata.description {
        let narrow = small.inset(kind.body * 3.0, kind.body * 3.0);
        stack(context, &mut strip, &narrow, &figure::shorten(description, 300), y + kind.leading);
    }
    let mut foot: Vec<String> = metadata.publisher.iter().cloned().collect();
    foot.extend(date(metadata, &metadata.language));
    let mut y = height - small.leading * foot.len() as f32;
    for line in foot {
        y = stack(context, &mut strip, &small, &line, y);
    }
    Leaf { items: strip.items, ..Leaf::default() }
}

/// The colophon: the facts of the book, at the foot of its last page.
pub(super) fn colophon(context: &Context<'_>, book: &Anthology) -> Leaf {
    let metadata = &book.metadata;
    let language = &metadata.language;
    let kind = &context.sheet.kind;
    let colon = if language.is_han() { "：" } else { ": " };
    let mut facts = vec![(Word::Title, metadata.title.clone())];
    facts.extend(metadata.author().map(|author| (Word::Author, author)));
    facts.extend(metadata.publisher.clone().map(|publisher| (Word::Publisher, publisher)));
    facts.extend(date(metadata, language).map(|date| (Word::Date, date)));
    facts.push((Word::Articles, book.articles.len().to_string()));
    facts.push((Word::Identifier, metadata.identifier.urn().to_string()));
    facts.push((Word::Typeset, format!("wenji {}", env!("CARGO_PKG_VERSION"))));
    let frame = Frame { align: Align::Left, ..Frame::body(context).flush().sized(kind.caption, kind.caption_leading) };
    let mut strip = Strip::default();
    let mut y = kind.leading * 0.5;
    for (name, fact) in facts {
        let said = format!("{}{colon}{fact}", words::word(name, language));
        y = stack(context, &mut strip, &frame, &said, y);
    }
    strip.items.push(super::shapes::rule(Pt::ZERO, Pt::ZERO, context.sheet.measure, Pt(0.5), context.style.color.text));
    let down = (context.sheet.area_height() - y).max(Pt::ZERO);
    strip.shift(Pt::ZERO, down);
    Leaf { items: strip.items, ..Leaf::default() }
}

/// The page that stands for an article whose layout failed.
pub(super) fn failed(context: &Context<'_>) -> Vec<Leaf> {
    let frame = Frame { align: Align::Center, ..Frame::body(context).flush() };
    let mut text = Text::default();
    let [title, byline] = [NodeId::TITLE, NodeId::BYLINE].map(|node| context.role(node));
    let said = words::word(Word::Failed, frame.language);
    text.push_words(&context.article.title, inline::frame_style(&Frame { bold: true, ..frame }), frame.color, title);
    text.push_words(&format!("\u{2028}{said}"), inline::frame_style(&frame), frame.color, byline);
    let mut strips = lines::set(context, &frame, &text, Pt::ZERO);
    if let Some(first) = strips.first_mut() {
        first.anchors.push(NodeId::ARTICLE);
        first.outline = Some((1, context.article.title.clone()));
    }
    fill(context, vec![Group { strips, on_grid: true, ..Group::default() }])
}
