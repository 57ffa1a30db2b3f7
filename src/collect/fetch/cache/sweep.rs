//! The cache's folder is kept in order: what killed runs have left goes, and what has not been used for longest, as far as
//! the folder is larger than it may be. A file's time of change is when it was written or read last.

use std::fs::{DirEntry, File, OpenOptions};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};

use super::Cache;
use crate::clock;

/// How old a file must be to be what a killed run has left behind.
const ABANDONED: TimeDelta = TimeDelta::hours(1);

/// How long a file stays that was used: runs that follow each other find what they need, whatever the limit.
const IN_USE: TimeDelta = TimeDelta::days(1);

/// How exactly it is known when a file was used. Each use would have to be written otherwise.
const EXACT: TimeDelta = TimeDelta::hours(1);

/// How the unfinished files of [`AtomicFile`](crate::output::AtomicFile) begin.
const UNFINISHED: &str = ".wenji-";

/// A file of the cache.
struct Kept {
    used: DateTime<Utc>,
    path: PathBuf,
    bytes: u64,
}

impl Kept {
    fn of(file: &DirEntry) -> Option<Self> {
        let data = file.metadata().ok()?;
        Some(Self { used: data.modified().ok()?.into(), path: file.path(), bytes: data.len() })
    }
}

impl Cache {
    /// Removes what killed runs have left unfinished, and of the rest what was not used for longest, until it has `limit` bytes
    /// or all of it was used within a day.
    pub(in crate::collect::fetch) fn sweep(&self, limit: u64) {
        let now = clock::wall();
        let list = |folder: PathBuf| std::fs::read_dir(folder).into_iter().flatten().flatten();
        let shards = ["addresses", "bodies"].into_iter().flat_map(|part| list(self.folder.join(part)));
        let (unfinished, mut kept): (Vec<Kept>, Vec<Kept>) = shards
            .flat_map(|shard| list(shard.path()))
            .filter_map(|file| Kept::of(&file))
            .partition(|kept| kept.path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(UNFINISHED)));
        // Fresh ones may be another run's at work.
        unfinished.iter().filter(|kept| now - kept.used > ABANDONED).for_each(remove);

        let mut total: u64 = kept.iter().map(|kept| kept.bytes).sum();
        kept.sort_by(|a, b| (a.used, &a.path).cmp(&(b.used, &b.path)));
        for kept in kept.iter().take_while(|kept| now - kept.used > IN_USE) {
            if total <= limit {
                break;
            }
            remove(kept);
            total -= kept.bytes;
        }
    }
}

fn remove(kept: &Kept) {
    // Another run may have been quicker, and a folder that cannot be written keeps what it has.
    let _ = std::fs::remove_file(&kept.path);
}

/// The bytes of a file, which counts as used now.
pub(super) fn read(path: &Path) -> Option<Vec<u8>> {
    let mut file = File::open(path).ok()?;
    let data = file.metadata().ok()?;
    let mut bytes = Vec::with_capacity(usize::try_from(data.len()).unwrap_or_default());
    file.read_to_end(&mut bytes).ok()?;
    let now = clock::now();
    if data.modified().is_ok_and(|used| now - DateTime::<Utc>::from(used) > EXACT) {
        // Where the folder cannot be written, nothing is removed from it either.
        let _ = OpenOptions::new().append(true).open(path).and_then(|file| file.set_modified(SystemTime::from(now)));
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes files of the cache with so many bytes, last used so many hours ago.
    fn cache(files: &[(&str, usize, i64)]) -> (tempfile::TempDir, Cache) {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, bytes, hours) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(&path, vec![b'x'; *bytes]).expect("written");
            let file = OpenOptions::new().append(true).open(&path).expect("there");
            file.set_modified(SystemTime::from(clock::now() - TimeDelta::hours(*hours))).expect("set");
        }
        let cache = Cache::new(folder.path().to_owned());
        (folder, cache)
    }

    fn names(folder: &Path) -> Vec<String> {
        let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(|file| file.expect("listed"));
        let files = files.filter(|file| file.file_type().is_file());
        files.map(|file| file.file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn what_a_killed_run_left_is_swept_and_what_is_at_work_is_not() {
        let (folder, cache) =
            cache(&[("bodies/ab/.wenji-old", 1, 2), ("bodies/ab/.wenji-new", 1, 0), ("bodies/ab/body", 1, 90)]);
        cache.sweep(10);
        assert_eq!(names(folder.path()), [".wenji-new", "body"]);
    }

    #[test]
    fn what_was_not_used_for_longest_makes_room_and_what_was_used_today_stays() {
        let files = [
            ("addresses/01/a.json", 10, 400),
            ("bodies/01/a", 100, 300),
            ("bodies/01/b", 100, 200),
            ("bodies/02/c", 100, 100),
            ("bodies/03/d", 100, 2),
        ];
        for (limit, left) in [
            (410, vec!["a.json", "a", "b", "c", "d"]),
            (400, vec!["a", "b", "c", "d"]),
            (399, vec!["b", "c", "d"]),
            (250, vec!["c", "d"]),
            (0, vec!["d"]),
        ] {
            let (folder, cache) = cache(&files);
            cache.sweep(limit);
            assert_eq!(names(folder.path()), left, "{limit}");
        }
    }

    #[test]
    fn what_is_read_counts_as_used() {
        let (folder, cache) = cache(&[("bodies/01/a", 10, 300), ("bodies/01/b", 10, 200)]);
        assert_eq!(read(&folder.path().join("bodies/01/a")).map(|bytes| bytes.len()), Some(10));
        cache.sweep(10);
        assert_eq!(names(folder.path()), ["a"]);
    }
}
