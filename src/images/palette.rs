//! Pictures of few colours: drawings and screenshots, which take a byte a pixel or less.

use super::raster::Raster;

/// The colours of a picture, counted up to a limit. Open addressing by a hash of our own: what comes out depends on
/// nothing but the pixels.
struct Counter {
    /// The place of a colour in `colors`, plus one; 0 where no colour is.
    places: Vec<u16>,
    colors: Vec<[u8; 4]>,
    limit: usize,
}

impl Counter {
    /// `limit` below 65,535.
    fn new(limit: usize) -> Self {
        // At most a quarter full.
        Self { places: vec![0; (limit * 4).next_power_of_two()], colors: Vec::with_capacity(limit), limit }
    }

    /// The place of a colour; `None` when it would be one too many.
    fn place(&mut self, color: [u8; 4]) -> Option<u16> {
        let mask = self.places.len() - 1;
        // Knuth's multiplicative hash: its upper bits depend on all bits of the colour.
        let mut at = (u32::from_le_bytes(color).wrapping_mul(0x9E37_79B1) >> 12) as usize & mask;
        loop {
            match self.places[at] {
                0 => break,
                place if self.colors[usize::from(place) - 1] == color => return Some(place - 1),
                _ => at = (at + 1) & mask,
            }
        }
        if self.colors.len() >= self.limit {
            return None;
        }
        self.colors.push(color);
        let place = u16::try_from(self.colors.len()).ok()?;
        self.places[at] = place;
        Some(place - 1)
    }
}

/// A picture as places in a table of colours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indexed {
    /// At most 256 colours, in the order of their first pixels.
    pub colors: Vec<[u8; 3]>,
    /// For each pixel the place of its colour.
    pub places: Vec<u8>,
}

impl Indexed {
    /// How many bits a pixel takes.
    #[must_use]
    pub fn depth(&self) -> u8 {
        match self.colors.len() {
            0..=2 => 1,
            3..=4 => 2,
            5..=16 => 4,
            _ => 8,
        }
    }
}

/// The picture with a table of at most 256 colours; `None` when it has more. Transparency is not looked at.
#[must_use]
pub fn indexed(raster: &Raster) -> Option<Indexed> {
    let mut counter = Counter::new(256);
    let mut places = Vec::with_capacity(raster.pixels.len() / 4);
    let mut last = ([0, 0, 0, 0], 0);
    for pixel in raster.pixels.chunks_exact(4) {
        let color = [pixel[0], pixel[1], pixel[2], 255];
        if last.0 != color {
            last = (color, u8::try_from(counter.place(color)?).ok()?);
        }
        places.push(last.1);
    }
    let colors = counter.colors.into_iter().map(|[red, green, blue, _]| [red, green, blue]).collect();
    Some(Indexed { colors, places })
}

/// A picture that came with a table of colours, three bytes each, and the place of each pixel in it: the same with the
/// colours that it uses. `None` where a pixel is transparent or has no place in the table.
pub(super) fn reordered(table: &[u8], transparent: Option<u8>, pixels: &[u8]) -> Option<Indexed> {
    let (table, _) = table.as_chunks::<3>();
    let mut known: [Option<u8>; 256] = [None; 256];
    let mut colors: Vec<[u8; 3]> = Vec::new();
    let mut places = Vec::with_capacity(pixels.len());
    for &old in pixels {
        let place = match known[usize::from(old)] {
            Some(place) => place,
            None if transparent == Some(old) => return None,
            None => {
                let color = *table.get(usize::from(old))?;
                let place = colors.iter().position(|known| *known == color).unwrap_or(colors.len());
                if place == colors.len() {
                    colors.push(color);
                }
                *known[usize::from(old)].insert(u8::try_from(place).ok()?)
            }
        };
        places.push(place);
    }
    Some(Indexed { colors, places })
}

/// Whether a picture has at most so many colours.
#[must_use]
pub fn has_at_most(raster: &Raster, limit: u16) -> bool {
    let mut counter = Counter::new(usize::from(limit));
    let mut last = None;
    raster.pixels.chunks_exact(4).all(|pixel| {
        let color = [pixel[0], pixel[1], pixel[2], pixel[3]];
        let known = last == Some(color) || counter.place(color).is_some();
        last = Some(color);
        known
    })
}

/// Rows of pixels of fewer than 8 bits, each row in whole bytes, the leftmost pixel in the highest bits.
#[must_use]
pub fn pack(samples: &[u8], width: u32, depth: u8) -> Vec<u8> {
    let per_byte = usize::from(8 / depth.clamp(1, 8));
    if per_byte == 1 || width == 0 {
        return samples.to_vec();
    }
    let byte = |samples: &[u8]| {
        let packed = samples.iter().fold(0, |byte, sample| byte << depth | sample);
        packed << (usize::from(depth) * (per_byte - samples.len()))
    };
    samples.chunks(width as usize).flat_map(|row| row.chunks(per_byte).map(byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_counted_up_to_the_limit() {
        let of = |count: u32| {
            let pixels = (0..count * 3).flat_map(|n| (n % count * 37).to_le_bytes()).collect();
            Raster { width: count, height: 3, pixels }
        };
        assert!(has_at_most(&of(1024), 1024) && !has_at_most(&of(1025), 1024));
        let opaque = |count: u32| {
            let pixels = (0..count).flat_map(|n| [(n % 256) as u8, (n / 256) as u8, 7, 255]).collect();
            Raster { width: count, height: 1, pixels }
        };
        assert_eq!(indexed(&opaque(257)), None);
        let table = indexed(&opaque(256)).expect("256 colours");
        assert!(table.places.iter().enumerate().all(|(n, &place)| n == usize::from(place)));
        assert_eq!((table.colors[3], table.depth()), ([3, 0, 7], 8));
        assert_eq!(indexed(&opaque(5)).map(|table| table.depth()), Some(4));
    }

    #[test]
    fn rows_are_packed_into_whole_bytes() {
        assert_eq!(pack(&[1, 0, 1, 1, 0, 0, 0, 0, 1, 1], 5, 1), [0b1011_0000, 0b0001_1000]);
        assert_eq!(pack(&[1, 2, 3, 1, 2, 3], 3, 4), [0x12, 0x30, 0x12, 0x30]);
    }
}
