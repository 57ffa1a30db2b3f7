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
    let is_seen = |text: &NodeRef<'_>| {
        text.is_text() && text.parent().is_none_or(|parent| !matches!(name(&parent).as_str(), "script" | "style"))
    };
    tidy(&node.descendants_it().filter(is_seen).map(|text| text.text().to_string()).collect::<String>())
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
