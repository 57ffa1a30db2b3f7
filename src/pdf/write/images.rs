//! Pictures become XObjects, each once: JPEG files and the samples of PNGs as they are, other rasters compressed
//! again, with a mask for their transparency (ISO 32000-1 8.9), drawings as forms (8.10).

use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use lopdf::{Dictionary, Object, ObjectId, Stream, dictionary};
use usvg::fontdb::Database;

use super::file::{File, stream};
use crate::assets::{AssetId, Assets};
use crate::book::{Anthology, NodeRef};
use crate::images::{self, Format, ImageError, PdfData, PdfImage, PdfPart, png};
use crate::ordered::in_order;
use crate::pdf::pages::{Item, Page, Picture};
use crate::problem::{Code, Place, Problem};
use crate::units::Pt;

/// How many pixels an inch of paper shows: printers screen photographs at 150 lines an inch and want two pixels a
/// line, and the sharpest tablets have about as many. Drawings have no pixels and are always sharp.
const PIXELS_PER_INCH: f32 = 300.0;

/// How many pixels an SVG unit takes where a filter has to be drawn: `PIXELS_PER_INCH` for 96 units an inch.
const FILTER_SCALE: f32 = PIXELS_PER_INCH / 96.0;

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
    /// The parts, with the largest width and height that each is shown at.
    slices: BTreeMap<Slice, (Pt, Pt)>,
    node: Option<NodeRef>,
}

impl Use {
    fn parts(&self) -> Vec<PdfPart> {
        // `as` saturates: a length that is no number gives no pixels, and a picture keeps one.
        let pixels = |length: Pt| (length.0 / 72.0 * PIXELS_PER_INCH).ceil() as u32;
        let part = |(slice, (width, height)): (&Slice, &(Pt, Pt))| PdfPart {
            from: f32::from_bits(slice.0),
            to: f32::from_bits(slice.1),
            width: pixels(*width),
            height: pixels(*height),
        };
        self.slices.iter().map(part).collect()
    }
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
    let open = |(id, uses): &(AssetId, Use)| open(assets, *id, uses, faces, compress);
    in_order(&used, jobs, open, |(asset, uses), opened| {
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
        Ok::<(), io::Error>(())
    })?;
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
            let (width, height) = entry.slices.entry(slice_of(picture)).or_default();
            *width = width.max(picture.rect.width);
            *height = height.max(picture.rect.height);
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
        return Ok(Opened::Drawing(Box::new(Form::new(&bytes, faces, compress)?)));
    }
    let rasters = images::for_pdf(&bytes, &uses.parts())?.into_iter().map(Samples::new);
    Ok(Opened::Rasters(uses.slices.keys().copied().zip(rasters).collect()))
}

/// A raster picture as one or two streams.
struct Samples {
    color: Stream,
    mask: Option<Stream>,
}

impl Samples {
    fn new(image: PdfImage) -> Self {
        let mask = image.alpha.map(samples);
        let color = match image.data {
            PdfData::Samples(color) => samples(color),
            PdfData::Jpeg { bytes, gray } => {
                let space = if gray { "DeviceGray" } else { "DeviceRGB" };
                let mut stream = Stream::new(image_dictionary(image.width, image.height, 8, space.into()), bytes);
                stream.dict.set("Filter", "DCTDecode");
                stream
            }
        };
        Self { color, mask }
    }

    fn write(mut self, file: &mut File<'_>) -> io::Result<ObjectId> {
        if let Some(mask) = self.mask {
            self.color.dict.set("SMask", file.add(mask)?);
        }
        file.add(self.color)
    }
}

/// The samples of a PNG: its filters are the predictors of PDF, its compression is `FlateDecode` (7.4.4.4).
fn samples(samples: png::Samples) -> Stream {
    let png::Samples { width, height, depth, space, data } = samples;
    let colors = if space == png::Space::Rgb { 3 } else { 1 };
    let space = match space {
        png::Space::Gray => "DeviceGray".into(),
        png::Space::Rgb => "DeviceRGB".into(),
        png::Space::Indexed(table) => table_of_colors(table),
    };
    let mut stream = Stream::new(image_dictionary(width, height, depth, space), data);
    stream.dict.set("Filter", "FlateDecode");
    let predictors = dictionary! {
        "Predictor" => 15,
        "Colors" => colors,
        "BitsPerComponent" => i64::from(depth),
        "Columns" => width,
    };
    stream.dict.set("DecodeParms", predictors);
    stream
}

/// A table of colours, of greys if all of them are (8.6.6.3).
fn table_of_colors(table: Vec<u8>) -> Object {
    let colors = table.chunks_exact(3);
    let highest = i64::try_from(colors.len()).unwrap_or(1) - 1;
    let is_gray = colors.clone().all(|color| color[0] == color[1] && color[1] == color[2]);
    let (base, table) =
        if is_gray { ("DeviceGray", colors.map(|color| color[0]).collect()) } else { ("DeviceRGB", table) };
    let table = Object::String(table, lopdf::StringFormat::Hexadecimal);
    vec!["Indexed".into(), base.into(), highest.into(), table].into()
}

fn image_dictionary(width: u32, height: u32, depth: u8, space: Object) -> Dictionary {
    dictionary! {
        "Type" => "XObject",
        "Subtype" => "Image",
        "Width" => width,
        "Height" => height,
        "ColorSpace" => space,
        "BitsPerComponent" => i64::from(depth),
    }
}

/// A drawing: the one page of a PDF that svg2pdf made, to become a form of ours.
struct Form {
    document: lopdf::Document,
    page: ObjectId,
}

impl Form {
    fn new(bytes: &[u8], faces: &Arc<Database>, compress: bool) -> Result<Self, Failure> {
        let damaged = |message: String| Failure { code: Code::ImageDecode, message };
        let mut tree = images::svg::parse(bytes, faces)?;
        // The word is looked for too, because text may stand where nodes are not looked for: in masks, patterns, clips.
        if tree.has_text_nodes() || bytes.windows(4).any(|word| word == b"text") {
            // Written anew: its text becomes outlines, which spares svg2pdf a font stack of its own.
            tree = images::svg::parse(&images::svg::outlined(&tree)?, faces)?;
        }
        // Streams are compressed by what compresses all others, not by svg2pdf.
        let options =
            svg2pdf::ConversionOptions { compress: false, raster_scale: FILTER_SCALE, embed_text: false, pdfa: true };
        // A drawing that breaks the converter must not end the book.
        let pdf = catch_unwind(AssertUnwindSafe(|| svg2pdf::to_pdf(&tree, options, Default::default())))
            .map_err(|_| Failure { code: Code::InternalPanic, message: "the SVG converter failed".to_owned() })?
            .map_err(|error| damaged(error.to_string()))?;
        let mut document = lopdf::Document::load_mem(&pdf).map_err(|error| damaged(error.to_string()))?;
        drop(pdf);
        for object in document.objects.values_mut() {
            if let Object::Stream(content) = object
                && !content.dict.has(b"Filter")
            {
                let Stream { dict, content, .. } =
                    std::mem::replace(content, Stream::new(Dictionary::new(), Vec::new()));
                *object = stream(dict, content, compress).into();
            }
        }
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
