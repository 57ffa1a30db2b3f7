//! Lists of all kinds: ordered, unordered, of tasks, and of definitions.

use super::block::blocks;
use super::context::{Context, Frame};
use super::inline::{self, Text};
use super::strip::{Group, Strip};
use super::{lines, shapes};
use crate::document::{Definition, List, ListItem};
use crate::pdf::pages::{GlyphRun, Item};
use crate::text::{Align, Family};
use crate::units::{Em, Pt};

/// The bullets of nested lists, from the outermost.
const BULLETS: [&str; 3] = ["•", "◦", "▪"];

/// The groups of a list.
pub(super) fn groups(context: &Context<'_>, frame: &Frame<'_>, list: &List) -> Vec<Group> {
    let markers: Vec<Marker> =
        (0_u64..).zip(&list.items).map(|(index, item)| marker(frame, list, index, item)).collect();
    let widest = markers.iter().filter_map(|marker| match marker {
        Marker::Text(label) => Some(label_width(context, frame, label)),
        Marker::Task(_) => None,
    });
    let gap = frame.size * 0.5;
    let usual = frame.size * 2.0;
    let hang = widest.fold(usual, |hang, width| hang.max(width + gap));
    let inside = Frame { indent: Em::ZERO, indent_first: true, ..frame.inset(hang, Pt::ZERO) };
    let mut out = Vec::new();
    for (item, marker) in list.items.iter().zip(&markers) {
        let mut groups = blocks(context, &inside, &item.blocks);
        if groups.iter().all(|group| group.strips.is_empty()) {
            let empty = Strip { height: frame.leading, start: Some((item.id, 0)), ..Strip::default() };
            groups = vec![Group { strips: vec![empty], on_grid: frame.on_grid, ..Group::default() }];
        }
        if let Some(first) = groups.iter_mut().find_map(|group| group.strips.first_mut()) {
            draw_marker(context, frame, first, marker, item, inside.x);
        }
        out.append(&mut groups);
    }
    out
}

/// What stands before an item.
enum Marker {
    Text(String),
    Task(bool),
}

fn marker(frame: &Frame<'_>, list: &List, index: u64, item: &ListItem) -> Marker {
    if let Some(done) = item.task {
        return Marker::Task(done);
    }
    match list.start {
        Some(start) => Marker::Text(format!("{}.", start.saturating_add(index))),
        None => {
            // The bullet tells the depth, which the indent of the frame tells.
            let depth = (frame.x / (frame.size * 2.0)).round().clamp(0.0, 100.0) as usize;
            Marker::Text(BULLETS[depth % BULLETS.len()].to_owned())
        }
    }
}

/// The frame of a marker: in the face of the text, always upright and regular.
fn label_frame<'a>(frame: &Frame<'a>, width: Pt) -> Frame<'a> {
    Frame { width, family: Family::Serif, bold: false, align: Align::Left, ..*frame }
}

fn label_text(context: &Context<'_>, frame: &Frame<'_>, label: &str, item: Option<&ListItem>) -> Text {
    let mut text = Text::default();
    let role = context.role(item.map_or(crate::document::NodeId::ARTICLE, |item| item.id));
    text.push_words(label, inline::frame_style(&label_frame(frame, frame.width)), frame.color, role);
    text
}

fn label_width(context: &Context<'_>, frame: &Frame<'_>, label: &str) -> Pt {
    let text = label_text(context, frame, label, None);
    context.setter.natural_width(&text.content, &lines::options(&label_frame(frame, frame.width), Pt::ZERO))
}

/// Draws a marker before the first line of an item: numbers end half an em before the text, bullets and
/// boxes stand in the middle of the last em of the indent.
fn draw_marker(
    context: &Context<'_>,
    frame: &Frame<'_>,
    strip: &mut Strip,
    marker: &Marker,
    item: &ListItem,
    text_x: Pt,
) {
    let base = lines::baseline(frame.size, frame.leading);
    let mut drawn = Strip::default();
    match marker {
        Marker::Task(done) => {
            let side = frame.size * 0.78;
            let color = if context.screen { context.style.color.accent } else { frame.color };
            let x = text_x - side - frame.size * 0.5;
            drawn.items.extend(shapes::task_box(x, base - side * 0.92, side, *done, color));
            drawn.items.extend(sign(context, frame, if *done { "☑" } else { "☐" }, item, (x, base)));
        }
        Marker::Text(label) => {
            let text = label_text(context, frame, label, Some(item));
            let width = label_width(context, frame, label);
            let x = (text_x - frame.size * 0.5 - width).max(frame.x.min(text_x));
            let set =
                context.setter.set(&text.content, &lines::options(&label_frame(frame, width + frame.size), Pt::ZERO));
            if let Some(line) = set.first() {
                lines::draw(&mut drawn, x, base, &text, line);
            }
        }
    }
    // The marker is read before the text.
    for call in &mut strip.calls {
        call.item += drawn.items.len();
    }
    strip.items.splice(0..0, drawn.items);
}

/// What a drawn box says, for readers who do not see it: a blank that stands for its character.
fn sign(context: &Context<'_>, frame: &Frame<'_>, says: &str, item: &ListItem, (x, base): (Pt, Pt)) -> Option<Item> {
    // A blank at the end of a line would not be set.
    let text = label_text(context, frame, "\u{A0}.", Some(item));
    let set = context.setter.set(&text.content, &lines::options(&label_frame(frame, frame.size * 2.0), Pt::ZERO));
    let fragment = set.first()?.fragments.first()?;
    let mut run = lines::run(fragment, x, base, frame.color, context.role(item.id));
    run.glyphs.truncate(1);
    Some(Item::Glyphs(GlyphRun { text: says.to_owned(), ..run }))
}

/// The groups of a list of definitions: terms in bold, definitions moved in. Terms are moved in by less,
/// since at the left edge they would be low headings.
pub(super) fn definitions(context: &Context<'_>, frame: &Frame<'_>, definitions: &[Definition]) -> Vec<Group> {
    let family = if frame.language.is_han() { Family::Sans } else { frame.family };
    let term_frame = Frame { family, bold: true, align: Align::Left, ..frame.inset(frame.size, Pt::ZERO) };
    let inside = frame.inset(frame.size * 2.0, Pt::ZERO).flush();
    let mut out = Vec::new();
    for definition in definitions {
        let text = Text::of(context, &term_frame, &definition.term);
        let mut term = Group {
            strips: lines::set(context, &term_frame, &text, Pt::ZERO),
            on_grid: frame.on_grid,
            keep_with_next: true,
            ..Group::default()
        };
        term.keep_together();
        out.push(term);
        for meaning in &definition.definitions {
            out.extend(blocks(context, &inside, meaning));
        }
    }
    out
}
