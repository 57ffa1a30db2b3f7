//! A page as pixels: rectangles, pictures and the outlines of glyphs. It is drawn a band at a time, from the top, while a
//! JPEG is made of it: all of its pixels would be the largest thing that a book of pictures holds.

use std::cell::RefCell;

use resvg::tiny_skia::{self, FillRule, FilterQuality, Paint, Path, PathBuilder, Pixmap, PixmapPaint, Transform};
use skrifa::MetadataProvider as _;
use skrifa::instance::Size;
use skrifa::outline::{DrawSettings, OutlinePen};

use super::CoverError;
use crate::assets::Assets;
use crate::fonts::Library;
use crate::images::{Format, ImageError, Raster, decode, resize, sniff, svg};
use crate::pdf::pages::{Color, GlyphRun, Item, Page, Picture, Rect};

/// How many rows are drawn at once.
const BAND: u32 = 256;

/// A page that is drawn as its rows are asked for.
pub(super) struct Drawing {
    /// Pixels in a row.
    pub(super) width: u32,
    /// Rows.
    pub(super) height: u32,
    marks: Vec<Mark>,
    /// The first row of the band that has been drawn last, and its pixels.
    band: RefCell<Option<(u32, Raster)>>,
}

/// Something that is drawn, in pixels of the page.
enum Mark {
    Rectangle(tiny_skia::Rect, Color),
    Outline(Path, Color),
    Stamp { x: i32, y: i32, pixels: Pixmap },
}

impl Drawing {
    /// A page at `scale` pixels a point. Links, strokes and paths are not part of a cover.
    pub(super) fn new(page: &Page, scale: f32, assets: &Assets, library: &Library) -> Result<Self, CoverError> {
        let (width, height) = ((page.width.0 * scale).round() as u32, (page.height.0 * scale).round() as u32);
        let mut marks = Vec::new();
        for item in &page.items {
            match item {
                Item::Fill(rect, color) => marks.extend(rectangle(*rect, *color, scale)),
                Item::Glyphs(run) => marks.extend(outlines(run, scale, library)),
                Item::Picture(picture) => marks.extend(stamp(picture, scale, assets, library)?),
                Item::Stroke(..) | Item::Path(..) => {}
            }
        }
        Ok(Self { width, height, marks, band: RefCell::new(None) })
    }

    /// Gives a row to be read: red, green, blue, alpha of each pixel.
    ///
    /// # Errors
    /// When a band of the page has too many pixels.
    pub(super) fn row<T>(&self, y: u32, read: impl FnOnce(&[u8]) -> T) -> Result<T, ImageError> {
        let mut band = self.band.borrow_mut();
        let is_within = |top: u32| (top..top + BAND).contains(&y);
        if band.as_ref().is_none_or(|(top, _)| !is_within(*top)) {
            // Its room is given back before the next is taken.
            *band = None;
            *band = Some((y - y % BAND, self.draw(y - y % BAND)?));
        }
        let length = self.width as usize * 4;
        let row = band.as_ref().and_then(|(top, band)| band.pixels.get((y - top) as usize * length..)?.get(..length));
        Ok(read(row.unwrap_or_default()))
    }

    /// The band that begins at a row.
    fn draw(&self, top: u32) -> Result<Raster, ImageError> {
        let (width, height) = (self.width, BAND.min(self.height.saturating_sub(top)));
        let mut pixmap = Pixmap::new(width, height).ok_or(ImageError::TooManyPixels { width, height })?;
        pixmap.fill(tiny_skia::Color::WHITE);
        let up = Transform::from_translate(0.0, -(top as f32));
        let is_seen = |bounds: tiny_skia::Rect| bounds.bottom() > top as f32 && bounds.top() < (top + height) as f32;
        for mark in &self.marks {
            match mark {
                Mark::Rectangle(rect, color) if is_seen(*rect) => pixmap.fill_rect(*rect, &paint(*color), up, None),
                Mark::Outline(path, color) if is_seen(path.bounds()) => {
                    pixmap.fill_path(path, &paint(*color), FillRule::Winding, up, None);
                }
                Mark::Stamp { x, y, pixels } => {
                    let paint = PixmapPaint { quality: FilterQuality::Nearest, ..PixmapPaint::default() };
                    let y = y.saturating_sub_unsigned(top);
                    pixmap.draw_pixmap(*x, y, pixels.as_ref(), &paint, Transform::identity(), None);
                }
                Mark::Rectangle(..) | Mark::Outline(..) => {}
            }
        }
        Ok(svg::raster(pixmap))
    }
}

fn paint(Color(r, g, b): Color) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(r, g, b, 255);
    paint
}

fn rectangle(rect: Rect, color: Color, scale: f32) -> Option<Mark> {
    let [x, y, width, height] = [rect.x, rect.y, rect.width, rect.height].map(|side| side.0 * scale);
    Some(Mark::Rectangle(tiny_skia::Rect::from_xywh(x, y, width, height)?, color))
}

/// Takes an outline in font units, y upwards, as skrifa gives it.
struct Pen(PathBuilder);

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to(x, y);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to(x, y);
    }
    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.0.quad_to(cx, cy, x, y);
    }
    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        self.0.cubic_to(ax, ay, bx, by, x, y);
    }
    fn close(&mut self) {
        self.0.close();
    }
}

fn outlines(run: &GlyphRun, scale: f32, library: &Library) -> Vec<Mark> {
    let face = library.face(run.face);
    let font = face.font();
    let outlines = font.outline_glyphs();
    let units = run.size.0 * scale / f32::from(face.measures().units_per_em);
    let mut marks = Vec::new();
    for glyph in &run.glyphs {
        let Some(outline) = outlines.get(skrifa::GlyphId::from(glyph.id.0)) else { continue };
        let mut pen = Pen(PathBuilder::new());
        let settings = DrawSettings::unhinted(Size::unscaled(), face.location());
        // A glyph that cannot be drawn is left out; the text of the book is not affected.
        if outline.draw(settings, &mut pen).is_err() {
            continue;
        }
        let (x, y) = ((run.origin.x + glyph.x).0 * scale, (run.origin.y - glyph.y).0 * scale);
        let place = Transform::from_row(units, 0.0, 0.0, -units, x, y);
        let path = pen.0.finish().and_then(|path| path.transform(place));
        marks.extend(path.map(|path| Mark::Outline(path, run.color)));
    }
    marks
}

/// A picture at its place.
fn stamp(picture: &Picture, scale: f32, assets: &Assets, library: &Library) -> Result<Option<Mark>, CoverError> {
    let bytes = assets.read(picture.asset)?;
    let (width, height) =
        ((picture.rect.width.0 * scale).round() as u32, (picture.rect.height.0 * scale).round() as u32);
    let raster = if sniff(&bytes) == Some(Format::Svg) {
        svg::rasterize(&svg::parse(&bytes, &svg::database(library))?, width.max(1), height.max(1))?
    } else {
        resize::resize(decode(&bytes)?, width.max(1), height.max(1))
    };
    let Some(mut pixels) = Pixmap::new(raster.width, raster.height) else { return Ok(None) };
    for (target, pixel) in pixels.pixels_mut().iter_mut().zip(raster.pixels.chunks_exact(4)) {
        *target = tiny_skia::ColorU8::from_rgba(pixel[0], pixel[1], pixel[2], pixel[3]).premultiply();
    }
    let (x, y) = ((picture.rect.x.0 * scale).round() as i32, (picture.rect.y.0 * scale).round() as i32);
    Ok(Some(Mark::Stamp { x, y, pixels }))
}
