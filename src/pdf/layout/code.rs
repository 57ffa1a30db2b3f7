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
}

/// The width of a column, in parts of the type size: the advance of the face for code.
fn column(library: &Library) -> f32 {
    let want = Want { family: Family::Mono, bold: false, italic: false, wide: false, region: None };
    let face = library.choose("0", &want).map(|id| library.face(id));
    let advance = face.and_then(|face| Some(face.advance(face.glyph('0')?).0));
    advance.filter(|width| (0.4..=0.8).contains(width)).unwrap_or(COLUMN)
}

/// The group of a block of code.
pub(super) fn group(context: &Context<'_>, frame: &Frame<'_>, id: NodeId, code: &Code) -> Group {
    let kind = &context.sheet.kind;
    let size = kind.code.min(frame.size);
    let leading = kind.code_leading;
    let column = size * column(context.setter.library());
    let pad = frame.size * 0.6;
    let inner =
        Frame { family: Family::Mono, align: Align::Left, ..frame.inset(pad, pad).flush().sized(size, leading) };
    let style = TextStyle { bold: false, ..inline::frame_style(&inner) };
    // The last column is kept for the mark of a line that goes on.
    let columns = ((inner.width / column) as usize).saturating_sub(1).max(4);
    let rows = rows(code, columns);
    let mut strips: Vec<Strip> = Vec::with_capacity(rows.len());
    let mut previous_continues = false;
    for row in rows.iter().rev() {
        let mut strip = row_strip(context, &inner, id, style, row, column);
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

/// Cuts code into rows of at most `columns`.
fn rows(code: &Code, columns: usize) -> Vec<Row> {
    let mut rows = vec![Row::default()];
    let (mut at, mut used) = (0, 0);
    for span in &code.spans {
        for c in span.text.chars() {
            if c == '\n' {
                rows.push(Row { begin: at + 1, ..Row::default() });
                used = 0;
            } else if c != '\r' {
                let width = if c == '\t' { TAB - used % TAB } else { columns_of(c) };
                if used + width > columns && used > 0 {
                    rows.push(Row { begin: at, continues: true, ..Row::default() });
                    used = 0;
                }
                if let Some(row) = rows.last_mut() {
                    push(row, span.class, c, width);
                }
                used += width;
            }
            at += c.len_utf8();
        }
    }
    rows
}

fn push(row: &mut Row, class: CodeClass, c: char, width: usize) {
    if row.pieces.last().is_none_or(|(_, last)| *last != class) {
        row.pieces.push((String::new(), class));
    }
    if let Some((text, _)) = row.pieces.last_mut() {
        match c {
            '\t' => text.extend(std::iter::repeat_n(' ', width)),
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
        assert_eq!(
            cut("abcdef\n\ng", 4),
            [("abcd", false), ("ef", true), ("", false), ("g", false)]
                .map(|(text, continues)| (text.to_owned(), continues))
        );
    }

    #[test]
    fn han_characters_take_two_columns_and_tabs_go_to_the_next_stop() {
        assert_eq!(cut("汉字a", 4), [("汉字".to_owned(), false), ("a".to_owned(), true)]);
        assert_eq!(cut("a\tb", 20), [("a   b".to_owned(), false)]);
    }
}
