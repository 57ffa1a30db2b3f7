//! The characters of one paragraph as a row of cells, in which steps of [`super::text`] see what stands on the other side of a mark
//! of emphasis.

use crate::book::Language;

/// Stands in a flow for a line break that the author meant.
pub(super) const BREAK: char = '\u{2028}';
/// Stands in a flow for what is not text: pictures, calls of notes.
pub(super) const OBJECT: char = '\u{FFFC}';
/// Stands in a flow for code and formulas, which are words among words.
pub(super) const WORD: char = '\u{FFFB}';

/// A character of a flow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    /// The character.
    pub(super) c: char,
    /// The leaf it belongs to.
    pub(super) leaf: usize,
    /// Its source line.
    pub(super) line: u32,
    /// Whether it must stay as it is: URLs, and what stands for an object.
    pub(super) fixed: bool,
}

/// The characters of a paragraph, in reading order.
pub(super) struct Flow {
    /// The characters.
    pub(super) cells: Vec<Cell>,
    /// Whether it is mostly Chinese or Japanese.
    pub(super) han: bool,
    /// Whether it is Chinese, perhaps with many Latin words: text that Chinese punctuation belongs to.
    pub(super) chinese: bool,
    /// Whether it is text in Latin, Greek or Cyrillic letters in an article that is not Chinese, Japanese or Korean.
    pub(super) latin: bool,
    /// Where it stands, and the habits of its article.
    pub(super) setting: Setting,
    /// The article's language.
    pub(super) language: Language,
}

/// What is known of a paragraph before its text is read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Setting {
    /// Whether the article types a space between Han and Latin.
    pub(super) spaced: bool,
    /// Whether its lines are those that somebody typed: in HTML a line end is white space.
    pub(super) typed: bool,
    /// What it is a part of.
    pub(super) place: Place,
}

/// What a paragraph is a part of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Place {
    /// Running text, or a list.
    #[default]
    Text,
    /// A heading or the cell of a table.
    Label,
    /// A quotation.
    Quotation,
}

impl Flow {
    /// The text as one string; objects are U+FFFC.
    pub(super) fn text(&self) -> String {
        self.cells.iter().map(|cell| cell.c).collect()
    }

    /// The nearest character before a place that is not a space.
    pub(super) fn before(&self, at: usize) -> Option<char> {
        self.cells[..at].iter().rev().map(|cell| cell.c).find(|c| *c != ' ')
    }

    /// The nearest character from a place on that is not a space.
    pub(super) fn after(&self, at: usize) -> Option<char> {
        self.cells.get(at..)?.iter().map(|cell| cell.c).find(|c| *c != ' ')
    }
}

/// Whether a mark is full-width in Chinese text, though its code point is shared with Latin.
pub(super) fn is_shared_mark(c: char) -> bool {
    matches!(c, '“' | '”' | '‘' | '’' | '—' | '…')
}

/// Marks of sentences, which running text has.
pub(super) fn is_sentence_mark(c: char) -> bool {
    matches!(c, '，' | '。' | '；' | '！' | '？' | ',' | ';' | '…')
}

/// Takes spaces from the end.
pub(super) fn trim_end(cells: &mut Vec<Cell>) {
    while cells.last().is_some_and(|cell| matches!(cell.c, ' ' | '\u{3000}')) {
        cells.pop();
    }
}
