//! Line ends that the author meant, in text whose other line ends are wraps.
//!
//! A program that wraps text, or an editor, leaves lines of about one length, and what begins a line is chance. So a line end
//! is meant where the next line begins something: an item of an enumeration that goes on by one, a turn of a dialogue or
//! interview, a line of what is said of a source; and where the lines are those of a verse.

use super::clean::{columns, is_han, is_wide_mark};
use super::flow::{BREAK, Cell, Place, is_sentence_mark};

/// A line of at least this many columns may be a wrapped one.
const FULL: usize = 56;
/// Verses have no more characters in a line.
const LONGEST_VERSE: usize = 16;
/// Lines of one length in running text are a verse when there are this many.
const LEAST_VERSES: usize = 4;
/// Who speaks, and what is said of a source, is named in no more characters.
const LONGEST_LABEL: usize = 6;
/// What is said of a source, where such lines stand in a row.
const SOURCE_LABELS: [&str; 8] = ["作者", "链接", "来源", "出处", "原文", "日期", "时间", "编辑"];
/// Marks that begin an item when no space follows them; with one, some make a list of markdown.
const BULLETS: &str = "•·●○◆◇■□▪▶►★☆※✅✔*";
const HAN_DIGITS: &str = "一二三四五六七八九";

/// The places of the line ends that are meant, in order.
pub(super) fn meant(cells: &[Cell], place: Place) -> Vec<usize> {
    let lines = lines(cells);
    let verse = is_verse(&lines, place);
    // The items of enumerations that are open, and who spoke last.
    let mut item: Option<Item> = None;
    let mut labelled = false;
    let mut meant = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let here = Item::of(&line.text);
        if let Some(before) = index.checked_sub(1).map(|before| &lines[before]) {
            let enumerated = here.is_some_and(|here| {
                item.is_some_and(|item| here.follows(item))
                    || here.begins()
                        && lines
                            .get(index + 1)
                            .is_some_and(|next| Item::of(&next.text).is_some_and(|next| next.follows(here)))
            });
            let turn =
                label(&line.text).is_some() && labelled && (ends_sentence(&before.text) || !has_mark(&before.text));
            if verse
                || enumerated
                || turn
                || is_dialogue(&before.text, &line.text)
                || is_rights(&before.text, &line.text)
            {
                meant.extend(before.end);
            }
        }
        labelled |= label(&line.text).is_some();
        item = here.or(item);
    }
    meant
}

/// A line of a paragraph.
struct Line {
    text: String,
    /// The place of the line end behind it, if it is no break already.
    end: Option<usize>,
}

fn lines(cells: &[Cell]) -> Vec<Line> {
    let mut lines = vec![Line { text: String::new(), end: None }];
    for (at, cell) in cells.iter().enumerate() {
        let Some(line) = lines.last_mut() else { break };
        if matches!(cell.c, '\n' | BREAK) {
            line.end = (cell.c == '\n').then_some(at);
            lines.push(Line { text: String::new(), end: None });
        } else {
            line.text.push(cell.c);
        }
    }
    lines.iter_mut().for_each(|line| line.text = line.text.trim().to_owned());
    lines
}

/// How an item of an enumeration is marked, and which it is. A bullet has no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Item {
    /// A bullet, or the mark behind the number, with what kind of digits it is written.
    kind: (char, char),
    number: Option<u32>,
}

impl Item {
    /// The item that a line begins: `1、`, `一、`, `（1）`, `[1]`, `①`, `1.` before Han, `• `.
    fn of(line: &str) -> Option<Self> {
        let first = line.chars().next()?;
        if BULLETS.contains(first) {
            let rest = &line[first.len_utf8()..];
            let says_something = rest.trim_start().starts_with(char::is_alphanumeric) || rest.starts_with(is_wide_mark);
            return says_something.then_some(Self { kind: (first, first), number: None });
        }
        if let '①'..='⑳' = first {
            return Some(Self { kind: ('①', '①'), number: Some(u32::from(first) - u32::from('①') + 1) });
        }
        let opening = Some(first).filter(|c| matches!(c, '（' | '(' | '[' | '［' | '【'));
        let rest = &line[opening.map_or(0, char::len_utf8)..];
        let (number, digits, rest) = number(rest)?;
        let mark = rest.chars().next()?;
        let behind = rest[mark.len_utf8()..].chars().next();
        let marked = match (opening, mark) {
            (Some('（' | '('), '）' | ')') | (Some('[' | '［'), ']' | '］') | (Some('【'), '】') => {
                behind.is_some()
            }
            (None, '、' | '）' | '．') => behind.is_some(),
            (None, '.' | ')') => behind.is_some_and(|c| is_han(c) || is_wide_mark(c)),
            _ => false,
        };
        marked.then_some(Self { kind: (mark, digits), number: Some(number) })
    }

    fn follows(self, before: Self) -> bool {
        self.kind == before.kind && self.number == before.number.map(|number| number + 1)
    }

    fn begins(self) -> bool {
        self.number.is_none_or(|number| number == 1)
    }
}

/// A number to 99 at the start of a text, what kind of digits it has, and what follows.
fn number(text: &str) -> Option<(u32, char, &str)> {
    let arabic = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if arabic > 0 {
        return Some((text[..arabic].parse().ok().filter(|number| *number < 1_000)?, '1', &text[arabic..]));
    }
    let digit = |c: char| HAN_DIGITS.chars().zip(1_u32..).find(|(digit, _)| *digit == c).map(|(_, value)| value);
    let (mut value, mut last, mut length) = (0, None, 0);
    for c in text.chars().take(3) {
        match (digit(c), c) {
            (Some(digit), _) if last.is_none() => last = Some(digit),
            (None, '十') if value == 0 => {
                value = last.take().unwrap_or(1) * 10;
            }
            _ => break,
        }
        length += c.len_utf8();
    }
    let value = value + last.unwrap_or(0);
    (length > 0).then(|| (value, '一', &text[length..]))
}

/// Who speaks or what is told: `张三：`, `问：`, `Q:`, `A2：`.
fn label(line: &str) -> Option<&str> {
    let end = line.char_indices().take(LONGEST_LABEL + 1).find(|(_, c)| matches!(c, '：' | ':'))?.0;
    let label = &line[..end];
    let asked = label.trim_end_matches(|c: char| c.is_ascii_digit());
    let named = !label.is_empty() && label.chars().all(|c| is_han(c) || c == '·');
    (named || matches!(asked, "Q" | "A")).then_some(label)
}

fn has_mark(text: &str) -> bool {
    text.contains(is_sentence_mark)
}

fn ends_sentence(text: &str) -> bool {
    let text = text.trim_end_matches(['”', '’', '"', '』', '」', '）', ')', ' ']);
    text.ends_with(['。', '！', '？', '…', '.', '!', '?'])
}

/// Turns of a dialogue that begin with a dash. A full line may be wrapped before a dash.
fn is_dialogue(before: &str, line: &str) -> bool {
    line.starts_with("——") && before.starts_with("——") && ends_turn(before) && columns(before) < FULL
}

fn ends_turn(text: &str) -> bool {
    ends_sentence(text) || !has_mark(text)
}

/// The note on rights that follows the lines on an article's source.
fn is_rights(before: &str, line: &str) -> bool {
    let source = label(before).is_some_and(|label| SOURCE_LABELS.contains(&label));
    source && !has_mark(before) && (line.starts_with("著作权") || line.starts_with("版权"))
}

/// Whether lines are verses: short ones of a quotation that all end with a mark, or all without any; or many of one length.
fn is_verse(lines: &[Line], place: Place) -> bool {
    let attributed = lines.last().is_some_and(|line| line.text.starts_with("——"));
    let verses = &lines[..lines.len() - usize::from(attributed)];
    let is_mark = |c: char| is_sentence_mark(c) || matches!(c, '、' | '：');
    let short = |line: &Line| {
        line.text.chars().take(LONGEST_VERSE + 1).count() <= LONGEST_VERSE
            && line.text.starts_with(is_han)
            && line.text.chars().all(|c| is_han(c) || is_mark(c) || c == ' ')
    };
    if verses.len() < 2 || !verses.iter().all(short) {
        return false;
    }
    let ended = verses.iter().all(|line| line.text.ends_with(is_mark));
    let length = verses[0].text.chars().count();
    let even = verses.iter().all(|line| line.text.chars().count() == length);
    match place {
        Place::Quotation => ended || !verses.iter().any(|line| line.text.contains(is_mark)),
        _ => ended && even && verses.len() >= LEAST_VERSES,
    }
}
