//! The runs of the anthologies: what is told of them afterwards, and how often a build has failed.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, params};

use super::PublishError;
use super::state::{State, at, maybe_at};

/// How many runs of an anthology are remembered.
const RUNS: i64 = 200;

/// A run that did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The moment that was due.
    pub due: Option<DateTime<Utc>>,
    /// When it began.
    pub started: DateTime<Utc>,
    /// Of an issue: `built`, `incomplete`, `empty`, `missed`, `failed` or `given-up`. Of sources that were read between
    /// issues: `poll-incomplete` or `poll-failed`; those that went well are not noted.
    pub result: String,
    /// The issue that it made.
    pub issue: Option<u32>,
    /// What went wrong.
    pub message: String,
}

impl State {
    /// The runs of an anthology, the newest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn runs(&self, anthology: &str, most: usize) -> Result<Vec<Run>, PublishError> {
        let ask = "SELECT due, started, result, issue, message FROM run WHERE anthology = ?1 ORDER BY id DESC LIMIT ?2";
        let read = |row: &Row<'_>| {
            Ok(Run {
                due: maybe_at(row, 0)?,
                started: at(row, 1)?,
                result: row.get(2)?,
                issue: row.get(3)?,
                message: row.get(4)?,
            })
        };
        let mut statement = self.database.prepare(ask)?;
        let rows = statement.query_map(params![anthology, most], read)?.collect::<Result<_, _>>()?;
        Ok(rows)
    }

    /// How often in a row a build for this moment has failed, and when it last began.
    pub(super) fn failures(
        &self,
        anthology: &str,
        due: DateTime<Utc>,
    ) -> Result<(u32, Option<DateTime<Utc>>), PublishError> {
        let ask = "SELECT COUNT(*), MAX(started) FROM run WHERE anthology = ?1 AND due = ?2 AND result = 'failed'";
        let read = |row: &Row<'_>| Ok((row.get(0)?, maybe_at(row, 1)?));
        Ok(self.database.query_row(ask, params![anthology, due.timestamp()], read)?)
    }
}

/// Adds a run, and forgets the oldest.
pub(super) fn add_run(change: &Connection, anthology: &str, run: &Run) -> Result<(), PublishError> {
    change.execute(
        "INSERT INTO run (anthology, due, started, result, issue, message) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            anthology,
            run.due.map(|due| due.timestamp()),
            run.started.timestamp(),
            run.result,
            run.issue,
            run.message
        ],
    )?;
    // Of polls that fail again and again, the last one tells enough.
    let repeated = "DELETE FROM run WHERE anthology = ?1 AND due IS NULL AND ?2 AND id = (SELECT id FROM run
                    WHERE anthology = ?1 AND id < last_insert_rowid() ORDER BY id DESC LIMIT 1)";
    change.execute(repeated, params![anthology, run.due.is_none()])?;
    let oldest = "DELETE FROM run WHERE anthology = ?1 AND id <=
                  (SELECT id FROM run WHERE anthology = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)";
    change.execute(oldest, params![anthology, RUNS])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("a moment")
    }

    #[test]
    fn of_polls_that_fail_in_a_row_the_last_one_is_remembered() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(folder.path()).expect("made");
        let add = |due: Option<i64>, started| {
            let (result, message) = ("x".to_owned(), String::new());
            let run = Run { due: due.map(moment), started: moment(started), result, issue: None, message };
            add_run(&state.database, "a", &run).expect("added");
        };
        add(None, 1);
        add(Some(2), 2);
        (3..9).for_each(|started| add(None, started));
        let started: Vec<i64> = state.runs("a", 9).expect("read").iter().map(|run| run.started.timestamp()).collect();
        assert_eq!(started, [8, 2, 1]);
    }

    #[test]
    fn only_the_newest_runs_are_kept_and_failures_are_counted_by_their_moment() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(folder.path()).expect("made");
        for started in 0..RUNS + 5 {
            let run = Run {
                due: Some(moment(started / 100)),
                started: moment(started),
                result: "failed".to_owned(),
                issue: None,
                message: String::new(),
            };
            add_run(&state.database, "a", &run).expect("added");
        }
        let runs = state.runs("a", 1000).expect("read");
        assert_eq!((runs.len(), runs[0].started), (200, moment(204)));
        assert_eq!(state.failures("a", moment(2)).expect("read"), (5, Some(moment(204))));
        assert_eq!(state.failures("a", moment(9)).expect("read"), (0, None));
    }
}
