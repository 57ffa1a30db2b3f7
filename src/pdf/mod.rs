//! Articles become a PDF: [`layout`] makes pages of them, [`mod@write`] makes a file of the pages.
//!
//! [`style`] is the print style sheet; [`pages`] holds what stands between the two: pages with glyph
//! runs at their places. [`structure`] is what they are for readers who do not see them.

pub mod layout;
pub mod pages;
pub mod structure;
pub mod style;
pub mod write;
