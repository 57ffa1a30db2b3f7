//! What each book takes: the picture as it is where that will do, else decoded, made to fit, and
//! encoded again.

use std::sync::Arc;

use usvg::fontdb::Database;

use super::decode::{self, Info, Raster, decode, probe};
use super::resize::{fit, resize};
use super::slice::{is_long, slices};
use super::sniff::Format;
use super::{ImageError, encode, jpeg, png, svg};

/// The quality of JPEGs made here, of 100: small text in screenshots stays clean.
const QUALITY: u8 = 88;

/// What an EPUB's readers can show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpubLimits {
    /// The most pixels in a row.
    pub max_width: u32,
    /// The most rows.
    pub max_height: u32,
    /// Whether colours are taken away.
    pub grayscale: bool,
    /// Whether drawings stay drawings.
    pub allow_svg: bool,
    /// Whether transparent pictures are set on white.
    pub opaque: bool,
    /// Whether JPEGs must be baseline.
    pub baseline: bool,
}

impl Default for EpubLimits {
    fn default() -> Self {
        Self { max_width: 1600, max_height: 2400, grayscale: false, allow_svg: true, opaque: false, baseline: false }
    }
}

/// A picture, or a part of a long one, as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// JPEG, PNG, GIF or SVG.
    pub format: Format,
    /// The file.
    pub bytes: Vec<u8>,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// Brings a picture to what an EPUB holds. A long picture comes in parts, from its top to its bottom.
///
/// # Errors
/// When it cannot be opened.
pub fn for_epub(bytes: &[u8], limits: &EpubLimits, faces: &Arc<Database>) -> Result<Vec<Encoded>, ImageError> {
    let info = probe(bytes)?;
    if info.format == Format::Svg {
        return drawing_for_epub(bytes, limits, faces);
    }
    // Also a picture that passes as it is has been decoded once: a broken one must not reach a reader.
    let raster = decode(bytes)?;
    if let Some(bytes) = as_it_is(bytes, info, &raster, limits) {
        return Ok(vec![Encoded { format: info.format, bytes, width: info.width, height: info.height }]);
    }
    encode_for_epub(raster, is_lossy(info.format, bytes), limits)
}

fn drawing_for_epub(bytes: &[u8], limits: &EpubLimits, faces: &Arc<Database>) -> Result<Vec<Encoded>, ImageError> {
    let tree = svg::parse(bytes, faces)?;
    let (width, height) = svg::pixels(&tree);
    if limits.allow_svg && !limits.grayscale {
        let bytes = svg::sanitize(bytes, faces)?;
        return Ok(vec![Encoded { format: Format::Svg, bytes, width, height }]);
    }
    // Twice its size in CSS pixels, for screens of high density.
    let (wanted_width, wanted_height) = (width.saturating_mul(2), height.saturating_mul(2));
    let (width, height) = fit(wanted_width, wanted_height, limits.max_width, limits.max_height);
    let raster = svg::rasterize(&tree, width, height)?;
    encode_for_epub(raster, false, limits)
}

/// The file without its metadata, if nothing else of it has to change.
fn as_it_is(bytes: &[u8], info: Info, raster: &Raster, limits: &EpubLimits) -> Option<Vec<u8>> {
    let fits = info.width <= limits.max_width && info.height <= limits.max_height;
    if !fits || is_long(info.width, info.height) || (limits.grayscale && !raster.is_gray()) {
        return None;
    }
    if limits.opaque && !raster.is_opaque() {
        return None;
    }
    match info.format {
        Format::Jpeg => {
            let header = jpeg::header(bytes)?;
            let shown_everywhere = header.precision == 8 && matches!(header.components, 1 | 3);
            let allowed = shown_everywhere && !(limits.baseline && header.progressive);
            (allowed && decode::is_plain(info.format, bytes)).then(|| jpeg::strip(bytes))?
        }
        Format::Png => {
            let header = png::header(bytes)?;
            (header.depth <= 8 && decode::is_plain(info.format, bytes)).then(|| png::strip(bytes))?
        }
        Format::Gif => Some(bytes.to_vec()),
        _ => None,
    }
}

fn encode_for_epub(mut raster: Raster, lossy: bool, limits: &EpubLimits) -> Result<Vec<Encoded>, ImageError> {
    let photograph = lossy || !encode::is_drawing(&raster);
    let max_height = if is_long(raster.width, raster.height) { u32::MAX } else { limits.max_height };
    let (width, height) = fit(raster.width, raster.height, limits.max_width, max_height);
    raster = resize(raster, width, height);
    if limits.opaque {
        raster.flatten();
    }
    if limits.grayscale {
        raster.desaturate();
    }
    let parts = slices(&raster);
    parts.into_iter().map(|(top, rows)| encode_part(&raster.rows(top, rows), photograph)).collect()
}

fn encode_part(part: &Raster, photograph: bool) -> Result<Encoded, ImageError> {
    let (format, bytes) = if photograph && part.is_opaque() {
        (Format::Jpeg, encode::jpeg(part, QUALITY)?)
    } else {
        (Format::Png, encode::png(part)?)
    };
    Ok(Encoded { format, bytes, width: part.width, height: part.height })
}

/// How many pixels a PDF needs of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PdfLimits {
    /// The most pixels in a row.
    pub max_width: u32,
    /// The most rows.
    pub max_height: u32,
    /// Whether colours are taken away.
    pub grayscale: bool,
}

/// A picture as a PDF holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PdfImage {
    /// A whole JPEG file, for `DCTDecode`.
    Jpeg {
        /// The file.
        bytes: Vec<u8>,
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// Whether it has one channel, else three.
        gray: bool,
    },
    /// Samples to be compressed without loss.
    Raster {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// One or three bytes a pixel.
        color: Vec<u8>,
        /// Whether it has one channel, else three.
        gray: bool,
        /// One byte a pixel, if not all are opaque.
        alpha: Option<Vec<u8>>,
    },
}

/// Brings a raster picture, or a part of it, to what a PDF holds. The part is given as fractions of the
/// height from the top. Drawings go into a PDF as such, not through here.
///
/// # Errors
/// When it cannot be opened.
pub fn for_pdf(bytes: &[u8], slice: (f32, f32), limits: &PdfLimits) -> Result<PdfImage, ImageError> {
    let info = probe(bytes)?;
    let mut raster = decode(bytes)?;
    let whole = slice.0 <= 0.0 && slice.1 >= 1.0;
    let fits = info.width <= limits.max_width && info.height <= limits.max_height;
    let unchanged = whole && fits && (!limits.grayscale || raster.is_gray());
    if unchanged && let Some(jpeg) = jpeg_as_it_is(bytes, info) {
        return Ok(jpeg);
    }
    let lossy = is_lossy(info.format, bytes);
    if !whole {
        let row = |fraction: f32| (f64::from(fraction.clamp(0.0, 1.0)) * f64::from(raster.height)).round() as u32;
        let top = row(slice.0).min(raster.height - 1);
        let bottom = row(slice.1).max(top + 1);
        raster = raster.rows(top, bottom - top);
    }
    let (width, height) = fit(raster.width, raster.height, limits.max_width, limits.max_height);
    let mut raster = resize(raster, width, height);
    if limits.grayscale {
        raster.desaturate();
    }
    // What was compressed with loss once would grow sevenfold without.
    if lossy && raster.is_opaque() {
        let gray = raster.is_gray();
        return Ok(PdfImage::Jpeg { bytes: encode::jpeg(&raster, QUALITY)?, width, height, gray });
    }
    Ok(samples(&raster))
}

fn jpeg_as_it_is(bytes: &[u8], info: Info) -> Option<PdfImage> {
    let header = (info.format == Format::Jpeg).then(|| jpeg::header(bytes))??;
    if header.precision != 8 || !matches!(header.components, 1 | 3) || !decode::is_plain(info.format, bytes) {
        return None;
    }
    let gray = header.components == 1;
    Some(PdfImage::Jpeg { bytes: jpeg::strip(bytes)?, width: info.width, height: info.height, gray })
}

fn samples(raster: &Raster) -> PdfImage {
    let pixels = raster.pixels.chunks_exact(4);
    let gray = raster.is_gray();
    let color = if gray {
        pixels.clone().map(|pixel| pixel[0]).collect()
    } else {
        pixels.clone().flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
    };
    let alpha = (!raster.is_opaque()).then(|| pixels.map(|pixel| pixel[3]).collect());
    PdfImage::Raster { width: raster.width, height: raster.height, color, gray, alpha }
}

/// Whether a file was compressed with loss.
fn is_lossy(format: Format, bytes: &[u8]) -> bool {
    match format {
        Format::Jpeg => true,
        // The first chunk of pixels: `VP8 ` is lossy, `VP8L` is not.
        Format::WebP => {
            let position = |name: &[u8]| bytes.windows(4).position(|window| window == name);
            position(b"VP8 ").is_some_and(|lossy| position(b"VP8L").is_none_or(|lossless| lossy < lossless))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples as sample;
    use super::*;
    use crate::fonts::Library;

    fn faces() -> Arc<Database> {
        svg::database(&Library::embedded().expect("embedded faces"))
    }

    #[test]
    fn an_epub_gets_jpeg_png_gif_and_svg_and_nothing_else() {
        for (format, bytes) in sample::all() {
            let parts = for_epub(&bytes, &EpubLimits::default(), &faces()).expect("a picture");
            let expected = match format {
                Format::Jpeg | Format::Gif | Format::Svg => format,
                _ => Format::Png,
            };
            assert_eq!(parts.len(), 1);
            assert_eq!((parts[0].format, parts[0].width, parts[0].height), (expected, 60, 40), "{format}");
            assert_eq!(probe(&parts[0].bytes).expect("a picture").format, expected);
        }
    }

    #[test]
    fn a_reader_without_svg_gets_a_sharp_raster() {
        let limits = EpubLimits { allow_svg: false, ..EpubLimits::default() };
        let parts = for_epub(&sample::svg(), &limits, &faces()).expect("a picture");
        assert_eq!((parts[0].format, parts[0].width), (Format::Png, 120));
    }

    #[test]
    fn a_large_picture_is_made_to_fit() {
        let limits = EpubLimits { max_width: 30, max_height: 30, ..EpubLimits::default() };
        for (format, bytes) in sample::all().into_iter().filter(|(format, _)| *format != Format::Svg) {
            let parts = for_epub(&bytes, &limits, &faces()).expect("a picture");
            assert_eq!((parts[0].width, parts[0].height), (30, 20), "{format}");
            let again = probe(&parts[0].bytes).expect("a picture");
            assert_eq!((again.width, again.height), (30, 20));
        }
    }

    #[test]
    fn a_long_picture_comes_in_parts_that_add_up() {
        let parts = for_epub(&sample::png(100, 1200), &EpubLimits::default(), &faces()).expect("a picture");
        assert!(parts.len() > 5);
        assert_eq!(parts.iter().map(|part| part.height).sum::<u32>(), 1200);
    }

    #[test]
    fn grey_readers_get_grey_pictures() {
        let limits = EpubLimits { grayscale: true, ..EpubLimits::default() };
        for (format, bytes) in sample::all() {
            let parts = for_epub(&bytes, &limits, &faces()).expect("a picture");
            assert!(decode(&parts[0].bytes).expect("a picture").is_gray(), "{format}");
        }
    }

    #[test]
    fn a_pdf_takes_an_upright_jpeg_as_it_is_and_samples_of_the_rest() {
        let limits = PdfLimits { max_width: 4000, max_height: 4000, grayscale: false };
        let whole = |bytes: &[u8]| for_pdf(bytes, (0.0, 1.0), &limits).expect("a picture");
        let jpeg = sample::jpeg(60, 40);
        let PdfImage::Jpeg { bytes, .. } = whole(&jpeg) else { panic!("not a JPEG") };
        assert_eq!(decode(&bytes), decode(&jpeg));
        let PdfImage::Jpeg { width, height, .. } = whole(&sample::sideways_jpeg()) else { panic!("not a JPEG") };
        assert_eq!((width, height), (40, 60));
        let PdfImage::Raster { color, alpha, .. } = whole(&sample::png(60, 40)) else { panic!("not samples") };
        assert_eq!((color.len(), alpha), (60 * 40 * 3, None));
    }

    #[test]
    fn a_pdf_takes_the_part_of_a_picture_that_a_page_shows() {
        let limits = PdfLimits { max_width: 4000, max_height: 4000, grayscale: false };
        let part = for_pdf(&sample::png(60, 40), (0.75, 1.0), &limits).expect("a picture");
        let PdfImage::Raster { height, color, .. } = part else { panic!("not samples") };
        assert_eq!((height, &color[..3]), (10, &[20, 60, 180][..]));
    }
}
