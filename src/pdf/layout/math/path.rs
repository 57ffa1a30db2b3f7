//! Paths of formulas: RaTeX's commands become segments, and strokes become filled shapes, since a
//! page has filled paths only.

use ratex_types::path_command::PathCommand;

use crate::pdf::pages::{Point, Segment};
use crate::units::Pt;

/// The segments of a path, each coordinate brought to its place by `at`.
pub(super) fn segments(commands: &[PathCommand], at: impl Fn(f64, f64) -> Point) -> Vec<Segment> {
    let mut pen = (0.0, 0.0);
    let mut segments = Vec::with_capacity(commands.len());
    for command in commands {
        let (segment, end) = match *command {
            PathCommand::MoveTo { x, y } => (Segment::Move(at(x, y)), (x, y)),
            PathCommand::LineTo { x, y } => (Segment::Line(at(x, y)), (x, y)),
            PathCommand::CubicTo { x1, y1, x2, y2, x, y } => (Segment::Curve(at(x1, y1), at(x2, y2), at(x, y)), (x, y)),
            PathCommand::QuadTo { x1, y1, x, y } => {
                // A quadratic curve is the cubic whose controls lie two thirds of the way to its own.
                let towards = |from: f64, control: f64| from + (control - from) * 2.0 / 3.0;
                let first = at(towards(pen.0, x1), towards(pen.1, y1));
                (Segment::Curve(first, at(towards(x, x1), towards(y, y1)), at(x, y)), (x, y))
            }
            PathCommand::Close => (Segment::Close, pen),
        };
        segments.push(segment);
        pen = end;
    }
    segments
}

/// How many straight pieces stand for a curve of a stroke: the error is far below a printed dot.
const PIECES: u8 = 16;

/// The area that a line of `thickness` along the path covers: one thin quadrilateral a straight piece.
/// All turn the same way, so that the nonzero rule fills their union.
pub(super) fn stroked(segments: &[Segment], thickness: Pt) -> Vec<Segment> {
    let mut shape = Vec::new();
    let (mut pen, mut start) = (Point { x: Pt::ZERO, y: Pt::ZERO }, Point { x: Pt::ZERO, y: Pt::ZERO });
    for segment in segments {
        match *segment {
            Segment::Move(point) => (pen, start) = (point, point),
            Segment::Line(end) => {
                quadrilateral(pen, end, thickness, &mut shape);
                pen = end;
            }
            Segment::Curve(first, second, end) => {
                let from = pen;
                for piece in 1..=PIECES {
                    let next = bezier(from, first, second, end, f32::from(piece) / f32::from(PIECES));
                    quadrilateral(pen, next, thickness, &mut shape);
                    pen = next;
                }
            }
            Segment::Close => {
                quadrilateral(pen, start, thickness, &mut shape);
                pen = start;
            }
        }
    }
    shape
}

/// A point of a cubic Bézier curve.
fn bezier(from: Point, first: Point, second: Point, end: Point, t: f32) -> Point {
    let u = 1.0 - t;
    let mix =
        |a: Pt, b: Pt, c: Pt, d: Pt| a * (u * u * u) + b * (3.0 * u * u * t) + c * (3.0 * u * t * t) + d * (t * t * t);
    Point { x: mix(from.x, first.x, second.x, end.x), y: mix(from.y, first.y, second.y, end.y) }
}

/// The strip around a straight line, longer at both ends by a quarter of its thickness so that
/// neighbours overlap.
fn quadrilateral(from: Point, to: Point, thickness: Pt, shape: &mut Vec<Segment>) {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let length = dx.0.hypot(dy.0);
    if length <= f32::EPSILON {
        return;
    }
    let (along_x, along_y) = (dx * (thickness.0 / length), dy * (thickness.0 / length));
    let corner = |base: Point, along: f32, across: f32| Point {
        x: base.x + along_x * along - along_y * across,
        y: base.y + along_y * along + along_x * across,
    };
    shape.extend([
        Segment::Move(corner(from, -0.25, -0.5)),
        Segment::Line(corner(to, 0.25, -0.5)),
        Segment::Line(corner(to, 0.25, 0.5)),
        Segment::Line(corner(from, -0.25, 0.5)),
        Segment::Close,
    ]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(x: f32, y: f32) -> Point {
        Point { x: Pt(x), y: Pt(y) }
    }

    #[test]
    fn a_stroke_of_a_horizontal_line_is_a_strip_around_it() {
        let shape = stroked(&[Segment::Move(point(0.0, 0.0)), Segment::Line(point(10.0, 0.0))], Pt(2.0));
        let expected = [
            Segment::Move(point(-0.5, -1.0)),
            Segment::Line(point(10.5, -1.0)),
            Segment::Line(point(10.5, 1.0)),
            Segment::Line(point(-0.5, 1.0)),
            Segment::Close,
        ];
        assert_eq!(shape, expected);
    }

    #[test]
    fn a_curve_begins_and_ends_where_its_cubic_does() {
        let (a, b, c, d) = (point(0.0, 0.0), point(0.0, 1.0), point(1.0, 1.0), point(1.0, 0.0));
        assert_eq!(bezier(a, b, c, d, 0.0), a);
        assert_eq!(bezier(a, b, c, d, 1.0), d);
    }
}
