//! `wenji build`: a plan is made and run, and what came of it is told.

use wenji::bind::{Failure, Outcome, bind};
use wenji::problem::Severity;
use wenji::{clock, report};

use super::plan::{Surroundings, plan};
use super::typed::{Build, Loudness};
use super::{CliError, Status, ended, fonts, progress, say, tell};

pub(super) fn run(build: &Build, loudness: &Loudness) -> Status {
    ended::clear_up_first();
    let now = build.select.now.unwrap_or_else(clock::now);
    let surroundings = Surroundings { now, cache: user_cache(), fonts: fonts::system_folders() };
    let (outcome, error) = match plan(build, &surroundings) {
        Ok(plan) => match bind(&plan, &*progress::watch(loudness.quiet)) {
            Ok(outcome) => (outcome, None),
            Err(Failure { error, outcome }) => (*outcome, Some(CliError::from(error))),
        },
        Err(error) => (Outcome::default(), Some(error)),
    };
    let status = match &error {
        Some(error) => error.status(),
        None if outcome.is_incomplete() => Status::Incomplete,
        None => Status::Complete,
    };
    summarize(&outcome, loudness);
    if build.run.json {
        print_json(&outcome, error.as_ref());
    }
    if let Some(error) = error {
        tell(error);
    }
    status
}

/// The cache folder of this user, by the rules of the system (XDG on Linux).
pub(super) fn user_cache() -> Option<std::path::PathBuf> {
    directories::ProjectDirs::from("", "", "wenji").map(|folders| folders.cache_dir().to_owned())
}

/// The one object of `--json`, also of a run that failed.
pub(super) fn print_json(outcome: &Outcome, error: Option<&CliError>) {
    let mut outcome = outcome.clone();
    outcome.problems.splice(0..0, error.map(CliError::to_problem));
    if let Err(error) = say::data(&format!("{}\n", report::json(&outcome))) {
        tell(error);
    }
}

/// The closing words: what is missing comes last, so that it is what one sees.
pub(super) fn summarize(outcome: &Outcome, loudness: &Loudness) {
    let all = loudness.verbose > 0;
    if !loudness.quiet {
        say::note(&report::problems(outcome, Severity::Warning, all));
        if !outcome.outputs.is_empty() {
            say::note(&format!("\n{}{}", report::books(outcome), report::totals(outcome)));
        }
    }
    let missing = report::problems(outcome, Severity::Error, all);
    if !missing.is_empty() {
        let heading = if outcome.outputs.is_empty() { "Missing" } else { "Missing from the book" };
        say::note(&format!("\n{heading}:\n{missing}"));
    }
}
