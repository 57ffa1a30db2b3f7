//! Which articles of a source are taken, as far as it is known before they are fetched.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};

use crate::book::Published;

/// What is taken of a source. The default takes all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    /// Globs: only what matches one by its title or address is taken; empty takes all.
    pub include: Vec<glob::Pattern>,
    /// Globs: what matches one is left out.
    pub exclude: Vec<glob::Pattern>,
    /// At most so many, the newest.
    pub limit: Option<usize>,
    /// The first moment that is in; undated articles always are.
    pub since: Option<DateTime<Utc>>,
    /// The first moment that is out again.
    pub until: Option<DateTime<Utc>>,
    /// Whether a list that its server does not give now counts as not read, whatever it gave before.
    pub live: bool,
}

impl Choice {
    /// Whether an article with this title, and this address or path, is taken.
    #[must_use]
    pub fn takes(&self, title: &str, address: &str) -> bool {
        let matches =
            |patterns: &[glob::Pattern]| patterns.iter().any(|glob| glob.matches(title) || glob.matches(address));
        (self.include.is_empty() || matches(&self.include)) && !matches(&self.exclude)
    }

    /// Whether an article of this date is in the window.
    #[must_use]
    pub fn holds(&self, published: Option<Published>) -> bool {
        let Some(published) = published else { return true };
        // An article with a date alone is as new as its day: a window that begins in that day has it.
        let first = published.utc();
        let last = if published.has_time { first } else { first + chrono::TimeDelta::seconds(86_399) };
        self.since.is_none_or(|since| last >= since) && self.until.is_none_or(|until| first < until)
    }
}

/// Keeps the newest `limit` of some things in the order they have; undated ones go first.
pub(crate) fn newest<T>(things: Vec<T>, limit: usize, date: impl Fn(&T) -> Option<Published>) -> Vec<T> {
    let mut by_age: Vec<(usize, Option<DateTime<Utc>>)> =
        things.iter().enumerate().map(|(index, thing)| (index, date(thing).map(|date| date.utc()))).collect();
    by_age.sort_by_key(|(_, date)| Reverse(*date));
    let mut kept: Vec<usize> = by_age.into_iter().take(limit).map(|(index, _)| index).collect();
    kept.sort_unstable();
    let is_kept = |index: &usize| kept.binary_search(index).is_ok();
    things.into_iter().enumerate().filter(|(index, _)| is_kept(index)).map(|(_, thing)| thing).collect()
}
