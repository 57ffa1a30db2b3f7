//! What the rooms that read HTML ask of its tree.

use dom_query::{Document, NodeRef};

use crate::book::tidy;

/// The name of an element; empty for other nodes.
pub(crate) fn name(node: &NodeRef<'_>) -> String {
    if node.is_element() { node.node_name().map(|name| name.to_string()).unwrap_or_default() } else { String::new() }
}

/// An attribute that says something.
pub(crate) fn attribute(node: &NodeRef<'_>, name: &str) -> Option<String> {
    node.attr(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// The elements that are blocks: each is a line or several of its own. In the order of the alphabet.
#[rustfmt::skip]
const BLOCKS: [&str; 39] = [
    "address", "article", "aside", "blockquote", "caption", "center", "dd", "details", "div", "dl", "dt", "figcaption", "figure",
    "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "li", "main", "nav", "ol", "p", "pre", "section",
    "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
];

/// Whether an element is a block.
pub(crate) fn is_block(name: &str) -> bool {
    BLOCKS.binary_search(&name).is_ok()
}

/// The first element that a selector finds in the document.
pub(crate) fn first<'a>(tree: &'a Document, selector: &str) -> Option<NodeRef<'a>> {
    tree.select(selector).nodes().first().copied()
}

/// The elements that a selector finds below a node, in their order.
pub(crate) fn all<'a>(node: &NodeRef<'a>, selector: &str) -> Vec<NodeRef<'a>> {
    dom_query::Selection::from(*node).select(selector).nodes().to_vec()
}

/// The text of a node as one line.
pub(crate) fn line(node: &NodeRef<'_>) -> String {
    tidy(&node.text())
}

/// The text of a node that is no script or style, as one line.
pub(crate) fn visible_line(node: &NodeRef<'_>) -> String {
    tidy(&node.descendants_it().filter(is_seen).map(|text| text.text().to_string()).collect::<String>())
}

/// The text of a node that is no script or style, as one line, unless it has more characters than `most`: then not all
/// of it is looked at.
pub(crate) fn short_line(node: &NodeRef<'_>, most: usize) -> Option<String> {
    let mut text = String::new();
    let mut length = 0;
    for piece in node.descendants_it().filter(is_seen) {
        let piece = piece.text();
        length += piece.split_whitespace().map(|word| word.chars().count()).sum::<usize>();
        if length > most {
            return None;
        }
        text.push_str(&piece);
    }
    Some(tidy(&text)).filter(|line| line.chars().count() <= most)
}

fn is_seen(text: &NodeRef<'_>) -> bool {
    text.is_text() && text.parent().is_none_or(|parent| !matches!(name(&parent).as_str(), "script" | "style"))
}

/// The words of an element's class, id and role: `post-relatedPosts` is post, related, posts.
pub(crate) fn words(node: &NodeRef<'_>) -> Vec<String> {
    let mut words = Vec::new();
    for key in ["class", "id", "data-testid", "data-component-name", "role"] {
        let Some(value) = node.attr(key) else { continue };
        let mut word = String::new();
        let mut last_lower = false;
        for c in value.chars().chain([' ']) {
            let begins = c.is_ascii_uppercase() && last_lower;
            if (!c.is_alphanumeric() || begins) && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            if c.is_alphanumeric() {
                word.extend(c.to_lowercase());
            }
            last_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        }
    }
    words
}

/// How many characters of a node's text are no white space.
pub(crate) fn length(node: &NodeRef<'_>) -> usize {
    node.text().chars().filter(|c| !c.is_whitespace()).count()
}

/// Which part of a node's text stands in links, from 0 to 1.
pub(crate) fn link_density(node: &NodeRef<'_>) -> f32 {
    let whole = length(node);
    if whole == 0 {
        return 0.0;
    }
    let linked: usize = all(node, "a").iter().map(length).sum();
    linked as f32 / whole as f32
}

/// Replaces an element by what it holds.
pub(crate) fn unwrap(node: &NodeRef<'_>) {
    for child in node.children() {
        node.insert_before(&child);
    }
    node.remove_from_parent();
}

/// Whether a node stands in another, or is it.
pub(crate) fn is_in(node: &NodeRef<'_>, outer: &NodeRef<'_>) -> bool {
    node.id == outer.id || node.ancestors_it(None).any(|ancestor| ancestor.id == outer.id)
}

/// A picture wider than this, in pixels, is more than a book needs.
const WIDEST: f64 = 2400.0;

/// The largest candidate of a `srcset` that is no wider than a book needs (HTML, *Parsing a srcset attribute*).
pub(crate) fn largest(set: &str) -> Option<String> {
    let mut best: Option<(bool, f64, String)> = None;
    for (address, size) in candidates(set) {
        // Among the sizes that are too large, the least.
        let fits = size <= WIDEST;
        let rank = if fits { size } else { -size };
        if best.as_ref().is_none_or(|(other_fits, other, _)| (fits, rank) > (*other_fits, *other)) {
            best = Some((fits, rank, address));
        }
    }
    best.map(|(.., address)| address)
}

/// Addresses with their widths, or their densities times a page. Addresses may hold commas.
fn candidates(set: &str) -> Vec<(String, f64)> {
    let mut found = Vec::new();
    let mut rest = set.trim_start_matches([',', ' ', '\n', '\t']);
    while !rest.is_empty() {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (address, after) = rest.split_at(end);
        let (descriptor, next) =
            if address.ends_with(',') { ("", after) } else { after.split_once(',').unwrap_or((after, "")) };
        let number = |unit: char| descriptor.trim().strip_suffix(unit).and_then(|number| number.parse::<f64>().ok());
        let size = number('w').or_else(|| number('x').map(|density| density * 700.0)).unwrap_or(700.0);
        let address = address.trim_end_matches(',');
        if !address.is_empty() && !address.starts_with("data:") {
            found.push((address.to_owned(), size));
        }
        rest = next.trim_start_matches([',', ' ', '\n', '\t', '\r']);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_candidate_of_a_set_is_found_however_it_is_written() {
        for (set, address) in [
            ("a.jpg 1x,b.jpg 2x", "b.jpg"),
            ("a,1.jpg 300w, b,2.jpg 1200w, c.jpg 9000w", "b,2.jpg"),
            ("a.jpg, b.jpg 2x", "b.jpg"),
            ("only.jpg", "only.jpg"),
        ] {
            assert_eq!(largest(set).as_deref(), Some(address), "{set}");
        }
        assert_eq!(largest(" , "), None);
    }
}
