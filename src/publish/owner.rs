//! Whose state it is: two wenji.toml that share a folder by mistake would take each other's articles, numbers and moments.

use std::path::{Path, PathBuf};

use rusqlite::params;

use super::state::State;
use super::{Lock, Publication, PublishError, folder};
use crate::config;
use crate::problem::{Code, Place, Problem};

/// Notes that the anthology is this file's. What was another file's stays so, as long as that file has it there; a file
/// that was moved or renamed takes its state along.
pub(super) fn claim(state: &State, anthology: &str, publication: &Publication) -> Result<(), PublishError> {
    let own = whole(&publication.loaded.path);
    let known = state.owner(anthology)?;
    if known.as_deref() == Some(&*own.to_string_lossy()) {
        return Ok(());
    }
    let other = known.map(PathBuf::from).filter(|other| other.is_file());
    if let Some(other) = other.filter(|other| has(other, anthology, &publication.folder)) {
        return Err(PublishError::Shared {
            folder: publication.folder.clone(),
            anthology: anthology.to_owned(),
            other,
        });
    }
    state.note_owner(anthology, &own.to_string_lossy())
}

/// Tells, of an anthology without an issue, that the state remembers one that wenji.toml does not have any more.
pub(super) fn renamed(
    state: &State,
    anthology: &str,
    publication: &Publication,
) -> Result<Option<Problem>, PublishError> {
    if !state.issues(anthology)?.is_empty() {
        return Ok(None);
    }
    let mut gone = state.names()?;
    gone.retain(|name| !publication.loaded.anthologies.iter().any(|(other, _)| other == name));
    let mut issued = None;
    for name in gone {
        if issued.is_none() && !state.issues(&name)?.is_empty() {
            issued = Some(name);
        }
    }
    Ok(issued.map(|gone| {
        let [old, new] = [gone.as_str(), anthology].map(|name| if name.is_empty() { "\"\"" } else { name });
        let message = format!(
            "{old} has issues and is not in wenji.toml any more, {new} has none yet: its numbers begin anew, and articles come \
             again. If {new} is {old} by another name: `wenji schedule rename {old} {new}`"
        );
        Problem::warning(Code::ScheduleRenamed, Place::Nowhere, message)
    }))
}

/// Gives what is remembered of an anthology another name. What was seen under the new name already goes along.
///
/// # Errors
/// When nothing is remembered of the old name, or the new one has issues of its own.
pub fn rename(publication: &Publication, old: &str, new: &str) -> Result<(), PublishError> {
    let _lock = Lock::take(&publication.folder)?;
    let folder = &publication.folder;
    let renamed = State::open(folder).and_then(|mut state| rename_in(&mut state, old, new));
    renamed.map_err(|error| error.in_folder(folder))
}

fn rename_in(state: &mut State, old: &str, new: &str) -> Result<(), PublishError> {
    if state.standing(old)?.is_none() || old == new {
        return Err(PublishError::NoAnthology(old.to_owned()));
    }
    if !state.issues(new)?.is_empty() || !state.unfinished()?.is_empty() {
        return Err(PublishError::HasIssues(new.to_owned()));
    }
    let change = state.change()?;
    change.execute("UPDATE OR IGNORE article SET anthology = ?2 WHERE anthology = ?1", params![new, old])?;
    let same = "SELECT id FROM article WHERE anthology = ?1";
    change.execute(&format!("DELETE FROM picture WHERE article IN ({same})"), [new])?;
    for table in ["article", "missing", "run"] {
        change.execute(&format!("DELETE FROM {table} WHERE anthology = ?1"), [new])?;
    }
    change.execute("DELETE FROM anthology WHERE name = ?1", [new])?;
    change.execute("UPDATE anthology SET name = ?2 WHERE name = ?1", [old, new])?;
    for table in ["article", "missing", "issue", "file", "run"] {
        change.execute(&format!("UPDATE {table} SET anthology = ?2 WHERE anthology = ?1"), [old, new])?;
    }
    change.commit()?;
    Ok(())
}

/// Whether a wenji.toml has this anthology, and its state in this folder. One that cannot be read may be somebody's who
/// is about to mend it.
fn has(other: &Path, anthology: &str, state: &Path) -> bool {
    config::read(other).map_or(true, |loaded| {
        let is_there = whole(&folder(&loaded)) == whole(state);
        is_there && loaded.anthologies.iter().any(|(name, _)| name == anthology)
    })
}

fn whole(path: &Path) -> PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}
