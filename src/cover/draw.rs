//! A page as pixels: rectangles, pictures and the outlines of glyphs.

use resvg::tiny_skia::{self, FillRule, FilterQuality, Paint, PathBuilder, Pixmap, PixmapPaint, Transform};
use skrifa::MetadataProvider as _;
use skrifa::instance::Size;
use skrifa::outline::{DrawSettings, OutlinePen};

use super::CoverError;
use crate::assets::Assets;
use crate::fonts::Library;
use crate::images::{Format, ImageError, Raster, decode, resize, sniff, svg};
use crate::pdf::pages::{Color, GlyphRun, Item, Page, Picture, Rect};

/// Draws a page at `scale` pixels a point. Links, strokes and paths are not part of a cover.
pub(super) fn draw(page: &Page, scale: f32, assets: &Assets, library: &Library) -> Result<Raster, CoverError> {
    let (width, height) = ((page.width.0 * scale).round() as u32, (page.height.0 * scale).round() as u32);
    let mut pixmap = Pixmap::new(width, height).ok_or(ImageError::TooManyPixels { width, height })?;
    pixmap.fill(tiny_skia::Color::WHITE);
    for item in &page.items {
        match item {
            Item::Fill(rect, color) => fill(&mut pixmap, *rect, *color, scale),
            Item::Glyphs(run) => glyphs(&mut pixmap, run, scale, library),
            Item::Picture(picture) => place(&mut pixmap, picture, scale, assets, library)?,
            Item::Stroke(..) | Item::Path(..) => {}
        }
    }
    Ok(svg::raster(pixmap))
}

fn paint(Color(r, g, b): Color) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(r, g, b, 255);
    paint
}

fn fill(pixmap: &mut Pixmap, rect: Rect, color: Color, scale: f32) {
    let scaled =
        tiny_skia::Rect::from_xywh(rect.x.0 * scale, rect.y.0 * scale, rect.width.0 * scale, rect.height.0 * scale);
    if let Some(rect) = scaled {
        pixmap.fill_rect(rect, &paint(color), Transform::identity(), None);
    }
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

fn glyphs(pixmap: &mut Pixmap, run: &GlyphRun, scale: f32, library: &Library) {
    let face = library.face(run.face);
    let font = face.font();
    let outlines = font.outline_glyphs();
    let units = run.size.0 * scale / f32::from(face.measures().units_per_em);
    for glyph in &run.glyphs {
        let Some(outline) = outlines.get(skrifa::GlyphId::from(glyph.id.0)) else { continue };
        let mut pen = Pen(PathBuilder::new());
        let settings = DrawSettings::unhinted(Size::unscaled(), face.location());
        // A glyph that cannot be drawn is left out; the text of the book is not affected.
        if outline.draw(settings, &mut pen).is_err() {
            continue;
        }
        let Some(path) = pen.0.finish() else { continue };
        let (x, y) = ((run.origin.x + glyph.x).0 * scale, (run.origin.y - glyph.y).0 * scale);
        let place = Transform::from_row(units, 0.0, 0.0, -units, x, y);
        pixmap.fill_path(&path, &paint(run.color), FillRule::Winding, place, None);
    }
}

fn place(
    pixmap: &mut Pixmap,
    picture: &Picture,
    scale: f32,
    assets: &Assets,
    library: &Library,
) -> Result<(), CoverError> {
    let bytes = assets.read(picture.asset)?;
    let (width, height) =
        ((picture.rect.width.0 * scale).round() as u32, (picture.rect.height.0 * scale).round() as u32);
    let raster = if sniff(&bytes) == Some(Format::Svg) {
        svg::rasterize(&svg::parse(&bytes, &svg::database(library))?, width.max(1), height.max(1))?
    } else {
        resize::resize(decode(&bytes)?, width.max(1), height.max(1))
    };
    let Some(mut stamp) = Pixmap::new(raster.width, raster.height) else { return Ok(()) };
    for (target, pixel) in stamp.pixels_mut().iter_mut().zip(raster.pixels.chunks_exact(4)) {
        *target = tiny_skia::ColorU8::from_rgba(pixel[0], pixel[1], pixel[2], pixel[3]).premultiply();
    }
    let (x, y) = ((picture.rect.x.0 * scale).round() as i32, (picture.rect.y.0 * scale).round() as i32);
    let paint = PixmapPaint { quality: FilterQuality::Nearest, ..PixmapPaint::default() };
    pixmap.draw_pixmap(x, y, stamp.as_ref(), &paint, Transform::identity(), None);
    Ok(())
}
