//! Spaces that full-width text does not have.
//!
//! Full-width marks bring their own white, so no space stands beside one. Between two Han characters of Chinese text a space
//! is debris; in Japanese and Korean it may part words, and stays.

use super::clean::{is_han, is_wide_mark};
use super::flow::{BREAK, Cell, Flow, is_shared_mark, trim_end};

/// Drops spaces at the edges, and, if `inner`, those that the text does not need.
pub(super) fn trim(flow: &mut Flow, inner: bool) {
    let cells = std::mem::take(&mut flow.cells);
    let place = Place { chinese: flow.chinese, parts_words: matches!(flow.language.primary(), "ja" | "ko") };
    let mut kept: Vec<Cell> = Vec::with_capacity(cells.len());
    for (index, cell) in cells.iter().enumerate() {
        if cell.c == ' ' && !cell.fixed {
            let mut following = cells[index + 1..].iter().map(|cell| cell.c).skip_while(|c| *c == ' ');
            let after = (following.next(), following.next());
            let mut preceding = kept.iter().rev().map(|cell| cell.c);
            let before = (preceding.next(), preceding.next());
            let (Some(last), Some(next)) = (before.0, after.0) else { continue };
            if last == ' ' || last == BREAK || next == BREAK {
                continue;
            }
            if inner && place.needs_no_space((last, before.1), (next, after.1)) {
                continue;
            }
        }
        kept.push(*cell);
    }
    trim_end(&mut kept);
    flow.cells = kept;
}

/// What kind of text a space stands in.
struct Place {
    chinese: bool,
    /// Whether its language may set spaces between words of Han characters.
    parts_words: bool,
}

impl Place {
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
