//! Which face shows a character.

use std::collections::BTreeMap;

use skrifa::MetadataProvider as _;

use unicode_normalization::UnicodeNormalization as _;

use super::Face;
use super::cluster::is_ignorable;

/// The characters that a face has glyphs for, as a bit set by blocks of 256.
#[derive(Debug, Default)]
pub struct Coverage {
    blocks: BTreeMap<u32, [u64; 4]>,
}

impl Coverage {
    /// Reads a face's character map.
    #[must_use]
    pub fn of(face: &Face) -> Self {
        let mut blocks: BTreeMap<u32, [u64; 4]> = BTreeMap::new();
        for (code, glyph) in face.font().charmap().mappings() {
            if glyph.to_u32() != 0 {
                let bits = blocks.entry(code >> 8).or_default();
                bits[(code as usize & 0xFF) >> 6] |= 1 << (code & 63);
            }
        }
        Self { blocks }
    }

    /// Whether the face has a glyph for it.
    #[must_use]
    pub fn has(&self, c: char) -> bool {
        let code = u32::from(c);
        self.blocks.get(&(code >> 8)).is_some_and(|bits| bits[(code as usize & 0xFF) >> 6] & (1 << (code & 63)) != 0)
    }

    /// Whether the face can show a grapheme whole: each character of it, composed or decomposed as the
    /// shaper would try, but for those that are not seen.
    #[must_use]
    pub fn has_all(&self, grapheme: &str) -> bool {
        let shows = |c| is_ignorable(c) || self.has(c);
        grapheme.chars().all(shows) || !grapheme.is_ascii() && (grapheme.nfc().all(shows) || grapheme.nfd().all(shows))
    }

    /// The characters that it has, in order.
    pub fn characters(&self) -> impl Iterator<Item = char> {
        let codes = self.blocks.iter().flat_map(|(block, bits)| {
            let set = move |low: &u32| bits[(*low as usize) >> 6] & (1 << (low & 63)) != 0;
            (0..256).filter(set).map(move |low| block << 8 | low)
        });
        codes.filter_map(char::from_u32)
    }

    /// How many characters it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.blocks.values().flatten().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }
}

#[cfg(all(test, feature = "embedded-fonts"))]
mod tests {
    use crate::fonts::Library;

    #[test]
    fn the_song_face_covers_han_and_not_emoji() {
        let library = Library::embedded().expect("embedded");
        let song = library.face(library.named("NotoSerifSC-Regular").expect("embedded"));
        assert!(song.coverage().has('文') && song.coverage().has('龘') && !song.coverage().has('😀'));
        assert!(song.coverage().len() > 20_000);
    }
}
