//! The content of a paragraph becomes strips, a line each.

use super::context::{Context, Frame};
use super::inline::{Decoration, Text};
use super::shapes;
use super::strip::{Call, Strip, shift_item};
use crate::document::NodeId;
use crate::pdf::pages::{self, GlyphRun, Item, LinkArea, Point, Rect, Role};
use crate::text::{Fragment, Line, Options, PlacedObject, PunctuationStyle};
use crate::units::Pt;

/// How far Han characters reach above the baseline, in parts of their em box.
pub(super) const HAN_ASCENT: f32 = 0.88;

/// Where the baseline of a line of text stands, from the top of its strip: the em box is centred.
pub(super) fn baseline(size: Pt, leading: Pt) -> Pt {
    (leading - size) * 0.5 + size * HAN_ASCENT
}

/// How the setter is to set text in a frame.
pub(super) fn options(frame: &Frame<'_>, indent: Pt) -> Options {
    Options {
        measure: frame.width,
        indent,
        align: frame.align,
        language: frame.language.clone(),
        punctuation: PunctuationStyle::default(),
        title: frame.title,
    }
}

/// Breaks text into lines and makes a strip of each.
pub(super) fn set(context: &Context<'_>, frame: &Frame<'_>, text: &Text, indent: Pt) -> Vec<Strip> {
    if text.is_empty() {
        return Vec::new();
    }
    // A box that begins a paragraph and needs the whole measure shows by itself where the paragraph begins.
    let box_fills =
        |indent| text.content.objects.first().is_some_and(|it| it.at == 0 && it.width + indent > frame.width);
    let indent = if frame.width.0 < indent.0 * 4.0 || box_fills(indent) { Pt::ZERO } else { indent };
    let lines = context.setter.set(&text.content, &options(frame, indent));
    lines.iter().map(|line| strip(frame, text, line)).collect()
}

/// Forbids page breaks that would leave a line alone (孤行不成页): no page begins with the last line
/// of a paragraph, and in other languages than Chinese and Japanese none ends with the first.
pub(super) fn forbid_lone_lines(strips: &mut [Strip], han: bool) {
    if let [_, .., last] = strips {
        last.glued = true;
    }
    if !han && strips.len() > 1 {
        strips[1].glued = true;
    }
}

/// A line as a strip. A line that is higher than the leading takes whole lines.
fn strip(frame: &Frame<'_>, text: &Text, line: &Line) -> Strip {
    // The gap between the em boxes of two lines may be used by readings and small boxes.
    let room = (frame.leading - frame.size).max(Pt::ZERO);
    let above = (line.extra_ascent - room * 0.95).max(Pt::ZERO);
    let below = (line.extra_descent - room * 0.6).max(Pt::ZERO);
    let more = (above + below) / frame.leading;
    let whole = if frame.on_grid { frame.leading * more.ceil() } else { above + below };
    let slack = whole - above - below;
    let base = baseline(frame.size, frame.leading) + above + slack * 0.5;
    let mut strip = Strip { height: frame.leading + whole, start: start(text, line), ..Strip::default() };
    draw(&mut strip, frame.x, base, text, line);
    strip
}

/// The node with which a line begins.
fn start(text: &Text, line: &Line) -> Option<(NodeId, u32)> {
    let spans = &text.content.spans;
    let span = spans.get(spans.partition_point(|span| span.range.end <= line.range.start))?;
    let mark = text.marks.get(usize::try_from(span.tag).ok()?)?;
    let Role::Node(node) = mark.role else { return None };
    let offset = line.range.start.max(span.range.start) - mark.begin.min(line.range.start.max(span.range.start));
    Some((node.node, u32::try_from(offset).unwrap_or(u32::MAX)))
}

/// Draws a line with its baseline at a place of a strip.
pub(super) fn draw(strip: &mut Strip, x: Pt, base: Pt, text: &Text, line: &Line) {
    decorate(strip, x, base, text, line);
    let mut objects = line.objects.iter().peekable();
    for (index, fragment) in line.fragments.iter().enumerate() {
        while let Some(placed) = objects.next_if(|object| object.after <= index) {
            object(strip, x, base, text, placed);
        }
        let Some(mark) = usize::try_from(fragment.tag).ok().and_then(|tag| text.marks.get(tag)) else { continue };
        if let Some(note) = mark.call {
            strip.calls.push(Call { note, item: strip.items.len() });
            if let Role::Node(node) = mark.role {
                strip.anchors.push(node.node);
            }
        }
        strip.items.push(Item::Glyphs(run(fragment, x, base, mark.color, mark.role)));
    }
    objects.for_each(|placed| object(strip, x, base, text, placed));
    let color = line.fragments.first().and_then(|f| text.marks.get(usize::try_from(f.tag).ok()?));
    for &(centre, size) in &line.dots {
        let color = color.map_or(pages::Color::BLACK, |mark| mark.color);
        strip.items.push(shapes::disc(x + centre, base + size * 0.27, size * 0.085, color));
    }
    link_areas(strip, x, base, text, line);
}

/// Draws a box of a line.
fn object(strip: &mut Strip, x: Pt, base: Pt, text: &Text, placed: &PlacedObject) {
    let object = text.content.objects.get(placed.object);
    let boxed = object.and_then(|object| text.boxes.get(usize::try_from(object.tag).ok()?));
    for item in boxed.iter().flat_map(|boxed| &boxed.items) {
        let mut item = item.clone();
        shift_item(&mut item, x + placed.x, base);
        strip.items.push(item);
    }
}

/// A fragment as a run of glyphs.
pub(super) fn run(fragment: &Fragment, x: Pt, base: Pt, color: pages::Color, role: Role) -> GlyphRun {
    GlyphRun {
        turned: false,
        face: fragment.face,
        size: fragment.size,
        color,
        origin: Point { x: x + fragment.x, y: base - fragment.y },
        glyphs: fragment.glyphs.clone(),
        text: fragment.text.clone(),
        role,
        language: fragment.language.clone(),
    }
}

/// The places of a line's neighbouring fragments that have the same of something.
fn stretches<'l, K: PartialEq + Copy>(
    line: &'l Line,
    text: &'l Text,
    key: impl Fn(&super::inline::Mark) -> Option<K>,
) -> Vec<(K, Pt, Pt, Pt)> {
    let mut out: Vec<(K, Pt, Pt, Pt)> = Vec::new();
    let mut previous = None;
    for fragment in &line.fragments {
        let mark = usize::try_from(fragment.tag).ok().and_then(|tag| text.marks.get(tag));
        let this = mark.and_then(&key);
        let right = fragment.x + fragment.width;
        match (this, out.last_mut()) {
            (Some(this), Some(last)) if previous == Some(this) => {
                last.1 = last.1.min(fragment.x);
                last.2 = last.2.max(right);
                last.3 = last.3.max(fragment.size);
            }
            (Some(this), _) => out.push((this, fragment.x, right, fragment.size)),
            (None, _) => {}
        }
        previous = this;
    }
    out
}

/// Draws the grounds of marked text and code, underlines and strokes.
fn decorate(strip: &mut Strip, x: Pt, base: Pt, text: &Text, line: &Line) {
    let look = |mark: &super::inline::Mark| (mark.lines != Decoration::default()).then_some((mark.lines, mark.color));
    for ((lines, color), left, right, size) in stretches(line, text, look) {
        let bar = |top: f32, height: f32, color| {
            let rect = Rect { x: x + left, y: base - size * top, width: right - left, height: size * height };
            Item::Fill(rect, color)
        };
        if let Some(ground) = lines.marked {
            strip.items.push(bar(0.94, 1.16, ground));
        }
        if let Some((_, ground)) = lines.code {
            strip.items.push(bar(0.95, 1.25, ground));
        }
        if lines.underlined {
            strip.items.push(bar(-0.16, 0.05, color));
        }
        if lines.struck {
            strip.items.push(bar(0.36, 0.055, color));
        }
    }
}

/// Makes an area of each piece of a link.
fn link_areas(strip: &mut Strip, x: Pt, base: Pt, text: &Text, line: &Line) {
    for (index, left, right, size) in stretches(line, text, |mark| mark.link) {
        let Some(link) = text.links.get(index) else { continue };
        let top = size * (HAN_ASCENT + 0.06);
        let rect = Rect { x: x + left, y: base - top, width: right - left, height: size * 1.12 };
        let (target, contents) = (link.target.clone(), link.contents.clone());
        strip.links.push(LinkArea { rect, target, contents, node: link.node });
    }
}
