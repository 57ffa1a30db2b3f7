//! Reads through the coded data of a JPEG without making pixels of it: whether all of its blocks are there. Many cameras and
//! servers leave out the marker that ends a picture, and then nothing else tells (ITU-T T.81, annexes B, F.2 and G).

use super::MAX_PIXELS;

/// More scans than any encoder makes: a small file could ask for hours of reading otherwise.
const MOST_SCANS: usize = 100;

/// Where the coded data ends of a picture whose blocks are all there; `None` for one that breaks off, and for what is not
/// Huffman's coding, baseline or progressive.
pub(super) fn end(bytes: &[u8]) -> Option<usize> {
    let mut state = State::default();
    let mut at = 2;
    for _ in 0..MOST_SCANS {
        let scan = state.read_headers(bytes, &mut at)?;
        at = state.read_scan(bytes, at, &scan)?;
        if state.frame.as_ref()?.is_complete() {
            return Some(at);
        }
    }
    None
}

/// What the headers have said so far.
#[derive(Default)]
struct State {
    frame: Option<Frame>,
    /// Tables for the first coefficient of a block, and for the others.
    tables: [[Option<Table>; 4]; 2],
    /// How many units stand between two restarts; 0 where there are none.
    restart: usize,
}

struct Frame {
    progressive: bool,
    width: usize,
    height: usize,
    components: Vec<Component>,
}

struct Component {
    id: u8,
    /// Blocks in a unit, in a row and in a column of it.
    blocks: (usize, usize),
    /// Blocks in a row of the whole picture, with those that fill up the last unit.
    stride: usize,
    /// For each block the coefficients that are not zero, as far as scans have told.
    seen: Vec<u64>,
    /// For each coefficient how many of its lowest bits are still to come.
    missing_bits: [u8; 64],
}

/// What a scan holds.
struct Scan {
    /// The components by their places in the frame, with the numbers of their two tables.
    components: Vec<(usize, [usize; 2])>,
    /// The first and the last coefficient.
    band: (usize, usize),
    /// Whether earlier scans had higher bits of them.
    refines: bool,
    /// How many of their lowest bits are still to come.
    missing_bits: u8,
}

impl State {
    /// Reads to the beginning of the next scan's data.
    fn read_headers(&mut self, bytes: &[u8], at: &mut usize) -> Option<Scan> {
        loop {
            let marker = match bytes.get(*at..*at + 2)? {
                [0xFF, 0xFF] => {
                    *at += 1;
                    continue;
                }
                [0xFF, marker] => *marker,
                _ => return None,
            };
            let length = bytes.get(*at + 2..*at + 4)?;
            let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
            let body = bytes.get(*at + 4..*at + 2 + length.max(2))?;
            *at += 2 + length.max(2);
            match marker {
                0xC0..=0xC2 => self.frame = Some(Frame::new(body, marker == 0xC2)?),
                0xC4 => self.read_tables(body)?,
                0xDD => self.restart = usize::from(u16::from_be_bytes([*body.first()?, *body.get(1)?])),
                0xDA => return self.read_scan_header(body),
                0xD9 => return None,
                _ => {}
            }
        }
    }

    fn read_tables(&mut self, mut body: &[u8]) -> Option<()> {
        while let Some((&place, rest)) = body.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let symbols = counts.iter().map(|&count| usize::from(count)).sum();
            let table = Table { counts: *counts, symbols: rest.get(..symbols)?.to_vec() };
            *self.tables.get_mut(usize::from(place >> 4))?.get_mut(usize::from(place & 15))? = Some(table);
            body = &rest[symbols..];
        }
        Some(())
    }

    fn read_scan_header(&self, body: &[u8]) -> Option<Scan> {
        let frame = self.frame.as_ref()?;
        let (&count, rest) = body.split_first()?;
        let (pairs, rest) = rest.split_at_checked(usize::from(count) * 2)?;
        let place = |pair: &[u8]| {
            let place = frame.components.iter().position(|component| component.id == pair[0])?;
            Some((place, [usize::from(pair[1] >> 4), usize::from(pair[1] & 15)]))
        };
        let components = pairs.chunks_exact(2).map(place).collect::<Option<Vec<_>>>()?;
        let &[first, last, bits] = rest.get(..3)? else { return None };
        let (band, refines, missing_bits) = match frame.progressive {
            true => ((usize::from(first), usize::from(last)), bits >> 4 != 0, bits & 15),
            false => ((0, 63), false, 0),
        };
        // In progressive pictures, scans of other coefficients than the first have one component.
        let sound = band.0 <= band.1 && band.1 < 64 && (band.0 == 0 || components.len() == 1);
        let sound = sound && (!frame.progressive || band.0 > 0 || band.1 == 0);
        (sound && !components.is_empty()).then_some(Scan { components, band, refines, missing_bits })
    }

    /// Reads the data of a scan, and gives where it ends.
    fn read_scan(&mut self, bytes: &[u8], start: usize, scan: &Scan) -> Option<usize> {
        let Self { frame, tables, restart } = self;
        let frame = frame.as_mut()?;
        let mut bits = Bits { bytes, at: start, held: 0, count: 0 };
        let mut run = 0;
        let (columns, rows) = frame.units(scan);
        for unit in 0..columns * rows {
            if *restart > 0 && unit > 0 && unit % *restart == 0 {
                bits.skip_restart()?;
                run = 0;
            }
            let (column, row) = (unit % columns, unit / columns);
            for &(place, numbers) in &scan.components {
                let component = &mut frame.components[place];
                let (across, down) = if scan.components.len() == 1 { (1, 1) } else { component.blocks };
                let own = [tables[0].get(numbers[0])?.as_ref(), tables[1].get(numbers[1])?.as_ref()];
                for block in 0..across * down {
                    let at = (row * down + block / across) * component.stride + column * across + block % across;
                    bits.read_block(scan, frame.progressive, own, component.seen.get_mut(at)?, &mut run)?;
                }
            }
        }
        for &(place, _) in &scan.components {
            frame.components[place].missing_bits[scan.band.0..=scan.band.1].fill(scan.missing_bits);
        }
        Some(bits.at)
    }
}

impl Frame {
    fn new(body: &[u8], progressive: bool) -> Option<Self> {
        let &[_, high, low, wide, narrow, count] = body.get(..6)? else { return None };
        let (height, width) = (u16::from_be_bytes([high, low]), u16::from_be_bytes([wide, narrow]));
        if width == 0 || height == 0 || u64::from(width) * u64::from(height) > MAX_PIXELS {
            return None;
        }
        let (width, height) = (usize::from(width), usize::from(height));
        let described = body.get(6..6 + 3 * usize::from(count))?.chunks_exact(3);
        let factors = |component: &[u8]| (usize::from(component[1] >> 4), usize::from(component[1] & 15));
        let sizes: Vec<_> = described.clone().map(factors).collect();
        if !(1..=4).contains(&count) || sizes.iter().any(|(h, v)| !(1..=4).contains(h) || !(1..=4).contains(v)) {
            return None;
        }
        let most = (sizes.iter().map(|size| size.0).max()?, sizes.iter().map(|size| size.1).max()?);
        let (columns, rows) = (width.div_ceil(8 * most.0), height.div_ceil(8 * most.1));
        let component = |(described, blocks): (&[u8], &(usize, usize))| {
            let stride = columns * blocks.0;
            let seen = vec![0; stride * rows * blocks.1];
            Component { id: described[0], blocks: *blocks, stride, seen, missing_bits: [u8::MAX; 64] }
        };
        Some(Self { progressive, width, height, components: described.zip(&sizes).map(component).collect() })
    }

    /// How many units a scan has in a row, and how many rows: blocks where it has one component (A.2.2).
    fn units(&self, scan: &Scan) -> (usize, usize) {
        let most = |factor: fn(&Component) -> usize| self.components.iter().map(factor).max().unwrap_or(1);
        let (across, down) = (most(|component| component.blocks.0), most(|component| component.blocks.1));
        let (h, v) = match scan.components.as_slice() {
            &[(place, _)] => self.components[place].blocks,
            _ => (1, 1),
        };
        ((self.width * h).div_ceil(across).div_ceil(8), (self.height * v).div_ceil(down).div_ceil(8))
    }

    fn is_complete(&self) -> bool {
        self.components.iter().all(|component| component.missing_bits.iter().all(|&bits| bits == 0))
    }
}

/// A table of codes: how many there are of each length from 1 bit on, and what they stand for.
struct Table {
    counts: [u8; 16],
    symbols: Vec<u8>,
}

/// Bits of the coded data; none where it breaks off.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    held: u32,
    count: u8,
}

impl Bits<'_> {
    fn bit(&mut self) -> Option<u32> {
        if self.count == 0 {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            if byte == 0xFF {
                // A zero follows where it is data (F.1.2.3).
                if *self.bytes.get(self.at)? != 0 {
                    return None;
                }
                self.at += 1;
            }
            (self.held, self.count) = (u32::from(byte), 8);
        }
        self.count -= 1;
        Some(self.held >> self.count & 1)
    }

    fn bits(&mut self, count: u8) -> Option<u32> {
        (0..count).try_fold(0, |bits, _| Some(bits << 1 | self.bit()?))
    }

    /// The next symbol (F.2.2.3).
    fn symbol(&mut self, table: &Table) -> Option<u8> {
        let (mut code, mut first, mut place) = (0, 0, 0);
        for &count in &table.counts {
            code = code << 1 | self.bit()?;
            let count = u32::from(count);
            if code < first + count {
                return table.symbols.get((place + code.checked_sub(first)?) as usize).copied();
            }
            place += count;
            first = (first + count) << 1;
        }
        None
    }

    /// Reads the marker of a restart.
    fn skip_restart(&mut self) -> Option<()> {
        self.count = 0;
        let [0xFF, 0xD0..=0xD7] = self.bytes.get(self.at..self.at + 2)? else { return None };
        self.at += 2;
        Some(())
    }

    /// Reads a block; `run` is how many blocks are still to come that have nothing new in this band.
    fn read_block(
        &mut self,
        scan: &Scan,
        progressive: bool,
        [first, others]: [Option<&Table>; 2],
        seen: &mut u64,
        run: &mut u32,
    ) -> Option<()> {
        let (mut at, last) = scan.band;
        if at == 0 && scan.refines {
            self.bit()?;
            return Some(());
        }
        if at == 0 {
            let length = self.symbol(first?)?;
            self.bits(length.min(16))?;
            at = 1;
        }
        match (progressive, scan.refines) {
            (true, _) if scan.band.0 == 0 => Some(()),
            (true, true) => self.refine(others?, at, last, seen, run),
            (true, false) => self.read_others(others?, at, last, seen, run),
            (false, _) => self.read_others(others?, at, last, seen, run).filter(|()| *run == 0),
        }
    }

    /// The coefficients after the first, or the higher bits of some of them (F.2.2.2, G.1.2.2).
    fn read_others(&mut self, table: &Table, mut at: usize, last: usize, seen: &mut u64, run: &mut u32) -> Option<()> {
        if *run > 0 {
            *run -= 1;
            return Some(());
        }
        while at <= last {
            let symbol = self.symbol(table)?;
            let (zeros, length) = (symbol >> 4, symbol & 15);
            match (zeros, length) {
                (15, 0) => at += 16,
                // The end of this block, and in progressive pictures of some that follow.
                (_, 0) => {
                    *run = (1 << zeros) - 1 + self.bits(zeros)?;
                    return Some(());
                }
                _ => {
                    at += usize::from(zeros);
                    self.bits(length)?;
                    if at > last {
                        return None;
                    }
                    *seen |= 1 << at;
                    at += 1;
                }
            }
        }
        Some(())
    }

    /// A lower bit of coefficients whose higher bits are known, and those that become something only now (G.1.2.3).
    fn refine(&mut self, table: &Table, mut at: usize, last: usize, seen: &mut u64, run: &mut u32) -> Option<()> {
        while *run == 0 && at <= last {
            let symbol = self.symbol(table)?;
            let (mut zeros, length) = (symbol >> 4, symbol & 15);
            if length == 0 && zeros < 15 {
                *run = (1 << zeros) + self.bits(zeros)?;
                break;
            }
            if length > 0 {
                self.bit()?;
            }
            while at <= last {
                if *seen >> at & 1 == 1 {
                    self.bit()?;
                } else if zeros == 0 {
                    break;
                } else {
                    zeros -= 1;
                }
                at += 1;
            }
            if length > 0 {
                if at > last {
                    return None;
                }
                *seen |= 1 << at;
            }
            at += 1;
        }
        if *run > 0 {
            for place in at..=last {
                if *seen >> place & 1 == 1 {
                    self.bit()?;
                }
            }
            *run -= 1;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
    use proptest::prelude::*;

    /// A JPEG with grain, so that there is something in every block.
    fn jpeg(width: u16, height: u16, set: impl Fn(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
        let grain = |n: u32| (n.wrapping_mul(2_654_435_761) >> 26) as u8 + (n % 191) as u8;
        let pixels: Vec<u8> = (0..u32::from(width) * u32::from(height) * 3).map(grain).collect();
        let mut out = Vec::new();
        let mut encoder = Encoder::new(&mut out, 80);
        set(&mut encoder);
        encoder.encode(&pixels, width, height, ColorType::Rgb).expect("encoded");
        out
    }

    fn kinds() -> Vec<Vec<u8>> {
        let mut kinds = Vec::new();
        for (width, height) in [(61, 37), (64, 48), (5, 3)] {
            for factor in [SamplingFactor::F_1_1, SamplingFactor::F_2_2, SamplingFactor::F_2_1] {
                kinds.push(jpeg(width, height, |encoder| encoder.set_sampling_factor(factor)));
                kinds.push(jpeg(width, height, |encoder| {
                    encoder.set_sampling_factor(factor);
                    encoder.set_restart_interval(3);
                }));
                for scans in [4, 20] {
                    kinds.push(jpeg(width, height, |encoder| {
                        encoder.set_sampling_factor(factor);
                        encoder.set_progressive_scans(scans);
                    }));
                }
            }
        }
        // From another encoder, whose scans refine what earlier ones said.
        kinds.push(include_bytes!("../../tests/fixtures/pictures/hills.jpg").to_vec());
        kinds
    }

    #[test]
    fn the_end_of_all_blocks_is_found_without_its_marker() {
        for bytes in kinds() {
            assert!(bytes.ends_with(b"\xFF\xD9"));
            assert_eq!(end(&bytes), Some(bytes.len() - 2));
            assert_eq!(end(&bytes[..bytes.len() - 1]), Some(bytes.len() - 2));
            assert_eq!(end(&bytes[..bytes.len() - 2]), Some(bytes.len() - 2));
        }
    }

    #[test]
    fn a_picture_that_breaks_off_before_has_no_end() {
        for bytes in kinds() {
            // The last byte may hold nothing but what fills it up.
            for length in (0..bytes.len() - 3).rev().step_by(7) {
                assert_eq!(end(&bytes[..length]), None, "{length} of {}", bytes.len());
            }
        }
    }

    proptest! {
        #[test]
        fn damaged_data_has_an_end_or_none(which in 0_usize..37, at in 0.0_f64..1.0, byte in any::<u8>()) {
            let mut bytes = kinds().swap_remove(which);
            let index = (at * bytes.len() as f64) as usize;
            bytes[index] = byte;
            prop_assert!(end(&bytes).is_none_or(|end| end <= bytes.len()));
        }
    }
}
