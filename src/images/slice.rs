//! A long picture in parts: an e-reader shows a picture on one page, so that a screenshot ten screens
//! long would become a thin line.

use super::decode::{Raster, luma};

/// The proportions of a page, height to width: of e-readers, and of most books.
const PAGE: f64 = 1.5;

/// How much of a page a part fills at most; the rest is room for margins.
const FILL: f64 = 0.94;

/// Whether a picture at full measure is taller than two pages. Small ones are ornaments, not text.
#[must_use]
pub fn is_long(width: u32, height: u32) -> bool {
    height > 1000 && f64::from(height) > 2.0 * PAGE * f64::from(width.max(1))
}

/// Where to cut a long picture: the first row and the number of rows of each part, from the top. Cuts
/// are made at quiet rows, between lines of text rather than through them.
#[must_use]
pub fn slices(raster: &Raster) -> Vec<(u32, u32)> {
    if !is_long(raster.width, raster.height) {
        return vec![(0, raster.height)];
    }
    let page = (f64::from(raster.width) * PAGE * FILL).max(16.0) as u32;
    let mut parts = Vec::new();
    let mut top = 0;
    while raster.height - top > page {
        // Parts of about equal height: the last one must not be a strip.
        let count = (raster.height - top).div_ceil(page);
        let ideal = (raster.height - top) / count;
        let earliest = top + ideal - ideal / 5;
        let latest = (top + ideal + ideal / 5).min(top + page);
        let cut = quietest(raster, earliest, latest, top + ideal);
        parts.push((top, cut - top));
        top = cut;
    }
    parts.push((top, raster.height - top));
    parts
}

/// The row in a range that changes least from its left to its right; of several, the nearest to `ideal`.
fn quietest(raster: &Raster, earliest: u32, latest: u32, ideal: u32) -> u32 {
    (earliest..=latest.min(raster.height - 1))
        .min_by_key(|&row| (busyness(raster, row), row.abs_diff(ideal)))
        .unwrap_or(ideal)
}

fn busyness(raster: &Raster, row: u32) -> u32 {
    let length = raster.width as usize * 4;
    let start = row as usize * length;
    let pixels = &raster.pixels[start..start + length];
    let steps = pixels.chunks_exact(4).zip(pixels.chunks_exact(4).skip(1));
    // Differences that nobody sees, from compression, do not count.
    steps.map(|(a, b)| u32::from(luma(a).abs_diff(luma(b)) / 8)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_picture_is_one_part() {
        let raster = Raster { width: 100, height: 290, pixels: vec![255; 100 * 290 * 4] };
        assert_eq!(slices(&raster), [(0, 290)]);
        assert!(!is_long(10, 900));
    }

    #[test]
    fn a_long_picture_is_cut_between_its_lines() {
        // Lines of noise, 30 rows each, with 10 quiet rows between.
        let (width, height) = (200_u32, 3000_u32);
        let mut pixels = vec![255_u8; (width * height * 4) as usize];
        for row in (0..height).filter(|row| row % 40 < 30) {
            for x in (0..width).step_by(2) {
                let at = ((row * width + x) * 4) as usize;
                pixels[at..at + 3].fill(0);
            }
        }
        let raster = Raster { width, height, pixels };
        let parts = slices(&raster);
        assert!(parts.len() > 10);
        assert_eq!(parts.iter().map(|part| part.1).sum::<u32>(), height);
        for &(top, rows) in &parts {
            assert!(top == 0 || top % 40 >= 30, "cut through a line at {top}");
            assert!(rows <= 300, "{rows} rows do not fit a page");
        }
    }
}
