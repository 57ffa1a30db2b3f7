//! Lines of a hard-wrapped paragraph that only look like the start of a list, a heading, a quotation or a rule.
//!
//! A converter that wraps text breaks at spaces, and what follows the space may be `- `, `1. ` or `#`. Markdown ends the
//! paragraph there. The context decides: a line is a wrapped one when the line before is full, which means that its first word
//! would not have fitted there, holds full-width text, and does not end a sentence.

use super::attributes;
use super::clean::{columns, is_wide};

/// Lines shorter than this many columns are not taken for wrapped.
const SHORTEST: usize = 56;

/// Escapes the marks of wrapped lines, and keeps a rule below a paragraph from making it a heading.
pub(super) fn restore(markdown: &str) -> String {
    let lines: Vec<&str> = markdown.split('\n').collect();
    let mut out = String::with_capacity(markdown.len() + 64);
    let mut fence: Option<(char, usize)> = None;
    let mut paragraph = 0;
    for (index, line) in lines.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let trimmed = line.trim();
        let here = fence_of(trimmed);
        if let Some((mark, length)) = fence {
            if here.is_some_and(|(other, count)| other == mark && count >= length)
                && trimmed.trim_matches(mark).is_empty()
            {
                fence = None;
            }
            out.push_str(line);
            continue;
        }
        if here.is_some() {
            fence = here;
            paragraph = 0;
            out.push_str(line);
            continue;
        }
        if attributes::is_fence(line) {
            paragraph = 0;
            continue;
        }
        let before = index.checked_sub(1).map_or("", |before| lines[before].trim());
        let after = lines.get(index + 1).map_or("", |after| after.trim());
        match restored(line, paragraph, before, after) {
            Some(text) => {
                out.push_str(&text);
                paragraph += 1;
            }
            None => {
                out.push_str(line);
                paragraph = if trimmed.is_empty() || !continues(line, paragraph) { 0 } else { paragraph + 1 };
            }
        }
    }
    out
}

/// The mark of a fence of code that a line without its indent is, and how many there are.
pub(super) fn fence_of(line: &str) -> Option<(char, usize)> {
    let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = line.chars().take_while(|c| *c == mark).count();
    (length >= 3 && !(mark == '`' && line[length..].contains('`'))).then_some((mark, length))
}

/// Whether a line is text of a paragraph at the top of the article.
fn continues(line: &str, paragraph: usize) -> bool {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let text = line.trim_start();
    if paragraph == 0 && (indent >= 4 || line.starts_with('\t')) {
        return false;
    }
    mark_of(text).is_none() && !text.starts_with(['|', '<'])
}

/// The byte before which a backslash makes the start of a line text; `None` when it is text already.
fn mark_of(text: &str) -> Option<usize> {
    let spaced = |at: usize| text[at..].is_empty() || text[at..].starts_with([' ', '\t']);
    let hashes = text.bytes().take_while(|b| *b == b'#').count();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    match text.as_bytes().first()? {
        b'-' | b'+' | b'*' if spaced(1) => Some(0),
        b'#' if hashes <= 6 && spaced(hashes) => Some(0),
        b'>' => Some(0),
        b'=' if text.trim_end().bytes().all(|b| b == b'=') => Some(0),
        b'-' if text.trim_end().bytes().all(|b| b == b'-') => Some(0),
        b':' if spaced(1) => Some(0),
        _ if (1..10).contains(&digits) && text[digits..].starts_with(['.', ')']) && spaced(digits + 1) => Some(digits),
        _ => None,
    }
}

fn restored(line: &str, paragraph: usize, before: &str, after: &str) -> Option<String> {
    let text = line.trim_start();
    let indent = line.len() - text.len();
    // pulldown-cmark takes any colon for a definition's; one without a space is a smiley or the rest of a wrapped line.
    if text.starts_with(':') && indent < 4 && mark_of(text).is_none() && (paragraph > 0 || before.is_empty()) {
        return Some(format!("{}\\{text}", &line[..indent]));
    }
    let at = mark_of(text).filter(|_| paragraph > 0)?;
    let all_dashes = text.trim_end().len() >= 2 && text.trim_end().bytes().all(|b| b == b'-');
    let sentence = ends_sentence(before);
    if all_dashes && before.chars().any(is_wide) && (paragraph > 1 || sentence || columns(before) >= SHORTEST) {
        // `***` is a rule also right below a paragraph.
        return Some("***".to_owned());
    }
    let wrapped = before.chars().any(is_wide) && columns(before) >= SHORTEST && !sentence && indent < 4;
    if !wrapped || begins_list(text, after) {
        return None;
    }
    Some(format!("{}{}\\{}", &line[..indent], &text[..at], &text[at..]))
}

/// Whether a text ends a sentence or announces what follows.
fn ends_sentence(text: &str) -> bool {
    let text = text.trim_end_matches(['”', '’', '"', '』', '」', '）', ')', '*', '_', ' ']);
    text.ends_with(['。', '！', '？', '：', '；', '…', '.', '!', '?', ':', ';'])
}

/// Whether the next line has a mark of the same kind, as the items of a list have.
fn begins_list(text: &str, after: &str) -> bool {
    let kind = |text: &str| {
        mark_of(text)
            .map(|at| if at > 0 { '1' } else { text.chars().next().unwrap_or(' ') })
            .filter(|c| matches!(c, '-' | '+' | '*' | '1' | '>' | '#'))
    };
    kind(text).is_some() && kind(text) == kind(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = "这一行文字写得很长很长，长到了换行程序不得不在空格的地方把它断开为止，争论到达高潮";

    #[test]
    fn a_mark_after_a_full_line_is_text() {
        for mark in ["- 一方主张", "+ 一方主张", "1. 一方主张", "# 一方主张", "> 一方主张", "==="] {
            let out = restore(&format!("{FULL}\n{mark}\n然后结束。"));
            assert!(out.lines().nth(1).is_some_and(|line| line.contains('\\')), "{out}");
            assert_eq!(out.lines().count(), 3);
        }
    }

    #[test]
    fn real_lists_stay_lists() {
        for text in [
            format!("{FULL}：\n- 甲\n- 乙"),
            format!("{FULL}\n- 甲\n- 乙"),
            "短的一行\n- 甲".to_owned(),
            format!("{FULL}。\n1. 甲"),
            format!("```\n{FULL}\n- 甲\n```"),
            format!("- {FULL}\n- 乙"),
        ] {
            assert_eq!(restore(&text), text);
        }
    }

    #[test]
    fn a_rule_below_a_sentence_does_not_make_it_a_heading() {
        assert_eq!(restore("说完了。\n---\n又说"), "说完了。\n***\n又说");
        assert_eq!(restore("标题\n---\n又说"), "标题\n---\n又说");
    }
}
