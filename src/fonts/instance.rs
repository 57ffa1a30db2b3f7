//! The instances of a variable face that a book is set in: regular and bold, upright and slanted.
//!
//! The coordinates of an instance are made once and go with the face, so that advances, shaping, outlines
//! and the subset are of one instance.

use skrifa::instance::Location;
use skrifa::{FontRef, MetadataProvider as _, Tag};

const WEIGHT: Tag = Tag::new(b"wght");
const ITALIC: Tag = Tag::new(b"ital");
const SLANT: Tag = Tag::new(b"slnt");

/// The weights that a book asks for.
pub(super) const REGULAR: f32 = 400.0;
pub(super) const BOLD: f32 = 700.0;

/// The least weight that counts as bold.
const LEAST_BOLD: f32 = 600.0;

/// The most that letters lean, in degrees, where a face lets one choose.
const MOST_SLANT: f32 = -12.0;

/// A point in the design space of a variable face.
#[derive(Debug, Clone)]
pub struct Instance {
    /// The values of the axes that are set; the others keep their default.
    pub settings: Vec<(Tag, f32)>,
    /// The same in normalized coordinates, for measures and outlines.
    pub location: Location,
    /// The same for shaping.
    pub shaper: harfrust::ShaperInstance,
}

impl Instance {
    fn new(font: &FontRef<'_>, settings: Vec<(Tag, f32)>) -> Self {
        let location = font.axes().location(settings.iter().copied());
        let shaper = harfrust::ShaperInstance::from_coords(font, location.coords().iter().copied());
        Self { settings, location, shaper }
    }

    /// The value of an axis, if it is set.
    fn value(&self, axis: Tag) -> Option<f32> {
        self.settings.iter().find(|(tag, _)| *tag == axis).map(|(_, value)| *value)
    }

    /// The weight, where the face has such an axis.
    pub(super) fn weight(&self) -> Option<f32> {
        self.value(WEIGHT)
    }

    /// Whether an axis slants it.
    pub(super) fn is_slanted(&self) -> bool {
        self.value(ITALIC).is_some_and(|value| value > 0.0) || self.slant() != 0.0
    }

    /// The slant in degrees that an axis gives it, negative when it leans to the right.
    pub(super) fn slant(&self) -> f32 {
        self.value(SLANT).unwrap_or(0.0)
    }

    /// What is added to the PostScript name of the face: `_700wght` (Adobe Technical Note 5902).
    pub(super) fn suffix(&self) -> String {
        self.settings.iter().map(|(tag, value)| format!("_{value}{tag}")).collect()
    }
}

/// The instances of a face; none when it is not variable.
pub(super) fn instances(font: &FontRef<'_>) -> Vec<Instance> {
    let axes = font.axes();
    if axes.is_empty() {
        return Vec::new();
    }
    let mut weights = vec![None];
    if let Some(axis) = axes.get_by_tag(WEIGHT) {
        let regular = REGULAR.clamp(axis.min_value(), axis.max_value().max(axis.min_value()));
        weights = vec![Some((WEIGHT, regular))];
        if axis.max_value() >= LEAST_BOLD && regular < LEAST_BOLD {
            weights.push(Some((WEIGHT, BOLD.min(axis.max_value()))));
        }
    }
    let mut slants = vec![None];
    if axes.get_by_tag(ITALIC).is_some_and(|axis| axis.max_value() >= 1.0) {
        slants.push(Some((ITALIC, 1.0)));
    } else if let Some(axis) = axes.get_by_tag(SLANT).filter(|axis| axis.min_value() < 0.0) {
        slants.push(Some((SLANT, axis.min_value().max(MOST_SLANT))));
    }
    let pairs = weights.iter().flat_map(|weight| slants.iter().map(move |slant| (weight, slant)));
    pairs.map(|(weight, slant)| Instance::new(font, weight.iter().chain(slant).copied().collect())).collect()
}
