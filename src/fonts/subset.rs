//! The part of a face that a book uses.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};
use skrifa::raw::{TableProvider as _, types::Tag};
use skrifa::{FontRef, MetadataProvider as _};
use subsetter::GlyphRemapper;

use super::FontError;
use super::face::{Face, GlyphId};
use super::instance::Instance;

/// What the outlines of a subset are, which decides how a PDF embeds them (ISO 32000-1 9.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlines {
    /// TrueType: [`Subset::bytes`] is a font file.
    TrueType,
    /// Compact Font Format: [`Subset::bytes`] is a bare, CID-keyed `CFF ` table whose CIDs are its glyphs.
    Cff,
}

/// A face with some of its glyphs, numbered anew.
#[derive(Debug)]
pub struct Subset {
    /// The font program.
    pub bytes: Vec<u8>,
    /// What kind of program it is.
    pub outlines: Outlines,
    map: GlyphRemapper,
}

impl Subset {
    /// The number that a glyph of the face has in the subset.
    #[must_use]
    pub fn glyph(&self, original: GlyphId) -> Option<GlyphId> {
        self.map.get(original.0).map(GlyphId)
    }

    /// Six letters made from the content, which mark the name of a subset (ISO 32000-1 9.6.4).
    #[must_use]
    pub fn tag(&self) -> String {
        let digest = Sha256::digest(&self.bytes);
        digest[..6].iter().map(|byte| char::from(b'A' + byte % 26)).collect()
    }
}

/// Takes some glyphs out of a face, with `.notdef` and the parts of composite glyphs. The same glyphs
/// give the same bytes.
///
/// # Errors
/// When the face is broken, or its outlines are of a kind that cannot be subset.
pub fn subset(face: &Face, glyphs: &BTreeSet<GlyphId>) -> Result<Subset, FontError> {
    let (bytes, map) = font_program(face, glyphs)?;
    let font = FontRef::new(&bytes).map_err(|error| failed(face, error.to_string()))?;
    let cff = font.table_data(Tag::new(b"CFF ")).map(|table| table.as_bytes().to_vec());
    Ok(match cff {
        Some(cff) => Subset { bytes: cff, outlines: Outlines::Cff, map },
        None => Subset { bytes, outlines: Outlines::TrueType, map },
    })
}

/// A font file with some of a face's glyphs and nothing that says which characters they show; where each glyph went.
pub(super) fn font_program(face: &Face, glyphs: &BTreeSet<GlyphId>) -> Result<(Vec<u8>, GlyphRemapper), FontError> {
    let mut map = GlyphRemapper::new();
    for glyph in glyphs {
        map.remap(glyph.0);
    }
    let program = match face.instance() {
        None => subsetter::subset(face.bytes(), face.index(), &map),
        // The outlines of the instance, as a static face with `glyf`.
        Some(instance) => {
            let settings: Vec<_> = instance.settings.iter().map(|(tag, value)| (own_tag(*tag), *value)).collect();
            subsetter::subset_with_variations(face.bytes(), face.index(), &settings, &map)
        }
    };
    Ok((program.map_err(|error| failed(face, error.to_string()))?, map))
}

fn failed(face: &Face, reason: String) -> FontError {
    FontError::Subset { name: face.name().to_owned(), reason }
}

/// Tries whether a face can be embedded, with its first character: a face that cannot is to be left out
/// before a book is set in it.
///
/// # Errors
/// As [`subset`].
pub(super) fn probe(face: &Face) -> Result<(), FontError> {
    let first = face.coverage().characters().find_map(|c| face.glyph(c));
    subset(face, &first.into_iter().collect()).map(|_| ())
}

fn own_tag(tag: Tag) -> subsetter::Tag {
    subsetter::Tag::new(&tag.to_be_bytes())
}

/// What a PDF's font descriptor says of a face beyond its measures, in thousandths of an em.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Description {
    /// The box around all glyphs: left, bottom, right, top.
    pub bounds: [i32; 4],
    /// The slant in degrees, negative when it leans to the right.
    pub italic_angle: f32,
    /// Whether all advances are the same.
    pub fixed_pitch: bool,
    /// The weight, 400 for regular.
    pub weight: u16,
}

impl Description {
    /// Reads it from the face's `head`, `post` and `OS/2` tables; what they lack is taken as usual. These
    /// tables are of the default of a variable face, so the box of another instance is that of `glyphs`.
    #[must_use]
    pub fn of(face: &Face, glyphs: &BTreeSet<GlyphId>) -> Self {
        let font = face.font();
        let units_per_em = f32::from(face.measures().units_per_em);
        let scaled = |units: f32| (units * 1000.0 / units_per_em) as i32;
        let bounds = match face.instance() {
            Some(_) => ink(face, glyphs).map(|edges| edges.map(scaled)),
            None => font.head().ok().map(|head| {
                [head.x_min(), head.y_min(), head.x_max(), head.y_max()].map(|edge| scaled(f32::from(edge)))
            }),
        };
        let post = font.post();
        let slant = face.instance().map_or(0.0, Instance::slant);
        let italic_angle = post.as_ref().map_or(0.0, |post| post.italic_angle().to_f64() as f32) + slant;
        let fixed_pitch = post.is_ok_and(|post| post.is_fixed_pitch() != 0);
        let weight = face.member().weight.clamp(1.0, 1000.0) as u16;
        Self { bounds: bounds.unwrap_or([0, -200, 1000, 900]), italic_angle, fixed_pitch, weight }
    }
}

/// The box around glyphs as they are drawn.
fn ink(face: &Face, glyphs: &BTreeSet<GlyphId>) -> Option<[f32; 4]> {
    let font = face.font();
    let outlines = font.outline_glyphs();
    let mut ink = Ink::default();
    for glyph in glyphs {
        if let Some(outline) = outlines.get(skrifa::GlyphId::from(glyph.0)) {
            let settings = skrifa::outline::DrawSettings::unhinted(skrifa::instance::Size::unscaled(), face.location());
            // A glyph that cannot be drawn fails in the subsetter, with a reason.
            let _ = outline.draw(settings, &mut ink);
        }
    }
    ink.0
}

/// The box around all points of outlines: left, bottom, right, top.
#[derive(Default)]
struct Ink(Option<[f32; 4]>);

impl Ink {
    fn add(&mut self, x: f32, y: f32) {
        let [left, bottom, right, top] = self.0.unwrap_or([x, y, x, y]);
        self.0 = Some([left.min(x), bottom.min(y), right.max(x), top.max(y)]);
    }
}

impl skrifa::outline::OutlinePen for Ink {
    fn move_to(&mut self, x: f32, y: f32) {
        self.add(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.add(x, y);
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.add(cx, cy);
        self.add(x, y);
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        self.add(cx0, cy0);
        self.add(cx1, cy1);
        self.add(x, y);
    }

    fn close(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fonts::Library;

    fn glyphs(face: &Face, text: &str) -> BTreeSet<GlyphId> {
        text.chars().filter_map(|c| face.glyph(c)).collect()
    }

    #[test]
    fn a_subset_is_small_and_the_same_each_time() {
        let library = Library::embedded().expect("embedded faces");
        let face = library.face(library.named("NotoSerifSC-Regular").expect("there"));
        let used = glyphs(face, "文集是一本书");
        let first = subset(face, &used).expect("subset");
        let second = subset(face, &used).expect("subset");
        assert!(first.bytes.len() < face.bytes().len() / 100, "{} bytes", first.bytes.len());
        assert_eq!(first.bytes, second.bytes);
        assert_eq!(first.tag(), second.tag());
        assert_ne!(first.tag(), subset(face, &glyphs(face, "另一本")).expect("subset").tag());
    }

    #[test]
    fn every_glyph_asked_for_has_its_own_number() {
        let library = Library::embedded().expect("embedded faces");
        for (_, face) in library.iter() {
            let used = glyphs(face, "aé1—😀书");
            let subset = subset(face, &used).expect("subset");
            let numbers: BTreeSet<_> = used.iter().filter_map(|&glyph| subset.glyph(glyph)).collect();
            assert_eq!(numbers.len(), used.len(), "{}", face.name());
            assert!(!numbers.contains(&GlyphId(0)));
        }
    }
}
