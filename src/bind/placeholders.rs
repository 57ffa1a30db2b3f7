//! What stands in braces in titles and file names: `{date}`, `{issue}` and their like.

use std::collections::BTreeMap;

use super::dates::{day, newest, oldest};
use crate::book::{Article, Published};

/// What the placeholders of a book become.
#[derive(Debug, Clone, Default)]
pub(super) struct Placeholders(BTreeMap<&'static str, String>);

impl Placeholders {
    /// Those that the articles, and the number and date of the issue, give: `date` and `to` are the day of the newest
    /// article, `from` that of the oldest; where none has a date, that of the issue.
    pub(super) fn of(articles: &[Article], issue: Option<u32>, date: Option<Published>) -> Self {
        let newest = day(newest(articles).or(date));
        let issue = issue.map(|issue| issue.to_string()).unwrap_or_default();
        let pairs =
            [("date", newest.clone()), ("from", day(oldest(articles).or(date))), ("to", newest), ("issue", issue)];
        Self(pairs.into())
    }

    /// These, and one more.
    pub(super) fn with(mut self, name: &'static str, value: String) -> Self {
        self.0.insert(name, value);
        self
    }

    /// Fills in a pattern, once: braces in what is filled in mean nothing. What is no placeholder stays.
    pub(super) fn fill(&self, pattern: &str) -> String {
        let mut out = String::with_capacity(pattern.len());
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            match after.split_once('}').and_then(|(name, behind)| Some((self.0.get(name)?, behind))) {
                Some((value, behind)) => {
                    out.push_str(value);
                    rest = behind;
                }
                None => {
                    out.push('{');
                    rest = after;
                }
            }
        }
        out + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_filled_in_once_and_what_nobody_knows_stays() {
        let known = Placeholders::of(&[], Some(12), None).with("slug", "{issue}".to_owned());
        assert_eq!(known.fill("第{issue}期-{slug}"), "第12期-{issue}");
        assert_eq!(known.fill("{x}{{issue}{date"), "{x}{12{date");
        assert_eq!(Placeholders::of(&[], None, None).fill("a{issue}b"), "ab");
    }
}
