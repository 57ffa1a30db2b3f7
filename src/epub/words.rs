//! The few words that the book itself says, in its language.

use crate::book::Language;

/// Words of the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Words {
    /// The heading of the contents.
    pub(super) contents: &'static str,
    /// The cover, in the landmarks.
    pub(super) cover: &'static str,
    /// The title page, in the landmarks.
    pub(super) title_page: &'static str,
    /// Where the articles begin, in the landmarks.
    pub(super) text: &'static str,
    /// The list of landmarks.
    pub(super) landmarks: &'static str,
    /// The list of pages.
    pub(super) pages: &'static str,
    /// The page that tells where the articles are from.
    pub(super) sources: &'static str,
    /// The link to an article's original.
    pub(super) original: &'static str,
    /// What the book can be read with, for people who choose by that.
    pub(super) accessible: &'static str,
    /// The same for a book whose pictures are not all described.
    pub(super) hardly_described: &'static str,
    /// What is said of an article in another volume, around the volume's number, behind a link to it.
    pub(super) in_volume: [&'static str; 2],
    /// The number of a volume and of how many, around `/`, behind a title.
    pub(super) volume: [&'static str; 2],
}

const SIMPLIFIED: Words = Words {
    contents: "目录",
    cover: "封面",
    title_page: "书名页",
    text: "正文",
    landmarks: "导览",
    pages: "页码",
    sources: "文章来源",
    original: "查看原文",
    accessible: "本书文字可重排，可由读屏软件朗读，有目录和标题导航；图片的替代文字取自原文。",
    hardly_described: "本书文字可重排，可由读屏软件朗读，有目录和标题导航；部分图片没有说明，只有编号。",
    in_volume: ["（见第", "卷）"],
    volume: ["（", "）"],
};

const TRADITIONAL: Words = Words {
    contents: "目錄",
    cover: "封面",
    title_page: "書名頁",
    text: "正文",
    landmarks: "導覽",
    pages: "頁碼",
    sources: "文章來源",
    original: "查看原文",
    accessible: "本書文字可重排，可由讀屏軟體朗讀，有目錄和標題導覽；圖片的替代文字取自原文。",
    hardly_described: "本書文字可重排，可由讀屏軟體朗讀，有目錄和標題導覽；部分圖片沒有說明，只有編號。",
    in_volume: ["（見第", "卷）"],
    volume: ["（", "）"],
};

const ENGLISH: Words = Words {
    contents: "Contents",
    cover: "Cover",
    title_page: "Title page",
    text: "Text",
    landmarks: "Landmarks",
    pages: "Pages",
    sources: "Sources",
    original: "Original article",
    accessible: "The text reflows and can be read aloud; contents and headings can be navigated. \
                 Descriptions of images are those of the original articles.",
    hardly_described: "The text reflows and can be read aloud; contents and headings can be navigated. \
                       Some images have no description, only a number.",
    in_volume: [" (in volume ", ")"],
    volume: [" (", ")"],
};

/// The words in a language; English where there are none.
pub(super) fn of(language: &Language) -> &'static Words {
    if !language.is_chinese() {
        &ENGLISH
    } else if language.is_traditional() {
        &TRADITIONAL
    } else {
        &SIMPLIFIED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_speaks_its_own_language() {
        let words = |tag: &str| of(&Language::new(tag).expect("a tag")).contents;
        assert_eq!(
            [words("zh-CN"), words("zh-Hant-TW"), words("zh-HK"), words("fr")],
            ["目录", "目錄", "目錄", "Contents"]
        );
    }
}
