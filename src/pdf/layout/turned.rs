//! A table that is wider than the page, turned by a quarter to the left: its columns go along the length
//! of the page, and its head is at the outer or the left edge, as books have it.

use super::context::Context;
use super::page::make_artifact;
use super::strip::{Call, Group, Strip};
use crate::pdf::pages::{Item, Point, Rect, Segment};
use crate::units::Pt;

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

/// A head that is repeated is no part of the text.
fn artifact(mut head: Strip) -> Strip {
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
            Item::Picture(picture) => picture.rect = area(picture.rect),
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
