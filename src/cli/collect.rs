//! `wenji collect`: articles are saved, or what cleaning does to them is shown.

use std::io::IsTerminal as _;

use wenji::bind::{Failure, Outcome, archive, differences};
use wenji::clock;
use wenji::problem::Severity;
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
    let result = plan(&build, &surroundings).and_then(|plan| {
        if collect.diff {
            let (text, outcome) = differences(&plan, &*watch).map_err(stopped)?;
            say::data(&if has_colour() { coloured(&text) } else { text })?;
            return Ok(outcome);
        }
        let Some(folder) = &collect.into else {
            return Err(CliError::usage("--into is missing", "name the folder for the articles, or ask for --diff"));
        };
        archive(&plan, folder, &*watch).map_err(stopped)
    });
    match result {
        Ok(outcome) => {
            summarize(collect, &outcome, loudness);
            if outcome.is_incomplete() { Status::Incomplete } else { Status::Complete }
        }
        Err(error) => {
            let status = error.status();
            tell(error);
            status
        }
    }
}

/// What was found on the way is told at once; why it ended, by the caller.
fn stopped(failure: Failure) -> CliError {
    say::note(&report::problems(&failure.outcome, Severity::Error, false));
    failure.error.into()
}

fn summarize(collect: &Collect, outcome: &Outcome, loudness: &Loudness) {
    if collect.run.json && !collect.diff {
        let _ = say::data(&format!("{}\n", report::json(outcome)));
    }
    if !loudness.quiet && !collect.diff {
        say::note(&report::problems(outcome, Severity::Warning, loudness.verbose > 0));
        if let Some(folder) = &collect.into {
            let articles = report::count(outcome.articles, "article");
            say::note(&format!("{articles} in {}\n", folder.display()));
        }
    }
    say::note(&report::problems(outcome, Severity::Error, loudness.verbose > 0));
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
