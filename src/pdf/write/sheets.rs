//! Pages become page objects and content streams: drawn by printpdf in batches, compressed, and written
//! in order.

use std::collections::BTreeMap;

use lopdf::{Dictionary, Object, ObjectId, Stream, dictionary};
use printpdf::{PdfDocument, PdfSaveOptions};
use rayon::prelude::*;

use super::WriteError;
use super::file::{File, stream};
use super::fonts::Fonts;
use super::images::{Drawn, Pictures};
use super::outline::{Targets, links};
use super::page::{DrawnPage, draw};
use super::tags::{Mark, Tags};
use super::text::round;
use crate::book::NodeRef;
use crate::pdf::pages::{Item, Page};
use crate::pdf::structure::Structure;
use crate::progress::{Progress, Stage};
use crate::units::Pt;

/// How many pages printpdf serializes at a time. More would hold more operations, fewer would pay more
/// often for what it does once a document.
const PAGES_PER_BATCH: usize = 16;

/// How many pages are drawn, in parallel batches, while those before them are written.
const PAGES_PER_ROUND: usize = 8 * PAGES_PER_BATCH;

/// The room for crop marks around the bleed.
const CROP_MARKS: Pt = Pt(14.0);

/// What is needed to write pages.
pub(super) struct Sheets<'a> {
    pub(super) fonts: &'a Fonts,
    pub(super) pictures: &'a Pictures,
    pub(super) targets: &'a Targets,
    pub(super) structure: &'a Structure,
    /// The root of the page tree.
    pub(super) tree: ObjectId,
    /// How far colour runs over the edges of the paper.
    pub(super) bleed: Pt,
    pub(super) compress: bool,
}

/// A page ready to be written.
struct Sheet {
    page: Dictionary,
    content: Stream,
    marks: Vec<Mark>,
    annotations: Vec<(NodeRef, Dictionary)>,
}

impl Sheets<'_> {
    /// Draws and writes the pages under the numbers that the targets hold for them. Returns what they show.
    pub(super) fn write(
        &self,
        pages: Vec<Page>,
        file: &mut File<'_>,
        progress: &dyn Progress,
    ) -> Result<Tags, WriteError> {
        let mut tags = Tags::default();
        let mut ids = (0..).zip(&self.targets.pages).map(|(index, (id, _))| (index, *id));
        let mut rest = pages.into_iter();
        let mut next_round = || -> Vec<Vec<Page>> {
            let round: Vec<Page> = rest.by_ref().take(PAGES_PER_ROUND).collect();
            let mut pages = round.into_iter();
            let batch = || Some(pages.by_ref().take(PAGES_PER_BATCH).collect::<Vec<_>>()).filter(|b| !b.is_empty());
            std::iter::from_fn(batch).collect()
        };
        let draw = |batches: Vec<Vec<Page>>| -> Result<Vec<Vec<Sheet>>, WriteError> {
            batches.into_par_iter().map(|batch| self.batch(batch)).collect()
        };
        let mut drawn = draw(next_round())?;
        while !drawn.is_empty() {
            let batches = next_round();
            let (next, written) = rayon::join(
                || draw(batches),
                || -> std::io::Result<()> {
                    for sheets in drawn {
                        progress.advance(Stage::WritePdf, sheets.len() as u64);
                        for (sheet, (index, id)) in sheets.into_iter().zip(ids.by_ref()) {
                            sheet.write(id, index, self.targets.pages.len(), &mut tags, file)?;
                        }
                    }
                    Ok(())
                },
            );
            written?;
            drawn = next?;
        }
        Ok(tags)
    }

    /// Has printpdf draw some pages, which are dropped with that.
    fn batch(&self, pages: Vec<Page>) -> Result<Vec<Sheet>, WriteError> {
        let mut document = PdfDocument::new("");
        let mut plans = Vec::with_capacity(pages.len());
        for page in &pages {
            let DrawnPage { sheet, strings, marks } = draw(page, self.fonts, self.pictures, self.structure);
            document.pages.push(sheet);
            let size = (page.width, page.height);
            plans.push((size, strings, marks, self.resources(page), links(page, self.targets)));
        }
        drop(pages);
        // `secure` would leave out the operators that are given by their names.
        let options = PdfSaveOptions { optimize: false, subset_fonts: false, secure: false, image_optimization: None };
        let mut serialized = printpdf::to_lopdf_doc(&document, &options, &mut Vec::new());
        drop(document);
        let ids: Vec<ObjectId> = serialized.page_iter().collect();
        let sheets = ids.into_iter().zip(plans).map(|(id, (size, strings, marks, resources, annotations))| {
            let Some(Object::Dictionary(mut page)) = serialized.objects.remove(&id) else {
                return Err(WriteError::Draw);
            };
            let content = page.get(b"Contents").and_then(Object::as_reference).map_err(|_| WriteError::Draw)?;
            let Some(Object::Stream(content)) = serialized.objects.remove(&content) else {
                return Err(WriteError::Draw);
            };
            page.set("Resources", resources);
            page.remove(b"Annots");
            self.boxes(&mut page, size);
            let content = stream(Dictionary::new(), strings.complete(&content.content), self.compress);
            Ok(Sheet { page, content, marks, annotations })
        });
        let sheets: Result<Vec<_>, _> = sheets.collect();
        let mut sheets = sheets?;
        for sheet in &mut sheets {
            sheet.page.set("Parent", self.tree);
        }
        Ok(sheets)
    }

    /// The boxes of a page that is cut: the paper around the marks, the bleed, and the cut (14.11.2).
    fn boxes(&self, page: &mut Dictionary, (width, height): (Pt, Pt)) {
        if self.bleed <= Pt::ZERO {
            return;
        }
        let around = |by: Pt| -> Object {
            [-by, -by, width + by, height + by].map(|at| Object::Real(round(at.0))).to_vec().into()
        };
        page.set("MediaBox", around(self.bleed + CROP_MARKS));
        page.set("CropBox", around(self.bleed + CROP_MARKS));
        page.set("BleedBox", around(self.bleed));
        page.set("TrimBox", around(Pt::ZERO));
    }

    /// The fonts and pictures that a page's content calls by name.
    fn resources(&self, page: &Page) -> Dictionary {
        let (mut fonts, mut objects) = (BTreeMap::new(), BTreeMap::new());
        for item in &page.items {
            match item {
                Item::Glyphs(run) => {
                    if let Some(font) = self.fonts.get(run.face) {
                        fonts.insert(run.face, (font.name.as_str(), font.id));
                    }
                }
                Item::Picture(picture) => {
                    if let Some(Drawn::Fitting(object) | Drawn::Clipped(object)) = self.pictures.get(picture) {
                        objects.insert(object.id, (object.name.as_str(), object.id));
                    }
                }
                Item::Fill(..) | Item::Stroke(..) | Item::Path(..) => {}
            }
        }
        let mut resources = Dictionary::new();
        if !fonts.is_empty() {
            resources.set("Font", named(fonts.into_values()));
        }
        if !objects.is_empty() {
            resources.set("XObject", named(objects.into_values()));
        }
        resources
    }
}

impl Sheet {
    /// Writes the page of an index, of so many pages.
    fn write(
        mut self,
        id: ObjectId,
        index: u32,
        pages: usize,
        tags: &mut Tags,
        file: &mut File<'_>,
    ) -> std::io::Result<()> {
        tags.page(index, &self.marks);
        self.page.set("StructParents", i64::from(index));
        self.page.set("Contents", file.add(self.content)?);
        let mut annotations = Vec::with_capacity(self.annotations.len());
        for (node, mut annotation) in self.annotations {
            let own = file.reserve();
            annotation.set("StructParent", tags.area(node, index, own, pages));
            file.put(own, annotation)?;
            annotations.push(Object::Reference(own));
        }
        if !annotations.is_empty() {
            self.page.set("Annots", annotations);
            // The order of the keyboard is that of the structure.
            self.page.set("Tabs", "S");
        }
        file.put(id, self.page)
    }
}

fn named<'a>(objects: impl Iterator<Item = (&'a str, ObjectId)>) -> Dictionary {
    let mut dictionary = dictionary! {};
    for (name, id) in objects {
        dictionary.set(name, id);
    }
    dictionary
}
