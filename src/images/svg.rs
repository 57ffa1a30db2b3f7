//! Vector drawings. They are parsed into plain shapes with the given faces only, and written anew from
//! these: scripts, event handlers, foreign markup and references to other files do not survive, because
//! nothing of the source is copied.

mod cost;

use std::sync::Arc;

use quick_xml::events::{BytesStart, Event};
use resvg::tiny_skia::{Pixmap, PremultipliedColorU8, Transform};
use usvg::fontdb::{Database, Source};
use usvg::{ImageHrefResolver, ImageKind, Options, Tree, WriteOptions};

use super::decode::{decode, is_plain, probe};
use super::raster::Raster;
use super::sniff::{Format, sniff};
use super::{ImageError, check_size, encode, jpeg};
use crate::fonts::Library;

/// The longest source that is parsed.
const MAX_BYTES: usize = 16 << 20;

/// The deepest nesting of elements; hand-made and exported drawings stay far below.
const MAX_DEPTH: usize = 256;

/// The parser recurses, and `use` chains make it deep: room for all that it allows itself.
const STACK: usize = 64 << 20;

/// A font database of a library's faces, without a copy of their bytes.
#[must_use]
pub fn database(library: &Library) -> Arc<Database> {
    let mut database = Database::new();
    // A collection and the instances of a variable face are one file.
    let mut seen = std::collections::BTreeSet::new();
    for (_, face) in library.iter().filter(|(_, face)| face.index() == 0 && seen.insert(face.bytes().as_ptr())) {
        database.load_font_source(Source::Binary(Arc::new(face.data().clone())));
    }
    database.set_serif_family("Noto Serif SC");
    database.set_sans_serif_family("Noto Sans SC");
    database.set_monospace_family("Source Code Pro");
    database.set_cursive_family("LXGW WenKai");
    database.set_fantasy_family("Noto Sans SC");
    Arc::new(database)
}

/// Parses a drawing. Pictures inside it are taken from `data:` addresses only.
///
/// # Errors
/// When it is not a drawing, or too deep, too long or too complex a one.
pub fn parse(bytes: &[u8], faces: &Arc<Database>) -> Result<Tree, ImageError> {
    check_source(bytes)?;
    roomy(|| {
        let options = Options {
            font_family: "Noto Sans SC".to_owned(),
            fontdb: faces.clone(),
            image_href_resolver: ImageHrefResolver {
                resolve_data: Box::new(|_, data, _| embedded_picture(data)),
                resolve_string: Box::new(|_, _| None),
            },
            ..Options::default()
        };
        let text = std::str::from_utf8(bytes).map_err(|error| damaged(error.to_string()))?;
        let options_of_xml = usvg::roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
        let source = usvg::roxmltree::Document::parse_with_options(text, options_of_xml);
        let source = source.map_err(|error| damaged(error.to_string()))?;
        cost::check_growth(&source).map_err(too_complex)?;
        let tree = Tree::from_xmltree(&source, &options).map_err(|error| damaged(error.to_string()))?;
        cost::check_work(&tree).map_err(too_complex)?;
        Ok(tree)
    })
}

/// The size of a drawing in CSS pixels, rounded up.
///
/// # Errors
/// As [`parse`].
pub fn size(bytes: &[u8]) -> Result<(u32, u32), ImageError> {
    let tree = parse(bytes, &Arc::new(Database::new()))?;
    Ok(pixels(&tree))
}

/// The size of a parsed drawing in CSS pixels, rounded up.
pub(super) fn pixels(tree: &Tree) -> (u32, u32) {
    // `as` saturates, and a size is positive.
    (tree.size().width().ceil() as u32, tree.size().height().ceil() as u32)
}

/// Writes a drawing anew: shapes, paints and pictures only, its text as outlines.
///
/// # Errors
/// As [`parse`].
pub fn sanitize(bytes: &[u8], faces: &Arc<Database>) -> Result<Vec<u8>, ImageError> {
    outlined(&parse(bytes, faces)?)
}

/// A drawing as [`sanitize`] writes it, with white paper under it.
///
/// # Errors
/// When it is no XML.
pub(super) fn on_white(drawing: &[u8]) -> Result<Vec<u8>, ImageError> {
    let damaged = |reason: String| ImageError::Damaged { format: Format::Svg, reason };
    let text = std::str::from_utf8(drawing).map_err(|error| damaged(error.to_string()))?;
    let mut reader = quick_xml::Reader::from_str(text);
    let mut out = quick_xml::Writer::new(Vec::with_capacity(drawing.len() + 64));
    let paper = BytesStart::new("rect").with_attributes([("width", "100%"), ("height", "100%"), ("fill", "#ffffff")]);
    let mut is_root = true;
    loop {
        let event = reader.read_event().map_err(|error| damaged(error.to_string()))?;
        let first = is_root && matches!(event, Event::Start(_));
        if matches!(event, Event::Eof) {
            return Ok(out.into_inner());
        }
        let written = out
            .write_event(event)
            .and_then(|()| if first { out.write_event(Event::Empty(paper.borrow())) } else { Ok(()) });
        written.map_err(|error| damaged(error.to_string()))?;
        is_root &= !first;
    }
}

/// The source of a parsed drawing: shapes, paints and pictures only, its text as outlines.
///
/// # Errors
/// When writing it fails.
pub fn outlined(tree: &Tree) -> Result<Vec<u8>, ImageError> {
    let options = WriteOptions { coordinates_precision: 3, indent: usvg::Indent::None, ..WriteOptions::default() };
    roomy(|| Ok(tree.to_string(&options).into_bytes()))
}

/// Draws a drawing at a size in pixels.
///
/// # Errors
/// When the size is too large, or the renderer fails.
pub fn rasterize(tree: &Tree, width: u32, height: u32) -> Result<Raster, ImageError> {
    check_size(Format::Svg, width, height)?;
    roomy(|| {
        let mut pixmap = Pixmap::new(width, height).ok_or(ImageError::TooManyPixels { width, height })?;
        let scale = Transform::from_scale(width as f32 / tree.size().width(), height as f32 / tree.size().height());
        resvg::render(tree, scale, &mut pixmap.as_mut());
        Ok(raster(pixmap))
    })
}

/// The pixels of a drawn picture, no longer premultiplied, without a second copy of them.
pub(crate) fn raster(pixmap: Pixmap) -> Raster {
    let (width, height) = (pixmap.width(), pixmap.height());
    let mut pixels = pixmap.take();
    for pixel in pixels.chunks_exact_mut(4).filter(|pixel| pixel[3] != 255) {
        if let Some(color) = PremultipliedColorU8::from_rgba(pixel[0], pixel[1], pixel[2], pixel[3]) {
            let color = color.demultiply();
            pixel[..3].copy_from_slice(&[color.red(), color.green(), color.blue()]);
        }
    }
    Raster { width, height, pixels }
}

/// A picture inside a drawing, as one of the kinds that every reader shows.
fn embedded_picture(data: Arc<Vec<u8>>) -> Option<ImageKind> {
    probe_raster(&data)?;
    match sniff(&data)? {
        // As a reader shows it who takes the bytes as they are: CMYK, and orientation, need to be decoded.
        Format::Jpeg if jpeg::header(&data)?.is_shown_everywhere() && is_plain(Format::Jpeg, &data) => {
            Some(ImageKind::JPEG(data))
        }
        Format::Jpeg => {
            let raster = decode(&data).ok()?;
            Some(ImageKind::JPEG(Arc::new(encode::jpeg(&raster, 90, encode::Chroma::Full).ok()?)))
        }
        Format::Png => Some(ImageKind::PNG(data)),
        Format::Gif => Some(ImageKind::GIF(data)),
        Format::WebP | Format::Bmp | Format::Tiff => {
            let raster = decode(&data).ok()?;
            Some(ImageKind::PNG(Arc::new(encode::png(&raster).ok()?)))
        }
        // A drawing in a drawing would escape the limits on depth.
        Format::Svg | Format::Avif | Format::Heic | Format::JpegXl | Format::Ico => None,
    }
}

fn probe_raster(data: &[u8]) -> Option<()> {
    match sniff(data)? {
        Format::Svg => None,
        _ => probe(data).ok().map(|_| ()),
    }
}

/// Refuses what is too long or too deep to be parsed safely.
fn check_source(bytes: &[u8]) -> Result<(), ImageError> {
    if sniff(bytes) != Some(Format::Svg) {
        return Err(ImageError::NotAnImage);
    }
    if bytes.len() > MAX_BYTES {
        return Err(damaged(format!("it is longer than {} MB", MAX_BYTES >> 20)));
    }
    let mut reader = quick_xml::Reader::from_reader(bytes);
    let mut depth = 0_usize;
    loop {
        match reader.read_event() {
            Ok(Event::Start(_)) => depth += 1,
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::Eof) => return Ok(()),
            Ok(_) => {}
            Err(error) => return Err(damaged(error.to_string())),
        }
        if depth > MAX_DEPTH {
            return Err(too_complex(format!("its elements are nested more than {MAX_DEPTH} deep")));
        }
    }
}

fn damaged(reason: String) -> ImageError {
    ImageError::Damaged { format: Format::Svg, reason }
}

fn too_complex(reason: String) -> ImageError {
    ImageError::TooComplex { format: Format::Svg, reason }
}

/// Runs recursive work on a thread with a deep stack; a panic becomes an error.
fn roomy<T: Send>(work: impl FnOnce() -> Result<T, ImageError> + Send) -> Result<T, ImageError> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(ImageError::Panic(Format::Svg)),
            Err(error) => Err(damaged(error.to_string())),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faces() -> Arc<Database> {
        database(&Library::embedded().expect("embedded faces"))
    }

    fn drawing(inside: &str) -> Vec<u8> {
        format!(
            "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' \
             width='100' height='50'>{inside}</svg>"
        )
        .into_bytes()
    }

    #[test]
    fn nothing_active_or_foreign_survives() {
        let hostile = drawing(
            "<script>alert(1)</script><rect onclick='alert(2)' width='10' height='10'/>\
             <foreignObject><body xmlns='http://www.w3.org/1999/xhtml'>alert</body></foreignObject>\
             <image href='file:///etc/passwd' width='9' height='9'/><image xlink:href='http://h/x.png' width='9' height='9'/>\
             <a href='javascript:alert(3)'><circle r='5'/></a><style>@import url(http://h/x.css);</style>",
        );
        let clean = String::from_utf8(sanitize(&hostile, &faces()).expect("a drawing")).expect("UTF-8");
        for word in ["script", "alert", "onclick", "foreignObject", "passwd", "http://h", "style>"] {
            assert!(!clean.contains(word), "{word} in {clean}");
        }
        assert!(clean.contains("<path"));
        assert_eq!(size(clean.as_bytes()), Ok((100, 50)));
    }

    #[test]
    fn chinese_text_is_drawn_with_the_given_faces() {
        let bytes = drawing("<text x='10' y='40' font-size='30'>文集</text>");
        let tree = parse(&bytes, &faces()).expect("a drawing");
        let raster = rasterize(&tree, 200, 100).expect("drawn");
        let inked = raster.pixels.chunks_exact(4).filter(|pixel| pixel[3] > 128).count();
        assert!(inked > 300, "{inked}");
    }

    #[test]
    fn entities_and_depth_cannot_exhaust_the_machine() {
        let laughs = b"<!DOCTYPE svg [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;'>\
            <!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;&c;&c;&c;&c;'><!ENTITY e '&d;&d;&d;&d;&d;&d;'>\
            <!ENTITY f '&e;&e;&e;&e;&e;'>]><svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><text>&f;</text></svg>";
        let _ = parse(laughs, &faces());
        let deep = drawing(&("<g>".repeat(100_000) + &"</g>".repeat(100_000)));
        assert!(parse(&deep, &faces()).is_err());
        let uses: String = (1..400).map(|n| format!("<g id='g{n}'><use xlink:href='#g{}'/></g>", n - 1)).collect();
        let _ = parse(&drawing(&format!("<rect id='g0' width='1' height='1'/>{uses}")), &faces());
    }
}
