//! Graphemes: what one face must show whole.
//!
//! A letter with its marks, an emoji with what joins it to others, a Hangul syllable of single letters
//! (UAX #29): taken apart over two faces, none of them could be drawn.

use icu_segmenter::GraphemeClusterSegmenter;
use unicode_script::{Script, UnicodeScript as _};

/// Whether a character is not seen where a face does not know it (`Default_Ignorable_Code_Point`): joiners,
/// variation selectors, marks of direction, soft hyphens.
#[must_use]
pub fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether a character means only what those who made a face agreed on (`Co`).
#[must_use]
pub fn is_private(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{FFFFD}' | '\u{100000}'..='\u{10FFFD}')
}

/// Whether a character has a meaning that a face of somebody else could know.
pub(super) fn is_assigned(c: char) -> bool {
    c.script() != Script::Unknown
}

/// Whether a character is always a grapheme by itself, whatever stands around it: most of Chinese and
/// Latin text, for which no table need be asked.
fn stands_alone(c: char) -> bool {
    matches!(c, ' '..='\u{7E}' | '\u{A0}'..='\u{A8}' | '\u{AA}'..='\u{AC}' | '\u{B0}'..='\u{2FF}' | '\u{2010}'..='\u{2027}'
        | '\u{3000}'..='\u{3029}' | '\u{3031}'..='\u{303C}' | '\u{3041}'..='\u{3096}' | '\u{309B}'..='\u{A48C}'
        | '\u{AC00}'..='\u{D7A3}' | '\u{FF01}'..='\u{FF9D}')
}

/// The bytes at which the graphemes of a text begin; `None` when each character is one.
#[must_use]
pub fn starts(text: &str) -> Option<Vec<usize>> {
    if text.chars().all(stands_alone) {
        return None;
    }
    Some(GraphemeClusterSegmenter::new().segment_str(text).filter(|&at| at < text.len()).collect())
}

/// How a grapheme asks to be drawn (UTS #51).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presentation {
    /// As a letter or sign of the text.
    Text,
    /// As a picture.
    Emoji,
    /// It does not say: a face of the text first.
    Any,
}

/// The characters below U+1F000 that are pictures unless the text says otherwise (`Emoji_Presentation`).
pub(super) fn is_picture(c: char) -> bool {
    matches!(c,
        '\u{231A}' | '\u{231B}' | '\u{23E9}'..='\u{23EC}' | '\u{23F0}' | '\u{23F3}' | '\u{25FD}' | '\u{25FE}' | '\u{2614}'
        | '\u{2615}' | '\u{2648}'..='\u{2653}' | '\u{267F}' | '\u{2693}' | '\u{26A1}' | '\u{26AA}' | '\u{26AB}' | '\u{26BD}'
        | '\u{26BE}' | '\u{26C4}' | '\u{26C5}' | '\u{26CE}' | '\u{26D4}' | '\u{26EA}' | '\u{26F2}' | '\u{26F3}' | '\u{26F5}'
        | '\u{26FA}' | '\u{26FD}' | '\u{2705}' | '\u{270A}' | '\u{270B}' | '\u{2728}' | '\u{274C}' | '\u{274E}'
        | '\u{2753}'..='\u{2755}' | '\u{2757}' | '\u{2795}'..='\u{2797}' | '\u{27B0}' | '\u{27BF}' | '\u{2B1B}' | '\u{2B1C}'
        | '\u{2B50}' | '\u{2B55}' | '\u{1F000}'..='\u{1FAFF}')
}

/// How a grapheme asks to be drawn: by its variation selector, else by its first character; what is
/// joined or coloured is a picture.
#[must_use]
pub fn presentation(grapheme: &str) -> Presentation {
    let Some(first) = grapheme.chars().next() else { return Presentation::Any };
    if first <= '\u{FF}' && grapheme.len() == first.len_utf8() {
        return Presentation::Any;
    }
    for c in grapheme.chars().skip(1) {
        match c {
            '\u{FE0E}' => return Presentation::Text,
            '\u{FE0F}' | '\u{20E3}' | '\u{1F3FB}'..='\u{1F3FF}' => return Presentation::Emoji,
            _ => {}
        }
    }
    if is_picture(first) { Presentation::Emoji } else { Presentation::Any }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_one_grapheme_and_plain_text_asks_no_table() {
        assert_eq!(starts("plain text，和汉字。"), None);
        let text = "e\u{301}👩\u{200D}👧🇨🇳1\u{FE0F}\u{20E3}";
        let starts = starts(text).expect("a sequence");
        let pieces: Vec<&str> =
            starts.iter().zip(starts.iter().skip(1).chain([&text.len()])).map(|(&a, &b)| &text[a..b]).collect();
        assert_eq!(pieces, ["e\u{301}", "👩\u{200D}👧", "🇨🇳", "1\u{FE0F}\u{20E3}"]);
    }

    #[test]
    fn a_selector_says_how_a_sign_is_drawn() {
        assert_eq!(presentation("☀"), Presentation::Any);
        assert_eq!(presentation("☀\u{FE0F}"), Presentation::Emoji);
        assert_eq!(presentation("⌚\u{FE0E}"), Presentation::Text);
        assert_eq!(presentation("⌚"), Presentation::Emoji);
        assert_eq!(presentation("1"), Presentation::Any);
        assert_eq!(presentation("1\u{FE0F}\u{20E3}"), Presentation::Emoji);
        assert_eq!(presentation("👍🏽"), Presentation::Emoji);
    }
}
