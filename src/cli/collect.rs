//! `wenji collect`: articles are saved, or what cleaning does to them is shown.

use std::io::IsTerminal as _;

use wenji::bind::{Failure, Outcome, Plan, archive, differences};
use wenji::clock;
use wenji::problem::Severity;
use wenji::progress::Progress;
use wenji::report;

use super::plan::{Surroundings, plan};
use super::typed::{Build, Collect, Loudness};
use super::{CliError, Status, build, ended, progress, say, tell};

pub(super) fn run(collect: &Collect, loudness: &Loudness) -> Status {
    ended::clear_up_first();
    let now = collect.select.now.unwrap_or_else(clock::now);
    let surroundings = Surroundings { now, cache: build::user_cache(), fonts: Vec::new() };
    let build = Build {
        inputs: collect.inputs.clone(),
        config: collect.config.clone(),
        select: collect.select.clone(),
        run: collect.run.clone(),
        ..Build::default()
    };
    let watch = progress::watch(loudness.quiet);
    let (outcome, error) = match plan(&build, &surroundings) {
        Ok(plan) => work(collect, &plan, &*watch),
        Err(error) => (Outcome::default(), Some(error)),
    };
    let status = match &error {
        Some(error) => error.status(),
        None if outcome.is_incomplete() => Status::Incomplete,
        None => Status::Complete,
    };
    if collect.run.json {
        build::print_json(&outcome, error.as_ref());
    }
    if error.is_none() && !loudness.quiet && !collect.diff {
        say::note(&report::problems(&outcome, Severity::Warning, loudness.verbose > 0));
        if let Some(folder) = &collect.into {
            let articles = report::count(outcome.articles, "article");
            say::note(&format!("{articles} in {}\n", folder.display()));
        }
    }
    // What was found on the way is told before why it ended.
    say::note(&report::problems(&outcome, Severity::Error, loudness.verbose > 0));
    if let Some(error) = error {
        tell(error);
    }
    status
}

/// Saves the articles, or shows the differences. What came of it, and why it ended.
fn work(collect: &Collect, plan: &Plan, watch: &dyn Progress) -> (Outcome, Option<CliError>) {
    let done = match &collect.into {
        _ if collect.diff => differences(plan, watch).map(|(text, outcome)| (Some(text), outcome)),
        Some(folder) => archive(plan, folder, watch).map(|outcome| (None, outcome)),
        None => {
            let error = CliError::usage("--into is missing", "name the folder for the articles, or ask for --diff");
            return (Outcome::default(), Some(error));
        }
    };
    match done {
        Ok((text, outcome)) => {
            let said = text.map_or(Ok(()), |text| say::data(&if has_colour() { coloured(&text) } else { text }));
            (outcome, said.err())
        }
        Err(Failure { error, outcome }) => (*outcome, Some(error.into())),
    }
}

/// Colour is for people who look at a terminal and did not ask to be spared (no-color.org).
#[allow(clippy::disallowed_methods, reason = "cli reads the environment")]
fn has_colour() -> bool {
    let spared = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal() && !spared
}

fn coloured(diff: &str) -> String {
    let line = |line: &str| {
        let colour = match line.as_bytes().first() {
            Some(b'+') => "32",
            Some(b'-') => "31",
            Some(b'@') => "36",
            _ => return format!("{line}\n"),
        };
        format!("\u{1b}[{colour}m{line}\u{1b}[0m\n")
    };
    diff.lines().map(line).collect()
}
