//! ASCII punctuation around Han text becomes Chinese punctuation, and is told.
//!
//! Only Chinese flows come here: Japanese and Korean have habits of their own. Code, URLs and objects are fixed and never
//! touched; a Latin sentence keeps its marks, because each rule wants a Han character or full-width mark beside or inside
//! the marks.

use super::Remarks;
use super::clean::{is_han, is_wide_mark};
use super::flow::{BREAK, Cell, Flow, is_shared_mark};

/// Quotations and brackets longer than this are not paired.
const LONGEST: usize = 400;

const TEXT: &str = "ASCII punctuation in Chinese text";

/// Replaces the marks of a flow and tells it; whether there were any.
pub(super) fn replace(flow: &mut Flow, remarks: &mut Remarks<'_>) -> bool {
    if is_reference(&flow.text()) {
        return false;
    }
    let mut changed = brackets(flow, remarks);
    changed |= quotes(flow, remarks);
    changed |= runs(flow, remarks);
    changed |= stops(flow, remarks);
    changed
}

/// The marks that a bibliographic reference has behind its title: what kind of work it is, and that it is online (GB/T 7714-2015).
const WORKS: [&str; 14] = ["M", "C", "G", "N", "J", "D", "R", "S", "P", "A", "Z", "DB", "CP", "EB"];

/// Whether a text is a reference in the form of GB/T 7714, whose marks are half-width.
fn is_reference(text: &str) -> bool {
    text.match_indices('[').any(|(at, _)| {
        let rest = &text[at + 1..];
        let Some(end) = rest.bytes().take(6).position(|byte| byte == b']') else { return false };
        let mark = &rest[..end];
        let work = mark.strip_suffix("/OL").unwrap_or(mark);
        WORKS.contains(&work) && (work.len() < mark.len() || rest[end + 1..].trim_start().starts_with(['.', ',', '/']))
    })
}

fn chinese(c: Option<char>) -> bool {
    c.is_some_and(|c| is_han(c) || is_wide_mark(c))
}

/// Dots, dashes: `...`, `。。。`, `--`, ` - `.
fn runs(flow: &mut Flow, remarks: &mut Remarks<'_>) -> bool {
    let mut changed = false;
    let mut out: Vec<Cell> = Vec::with_capacity(flow.cells.len());
    let mut at = 0;
    while at < flow.cells.len() {
        let cell = flow.cells[at];
        let repeats = matches!(cell.c, '.' | '-' | '。') && !cell.fixed;
        let length = if repeats {
            flow.cells[at..].iter().take_while(|next| next.c == cell.c && !next.fixed).count()
        } else {
            1
        };
        let beside = || {
            let before = out.iter().rev().map(|cell| cell.c).find(|c| *c != ' ');
            let after = flow.after(at + length);
            let around = |c: Option<char>| chinese(c) || c.is_some_and(is_shared_mark);
            (around(before), around(after), before.is_some() && after.is_some())
        };
        let (replacement, what) = match (cell.c, length) {
            _ if !repeats => {
                out.push(cell);
                at += 1;
                continue;
            }
            ('.', 3..) if beside().0 || beside().1 => ("……", "... → ……"),
            ('。', 3..) => ("……", "。。。 → ……"),
            ('-', 2..=4) if beside().0 && beside().1 => ("——", "-- → ——"),
            ('-', 1) if reads_as_minus(flow, at) => {
                out.push(cell);
                at += 1;
                continue;
            }
            ('-', 1 | 2) if is_spaced(flow, at, length) && (beside().0 || beside().1) && beside().2 => {
                ("——", " - → ——")
            }
            _ => {
                out.extend_from_slice(&flow.cells[at..at + length]);
                at += length;
                continue;
            }
        };
        while out.last().is_some_and(|cell| cell.c == ' ' && !cell.fixed) {
            out.pop();
        }
        out.extend(replacement.chars().map(|c| Cell { c, ..cell }));
        changed = true;
        remarks.replaced(TEXT, what, cell.line);
        at += length;
        while replacement == "——" && flow.cells.get(at).is_some_and(|cell| cell.c == ' ' && !cell.fixed) {
            at += 1;
        }
    }
    flow.cells = out;
    changed
}

/// A hyphen before a number is a minus, a range or the mark of a list (`是 - 12 度`), but for a year: `走了 - 2003 年的事`.
fn reads_as_minus(flow: &Flow, at: usize) -> bool {
    let following = || flow.cells[at + 1..].iter().map(|cell| cell.c).skip_while(|c| *c == ' ');
    let digits = following().take_while(char::is_ascii_digit).count();
    let year = digits == 4 && following().skip(4).find(|c| *c != ' ') == Some('年');
    digits > 0 && !year
}

fn is_spaced(flow: &Flow, at: usize, length: usize) -> bool {
    at.checked_sub(1).is_some_and(|before| flow.cells[before].c == ' ')
        && flow.cells.get(at + length).is_some_and(|after| after.c == ' ')
}

/// `( )` with Han text inside, or after Han text.
fn brackets(flow: &mut Flow, remarks: &mut Remarks<'_>) -> bool {
    let mut changed = false;
    let mut open: Vec<usize> = Vec::new();
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (at, cell) in flow.cells.iter().enumerate().filter(|(_, cell)| !cell.fixed) {
        match cell.c {
            '(' => open.push(at),
            ')' => {
                if let Some(start) = open.pop()
                    && at - start <= LONGEST
                    && at > start + 1
                {
                    pairs.push((start, at));
                }
            }
            _ => {}
        }
    }
    for (start, end) in pairs {
        let inside = flow.cells[start + 1..end].iter().any(|cell| chinese(Some(cell.c)));
        // `f(x)` in Chinese text is a formula: what stands before the bracket decides when the inside is Latin.
        if inside || flow.before(start).is_some_and(|c| chinese(Some(c)) || c == '”') {
            flow.cells[start].c = '（';
            flow.cells[end].c = '）';
            changed = true;
            remarks.replaced(TEXT, "( ) → （ ）", flow.cells[start].line);
        }
    }
    changed
}

/// An ASCII quotation mark, what it becomes on the left and on the right, and how that is told.
type Quotation = (char, char, char, &'static str);

/// Quotation marks of the mainland (GB/T 15834).
const SIMPLIFIED: [Quotation; 2] = [('"', '“', '”', "\" \" → “ ”"), ('\'', '‘', '’', "' ' → ‘ ’")];
/// Those of Taiwan, Hong Kong and Macao.
const TRADITIONAL: [Quotation; 2] = [('"', '「', '」', "\" \" → 「 」"), ('\'', '『', '』', "' ' → 『 』")];

/// `"…"` and `'…'`.
fn quotes(flow: &mut Flow, remarks: &mut Remarks<'_>) -> bool {
    let mut changed = false;
    for (ascii, left, right, what) in if flow.language.is_traditional() { TRADITIONAL } else { SIMPLIFIED } {
        let mut open: Option<usize> = None;
        for at in 0..flow.cells.len() {
            if flow.cells[at].c != ascii || flow.cells[at].fixed || is_inside_word(flow, at, ascii) {
                continue;
            }
            let Some(start) = open.filter(|start| at - start <= LONGEST) else {
                open = Some(at);
                continue;
            };
            open = None;
            let inside = flow.cells[start + 1..at].iter().any(|cell| chinese(Some(cell.c)));
            let beside = chinese(flow.before(start)) || chinese(flow.after(at + 1));
            if at > start + 1 && (inside || (beside && ascii == '"')) {
                flow.cells[start].c = left;
                flow.cells[at].c = right;
                changed = true;
                remarks.replaced(TEXT, what, flow.cells[start].line);
            }
        }
    }
    changed
}

/// An apostrophe (`it's`), or the sign of inches or minutes after a number.
fn is_inside_word(flow: &Flow, at: usize, mark: char) -> bool {
    let before = at.checked_sub(1).map(|before| flow.cells[before].c);
    let after = flow.cells.get(at + 1).map(|cell| cell.c);
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    match mark {
        '\'' => letter(before) && letter(after),
        _ => {
            before.is_some_and(|c| c.is_ascii_digit()) && (letter(after) || chinese(after)) && !opened_before(flow, at)
        }
    }
}

/// Whether an odd number of quotation marks stands shortly before a place.
fn opened_before(flow: &Flow, at: usize) -> bool {
    let from = at.saturating_sub(LONGEST);
    flow.cells[from..at].iter().filter(|cell| cell.c == '"').count() % 2 == 1
}

/// `,` `;` `:` `!` `?` behind Han, and `.` there where a sentence ends.
fn stops(flow: &mut Flow, remarks: &mut Remarks<'_>) -> bool {
    let mut changed = false;
    for at in 0..flow.cells.len() {
        let cell = flow.cells[at];
        let Some((wide, what)) = stop(cell.c).filter(|_| !cell.fixed) else { continue };
        let next = flow.cells.get(at + 1).filter(|next| !next.fixed).map(|next| next.c);
        let han_before = flow.before(at).is_some_and(|c| is_han(c) || closes(c));
        let han_next = next.is_some_and(is_han);
        let chinese = match cell.c {
            // Between Han characters without a space it may part the names of a foreigner.
            '.' => han_before && !is_ordinal(flow, at) && ends_sentence(flow, at),
            // `好:)` is a face, and `类::方法` is code.
            ':' => han_before && !next.is_some_and(|c| matches!(c, ')' | '(' | '-' | ':' | '/' | 'D' | 'P')),
            ',' | ';' => han_before || han_next,
            // `文件?x=1` is an address.
            _ => han_before && !next.is_some_and(|c| c.is_ascii_alphanumeric()),
        };
        // What stands before a word begins it: `:wq`, `!important`.
        let begins = at.checked_sub(1).is_some_and(|before| flow.cells[before].c == ' ')
            && flow.cells.get(at + 1).is_some_and(|next| next.c.is_ascii_graphic());
        if chinese && !begins {
            flow.cells[at].c = wide;
            changed = true;
            remarks.replaced(TEXT, what, cell.line);
        }
    }
    changed
}

fn stop(c: char) -> Option<(char, &'static str)> {
    Some(match c {
        ',' => ('，', ", → ，"),
        ';' => ('；', "; → ；"),
        ':' => ('：', ": → ："),
        '!' => ('！', "! → ！"),
        '?' => ('？', "? → ？"),
        '.' => ('。', ". → 。"),
        _ => return None,
    })
}

/// Whether a mark closes a piece of Chinese text.
fn closes(c: char) -> bool {
    matches!(c, '”' | '’' | '」' | '』' | '）' | '》' | '〉' | '】' | '！' | '？')
}

/// Whether a full stop is the last of its text, or stands before a space and Han, or before a mark that closes.
fn ends_sentence(flow: &Flow, at: usize) -> bool {
    match flow.cells.get(at + 1).map(|next| next.c) {
        None | Some(BREAK) => true,
        Some(' ') => flow.after(at + 1).is_none_or(|c| is_han(c) || matches!(c, '“' | '「' | '（' | '《' | BREAK)),
        Some(c) => closes(c),
    }
}

/// Whether a full stop stands behind the number of a heading or item: `一. 总则`, `第二. 分工`.
fn is_ordinal(flow: &Flow, at: usize) -> bool {
    const DIGITS: &str = "第一二三四五六七八九十百零〇甲乙丙丁";
    const LONGEST: usize = 4;
    let number = flow.cells[..at].iter().rev().take_while(|cell| cell.c != BREAK).take(LONGEST + 1);
    let mut length = 0;
    let all_digits = number.inspect(|_| length += 1).all(|cell| DIGITS.contains(cell.c));
    all_digits && length <= LONGEST
}
