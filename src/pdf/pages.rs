//! Pages with everything at its place: what the layout makes and the writer draws.
//!
//! Coordinates are points from the page's top left corner, y downwards. Every glyph run and picture
//! knows the node of the document that it shows, so that tags, page lists and links can be made.

use std::fmt;

use crate::assets::AssetId;
use crate::book::{Language, NodeRef};
use crate::fonts::FaceId;
use crate::pdf::structure::Structure;
pub use crate::text::Glyph;
use crate::units::{Em, Pt};

/// The laid-out book.
#[derive(Debug, Clone, Default)]
pub struct Pages {
    /// The pages, in order.
    pub pages: Vec<Page>,
    /// The outline, nested by level, in order of the text.
    pub outline: Vec<OutlineEntry>,
    /// Where named destinations are: the targets of [`LinkTarget::Node`].
    pub destinations: Vec<(NodeRef, Destination)>,
    /// What is named for those who link to a place of the file from outside.
    pub names: Vec<(String, NodeRef)>,
    /// What the pages hold, in reading order.
    pub structure: Structure,
    /// How far colour runs over the edges of the paper, which is cut there; 0 for a book that is not cut.
    /// Crop marks stand beyond it.
    pub bleed: Pt,
}

/// A page.
#[derive(Debug, Clone)]
pub struct Page {
    /// Width of the paper.
    pub width: Pt,
    /// Height of the paper.
    pub height: Pt,
    /// What the page is called in the viewer and in the contents.
    pub label: PageLabel,
    /// How much heavier than its face text is drawn: the width of a stroke around each glyph.
    pub weight: Em,
    /// What is on it, in reading order.
    pub items: Vec<Item>,
    /// The areas that lead elsewhere.
    pub links: Vec<LinkArea>,
    /// The first node of the text that starts or goes on here, with the offset in the node's text in
    /// bytes: the page list of the EPUB is made from these.
    pub start: Option<(NodeRef, u32)>,
}

/// What a page is called (ISO 32000-1 12.4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageLabel {
    /// It has no number: covers.
    None,
    /// Front matter: `iv`.
    Roman(u32),
    /// Text: `12`.
    Arabic(u32),
}

impl fmt::Display for PageLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::None => Ok(()),
            Self::Roman(number) => f.write_str(&roman(number)),
            Self::Arabic(number) => write!(f, "{number}"),
        }
    }
}

/// A number in small roman numerals.
fn roman(mut number: u32) -> String {
    const SIGNS: [(u32, &str); 13] = [
        (1000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ];
    let mut out = String::new();
    for (value, sign) in SIGNS {
        while number >= value {
            out.push_str(sign);
            number -= value;
        }
    }
    out
}

/// A place on a page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// From the left edge.
    pub x: Pt,
    /// From the top edge.
    pub y: Pt,
}

/// An area of a page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: Pt,
    /// Top edge.
    pub y: Pt,
    /// Width.
    pub width: Pt,
    /// Height.
    pub height: Pt,
}

/// A colour in sRGB. Equal parts are written as DeviceGray.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Color(pub u8, pub u8, pub u8);

impl Color {
    /// Black.
    pub const BLACK: Self = Self(0, 0, 0);
    /// White.
    pub const WHITE: Self = Self(255, 255, 255);

    /// The grey of the same lightness: its luma (Rec. 601).
    #[must_use]
    pub fn gray(self) -> Self {
        let Self(red, green, blue) = self;
        let level = (u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114) / 1000;
        let level = u8::try_from(level).unwrap_or(u8::MAX);
        Self(level, level, level)
    }
}

/// Something on a page.
#[derive(Debug, Clone)]
pub enum Item {
    /// Text.
    Glyphs(GlyphRun),
    /// A filled rectangle: rules, underlines, backgrounds. An artifact.
    Fill(Rect, Color),
    /// The outline of a rectangle, with the width of its line. An artifact.
    Stroke(Rect, Pt, Color),
    /// A filled path, for shapes no face has: moves, lines and curves. An artifact.
    Path(Vec<Segment>, Color),
    /// A picture.
    Picture(Picture),
}

impl Item {
    /// Takes the colour away, but for that of pictures.
    pub fn desaturate(&mut self) {
        match self {
            Self::Glyphs(run) => run.color = run.color.gray(),
            Self::Fill(_, color) | Self::Stroke(_, _, color) | Self::Path(_, color) => *color = color.gray(),
            Self::Picture(_) => {}
        }
    }
}

/// A piece of a path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Segment {
    /// Starts a contour.
    Move(Point),
    /// A straight line.
    Line(Point),
    /// A cubic Bézier curve: two controls and the end.
    Curve(Point, Point, Point),
    /// Closes the contour.
    Close,
}

/// A picture at its place.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Its file in the store.
    pub asset: AssetId,
    /// Where it stands.
    pub rect: Rect,
    /// The part of the picture that is shown, as fractions of its height from the top: (0.0, 1.0) is
    /// all of it. Long pictures are sliced.
    pub slice: (f32, f32),
    /// The text that stands for it.
    pub alt: String,
    /// The node that it shows; `None` for an artifact, such as a cover's ornament.
    pub node: Option<NodeRef>,
}

/// What a glyph run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Text of a node of an article, or of a part that the book adds.
    Node(NodeRef),
    /// Text of the cover.
    Front,
    /// Running heads, folios, leaders, wrap marks: not part of the text.
    Artifact,
}

/// Glyphs of one face, size and colour on one baseline.
#[derive(Debug, Clone)]
pub struct GlyphRun {
    /// The face.
    pub face: FaceId,
    /// The type size.
    pub size: Pt,
    /// The colour.
    pub color: Color,
    /// Where the run begins on the baseline.
    pub origin: Point,
    /// Whether the run reads from the bottom of the page to its top, as in a turned table.
    pub turned: bool,
    /// The glyphs, in visual order.
    pub glyphs: Vec<Glyph>,
    /// The text that the run shows, in reading order; copying gives it back.
    pub text: String,
    /// What the run belongs to.
    pub role: Role,
    /// The language, where it differs from the book's.
    pub language: Option<Language>,
}

/// An area that leads elsewhere. A link over two lines has two areas with the same node.
#[derive(Debug, Clone)]
pub struct LinkArea {
    /// The area.
    pub rect: Rect,
    /// Where it leads.
    pub target: LinkTarget,
    /// What the link says, for readers who do not see it; not empty.
    pub contents: String,
    /// The node of the link.
    pub node: NodeRef,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq)]
pub enum LinkTarget {
    /// An absolute URL.
    Url(String),
    /// A node; its place is in [`Pages::destinations`].
    Node(NodeRef),
    /// A place.
    Place(Destination),
}

/// A place in the book.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Destination {
    /// Index into [`Pages::pages`].
    pub page: u32,
    /// The place on the page that comes to the top of the window.
    pub at: Point,
}

/// An entry of the outline (bookmarks).
#[derive(Debug, Clone)]
pub struct OutlineEntry {
    /// 1 for front matter, parts and articles outside of any, 2 for the articles of a part; headings stand below their
    /// article. May skip levels; the writer nests.
    pub level: u8,
    /// The text.
    pub title: String,
    /// Where it leads.
    pub destination: Destination,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roman_numerals_subtract() {
        let numbers = [1, 4, 9, 14, 40, 1994].map(|number| PageLabel::Roman(number).to_string());
        assert_eq!(numbers, ["i", "iv", "ix", "xiv", "xl", "mcmxciv"]);
    }
}
