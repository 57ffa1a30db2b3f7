//! Pictures that were compressed with loss are kept as brightness and colours apart, colours with half of the samples.
//! A lossy WebP becomes a JPEG from these, without the way over red, green and blue and back.

use fast_image_resize::pixels::U8;
use jpeg_encoder::{ImageBuffer, JpegColorType};

use super::decode::{self, Info};
use super::sniff::Format;
use super::{resize, webp};

/// A picture as JPEG has it (JFIF 1.02): brightness for each pixel, two differences of colour for four pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Planes {
    /// Pixels in a row.
    pub(super) width: u16,
    /// Rows.
    pub(super) height: u16,
    /// `width * height` samples.
    luma: Vec<u8>,
    /// Half as many in both directions, rounded up; none where the picture is grey.
    chroma: Option<[Vec<u8>; 2]>,
}

impl Planes {
    /// The planes of a lossy WebP; `None` for what must be decoded otherwise: other files, what is transparent, animated
    /// or lying on its side, colours of another profile, and what is damaged.
    pub(super) fn of_webp(bytes: &[u8], info: Info) -> Option<Self> {
        if info.format != Format::WebP || !decode::is_plain(info.format, bytes) {
            return None;
        }
        let (width, height) = (u16::try_from(info.width).ok()?, u16::try_from(info.height).ok()?);
        let frame = webp::is_opaque_lossy(bytes).then(|| webp::libwebp::yuv(bytes, width, height))??;
        Some(Self::of_frame(width, height, frame))
    }

    fn of_frame(width: u16, height: u16, [mut luma, mut blue, mut red]: [Vec<u8>; 3]) -> Self {
        luma.iter_mut().for_each(|sample| *sample = full_luma(*sample));
        let is_gray = [&blue, &red].into_iter().all(|plane| plane.iter().all(|&sample| sample == 128));
        for plane in [&mut blue, &mut red] {
            plane.iter_mut().for_each(|sample| *sample = full_chroma(*sample));
        }
        Self { width, height, luma, chroma: (!is_gray).then_some([blue, red]) }
    }

    /// Takes the colours away.
    pub(super) fn desaturate(&mut self) {
        self.chroma = None;
    }

    /// Whether there are no colours.
    pub(super) fn is_gray(&self) -> bool {
        self.chroma.is_none()
    }

    /// The picture in another size; `None` for one that cannot be made.
    pub(super) fn scaled(self, width: u32, height: u32) -> Option<Self> {
        let size = (u16::try_from(width).ok()?, u16::try_from(height).ok()?);
        if size == (self.width, self.height) {
            return Some(self);
        }
        let (old_width, old_height) = (u32::from(self.width), u32::from(self.height));
        let luma = resize::samples::<U8>(&self.luma, (old_width, old_height), (width, height), false)?;
        let half = |(width, height): (u32, u32)| (width.div_ceil(2), height.div_ceil(2));
        let chroma = match &self.chroma {
            None => None,
            Some([blue, red]) => {
                let (from, to) = (half((old_width, old_height)), half((width, height)));
                let scale = |plane| resize::samples::<U8>(plane, from, to, false);
                Some([scale(blue)?, scale(red)?])
            }
        };
        Some(Self { width: size.0, height: size.1, luma, chroma })
    }
}

/// What the encoder of JPEGs asks for, row by row.
impl ImageBuffer for &Planes {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        if self.chroma.is_some() { JpegColorType::Ycbcr } else { JpegColorType::Luma }
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.height
    }

    fn fill_buffers(&self, y: u16, buffers: &mut [Vec<u8>; 4]) {
        let (width, y) = (usize::from(self.width), usize::from(y));
        let [luma, blue, red, _] = buffers;
        luma.extend_from_slice(&self.luma[y * width..][..width]);
        let Some(planes) = &self.chroma else { return };
        let half = width.div_ceil(2);
        for (plane, buffer) in planes.iter().zip([blue, red]) {
            // Of each pair the encoder takes one, so that nothing is lost by giving every sample twice.
            let row = &plane[y / 2 * half..][..half];
            let start = buffer.len();
            buffer.resize(start + half * 2, 0);
            for (pair, &sample) in buffer[start..].as_chunks_mut::<2>().0.iter_mut().zip(row) {
                *pair = [sample; 2];
            }
            buffer.truncate(start + width);
        }
    }
}

/// Brightness from 16 to 235, as WebP has it (BT.601), in the 256 steps of JPEG.
#[inline]
fn full_luma(sample: u8) -> u8 {
    // 255 / 219, in parts of 2^14.
    let level = (u32::from(sample.saturating_sub(16)) * 19077 + (1 << 13)) >> 14;
    level.min(255) as u8
}

/// Differences of colour from 16 to 240 around 128, likewise.
#[inline]
fn full_chroma(sample: u8) -> u8 {
    // 255 / 224, in parts of 2^14.
    let difference = ((i32::from(sample) - 128) * 18652 + (1 << 13)) >> 14;
    (difference + 128).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::super::encode::{self, Chroma};
    use super::super::{Raster, probe, samples};
    use super::*;

    fn planes(bytes: &[u8]) -> Option<Planes> {
        Planes::of_webp(bytes, probe(bytes).expect("a picture"))
    }

    /// The greatest and the mean difference of two pictures, in steps of a channel.
    fn difference(a: &Raster, b: &Raster) -> (u8, f64) {
        assert_eq!((a.width, a.height), (b.width, b.height));
        let each = a.pixels.iter().zip(&b.pixels).map(|(a, b)| a.abs_diff(*b));
        let sum: u64 = each.clone().map(u64::from).sum();
        (each.max().unwrap_or(0), sum as f64 / a.pixels.len() as f64)
    }

    #[test]
    fn a_lossy_webp_becomes_the_jpeg_that_its_pixels_make() {
        let bytes = samples::lossy_webp();
        let planes = planes(&bytes).expect("planes");
        assert_eq!((planes.width, planes.height), (61, 37));
        let direct = decode::decode(&encode::planes_jpeg(&planes, 95).expect("encoded")).expect("a JPEG");
        let decoded = decode::decode(&bytes).expect("a WebP");
        let (_, mean) = difference(&direct, &decoded);
        assert!(mean < 2.5, "{mean}");
        let detour =
            decode::decode(&encode::opaque_jpeg(&decoded, 95, Chroma::Half).expect("encoded")).expect("a JPEG");
        let (_, lost) = difference(&detour, &decoded);
        assert!(mean <= lost + 0.1, "{mean} {lost}");
    }

    #[test]
    fn planes_are_scaled_and_lose_their_colours() {
        let mut planes = planes(&samples::lossy_webp()).expect("planes").scaled(20, 12).expect("scaled");
        let small = decode::decode(&encode::planes_jpeg(&planes, 95).expect("encoded")).expect("a JPEG");
        assert_eq!((small.width, small.height, small.is_gray()), (20, 12, false));
        planes.desaturate();
        assert!(decode::decode(&encode::planes_jpeg(&planes, 95).expect("encoded")).expect("a JPEG").is_gray());
    }

    #[test]
    fn what_is_no_opaque_lossy_webp_has_no_planes() {
        for (format, bytes) in samples::all() {
            assert!(planes(&bytes).is_none(), "{format}");
        }
        let bytes = samples::lossy_webp();
        assert!(planes(&bytes[..bytes.len() - 9]).is_none());
    }

    #[test]
    fn black_and_white_stay_black_and_white() {
        assert_eq!([16, 235, 255, 0].map(full_luma), [0, 255, 255, 0]);
        assert_eq!([16, 128, 240, 255].map(full_chroma), [0, 128, 255, 255]);
    }
}
