//! Blocks of code, on a grid of columns.

use super::block::ground;
use super::context::{Context, Frame};
use super::inline::Text;
use super::strip::{Group, Strip};
use super::{inline, lines, shapes};
use crate::document::{Code, CodeClass, NodeId};
use crate::fonts::{Library, Want};
use crate::pdf::pages::{Color, Item};
use crate::text::{Align, Family, TextStyle};
use crate::units::Pt;

/// The width of a column when the face does not tell, in parts of the type size.
const COLUMN: f32 = 0.6;
/// A tab goes to the next multiple of this many columns.
const TAB: usize = 4;
/// How many columns a row that goes on is moved in from the indent of its line.
const HANG: usize = 2;
/// How far before the end of a row a good place to cut it is looked for.
const REACH: usize = 15;
/// Lines that are a little too long make the type smaller, but not below this part of its size.
const LEAST_SCALE: f32 = 0.88;

/// A piece of a line, in one colour.
type Piece = (String, CodeClass);

/// A row: a line of code, or as much of it as fits.
#[derive(Debug, Default, PartialEq)]
struct Row {
    pieces: Vec<Piece>,
    /// The byte of the code where it begins.
    begin: usize,
    /// Whether it goes on from the row above.
    continues: bool,
    /// How many columns it is moved in.
    hang: usize,
}

/// The width of a column, in parts of the type size: the advance of the face for code.
fn advance(library: &Library) -> f32 {
    let want = Want { family: Family::Mono, bold: false, italic: false, wide: false, region: None };
    let face = library.choose("0", &want).map(|id| library.face(id));
    let advance = face.and_then(|face| Some(face.advance(face.glyph('0')?).0));
    advance.filter(|width| (0.4..=0.8).contains(width)).unwrap_or(COLUMN)
}

/// The group of a block of code.
pub(super) fn group(context: &Context<'_>, frame: &Frame<'_>, id: NodeId, code: &Code) -> Group {
    let kind = &context.sheet.kind;
    let leading = kind.code_leading;
    let advance = advance(context.setter.library());
    let pad = frame.size * 0.6;
    let column_frame = frame.inset(pad, pad).flush();
    let (size, columns) = size_and_columns(code, kind.code.min(frame.size), advance, column_frame.width);
    let column = size * advance;
    let inner = Frame { family: Family::Mono, align: Align::Left, ..column_frame.sized(size, leading) };
    let style = TextStyle { bold: false, ..inline::frame_style(&inner) };
    let rows = rows(code, columns);
    let mut strips: Vec<Strip> = Vec::with_capacity(rows.len());
    let mut previous_continues = false;
    for row in rows.iter().rev() {
        let shifted = Frame { x: inner.x + column * row.hang as f32, ..inner };
        let mut strip = row_strip(context, &shifted, id, style, row, column);
        // The rows of a line stay together.
        strip.glued = row.continues;
        if previous_continues {
            let x = inner.x + column * columns as f32;
            let mark = shapes::wrap_mark(x, (leading - size) * 0.5, size * 0.8, context.style.color.note);
            strip.items.extend(mark);
        }
        previous_continues = row.continues;
        strips.push(strip);
    }
    strips.reverse();
    lines::forbid_lone_lines(&mut strips, false);
    let mut group = Group { strips, ..Group::default() };
    let space = frame.leading * 0.7;
    (group.before, group.after) = (space, space);
    let overhang = frame.leading * 0.3;
    let groups = std::slice::from_mut(&mut group);
    if context.sheet.tints {
        ground(context, groups, frame.x, frame.width, overhang, context.style.color.tint);
    } else {
        ground(context, groups, frame.x, Pt(0.75), Pt::ZERO, context.style.color.rule);
    }
    group
}

/// The type size of a block and its columns. The last column is kept for the mark of a line that goes on.
fn size_and_columns(code: &Code, size: Pt, advance: f32, width: Pt) -> (Pt, usize) {
    let columns = |size: Pt| ((width / (size * advance)) as usize).saturating_sub(1).max(4);
    let length = |line: &[Cell]| line.iter().map(|cell| cell.width).sum::<usize>();
    let longest = lines_of(code).iter().map(|(_, line)| length(line)).max().unwrap_or(0);
    let scale = columns(size) as f32 / longest.max(1) as f32;
    let size = if (LEAST_SCALE..1.0).contains(&scale) { size * (scale * 0.995) } else { size };
    (size, columns(size))
}

fn row_strip(context: &Context<'_>, frame: &Frame<'_>, id: NodeId, style: TextStyle, row: &Row, column: Pt) -> Strip {
    let mut text = Text::default();
    for (words, class) in &row.pieces {
        text.push_words(words, style, color(context, *class), context.role(id));
    }
    let base = lines::baseline(frame.size, frame.leading);
    let start = Some((id, u32::try_from(row.begin).unwrap_or(u32::MAX)));
    let mut strip = Strip { height: frame.leading, start, ..Strip::default() };
    for fragment in context.setter.set_grid(&text.content, &lines::options(frame, Pt::ZERO), column) {
        let mark = usize::try_from(fragment.tag).ok().and_then(|tag| text.marks.get(tag));
        if let Some(mark) = mark {
            strip.items.push(Item::Glyphs(lines::run(&fragment, frame.x, base, mark.color, mark.role)));
        }
    }
    strip
}

/// A character of a line, as it stands on the grid.
struct Cell {
    c: char,
    class: CodeClass,
    /// Its byte of the code.
    at: usize,
    /// How many columns it takes.
    width: usize,
}

/// The lines of code, tabs measured.
fn lines_of(code: &Code) -> Vec<(usize, Vec<Cell>)> {
    let mut out = vec![(0, Vec::new())];
    let (mut at, mut used) = (0, 0);
    for span in &code.spans {
        for c in span.text.chars() {
            if c == '\n' {
                out.push((at + 1, Vec::new()));
                used = 0;
            } else if c != '\r' {
                let width = if c == '\t' { TAB - used % TAB } else { columns_of(c) };
                used += width;
                if let Some((_, line)) = out.last_mut() {
                    line.push(Cell { c, class: span.class, at, width });
                }
            }
            at += c.len_utf8();
        }
    }
    out
}

/// Cuts code into rows of at most `columns`. Rows that go on hang by two columns more than their line.
fn rows(code: &Code, columns: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for (begin, line) in lines_of(code) {
        let indent: usize = line.iter().take_while(|cell| is_blank(cell.c)).map(|cell| cell.width).sum();
        let hang = (indent + HANG).min(columns / 3);
        let mut rest = line.as_slice();
        let mut row = Row { begin, ..Row::default() };
        loop {
            let (now, later) = rest.split_at(row_end(rest, columns - row.hang));
            now.iter().for_each(|cell| push(&mut row, cell));
            rows.push(row);
            let Some(first) = later.first() else { break };
            row = Row { begin: first.at, continues: true, hang, ..Row::default() };
            rest = later;
        }
    }
    rows
}

/// How many cells of a line stand in a row of so many columns.
fn row_end(line: &[Cell], columns: usize) -> usize {
    let mut used = 0;
    let fits = |cell: &&Cell| {
        used += cell.width;
        used <= columns
    };
    let most = line.iter().take_while(fits).count();
    if most == line.len() {
        return most;
    }
    // A space after the last column is not seen.
    if line[most].c == ' ' {
        return most + 1;
    }
    let end = most.max(1);
    let near = end.saturating_sub(REACH).max(1);
    let far = (end / 2).max(1);
    let last =
        |from: usize, may: fn(char, char) -> bool| (from..=end).rev().find(|&at| may(line[at - 1].c, line[at].c));
    last(near, at_joint)
        .or_else(|| last(near, beside_han))
        .or_else(|| last(far, at_joint))
        .or_else(|| last(near, between_words))
        .unwrap_or(end)
}

fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t'
}

/// Whether a row may end between these: after a space, and after a mark that does not belong to what follows.
fn at_joint(a: char, b: char) -> bool {
    let opens = matches!(a, '(' | '[' | '{');
    let ends = matches!(a, ',' | ')' | '.' | '=' | '/' | ';' | '，' | '。' | '、' | '；' | '：' | '！' | '？');
    // Marks in a row are one sign or close one thing; a point between digits is of their number.
    let one = b.is_ascii_punctuation() && !matches!(b, '"' | '\'' | '_' | '$' | '@' | '&') || is_closing(b);
    (is_blank(a) && !is_blank(b)) || (ends || opens) && !one && !is_blank(b) && !(a == '.' && b.is_ascii_digit())
}

/// Whether a row may end between two Han characters, or one and something else.
fn beside_han(a: char, b: char) -> bool {
    let opens = matches!(a, '“' | '‘' | '（' | '《' | '「' | '『' | '【');
    (inline::is_han(a) || inline::is_han(b)) && !opens && !is_closing(b) && !b.is_ascii_punctuation()
}

fn is_closing(c: char) -> bool {
    matches!(c, '”' | '’' | '）' | '》' | '」' | '』' | '】' | '，' | '。' | '、' | '；' | '：' | '！' | '？')
}

/// Whether two characters belong to different words.
fn between_words(a: char, b: char) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    word(a) != word(b)
}

fn push(row: &mut Row, cell: &Cell) {
    if row.pieces.last().is_none_or(|(_, last)| *last != cell.class) {
        row.pieces.push((String::new(), cell.class));
    }
    if let Some((text, _)) = row.pieces.last_mut() {
        match cell.c {
            '\t' => text.extend(std::iter::repeat_n(' ', cell.width)),
            c => text.push(c),
        }
    }
}

/// How many columns a character takes: none, one or two (UAX #11, as terminals do).
fn columns_of(c: char) -> usize {
    match c {
        '\u{0300}'..='\u{036F}' | '\u{200B}'..='\u{200F}' | '\u{FE00}'..='\u{FE0F}' | '\u{20D0}'..='\u{20FF}' => 0,
        '\u{1100}'..='\u{115F}'
        | '\u{2E80}'..='\u{303E}'
        | '\u{3041}'..='\u{A4CF}'
        | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{FE30}'..='\u{FE6F}'
        | '\u{FF00}'..='\u{FF60}'
        | '\u{FFE0}'..='\u{FFE6}'
        // Signs that are wide between Han characters: better a row too early than one too long.
        | '“' | '”' | '‘' | '’' | '—' | '…' | '·' | '‧' | '•'
        | '\u{1F300}'..='\u{1FAFF}'
        | '\u{20000}'..='\u{3FFFD}' => 2,
        _ => 1,
    }
}

/// The colour of a class.
fn color(context: &Context<'_>, class: CodeClass) -> Color {
    let colors = &context.style.color;
    if !context.screen || !context.sheet.tints {
        return if class == CodeClass::Comment { colors.note } else { colors.text };
    }
    match class {
        CodeClass::Plain => colors.text,
        CodeClass::Comment => colors.code.comment,
        CodeClass::Keyword => colors.code.keyword,
        CodeClass::String => colors.code.string,
        CodeClass::Number => colors.code.number,
        CodeClass::Function => colors.code.function,
        CodeClass::Type => colors.code.r#type,
        CodeClass::Operator => colors.code.operator,
        CodeClass::Name => colors.code.name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::CodeSpan;

    fn cut(text: &str, columns: usize) -> Vec<(String, bool)> {
        let code = Code { language: None, spans: vec![CodeSpan { class: CodeClass::Plain, text: text.to_owned() }] };
        let rows = rows(&code, columns).into_iter();
        rows.map(|row| (row.pieces.into_iter().map(|(text, _)| text).collect(), row.continues)).collect()
    }

    #[test]
    fn long_lines_go_on_in_the_next_row_and_nothing_is_lost() {
        let rows = [("abcd", false), ("ef", true), ("", false), ("g", false)];
        assert_eq!(cut("abcdef\n\ng", 4), rows.map(|(text, continues)| (text.to_owned(), continues)));
    }

    #[test]
    fn rows_end_between_words_and_never_inside_a_number() {
        let texts = |code: &str, columns| cut(code, columns).into_iter().map(|row| row.0).collect::<Vec<_>>();
        assert_eq!(texts("let height = width / 16;", 22), ["let height = width / ", "16;"]);
        assert_eq!(texts("call(alpha, beta_gamma)", 15), ["call(alpha, ", "beta_gamma)"]);
        assert_eq!(texts("validators.get(tag);", 19), ["validators.get(", "tag);"]);
        assert_eq!(texts("x = 3.14159265", 12), ["x = ", "3.14159265"]);
        assert_eq!(texts("# 竹帘一插、一荡，纸才有劲", 22), ["# 竹帘一插、一荡，", "纸才有劲"]);
    }

    #[test]
    fn rows_that_go_on_hang_two_columns_deeper_than_their_line() {
        let code =
            Code { language: None, spans: vec![CodeSpan { class: CodeClass::Plain, text: "    if a { b }".into() }] };
        let hangs: Vec<usize> = rows(&code, 12).iter().map(|row| row.hang).collect();
        assert_eq!(hangs, [0, 4]);
        let hangs: Vec<usize> = rows(&code, 13).iter().map(|row| row.hang).collect();
        assert_eq!(hangs, [0, 4]);
    }

    #[test]
    fn han_characters_take_two_columns_and_tabs_go_to_the_next_stop() {
        assert_eq!(cut("汉字a", 4), [("汉字".to_owned(), false), ("a".to_owned(), true)]);
        assert_eq!(cut("a\tb", 20), [("a   b".to_owned(), false)]);
    }
}
