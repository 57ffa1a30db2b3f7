//! What a book is made of: an [`Anthology`] of [`Article`]s, each with its facts and its text.

use std::fmt;
use std::path::PathBuf;

use chrono::{DateTime, FixedOffset, NaiveDateTime, Utc};

use crate::document::{Document, Image, NodeId};
pub use crate::language::{BadLanguage, Language};
use crate::problem::Place;

/// The title of a part of the book. Neighbouring articles of one section are a part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Section(String);

/// A section whose title says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a section needs a title; leave the key out for articles that stand outside of any part")]
pub struct NamelessSection;

impl Section {
    /// Takes a title as one line, so that the same title is the same section.
    ///
    /// # Errors
    /// When no visible character is in it.
    pub fn new(title: &str) -> Result<Self, NamelessSection> {
        Some(tidy(title)).filter(|title| !title.is_empty()).map(Self).ok_or(NamelessSection)
    }

    /// The title, one line, never empty.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Section {
    type Error = NamelessSection;

    fn try_from(title: String) -> Result<Self, NamelessSection> {
        Self::new(&title)
    }
}

/// Plain text of one line: no control or zero-width characters, single spaces.
pub(crate) fn tidy(text: &str) -> String {
    let invisible =
        |c: char| matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}' | '\u{FEFF}' | '\u{AD}');
    let clean: String = text.chars().filter(|&c| !invisible(c) && (c.is_whitespace() || !c.is_control())).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// When an article was published, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// Date and time of day as the article gives them; midnight when only a date is known.
    pub local: NaiveDateTime,
    /// Whether the time of day is known.
    pub has_time: bool,
    /// The offset from UTC, when the article names one.
    pub offset: Option<FixedOffset>,
}

impl Published {
    /// The moment, taking a time without an offset as UTC.
    #[must_use]
    pub fn utc(&self) -> DateTime<Utc> {
        match self.offset {
            Some(offset) => DateTime::from_naive_utc_and_offset(self.local - offset, Utc),
            None => self.local.and_utc(),
        }
    }
}

impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pattern = if self.has_time { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d" };
        write!(f, "{}", self.local.format(pattern))
    }
}

/// Where an article came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A local file. `key` is its path relative to what the user named, with `/`, the same on every machine.
    File {
        /// Where the file is.
        path: PathBuf,
        /// What identifies it in reports and in the book's identifier.
        key: String,
    },
    /// A page.
    Url(String),
}

impl Origin {
    /// The place at a line of the origin; 0 when the line is not known.
    #[must_use]
    pub fn at(&self, line: u32) -> Place {
        match self {
            Self::File { path, .. } => Place::File(path.clone(), Some(line).filter(|line| *line > 0)),
            Self::Url(url) => Place::Url(url.clone()),
        }
    }

    /// The origin as a whole.
    #[must_use]
    pub fn place(&self) -> Place {
        match self {
            Self::File { path, .. } => Place::File(path.clone(), None),
            Self::Url(url) => Place::Url(url.clone()),
        }
    }

    /// The same string for the same article on every machine.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::File { key, .. } => key,
            Self::Url(url) => url,
        }
    }
}

/// The text of an article as it came, before it is parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Markdown, without the header; its lines end with `\n`.
    Markdown {
        /// The text.
        text: String,
        /// The number of its first line in the file, from 1.
        first_line: u32,
    },
    /// The elements of the article alone, cut out of their page; scripts and styles may still be among them.
    Html(String),
}

impl Body {
    /// The text as it was written, with its markup.
    #[must_use]
    pub fn source(&self) -> &str {
        match self {
            Self::Markdown { text, .. } | Self::Html(text) => text,
        }
    }
}

/// An article: its facts and its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Article {
    /// Where it came from.
    pub origin: Origin,
    /// The title, plain text, never empty.
    pub title: String,
    /// Who wrote it; empty when unknown.
    pub authors: Vec<String>,
    /// The site, account or paper that published it, when it is not one of the authors.
    pub site: Option<String>,
    /// When it was published.
    pub published: Option<Published>,
    /// Where it was published from (发布地).
    pub place: Option<String>,
    /// The address of the original.
    pub source: Option<String>,
    /// A summary.
    pub description: Option<String>,
    /// Keywords.
    pub tags: Vec<String>,
    /// The article's own cover picture. `None` also when its first picture has the same bytes.
    pub cover: Option<Image>,
    /// The section whose part it stands in; `None` outside of any part.
    pub section: Option<Section>,
    /// The language of the text.
    pub language: Language,
    /// The text.
    pub document: Document,
}

impl Article {
    /// An article of which no more is known.
    #[must_use]
    pub fn new(origin: Origin, title: impl Into<String>, language: Language, document: Document) -> Self {
        Self {
            origin,
            title: title.into(),
            authors: Vec::new(),
            site: None,
            published: None,
            place: None,
            source: None,
            description: None,
            tags: Vec::new(),
            cover: None,
            section: None,
            language,
            document,
        }
    }
}

/// The place of a book in a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// What the series is called.
    pub title: String,
    /// Which of its books this is.
    pub issue: Option<u32>,
    /// Which volume of that book this is, when it is split.
    pub volume: Option<u32>,
}

impl Series {
    /// The place as libraries sort by it: `12`, or `12.2` for the second volume of the twelfth book.
    #[must_use]
    pub fn position(&self) -> Option<String> {
        match (self.issue, self.volume) {
            (Some(issue), Some(volume)) => Some(format!("{issue}.{volume}")),
            (issue, volume) => issue.or(volume).map(|number| number.to_string()),
        }
    }
}

/// The facts of a book.
#[derive(Debug, Clone, PartialEq)]
pub struct Metadata {
    /// The title, never empty.
    pub title: String,
    /// Authors or editors of the whole.
    pub authors: Vec<String>,
    /// The main language.
    pub language: Language,
    /// A summary.
    pub description: Option<String>,
    /// The publisher.
    pub publisher: Option<String>,
    /// The series that it belongs to.
    pub series: Option<Series>,
    /// The identifier: the same for each build of the same book.
    pub identifier: uuid::Uuid,
    /// The book's date: that of its newest article.
    pub date: Option<DateTime<Utc>>,
}

impl Metadata {
    /// The authors in one line, as the book's language lists them; `None` without any.
    #[must_use]
    pub fn author(&self) -> Option<String> {
        (!self.authors.is_empty()).then(|| self.language.list(&self.authors))
    }

    /// The moment at which files say that they were made, which is never the clock's: the book's date, else [`no_date`].
    #[must_use]
    pub fn stamp(&self) -> DateTime<Utc> {
        self.date.unwrap_or_else(no_date)
    }
}

/// What stands for a date where there must be one: the first day that a ZIP archive can hold.
#[must_use]
pub fn no_date() -> DateTime<Utc> {
    chrono::NaiveDate::from_ymd_opt(1980, 1, 1).unwrap_or_default().and_time(chrono::NaiveTime::MIN).and_utc()
}

/// A book: what both backends are given.
#[derive(Debug, Clone, PartialEq)]
pub struct Anthology {
    /// The facts of the book.
    pub metadata: Metadata,
    /// The cover picture of the book, when one was given.
    pub cover: Option<crate::assets::AssetId>,
    /// The articles, in reading order.
    pub articles: Vec<Article>,
}

impl Anthology {
    /// The section whose part begins with an article: its own, unless the article before stands in it too.
    #[must_use]
    pub fn part_at(&self, article: usize) -> Option<&Section> {
        let section = |index: usize| self.articles.get(index)?.section.as_ref();
        let before = article.checked_sub(1).and_then(section);
        section(article).filter(|section| before != Some(section))
    }
}

/// A node of an article of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeRef {
    /// The index of the article in [`Anthology::articles`].
    pub article: u32,
    /// The node in it.
    pub node: NodeId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_tags_are_brought_to_their_usual_form() {
        assert_eq!(Language::new("ZH_hant_tw").expect("well-formed").tag(), "zh-Hant-TW");
        let named = Language::new("Chinese").expect_err("a name").to_string();
        assert!(named.contains("zh-CN") && named.contains("zh-TW"), "{named}");
        assert!(Language::new("中文").is_err());
        assert!(Language::new("").is_err());
        assert!(Language::new("x y").is_err());
    }

    #[test]
    fn a_section_is_one_visible_line() {
        assert_eq!(Section::new(" 书 与\n纸\u{200B} ").expect("a title").title(), "书 与 纸");
        for nothing in ["", " \u{3000}", "\u{200B}\t"] {
            assert_eq!(Section::new(nothing), Err(NamelessSection), "{nothing:?}");
        }
    }

    #[test]
    fn the_script_tells_the_language() {
        assert_eq!(Language::of_text("文集是一种书").tag(), "zh-CN");
        assert_eq!(Language::of_text("使用 OpenAI API 的文章也是中文文章").tag(), "zh-CN");
        assert_eq!(Language::of_text("A collection of writings (文集)").tag(), "en");
        assert_eq!(Language::of_text("これは本です").tag(), "ja");
        assert_eq!(Language::of_text("책을 읽다").tag(), "ko");
        assert_eq!(Language::of_text("").tag(), "en");
        for chinese in [
            "用过 Visual Studio Code、IntelliJ IDEA、Sublime Text 和 Neovim 之后，我留下了 Zed。",
            "列夫・托尔斯泰与车尔尼雪夫斯基・尼古拉",
            "他译过《となりのトトロ》，常说「ようこそ」。",
            "柜台后的人说：「いらっしゃいませ」我没听懂他说了什么，只好点点头，一直走到里面去。",
        ] {
            assert_eq!(Language::of_text(chinese).tag(), "zh-CN", "{chinese}");
        }
        assert_eq!(Language::of_text("「こんにちは」").tag(), "ja");
        assert_eq!(Language::of_text("彼は「吾輩は猫である」を三度読んだ。").tag(), "ja");
        assert_eq!(Language::of_text("It’s 北京大学, the oldest one that we have").tag(), "en");
        let address = "https://example.org/a/rather/long/address?with=many&letters=in#it";
        assert_eq!(Language::of_text(&format!("原文见{address}，")).tag(), "zh-CN");
        assert_eq!(Language::of_text(&format!("[渡口]({address})去。")).tag(), "zh-CN");
    }
}
