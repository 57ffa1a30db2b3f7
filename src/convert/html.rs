//! The HTML of an article is brought to the elements that the parser of this room knows, by changes of its tree.
//!
//! | step | file |
//! |---|---|
//! | formulas of every kind become TeX | `formulas`, `mathml` |
//! | drawings become pictures, players what becomes a link | `embeds` |
//! | code becomes its text, with its language, without line numbers | `code` |
//! | links to notes become calls of footnotes | `notes` |
//! | captions, galleries, alerts, tasks, tables that are no tables | `shapes` |
//! | bold, italic and alignment by style become elements; two line ends a new paragraph | `styles` |
//! | what nests too deep loses its tags | this one |
//!
//! Then the whole is cleaned and sanitized, as the raw HTML of markdown is. Nothing here trusts the page: attributes by
//! which the rooms talk to each other are taken away first.

use std::collections::BTreeMap;

use dom_query::{Document, NodeRef};

use super::{clean, sanitize};
use crate::dom;

mod code;
mod embeds;
mod formulas;
mod mathml;
mod notes;
mod shapes;
mod styles;
#[cfg(test)]
mod tests;

/// How deep elements may nest; what is deeper loses its tags, never its text.
const DEEPEST: usize = 48;

/// Attributes that mean something to the parser.
const RESERVED: [&str; 9] = [
    "data-line",
    "data-soft",
    "data-call",
    "data-note",
    "data-task",
    "data-columns",
    "data-alert",
    "data-math",
    "data-media",
];

/// Elements that go with what they hold.
const DROPPED: &str = "script, style, template, button, select, textarea, input, noscript, dialog, link, meta, title";

/// HTML that [`super::parse`] can read.
pub(super) fn prepare(html: &str) -> String {
    let tree = Document::fragment(html);
    let root = tree.html_root();
    let comments: Vec<NodeRef<'_>> = root.descendants_it().filter(NodeRef::is_comment).collect();
    comments.iter().for_each(NodeRef::remove_from_parent);
    for node in dom::all(&root, "*") {
        node.remove_attrs(&RESERVED);
    }
    formulas::settle(&root);
    embeds::settle(&root);
    code::settle(&root);
    shapes::tasks(&root);
    for node in dom::all(&root, DROPPED) {
        node.remove_from_parent();
    }
    notes::settle(&root);
    shapes::settle(&root);
    styles::settle(&root);
    flatten(&root);
    let html = clean::clean(&root.inner_html());
    sanitize::sanitize(&html)
}

/// Takes the tags of what nests too deep.
fn flatten(root: &NodeRef<'_>) {
    let mut depths = BTreeMap::from([(root.id, 0_usize)]);
    let mut deep = Vec::new();
    // Parents come before their children.
    for node in root.descendants_it().filter(NodeRef::is_element) {
        let depth = node.parent().and_then(|parent| depths.get(&parent.id).copied()).unwrap_or(0) + 1;
        depths.insert(node.id, depth);
        if depth > DEEPEST && !matches!(dom::name(&node).as_str(), "img" | "br" | "code") {
            deep.push(node);
        }
    }
    deep.iter().rev().for_each(dom::unwrap);
}
