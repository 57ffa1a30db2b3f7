//! What a JPEG says of itself in its segments, and how it is freed from metadata without being decoded
//! (ITU-T T.81, annex B).

/// What the headers of a JPEG say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Header {
    /// Bits a sample.
    pub precision: u8,
    /// 1 for grey, 3 for colour, 4 for CMYK.
    pub components: u8,
    /// Whether it is sent in several scans; some e-readers show only baseline.
    pub progressive: bool,
    /// Whether it carries an ICC profile.
    pub has_profile: bool,
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
    for segment in segments(bytes)?.0 {
        match segment.marker {
            // Start of frame; C4, C8 and CC are other things.
            0xC0..=0xCF if !matches!(segment.marker, 0xC4 | 0xC8 | 0xCC) => {
                header.precision = *segment.bytes.get(4)?;
                header.components = *segment.bytes.get(9)?;
                header.progressive = !matches!(segment.marker, 0xC0 | 0xC1);
            }
            0xE2 if segment.bytes[4..].starts_with(b"ICC_PROFILE\0") => header.has_profile = true,
            _ => {}
        }
    }
    (header.components > 0).then_some(header)
}

/// The same picture without EXIF, XMP, thumbnails, comments and profile: what is needed to decode it
/// stays, byte for byte.
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
    out.extend_from_slice(scans);
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
    fn broken_headers_are_refused() {
        assert_eq!(header(b"\xFF\xD8\xFF\xE0\x00\x01"), None);
        assert_eq!(header(b"\xFF\xD8\xFF"), None);
        assert_eq!(strip(b"GIF89a"), None);
    }
}
