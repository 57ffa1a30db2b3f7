//! The command line: what was typed becomes a plan, the plan is run, and what came of it is told.
//!
//! | step | file |
//! |---|---|
//! | what was typed | [`typed`] |
//! | what it means | [`plan`] |
//! | how far the run is | [`progress`] |
//! | what is done when it is told to end | [`ended`] |
//! | a subcommand each | [`build`], [`collect`], [`schedule`], [`install`], [`init`], [`styles`], [`fonts`], [`completions`] |
//! | data to standard output, notes to standard error | [`say`] |
//!
//! Data goes to standard output, everything else to standard error. Only this room reads the environment.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;
use miette::Diagnostic;
use wenji::bind::Outcome;
use wenji::config::ConfigError;
use wenji::problem::{Code, Place, Problem};
use wenji::publish::PublishError;

mod build;
mod collect;
mod completions;
mod crontab;
mod ended;
mod fonts;
mod init;
mod install;
mod plan;
mod progress;
mod say;
mod schedule;
mod styles;
mod typed;

use typed::{Command, Typed};

/// What a run means to the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// All is in.
    Complete = 0,
    /// Nothing was written.
    Nothing = 1,
    /// The command line cannot be understood.
    Usage = 2,
    /// Written, but something is missing.
    Incomplete = 3,
    /// Nothing was done, because another run is at work.
    Busy = 4,
}

/// Why a subcommand could not do its work.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub(crate) enum CliError {
    /// The command line contradicts itself or lacks something.
    #[error("{message}")]
    Usage {
        message: String,
        #[help]
        help: String,
    },
    /// wenji.toml cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Config(#[from] ConfigError),
    /// The run wrote nothing.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Bind(#[from] wenji::bind::BindError),
    /// There are no faces.
    #[error(transparent)]
    Fonts(#[from] wenji::fonts::FontError),
    /// Nothing could be published.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Publish(#[from] PublishError),
    /// A file or stream.
    #[error("{what}: {reason}")]
    Io {
        what: String,
        reason: std::io::Error,
        #[help]
        help: Option<String>,
    },
}

impl CliError {
    fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: help.into() }
    }

    fn status(&self) -> Status {
        match self {
            Self::Usage { .. } => Status::Usage,
            Self::Publish(PublishError::Busy(_)) => Status::Busy,
            _ => Status::Nothing,
        }
    }

    /// The error as reports in JSON show it.
    fn to_problem(&self) -> Problem {
        let (code, place) = match self {
            Self::Usage { .. } => (Code::UsageInvalid, Place::Nowhere),
            Self::Config(error) => (Code::ConfigInvalid, error.place()),
            Self::Bind(error) => (error.problem_code(), Place::Nowhere),
            Self::Publish(error) => (error.problem_code(), Place::Nowhere),
            Self::Fonts(_) => (Code::FaceUnusable, Place::Nowhere),
            Self::Io { .. } => (Code::OutputFailed, Place::Nowhere),
        };
        let problem = Problem::error(code, place, self.to_string());
        match self.help() {
            Some(help) => problem.with_help(help.to_string()),
            None => problem,
        }
    }
}

/// Runs the program with these arguments.
pub(crate) fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    // A panic that `bind` catches is told in the report, any other one below.
    std::panic::set_hook(Box::new(|panic| tracing::debug!("{panic}")));
    let arguments: Vec<OsString> = arguments.collect();
    let status = std::panic::catch_unwind(|| match Typed::try_parse_from(&arguments) {
        Ok(typed) => run(&typed),
        Err(error) => not_understood(&error, arguments.iter().any(|argument| argument == "--json")),
    });
    let status = status.unwrap_or_else(|_| {
        say::note("wenji: an internal error; please report it with the output of the same command with -vv\n");
        Status::Nothing
    });
    ExitCode::from(status as u8)
}

fn run(typed: &Typed) -> Status {
    start_log(typed.loudness.verbose);
    let result = match &typed.command {
        Command::Build(build) => return build::run(build, &typed.loudness),
        Command::Schedule(schedule) => match schedule::run(schedule, &typed.loudness) {
            Ok(status) => return status,
            Err(error) => Err(error),
        },
        Command::Collect(collect) => return collect::run(collect, &typed.loudness),
        Command::Init(init) => init::run(init),
        Command::Styles(styles) => styles::run(styles),
        Command::Fonts(fonts) => fonts::run(fonts),
        Command::Completions(completions) => completions::run(completions),
        Command::Man => completions::man(),
    };
    match result {
        Ok(()) => Status::Complete,
        Err(error) => {
            let status = error.status();
            tell(error);
            status
        }
    }
}

/// Help and version are answers; everything else is an error, which `--json` wants as an object.
fn not_understood(error: &clap::Error, json: bool) -> Status {
    // A closed pipe is no reason to complain.
    let _ = error.print();
    if !error.use_stderr() {
        return Status::Complete;
    }
    if json {
        let text = error.to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        let problem = Problem::error(Code::UsageInvalid, Place::Nowhere, message);
        let outcome = Outcome { problems: vec![problem], ..Outcome::default() };
        let _ = say::data(&format!("{}\n", wenji::report::json(&outcome)));
    }
    Status::Usage
}

/// Shows an error to a person: with its place in the file, what is wrong and what to do.
fn tell(error: CliError) {
    say::note(&format!("{:?}\n", miette::Report::new(error)));
}

fn start_log(verbose: u8) {
    use tracing_subscriber::filter::{EnvFilter, LevelFilter};
    let level = match verbose {
        0 => LevelFilter::OFF,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    let filter = EnvFilter::builder().with_default_directive(level.into()).with_env_var("WENJI_LOG").from_env_lossy();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).without_time();
    log.with_ansi(false).init();
}
