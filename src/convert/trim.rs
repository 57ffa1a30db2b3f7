//! Spaces that full-width text does not have.
//!
//! Full-width marks bring their own white, so no space stands beside one. Between two Han characters of running Chinese text a
//! space is debris. It stays where it parts what is listed (`北京 上海 广州`), the parts of a heading or cell, or the halves of a line
//! that has no marks at all; in Japanese and Korean it may part words, and stays.

use super::clean::{is_han, is_wide_mark};
use super::flow::{BREAK, Cell, Flow, Place, is_sentence_mark, is_shared_mark, trim_end};

/// Drops spaces at the edges, and, if `inner`, those that the text does not need.
pub(super) fn trim(flow: &mut Flow, inner: bool) {
    let cells = std::mem::take(&mut flow.cells);
    let text = Text { chinese: flow.chinese, parts_words: matches!(flow.language.primary(), "ja" | "ko") };
    let parting = if inner && !text.parts_words { parting(&cells, flow.setting.place) } else { Vec::new() };
    let mut parting = parting.into_iter().peekable();
    let mut kept: Vec<Cell> = Vec::with_capacity(cells.len());
    for (index, cell) in cells.iter().enumerate() {
        let parts = parting.next_if_eq(&index).is_some();
        if cell.c == ' ' && !cell.fixed && !parts {
            let mut following = cells[index + 1..].iter().map(|cell| cell.c).skip_while(|c| *c == ' ');
            let after = (following.next(), following.next());
            let mut preceding = kept.iter().rev().map(|cell| cell.c);
            let before = (preceding.next(), preceding.next());
            let (Some(last), Some(next)) = (before.0, after.0) else { continue };
            if last == ' ' || last == BREAK || next == BREAK {
                continue;
            }
            if inner && text.needs_no_space((last, before.1), (next, after.1)) {
                continue;
            }
        }
        kept.push(*cell);
    }
    trim_end(&mut kept);
    flow.cells = kept;
}

/// Words in a list of words are no longer than this.
const LONGEST_WORD: usize = 4;

/// The places of spaces between Han characters that part words or the parts of a line, in order.
fn parting(cells: &[Cell], place: Place) -> Vec<usize> {
    let mut kept = Vec::new();
    let mut start = 0;
    for line in cells.split(|cell| matches!(cell.c, BREAK | '\n')) {
        let unmarked = !line.iter().any(|cell| is_sentence_mark(cell.c));
        let mut at = 0;
        for run in line.split(|cell| cell.fixed || !(is_han(cell.c) || cell.c == ' ')) {
            for space in parting_in(run, place, unmarked) {
                kept.push(start + at + space);
            }
            at += run.len() + 1;
        }
        start += line.len() + 1;
    }
    kept
}

/// The same in a run of Han characters and spaces.
fn parting_in(run: &[Cell], place: Place, unmarked: bool) -> Vec<usize> {
    let mut words: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, _) in run.iter().enumerate().filter(|(_, cell)| cell.c != ' ') {
        match words.last_mut().filter(|word| word.end == at) {
            Some(word) => word.end += 1,
            None => words.push(at..at + 1),
        }
    }
    // One character alone tells of a converter that parts them all; a change of the leaf is the space beside emphasis.
    let whole = words.iter().all(|word| word.len() > 1) && run.iter().all(|cell| cell.leaf == run[0].leaf);
    let inner = words.get(1..words.len().saturating_sub(1)).unwrap_or_default();
    let listed = words.len() > 2 && inner.iter().all(|word| word.len() <= LONGEST_WORD);
    let parts = place == Place::Label || whole && (unmarked || listed);
    if parts { words.iter().skip(1).map(|word| word.start - 1).collect() } else { Vec::new() }
}

/// What kind of text a space stands in.
struct Text {
    chinese: bool,
    /// Whether its language may set spaces between words of Han characters.
    parts_words: bool,
}

impl Text {
    /// Whether a space is debris between what ends before it and what begins behind it, each with what is beyond.
    fn needs_no_space(&self, (before, beyond): (char, Option<char>), (after, further): (char, Option<char>)) -> bool {
        let square = |c: char| is_han(c) || is_wide_mark(c);
        if self.parts_words {
            // Japanese sets a space behind a mark that ends a sentence within a paragraph (JLREQ 3.1.6).
            let ends = matches!(before, '！' | '？');
            return is_wide_mark(after) || (is_wide_mark(before) && !ends);
        }
        (square(before) && square(after))
            || is_wide_mark(before)
            || is_wide_mark(after)
            || (is_shared_mark(before) && square(after))
            || (square(before) && is_shared_mark(after))
            || (self.chinese && (is_full_before(before, beyond) || is_full_after(after, further)))
    }
}

/// Whether a mark that Latin text has too is full-width, by what stands before it: a doubled dash or ellipsis, a
/// quotation mark that opens, or one that closes full-width text.
fn is_full_before(mark: char, beyond: Option<char>) -> bool {
    match mark {
        '—' | '…' => beyond == Some(mark),
        '“' => true,
        '”' | '’' => beyond.is_some_and(|c| is_han(c) || is_wide_mark(c)),
        _ => false,
    }
}

/// The same by what stands behind it.
fn is_full_after(mark: char, further: Option<char>) -> bool {
    match mark {
        '—' | '…' => further == Some(mark),
        '”' => true,
        '“' | '‘' => further.is_some_and(|c| is_han(c) || is_wide_mark(c)),
        _ => false,
    }
}
