//! The faces that formulas are set in: those of KaTeX, which the layout of formulas is made for.

use std::borrow::Cow;

use super::face::{Face, FaceData, Origin};
use super::{FontError, Library};

/// The faces, by their PostScript names.
const MATH_FACES: &[&str] = &[
    "KaTeX_AMS-Regular",
    "KaTeX_Caligraphic-Bold",
    "KaTeX_Caligraphic-Regular",
    "KaTeX_Fraktur-Bold",
    "KaTeX_Fraktur-Regular",
    "KaTeX_Main-Bold",
    "KaTeX_Main-BoldItalic",
    "KaTeX_Main-Italic",
    "KaTeX_Main-Regular",
    "KaTeX_Math-BoldItalic",
    "KaTeX_Math-Italic",
    "KaTeX_SansSerif-Bold",
    "KaTeX_SansSerif-Italic",
    "KaTeX_SansSerif-Regular",
    "KaTeX_Script-Regular",
    "KaTeX_Size1-Regular",
    "KaTeX_Size2-Regular",
    "KaTeX_Size3-Regular",
    "KaTeX_Size4-Regular",
    "KaTeX_Typewriter-Regular",
];

impl Library {
    /// Adds the faces of formulas; [`Library::named`] finds them. Those that are there already stay.
    ///
    /// # Errors
    /// When a face cannot be read, or the library is full.
    pub fn add_math_faces(&mut self) -> Result<(), FontError> {
        for &name in MATH_FACES {
            if self.named(name).is_some() {
                continue;
            }
            let bytes = ratex_katex_fonts::ttf_bytes(&format!("{name}.ttf")).ok_or_else(|| FontError::Unusable {
                name: name.to_owned(),
                reason: "it is not among the faces of formulas".to_owned(),
            })?;
            let data = match bytes {
                Cow::Borrowed(bytes) => FaceData::Static(bytes),
                Cow::Owned(bytes) => FaceData::Shared(bytes.into()),
            };
            for face in Face::read(&data, 0, &Origin::Formulas)? {
                self.push(face)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn math_faces_are_added_once_and_found_by_name() {
        let mut library = Library::embedded().expect("embedded faces");
        let before = library.iter().count();
        library.add_math_faces().expect("added");
        library.add_math_faces().expect("nothing to add");
        assert_eq!(library.iter().count(), before + MATH_FACES.len());
        let italic = library.named("KaTeX_Math-Italic").expect("there");
        assert!(library.face(italic).glyph('x').is_some());
    }
}
