//! What a PNG says of itself in its chunks, whether all of it is there, how it is freed from metadata, and how
//! its samples are taken out as they are, without being decoded.

use std::io::Read as _;

use flate2::bufread::ZlibDecoder;

/// What the chunks of a PNG say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Header {
    /// Bits a sample.
    pub depth: u8,
    /// Whether pixels may be transparent: by an alpha channel, or by `tRNS`.
    pub transparent: bool,
    /// Whether its colours may not be sRGB.
    pub has_profile: bool,
}

struct Chunk<'a> {
    kind: &'a [u8],
    data: &'a [u8],
    /// The whole chunk, with length and checksum.
    bytes: &'a [u8],
}

fn chunks(bytes: &[u8]) -> Option<Vec<Chunk<'_>>> {
    let mut rest = bytes.strip_prefix(b"\x89PNG\r\n\x1A\n")?;
    let mut found = Vec::new();
    loop {
        let (length, _) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let end = length.checked_add(12)?;
        let whole = rest.get(..end)?;
        let kind = &whole[4..8];
        found.push(Chunk { kind, data: &whole[8..8 + length], bytes: whole });
        if kind == b"IEND" {
            return Some(found);
        }
        rest = &rest[end..];
    }
}

/// The bytes of the colour profile as it is compressed; 0 without one. What stands behind the samples is none.
pub(super) fn profile_length(bytes: &[u8]) -> usize {
    let mut rest = bytes.get(8..).unwrap_or_default();
    let mut total = 0_usize;
    while let (Some(length), Some(kind)) = (rest.first_chunk::<4>(), rest.get(4..8)) {
        let length = u32::from_be_bytes(*length) as usize;
        match kind {
            b"iCCP" => total = total.saturating_add(length),
            b"IDAT" => break,
            _ => {}
        }
        rest = rest.get(length.saturating_add(12)..).unwrap_or_default();
    }
    total
}

/// Reads the headers; `None` when the file is broken or not whole.
#[must_use]
pub fn header(bytes: &[u8]) -> Option<Header> {
    let mut header = Header::default();
    for chunk in chunks(bytes)? {
        match chunk.kind {
            b"IHDR" => {
                header.depth = *chunk.data.get(8)?;
                // Colour types 4 and 6 have an alpha channel.
                header.transparent = chunk.data.get(9)? & 4 != 0;
            }
            b"tRNS" => header.transparent = true,
            b"iCCP" | b"cICP" => header.has_profile = true,
            _ => {}
        }
    }
    (header.depth > 0).then_some(header)
}

/// The same picture with nothing but what is needed to show it; of an animation, the still picture.
#[must_use]
pub fn strip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(b"\x89PNG\r\n\x1A\n");
    for chunk in chunks(bytes)? {
        if matches!(chunk.kind, b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT" | b"IEND") {
            out.extend_from_slice(chunk.bytes);
        }
    }
    Some(out)
}

/// Whether the file is whole and undamaged: every chunk that the picture needs has the checksum of its bytes.
#[must_use]
pub fn is_whole(bytes: &[u8]) -> bool {
    let Some(chunks) = chunks(bytes) else { return false };
    let needed = |chunk: &&Chunk<'_>| matches!(chunk.kind, b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT" | b"IEND");
    let sound = |chunk: &Chunk<'_>| {
        let (body, sum) = chunk.bytes[4..].split_at(chunk.data.len() + 4);
        checksum(body).to_be_bytes() == sum
    };
    chunks.iter().any(|chunk| chunk.kind == b"IDAT") && chunks.iter().filter(needed).all(sound)
}

/// What the numbers of samples mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Space {
    /// Shades of grey.
    Gray,
    /// Red, green, blue.
    Rgb,
    /// Places in a table of colours, three bytes each.
    Indexed(Vec<u8>),
}

/// The samples of a picture: rows that begin with the number of their filter, compressed as one zlib stream. PDF
/// takes them as they are (ISO 32000-1 7.4.4.4, predictor 15).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Samples {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Bits a sample: 1, 2, 4 or 8.
    pub depth: u8,
    /// What they mean.
    pub space: Space,
    /// The zlib stream.
    pub data: Vec<u8>,
}

/// The samples of a PNG without transparency, of at most 8 bits; `None` for others, and when they are not whole.
#[must_use]
pub fn samples(bytes: &[u8]) -> Option<Samples> {
    let mut samples = samples_unchecked(bytes)?;
    let channels = if samples.space == Space::Rgb { 3 } else { 1 };
    let row = (u64::from(samples.width) * channels * u64::from(samples.depth)).div_ceil(8) + 1;
    let length = zlib_length(&samples.data, row * u64::from(samples.height))?;
    samples.data.truncate(length);
    Some(samples)
}

/// The samples of a PNG that was encoded here: its data is not looked at.
pub(super) fn samples_unchecked(bytes: &[u8]) -> Option<Samples> {
    let chunks = chunks(bytes)?;
    let of_kind = |kind: &'static [u8]| chunks.iter().filter(move |chunk| chunk.kind == kind);
    let header: &[u8; 13] = of_kind(b"IHDR").next()?.data.try_into().ok()?;
    let number = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let (width, height, depth, interlaced) = (number(0), number(4), header[8], header[12] != 0);
    if interlaced || depth > 8 || of_kind(b"tRNS").next().is_some() {
        return None;
    }
    let space = match header[9] {
        0 => Space::Gray,
        2 => Space::Rgb,
        3 => {
            let table = of_kind(b"PLTE").next()?.data;
            let used = table.len().min(3 << depth);
            Space::Indexed(table[..used - used % 3].to_vec())
        }
        _ => return None,
    };
    let parts: Vec<&[u8]> = of_kind(b"IDAT").map(|chunk| chunk.data).collect();
    let data = parts.concat();
    Some(Samples { width, height, depth, space, data })
}

/// How many bytes a zlib stream takes that holds exactly so many; `None` when it is damaged or holds another number.
fn zlib_length(data: &[u8], holds: u64) -> Option<usize> {
    let mut stream = ZlibDecoder::new(data).take(holds + 1);
    let read = std::io::copy(&mut stream, &mut std::io::sink()).ok()?;
    (read == holds).then(|| usize::try_from(stream.into_inner().total_in()).ok())?
}

/// The checksum of a chunk's kind and data (CRC-32 of ISO 3309).
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    let mut sum = flate2::Crc::new();
    sum.update(bytes);
    sum.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::samples as pictures;

    #[test]
    fn stripping_keeps_the_picture() {
        let bytes = pictures::png(8, 8);
        let plain = strip(&bytes).expect("a PNG");
        assert_eq!(super::super::decode(&plain), super::super::decode(&bytes));
        assert_eq!(header(&bytes).map(|header| header.depth), Some(8));
    }

    #[test]
    fn samples_are_taken_only_from_pictures_that_pdf_can_show_as_they_are() {
        let Some(Samples { width: 8, height: 4, depth: 8, space: Space::Rgb, data }) = samples(&pictures::png(8, 4))
        else {
            panic!("no samples");
        };
        let mut rows = Vec::new();
        ZlibDecoder::new(&data[..]).read_to_end(&mut rows).expect("whole");
        assert_eq!(rows.len(), 4 * (8 * 3 + 1));
        let mut interlaced = pictures::png(8, 4);
        interlaced[28] = 1;
        assert_eq!(samples(&interlaced), None);
        let mut claims_more_rows = pictures::png(8, 4);
        claims_more_rows[23] = 5;
        assert_eq!(samples(&claims_more_rows), None);
    }

    #[test]
    fn one_wrong_bit_is_damage() {
        let bytes = pictures::png(8, 8);
        assert!(is_whole(&bytes) && !is_whole(&bytes[..bytes.len() - 12]));
        for at in [20, bytes.len() - 20] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 4;
            assert!(!is_whole(&damaged), "{at}");
        }
    }

    #[test]
    fn a_file_that_breaks_off_is_refused() {
        let bytes = pictures::png(8, 8);
        assert_eq!(strip(&bytes[..bytes.len() - 5]), None);
        assert_eq!(header(b"\x89PNG\r\n\x1A\n\xFF\xFF\xFF\xFFIHDR"), None);
    }
}
