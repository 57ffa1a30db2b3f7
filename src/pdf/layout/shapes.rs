//! Shapes that are drawn because no face has them as they are needed.

use crate::pdf::pages::{Color, Item, Point, Rect, Segment};
use crate::units::Pt;

fn point(x: Pt, y: Pt) -> Point {
    Point { x, y }
}

/// A filled polygon.
fn polygon(corners: &[(Pt, Pt)], color: Color) -> Item {
    let mut segments = Vec::with_capacity(corners.len() + 1);
    for (index, &(x, y)) in corners.iter().enumerate() {
        let corner = point(x, y);
        segments.push(if index == 0 { Segment::Move(corner) } else { Segment::Line(corner) });
    }
    segments.push(Segment::Close);
    Item::Path(segments, color)
}

/// A filled circle.
pub(super) fn disc(x: Pt, y: Pt, radius: Pt, color: Color) -> Item {
    // Four cubic curves with this distance of the controls are a circle to 0.03 percent.
    let c = radius * 0.552_285;
    let r = radius;
    let segments = vec![
        Segment::Move(point(x + r, y)),
        Segment::Curve(point(x + r, y + c), point(x + c, y + r), point(x, y + r)),
        Segment::Curve(point(x - c, y + r), point(x - r, y + c), point(x - r, y)),
        Segment::Curve(point(x - r, y - c), point(x - c, y - r), point(x, y - r)),
        Segment::Curve(point(x + c, y - r), point(x + r, y - c), point(x + r, y)),
        Segment::Close,
    ];
    Item::Path(segments, color)
}

/// A square standing on its corner.
pub(super) fn diamond(x: Pt, y: Pt, radius: Pt, color: Color) -> Item {
    polygon(&[(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)], color)
}

/// The box of a task, with its top left corner, and a tick when the task is done.
pub(super) fn task_box(x: Pt, y: Pt, side: Pt, done: bool, color: Color) -> Vec<Item> {
    let mut items = vec![Item::Stroke(Rect { x, y, width: side, height: side }, side * 0.08, color)];
    if done {
        let at = |across: f32, down: f32| (x + side * across, y + side * down);
        let tick = [at(0.16, 0.52), at(0.26, 0.42), at(0.43, 0.60), at(0.76, 0.20), at(0.86, 0.30), at(0.43, 0.80)];
        items.push(polygon(&tick, color));
    }
    items
}

/// The mark of a line of code that goes on from the one above: a hooked arrow in a square of `side`.
pub(super) fn wrap_mark(x: Pt, y: Pt, side: Pt, color: Color) -> Vec<Item> {
    let at = |across: f32, down: f32| (x + side * across, y + side * down);
    let bar = |left: f32, top: f32, width: f32, height: f32| {
        let (x, y) = at(left, top);
        Item::Fill(Rect { x, y, width: side * width, height: side * height }, color)
    };
    vec![
        bar(0.15, 0.15, 0.09, 0.50),
        bar(0.15, 0.56, 0.45, 0.09),
        polygon(&[at(0.55, 0.40), at(0.85, 0.605), at(0.55, 0.81)], color),
    ]
}

/// A horizontal rule.
pub(super) fn rule(x: Pt, y: Pt, width: Pt, thickness: Pt, color: Color) -> Item {
    Item::Fill(Rect { x, y: y - thickness * 0.5, width, height: thickness }, color)
}
