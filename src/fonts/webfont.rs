//! The part of a face that an EPUB uses, as a font file that a reader finds characters in. A PDF numbers glyphs by
//! itself, so the subsetter leaves out `cmap` and `OS/2`; here they come back.

use std::collections::BTreeSet;

use skrifa::raw::types::{GlyphId, Tag};
use write_fonts::FontBuilder;
use write_fonts::tables::cmap::Cmap;

use super::FontError;
use super::face::Face;
use super::subset::{Outlines, font_program};

/// A font file.
#[derive(Debug)]
pub struct WebFont {
    /// The file.
    pub bytes: Vec<u8>,
    /// What its outlines are, which decides its media type.
    pub outlines: Outlines,
}

/// Takes some characters out of a face. Those that it has not are left out; the same characters give the same bytes.
///
/// # Errors
/// When the face is broken, or its outlines are of a kind that cannot be subset.
pub fn webfont(face: &Face, characters: &BTreeSet<char>) -> Result<WebFont, FontError> {
    let failed = |reason: String| FontError::Subset { name: face.name().to_owned(), reason };
    let glyphs: Vec<_> = characters.iter().filter_map(|&c| Some((c, face.glyph(c)?))).collect();
    let (program, map) = font_program(face, &glyphs.iter().map(|(_, glyph)| *glyph).collect())?;
    let numbered = glyphs.iter().filter_map(|(c, glyph)| Some((*c, GlyphId::from(map.get(glyph.0)?))));
    let cmap = Cmap::from_mappings(numbered).map_err(|error| failed(error.to_string()))?;
    let font = skrifa::FontRef::new(&program).map_err(|error| failed(error.to_string()))?;
    let mut builder = FontBuilder::new();
    builder.add_table(&cmap).map_err(|error| failed(error.to_string()))?;
    if let Some(table) = face.font().table_data(Tag::new(b"OS/2")) {
        builder.add_raw(Tag::new(b"OS/2"), table.as_bytes().to_vec());
    }
    builder.copy_missing_tables(font);
    let outlines = if builder.contains(Tag::new(b"CFF ")) { Outlines::Cff } else { Outlines::TrueType };
    Ok(WebFont { bytes: builder.build(), outlines })
}

#[cfg(all(test, feature = "embedded-fonts"))]
mod tests {
    use super::*;
    use crate::fonts::Library;
    use skrifa::MetadataProvider as _;

    #[test]
    fn a_reader_finds_the_characters_that_were_asked_for_and_no_others() {
        let library = Library::embedded().expect("embedded faces");
        for name in ["NotoSerifSC-Regular", "SourceSerif4-Italic", "NotoEmoji-Regular"] {
            let face = library.face(library.named(name).expect("there"));
            let wanted: BTreeSet<char> = "文集Aé“😀".chars().filter(|&c| face.glyph(c).is_some()).collect();
            let font = webfont(face, &wanted).expect("a font");
            let read = skrifa::FontRef::new(&font.bytes).expect("a font file");
            let has: BTreeSet<char> = read.charmap().mappings().filter_map(|(code, _)| char::from_u32(code)).collect();
            assert_eq!(has, wanted, "{name}");
            let outline = read.outline_glyphs().get(read.charmap().map(*wanted.first().expect("one")).expect("mapped"));
            assert!(outline.is_some(), "{name}");
            assert!(
                font.bytes.len() * 20 < face.bytes().len()
                    && font.bytes == webfont(face, &wanted).expect("again").bytes
            );
        }
    }
}
