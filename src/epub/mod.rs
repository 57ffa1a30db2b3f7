//! Articles become an EPUB 3.3.
//!
//! | step | file |
//! |---|---|
//! | what is made, file by file, in reading order | [`package`] |
//! | pictures, encoded in parallel, each once | [`images`] |
//! | an article, and the page of a part, as XHTML, and the names of their files | [`chapter`] |
//! | cover page, title page and sources | [`front`] |
//! | package document, navigation and NCX, completed | [`complete`] |
//! | the faces of the style, as far as they are used | [`faces`] |
//! | the marks of a Kobo's own engine | [`kobo`] |
//! | files into the archive | [`archive`] |
//! | a book that is too large, as volumes | [`volumes`] |
//!
//! The package document, the navigation and the NCX are drafted by epub-builder. Its `Zip` trait is not
//! exported, so an archive of our own cannot be handed to it; and it keeps a whole book in memory.
//! Therefore it is given every file's name and kind but no contents, and what it drafts is completed on
//! the way into our archive, which streams to the output.

mod archive;
mod chapter;
mod complete;
mod faces;
mod front;
mod images;
mod kobo;
mod outline;
mod package;
mod volumes;
mod words;

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};

use crate::book::NodeRef;
use crate::images::EpubLimits;
use crate::pdf::style::CoverColors;
use crate::problem::Problem;

pub use package::write;
pub use volumes::{Elsewhere, Weights, split, volume};

/// Whose readers the book is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// Any reader.
    #[default]
    Generic,
    /// Kindle, by Send-to-Kindle: no SVG, baseline JPEG, nothing that moves.
    Kindle,
    /// Kobo: what its Adobe engine and its own take.
    Kobo,
    /// Apple Books: as many pixels as it takes.
    Apple,
}

impl Profile {
    /// What pictures must be like.
    #[must_use]
    pub fn limits(self, grayscale: bool) -> EpubLimits {
        let limits = EpubLimits { grayscale, ..EpubLimits::default() };
        match self {
            Self::Generic | Self::Kobo => limits,
            Self::Kindle => EpubLimits { allow_svg: false, baseline: true, animated: false, ..limits },
            // At most 5.6 million pixels (Apple Books Asset Guide, Interior images), also of a part of a long picture,
            // which is up to 1.41 times as high as wide.
            Self::Apple => EpubLimits { max_width: 1980, max_height: 2732, ..limits },
        }
    }

    /// The largest book that reaches its readers: Send-to-Kindle names 200 MB and has refused 134 MB; a mail takes 50 MB,
    /// less what its encoding adds.
    #[must_use]
    pub fn max_size(self) -> Option<u64> {
        (self == Self::Kindle).then_some(45_000_000)
    }

    /// How many levels of contents its readers show: a Kindle shows two.
    fn contents_levels(self) -> usize {
        if self == Self::Kindle { 2 } else { usize::MAX }
    }

    /// Whether the cover gets a page of its own; Kindle makes one itself and would show two.
    fn has_cover_page(self) -> bool {
        self != Self::Kindle
    }
}

/// How the book is made.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whose readers it is for.
    pub profile: Profile,
    /// Whether pictures lose their colours.
    pub grayscale: bool,
    /// The style sheet.
    pub style_css: String,
    /// The palettes of a typeset cover; empty for the usual ones.
    pub cover_colors: Vec<CoverColors>,
    /// Whether the faces of the style are put into it, as far as the book uses them.
    pub embed_fonts: bool,
    /// Whether text runs from top to bottom and pages from right to left.
    pub vertical: bool,
    /// Whether it is for a Kobo's own engine, which keeps places and notes by spans around sentences.
    pub kobo_spans: bool,
    /// What is in other volumes of the same book.
    pub elsewhere: Elsewhere,
    /// Whether the authors of the articles described every picture.
    pub described: bool,
    /// Who vouches that the book meets EPUB Accessibility 1.1 and WCAG 2.2 Level AA.
    pub certified_by: Option<String>,
    /// How many pictures are decoded at once.
    pub jobs: usize,
    /// Where the pages of the printed edition begin: node, byte offset in its text, label. In reading order.
    pub page_starts: Vec<(NodeRef, u32, String)>,
    /// What these pages are of: the ISBN or title of the PDF.
    pub page_source: Option<String>,
    /// When the book was last changed; from its contents, never from the clock.
    pub modified: DateTime<Utc>,
}

impl Options {
    /// A book for any reader.
    #[must_use]
    pub fn new(style_css: impl Into<String>, modified: DateTime<Utc>) -> Self {
        Self {
            profile: Profile::Generic,
            grayscale: false,
            style_css: style_css.into(),
            cover_colors: Vec::new(),
            embed_fonts: false,
            vertical: false,
            kobo_spans: false,
            elsewhere: Elsewhere::default(),
            described: true,
            certified_by: None,
            jobs: 1,
            page_starts: Vec::new(),
            page_source: None,
            modified,
        }
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Written {
    /// How many articles are in the book.
    pub chapters: usize,
    /// What is missing from it, in reading order.
    pub problems: Vec<Problem>,
    /// What its parts weigh, by which it can be split.
    pub weights: Weights,
}

/// Why no book was written. What is merely missing from it is in [`Written::problems`].
#[derive(Debug, thiserror::Error)]
pub enum EpubError {
    /// The file cannot be written.
    #[error("the EPUB cannot be written: {0}")]
    Io(#[from] std::io::Error),
    /// The archive cannot be written.
    #[error("the EPUB's archive cannot be written: {0}")]
    Archive(#[from] zip::result::ZipError),
    /// epub-builder refused the book.
    #[error("the EPUB's package cannot be made: {0}")]
    Package(#[from] epub_builder::Error),
    /// What epub-builder drafted cannot be completed.
    #[error("{file} of the EPUB cannot be completed: {reason}")]
    Draft {
        /// The file in the archive.
        file: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The cover could not be made.
    #[error("the cover cannot be made: {0}")]
    Cover(#[from] crate::cover::CoverError),
}
