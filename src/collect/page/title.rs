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
        let same = |heading: &&String| {
            let heading = squeezed(heading);
            heading == whole
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
