//! The files of an issue are put in place, or taken back.
//!
//! A file that a new one replaces, where all issues have one name, gets a second name in the folder of the run first. So until
//! the issue is done, the old file can be put back, and its name is never without a file.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::params;

use super::PublishError;
use super::issue::hash_of;
use super::state::{Issue, IssueFile, State, text_of};
use crate::assets::AssetId;
use crate::output::AtomicFile;

/// The folder of replaced files, in that of the run.
const REPLACED: &str = "replaced";

/// Renames the files of an issue into place. What is in place already stays. `false` when a file is nowhere.
pub(super) fn put_in_place(issue: &Issue) -> Result<bool, PublishError> {
    let mut folders = BTreeSet::new();
    for file in &issue.files {
        if is_it(&file.staged, file) {
            let folder = file.path.parent().unwrap_or(Path::new("."));
            let failed = |reason: io::Error| PublishError::io(&file.path, &reason);
            std::fs::create_dir_all(folder).map_err(failed)?;
            set_aside(&file.path, &aside(issue, file)).map_err(failed)?;
            std::fs::rename(&file.staged, &file.path).map_err(failed)?;
            folders.insert(folder);
        } else if !is_it(&file.path, file) {
            return Ok(false);
        }
    }
    folders.into_iter().try_for_each(|folder| sync(folder).map_err(|reason| PublishError::io(folder, &reason)))?;
    Ok(true)
}

fn is_it(path: &Path, file: &IssueFile) -> bool {
    hash_of(path).is_ok_and(|hash| hash == file.hash)
}

/// Where the file stands that one of the issue replaced. Its name comes from the path: the state does not keep the order.
fn aside(issue: &Issue, file: &IssueFile) -> PathBuf {
    issue.staging.join(REPLACED).join(AssetId::of(file.path.as_os_str().as_encoded_bytes()).short())
}

/// Gives a file a second name, or a copy where the system knows no second names. A run that was killed may have done so.
fn set_aside(path: &Path, aside: &Path) -> io::Result<()> {
    let is_file = std::fs::symlink_metadata(path).is_ok_and(|file| !file.is_dir());
    if !is_file || std::fs::symlink_metadata(aside).is_ok() {
        return Ok(());
    }
    let folder = aside.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    if std::fs::hard_link(path, aside).is_err() {
        let mut copy = AtomicFile::create(aside)?;
        io::copy(&mut File::open(path)?, &mut copy)?;
        copy.commit()?;
    }
    sync(folder)
}

/// A rename is on the disk when its folder is.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Undoes an issue that cannot be completed: what its files replaced is put back, and its articles are in none again.
pub(super) fn undo(state: &mut State, anthology: &str, issue: &Issue) -> Result<(), PublishError> {
    for file in &issue.files {
        let aside = aside(issue, file);
        let failed = |reason: io::Error| PublishError::io(&file.path, &reason);
        if !is_it(&file.path, file) {
            // It never came there, or somebody has changed it since.
        } else if std::fs::symlink_metadata(&aside).is_ok() {
            std::fs::rename(&aside, &file.path).map_err(failed)?;
        } else if !state.has_file(file, anthology, issue.number)? {
            std::fs::remove_file(&file.path).map_err(failed)?;
        }
    }
    let change = state.change()?;
    for forget in [
        "UPDATE article SET issue = NULL WHERE anthology = ?1 AND issue = ?2",
        "DELETE FROM file WHERE anthology = ?1 AND number = ?2",
        "DELETE FROM issue WHERE anthology = ?1 AND number = ?2",
    ] {
        change.execute(forget, params![anthology, issue.number])?;
    }
    change.commit()?;
    Ok(())
}

impl State {
    /// Whether this very file is also another issue's: one whose name and bytes are the same.
    fn has_file(&self, file: &IssueFile, anthology: &str, number: u32) -> Result<bool, PublishError> {
        let ask = "SELECT COUNT(*) FROM file WHERE path = ?1 AND hash = ?2 AND removed = 0
                   AND NOT (anthology = ?3 AND number = ?4)";
        self.count(ask, params![text_of(&file.path)?, file.hash, anthology, number]).map(|count| count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::issue::tests::{names, now, recorded};
    use super::super::issue::{finish, recover};
    use super::super::runs::Run;
    use super::*;

    #[test]
    fn an_issue_that_is_undone_gives_back_the_files_that_it_replaced() {
        for placed in 0..=2 {
            let folder = tempfile::tempdir().expect("a folder");
            let (mut state, mut issue) = recorded(folder.path());
            // In another order than that in which the state gives them.
            issue.files.reverse();
            for file in &issue.files {
                std::fs::write(&file.path, format!("last {}", file.path.display())).expect("written");
            }
            // Killed after so many files were in place; of the next one only the second name was made.
            for (index, file) in issue.files.iter().enumerate().take(placed + 1) {
                set_aside(&file.path, &aside(&issue, file)).expect("linked");
                if index < placed {
                    std::fs::rename(&file.staged, &file.path).expect("renamed");
                }
            }
            match issue.files.get(placed) {
                Some(next) => std::fs::write(&next.staged, "cut").expect("written"),
                None => std::fs::write(&issue.files[0].path, "lost").expect("written"),
            }
            recover(&mut state, &folder.path().join("state"), now()).expect("recovered");
            assert_eq!(names(folder.path()), ["a.epub", "a.pdf"]);
            for (index, file) in issue.files.iter().enumerate() {
                let text = std::fs::read_to_string(&file.path).expect("there");
                // What somebody has written over it since stays.
                let is_lost = placed == 2 && index == 0;
                let expected = if is_lost { "lost".to_owned() } else { format!("last {}", file.path.display()) };
                assert_eq!(text, expected, "{placed}");
            }
            assert_eq!(state.pending("").expect("read").len(), 1);
        }
    }

    #[test]
    fn an_issue_with_the_very_bytes_of_the_last_one_is_undone_without_harm() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut state, issue) = recorded(folder.path());
        assert!(put_in_place(&issue).expect("renamed"));
        let run = |number| Run {
            due: Some(now()),
            started: now(),
            result: "built".to_owned(),
            issue: Some(number),
            message: String::new(),
        };
        finish(&mut state, "", &issue, &run(1)).expect("done");
        let next = Issue { number: 2, ..issue.clone() };
        super::super::issue::record(&mut state, "", &next, &[]).expect("recorded");
        undo(&mut state, "", &next).expect("undone");
        assert_eq!(names(folder.path()), [".wenji-issue-x", "a.epub", "a.pdf"]);
        assert_eq!(state.issues("").expect("read").len(), 1);
    }
}
