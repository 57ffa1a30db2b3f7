//! Pages become a file.
//!
//! | step | file |
//! |---|---|
//! | pictures are opened, and written as XObjects | [`images`] |
//! | a frame for those that cannot be | [`placeholder`] |
//! | which glyphs are used, and which text they show | [`survey`] |
//! | the faces' subsets, and the font objects | [`fonts`] |
//! | a page becomes operations, a glyph run a `TJ` | [`page`], [`text`] |
//! | operations become page objects, in batches | [`sheets`] |
//! | outline, page labels, links, names | [`outline`], [`trees`] |
//! | the structure tree, joined to what the pages show | [`tags`] |
//! | title, dates, output intent | [`metadata`], [`icc`] |
//! | objects become bytes, and bytes a file | [`syntax`], [`mod@file`] |
//!
//! **printpdf** draws: [`page`] makes its operations, and [`sheets`] has it turn a batch of pages into page
//! objects and content streams, several batches at once. What a book needs beyond that is made as
//! lopdf objects, the same that printpdf makes: fonts with the text of their glyphs, a nested outline,
//! labels, destinations, metadata. printpdf's own way to save a document is not taken, because it holds
//! the whole file, compresses on one core and gives random identifiers; [`file::File`] writes streams as
//! they are made.
//!
//! Memory: a page's items are dropped when it is drawn, and a stream when it is written.

use lopdf::{Object, dictionary};

use crate::assets::Assets;
use crate::book::Anthology;
use crate::fonts::{FontError, Library};
use crate::pdf::pages::{Item, Page, Pages};
use crate::problem::Problem;
use crate::progress::{Progress, Stage};

mod file;
mod fonts;
mod icc;
mod images;
mod metadata;
mod outline;
mod page;
mod placeholder;
mod sheets;
mod survey;
mod syntax;
mod tags;
mod text;
mod trees;

use file::File;
use images::Pictures;
use outline::Targets;
use sheets::Sheets;
use tags::TaggedPage;

/// How the file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How many pictures may be decoded at the same time.
    pub jobs: usize,
    /// Whether streams are compressed; off only to read the file with the eye.
    pub compress: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// How many pages the file has.
    pub pages: usize,
    /// Pictures that could not be drawn.
    pub problems: Vec<Problem>,
}

/// Why no file could be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// There is nothing to write.
    #[error("the book has no pages")]
    NoPages,
    /// A face could not be embedded.
    #[error(transparent)]
    Font(#[from] FontError),
    /// A page could not be drawn.
    #[error("printpdf gave no content for a page")]
    Draw,
    /// The bytes could not be written.
    #[error("the PDF could not be written: {0}")]
    Io(#[from] std::io::Error),
}

/// Writes the pages as a PDF file. The same pages give the same bytes, whatever the number of jobs.
///
/// # Errors
/// When there are no pages, a face cannot be embedded, or `out` does not take the bytes. A picture that
/// cannot be drawn is a problem in the result, and a frame with its text stands in its place.
pub fn write(
    pages: Pages,
    book: &Anthology,
    assets: &Assets,
    library: &Library,
    options: &Options,
    out: &mut (dyn std::io::Write + Send),
    progress: &dyn Progress,
) -> Result<Written, WriteError> {
    let Pages { mut pages, outline, destinations, names, structure, bleed } = pages;
    if pages.is_empty() {
        return Err(WriteError::NoPages);
    }
    let compress = options.compress;
    let total = pages.len();
    progress.begin(Stage::WritePdf, total as u64);
    let mut file = File::new(out, compress)?;

    let drawings = crate::images::svg::database(library);
    let (pictures, problems) = images::embed(&pages, book, assets, &drawings, options.jobs, compress, &mut file)?;
    stand_in(&mut pages, &pictures, library);
    let fonts = fonts::embed(&survey::Survey::of(&pages), library, &mut file, compress)?;

    let mut targets = Targets { nodes: destinations.into_iter().collect(), ..Targets::default() };
    targets.pages = pages.iter().map(|page| (file.reserve(), page.height)).collect();
    let tree = file.reserve();
    let labels = outline::page_labels(pages.iter().map(|page| page.label));
    let sheets =
        Sheets { fonts: &fonts, pictures: &pictures, targets: &targets, structure: &structure, tree, bleed, compress };
    let shown = sheets.write(pages, &mut file, progress)?;
    let tagged: Vec<TaggedPage> = targets.pages.iter().map(|&(id, height)| TaggedPage { id, height }).collect();
    let structure = tags::write(structure, shown, &tagged, &mut file)?;
    let kids = targets.pages.iter().map(|(id, _)| Object::Reference(*id)).collect::<Vec<_>>();
    file.put(
        tree,
        dictionary! { "Type" => "Pages", "Count" => i64::try_from(total).unwrap_or(i64::MAX), "Kids" => kids },
    )?;

    let mut catalog = dictionary! {
        "Type" => "Catalog",
        "Pages" => tree,
        "Lang" => Object::string_literal(book.metadata.language.tag()),
        "ViewerPreferences" => dictionary! { "DisplayDocTitle" => true },
        "PageLabels" => labels,
        "MarkInfo" => dictionary! { "Marked" => true },
        "StructTreeRoot" => structure,
        "Metadata" => file.add(metadata::xmp(&book.metadata))?,
        "OutputIntents" => vec![icc::output_intent(&mut file, compress)?],
    };
    if let Some(names) = outline::names(names, &targets, &mut file)? {
        catalog.set("Names", dictionary! { "Dests" => names });
    }
    if let Some(outline) = outline::outline(&outline, &targets, &mut file)? {
        catalog.set("Outlines", outline);
        catalog.set("PageMode", "UseOutlines");
    }
    let root = file.add(catalog)?;
    let information = file.add(metadata::information(&book.metadata))?;
    file.finish(root, information, book.metadata.identifier.as_bytes())?;
    progress.end(Stage::WritePdf);
    Ok(Written { pages: total, problems })
}

/// Puts a frame with text in the place of each picture that could not be opened.
fn stand_in(pages: &mut [Page], pictures: &Pictures, library: &Library) {
    let missing = |item: &Item| matches!(item, Item::Picture(picture) if pictures.get(picture).is_none());
    for page in pages.iter_mut().filter(|page| page.items.iter().any(missing)) {
        let items = std::mem::take(&mut page.items);
        page.items = items
            .into_iter()
            .flat_map(|item| match item {
                Item::Picture(picture) if pictures.get(&picture).is_none() => {
                    placeholder::placeholder(&picture, library)
                }
                other => vec![other],
            })
            .collect();
    }
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
