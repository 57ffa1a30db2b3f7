//! TeX becomes a box of glyphs, rules and paths.
//!
//! RaTeX parses and lays out, with the measures of the KaTeX faces; this file turns its drawing list
//! into lengths, glyphs of our library and filled shapes. Characters that the KaTeX faces lack, such
//! as Han in `\text{}`, come from the text faces and are laid out with their widths.

use std::sync::Arc;

use ratex_layout::{
    FallbackGlyphMetrics, LayoutOptions, layout_with_fallback_metrics, to_display_list, validate_layout,
};
use ratex_types::display_item::{DisplayItem, DisplayList};
use ratex_types::math_style::MathStyle;

use crate::fonts::{FaceId, Family, GlyphId, Library, Want};
use crate::pdf::pages::{Color, Point, Rect, Segment};
use crate::units::Pt;

mod path;

/// A typeset formula. Its origin is the left end of its baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct MathBox {
    /// The width.
    pub width: Pt,
    /// Height above the baseline.
    pub ascent: Pt,
    /// Depth below the baseline, positive.
    pub descent: Pt,
    /// What is drawn.
    pub items: Vec<MathItem>,
}

/// A piece of a formula. Coordinates are from the box's origin, to the right and **downwards**, as on a page.
#[derive(Debug, Clone, PartialEq)]
pub enum MathItem {
    /// A glyph.
    Glyph {
        /// Its face.
        face: FaceId,
        /// The glyph.
        glyph: GlyphId,
        /// The type size.
        size: Pt,
        /// The glyph's origin.
        at: Point,
        /// The character that it shows.
        char: char,
        /// The colour.
        color: Color,
    },
    /// A filled rectangle: rules and backgrounds.
    Fill(Rect, Color),
    /// A filled path: tall delimiters, arrows, strokes.
    Path(Vec<Segment>, Color),
}

/// Why a formula cannot be typeset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MathError {
    /// The TeX is not understood.
    #[error("the formula is not understood: {message}")]
    Invalid {
        /// What the parser said.
        message: String,
        /// The byte of the TeX where it stopped, if it is known.
        at: Option<usize>,
    },
    /// Its box is too large or malformed to draw.
    #[error("the formula cannot be laid out: {0}")]
    Layout(String),
    /// No face has a character of it.
    #[error("no face has the character {0:?} of the formula")]
    NoGlyph(char),
}

/// Typesets TeX at a type size, in display or inline style. The library must have the faces of
/// [`Library::add_math_faces`].
///
/// # Errors
/// When the TeX is not understood, its box is not drawable, or a character has no face.
pub fn typeset(tex: &str, display: bool, size: Pt, library: &Library) -> Result<MathBox, MathError> {
    // A formula that breaks its library must not take the article with it.
    let list = std::panic::catch_unwind(|| lay_out(tex, display, library))
        .unwrap_or_else(|_| Err(MathError::Layout("the layout of formulas failed".to_owned())))?;
    let em = |units: f64| Em(size).of(units);
    let mut items = Vec::with_capacity(list.items.len());
    for item in &list.items {
        place(item, list.height, size, library, &mut items)?;
    }
    Ok(MathBox { width: em(list.width), ascent: em(list.height), descent: em(list.depth), items })
}

fn lay_out(tex: &str, display: bool, library: &Library) -> Result<DisplayList, MathError> {
    let nodes = ratex_parser::parse(tex)
        .map_err(|error| MathError::Invalid { message: error.message, at: error.loc.map(|location| location.start) })?;
    let style = if display { MathStyle::Display } else { MathStyle::Text };
    let options = LayoutOptions { style, ..LayoutOptions::default() };
    let laid_out = layout_with_fallback_metrics(&nodes, &options, Arc::new(fallback_widths(tex, library)));
    validate_layout(&laid_out).map_err(MathError::Layout)?;
    Ok(to_display_list(&laid_out))
}

/// The measures of characters that may be missing from the KaTeX faces, as our text faces have them.
#[allow(clippy::disallowed_types, reason = "RaTeX asks for this type, and only looks characters up in it")]
fn fallback_widths(tex: &str, library: &Library) -> std::collections::HashMap<char, FallbackGlyphMetrics> {
    let metrics = |c: char| {
        let (face, glyph) = text_glyph(c, library)?;
        let face = library.face(face);
        let measures = face.measures();
        Some(FallbackGlyphMetrics {
            width: f64::from(face.advance(glyph).0),
            // A capital's height and a Han character's box: RaTeX wants the ink, which is about these.
            height: f64::from(measures.cap_height.0),
            depth: if c.is_ascii() { 0.0 } else { f64::from(measures.descent.0 * 0.5) },
        })
    };
    tex.chars().filter(|c| !c.is_ascii()).filter_map(|c| Some((c, metrics(c)?))).collect()
}

/// The size of an em, to turn RaTeX's numbers into lengths.
struct Em(Pt);

impl Em {
    #[allow(clippy::cast_possible_truncation, reason = "lengths on a page fit single precision")]
    fn of(&self, units: f64) -> Pt {
        self.0 * units as f32
    }
}

/// Turns one piece of RaTeX's list, whose origin is the top left corner, into ours.
fn place(
    item: &DisplayItem,
    height: f64,
    size: Pt,
    library: &Library,
    items: &mut Vec<MathItem>,
) -> Result<(), MathError> {
    let em = Em(size);
    let at = |x: f64, y: f64| Point { x: em.of(x), y: em.of(y - height) };
    let rect = |x: f64, y: f64, width: f64, height: f64| {
        let Point { x, y } = at(x, y);
        Rect { x, y, width: em.of(width), height: em.of(height) }
    };
    match item {
        DisplayItem::GlyphPath { x, y, scale, font, char_code, color } => {
            let char = char::from_u32(*char_code).ok_or(MathError::NoGlyph(char::REPLACEMENT_CHARACTER))?;
            let (face, glyph) = math_glyph(font, char, library).ok_or(MathError::NoGlyph(char))?;
            let color = rgb(*color);
            items.push(MathItem::Glyph { face, glyph, size: em.of(*scale), at: at(*x, *y), char, color });
        }
        DisplayItem::Line { x, y, width, thickness, color, dashed } => {
            let top = y - thickness / 2.0;
            if *dashed {
                let period = thickness * 8.0;
                let dashes = dash_count(*width, period);
                for start in (0..dashes).map(|dash| f64::from(dash) * period) {
                    let length = (thickness * 4.0).min(width - start);
                    items.push(MathItem::Fill(rect(x + start, top, length, *thickness), rgb(*color)));
                }
            } else {
                items.push(MathItem::Fill(rect(*x, top, *width, *thickness), rgb(*color)));
            }
        }
        DisplayItem::Rect { x, y, width, height, color } => {
            items.push(MathItem::Fill(rect(*x, *y, *width, *height), rgb(*color)));
        }
        DisplayItem::Path { x, y, commands, fill, color } => {
            let segments = path::segments(commands, |dx, dy| at(x + dx, y + dy));
            let outline = if *fill { segments } else { path::stroked(&segments, em.of(STROKE_EM)) };
            items.push(MathItem::Path(outline, rgb(*color)));
        }
    }
    Ok(())
}

/// The thickness of lines that RaTeX gives as paths: the rule thickness of the KaTeX faces.
const STROKE_EM: f64 = 0.04;

/// How many dashes a line has; a line of no sensible length has none.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded before it is cast")]
fn dash_count(width: f64, period: f64) -> u32 {
    let dashes = (width / period).ceil();
    if dashes.is_finite() && dashes > 0.0 { dashes.min(10_000.0) as u32 } else { 0 }
}

/// The glyph of a character in the KaTeX face that RaTeX names, else in a text face.
fn math_glyph(font: &str, c: char, library: &Library) -> Option<(FaceId, GlyphId)> {
    let own = library.named(&format!("KaTeX_{font}"));
    let glyph = own.and_then(|face| Some((face, library.face(face).glyph(c)?)));
    glyph.or_else(|| text_glyph(c, library))
}

/// The glyph of a character in the upright face of formulas, else in a face of the text.
fn text_glyph(c: char, library: &Library) -> Option<(FaceId, GlyphId)> {
    let of = |face: FaceId| Some((face, library.face(face).glyph(c)?));
    let want = Want { family: Family::Serif, bold: false, italic: false, wide: false, region: None };
    let upright = library.named("KaTeX_Main-Regular").and_then(of);
    upright.or_else(|| library.choose(c.encode_utf8(&mut [0; 4]), &want).and_then(of))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before it is cast")]
fn rgb(color: ratex_types::color::Color) -> Color {
    let byte = |part: f32| (part.clamp(0.0, 1.0) * 255.0).round() as u8;
    Color(byte(color.r), byte(color.g), byte(color.b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library() -> Library {
        let mut library = Library::embedded().expect("embedded faces");
        library.add_math_faces().expect("added");
        library
    }

    fn text(formula: &MathBox) -> String {
        let char = |item: &MathItem| if let MathItem::Glyph { char, .. } = item { Some(*char) } else { None };
        formula.items.iter().filter_map(char).collect()
    }

    #[test]
    fn a_fraction_has_its_bar_between_numerator_and_denominator() {
        let formula = typeset(r"\frac{a}{b}", true, Pt(10.0), &library()).expect("typeset");
        let y = |wanted: char| {
            let place = |item: &MathItem| match item {
                MathItem::Glyph { char, at, .. } if *char == wanted => Some(at.y),
                _ => None,
            };
            formula.items.iter().find_map(place).expect("there")
        };
        let bar = formula.items.iter().find_map(|item| if let MathItem::Fill(r, _) = item { Some(r.y) } else { None });
        let bar = bar.expect("a bar");
        assert!(y('a') < bar && bar < y('b'), "{formula:?}");
        assert!(bar < Pt::ZERO, "the bar stands on the axis, above the baseline");
        assert!(formula.ascent > Pt(5.0) && formula.descent > Pt(2.0));
    }

    #[test]
    fn display_style_is_taller_than_inline() {
        let library = library();
        let tex = r"\sum_{i=1}^n x_i^2";
        let height = |display| {
            let formula = typeset(tex, display, Pt(10.0), &library).expect("typeset");
            formula.ascent + formula.descent
        };
        assert!(height(true) > height(false));
    }

    #[test]
    fn han_in_text_comes_from_the_song_face_at_its_width() {
        let library = library();
        let formula = typeset(r"v = \frac{\text{路程}}{\text{时间}}", false, Pt(10.0), &library).expect("typeset");
        assert_eq!(text(&formula), "v=路程时间");
        let song = library.named("NotoSerifSC-Regular");
        assert!(formula.items.iter().any(|item| matches!(item, MathItem::Glyph { face, .. } if Some(*face) == song)));
        assert!(formula.width > Pt(10.0));
    }

    #[test]
    fn a_cancelled_term_is_struck_by_a_thin_shape() {
        let formula = typeset(r"\cancel{x}", false, Pt(10.0), &library()).expect("typeset");
        assert!(formula.items.iter().any(|item| matches!(item, MathItem::Path(segments, _) if segments.len() >= 5)));
    }

    #[test]
    fn wrong_tex_is_an_error_with_its_place() {
        let error = typeset(r"\frac{a", true, Pt(10.0), &library()).expect_err("not closed");
        assert!(matches!(error, MathError::Invalid { .. }), "{error:?}");
        assert!(typeset(r"\nosuchcommand", true, Pt(10.0), &library()).is_err());
    }
}
