//! Pictures of all articles, each once, encoded in parallel and written in the order of their first use.

use std::collections::BTreeMap;
use std::io::{Seek, Write};
use std::sync::Arc;

use indexmap::IndexMap;
use usvg::fontdb::Database;

use super::archive::Archive;
use super::{EpubError, Options};
use crate::assets::{AssetId, Assets};
use crate::book::{Anthology, Article};
use crate::document::{Image, ImageState};
use crate::fonts::Library;
use crate::images::{Encoded, Format, ImageError, SNIFFED, for_epub, sniff, svg};
use crate::ordered::in_order;
use crate::problem::{Code, Problem};
use crate::progress::{Progress, Stage};

/// A picture in the book: its parts from top to bottom, mostly one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    /// The files of its parts, relative to the package document.
    pub(super) files: Vec<File>,
    /// Pixels in a row.
    pub(super) width: u32,
    /// Rows of all parts.
    pub(super) height: u32,
    /// Whether it is an animation.
    pub(super) moving: bool,
}

/// A file of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    /// Its name, relative to the package document.
    pub(super) name: String,
    /// Its kind.
    pub(super) format: Format,
}

/// The pictures of the book that could be had.
pub(super) type Pictures = BTreeMap<AssetId, Placed>;

/// Where a picture is used first.
pub(super) struct FirstUse<'a> {
    article: &'a Article,
    line: u32,
    source: String,
}

/// Encodes every picture of the book and writes it. What cannot be opened becomes a problem.
pub(super) fn write_all<W: Write + Seek>(
    book: &Anthology,
    assets: &Assets,
    library: &Library,
    options: &Options,
    archive: &mut Archive<W>,
    progress: &dyn Progress,
) -> Result<(Pictures, Vec<Problem>), EpubError> {
    let wanted = first_uses(&book.articles);
    let limits = options.profile.limits(options.grayscale);
    let faces = faces_for(&wanted, assets, library);
    let mut pictures = Pictures::new();
    let mut problems = Vec::new();
    let entries: Vec<(usize, AssetId, &FirstUse<'_>)> =
        wanted.iter().zip(1..).map(|((id, used), number)| (number, *id, used)).collect();
    let encode = |(_, id, _): &(usize, AssetId, &FirstUse<'_>)| -> Result<Vec<Encoded>, ImageProblem> {
        Ok(for_epub(&assets.read(*id).map_err(ImageProblem::Unreadable)?, &limits, &faces)?)
    };
    in_order(&entries, options.jobs, encode, |(number, id, used), encoded| {
        match encoded {
            Ok(parts) => {
                pictures.insert(*id, write_one(*number, parts, archive)?);
            }
            Err(error) => problems.push(error.at(used)),
        }
        progress.advance(Stage::WriteEpub, 1);
        Ok::<(), EpubError>(())
    })?;
    Ok((pictures, problems))
}

/// How many pictures the book has.
pub(super) fn count(book: &Anthology) -> usize {
    first_uses(&book.articles).len()
}

fn write_one<W: Write + Seek>(
    number: usize,
    parts: Vec<Encoded>,
    archive: &mut Archive<W>,
) -> Result<Placed, EpubError> {
    let mut placed = Placed { files: Vec::new(), width: 0, height: 0, moving: false };
    let single = parts.len() == 1;
    for (index, part) in parts.into_iter().enumerate() {
        let suffix = if single { String::new() } else { format!("-{}", index + 1) };
        let name = format!("images/{number:04}{suffix}.{}", part.format.extension());
        archive.add(&format!("OEBPS/{name}"), &part.bytes)?;
        placed.width = part.width;
        placed.height += part.height;
        placed.moving |= part.moves();
        placed.files.push(File { name, format: part.format });
    }
    Ok(placed)
}

/// Every picture with the place of its first use, in reading order.
pub(super) fn first_uses(articles: &[Article]) -> IndexMap<AssetId, FirstUse<'_>> {
    let mut found = IndexMap::new();
    for article in articles {
        let mut add = |image: &Image, line: u32| {
            if let ImageState::Found(id) = image.state {
                found.entry(id).or_insert_with(|| FirstUse { article, line, source: image.source.clone() });
            }
        };
        if let Some(cover) = &article.cover {
            add(cover, 1);
        }
        // The walk lends pictures to be changed, so it gets a copy of one article.
        article.document.clone().for_each_image(&mut |image, line| add(image, line));
    }
    found
}

/// Faces for drawings; parsing them all costs time, so it is done only where there is a drawing.
fn faces_for(wanted: &IndexMap<AssetId, FirstUse<'_>>, assets: &Assets, library: &Library) -> Arc<Database> {
    let is_drawing = |id: &AssetId| {
        let start = assets.read_start(*id, SNIFFED).unwrap_or_default();
        sniff(&start) == Some(Format::Svg)
    };
    if wanted.keys().any(is_drawing) { svg::database(library) } else { Arc::new(Database::new()) }
}

/// Why a picture is not in the book.
enum ImageProblem {
    Unreadable(std::io::Error),
    Unusable(ImageError),
}

impl From<ImageError> for ImageProblem {
    fn from(error: ImageError) -> Self {
        Self::Unusable(error)
    }
}

impl ImageProblem {
    fn at(&self, used: &FirstUse<'_>) -> Problem {
        let (code, reason) = match self {
            Self::Unreadable(error) => (Code::ImageNotFound, error.to_string()),
            Self::Unusable(error) => (error.code(), error.to_string()),
        };
        let message = format!("the picture {} is not in the EPUB: {reason}", used.source);
        Problem::error(code, used.article.origin.at(used.line), message).in_article(&used.article.title)
    }
}

/// The files of all pictures, by name.
pub(super) fn files(pictures: &Pictures) -> Vec<&File> {
    let mut files: Vec<&File> = pictures.values().flat_map(|placed| &placed.files).collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}
