//! Pictures become XObjects, each once: JPEG files as they are, other rasters as compressed samples with
//! a mask for their transparency (ISO 32000-1 8.9), drawings as forms (8.10).

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use lopdf::{Dictionary, Object, ObjectId, Stream, dictionary};
use rayon::prelude::*;
use usvg::fontdb::Database;

use super::file::{File, stream};
use crate::assets::{AssetId, Assets};
use crate::book::{Anthology, NodeRef};
use crate::images::{self, Format, ImageError, PdfImage, PdfLimits};
use crate::pdf::pages::{Item, Page, Picture};
use crate::problem::{Code, Place, Problem};

/// More pixels than a full A4 page needs at 400 dots per inch are not put into the file.
const LIMITS: PdfLimits = PdfLimits { max_width: 4096, max_height: 4096, grayscale: false };

/// A part of a picture: the fractions of its height, as bits, so that they can be compared.
type Slice = (u32, u32);

/// An XObject in the file.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    /// The object.
    pub(super) id: ObjectId,
    /// The name by which content streams call it.
    pub(super) name: String,
}

/// How a picture is drawn.
#[derive(Debug)]
pub(super) enum Drawn<'a> {
    /// The object is what the picture's rectangle shows.
    Fitting(&'a Placed),
    /// The object is the whole picture, of which the rectangle shows a part.
    Clipped(&'a Placed),
}

/// The pictures in the file.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    rasters: BTreeMap<(AssetId, Slice), Placed>,
    drawings: BTreeMap<AssetId, Placed>,
}

impl Pictures {
    /// How a picture is drawn; `None` if it could not be opened.
    pub(super) fn get(&self, picture: &Picture) -> Option<Drawn<'_>> {
        if let Some(drawing) = self.drawings.get(&picture.asset) {
            let whole = picture.slice == (0.0, 1.0);
            return Some(if whole { Drawn::Fitting(drawing) } else { Drawn::Clipped(drawing) });
        }
        self.rasters.get(&(picture.asset, slice_of(picture))).map(Drawn::Fitting)
    }
}

/// What the pages show of a picture.
#[derive(Debug, Default)]
struct Use {
    slices: BTreeSet<Slice>,
    node: Option<NodeRef>,
}

/// Opens all pictures of the pages, `jobs` at a time, and writes them. Those that cannot be opened are
/// missing from the result and told as problems.
pub(super) fn embed(
    pages: &[Page],
    book: &Anthology,
    assets: &Assets,
    faces: &Arc<Database>,
    jobs: usize,
    compress: bool,
    file: &mut File<'_>,
) -> io::Result<(Pictures, Vec<Problem>)> {
    let used: Vec<(AssetId, Use)> = uses(pages).into_iter().collect();
    let mut pictures = Pictures::default();
    let mut problems = Vec::new();
    for part in used.chunks(jobs.max(1)) {
        let opened: Vec<_> = part.par_iter().map(|(id, uses)| open(assets, *id, uses, faces, compress)).collect();
        for ((asset, uses), opened) in part.iter().zip(opened) {
            match opened {
                Ok(Opened::Drawing(form)) => {
                    let placed = place(form.write(file)?, &pictures);
                    pictures.drawings.insert(*asset, placed);
                }
                Ok(Opened::Rasters(rasters)) => {
                    for (slice, raster) in rasters {
                        let placed = place(raster.write(file)?, &pictures);
                        pictures.rasters.insert((*asset, slice), placed);
                    }
                }
                Err(Failure { code, message }) => problems.push(problem(code, &message, uses.node, book)),
            }
        }
    }
    Ok((pictures, problems))
}

fn place(id: ObjectId, pictures: &Pictures) -> Placed {
    Placed { id, name: format!("I{}", pictures.rasters.len() + pictures.drawings.len()) }
}

fn uses(pages: &[Page]) -> BTreeMap<AssetId, Use> {
    let mut uses: BTreeMap<AssetId, Use> = BTreeMap::new();
    for item in pages.iter().flat_map(|page| &page.items) {
        if let Item::Picture(picture) = item {
            let entry = uses.entry(picture.asset).or_default();
            entry.slices.insert(slice_of(picture));
            entry.node = entry.node.or(picture.node);
        }
    }
    uses
}

fn slice_of(picture: &Picture) -> Slice {
    (picture.slice.0.to_bits(), picture.slice.1.to_bits())
}

fn problem(code: Code, message: &str, node: Option<NodeRef>, book: &Anthology) -> Problem {
    let article = node.and_then(|node| book.articles.get(node.article as usize));
    let place = article.map_or(Place::Nowhere, |article| article.origin.place());
    let problem = Problem::error(code, place, format!("a picture is missing from the PDF: {message}"));
    match article {
        Some(article) => problem.in_article(&article.title),
        None => problem,
    }
}

/// A picture that is ready to be written.
enum Opened {
    Drawing(Box<Form>),
    Rasters(Vec<(Slice, Samples)>),
}

/// Why a picture is missing.
struct Failure {
    code: Code,
    message: String,
}

impl From<ImageError> for Failure {
    fn from(error: ImageError) -> Self {
        Self { code: error.code(), message: error.to_string() }
    }
}

fn open(assets: &Assets, id: AssetId, uses: &Use, faces: &Arc<Database>, compress: bool) -> Result<Opened, Failure> {
    let unreadable = |error: io::Error| Failure { code: Code::ImageNotFound, message: error.to_string() };
    let bytes = assets.read(id).map_err(unreadable)?;
    if images::sniff(&bytes) == Some(Format::Svg) {
        return Ok(Opened::Drawing(Box::new(Form::new(&bytes, faces)?)));
    }
    let raster = |slice: &Slice| {
        let part = (f32::from_bits(slice.0), f32::from_bits(slice.1));
        Ok((*slice, Samples::new(images::for_pdf(&bytes, part, &LIMITS)?, compress)))
    };
    uses.slices.iter().map(raster).collect::<Result<_, ImageError>>().map(Opened::Rasters).map_err(Failure::from)
}

/// A raster picture as one or two streams.
struct Samples {
    color: Stream,
    mask: Option<Stream>,
}

impl Samples {
    fn new(image: PdfImage, compress: bool) -> Self {
        match image {
            PdfImage::Jpeg { bytes, width, height, gray } => {
                let mut color = Stream::new(image_dictionary(width, height, gray), bytes);
                color.dict.set("Filter", "DCTDecode");
                Self { color, mask: None }
            }
            PdfImage::Raster { width, height, color, gray, alpha } => Self {
                color: stream(image_dictionary(width, height, gray), color, compress),
                mask: alpha.map(|alpha| stream(image_dictionary(width, height, true), alpha, compress)),
            },
        }
    }

    fn write(mut self, file: &mut File<'_>) -> io::Result<ObjectId> {
        if let Some(mask) = self.mask {
            self.color.dict.set("SMask", file.add(mask)?);
        }
        file.add(self.color)
    }
}

fn image_dictionary(width: u32, height: u32, gray: bool) -> Dictionary {
    dictionary! {
        "Type" => "XObject",
        "Subtype" => "Image",
        "Width" => width,
        "Height" => height,
        "ColorSpace" => if gray { "DeviceGray" } else { "DeviceRGB" },
        "BitsPerComponent" => 8,
    }
}

/// A drawing: the one page of a PDF that svg2pdf made, to become a form of ours.
struct Form {
    document: lopdf::Document,
    page: ObjectId,
}

impl Form {
    fn new(bytes: &[u8], faces: &Arc<Database>) -> Result<Self, Failure> {
        let damaged = |message: String| Failure { code: Code::ImageDecode, message };
        // Written anew first: its text becomes outlines, which spares svg2pdf a font stack of its own.
        let outlined = images::svg::sanitize(bytes, faces)?;
        let tree = images::svg::parse(&outlined, faces)?;
        let options = svg2pdf::ConversionOptions { embed_text: false, pdfa: true, ..Default::default() };
        // A drawing that breaks the converter must not end the book.
        let pdf = catch_unwind(AssertUnwindSafe(|| svg2pdf::to_pdf(&tree, options, Default::default())))
            .map_err(|_| Failure { code: Code::InternalPanic, message: "the SVG converter failed".to_owned() })?
            .map_err(|error| damaged(error.to_string()))?;
        let document = lopdf::Document::load_mem(&pdf).map_err(|error| damaged(error.to_string()))?;
        let page = document.page_iter().next().ok_or_else(|| damaged("the drawing is empty".to_owned()))?;
        Ok(Self { document, page })
    }

    /// Writes what the page needs under new numbers, and its content as a form of one unit by one.
    fn write(self, file: &mut File<'_>) -> io::Result<ObjectId> {
        let Self { mut document, page } = self;
        let broken = |error: lopdf::Error| io::Error::other(error.to_string());
        let mut page = document.get_dictionary(page).map_err(broken)?.clone();
        let content = page.get(b"Contents").and_then(Object::as_reference).map_err(broken)?;
        let Some(Object::Stream(mut form)) = document.objects.remove(&content) else {
            return Err(io::Error::other("svg2pdf has written a page without content"));
        };
        let bounds = page.remove(b"MediaBox").unwrap_or(Object::Null);
        let side = |index: usize| {
            let side = bounds.as_array().ok().and_then(|sides| sides.get(index)?.as_float().ok());
            side.filter(|side| *side > 0.0).unwrap_or(1.0)
        };
        let (width, height) = (side(2), side(3));
        let matrix = [1.0 / width, 0.0, 0.0, 1.0 / height, 0.0, 0.0];
        form.dict.set("Type", "XObject");
        form.dict.set("Subtype", "Form");
        form.dict.set("BBox", bounds);
        form.dict.set("Matrix", matrix.map(Object::Real).to_vec());
        for key in [b"Resources".as_slice(), b"Group"] {
            if let Some(value) = page.remove(key) {
                form.dict.set(key.to_vec(), value);
            }
        }
        let mut form = Object::Stream(form);
        let mut numbers = BTreeMap::new();
        copy_references(&mut form, &mut document, &mut numbers, file)?;
        file.add(form)
    }
}

/// Writes the objects that this one refers to, and those that they refer to, under new numbers.
fn copy_references(
    object: &mut Object,
    from: &mut lopdf::Document,
    numbers: &mut BTreeMap<ObjectId, ObjectId>,
    file: &mut File<'_>,
) -> io::Result<()> {
    match object {
        Object::Reference(id) => {
            if let Some(number) = numbers.get(id) {
                *id = *number;
            } else if let Some(mut target) = from.objects.remove(id) {
                let number = file.reserve();
                numbers.insert(*id, number);
                *id = number;
                copy_references(&mut target, from, numbers, file)?;
                file.put(number, target)?;
            }
            Ok(())
        }
        Object::Array(items) => items.iter_mut().try_for_each(|item| copy_references(item, from, numbers, file)),
        Object::Dictionary(dictionary) | Object::Stream(Stream { dict: dictionary, .. }) => {
            // svg2pdf writes its resources in the order of a hash map: they are brought to one order.
            let mut entries: Vec<(Vec<u8>, Object)> = std::mem::take(dictionary).into_iter().collect();
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            for (_, value) in &mut entries {
                copy_references(value, from, numbers, file)?;
            }
            *dictionary = entries.into_iter().collect();
            Ok(())
        }
        _ => Ok(()),
    }
}
