//! Pixels become a file again.

use std::cell::RefCell;

use jpeg_encoder::{ImageBuffer, JpegColorType, SamplingFactor, rgb_to_ycbcr};
use png::{BitDepth, ColorType, DeflateCompression, Filter};

use super::ImageError;
use super::palette::{self, Indexed};
use super::planes::Planes;
use super::raster::Raster;
use super::sniff::Format;

/// How many samples of colour a JPEG has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chroma {
    /// As many as of brightness: coloured letters and lines stay sharp.
    Full,
    /// Half as many in both directions, a quarter less to store: for what came with so many.
    Half,
}

/// A baseline JPEG; transparent pixels are set on white, grey pictures take one channel.
///
/// # Errors
/// When the encoder refuses the picture.
pub fn jpeg(raster: &Raster, quality: u8, chroma: Chroma) -> Result<Vec<u8>, ImageError> {
    if raster.is_opaque() {
        return opaque_jpeg(raster, quality, chroma);
    }
    let mut copy = raster.clone();
    copy.flatten();
    opaque_jpeg(&copy, quality, chroma)
}

/// A baseline JPEG of the colours alone, as if every pixel were opaque; grey pictures take one channel.
///
/// # Errors
/// When the encoder refuses the picture.
pub fn opaque_jpeg(raster: &Raster, quality: u8, chroma: Chroma) -> Result<Vec<u8>, ImageError> {
    let failed = |reason: String| ImageError::Damaged { format: Format::Jpeg, reason };
    let side =
        |pixels: u32| u16::try_from(pixels).map_err(|_| failed(format!("{pixels} pixels are too many in a row")));
    let (width, height) = (side(raster.width)?, side(raster.height)?);
    let mut out = Vec::new();
    let encoder = jpeg_encoder(&mut out, quality, chroma);
    let encoded = if raster.is_gray() {
        let levels: Vec<u8> = raster.pixels.chunks_exact(4).map(|pixel| pixel[0]).collect();
        encoder.encode(&levels, width, height, jpeg_encoder::ColorType::Luma)
    } else {
        encoder.encode(&raster.pixels, width, height, jpeg_encoder::ColorType::Rgba)
    };
    encoded.map_err(|error| failed(error.to_string()))?;
    Ok(out)
}

/// A baseline JPEG of an opaque picture that is made a row at a time, from the top: `row` appends red, green, blue and alpha of
/// each pixel of a row. In greys if so asked.
///
/// # Errors
/// When a row cannot be made, or the encoder refuses the picture.
pub fn jpeg_by_rows(
    (width, height): (u32, u32),
    gray: bool,
    quality: u8,
    row: impl Fn(u32, &mut Vec<u8>) -> Result<(), ImageError>,
) -> Result<Vec<u8>, ImageError> {
    let side = |pixels: u32| u16::try_from(pixels).map_err(|_| ImageError::TooManyPixels { width, height });
    let mut out = Vec::new();
    let failure = RefCell::new(None);
    let rows = Rows { width: side(width)?, height: side(height)?, gray, row, failure: &failure };
    let encoded = jpeg_encoder(&mut out, quality, Chroma::Full).encode_image(rows);
    if let Some(error) = failure.into_inner() {
        return Err(error);
    }
    encoded.map_err(|error| ImageError::Damaged { format: Format::Jpeg, reason: error.to_string() })?;
    Ok(out)
}

/// What the encoder of JPEGs asks for, of a picture that is made a row at a time.
struct Rows<'a, F> {
    width: u16,
    height: u16,
    gray: bool,
    row: F,
    /// The encoder takes no errors.
    failure: &'a RefCell<Option<ImageError>>,
}

impl<F: Fn(u32, &mut Vec<u8>) -> Result<(), ImageError>> ImageBuffer for Rows<'_, F> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        if self.gray { JpegColorType::Luma } else { JpegColorType::Ycbcr }
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.height
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let mut pixels = Vec::with_capacity(usize::from(self.width) * 4);
        if let Err(error) = (self.row)(u32::from(y), &mut pixels) {
            *self.failure.borrow_mut() = Some(error);
        }
        pixels.resize(usize::from(self.width) * 4, 255);
        let [luma, blue, red, _] = buffers;
        for pixel in pixels.as_chunks::<4>().0 {
            let (y, cb, cr) = rgb_to_ycbcr(pixel[0], pixel[1], pixel[2]);
            luma.push(y);
            blue.push(cb);
            red.push(cr);
        }
    }
}

/// A baseline JPEG of planes; grey ones take one channel.
///
/// # Errors
/// When the encoder refuses the picture.
pub(super) fn planes_jpeg(planes: &Planes, quality: u8) -> Result<Vec<u8>, ImageError> {
    let mut out = Vec::new();
    let encoded = jpeg_encoder(&mut out, quality, Chroma::Half).encode_image(planes);
    encoded.map_err(|error| ImageError::Damaged { format: Format::Jpeg, reason: error.to_string() })?;
    Ok(out)
}

fn jpeg_encoder(out: &mut Vec<u8>, quality: u8, chroma: Chroma) -> jpeg_encoder::Encoder<&mut Vec<u8>> {
    // Codes made for the picture would come with a scan for each component, which not every reader knows to decode.
    let mut encoder = jpeg_encoder::Encoder::new(out, quality);
    encoder.set_sampling_factor(match chroma {
        Chroma::Full => SamplingFactor::F_1_1,
        Chroma::Half => SamplingFactor::F_2_2,
    });
    encoder
}

/// A PNG with as few channels and bits as it needs.
///
/// # Errors
/// When the encoder refuses the picture.
pub fn png(raster: &Raster) -> Result<Vec<u8>, ImageError> {
    if raster.is_opaque() {
        return opaque_png(raster);
    }
    let size = (raster.width, raster.height);
    if raster.is_gray() {
        let samples: Vec<u8> = raster.pixels.chunks_exact(4).flat_map(|p| [p[0], p[3]]).collect();
        return write_png(size, ColorType::GrayscaleAlpha, 8, None, &samples);
    }
    write_png(size, ColorType::Rgba, 8, None, &raster.pixels)
}

/// A PNG of the colours alone, as if every pixel were opaque.
///
/// # Errors
/// When the encoder refuses the picture.
pub fn opaque_png(raster: &Raster) -> Result<Vec<u8>, ImageError> {
    let size = (raster.width, raster.height);
    if let Some(indexed) = palette::indexed(raster) {
        return indexed_png(size, &indexed);
    }
    // A grey picture has no more than 256 colours.
    let (pixels, _) = raster.pixels.as_chunks::<4>();
    let samples: Vec<[u8; 3]> = pixels.iter().map(|&[red, green, blue, _]| [red, green, blue]).collect();
    write_png(size, ColorType::Rgb, 8, None, samples.as_flattened())
}

/// A PNG of the transparency: 255 where a pixel is opaque.
///
/// # Errors
/// When the encoder refuses the picture.
pub fn alpha_png(raster: &Raster) -> Result<Vec<u8>, ImageError> {
    let levels: Vec<u8> = raster.pixels.chunks_exact(4).map(|pixel| pixel[3]).collect();
    gray_png((raster.width, raster.height), &levels)
}

/// A PNG of shades of grey without a table, which a mask in a PDF must not have (ISO 32000-1 11.6.5.3).
fn gray_png(size: (u32, u32), levels: &[u8]) -> Result<Vec<u8>, ImageError> {
    if levels.iter().all(|level| matches!(level, 0 | 255)) {
        let bits: Vec<u8> = levels.iter().map(|level| level & 1).collect();
        return write_png(size, ColorType::Grayscale, 1, None, &palette::pack(&bits, size.0, 1));
    }
    write_png(size, ColorType::Grayscale, 8, None, levels)
}

/// A PNG of a picture with a table of its colours.
///
/// # Errors
/// When the encoder refuses the picture.
pub(super) fn indexed_png(size: (u32, u32), indexed: &Indexed) -> Result<Vec<u8>, ImageError> {
    let Indexed { colors, places } = indexed;
    let is_gray = colors.iter().all(|[red, green, blue]| red == green && green == blue);
    // Neighbouring greys are near in number, which filters make use of; places in a table are not.
    if is_gray && matches!(indexed.depth(), 1 | 8) {
        let levels: Vec<u8> = places.iter().map(|&place| colors[usize::from(place)][0]).collect();
        return gray_png(size, &levels);
    }
    let packed = palette::pack(places, size.0, indexed.depth());
    write_png(size, ColorType::Indexed, indexed.depth(), Some(colors.as_flattened()), &packed)
}

fn write_png(
    (width, height): (u32, u32),
    color: ColorType,
    depth: u8,
    table: Option<&[u8]>,
    samples: &[u8],
) -> Result<Vec<u8>, ImageError> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(color);
    encoder.set_depth(match depth {
        1 => BitDepth::One,
        2 => BitDepth::Two,
        4 => BitDepth::Four,
        _ => BitDepth::Eight,
    });
    let plain = color == ColorType::Indexed || depth < 8;
    encoder.set_filter(if plain { Filter::NoFilter } else { Filter::Adaptive });
    encoder.set_deflate_compression(DeflateCompression::Level(DEFLATE));
    if let Some(table) = table {
        encoder.set_palette(table);
    }
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(samples)?;
        writer.finish()
    });
    written.map_err(|error| ImageError::Damaged { format: Format::Png, reason: error.to_string() })?;
    Ok(out)
}

/// Half the time of level 6, and a seventh of the highest one's, for two or three hundredths more bytes.
const DEFLATE: u8 = 3;

/// Whether a picture is drawn rather than photographed: few colours, which PNG keeps sharp and small.
#[must_use]
pub fn is_drawing(raster: &Raster) -> bool {
    // More than a chart with smoothed edges has, fewer than the smallest photograph.
    palette::has_at_most(raster, 1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::decode;

    #[test]
    fn a_png_comes_back_as_it_was() {
        let pixels = (0..64_u8).flat_map(|n| [n * 4, 255 - n, n, 255 - n]).collect();
        let raster = Raster { width: 8, height: 8, pixels };
        assert_eq!(decode(&png(&raster).expect("encoded")), Ok(raster));
    }

    #[test]
    fn pictures_of_few_colors_and_of_grey_come_back_as_they_were() {
        for colors in [2_u32, 3, 7, 100, 300] {
            for gray in [false, true] {
                let color = |n: u32| {
                    let level = (n % colors * 255 / (colors - 1)).min(255) as u8;
                    [level, if gray { level } else { 9 }, if gray { level } else { 200 - level / 2 }, 255]
                };
                let raster = Raster { width: 37, height: 11, pixels: (0..37 * 11).flat_map(color).collect() };
                assert_eq!(decode(&png(&raster).expect("encoded")), Ok(raster), "{colors} {gray}");
            }
        }
    }

    #[test]
    fn both_kinds_of_chroma_keep_what_changes_slowly() {
        let color = |n: u32| [200 - (n % 64) as u8, 60 + (n / 64) as u8, 40 + (n % 64 + n / 64) as u8 / 2, 255];
        let raster = Raster { width: 64, height: 64, pixels: (0..64 * 64).flat_map(color).collect() };
        for chroma in [Chroma::Full, Chroma::Half] {
            let back = decode(&jpeg(&raster, 90, chroma).expect("encoded")).expect("decoded");
            let worst = raster.pixels.iter().zip(&back.pixels).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(worst < Some(8), "{chroma:?} {worst:?}");
        }
    }

    #[test]
    fn transparent_pixels_are_white_in_a_jpeg() {
        let raster = Raster { width: 8, height: 8, pixels: [0, 0, 0, 0].repeat(64) };
        let back = decode(&jpeg(&raster, 85, Chroma::Full).expect("encoded")).expect("decoded");
        assert!(back.pixels.iter().all(|&sample| sample > 250));
    }
}
