//! The print style sheet: papers, type areas, type sizes and colours, as data.
//!
//! A style is read from `styles/NAME/print.toml`, which is compiled in. [`Style::sheet`] answers the
//! one question that the layout asks of it: how is text of this script set on this paper?

use std::fmt;

use serde::Deserialize;

use super::pages::Color;
use crate::book::Language;
use crate::fonts::Family;
use crate::fonts::find::Named;
use crate::units::{Em, Pt};

/// A style that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StyleError {
    /// The file is not a style sheet.
    #[error("the print style sheet cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
    /// A style must give the type area of A5, from which others are derived.
    #[error("the print style sheet has no [[sheet]] for the paper A5")]
    NoA5,
}

/// A name or size of paper that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a paper: use A5, A4, B5, JIS-B5, Letter, 6in, or a size such as 130x185mm (80 to 1000 mm)")]
pub struct BadPaper(pub String);

/// A size of paper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paper {
    /// Its width.
    pub width: Pt,
    /// Its height.
    pub height: Pt,
    name: Option<&'static str>,
}

/// Papers by name, in millimetres.
const PAPERS: &[(&str, f32, f32)] = &[
    ("A5", 148.0, 210.0),
    ("A4", 210.0, 297.0),
    ("B5", 176.0, 250.0),
    ("JIS-B5", 182.0, 257.0),
    ("Letter", 215.9, 279.4),
    ("6in", 90.8, 122.6),
];

/// Papers narrower than this are read on small screens.
const SMALL_WIDTH_MM: f32 = 110.0;

impl Default for Paper {
    fn default() -> Self {
        Self::new("A5", 148.0, 210.0)
    }
}

impl fmt::Display for Paper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name {
            Some(name) => f.write_str(name),
            None => write!(f, "{}x{}mm", millimetres(self.width), millimetres(self.height)),
        }
    }
}

impl Paper {
    /// The names that [`Paper::parse`] knows.
    pub fn names() -> impl Iterator<Item = &'static str> {
        PAPERS.iter().map(|&(name, _, _)| name)
    }

    /// Reads a name (in any case) or a size such as `130x185mm`.
    ///
    /// # Errors
    /// When it is neither, or a side is not between 80 and 1000 mm.
    pub fn parse(text: &str) -> Result<Self, BadPaper> {
        let text = text.trim();
        if let Some(&(name, width, height)) = PAPERS.iter().find(|(name, _, _)| name.eq_ignore_ascii_case(text)) {
            return Ok(Self::new(name, width, height));
        }
        let bad = || BadPaper(text.to_owned());
        let lower = text.to_ascii_lowercase();
        let (width, height) = lower.strip_suffix("mm").and_then(|size| size.split_once(['x', '×'])).ok_or_else(bad)?;
        let side =
            |text: &str| text.trim().parse::<f32>().ok().filter(|mm| (80.0..=1000.0).contains(mm)).ok_or_else(bad);
        Ok(Self { width: Pt::from_mm(side(width)?), height: Pt::from_mm(side(height)?), name: None })
    }

    fn new(name: &'static str, width: f32, height: f32) -> Self {
        Self { width: Pt::from_mm(width), height: Pt::from_mm(height), name: Some(name) }
    }
}

fn millimetres(length: Pt) -> f32 {
    (length.0 * 254.0 / 72.0).round() / 10.0
}

/// A print style sheet.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Style {
    /// The paper that it is made for; a book may be on another.
    #[serde(default)]
    pub paper: Option<Paper>,
    /// The families that play a role, where they are not the usual ones.
    #[serde(default)]
    faces: Faces,
    /// The colours.
    pub color: Colors,
    /// The colours that a cover may have, of which the book's title chooses; empty for the usual ones.
    #[serde(default)]
    pub cover: Vec<CoverColors>,
    r#type: Types,
    sheet: Vec<GivenSheet>,
}

/// The families of a style by their role, the foremost first, as `[fonts]` of wenji.toml names them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Faces {
    serif: Vec<String>,
    sans: Vec<String>,
    kai: Vec<String>,
    mono: Vec<String>,
}

/// The colours of a style.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Colors {
    /// Text.
    pub text: Color,
    /// Links on a screen.
    pub link: Color,
    /// Ornaments and checks.
    pub accent: Color,
    /// Bylines, captions, running heads.
    pub note: Color,
    /// Rules between parts.
    pub rule: Color,
    /// Rules between rows, frames.
    pub hairline: Color,
    /// The ground of code.
    pub tint: Color,
    /// The ground of highlighted text.
    pub mark: Color,
    /// Alerts.
    pub alert: AlertColors,
    /// Code.
    pub code: CodeColors,
}

/// The colours of a cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoverColors {
    /// The paper.
    pub ground: Color,
    /// The title.
    pub ink: Color,
    /// Lesser text.
    pub soft: Color,
    /// The one ornament.
    pub accent: Color,
    /// Text on the ornament.
    pub on_accent: Color,
}

/// The colours of alerts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are the kinds of alerts")]
pub struct AlertColors {
    pub note: Color,
    pub tip: Color,
    pub important: Color,
    pub warning: Color,
    pub caution: Color,
}

/// The colours of code.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are the classes of code")]
pub struct CodeColors {
    pub comment: Color,
    pub keyword: Color,
    pub string: Color,
    pub number: Color,
    pub function: Color,
    pub r#type: Color,
    pub operator: Color,
    pub name: Color,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Types {
    han: Type,
    latin: Type,
    han_small: Type,
    latin_small: Type,
}

/// The type of a script: sizes and the depth of headings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Type {
    /// Size of the text.
    pub body: Pt,
    /// Distance of its baselines: the line grid.
    pub leading: Pt,
    /// How much heavier than its face text is drawn: the width of a stroke around each glyph.
    #[serde(default)]
    pub weight: Em,
    /// Indent of a paragraph's first line.
    pub indent: Em,
    /// Whether a paragraph after a heading is indented.
    pub indent_after_heading: bool,
    /// Size of an article's title.
    pub title: Pt,
    /// Distance of its baselines.
    pub title_leading: Pt,
    /// Lines of the grid that the title takes with its byline, at least.
    pub title_lines: u16,
    /// Headings of level 2, 3, 4, and 5 with 6.
    pub heading: [HeadingType; 4],
    /// Size of the running head; 0 for none.
    pub head: Pt,
    /// Size of page numbers.
    pub folio: Pt,
    /// Size of footnotes.
    pub note: Pt,
    /// Distance of their baselines.
    pub note_leading: Pt,
    /// Size of captions.
    pub caption: Pt,
    /// Distance of their baselines.
    pub caption_leading: Pt,
    /// Size of tables, unless they are too wide.
    pub table: Pt,
    /// Distance of their baselines.
    pub table_leading: Pt,
    /// Size of code.
    pub code: Pt,
    /// Distance of its baselines.
    pub code_leading: Pt,
}

/// How headings of a level are set.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadingType {
    /// The type size.
    pub size: Pt,
    /// Lines of the grid that a heading of one line takes.
    pub lines: u16,
    /// Whether it stands in the middle.
    #[serde(default)]
    pub centred: bool,
    /// Whether its Latin letters slant.
    #[serde(default)]
    pub italic: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenSheet {
    paper: String,
    #[serde(default)]
    small: bool,
    columns: u16,
    lines: Lines,
    inner: f32,
    outer: f32,
    top: f32,
    head_above: f32,
    folio_below: f32,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lines {
    han: u16,
    latin: u16,
}

/// How text of one script is set on one paper.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The paper.
    pub paper: Paper,
    /// The type.
    pub kind: Type,
    /// The length of a line.
    pub measure: Pt,
    /// Lines of a page.
    pub lines: u16,
    /// From the paper's edge to the type area, at the spine.
    pub inner: Pt,
    /// From the type area to the paper's edge, at the fore edge.
    pub outer: Pt,
    /// From the paper's top edge to the type area.
    pub top: Pt,
    /// From the baseline of the running head to the type area.
    pub head_above: Pt,
    /// From the type area to the baseline of the folio.
    pub folio_below: Pt,
    /// Whether grounds may be tinted: not on electronic ink.
    pub tints: bool,
}

impl Sheet {
    /// The height of all lines of a page, each with its full leading.
    #[must_use]
    pub fn grid_height(&self) -> Pt {
        self.kind.leading * f32::from(self.lines)
    }

    /// The height of the type area, from the top of the first line's em boxes to the bottom of the last's.
    #[must_use]
    pub fn area_height(&self) -> Pt {
        self.grid_height() - self.kind.leading + self.kind.body
    }
}

impl Style {
    /// Reads a style sheet.
    ///
    /// # Errors
    /// When it has an unknown or missing key, a wrong type, or no A5 sheet.
    pub fn parse(text: &str) -> Result<Self, StyleError> {
        let style: Self = toml::from_str(text)?;
        if style.sheet.iter().any(|sheet| sheet.paper == "A5") { Ok(style) } else { Err(StyleError::NoA5) }
    }

    /// The families that the style names for a role, as [`crate::fonts::Library::set_roles`] takes them.
    #[must_use]
    pub fn faces(&self) -> Vec<Named> {
        let Faces { serif, sans, kai, mono } = &self.faces;
        let named = [(Family::Serif, serif), (Family::Sans, sans), (Family::Kai, kai), (Family::Mono, mono)];
        named.into_iter().filter(|(_, names)| !names.is_empty()).map(|(role, names)| (role, names.clone())).collect()
    }

    /// The style that is compiled in.
    #[must_use]
    pub fn classic() -> Self {
        Self::parse(include_str!("../../styles/classic/print.toml")).expect("a test reads the same file")
    }

    /// The style for printing in one ink: what is not a picture is black or a grey, and nothing is tinted.
    #[must_use]
    pub fn printed(&self) -> Self {
        let ink = Color::BLACK;
        let alert = AlertColors { note: ink, tip: ink, important: ink, warning: ink, caution: ink };
        let code = CodeColors {
            comment: ink,
            keyword: ink,
            string: ink,
            number: ink,
            function: ink,
            r#type: ink,
            operator: ink,
            name: ink,
        };
        let color = Colors {
            text: ink,
            link: ink,
            accent: ink,
            note: ink,
            rule: self.color.rule.gray(),
            hairline: self.color.hairline.gray(),
            tint: Color::WHITE,
            mark: Color::WHITE,
            alert,
            code,
        };
        Self { color, ..self.clone() }
    }

    /// How text of a language is set on a paper of a book whose main language is `book`.
    ///
    /// All articles of a book share one type area, that of the book's language; the line grid in it
    /// follows the language of the article.
    #[must_use]
    pub fn sheet(&self, paper: Paper, book: &Language, language: &Language) -> Sheet {
        let given = self.sheet.iter().find(|sheet| paper.name == Some(sheet.paper.as_str()));
        let frame = match given {
            Some(given) => self.given(paper, given, book.is_han()),
            None => self.derived(paper, book.is_han()),
        };
        if book.is_han() == language.is_han() {
            return frame;
        }
        let kind = self.kind(!frame.tints, language.is_han());
        let lines = match given {
            Some(given) => {
                if language.is_han() {
                    given.lines.han
                } else {
                    given.lines.latin
                }
            }
            None => whole_lines(frame.area_height(), kind),
        };
        Sheet { kind: kind.clone(), lines, ..frame }
    }

    fn kind(&self, small: bool, han: bool) -> &Type {
        match (small, han) {
            (false, true) => &self.r#type.han,
            (false, false) => &self.r#type.latin,
            (true, true) => &self.r#type.han_small,
            (true, false) => &self.r#type.latin_small,
        }
    }

    fn given(&self, paper: Paper, sheet: &GivenSheet, han: bool) -> Sheet {
        let kind = self.kind(sheet.small, han);
        // The frame is the same for both scripts, so its width is counted in Han characters.
        let measure = self.kind(sheet.small, true).body * f32::from(sheet.columns);
        Sheet {
            paper,
            measure,
            lines: if han { sheet.lines.han } else { sheet.lines.latin },
            inner: Pt::from_mm(sheet.inner),
            outer: paper.width - measure - Pt::from_mm(sheet.inner),
            top: Pt::from_mm(sheet.top),
            head_above: Pt::from_mm(sheet.head_above),
            folio_below: Pt::from_mm(sheet.folio_below),
            tints: !sheet.small,
            kind: kind.clone(),
        }
    }

    /// A type area of whole characters and lines, in the proportions of the given A5 or small sheet.
    fn derived(&self, paper: Paper, han: bool) -> Sheet {
        let small = paper.width.0 < Pt::from_mm(SMALL_WIDTH_MM).0;
        let model = self.sheet.iter().find(|sheet| sheet.small == small).or_else(|| self.sheet.first());
        let model = model.expect("`parse` has seen the A5 sheet");
        let model_paper = Paper::parse(&model.paper).unwrap_or_default();
        let (wide, high) = (paper.width / model_paper.width, paper.height / model_paper.height);
        let body = self.kind(small, true).body;
        let kind = self.kind(small, han);
        let side = Pt::from_mm(model.inner + model.outer) * wide;
        let columns = ((paper.width - side) / body).round().max(4.0);
        let measure = body * columns;
        let inner = (paper.width - measure) * (model.inner / (model.inner + model.outer));
        let top = Pt::from_mm(model.top) * high;
        let model_area = self.given(model_paper, model, han).area_height();
        let lines = whole_lines(model_area * high, kind);
        Sheet {
            paper,
            measure,
            lines,
            inner,
            outer: paper.width - measure - inner,
            top,
            head_above: Pt::from_mm(model.head_above),
            folio_below: Pt::from_mm(model.folio_below),
            tints: !small,
            kind: kind.clone(),
        }
    }
}

/// How many lines fit a type area of this height; three at least.
fn whole_lines(area: Pt, kind: &Type) -> u16 {
    let lines = ((area - kind.body) / kind.leading + 1.02).floor();
    // Papers are at most a metre high, so the count is far below the type's end.
    lines.clamp(3.0, 10_000.0) as u16
}

impl<'de> Deserialize<'de> for Paper {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Color {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii());
        let value = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, red, green, blue] = value
            .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not a colour such as #1F4E8C")))?
            .to_be_bytes();
        Ok(Self(red, green, blue))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: Pt, mm: f32) -> bool {
        (a.0 - Pt::from_mm(mm).0).abs() < 0.3
    }

    #[test]
    fn papers_are_known_by_name_and_by_size() {
        assert_eq!(Paper::parse(" a5 ").expect("known"), Paper::default());
        let paper = Paper::parse("130x185mm").expect("a size");
        assert!(close(paper.width, 130.0) && close(paper.height, 185.0));
        assert_eq!(paper.to_string(), "130x185mm");
        for bad in ["", "A9", "10x10mm", "130x185", "NaNxinfmm", "-130x185mm", "9e9x185mm"] {
            assert!(Paper::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_type_area_of_a5_is_28_characters_by_27_lines() {
        let sheet = Style::classic().sheet(Paper::default(), &Language::chinese(), &Language::chinese());
        assert!(close(sheet.measure, 103.7) && close(sheet.area_height(), 164.2), "{sheet:?}");
        assert!(close(sheet.inner, 23.0) && close(sheet.outer, 21.3));
        let english = Style::classic().sheet(Paper::default(), &Language::chinese(), &Language::english());
        assert_eq!((english.measure, english.lines), (sheet.measure, 32));
        assert!(close(english.area_height(), 164.2));
    }

    #[test]
    fn other_papers_have_whole_characters_and_lines_and_keep_their_margins() {
        let style = Style::classic();
        for name in Paper::names().chain(["130x185mm", "80x80mm", "80x1000mm", "1000x80mm"]) {
            let paper = Paper::parse(name).expect("known");
            for language in [Language::chinese(), Language::english()] {
                let sheet = style.sheet(paper, &language, &language);
                assert!(sheet.inner.0 > 0.0 && sheet.outer.0 > 0.0, "{name}: {sheet:?}");
                let below = paper.height - sheet.top - sheet.area_height();
                assert!(below.0 > 0.0, "{name}: {sheet:?}");
                assert!((sheet.top + sheet.area_height() + sheet.folio_below).0 < paper.height.0 + 20.0);
            }
        }
    }

    #[test]
    fn a_style_with_an_unknown_key_is_refused() {
        assert!(Style::parse("[colour]\ntext = \"#000000\"").is_err());
    }
}
