//! A paragraph becomes lines.
//!
//! | step | file |
//! |---|---|
//! | what a character is: Han, mark, letter | [`class`] |
//! | text in runs of one script, face, style and direction | `itemize` |
//! | runs become units with glyphs | `shape`; what need not be shaped again: `apart` |
//! | how wide marks and gaps are, and what may give | `spacing` |
//! | where a line may end | `breaks`; where a title may: `words` |
//! | which breaks are the best | `optimum` |
//! | how wide the joints of each line become | `justify` |
//! | every glyph at its place | `place`; code on a grid: `grid` |
//! | all of it in order | [`paragraph`] |
//!
//! The room knows nothing of pages or documents: it is given [`Content`] and gives back [`Line`]s.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::book::Language;
pub use crate::fonts::Family;
use crate::fonts::{FaceId, GlyphId, Region};
use crate::units::Pt;

mod apart;
mod breaks;
pub mod class;
mod grid;
mod itemize;
mod justify;
mod optimum;
pub mod paragraph;
mod place;
mod shape;
mod spacing;
#[cfg(all(test, feature = "embedded-fonts"))]
mod tests;
mod words;

pub use paragraph::Setter;
pub use words::word_ends;

/// What the faces could not do for a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// Characters that no face has.
    pub missing: BTreeSet<char>,
    /// Regions whose forms of Han characters no face has.
    pub regions: BTreeSet<Region>,
    /// Regions whose forms no bold face has, where bold was wanted.
    pub not_bold: BTreeSet<Region>,
}

/// How a piece of text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextStyle {
    /// The family.
    pub family: Family,
    /// Bold.
    pub bold: bool,
    /// Italic; Han characters never slant.
    pub italic: bool,
    /// The type size.
    pub size: Pt,
    /// Upwards shift of the baseline, for superscripts and subscripts.
    pub shift: Pt,
    /// A dot under each Han character (着重号).
    pub emphasis_dots: bool,
}

/// A piece of text of one style.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The bytes of [`Content::text`].
    pub range: Range<usize>,
    /// How it is set.
    pub style: TextStyle,
    /// What it means to the caller: comes back in [`Fragment::tag`].
    pub tag: u32,
    /// The language, where it differs from the paragraph's.
    pub language: Option<Language>,
    /// Whether it is a URL or code, which breaks at its punctuation without a hyphen and has no Han|Latin gap inside.
    pub verbatim: bool,
}

/// A box in the text, standing on the baseline: a picture, a formula. Its character is U+FFFC.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Object {
    /// The byte of its U+FFFC in [`Content::text`].
    pub at: usize,
    /// Its width.
    pub width: Pt,
    /// Its height above the baseline.
    pub ascent: Pt,
    /// Its depth below the baseline, positive.
    pub descent: Pt,
    /// What it means to the caller.
    pub tag: u32,
}

/// Readings above base text (ruby).
#[derive(Debug, Clone, PartialEq)]
pub struct Ruby {
    /// The base: bytes of [`Content::text`].
    pub base: Range<usize>,
    /// The reading.
    pub reading: String,
    /// How the reading is set.
    pub style: TextStyle,
    /// What it means to the caller.
    pub tag: u32,
}

/// What a paragraph holds. U+2028 in the text is a line break that the author meant.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Content {
    /// The text.
    pub text: String,
    /// Its pieces; they cover the text without gaps, in order.
    pub spans: Vec<Span>,
    /// The boxes in it, in order.
    pub objects: Vec<Object>,
    /// The readings in it, in order.
    pub ruby: Vec<Ruby>,
}

impl Content {
    /// The box at a byte.
    fn object_at(&self, at: usize) -> Option<usize> {
        self.objects.binary_search_by_key(&at, |object| object.at).ok()
    }

    /// The reading whose base holds a byte.
    fn ruby_at(&self, at: usize) -> Option<usize> {
        let index = self.ruby.partition_point(|ruby| ruby.base.end <= at);
        self.ruby.get(index).is_some_and(|ruby| ruby.base.start <= at).then_some(index)
    }
}

/// How lines are aligned. In text from right to left, the first edge is the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Both edges are even but for the last line.
    Justify,
    /// The first edge is even.
    Left,
    /// Lines are centred, and of about equal length.
    Center,
    /// The second edge is even.
    Right,
}

/// The widths of punctuation, by the names that xeCJK gave them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PunctuationStyle {
    /// Marks take 1 em in the line, half an em at its end.
    #[default]
    Hangmobanjiao,
    /// 。？！ take 1 em, other marks half an em.
    Kaiming,
    /// Marks take 1 em.
    Quanjiao,
    /// Marks take half an em.
    Banjiao,
}

/// How a paragraph is set.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The length of a line.
    pub measure: Pt,
    /// The indent of the first line.
    pub indent: Pt,
    /// How lines are aligned.
    pub align: Align,
    /// The language.
    pub language: Language,
    /// How wide marks are.
    pub punctuation: PunctuationStyle,
    /// Whether it is a title: its lines end by meaning and are of about equal length, its words are not hyphenated.
    pub title: bool,
}

/// A box at its place in a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlacedObject {
    /// The index into [`Content::objects`].
    pub object: usize,
    /// The left edge.
    pub x: Pt,
    /// How many of the line's fragments are read before it.
    pub after: usize,
}

/// A line: fragments from its left edge, at a baseline of 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Line {
    /// Text, in the order in which it is read.
    pub fragments: Vec<Fragment>,
    /// Boxes.
    pub objects: Vec<PlacedObject>,
    /// Emphasis dots: centre of each, and its size.
    pub dots: Vec<(Pt, Pt)>,
    /// Where the last glyph ends, white space at the end not counted.
    pub width: Pt,
    /// The bytes of [`Content::text`] that the line shows.
    pub range: Range<usize>,
    /// The greatest height of a box or a ruby above the baseline beyond that of the text; 0 for plain text.
    pub extra_ascent: Pt,
    /// The greatest depth of a box below the baseline beyond that of the text.
    pub extra_descent: Pt,
}

/// Glyphs of one face and style.
#[derive(Debug, Clone, PartialEq)]
pub struct Fragment {
    /// The face.
    pub face: FaceId,
    /// The type size.
    pub size: Pt,
    /// The left edge.
    pub x: Pt,
    /// The width.
    pub width: Pt,
    /// The baseline, upwards from the line's.
    pub y: Pt,
    /// The glyphs.
    pub glyphs: Vec<Glyph>,
    /// The text that they show, in reading order. An inserted hyphen is U+00AD.
    pub text: String,
    /// The caller's tag.
    pub tag: u32,
    /// The language, where it differs from the paragraph's.
    pub language: Option<Language>,
}

/// A glyph in a fragment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glyph {
    /// The glyph.
    pub id: GlyphId,
    /// To the right of the fragment's left edge.
    pub x: Pt,
    /// Upwards from the fragment's baseline.
    pub y: Pt,
    /// The byte of the fragment's text where the characters that it shows begin.
    pub cluster: u32,
}
