//! Fewer pixels, with a good filter.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::pixels::U8x4;
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

use super::raster::Raster;

/// The largest size within limits that keeps the proportions; never larger than the picture, and at
/// least one pixel.
#[must_use]
pub fn fit(width: u32, height: u32, max_width: u32, max_height: u32) -> (u32, u32) {
    let (max_width, max_height) = (max_width.max(1), max_height.max(1));
    if width <= max_width && height <= max_height {
        return (width, height);
    }
    let (w, h) = (u64::from(width.max(1)), u64::from(height.max(1)));
    let rounded = |numerator: u64, denominator: u64| {
        u32::try_from((numerator + denominator / 2) / denominator).unwrap_or(u32::MAX).max(1)
    };
    if w * u64::from(max_height) >= h * u64::from(max_width) {
        (max_width, rounded(h * u64::from(max_width), w).min(max_height))
    } else {
        (rounded(w * u64::from(max_height), h).min(max_width), max_height)
    }
}

/// Scales a picture. A size of its own, or one that cannot be made, gives it back as it is.
#[must_use]
pub fn resize(raster: Raster, width: u32, height: u32) -> Raster {
    if (raster.width, raster.height) == (width, height) {
        return raster;
    }
    scaled(&raster, width, height).unwrap_or(raster)
}

/// A picture in another size; `None` for one that cannot be made.
#[must_use]
pub fn scaled(raster: &Raster, width: u32, height: u32) -> Option<Raster> {
    if width == 0 || height == 0 {
        return None;
    }
    // Where nothing is transparent, colours need not be weighed by it.
    let transparent = !raster.is_opaque();
    let pixels = samples::<U8x4>(&raster.pixels, (raster.width, raster.height), (width, height), transparent)?;
    Some(Raster { width, height, pixels })
}

/// Pixels of one kind in another size. Named by its type, a kind takes no time to compile for those that are never scaled.
pub(super) fn samples<P: PixelTrait>(
    pixels: &[u8],
    from: (u32, u32),
    to: (u32, u32),
    transparent: bool,
) -> Option<Vec<u8>> {
    let source = ImageRef::new(from.0, from.1, pixels, P::pixel_type()).ok()?;
    let mut out = Image::new(to.0, to.1, P::pixel_type());
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3)).use_alpha(transparent);
    Resizer::new().resize_typed(&source.typed_image::<P>()?, &mut out.typed_image_mut::<P>()?, &options).ok()?;
    Some(out.into_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_made_smaller_in_proportion_and_never_larger() {
        assert_eq!(fit(3200, 1600, 1600, 2400), (1600, 800));
        assert_eq!(fit(1000, 4800, 1600, 2400), (500, 2400));
        assert_eq!(fit(300, 200, 1600, 2400), (300, 200));
        assert_eq!(fit(100_000, 1, 1600, 2400), (1600, 1));
    }

    #[test]
    fn scaling_keeps_a_plain_colour() {
        let raster = Raster { width: 40, height: 40, pixels: [10, 200, 30, 255].repeat(1600) };
        let small = resize(raster, 13, 7);
        assert_eq!((small.width, small.height), (13, 7));
        assert!(small.pixels.chunks_exact(4).all(|pixel| pixel == [10, 200, 30, 255]));
    }
}
