//! When something is due: moments of a cron expression in a time zone.
//!
//! Clocks that change: a time that spring skips moves to the end of the gap, one that autumn repeats comes once.

use std::time::Duration;

use chrono::{DateTime, Offset as _, TimeDelta, Utc};
use chrono_tz::Tz;
use croner::Cron;
use sha2::{Digest as _, Sha256};

use crate::book::Published;
use crate::config::Config;
use crate::config::values::{self, CatchUp, IfEmpty};

/// How many issues are made up for at most; a cron expression has one a minute at most, so this is a week.
const MOST: usize = 10_080;

/// How many moments are looked at after a long pause, or when the clock was set forward by years: two years of minutes.
const MOST_PASSED: usize = 1_000_000;

/// How late an issue may be and still be in time, where missed ones are not made up for: timers of hosted services are
/// often half an hour late.
const IN_TIME: TimeDelta = TimeDelta::hours(1);

/// The pause before a failed build is tried again for the first time; it doubles each time.
const FIRST_PAUSE: TimeDelta = TimeDelta::minutes(5);

/// How often a failed build is tried again unless wenji.toml says otherwise.
const RETRIES: u32 = 5;

/// When an anthology is due.
#[derive(Debug, Clone)]
pub struct Timetable {
    /// When issues are due.
    pub cron: Cron,
    /// When sources are read between two issues.
    pub poll: Option<Cron>,
    /// The zone in which both are read.
    pub zone: Tz,
    /// What becomes of missed issues.
    pub catch_up: CatchUp,
    /// What becomes of an issue without articles.
    pub if_empty: IfEmpty,
    /// How often a failed build is tried again.
    pub retries: u32,
    jitter: Duration,
    /// What tells this anthology from others in the choice of its distance.
    seed: String,
}

/// What is to be done about the moments that have passed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Due {
    /// The moments for which issues are made, in order.
    pub issues: Vec<DateTime<Utc>>,
    /// The moments that are given up.
    pub missed: Vec<DateTime<Utc>>,
}

impl Timetable {
    /// The timetable of an anthology; `None` without a cron expression.
    #[must_use]
    pub fn of(name: &str, config: &Config) -> Option<Self> {
        let schedule = config.schedule.as_ref()?;
        // `config::read` has refused what is no expression and no zone.
        Some(Self {
            cron: values::cron(schedule.cron.as_deref()?).ok()?,
            poll: schedule.poll.as_deref().and_then(|poll| values::cron(poll).ok()),
            zone: schedule.timezone.as_deref().and_then(|zone| values::timezone(zone).ok()).unwrap_or(Tz::UTC),
            catch_up: schedule.catch_up.unwrap_or(CatchUp::Once),
            if_empty: schedule.if_empty.unwrap_or(IfEmpty::Skip),
            retries: schedule.retries.unwrap_or(RETRIES),
            jitter: schedule.jitter.map(|span| span.0).unwrap_or_default(),
            seed: format!("{name}\n{:?}", config.source),
        })
    }

    /// The first moment after this one for which an issue is due.
    #[must_use]
    pub fn next(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        occurrence(&self.cron, self.zone, after)
    }

    /// The moments after this one for which issues are due, as the clocks of the zone show them.
    pub fn coming(&self, after: DateTime<Utc>) -> impl Iterator<Item = DateTime<Tz>> {
        std::iter::successors(self.next(after), |last| self.next(*last)).map(|moment| moment.with_timezone(&self.zone))
    }

    /// The date of an issue, as the clocks of the zone show it.
    #[must_use]
    pub fn date(&self, due: DateTime<Utc>) -> Published {
        let moment = due.with_timezone(&self.zone);
        Published { local: moment.naive_local(), has_time: true, offset: Some(moment.offset().fix()) }
    }

    /// When the issue of a moment is made: up to the jitter later, always at the same distance.
    #[must_use]
    pub fn starts(&self, due: DateTime<Utc>) -> DateTime<Utc> {
        let span = self.jitter.as_secs();
        if span == 0 {
            return due;
        }
        let digest = Sha256::digest(format!("{}\n{}", self.seed, due.timestamp()));
        let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let distance = TimeDelta::seconds(i64::try_from(number % span).unwrap_or(0));
        due.checked_add_signed(distance).unwrap_or(due)
    }

    /// What is to be done now, when everything up to `after` is dealt with.
    #[must_use]
    pub fn due(&self, after: DateTime<Utc>, now: DateTime<Utc>) -> Due {
        let passed = std::iter::successors(self.next(after), |last| self.next(*last));
        let most = if self.catch_up == CatchUp::All { MOST } else { MOST_PASSED };
        let mut passed: Vec<_> = passed.take_while(|moment| self.starts(*moment) <= now).take(most).collect();
        let Some(last) = passed.last().copied() else { return Due::default() };
        match self.catch_up {
            CatchUp::All => Due { issues: passed, missed: Vec::new() },
            CatchUp::None if now - self.starts(last) > IN_TIME => Due { issues: Vec::new(), missed: passed },
            CatchUp::Once | CatchUp::None => {
                passed.pop();
                Due { issues: vec![last], missed: passed }
            }
        }
    }

    /// Whether sources are to be read, when they were last at `last`.
    #[must_use]
    pub fn polls(&self, last: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let next = self.poll.as_ref().and_then(|poll| occurrence(poll, self.zone, last));
        next.is_some_and(|next| next <= now)
    }

    /// Whether issues are made some time after their moments, each at its own distance.
    #[must_use]
    pub fn is_spread(&self) -> bool {
        !self.jitter.is_zero()
    }

    /// The next moment after this one in which something is to be done: an issue or a poll.
    #[must_use]
    pub fn wakes(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let poll = self.poll.as_ref().and_then(|poll| occurrence(poll, self.zone, after));
        // The issue of a moment that has passed may not have begun yet.
        let jitter = TimeDelta::from_std(self.jitter).unwrap_or_default();
        let from = after.checked_sub_signed(jitter + TimeDelta::seconds(1)).unwrap_or(after);
        let issue = std::iter::successors(self.next(from), |last| self.next(*last));
        let issue = issue.map(|due| self.starts(due)).find(|starts| *starts > after);
        poll.into_iter().chain(issue).min()
    }

    /// When a build that failed so often, the last time at `last`, is tried again; `None` when it is given up.
    #[must_use]
    pub fn retry(&self, failures: u32, last: DateTime<Utc>) -> Option<DateTime<Utc>> {
        (failures <= self.retries).then(|| last + FIRST_PAUSE * (1 << failures.saturating_sub(1).min(8)))
    }
}

fn occurrence(cron: &Cron, zone: Tz, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let next = cron.find_next_occurrence(&after.with_timezone(&zone), false).ok()?.to_utc();
    (next > after).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(schedule: &str) -> Timetable {
        let text = format!("[schedule]\n{schedule}\n");
        let loaded = crate::config::read::parse(&text, std::path::Path::new("wenji.toml")).expect("read");
        Timetable::of("", &loaded.config).expect("a schedule")
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    fn coming(schedule: &str, after: &str, count: usize) -> Vec<String> {
        table(schedule).coming(at(after)).take(count).map(|moment| moment.to_rfc3339()).collect()
    }

    #[test]
    fn the_hour_of_the_zone_holds_over_both_changes_of_its_clocks() {
        let weekly = "cron = \"0 7 * * SUN\"\ntimezone = \"Europe/Berlin\"";
        assert_eq!(
            coming(weekly, "2026-03-20T00:00:00Z", 2),
            ["2026-03-22T07:00:00+01:00", "2026-03-29T07:00:00+02:00"]
        );
        assert_eq!(
            coming(weekly, "2026-10-17T12:00:00Z", 2),
            ["2026-10-18T07:00:00+02:00", "2026-10-25T07:00:00+01:00"]
        );
        let shanghai = "cron = \"0 7 * * MON\"\ntimezone = \"Asia/Shanghai\"";
        assert_eq!(coming(shanghai, "2026-03-28T00:00:00Z", 1), ["2026-03-30T07:00:00+08:00"]);
    }

    #[test]
    fn a_time_that_spring_skips_comes_at_the_end_of_the_gap_and_one_that_autumn_repeats_once() {
        let daily = "cron = \"30 2 * * *\"\ntimezone = \"Europe/Berlin\"";
        assert_eq!(
            coming(daily, "2026-03-28T12:00:00Z", 2),
            ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"]
        );
        assert_eq!(
            coming(daily, "2026-10-24T12:00:00Z", 2),
            ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"]
        );
    }

    #[test]
    fn missed_issues_are_made_up_for_as_the_file_says() {
        let due = |catch_up: &str, now: &str| {
            let table = table(&format!("cron = \"0 7 * * *\"\ncatch_up = \"{catch_up}\""));
            let due = table.due(at("2026-01-01T07:00:00Z"), at(now));
            (due.issues.iter().map(|moment| moment.format("%d").to_string()).collect::<Vec<_>>(), due.missed.len())
        };
        let days = |days: &[&str]| days.iter().map(|day| (*day).to_owned()).collect::<Vec<_>>();
        assert_eq!(due("once", "2026-01-04T20:00:00Z"), (days(&["04"]), 2));
        assert_eq!(due("all", "2026-01-04T20:00:00Z"), (days(&["02", "03", "04"]), 0));
        assert_eq!(due("none", "2026-01-04T20:00:00Z"), (days(&[]), 3));
        assert_eq!(due("none", "2026-01-04T07:40:00Z"), (days(&["04"]), 2));
        assert_eq!(due("once", "2026-01-02T06:59:59Z"), (days(&[]), 0));
    }

    #[test]
    fn jitter_is_the_same_each_time_and_never_more_than_it_may_be() {
        let table = table("cron = \"0 7 * * *\"\njitter = \"10m\"");
        let distances: Vec<i64> = table
            .coming(at("2026-01-01T00:00:00Z"))
            .take(50)
            .map(|due| (table.starts(due.to_utc()) - due.to_utc()).num_seconds())
            .collect();
        assert!(distances.iter().all(|distance| (0..600).contains(distance)));
        assert!(distances.iter().any(|distance| distance != &distances[0]));
        let due = at("2026-01-02T07:00:00Z");
        let starts = table.starts(due);
        assert!(table.due(at("2026-01-01T07:00:00Z"), starts - TimeDelta::seconds(1)).issues.is_empty());
        assert_eq!(table.due(at("2026-01-01T07:00:00Z"), starts).issues, [due]);
        assert_eq!(table.wakes(due - TimeDelta::seconds(1)), Some(starts));
        assert_eq!(table.wakes(starts - TimeDelta::seconds(1)), Some(starts));
    }

    #[test]
    fn a_failed_build_is_tried_again_at_growing_distances_and_then_given_up() {
        let (table, last) = (table("cron = \"0 7 * * *\"\nretries = 3"), at("2026-01-01T07:00:00Z"));
        let pauses: Vec<Option<i64>> =
            (1..=4).map(|failures| table.retry(failures, last).map(|moment| (moment - last).num_minutes())).collect();
        assert_eq!(pauses, [Some(5), Some(10), Some(20), None]);
    }
}
