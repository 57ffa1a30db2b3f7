//! Keys that are understood, but whose feature this version does not have. Using one is never
//! passed over in silence.

use super::Config;
use super::values::Moment;
use crate::problem::{Code, Place, Problem};

/// What of `config` has no effect yet: warnings. `place_of` tells where a key of a section stands, or of the table with an index.
pub(super) fn unsupported(config: &Config, place_of: &dyn Fn(&str, Option<usize>, &str) -> Place) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (section, key) in unsupported_keys(config) {
        problems.push(without_effect(section, key, place_of(section, None, key)));
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

/// What of an `[[anthology]]` has no effect. `place_of` tells where a key of its own stands; `config` has those of the file too,
/// which others may use.
pub(super) fn unsupported_here(config: &Config, place_of: &dyn Fn(&str, &str) -> Option<Place>) -> Vec<Problem> {
    let keys = unsupported_keys(config).into_iter().chain([("schedule", "state")]);
    keys.filter_map(|(section, key)| Some(without_effect(section, key, place_of(section, key)?))).collect()
}

fn without_effect(section: &str, key: &str, place: Place) -> Problem {
    let message = format!("[{section}] {key} has no effect here");
    Problem::warning(Code::ConfigUnsupported, place, message).with_help(help_of(key))
}

/// Single keys whose value asks for something that is not there; a value that asks for what happens
/// anyway is fine. What speaks of issues needs a schedule that makes them.
fn unsupported_keys(config: &Config) -> Vec<(&'static str, &'static str)> {
    let Config { select, output, pdf, .. } = config;
    let last_issue = Some(Moment::LastIssue);
    let unscheduled = !config.is_scheduled() && config.anthology.is_empty();
    [
        ("select", "since", select.since == last_issue && unscheduled),
        ("select", "until", select.until == last_issue),
        ("output", "keep", output.keep.is_some() && unscheduled),
        ("pdf", "recto", pdf.recto == Some(true) && pdf.two_sided != Some(true) && config.anthology.is_empty()),
    ]
    .into_iter()
    .filter(|(_, _, used)| *used)
    .map(|(section, key, _)| (section, key))
    .collect()
}

fn help_of(key: &str) -> &'static str {
    match key {
        "state" => "the state is one for all of the file: name it in the [schedule] of the file",
        "recto" => "set [pdf] two_sided = true: a book that is not two-sided has no right pages",
        "until" => "give a date or a span, such as 7d",
        _ => "add a [schedule] with a cron expression; `wenji schedule` makes issues by it",
    }
}
