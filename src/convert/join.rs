//! The lines of a hard-wrapped paragraph become one.
//!
//! A line end between two wide characters, or beside full-width punctuation, is nothing; between Latin words it is one
//! space; between Han and Latin it is nothing too, for there the gap belongs to the style. But readers of EPUB seldom know
//! that gap: in an article that [types a space there](types_spaces) the wrap was at one, and it is put back, so that no
//! article shows both. A URL cut by the wrap is whole again. Line ends that were [meant](breaks) stay.

use super::breaks;
use super::clean::{is_han, is_wide_mark};
use super::flow::{BREAK, Flow, WORD, is_shared_mark};
use super::links;
use super::marks::{closes, opens};

/// How far back a URL is looked for.
const LONGEST_URL: usize = 2_000;

/// Fewer places than this tell nothing of an article's habit.
const HABIT: usize = 8;

/// Whether an article has a space between Han and Latin wherever no line ends there, three times out of four at least.
pub(super) fn types_spaces(text: &str) -> bool {
    let (mut spaced, mut tight) = (0_usize, 0_usize);
    let (mut before, mut last) = ('\n', '\n');
    for c in text.chars() {
        if meet(last, c) {
            tight += 1;
        } else if last == ' ' && meet(before, c) {
            spaced += 1;
        }
        (before, last) = (last, c);
    }
    spaced >= HABIT && spaced >= 3 * tight
}

/// Whether Han and a Latin word meet.
fn meet(before: char, after: char) -> bool {
    (is_han(before) && after.is_ascii_alphanumeric()) || (before.is_ascii_alphanumeric() && is_han(after))
}

/// Whether a Latin word, with the signs that belong to words (`20%`, `C++`, `./a`, `#3`), or code meets Han at a line end. A
/// converter that wraps at spaces breaks there only where one was.
fn meet_at_wrap(before: char, after: char) -> bool {
    let ends = |c: char| c.is_ascii_alphanumeric() || matches!(c, '%' | '‰' | '+' | '#' | '°' | '℃' | '/' | ')' | WORD);
    let begins = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '~' | '.' | '$' | '@' | '#' | '-' | WORD);
    (is_han(before) && begins(after)) || (ends(before) && is_han(after))
}

/// Replaces each line end by what belongs there.
pub(super) fn join(flow: &mut Flow, wrapped: bool) {
    if !flow.cells.iter().any(|cell| cell.c == '\n') {
        return;
    }
    let meant = if wrapped && flow.setting.typed { breaks::meant(&flow.cells, flow.setting.place) } else { Vec::new() };
    let mut meant = meant.into_iter().peekable();
    let cells = std::mem::take(&mut flow.cells);
    let mut joined = Vec::with_capacity(cells.len());
    for (index, mut cell) in cells.iter().copied().enumerate() {
        if cell.c != '\n' {
            joined.push(cell);
            continue;
        }
        if meant.next_if_eq(&index).is_some() || !wrapped {
            cell.c = BREAK;
            joined.push(cell);
            continue;
        }
        let tail: String = joined
            .iter()
            .rev()
            .take(LONGEST_URL)
            .map(|cell| cell.c)
            .take_while(|c| links::is_url_character(*c))
            .collect();
        let rest = &cells[index + 1..];
        let head: Vec<char> =
            rest.iter().map(|cell| cell.c).take_while(|c| links::is_url_character(*c)).take(LONGEST_URL).collect();
        let last_word = rest.len() == head.len() || rest.get(head.len()).is_some_and(|cell| cell.c == '\n');
        let tail: String = tail.chars().rev().collect();
        if is_cut_url(&tail, &head, last_word) {
            continue;
        }
        let edge = (joined.last().map(|cell| cell.c), rest.first().map(|cell| cell.c));
        let (Some(before), Some(after)) = edge else { continue };
        let alone_before = is_alone(before, joined.len().checked_sub(2).map(|at| joined[at].c));
        if opens(&joined) || closes(rest, flow.language.primary() == "fr") {
            continue;
        }
        let alone_after = is_alone(after, rest.get(1).map(|cell| cell.c));
        let square = is_square(before, flow.han) || is_square(after, flow.han);
        if alone_before || alone_after || !square || (flow.setting.spaced && meet_at_wrap(before, after)) {
            cell.c = ' ';
            joined.push(cell);
        }
    }
    flow.cells = joined;
}

fn is_square(c: char, han: bool) -> bool {
    is_han(c) || is_wide_mark(c) || (han && is_shared_mark(c))
}

/// Whether an ASCII mark stands as a word of its own, such as a dash: it keeps its spaces for now.
fn is_alone(c: char, neighbour: Option<char>) -> bool {
    c.is_ascii_punctuation() && matches!(neighbour, Some(' ' | '\n'))
}

/// Whether a line ends inside a URL that goes on with the next line's first word.
fn is_cut_url(tail: &str, head: &[char], last_word: bool) -> bool {
    let Some(end) = tail.chars().next_back() else { return false };
    let Some(first) = head.first() else { return false };
    let unfinished = matches!(end, '-' | '/' | '=' | '&' | '?' | '%' | '_' | '+' | '#');
    let goes_on = first.is_ascii_alphanumeric() || matches!(first, '%' | '/' | '_' | '-' | '~' | '#' | '?' | '&' | '=');
    if !unfinished || !goes_on {
        return false;
    }
    // The tail is one URL to its end, its last marks aside.
    let Some(url) = links::find(tail).pop() else { return false };
    if tail[url.end..].chars().any(|c| c.is_ascii_alphanumeric()) {
        return false;
    }
    // After a slash the URL may be complete: only a word that looks like a part of a path, or stands alone, goes on.
    let begins_another = head.starts_with(&['h', 't', 't', 'p']);
    let pathlike =
        head.iter().any(|c| matches!(c, '/' | '-' | '_' | '=' | '&' | '%' | '?' | '#') || c.is_ascii_digit());
    !begins_another && (end != '/' || pathlike || last_word)
}
