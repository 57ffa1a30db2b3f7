//! Faces: the embedded ones, the user's, the system's; what they cover, and subsets of them.
//!
//! | step | file |
//! |---|---|
//! | a face and its measures | [`face`] |
//! | what it is called, in every language | [`names`] |
//! | the instances of a variable face | [`instance`] |
//! | whose letter forms it has | [`region`] |
//! | the characters that it has | [`coverage`] |
//! | what one face must show whole | [`cluster`] |
//! | the faces compiled in, and those of the user | [`find`] |
//! | those of the system, looked through only when needed | [`system`] |
//! | the families of a style by their role | [`family`] |
//! | which face shows a grapheme | [`choose`] |
//! | the faces of formulas | [`math`] |
//! | the part of a face that a book uses | [`subset`] |
//! | the same as a font file, for an EPUB | [`webfont`] |

pub mod choose;
pub mod cluster;
pub mod coverage;
pub mod face;
pub mod family;
pub mod find;
pub mod instance;
pub mod math;
pub mod names;
pub mod region;
pub mod subset;
pub mod system;
pub mod webfont;

pub use choose::Want;
pub use face::{Face, FaceId, GlyphId, Measures, Origin};
pub use family::{Family, Lack};
pub use find::{Library, Naming};
pub use names::Names;
pub use region::Region;
pub use system::System;

#[cfg(all(test, feature = "embedded-fonts"))]
mod tests;

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
    /// A face's licence forbids embedding, or embedding a part of it (OS/2 fsType).
    #[error("{name}: its licence bits (OS/2 fsType) forbid embedding or subsetting")]
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
