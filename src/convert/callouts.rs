//! Callouts, `> [!warning]- Title`, become alerts or quotations under their title. The markdown parser knows five of them, without titles.

use dom_query::NodeRef;

use super::escape::escape;
use crate::dom::{all, name};

/// The alert of a callout's kind; empty for a quotation.
fn alert(kind: &str) -> Option<&'static str> {
    Some(match kind.to_ascii_lowercase().as_str() {
        "note" | "info" | "todo" | "abstract" | "summary" | "tldr" | "example" => "note",
        "tip" | "hint" | "success" | "check" | "done" => "tip",
        "important" => "important",
        "warning" | "attention" | "question" | "help" | "faq" => "warning",
        "caution" | "danger" | "error" | "bug" | "failure" | "fail" | "missing" => "caution",
        "quote" | "cite" => "",
        _ => return None,
    })
}

/// Brings every callout below a node to what the parser of this room knows.
pub(super) fn settle(root: &NodeRef<'_>) {
    all(root, "blockquote").iter().for_each(callout);
}

/// Takes the mark of a callout from a quotation, and makes its title a paragraph.
fn callout(quotation: &NodeRef<'_>) {
    let Some(paragraph) = quotation.children_it(false).find(NodeRef::is_element) else { return };
    let Some(first) = paragraph.first_child().filter(NodeRef::is_text) else { return };
    if name(&paragraph) != "p" || quotation.has_attr("data-alert") {
        return;
    }
    let text = first.text();
    let Some((kind, rest)) = text.trim_start().strip_prefix("[!").and_then(|rest| rest.split_once(']')) else { return };
    let Some(alert) = alert(kind) else { return };
    let mut title = escape(rest.trim_start_matches(['+', '-']).trim());
    first.remove_from_parent();
    for node in paragraph.children() {
        node.remove_from_parent();
        if name(&node) == "br" {
            break;
        }
        title.push_str(&node.html());
    }
    if !title.trim().is_empty() {
        let line =
            paragraph.attr("data-line").map(|line| format!(" data-line=\"{}\"", escape(&line))).unwrap_or_default();
        paragraph.before_html(format!("<p{line}><strong>{title}</strong></p>"));
    }
    if paragraph.first_child().is_none() {
        paragraph.remove_from_parent();
    }
    if !alert.is_empty() {
        quotation.set_attr("data-alert", alert);
    }
}
