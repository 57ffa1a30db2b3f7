//! The dates of a book: those of its articles.

use crate::book::{Article, Published, no_date};

/// The day of the book, as it appears in titles and file names.
pub(super) fn day(newest: Option<Published>) -> String {
    newest.map_or_else(|| no_date().date_naive(), |published| published.local.date()).format("%Y-%m-%d").to_string()
}

/// The date of the newest article.
pub(super) fn newest(articles: &[Article]) -> Option<Published> {
    articles.iter().filter_map(|article| article.published).max_by_key(Published::utc)
}

/// The date of the oldest article.
pub(super) fn oldest(articles: &[Article]) -> Option<Published> {
    articles.iter().filter_map(|article| article.published).min_by_key(Published::utc)
}
