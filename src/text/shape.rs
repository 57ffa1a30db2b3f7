//! Runs become units: the smallest pieces that a line keeps together, each with its glyphs.
//!
//! A unit is a grapheme, or what a font draws as one glyph. Full-width marks are shaped with `halt`,
//! so that a unit's width is that of its ink, half an em; the blank half is given by the spacing.

use std::collections::BTreeMap;
use std::ops::Range;
use std::str::FromStr as _;
use std::sync::{Arc, PoisonError, RwLock};

use harfrust::{Direction, Feature, ShapeOptions, ShapePlan, Tag, UnicodeBuffer};
use unicode_script::{Script, UnicodeScript as _};

use super::apart::{Apart, Shaping};
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
    plans: RwLock<BTreeMap<PlanKey, Arc<Plan>>>,
}

/// A way to shape.
struct Plan {
    plan: ShapePlan,
    direction: Direction,
    script: Option<harfrust::Script>,
    language: Option<harfrust::Language>,
    /// Of Han text, the characters that are looked up.
    apart: Option<Apart>,
}

type PlanKey = (FaceId, [u8; 4], bool, String);
/// The same, borrowed.
type PlanFor<'a> = (FaceId, [u8; 4], bool, &'a str);

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
    let shaped =
        Shaped { units: Vec::with_capacity(chars.len()), glyphs: Vec::with_capacity(chars.len()), centred: Vec::new() };
    let buffer = UnicodeBuffer::new();
    let mut shaping =
        Shaper { content, library, language, plans, buffer, known: Vec::new(), glyphs: Vec::new(), shaped };
    let mut next_run = 0;
    let mut index = 0;
    while index < chars.len() {
        match runs.get(next_run) {
            Some(run) if run.chars.start == index => {
                let first = shaping.shaped.units.len();
                shaping.run(&chars[run.chars.clone()], run);
                for unit in &mut shaping.shaped.units[first..] {
                    box_notdef(content, run, library, unit, &mut shaping.shaped.glyphs, findings);
                }
                index = run.chars.end;
                next_run += 1;
            }
            _ => {
                shaping.shaped.units.push(unshaped(content, chars, index));
                index += 1;
            }
        }
    }
    shaping.shaped
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

/// A paragraph that is being shaped.
struct Shaper<'a> {
    content: &'a Content,
    library: &'a Library,
    language: &'a Language,
    plans: &'a Plans,
    /// Emptied and used again for each run.
    buffer: UnicodeBuffer,
    /// The plans of the runs so far: a paragraph has many runs and few plans.
    known: Vec<(PlanFor<'a>, Arc<Plan>)>,
    /// The glyphs of the run, in the order of their clusters in it.
    glyphs: Vec<Shaping>,
    shaped: Shaped,
}

impl Shaper<'_> {
    fn run(&mut self, chars: &[Char], run: &Run) {
        let size = self.content.spans[chars[0].span].style.size;
        let plan = self.plan(chars, run);
        self.glyphs.clear();
        if !(run.missing.is_none() && self.look_up(chars, run.face, &plan)) {
            self.glyphs.clear();
            self.shape(chars, run, &plan);
        }
        collect_units(chars, run, self.library.face(run.face), size, &self.glyphs, &mut self.shaped);
    }

    fn plan(&mut self, chars: &[Char], run: &Run) -> Arc<Plan> {
        let language = self.content.spans[chars[0].span].language.as_ref().unwrap_or(self.language);
        let key = (run.face, script_tag(chars, run.script), chars[0].level % 2 == 1, language.tag());
        if let Some((_, plan)) = self.known.iter().find(|(known, _)| *known == key) {
            return Arc::clone(plan);
        }
        let plan = self.plans.get(key, || Plan::new(key, self.library.face(run.face)));
        self.known.push((key, Arc::clone(&plan)));
        plan
    }

    /// Takes the glyphs of a run from those that are known; says whether all of them can be.
    fn look_up(&mut self, chars: &[Char], face: FaceId, plan: &Plan) -> bool {
        let Some(apart) = &plan.apart else { return false };
        for char in chars {
            let is_solid = char.class.is_mark() || (char.class == Class::Han && char.c.script() == Script::Han);
            let shape = || plan.alone(char.c, self.library.face(face));
            let Some(glyph) = is_solid.then(|| apart.get(char.c, shape)).flatten() else { return false };
            self.glyphs.push(Shaping { cluster: offset(char, chars), ..glyph });
        }
        true
    }

    fn shape(&mut self, chars: &[Char], run: &Run, plan: &Plan) {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.reserve(chars.len());
        for char in chars {
            let c = if let Some(stands) = run.missing {
                stands
            } else if char.class == Class::Space || char.c.is_control() {
                ' '
            } else {
                char.c
            };
            buffer.add(c, offset(char, chars));
        }
        buffer.set_flags(harfrust::BufferFlags::REMOVE_DEFAULT_IGNORABLES);
        let output = plan.shape(buffer, self.library.face(run.face));
        self.glyphs.extend(glyphs(&output));
        self.buffer = output.clear();
    }
}

/// Where a character stands in its run, in bytes.
fn offset(char: &Char, run: &[Char]) -> u32 {
    u32::try_from(char.at - run[0].at).unwrap_or(u32::MAX)
}

fn glyphs(output: &harfrust::GlyphBuffer) -> impl Iterator<Item = Shaping> {
    output.glyph_infos().iter().zip(output.glyph_positions()).map(|(info, position)| Shaping {
        id: GlyphId(u16::try_from(info.glyph_id).unwrap_or(0)),
        cluster: info.cluster,
        x_offset: position.x_offset,
        y_offset: position.y_offset,
        x_advance: position.x_advance,
    })
}

impl Plan {
    fn new((_, tag, right_to_left, language): PlanFor<'_>, face: &Face) -> Self {
        let direction = if right_to_left { Direction::RightToLeft } else { Direction::LeftToRight };
        let script = harfrust::Script::from_iso15924_tag(Tag::new(&tag));
        let language = harfrust::Language::from_str(language).ok();
        let font = face.font();
        let shaper = face.shaper_data().shaper(&font).instance(face.shaper_instance()).build();
        // What a buffer without a script is taken to be.
        let known = script.unwrap_or(harfrust::script::COMMON);
        let plan = ShapePlan::new(&shaper, direction, Some(known), language.as_ref(), &HALF_WIDTH_MARKS);
        let apart = (tag == *b"Hani" && !right_to_left).then(Apart::new);
        Self { plan, direction, script, language, apart }
    }

    fn shape(&self, mut buffer: UnicodeBuffer, face: &Face) -> harfrust::GlyphBuffer {
        buffer.set_direction(self.direction);
        if let Some(script) = self.script {
            buffer.set_script(script);
        }
        if let Some(language) = &self.language {
            buffer.set_language(language.clone());
        }
        let font = face.font();
        let shaper = face.shaper_data().shaper(&font).instance(face.shaper_instance()).build();
        shaper.shape(buffer, ShapeOptions::new().plan(Some(&self.plan)).features(&HALF_WIDTH_MARKS))
    }

    /// The glyph of a character, if it is one and would be the same beside any other.
    fn alone(&self, c: char, face: &Face) -> Option<Shaping> {
        let mut buffer = UnicodeBuffer::new();
        buffer.add(c, 0);
        let produce = harfrust::BufferFlags::PRODUCE_UNSAFE_TO_CONCAT;
        buffer.set_flags(harfrust::BufferFlags::REMOVE_DEFAULT_IGNORABLES | produce);
        let output = self.shape(buffer, face);
        let [info] = output.glyph_infos() else { return None };
        glyphs(&output).next().filter(|_| !info.unsafe_to_concat())
    }
}

impl Plans {
    fn get(&self, key: PlanFor<'_>, make: impl FnOnce() -> Plan) -> Arc<Plan> {
        let (face, script, right_to_left, language) = key;
        let key: PlanKey = (face, script, right_to_left, language.to_owned());
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
fn collect_units(chars: &[Char], run: &Run, face: &Face, size: Pt, mut rest: &[Shaping], shaped: &mut Shaped) {
    let base = chars[0].at;
    let end = chars.last().map_or(base, |char| char.at + char.c.len_utf8());
    let upem = f32::from(face.measures().units_per_em);
    let points = |units: i32| Em(units as f32 / upem).at(size);
    let first_unit = shaped.units.len();
    let mut index = 0;
    while let Some(&Shaping { cluster, .. }) = rest.first() {
        let count = rest.iter().take_while(|glyph| glyph.cluster == cluster).count();
        let (glyphs, after) = rest.split_at(count);
        rest = after;
        let at = base + cluster as usize;
        index = index_at(chars, at, index);
        let char = &chars[index.min(chars.len() - 1)];
        let first_glyph = shaped.glyphs.len();
        let mut x = Pt::ZERO;
        for glyph in glyphs {
            let (x_offset, y) = (points(glyph.x_offset), points(glyph.y_offset));
            shaped.glyphs.push(Glyph { id: glyph.id, x: x + x_offset, y, cluster: 0 });
            x += points(glyph.x_advance);
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
    }
    let units = &mut shaped.units[first_unit..];
    if !units.is_sorted_by_key(|unit| unit.text.start) {
        units.sort_by_key(|unit| unit.text.start);
    }
    // What is not seen has no glyph; at the head of a run it goes with what follows.
    if let Some(first) = units.first_mut() {
        first.text.start = base;
    }
    let mut last = 0;
    for index in 0..units.len() {
        let end = units.get(index + 1).map_or(end, |next| next.text.start);
        let unit = &mut units[index];
        unit.text.end = end;
        last = index_at(chars, end, last);
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

/// The first character at a byte or behind it; it is looked for a little behind `from` first, where it mostly is.
fn index_at(chars: &[Char], at: usize, from: usize) -> usize {
    let near = from..chars.len().min(from + 4);
    if chars.get(from.wrapping_sub(1)).is_none_or(|before| before.at < at)
        && let Some(found) = near.clone().find(|&index| chars[index].at >= at)
    {
        return found;
    }
    chars.partition_point(|char| char.at < at)
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

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "“他说：《春秋》里，有（三）处。”——那么……、；！？「引」『号』【注】〇々一二三龍龜骨直今令門";

    #[test]
    fn a_row_of_glyphs_looked_up_is_what_the_shaper_gives_for_the_whole() {
        let library = Library::embedded().expect("faces are embedded");
        let mut looked_up = 0;
        let languages = ["zh-Hans", "zh-Hant", "ja"];
        for ((id, face), language) in library.iter().flat_map(|face| languages.map(|language| (face, language))) {
            let plan = Plan::new((id, *b"Hani", false, language), face);
            let known: Vec<(char, Shaping)> =
                TEXT.chars().filter_map(|c| Some((c, plan.alone(c, face).filter(|glyph| glyph.id.0 > 0)?))).collect();
            let mut buffer = UnicodeBuffer::new();
            // Each beside many others, in both orders.
            let row: Vec<_> = known.iter().chain(known.iter().rev()).chain(known.iter().step_by(3)).collect();
            (0..).zip(&row).for_each(|(cluster, (c, _))| buffer.add(*c, cluster));
            let whole: Vec<Shaping> = glyphs(&plan.shape(buffer, face)).collect();
            let alone = (0..).zip(&row).map(|(cluster, (_, glyph))| Shaping { cluster, ..*glyph });
            assert_eq!(whole, alone.collect::<Vec<_>>(), "{} {language}", face.name());
            looked_up += known.len();
        }
        assert!(looked_up > 100, "{looked_up}");
    }
}
