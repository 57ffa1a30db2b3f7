//! Which articles are in the book, and in which order.

use chrono::{DateTime, Utc};

use crate::collect::{Choice, Draft, newest};
use crate::config::values::Sort;

/// The articles that are taken, and their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// The first moment that is in; undated articles always are.
    pub since: Option<DateTime<Utc>>,
    /// The first moment that is out again.
    pub until: Option<DateTime<Utc>>,
    /// The order.
    pub sort: Sort,
    /// Whether the order is turned round.
    pub reverse: bool,
    /// At most so many, the newest.
    pub max_articles: Option<usize>,
}

impl Default for Selection {
    fn default() -> Self {
        Self { since: None, until: None, sort: Sort::Given, reverse: false, max_articles: None }
    }
}

impl Selection {
    /// Takes the articles that belong in the book, in its order. Parts stay whole and where they are: articles are
    /// sorted among their neighbours of the same section.
    #[must_use]
    pub fn apply(&self, mut drafts: Vec<Draft>) -> Vec<Draft> {
        let window = Choice { since: self.since, until: self.until, ..Choice::default() };
        drafts.retain(|draft| window.holds(draft.published));
        if let Some(limit) = self.max_articles {
            drafts = newest(drafts, limit, |draft| draft.published);
        }
        for part in drafts.chunk_by_mut(|a, b| a.section == b.section) {
            self.order(part);
        }
        drafts
    }

    fn order(&self, drafts: &mut [Draft]) {
        match self.sort {
            Sort::Given => {}
            // `false` sorts before `true`: undated articles come last.
            Sort::Date => {
                drafts.sort_by_key(|draft| (draft.published.is_none(), draft.published.map(|date| date.utc())));
            }
            Sort::Title => drafts.sort_by(|a, b| alphanumeric_sort::compare_str(&a.title, &b.title)),
        }
        if self.reverse {
            drafts.reverse();
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::book::Published;
    use crate::book::{Body, Origin};
    use crate::collect::Reach;

    pub(in crate::bind) fn draft(title: &str, date: Option<&str>) -> Draft {
        let day = |text: &str| chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").expect("a day");
        let published =
            |text: &str| Published { local: day(text).and_time(chrono::NaiveTime::MIN), has_time: false, offset: None };
        Draft {
            input: 0,
            origin: Origin::File { path: format!("{title}.md").into(), key: format!("{title}.md") },
            reach: Reach::Public,
            title: title.to_owned(),
            authors: Vec::new(),
            site: None,
            published: date.map(published),
            place: None,
            source: None,
            cover: None,
            description: None,
            tags: Vec::new(),
            section: None,
            language: None,
            loss: None,
            mark: None,
            body: Body::Markdown { text: String::new(), first_line: 1 },
            cleaned: false,
            page: Vec::new(),
        }
    }

    fn titles(selection: &Selection) -> String {
        let drafts = vec![
            draft("b10", Some("2026-01-03")),
            draft("b2", None),
            draft("a", Some("2026-01-01")),
            draft("c", Some("2026-01-02")),
        ];
        selection.apply(drafts).into_iter().map(|draft| draft.title).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn articles_come_in_the_order_asked_for() {
        let order = |sort, reverse| titles(&Selection { sort, reverse, ..Selection::default() });
        assert_eq!(order(Sort::Given, false), "b10 b2 a c");
        assert_eq!(order(Sort::Given, true), "c a b2 b10");
        assert_eq!(order(Sort::Date, false), "a c b10 b2");
        assert_eq!(order(Sort::Title, false), "a b2 b10 c");
    }

    #[test]
    fn parts_stay_whole_and_where_they_are() {
        let section = |name: &str| crate::book::Section::new(name).ok();
        let of = |name: &str, title: &str, date| Draft { section: section(name), ..draft(title, date) };
        let drafts = vec![
            of("", "z", Some("2026-01-09")),
            of("Y", "b", Some("2026-01-03")),
            of("Y", "a", Some("2026-01-04")),
            of("X", "d", Some("2026-01-02")),
            of("X", "c", Some("2026-01-01")),
        ];
        let order = |sort, reverse| {
            let sorted = Selection { sort, reverse, ..Selection::default() }.apply(drafts.clone());
            sorted.into_iter().map(|draft| draft.title).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(order(Sort::Title, false), "z a b c d");
        assert_eq!(order(Sort::Date, false), "z b a c d");
        assert_eq!(order(Sort::Date, true), "z a b d c");
        assert_eq!(order(Sort::Given, true), "z a b c d");
    }

    #[test]
    fn the_window_takes_its_days_whole_and_lets_undated_articles_pass() {
        let at = |text: &str| Some(DateTime::parse_from_rfc3339(text).expect("a moment").to_utc());
        let window = |since, until| titles(&Selection { since, until, ..Selection::default() });
        assert_eq!(window(at("2026-01-02T00:00:00Z"), None), "b10 b2 c");
        assert_eq!(window(at("2026-01-02T23:00:00Z"), None), "b10 b2 c");
        assert_eq!(window(None, at("2026-01-03T00:00:00Z")), "b2 a c");
        assert_eq!(window(at("2027-01-01T00:00:00Z"), None), "b2");
    }

    #[test]
    fn a_limit_keeps_the_newest_in_their_order() {
        assert_eq!(titles(&Selection { max_articles: Some(2), ..Selection::default() }), "b10 c");
        assert_eq!(titles(&Selection { max_articles: Some(0), ..Selection::default() }), "");
    }
}
