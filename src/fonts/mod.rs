//! Faces: the embedded ones, what they cover, and subsets of them.
//!
//! | step | file |
//! |---|---|
//! | a face and its measures | [`face`] |
//! | the faces compiled in, and those of the user | [`find`] |
//! | which face shows a character | [`coverage`] |
//! | the faces of formulas | [`math`] |
//! | the part of a face that a book uses | [`subset`] |

pub mod coverage;
pub mod face;
pub mod find;
pub mod math;
pub mod subset;

pub use face::{Face, FaceId, GlyphId, Measures};
pub use find::Library;

/// What can go wrong with a face.
#[derive(Debug, thiserror::Error)]
pub enum FontError {
    /// A file is not a font, or a broken one.
    #[error("{name}: not a usable font: {reason}")]
    Unusable {
        /// The file or face.
        name: String,
        /// What the reader said.
        reason: String,
    },
    /// A face's licence forbids embedding (OS/2 fsType bit 1).
    #[error("{name}: its licence bits forbid embedding")]
    NotEmbeddable {
        /// The face.
        name: String,
    },
    /// A subset could not be made.
    #[error("{name}: no subset could be made: {reason}")]
    Subset {
        /// The face.
        name: String,
        /// What the subsetter said.
        reason: String,
    },
    /// No face at all.
    #[error("no faces: this program was built without embedded fonts; name a folder of faces with --font-dir")]
    Empty,
}
