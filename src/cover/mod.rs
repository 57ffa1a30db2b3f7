//! A cover, given or typeset.
//!
//! | step | file |
//! |---|---|
//! | the picture that the book brings, and what it is good for | [`picture`] |
//! | colours of the style, by the book's identity | [`palette`] |
//! | text in lines broken by meaning, of glyphs | [`typeset`] |
//! | everything at its place: a [`Page`] of any proportions, which a PDF may show too | [`mod@design`] |
//! | the page as pixels | [`draw`] |

pub mod design;
mod draw;
mod palette;
mod picture;
mod typeset;

use crate::assets::{AssetId, Assets};
use crate::book::Anthology;
use crate::fonts::Library;
use crate::images::{Format, ImageError, decode, encode, sniff, svg};
use crate::pdf::pages::{Item, Page, Picture};
use crate::pdf::style::CoverColors;
use crate::units::Pt;

pub use design::design;
pub use picture::{CoverPicture, Use};

/// The size of the cover of an EPUB, in pixels: what the shops ask for.
pub const WIDTH: u32 = 1600;
/// See [`WIDTH`].
pub const HEIGHT: u32 = 2560;

/// Pixels an inch of a drawing on a cover that is printed.
const PRINTED: f32 = 300.0;

/// Pixels a point when the cover of an EPUB is designed.
const SCALE: f32 = 4.0;

/// Why there is no cover.
#[derive(Debug, thiserror::Error)]
pub enum CoverError {
    /// The picture cannot be read.
    #[error("the cover's picture cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// The picture cannot be opened, or the cover not encoded.
    #[error(transparent)]
    Image(#[from] ImageError),
}

/// The cover of a book for paper of a size: its own picture where that can fill it, else a typeset one in one of the
/// style's palettes.
#[must_use]
pub fn page(
    book: &Anthology,
    assets: &Assets,
    library: &Library,
    palettes: &[CoverColors],
    width: Pt,
    height: Pt,
) -> Page {
    design(book, picture::choose(book, assets).as_ref(), library, palettes, width, height)
}

/// The same cover in greys, its picture too, for a book that is printed in one ink: a single page in colour
/// makes printers count the whole book as a coloured one. A picture that cannot be opened stays as it is; the
/// writer tells of it.
#[must_use]
pub fn desaturated(mut page: Page, assets: &Assets, library: &Library) -> Page {
    for item in &mut page.items {
        item.desaturate();
        if let Item::Picture(picture) = item
            && let Ok(gray) = gray_picture(picture, assets, library)
        {
            picture.asset = gray;
        }
    }
    page
}

/// A picture without its colours: as many pixels as it has, and a drawing as many as its place needs.
fn gray_picture(picture: &Picture, assets: &Assets, library: &Library) -> Result<AssetId, CoverError> {
    let bytes = assets.read(picture.asset)?;
    let mut raster = if sniff(&bytes) == Some(Format::Svg) {
        let pixels = |side: Pt| ((side.0 * PRINTED / 72.0).round() as u32).max(1);
        let tree = svg::parse(&bytes, &svg::database(library))?;
        svg::rasterize(&tree, pixels(picture.rect.width), pixels(picture.rect.height))?
    } else {
        decode(&bytes)?
    };
    raster.desaturate();
    let lossy = raster.is_opaque() && !encode::is_drawing(&raster);
    let encoded = if lossy { encode::jpeg(&raster, 88, encode::Chroma::Full)? } else { encode::png(&raster)? };
    Ok(assets.put(&encoded)?)
}

/// The cover of an EPUB: a JPEG of [`WIDTH`] × [`HEIGHT`] pixels.
///
/// # Errors
/// When its picture cannot be read, or it cannot be encoded.
pub fn jpeg(
    book: &Anthology,
    assets: &Assets,
    library: &Library,
    palettes: &[CoverColors],
    grayscale: bool,
) -> Result<Vec<u8>, CoverError> {
    let page = page(book, assets, library, palettes, Pt(WIDTH as f32 / SCALE), Pt(HEIGHT as f32 / SCALE));
    let drawing = draw::Drawing::new(&page, SCALE, assets, library)?;
    let size = (drawing.width, drawing.height);
    Ok(encode::jpeg_by_rows(size, grayscale, 88, |y, pixels| drawing.row(y, |row| pixels.extend_from_slice(row)))?)
}

#[cfg(test)]
mod tests;
