//! Characters whose glyph does not depend on what stands beside them, as nearly all of Chinese text: they are shaped
//! once, and then looked up.
//!
//! Whether a character is one of these, the shaper says: a lookup of the face that would have gone on to a neighbour
//! marks its glyph as unsafe to concatenate. A run of characters without that mark is the row of their glyphs.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::fonts::GlyphId;

/// A glyph as the shaper gives it: lengths in units of the face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shaping {
    pub(super) id: GlyphId,
    /// The first byte of its text in the run.
    pub(super) cluster: u32,
    pub(super) x_offset: i32,
    pub(super) y_offset: i32,
    pub(super) x_advance: i32,
}

/// How many characters the table holds at once; two at the same place drive each other out.
const SLOTS: usize = 1 << 13;

/// What is known of characters in one face, shaped in one way. Threads share it: what one finds, all would find.
pub(super) struct Apart(Box<[AtomicU64]>);

/// Says that a place of the table is taken.
const TAKEN: u64 = 1 << 63;
/// Says that its character has a glyph that does not depend on others.
const IS_APART: u64 = 1 << 62;

impl Apart {
    pub(super) fn new() -> Self {
        Self((0..SLOTS).map(|_| AtomicU64::new(0)).collect())
    }

    /// The glyph of a character, as the first of a run, if it depends on no other. `shape` shapes the character alone;
    /// it gives `None` for one that cannot be looked up.
    pub(super) fn get(&self, c: char, shape: impl FnOnce() -> Option<Shaping>) -> Option<Shaping> {
        let code = u32::from(c) as usize;
        let (slot, above) = (&self.0[code % SLOTS], (code / SLOTS) as u64);
        // Nothing else is read by what is found, so no order between memory accesses is needed.
        let known = slot.load(Ordering::Relaxed);
        if known & TAKEN != 0 && (known >> 48) & 0xFF == above {
            return (known & IS_APART != 0).then(|| unpacked(known));
        }
        let found = shape().and_then(packed);
        slot.store(TAKEN | above << 48 | found.map_or(0, |packed| IS_APART | packed), Ordering::Relaxed);
        found.map(unpacked)
    }
}

/// A glyph in 48 bits; `None` for one that does not fit, or is not on the baseline.
fn packed(glyph: Shaping) -> Option<u64> {
    let (advance, offset) = (i16::try_from(glyph.x_advance).ok()?, i16::try_from(glyph.x_offset).ok()?);
    let bits = |number: i16| u64::from(number.cast_unsigned());
    (glyph.y_offset == 0).then(|| u64::from(glyph.id.0) << 32 | bits(advance) << 16 | bits(offset))
}

fn unpacked(packed: u64) -> Shaping {
    let part = |shift: u32| (packed >> shift & 0xFFFF) as u16;
    Shaping {
        id: GlyphId(part(32)),
        cluster: 0,
        x_offset: part(0).cast_signed().into(),
        y_offset: 0,
        x_advance: part(16).cast_signed().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_shaped_is_found_again_and_not_taken_for_another() {
        let table = Apart::new();
        let glyph = |id, x_offset| Shaping { id: GlyphId(id), cluster: 0, x_offset, y_offset: 0, x_advance: 500 };
        let (first, second) = ('\u{4E00}', '\u{4E00}' as u32 + SLOTS as u32);
        let second = char::from_u32(second).expect("a character");
        assert_eq!(table.get(first, || Some(glyph(65_535, -500))), Some(glyph(65_535, -500)));
        assert_eq!(table.get(first, || None), Some(glyph(65_535, -500)));
        assert_eq!(table.get(second, || Some(glyph(7, 3))), Some(glyph(7, 3)));
        assert_eq!(table.get(first, || None), None);
        assert_eq!(table.get(first, || Some(glyph(1, 0))), None);
    }

    #[test]
    fn a_glyph_that_cannot_be_packed_is_not_looked_up() {
        let glyph = Shaping { id: GlyphId(1), cluster: 0, x_offset: 0, y_offset: 4, x_advance: 500 };
        assert_eq!(Apart::new().get('一', || Some(glyph)), None);
        assert_eq!(Apart::new().get('一', || Some(Shaping { y_offset: 0, x_advance: 70_000, ..glyph })), None);
    }
}
