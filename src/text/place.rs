//! Every glyph of a line at its place, in the order in which it is read.

use super::class::Class;
use super::optimum::{Chosen, Problem};
use super::shape::{Shaped, Unit};
use super::{Content, Fragment, Glyph, Line, Options, PlacedObject, Ruby, Setter, Span};
use crate::fonts::{GlyphId, Library};
use crate::units::{Em, Pt};

/// The top of the Han em box above the baseline: where a ruby stands.
const HAN_ASCENT: Em = Em(0.88);
/// The space between a base and its ruby.
const RUBY_GAP: Em = Em(0.05);

/// The hyphen of a unit's face, and its width.
pub(super) fn hyphen(library: &Library, unit: &Unit) -> Option<(GlyphId, Pt)> {
    let face = library.face(unit.face);
    let glyph = face.glyph('\u{2010}').or_else(|| face.glyph('-'))?;
    Some((glyph, face.advance(glyph).at(unit.size)))
}

/// Sets a line with these widths of its joints.
pub(super) fn line(
    setter: &Setter<'_>,
    content: &Content,
    shaped: &Shaped,
    problem: &Problem<'_>,
    chosen: &Chosen,
    joints: &[Pt],
) -> Line {
    let mut line = Line { range: range_of(shaped, chosen), ..Line::default() };
    let indent = if chosen.start == 0 { problem.indent } else { Pt::ZERO };
    let units = &shaped.units[chosen.start..chosen.end];
    let mut lefts = vec![Pt::ZERO; units.len()];
    // Whether the unit that is read before one is seen before it.
    let mut follows = vec![true; units.len()];
    let mut x = Pt::ZERO;
    let order = visual_order(units);
    for (place, &index) in order.iter().enumerate() {
        lefts[index] = x;
        follows[index] = index.checked_sub(1) == place.checked_sub(1).map(|place| order[place]);
        let joint = order.get(place + 1).and_then(|&next| joints.get(joint_between(units, index, next)));
        x += units[index].width + joint.copied().unwrap_or(Pt::ZERO);
    }
    // What is read first is shown first, wherever it stands (ISO 32000-1 14.8.2.3.3).
    let shown = line.range.clone();
    let first = content.ruby.partition_point(|ruby| ruby.base.end <= shown.start);
    let ruby = || content.ruby[first..].iter().take_while(|ruby| ruby.base.start < shown.end);
    // The number of fragments after which each reading is read.
    let mut readings = Vec::new();
    for ((unit, left), follows) in units.iter().zip(&lefts).zip(follows) {
        put(&mut line, content, shaped, unit, *left, follows);
        readings.extend(ruby().filter(|ruby| ruby.base.end == unit.text.end).map(|_| line.fragments.len()));
    }
    if chosen.hyphen > Pt::ZERO
        && let Some(last) = chosen.end.checked_sub(1).map(|index| &shaped.units[index])
        && let Some((glyph, width)) = hyphen(setter.library(), last)
    {
        add_hyphen(&mut line, x, glyph, width);
        x += width;
    }
    add_trailing_space(setter.library(), &mut line, content, shaped, chosen);
    // From the last to the first, so that the numbers hold; a base that goes on in the next line is read whole there.
    readings.resize(ruby().count(), line.fragments.len());
    for (ruby, at) in ruby().zip(readings).collect::<Vec<_>>().into_iter().rev() {
        add_ruby(setter, &mut line, shaped, chosen, &lefts, (ruby, at));
    }
    line.width = x;
    let right = problem.measure - x;
    let shift = match (problem.align, problem.right_to_left) {
        (super::Align::Justify | super::Align::Left, false) => indent,
        (super::Align::Justify | super::Align::Left, true) => right - indent,
        (super::Align::Center, _) => right / 2.0,
        (super::Align::Right, false) => right,
        (super::Align::Right, true) => Pt::ZERO,
    };
    shift_line(&mut line, shift);
    line
}

fn range_of(shaped: &Shaped, chosen: &Chosen) -> std::ops::Range<usize> {
    let units = &shaped.units[chosen.start..chosen.next];
    match (units.first(), units.last()) {
        (Some(first), Some(last)) => first.text.start..last.text.end,
        _ => 0..0,
    }
}

/// The order in which units are seen from left to right (UAX #9, L2).
fn visual_order(units: &[Unit]) -> Vec<usize> {
    if units.iter().all(|unit| unit.level == 0) {
        return (0..units.len()).collect();
    }
    let levels: Vec<unicode_bidi::Level> =
        units.iter().map(|unit| unicode_bidi::Level::new(unit.level).unwrap_or(unicode_bidi::Level::ltr())).collect();
    unicode_bidi::BidiInfo::reorder_visual(&levels)
}

/// Which joint stands between two units that are neighbours on the page, the left one first. Where they are no
/// neighbours in the text, the one of the lower level stands in the text around the other's, and its joint on that side
/// is meant.
fn joint_between(units: &[Unit], left: usize, right: usize) -> usize {
    let (a, b) = (units[left].level, units[right].level);
    match (a.min(b).is_multiple_of(2), a <= b) {
        (true, true) => left,
        (true, false) => right.saturating_sub(1),
        (false, _) if b <= a => right,
        (false, _) => left.saturating_sub(1),
    }
}

fn put(line: &mut Line, content: &Content, shaped: &Shaped, unit: &Unit, left: Pt, follows: bool) {
    if let Some(object) = unit.object {
        let inner = &content.objects[object];
        line.objects.push(PlacedObject { object, x: left, after: line.fragments.len() });
        line.extra_ascent = line.extra_ascent.max(inner.ascent - HAN_ASCENT.at(unit.size));
        line.extra_descent = line.extra_descent.max(inner.descent - Em(0.12).at(unit.size));
        return;
    }
    let span = &content.spans[unit.span];
    let fragment = fragment_for(line, unit, span, left, follows);
    let cluster = u32::try_from(fragment.text.len()).unwrap_or(u32::MAX);
    for glyph in &shaped.glyphs[unit.glyphs.clone()] {
        fragment.glyphs.push(Glyph { x: left - fragment.x + glyph.x, cluster, ..*glyph });
    }
    fragment.text.push_str(&content.text[unit.text.clone()]);
    fragment.width = left + unit.width - fragment.x;
    if span.style.emphasis_dots && matches!(unit.class, Class::Han) {
        line.dots.push((left + unit.width / 2.0, unit.size));
    }
}

/// The fragment that takes a unit: the last one, if it is alike. Text from right to left is set
/// unit by unit, since a fragment's text is in reading order.
fn fragment_for<'a>(line: &'a mut Line, unit: &Unit, span: &Span, left: Pt, follows: bool) -> &'a mut Fragment {
    let joins = follows
        && unit.level.is_multiple_of(2)
        && !unit.missing
        && line.fragments.last().is_some_and(|last| {
            last.face == unit.face
                && last.size == unit.size
                && last.tag == span.tag
                && last.y == span.style.shift
                && last.language == span.language
                && line.objects.last().is_none_or(|object| object.x < last.x + last.width)
        });
    if !joins {
        line.fragments.push(Fragment {
            face: unit.face,
            size: unit.size,
            x: left,
            width: Pt::ZERO,
            y: span.style.shift,
            glyphs: Vec::new(),
            text: String::new(),
            tag: span.tag,
            language: span.language.clone(),
        });
    }
    line.fragments.last_mut().expect("one was pushed if there was none")
}

/// An inserted hyphen is U+00AD in the text, so that copying joins the word (ISO 32000-1 14.8.2.2.3).
fn add_hyphen(line: &mut Line, x: Pt, glyph: GlyphId, width: Pt) {
    if let Some(fragment) = line.fragments.last_mut() {
        let cluster = u32::try_from(fragment.text.len()).unwrap_or(u32::MAX);
        fragment.glyphs.push(Glyph { id: glyph, x: x - fragment.x, y: Pt::ZERO, cluster });
        fragment.text.push('\u{AD}');
        fragment.width = x + width - fragment.x;
    }
}

/// The white space at a line's end keeps its glyph, so that copying does not join words.
fn add_trailing_space(library: &Library, line: &mut Line, content: &Content, shaped: &Shaped, chosen: &Chosen) {
    let Some(fragment) = line.fragments.last_mut() else { return };
    let space = library.face(fragment.face).glyph(' ');
    for unit in shaped.units[chosen.end..chosen.next].iter().filter(|unit| unit.class == Class::Space) {
        let Some(id) = space else { return };
        let cluster = u32::try_from(fragment.text.len()).unwrap_or(u32::MAX);
        fragment.glyphs.push(Glyph { id, x: fragment.width, y: Pt::ZERO, cluster });
        fragment.text.push_str(&content.text[unit.text.clone()]);
    }
}

/// The units of a ruby's base.
fn units_of(units: &[Unit], ruby: &Ruby) -> std::ops::Range<usize> {
    let before = |byte: usize| units.partition_point(|unit| unit.text.start < byte);
    before(ruby.base.start)..before(ruby.base.end)
}

/// Makes bases as wide as their readings.
pub(super) fn widen_ruby_bases(setter: &Setter<'_>, content: &Content, options: &Options, shaped: &mut Shaped) {
    for ruby in &content.ruby {
        let reading = setter.natural_width(&reading_content(ruby), options);
        let inside = units_of(&shaped.units, ruby);
        let width: Pt = shaped.units[inside.clone()].iter().map(|unit| unit.width).sum();
        if inside.is_empty() || reading <= width {
            continue;
        }
        let extra = (reading - width) / inside.len() as f32;
        for unit in &mut shaped.units[inside] {
            unit.width += extra;
            for glyph in &mut shaped.glyphs[unit.glyphs.clone()] {
                glyph.x += extra / 2.0;
            }
        }
    }
}

fn reading_content(ruby: &Ruby) -> Content {
    let span = Span { range: 0..ruby.reading.len(), style: ruby.style, tag: ruby.tag, language: None, verbatim: false };
    Content { text: ruby.reading.clone(), spans: vec![span], ..Content::default() }
}

/// Adds a reading, after so many fragments.
fn add_ruby(
    setter: &Setter<'_>,
    line: &mut Line,
    shaped: &Shaped,
    chosen: &Chosen,
    lefts: &[Pt],
    (ruby, at): (&Ruby, usize),
) {
    let units = &shaped.units[chosen.start..chosen.end];
    let inside = units_of(units, ruby);
    if inside.is_empty() {
        return;
    }
    let (first, last) = (inside.start, inside.end - 1);
    let left = lefts[first].min(lefts[last]);
    let right = (lefts[first] + units[first].width).max(lefts[last] + units[last].width);
    let options = Options {
        measure: Pt(f32::MAX),
        indent: Pt::ZERO,
        align: super::Align::Left,
        language: crate::book::Language::of_text(&ruby.reading),
        punctuation: super::PunctuationStyle::default(),
        title: false,
    };
    let raise = (HAN_ASCENT + RUBY_GAP).at(units[first].size) + Em(0.12).at(ruby.style.size);
    for reading in setter.set(&reading_content(ruby), &options) {
        let shift = left + (right - left - reading.width) / 2.0;
        let count = reading.fragments.len();
        let moved = reading.fragments.into_iter().map(|fragment| Fragment {
            x: fragment.x + shift,
            y: fragment.y + raise,
            ..fragment
        });
        line.fragments.splice(at..at, moved);
        for object in line.objects.iter_mut().filter(|object| object.after >= at) {
            object.after += count;
        }
    }
    line.extra_ascent = line.extra_ascent.max(RUBY_GAP.at(units[first].size) + ruby.style.size);
}

fn shift_line(line: &mut Line, shift: Pt) {
    for fragment in &mut line.fragments {
        fragment.x += shift;
    }
    for object in &mut line.objects {
        object.x += shift;
    }
    for (x, _) in &mut line.dots {
        *x += shift;
    }
}
