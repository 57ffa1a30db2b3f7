//! What an EPUB takes: the picture as it is where that will do, else decoded, made to fit, and encoded again.

use std::sync::Arc;

use usvg::fontdb::Database;

use super::decode::{self, Info, decode, probe};
use super::encode::Chroma;
use super::planes::Planes;
use super::raster::Raster;
use super::resize::{fit, resize};
use super::slice::{is_long, slices};
use super::sniff::Format;
use super::{ImageError, encode, gif, jpeg, png, svg, webp};

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
    /// Whether JPEGs must be baseline.
    pub baseline: bool,
    /// Whether animations stay; else their first picture does.
    pub animated: bool,
}

impl Default for EpubLimits {
    fn default() -> Self {
        Self { max_width: 1600, max_height: 2400, grayscale: false, allow_svg: true, baseline: false, animated: true }
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

impl Encoded {
    /// Whether it is an animation.
    #[must_use]
    pub fn moves(&self) -> bool {
        self.format == Format::Gif && gif::is_animated(&self.bytes)
    }
}

/// Brings a picture to what an EPUB holds. A long picture comes in parts, from its top to its bottom. What is
/// transparent is set on white: black lines on nothing cannot be seen on a dark page.
///
/// # Errors
/// When it cannot be opened.
pub fn for_epub(bytes: &[u8], limits: &EpubLimits, faces: &Arc<Database>) -> Result<Vec<Encoded>, ImageError> {
    let info = probe(bytes)?;
    if info.format == Format::Svg {
        return drawing_for_epub(bytes, limits, faces);
    }
    let unchanged = as_it_is(bytes, info, limits).map(|bytes| Encoded {
        format: info.format,
        bytes,
        width: info.width,
        height: info.height,
    });
    // Whether a file is whole can be told without its pixels; whether they are grey or transparent cannot.
    let is_told_by_pixels = limits.grayscale || may_be_transparent(info.format, bytes);
    if let (Some(_), false) = (&unchanged, is_told_by_pixels) {
        decode::check(bytes)?;
        return Ok(unchanged.into_iter().collect());
    }
    if let Some(planes) = Planes::of_webp(bytes, info)
        && !is_long(info.width, info.height)
    {
        return planes_for_epub(planes, limits);
    }
    let raster = decode(bytes)?;
    if let Some(unchanged) = unchanged
        && (!limits.grayscale || raster.is_gray())
        && raster.is_opaque()
    {
        return Ok(vec![unchanged]);
    }
    encode_for_epub(raster, chroma(info.format, bytes), limits)
}

/// Whether some of a picture may show what is behind it. Animations do in order to repeat what stays; they are left alone.
fn may_be_transparent(format: Format, bytes: &[u8]) -> bool {
    match format {
        Format::Png => png::header(bytes).is_none_or(|header| header.transparent),
        Format::Gif => !gif::is_opaque(bytes) && !gif::is_animated(bytes),
        _ => false,
    }
}

fn drawing_for_epub(bytes: &[u8], limits: &EpubLimits, faces: &Arc<Database>) -> Result<Vec<Encoded>, ImageError> {
    let tree = svg::parse(bytes, faces)?;
    let (width, height) = svg::pixels(&tree);
    if limits.allow_svg && !limits.grayscale {
        let bytes = svg::on_white(&svg::sanitize(bytes, faces)?)?;
        return Ok(vec![Encoded { format: Format::Svg, bytes, width, height }]);
    }
    // Twice its size in CSS pixels, for screens of high density.
    let (wanted_width, wanted_height) = (width.saturating_mul(2), height.saturating_mul(2));
    let (width, height) = fit(wanted_width, wanted_height, limits.max_width, limits.max_height);
    let raster = svg::rasterize(&tree, width, height)?;
    encode_for_epub(raster, None, limits)
}

/// The file without its metadata, if nothing else has to change but perhaps its pixels.
fn as_it_is(bytes: &[u8], info: Info, limits: &EpubLimits) -> Option<Vec<u8>> {
    let fits = info.width <= limits.max_width && info.height <= limits.max_height;
    if !fits || is_long(info.width, info.height) {
        return None;
    }
    match info.format {
        Format::Jpeg => {
            let header = jpeg::header(bytes)?;
            let allowed = header.is_shown_everywhere() && !(limits.baseline && header.progressive);
            (allowed && decode::is_plain(info.format, bytes)).then(|| jpeg::strip(bytes))?
        }
        Format::Png => {
            let header = png::header(bytes)?;
            (header.depth <= 8 && decode::is_plain(info.format, bytes)).then(|| png::strip(bytes))?
        }
        Format::Gif => (limits.animated || !gif::is_animated(bytes)).then(|| bytes.to_vec()),
        _ => None,
    }
}

fn planes_for_epub(planes: Planes, limits: &EpubLimits) -> Result<Vec<Encoded>, ImageError> {
    let size = (u32::from(planes.width), u32::from(planes.height));
    let (width, height) = fit(size.0, size.1, limits.max_width, limits.max_height);
    let too_small = || ImageError::Damaged { format: Format::WebP, reason: "it cannot be scaled".to_owned() };
    let mut planes = planes.scaled(width, height).ok_or_else(too_small)?;
    if limits.grayscale {
        planes.desaturate();
    }
    let bytes = encode::planes_jpeg(&planes, QUALITY)?;
    Ok(vec![Encoded { format: Format::Jpeg, bytes, width, height }])
}

/// `lossy` is the chroma of a picture that was compressed with loss.
fn encode_for_epub(mut raster: Raster, lossy: Option<Chroma>, limits: &EpubLimits) -> Result<Vec<Encoded>, ImageError> {
    let photograph = lossy.or_else(|| (!encode::is_drawing(&raster)).then_some(Chroma::Full));
    let max_height = if is_long(raster.width, raster.height) { u32::MAX } else { limits.max_height };
    let (width, height) = fit(raster.width, raster.height, limits.max_width, max_height);
    raster = resize(raster, width, height);
    raster.flatten();
    if limits.grayscale {
        raster.desaturate();
    }
    let parts = slices(&raster);
    if parts.len() == 1 {
        return Ok(vec![encode_part(&raster, photograph)?]);
    }
    parts.into_iter().map(|(top, rows)| encode_part(&raster.rows(top, rows), photograph)).collect()
}

fn encode_part(part: &Raster, photograph: Option<Chroma>) -> Result<Encoded, ImageError> {
    let (format, bytes) = match photograph {
        Some(chroma) if part.is_opaque() => (Format::Jpeg, encode::jpeg(part, QUALITY, chroma)?),
        _ => (Format::Png, encode::png(part)?),
    };
    Ok(Encoded { format, bytes, width: part.width, height: part.height })
}

/// The chroma of a picture that was compressed with loss; `None` for those that were not.
pub(super) fn chroma(format: Format, bytes: &[u8]) -> Option<Chroma> {
    match format {
        Format::Jpeg if jpeg::header(bytes).is_some_and(|header| !header.full_chroma) => Some(Chroma::Half),
        Format::Jpeg => Some(Chroma::Full),
        Format::WebP if webp::is_lossy(bytes) => Some(Chroma::Half),
        _ => None,
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
}
