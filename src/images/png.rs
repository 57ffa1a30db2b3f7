//! What a PNG says of itself in its chunks, and how it is freed from metadata without being decoded.

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

/// The checksum of a chunk's kind and data (CRC-32 of ISO 3309).
#[cfg(test)]
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    let mut sum = flate2::Crc::new();
    sum.update(bytes);
    sum.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::samples;

    #[test]
    fn stripping_keeps_the_picture() {
        let bytes = samples::png(8, 8);
        let plain = strip(&bytes).expect("a PNG");
        assert_eq!(super::super::decode(&plain), super::super::decode(&bytes));
        assert_eq!(header(&bytes).map(|header| header.depth), Some(8));
    }

    #[test]
    fn a_file_that_breaks_off_is_refused() {
        let bytes = samples::png(8, 8);
        assert_eq!(strip(&bytes[..bytes.len() - 5]), None);
        assert_eq!(header(b"\x89PNG\r\n\x1A\n\xFF\xFF\xFF\xFFIHDR"), None);
    }
}
