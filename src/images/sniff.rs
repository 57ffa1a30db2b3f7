//! What a file is, by its bytes alone: names and servers lie.

use std::fmt;

/// The kinds of pictures that are recognized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// JPEG (ISO/IEC 10918).
    Jpeg,
    /// PNG.
    Png,
    /// GIF.
    Gif,
    /// WebP.
    WebP,
    /// Windows bitmap.
    Bmp,
    /// TIFF.
    Tiff,
    /// SVG as plain text.
    Svg,
    /// AVIF; recognized, not decoded.
    Avif,
    /// HEIC; recognized, not decoded.
    Heic,
    /// JPEG XL; recognized, not decoded.
    JpegXl,
    /// Windows icon; recognized, not decoded.
    Ico,
}

impl Format {
    /// The media type (EPUB 3.3 §3.2 for those that are core media types).
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
            Self::Bmp => "image/bmp",
            Self::Tiff => "image/tiff",
            Self::Svg => "image/svg+xml",
            Self::Avif => "image/avif",
            Self::Heic => "image/heic",
            Self::JpegXl => "image/jxl",
            Self::Ico => "image/vnd.microsoft.icon",
        }
    }

    /// The usual extension of a file name, without its dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Gif => "gif",
            Self::WebP => "webp",
            Self::Bmp => "bmp",
            Self::Tiff => "tiff",
            Self::Svg => "svg",
            Self::Avif => "avif",
            Self::Heic => "heic",
            Self::JpegXl => "jxl",
            Self::Ico => "ico",
        }
    }

    /// The decoder of the raster formats that `image` has one of; WebP has its own.
    pub(super) fn decoder(self) -> Option<image::ImageFormat> {
        match self {
            Self::Jpeg => Some(image::ImageFormat::Jpeg),
            Self::Png => Some(image::ImageFormat::Png),
            Self::Gif => Some(image::ImageFormat::Gif),
            Self::Bmp => Some(image::ImageFormat::Bmp),
            Self::Tiff => Some(image::ImageFormat::Tiff),
            Self::WebP | Self::Svg | Self::Avif | Self::Heic | Self::JpegXl | Self::Ico => None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Gif => "GIF",
            Self::WebP => "WebP",
            Self::Bmp => "BMP",
            Self::Tiff => "TIFF",
            Self::Svg => "SVG",
            Self::Avif => "AVIF",
            Self::Heic => "HEIC",
            Self::JpegXl => "JPEG XL",
            Self::Ico => "ICO",
        })
    }
}

/// How many bytes tell the kind: a longer prolog than this is not of a drawing anybody made.
pub const SNIFFED: u64 = 64 << 10;

/// Names the kind of a picture; `None` when the bytes are something else.
#[must_use]
pub fn sniff(bytes: &[u8]) -> Option<Format> {
    let at = |start: usize, magic: &[u8]| bytes.get(start..start + magic.len()) == Some(magic);
    if at(0, b"\xFF\xD8\xFF") {
        Some(Format::Jpeg)
    } else if at(0, b"\x89PNG\r\n\x1A\n") {
        Some(Format::Png)
    } else if at(0, b"GIF87a") || at(0, b"GIF89a") {
        Some(Format::Gif)
    } else if at(0, b"RIFF") && at(8, b"WEBP") {
        Some(Format::WebP)
    } else if at(0, b"BM") && bytes.len() > 26 && at(6, &[0; 4]) {
        Some(Format::Bmp)
    } else if at(0, b"II*\0") || at(0, b"MM\0*") {
        Some(Format::Tiff)
    } else if at(4, b"ftyp") {
        iso_brand(bytes)
    } else if at(0, b"\xFF\x0A") || at(0, b"\0\0\0\x0CJXL \r\n\x87\n") {
        Some(Format::JpegXl)
    } else if at(0, b"\0\0\x01\0") && bytes.len() > 22 {
        Some(Format::Ico)
    } else {
        is_svg(bytes).then_some(Format::Svg)
    }
}

/// The brand of an ISO base media file (ISO/IEC 23008-12).
fn iso_brand(bytes: &[u8]) -> Option<Format> {
    match bytes.get(8..12)? {
        b"avif" | b"avis" => Some(Format::Avif),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => Some(Format::Heic),
        _ => None,
    }
}

/// Whether the first element is `svg`, after a byte order mark, the XML declaration, comments,
/// processing instructions and the document type.
fn is_svg(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut rest = &bytes[..bytes.len().min(SNIFFED as usize)];
    loop {
        rest = rest.trim_ascii_start();
        let end = if rest.starts_with(b"<!--") {
            find(rest, b"-->")
        } else if rest.starts_with(b"<?") {
            find(rest, b"?>")
        } else if rest.len() >= 9 && rest[..9].eq_ignore_ascii_case(b"<!DOCTYPE") {
            doctype_end(rest)
        } else {
            return root_is_svg(rest);
        };
        match end {
            Some(end) => rest = &rest[end..],
            None => return false,
        }
    }
}

/// Where the needle ends.
fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle).map(|at| at + needle.len())
}

/// Where a document type declaration ends, with its internal subset in brackets.
fn doctype_end(rest: &[u8]) -> Option<usize> {
    let mut inside = false;
    for (at, byte) in rest.iter().enumerate() {
        match byte {
            b'[' => inside = true,
            b']' => inside = false,
            b'>' if !inside => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Whether a start tag has the local name `svg`, with any prefix.
fn root_is_svg(rest: &[u8]) -> bool {
    let Some(tag) = rest.strip_prefix(b"<") else { return false };
    let end = tag.iter().position(|&b| b.is_ascii_whitespace() || b == b'>' || b == b'/').unwrap_or(tag.len());
    let name = &tag[..end];
    name == b"svg" || name.ends_with(b":svg")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_is_found_behind_its_prolog() {
        let drawing = "\u{FEFF}<?xml version=\"1.0\"?>\n<!-- by hand -->\n<!DOCTYPE svg [<!ENTITY a \"b>\">]>\n<svg/>";
        assert_eq!(sniff(drawing.as_bytes()), Some(Format::Svg));
        assert_eq!(sniff(b"<s:svg xmlns:s='http://www.w3.org/2000/svg'/>"), Some(Format::Svg));
    }

    #[test]
    fn a_page_is_not_a_drawing_even_when_it_holds_one() {
        assert_eq!(sniff(b"<!DOCTYPE html><html><body><svg></svg></body></html>"), None);
        assert_eq!(sniff(b"<html><svg/></html>"), None);
        assert_eq!(sniff(b"svg"), None);
        assert_eq!(sniff(b""), None);
    }

    #[test]
    fn kinds_without_a_decoder_are_named() {
        assert_eq!(sniff(b"\0\0\0\x20ftypavif\0\0\0\0"), Some(Format::Avif));
        assert_eq!(sniff(b"\0\0\0\x20ftypheic\0\0\0\0"), Some(Format::Heic));
        assert_eq!(sniff(b"\0\0\0\x20ftypmp42\0\0\0\0"), None);
    }
}
