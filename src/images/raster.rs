//! The pixels of a picture.

/// Decoded pixels, in rows from the top, each pixel red, green, blue, alpha (not premultiplied), sRGB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raster {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width * height * 4` bytes.
    pub pixels: Vec<u8>,
}

impl Raster {
    /// Whether every pixel is opaque.
    #[must_use]
    pub fn is_opaque(&self) -> bool {
        self.all(|pixel| pixel[3] == 255)
    }

    /// Whether every pixel is a shade of grey.
    #[must_use]
    pub fn is_gray(&self) -> bool {
        self.all(|pixel| (pixel[0] == pixel[1]) & (pixel[1] == pixel[2]))
    }

    fn all(&self, is: impl Fn(&[u8; 4]) -> bool) -> bool {
        // Some hundred at a time, without a branch for each: the compiler makes vectors of that.
        let (pixels, _) = self.pixels.as_chunks::<4>();
        pixels.chunks(256).all(|pixels| pixels.iter().fold(true, |all, pixel| all & is(pixel)))
    }

    /// Sets the picture on white paper.
    pub fn flatten(&mut self) {
        if self.is_opaque() {
            return;
        }
        for pixel in self.pixels.chunks_exact_mut(4).filter(|pixel| pixel[3] < 255) {
            let alpha = u32::from(pixel[3]);
            for channel in &mut pixel[..3] {
                let over_white = (u32::from(*channel) * alpha + 255 * (255 - alpha) + 127) / 255;
                *channel = u8::try_from(over_white).unwrap_or(u8::MAX);
            }
            pixel[3] = 255;
        }
    }

    /// Takes the colours away, keeping luma (Rec. 601, as JPEG does).
    pub fn desaturate(&mut self) {
        for pixel in self.pixels.chunks_exact_mut(4) {
            let luma = luma(pixel);
            pixel[..3].fill(luma);
        }
    }

    /// The rows from `top`, `height` of them, as far as there are.
    #[must_use]
    pub fn rows(&self, top: u32, height: u32) -> Self {
        let top = top.min(self.height);
        let height = height.min(self.height - top);
        let row = self.width as usize * 4;
        let pixels = self.pixels[top as usize * row..(top + height) as usize * row].to_vec();
        Self { width: self.width, height, pixels }
    }
}

/// The luma of a pixel (Rec. 601).
pub(super) fn luma(pixel: &[u8]) -> u8 {
    let sum = 299 * u32::from(pixel[0]) + 587 * u32::from(pixel[1]) + 114 * u32::from(pixel[2]);
    u8::try_from((sum + 500) / 1000).unwrap_or(u8::MAX)
}
