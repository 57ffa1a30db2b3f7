//! What values in wenji.toml and options on the command line may say. Both read them with
//! [`std::str::FromStr`], so that a word means the same in both places and its error reads the same.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use serde::Deserialize;

use crate::style::{BookStyle, STYLES};

/// The placeholders of a title; `issue` is one only where the book has a number.
pub(super) const IN_TITLES: [&str; 4] = ["date", "from", "to", "issue"];

/// The placeholders of a file name.
pub(super) const IN_NAMES: [&str; 6] = ["slug", "date", "from", "to", "issue", "volume"];

/// A value that cannot be understood; the text says what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadValue(String);

impl BadValue {
    /// A `{name}` that cannot be filled in.
    pub(super) fn placeholder(name: &str, allowed: &[&str]) -> Self {
        let allowed: Vec<String> = allowed.iter().map(|name| format!("{{{name}}}")).collect();
        let what = match name {
            "issue" => "needs `issue` in [book], or a [schedule]",
            _ => "is nothing that can be filled in",
        };
        Self(format!("`{{{name}}}` {what}; allowed: {}", allowed.join(", ")))
    }
}

/// A choice among words.
pub trait Word: Copy + FromStr<Err = BadValue> + 'static {
    /// All choices, in the order in which they are listed.
    const ALL: &'static [Self];
    /// The word itself.
    fn as_str(self) -> &'static str;
}

/// The word closest to what was typed, if it is close enough to be what was meant.
#[must_use]
pub fn closest<'a>(typed: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    let scored =
        words.into_iter().map(|word| (strsim::normalized_damerau_levenshtein(&typed, &word.to_lowercase()), word));
    // Two thirds catches a wrong, missing, doubled or swapped letter even in short words.
    scored.filter(|(score, _)| *score >= 0.6).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, word)| word)
}

fn unknown_word<W: Word>(typed: &str, kind: &str) -> BadValue {
    let words: Vec<&str> = W::ALL.iter().map(|word| word.as_str()).collect();
    let meant =
        closest(typed, words.iter().copied()).map(|word| format!("did you mean `{word}`? ")).unwrap_or_default();
    BadValue(format!("`{typed}` is not {kind}; {meant}allowed: {}", words.join(", ")))
}

/// One text, or a list of them.
pub(super) fn one_or_more<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Texts;
    impl<'de> serde::de::Visitor<'de> for Texts {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a name in quotes, or a list of names")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
            Ok(vec![text.to_owned()])
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut texts = Vec::new();
            while let Some(text) = list.next_element()? {
                texts.push(text);
            }
            Ok(texts)
        }
    }
    deserializer.deserialize_any(Texts)
}

/// A cron expression of five fields: minute, hour, day of the month, month, day of the week.
///
/// # Errors
/// When it is none.
pub fn cron(text: &str) -> Result<Cron, BadValue> {
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    let cron: Cron = parser.parse(text).map_err(|error| {
        BadValue(format!(
            "`{text}` is not a cron expression ({error}); allowed: minute, hour, day, month and weekday, such as `0 7 * * MON`"
        ))
    })?;
    // The thirtieth of February.
    match cron.find_next_occurrence(&DateTime::UNIX_EPOCH, true) {
        Ok(_) => Ok(cron),
        Err(_) => Err(BadValue(format!("`{text}` never comes: there is no such day"))),
    }
}

/// A time zone by its name in the IANA database.
///
/// # Errors
/// When there is none of this name.
pub fn timezone(text: &str) -> Result<Tz, BadValue> {
    text.parse().map_err(|_| {
        let meant = closest(text, TZ_VARIANTS.iter().map(|zone| zone.name()));
        let meant = meant.map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
        BadValue(format!(
            "`{text}` is not a time zone; {meant}allowed: names such as Asia/Shanghai, Europe/Berlin, UTC"
        ))
    })
}

/// A style: the name of one that is compiled in, or the folder of another, from `base`.
///
/// # Errors
/// When it is neither, or its sheets are wrong.
pub fn style(text: &str, base: &std::path::Path) -> Result<BookStyle, BadValue> {
    if let Some(style) = BookStyle::named(text) {
        return Ok(style);
    }
    let folder = base.join(text);
    if folder.is_dir() || text.contains(['/', '\\']) {
        return BookStyle::read(&folder).map_err(|error| BadValue(error.to_string()));
    }
    let names: Vec<&str> = STYLES.iter().map(|style| style.name).collect();
    let meant = closest(text, names.iter().copied()).map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
    Err(BadValue(format!("`{text}` is not a style; {meant}there are: {}, or name a folder", names.join(", "))))
}

macro_rules! words {
    ($( $(#[$doc:meta])* $name:ident, $kind:literal { $( $(#[$variant_doc:meta])* $variant:ident = $word:literal, )* } )*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
        #[serde(try_from = "String")]
        pub enum $name { $( $(#[$variant_doc])* $variant, )* }

        impl Word for $name {
            const ALL: &'static [Self] = &[ $( Self::$variant, )* ];
            fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word, )* }
            }
        }

        impl FromStr for $name {
            type Err = BadValue;
            fn from_str(text: &str) -> Result<Self, BadValue> {
                let found = Self::ALL.iter().copied().find(|word| word.as_str() == text);
                found.ok_or_else(|| unknown_word::<Self>(text, $kind))
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadValue;
            fn try_from(text: String) -> Result<Self, BadValue> {
                text.parse()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )* };
}

words! {
    /// The kinds of books.
    Format, "a format" {
        /// EPUB 3.3, for e-readers.
        Epub = "epub",
        /// PDF, typeset.
        Pdf = "pdf",
    }
    /// The order of articles.
    Sort, "an order" {
        /// By date, the oldest first; undated articles come last.
        Date = "date",
        /// By title.
        Title = "title",
        /// As they were given.
        Given = "given",
    }
    /// The readers that an EPUB is made for.
    EpubProfile, "an EPUB profile" {
        /// Any reader.
        Generic = "generic",
        /// Kindle, by way of Send to Kindle.
        Kindle = "kindle",
        /// Kobo.
        Kobo = "kobo",
        /// Apple Books.
        Apple = "apple",
    }
    /// What a PDF is made for.
    PdfProfile, "a PDF profile" {
        /// Reading on a screen.
        Screen = "screen",
        /// Printing.
        Print = "print",
    }
    /// What becomes of links in a PDF.
    Links, "a way to show links" {
        /// They can be followed.
        Live = "live",
        /// Their addresses are footnotes.
        Notes = "notes",
        /// They are plain text.
        None = "none",
    }
    /// The direction of text in an EPUB.
    WritingMode, "a writing mode" {
        /// In lines from left to right.
        Horizontal = "horizontal",
        /// In columns from right to left.
        VerticalRl = "vertical-rl",
    }
    /// What a scheduled build does when there is nothing new.
    IfEmpty, "an answer" {
        /// Makes no book.
        Skip = "skip",
        /// Makes a book all the same.
        Build = "build",
    }
    /// What becomes of issues that were missed because nothing ran.
    CatchUp, "a way to catch up" {
        /// One issue stands for all of them.
        Once = "once",
        /// Each is made.
        All = "all",
        /// None is; the articles come in the next.
        None = "none",
    }
    /// What becomes of an article that was in an issue and has changed since.
    Edited, "an answer" {
        /// It does not come again.
        Skip = "skip",
        /// It comes again in the next issue.
        Again = "again",
    }
}

/// A bound of the window of articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Moment {
    /// So long before now.
    Ago(TimeDelta),
    /// A day, in UTC.
    Day(NaiveDate),
    /// A moment.
    Instant(DateTime<Utc>),
    /// The end of the last issue's window.
    LastIssue,
}

impl Moment {
    /// The first moment of the window that begins with this. `None` without a last issue.
    #[must_use]
    pub fn begins(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            // A span longer than the calendar has no lower bound.
            Self::Ago(span) => Some(now.checked_sub_signed(span).unwrap_or(DateTime::<Utc>::MIN_UTC)),
            Self::Day(day) => Some(day.and_time(NaiveTime::MIN).and_utc()),
            Self::Instant(moment) => Some(moment),
            Self::LastIssue => None,
        }
    }

    /// The first moment after the window that ends with this: a day is in it to its end.
    #[must_use]
    pub fn ends(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Day(day) => {
                Some(day.checked_add_days(Days::new(1)).unwrap_or(day).and_time(NaiveTime::MIN).and_utc())
            }
            other => other.begins(now),
        }
    }
}

impl TryFrom<String> for Moment {
    type Error = BadValue;

    fn try_from(text: String) -> Result<Self, BadValue> {
        text.parse()
    }
}

impl FromStr for Moment {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        let text = text.trim();
        if text == "last-issue" {
            return Ok(Self::LastIssue);
        }
        if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Ok(Self::Day(day));
        }
        if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::Instant(moment.to_utc()));
        }
        span(text).map(Self::Ago).ok_or_else(|| {
            BadValue(format!("`{text}` is not a time; allowed: 2026-01-31, 2026-01-31T08:00:00Z, or a span before now such as 12h, 7d, 4w"))
        })
    }
}

fn span(text: &str) -> Option<TimeDelta> {
    let (number, unit) = text.split_at_checked(text.find(|c: char| !c.is_ascii_digit())?)?;
    let number = number.parse().ok()?;
    match unit {
        "h" => TimeDelta::try_hours(number),
        "d" => TimeDelta::try_days(number),
        "w" => TimeDelta::try_weeks(number),
        _ => None,
    }
}

/// A length of time, written as seconds (`30`) or with a unit (`"500ms"`, `"30s"`, `"5m"`, `"2h"`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Number")]
pub struct Span(pub Duration);

/// A number of bytes, written plain (`20000000`) or with a unit (`"20 MB"`, `"512KB"`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Number")]
pub struct Size(pub u64);

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a number, or a number with its unit in quotes")]
enum Number {
    Plain(u64),
    WithUnit(String),
}

impl TryFrom<Number> for Span {
    type Error = BadValue;

    fn try_from(number: Number) -> Result<Self, BadValue> {
        const UNITS: &[(&str, u64)] = &[("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];
        let milliseconds = match &number {
            Number::Plain(seconds) => seconds.checked_mul(1000),
            Number::WithUnit(text) => with_unit(text, UNITS),
        };
        let given = |number: Number| if let Number::WithUnit(text) = number { text } else { "that number".to_owned() };
        milliseconds.map(|milliseconds| Self(Duration::from_millis(milliseconds))).ok_or_else(|| {
            BadValue(format!(
                "`{}` is not a length of time; allowed: 30, \"30s\", \"500ms\", \"5m\", \"2h\"",
                given(number)
            ))
        })
    }
}

impl TryFrom<Number> for Size {
    type Error = BadValue;

    fn try_from(number: Number) -> Result<Self, BadValue> {
        const UNITS: &[(&str, u64)] = &[("b", 1), ("kb", 1000), ("mb", 1_000_000), ("gb", 1_000_000_000)];
        match number {
            Number::Plain(bytes) => Ok(Self(bytes)),
            Number::WithUnit(text) => with_unit(&text.to_ascii_lowercase(), UNITS)
                .map(Self)
                .ok_or_else(|| BadValue(format!("`{text}` is not a size; allowed: 20000000, \"20 MB\", \"512 KB\""))),
        }
    }
}

fn with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.trim();
    let (number, unit) = text.split_at_checked(text.find(|c: char| !c.is_ascii_digit())?)?;
    let factor = units.iter().find(|(name, _)| *name == unit.trim())?.1;
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        text.parse().expect("a moment")
    }

    #[test]
    fn a_wrong_word_is_answered_with_the_one_meant_and_all_that_are_allowed() {
        let error = "edub".parse::<Format>().expect_err("no format").to_string();
        assert_eq!(error, "`edub` is not a format; did you mean `epub`? allowed: epub, pdf");
        let error = "zzz".parse::<Sort>().expect_err("no order").to_string();
        assert_eq!(error, "`zzz` is not an order; allowed: date, title, given");
    }

    #[test]
    fn a_window_begins_with_the_day_and_ends_with_its_end() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).expect("a moment");
        assert_eq!(moment("2026-01-31").begins(now).expect("known").to_rfc3339(), "2026-01-31T00:00:00+00:00");
        assert_eq!(moment("2026-01-31").ends(now).expect("known").to_rfc3339(), "2026-02-01T00:00:00+00:00");
        assert_eq!(moment("7d").begins(now), Some(now - TimeDelta::days(7)));
        assert_eq!(moment("2026-01-31T08:00:00+08:00").begins(now), moment("2026-01-31").begins(now));
        assert_eq!(moment("last-issue").begins(now), None);
        assert!(moment("99999999d").begins(now).is_some());
        for wrong in ["", "7", "7y", "d", "-7d", "2026-13-01", "99999999999999999999d"] {
            assert!(wrong.parse::<Moment>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn lengths_of_time_and_sizes_carry_units() {
        let span = |text: &str| Span::try_from(Number::WithUnit(text.to_owned())).ok().map(|span| span.0.as_millis());
        assert_eq!(
            (span("30s"), span("5 m"), span("500ms"), span("x"), span("5")),
            (Some(30_000), Some(300_000), Some(500), None, None)
        );
        let size = |text: &str| Size::try_from(Number::WithUnit(text.to_owned())).ok().map(|size| size.0);
        assert_eq!((size("20 MB"), size("512kb"), size("99999999999GB")), (Some(20_000_000), Some(512_000), None));
    }
}
