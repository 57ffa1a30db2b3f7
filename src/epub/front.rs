//! Cover page, title page and sources.

use super::chapter::{file_name, page};
use super::complete::clean;
use super::words::Words;
use crate::addresses::web_address;
use crate::book::Anthology;
use crate::convert::xhtml::escape;

/// The page that shows the cover.
pub(super) fn cover(book: &Anthology, words: &Words, image: &str) -> String {
    let alt = escape(&format!("{} · {}", words.cover, clean(&book.metadata.title)));
    let body = format!(
        "<section epub:type=\"cover\" class=\"cover\"><img src=\"{image}\" alt=\"{alt}\" role=\"doc-cover\"/></section>"
    );
    page(&book.metadata.title, &book.metadata.language, "cover-page", &body)
}

/// The page that names the book.
pub(super) fn title(book: &Anthology) -> String {
    let metadata = &book.metadata;
    let mut body = String::from("<section epub:type=\"titlepage\" class=\"title-page\">\n");
    body.push_str(&format!("<h1 class=\"book-title\">{}</h1>\n", escape(&metadata.title)));
    let mut line = |class: &str, text: &str| {
        if !text.trim().is_empty() {
            body.push_str(&format!("<p class=\"{class}\">{}</p>\n", escape(text)));
        }
    };
    line("book-author", &metadata.author().unwrap_or_default());
    line("book-description", metadata.description.as_deref().unwrap_or_default());
    let date = metadata.date.map(|date| date.format("%Y-%m-%d").to_string());
    line("book-date", &date.unwrap_or_default());
    line("book-publisher", metadata.publisher.as_deref().unwrap_or_default());
    body.push_str("</section>");
    page(&metadata.title, &metadata.language, "front", &body)
}

/// The page that tells where the articles are from; `None` when no article says it.
pub(super) fn sources(book: &Anthology, words: &Words) -> Option<String> {
    let known = |article: &crate::book::Article| article.source.as_deref().and_then(web_address);
    if book.articles.iter().all(|article| known(article).is_none()) {
        return None;
    }
    let mut body = format!(
        "<section epub:type=\"appendix\" role=\"doc-appendix\" class=\"sources\" aria-labelledby=\"sources-title\">\n\
         <h1 id=\"sources-title\">{}</h1>\n<ol>\n",
        words.sources
    );
    for (index, article) in book.articles.iter().enumerate() {
        let mut entry = format!("<a href=\"{}\">{}</a>", file_name(index), escape(&article.title));
        let mut facts: Vec<String> = Vec::new();
        facts.extend((!article.authors.is_empty()).then(|| escape(&book.metadata.language.list(&article.authors))));
        facts.extend(article.published.map(|published| escape(&published.to_string())));
        if !facts.is_empty() {
            entry.push_str(&format!("<br/>{}", facts.join(" · ")));
        }
        if let Some(url) = known(article) {
            let url = escape(&url);
            entry.push_str(&format!("<br/><a class=\"address\" href=\"{url}\">{url}</a>"));
        }
        body.push_str(&format!("<li>{entry}</li>\n"));
    }
    body.push_str("</ol>\n</section>");
    Some(page(words.sources, &book.metadata.language, "back", &body))
}
