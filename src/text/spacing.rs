//! How wide the joint between two units is, and how much it may give.
//!
//! A full-width mark is half an em of ink and half an em of blank. The ink is the unit; the blank
//! belongs to the joint beside it, so that it vanishes at a line's edge by itself and can be given up
//! to a neighbouring mark or to justification (CLREQ, *Adjustment of adjacent punctuation marks*,
//! *Line adjustment*).

use super::class::Class;
use super::shape::Unit;
use super::{Content, PunctuationStyle};
use crate::book::Language;
use crate::units::{Em, Pt};

/// The gap between Han and Latin letters (CLREQ, *Handling Western Text in Chinese Text*).
const GAP: Em = Em(0.25);
/// What the gap shrinks and stretches to before Han joints open.
const GAP_LEAST: Em = Em(0.125);
const GAP_WIDE: Em = Em(1.0 / 3.0);
/// What the gap and word spaces never exceed while Han joints can give.
pub(super) const GAP_MOST: Em = Em(0.5);
/// Latin word spaces shrink to a quarter of an em and stretch to half an em, among Han characters at first to a third:
/// CLREQ lets them take all of the half before the gap stretches, but then the parts of a name stand wider apart than
/// the name from the text around it.
const SPACE_WIDE: Em = Em(0.5);
const SPACE_WIDE_IN_HAN: Em = Em(1.0 / 3.0);
const SPACE_LEAST: Em = Em(0.25);
/// What the blank of a mark keeps to the last before a letter, which has no blank of its own as Han characters have.
const MARK_BEFORE_LETTER: Em = Em(0.125);
/// In text without a Han grid, word spaces shrink to this part of their width.
const LATIN_SHRINK: f32 = 0.75;

/// How many closing marks are looked back over for the stop inside them.
const MOST_CLOSING: usize = 8;

/// The order in which joints shrink. The interpunct of mainland Chinese is fixed at half an em, so that
/// CLREQ's level for it is empty.
pub(super) const SHRINK_LEVELS: usize = 5;
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shrink {
    WordSpace,
    Bracket,
    Pause,
    Gap,
    Stop,
}

/// The order in which joints stretch, before all Han joints open evenly.
pub(super) const STRETCH_LEVELS: usize = 2;
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stretch {
    WordSpace,
    Gap,
}

/// The space between a unit and the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Joint {
    /// Its width as it is.
    pub(super) width: Pt,
    /// How much it shrinks at each level.
    pub(super) shrink: [Pt; SHRINK_LEVELS],
    /// How much it stretches at first, and when.
    pub(super) stretch: (Pt, Stretch),
    /// Its share when all Han joints open: the em of its unit, or 0 where nothing may open.
    pub(super) han: Pt,
}

impl Joint {
    const RIGID: Self = Self {
        width: Pt::ZERO,
        shrink: [Pt::ZERO; SHRINK_LEVELS],
        stretch: (Pt::ZERO, Stretch::WordSpace),
        han: Pt::ZERO,
    };
}

/// The rules of a paragraph.
pub(super) struct Spacing<'a> {
    pub(super) content: &'a Content,
    pub(super) style: PunctuationStyle,
    pub(super) language: &'a Language,
}

impl Spacing<'_> {
    /// The joints of a paragraph: the one at `i` stands between the units `i` and `i + 1`; the last
    /// holds the blank of the last unit.
    pub(super) fn joints(&self, units: &[Unit]) -> Vec<Joint> {
        (0..units.len()).map(|index| self.joint(units, index)).collect()
    }

    fn joint(&self, units: &[Unit], index: usize) -> Joint {
        let a = &units[index];
        let Some(b) = units.get(index + 1) else {
            return Joint { width: self.blank_after(units, index), ..Joint::RIGID };
        };
        if is_rigid(a, b) {
            return Joint::RIGID;
        }
        if a.class == Class::Space {
            let before = units[..index].iter().rev().find(|unit| unit.class != Class::Space);
            return self.space(before, a, b);
        }
        if b.class == Class::Space {
            // The blank of a mark stands for the space that follows it.
            return if a.class.is_mark() { self.blanks(units, index) } else { Joint::RIGID };
        }
        if a.class.is_mark() || b.class.is_mark() {
            return self.blanks(units, index);
        }
        if self.has_gap(a, b) {
            return gap(a.size.max(b.size));
        }
        let opens = (a.class.is_wide() || b.class.is_wide()) && !ties(a) && !ties(b);
        Joint { han: if opens { a.size.max(b.size) } else { Pt::ZERO }, ..Joint::RIGID }
    }

    /// The space that someone typed between two units.
    fn space(&self, before: Option<&Unit>, space: &Unit, b: &Unit) -> Joint {
        let Some(a) = before else { return Joint::RIGID };
        let beside_mark = |unit: &Unit| {
            unit.class.is_mark()
                || matches!(unit.class, Class::Interpunct | Class::Dash | Class::Ellipsis | Class::Connector)
        };
        if b.class == Class::Space || [a.class, b.class].contains(&Class::Break) || beside_mark(b) || beside_mark(a) {
            return Joint::RIGID;
        }
        match space.first {
            '\u{3000}' | '\u{2001}' | '\u{2003}' => return Joint { width: space.size, ..Joint::RIGID },
            '\u{2000}' | '\u{2002}' => return Joint { width: space.size * 0.5, ..Joint::RIGID },
            _ => {}
        }
        let wide = a.class.is_wide() || b.class.is_wide();
        if wide && self.language.is_han() {
            return gap(space.size);
        }
        let natural = space.space;
        let (least, wide, han) = if self.language.is_han() {
            (SPACE_LEAST.at(space.size).min(natural), SPACE_WIDE_IN_HAN, space.size)
        } else {
            (natural * LATIN_SHRINK, SPACE_WIDE, Pt::ZERO)
        };
        Joint {
            width: natural,
            shrink: at_level(Shrink::WordSpace, natural - least),
            stretch: ((wide.at(space.size) - natural).max(Pt::ZERO), Stretch::WordSpace),
            han,
        }
    }

    /// Between two units of which one at least is a mark: their blanks, but for facing halves.
    fn blanks(&self, units: &[Unit], index: usize) -> Joint {
        let (a, b) = (&units[index], &units[index + 1]);
        let (after, before) = (self.blank_after(units, index), self.blank_before(b));
        let bracket = |unit: &Unit| matches!(unit.class, Class::Opening | Class::Closing);
        let facing = a.class.is_mark() && b.class.is_mark() && (bracket(a) || bracket(b));
        let width = match (a.class, b.class) {
            // A mark in the middle of its em has no half to give: its neighbour gives one.
            (_, Class::Opening | Class::Closing) if facing && a.centred => after,
            (Class::Opening | Class::Closing, _) if facing && b.centred => before,
            // A mark that follows in the same direction takes the blank with it.
            (_, Class::Closing | Class::Pause | Class::Stop) if facing => Pt::ZERO,
            (Class::Opening, _) if facing => Pt::ZERO,
            (_, Class::Opening) if facing => after.max(before),
            _ => after + before,
        };
        // The blank after 。” is that of the sentence.
        let ends = if a.class == Class::Closing { inside_closing(units, index) } else { a.class };
        let level = match ends {
            Class::Stop if after > Pt::ZERO => Shrink::Stop,
            Class::Pause if after > Pt::ZERO => Shrink::Pause,
            _ => Shrink::Bracket,
        };
        let least = if b.class == Class::Letter { MARK_BEFORE_LETTER.at(a.size).min(width) } else { Pt::ZERO };
        let outer = if a.class == Class::Opening || b.class.is_mark() && b.class != Class::Opening {
            Pt::ZERO
        } else {
            a.size.max(b.size)
        };
        let han = if ties(a) || ties(b) { Pt::ZERO } else { outer };
        let mut shrink = at_level(level, width - least);
        shrink[Shrink::Stop as usize] += least;
        Joint { width, shrink, stretch: (Pt::ZERO, Stretch::Gap), han }
    }

    /// Whether marks have blank halves: whole em in the line.
    fn is_full(&self) -> bool {
        matches!(self.style, PunctuationStyle::Hangmobanjiao | PunctuationStyle::Quanjiao)
    }

    /// The blank on the left of a mark.
    fn blank_before(&self, unit: &Unit) -> Pt {
        match unit.class {
            Class::Opening if self.is_full() => unit.size * 0.5,
            Class::Pause if unit.centred && self.is_full() => unit.size * 0.25,
            Class::Stop if unit.centred && self.style != PunctuationStyle::Banjiao => unit.size * 0.25,
            _ => Pt::ZERO,
        }
    }

    /// The blank on the right of a mark.
    fn blank_after(&self, units: &[Unit], index: usize) -> Pt {
        let unit = &units[index];
        let half = unit.size * 0.5;
        match (unit.class, self.style) {
            (Class::Pause | Class::Stop, _) if unit.centred => self.blank_before(unit),
            // ？！ are 1 em together, ！！！ 2 em (GB/T 15834 5.1.2): an even number of halves has no blank left.
            (Class::Stop, style) if style != PunctuationStyle::Banjiao => {
                if stack_length(units, index).is_multiple_of(2) { Pt::ZERO } else { half }
            }
            (Class::Closing | Class::Pause, _) if self.is_full() => half,
            // A closing mark takes over the blank of the stop before it.
            (Class::Closing, PunctuationStyle::Kaiming) => {
                if inside_closing(units, index) == Class::Stop {
                    half
                } else {
                    Pt::ZERO
                }
            }
            _ => Pt::ZERO,
        }
    }

    /// Whether a gap stands between two units: a Han character and a letter, digit or formula.
    fn has_gap(&self, a: &Unit, b: &Unit) -> bool {
        let raised = |unit: &Unit| self.content.spans[unit.span].style.shift != Pt::ZERO;
        let latin = |unit: &Unit, c: char| match unit.class {
            Class::Letter => c.is_alphanumeric(),
            // What belongs to a number or a name: 20%, C++, ±5.
            Class::Sign => "%‰°+#$£€±§&@".contains(c),
            Class::Object => self.is_formula(unit),
            _ => false,
        };
        let pair = a.class == Class::Han && latin(b, b.first) || latin(a, a.last) && b.class == Class::Han;
        pair && !raised(a) && !raised(b)
    }

    /// A box that is not as tall as a picture is spaced as a word is.
    fn is_formula(&self, unit: &Unit) -> bool {
        unit.object.is_some_and(|index| self.content.objects[index].ascent < unit.size * 2.0)
    }
}

/// The class of what stands inside the closing marks that end with this one.
fn inside_closing(units: &[Unit], index: usize) -> Class {
    let before = units[..index].iter().rev().take(MOST_CLOSING);
    before.map(|unit| unit.class).find(|&class| class != Class::Closing).unwrap_or(Class::Closing)
}

fn at_level(level: Shrink, amount: Pt) -> [Pt; SHRINK_LEVELS] {
    let mut shrink = [Pt::ZERO; SHRINK_LEVELS];
    shrink[level as usize] = amount;
    shrink
}

fn gap(size: Pt) -> Joint {
    Joint {
        width: GAP.at(size),
        shrink: at_level(Shrink::Gap, (GAP - GAP_LEAST).at(size)),
        stretch: ((GAP_WIDE - GAP).at(size), Stretch::Gap),
        han: size,
    }
}

/// Whether a unit ties what stands beside it, as connectors and the solidus do: nothing opens there.
fn ties(unit: &Unit) -> bool {
    matches!(unit.class, Class::Connector | Class::Interpunct)
        || unit.class == Class::Sign && matches!(unit.first, '/' | '-' | '‐' | '‑' | '–' | '~')
}

/// Whether two units are one mark, or a number with its sign: never broken, never opened.
pub(super) fn is_rigid(a: &Unit, b: &Unit) -> bool {
    match (a.class, b.class) {
        (Class::Dash, Class::Dash) | (Class::Ellipsis, Class::Ellipsis) => true,
        (Class::Stop, Class::Stop) => stacks(a) && stacks(b),
        (Class::Letter, Class::Symbol) => a.last.is_numeric(),
        (Class::Symbol, Class::Letter) => b.first.is_numeric() && matches!(a.last, '￥' | '￡' | '＄' | '№'),
        _ => false,
    }
}

/// Marks that pile up: ？！ and ！！！
fn stacks(unit: &Unit) -> bool {
    matches!(unit.first, '？' | '！') && !unit.centred
}

/// How many marks of a stack end at this unit, if it is the last of the stack; an even number for
/// those inside it.
fn stack_length(units: &[Unit], index: usize) -> usize {
    if units.get(index + 1).is_some_and(|next| is_rigid(&units[index], next)) {
        return 0;
    }
    let mut length = 1;
    while index >= length && is_rigid(&units[index - length], &units[index - length + 1]) {
        length += 1;
    }
    length
}
