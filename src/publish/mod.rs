//! Anthologies that build themselves: when an issue is due, which articles are in it, and what is remembered of it.
//!
//! | step | file |
//! |---|---|
//! | what is remembered between runs, and of them | [`state`], [`runs`] |
//! | when something is due | [`schedule`] |
//! | articles are remembered, and those of an issue chosen | [`select`] |
//! | articles whose pages could not be had are asked for again | `missing` |
//! | whose state it is | `owner` |
//! | pictures of articles that wait are kept | `pictures` |
//! | an issue is written and recorded, and completed after an interruption | `issue` |
//! | its files are put in place, or taken back | `place` |
//! | what is due is done | [`mod@tick`] |
//! | a cron expression in the words of systemd | [`calendar`] |
//!
//! An issue is recorded if and only if its files are in place. They are written into a folder beside their target whose
//! name the state knows already; then the issue is recorded with their names and hashes; then they are renamed; then the issue
//! is marked as done. The next run finds out how far a run that was killed had come, and completes the issue or undoes it.
//! Only one run at a time works on a state: it holds a lock on a file, which ends with the process.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use miette::Diagnostic;

use crate::config::{Config, Loaded};
use crate::problem::Code;

pub mod calendar;
mod issue;
mod missing;
mod owner;
mod pictures;
mod place;
pub mod runs;
pub mod schedule;
pub mod select;
pub mod state;
pub mod tick;

pub use owner::rename;
pub use schedule::Timetable;
pub use state::State;
pub use tick::{Action, Report, preview, tick};

/// Why nothing could be published.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum PublishError {
    /// A file of the state or of an issue.
    #[error("{}: {reason}", path.display())]
    #[diagnostic(help("check that the folder can be written to and that the disk has room"))]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The database, which SQLite cannot read or write.
    #[error("{}: {reason}", file.display())]
    #[diagnostic(help("check [schedule] state, and that the disk has room"))]
    Database {
        /// The file.
        file: PathBuf,
        /// What SQLite said.
        reason: String,
    },
    /// What is not a database, or one no more.
    #[error("{}: it is damaged, or not a state of wenji", .0.display())]
    #[diagnostic(help(
        "put a copy of it back; without one, move it away: numbers begin anew, and articles come again"
    ))]
    Damaged(PathBuf),
    /// A newer wenji has been here.
    #[error("{}: written by a newer wenji", .0.display())]
    #[diagnostic(help("use that version"))]
    Newer(PathBuf),
    /// Two files have the same state.
    #[error("{}: what it remembers of {} is that of {}", folder.display(), Named(anthology), other.display())]
    #[diagnostic(help("give each wenji.toml a folder of its own: [schedule] state = \".other\""))]
    Shared {
        /// The folder of the state.
        folder: PathBuf,
        /// The anthology.
        anthology: String,
        /// The wenji.toml to which it belongs.
        other: PathBuf,
    },
    /// Another run works on the same state.
    #[error("{}: another run is at work", .0.display())]
    #[diagnostic(help("wait for it to end; nothing was done"))]
    Busy(PathBuf),
    /// A path that is not Unicode.
    #[error("{}: the path is not Unicode, and cannot be remembered", .0.display())]
    #[diagnostic(help("rename the folder"))]
    NotText(PathBuf),
    /// wenji.toml has no schedule.
    #[error("{}: there is no [schedule] with a cron expression", .0.display())]
    #[diagnostic(help("add one, for example:\n[schedule]\ncron = \"0 7 * * MON\"\ntimezone = \"Asia/Shanghai\""))]
    NoSchedule(PathBuf),
    /// There is no anthology of this name.
    #[error("there is no [[anthology]] called `{0}`")]
    #[diagnostic(help("`wenji schedule status` lists them"))]
    NoAnthology(String),
    /// An anthology cannot take what is remembered of another.
    #[error("{} has issues of its own, or one that a killed run has begun", Named(.0))]
    #[diagnostic(help("run `wenji schedule tick` first, or choose a name that is new"))]
    HasIssues(String),
    /// The file name leads out of the folder.
    #[error("[output] name: `{0}` leads out of the folder")]
    #[diagnostic(help("issues stand in [output] dir; leave out `..` and a leading `/`"))]
    OutputName(String),
}

/// The name of an anthology in a sentence.
struct Named<'a>(&'a str);

impl std::fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() { f.write_str("the anthology") } else { write!(f, "`{}`", self.0) }
    }
}

impl PublishError {
    pub(crate) fn io(path: &Path, reason: &std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), reason: reason.to_string() }
    }

    /// The same, with the folder of the state, which SQLite does not tell.
    #[must_use]
    pub fn in_folder(self, folder: &Path) -> Self {
        match self {
            Self::Database { file, reason } => Self::Database { file: folder.join(file), reason },
            Self::Damaged(file) => Self::Damaged(folder.join(file)),
            other => other,
        }
    }

    /// The code under which reports name this.
    #[must_use]
    pub fn problem_code(&self) -> Code {
        match self {
            Self::Busy(_) => Code::ScheduleBusy,
            Self::HasIssues(_)
            | Self::NoSchedule(_)
            | Self::NoAnthology(_)
            | Self::OutputName(_)
            | Self::Shared { .. } => Code::ConfigInvalid,
            Self::Io { .. } | Self::Database { .. } | Self::Damaged(_) | Self::Newer(_) | Self::NotText(_) => {
                Code::StateUnusable
            }
        }
    }
}

impl From<rusqlite::Error> for PublishError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        let file = PathBuf::from(state::FILE);
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => Self::Damaged(file),
            _ => Self::Database { file, reason: error.to_string() },
        }
    }
}

/// The anthologies of a wenji.toml that have a schedule, and where what is remembered of them is.
#[derive(Debug, Clone)]
pub struct Publication {
    /// What wenji.toml says.
    pub loaded: Loaded,
    /// The folder of the state.
    pub folder: PathBuf,
    /// The anthologies: their names, what is said of them, and when they are due.
    pub anthologies: Vec<(String, Config, Timetable)>,
}

impl Publication {
    /// The anthologies of a wenji.toml; with `only`, the one of this name.
    ///
    /// # Errors
    /// When none of them has a schedule, or there is none of this name.
    pub fn new(loaded: Loaded, only: Option<&str>) -> Result<Self, PublishError> {
        let chosen = loaded.anthologies.iter().filter(|(name, _)| only.is_none_or(|only| only == name));
        let chosen: Vec<&(String, Config)> = chosen.collect();
        if let (Some(only), []) = (only, chosen.as_slice()) {
            return Err(PublishError::NoAnthology(only.to_owned()));
        }
        let timed = chosen
            .into_iter()
            .filter_map(|(name, config)| Some((name.clone(), config.clone(), Timetable::of(name, config)?)));
        let anthologies: Vec<_> = timed.collect();
        if anthologies.is_empty() {
            return Err(PublishError::NoSchedule(loaded.path));
        }
        Ok(Self { folder: folder(&loaded), loaded, anthologies })
    }

    /// The folder of wenji.toml.
    #[must_use]
    pub fn base(&self) -> &Path {
        self.loaded.path.parent().unwrap_or(Path::new(""))
    }
}

/// The folder of the state: the one that wenji.toml names, else one beside it with its name and a dot before it.
fn folder(loaded: &Loaded) -> PathBuf {
    let base = loaded.path.parent().unwrap_or(Path::new(""));
    let named = loaded.config.schedule.as_ref().and_then(|schedule| schedule.state.as_deref());
    let stem = loaded.path.file_stem().unwrap_or_default().to_string_lossy();
    base.join(named.map_or_else(|| PathBuf::from(format!(".{stem}")), Path::to_owned))
}

/// The right to work on a state; it ends with this value, and with the process at the latest.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of the state in this folder, which is made if need be.
    ///
    /// # Errors
    /// [`PublishError::Busy`] when another run has it.
    pub fn take(folder: &Path) -> Result<Self, PublishError> {
        std::fs::create_dir_all(folder).map_err(|reason| PublishError::io(folder, &reason))?;
        let path = folder.join("lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|reason| PublishError::io(&path, &reason))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(PublishError::Busy(folder.to_owned())),
            Err(TryLockError::Error(reason)) => Err(PublishError::io(&path, &reason)),
        }
    }
}
