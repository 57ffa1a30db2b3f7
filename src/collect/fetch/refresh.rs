//! Pages that send on: by the header `Refresh`, or by an element that says the same (the shared declarative refresh steps of
//! the WHATWG's HTML standard). Generators of static sites leave such pages where an article has moved from.

use dom_query::Document;
use reqwest::header::{CONTENT_TYPE, HeaderMap, REFRESH};
use url::Url;

use crate::collect::encoding;
use crate::collect::kind;
use crate::dom;

/// The longest wait after which a page is only there to send on, in seconds.
const LONGEST_WAIT: u64 = 5;

/// In how many bytes from the start of a page the element is looked for.
const HEAD: usize = 16 << 10;

/// Where a page sends its readers at once, if it does: an http(s) address without a fragment.
pub(super) fn target(url: &Url, headers: &HeaderMap, body: &[u8]) -> Option<Url> {
    let told = headers.get(REFRESH).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let told = told.or_else(|| element(headers, body))?;
    let mut next = url.join(address(&told)?).ok()?;
    next.set_fragment(None);
    matches!(next.scheme(), "http" | "https").then_some(next)
}

/// What the page's element says. Those for readers without scripts are not meant: they lead to other pages than readers see.
fn element(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let head = &body[..body.len().min(HEAD)];
    let says_so = head.windows(7).any(|word| word.eq_ignore_ascii_case(b"refresh"));
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !says_so || kind::of(body, None, content_type) != kind::Kind::Html {
        return None;
    }
    let tree = Document::from(encoding::decode_page(head, content_type).text.as_str());
    let mut elements = dom::all(&tree.root(), "meta[http-equiv]").into_iter();
    let element = elements.find(|element| {
        let is_for_all = element.ancestors(None).iter().all(|outer| dom::name(outer) != "noscript");
        dom::attribute(element, "http-equiv").is_some_and(|name| name.trim().eq_ignore_ascii_case("refresh"))
            && is_for_all
    })?;
    dom::attribute(&element, "content")
}

/// The address in `0; url=https://example.org/`, if the wait is short.
fn address(told: &str) -> Option<&str> {
    let told = told.trim_start();
    let end = told.find(|c: char| !c.is_ascii_digit()).unwrap_or(told.len());
    let (wait, rest) = told.split_at(end);
    // `.5` is a wait, too.
    let wait = if wait.is_empty() && rest.starts_with('.') { 0 } else { wait.parse::<u64>().ok()? };
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let rest = rest.trim_start().trim_start_matches([';', ',']).trim_start();
    let after_name = rest.get(..3).filter(|name| name.eq_ignore_ascii_case("url")).and_then(|_| {
        let rest = rest[3..].trim_start();
        Some(rest.strip_prefix('=')?.trim_start())
    });
    let address = after_name.unwrap_or(rest);
    let address = match address.chars().next() {
        Some(quote @ ('"' | '\'')) => address[1..].split(quote).next().unwrap_or_default(),
        _ => address,
    };
    Some(address.trim()).filter(|address| wait <= LONGEST_WAIT && !address.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent_on(page: &str) -> Option<String> {
        let url = Url::parse("https://a.example/old/").expect("an address");
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, "text/html; charset=utf-8".parse().expect("a value"))]);
        target(&url, &headers, page.as_bytes()).map(|next| next.to_string())
    }

    #[test]
    fn a_page_sends_on_as_browsers_read_it() {
        for (content, next) in [
            ("0; url=/new/", Some("https://a.example/new/")),
            ("0;URL='https://b.example/x?a=1;b=2#part'", Some("https://b.example/x?a=1;b=2")),
            (" 5.9, url = new", Some("https://a.example/old/new")),
            ("0 /文", Some("https://a.example/%E6%96%87")),
            ("6; url=/new/", None),
            ("300", None),
            ("0", None),
            ("url=/new/", None),
            ("0; url=javascript:alert(1)", None),
            ("0; url=file:///etc/passwd", None),
        ] {
            let page =
                format!("<!DOCTYPE html><html><head><meta http-equiv=\"Refresh\" content=\"{content}\"></head></html>");
            assert_eq!(sent_on(&page).as_deref(), next, "{content}");
        }
    }

    #[test]
    fn what_only_speaks_of_it_or_is_for_readers_without_scripts_sends_nobody_on() {
        let element = "<meta http-equiv=refresh content='0; url=/new'>";
        for page in [
            format!("<html><head><noscript>{element}</noscript></head><p>文</p></html>"),
            format!("<html><!-- {element} --><p>文</p></html>"),
            format!("<rss><channel><description><![CDATA[{element}]]></description></channel></rss>"),
            "<html><p>&lt;meta http-equiv=refresh content='0; url=/new'></p></html>".to_owned(),
        ] {
            assert_eq!(sent_on(&page), None, "{page}");
        }
    }
}
