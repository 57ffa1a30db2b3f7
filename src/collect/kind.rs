//! What bytes are: told by themselves first, then by what a server or a name says.

use crate::images;

/// What a file or an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Markdown, or text that is read as such.
    Markdown,
    /// A web page.
    Html,
    /// A web page with its pictures in one file (RFC 2557).
    Mhtml,
    /// RSS, Atom or a JSON feed.
    Feed,
    /// A list of feeds.
    Opml,
    /// Something else, by its name.
    Other(&'static str),
}

/// How many bytes are looked at.
const HEAD: usize = 4096;

/// What bytes are. `extension` is that of a file's name or an address; `media_type` what a server says.
pub(super) fn of(bytes: &[u8], extension: Option<&str>, media_type: Option<&str>) -> Kind {
    let head = &bytes[..bytes.len().min(HEAD)];
    // The zero bytes of UTF-16 are taken out, so that its tags can be seen.
    let wide = head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF");
    let text: String = head.iter().filter(|byte| !wide || **byte != 0).map(|byte| char::from(*byte)).collect();
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || "ï»¿ÿþ".contains(c)).to_ascii_lowercase();
    if let Some(kind) = by_signature(head, &start) {
        return kind;
    }
    let root = first_element(&start);
    match root {
        "rss" | "feed" | "rdf:rdf" => return Kind::Feed,
        "opml" => return Kind::Opml,
        "html" | "!doctype" | "head" => return Kind::Html,
        _ => {}
    }
    if start.starts_with('{') && names_json_feed(bytes) {
        return Kind::Feed;
    }
    if images::sniff(bytes).is_some() {
        return Kind::Other("a picture");
    }
    if head.contains(&0) && !wide {
        return Kind::Other("not text: it holds zero bytes");
    }
    let media_type = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let extension = extension.unwrap_or_default().to_ascii_lowercase();
    match (media_type.as_str(), extension.as_str()) {
        ("text/markdown" | "text/x-markdown" | "text/plain", _) => Kind::Markdown,
        ("text/html" | "application/xhtml+xml", _) | ("", "html" | "htm" | "xhtml") => Kind::Html,
        ("application/feed+json", _) => Kind::Feed,
        ("application/json", _) | ("", "json") => Kind::Other("JSON"),
        ("text/css" | "text/javascript" | "application/javascript", _) => Kind::Other("a part of a page"),
        _ if root == "?xml" || media_type.ends_with("xml") => Kind::Other("XML of an unknown kind"),
        ("application/octet-stream" | "", _) => Kind::Markdown,
        _ if media_type.starts_with("text/") => Kind::Markdown,
        _ => Kind::Other("no text"),
    }
}

/// Whether JSON says that it is a feed. Programs put keys in any order, and PHP escapes slashes.
fn names_json_feed(bytes: &[u8]) -> bool {
    let holds = |words: &[u8]| bytes.windows(words.len()).any(|window| window == words);
    holds(b"\"items\"") && (holds(b"jsonfeed.org/version") || holds(br"jsonfeed.org\/version"))
}

/// Kinds that begin with bytes of their own.
fn by_signature(head: &[u8], start: &str) -> Option<Kind> {
    const SIGNATURES: [(&[u8], &str); 6] = [
        (b"%PDF-", "a PDF"),
        (b"PK\x03\x04", "a ZIP archive, an EPUB or an office document"),
        (b"\xD0\xCF\x11\xE0", "an office document"),
        (b"\x1F\x8B", "compressed data"),
        (b"ID3", "a sound"),
        (b"OggS", "a sound"),
    ];
    if let Some((_, name)) = SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature)) {
        return Some(Kind::Other(name));
    }
    if head.get(4..8) == Some(b"ftyp") && !matches!(head.get(8..11), Some(b"avi" | b"hei" | b"mif")) {
        return Some(Kind::Other("a film"));
    }
    let is_message = ["from:", "mime-version:", "subject:", "date:", "snapshot-content-location:"]
        .iter()
        .any(|field| start.starts_with(field));
    (is_message && start.contains("multipart/related")).then_some(Kind::Mhtml)
}

/// The name of the first element, after declarations and comments; `!doctype` for the document type of HTML.
fn first_element(start: &str) -> &str {
    let mut rest = start;
    loop {
        rest = rest.trim_start();
        let end = if rest.starts_with("<?") {
            rest.find("?>").map(|at| at + 2)
        } else if rest.starts_with("<!--") {
            rest.find("-->").map(|at| at + 3)
        } else if rest.starts_with("<!doctype") && !rest.starts_with("<!doctype html") {
            rest.find('>').map(|at| at + 1)
        } else {
            let name = rest.strip_prefix('<').unwrap_or_default();
            let end = name.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).unwrap_or(name.len());
            return if end == 0 && start.starts_with("<?xml") { "?xml" } else { &name[..end] };
        };
        match end {
            Some(end) => rest = &rest[end..],
            None => return "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_tell_their_kind_before_names_do() {
        type Case<'a> = (&'a [u8], Option<&'a str>, Option<&'a str>, Kind);
        let cases: [Case<'_>; 16] = [
            (b"# t\n", Some("md"), None, Kind::Markdown),
            (b"\xEF\xBB\xBF\n<!-- x -->\n<!DOCTYPE HTML><p>", Some("txt"), None, Kind::Html),
            (b"<p>a", Some("html"), None, Kind::Html),
            (b"<p>a", None, Some("text/html; charset=utf-8"), Kind::Html),
            (b"<p>a", Some("md"), None, Kind::Markdown),
            (b"# t", Some("md"), Some("text/plain"), Kind::Markdown),
            (b"\xFF\xFE<\0h\0t\0m\0l\0>\0", None, None, Kind::Html),
            (b"<?xml version='1.0'?>\n<rss version='2.0'>", None, Some("text/html"), Kind::Feed),
            (b"<?xml version='1.0'?><feed xmlns='x'>", Some("xml"), None, Kind::Feed),
            (b"<?xml version='1.0'?><opml>", None, None, Kind::Opml),
            (br#"{"items": [], "version": "https:\/\/jsonfeed.org\/version\/1.1"}"#, None, None, Kind::Feed),
            (b"{\"items\": []", None, Some("application/feed+json"), Kind::Feed),
            (b"{\"items\": []}", Some("json"), None, Kind::Other("JSON")),
            (b"%PDF-1.7", Some("html"), Some("text/html"), Kind::Other("a PDF")),
            (b"From: <Saved>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;", None, None, Kind::Mhtml),
            (b"GIF89a\x01\0\x01\0\0\0\0;", None, Some("text/html"), Kind::Other("a picture")),
        ];
        for (bytes, extension, media_type, kind) in cases {
            assert_eq!(of(bytes, extension, media_type), kind, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
