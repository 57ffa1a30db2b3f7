//! Bare URLs: where they begin and end in text, and how they become links.

use std::ops::Range;

use crate::document::{Inline, InlineKind};

use super::nodes::{inline, text_inline};
use super::veil::STAR;

const SCHEMES: [&str; 3] = ["https://", "http://", "www."];

/// Whether a character may stand in a bare URL: not white space, and nothing full-width, which ends a URL in Chinese
/// text. Letters of other scripts, as browsers show them in paths, would be lost among Han text and end it too.
pub(super) fn is_url_character(c: char) -> bool {
    (c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '`' | '\\' | '^' | '{' | '}' | '|'))
        || ('\u{FDD0}'..='\u{FDD2}').contains(&c)
}

/// The byte ranges of the bare URLs in a text.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let starts = matches!(bytes[at], b'h' | b'w' | b'H' | b'W')
            && !(at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || matches!(bytes[at - 1], b'.' | b'/' | b'@')));
        let scheme = if starts {
            SCHEMES.iter().find(|scheme| {
                bytes.get(at..at + scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme.as_bytes()))
            })
        } else {
            None
        };
        let Some(scheme) = scheme else {
            at += 1;
            continue;
        };
        let end = end_of(text, at);
        if end > at + scheme.len() && is_host(&text[at + scheme.len()..end], *scheme == "www.") {
            found.push(at..end);
        }
        at = end.max(at + 1);
    }
    found
}

/// A host begins with a letter, digit or bracket; after `www.` it must have a dot.
fn is_host(rest: &str, needs_dot: bool) -> bool {
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[') && (!needs_dot || host.contains('.'))
}

fn end_of(text: &str, start: usize) -> usize {
    let (mut end, mut previous, mut depth) = (start, ' ', 0_i32);
    for (offset, c) in text[start..].char_indices() {
        if !is_url_character(c) || (c == STAR && previous == STAR) {
            break;
        }
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        // A bracket that closes what was opened before the URL is not part of it.
        if depth < 0 {
            break;
        }
        previous = c;
        end = start + offset + c.len_utf8();
    }
    text[start..end]
        .trim_end_matches(|c: char| {
            matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | '[' | ']' | '(')
                || ('\u{FDD0}'..='\u{FDD2}').contains(&c)
        })
        .len()
        + start
}

/// Turns the bare URLs of text into links, everywhere but inside links.
pub(super) fn link(inlines: Vec<Inline>) -> Vec<Inline> {
    let mut out = Vec::with_capacity(inlines.len());
    for mut node in inlines {
        match &mut node.kind {
            InlineKind::Text(text) => {
                let addresses = find(text);
                if addresses.is_empty() {
                    out.push(node);
                    continue;
                }
                let mut at = 0;
                for range in addresses {
                    if at < range.start {
                        out.push(text_inline(text[at..range.start].to_owned(), node.line));
                    }
                    let shown = &text[range.clone()];
                    let target = if shown.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("www.")) {
                        format!("http://{shown}")
                    } else {
                        shown.to_owned()
                    };
                    let content = vec![text_inline(shown.to_owned(), node.line)];
                    out.push(inline(InlineKind::Link { target, title: None, content }, node.line));
                    at = range.end;
                }
                if at < text.len() {
                    out.push(text_inline(text[at..].to_owned(), node.line));
                }
            }
            InlineKind::Link { .. } => out.push(node),
            kind => {
                if let Some(children) = kind.children_mut() {
                    *children = link(std::mem::take(children));
                }
                out.push(node);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        find(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn a_url_ends_before_full_width_punctuation_and_trailing_marks() {
        assert_eq!(
            found("见https://example.org/a_b?x=1。再看 (http://example.com/c)."),
            ["https://example.org/a_b?x=1", "http://example.com/c"]
        );
        assert_eq!(
            found("https://example.org/wiki/A_(b), www.example.com！"),
            ["https://example.org/wiki/A_(b)", "www.example.com"]
        );
        assert_eq!(found("http:// 与 www. 都不是"), Vec::<&str>::new());
    }
}
