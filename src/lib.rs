//! wenji (文集, "collected writings") gathers articles and binds them: an EPUB that e-readers love, and a PDF that is
//! typeset as a Chinese book is.
#![warn(missing_docs)]

pub mod assets;
pub mod book;
pub mod clock;
pub mod collect;
pub mod convert;
pub mod cover;
pub mod document;
pub mod epub;
pub mod fonts;
pub mod images;
pub mod output;
pub mod pdf;
pub mod problem;
pub mod progress;
pub mod text;
pub mod units;
