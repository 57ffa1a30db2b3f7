//! Which article of a book a link means.

use std::collections::BTreeMap;

use crate::book::{Anthology, Article, Origin};
use crate::canonical::canonical;

/// An address of the web in the form that a reader can follow; `None` for anything else.
pub(crate) fn web_address(address: &str) -> Option<String> {
    let url = url::Url::parse(address.trim()).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.to_string())
}

/// The index of each article, by its address and by its path.
pub(crate) fn addresses(book: &Anthology) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for (index, article) in book.articles.iter().enumerate() {
        let key = match &article.origin {
            Origin::File { key, .. } => Some(format!("file:{key}")),
            Origin::Url(url) => web_key(url),
        };
        let source = article.source.as_deref().and_then(web_key);
        for key in key.into_iter().chain(source) {
            // The first of two articles from one address is meant.
            found.entry(key).or_insert(index);
        }
    }
    found
}

/// Under which keys the target of a link may be found.
pub(crate) fn address_keys(from: &Article, address: &str) -> Vec<String> {
    if let Some(key) = web_key(address) {
        return vec![key];
    }
    let decoded = percent_encoding::percent_decode_str(address).decode_utf8_lossy();
    match &from.origin {
        Origin::File { key, .. } => vec![format!("file:{}", resolve_path(key, &decoded))],
        Origin::Url(base) => {
            let joined = url::Url::parse(base).and_then(|base| base.join(address));
            joined.ok().and_then(|url| web_key(url.as_str())).into_iter().collect()
        }
    }
}

/// The address of a link that leads out of the book; `None` where a file beside an article is meant.
pub(crate) fn outside(from: &Article, target: &str) -> Option<String> {
    match (url::Url::parse(target), &from.origin) {
        (Ok(_), _) => Some(target.to_owned()),
        (Err(_), Origin::Url(base)) => Some(url::Url::parse(base).ok()?.join(target).ok()?.to_string()),
        (Err(_), Origin::File { .. }) => target.starts_with("//").then(|| format!("https:{target}")),
    }
}

/// The key of an address of the web.
fn web_key(address: &str) -> Option<String> {
    Some(canonical(&web_address(address)?))
}

/// A relative path, from the folder of a file.
fn resolve_path(file: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_resolved_from_the_folder_of_the_article() {
        assert_eq!(resolve_path("a/b/one.md", "../two.md"), "a/two.md");
        assert_eq!(resolve_path("one.md", "./two.md"), "two.md");
        assert_eq!(resolve_path("one.md", "../../x.md"), "x.md");
    }

    #[test]
    fn the_same_page_has_the_same_key() {
        assert_eq!(web_key("http://example.com/a/#top"), web_key("https://example.com/a"));
        assert_ne!(web_key("https://example.com/a?x=1"), web_key("https://example.com/a?x=2"));
        assert_eq!(web_key("javascript:alert(1)"), None);
    }
}
