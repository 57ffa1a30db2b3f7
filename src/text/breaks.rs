//! Where a line may end.
//!
//! Between letters the Unicode line breaking algorithm decides (UAX #14). Beside full-width
//! characters it is CLREQ's *Prohibition Rules for Line Start and Line End* and *for Unbreakable
//! Marks*, with the departures of GB/T 15834: no break before an interpunct or a single dash (5.1.6,
//! 5.1.9), none after a solidus. Words break at syllables, addresses after their punctuation.

use icu_segmenter::LineSegmenter;
use icu_segmenter::options::LineBreakOptions;

use super::Content;
use super::class::{Class, forbidden_at_end, forbidden_at_start};
use super::shape::Unit;
use super::spacing::is_rigid;
use super::words::word_ends;
use crate::book::Language;
use crate::units::Pt;

/// What may happen after a unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Break {
    /// The line goes on.
    Never,
    /// The line may end, at a price.
    Allowed(f32),
    /// The line may end with a hyphen of this width, at a price.
    Hyphen(Pt, f32),
    /// The line ends.
    Forced,
}

/// The price of a break in an address or in code, in units of a line's badness.
const IN_ADDRESS: f32 = 40.0;
/// The price of a break after the hyphen of an address: readers, and programs that copy text, take it for ours.
const AT_HYPHEN: f32 = 160.0;
/// The price of a hyphen, of one in a name among Han characters, and of one where lines need not be even.
const HYPHEN: f32 = 60.0;
const HYPHEN_IN_NAME: f32 = 120.0;
const HYPHEN_IN_RAGGED: f32 = 150.0;
/// The price of a break between a number and what it counts, and after 第.
const AFTER_NUMBER: f32 = 15.0;
const AFTER_ORDINAL: f32 = 60.0;
/// The price of a break where none should be, when nothing else fits, and of one between the parts of a path or a name.
pub(super) const ANYWHERE: f32 = 2_000.0;
const BETWEEN_PARTS: f32 = 200.0;
/// What a title gains by breaking after a mark that ends a part of it.
const AFTER_PART: f32 = -150.0;
/// The price of breaking a title inside a Chinese word.
const INSIDE_WORD: f32 = 180.0;

/// The shortest word that is hyphenated.
const SHORTEST_WORD: usize = 6;

/// What may happen after each unit.
pub(super) fn breaks(content: &Content, units: &[Unit]) -> Vec<Break> {
    let segmenter = LineSegmenter::new_for_non_complex_scripts(LineBreakOptions::default());
    let unicode: Vec<usize> = if units.iter().all(|unit| unit.class.is_wide()) {
        Vec::new()
    } else {
        segmenter.segment_str(&content.text).collect()
    };
    let breaks_before = |unit: &Unit| unicode.binary_search(&unit.text.start).is_ok();
    (0..units.len())
        .map(|index| match units.get(index + 1) {
            None => Break::Forced,
            Some(next) => between(content, units, index, next, breaks_before(next)),
        })
        .collect()
}

fn between(content: &Content, units: &[Unit], index: usize, b: &Unit, unicode: bool) -> Break {
    let a = &units[index];
    if a.class == Class::Break {
        return Break::Forced;
    }
    let raised = content.spans[b.span].style.shift.0 > 0.0 && a.class != Class::Space;
    let ruby = content.ruby_at(a.text.start).is_some_and(|ruby| content.ruby[ruby].base.contains(&b.text.start));
    let glued = matches!(a.last, '\u{A0}' | '\u{2060}' | '\u{202F}' | '\u{FEFF}')
        || matches!(b.first, '\u{A0}' | '\u{2060}' | '\u{202F}' | '\u{FEFF}');
    if is_rigid(a, b) || raised || ruby || glued || b.class == Class::Break || b.class == Class::Space {
        return Break::Never;
    }
    let last = units[..=index].iter().rev().find(|unit| unit.class != Class::Space).unwrap_or(a);
    // A sign after a space begins a line only where a name begins with it: .NET.
    let begins_name = |index: usize| units.get(index).is_some_and(|unit| unit.class == Class::Letter);
    let detached = b.class == Class::Sign && a.class == Class::Space && begins_name(index + 2);
    if forbidden_at_start(b.first, b.class) && !detached
        || forbidden_at_end(last.last, last.class) && (a.class != Class::Space || last.class.is_wide())
    {
        return Break::Never;
    }
    let counted =
        last.class == Class::Letter && last.last.is_numeric() && matches!(b.class, Class::Letter | Class::Han);
    if a.class == Class::Space {
        // Space alone is no line.
        let leads = matches!(last.class, Class::Space | Class::Break);
        return if leads { Break::Never } else { Break::Allowed(if counted { AFTER_NUMBER } else { 0.0 }) };
    }
    let verbatim = content.spans[a.span].verbatim && content.spans[b.span].verbatim;
    if verbatim && !a.class.is_wide() && !b.class.is_wide() {
        return in_address(a, b);
    }
    let wide = |unit: &Unit| unit.class.is_wide() || unit.class == Class::Object;
    if !wide(a) && !wide(b) {
        // DALL-E: no single letter after a hyphen begins a line.
        let lone = a.last == '-' && !begins_name(index + 2);
        return if unicode && a.last != '/' && !lone { Break::Allowed(0.0) } else { Break::Never };
    }
    let lone_dash = b.class == Class::Dash && b.text.len() == b.first.len_utf8() && !doubled(units, index + 1);
    if lone_dash || matches!(a.last, '/' | '／' | '～' | '〜') || b.first == '/' {
        return Break::Never;
    }
    match a.last {
        '第' if b.first.is_numeric() => Break::Allowed(AFTER_ORDINAL),
        _ if counted => Break::Allowed(AFTER_NUMBER),
        _ => Break::Allowed(0.0),
    }
}

/// Whether a dash is one of two.
fn doubled(units: &[Unit], index: usize) -> bool {
    let dash = |index: Option<usize>| index.and_then(|i| units.get(i)).is_some_and(|unit| unit.class == Class::Dash);
    dash(index.checked_sub(1)) || dash(Some(index + 1))
}

fn in_address(a: &Unit, b: &Unit) -> Break {
    let price = if a.last == '-' { AT_HYPHEN } else { IN_ADDRESS };
    if parts(a, b) { Break::Allowed(price) } else { Break::Never }
}

/// Whether the parts of an address, a path or a dotted name meet between two units.
fn parts(a: &Unit, b: &Unit) -> bool {
    let ends_part = |c: char| "/?&=-._:".contains(c);
    ends_part(a.last) && !ends_part(b.first)
}

/// Adds breaks at the syllables of words. `width` is that of a hyphen after a unit.
pub(super) fn hyphenate(
    content: &Content,
    units: &[Unit],
    language: &Language,
    width: &dyn Fn(&Unit) -> Pt,
    out: &mut [Break],
) {
    let mut start = 0;
    while start < units.len() {
        let word = |unit: &Unit| {
            unit.class == Class::Letter && unit.first.is_alphabetic() && !content.spans[unit.span].verbatim
        };
        if !word(&units[start]) {
            start += 1;
            continue;
        }
        let end = units[start..].iter().position(|unit| !word(unit)).map_or(units.len(), |n| start + n);
        let bounded = |unit: Option<&Unit>| {
            unit.is_none_or(|unit| !unit.first.is_numeric() && !"-_/@.".contains(unit.first) || unit.class.is_wide())
        };
        let before = start.checked_sub(1).map(|index| &units[index]);
        if bounded(before) && (bounded(units.get(end)) || units.get(end).is_some_and(|unit| unit.first == '.')) {
            hyphenate_word(content, &units[start..end], language, width, &mut out[start..end]);
        }
        start = end;
    }
}

/// Makes hyphens dear: where lines are not brought to one length, they serve only words that are too long.
pub(super) fn spare_hyphens(out: &mut [Break]) {
    for kind in out {
        if let Break::Hyphen(_, price) = kind {
            *price = HYPHEN_IN_RAGGED;
        }
    }
}

fn hyphenate_word(
    content: &Content,
    units: &[Unit],
    language: &Language,
    width: &dyn Fn(&Unit) -> Pt,
    out: &mut [Break],
) {
    let (Some(first), Some(last)) = (units.first(), units.last()) else { return };
    let word = &content.text[first.text.start..last.text.end];
    // Acronyms and names such as OpenAI are not hyphenated.
    let capitals = word.chars().skip(1).any(char::is_uppercase);
    if word.chars().count() < SHORTEST_WORD || capitals {
        return;
    }
    let own = content.spans[first.span].language.as_ref().unwrap_or(language);
    let tag = if own.is_han() { "en" } else { own.primary() };
    let name = language.is_han() && word.starts_with(char::is_uppercase);
    let price = if name { HYPHEN_IN_NAME } else { HYPHEN };
    let Some(lang) = tag.as_bytes().try_into().ok().and_then(hypher::Lang::from_iso) else { return };
    let mut at = first.text.start;
    for syllable in hypher::hyphenate_bounded(word, lang, 2, 3) {
        at += syllable.len();
        let index = units.partition_point(|unit| unit.text.end < at);
        if index + 1 < units.len() && units[index].text.end == at {
            out[index] = Break::Hyphen(width(&units[index]), price);
        }
    }
}

/// Makes a title break by meaning: after ：，—— and the like rather than inside a part, and between
/// words rather than inside one.
pub(super) fn prefer_parts(content: &Content, units: &[Unit], out: &mut [Break]) {
    let words = word_ends(&content.text);
    for (unit, kind) in units.iter().zip(out.iter_mut()) {
        if matches!(kind, Break::Allowed(price) if *price < INSIDE_WORD) {
            let ends_word = words.binary_search(&unit.text.end).is_ok();
            *kind = Break::Allowed(if ends_word { 0.0 } else { INSIDE_WORD });
        }
    }
    for (index, unit) in units.iter().enumerate() {
        let ends_part =
            matches!(unit.class, Class::Pause | Class::Stop | Class::Dash) || matches!(unit.last, ':' | '–');
        let spaced = unit.class == Class::Space && index > 0 && matches!(units[index - 1].last, ':' | ',' | '–' | '—');
        if (ends_part || spaced) && matches!(out[index], Break::Allowed(_)) {
            out[index] = Break::Allowed(AFTER_PART);
        }
    }
}

/// Allows breaks between any two units that are not one mark, for lines that nothing else fits.
pub(super) fn anywhere(units: &[Unit], out: &mut [Break]) {
    for index in 0..units.len().saturating_sub(1) {
        let (a, b) = (&units[index], &units[index + 1]);
        let keeps = is_rigid(a, b)
            || forbidden_at_start(b.first, b.class) && b.class.is_wide()
            || forbidden_at_end(a.last, a.class) && a.class.is_wide()
            || a.class == Class::Space
            || b.class == Class::Space;
        if out[index] == Break::Never && !keeps {
            let forbidden = forbidden_at_start(b.first, b.class) || forbidden_at_end(a.last, a.class);
            out[index] = Break::Allowed(match forbidden {
                true => ANYWHERE * 4.0,
                false if parts(a, b) => BETWEEN_PARTS,
                false => ANYWHERE,
            });
        }
    }
}
