//! Where the books go. Every file of a run is written under a temporary name, and all of them are put
//! in place together when the last one is whole.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::placeholders::Placeholders;
use crate::config::values::Format;
use crate::output::{AtomicFile, PlacedFile};

/// Where a book is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A file.
    File(Format, PathBuf),
    /// A folder, where each format gets a name made from the pattern.
    Folder {
        /// The folder.
        dir: PathBuf,
        /// The name without extension; may hold `{slug}`, `{date}`, `{from}`, `{to}`, `{issue}` and `{volume}`.
        name: String,
        /// The formats.
        formats: Vec<Format>,
    },
    /// Standard output.
    Stdout(Format),
}

/// A book that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Where it is; `-` is standard output.
    pub path: PathBuf,
    /// Its kind.
    pub format: Format,
    /// Its size.
    pub bytes: u64,
    /// Its pages, where it has some.
    pub pages: Option<usize>,
    /// Its chapters: one an article.
    pub chapters: usize,
}

/// How the files of a book are called.
#[derive(Debug, Clone)]
pub(super) struct Names {
    /// What the placeholders of patterns become.
    pub(super) placeholders: Placeholders,
    /// Whether an EPUB in a folder is called `.kepub.epub`.
    pub(super) kepub: bool,
}

impl Names {
    /// The files of a format, each once, in the order given. `None` is standard output. Of a book in volumes, those of one:
    /// its number stands where a pattern wants it, else behind the name.
    pub(super) fn places(&self, targets: &[Target], format: Format, volume: Option<usize>) -> Vec<Option<PathBuf>> {
        let mut places: Vec<Option<PathBuf>> = Vec::new();
        for target in targets {
            let of_volume = |path: PathBuf| volume.map_or(path.clone(), |number| numbered(&path, number));
            let place = match target {
                Target::File(of, path) if *of == format => Some(of_volume(path.clone())),
                Target::Stdout(of) if *of == format => None,
                Target::Folder { dir, name, formats } if formats.contains(&format) => {
                    let path = dir.join(self.file_name(name, format, volume));
                    Some(if name.contains("{volume}") { path } else { of_volume(path) })
                }
                _ => continue,
            };
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }

    /// Fills in a pattern for a file name. The pattern is the user's and may name folders; the title is not, and never
    /// leads to another folder. A book that is not divided is its own first volume.
    fn file_name(&self, pattern: &str, format: Format, volume: Option<usize>) -> String {
        let stem = self.placeholders.clone().with("volume", volume.unwrap_or(1).to_string()).fill(pattern);
        let kepub = self.kepub && format == Format::Epub;
        format!("{stem}{}.{format}", if kepub { ".kepub" } else { "" })
    }
}

/// Whether a name is one by which a Kobo takes its own engine.
pub(super) fn is_kepub(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().to_ascii_lowercase().ends_with(".kepub.epub"))
}

/// A place with a number behind the name, before `.epub`, `.kepub.epub` and `.pdf`.
pub(crate) fn numbered(place: &Path, number: impl Display) -> PathBuf {
    let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let lower = name.to_ascii_lowercase();
    let extension = [".kepub.epub", ".epub", ".pdf"].into_iter().find(|extension| lower.ends_with(extension));
    let (stem, extension) = name.split_at(name.len() - extension.map_or(0, str::len));
    place.with_file_name(format!("{stem}-{number}{extension}"))
}

/// A book in the making: the same bytes go to each of its places.
#[derive(Debug)]
pub(super) struct Sink {
    files: Vec<(PathBuf, AtomicFile)>,
    stdout: Option<File>,
}

/// A place that could not be written.
#[derive(Debug)]
pub(super) struct SinkError {
    pub(super) path: PathBuf,
    pub(super) reason: io::Error,
}

impl Sink {
    pub(super) fn create(places: Vec<Option<PathBuf>>) -> Result<Self, SinkError> {
        let mut sink = Self { files: Vec::new(), stdout: None };
        for place in places {
            match place {
                Some(path) => {
                    let file = create(&path).map_err(|reason| SinkError { path: path.clone(), reason })?;
                    sink.files.push((path, file));
                }
                None => {
                    let file = tempfile::tempfile().map_err(|reason| SinkError { path: "-".into(), reason })?;
                    sink.stdout = Some(file);
                }
            }
        }
        Ok(sink)
    }

    /// The first place, to name in errors.
    pub(super) fn path(&self) -> PathBuf {
        self.files.first().map_or_else(|| "-".into(), |(path, _)| path.clone())
    }

    fn each(&mut self, mut act: impl FnMut(&mut dyn WriteSeek) -> io::Result<()>) -> io::Result<()> {
        self.files.iter_mut().try_for_each(|(_, file)| act(file))?;
        self.stdout.as_mut().map_or(Ok(()), |file| act(file))
    }
}

/// Puts the files of all books in place, or none, and gives their sizes, book by book. Before the first one is, all are on the
/// disk: what can fail then are names.
pub(super) fn commit(sinks: Vec<Sink>) -> Result<Vec<Vec<(PathBuf, u64)>>, SinkError> {
    let (mut files, mut streams) = (Vec::new(), Vec::new());
    let mut written: Vec<Vec<(PathBuf, u64)>> = Vec::new();
    for (index, sink) in sinks.into_iter().enumerate() {
        let mut sizes = Vec::new();
        for (path, file) in sink.files {
            let whole = file.finish().map_err(|reason| SinkError { path: path.clone(), reason })?;
            sizes.push((path, whole.bytes));
            files.push(whole);
        }
        written.push(sizes);
        streams.extend(sink.stdout.map(|stream| (index, stream)));
    }
    let mut placed = Vec::new();
    let place = || -> Result<(), SinkError> {
        for file in files {
            let path = file.target.clone();
            placed.push(file.place().map_err(|reason| SinkError { path, reason })?);
        }
        for (index, mut stream) in streams {
            let bytes = copy_to_stdout(&mut stream).map_err(|reason| SinkError { path: "-".into(), reason })?;
            written[index].push(("-".into(), bytes));
        }
        Ok(())
    };
    if let Err(error) = place() {
        placed.into_iter().rev().for_each(PlacedFile::take_back);
        return Err(error);
    }
    Ok(written)
}

fn create(path: &Path) -> io::Result<AtomicFile> {
    if path.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "a folder has this name"));
    }
    AtomicFile::create(path)
}

fn copy_to_stdout(file: &mut File) -> io::Result<u64> {
    file.seek(SeekFrom::Start(0))?;
    let mut stdout = io::stdout().lock();
    let bytes = io::copy(file, &mut stdout)?;
    stdout.flush()?;
    Ok(bytes)
}

trait WriteSeek: Write + Seek {}
impl<T: Write + Seek> WriteSeek for T {}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.each(|file| file.write_all(bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.each(|file| file.flush())
    }
}

impl Seek for Sink {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        // All files hold the same bytes, so all come to the same place.
        let mut place = 0;
        self.each(|file| {
            place = file.seek(position)?;
            Ok(())
        })?;
        Ok(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::slug;

    #[test]
    fn names_are_made_from_the_pattern_and_stay_in_their_folder() {
        let folder =
            |name: &str| Target::Folder { dir: "out".into(), name: name.to_owned(), formats: vec![Format::Epub] };
        let placeholders = Placeholders::of(&[], Some(7), None).with("slug", slug("../夏 天"));
        let names = |kepub| Names { placeholders: placeholders.clone(), kepub };
        let place = |name: &str, volume| names(false).places(&[folder(name)], Format::Epub, volume);
        assert_eq!(place("{slug}-{date}", None), [Some(PathBuf::from("out/夏-天-1980-01-01.epub"))]);
        assert_eq!(place("weekly/no-{issue}", None), [Some(PathBuf::from("out/weekly/no-7.epub"))]);
        assert_eq!(place("{slug}", Some(2)), [Some(PathBuf::from("out/夏-天-2.epub"))]);
        assert_eq!(place("{volume}/{slug}", Some(2)), [Some(PathBuf::from("out/2/夏-天.epub"))]);
        assert_eq!(place("{slug}-{volume}", None), [Some(PathBuf::from("out/夏-天-1.epub"))]);
        let kepub = names(true).places(&[folder("x")], Format::Epub, Some(2));
        assert_eq!(kepub, [Some(PathBuf::from("out/x-2.kepub.epub"))]);
        assert!(names(true).places(&[folder("x")], Format::Pdf, None).is_empty());
    }

    #[test]
    fn the_name_tells_a_kobos_own_engine() {
        let told = ["b.kepub.epub", "dir/B.KEPUB.EPUB", "b.epub", "kepub.epub"].map(|name| is_kepub(Path::new(name)));
        assert_eq!(told, [true, true, false, false]);
    }

    #[test]
    fn a_volume_is_numbered_before_its_extension() {
        let place = |name: &str| numbered(Path::new(name), 2).to_string_lossy().into_owned();
        assert_eq!(place("out/夏.epub"), "out/夏-2.epub");
        assert_eq!(place("out/夏.kepub.epub"), "out/夏-2.kepub.epub");
        assert_eq!(place("a.b.EPUB"), "a.b-2.EPUB");
        assert_eq!(place("Rust-1.80-周刊.pdf"), "Rust-1.80-周刊-2.pdf");
    }

    #[test]
    fn one_book_reaches_all_its_places_or_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let paths = [folder.path().join("a.pdf"), folder.path().join("b/c.pdf")];
        let fill = || {
            let mut sink = Sink::create(paths.iter().cloned().map(Some).collect()).expect("created");
            sink.write_all(b"xxxx").expect("written");
            sink.seek(SeekFrom::Start(1)).expect("sought");
            sink.write_all(b"book").expect("written");
            sink
        };
        drop(fill());
        assert!(paths.iter().all(|path| !path.exists()));
        assert_eq!(commit(vec![fill()]).expect("put in place")[0].len(), 2);
        assert!(paths.iter().all(|path| std::fs::read(path).expect("read") == b"xbook"));
    }

    #[test]
    fn where_one_file_cannot_be_put_in_place_the_others_are_as_they_were() {
        let folder = tempfile::tempdir().expect("a folder");
        let [old, new, taken] = ["old.pdf", "new.pdf", "taken.epub"].map(|name| folder.path().join(name));
        std::fs::write(&old, "the last book").expect("written");
        let mut first = Sink::create(vec![Some(old.clone()), Some(new)]).expect("created");
        first.write_all(b"book").expect("written");
        let second = Sink::create(vec![Some(taken.clone())]).expect("created");
        std::fs::create_dir_all(taken.join("x")).expect("made");
        let error = commit(vec![first, second]).expect_err("a folder has the name");
        assert_eq!(error.path, taken);
        assert_eq!(std::fs::read(&old).expect("there"), b"the last book");
        let left = std::fs::read_dir(folder.path()).expect("listed").count();
        assert_eq!(left, 2, "the old book and the folder");
    }

    #[test]
    fn a_folder_is_not_a_place_for_a_book() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(Sink::create(vec![Some(folder.path().to_owned())]).is_err());
    }
}
