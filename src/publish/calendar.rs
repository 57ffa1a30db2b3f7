//! A cron expression in the words of systemd (systemd.time(7), "Calendar Events"), and in those that every cron knows.

use chrono_tz::Tz;
use croner::Cron;

/// What has no counterpart there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` uses {1}, for which the system has no word")]
pub struct Untranslatable(pub String, pub &'static str);

/// The calendar lines that together mean the same moments. Cron takes a day that is one of the month *or* one of the week
/// when both are given, systemd a day that is both, so these are two lines.
///
/// # Errors
/// When the expression counts days from the end, or weekdays inside a month.
pub fn systemd(cron: &Cron, zone: Tz) -> Result<Vec<String>, Untranslatable> {
    let pattern = &cron.pattern;
    check(cron)?;
    let days = list(&pattern.days.values(), 31);
    let [month, hour, minute] = [(&pattern.months, 12), (&pattern.hours, 24), (&pattern.minutes, 60)]
        .map(|(field, all)| list(&field.values(), all));
    let time = format!("{hour}:{minute}:00 {}", zone.name());
    let by_day = format!("*-{month}-{days} {time}");
    let by_weekday = format!("{} *-{month}-* {time}", weekdays(&pattern.days_of_week.values()));
    Ok(match (pattern.is_dom_wildcard(), pattern.is_dow_wildcard()) {
        (_, true) => vec![by_day],
        (true, false) => vec![by_weekday],
        (false, false) => vec![by_day, by_weekday],
    })
}

/// The same expression with numbers and lists alone. Kubernetes knows no Sunday that is 7.
///
/// # Errors
/// As for [`systemd`].
pub fn plain(cron: &Cron) -> Result<String, Untranslatable> {
    let pattern = &cron.pattern;
    check(cron)?;
    let field = |is_all: bool, mut values: Vec<u16>| {
        values.sort_unstable();
        values.dedup();
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        if is_all { "*".to_owned() } else { values.join(",") }
    };
    let [minutes, hours, months] = [(&pattern.minutes, 60), (&pattern.hours, 24), (&pattern.months, 12)]
        .map(|(of, all)| field(of.values().len() == all, of.values()));
    let days = field(pattern.is_dom_wildcard(), pattern.days.values());
    let weekdays = pattern.days_of_week.values().iter().map(|day| day % 7).collect();
    Ok(format!("{minutes} {hours} {days} {months} {}", field(pattern.is_dow_wildcard(), weekdays)))
}

fn check(cron: &Cron) -> Result<(), Untranslatable> {
    let untranslatable = |what| Err(Untranslatable(cron.as_str().to_owned(), what));
    if cron.pattern.days.has_modifiers() {
        return untranslatable("the last day or the nearest weekday (L, W)");
    }
    if cron.pattern.days_of_week.has_modifiers() {
        return untranslatable("a certain weekday of the month (#, L)");
    }
    Ok(())
}

/// The values of a field; `*` for all of them.
fn list(values: &[u16], all: usize) -> String {
    if values.len() == all {
        return "*".to_owned();
    }
    values.iter().map(|value| format!("{value:02}")).collect::<Vec<_>>().join(",")
}

/// The weekdays by name; 0 and 7 are Sunday.
fn weekdays(values: &[u16]) -> String {
    const NAMES: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    let mut days: Vec<usize> = values.iter().map(|day| usize::from(*day) % 7).collect();
    days.sort_unstable();
    days.dedup();
    days.into_iter().filter_map(|day| NAMES.get(day).copied()).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::values::cron;

    fn lines(text: &str) -> Result<Vec<String>, Untranslatable> {
        systemd(&cron(text).expect("an expression"), Tz::Asia__Shanghai)
    }

    #[test]
    fn a_cron_expression_becomes_calendar_lines() {
        let one = |text: &str| lines(text).expect("translated").join(" | ");
        assert_eq!(one("0 7 * * MON"), "Mon *-*-* 07:00:00 Asia/Shanghai");
        assert_eq!(one("*/20 * * * *"), "*-*-* *:00,20,40:00 Asia/Shanghai");
        assert_eq!(one("30 6 1,15 JAN-MAR *"), "*-01,02,03-01,15 06:30:00 Asia/Shanghai");
        assert_eq!(one("0 8 * * 5-7"), "Sun,Fri,Sat *-*-* 08:00:00 Asia/Shanghai");
        assert_eq!(one("0 7 1 * MON"), "*-*-01 07:00:00 Asia/Shanghai | Mon *-*-* 07:00:00 Asia/Shanghai");
    }

    #[test]
    fn a_plain_expression_has_numbers_and_lists_alone_and_no_sunday_that_is_seven() {
        let plain = |text: &str| plain(&cron(text).expect("an expression")).expect("plain");
        assert_eq!(plain("0 7 * * MON"), "0 7 * * 1");
        assert_eq!(plain("*/20 6-8 1,15 JAN-MAR FRI-7"), "0,20,40 6,7,8 1,15 1,2,3 0,5,6");
        assert_eq!(plain("* * */2 * *"), "* * 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31 * *");
    }

    #[test]
    fn what_systemd_cannot_say_is_told() {
        for text in ["0 7 L * *", "0 7 * * MON#2", "0 7 15W * *"] {
            assert!(lines(text).is_err() && plain(&cron(text).expect("an expression")).is_err(), "{text}");
        }
    }
}
