//! Files by the hash of their content. Bytes stay on disk until a book is written, so that memory
//! does not grow with the number of pictures, and the same picture is kept once.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

/// The identity of a file: the SHA-256 of its bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetId([u8; 32]);

impl AssetId {
    /// The identity of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The first 16 hexadecimal digits, enough for a name inside one book.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string()[..16].to_owned()
    }
}

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AssetId({})", self.short())
    }
}

/// The store of a run's files. Shared by threads.
#[derive(Debug)]
pub struct Assets {
    /// Holds the bytes of files that came without a file of their own.
    folder: tempfile::TempDir,
    paths: Mutex<BTreeMap<AssetId, PathBuf>>,
}

impl Assets {
    /// An empty store in the system's folder for temporary files.
    ///
    /// # Errors
    /// When no folder can be made there.
    pub fn new() -> std::io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("wenji-").tempdir()?;
        Ok(Self { folder, paths: Mutex::default() })
    }

    /// Keeps bytes. The same bytes are kept once.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn put(&self, bytes: &[u8]) -> std::io::Result<AssetId> {
        let id = AssetId::of(bytes);
        if self.path(id).is_none() {
            let mut file = tempfile::NamedTempFile::new_in(self.folder.path())?;
            file.write_all(bytes)?;
            let path = self.folder.path().join(id.to_string());
            file.persist(&path).map_err(|error| error.error)?;
            self.lock().insert(id, path);
        }
        Ok(id)
    }

    /// Reads a file's bytes.
    ///
    /// # Errors
    /// When the store does not hold it, or it cannot be read.
    pub fn read(&self, id: AssetId) -> std::io::Result<Vec<u8>> {
        match self.path(id) {
            Some(path) => std::fs::read(path),
            None => Err(std::io::Error::new(std::io::ErrorKind::NotFound, format!("no asset {id:?}"))),
        }
    }

    fn path(&self, id: AssetId) -> Option<PathBuf> {
        self.lock().get(&id).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<AssetId, PathBuf>> {
        // The map is whole after every statement, so a panic elsewhere cannot have broken it.
        self.paths.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_bytes_are_kept_once_and_come_back() {
        let assets = Assets::new().expect("a temporary folder");
        let first = assets.put(b"picture").expect("written");
        assert_eq!(first, assets.put(b"picture").expect("written"));
        assert_eq!(assets.read(first).expect("kept"), b"picture");
        assert_eq!(assets.lock().len(), 1);
        assert!(assets.read(AssetId::of(b"other")).is_err());
    }
}
