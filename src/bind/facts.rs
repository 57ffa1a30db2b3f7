//! The facts of the book that nobody gave: they come from its articles.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::dates::newest;
use super::placeholders::Placeholders;
use crate::book::{Article, Language, Metadata, Published, Series};

/// What is known of the book before its articles are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BookFacts {
    /// The title; may hold `{date}`, `{from}`, `{to}` and `{issue}`. Without it: that of the only article, else [`BookFacts::folder`].
    pub title: Option<String>,
    /// The name of the folder that the articles are in.
    pub folder: Option<String>,
    /// Author or editor of the whole.
    pub author: Option<String>,
    /// The language. Without it: that of most articles.
    pub language: Option<Language>,
    /// A summary.
    pub description: Option<String>,
    /// The publisher.
    pub publisher: Option<String>,
    /// The path or address of the cover picture.
    pub cover: Option<String>,
    /// The series that the book belongs to.
    pub series: Option<String>,
    /// Which issue it is.
    pub issue: Option<u32>,
    /// The date where no article has one: that of the issue, for which the schedule made it.
    pub date: Option<Published>,
    /// What the book's identifier is made from. Without it: the title and the articles' addresses.
    pub identifier: Option<String>,
}

/// The name of a book of several articles that are in no folder with a name.
const NAMELESS: &str = "文集";

/// The space of wenji's identifiers, so that nobody else's name-based identifiers are the same.
const NAMESPACE: Uuid = Uuid::from_u128(0x7b7e_0a53_55c1_4d0a_9c39_7765_6e6a_6901);

/// Completes the facts from the articles.
#[must_use]
pub fn metadata(given: &BookFacts, articles: &[Article]) -> Metadata {
    let newest = newest(articles).or(given.date);
    let title = given.title.as_deref();
    let title = title.map(|title| Placeholders::of(articles, given.issue, given.date).fill(title));
    let only = if let [article] = articles { Some(article) } else { None };
    let title = title.filter(|title| !title.trim().is_empty()).or_else(|| only.map(|article| article.title.clone()));
    let title = title.or_else(|| given.folder.clone()).unwrap_or_else(|| NAMELESS.to_owned());
    let of_article = || only.map(|article| article.authors.clone()).unwrap_or_default();
    Metadata {
        authors: given.author.clone().map_or_else(of_article, |author| vec![author]),
        language: given.language.clone().unwrap_or_else(|| most_common_language(articles)),
        description: given.description.clone().or_else(|| only.and_then(|article| article.description.clone())),
        publisher: given.publisher.clone(),
        series: given.series.clone().map(|title| Series { title, issue: given.issue, volume: None }),
        identifier: identifier(given, &title, articles),
        date: newest.map(|published| published.utc()),
        title,
    }
}

/// The language of most articles; of equals, the one met first.
fn most_common_language(articles: &[Article]) -> Language {
    let mut counts: BTreeMap<&Language, usize> = BTreeMap::new();
    for article in articles {
        *counts.entry(&article.language).or_default() += 1;
    }
    let most = counts.values().copied().max().unwrap_or(0);
    let first = articles.iter().map(|article| &article.language).find(|language| counts.get(language) == Some(&most));
    first.cloned().unwrap_or_default()
}

/// An identifier that stays when articles are edited, so that the new book replaces the old one.
fn identifier(given: &BookFacts, title: &str, articles: &[Article]) -> Uuid {
    let mut keys: Vec<&str> = articles.iter().map(|article| article.origin.key()).collect();
    keys.sort_unstable();
    let mut name = match &given.identifier {
        Some(given) => format!("identifier\n{given}"),
        None => format!("title\n{title}\n{}", keys.join("\n")),
    };
    // The next issue stands beside this one on a shelf.
    if let Some(issue) = given.issue {
        name += &format!("\nissue\n{issue}");
    }
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::Origin;
    use crate::document::Document;

    fn article(title: &str, language: &str, date: Option<&str>) -> Article {
        let published = date.map(|date| Published {
            local: chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").expect("a day").and_time(chrono::NaiveTime::MIN),
            has_time: false,
            offset: None,
        });
        let origin = Origin::Url(format!("https://example.org/{title}"));
        let language = Language::new(language).expect("a tag");
        let authors = vec!["甲".to_owned(), "乙".to_owned()];
        Article { authors, published, ..Article::new(origin, title, language, Document::default()) }
    }

    #[test]
    fn the_only_article_names_its_book() {
        let book = metadata(
            &BookFacts { folder: Some("夏".to_owned()), ..BookFacts::default() },
            &[article("一", "zh-CN", None)],
        );
        assert_eq!((book.title.as_str(), book.author().as_deref()), ("一", Some("甲、乙")));
        assert_eq!((book.authors.len(), book.date), (2, None));
        let english = metadata(&BookFacts::default(), &[article("one", "en", None)]);
        assert_eq!(english.author().as_deref(), Some("甲, 乙"));
    }

    #[test]
    fn several_articles_take_the_folders_name_the_common_language_and_the_newest_date() {
        let articles = [
            article("a", "en", Some("2026-02-01")),
            article("b", "zh-CN", Some("2026-03-01")),
            article("c", "zh-CN", None),
        ];
        let book = metadata(&BookFacts { folder: Some("夏".to_owned()), ..BookFacts::default() }, &articles);
        assert_eq!((book.title.as_str(), book.author(), book.language.tag()), ("夏", None, "zh-CN"));
        assert_eq!(book.date.map(|date| date.to_rfc3339()).as_deref(), Some("2026-03-01T00:00:00+00:00"));
        let titled = metadata(&BookFacts { title: Some("周刊 {date}".to_owned()), ..BookFacts::default() }, &articles);
        assert_eq!(titled.title, "周刊 2026-03-01");
        let span = BookFacts { title: Some("{from} 至 {to}".to_owned()), ..BookFacts::default() };
        assert_eq!(metadata(&span, &articles).title, "2026-02-01 至 2026-03-01");
    }

    #[test]
    fn an_identifier_does_not_depend_on_order_and_follows_the_given_one() {
        let (a, b) = (article("a", "en", None), article("b", "en", None));
        let facts =
            |identifier: Option<&str>| BookFacts { identifier: identifier.map(str::to_owned), ..BookFacts::default() };
        let id = |given: Option<&str>, articles: &[Article]| identifier(&facts(given), "t", articles);
        assert_eq!(id(None, &[a.clone(), b.clone()]), id(None, &[b.clone(), a.clone()]));
        assert_ne!(id(None, std::slice::from_ref(&a)), id(None, std::slice::from_ref(&b)));
        assert_eq!(id(Some("x"), std::slice::from_ref(&a)), id(Some("x"), std::slice::from_ref(&b)));
        let issue = |issue| identifier(&BookFacts { issue, ..facts(Some("x")) }, "t", &[]);
        assert_ne!(issue(Some(1)), issue(Some(2)));
    }

    #[test]
    fn an_issue_is_named_in_the_title_and_counted_in_its_series() {
        let facts = BookFacts {
            title: Some("晨读 第 {issue} 期".to_owned()),
            series: Some("晨读".to_owned()),
            issue: Some(12),
            ..BookFacts::default()
        };
        let book = metadata(&facts, &[]);
        assert_eq!(book.title, "晨读 第 12 期");
        let series = book.series.expect("a series");
        assert_eq!((series.title.as_str(), series.position().as_deref()), ("晨读", Some("12")));
        assert_eq!(Series { volume: Some(2), ..series }.position().as_deref(), Some("12.2"));
    }
}
