//! The marks of Latin text become a typographer's: dashes, ellipses, quotation marks and apostrophes; and it is told.
//!
//! Only flows in Latin, Greek or Cyrillic letters come here, and only in articles that are not Chinese, Japanese or
//! Korean. pulldown-cmark has smart punctuation of its own, but it knows neither the language nor what stands on the other
//! side of a mark of emphasis. Code and URLs are no part of a flow or are fixed in it; tokens that look like code keep
//! their marks.

use super::Remarks;
use super::flow::{BREAK, Cell, Flow};

const TEXT: &str = "ASCII punctuation in Latin text";

/// A single quotation that is longer than this is an apostrophe.
const LONGEST: usize = 400;

/// Words that begin with an apostrophe.
const ELIDED: [&str; 10] = ["tis", "twas", "twere", "twill", "em", "cause", "til", "n", "bout", "round"];

/// Replaces the marks of a flow and tells it; whether there were any.
pub(super) fn replace(flow: &mut Flow, remarks: &mut Remarks<'_>) -> bool {
    let code = code_like(&flow.cells);
    let length = flow.cells.len();
    let changed = quotes(flow, &code, remarks);
    // What a run of dots or hyphens becomes is shorter.
    runs(flow, &code, remarks);
    changed || flow.cells.len() < length
}

/// The quotation marks of a language; `None` where straight ones stay, for those of the language want spaces or other
/// shapes than can be told from `"`.
fn double_marks(language: &str) -> Option<(char, char)> {
    match language {
        "de" | "cs" | "sk" | "sl" | "bg" | "is" | "lt" => Some(('„', '“')),
        "pl" | "ro" | "hu" | "hr" => Some(('„', '”')),
        "sv" | "fi" => Some(('”', '”')),
        "fr" | "ru" | "uk" | "be" | "el" | "no" | "nb" | "nn" | "da" => None,
        _ => Some(('“', '”')),
    }
}

fn is_gap(c: char) -> bool {
    c == BREAK || c.is_whitespace()
}

/// For each character, whether it stands in a word that looks like code: `f("x")`, `a='b'`, `C:\dir`, `snake_case`.
fn code_like(cells: &[Cell]) -> Vec<bool> {
    let mut code = Vec::with_capacity(cells.len());
    for word in cells.split_inclusive(|cell| is_gap(cell.c)) {
        let text: String = word.iter().map(|cell| cell.c).collect();
        code.resize(code.len() + word.len(), looks_like_code(&text));
    }
    code
}

fn looks_like_code(word: &str) -> bool {
    if word.contains(['\\', '`', '{', '}', '<', '>', '_', '|']) || word.contains("::") {
        return true;
    }
    if word.contains("../") || word.contains("/...") || word.contains("$(") {
        return true;
    }
    // A quotation mark right after `=`, or after the bracket of a call or an index.
    let chars: Vec<char> = word.chars().collect();
    chars.windows(2).any(|two| two[0] == '=' && is_straight(two[1]))
        || chars.windows(3).any(|three| {
            (three[0].is_alphanumeric() && matches!(three[1], '(' | '[') && is_straight(three[2]))
                || (three[0].is_alphanumeric() && three[1] == '\'' && three[2] == '(')
        })
}

fn is_straight(c: char) -> bool {
    matches!(c, '"' | '\'')
}

/// What stands beside a character, with spaces for the edges.
fn around(cells: &[Cell], at: usize, length: usize) -> (char, char) {
    let before = at.checked_sub(1).map_or(' ', |before| cells[before].c);
    (before, cells.get(at + length).map_or(' ', |cell| cell.c))
}

fn is_opening(c: char) -> bool {
    matches!(c, '(' | '[' | '{' | '“' | '‘' | '„' | '«' | '—' | '–' | '-' | '/')
}

/// Straight quotation marks and apostrophes.
fn quotes(flow: &mut Flow, code: &[bool], remarks: &mut Remarks<'_>) -> bool {
    let mut changed = false;
    let doubles = double_marks(flow.language.primary());
    let (mut double, mut single, mut raw) = (false, false, false);
    for (at, in_code) in code.iter().enumerate() {
        let cell = flow.cells[at];
        if cell.fixed || !is_straight(cell.c) {
            continue;
        }
        if *in_code {
            raw ^= cell.c == '"';
            continue;
        }
        let new = match (cell.c, doubles) {
            ('"', Some(marks)) => double_mark(&flow.cells, at, marks, &mut double, &mut raw),
            ('\'', _) => single_mark(&flow.cells, at, doubles == Some(('“', '”')), &mut single),
            _ => None,
        };
        if let Some(c) = new {
            flow.cells[at].c = c;
            let what = if cell.c == '"' { "\" \" → “ ”" } else { "' → ’" };
            remarks.replaced(TEXT, what, cell.line);
            changed = true;
        }
    }
    changed
}

/// What becomes of a `"`; a sign of inches and a lone mark stay.
fn double_mark(
    cells: &[Cell],
    at: usize,
    (left, right): (char, char),
    open: &mut bool,
    raw: &mut bool,
) -> Option<char> {
    let (before, after) = around(cells, at, 1);
    let may_open = (is_gap(before) || is_opening(before)) && !is_gap(after);
    let may_close = !is_gap(before);
    if *raw && may_close && !*open {
        // The other end of a piece of code.
        *raw = false;
        None
    } else if may_open && !(*open && may_close && !after.is_alphanumeric()) {
        *open = true;
        Some(left)
    } else if may_close && *open {
        *open = false;
        Some(right)
    } else {
        None
    }
}

/// What becomes of a `'`; a sign of feet or minutes stays, and quotation marks where the language has others.
fn single_mark(cells: &[Cell], at: usize, quotation: bool, open: &mut bool) -> Option<char> {
    let (before, after) = around(cells, at, 1);
    if before == '\'' || after == '\'' {
        return None;
    }
    if before.is_alphanumeric() && after.is_alphanumeric() {
        return (!(before.is_ascii_digit() && after.is_ascii_digit())).then_some('’');
    }
    // A double mark before it has been replaced already or is one that opens.
    if (is_gap(before) || is_opening(before) || before == '"' || before == '”' && after.is_alphanumeric())
        && !is_gap(after)
    {
        if is_elided(cells, at) || (after.is_alphanumeric() && !closes_later(cells, at)) {
            return Some('’');
        }
        *open |= quotation;
        return (quotation && closes_later(cells, at)).then_some('‘');
    }
    if is_gap(before) {
        return None;
    }
    if before.is_ascii_digit() && !*open {
        return None;
    }
    if *open {
        *open = false;
        return Some('’');
    }
    // `dogs' ears`
    before.is_alphabetic().then_some('’')
}

/// Whether an apostrophe stands for what is left out: `'90s`, `'tis`.
fn is_elided(cells: &[Cell], at: usize) -> bool {
    let word: String = cells[at + 1..]
        .iter()
        .take(8)
        .map(|cell| cell.c)
        .take_while(|c| c.is_alphanumeric())
        .collect::<String>()
        .to_lowercase();
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    (digits == 2 && matches!(&word[2..], "" | "s")) || ELIDED.contains(&word.as_str())
}

/// Whether a mark follows that can close a single quotation.
fn closes_later(cells: &[Cell], at: usize) -> bool {
    let end = cells.len().min(at + LONGEST);
    (at + 2..end).any(|place| {
        let (before, after) = around(cells, place, 1);
        cells[place].c == '\'' && !is_gap(before) && !after.is_alphanumeric()
    })
}

/// Runs of dots and hyphens.
fn runs(flow: &mut Flow, code: &[bool], remarks: &mut Remarks<'_>) {
    let cells = std::mem::take(&mut flow.cells);
    let mut out: Vec<Cell> = Vec::with_capacity(cells.len());
    let mut at = 0;
    while at < cells.len() {
        let cell = cells[at];
        if cell.fixed || !matches!(cell.c, '.' | '-') {
            out.push(cell);
            at += 1;
            continue;
        }
        let length = cells[at..].iter().take_while(|next| next.c == cell.c && !next.fixed).count();
        let new = if code[at] {
            None
        } else if cell.c == '.' {
            dots(&cells, at, length)
        } else {
            dashes(&cells, at, length)
        };
        match new {
            Some((text, what)) => {
                out.extend(text.chars().map(|c| Cell { c, ..cell }));
                remarks.replaced(TEXT, what, cell.line);
            }
            None => out.extend_from_slice(&cells[at..at + length]),
        }
        at += length;
    }
    flow.cells = out;
}

/// Three dots are an ellipsis; four are one after, or before, the end of a sentence.
fn dots(cells: &[Cell], at: usize, length: usize) -> Option<(&'static str, &'static str)> {
    let (before, after) = around(cells, at, length);
    let path = before == '/' || after == '/' || (before.is_ascii_digit() && after.is_ascii_digit());
    match length {
        3 if !path => Some(("…", "... → …")),
        4 if !path => Some(("….", "... → …")),
        _ => None,
    }
}

/// `--` and `---`. What begins a word is an option of a command (`--all`), what ends a short one an operator (`i--`).
fn dashes(cells: &[Cell], at: usize, length: usize) -> Option<(&'static str, &'static str)> {
    let (before, after) = around(cells, at, length);
    let arrow = matches!(before, '<' | '!' | '>') || after == '>';
    if !matches!(length, 2 | 3) || arrow {
        return None;
    }
    if length == 2 && before.is_ascii_digit() && after.is_ascii_digit() {
        return Some(("–", "-- → –"));
    }
    let dash = Some(("—", if length == 2 { "-- → —" } else { "--- → —" }));
    let word = cells[..at].iter().rev().take_while(|cell| cell.c.is_alphanumeric()).count();
    let quoted = matches!(before, '“' | '‘' | '„' | '«');
    match (is_gap(before), is_gap(after)) {
        (true, true) => (cells.len() > length).then_some(dash).flatten(),
        (true, false) => {
            (matches!(after, '“' | '‘' | '„' | '«') || (at == 0 && after.is_uppercase())).then_some(dash).flatten()
        }
        (false, true) => (word != 1 && !quoted).then_some(dash).flatten(),
        (false, false) if matches!(before, '(' | '[' | '{' | '=' | '/') => None,
        (false, false) => dash,
    }
}
