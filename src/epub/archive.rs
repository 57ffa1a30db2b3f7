//! Files into the archive (EPUB 3.3 §4.2): `mimetype` first and stored, pictures stored as they are
//! compressed already, the rest deflated, every time stamp the same. It streams to its output and keeps
//! no more than the directory.

use std::cell::Cell;
use std::io::{Seek, SeekFrom, Write};
use std::rc::Rc;

use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, DateTime};

use super::EpubError;

/// The archive in the making.
pub(super) struct Archive<W: Write + Seek> {
    zip: ZipWriter<Counted<W>>,
    /// How much has been written.
    written: Rc<Cell<u64>>,
    /// Each file and where its content begins.
    begun: Vec<(String, u64)>,
}

/// A writer that tells how far it has come.
struct Counted<W> {
    out: W,
    written: Rc<Cell<u64>>,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.out.write(bytes)?;
        // The directory's corrections of what stands before are a few bytes.
        self.written.set(self.written.get() + count as u64);
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

impl<W: Seek> Seek for Counted<W> {
    fn seek(&mut self, position: SeekFrom) -> std::io::Result<u64> {
        self.out.seek(position)
    }
}

impl<W: Write + Seek> Archive<W> {
    /// Begins an archive with the file that names its kind.
    pub(super) fn new(out: W) -> Result<Self, EpubError> {
        let written = Rc::new(Cell::new(0));
        let zip = ZipWriter::new(Counted { out, written: Rc::clone(&written) });
        let mut archive = Self { zip, written, begun: Vec::new() };
        archive.put("mimetype", b"application/epub+zip", CompressionMethod::Stored)?;
        Ok(archive)
    }

    /// Adds a file.
    pub(super) fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), EpubError> {
        let compressed = [".jpg", ".png", ".gif"].iter().any(|extension| name.ends_with(extension));
        let method = if compressed { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        self.put(name, bytes, method)
    }

    fn put(&mut self, name: &str, bytes: &[u8], method: CompressionMethod) -> Result<(), EpubError> {
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .compression_level((method == CompressionMethod::Deflated).then_some(6))
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644);
        self.zip.start_file(name, options)?;
        // The file before is whole only now.
        self.begun.push((name.to_owned(), self.written.get()));
        self.zip.write_all(bytes)?;
        Ok(())
    }

    /// Writes the directory, and gives the files with the bytes that each takes.
    pub(super) fn finish(self) -> Result<Vec<(String, u64)>, EpubError> {
        self.zip.finish()?.flush()?;
        let ends = self.begun.iter().skip(1).map(|(_, begin)| *begin).chain([self.written.get()]).collect::<Vec<_>>();
        Ok(self.begun.into_iter().zip(ends).map(|((name, begin), end)| (name, end - begin)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn the_kind_stands_first_and_uncompressed_without_extra_fields() {
        let mut out = Vec::new();
        let mut archive = Archive::new(Cursor::new(&mut out)).expect("begun");
        archive.add("a.jpg", &[7; 1000]).expect("added");
        archive.add("a.xhtml", &[b'a'; 1000]).expect("added");
        let sizes = archive.finish().expect("finished");
        assert_eq!(sizes.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["mimetype", "a.jpg", "a.xhtml"]);
        assert!((1000..1100).contains(&sizes[1].1), "{sizes:?}");
        assert!(sizes.iter().map(|(_, size)| size).sum::<u64>() <= out.len() as u64);
        // EPUB 3.3 §4.2.2: the first 58 bytes tell an EPUB.
        assert_eq!(&out[..4], b"PK\x03\x04");
        assert_eq!(&out[8..10], &[0, 0], "stored");
        assert_eq!(&out[28..30], &[0, 0], "no extra field");
        assert_eq!(&out[30..58], b"mimetypeapplication/epub+zip");
        let mut zip = zip::ZipArchive::new(Cursor::new(&out)).expect("a zip");
        assert_eq!(zip.by_name("a.jpg").expect("there").compressed_size(), 1000);
        assert!(zip.by_name("a.xhtml").expect("there").compressed_size() < 100);
        let stamp = zip.by_index(2).expect("there").last_modified().expect("dated");
        assert_eq!((stamp.year(), stamp.month(), stamp.day(), stamp.hour()), (1980, 1, 1, 0));
    }
}
