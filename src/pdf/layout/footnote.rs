//! Footnotes: their numbers, their text, and the call in the text.
//!
//! In Chinese and Japanese the numbers are circled and begin anew on each page, so a number is known
//! only when its page is. A placeholder of the same width is set first, and replaced on the page.

use super::block;
use super::context::{Context, Frame};
use super::inline::Text;
use super::lines;
use super::strip::{Call, Group, Strip};
use crate::document::NodeId;
use crate::pdf::pages::{GlyphRun, Item, LinkArea, LinkTarget, Rect};
use crate::text::{Align, Family, TextStyle};
use crate::units::Pt;

/// What stands for a number until its page is known.
pub(super) fn placeholder(context: &Context<'_>, note: usize) -> String {
    if restarts(context) { circled(1) } else { (note + 1).to_string() }
}

/// Whether numbers begin anew on each page.
pub(super) fn restarts(context: &Context<'_>) -> bool {
    context.article.language.is_han()
}

/// The last number that has a circle.
const LAST_CIRCLE: usize = 50;

/// A number in a circle; numbers above 50 have none.
fn circled(number: usize) -> String {
    let first = match number {
        1..=20 => 0x2460 - 1,
        21..=35 => 0x3251 - 21,
        36..=50 => 0x32B1 - 36,
        _ => return number.to_string(),
    };
    u32::try_from(number).ok().and_then(|n| char::from_u32(first + n)).map_or_else(|| number.to_string(), String::from)
}

/// The style of a call in text of a style: small and raised.
pub(super) fn call_style(style: TextStyle) -> TextStyle {
    TextStyle {
        family: Family::Serif,
        bold: false,
        italic: false,
        size: style.size * 0.66,
        shift: style.shift + style.size * 0.38,
        emphasis_dots: false,
    }
}

/// The strips of a note, its number in the first one.
pub(super) fn strips(context: &Context<'_>, note: usize) -> Vec<Strip> {
    let Some(footnote) = context.article.document.footnotes.get(note) else { return Vec::new() };
    let kind = &context.sheet.kind;
    let frame = Frame { align: Align::Justify, ..Frame::body(context) }.flush().sized(kind.note, kind.note_leading);
    let style = super::inline::frame_style(&frame);
    let mut label = Text::default();
    label.push_words(&placeholder(context, note), style, frame.color, context.role(footnote.id));
    let width = context.setter.natural_width(&label.content, &lines::options(&frame, Pt::ZERO));
    let hang = (width + kind.note * 0.5).max(kind.note * 1.5);
    let inner = frame.inset(hang, Pt::ZERO);
    let mut strips: Vec<Strip> =
        block::blocks(context, &inner, &footnote.blocks).into_iter().flat_map(|group| group.strips).collect();
    if strips.is_empty() {
        strips.push(Strip { height: frame.leading, ..Strip::default() });
    }
    let mut lead = lines::set(context, &frame, &label, Pt::ZERO);
    if !lead.is_empty() {
        let mut lead = lead.swap_remove(0);
        lead.calls = number_runs(&lead, note);
        if let Some(&call) = context.first_calls.get(&note) {
            lead.links.push(back_link(context, call, hang, frame.leading, footnote.id));
        }
        // The number is read before the text.
        let first = std::mem::take(&mut strips[0]);
        (lead.height, lead.glued) = (first.height, first.glued);
        lead.overlay(first, Pt::ZERO, Pt::ZERO);
        strips[0] = lead;
    }
    strips[0].anchors.push(footnote.id);
    strips
}

/// The notes that nothing calls, which end the article: nothing that its author wrote is lost.
pub(super) fn uncalled(context: &Context<'_>) -> Vec<Group> {
    let kind = &context.sheet.kind;
    let frame = Frame::body(context).flush().sized(kind.note, kind.note_leading);
    let notes = context.article.document.footnotes.iter().enumerate();
    let uncalled = notes.filter(|(note, _)| !context.first_calls.contains_key(note));
    uncalled.flat_map(|(_, footnote)| block::blocks(context, &frame, &footnote.blocks)).collect()
}

fn number_runs(strip: &Strip, note: usize) -> Vec<Call> {
    let runs = strip.items.iter().enumerate().filter(|(_, item)| matches!(item, Item::Glyphs(_)));
    runs.map(|(item, _)| Call { note, item }).collect()
}

/// The number of a note leads back to where it is called.
fn back_link(context: &Context<'_>, call: NodeId, width: Pt, height: Pt, note: NodeId) -> LinkArea {
    LinkArea {
        rect: Rect { x: Pt::ZERO, y: Pt::ZERO, width, height },
        target: LinkTarget::Node(context.node(call)),
        contents: "↩".to_owned(),
        node: context.node(note),
    }
}

/// Writes the number of a note on its page over the placeholder.
pub(super) fn renumber(context: &Context<'_>, run: &mut GlyphRun, number: usize) {
    if !restarts(context) {
        return;
    }
    let label = circled(number);
    if run.text == label {
        return;
    }
    // A plain number of three digits is wider than a circle: it is set smaller.
    let size = if number > LAST_CIRCLE { run.size / (0.55 * label.len() as f32).max(1.0) } else { run.size };
    let frame = Frame { size, align: Align::Left, width: run.size * 10.0, ..Frame::body(context) };
    let mut text = Text::default();
    text.push_words(&label, super::inline::frame_style(&frame), run.color, run.role);
    let set = context.setter.set(&text.content, &lines::options(&frame, Pt::ZERO));
    let Some(fragment) = set.first().and_then(|line| line.fragments.first()) else { return };
    let number = lines::run(fragment, run.origin.x, run.origin.y, run.color, run.role);
    *run = GlyphRun { origin: run.origin, turned: run.turned, language: run.language.take(), ..number };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_circles_up_to_fifty() {
        assert_eq!([1, 20, 21, 35, 36, 50, 51].map(circled), ["①", "⑳", "㉑", "㉟", "㊱", "㊿", "51"]);
    }
}
