//! What a JPEG says of itself in its segments, whether all of it is there, and how it is freed from metadata,
//! without being decoded (ITU-T T.81, annex B).

use super::scans;

/// What the headers of a JPEG say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Header {
    /// Bits a sample.
    pub precision: u8,
    /// 1 for grey, 3 for colour, 4 for CMYK.
    pub components: u8,
    /// Whether it is sent in several scans; some e-readers show only baseline.
    pub progressive: bool,
    /// Whether its entropy coding is Huffman's, baseline or progressive: what every reader decodes.
    pub common: bool,
    /// Whether its three components are RGB without a marker of Adobe's to say so: readers disagree on it.
    pub unmarked_rgb: bool,
    /// Whether colours have as many samples as brightness, in both directions.
    pub full_chroma: bool,
    /// Whether it carries an ICC profile.
    pub has_profile: bool,
}

impl Header {
    /// Whether every reader of books shows it: 8 bits, grey or colour, Huffman coding.
    #[must_use]
    pub fn is_shown_everywhere(&self) -> bool {
        self.precision == 8 && matches!(self.components, 1 | 3) && self.common && !self.unmarked_rgb
    }
}

/// A segment before the first scan: its marker, and its bytes with the marker.
struct Segment<'a> {
    marker: u8,
    bytes: &'a [u8],
}

/// The segments before the first scan, and what follows them from the SOS marker on.
fn segments(bytes: &[u8]) -> Option<(Vec<Segment<'_>>, &[u8])> {
    let mut rest = bytes.strip_prefix(b"\xFF\xD8")?;
    let mut found = Vec::new();
    loop {
        // Any number of fill bytes may stand before a marker (B.1.1.2).
        while rest.starts_with(b"\xFF\xFF") {
            rest = &rest[1..];
        }
        let (&[0xFF, marker, high, low], _) = rest.split_first_chunk::<4>()? else { return None };
        if marker == 0xDA {
            return Some((found, rest));
        }
        let end = 2 + usize::from(u16::from_be_bytes([high, low]));
        if end < 4 {
            return None;
        }
        let bytes = rest.get(..end)?;
        found.push(Segment { marker, bytes });
        rest = &rest[end..];
    }
}

/// Reads the headers; `None` when they are broken.
#[must_use]
pub fn header(bytes: &[u8]) -> Option<Header> {
    let mut header = Header::default();
    let mut marked = false;
    for segment in segments(bytes)?.0 {
        match segment.marker {
            // Start of frame; C4, C8 and CC are other things.
            0xC0..=0xCF if !matches!(segment.marker, 0xC4 | 0xC8 | 0xCC) => {
                header.precision = *segment.bytes.get(4)?;
                header.components = *segment.bytes.get(9)?;
                header.progressive = !matches!(segment.marker, 0xC0 | 0xC1);
                header.common = matches!(segment.marker, 0xC0..=0xC2);
                let components = segment.bytes.get(10..10 + 3 * usize::from(header.components))?;
                let factors = |index: usize| components.get(index * 3 + 1);
                header.full_chroma = factors(0) == factors(1) && factors(0) == factors(2);
                header.unmarked_rgb = components.iter().step_by(3).eq(b"RGB");
            }
            0xE2 if segment.bytes[4..].starts_with(b"ICC_PROFILE\0") => header.has_profile = true,
            0xE0 => marked |= segment.bytes[4..].starts_with(b"JFIF\0"),
            0xEE => marked |= segment.bytes[4..].starts_with(b"Adobe"),
            _ => {}
        }
    }
    header.unmarked_rgb &= !marked;
    (header.components > 0).then_some(header)
}

/// How many bytes the scans take that begin here, with the marker that ends the picture; `None` when that
/// marker is missing, as it is from a file that was cut off.
fn scans_end(scans: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let marker = *scans.get(at + 1)?;
        match marker {
            0xD9 => return Some(at + 2),
            // A fill byte.
            0xFF => at += 1,
            _ => {
                let length = scans.get(at + 2..at + 4)?;
                at += 2 + usize::from(u16::from_be_bytes([length[0], length[1]]));
            }
        }
        if marker == 0xDA {
            at += coded_end(scans.get(at..)?)?;
        } else if *scans.get(at)? != 0xFF {
            return None;
        }
    }
}

/// Where entropy-coded data ends: at a marker other than a restart. A zero after 0xFF belongs to the data.
fn coded_end(data: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += data[at..].iter().position(|&byte| byte == 0xFF)?;
        match data.get(at + 1)? {
            0x00 | 0xD0..=0xD7 => at += 2,
            _ => return Some(at),
        }
    }
}

/// Whether the file goes on to the end of its picture; the marker there may be missing. Decoders fill up what is missing,
/// and say nothing.
#[must_use]
pub fn is_whole(bytes: &[u8]) -> bool {
    segments(bytes).is_some_and(|(_, scans)| scans_end(scans).is_some()) || scans::end(bytes).is_some()
}

/// The same picture without EXIF, XMP, thumbnails, comments and profile: what is needed to decode it
/// stays, byte for byte. What follows the picture goes too: cameras put a film or a second picture there. A marker that
/// is missing at the end is added.
#[must_use]
pub fn strip(bytes: &[u8]) -> Option<Vec<u8>> {
    let (segments, scans) = segments(bytes)?;
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(b"\xFF\xD8");
    for segment in segments {
        // APP0 is the JFIF header, APP14 tells how Adobe's programs coded the colours.
        let is_metadata = matches!(segment.marker, 0xE1..=0xED | 0xEF | 0xFE)
            || (segment.marker == 0xE0 && !segment.bytes[4..].starts_with(b"JFIF\0"));
        if !is_metadata {
            out.extend_from_slice(segment.bytes);
        }
    }
    if let Some(end) = scans_end(scans) {
        out.extend_from_slice(&scans[..end]);
    } else {
        let before = bytes.len() - scans.len();
        let end = scans::end(bytes).map_or(scans.len(), |end| end - before);
        out.extend_from_slice(&scans[..end]);
        out.extend_from_slice(b"\xFF\xD9");
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::samples;

    #[test]
    fn stripping_removes_metadata_and_keeps_the_picture() {
        let with_exif = samples::sideways_jpeg();
        let plain = strip(&with_exif).expect("a JPEG");
        assert!(plain.len() < with_exif.len());
        assert!(!plain.windows(4).any(|window| window == b"Exif"));
        assert_eq!(header(&plain).map(|header| header.components), Some(3));
        let (turned, lying) = (super::super::decode(&with_exif), super::super::decode(&plain));
        assert_eq!(turned.expect("decodes").pixels.len(), lying.expect("decodes").pixels.len());
    }

    #[test]
    fn a_file_that_was_cut_off_is_not_whole_and_what_follows_a_picture_goes() {
        let bytes = samples::jpeg(60, 40);
        assert!(is_whole(&bytes));
        for length in [bytes.len() - 40, 200] {
            assert!(!is_whole(&bytes[..length]), "{length}");
        }
        // Only the marker at the end is missing, or half of it.
        for length in [bytes.len() - 2, bytes.len() - 1] {
            assert!(is_whole(&bytes[..length]), "{length}");
            assert_eq!(strip(&bytes[..length]), strip(&bytes));
        }
        let with_film = [bytes.clone(), b"ftypmp42".repeat(50)].concat();
        assert_eq!(strip(&with_film), strip(&bytes));
    }

    #[test]
    fn broken_headers_are_refused() {
        assert_eq!(header(b"\xFF\xD8\xFF\xE0\x00\x01"), None);
        assert_eq!(header(b"\xFF\xD8\xFF"), None);
        assert_eq!(strip(b"GIF89a"), None);
    }
}
