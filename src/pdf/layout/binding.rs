//! The leaves of all parts become the pages of one book, with running heads and page numbers.

use rayon::prelude::*;

use super::context::{Context, Frame};
use super::inline::{self, Text};
use super::lines;
use super::page::Leaf;
use super::shapes;
use super::strip::{Strip, shift_item, shift_rect};
use crate::pdf::pages::{Destination, Item, OutlineEntry, Page, PageLabel, Pages, Point, Role};
use crate::pdf::style::Sheet;
use crate::text::{Align, Family};
use crate::units::Pt;

/// A leaf with what it needs to become a page.
pub(super) struct Sheaf {
    /// What is on it.
    pub(super) leaf: Leaf,
    /// What the page is called.
    pub(super) label: PageLabel,
    /// What stands above and below the text.
    pub(super) furniture: Furniture,
}

/// What stands above and below the text of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Furniture {
    /// Nothing: covers, title pages, empty pages.
    Bare,
    /// A page number.
    Folio,
    /// A page number, and a head that names the book and this article.
    Full(usize),
}

/// Where the type area begins on the paper. Left and right pages of a two-sided book mirror each other.
pub(super) fn corner(sheet: &Sheet, two_sided: bool, page: usize) -> Point {
    let x = match (two_sided, page.is_multiple_of(2)) {
        (false, _) => (sheet.paper.width - sheet.measure) * 0.5,
        (true, true) => sheet.inner,
        (true, false) => sheet.outer,
    };
    Point { x, y: sheet.top }
}

/// How many pages are bound on one thread at a time.
const PAGES_PER_PART: usize = 64;

/// Binds leaves to a book; `heads` are the running heads of the articles. `context` makes the context of what the book
/// adds, of which each thread needs its own.
pub(super) fn bind<'c>(
    context: &(dyn Fn() -> Context<'c> + Sync),
    sheaves: Vec<Sheaf>,
    heads: &[Heads],
    two_sided: bool,
) -> Pages {
    let numbered: Vec<(usize, Sheaf)> = sheaves.into_iter().enumerate().collect();
    let bind_part = |part: Vec<(usize, Sheaf)>| {
        let context = context();
        let mut pages = Pages::default();
        for (index, sheaf) in part {
            bind_page(&context, index, sheaf, heads, two_sided, &mut pages);
        }
        pages
    };
    let parts = numbered.into_par_iter().chunks(PAGES_PER_PART).map(bind_part).collect::<Vec<_>>();
    let mut pages = Pages::default();
    for mut part in parts {
        pages.pages.append(&mut part.pages);
        pages.outline.append(&mut part.outline);
        pages.destinations.append(&mut part.destinations);
    }
    pages
}

/// Adds the page of an index.
fn bind_page(context: &Context<'_>, index: usize, sheaf: Sheaf, heads: &[Heads], two_sided: bool, pages: &mut Pages) {
    let corner = corner(&context.sheet, two_sided, index);
    let recto = index.is_multiple_of(2);
    let mut items = sheaf.leaf.items;
    if let Furniture::Full(article) = sheaf.furniture {
        items.extend(heads[article].items(recto));
    }
    if sheaf.furniture != Furniture::Bare {
        items.extend(folio(context, sheaf.label, two_sided, recto));
    }
    for item in &mut items {
        shift_item(item, corner.x, corner.y);
    }
    let mut links = sheaf.leaf.links;
    for link in &mut links {
        shift_rect(&mut link.rect, corner.x, corner.y);
    }
    // The number of pages is far below the type's end.
    let page = u32::try_from(index).unwrap_or(u32::MAX);
    let place = |at: Point| Destination { page, at: Point { x: corner.x + at.x, y: (corner.y + at.y).max(Pt::ZERO) } };
    pages.destinations.extend(sheaf.leaf.anchors.iter().map(|&(node, at)| (node, place(at))));
    let entries = sheaf.leaf.outline.into_iter();
    pages.outline.extend(entries.map(|(level, title, at)| OutlineEntry { level, title, destination: place(at) }));
    pages.pages.push(Page {
        width: context.sheet.paper.width,
        height: context.sheet.paper.height,
        label: sheaf.label,
        weight: context.sheet.kind.weight,
        items,
        links,
        start: sheaf.leaf.start.filter(|(node, _)| node.article != context.index),
    });
}

/// The frame of words outside the text.
fn frame<'a>(context: &'a Context<'a>, size: Pt, align: Align) -> Frame<'a> {
    let frame = Frame { align, title: true, color: context.style.color.note, ..Frame::body(context) };
    frame.flush().sized(size, size * 1.4)
}

/// A page number below the text: in the middle, or at the outer edge of a two-sided book.
fn folio(context: &Context<'_>, label: PageLabel, two_sided: bool, recto: bool) -> Vec<Item> {
    let align = match (two_sided, recto) {
        (false, _) => Align::Center,
        (true, true) => Align::Right,
        (true, false) => Align::Left,
    };
    let sheet = &context.sheet;
    words(
        context,
        &frame(context, sheet.kind.folio, align),
        &label.to_string(),
        false,
        sheet.area_height() + sheet.folio_below,
    )
}

/// One line of words on a baseline.
fn words(context: &Context<'_>, frame: &Frame<'_>, said: &str, italic: bool, base: Pt) -> Vec<Item> {
    let mut text = Text::default();
    let style = crate::text::TextStyle { italic, ..inline::frame_style(frame) };
    text.push_words(said, style, frame.color, Role::Artifact);
    let mut strip = Strip::default();
    if let Some(line) = context.setter.set(&text.content, &lines::options(frame, Pt::ZERO)).first() {
        lines::draw(&mut strip, frame.x, base, &text, line);
    }
    strip.items
}

/// The running heads of an article's pages, made once: both are the same where pages are not two-sided.
pub(super) struct Heads {
    left: Vec<Item>,
    right: Vec<Item>,
    rule: Option<Item>,
}

impl Heads {
    /// The heads of an article with a title, in the context of what the book adds.
    pub(super) fn new(context: &Context<'_>, article: &str, two_sided: bool) -> Self {
        let sheet = &context.sheet;
        let size = sheet.kind.head;
        if size.0 <= 0.0 {
            return Self { left: Vec::new(), right: Vec::new(), rule: None };
        }
        let book = context.article.title.as_str();
        let base = -sheet.head_above;
        let italic = !context.article.language.is_han();
        let frame = |align| Frame { family: Family::Serif, ..frame(context, size, align) };
        let fitted = |title: &str, part: f32, align| shorten(context, &frame(align), title, sheet.measure * part);
        let set = |said: &str, align| words(context, &frame(align), said, italic, base);
        let line = |title: &str, part, align| set(&fitted(title, part, align), align);
        let y = base + size * 0.62;
        let rule = shapes::rule(Pt::ZERO, y, sheet.measure, Pt(0.4), context.style.color.hairline);
        let (left, right) = if two_sided {
            (line(book, 1.0, Align::Left), line(article, 1.0, Align::Right))
        } else if book == article {
            let both = line(article, 1.0, Align::Center);
            (both.clone(), both)
        } else {
            let name = fitted(book, 0.36, Align::Left);
            let taken = width(context, &frame(Align::Left), &name) / sheet.measure;
            let mut both = set(&name, Align::Left);
            both.extend(line(article, 0.94 - taken, Align::Right));
            (both.clone(), both)
        };
        Self { left, right, rule: Some(rule) }
    }

    fn items(&self, recto: bool) -> impl Iterator<Item = Item> {
        let side = if recto { &self.right } else { &self.left };
        side.iter().chain(&self.rule).cloned()
    }
}

/// The width of words on one line.
fn width(context: &Context<'_>, frame: &Frame<'_>, said: &str) -> Pt {
    let mut text = Text::default();
    text.push_words(said, inline::frame_style(frame), frame.color, Role::Artifact);
    context.setter.natural_width(&text.content, &lines::options(frame, Pt::ZERO))
}

/// A title that fits a width. One that does not ends where it pauses, or else between words; dots stand for
/// the rest, in the middle of the line in Chinese and on the baseline after Latin letters.
fn shorten(context: &Context<'_>, frame: &Frame<'_>, title: &str, width: Pt) -> String {
    let fits = |said: &str| self::width(context, frame, said) <= width;
    let chars: Vec<(usize, char)> = title.char_indices().take(LONGEST_HEAD).collect();
    if chars.len() < LONGEST_HEAD && fits(title) {
        return title.to_owned();
    }
    let edges: Vec<(usize, Edge)> =
        (1..chars.len()).filter_map(|at| edge(chars[at - 1].1, chars[at].1).map(|edge| (chars[at].0, edge))).collect();
    // The longest beginning that fits, of those that end at some places.
    let longest = |ends: &[usize]| {
        let fitting = ends.partition_point(|&at| fits(&cut(&title[..at])));
        fitting.checked_sub(1).map(|index| cut(&title[..ends[index]]))
    };
    let last = |least: Pt, wanted: &dyn Fn(Edge) -> bool| {
        let ends: Vec<usize> = edges.iter().filter(|(_, edge)| wanted(*edge)).map(|&(at, _)| at).collect();
        longest(&ends).filter(|said| self::width(context, frame, said) >= least)
    };
    last(width * LEAST_HEAD, &|edge| edge == Edge::Part)
        .or_else(|| last(width * LEAST_HEAD, &|edge| edge != Edge::Han))
        .or_else(|| last(Pt::ZERO, &|_| true))
        .or_else(|| longest(&chars.iter().map(|&(at, _)| at).collect::<Vec<_>>()))
        .unwrap_or_default()
}

/// No head has room for so many characters.
const LONGEST_HEAD: usize = 400;

/// A head that ends where the title pauses fills at least this part of its place.
const LEAST_HEAD: f32 = 0.4;

/// Where a title may be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edge {
    /// Before a mark that divides it.
    Part,
    /// Between words.
    Word,
    /// Between two Han characters, which may be one word.
    Han,
}

fn edge(a: char, b: char) -> Option<Edge> {
    let divides = |c| matches!(c, '：' | '，' | '；' | '。' | '？' | '！' | '—' | ':' | ',' | ';');
    match (a, b) {
        _ if divides(b) && !divides(a) => Some(Edge::Part),
        _ if b.is_whitespace() => Some(Edge::Word),
        _ if a.is_whitespace() || divides(a) || matches!(a, '（' | '(' | '“' | '《' | '「') => None,
        _ if inline::is_han(a) && inline::is_han(b) => Some(Edge::Han),
        _ if inline::is_han(a) != inline::is_han(b) && (a.is_alphanumeric() && b.is_alphanumeric()) => Some(Edge::Word),
        _ if matches!(b, '（' | '(' | '“' | '《' | '「') => Some(Edge::Word),
        _ => None,
    }
}

/// The beginning of a title, with dots.
fn cut(said: &str) -> String {
    let said = said.trim_end();
    let latin = said.chars().next_back().is_some_and(|c| c.is_alphanumeric() && !inline::is_han(c));
    format!("{said}{}", if latin { "..." } else { "……" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_cut_where_they_pause_and_not_inside_a_word() {
        assert_eq!(edge('路', '：'), Some(Edge::Part));
        assert_eq!(edge('：', '路'), None);
        assert_eq!(edge('O', 'p'), None);
        assert_eq!(edge('与', 'O'), Some(Edge::Word));
        assert_eq!((cut("The Quiet ").as_str(), cut("路").as_str()), ("The Quiet...", "路……"));
    }
}
