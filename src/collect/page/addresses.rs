//! The addresses in an article become whole.

use std::collections::BTreeSet;

use dom_query::{Document, NodeRef};
use url::Url;

use crate::book::Origin;
use crate::collect::obtain::Arrival;
use crate::dom;

use super::web_url;

/// What relative addresses of a page are relative to.
#[derive(Debug, Clone, Default)]
pub(in crate::collect) struct Base {
    /// The address of the page.
    page: Option<Url>,
    /// The address against which links are resolved, which `<base>` may change.
    links: Option<Url>,
    /// For a saved page, the folder in which it lies.
    folder: Option<std::path::PathBuf>,
    /// For a page that was saved in one file, the addresses of the pictures in it.
    pictures: BTreeSet<String>,
}

impl Base {
    /// The base of a page: where it came from; for a saved one, what it says of itself.
    pub(super) fn of_page(tree: &Document, text: &str, arrival: &Arrival) -> Self {
        let page = arrival.address.clone().or_else(|| saved_from(tree, text));
        let declared = dom::first(tree, "base[href]").and_then(|node| dom::attribute(&node, "href"));
        let links = declared.and_then(|href| match &page {
            Some(page) => page.join(&href).ok(),
            None => web_url(&href),
        });
        let folder = match &arrival.origin {
            Origin::File { path, .. } => Some(path.parent().map(std::path::Path::to_owned).unwrap_or_default()),
            Origin::Url(_) => None,
        };
        Self { links: links.or_else(|| page.clone()), page, folder, pictures: BTreeSet::new() }
    }

    /// The base of an article that came in a feed or an archive, with its address.
    pub(in crate::collect) fn of_address(address: &Url) -> Self {
        Self { page: Some(address.clone()), links: Some(address.clone()), ..Self::default() }
    }

    /// Pictures came with the page.
    pub(super) fn with_pictures(self, pictures: BTreeSet<String>) -> Self {
        Self { pictures, ..self }
    }

    /// The address of the page, when it is known.
    pub(in crate::collect) fn page(&self) -> Option<&Url> {
        self.page.as_ref()
    }

    /// A reference as a whole address; `None` when it has no base.
    pub(in crate::collect) fn join(&self, reference: &str) -> Option<Url> {
        let reference = reference.trim();
        match &self.links {
            Some(base) => base.join(reference).ok(),
            None if reference.starts_with("//") => Url::parse(&format!("https:{reference}")).ok(),
            None => Url::parse(reference).ok(),
        }
    }

    /// Whether a reference names what was saved beside the page, or in its file.
    pub(super) fn is_saved(&self, reference: &str) -> bool {
        if self.pictures.contains(reference) {
            return true;
        }
        let Some(folder) = &self.folder else { return false };
        if reference.is_empty() || reference.starts_with(['/', '#']) || reference.contains(':') {
            return false;
        }
        let bare = reference.split(['?', '#']).next().unwrap_or(reference);
        let decoded = percent_encoding::percent_decode_str(bare).decode_utf8_lossy();
        folder.join(bare).is_file() || folder.join(&*decoded).is_file() || folder.join(reference).is_file()
    }
}

/// The address that a browser writes into a page that it saves, else the one that the page declares.
fn saved_from(tree: &Document, text: &str) -> Option<Url> {
    const MARK: &str = "saved from url=(";
    const WITHIN: usize = 2_000;
    let head: String = text.chars().take(WITHIN).collect();
    let noted = head.split_once(MARK).and_then(|(_, rest)| rest.split_once(')')).and_then(|(_, rest)| {
        let address = rest.split(|c: char| c.is_whitespace() || c == '>').next()?;
        web_url(address.trim_end_matches("--"))
    });
    let single_file = || {
        let (_, rest) = head.split_once("Page saved with SingleFile")?;
        web_url(rest.split_once("url:")?.1.split_whitespace().next()?)
    };
    let declared = || {
        let link = dom::first(tree, "link[rel~=canonical][href]").and_then(|node| dom::attribute(&node, "href"));
        let meta =
            || dom::first(tree, "meta[property='og:url'][content]").and_then(|node| dom::attribute(&node, "content"));
        link.or_else(meta).and_then(|address| web_url(&address))
    };
    noted.or_else(single_file).or_else(declared)
}

/// Makes the addresses of links and players whole. A link inside the page stays one when its target is in the
/// article, and leads to the page itself when it is not.
pub(super) fn settle(content: &NodeRef<'_>, base: &Base) {
    let ids: BTreeSet<String> = content
        .descendants_it()
        .flat_map(|node| [dom::attribute(&node, "id"), dom::attribute(&node, "name")])
        .flatten()
        .collect();
    for link in dom::all(content, "a[href]") {
        let Some(href) = dom::attribute(&link, "href") else { continue };
        if let Some(fragment) = own_fragment(&href, base) {
            let decoded = percent_encoding::percent_decode_str(&fragment).decode_utf8_lossy().into_owned();
            // GitHub names headings otherwise than its links do.
            let prefixed = format!("user-content-{decoded}");
            if let Some(id) = [fragment.clone(), decoded, prefixed].into_iter().find(|id| ids.contains(id)) {
                link.set_attr("href", &format!("#{id}"));
                continue;
            }
            match base.page() {
                Some(page) => {
                    let mut address = page.clone();
                    address.set_fragment(Some(&fragment).filter(|fragment| !fragment.is_empty()).map(String::as_str));
                    link.set_attr("href", address.as_str());
                }
                None => link.remove_attr("href"),
            }
        } else if let Some(address) = base.join(&href).map(direct) {
            link.set_attr("href", address.as_str());
        }
    }
    for player in dom::all(content, "iframe, embed, object, video, audio, source, track") {
        for key in ["src", "data-src", "data", "poster"] {
            let reference = dom::attribute(&player, key).filter(|reference| !base.is_saved(reference));
            if let Some(address) = reference.and_then(|reference| base.join(&reference)) {
                player.set_attr(key, address.as_str());
            }
        }
    }
}

/// The fragment of a link that leads into its own page.
fn own_fragment(href: &str, base: &Base) -> Option<String> {
    if let Some(fragment) = href.strip_prefix('#') {
        return Some(fragment.to_owned());
    }
    let target = base.join(href)?;
    let mut bare = target.clone();
    bare.set_fragment(None);
    let mut page = base.page()?.clone();
    page.set_fragment(None);
    target.fragment().filter(|_| bare == page).map(str::to_owned)
}

/// Where an address leads that only counts who follows it.
fn direct(address: Url) -> Url {
    const COUNTERS: [(&str, &str); 5] = [
        ("link.zhihu.com", "target"),
        ("link.juejin.cn", "target"),
        ("www.jianshu.com", "to"),
        ("www.google.com", "url"),
        ("l.facebook.com", "u"),
    ];
    let host = address.host_str().unwrap_or_default();
    let key = COUNTERS.iter().find(|(counter, _)| host == *counter).map(|(_, key)| *key);
    let target = key.and_then(|key| {
        address
            .query_pairs()
            .find(|(name, _)| name == key || (key == "url" && name == "q"))
            .and_then(|(_, value)| web_url(&value))
    });
    target.unwrap_or(address)
}
