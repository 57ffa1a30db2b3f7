//! The contents: titles with dotted leaders and page numbers.

use super::context::{Context, Frame};
use super::inline::{self, Text};
use super::lines;
use super::page::{Leaf, fill};
use super::strip::{Group, Strip};
use crate::book::NodeRef;
use crate::pdf::pages::{Glyph, GlyphRun, Item, LinkArea, LinkTarget, Point, Rect, Role};
use crate::pdf::structure::{self, Child, Element};
use crate::text::{Align, Family};
use crate::units::Pt;
use crate::words;

/// What an entry of the contents leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A part of the book.
    Part,
    /// An article.
    Article,
    /// A heading in an article.
    Heading,
}

/// An entry of the contents.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// What it leads to.
    pub(super) kind: Kind,
    /// 1 for a part and for an article outside of any; one more for what stands in it.
    pub(super) level: u8,
    /// Its title.
    pub(super) title: String,
    /// What stands after the title: who wrote the article.
    pub(super) author: Option<String>,
    /// The number of its page.
    pub(super) number: String,
    /// What it leads to.
    pub(super) node: NodeRef,
}

/// The distance of the dots of a leader, in parts of the type size.
const DOTS: f32 = 0.5;

/// So many entries at the end stay together: one or two alone on a last page look forgotten.
const LAST: usize = 4;

/// The pages of the contents.
pub(super) fn leaves(context: &Context<'_>, entries: &[Entry]) -> Vec<Leaf> {
    let kind = &context.sheet.kind;
    let frame = Frame { on_grid: true, title: true, align: Align::Left, ..Frame::body(context).flush() };
    let widest = entries.iter().map(|entry| number_width(context, &frame, &entry.number));
    let number = widest.fold(frame.size * 2.0, Pt::max);
    let mut groups = vec![heading(context, &frame, words::Word::Contents)];
    let mut items = Vec::with_capacity(entries.len());
    let sans = if frame.language.is_han() { Family::Sans } else { Family::Serif };
    let mut in_part = false;
    for (index, entry) in entries.iter().enumerate() {
        let node = context.fresh();
        items.push((entry.level, node));
        let inset = frame.size * 1.5 * f32::from(entry.level.saturating_sub(1));
        let size = if entry.kind == Kind::Heading { kind.body * 0.9 } else { kind.body };
        let (part, family) = (entry.kind == Kind::Part, if entry.kind == Kind::Part { sans } else { frame.family });
        let inner = Frame { size, family, bold: part, ..frame.inset(inset, number + frame.size) };
        // A part stands apart from what is before it, and an article outside of any from the part before it.
        let apart = part && index > 0 || in_part && entry.kind == Kind::Article && entry.level == 1;
        let before = if apart { kind.leading } else { Pt::ZERO };
        in_part = part || in_part && entry.level > 1;
        let leads = entries.get(index + 1).is_some_and(|next| next.level > entry.level);
        let keep_with_next = leads || index + LAST >= entries.len() && index + 1 < entries.len();
        groups.push(Group { before, keep_with_next, ..group(context, &frame, &inner, entry, node) });
    }
    let mut items = items.iter().copied().peekable();
    context.added.borrow_mut().push(nested(&mut items, 0));
    fill(context, groups)
}

/// The entries above a level as one element, deeper ones nested in it.
fn nested(items: &mut std::iter::Peekable<impl Iterator<Item = (u8, NodeRef)>>, above: u8) -> Element {
    let mut out: Vec<Child> = Vec::new();
    let own = items.peek().map_or(above + 1, |(level, _)| *level);
    while let Some(&(level, node)) = items.peek().filter(|(level, _)| *level > above) {
        if level > own {
            out.push(nested(items, own).into());
            continue;
        }
        items.next();
        let link = Element::new(structure::Kind::Link, vec![Child::Content(node)]).with_node(node);
        let reference = Element::new(structure::Kind::Reference, vec![link.into()]);
        out.push(Element::new(structure::Kind::ContentsItem, vec![reference.into()]).into());
    }
    Element::new(structure::Kind::Contents, out)
}

/// The title of the contents, and of other parts that the book adds.
pub(super) fn heading(context: &Context<'_>, frame: &Frame<'_>, word: words::Word) -> Group {
    let kind = &context.sheet.kind;
    let family = if frame.language.is_han() { Family::Sans } else { Family::Serif };
    let title = Frame { family, bold: true, align: Align::Center, ..frame.sized(kind.title, kind.title_leading) };
    let mut text = Text::default();
    let said = words::word(word, frame.language);
    let spaced = if frame.language.is_chinese() && said.chars().count() == 2 {
        said.chars().map(String::from).collect::<Vec<_>>().join("\u{3000}")
    } else {
        said.to_owned()
    };
    text.push_words(&spaced, inline::frame_style(&title), title.color, context.said(structure::Kind::Heading(1)));
    let mut strip = Strip::default();
    for line in lines::set(context, &title, &text, Pt::ZERO) {
        strip.overlay(line, Pt::ZERO, (kind.leading * 4.0 - title.leading) * 0.4);
    }
    strip.height = kind.leading * 4.0;
    Group { strips: vec![strip], on_grid: true, keep_with_next: true, ..Group::default() }
}

/// An entry: its title, a leader, and its number at the end of the last line.
fn group(context: &Context<'_>, outer: &Frame<'_>, frame: &Frame<'_>, entry: &Entry, node: NodeRef) -> Group {
    let role = Role::Node(node);
    let mut text = Text::default();
    text.push_words(&entry.title, inline::frame_style(frame), frame.color, role);
    if let Some(author) = &entry.author {
        let family = if frame.language.is_han() { Family::Kai } else { Family::Serif };
        let small = Frame { family, size: frame.size * 0.86, color: context.style.color.note, ..*frame };
        let style = inline::frame_style(&small);
        text.push_words(&format!("\u{2003}{author}"), style, small.color, role);
    }
    let target = LinkTarget::Node(entry.node);
    let contents = format!("{} {}", entry.title, entry.number);
    let set = context.setter.set(&text.content, &lines::options(frame, Pt::ZERO));
    let mut strips = Vec::with_capacity(set.len());
    for (index, line) in set.iter().enumerate() {
        let mut strip = Strip { height: frame.leading, glued: index > 0, ..Strip::default() };
        let base = lines::baseline(outer.size, outer.leading);
        lines::draw(&mut strip, frame.x, base, &text, line);
        if index + 1 == set.len() {
            number(context, &mut strip, outer, &number_text(outer, &entry.number, role), frame.x + line.width, base);
        }
        let width = outer.x + outer.width - frame.x;
        let rect = Rect { x: frame.x, y: Pt::ZERO, width, height: frame.leading };
        strip.links.push(LinkArea { rect, target: target.clone(), contents: contents.clone(), node });
        strips.push(strip);
    }
    Group { strips, on_grid: true, ..Group::default() }
}

fn number_text(frame: &Frame<'_>, number: &str, role: Role) -> Text {
    let mut text = Text::default();
    text.push_words(number, inline::frame_style(frame), frame.color, role);
    text
}

fn number_width(context: &Context<'_>, frame: &Frame<'_>, number: &str) -> Pt {
    context.setter.natural_width(&number_text(frame, number, Role::Artifact).content, &lines::options(frame, Pt::ZERO))
}

/// The number at the right, and dots between it and the text that ends at `from`.
fn number(context: &Context<'_>, strip: &mut Strip, frame: &Frame<'_>, text: &Text, from: Pt, base: Pt) {
    let width = context.setter.natural_width(&text.content, &lines::options(frame, Pt::ZERO));
    let right = frame.x + frame.width;
    let set = context.setter.set(&text.content, &lines::options(frame, Pt::ZERO));
    let to = right - width;
    strip.items.extend(leader(context, frame, from + frame.size * 0.5, to - frame.size * 0.4, base).map(Item::Glyphs));
    if let Some(line) = set.first() {
        lines::draw(strip, to, base, text, line);
    }
}

/// Dots, at places that are the same in all lines.
fn leader(context: &Context<'_>, frame: &Frame<'_>, from: Pt, to: Pt, base: Pt) -> Option<GlyphRun> {
    let mut text = Text::default();
    // Between Han text, dots stand in the middle of the line.
    let shape = if frame.language.is_han() { "·" } else { "." };
    text.push_words(shape, inline::frame_style(frame), context.style.color.note, Role::Artifact);
    let options =
        crate::text::Options { language: crate::book::Language::english(), ..lines::options(frame, Pt::ZERO) };
    let set = context.setter.set(&text.content, &options);
    let fragment = set.first()?.fragments.first()?;
    let dot = *fragment.glyphs.first()?;
    let step = frame.size * DOTS;
    let (first, last) = ((from / step).ceil() as i32, (to / step).floor() as i32);
    if last <= first {
        return None;
    }
    let glyphs = (first..last).zip((0_u32..).step_by(shape.len())).map(|(index, cluster)| Glyph {
        id: dot.id,
        x: step * (index - first) as f32,
        y: Pt::ZERO,
        cluster,
    });
    let count = usize::try_from(last - first).unwrap_or(0);
    Some(GlyphRun {
        turned: false,
        face: fragment.face,
        size: fragment.size,
        color: context.style.color.note,
        origin: Point { x: step * first as f32, y: base },
        glyphs: glyphs.collect(),
        text: shape.repeat(count),
        role: Role::Artifact,
        language: None,
    })
}
