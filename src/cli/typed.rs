//! What was typed, as clap reads it. What it means is decided in [`super::plan`].

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::builder::{PossibleValuesParser, TypedValueParser as _, ValueParser};
use clap::{ArgAction, Args, Parser, Subcommand};
use wenji::book::Language;
use wenji::config::values::{self, EpubProfile, Format, Moment, PdfProfile, Sort, Word};
use wenji::pdf::style::Paper;
use wenji::style::BookStyle;

/// Gathers articles and binds them into an EPUB for e-readers and a PDF typeset as a Chinese book is
#[derive(Debug, Parser)]
#[command(name = "wenji", version, propagate_version = true, arg_required_else_help = true)]
#[command(
    after_help = "Exit status: 0 all in; 1 nothing written; 2 usage; 3 written, but something is missing; 4 another scheduled run is at work."
)]
pub(crate) struct Typed {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) loudness: Loudness,
}

/// How much is said on standard error.
#[derive(Debug, Clone, Args)]
pub(crate) struct Loudness {
    /// Say nothing but what is missing
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more; twice, for those who debug
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Bind a book
    Build(Box<Build>),
    /// Save articles as markdown with their pictures, or show what cleaning does to them
    Collect(Box<Collect>),
    /// Make the issues of ./wenji.toml when they are due
    Schedule(Box<Schedule>),
    /// Write a commented wenji.toml
    Init(Init),
    /// List the styles, or show one
    Styles(Box<Styles>),
    /// List the faces and what they cover
    Fonts(Fonts),
    /// Print completions for a shell
    Completions(Completions),
    /// Print the manual page
    Man,
}

#[derive(Debug, Default, Args)]
pub(crate) struct Build {
    /// Markdown or HTML files, addresses of articles and feeds, OPML files, folders, globs, or `-` for a list on standard input; without any, ./wenji.toml is built
    #[arg(value_name = "INPUT")]
    pub(crate) inputs: Vec<String>,
    /// Where the book goes: FILE.epub, FILE.pdf, DIR/ for both, or `-` for standard output; repeatable
    #[arg(short, long = "output", value_name = "PATH")]
    pub(crate) outputs: Vec<String>,
    /// The wenji.toml to build by
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The anthology to build, where wenji.toml holds several
    #[arg(long, value_name = "NAME")]
    pub(crate) anthology: Option<String>,
    #[command(flatten, next_help_heading = "The book")]
    pub(crate) book: BookArgs,
    #[command(flatten, next_help_heading = "Which articles, in which order")]
    pub(crate) select: SelectArgs,
    #[command(flatten, next_help_heading = "The run")]
    pub(crate) run: RunArgs,
}

#[derive(Debug, Default, Args)]
pub(crate) struct BookArgs {
    /// The title; {date} in it becomes the date of the newest article, {from} that of the oldest
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// Author or editor of the whole
    #[arg(long)]
    pub(crate) author: Option<String>,
    /// The language, such as zh-CN or en
    #[arg(long, value_parser = language)]
    pub(crate) lang: Option<Language>,
    /// The cover picture: a file or a URL
    #[arg(long, value_name = "IMAGE")]
    pub(crate) cover: Option<String>,
    /// The style: a name that `wenji styles` lists, or a folder as `wenji styles show` writes it
    #[arg(long, value_parser = style)]
    pub(crate) style: Option<BookStyle>,
    /// The formats; repeatable
    #[arg(long = "format", value_name = "FORMAT", value_delimiter = ',', value_parser = words::<Format>())]
    pub(crate) formats: Vec<Format>,
    /// What the books are made for: the EPUB for generic, kindle, kobo or apple, the PDF for screen or print; repeatable
    #[arg(long = "profile", value_name = "PROFILE", value_delimiter = ',', value_parser = profiles())]
    pub(crate) profiles: Vec<Profile>,
    /// The paper: A5, A4, B5, JIS-B5, Letter, 6in or WIDTHxHEIGHTmm
    #[arg(long, value_parser = paper)]
    pub(crate) paper: Option<Paper>,
    /// A folder of more faces; repeatable
    #[arg(long = "font-dir", value_name = "DIR")]
    pub(crate) font_dirs: Vec<PathBuf>,
}

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SelectArgs {
    /// Leave out what is older: a date, a moment, or a span before now such as 7d
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<Moment>,
    /// Leave out what is newer
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<Moment>,
    /// The order of articles
    #[arg(long, value_name = "ORDER", value_parser = words::<Sort>())]
    pub(crate) sort: Option<Sort>,
    /// Turn the order round
    #[arg(long)]
    pub(crate) reverse: bool,
    /// The moment that counts as now, RFC 3339
    #[arg(long, value_name = "RFC3339", value_parser = moment)]
    pub(crate) now: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RunArgs {
    /// Use nothing from the network but what is in the cache
    #[arg(long)]
    pub(crate) offline: bool,
    /// Write nothing when something is missing
    #[arg(long)]
    pub(crate) strict: bool,
    /// Let articles point at loopback and private addresses
    #[arg(long)]
    pub(crate) allow_private_hosts: bool,
    /// How much is worked on at a time; without it, as many as there are cores
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    /// The folder of the cache
    #[arg(long, value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,
    /// Print what came of it as one JSON object on standard output; `schedule run`: one a line, each time it wakes
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Schedule {
    #[command(subcommand)]
    pub(crate) command: ScheduleCommand,
    /// The wenji.toml; without it, that of this folder
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Only the anthology of this name
    #[arg(long, value_name = "NAME")]
    pub(crate) anthology: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ScheduleCommand {
    /// Show when issues are due
    Next {
        /// How many moments
        #[arg(short = 'n', long = "count", default_value_t = 1)]
        count: usize,
        /// The moment that counts as now, RFC 3339
        #[arg(long, value_name = "RFC3339", value_parser = moment)]
        now: Option<DateTime<Utc>>,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Do what is due, then exit
    Tick {
        /// The moment that counts as now, RFC 3339
        #[arg(long, value_name = "RFC3339", value_parser = moment)]
        now: Option<DateTime<Utc>>,
        #[command(flatten)]
        run: RunArgs,
    },
    /// Stay, and do what is due when it is due
    Run {
        #[command(flatten)]
        run: RunArgs,
    },
    /// Show the last issue, what waits for the next, and how the last runs ended
    Status {
        /// The moment that counts as now, RFC 3339
        #[arg(long, value_name = "RFC3339", value_parser = moment)]
        now: Option<DateTime<Utc>>,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Give what is remembered of an anthology another name, after it was renamed in wenji.toml
    Rename {
        /// The name that it had; "" where the file was about one
        old: String,
        /// The name that it has now
        new: String,
    },
    /// Write the units by which a system does what is due
    Install(Install),
}

#[derive(Debug, Args)]
pub(crate) struct Install {
    #[command(flatten)]
    pub(crate) system: SystemArgs,
    /// Print what would be written
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Let a systemd timer wake every five minutes, for expressions that it cannot say
    #[arg(long, requires = "systemd")]
    pub(crate) often: bool,
    /// The container image, for Kubernetes
    #[arg(long, default_value = "wenji:latest", requires = "kubernetes")]
    pub(crate) image: String,
}

/// What does the waking: exactly one.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
#[allow(clippy::struct_excessive_bools, reason = "clap reads options one by one")]
pub(crate) struct SystemArgs {
    /// A service and a timer of the user
    #[arg(long)]
    pub(crate) systemd: bool,
    /// A line for crontab
    #[arg(long)]
    pub(crate) cron: bool,
    /// An agent of macOS
    #[arg(long)]
    pub(crate) launchd: bool,
    /// A workflow of GitHub
    #[arg(long)]
    pub(crate) github_actions: bool,
    /// A CronJob
    #[arg(long)]
    pub(crate) kubernetes: bool,
}

/// What does the waking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    Systemd,
    Cron,
    Launchd,
    GithubActions,
    Kubernetes,
}

impl Install {
    /// The one that was chosen; clap sees to it that one is.
    pub(crate) fn system(&self) -> System {
        match &self.system {
            SystemArgs { cron: true, .. } => System::Cron,
            SystemArgs { launchd: true, .. } => System::Launchd,
            SystemArgs { github_actions: true, .. } => System::GithubActions,
            SystemArgs { kubernetes: true, .. } => System::Kubernetes,
            SystemArgs { .. } => System::Systemd,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Collect {
    /// Files, folders, globs, addresses of articles and feeds, OPML files, or `-` for a list on standard input; without any, those of ./wenji.toml
    #[arg(value_name = "INPUT")]
    pub(crate) inputs: Vec<String>,
    /// The folder to save them in; what is there is brought up to date, and what you changed stays
    #[arg(long, value_name = "DIR", required_unless_present = "diff", conflicts_with = "diff")]
    pub(crate) into: Option<PathBuf>,
    /// Save nothing, and show what cleaning changes in each text as a unified diff
    #[arg(long, conflicts_with_all = ["json", "strict"])]
    pub(crate) diff: bool,
    /// The wenji.toml to go by
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten, next_help_heading = "Which articles, in which order")]
    pub(crate) select: SelectArgs,
    #[command(flatten, next_help_heading = "The run")]
    pub(crate) run: RunArgs,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The folder to write it to
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Styles {
    #[command(subcommand)]
    pub(crate) command: Option<StylesCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StylesCommand {
    /// Print the style sheets of a style (CSS for the EPUB, TOML for the PDF), or write them out as a style of your own
    Show {
        /// Its name, or its folder
        #[arg(value_parser = style)]
        name: BookStyle,
        /// Only the one of this format
        #[arg(long, value_parser = words::<Format>())]
        format: Option<Format>,
        /// Write them into this folder, which `--style DIR` then uses; a file that is there already stays
        #[arg(long, value_name = "DIR")]
        into: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Fonts {
    /// A folder of more faces; repeatable
    #[arg(long = "font-dir", value_name = "DIR")]
    pub(crate) font_dirs: Vec<PathBuf>,
    /// The wenji.toml that names families; without it, that of this folder
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

/// One of the profiles of either format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Epub(EpubProfile),
    Pdf(PdfProfile),
}

fn words<W: Word + Clone + Send + Sync>() -> ValueParser {
    let words = PossibleValuesParser::new(W::ALL.iter().map(|word| word.as_str()));
    words.try_map(|word| word.parse::<W>()).into()
}

fn profiles() -> ValueParser {
    let epub = EpubProfile::ALL.iter().map(|word| word.as_str());
    let words = PossibleValuesParser::new(epub.chain(PdfProfile::ALL.iter().map(|word| word.as_str())));
    let read = |word: String| word.parse().map(Profile::Epub).or_else(|_| word.parse().map(Profile::Pdf));
    words.try_map(read).into()
}

fn style(text: &str) -> Result<BookStyle, values::BadValue> {
    values::style(text, std::path::Path::new(""))
}

fn language(text: &str) -> Result<Language, wenji::book::BadLanguage> {
    Language::new(text)
}

fn paper(text: &str) -> Result<Paper, wenji::pdf::style::BadPaper> {
    Paper::parse(text)
}

fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    let moment = DateTime::parse_from_rfc3339(text);
    moment.map(|moment| moment.to_utc()).map_err(|error| format!("{error}; write it as 2026-01-31T08:00:00Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory as _;
        Typed::command().debug_assert();
    }

    #[test]
    fn a_profile_belongs_to_one_format() {
        let typed = Typed::try_parse_from(["wenji", "build", "--profile", "kindle,print"]).expect("understood");
        let Command::Build(build) = typed.command else { panic!("not a build") };
        assert_eq!(build.book.profiles, [Profile::Epub(EpubProfile::Kindle), Profile::Pdf(PdfProfile::Print)]);
    }

    #[test]
    fn wrong_values_are_usage_errors_that_list_what_is_allowed() {
        let error = |arguments: &[&str]| Typed::try_parse_from(arguments).expect_err("refused").to_string();
        assert!(error(&["wenji", "build", "--sort", "dat"]).contains("'date'"));
        assert!(error(&["wenji", "build", "--since", "yesterday"]).contains("7d"));
        assert!(error(&["wenji", "build", "--paper", "A55"]).contains("JIS-B5"));
        assert!(error(&["wenji", "build", "--jobs", "0"]).contains("1..=1024"));
        assert!(error(&["wenji", "biuld"]).contains("'build'"));
    }
}
