//! The facts that a header may give, whatever its form.

use url::Url;

use crate::book::{Language, Published, Section, tidy};
use crate::collect::dates;

/// What a line of a header is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Title,
    Author,
    Published,
    Place,
    Source,
    Cover,
    Description,
    Tags,
    Section,
    Language,
}

impl Key {
    /// The key of a line of the archive form. Words that ordinary prose begins with are not among them.
    pub(super) fn of_archive(name: &str) -> Option<Self> {
        Some(match name.to_lowercase().as_str() {
            "标题" | "文章标题" | "title" => Self::Title,
            "文章作者" | "作者" | "author" | "authors" => Self::Author,
            "发布时间" | "发布日期" | "发表时间" | "date" | "published" | "published time" => {
                Self::Published
            }
            "发布地" | "发布地点" | "location" => Self::Place,
            "原文链接" | "原文地址" | "source" | "url" | "url source" => Self::Source,
            "封面图链接" | "封面图" | "封面" | "cover" => Self::Cover,
            "摘要" | "description" | "summary" => Self::Description,
            "标签" | "关键词" | "tags" | "keywords" => Self::Tags,
            "语言" | "language" | "lang" => Self::Language,
            _ => return None,
        })
    }

    /// The key of front matter: those of the archive form, and those that site generators use.
    pub(super) fn of_front_matter(name: &str) -> Option<Self> {
        let name = name.to_lowercase().replace(['_', '-', ' '], "");
        Some(match name.as_str() {
            "byline" | "creator" => Self::Author,
            "日期" | "datetime" | "pubdate" | "publishdate" | "publishedat" | "datepublished" | "created" => {
                Self::Published
            }
            "place" => Self::Place,
            "link" | "canonical" | "canonicalurl" | "sourceurl" | "originalurl" | "original" | "链接" | "来源" => {
                Self::Source
            }
            "coverimage" | "image" | "images" | "featuredimage" | "banner" | "thumbnail" | "heroimage" => Self::Cover,
            "abstract" | "excerpt" | "简介" | "描述" => Self::Description,
            "tag" | "categories" | "topics" => Self::Tags,
            "section" | "栏目" => Self::Section,
            "locale" => Self::Language,
            _ => return Self::of_archive(&name),
        })
    }
}

/// What is known about an article from its header.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Facts {
    pub(super) title: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) site: Option<String>,
    pub(super) published: Option<Published>,
    pub(super) place: Option<String>,
    pub(super) source: Option<String>,
    pub(super) cover: Option<String>,
    pub(super) description: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) section: Option<Section>,
    pub(super) language: Option<Language>,
    /// Lines that were not understood, and why.
    pub(super) remarks: Vec<Remark>,
}

/// A line of a header that was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remark {
    /// The line in the file, from 1.
    pub(super) line: u32,
    /// What is wrong with it.
    pub(super) message: String,
}

impl Facts {
    /// Whether a fact is known already; what was said first holds.
    pub(super) fn knows(&self, key: Key) -> bool {
        match key {
            Key::Title => self.title.is_some(),
            Key::Author => !self.authors.is_empty(),
            Key::Published => self.published.is_some(),
            Key::Place => self.place.is_some(),
            Key::Source => self.source.is_some(),
            Key::Cover => self.cover.is_some(),
            Key::Description => self.description.is_some(),
            Key::Tags => !self.tags.is_empty(),
            Key::Section => self.section.is_some(),
            Key::Language => self.language.is_some(),
        }
    }

    /// Takes a fact from one value or several. Empty values say nothing.
    ///
    /// # Errors
    /// With a message when the value cannot be understood.
    pub(super) fn set(&mut self, key: Key, values: &[String]) -> Result<(), String> {
        let values: Vec<String> = values.iter().map(|value| tidy(value)).filter(|value| !value.is_empty()).collect();
        let Some(first) = values.first() else { return Ok(()) };
        if self.knows(key) {
            return Ok(());
        }
        match key {
            Key::Title => self.title = Some(first.clone()),
            Key::Author => self.authors = values.iter().flat_map(|value| split_names(value)).collect(),
            Key::Published => {
                self.published =
                    Some(dates::parse(first).ok_or_else(|| format!("`{first}` is not a date that can be read"))?);
            }
            Key::Place => self.place = Some(first.clone()),
            Key::Source => {
                self.source = Some(web_address(first).ok_or_else(|| format!("`{first}` is not an http(s) address"))?);
            }
            Key::Cover => self.cover = Some(bare_address(first).to_owned()),
            Key::Description => self.description = Some(first.clone()),
            Key::Tags => self.tags = values.iter().flat_map(|value| split_tags(value)).collect(),
            // Empty values were left out above.
            Key::Section => self.section = Section::new(first).ok(),
            Key::Language => self.language = Some(Language::new(first).map_err(|error| error.to_string())?),
        }
        Ok(())
    }

    /// Notes a line that was not understood.
    pub(super) fn remark(&mut self, line: u32, message: impl Into<String>) {
        self.remarks.push(Remark { line, message: message.into() });
    }
}

/// The address in `<…>`, `[text](…)` or `![](…)`; else the text itself.
fn bare_address(text: &str) -> &str {
    let inner = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
    let linked = || (text.starts_with('[') || text.starts_with("![")).then(|| text.split_once("](")).flatten();
    let target = || linked()?.1.strip_suffix(')')?.split_whitespace().next();
    inner.or_else(target).unwrap_or(text)
}

/// An http(s) address as it was written.
pub(super) fn web_address(text: &str) -> Option<String> {
    let address = bare_address(text);
    let url = Url::parse(address).ok()?;
    (matches!(url.scheme(), "http" | "https") && !address.contains(' ')).then(|| address.to_owned())
}

/// Splits a list of names. A comma between two Latin words may belong to one name (`Smith, John`).
fn split_names(text: &str) -> Vec<String> {
    let names = |text: &str, separators: &[char]| -> Vec<String> {
        text.split(separators).map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    };
    let by_comma = names(text, &[',', '、', '，', ';', '；']);
    let whole_names = by_comma.iter().all(|name| name.contains(' ') || !name.is_ascii());
    if whole_names { by_comma } else { names(text, &['、', '，', ';', '；']) }
}

/// Splits keywords at commas, else at spaces; the sign of a hashtag goes.
fn split_tags(text: &str) -> Vec<String> {
    let separators: &[char] = &[',', '，', '、', ';', '；'];
    let parts: Vec<&str> = if text.contains(separators) || !text.starts_with('#') {
        text.split(separators).collect()
    } else {
        text.split(' ').collect()
    };
    parts.iter().map(|tag| tag.trim().trim_matches('#').to_owned()).filter(|tag| !tag.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(key: Key, value: &str) -> Facts {
        let mut facts = Facts::default();
        facts.set(key, &[value.to_owned()]).expect("understood");
        facts
    }

    #[test]
    fn names_and_tags_are_split_where_writers_split_them() {
        assert_eq!(set(Key::Author, "张三、李四，王五").authors, ["张三", "李四", "王五"]);
        assert_eq!(set(Key::Author, "Ann Smith, Bo Lee").authors, ["Ann Smith", "Bo Lee"]);
        assert_eq!(set(Key::Author, "Smith, John").authors, ["Smith, John"]);
        assert_eq!(set(Key::Tags, "书, 字体，machine learning").tags, ["书", "字体", "machine learning"]);
        assert_eq!(set(Key::Tags, "#书 #字体").tags, ["书", "字体"]);
    }

    #[test]
    fn an_address_is_taken_out_of_its_markdown() {
        for text in [
            "https://a.example/x_y",
            "<https://a.example/x_y>",
            "[原文](https://a.example/x_y)",
            "[a](https://a.example/x_y \"t\")",
        ] {
            assert_eq!(set(Key::Source, text).source.as_deref(), Some("https://a.example/x_y"), "{text}");
        }
        assert_eq!(set(Key::Cover, "![](pic/a.png)").cover.as_deref(), Some("pic/a.png"));
    }

    #[test]
    fn what_was_said_first_holds_and_emptiness_says_nothing() {
        let mut facts = set(Key::Place, "  上\u{200B}海 ");
        facts.set(Key::Place, &["北京".to_owned()]).expect("understood");
        facts.set(Key::Description, &[" ".to_owned()]).expect("nothing to understand");
        assert_eq!((facts.place.as_deref(), facts.description), (Some("上海"), None));
    }

    #[test]
    fn what_cannot_be_understood_is_told() {
        let mut facts = Facts::default();
        for (key, value) in
            [(Key::Published, "昨天"), (Key::Source, "无"), (Key::Source, "file:///etc"), (Key::Language, "中文")]
        {
            let message = facts.set(key, &[value.to_owned()]).expect_err("not understood");
            assert!(message.contains(value), "{message}");
        }
        assert_eq!(facts, Facts::default());
    }
}
