//! Characters that have no place in text go, before anything else looks at it. The number of lines stays.

use crate::book;

/// Brings line ends to `\n`, drops control, zero-width and non-characters, and expands nothing else.
///
/// U+00A0 is kept here: CommonMark does not take it for an indent of code, as it would a space.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                if chars.peek() == Some(&'\n') {
                    chars.next();
                }
                out.push('\n');
            }
            '\n' | '\t' => out.push(c),
            // Line separators of other systems, which markdown does not know.
            '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push(' '),
            // The first of these serve this room as marks of its own.
            '\u{FDD0}'..='\u{FDEF}' => {}
            c if is_invisible(c, out.chars().next_back(), chars.peek().copied()) => {}
            c => out.push(c),
        }
    }
    out
}

/// Whether a character shows nothing and means nothing between two others. White space and this room's own marks do not count.
pub(super) fn is_invisible(c: char, before: Option<char>, after: Option<char>) -> bool {
    match c {
        '\n' | '\t' => false,
        c if book::is_joiner(c) => !book::joins(before, after),
        '\u{AD}' | '\u{200B}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFC}' => true,
        c => u32::from(c) & 0xFFFE == 0xFFFE || c.is_control(),
    }
}

/// Whether a character is a Han ideograph, kana or bopomofo: a letter of the full-width grid.
pub(super) fn is_han(c: char) -> bool {
    // What most text is goes first.
    matches!(c, '\u{4E00}'..='\u{9FFF}')
        || matches!(c,
        '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3038}'..='\u{303C}'
        | '\u{3041}'..='\u{30FA}' | '\u{30FC}'..='\u{312F}' | '\u{31A0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{16FE0}'..='\u{18DFF}' | '\u{1AFF0}'..='\u{1B2FF}'
        | '\u{20000}'..='\u{3FFFD}')
}

/// Whether a character is full-width punctuation.
pub(super) fn is_wide_mark(c: char) -> bool {
    matches!(c,
        '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3020}' | '\u{3030}' | '\u{303D}' | '\u{30FB}' | '\u{FE10}'..='\u{FE1F}'
        | '\u{FE30}'..='\u{FE6F}' | '\u{FF01}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF20}' | '\u{FF3B}'..='\u{FF40}'
        | '\u{FF5B}'..='\u{FF65}' | '\u{FFE0}'..='\u{FFE6}')
}

/// Whether a character takes a full square: Han, kana, Hangul, or full-width punctuation.
pub(super) fn is_wide(c: char) -> bool {
    is_han(c)
        || is_wide_mark(c)
        || matches!(c, '\u{3000}' | '\u{1100}'..='\u{11FF}' | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}'
            | '\u{FF10}'..='\u{FF19}' | '\u{FF21}'..='\u{FF3A}' | '\u{FF41}'..='\u{FF5A}')
}

/// The width of text in columns of a terminal.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_go_and_lines_stay() {
        assert_eq!(clean("一\u{200B}二\r\n三\u{7}四\r五\u{FEFF}\u{FDD0}"), "一二\n三四\n五");
    }

    #[test]
    fn emoji_keep_their_joiners() {
        assert_eq!(clean("👩\u{200D}🚀 a\u{200D}b"), "👩\u{200D}🚀 ab");
    }
}
