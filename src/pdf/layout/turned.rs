//! A table that is wider than the page, turned by a quarter to the left: its columns go along the length
//! of the page, and its head is at the outer or the left edge, as books have it.

use super::context::Context;
use super::page::make_artifact;
use super::strip::{Call, Group, Strip};
use crate::assets::AssetId;
use crate::images::{self, Raster};
use crate::pdf::pages::{Item, Picture, Point, Rect, Segment};
use crate::units::Pt;

/// Pixels an inch of a drawing in a turned table.
const DRAWN: f32 = 300.0;
/// The quality of a photograph in one (JPEG, 0 to 100).
const QUALITY: u8 = 88;

/// The pages of a table that has been set as wide as the page is long: one strip for each.
pub(super) fn group(context: &Context<'_>, groups: Vec<Group>) -> Group {
    let room = context.sheet.measure;
    let mut pages: Vec<Strip> = Vec::new();
    let mut page = Strip::default();
    for group in groups {
        let repeated: Pt = group.repeated.iter().map(|strip| strip.height).sum();
        if page.height > Pt::ZERO {
            page.height += group.before;
        }
        let mut strips = group.strips.into_iter().enumerate().peekable();
        while let Some((index, strip)) = strips.next() {
            // What no page may begin with keeps what is before it, unless a page is too short for both.
            let mut needed = strip.height;
            if strips.peek().is_some_and(|(_, next)| next.glued) {
                needed += strips.peek().map_or(Pt::ZERO, |(_, next)| next.height);
            }
            if page.height + needed > room + Pt(0.01) && page.height > repeated {
                pages.push(std::mem::take(&mut page));
                if index > 0 {
                    group.repeated.iter().for_each(|head| stack(&mut page, artifact(head.clone())));
                }
            }
            stack(&mut page, strip);
        }
    }
    pages.push(page);
    let floats = pages.len() == 1;
    let strips = pages.into_iter().map(|page| turn(context, page)).collect();
    Group { strips, floats, ..Group::default() }
}

/// Adds a strip below those of a page.
fn stack(page: &mut Strip, strip: Strip) {
    let (y, height) = (page.height, strip.height);
    page.overlay(strip, Pt::ZERO, y);
    page.height += height;
}

/// What is repeated is no part of the text.
pub(super) fn artifact(mut head: Strip) -> Strip {
    head.items.iter_mut().for_each(make_artifact);
    Strip { calls: Vec::<Call>::new(), anchors: Vec::new(), links: Vec::new(), outline: None, start: None, ..head }
}

/// Turns a page by a quarter, in the middle of the type area.
fn turn(context: &Context<'_>, mut page: Strip) -> Strip {
    let sheet = &context.sheet;
    let length = sheet.area_height() + (sheet.kind.leading - sheet.kind.body) * 0.5;
    let side = ((sheet.measure - page.height) * 0.5).max(Pt::ZERO);
    let point = |at: Point| Point { x: at.y + side, y: length - at.x };
    let area =
        |rect: Rect| Rect { x: rect.y + side, y: length - rect.x - rect.width, width: rect.height, height: rect.width };
    for item in &mut page.items {
        match item {
            Item::Glyphs(run) => (run.origin, run.turned) = (point(run.origin), true),
            Item::Fill(rect, _) | Item::Stroke(rect, ..) => *rect = area(*rect),
            Item::Picture(picture) => {
                // One that cannot be opened is told by the writer.
                if let Some(asset) = turned_picture(context, picture) {
                    (picture.asset, picture.slice) = (asset, (0.0, 1.0));
                }
                picture.rect = area(picture.rect);
            }
            Item::Path(segments, _) => segments.iter_mut().for_each(|segment| {
                *segment = match *segment {
                    Segment::Move(a) => Segment::Move(point(a)),
                    Segment::Line(a) => Segment::Line(point(a)),
                    Segment::Curve(a, b, c) => Segment::Curve(point(a), point(b), point(c)),
                    Segment::Close => Segment::Close,
                }
            }),
        }
    }
    page.links.iter_mut().for_each(|link| link.rect = area(link.rect));
    Strip { height: sheet.grid_height(), ..page }
}

/// What a picture shows, turned as the text is: as many pixels as it has, of a drawing as many as are printed.
fn turned_picture(context: &Context<'_>, picture: &Picture) -> Option<AssetId> {
    let bytes = context.assets.read(picture.asset).ok()?;
    let whole = if images::sniff(&bytes) == Some(images::Format::Svg) {
        let tree = images::svg::parse(&bytes, &images::svg::database(context.setter.library())).ok()?;
        let part = (picture.slice.1 - picture.slice.0).max(0.01);
        let pixels = |side: Pt| (side.0 * DRAWN / 72.0).round().clamp(1.0, 4096.0) as u32;
        images::svg::rasterize(&tree, pixels(picture.rect.width), pixels(picture.rect.height / part)).ok()?
    } else {
        images::decode(&bytes).ok()?
    };
    let row = |part: f32| (part * whole.height as f32).round() as u32;
    let (top, end) = (row(picture.slice.0), row(picture.slice.1));
    let raster = quarter(&whole.rows(top, end.saturating_sub(top).max(1)));
    let lossy = raster.is_opaque() && !images::encode::is_drawing(&raster);
    let encoded = if lossy {
        images::encode::jpeg(&raster, QUALITY, images::encode::Chroma::Full)
    } else {
        images::encode::png(&raster)
    };
    context.assets.put(&encoded.ok()?).ok()
}

/// Turns pixels by a quarter to the left.
fn quarter(raster: &Raster) -> Raster {
    let (width, height) = (raster.width as usize, raster.height as usize);
    let mut pixels = Vec::with_capacity(raster.pixels.len());
    for x in (0..width).rev() {
        for y in 0..height {
            let at = (y * width + x) * 4;
            pixels.extend(raster.pixels.get(at..at + 4).unwrap_or(&[255; 4]));
        }
    }
    Raster { width: raster.height, height: raster.width, pixels }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_at_the_right_is_at_the_top() {
        let pixel = |level: u8| [level, level, level, 255];
        let raster = Raster { width: 2, height: 1, pixels: [pixel(1), pixel(2)].concat() };
        let turned = quarter(&raster);
        assert_eq!((turned.width, turned.height, turned.pixels), (1, 2, [pixel(2), pixel(1)].concat()));
    }
}
