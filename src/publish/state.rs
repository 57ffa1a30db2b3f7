//! What is remembered between runs, in SQLite: articles seen, issues with their files, runs (in [`super::runs`]).
//!
//! Each change is one transaction, synced to the disk, so that a run that is killed leaves the state of before or after
//! a step and nothing between. Moments are seconds since 1970 UTC.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::types::Type;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};

use super::PublishError;
use crate::canonical::canonical;

/// The database's name in the folder of the state.
pub(super) const FILE: &str = "state.sqlite";

/// The steps from an empty file to the present form; `user_version` counts those that were taken.
const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE anthology (
        name TEXT PRIMARY KEY, first_tick INTEGER NOT NULL, last_due INTEGER, last_poll INTEGER
    ) STRICT;
    CREATE TABLE article (
        id INTEGER PRIMARY KEY, anthology TEXT NOT NULL, key TEXT NOT NULL, hash TEXT NOT NULL, title TEXT NOT NULL,
        seen INTEGER NOT NULL, edited INTEGER, published INTEGER, issue INTEGER,
        text TEXT, html INTEGER NOT NULL, site TEXT,
        url INTEGER NOT NULL, origin TEXT NOT NULL, origin_key TEXT NOT NULL, folder TEXT, server TEXT,
        UNIQUE (anthology, key)
    ) STRICT;
    CREATE INDEX article_hash ON article (anthology, hash);
    CREATE TABLE issue (
        anthology TEXT NOT NULL, number INTEGER NOT NULL, due INTEGER NOT NULL, made INTEGER NOT NULL,
        articles INTEGER NOT NULL, done INTEGER NOT NULL, staging TEXT NOT NULL,
        PRIMARY KEY (anthology, number)
    ) STRICT;
    CREATE TABLE file (
        anthology TEXT NOT NULL, number INTEGER NOT NULL, staged TEXT NOT NULL, path TEXT NOT NULL,
        hash TEXT NOT NULL, bytes INTEGER NOT NULL, removed INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (anthology, number, path)
    ) STRICT;
    CREATE TABLE staging (path TEXT PRIMARY KEY) STRICT;
    CREATE TABLE run (
        id INTEGER PRIMARY KEY, anthology TEXT NOT NULL, due INTEGER, started INTEGER NOT NULL, result TEXT NOT NULL,
        issue INTEGER, message TEXT NOT NULL
    ) STRICT;
",
    "
    ALTER TABLE anthology ADD COLUMN config TEXT;
    ALTER TABLE article ADD COLUMN pictures INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE picture (
        article INTEGER NOT NULL, source TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (article, source)
    ) STRICT;
",
    // Articles are named by another rule ([`rename_articles`]).
    "",
    "
    CREATE TABLE missing (
        anthology TEXT NOT NULL, key TEXT NOT NULL, first INTEGER NOT NULL, failures INTEGER NOT NULL,
        origin TEXT NOT NULL, text TEXT NOT NULL, site TEXT, server TEXT, PRIMARY KEY (anthology, key)
    ) STRICT;
",
];

/// The state of all anthologies of a wenji.toml.
#[derive(Debug)]
pub struct State {
    pub(super) database: Connection,
}

/// Where an anthology stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// When it was first looked at; it is first due after that.
    pub first_tick: DateTime<Utc>,
    /// The last moment that was due and is dealt with.
    pub last_due: Option<DateTime<Utc>>,
    /// When sources were last read.
    pub last_poll: Option<DateTime<Utc>>,
}

/// An article that was seen and is in no issue yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its row.
    pub id: i64,
    /// Its canonical address, or its path from the folder of wenji.toml.
    pub key: String,
    /// When it was first seen.
    pub seen: DateTime<Utc>,
    /// When it was published, if that is known.
    pub published: Option<DateTime<Utc>>,
    /// The whole article in the archive form.
    pub text: String,
    /// Whether its body is the elements of a page.
    pub is_html: bool,
    /// The site that published it.
    pub site: Option<String>,
    /// Whether it came from an address.
    pub is_url: bool,
    /// The address or file.
    pub origin: String,
    /// What tells it in a book's identifier.
    pub origin_key: String,
    /// The folder whose files it may name.
    pub folder: Option<PathBuf>,
    /// The server whose addresses it may name.
    pub server: Option<String>,
    /// Whether all of its pictures are kept.
    pub has_pictures: bool,
}

/// What is known of an article already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its row.
    pub id: i64,
    /// The hash of its text.
    pub hash: String,
    /// The issue that it was in.
    pub issue: Option<u32>,
}

/// An issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Its number.
    pub number: u32,
    /// The moment for which it was made.
    pub due: DateTime<Utc>,
    /// The moment in which it was made.
    pub made: DateTime<Utc>,
    /// How many articles it has.
    pub articles: usize,
    /// Its files.
    pub files: Vec<IssueFile>,
    /// The folder in which they were written.
    pub staging: PathBuf,
}

/// A file of an issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueFile {
    /// Where it was written.
    pub staged: PathBuf,
    /// Where it is.
    pub path: PathBuf,
    /// The SHA-256 of its bytes.
    pub hash: String,
    /// Its size.
    pub bytes: u64,
    /// Whether it has been removed since, or another issue took its name.
    pub removed: bool,
}

impl State {
    /// Opens the state in this folder, which is made if need be, and brings it to the present form.
    ///
    /// # Errors
    /// When the file cannot be written, or a newer wenji wrote it.
    pub fn open(folder: &Path) -> Result<Self, PublishError> {
        std::fs::create_dir_all(folder).map_err(|reason| PublishError::io(folder, &reason))?;
        let mut database = Connection::open(path_in(folder))?;
        database.pragma_update(None, "synchronous", "EXTRA")?;
        database.busy_timeout(std::time::Duration::from_secs(10))?;
        // Somebody who looks at an old state may bring it to the present form at the same time.
        let change = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let taken: usize = change.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if taken > MIGRATIONS.len() {
            return Err(PublishError::Newer(path_in(folder)));
        }
        for step in MIGRATIONS.iter().skip(taken) {
            change.execute_batch(step)?;
        }
        if (1..3).contains(&taken) {
            rename_articles(&change)?;
        }
        if taken < MIGRATIONS.len() {
            change.pragma_update(None, "user_version", MIGRATIONS.len())?;
        }
        change.commit()?;
        Ok(Self { database })
    }

    /// The state in this folder, to be read only; `None` when there is none yet.
    ///
    /// # Errors
    /// When the file cannot be read, or another wenji wrote it.
    pub fn look(folder: &Path) -> Result<Option<Self>, PublishError> {
        let path = path_in(folder);
        if !path.is_file() {
            return Ok(None);
        }
        // A journal that a killed run left must be rolled back before anything can be read.
        let database = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        database.busy_timeout(std::time::Duration::from_secs(10))?;
        let taken: usize = database.pragma_query_value(None, "user_version", |row| row.get(0))?;
        match taken.cmp(&MIGRATIONS.len()) {
            std::cmp::Ordering::Greater => Err(PublishError::Newer(path)),
            // What is not there yet is made by the next tick.
            std::cmp::Ordering::Less if taken == 0 => Ok(None),
            std::cmp::Ordering::Less => Self::open(folder).map(Some),
            std::cmp::Ordering::Equal => Ok(Some(Self { database })),
        }
    }

    /// Where an anthology stands, if it was looked at before.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn standing(&self, anthology: &str) -> Result<Option<Standing>, PublishError> {
        let ask = "SELECT first_tick, last_due, last_poll FROM anthology WHERE name = ?1";
        let read = |row: &Row<'_>| {
            Ok(Standing { first_tick: at(row, 0)?, last_due: maybe_at(row, 1)?, last_poll: maybe_at(row, 2)? })
        };
        Ok(self.database.query_row(ask, [anthology], read).optional()?)
    }

    /// Notes when an anthology was first looked at, if this is the first time.
    pub(super) fn begin(&self, anthology: &str, now: DateTime<Utc>) -> Result<(), PublishError> {
        let tell = "INSERT OR IGNORE INTO anthology (name, first_tick) VALUES (?1, ?2)";
        self.database.execute(tell, params![anthology, now.timestamp()])?;
        Ok(())
    }

    /// Forgets moments that lie ahead of the clock, which was wrong then: nothing would be due until they come. `true` if
    /// there were some. A clock that was set back by less than a day makes no issue a second time.
    pub(super) fn set_back(&self, anthology: &str, now: DateTime<Utc>) -> Result<bool, PublishError> {
        let (now, ahead) = (now.timestamp(), (now + TimeDelta::days(1)).timestamp());
        let tell = "UPDATE anthology SET first_tick = MIN(first_tick, ?2), last_due = MIN(last_due, ?2),
                    last_poll = MIN(last_poll, ?2) WHERE name = ?1 AND MAX(first_tick, IFNULL(last_due, 0),
                    IFNULL(last_poll, 0)) > ?3";
        Ok(self.database.execute(tell, params![anthology, now, ahead])? > 0)
    }

    /// The anthologies of which something is remembered.
    pub(super) fn names(&self) -> Result<Vec<String>, PublishError> {
        let mut statement = self.database.prepare("SELECT name FROM anthology ORDER BY name")?;
        let names = statement.query_map([], |row| row.get(0))?;
        Ok(names.collect::<Result<_, _>>()?)
    }

    /// The wenji.toml to which an anthology belongs.
    pub(super) fn owner(&self, anthology: &str) -> Result<Option<String>, PublishError> {
        let ask = "SELECT config FROM anthology WHERE name = ?1";
        Ok(self.database.query_row(ask, [anthology], |row| row.get(0)).optional()?.flatten())
    }

    pub(super) fn note_owner(&self, anthology: &str, config: &str) -> Result<(), PublishError> {
        self.database.execute("UPDATE anthology SET config = ?2 WHERE name = ?1", [anthology, config])?;
        Ok(())
    }

    /// A change of several rows: all of them or none.
    pub(super) fn change(&mut self) -> Result<Transaction<'_>, PublishError> {
        Ok(self.database.transaction()?)
    }

    /// The articles that are in no issue yet, in the order in which they were seen.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn pending(&self, anthology: &str) -> Result<Vec<Seen>, PublishError> {
        let ask = "SELECT id, key, seen, published, text, url, origin, origin_key, folder, html, site, server, pictures
                   FROM article WHERE anthology = ?1 AND issue IS NULL AND text IS NOT NULL ORDER BY id";
        let read = |row: &Row<'_>| {
            Ok(Seen {
                id: row.get(0)?,
                key: row.get(1)?,
                seen: at(row, 2)?,
                published: maybe_at(row, 3)?,
                text: row.get(4)?,
                is_url: row.get(5)?,
                origin: row.get(6)?,
                origin_key: row.get(7)?,
                folder: row.get::<_, Option<String>>(8)?.map(PathBuf::from),
                is_html: row.get(9)?,
                site: row.get(10)?,
                server: row.get(11)?,
                has_pictures: row.get(12)?,
            })
        };
        let mut statement = self.database.prepare(ask)?;
        let rows = statement.query_map([anthology], read)?.collect::<Result<_, _>>()?;
        Ok(rows)
    }

    /// The issues of an anthology that are in place, the oldest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn issues(&self, anthology: &str) -> Result<Vec<Issue>, PublishError> {
        self.issues_where("anthology = ?1 AND done = 1", anthology)
            .map(|issues| issues.into_iter().map(|(_, i)| i).collect())
    }

    /// The issues whose files may be in place or not, with their anthologies.
    pub(super) fn unfinished(&self) -> Result<Vec<(String, Issue)>, PublishError> {
        self.issues_where("?1 = '' AND done = 0", "")
    }

    fn issues_where(&self, which: &str, value: &str) -> Result<Vec<(String, Issue)>, PublishError> {
        let ask = format!(
            "SELECT anthology, number, due, made, articles, staging FROM issue WHERE {which} ORDER BY anthology, number"
        );
        let read = |row: &Row<'_>| {
            let issue = Issue {
                number: row.get(1)?,
                due: at(row, 2)?,
                made: at(row, 3)?,
                articles: row.get(4)?,
                files: Vec::new(),
                staging: PathBuf::from(row.get::<_, String>(5)?),
            };
            Ok((row.get(0)?, issue))
        };
        let mut statement = self.database.prepare(&ask)?;
        let mut issues: Vec<(String, Issue)> = statement.query_map([value], read)?.collect::<Result<_, _>>()?;
        for (anthology, issue) in &mut issues {
            issue.files = self.files(anthology, issue.number)?;
        }
        Ok(issues)
    }

    fn files(&self, anthology: &str, number: u32) -> Result<Vec<IssueFile>, PublishError> {
        let ask =
            "SELECT staged, path, hash, bytes, removed FROM file WHERE anthology = ?1 AND number = ?2 ORDER BY path";
        let read = |row: &Row<'_>| {
            Ok(IssueFile {
                staged: PathBuf::from(row.get::<_, String>(0)?),
                path: PathBuf::from(row.get::<_, String>(1)?),
                hash: row.get(2)?,
                bytes: row.get(3)?,
                removed: row.get(4)?,
            })
        };
        let mut statement = self.database.prepare(ask)?;
        let files = statement.query_map(params![anthology, number], read)?.collect::<Result<_, _>>()?;
        Ok(files)
    }

    /// Whether another issue has a file of this name in place.
    pub(super) fn is_taken(&self, path: &Path) -> Result<bool, PublishError> {
        self.count("SELECT COUNT(*) FROM file WHERE path = ?1 AND removed = 0", [text_of(path)?]).map(|count| count > 0)
    }

    /// What a question for a number is answered.
    pub(super) fn count(&self, ask: &str, with: impl rusqlite::Params) -> Result<i64, PublishError> {
        Ok(self.database.query_row(ask, with, |row| row.get(0))?)
    }

    /// The number that the next issue gets: one after the last, `first` when there is none.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn next_number(&self, anthology: &str, first: u32) -> Result<u32, PublishError> {
        let ask = "SELECT MAX(number) FROM issue WHERE anthology = ?1";
        let last: Option<u32> = self.database.query_row(ask, [anthology], |row| row.get(0))?;
        Ok(last.map_or(first, |last| last.saturating_add(1)))
    }

    /// Notes a folder before it is made, so that the next run can remove it.
    pub(super) fn note_staging(&self, path: &Path) -> Result<(), PublishError> {
        self.database.execute("INSERT OR IGNORE INTO staging (path) VALUES (?1)", [text_of(path)?])?;
        Ok(())
    }

    /// The folders that earlier runs may have left.
    pub(super) fn stagings(&self) -> Result<Vec<PathBuf>, PublishError> {
        let mut statement = self.database.prepare("SELECT path FROM staging ORDER BY path")?;
        let paths = statement.query_map([], |row| Ok(PathBuf::from(row.get::<_, String>(0)?)))?;
        Ok(paths.collect::<Result<_, _>>()?)
    }

    pub(super) fn forget_staging(&self, path: &Path) -> Result<(), PublishError> {
        self.database.execute("DELETE FROM staging WHERE path = ?1", [text_of(path)?])?;
        Ok(())
    }

    /// The pictures that are kept for an article: their addresses in it, and their hashes.
    pub(super) fn pictures(&self, article: i64) -> Result<Vec<(String, String)>, PublishError> {
        let mut statement = self.database.prepare("SELECT source, hash FROM picture WHERE article = ?1")?;
        let pairs = statement.query_map([article], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(pairs.collect::<Result<_, _>>()?)
    }

    /// The hashes of all pictures that are kept.
    pub(super) fn picture_hashes(&self) -> Result<BTreeSet<String>, PublishError> {
        let mut statement = self.database.prepare("SELECT hash FROM picture")?;
        let hashes = statement.query_map([], |row| row.get(0))?;
        Ok(hashes.collect::<Result<_, _>>()?)
    }

    /// Marks a file as no longer there.
    pub(super) fn mark_removed(&self, path: &Path) -> Result<(), PublishError> {
        self.database.execute("UPDATE file SET removed = 1 WHERE path = ?1", [text_of(path)?])?;
        Ok(())
    }
}

/// What is known of the article with this key.
pub(super) fn known(change: &Connection, anthology: &str, key: &str) -> Result<Option<Known>, PublishError> {
    let ask = "SELECT id, hash, issue FROM article WHERE anthology = ?1 AND key = ?2";
    let read = |row: &Row<'_>| Ok(Known { id: row.get(0)?, hash: row.get(1)?, issue: row.get(2)? });
    Ok(change.query_row(ask, [anthology, key], read).optional()?)
}

/// Notes that a moment is dealt with.
pub(super) fn settle(change: &Connection, anthology: &str, due: DateTime<Utc>) -> Result<(), PublishError> {
    let tell = "UPDATE anthology SET last_due = MAX(COALESCE(last_due, ?2), ?2) WHERE name = ?1";
    change.execute(tell, params![anthology, due.timestamp()])?;
    Ok(())
}

/// The text of a path. The state holds paths as text, so that one can look into it.
pub(super) fn text_of(path: &Path) -> Result<&str, PublishError> {
    path.to_str().ok_or_else(|| PublishError::NotText(path.to_owned()))
}

fn path_in(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

pub(super) fn at(row: &Row<'_>, column: usize) -> rusqlite::Result<DateTime<Utc>> {
    let seconds: i64 = row.get(column)?;
    DateTime::from_timestamp(seconds, 0).ok_or(rusqlite::Error::IntegralValueOutOfRange(column, seconds))
}

pub(super) fn maybe_at(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<DateTime<Utc>>> {
    match row.get_ref(column)?.data_type() {
        Type::Null => Ok(None),
        _ => at(row, column).map(Some),
    }
}

/// Names the articles of a state anew whose addresses were told apart by another rule before.
fn rename_articles(change: &Connection) -> Result<(), PublishError> {
    let mut ask = change.prepare("SELECT id, key FROM article WHERE url = 1")?;
    let named = ask.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<Vec<(i64, String)>, _>>()?;
    for (id, key) in named {
        // Two that were told apart and are one now: the second keeps its name, and does no harm.
        change.execute("UPDATE OR IGNORE article SET key = ?2 WHERE id = ?1", params![id, canonical(&key)])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("a moment")
    }

    #[test]
    fn a_state_is_read_again_and_one_of_a_newer_wenji_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(State::look(folder.path()).expect("readable").is_none());
        let state = State::open(folder.path()).expect("made");
        state.begin("a", moment(100)).expect("noted");
        state.begin("a", moment(200)).expect("noted");
        drop(state);
        let state = State::look(folder.path()).expect("readable").expect("there");
        assert_eq!(state.standing("a").expect("read").map(|standing| standing.first_tick), Some(moment(100)));
        assert_eq!((state.standing("b").expect("read"), state.next_number("a", 7).expect("read")), (None, 7));
        state.database.pragma_update(None, "user_version", MIGRATIONS.len() + 1).expect("written");
        drop(state);
        assert!(matches!(State::open(folder.path()), Err(PublishError::Newer(_))));
    }

    #[test]
    fn a_state_of_each_older_form_is_brought_to_the_present_one_and_keeps_what_it_holds() {
        for taken in 1..MIGRATIONS.len() {
            let folder = tempfile::tempdir().expect("a folder");
            let database = Connection::open(path_in(folder.path())).expect("made");
            MIGRATIONS.iter().take(taken).for_each(|step| database.execute_batch(step).expect("a step"));
            database.pragma_update(None, "user_version", taken).expect("written");
            database.execute("INSERT INTO anthology (name, first_tick) VALUES ('a', 100)", []).expect("written");
            let (old, new) = ("https://www.a.example/x/?b=2&a=1&fbclid=3", canonical("http://a.example/x?a=1&b=2"));
            let article = "INSERT INTO article (anthology, key, hash, title, seen, html, url, origin, origin_key) \
                           VALUES ('a', ?1, 'h', '题', 100, 0, 1, 'o', 'o')";
            database.execute(article, [if taken < 3 { old } else { &new }]).expect("written");
            drop(database);
            // Who only looks sees it too.
            let state = State::look(folder.path()).expect("readable").expect("there");
            assert_eq!(state.standing("a").expect("read").map(|standing| standing.first_tick), Some(moment(100)));
            assert_eq!((state.owner("a").expect("read"), state.pending("a").expect("read")), (None, Vec::new()));
            let key: String = state.database.query_row("SELECT key FROM article", [], |row| row.get(0)).expect("read");
            assert_eq!(key, new);
        }
    }

    #[test]
    fn moments_ahead_of_a_clock_that_was_set_back_are_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut state = State::open(folder.path()).expect("made");
        let (now, day) = (moment(1_000_000), TimeDelta::days(1));
        state.begin("a", now - day).expect("noted");
        let change = state.change().expect("begun");
        settle(&change, "a", now + day).expect("settled");
        change.commit().expect("written");
        // By a day at most: nothing is made twice.
        assert!(!state.set_back("a", now).expect("looked at"));
        assert!(state.set_back("a", now - day).expect("looked at"));
        let standing = state.standing("a").expect("read").expect("there");
        assert_eq!((standing.first_tick, standing.last_due), (now - day, Some(now - day)));
    }
}
