//! The parts of the book: a page with the title of its section stands before the first article of each.

use super::context::{Context, Frame};
use super::front::{centred, stack_as, title_size};
use super::inline::{self, Text};
use super::page::Leaf;
use super::strip::Strip;
use super::{figure, head, lines};
use crate::book::{Anthology, NodeRef, Section};
use crate::document::NodeId;
use crate::pdf::pages::{Point, Role};
use crate::pdf::structure::Kind;
use crate::text::Family;
use crate::units::Pt;

/// On which page an article begins, and the part before it. Pages of text count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Opening {
    /// The page of the part that begins with the article.
    pub(super) part: Option<u32>,
    /// The first page of the article.
    pub(super) article: u32,
}

/// Where the articles of a book begin that take so many pages each. With `recto`, parts and articles begin on right
/// pages, which have odd numbers; the page before may be empty then.
pub(super) fn openings(book: &Anthology, lengths: impl Iterator<Item = usize>, recto: bool) -> Vec<Opening> {
    let after = |last: u32| last + if recto && !last.is_multiple_of(2) { 2 } else { 1 };
    let mut last = 0;
    let opening = |(index, length): (usize, usize)| {
        let part = book.part_at(index).map(|_| after(last));
        let article = after(part.unwrap_or(last));
        last = article - 1 + u32::try_from(length).unwrap_or(u32::MAX);
        Opening { part, article }
    };
    lengths.enumerate().map(opening).collect()
}

/// The node of the part that begins with an article.
pub(super) fn node(article: u32) -> NodeRef {
    NodeRef { article, node: NodeId::PART }
}

/// Sizes of the title in parts of an article's, the largest first: the first is taken in which it fills no more
/// than [`MOST_FILLED`] of the page.
const SIZES: [f32; 4] = [1.3, 1.1, 0.85, 0.65];
/// The part of a page that the title may fill.
const MOST_FILLED: f32 = 0.6;
/// How far down the page the title begins, in parts of its height.
const TOP: f32 = 0.27;
/// A title of more characters than this is cut, on its page only.
const MOST_CHARACTERS: usize = 160;

/// The page of the part that begins with an article.
pub(super) fn leaf(context: &Context<'_>, section: &Section, article: u32) -> Leaf {
    let height = context.sheet.area_height();
    let title = figure::shorten(section.title(), MOST_CHARACTERS);
    let frame = frame(context, &title, height * MOST_FILLED);
    let mut strip = Strip::default();
    let below = stack_as(context, &mut strip, &frame, Kind::Heading(1), &title, height * TOP);
    strip.overlay(head::rule(context), Pt::ZERO, below);
    let top = Point { x: Pt::ZERO, y: Pt::ZERO };
    Leaf {
        items: strip.items,
        start: Some((node(article), 0)),
        anchors: vec![(node(article), top)],
        outline: vec![(1, section.title().to_owned(), top)],
        ..Leaf::default()
    }
}

/// The frame of a part's title, which fills no more than so much of the page.
fn frame<'a>(context: &'a Context<'a>, title: &str, most: Pt) -> Frame<'a> {
    let sized = |wanted: f32| {
        let size = title_size(context, title, wanted);
        Frame { bold: true, ..centred(context, Family::Serif, size, 1.45) }
    };
    let fits = |frame: &Frame<'_>| {
        let mut text = Text::default();
        text.push_words(title, inline::frame_style(frame), frame.color, Role::Artifact);
        lines::set(context, frame, &text, Pt::ZERO).iter().map(|line| line.height).sum::<Pt>() <= most
    };
    SIZES.into_iter().map(sized).find(fits).unwrap_or_else(|| sized(0.0))
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::book::{Article, Language};

    #[test]
    fn in_a_book_of_right_pages_a_part_and_its_article_have_each_their_own_leaf() {
        let article = |section: &str| Article {
            section: Section::new(section).ok(),
            ..samples::Maker::default().article("雨", Language::chinese(), Vec::new())
        };
        let book = samples::book(["", "书", "书", "", "书"].map(article).to_vec());
        let pages = |recto| openings(&book, [2, 3, 1, 1, 1].into_iter(), recto);
        let opening = |part, article| Opening { part, article };
        let one = [opening(None, 1), opening(Some(3), 4), opening(None, 7), opening(None, 8), opening(Some(9), 10)];
        assert_eq!(pages(false), one);
        let two = [opening(None, 1), opening(Some(3), 5), opening(None, 9), opening(None, 11), opening(Some(13), 15)];
        assert_eq!(pages(true), two);
    }
}
