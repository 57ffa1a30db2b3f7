//! The one place where pictures are opened.
//!
//! | step | file |
//! |---|---|
//! | what a file is, by its bytes | [`mod@sniff`] |
//! | its size, and its pixels upright in sRGB | [`mod@decode`] into a `raster`, [`color`] |
//! | what a file says without being decoded, and how its metadata is dropped | [`jpeg`], [`scans`], [`png`], [`webp`], [`gif`] |
//! | brightness and colours apart, as lossy WebP and JPEG have them | [`planes`] |
//! | fewer pixels | [`resize`] |
//! | a long picture in parts that fit a page | [`mod@slice`] |
//! | pixels become a file again, those of few colours with a table of them | [`encode`], [`palette`] |
//! | vector drawings | [`svg`] |
//! | all of this, for an EPUB | [`prepare`] |
//! | and for a PDF | [`pdf`] |
//!
//! Functions take the bytes of a file and give encoded bytes, so that a caller who runs `n` of them at
//! once holds at most `n` decoded pictures. The same bytes always give the same result.

pub mod color;
pub mod decode;
pub mod encode;
mod gif;
pub mod jpeg;
pub mod palette;
pub mod pdf;
mod planes;
pub mod png;
pub mod prepare;
mod raster;
pub mod resize;
mod scans;
pub mod slice;
pub mod sniff;
pub mod svg;
pub mod webp;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use decode::{Info, check, decode, probe};
pub use pdf::{PdfData, PdfImage, PdfPart, for_pdf};
pub use prepare::{Encoded, EpubLimits, for_epub};
pub use raster::Raster;
pub use sniff::{Format, SNIFFED, sniff};

use crate::problem::Code;

/// The most pixels that are decoded: 50 million, which take 200 MB.
pub const MAX_PIXELS: u64 = 50_000_000;

/// Why a picture cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// The bytes are of no kind of picture.
    #[error("the bytes are not a picture")]
    NotAnImage,
    /// The kind is known, but nothing here decodes it.
    #[error("{0} pictures cannot be decoded")]
    Unsupported(Format),
    /// Too large to be decoded safely.
    #[error("{width} × {height} pixels are more than {MAX_PIXELS}")]
    TooManyPixels {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// The file is broken.
    #[error("the {format} picture is damaged: {reason}")]
    Damaged {
        /// What it claims to be.
        format: Format,
        /// What the decoder said.
        reason: String,
    },
    /// It asks for more than a picture of a book should need.
    #[error("the {format} picture asks for too much: {reason}")]
    TooComplex {
        /// Its kind.
        format: Format,
        /// What there is too much of.
        reason: String,
    },
    /// A decoder failed in a way that it should not.
    #[error("the {0} decoder failed")]
    Panic(Format),
}

impl ImageError {
    /// The stable code under which this is reported.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NotAnImage => Code::ImageNotAnImage,
            Self::Unsupported(_) => Code::ImageUnsupported,
            Self::TooManyPixels { .. } => Code::ImageTooManyPixels,
            Self::Damaged { .. } => Code::ImageDecode,
            Self::TooComplex { .. } => Code::ImageTooComplex,
            Self::Panic(_) => Code::InternalPanic,
        }
    }
}

/// Runs a decoder; its panic becomes an error, because a bad picture must not end a book.
fn guarded<T>(format: Format, work: impl FnOnce() -> Result<T, ImageError>) -> Result<T, ImageError> {
    // What the closure may leave half-done is dropped with it.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(ImageError::Panic(format)))
}

/// Refuses a picture of too many pixels.
fn check_size(format: Format, width: u32, height: u32) -> Result<(), ImageError> {
    if width == 0 || height == 0 {
        return Err(ImageError::Damaged { format, reason: "it has no pixels".to_owned() });
    }
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(ImageError::TooManyPixels { width, height });
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod samples;
