//! How files come into being: written beside their target, then renamed into place, under a name
//! made from the title.

use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization as _;

use crate::unfinished::Unfinished;

/// A file that appears under its name only when it is whole. Dropped before [`AtomicFile::commit`],
/// it leaves nothing behind, and a file that had the name stays as it was.
#[derive(Debug)]
pub struct AtomicFile {
    target: PathBuf,
    file: BufWriter<tempfile::NamedTempFile>,
    // Dropped last.
    _unfinished: Unfinished,
}

impl AtomicFile {
    /// Opens a temporary file in the target's folder, which is made if need be.
    ///
    /// # Errors
    /// When the folder cannot be made or written to.
    pub fn create(target: &Path) -> io::Result<Self> {
        let folder = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        std::fs::create_dir_all(folder)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".wenji-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // What File::create would give; the umask applies to it.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let (file, unfinished) = Unfinished::make(|| builder.tempfile_in(folder), tempfile::NamedTempFile::path)?;
        Ok(Self { target: target.to_owned(), file: BufWriter::new(file), _unfinished: unfinished })
    }

    /// Puts the finished file in place and gives its size in bytes.
    ///
    /// # Errors
    /// When the last bytes cannot be written or the file cannot be renamed.
    pub fn commit(self) -> io::Result<u64> {
        let whole = self.finish()?;
        whole.file.persist(&whole.target).map_err(|error| error.error)?;
        Ok(whole.bytes)
    }

    /// Brings the last bytes to the disk. The file is not in place yet.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(crate) fn finish(self) -> io::Result<WholeFile> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        let bytes = file.as_file().metadata()?.len();
        Ok(WholeFile { target: self.target, bytes, file, _unfinished: self._unfinished })
    }
}

/// A file that is whole, and waits for others before it is put in place.
#[derive(Debug)]
pub(crate) struct WholeFile {
    pub(crate) target: PathBuf,
    /// Its size.
    pub(crate) bytes: u64,
    file: tempfile::NamedTempFile,
    // Dropped last.
    _unfinished: Unfinished,
}

impl WholeFile {
    /// Puts the file in place, so that it can be taken back.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub(crate) fn place(self) -> io::Result<PlacedFile> {
        let Self { target, file, .. } = self;
        let old = second_name(&target);
        let is_new = std::fs::symlink_metadata(&target).is_err();
        file.persist(&target).map_err(|error| error.error)?;
        Ok(PlacedFile { target, is_new, old })
    }
}

/// A file that has just been put in place.
#[derive(Debug)]
pub(crate) struct PlacedFile {
    target: PathBuf,
    is_new: bool,
    /// The file that it replaced.
    old: Option<(tempfile::NamedTempFile<()>, Unfinished)>,
}

impl PlacedFile {
    /// Takes the file back as far as that can be done: it goes, or the file that it replaced comes again.
    pub(crate) fn take_back(self) {
        let _ = match self.old {
            Some((old, _)) => old.persist(&self.target).map_err(|error| error.error),
            None if self.is_new => std::fs::remove_file(&self.target),
            None => Ok(()),
        };
    }
}

/// Gives a file a second name in its folder, if there is one and the system knows second names.
fn second_name(path: &Path) -> Option<(tempfile::NamedTempFile<()>, Unfinished)> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let make = || tempfile::Builder::new().prefix(".wenji-").make_in(folder, |name| std::fs::hard_link(path, name));
    Unfinished::make(make, tempfile::NamedTempFile::path).ok()
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for AtomicFile {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.file.seek(position)
    }
}

/// A file name, without extension, made from a title: NFC, forbidden characters become `-`, at most
/// 80 bytes, Han kept. Never empty, never a name that Windows reserves.
#[must_use]
pub fn slug(title: &str) -> String {
    const LIMIT: usize = 80;
    let mut out = String::new();
    for c in title.nfc() {
        let forbidden = c.is_whitespace() || c.is_control() || r#"/\:*?"<>|%#&{}$!'@+`="#.contains(c);
        let c = if forbidden { '-' } else { c };
        if c == '-' && (out.is_empty() || out.ends_with('-')) {
            continue;
        }
        if out.len() + c.len_utf8() > LIMIT {
            break;
        }
        out.push(c);
    }
    let name = out.trim_matches(['-', '.', ' ']).to_owned();
    let stem = name.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let numbered = stem.len() == 4
        && (stem.starts_with("COM") || stem.starts_with("LPT"))
        && stem.ends_with(|c: char| c.is_ascii_digit());
    if name.is_empty() {
        "wenji".to_owned()
    } else if numbered || matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") {
        // Windows looks at what stands before the first dot.
        format!("{}-{}", &name[..stem.len()], &name[stem.len()..])
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_keeps_han_and_drops_what_a_file_system_forbids() {
        assert_eq!(slug("揭秘：A/B 测试 “内幕”?"), "揭秘：A-B-测试-“内幕”");
        assert_eq!(slug("../../etc/passwd"), "etc-passwd");
        assert_eq!(slug("???"), "wenji");
        assert_eq!((slug("con"), slug("Con.txt")), ("con-".to_owned(), "Con-.txt".to_owned()));
        assert!(slug(&"文".repeat(100)).len() <= 80);
    }

    #[test]
    fn an_uncommitted_file_leaves_the_old_one_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("book.pdf");
        std::fs::write(&target, "old").expect("written");
        let mut file = AtomicFile::create(&target).expect("created");
        file.write_all(b"half").expect("written");
        drop(file);
        assert_eq!(std::fs::read_to_string(&target).expect("read"), "old");
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
    }
}
