//! Whose state it is: two wenji.toml that share a folder by mistake would take each other's articles, numbers and moments.

use std::path::{Path, PathBuf};

use super::state::State;
use super::{Publication, PublishError, folder};
use crate::config;

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
