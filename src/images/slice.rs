//! A long picture in parts: an e-reader shows a picture on one page, so that a screenshot ten screens
//! long would become a thin line.

use super::raster::{Raster, luma};

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

/// Rows at which a long picture may be cut between two pages of `page` rows, from the top: the middles of
/// the quiet stretches, so that a page can be filled wherever it begins. What is never quiet for a whole
/// page is cut at the row that is quietest.
#[must_use]
pub fn quiet_rows(raster: &Raster, page: u32) -> Vec<u32> {
    let page = page.max(8);
    let (step, gap) = ((page / 32).max(1), (page / 320).max(3));
    let busy: Vec<u32> = (0..raster.height).map(|row| busyness(raster, row)).collect();
    let limits = quiet_limits(&busy, page);
    let mut cuts = Vec::new();
    let mut row = 0;
    while row < raster.height {
        let begin = row;
        while row < raster.height && busy[row as usize] <= limits[row as usize] {
            row += 1;
        }
        // A dot is not a line: a stretch of some rows is between lines, one of few rows inside of them.
        if row - begin >= gap {
            let first = if row - begin > step * 2 { begin + step / 2 } else { u32::midpoint(begin, row) };
            cuts.extend((first..row).step_by(step as usize * 2).filter(|&cut| cut > 0));
        }
        row += 1;
    }
    with_forced(raster, &cuts, page)
}

/// For each row, how busy a row may be to be quiet: a little more than the quietest of its half page. A
/// stroke that leads from one box to the next runs through all rows between them.
fn quiet_limits(busy: &[u32], page: u32) -> Vec<u32> {
    let part = (page / 2).max(1) as usize;
    let least: Vec<u32> = busy.chunks(part).map(|rows| rows.iter().copied().min().unwrap_or(0)).collect();
    (0..busy.len()).map(|row| least[row / part] + least[row / part] / 4 + 2).collect()
}

/// Cuts with more between those that are farther apart than a page.
fn with_forced(raster: &Raster, cuts: &[u32], page: u32) -> Vec<u32> {
    let mut out = Vec::new();
    let mut top = 0;
    for &cut in cuts.iter().chain([&raster.height]) {
        while cut - top > page {
            let row = quietest(raster, top + page * 3 / 5, top + page, top + page * 4 / 5);
            out.push(row);
            top = row;
        }
        if cut < raster.height {
            out.push(cut);
        }
        top = cut;
    }
    out
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

    /// Lines of noise, `ink` of every 40 rows.
    fn lines(width: u32, height: u32, ink: u32) -> Raster {
        let mut pixels = vec![255_u8; (width * height * 4) as usize];
        for row in (0..height).filter(|row| row % 40 < ink) {
            for x in (0..width).step_by(2) {
                let at = ((row * width + x) * 4) as usize;
                pixels[at..at + 3].fill(0);
            }
        }
        Raster { width, height, pixels }
    }

    #[test]
    fn a_long_picture_is_cut_between_its_lines() {
        let height = 3000;
        let parts = slices(&lines(200, height, 30));
        assert!(parts.len() > 10);
        assert_eq!(parts.iter().map(|part| part.1).sum::<u32>(), height);
        for &(top, rows) in &parts {
            assert!(top == 0 || top % 40 >= 30, "cut through a line at {top}");
            assert!(rows <= 300, "{rows} rows do not fit a page");
        }
    }

    #[test]
    fn pages_are_cut_between_lines_and_never_longer_than_a_page() {
        let cuts = quiet_rows(&lines(200, 3000, 30), 300);
        assert!(cuts.len() > 60 && cuts.iter().all(|cut| cut % 40 >= 30), "{cuts:?}");
        let noise = quiet_rows(&lines(64, 2000, 40), 300);
        for (top, cut) in [0].iter().chain(&noise).zip(noise.iter().chain([&2000])) {
            assert!(cut > top && cut - top <= 300, "{top} {cut}");
        }
    }
}
