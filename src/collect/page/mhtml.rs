//! A page that Chrome or Edge saved as one file (RFC 2557): its HTML, and the pictures that stand beside it in the file. Taking
//! the file apart is mail-parser's.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use dom_query::Document;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Encoding, MessageParser, MessagePart, MimeHeaders as _, PartType};
use url::Url;

use super::web_url;
use crate::book::Body;
use crate::collect::Draft;
use crate::dom;

/// What a file holds.
#[derive(Debug)]
pub(super) struct Saved {
    pub(super) html: Vec<u8>,
    /// What the file says that the HTML is.
    pub(super) content_type: Option<String>,
    /// Where the page was saved from.
    pub(super) address: Option<Url>,
    pub(super) pictures: Pictures,
}

/// The pictures of a file by the addresses under which its page names them.
pub(super) type Pictures = BTreeMap<String, Vec<u8>>;

/// Takes a file apart.
pub(super) fn open(bytes: &[u8]) -> Result<Saved, &'static str> {
    let message = MessageParser::default().parse(bytes).ok_or("the file is no MIME message")?;
    let is_html = |part: &&MessagePart<'_>| matches!(part.body, PartType::Html(_));
    let page = message.parts.iter().find(is_html).ok_or("the file holds no page")?;
    let content_type = page.content_type().map(|kind| {
        let charset = kind.attribute("charset").map(|charset| format!("; charset={charset}")).unwrap_or_default();
        format!("text/html{charset}")
    });
    let snapshot = message.header_raw("Snapshot-Content-Location").map(str::trim);
    let address = snapshot.and_then(web_url).or_else(|| page.content_location().and_then(web_url));
    let mut pictures = Pictures::new();
    for part in &message.parts {
        let (PartType::Binary(body) | PartType::InlineBinary(body)) = &part.body else { continue };
        let names = [part.content_location().map(str::to_owned), part.content_id().map(|id| format!("cid:{id}"))];
        for name in names.into_iter().flatten() {
            pictures.entry(name).or_insert_with(|| body.to_vec());
        }
    }
    // A drawing is text to a mail.
    for part in &message.parts {
        let is_drawing =
            part.content_type().is_some_and(|kind| kind.subtype().is_some_and(|kind| kind.contains("svg")));
        if let (true, Some(name), Some(body)) = (is_drawing, part.content_location(), raw(part, bytes)) {
            pictures.entry(name.to_owned()).or_insert(body);
        }
    }
    let html = raw(page, bytes).ok_or("the page of the file is damaged")?;
    Ok(Saved { html, content_type, address, pictures })
}

/// The bytes of a part in its own encoding of characters, which its page may tell better than its head.
fn raw(part: &MessagePart<'_>, bytes: &[u8]) -> Option<Vec<u8>> {
    let place = |offset: u32| usize::try_from(offset).ok();
    let body = bytes.get(place(part.offset_body)?..place(part.offset_end)?)?;
    match part.encoding {
        Encoding::None => Some(body.to_vec()),
        Encoding::QuotedPrintable => quoted_printable_decode(body),
        Encoding::Base64 => base64_decode(body),
    }
}

/// Puts the pictures of the file into the article that names them. Nothing else of this machine can be named.
pub(super) fn embed(draft: &mut Draft, pictures: &Pictures) {
    if let Some(cover) = draft.cover.as_mut().filter(|cover| pictures.contains_key(*cover)) {
        *cover = inside(cover, pictures);
    }
    let Body::Html(html) = &draft.body else { return };
    let tree = Document::fragment(html.as_str());
    let mut changed = false;
    for (selector, key) in [("img[src]", "src"), ("video[poster]", "poster")] {
        for node in dom::all(&tree.html_root(), selector) {
            if let Some(name) = dom::attribute(&node, key).filter(|name| pictures.contains_key(name)) {
                node.set_attr(key, &inside(&name, pictures));
                changed = true;
            }
        }
    }
    if changed {
        draft.body = Body::Html(tree.html_root().inner_html().to_string());
    }
}

/// The address that is the picture itself (RFC 2397). What it is, its bytes tell.
fn inside(name: &str, pictures: &Pictures) -> String {
    let bytes = pictures.get(name).map(Vec::as_slice).unwrap_or_default();
    format!("data:application/octet-stream;base64,{}", BASE64.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://a.example/1\r\nSubject: x\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/related;\r\n\ttype=\"text/html\";\r\n\tboundary=\"--b\"\r\n\r\n\r\n----b\r\nContent-Type: text/html\r\n\
        Content-ID: <frame-1@mhtml.blink>\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Location: https://a.example/1\r\n\r\n\
        <!DOCTYPE html><p>=E6=B1=9F<img src=3D\"https://a.example/p.png=\r\n\"></p>\r\n----b\r\nContent-Type: image/png\r\n\
        Content-Transfer-Encoding: base64\r\nContent-Location: https://a.example/p.png\r\n\r\niVBOR\r\nw0K\r\n----b\r\nContent-Type: image/svg+xml\r\n\
        Content-Transfer-Encoding: quoted-printable\r\nContent-Location: https://a.example/d.svg\r\n\r\n<svg a=3D\"1\"/>\r\n----b--\r\n";

    #[test]
    fn a_file_gives_its_page_and_the_pictures_beside_it() {
        let saved = open(FILE.as_bytes()).expect("a page");
        let html = String::from_utf8(saved.html).expect("UTF-8");
        assert_eq!(html.trim(), "<!DOCTYPE html><p>江<img src=\"https://a.example/p.png\"></p>");
        assert_eq!(saved.address.map(String::from).as_deref(), Some("https://a.example/1"));
        assert_eq!(saved.pictures.get("https://a.example/p.png").map(Vec::as_slice), Some(b"\x89PNG\r\n".as_slice()));
        let drawing = saved.pictures.get("https://a.example/d.svg").expect("a drawing");
        assert_eq!(String::from_utf8_lossy(drawing).trim(), "<svg a=\"1\"/>");
    }

    proptest::proptest! {
        #[test]
        fn a_file_that_is_cut_or_damaged_is_read_or_refused_without_a_panic(end in 0..FILE.len(), at in 0..FILE.len(), byte: u8) {
            let mut bytes = FILE.as_bytes().to_vec();
            bytes[at] = byte;
            bytes.truncate(end);
            let _ = open(&bytes);
        }
    }
}
