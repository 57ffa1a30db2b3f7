//! A face and its measures.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use skrifa::instance::LocationRef;
use skrifa::raw::TableProvider as _;
use skrifa::{FontRef, MetadataProvider as _, Tag};

use super::coverage::Coverage;
use super::instance::{Instance, instances};
use super::region::{Region, regions};
use super::{FontError, Names};
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
    /// A file of the system, whose bytes are dropped when it has been looked through and read again
    /// when a book needs it.
    Again(Arc<Reread>),
}

/// A file that is read when it is needed.
#[derive(Debug)]
pub struct Reread {
    path: PathBuf,
    length: usize,
    bytes: OnceLock<Option<Vec<u8>>>,
}

impl Reread {
    /// A file that had this length when it was looked through.
    pub(super) fn new(path: PathBuf, length: usize) -> Self {
        Self { path, length, bytes: OnceLock::new() }
    }

    fn read(&self) -> Option<&[u8]> {
        let read = || std::fs::read(&self.path).ok().filter(|bytes| bytes.len() == self.length);
        self.bytes.get_or_init(read).as_deref()
    }
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
            Self::Again(file) => file.read().unwrap_or_default(),
        }
    }
}

/// Where a face comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Compiled into the program.
    Embedded,
    /// For formulas only, from the crate that lays them out.
    Formulas,
    /// A file in one of the user's folders.
    User(PathBuf),
    /// A file that the system has.
    System(PathBuf),
}

impl Origin {
    /// The file, where the face is not compiled in.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::User(path) | Self::System(path) => Some(path),
            Self::Embedded | Self::Formulas => None,
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

/// Which member of its family a face is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Member {
    /// The weight, 400 for regular (OS/2 usWeightClass, or the instance's).
    pub weight: f32,
    /// The width, 1.0 for normal.
    pub width: f32,
    /// Whether it is slanted.
    pub italic: bool,
}

/// A face: one weight and slope of a family. Of a variable face, one instance.
pub struct Face {
    name: String,
    names: Names,
    origin: Origin,
    data: FaceData,
    index: u32,
    instance: Option<Instance>,
    member: Member,
    measures: Measures,
    shaper: OnceLock<harfrust::ShaperData>,
    coverage: OnceLock<Coverage>,
    regions: OnceLock<BTreeSet<Region>>,
    there: OnceLock<bool>,
}

impl std::fmt::Debug for Face {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Face").field("name", &self.name).field("index", &self.index).finish_non_exhaustive()
    }
}

impl Face {
    /// Reads the faces at one place of a font file; `index` chooses one of a collection. A variable face
    /// gives an instance for each weight and slope that a book is set in, the regular one first.
    ///
    /// # Errors
    /// When the bytes are not a font that can be embedded, or its licence bits forbid that.
    pub fn read(data: &FaceData, index: u32, origin: &Origin) -> Result<Vec<Self>, FontError> {
        let place = origin.path().map_or_else(|| format!("face {index}"), |path| path.display().to_string());
        let unusable = |reason: String| FontError::Unusable { name: place.clone(), reason };
        let font = FontRef::from_index(data.bytes(), index).map_err(|e| unusable(e.to_string()))?;
        let names = Names::of(&font);
        may_embed(&font, &names.post_script)?;
        let has = |tag: &[u8; 4]| font.table_data(Tag::new(tag)).is_some();
        if !has(b"glyf") && !has(b"CFF ") && !has(b"CFF2") {
            return Err(unusable(format!("{} has no outlines that a PDF can hold", names.post_script)));
        }
        let instances = instances(&font);
        let instances =
            if instances.is_empty() { vec![None] } else { instances.into_iter().map(Some).collect::<Vec<_>>() };
        let face = |instance| Self::of_instance(&font, data, index, &names, origin, instance);
        let faces: Option<Vec<Self>> = instances.into_iter().map(face).collect();
        faces.ok_or_else(|| unusable("units per em are zero".to_owned()))
    }

    fn of_instance(
        font: &FontRef<'_>,
        data: &FaceData,
        index: u32,
        names: &Names,
        origin: &Origin,
        instance: Option<Instance>,
    ) -> Option<Self> {
        let attributes = font.attributes();
        let weight = instance.as_ref().and_then(Instance::weight).unwrap_or(attributes.weight.value());
        let slanted = instance.as_ref().is_some_and(Instance::is_slanted);
        let member = Member {
            weight,
            width: attributes.stretch.ratio(),
            italic: slanted || attributes.style != skrifa::attribute::Style::Normal,
        };
        let suffix = instance.as_ref().map(Instance::suffix).unwrap_or_default();
        let measures = Measures::of(font, location(instance.as_ref()))?;
        Some(Self {
            name: format!("{}{suffix}", names.post_script),
            names: names.clone(),
            origin: origin.clone(),
            data: data.clone(),
            index,
            instance,
            member,
            measures,
            shaper: OnceLock::new(),
            coverage: OnceLock::new(),
            regions: OnceLock::new(),
            there: OnceLock::new(),
        })
    }

    /// The PostScript name; of an instance of a variable face, with its coordinates.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it and its family are called.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Where it comes from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Which member of its family it is.
    #[must_use]
    pub fn member(&self) -> Member {
        self.member
    }

    /// The font file, to be shared without a copy.
    #[must_use]
    pub fn data(&self) -> &FaceData {
        &self.data
    }

    /// The same face with other bytes, which hold the same file.
    #[must_use]
    pub(super) fn with_data(self, data: FaceData) -> Self {
        Self { data, ..self }
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

    /// The instance of a variable face.
    #[must_use]
    pub fn instance(&self) -> Option<&Instance> {
        self.instance.as_ref()
    }

    /// Whether its strokes are bold.
    #[must_use]
    pub fn is_bold(&self) -> bool {
        self.member.weight >= 600.0
    }

    /// Whether it is slanted.
    #[must_use]
    pub fn is_italic(&self) -> bool {
        self.member.italic
    }

    /// Its measures.
    #[must_use]
    pub fn measures(&self) -> &Measures {
        &self.measures
    }

    /// Whether its bytes can be had and embedded. Those of a system face may be gone since it was looked
    /// through.
    #[must_use]
    pub(super) fn is_there(&self) -> bool {
        *self
            .there
            .get_or_init(|| FontRef::from_index(self.bytes(), self.index).is_ok() && super::subset::probe(self).is_ok())
    }

    /// The parsed font.
    #[must_use]
    pub fn font(&self) -> FontRef<'_> {
        FontRef::from_index(self.bytes(), self.index)
            .expect("`read` has read the same bytes, and the library gives out no face that is not there")
    }

    /// Where the face stands in the design space, if it is variable.
    #[must_use]
    pub fn location(&self) -> LocationRef<'_> {
        location(self.instance.as_ref())
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
        let metrics = self.font().glyph_metrics(skrifa::instance::Size::unscaled(), self.location());
        // Whole units, as the subset's own table has them.
        let units = metrics.advance_width(skrifa::GlyphId::from(glyph.0)).unwrap_or(0.0).round();
        Em(units / f32::from(self.measures.units_per_em))
    }

    /// Whether a glyph's ink stands in the middle of a box of 1 em.
    #[must_use]
    pub fn is_centred(&self, glyph: GlyphId) -> bool {
        let metrics = self.font().glyph_metrics(skrifa::instance::Size::unscaled(), self.location());
        let em = f32::from(self.measures.units_per_em);
        let middle = metrics.bounds(skrifa::GlyphId::from(glyph.0)).map(|ink| (ink.x_min + ink.x_max) / 2.0 / em);
        middle.is_some_and(|middle| (0.4..=0.6).contains(&middle))
    }

    /// The characters that it has.
    pub fn coverage(&self) -> &Coverage {
        self.coverage.get_or_init(|| Coverage::of(self))
    }

    /// The regions whose forms of Han characters it has.
    pub fn regions(&self) -> &BTreeSet<Region> {
        self.regions.get_or_init(|| regions(&self.font(), &self.names, self.coverage()))
    }

    /// What the shaper has prepared for this face, made once.
    pub fn shaper_data(&self) -> &harfrust::ShaperData {
        self.shaper.get_or_init(|| harfrust::ShaperData::new(&self.font()))
    }

    /// The coordinates for the shaper, if the face is variable.
    #[must_use]
    pub fn shaper_instance(&self) -> Option<&harfrust::ShaperInstance> {
        self.instance.as_ref().map(|instance| &instance.shaper)
    }
}

fn location(instance: Option<&Instance>) -> LocationRef<'_> {
    instance.map_or_else(LocationRef::default, |instance| LocationRef::from(&instance.location))
}

/// Checks the licence bits (OS/2 fsType): 1 forbids embedding; 8 subsetting, without which a book
/// would hold whole faces; 9 outlines.
fn may_embed(font: &FontRef<'_>, name: &str) -> Result<(), FontError> {
    let bits = font
        .os2()
        .map_err(|error| FontError::Unusable { name: name.to_owned(), reason: format!("OS/2: {error}") })?
        .fs_type();
    if bits & 0x000F == 0x0002 || bits & 0x0300 != 0 {
        return Err(FontError::NotEmbeddable { name: name.to_owned() });
    }
    Ok(())
}

impl Measures {
    /// Reads them; `None` when the design grid has no units.
    fn of(font: &FontRef<'_>, location: LocationRef<'_>) -> Option<Self> {
        let metrics = font.metrics(skrifa::instance::Size::unscaled(), location);
        if metrics.units_per_em == 0 {
            return None;
        }
        let em = |units: f32| Em(units / f32::from(metrics.units_per_em));
        Some(Self {
            ascent: em(metrics.ascent),
            descent: em(-metrics.descent),
            cap_height: em(metrics.cap_height.unwrap_or(metrics.ascent * 0.7)),
            x_height: em(metrics.x_height.unwrap_or(metrics.ascent * 0.5)),
            units_per_em: metrics.units_per_em,
        })
    }
}
