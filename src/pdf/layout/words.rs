//! The words that the book itself adds, by language.

use crate::book::Language;

/// Something that the book says by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// The title of the contents.
    Contents,
    /// The name of the cover in the outline.
    Cover,
    /// The title of the colophon.
    Colophon,
    /// The title of the page that tells where the articles are from.
    Sources,
    /// Before the address of an article's original.
    Source,
    /// Before the title in the colophon.
    Title,
    /// Before the author of the book.
    Author,
    /// Before the publisher.
    Publisher,
    /// Before the date of the book.
    Date,
    /// Before the number of articles.
    Articles,
    /// Before the identifier.
    Identifier,
    /// Before the name of this program.
    Typeset,
    /// What a picture is that nobody has described.
    Picture,
    /// Where a picture is missing.
    MissingPicture,
    /// Before the second and further parts of a table that is too wide.
    Continued,
    /// Beside the code that leads to an article's original.
    Scan,
    /// Where an article could not be laid out.
    Failed,
}

/// What the book says in a language.
pub(super) fn word(word: Word, language: &Language) -> &'static str {
    let (chinese, english) = match word {
        Word::Contents => ("目录", "Contents"),
        Word::Cover => ("封面", "Cover"),
        Word::Colophon => ("版权页", "Colophon"),
        Word::Sources => ("文章来源", "Sources"),
        Word::Source => ("原文", "Source"),
        Word::Title => ("书名", "Title"),
        Word::Author => ("编者", "Author"),
        Word::Publisher => ("出版", "Publisher"),
        Word::Date => ("日期", "Date"),
        Word::Articles => ("篇数", "Articles"),
        Word::Identifier => ("标识", "Identifier"),
        Word::Typeset => ("排版", "Typeset by"),
        Word::Picture => ("图片", "Picture"),
        Word::MissingPicture => ("缺图", "Missing picture"),
        Word::Continued => ("续表", "Continued"),
        Word::Scan => ("扫码阅读原文", "Scan to read the original"),
        Word::Failed => ("这篇文章未能排版，请见报告。", "This article could not be laid out; see the report."),
    };
    if language.is_chinese() { chinese } else { english }
}

/// A date as a language writes it.
pub(super) fn date(date: chrono::NaiveDate, language: &Language) -> String {
    let pattern = if language.is_han() { "%Y年%-m月%-d日" } else { "%-d %B %Y" };
    date.format(pattern).to_string()
}
