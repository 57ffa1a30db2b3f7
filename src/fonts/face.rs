//! A face and its measures.

use std::sync::{Arc, OnceLock};

use skrifa::raw::TableProvider as _;
use skrifa::{FontRef, MetadataProvider as _};

use super::FontError;
use super::coverage::Coverage;
use crate::units::Em;

/// The identity of a face in its [`super::Library`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FaceId(pub u16);

/// A glyph of a face. 0 is `.notdef`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GlyphId(pub u16);

/// The bytes of a face: compiled in, or read from a file.
#[derive(Clone)]
pub enum FaceData {
    /// Compiled into the program.
    Static(&'static [u8]),
    /// Read from a file; faces of one collection share it.
    Shared(Arc<Vec<u8>>),
}

impl AsRef<[u8]> for FaceData {
    fn as_ref(&self) -> &[u8] {
        self.bytes()
    }
}

impl FaceData {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Static(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

/// A face's measures, in em.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measures {
    /// Height of the highest strokes above the baseline (hhea).
    pub ascent: Em,
    /// Depth of the deepest strokes below the baseline, positive (hhea).
    pub descent: Em,
    /// Height of capitals.
    pub cap_height: Em,
    /// Height of small letters without ascenders.
    pub x_height: Em,
    /// Units of the design grid per em.
    pub units_per_em: u16,
}

/// A face: one weight and slope of a family.
pub struct Face {
    name: String,
    data: FaceData,
    index: u32,
    bold: bool,
    italic: bool,
    measures: Measures,
    shaper: OnceLock<harfrust::ShaperData>,
    coverage: OnceLock<Coverage>,
}

impl std::fmt::Debug for Face {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Face").field("name", &self.name).field("index", &self.index).finish_non_exhaustive()
    }
}

impl Face {
    /// Reads a face from the bytes of a font file; `index` chooses one of a collection.
    ///
    /// # Errors
    /// When the bytes are not a font, or its licence bits forbid embedding.
    pub fn new(data: FaceData, index: u32) -> Result<Self, FontError> {
        let unusable = |reason: String| FontError::Unusable { name: format!("face {index}"), reason };
        let font = FontRef::from_index(data.bytes(), index).map_err(|e| unusable(e.to_string()))?;
        let name = font
            .localized_strings(skrifa::string::StringId::POSTSCRIPT_NAME)
            .english_or_first()
            .map_or_else(|| "Unnamed".to_owned(), |s| s.chars().filter(char::is_ascii_graphic).collect());
        let os2 = font.os2().map_err(|e| unusable(e.to_string()))?;
        if os2.fs_type() & 0x000F == 0x0002 {
            return Err(FontError::NotEmbeddable { name });
        }
        let metrics = font.metrics(skrifa::instance::Size::unscaled(), skrifa::instance::LocationRef::default());
        if metrics.units_per_em == 0 {
            return Err(unusable("units per em are zero".to_owned()));
        }
        let em = |units: f32| Em(units / f32::from(metrics.units_per_em));
        let measures = Measures {
            ascent: em(metrics.ascent),
            descent: em(-metrics.descent),
            cap_height: em(metrics.cap_height.unwrap_or(metrics.ascent * 0.7)),
            x_height: em(metrics.x_height.unwrap_or(metrics.ascent * 0.5)),
            units_per_em: metrics.units_per_em,
        };
        let attributes = font.attributes();
        let bold = attributes.weight.value() >= 600.0;
        let italic = attributes.style != skrifa::attribute::Style::Normal;
        Ok(Self { name, data, index, bold, italic, measures, shaper: OnceLock::new(), coverage: OnceLock::new() })
    }

    /// The PostScript name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The font file, to be shared without a copy.
    #[must_use]
    pub fn data(&self) -> &FaceData {
        &self.data
    }

    /// The whole font file.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.data.bytes()
    }

    /// The place of the face in its file.
    #[must_use]
    pub fn index(&self) -> u32 {
        self.index
    }

    /// Whether its strokes are bold.
    #[must_use]
    pub fn is_bold(&self) -> bool {
        self.bold
    }

    /// Whether it is slanted.
    #[must_use]
    pub fn is_italic(&self) -> bool {
        self.italic
    }

    /// Its measures.
    #[must_use]
    pub fn measures(&self) -> &Measures {
        &self.measures
    }

    /// The parsed font.
    #[must_use]
    pub fn font(&self) -> FontRef<'_> {
        FontRef::from_index(self.bytes(), self.index).expect("`new` has read the same bytes")
    }

    /// The glyph of a character, if the face has one.
    #[must_use]
    pub fn glyph(&self, c: char) -> Option<GlyphId> {
        let glyph = self.font().charmap().map(c)?;
        u16::try_from(glyph.to_u32()).ok().filter(|&id| id != 0).map(GlyphId)
    }

    /// The advance width of a glyph.
    #[must_use]
    pub fn advance(&self, glyph: GlyphId) -> Em {
        let metrics =
            self.font().glyph_metrics(skrifa::instance::Size::unscaled(), skrifa::instance::LocationRef::default());
        let units = metrics.advance_width(skrifa::GlyphId::from(glyph.0)).unwrap_or(0.0);
        Em(units / f32::from(self.measures.units_per_em))
    }

    /// Whether a glyph's ink stands in the middle of a box of 1 em.
    #[must_use]
    pub fn is_centred(&self, glyph: GlyphId) -> bool {
        let metrics =
            self.font().glyph_metrics(skrifa::instance::Size::unscaled(), skrifa::instance::LocationRef::default());
        let em = f32::from(self.measures.units_per_em);
        let middle = metrics.bounds(skrifa::GlyphId::from(glyph.0)).map(|ink| (ink.x_min + ink.x_max) / 2.0 / em);
        middle.is_some_and(|middle| (0.4..=0.6).contains(&middle))
    }

    /// The characters that it has.
    pub fn coverage(&self) -> &Coverage {
        self.coverage.get_or_init(|| Coverage::of(self))
    }

    /// What the shaper has prepared for this face, made once.
    pub fn shaper_data(&self) -> &harfrust::ShaperData {
        self.shaper.get_or_init(|| harfrust::ShaperData::new(&self.font()))
    }
}
