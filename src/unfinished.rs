//! Files and folders under way: what has to go when the program is told to end in the middle of its work.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

static UNDER_WAY: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A file or folder that is not finished. Dropped when it is, or when it is gone.
#[derive(Debug)]
pub(crate) struct Unfinished(PathBuf);

impl Unfinished {
    /// Makes a file or folder and notes where it is, without [`abandon`] between the two.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn make<T>(
        make: impl FnOnce() -> io::Result<T>,
        path: impl FnOnce(&T) -> &Path,
    ) -> io::Result<(T, Self)> {
        let mut under_way = lock();
        let made = make()?;
        let path = path(&made).to_owned();
        under_way.insert(path.clone());
        Ok((made, Self(path)))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        lock().remove(&self.0);
    }
}

/// Removes all that is not finished, of all threads. Nothing can be begun after it: it is for the last moment of a process.
pub fn abandon() {
    let under_way = lock();
    for path in under_way.iter() {
        // Another thread may be writing into a folder while it is removed.
        let remove = || if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
        let _ = (0..5).find(|_| remove().is_ok() || !path.exists());
    }
    // Who waits for it waits until the process ends.
    std::mem::forget(under_way);
}

fn lock() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    // The set is whole after every statement.
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}
