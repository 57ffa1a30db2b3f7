//! The size of a picture, and its pixels: upright, in sRGB, 8 bits a channel.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

use super::raster::Raster;
use super::sniff::{Format, sniff};
use super::{ImageError, check_size, color, gif, guarded, jpeg, png, svg, webp};

/// The longest colour profile of a PNG, compressed, in bytes. It is decompressed each time that the file is opened, and may
/// become a thousand times as long; those for screens have some kilobytes.
const MAX_PROFILE: usize = 256 << 10;

/// What a picture is, without its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Info {
    /// Its kind.
    pub format: Format,
    /// Width in pixels, upright; of a drawing in CSS pixels, rounded up.
    pub width: u32,
    /// Height, likewise.
    pub height: u32,
}

/// Reads a picture's kind and size from its header.
///
/// # Errors
/// When the bytes are no picture that can be used.
pub fn probe(bytes: &[u8]) -> Result<Info, ImageError> {
    let format = sniff(bytes).ok_or(ImageError::NotAnImage)?;
    if format == Format::Svg {
        let (width, height) = svg::size(bytes)?;
        return Ok(Info { format, width, height });
    }
    guarded(format, || {
        let mut decoder = open(format, bytes)?;
        let (width, height) = decoder.dimensions();
        check_size(format, width, height)?;
        let turned = turns_sideways(decoder.orientation().map_err(|error| damaged(format, &error))?);
        let (width, height) = if turned { (height, width) } else { (width, height) };
        Ok(Info { format, width, height })
    })
}

/// Judges whether a picture will be had whole, without decoding it where its format tells so itself: by a marker at
/// its end, by lengths, by checksums. Decoders tell less: they fill up a JPEG that breaks off.
///
/// # Errors
/// When the bytes are no picture that can be used.
pub fn check(bytes: &[u8]) -> Result<Info, ImageError> {
    let info = probe(bytes)?;
    let whole = match info.format {
        // Its whole text has been parsed.
        Format::Svg => true,
        Format::Jpeg if jpeg::header(bytes).is_some_and(|header| header.is_shown_everywhere()) => jpeg::is_whole(bytes),
        Format::Png => png::is_whole(bytes),
        Format::Gif if gif::is_whole(bytes) => true,
        Format::WebP => webp::is_whole(bytes),
        _ => guarded(info.format, || pixels(info.format, open(info.format, bytes)?).map(|_| true))?,
    };
    let cut_off =
        || ImageError::Damaged { format: info.format, reason: "some of its bytes are missing or wrong".to_owned() };
    whole.then_some(info).ok_or_else(cut_off)
}

/// Decodes a raster picture: the first frame, turned as its EXIF orientation says, in sRGB.
///
/// # Errors
/// When the bytes are no raster picture that can be decoded; drawings go through [`svg`].
pub fn decode(bytes: &[u8]) -> Result<Raster, ImageError> {
    let format = sniff(bytes).ok_or(ImageError::NotAnImage)?;
    guarded(format, || {
        let mut decoder = open(format, bytes)?;
        let (width, height) = decoder.dimensions();
        check_size(format, width, height)?;
        let orientation = decoder.orientation().map_err(|error| damaged(format, &error))?;
        // A profile that cannot be read is no reason to lose the picture.
        let icc = decoder.icc_profile().ok().flatten();
        let mut picture = pixels(format, decoder)?;
        picture.apply_orientation(orientation);
        let (width, height) = (picture.width(), picture.height());
        let mut raster = Raster { width, height, pixels: rgba(picture) };
        if let Some(icc) = icc {
            color::to_srgb(&mut raster.pixels, &icc);
        }
        Ok(raster)
    })
}

/// Whether a file shows the right picture to a reader who knows nothing of orientation and profiles.
pub(super) fn is_plain(format: Format, bytes: &[u8]) -> bool {
    let plain = guarded(format, || {
        let mut decoder = open(format, bytes)?;
        let orientation = decoder.orientation().map_err(|error| damaged(format, &error))?;
        let icc = decoder.icc_profile().ok().flatten();
        let upright = orientation == image::metadata::Orientation::NoTransforms;
        Ok(upright && !icc.is_some_and(|icc| color::differs_from_srgb(&icc)))
    });
    plain.unwrap_or(false)
}

fn open(format: Format, bytes: &[u8]) -> Result<Box<dyn ImageDecoder + '_>, ImageError> {
    if format == Format::WebP {
        let headless = || ImageError::Damaged { format, reason: "it tells no size".to_owned() };
        return Ok(Box::new(webp::Decoder::new(bytes).ok_or_else(headless)?));
    }
    let kind = format.decoder().ok_or(ImageError::Unsupported(format))?;
    if format == Format::Png && png::profile_length(bytes) > MAX_PROFILE {
        let reason = format!("its colour profile has more than {} KB, compressed", MAX_PROFILE >> 10);
        return Err(ImageError::TooComplex { format, reason });
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), kind);
    let mut limits = Limits::default();
    // 16 bits in four channels, and as much again for what a decoder needs on the way.
    limits.max_alloc = Some(super::MAX_PIXELS * 8 * 2);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|error| damaged(format, &error))?;
    Ok(Box::new(decoder))
}

fn pixels(format: Format, decoder: impl ImageDecoder) -> Result<DynamicImage, ImageError> {
    DynamicImage::from_decoder(decoder).map_err(|error| damaged(format, &error))
}

/// Four bytes a pixel.
fn rgba(picture: DynamicImage) -> Vec<u8> {
    // What most pictures are, without the detour through colour management that `image` makes.
    let DynamicImage::ImageRgb8(picture) = picture else { return picture.into_rgba8().into_raw() };
    let (colors, _) = picture.as_raw().as_chunks::<3>();
    colors.iter().map(|&[red, green, blue]| [red, green, blue, 255]).collect::<Vec<_>>().into_flattened()
}

fn damaged(format: Format, error: &image::ImageError) -> ImageError {
    match error {
        image::ImageError::Unsupported(_) => ImageError::Unsupported(format),
        other => ImageError::Damaged { format, reason: other.to_string() },
    }
}

fn turns_sideways(orientation: image::metadata::Orientation) -> bool {
    use image::metadata::Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_format_is_known_by_its_bytes_and_decodes_to_the_same_picture() {
        for (format, bytes) in samples::all() {
            assert_eq!(sniff(&bytes), Some(format));
            let info = probe(&bytes).expect("a picture");
            assert_eq!((info.format, info.width, info.height), (format, 60, 40), "{format}");
            if format != Format::Svg {
                let raster = decode(&bytes).expect("a picture");
                assert_eq!((raster.width, raster.height), (60, 40));
                let corner = &raster.pixels[..3];
                assert!(corner[0] > 200 && corner[2] < 60, "{format}: {corner:?}");
            }
        }
    }

    #[test]
    fn a_picture_lying_on_its_side_is_turned_upright() {
        let bytes = samples::sideways_jpeg();
        let info = probe(&bytes).expect("a picture");
        assert_eq!((info.width, info.height), (40, 60));
        let raster = decode(&bytes).expect("a picture");
        assert_eq!((raster.width, raster.height), (40, 60));
        assert!(!is_plain(Format::Jpeg, &bytes));
    }

    #[test]
    fn a_header_that_claims_too_many_pixels_is_refused_before_decoding() {
        let mut bytes = samples::png(4, 4);
        bytes[16..24].copy_from_slice(&[0, 0, 0xC3, 0x50, 0, 0, 0xC3, 0x50]);
        // The checksum of the header, so that the decoder believes it.
        let sum = crate::images::png::checksum(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&sum.to_be_bytes());
        assert_eq!(probe(&bytes), Err(ImageError::TooManyPixels { width: 50_000, height: 50_000 }));
        assert!(decode(&bytes).is_err());
    }

    #[test]
    fn a_profile_that_would_fill_the_memory_is_not_opened() {
        let plain = samples::png(4, 4);
        let chunk = |kind: &[u8], data: &[u8]| {
            let body = [kind, data].concat();
            let sum = crate::images::png::checksum(&body).to_be_bytes();
            [&u32::try_from(data.len()).expect("short").to_be_bytes()[..], &body, &sum].concat()
        };
        let with = |length: usize| [&plain[..33], &chunk(b"iCCP", &vec![0; length]), &plain[33..]].concat();
        let refused = |bytes: &[u8]| matches!(probe(bytes), Err(ImageError::TooComplex { .. }));
        assert!(refused(&with(MAX_PROFILE + 1)) && !refused(&with(1000)));
        // Also where the file breaks off.
        assert!(refused(&with(MAX_PROFILE + 1)[..MAX_PROFILE / 2]));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_picture_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = (sniff(&bytes), probe(&bytes), decode(&bytes));
        }

        #[test]
        fn a_picture_with_any_damage_is_a_picture_or_an_error(
            which in 0_usize..8, at in 0.0_f64..1.0, byte in any::<u8>(), cut in 0.1_f64..1.0,
        ) {
            let (_, mut bytes) = samples::all().swap_remove(which);
            let index = (at * bytes.len() as f64) as usize;
            bytes[index] = byte;
            bytes.truncate((cut * bytes.len() as f64) as usize);
            let _ = (sniff(&bytes), probe(&bytes), decode(&bytes));
        }
    }
}
