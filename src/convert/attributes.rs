//! Attributes that pandoc writes behind text, `[text]{.class}`, `![](a.png){width="50%"}`, and the fences of its divisions.
//! They say how something looked elsewhere, and are no text here.

use std::sync::LazyLock;

use regex::Regex;

use super::flow::Flow;
use crate::document::{Inline, InlineKind};

/// A list of attributes: classes, a name, keys with quoted values.
static ATTRIBUTES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^\{\s*(?:[.#][A-Za-z][\w:.-]*|[A-Za-z][\w-]*="[^"{}]*")(?:\s+(?:[.#][A-Za-z][\w:.-]*|[A-Za-z][\w-]*="[^"{}]*"))*\s*\}"#)
        .expect("the pattern is a constant, and the tests compile it")
});

/// No list of attributes is longer than this, in characters.
const LONGEST: usize = 300;

/// The line of a fence: `::: {.note}`, `::: section`, `:::`.
static FENCE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s{0,3}:{3,}\s*(?:\{[^{}]*\}|[A-Za-z][\w-]*)?\s*:*\s*$")
        .expect("the pattern is a constant, and the tests compile it")
});

/// Whether a line is a fence of a division.
pub(super) fn is_fence(line: &str) -> bool {
    line.trim_start().starts_with(":::") && FENCE.is_match(line)
}

/// Takes attributes out that stand behind links, at every level of a paragraph.
pub(super) fn drop_behind_links(inlines: &mut [Inline]) {
    let mut behind_link = false;
    for inline in inlines {
        if let InlineKind::Text(text) = &mut inline.kind
            && behind_link
            && let Some(found) = ATTRIBUTES.find(text)
        {
            *text = text[found.end()..].to_owned();
        }
        behind_link = matches!(inline.kind, InlineKind::Link { .. });
        if let Some(children) = inline.kind.children_mut() {
            drop_behind_links(children);
        }
    }
}

/// Takes attributes out of a text: those behind brackets, with the brackets, and those behind a picture or code.
pub(super) fn drop(flow: &mut Flow) {
    if !flow.cells.iter().any(|cell| cell.c == '{') {
        return;
    }
    let mut dropped = vec![false; flow.cells.len()];
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    while at < flow.cells.len() {
        let cell = flow.cells[at];
        let behind = at.checked_sub(1).map(|before| flow.cells[before]);
        match cell.c {
            '[' if !cell.fixed => open.push(at),
            ']' if !cell.fixed => {
                let start = open.pop();
                if let (Some(start), Some(length)) = (start, length(flow, at + 1)) {
                    dropped[start] = true;
                    dropped[at..=at + length].fill(true);
                    at += length;
                }
            }
            // What is fixed already is no text: a picture, code.
            '{' if behind.is_some_and(|behind| behind.fixed && behind.leaf == usize::MAX) => {
                if let Some(length) = length(flow, at) {
                    dropped[at..at + length].fill(true);
                    at += length - 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    let mut dropped = dropped.into_iter();
    flow.cells.retain(|_| !dropped.next().unwrap_or(false));
}

/// The length of the attributes that begin at a place, in characters.
fn length(flow: &Flow, at: usize) -> Option<usize> {
    let rest = flow.cells.get(at..).filter(|rest| rest.first().is_some_and(|cell| cell.c == '{'))?;
    let text: String = rest.iter().take(LONGEST).map(|cell| if cell.c == '\n' { ' ' } else { cell.c }).collect();
    Some(ATTRIBUTES.find(&text)?.as_str().chars().count())
}

#[cfg(test)]
mod tests {
    use super::super::tests::xhtml;

    #[test]
    fn what_pandoc_says_of_looks_is_no_text() {
        for (markdown, shown) in [
            ("[重点]{.underline}，[小字]{.smallcaps lang=\"zh\"}完", "<p>重点，小字完</p>"),
            ("[甲*乙*]{#x .y}丙", "<p>甲<em class=\"dots\">乙</em>丙</p>"),
            ("`a`{.rust}是码", "<p><code>a</code>是码</p>"),
            ("[网](https://example.org/){.external}上", "<p><a href=\"https://example.org/\">网</a>上</p>"),
            ("::: {#main .section}\n一段。\n:::\n\n::::: note\n二段。\n:::::", "<p>一段。</p>\n<p>二段。</p>"),
            ("集合{a, b}与[1]{x}和{.y}", "<p>集合{a, b}与[1]{x}和{.y}</p>"),
        ] {
            assert_eq!(xhtml(markdown), shown, "{markdown}");
        }
    }
}
