//! The text of one paragraph is put right.
//!
//! The leaves of its inlines are laid out as one [`Flow`] of characters, so that each step sees what stands on the other
//! side of a mark of emphasis. In order: white space, [`join`], [`strip`], [`punctuation`] or [`latin`], spaces ([`trim`]);
//! then the characters go back into their leaves, and bare URLs become [`links`].

use regex::Regex;

use crate::book::Language;
use crate::document::{Inline, InlineKind};

use super::clean::{is_han, is_invisible};
use super::flow::{BREAK, Cell, Flow, OBJECT, Setting, WORD, trim_end};
use super::nodes::{inline, text_inline};
use super::{Options, Remarks, attributes, emphasis, join, latin, links, marks, punctuation, trim};

/// How often marks and spaces are looked at. Each round that changes something takes ASCII marks or spaces away.
const MOST_ROUNDS: usize = 8;

/// Puts the text of a paragraph, heading, caption or cell right.
pub(super) fn settle(
    inlines: Vec<Inline>,
    options: &Options,
    setting: Setting,
    remarks: &mut Remarks<'_>,
) -> Vec<Inline> {
    let mut inlines = emphasis::pair(inlines);
    attributes::drop_behind_links(&mut inlines);
    let mut flow = Flow { setting, ..gather(&inlines, &options.language) };
    white_space(&mut flow);
    attributes::drop(&mut flow);
    join::join(&mut flow, options.join_wrapped_lines);
    fix_urls(&mut flow);
    strip(&mut flow, &options.strip);
    settle_marks(&mut flow, options, remarks);
    scatter(&mut inlines, &flow);
    links::link(tidy(inlines))
}

/// Marks and spaces. What was replaced, and where a space went, may show what stands beside it: `;"一"a` has a full-width mark
/// before the quotation only when the first is replaced. So there are rounds, until one changes nothing.
fn settle_marks(flow: &mut Flow, options: &Options, remarks: &mut Remarks<'_>) {
    for _ in 0..MOST_ROUNDS {
        let length = flow.cells.len();
        let mut replaced = false;
        if options.punctuation && flow.chinese {
            replaced |= punctuation::replace(flow, remarks);
        }
        if options.punctuation && flow.latin {
            replaced |= latin::replace(flow, remarks);
        }
        trim::trim(flow, options.trim_inner_spaces);
        if options.trim_inner_spaces && flow.latin {
            marks::tighten(flow);
        }
        if !replaced && flow.cells.len() == length {
            break;
        }
    }
}

fn gather(inlines: &[Inline], article: &Language) -> Flow {
    let language = article.clone();
    let setting = Setting::default();
    let mut flow = Flow { cells: Vec::new(), han: false, chinese: false, latin: false, setting, language };
    let mut leaf = 0;
    gather_into(inlines, &mut leaf, &mut flow.cells);
    let text = flow.text();
    let script = Language::of_text(&text);
    flow.han = script.is_han();
    flow.chinese = match article.primary() {
        // A paragraph without kana or Hangul looks Chinese, and is not.
        "ja" | "ko" => false,
        "zh" => script.is_chinese() || script.primary() == "en" && has_much_han(&text),
        _ => script.is_chinese(),
    };
    flow.latin = !flow.han && !article.is_han() && article.primary() != "ko" && is_latin(&text);
    flow
}

/// Whether a text has a Han character for two Latin words at least: Chinese about things with Latin names.
fn has_much_han(text: &str) -> bool {
    let han = text.chars().filter(|c| is_han(*c)).count();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).count();
    han > 0 && han * 2 >= words
}

/// Whether most letters are Latin, Greek or Cyrillic: the scripts that share their marks.
fn is_latin(text: &str) -> bool {
    let (mut letters, mut latin) = (0_usize, 0_usize);
    for c in text.chars().filter(|c| c.is_alphabetic()) {
        letters += 1;
        latin += usize::from(matches!(c, '\0'..='\u{52F}' | '\u{1E00}'..='\u{1FFF}'));
    }
    latin * 2 >= letters
}

fn gather_into(inlines: &[Inline], leaf: &mut usize, cells: &mut Vec<Cell>) {
    for inline in inlines {
        let line = inline.line;
        match &inline.kind {
            InlineKind::Text(text) => {
                cells.extend(text.chars().map(|c| Cell { c, leaf: *leaf, line, fixed: false }));
                *leaf += 1;
            }
            InlineKind::LineBreak => cells.push(Cell { c: BREAK, leaf: usize::MAX, line, fixed: true }),
            kind if !kind.children().is_empty() => gather_into(kind.children(), leaf, cells),
            InlineKind::Code(_) | InlineKind::Math(_) => {
                cells.push(Cell { c: WORD, leaf: usize::MAX, line, fixed: true });
            }
            _ => cells.push(Cell { c: OBJECT, leaf: usize::MAX, line, fixed: true }),
        }
    }
}

/// Spaces of all widths become single ones; those at edges and beside line ends go, with typed indents. What nobody sees
/// goes too: it may have come as an entity. An indent behind a break, or at the start of a typed line, ends a paragraph.
fn white_space(flow: &mut Flow) {
    let cells = std::mem::take(&mut flow.cells);
    let mut kept: Vec<Cell> = Vec::with_capacity(cells.len());
    for (at, mut cell) in cells.iter().copied().enumerate() {
        let next = || cells.get(at + 1).map(|cell| cell.c);
        if !cell.fixed && is_invisible(cell.c, kept.last().map(|cell| cell.c), next()) {
            continue;
        }
        if cell.c.is_whitespace() && !matches!(cell.c, '\n' | BREAK | '\u{3000}') {
            cell.c = ' ';
        }
        let last = kept.last().map_or('\n', |cell| cell.c);
        if matches!(cell.c, ' ' | '\u{3000}') && matches!(last, '\n' | BREAK | ' ') {
            continue;
        }
        if matches!(cell.c, '\n' | BREAK) {
            trim_end(&mut kept);
        }
        if cell.c == '\n' && flow.setting.typed && is_indented(&cells[at + 1..], flow.language.primary()) {
            cell.c = BREAK;
            kept.push(cell);
        }
        let ends_paragraph = cell.c == BREAK && kept.last().is_some_and(|last| last.c == BREAK);
        kept.push(cell);
        if cell.c == BREAK
            && !ends_paragraph
            && let Some(leaf) = indented_leaf(&cells[at + 1..])
        {
            kept.push(Cell { leaf, fixed: false, ..cell });
        }
    }
    trim_end(&mut kept);
    flow.cells = kept;
}

/// Whether a line begins with the indent of a paragraph: two ideographic spaces, one in Japanese (JLREQ 3.1.2). No program that
/// wraps text begins a line with them.
fn is_indented(line: &[Cell], language: &str) -> bool {
    let blank = line.iter().take_while(|cell| cell.c.is_whitespace() && !matches!(cell.c, '\n' | BREAK));
    blank.filter(|cell| cell.c == '\u{3000}').count() >= if language == "ja" { 1 } else { 2 }
}

/// The leaf of an indent as it is typed, two spaces of U+3000 or an em or two that do not break, if text begins with one.
fn indented_leaf(cells: &[Cell]) -> Option<usize> {
    let mut blank = cells.iter().take_while(|cell| cell.c.is_whitespace() && cell.c != BREAK);
    let mut typed = blank.by_ref().filter(|cell| matches!(cell.c, '\u{3000}' | '\u{2003}' | '\u{A0}'));
    typed.next().zip(typed.next()).map(|(first, _)| first.leaf)
}

fn fix_urls(flow: &mut Flow) {
    let text = flow.text();
    let ranges = links::find(&text);
    if ranges.is_empty() {
        return;
    }
    let mut ranges = ranges.into_iter().peekable();
    for ((at, _), cell) in text.char_indices().zip(&mut flow.cells) {
        while ranges.next_if(|range| range.end <= at).is_some() {}
        cell.fixed |= ranges.peek().is_some_and(|range| range.contains(&at));
    }
}

/// Removes what the user's patterns match. A line break that was meant is a line end to them.
fn strip(flow: &mut Flow, patterns: &[Regex]) {
    for pattern in patterns {
        let text = flow.text().replace(BREAK, "\n");
        if !pattern.is_match(&text) {
            continue;
        }
        let mut ranges = pattern.find_iter(&text).map(|found| found.range()).peekable();
        let mut keep = text.char_indices().map(|(at, c)| {
            while ranges.next_if(|range| range.end <= at).is_some() {}
            matches!(c, OBJECT | WORD) || !ranges.peek().is_some_and(|range| range.contains(&at))
        });
        flow.cells.retain(|_| keep.next().unwrap_or(true));
    }
}

/// Puts the characters back into their leaves.
fn scatter(inlines: &mut [Inline], flow: &Flow) {
    let mut texts: Vec<String> = Vec::new();
    for cell in flow.cells.iter().filter(|cell| cell.leaf != usize::MAX) {
        if texts.len() <= cell.leaf {
            texts.resize(cell.leaf + 1, String::new());
        }
        texts[cell.leaf].push(cell.c);
    }
    let mut texts = texts.into_iter();
    scatter_into(inlines, &mut texts);
}

fn scatter_into(inlines: &mut [Inline], texts: &mut dyn Iterator<Item = String>) {
    for inline in inlines {
        if let InlineKind::Text(text) = &mut inline.kind {
            *text = texts.next().unwrap_or_default();
        } else if let Some(children) = inline.kind.children_mut() {
            scatter_into(children, texts);
        }
    }
}

/// Merges neighbouring texts, splits them at breaks, and drops what became empty.
fn tidy(inlines: Vec<Inline>) -> Vec<Inline> {
    let mut out: Vec<Inline> = Vec::with_capacity(inlines.len());
    for mut node in inlines {
        match &mut node.kind {
            InlineKind::Text(text) => {
                for (index, piece) in text.split(BREAK).enumerate() {
                    if index > 0 {
                        out.push(inline(InlineKind::LineBreak, node.line));
                    }
                    match out.last_mut().map(|last| &mut last.kind) {
                        _ if piece.is_empty() => {}
                        Some(InlineKind::Text(last)) => last.push_str(piece),
                        _ => out.push(text_inline(piece.to_owned(), node.line)),
                    }
                }
            }
            kind => {
                if let Some(children) = kind.children_mut() {
                    *children = tidy(std::mem::take(children));
                    if children.is_empty() {
                        continue;
                    }
                }
                out.push(node);
            }
        }
    }
    while out.last().is_some_and(|last| last.kind == InlineKind::LineBreak) {
        out.pop();
    }
    let breaks = out.iter().take_while(|first| first.kind == InlineKind::LineBreak).count();
    out.drain(..breaks);
    out
}
