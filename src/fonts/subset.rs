//! The part of a face that a book uses.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};
use skrifa::FontRef;
use skrifa::raw::{TableProvider as _, types::Tag};
use subsetter::GlyphRemapper;

use super::face::{Face, GlyphId};
use super::{FontError, Measures};

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
    let failed = |reason: String| FontError::Subset { name: face.name().to_owned(), reason };
    let mut map = GlyphRemapper::new();
    for glyph in glyphs {
        map.remap(glyph.0);
    }
    let bytes = subsetter::subset(face.bytes(), face.index(), &map).map_err(|error| failed(error.to_string()))?;
    let font = FontRef::new(&bytes).map_err(|error| failed(error.to_string()))?;
    let cff = font.table_data(Tag::new(b"CFF ")).map(|table| table.as_bytes().to_vec());
    Ok(match cff {
        Some(cff) => Subset { bytes: cff, outlines: Outlines::Cff, map },
        None => Subset { bytes, outlines: Outlines::TrueType, map },
    })
}

/// What a PDF's font descriptor says of a face beyond [`Measures`], in thousandths of an em.
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
    /// Reads it from the face's `head`, `post` and `OS/2` tables; what they lack is taken as usual.
    #[must_use]
    pub fn of(face: &Face) -> Self {
        let font = face.font();
        let Measures { units_per_em, .. } = *face.measures();
        let scaled = |units: i16| i32::from(units) * 1000 / i32::from(units_per_em);
        let bounds = font.head().map_or([0, -200, 1000, 900], |head| {
            [scaled(head.x_min()), scaled(head.y_min()), scaled(head.x_max()), scaled(head.y_max())]
        });
        let post = font.post();
        let italic_angle = post.as_ref().map_or(0.0, |post| post.italic_angle().to_f64() as f32);
        let fixed_pitch = post.is_ok_and(|post| post.is_fixed_pitch() != 0);
        let weight = font.os2().map_or(400, |os2| os2.us_weight_class());
        Self { bounds, italic_angle, fixed_pitch, weight }
    }
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
