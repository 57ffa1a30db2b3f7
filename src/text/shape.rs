//! Runs become units: the smallest pieces that a line keeps together, each with its glyphs.
//!
//! A unit is a grapheme, or what a font draws as one glyph. Full-width marks are shaped with `halt`,
//! so that a unit's width is that of its ink, half an em; the blank half is given by the spacing.

use std::collections::BTreeMap;
use std::ops::Range;
use std::str::FromStr as _;
use std::sync::{Arc, PoisonError, RwLock};

use harfrust::{Direction, Feature, ShapeOptions, ShapePlan, Tag, UnicodeBuffer};

use super::class::Class;
use super::itemize::{Char, Run};
use super::{Content, Findings, Glyph};
use crate::book::Language;
use crate::fonts::cluster::is_ignorable;
use crate::fonts::{Face, FaceId, GlyphId, Library};
use crate::units::{Em, Pt};

/// The smallest piece that a line keeps together.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    /// Bytes of the paragraph's text.
    pub(super) text: Range<usize>,
    pub(super) first: char,
    pub(super) last: char,
    pub(super) class: Class,
    pub(super) span: usize,
    pub(super) level: u8,
    pub(super) face: FaceId,
    pub(super) size: Pt,
    /// The width without the blank of a mark.
    pub(super) width: Pt,
    /// Indices into the glyphs of [`Shaped`]; their x is relative to the unit.
    pub(super) glyphs: Range<usize>,
    /// The width of a space as the face has it, for units of class Space.
    pub(super) space: Pt,
    /// For boxes: the index into [`Content::objects`].
    pub(super) object: Option<usize>,
    /// Whether no face has the character.
    pub(super) missing: bool,
    /// Whether the ink of a mark stands in the middle of its em, as Taiwan, Hong Kong and, for some, Japan have it.
    pub(super) centred: bool,
}

/// A shaped paragraph.
#[derive(Debug, Default)]
pub(super) struct Shaped {
    /// In the order of the text.
    pub(super) units: Vec<Unit>,
    pub(super) glyphs: Vec<Glyph>,
    /// Whether the marks met so far stand in the middle of their em: a paragraph has few different ones.
    centred: Vec<(FaceId, GlyphId, bool)>,
}

/// Shape plans by face, script, direction and language: making one costs more than using it.
#[derive(Default)]
pub(super) struct Plans {
    plans: RwLock<BTreeMap<PlanKey, Arc<ShapePlan>>>,
}

type PlanKey = (FaceId, [u8; 4], bool, String);

impl std::fmt::Debug for Plans {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Plans")
    }
}

const HALF_WIDTH_MARKS: [Feature; 1] = [Feature { tag: Tag::new(b"halt"), value: 1, start: 0, end: u32::MAX }];

/// Shapes the runs of a paragraph.
pub(super) fn shape(
    content: &Content,
    chars: &[Char],
    runs: &[Run],
    library: &Library,
    language: &Language,
    plans: &Plans,
    findings: &mut Findings,
) -> Shaped {
    let mut shaped = Shaped::default();
    let mut next_run = 0;
    let mut index = 0;
    while index < chars.len() {
        match runs.get(next_run) {
            Some(run) if run.chars.start == index => {
                let first = shaped.units.len();
                shape_run(content, chars, run, library, language, plans, &mut shaped);
                for unit in &mut shaped.units[first..] {
                    box_notdef(content, run, library, unit, &mut shaped.glyphs, findings);
                }
                index = run.chars.end;
                next_run += 1;
            }
            _ => {
                shaped.units.push(unshaped(content, chars, index));
                index += 1;
            }
        }
    }
    shaped
}

/// The unit of a box or a line break.
fn unshaped(content: &Content, chars: &[Char], index: usize) -> Unit {
    let char = &chars[index];
    let object = content.object_at(char.at);
    Unit {
        text: char.at..char.at + char.c.len_utf8(),
        first: char.c,
        last: char.c,
        class: char.class,
        span: char.span,
        level: char.level,
        face: FaceId(0),
        size: content.spans[char.span].style.size,
        width: object.map_or(Pt::ZERO, |index| content.objects[index].width),
        glyphs: 0..0,
        space: Pt::ZERO,
        object,
        missing: false,
        centred: false,
    }
}

fn shape_run(
    content: &Content,
    chars: &[Char],
    run: &Run,
    library: &Library,
    language: &Language,
    plans: &Plans,
    shaped: &mut Shaped,
) {
    let run_chars = &chars[run.chars.clone()];
    let base = run_chars[0].at;
    let span = &content.spans[run_chars[0].span];
    let face = library.face(run.face);
    let direction = if run_chars[0].level % 2 == 1 { Direction::RightToLeft } else { Direction::LeftToRight };
    let mut buffer = UnicodeBuffer::new();
    for char in run_chars {
        let c = if let Some(stands) = run.missing {
            stands
        } else if char.class == Class::Space || char.c.is_control() {
            ' '
        } else {
            char.c
        };
        buffer.add(c, u32::try_from(char.at - base).unwrap_or(u32::MAX));
    }
    let script = script_tag(run_chars, run.script);
    let language = span.language.as_ref().unwrap_or(language);
    buffer.set_direction(direction);
    if let Some(script) = harfrust::Script::from_iso15924_tag(Tag::new(&script)) {
        buffer.set_script(script);
    }
    if let Ok(language) = harfrust::Language::from_str(language.tag()) {
        buffer.set_language(language);
    }
    buffer.set_flags(harfrust::BufferFlags::REMOVE_DEFAULT_IGNORABLES);
    let font = face.font();
    let shaper = face.shaper_data().shaper(&font).instance(face.shaper_instance()).build();
    let key = (run.face, script, direction == Direction::RightToLeft, language.tag().to_owned());
    let plan = plans.get(key, || {
        ShapePlan::new(&shaper, direction, Some(buffer.script()), buffer.language().as_ref(), &HALF_WIDTH_MARKS)
    });
    let output = shaper.shape(buffer, ShapeOptions::new().plan(Some(&plan)).features(&HALF_WIDTH_MARKS));
    collect_units(run_chars, run, face, span.style.size, &output, shaped);
}

impl Plans {
    fn get(&self, key: PlanKey, make: impl FnOnce() -> ShapePlan) -> Arc<ShapePlan> {
        if let Some(plan) = self.plans.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Arc::clone(plan);
        }
        let plan = Arc::new(make());
        self.plans.write().unwrap_or_else(PoisonError::into_inner).entry(key).or_insert(plan).clone()
    }
}

/// The script to shape with: full-width marks are Han's, so that `locl` and `halt` apply to them.
fn script_tag(chars: &[Char], script: unicode_script::Script) -> [u8; 4] {
    let wide = chars.iter().any(|char| char.class.is_wide());
    let name = match script {
        unicode_script::Script::Common | unicode_script::Script::Inherited if wide => "Hani",
        unicode_script::Script::Common | unicode_script::Script::Inherited | unicode_script::Script::Unknown => "Latn",
        other => other.short_name(),
    };
    name.as_bytes().try_into().unwrap_or(*b"Latn")
}

/// Groups the glyphs of a run by cluster and makes a unit of each group.
fn collect_units(
    chars: &[Char],
    run: &Run,
    face: &Face,
    size: Pt,
    output: &harfrust::GlyphBuffer,
    shaped: &mut Shaped,
) {
    let base = chars[0].at;
    let end = chars.last().map_or(base, |char| char.at + char.c.len_utf8());
    let upem = f32::from(face.measures().units_per_em);
    let points = |units: i32| Em(units as f32 / upem).at(size);
    let glyphs: Vec<_> = output.glyph_infos().iter().zip(output.glyph_positions()).collect();
    let first_unit = shaped.units.len();
    let mut start = 0;
    while start < glyphs.len() {
        let cluster = glyphs[start].0.cluster;
        let stop =
            glyphs[start..].iter().position(|(info, _)| info.cluster != cluster).map_or(glyphs.len(), |n| start + n);
        let at = base + cluster as usize;
        let index = chars.partition_point(|char| char.at < at);
        let char = &chars[index.min(chars.len() - 1)];
        let first_glyph = shaped.glyphs.len();
        let mut x = Pt::ZERO;
        for (info, position) in &glyphs[start..stop] {
            let id = GlyphId(u16::try_from(info.glyph_id).unwrap_or(0));
            shaped.glyphs.push(Glyph {
                id,
                x: x + points(position.x_offset),
                y: points(position.y_offset),
                cluster: 0,
            });
            x += points(position.x_advance);
        }
        shaped.units.push(Unit {
            text: at..end,
            first: char.c,
            last: char.c,
            class: char.class,
            span: char.span,
            level: char.level,
            face: run.face,
            size,
            width: x,
            glyphs: first_glyph..shaped.glyphs.len(),
            space: x,
            object: None,
            missing: run.missing.is_some(),
            centred: false,
        });
        start = stop;
    }
    let units = &mut shaped.units[first_unit..];
    units.sort_by_key(|unit| unit.text.start);
    // What is not seen has no glyph; at the head of a run it goes with what follows.
    if let Some(first) = units.first_mut() {
        first.text.start = base;
    }
    for index in 0..units.len() {
        let end = units.get(index + 1).map_or(end, |next| next.text.start);
        let unit = &mut units[index];
        unit.text.end = end;
        let last = chars.partition_point(|char| char.at < end);
        unit.last = chars[last.saturating_sub(1)].c;
        if matches!(unit.class, Class::Pause | Class::Stop)
            && let [glyph] = &shaped.glyphs[unit.glyphs.clone()]
        {
            let known = shaped.centred.iter().find(|(of, mark, _)| (*of, *mark) == (run.face, glyph.id));
            unit.centred = if let Some(&(.., centred)) = known {
                centred
            } else {
                let centred = face.is_centred(glyph.id);
                shaped.centred.push((run.face, glyph.id, centred));
                centred
            };
        }
        fit_box(unit, &mut shaped.glyphs);
    }
}

/// Puts a box in the place of what the face could not show after all: `.notdef` must not be seen
/// (PDF/UA-1 7.21.8, PDF/A-2 6.2.11.8).
fn box_notdef(
    content: &Content,
    run: &Run,
    library: &Library,
    unit: &mut Unit,
    glyphs: &mut [Glyph],
    findings: &mut Findings,
) {
    let shown = &mut glyphs[unit.glyphs.clone()];
    if shown.iter().all(|glyph| glyph.id != GlyphId(0)) {
        return;
    }
    findings.missing.extend(content.text[unit.text.clone()].chars().filter(|&c| !is_ignorable(c)));
    unit.missing = true;
    unit.width = unit.size;
    let found = library.missing_box(&run.want);
    let glyph = found.and_then(|(face, c)| Some((face, library.face(face).glyph(c)?)));
    let (Some((face, id)), Some(first)) = (glyph, shown.first_mut()) else {
        unit.glyphs = 0..0;
        return;
    };
    *first = Glyph { id, x: Pt::ZERO, y: Pt::ZERO, cluster: 0 };
    unit.glyphs = unit.glyphs.start..unit.glyphs.start + 1;
    unit.face = face;
    unit.width = library.face(face).advance(id).at(unit.size);
}

/// Brings a unit to the box that its class asks for: half an em for a mark, whole em for dashes and
/// ellipses, nothing for a space, whose width is given by the spacing.
fn fit_box(unit: &mut Unit, glyphs: &mut [Glyph]) {
    let em = unit.size;
    let natural = unit.width;
    let (width, shift) = match unit.class {
        Class::Opening => (em * 0.5, em * 0.5 - natural),
        Class::Pause | Class::Stop if unit.centred => (em * 0.5, (em * 0.5 - natural) / 2.0),
        Class::Closing | Class::Pause | Class::Stop => (em * 0.5, Pt::ZERO),
        // ⁉ and its like are ？！ in one character: 1 em together (GB/T 15834 5.1.2).
        Class::Symbol if matches!(unit.first, '‼' | '⁇' | '⁈' | '⁉') => (em, (em - natural) / 2.0),
        Class::Interpunct => (em * 0.5, (em * 0.5 - natural) / 2.0),
        Class::Dash | Class::Ellipsis => {
            let width = em * (natural / em).round().max(1.0);
            (width, (width - natural) / 2.0)
        }
        Class::Space => (Pt::ZERO, Pt::ZERO),
        _ => return,
    };
    for glyph in &mut glyphs[unit.glyphs.clone()] {
        glyph.x += shift;
    }
    unit.width = width;
}
