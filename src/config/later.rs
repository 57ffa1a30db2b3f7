//! Keys that are understood, but whose feature this version does not have. Using one is never
//! passed over in silence.

use super::Config;
use super::values::Moment;
use crate::problem::{Code, Place, Problem};

/// What of `config` has no effect yet: warnings. `place_of` tells where a key of a section stands, or of the table with an index.
pub(super) fn unsupported(config: &Config, place_of: &dyn Fn(&str, Option<usize>, &str) -> Place) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (section, key) in unsupported_keys(config) {
        let place = place_of(section, None, key);
        let message = format!("[{section}] {key} has no effect here");
        problems.push(Problem::warning(Code::ConfigUnsupported, place, message).with_help(help_of(key)));
    }
    for index in 0..config.deliver.len() {
        let place = place_of("deliver", Some(index), "");
        problems.push(Problem::warning(
            Code::ConfigUnsupported,
            place,
            "[[deliver]] is not supported yet and has no effect",
        ));
    }
    problems
}

/// Single keys whose value asks for something that is not there; a value that asks for what happens
/// anyway is fine. What speaks of issues needs a schedule that makes them.
fn unsupported_keys(config: &Config) -> Vec<(&'static str, &'static str)> {
    let Config { select, output, .. } = config;
    let last_issue = Some(Moment::LastIssue);
    let unscheduled = !config.is_scheduled() && config.anthology.is_empty();
    [
        ("select", "since", select.since == last_issue && unscheduled),
        ("select", "until", select.until == last_issue),
        ("output", "keep", output.keep.is_some() && unscheduled),
    ]
    .into_iter()
    .filter(|(_, _, used)| *used)
    .map(|(section, key, _)| (section, key))
    .collect()
}

fn help_of(key: &str) -> &'static str {
    match key {
        "until" => "give a date or a span, such as 7d",
        _ => "add a [schedule] with a cron expression; `wenji schedule` makes issues by it",
    }
}
