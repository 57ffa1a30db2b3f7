//! The words that the books themselves say, in simplified and traditional Chinese and in English.

use crate::language::Language;

/// Something that the books say by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// The title of the contents.
    Contents,
    /// The name of the cover in the outline and the landmarks.
    Cover,
    /// The title page, in the landmarks.
    TitlePage,
    /// Where the articles begin, in the landmarks.
    Text,
    /// The list of landmarks.
    Landmarks,
    /// The list of pages.
    Pages,
    /// The title of the colophon.
    Colophon,
    /// The title of the page that tells where the articles are from.
    Sources,
    /// Before the address of an article's original.
    Source,
    /// The link to an article's original.
    Original,
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
    /// The title of a note that stands apart.
    Note,
    /// The title of a tip.
    Tip,
    /// The title of what must not be missed.
    Important,
    /// The title of a warning.
    Warning,
    /// The title of what may do harm.
    Caution,
    /// What the book can be read with, for people who choose by that.
    Accessible,
    /// The same for a book whose pictures are not all described.
    HardlyDescribed,
    /// Behind a link to an article in another volume, whose number stands for `{}`.
    InVolume,
    /// Behind a title: the number of a volume and of how many, for `{}`.
    Volume,
    /// How many articles there are, on the cover.
    Count,
    /// Which issue of its series it is, on the cover.
    Issue,
    /// The title of an issue without new articles.
    NothingNew,
}

/// What is said in a language: simplified Chinese, traditional Chinese, or English, which stands for all others.
pub(crate) fn choose<T>(language: &Language, [simplified, traditional, english]: [T; 3]) -> T {
    if !language.is_chinese() {
        english
    } else if language.is_traditional() {
        traditional
    } else {
        simplified
    }
}

/// What the books say in a language.
pub(crate) fn word(word: Word, language: &Language) -> &'static str {
    let said = match word {
        Word::Contents => ["目录", "目錄", "Contents"],
        Word::Cover => ["封面", "封面", "Cover"],
        Word::TitlePage => ["书名页", "書名頁", "Title page"],
        Word::Text => ["正文", "正文", "Text"],
        Word::Landmarks => ["导览", "導覽", "Landmarks"],
        Word::Pages => ["页码", "頁碼", "Pages"],
        Word::Colophon => ["版权页", "版權頁", "Colophon"],
        Word::Sources => ["文章来源", "文章來源", "Sources"],
        Word::Source => ["原文", "原文", "Source"],
        Word::Original => ["查看原文", "查看原文", "Original article"],
        Word::Title => ["书名", "書名", "Title"],
        Word::Author => ["编者", "編者", "Author"],
        Word::Publisher => ["出版", "出版", "Publisher"],
        Word::Date => ["日期", "日期", "Date"],
        Word::Articles => ["篇数", "篇數", "Articles"],
        Word::Identifier => ["标识", "識別碼", "Identifier"],
        Word::Typeset => ["排版", "排版", "Typeset by"],
        Word::Picture => ["图片", "圖片", "Picture"],
        Word::MissingPicture => ["图片缺失", "圖片缺失", "Picture missing"],
        Word::Continued => ["续表", "續表", "Continued"],
        Word::Scan => ["扫码阅读原文", "掃碼閱讀原文", "Scan to read the original"],
        Word::Failed => [
            "这篇文章未能排版，请见报告。",
            "這篇文章未能排版，請見報告。",
            "This article could not be laid out; see the report.",
        ],
        Word::Note => ["说明", "說明", "Note"],
        Word::Tip => ["提示", "提示", "Tip"],
        Word::Important => ["重要", "重要", "Important"],
        Word::Warning => ["警告", "警告", "Warning"],
        Word::Caution => ["小心", "小心", "Caution"],
        Word::Accessible => [
            "本书文字可重排，可由读屏软件朗读，有目录和标题导航；图片的替代文字取自原文。",
            "本書文字可重排，可由讀屏軟體朗讀，有目錄和標題導覽；圖片的替代文字取自原文。",
            "The text reflows and can be read aloud; contents and headings can be navigated. Descriptions of images are those of the original articles.",
        ],
        Word::HardlyDescribed => [
            "本书文字可重排，可由读屏软件朗读，有目录和标题导航；部分图片没有说明，只有编号。",
            "本書文字可重排，可由讀屏軟體朗讀，有目錄和標題導覽；部分圖片沒有說明，只有編號。",
            "The text reflows and can be read aloud; contents and headings can be navigated. Some images have no description, only a number.",
        ],
        Word::InVolume => ["（见第{}卷）", "（見第{}卷）", " (in volume {})"],
        Word::Volume => ["（{}）", "（{}）", " ({})"],
        Word::Count => ["共 {} 篇", "共 {} 篇", "{} articles"],
        Word::Issue => ["第 {} 期", "第 {} 期", "No. {}"],
        Word::NothingNew => ["本期没有新文章", "本期沒有新文章", "No new articles"],
    };
    choose(language, said)
}

/// What the books say with something in its place.
pub(crate) fn with(said: Word, language: &Language, inner: &str) -> String {
    word(said, language).replace("{}", inner)
}

/// A date as a language writes it.
pub(crate) fn date(date: chrono::NaiveDate, language: &Language) -> String {
    let pattern = if language.is_han() { "%Y年%-m月%-d日" } else { "%-d %B %Y" };
    date.format(pattern).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_speaks_its_own_language() {
        let contents = |tag: &str| word(Word::Contents, &Language::new(tag).expect("a tag"));
        assert_eq!(["zh-CN", "zh-Hant-TW", "zh-HK", "fr"].map(contents), ["目录", "目錄", "目錄", "Contents"]);
    }
}
