//! The pictures of articles that wait for their issue stand beside the state, each once, under the hash of its bytes, so that
//! the issue shows them also when their file or server is gone by then. They go when the issue is done.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::params;

use super::PublishError;
use super::select::restored;
use super::state::{Seen, State};
use crate::assets::AssetId;
use crate::bind::{self, Plan};
use crate::output::AtomicFile;
use crate::progress::Progress;

/// The folder of pictures, in that of the state.
const PICTURES: &str = "pictures";

/// The folder for temporary files, in that of the state.
const WORK: &str = "work";

/// How many articles are looked through at a time: their documents are in memory together.
const AT_ONCE: usize = 64;

/// Keeps the pictures of the articles that wait, as far as they can be had and were not kept before.
pub(super) fn keep(
    state: &mut State,
    anthology: &str,
    folder: &Path,
    plan: &mut Plan,
    progress: &dyn Progress,
) -> Result<(), PublishError> {
    let waiting: Vec<Seen> = state.pending(anthology)?.into_iter().filter(|seen| !seen.has_pictures).collect();
    if waiting.is_empty() {
        return Ok(());
    }
    let work = folder.join(WORK);
    std::fs::create_dir_all(&work).map_err(|reason| PublishError::io(&work, &reason))?;
    plan.temporary = Some(work.clone());
    for some in waiting.chunks(AT_ONCE) {
        let mut kept: Vec<(i64, String, String)> = Vec::new();
        let mut write = |article: usize, source: &str, bytes: &[u8]| {
            let hash = AssetId::of(bytes).to_string();
            put(&folder.join(PICTURES).join(&hash), bytes)?;
            kept.extend(some.get(article).map(|seen| (seen.id, source.to_owned(), hash)));
            Ok(())
        };
        let all_there = bind::pictures(plan, some.iter().map(restored).collect(), progress, &mut write)
            .map_err(|error| PublishError::Io { path: folder.join(PICTURES), reason: error.to_string() })?;
        let change = state.change()?;
        for (article, source, hash) in &kept {
            let tell = "INSERT OR REPLACE INTO picture (article, source, hash) VALUES (?1, ?2, ?3)";
            change.execute(tell, params![article, source, hash])?;
        }
        for (seen, _) in some.iter().zip(all_there).filter(|(_, all)| *all) {
            change.execute("UPDATE article SET pictures = 1 WHERE id = ?1", [seen.id])?;
        }
        change.commit()?;
    }
    remove_folder(&work)
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if std::fs::metadata(path).is_ok_and(|file| file.len() == bytes.len() as u64) {
        return Ok(());
    }
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes)?;
    file.commit().map(drop)
}

/// The pictures that are kept for an article: their addresses in it, and their files.
pub(super) fn of_article(
    state: &State,
    folder: &Path,
    article: i64,
) -> Result<BTreeMap<String, PathBuf>, PublishError> {
    let pairs = state.pictures(article)?.into_iter();
    Ok(pairs.map(|(source, hash)| (source, folder.join(PICTURES).join(hash))).collect())
}

/// Removes what no article waits with, and what a run that was killed has left.
pub(super) fn sweep(state: &State, folder: &Path) -> Result<(), PublishError> {
    remove_folder(&folder.join(WORK))?;
    let pictures = folder.join(PICTURES);
    let Ok(files) = std::fs::read_dir(&pictures) else { return Ok(()) };
    let wanted: BTreeSet<String> = state.picture_hashes()?;
    for file in files.flatten() {
        if !wanted.contains(&*file.file_name().to_string_lossy()) {
            std::fs::remove_file(file.path()).map_err(|reason| PublishError::io(&file.path(), &reason))?;
        }
    }
    // It stays as long as something is in it.
    let _ = std::fs::remove_dir(&pictures);
    Ok(())
}

fn remove_folder(folder: &Path) -> Result<(), PublishError> {
    match std::fs::remove_dir_all(folder) {
        Err(reason) if reason.kind() != io::ErrorKind::NotFound => Err(PublishError::io(folder, &reason)),
        _ => Ok(()),
    }
}
