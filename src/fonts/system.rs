//! The faces that the system has.
//!
//! They are looked through only when a book needs one: when it has a character that no other face has, text
//! of a region whose forms no other face has, or names a family that is nowhere else. The order is that of
//! the paths, so that it does not depend on which article asks first.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::FontError;
use super::face::{Face, FaceData, FaceId, Origin, Reread};
use super::find::{count, is_font};

/// The identities of system faces begin here, apart from those that every machine has.
const FIRST: u16 = 0x8000;

/// Larger files are left alone.
const MAX_BYTES: u64 = 256 << 20;

/// The faces in some folders, looked through once.
#[derive(Debug, Default)]
pub struct System {
    folders: Vec<PathBuf>,
    found: OnceLock<Vec<Found>>,
}

#[derive(Debug)]
struct Found {
    face: Face,
    taken: AtomicBool,
}

impl System {
    /// The faces of these folders; none of it is read yet.
    #[must_use]
    pub fn new(folders: Vec<PathBuf>) -> Self {
        Self { folders, found: OnceLock::new() }
    }

    /// The faces, in the order of their paths.
    pub(super) fn faces(&self) -> impl Iterator<Item = (FaceId, &Face)> {
        let found = self.found.get_or_init(|| look_through(&self.folders));
        (FIRST..=u16::MAX).map(FaceId).zip(found.iter().map(|found| &found.face))
    }

    fn found(&self, id: FaceId) -> Option<&Found> {
        self.found.get()?.get(usize::from(id.0.checked_sub(FIRST)?))
    }

    /// A face, if it is one of the system.
    pub(super) fn face(&self, id: FaceId) -> Option<&Face> {
        self.found(id).map(|found| &found.face)
    }

    /// Notes that a face of the system is used, if it is one: whether it is still there.
    pub(super) fn take(&self, id: FaceId) -> Option<bool> {
        let found = self.found(id)?;
        if !found.face.is_there() {
            return Some(false);
        }
        found.taken.store(true, Ordering::Relaxed);
        Some(true)
    }

    /// The faces that are used.
    pub(super) fn taken(&self) -> impl Iterator<Item = &Face> {
        let found = self.found.get().into_iter().flatten();
        found.filter(|found| found.taken.load(Ordering::Relaxed)).map(|found| &found.face)
    }
}

/// Reads every font file once for its names and coverage. The bytes are not kept.
fn look_through(folders: &[PathBuf]) -> Vec<Found> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for folder in folders {
        // What cannot be read is of no use to the book, and nobody asked for it.
        let entries = walkdir::WalkDir::new(folder).follow_links(true).into_iter().flatten();
        paths.extend(entries.map(walkdir::DirEntry::into_path).filter(|path| is_font(path)));
    }
    paths.sort();
    paths.dedup();
    let faces: Vec<Vec<Face>> = paths.par_iter().map(|path| faces_of(path)).collect();
    let found = faces.into_iter().flatten().map(|face| Found { face, taken: AtomicBool::new(false) });
    found.take(usize::from(u16::MAX - FIRST)).collect()
}

fn faces_of(path: &Path) -> Vec<Face> {
    let small = std::fs::metadata(path).is_ok_and(|facts| facts.is_file() && facts.len() <= MAX_BYTES);
    let Some(bytes) = small.then(|| std::fs::read(path).ok()).flatten() else { return Vec::new() };
    let again = FaceData::Again(Arc::new(Reread::new(path.to_owned(), bytes.len())));
    let data = FaceData::Shared(Arc::new(bytes));
    let read = |index| -> Result<Vec<Face>, FontError> { Face::read(&data, index, &Origin::System(path.to_owned())) };
    let faces = (0..count(data.as_ref())).filter_map(|index| read(index).ok()).flatten();
    faces
        .map(|face| {
            // From now on these are known without the bytes.
            let _ = (face.coverage(), face.regions());
            face.with_data(again.clone())
        })
        .collect()
}
