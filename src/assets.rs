//! Files by the hash of their content. Bytes stay on disk until a book is written, so that memory
//! does not grow with the number of pictures, and the same picture is kept once.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use crate::unfinished::Unfinished;

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
    // Dropped after the folder.
    _unfinished: Unfinished,
    kept: Mutex<BTreeMap<AssetId, Kept>>,
}

/// Where bytes are.
#[derive(Debug, Clone)]
enum Kept {
    /// In a file of the store.
    Here(PathBuf),
    /// In a file of somebody else's, which may have changed.
    There(PathBuf),
}

impl Assets {
    /// An empty store in the system's folder for temporary files.
    ///
    /// # Errors
    /// When no folder can be made there.
    pub fn new() -> std::io::Result<Self> {
        Self::new_in(&std::env::temp_dir())
    }

    /// An empty store in a folder of temporary files that somebody else clears, also after this program was killed.
    ///
    /// # Errors
    /// When no folder can be made there.
    pub fn new_in(folder: &Path) -> std::io::Result<Self> {
        let make = || tempfile::Builder::new().prefix("wenji-").tempdir_in(folder);
        let (folder, unfinished) = Unfinished::make(make, tempfile::TempDir::path)?;
        Ok(Self { folder, _unfinished: unfinished, kept: Mutex::default() })
    }

    /// Keeps bytes. The same bytes are kept once.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn put(&self, bytes: &[u8]) -> std::io::Result<AssetId> {
        let id = AssetId::of(bytes);
        if self.place(id).is_none() {
            let mut file = tempfile::NamedTempFile::new_in(self.folder.path())?;
            file.write_all(bytes)?;
            let path = self.folder.path().join(id.to_string());
            file.persist(&path).map_err(|error| error.error)?;
            self.lock().insert(id, Kept::Here(path));
        }
        Ok(id)
    }

    /// Keeps bytes that were read from a file, by its path: they are not copied, and read again when they are wanted.
    pub fn put_file(&self, bytes: &[u8], path: &Path) -> AssetId {
        let id = AssetId::of(bytes);
        self.lock().entry(id).or_insert_with(|| Kept::There(path.to_owned()));
        id
    }

    /// Reads a file's bytes.
    ///
    /// # Errors
    /// When the store does not hold it, it cannot be read, or it is another now.
    pub fn read(&self, id: AssetId) -> std::io::Result<Vec<u8>> {
        match self.place(id) {
            Some(Kept::Here(path)) => std::fs::read(path),
            Some(Kept::There(path)) => {
                let bytes = std::fs::read(path)?;
                let changed = || std::io::Error::new(std::io::ErrorKind::InvalidData, "the file has changed meanwhile");
                if AssetId::of(&bytes) == id { Ok(bytes) } else { Err(changed()) }
            }
            None => Err(missing(id)),
        }
    }

    /// Reads the first bytes of a file, at most so many. Whether it is still the same is not looked at.
    ///
    /// # Errors
    /// When the store does not hold it, or it cannot be read.
    pub fn read_start(&self, id: AssetId, most: u64) -> std::io::Result<Vec<u8>> {
        let Some(Kept::Here(path) | Kept::There(path)) = self.place(id) else { return Err(missing(id)) };
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn place(&self, id: AssetId) -> Option<Kept> {
        self.lock().get(&id).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<AssetId, Kept>> {
        // The map is whole after every statement, so a panic elsewhere cannot have broken it.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn missing(id: AssetId) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::NotFound, format!("no asset {id:?}"))
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

    #[test]
    fn a_file_is_read_where_it_is_and_told_when_it_is_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.png");
        std::fs::write(&path, b"picture").expect("written");
        let assets = Assets::new().expect("a temporary folder");
        let id = assets.put_file(b"picture", &path);
        assert_eq!(assets.read(id).expect("there"), b"picture");
        assert_eq!(assets.read_start(id, 3).expect("there"), b"pic");
        assert_eq!(std::fs::read_dir(assets.folder.path()).expect("a folder").count(), 0);
        std::fs::write(&path, b"another").expect("written");
        assert!(assets.read(id).is_err());
    }
}
