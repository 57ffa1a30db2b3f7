//! Pictures of a page: which of the addresses that it gives is the real one.
//!
//! Pages load their pictures late: the address stands in an attribute of the site's own, in a list of sizes, or in a
//! `noscript` beside an empty picture. Here each `img` gets one `src` and loses the rest. A page that was saved has its
//! pictures beside it; those are taken before the ones on the web.

use std::collections::BTreeSet;

use dom_query::NodeRef;

use crate::dom;

use super::addresses::Base;

/// Where lazy loaders keep an address.
const LAZY: [&str; 11] = [
    "data-src",
    "data-original",
    "data-lazy-src",
    "data-actualsrc",
    "data-original-src",
    "data-hi-res-src",
    "data-full-src",
    "data-url",
    "data-echo",
    "data-croporisrc",
    "file",
];
const LAZY_SETS: [&str; 2] = ["data-srcset", "data-lazy-srcset"];

/// Gives every picture its real address.
pub(super) fn settle(content: &NodeRef<'_>, base: &Base) {
    settle_noscript(content, base);
    for image in dom::all(content, "img, amp-img") {
        image.rename("img");
        settle_one(&image, base);
    }
    for source in dom::all(content, "picture > source") {
        source.remove_from_parent();
    }
}

fn settle_one(image: &NodeRef<'_>, base: &Base) {
    if let Some(text) = emoji_of(image) {
        let text = image.tree.new_text(text);
        image.insert_before(&text);
        image.remove_from_parent();
        return;
    }
    match best(image, base) {
        Some(source) => {
            let whole = if base.is_saved(&source) { None } else { base.join(&source) };
            image.set_attr("src", whole.as_ref().map_or(source.as_str(), |url| url.as_str()));
        }
        None => {
            image.remove_from_parent();
            return;
        }
    }
    image.remove_attrs(&LAZY);
    image.remove_attrs(&LAZY_SETS);
    image.remove_attrs(&["srcset", "sizes"]);
}

/// The address of the picture that is to be shown.
fn best(image: &NodeRef<'_>, base: &Base) -> Option<String> {
    let own = dom::attribute(image, "src");
    if let Some(saved) = own.as_ref().filter(|source| base.is_saved(source) && !is_placeholder(source)) {
        return Some(saved.clone());
    }
    let lazy = || LAZY.iter().find_map(|key| dom::attribute(image, key)).filter(|address| is_address(address));
    let lazy_set = || LAZY_SETS.iter().find_map(|key| dom::largest(&dom::attribute(image, key)?));
    let set = || dom::largest(&dom::attribute(image, "srcset")?);
    let real = || own.clone().filter(|source| !is_placeholder(source));
    lazy().or_else(lazy_set).or_else(set).or_else(|| from_picture(image)).or_else(real).or_else(|| {
        // A drawing inside the address may be what is meant, when nothing else is.
        own.clone().filter(|source| source.starts_with("data:image/svg") && source.len() > 400)
    })
}

/// The largest picture of the `source` elements around an image, but for kinds that wenji cannot open.
fn from_picture(image: &NodeRef<'_>) -> Option<String> {
    let picture = image.parent().filter(|parent| dom::name(parent) == "picture")?;
    let sources = dom::all(&picture, "source");
    let readable =
        |source: &&NodeRef<'_>| source.attr("type").is_none_or(|kind| !kind.contains("avif") && !kind.contains("jxl"));
    sources
        .iter()
        .filter(readable)
        .find_map(|source| ["srcset", "data-srcset"].iter().find_map(|key| dom::largest(&dom::attribute(source, key)?)))
}

fn is_address(text: &str) -> bool {
    !text.contains(char::is_whitespace) && (text.contains('/') || text.contains('.'))
}

/// Whether an address is there to keep room until the real picture comes.
fn is_placeholder(source: &str) -> bool {
    let name = source.rsplit('/').next().unwrap_or(source).to_ascii_lowercase();
    let blank =
        ["blank.", "spacer.", "placeholder", "loading.", "lazy.", "transparent.", "grey.gif", "pixel.gif", "1x1."];
    (source.starts_with("data:") && (source.len() < 400 || source.starts_with("data:image/svg")))
        || blank.iter().any(|word| name.starts_with(word))
        || source == "about:blank"
}

/// What a `noscript` holds is shown by browsers without scripts: a picture that the page itself would load later.
fn settle_noscript(content: &NodeRef<'_>, base: &Base) {
    let own: Vec<NodeRef<'_>> = dom::all(content, "img").into_iter().filter(|image| !is_in_noscript(image)).collect();
    let shown: BTreeSet<String> = own
        .iter()
        .filter_map(|image| best(image, base))
        .filter_map(|source| Some(base.join(&source)?.to_string()))
        .collect();
    for noscript in dom::all(content, "noscript") {
        let images = dom::all(&noscript, "img");
        let Some(source) = images.first().and_then(|image| best(image, base)) else {
            noscript.remove_from_parent();
            continue;
        };
        let known = base.join(&source).is_some_and(|url| shown.contains(url.as_str()));
        let before = noscript.prev_element_sibling();
        let empty = before.and_then(|node| {
            let inner = if dom::name(&node) == "img" { Some(node) } else { dom::all(&node, "img").into_iter().next() };
            inner.filter(|image| best(image, base).is_none())
        });
        if known {
            noscript.remove_from_parent();
        } else {
            if let Some(empty) = empty {
                empty.remove_from_parent();
            }
            dom::unwrap(&noscript);
        }
    }
}

fn is_in_noscript(node: &NodeRef<'_>) -> bool {
    node.ancestors_it(None).any(|outer| dom::name(&outer) == "noscript")
}

/// The character for which a picture stands.
fn emoji_of(image: &NodeRef<'_>) -> Option<String> {
    let alt = dom::attribute(image, "alt")?;
    let class = dom::attribute(image, "class").unwrap_or_default();
    let is_emoji = ["emoji", "smiley", "twemoji"].iter().any(|word| class.contains(word));
    let short = alt.chars().count() <= 8 && !alt.is_ascii();
    (is_emoji && short).then_some(alt)
}

/// The picture that opens the article: the one that the page declares, unless it stands for the site, or the first
/// picture of the text is the same in another size.
pub(super) fn cover(content: &NodeRef<'_>, declared: &str, base: &Base) -> Option<String> {
    let whole = base.join(declared)?;
    if base.is_saved(declared) {
        return Some(declared.to_owned());
    }
    let name = whole.path().rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let of_site =
        ["logo", "favicon", "avatar", "placeholder", "default", "share-image", "og-image", "ogimage", "touch-icon"];
    let made =
        matches!(whole.host_str(), Some("opengraph.githubassets.com" | "repository-images.githubusercontent.com"));
    if made || of_site.iter().any(|word| name.contains(word)) || !matches!(whole.scheme(), "http" | "https") {
        return None;
    }
    let first = dom::all(content, "img").into_iter().find_map(|image| dom::attribute(&image, "src"));
    let same = first.is_some_and(|first| {
        // A browser saves a picture under its own name.
        let saved = base.is_saved(&first) && key_of(&first).1 == key_of(whole.as_str()).1;
        saved || first == whole.as_str() || same_picture(&first, whole.as_str())
    });
    (!same).then(|| whole.to_string())
}

/// Whether two addresses name one picture in two sizes: their names are equal but for the size.
fn same_picture(a: &str, b: &str) -> bool {
    let ((folder_a, a), (folder_b, b)) = (key_of(a), key_of(b));
    // A short name, such as `1`, names many pictures, but one in a folder.
    a == b && (folder_a == folder_b || a.chars().count() >= 6)
}

/// The folder and the name of a picture, without what only says its size.
fn key_of(address: &str) -> (String, String) {
    let decoded = percent_encoding::percent_decode_str(address).decode_utf8_lossy().into_owned();
    // Servers that resize take the address of the picture as the last part of their own.
    let bare = decoded.rsplit("://").next().unwrap_or_default().split(['?', '#']).next().unwrap_or_default().to_owned();
    let mut parts: Vec<&str> = bare.split('/').collect();
    // WeChat ends addresses with the size: /0, /640.
    let is_size = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    while parts.len() > 1 && parts.last().is_some_and(|last| is_size(last)) {
        parts.pop();
    }
    let name = parts.pop().unwrap_or_default();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let stem = stem.strip_suffix("-scaled").unwrap_or(stem);
    let without_size = stem.rsplit_once(['-', '_', '@']).filter(|(_, size)| {
        !size.is_empty() && size.chars().all(|c| c.is_ascii_digit() || matches!(c, 'x' | '*' | 'w' | 'h'))
    });
    (parts.join("/"), without_size.map_or(stem, |(stem, _)| stem).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use dom_query::Document;
    use url::Url;

    fn sources(html: &str) -> Vec<String> {
        let tree = Document::from(html);
        let body = tree.body().expect("a body");
        settle(&body, &Base::of_address(&Url::parse("https://a.example/x/y.html").expect("an address")));
        dom::all(&body, "img").iter().filter_map(|image| dom::attribute(image, "src")).collect()
    }

    #[test]
    fn the_real_address_is_found_wherever_pages_keep_it() {
        let blank = "data:image/gif;base64,R0lGODlhAQABAAAAACw=";
        for (html, source) in [
            (format!("<img src='{blank}' data-src='/p.jpg'>"), "https://a.example/p.jpg"),
            (format!("<img src='{blank}' data-original='//b.example/p.jpg'>"), "https://b.example/p.jpg"),
            ("<img src=s.jpg srcset='s.jpg 300w, m.jpg 1200w, h.jpg 9000w'>".into(), "https://a.example/x/m.jpg"),
            ("<img srcset='a,b.jpg 1x, c,d.jpg 2x'>".into(), "https://a.example/x/c,d.jpg"),
            (
                "<picture><source type=image/avif srcset=p.avif><source type=image/webp srcset='p.webp 800w'><img src=blank.gif></picture>".into(),
                "https://a.example/x/p.webp",
            ),
            (format!("<img src='{blank}' class=lazy><noscript><img src='n.jpg'></noscript>"), "https://a.example/x/n.jpg"),
            ("<img data-src=p.jpg><noscript><img src=p.jpg></noscript>".into(), "https://a.example/x/p.jpg"),
        ] {
            assert_eq!(sources(&html), [source], "{html}");
        }
        assert!(sources("<noscript><p>请打开脚本</p></noscript><img src=blank.gif>").is_empty());
        let tree = Document::from("<p>好<img class=emoji alt=😀 src=e.png>的</p>");
        let body = tree.body().expect("a body");
        settle(&body, &Base::of_address(&Url::parse("https://a.example/").expect("an address")));
        assert_eq!(dom::line(&body), "好😀的");
    }

    #[test]
    fn the_cover_is_left_out_when_the_text_begins_with_the_same_picture() {
        for (a, b) in [
            ("https://a.example/river-bank-1024x683.jpg", "https://a.example/river-bank-scaled.jpg"),
            ("https://a.example/up/clock-scaled.jpg", "https://a.example/up/clock-1024x683.jpg"),
            (
                "https://mmbiz.qpic.cn/mmbiz_jpg/AbCdEf123/0?wx_fmt=jpeg",
                "https://mmbiz.qpic.cn/mmbiz_jpg/AbCdEf123/640",
            ),
            ("https://i.example/resize:fit:1200/1*abcdef.png", "https://i.example/resize:fit:700/1*abcdef.png"),
        ] {
            assert!(same_picture(a, b), "{a} {b}");
        }
        assert!(!same_picture("https://a.example/image-one.jpg", "https://a.example/image-two.jpg"));
        assert!(!same_picture("https://a.example/1/a.jpg", "https://a.example/2/a.jpg"));
    }
}
