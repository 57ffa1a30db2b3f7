//! The picture that the book brings, and what it is good for.

use crate::assets::{AssetId, Assets};
use crate::book::Anthology;
use crate::document::ImageState;
use crate::images::{Format, probe};

/// What a picture is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It is a cover: tall, and large enough to fill one.
    Whole,
    /// It is set into a typeset cover, enlarged at most twice.
    Inset,
}

/// A picture for the cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoverPicture {
    /// Its file.
    pub asset: AssetId,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// What it is good for.
    pub purpose: Use,
}

/// Smaller pictures are icons, which adorn nothing.
const SMALLEST: u32 = 120;

/// The picture of the book, else that of the first article that has one of use.
pub(super) fn choose(book: &Anthology, assets: &Assets) -> Option<CoverPicture> {
    let given = book.cover.and_then(|asset| look_at(asset, assets));
    given.or_else(|| book.articles.iter().filter_map(own_cover).find_map(|asset| look_at(asset, assets)))
}

fn own_cover(article: &crate::book::Article) -> Option<AssetId> {
    match article.cover.as_ref()?.state {
        ImageState::Found(asset) => Some(asset),
        _ => None,
    }
}

/// What a file is good for; `None` for what cannot be opened or is too small.
fn look_at(asset: AssetId, assets: &Assets) -> Option<CoverPicture> {
    let info = probe(&assets.read(asset).ok()?).ok()?;
    // A drawing has no pixels that would be enlarged; it is set into a cover, at the size it asks for.
    let (width, height) = (info.width, info.height);
    if width.min(height) < SMALLEST {
        return None;
    }
    let tall = (1.25..=1.9).contains(&(f64::from(height) / f64::from(width)));
    let large = width * 2 >= super::WIDTH && height * 2 >= super::HEIGHT;
    let whole = tall && large && info.format != Format::Svg;
    Some(CoverPicture { asset, width, height, purpose: if whole { Use::Whole } else { Use::Inset } })
}
