//! Which face shows a character.

use skrifa::MetadataProvider as _;

use unicode_normalization::UnicodeNormalization as _;

use super::Face;
use super::cluster::is_ignorable;

/// The characters that a face has glyphs for, as a bit set by blocks of 256: it is asked for every character of a book.
#[derive(Debug, Default)]
pub struct Coverage {
    /// For each block, its number in `bits`; those beyond the last have none of their own.
    blocks: Vec<u16>,
    /// The characters of a block. The first is that of all blocks without any.
    bits: Vec<[u64; 4]>,
}

impl Coverage {
    /// Reads a face's character map.
    #[must_use]
    pub fn of(face: &Face) -> Self {
        let mut coverage = Self { blocks: Vec::new(), bits: vec![[0; 4]] };
        for (code, glyph) in face.font().charmap().mappings() {
            if glyph.to_u32() != 0 && char::from_u32(code).is_some() {
                coverage.add(code);
            }
        }
        coverage
    }

    fn add(&mut self, code: u32) {
        let block = (code >> 8) as usize;
        self.blocks.resize(self.blocks.len().max(block + 1), 0);
        if self.blocks[block] == 0 {
            // There are 0x1100 blocks of characters.
            self.blocks[block] = u16::try_from(self.bits.len()).unwrap_or(0);
            self.bits.push([0; 4]);
        }
        self.bits[usize::from(self.blocks[block])][(code as usize & 0xFF) >> 6] |= 1 << (code & 63);
    }

    /// Whether the face has a glyph for it.
    #[must_use]
    pub fn has(&self, c: char) -> bool {
        let code = u32::from(c);
        let block = self.blocks.get((code >> 8) as usize);
        block.is_some_and(|&block| self.bits[usize::from(block)][(code as usize & 0xFF) >> 6] & (1 << (code & 63)) != 0)
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
        let codes = (0_u32..).zip(&self.blocks).flat_map(|(block, &index)| {
            let bits = &self.bits[usize::from(index)];
            let set = move |low: &u32| bits[(*low as usize) >> 6] & (1 << (low & 63)) != 0;
            (0..256).filter(set).map(move |low| block << 8 | low)
        });
        codes.filter_map(char::from_u32)
    }

    /// How many characters it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bits.iter().flatten().map(|word| word.count_ones() as usize).sum()
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
