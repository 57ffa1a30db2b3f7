//! Dates as people and programs write them. Nothing is guessed: a text that is not wholly understood is no date.

use std::sync::LazyLock;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime};
use regex::{Captures, Regex};

use crate::book::Published;

/// A date, a time of day and a zone, each as its own group; a weekday and a remark in brackets may stand by.
static MOMENT: LazyLock<Regex> = LazyLock::new(|| {
    let weekday = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?|(?:星期|周|週|礼拜)[一二三四五六日天])";
    let date = [
        r"(?<y1>\d{4})\s*[-/.年]\s*(?<m1>\d{1,2})\s*[-/.月]\s*(?<d1>\d{1,2})\s*[日号號]?",
        r"(?<y2>\d{4})(?<m2>\d{2})(?<d2>\d{2})",
        r"(?<d3>\d{1,2})(?:st|nd|rd|th)?[\s-](?<m3>[a-z]{3,9})\.?[\s,-]+(?<y3>\d{4}|\d{2})",
        r"(?<m4>[a-z]{3,9})\.?\s+(?<d4>\d{1,2})(?:st|nd|rd|th)?,?\s+(?<y4>\d{4})",
    ]
    .join("|");
    let time = concat!(
        r"(?<part>凌晨|早上|上午|中午|下午|傍晚|晚上)?\s*(?<h>\d{1,2})\s*[:时時点點]\s*(?<min>\d{1,2})\s*分?",
        r"(?:[:\s]?(?<s>\d{1,2})(?:[.,]\d+)?\s*秒?)?(?:\s*(?<half>[ap])\.?m\.?)?",
    );
    let zone = r"(?<utc>z|utc|gmt|ut)?(?<zone>[ecmp][sd]t)?(?<offset>[+-]\d{1,2}(?::?\d{2})?)?\(?(?<beijing>北京时间|北京時間)?\)?";
    let pattern = format!(
        r"^(?i:(?:{weekday}[\s,]*)?(?:{date})(?:[\s,(]*{weekday}\)?)?(?:(?:\s*t|\s+at|[\s,]*)\s*{time})?\s*{zone}\s*(?:\([^()]*\))?)$"
    );
    Regex::new(&pattern).expect("the pattern is a constant, and the tests compile it")
});

/// A date inside a file name.
static IN_NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|\D)(\d{4})(?:[-_.年](\d{1,2})[-_.月](\d{1,2})|(\d{2})(\d{2}))(?:\D|$)")
        .expect("the pattern is a constant, and the tests compile it")
});

/// Reads a moment: `2023-11-21 09:30`, `2023年11月21日`, RFC 3339, RFC 2822, `Nov 21, 2023`, seconds since 1970.
pub(super) fn parse(text: &str) -> Option<Published> {
    let text = to_ascii(text.trim());
    let text = year_first(&text);
    if let Some(moment) = since_1970(&text) {
        return Some(moment);
    }
    let found = MOMENT.captures(&text)?;
    let local_date = date_of(&found)?;
    let Some(time) = found.name("h") else {
        let offset_alone = ["utc", "offset", "beijing"].iter().any(|name| found.name(name).is_some());
        return (!offset_alone).then(|| date_only(local_date));
    };
    let time = time_of(&found, time.as_str())?;
    let america = found.name("zone").and_then(|zone| american(zone.as_str()));
    let offset = if america.is_some() {
        america
    } else if found.name("offset").is_some() || found.name("utc").is_some() || found.name("beijing").is_some() {
        Some(offset_of(&found)?)
    } else {
        None
    };
    Some(Published { local: local_date.and_time(time), has_time: true, offset })
}

/// The date in a file's name: `2023-11-21-title.md`, `title_20231121.md`.
pub(super) fn in_file_name(name: &str) -> Option<Published> {
    let found = IN_NAME.captures(name)?;
    let month = found.get(2).or(found.get(4))?;
    let day = found.get(3).or(found.get(5))?;
    date(found.get(1)?.as_str(), month.as_str().parse().ok()?, day.as_str()).map(date_only)
}

fn date_only(date: NaiveDate) -> Published {
    Published { local: date.and_time(NaiveTime::MIN), has_time: false, offset: None }
}

/// Full-width digits and signs as ASCII.
fn to_ascii(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{3000}' | '\u{A0}' | '\u{202F}' => ' ',
        '\u{2212}' | '\u{2013}' => '-',
        c => c,
    };
    text.chars().map(narrow).collect()
}

/// Ten digits are seconds, thirteen are milliseconds.
fn since_1970(text: &str) -> Option<Published> {
    if !matches!(text.len(), 10 | 13) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = text[..10].parse().ok()?;
    let local = DateTime::from_timestamp(seconds, 0)?.naive_utc();
    Some(Published { local, has_time: true, offset: FixedOffset::east_opt(0) })
}

fn date_of(found: &Captures<'_>) -> Option<NaiveDate> {
    let text = |name: String| found.name(&name).map(|group| group.as_str());
    (1..=4).find_map(|form| {
        let month = text(format!("m{form}"))?;
        let month = month.parse().ok().or_else(|| month_of_name(month))?;
        date(text(format!("y{form}"))?, month, text(format!("d{form}"))?)
    })
}

/// A date of the years in which an article can have been published. Of two digits, RFC 2822 (4.3) tells the century.
fn date(year: &str, month: u32, day: &str) -> Option<NaiveDate> {
    let year = match (year.len(), year.parse().ok()?) {
        (2, year @ ..50) => year + 2000,
        (2, year) => year + 1900,
        (_, year) => year,
    };
    let year = Some(year).filter(|year| (1800..=2199).contains(year))?;
    NaiveDate::from_ymd_opt(year, month, day.parse().ok()?)
}

/// `Nov 21 09:30:00 CST 2023`, as Unix and Java write it, with the year behind the date.
fn year_first(text: &str) -> std::borrow::Cow<'_, str> {
    static UNIX: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?i:(?:[a-z]{3},?\s+)?)(?<date>[A-Za-z]{3}\s+\d{1,2})\s+(?<time>\d{1,2}:\d{2}:\d{2})(?<zone>\s+[A-Z]{2,4}|\s+[+-]\d{4})?\s+(?<year>\d{4})$")
            .expect("the pattern is a constant, and the tests compile it")
    });
    UNIX.replace(text, "${date} ${year} ${time}${zone}")
}

/// The offsets of RFC 822 (5.1). `CST` is none: feeds of China mean their own time by it.
fn american(zone: &str) -> Option<FixedOffset> {
    let hours = match zone.to_ascii_lowercase().as_str() {
        "edt" => 4,
        "est" | "cdt" => 5,
        "mdt" => 6,
        "mst" | "pdt" => 7,
        "pst" => 8,
        _ => return None,
    };
    FixedOffset::west_opt(hours * 3600)
}

/// `nov`, `sept` or `november`, in any case.
fn month_of_name(name: &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let name = name.to_ascii_lowercase();
    NAMES.iter().zip(1..).find(|(full, _)| full.starts_with(&name)).map(|(_, number)| number)
}

fn time_of(found: &Captures<'_>, hour: &str) -> Option<NaiveTime> {
    let number = |name: &str| found.name(name).map_or(Some(0), |group| group.as_str().parse().ok());
    let hour: u32 = hour.parse().ok()?;
    let afternoon = match (found.name("half"), found.name("part")) {
        (Some(half), _) => Some(half.as_str().eq_ignore_ascii_case("p")),
        (None, Some(part)) => Some(match part.as_str() {
            "下午" | "傍晚" | "晚上" => true,
            // Noon lasts from eleven to one.
            "中午" => hour < 11,
            _ => false,
        }),
        (None, None) => None,
    };
    let hour = match afternoon {
        Some(true) if hour < 12 => hour + 12,
        Some(false) if hour == 12 && found.name("part").is_none_or(|part| part.as_str() != "中午") => 0,
        _ => hour,
    };
    // A leap second is told as the one before it.
    NaiveTime::from_hms_opt(hour, number("min")?, number("s")?.min(59))
}

fn offset_of(found: &Captures<'_>) -> Option<FixedOffset> {
    const HOUR: i32 = 3600;
    let Some(offset) = found.name("offset") else {
        return FixedOffset::east_opt(if found.name("beijing").is_some() { 8 * HOUR } else { 0 });
    };
    let (sign, digits) = offset.as_str().split_at(1);
    let digits = digits.replace(':', "");
    let (hours, minutes) = if digits.len() <= 2 { (digits.as_str(), "0") } else { digits.split_at(digits.len() - 2) };
    let seconds = hours.parse::<i32>().ok()? * HOUR + minutes.parse::<i32>().ok().filter(|m| *m < 60)? * 60;
    FixedOffset::east_opt(if sign == "-" { -seconds } else { seconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The moment as `date time offset-in-minutes`.
    fn read(text: &str) -> Option<String> {
        parse(text).map(|moment| {
            let offset = moment.offset.map_or(String::new(), |offset| format!(" {:+}", offset.local_minus_utc() / 60));
            if moment.has_time {
                format!("{}{offset}", moment.local.format("%Y-%m-%d %H:%M:%S"))
            } else {
                format!("{}{offset}", moment.local.format("%Y-%m-%d"))
            }
        })
    }

    #[test]
    fn dates_without_a_time_are_read() {
        for text in [
            "2023-11-21",
            "2023/11/21",
            "2023.11.21",
            "20231121",
            "2023年11月21日",
            "2023 年 11 月 21 日",
            "２０２３－１１－２１",
            "21 November 2023",
            "21-Nov-2023",
            "Nov 21, 2023",
            "November 21st, 2023",
            "Nov. 21 2023",
            "Tuesday, November 21, 2023",
            "2023年11月21日 星期二",
            "2023-11-21（周二）",
        ] {
            assert_eq!(read(text).as_deref(), Some("2023-11-21"), "{text}");
        }
    }

    #[test]
    fn dates_with_a_time_are_read() {
        for text in [
            "2023-11-21 09:30",
            "2023-11-21T09:30:00",
            "2023年11月21日 09:30",
            "2023年11月21日9时30分",
            "2023/11/21 上午9:30",
            "2023-11-21　09：30",
            "Nov 21, 2023 9:30 AM",
            "November 21, 2023 at 9:30 a.m.",
            "2023-11-21 09:30:00.123",
        ] {
            assert_eq!(read(text).as_deref(), Some("2023-11-21 09:30:00"), "{text}");
        }
        assert_eq!(read("2023年11月21日 下午3点05分").as_deref(), Some("2023-11-21 15:05:00"));
        assert_eq!(read("2023-11-21 中午12:10").as_deref(), Some("2023-11-21 12:10:00"));
        assert_eq!(read("2023-11-21 12:10 am").as_deref(), Some("2023-11-21 00:10:00"));
    }

    #[test]
    fn zones_are_kept() {
        for (text, expected) in [
            ("2023-11-21T09:30:00+08:00", "2023-11-21 09:30:00 +480"),
            ("2023-11-21T09:30:00Z", "2023-11-21 09:30:00 +0"),
            ("2023-11-21 09:30 +0800", "2023-11-21 09:30:00 +480"),
            ("2023-11-21 09:30 UTC-5", "2023-11-21 09:30:00 -300"),
            ("2023-11-21 09:30（北京时间）", "2023-11-21 09:30:00 +480"),
            ("2023-11-21 09:30 北京时间", "2023-11-21 09:30:00 +480"),
            ("Tue, 21 Nov 2023 09:30:00 -0330", "2023-11-21 09:30:00 -210"),
            ("Tue, 21 Nov 2023 09:30:00 GMT", "2023-11-21 09:30:00 +0"),
            ("Tue Nov 21 2023 09:30:00 GMT+0800 (China Standard Time)", "2023-11-21 09:30:00 +480"),
            ("Tue, 21 Nov 23 09:30:00 EST", "2023-11-21 09:30:00 -300"),
            ("21 Nov 1999 09:30 PDT", "1999-11-21 09:30:00 -420"),
            ("Tue Nov 21 09:30:00 UTC 2023", "2023-11-21 09:30:00 +0"),
            ("Tue Nov 21 09:30:00 +0800 2023", "2023-11-21 09:30:00 +480"),
            // America or China: nobody knows.
            ("Tue Nov 21 09:30:00 CST 2023", "2023-11-21 09:30:00"),
            ("1700559000", "2023-11-21 09:30:00 +0"),
            ("1700559000123", "2023-11-21 09:30:00 +0"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_wholly_a_date_is_none() {
        for text in [
            "",
            "昨天",
            "2023-13-01",
            "2023-02-30",
            "2023-11-21 25:00",
            "0001-01-01",
            "2023",
            "2023-11",
            "v2023-11-21 x",
            "Foo 21, 2023",
            "2023-11-21 09:30 +9999",
            "21/11/2023",
            "Nov 21 09:30:00 XYZ 2023",
            "２０２３年１３月１日",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_file_name_may_hold_the_date() {
        let read = |name: &str| in_file_name(name).map(|moment| moment.local.date().to_string());
        for name in ["2023-11-21-notes", "notes_20231121", "周报2023年11月21日", "2023.11.21", "2023_11_21 a"] {
            assert_eq!(read(name).as_deref(), Some("2023-11-21"), "{name}");
        }
        for name in ["notes", "120231121", "2023-13-21", "chapter-12", "2023112133"] {
            assert_eq!(read(name), None, "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC{0,40}") {
            let _ = (parse(&text), in_file_name(&text));
        }
    }
}
