//! The title of a page: what it declares, without the name of its site, compared with what a reader sees above the text.

use dom_query::{Document, NodeRef};
use url::Url;

use crate::dom;

/// What stands between a title and the name of its site. Those of the second list stand inside titles too.
const SURE: [&str; 6] = [" | ", "｜", " _ ", "_", " » ", "|"];
const UNSURE: [&str; 7] = [" - ", " – ", " — ", " · ", " • ", " : ", "-"];

/// A title without the name of the site around it: `host` names the site too.
pub(in crate::collect) fn without_site(title: &str, site: Option<&str>, host: &str) -> String {
    let mut title = title.trim().to_owned();
    for _ in 0..3 {
        let shorter = SURE
            .iter()
            .map(|between| (between, true))
            .chain(UNSURE.iter().map(|between| (between, false)))
            .find_map(|(between, sure)| shorten(&title, between, sure, site, host));
        match shorter {
            Some(shorter) => title = shorter,
            None => break,
        }
    }
    title
}

fn shorten(title: &str, between: &str, sure: bool, site: Option<&str>, host: &str) -> Option<String> {
    let (head, tail) = title.rsplit_once(between)?;
    let (head, tail) = (head.trim(), tail.trim());
    if names_site(tail, site, host) || (sure && head.chars().count() >= 4 && tail.chars().count() <= 24) {
        return Some(head.to_owned()).filter(|head| !head.is_empty());
    }
    // Some sites put their name first.
    let (first, rest) = title.split_once(between)?;
    (names_site(first.trim(), site, host) && !rest.trim().is_empty()).then(|| rest.trim().to_owned())
}

/// Whether a part of a title is the name of the site, or of its host.
fn names_site(part: &str, site: Option<&str>, host: &str) -> bool {
    let part = squeezed(part);
    let named = site.map(squeezed).filter(|site| !site.is_empty());
    let by_name = named.is_some_and(|site| part == site || (site.chars().count() >= 2 && part.contains(&site)));
    let mut labels = host.split('.').filter(|label| label.len() > 3 && !matches!(*label, "blog" | "news"));
    let by_host = part == squeezed(host) || labels.any(|label| part == squeezed(label));
    !part.is_empty() && (by_name || by_host)
}

/// Letters and digits alone, in lower case: what must be equal for two titles to be the same.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The title of the page: a heading that the text begins with, a heading that says what the page declares, what it
/// declares, any heading.
pub(super) fn of(
    tree: &Document,
    content: &NodeRef<'_>,
    site: Option<&str>,
    declared: Option<String>,
    address: Option<&Url>,
) -> Option<String> {
    if let Some(heading) = opening_heading(content) {
        return Some(heading);
    }
    let host = address.and_then(Url::host_str).unwrap_or_default();
    let headings: Vec<String> =
        tree.select("h1").nodes().iter().map(dom::line).filter(|text| !text.is_empty()).collect();
    if let Some(declared) = &declared {
        let whole = squeezed(declared);
        let others = tree.select("h2, h3");
        let is_other = |tail: &str| others.nodes().iter().any(|other| squeezed(&other.text()) == squeezed(tail));
        // A short heading may be the name of the site, and the title stand below it.
        let is_before_site = |heading: &str| {
            let tail = declared.strip_prefix(heading).unwrap_or_default();
            let between =
                SURE.iter().chain(&UNSURE[..UNSURE.len() - 1]).find_map(|between| tail.strip_prefix(*between));
            between.is_some_and(|tail| !is_other(tail)) && !names_site(heading, site, host)
        };
        let same = |shown: &&String| {
            let heading = squeezed(shown);
            heading == whole
                || is_before_site(shown)
                || (heading.chars().count() >= 4 && (whole.starts_with(&heading) || heading.starts_with(&whole)))
        };
        // The longer of two: pages cut what they declare.
        if let Some(heading) = headings.iter().find(same) {
            let is_cut = declared.ends_with('…') || declared.ends_with("...");
            return Some(if heading.len() < declared.len() || is_cut { heading.clone() } else { declared.clone() });
        }
    }
    let first = headings.into_iter().find(|heading| !names_site(heading, site, host));
    declared
        .or(first)
        .or_else(|| dom::all(content, "h1, h2, h3").first().map(dom::line).filter(|text| !text.is_empty()))
}

/// A heading of the first level with which the text begins.
fn opening_heading(content: &NodeRef<'_>) -> Option<String> {
    let mut shown = content.descendants_it().filter(|node| node.is_text() && !node.text().trim().is_empty());
    let first = shown.find(|node| !node.ancestors_it(None).any(|outer| is_unseen(&outer)))?;
    let heading = first.ancestors_it(None).find(|outer| dom::name(outer) == "h1")?;
    if !dom::is_in(&heading, content) {
        return None;
    }
    Some(dom::line(&heading)).filter(|text| !text.is_empty())
}

fn is_unseen(node: &NodeRef<'_>) -> bool {
    matches!(dom::name(node).as_str(), "script" | "style" | "noscript" | "template" | "nav" | "button")
}

/// Takes the title out of the text, where it stands above it.
pub(super) fn remove_repeated(content: &NodeRef<'_>, title: &str) {
    let title = squeezed(title);
    let headings = dom::all(content, "h1, h2, h3");
    if let Some(heading) = headings.iter().take(2).find(|heading| squeezed(&heading.text()) == title)
        && !title.is_empty()
    {
        heading.remove_from_parent();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_heading_is_the_title_when_the_names_of_the_site_follow_it() {
        let title = |declared: &str, page: &str| {
            let tree = Document::from(format!("<body>{page}<div><p>雨停了。</p></div>"));
            let content = dom::first(&tree, "div").expect("the text");
            of(&tree, &content, None, Some(declared.to_owned()), None).unwrap_or_default()
        };
        assert_eq!(title("桥与河 - 老周 - 博客园", "<h1>桥与河</h1>"), "桥与河");
        assert_eq!(title("雨_江边", "<h1>雨</h1>"), "雨");
        assert_eq!(title("雨-夜", "<h1>雨</h1>"), "雨-夜");
        assert_eq!(title("江边 - 桥与河", "<h1>江边</h1><h2>桥与河</h2>"), "江边 - 桥与河");
    }

    #[test]
    fn the_name_of_the_site_goes_from_either_end_and_nothing_else_does() {
        for (title, site, host, expected) in [
            ("山中来信 - 江边", Some("江边"), "", "山中来信"),
            ("山中来信_文化频道_江城网", None, "", "山中来信"),
            ("山中来信 | 江边", None, "", "山中来信"),
            ("江边 - 山中来信", Some("江边"), "", "山中来信"),
            ("Slow letters – The River", Some("The River"), "", "Slow letters"),
            ("Slow letters - riverside", None, "www.riverside.example", "Slow letters"),
            ("C - 一门语言", Some("江边"), "", "C - 一门语言"),
            ("上海-苏州之间", None, "", "上海-苏州之间"),
        ] {
            assert_eq!(without_site(title, site, host), expected, "{title}");
        }
    }
}
