//! An EPUB that is larger than it may be becomes volumes. How large it is shows when it is written, so it is written
//! whole first; what its parts weigh then tells where to divide it.

use std::path::PathBuf;

use super::outputs::Sink;
use super::{BindError, Book, failed};
use crate::assets::Assets;
use crate::book::{Anthology, NodeRef};
use crate::config::values::Format;
use crate::epub::{self, Elsewhere, Options, Written};
use crate::fonts::Library;
use crate::problem::{Code, Place, Problem};
use crate::progress::Progress;

/// How much larger a volume's own cover and contents may be than those of the whole, in bytes.
const OWN: u64 = 65_536;

/// What every volume is made with.
pub(super) struct Making<'a> {
    pub(super) assets: &'a Assets,
    pub(super) library: &'a Library,
    pub(super) options: &'a Options,
    pub(super) progress: &'a dyn Progress,
}

impl Making<'_> {
    /// Writes a book to its places, which `places` tells of the whole book, or of a volume by its number; `None` among
    /// them is standard output, which takes one file only.
    pub(super) fn write(
        &self,
        book: &Anthology,
        places: &dyn Fn(Option<usize>) -> Vec<Option<PathBuf>>,
        max_size: Option<u64>,
        problems: &mut Vec<Problem>,
    ) -> Result<Vec<Book>, BindError> {
        let (whole, written) = self.write_one(book, self.options, places(None))?;
        let max = max_size.unwrap_or(u64::MAX);
        let ranges = if written.weights.whole > max && !places(None).contains(&None) {
            epub::split(book, &written.weights, max.saturating_sub(OWN))
        } else {
            Vec::new()
        };
        if ranges.len() < 2 {
            problems.extend(too_large(book, &written, max));
            problems.extend(written.problems);
            return Ok(vec![whole]);
        }
        drop(whole);
        let mut volumes = Vec::new();
        for (number, range) in (1..).zip(&ranges) {
            let volume = epub::volume(book, range.clone(), number, ranges.len());
            let mut options = self.options.clone();
            options.page_starts = page_starts(&options.page_starts, range);
            options.elsewhere = Elsewhere::of(book, &ranges, range);
            let (made, written) = self.write_one(&volume, &options, places(Some(number as usize)))?;
            problems.extend(too_large(&volume, &written, max));
            problems.extend(written.problems);
            volumes.push(made);
        }
        Ok(volumes)
    }

    fn write_one(
        &self,
        book: &Anthology,
        options: &Options,
        places: Vec<Option<PathBuf>>,
    ) -> Result<(Book, Written), BindError> {
        let mut sink = Sink::create(places)?;
        let written = epub::write(book, self.assets, self.library, options, &mut sink, self.progress)
            .map_err(|error| failed(&sink.path(), &error))?;
        Ok((Book { format: Format::Epub, sink, pages: None, chapters: written.chapters }, written))
    }
}

/// The page starts of a volume, whose articles are counted anew.
fn page_starts(all: &[(NodeRef, u32, String)], range: &std::ops::Range<usize>) -> Vec<(NodeRef, u32, String)> {
    let here = all.iter().filter(|(at, ..)| range.contains(&(at.article as usize)));
    let moved = |at: NodeRef| NodeRef { article: at.article - u32::try_from(range.start).unwrap_or_default(), ..at };
    here.map(|(at, offset, label)| (moved(*at), *offset, label.clone())).collect()
}

fn too_large(book: &Anthology, written: &Written, max: u64) -> Option<Problem> {
    let megabytes = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
    let size = written.weights.whole;
    let message =
        format!("the EPUB “{}” is {}, above its limit of {}", book.metadata.title, megabytes(size), megabytes(max));
    (size > max).then(|| Problem::warning(Code::EpubTooLarge, Place::Nowhere, message))
}
