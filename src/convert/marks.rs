//! Marks that hold on to the word before or after them, in text with spaces between words.
//!
//! Converters move emphasis and leave `word .`, and a wrap may put the mark at the start of a line. Neither makes a space
//! before a mark that closes. What begins with such a mark, `...`, `.NET` or `:)`, is a word of its own.

use crate::document::{Inline, InlineKind};

use super::clean::is_wide;
use super::flow::{BREAK, Cell, Flow};

fn is_closing(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | ')' | ']' | '}' | '’' | '”')
}

fn is_gap(c: Option<char>) -> bool {
    c.is_none_or(|c| c == '\n' || c == BREAK || c.is_whitespace())
}

/// Whether a text begins with marks that belong to the word before. French sets a space before its high marks.
pub(super) fn closes(cells: &[Cell], french: bool) -> bool {
    let mark = |c: char| is_closing(c) || matches!(c, '"' | '\'');
    let run: Vec<char> = cells.iter().take(8).map(|cell| cell.c).take_while(|c| mark(*c)).collect();
    let Some(first) = run.first().copied().filter(|c| is_closing(*c)) else { return false };
    let after = cells.get(run.len()).map(|cell| cell.c);
    let face = matches!(first, ':' | ';') && run.get(1).is_some_and(|c| !matches!(c, '"' | '\'' | '’' | '”'));
    let dots = first == '.' && run.get(1) == Some(&'.');
    let kept = french && matches!(first, ';' | ':' | '!' | '?');
    !face && !dots && !kept && (is_gap(after) || after.is_some_and(is_wide))
}

/// Whether a text ends with a mark that belongs to the word after: an opening bracket or quotation mark.
pub(super) fn opens(cells: &[Cell]) -> bool {
    let opening = |c: char| matches!(c, '(' | '[' | '“' | '‘');
    let mut backwards = cells.iter().rev().map(|cell| cell.c);
    backwards.next().is_some_and(opening) && backwards.next().is_none_or(|c| c == ' ' || opening(c))
}

/// Takes typed spaces before closing marks out of Latin text.
pub(super) fn tighten(flow: &mut Flow) {
    let french = flow.language.primary() == "fr";
    let cells = std::mem::take(&mut flow.cells);
    let mut kept: Vec<Cell> = Vec::with_capacity(cells.len());
    let mut open: Vec<Opener> = Vec::new();
    for (at, cell) in cells.iter().enumerate() {
        let rest = &cells[at + 1..];
        match cell.c {
            '(' | '[' | '{' | '“' => {
                open.push(Opener { mark: cell.c, tight: !is_gap(rest.first().map(|cell| cell.c)) });
            }
            ' ' if !cell.fixed && closes(rest, french) && holds_on(&kept, rest, open.last()) => continue,
            c => {
                if open.last().is_some_and(|opener| partner(opener.mark) == c) {
                    open.pop();
                }
            }
        }
        kept.push(*cell);
    }
    flow.cells = kept;
}

struct Opener {
    mark: char,
    /// Whether its first word stands right beside it: then its last word does too.
    tight: bool,
}

fn partner(mark: char) -> char {
    match mark {
        '(' => ')',
        '[' => ']',
        '{' => '}',
        _ => '”',
    }
}

/// Whether a space before a closing mark is debris and the mark is not spoken of (`the . operator`).
fn holds_on(before: &[Cell], rest: &[Cell], opener: Option<&Opener>) -> bool {
    let Some(mark) = rest.first().filter(|cell| !cell.fixed).map(|cell| cell.c) else { return false };
    let word = before.iter().rev().take_while(|cell| cell.c.is_alphanumeric()).count();
    let closed = before.last().is_some_and(|cell| matches!(cell.c, ')' | ']' | '”' | '"'));
    if word < 2 && !closed {
        return false;
    }
    let next = rest.iter().map(|cell| cell.c).find(|c| *c != ' ' && !is_closing(*c) && !matches!(c, '"' | '\''));
    let starts_sentence = next.is_none_or(|c| c == BREAK || c.is_uppercase() || matches!(c, '“' | '‘' | '(' | '—'));
    match mark {
        ',' | ';' | ':' => true,
        '.' | '!' | '?' => starts_sentence,
        mark => opener.is_some_and(|opener| opener.tight && partner(opener.mark) == mark),
    }
}

/// Emphasis neither begins nor ends with white space: what stands at its edges is given back, to be put outside.
pub(super) fn hoist(content: &mut Vec<Inline>) -> (Vec<Inline>, Vec<Inline>) {
    let is_blank = |inline: &Inline| matches!(&inline.kind, InlineKind::Text(text) if text.trim().is_empty());
    let first = content.iter().position(|inline| !is_blank(inline)).unwrap_or(content.len());
    let mut before: Vec<Inline> = content.drain(..first).collect();
    let last = content.iter().rposition(|inline| !is_blank(inline)).map_or(0, |last| last + 1);
    let mut after: Vec<Inline> = content.drain(last..).collect();
    if let Some(Inline { kind: InlineKind::Text(text), line, .. }) = content.first_mut()
        && text.starts_with(' ')
    {
        before.push(super::nodes::text_inline(" ".to_owned(), *line));
        *text = text.trim_start_matches(' ').to_owned();
    }
    if let Some(Inline { kind: InlineKind::Text(text), line, .. }) = content.last_mut()
        && text.ends_with(' ')
    {
        after.insert(0, super::nodes::text_inline(" ".to_owned(), *line));
        *text = text.trim_end_matches(' ').to_owned();
    }
    (before, after)
}
