//! Pixels become a file again.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _};

use super::ImageError;
use super::decode::Raster;
use super::sniff::Format;

/// A baseline JPEG; transparent pixels are set on white, grey pictures take one channel.
///
/// # Errors
/// When the encoder refuses the picture.
pub fn jpeg(raster: &Raster, quality: u8) -> Result<Vec<u8>, ImageError> {
    let (pixels, color) = samples(raster, false);
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, quality)
        .write_image(&pixels, raster.width, raster.height, color)
        .map_err(|error| failed(Format::Jpeg, &error))?;
    Ok(out)
}

/// A PNG with as few channels as it needs.
///
/// # Errors
/// When the encoder refuses the picture.
pub fn png(raster: &Raster) -> Result<Vec<u8>, ImageError> {
    let (pixels, color) = samples(raster, !raster.is_opaque());
    let mut out = Vec::new();
    PngEncoder::new_with_quality(&mut out, CompressionType::Default, FilterType::Adaptive)
        .write_image(&pixels, raster.width, raster.height, color)
        .map_err(|error| failed(Format::Png, &error))?;
    Ok(out)
}

/// The samples of a picture in the smallest colour model that shows it; without alpha, on white.
fn samples(raster: &Raster, alpha: bool) -> (Vec<u8>, ExtendedColorType) {
    let flat;
    let raster = if alpha || raster.is_opaque() {
        raster
    } else {
        let mut copy = raster.clone();
        copy.flatten();
        flat = copy;
        &flat
    };
    let pixels = raster.pixels.chunks_exact(4);
    match (raster.is_gray(), alpha) {
        (true, false) => (pixels.map(|p| p[0]).collect(), ExtendedColorType::L8),
        (true, true) => (pixels.flat_map(|p| [p[0], p[3]]).collect(), ExtendedColorType::La8),
        (false, false) => (pixels.flat_map(|p| [p[0], p[1], p[2]]).collect(), ExtendedColorType::Rgb8),
        (false, true) => (raster.pixels.clone(), ExtendedColorType::Rgba8),
    }
}

fn failed(format: Format, error: &image::ImageError) -> ImageError {
    ImageError::Damaged { format, reason: error.to_string() }
}

/// Whether a picture is drawn rather than photographed: few colours, which PNG keeps sharp and small.
#[must_use]
pub fn is_drawing(raster: &Raster) -> bool {
    /// More than a chart with smoothed edges has, fewer than the smallest photograph.
    const FEW: usize = 1024;
    let mut seen = std::collections::BTreeSet::new();
    for pixel in raster.pixels.chunks_exact(4) {
        seen.insert([pixel[0], pixel[1], pixel[2], pixel[3]]);
        if seen.len() > FEW {
            return false;
        }
    }
    true
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
    fn transparent_pixels_are_white_in_a_jpeg() {
        let raster = Raster { width: 8, height: 8, pixels: [0, 0, 0, 0].repeat(64) };
        let back = decode(&jpeg(&raster, 85).expect("encoded")).expect("decoded");
        assert!(back.pixels.iter().all(|&sample| sample > 250));
    }
}
