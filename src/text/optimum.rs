//! Which breaks are the best for the paragraph as a whole.
//!
//! The procedure is that of Knuth and Plass (*Breaking Paragraphs into Lines*, 1981) with another
//! measure of badness: a line is judged by how deep it goes into CLREQ's order of line adjustment,
//! not by one ratio. Active nodes are dropped as soon as the shortest line from them is too long, so
//! that the time grows with the length of the text.

use super::Align;
use super::breaks::Break;
use super::class::Class;
use super::shape::Unit;
use super::spacing::{GAP_MOST, Joint, SHRINK_LEVELS, STRETCH_LEVELS};
use crate::units::Pt;

/// What using up a level of shrinking costs; a part of it costs the square of that part.
const SHRINK_COST: [f64; SHRINK_LEVELS] = [10.0, 30.0, 35.0, 60.0, 120.0];
/// What using up the first levels of stretching costs; where a line has none, Han joints open at a lower price: a
/// fiftieth of an em at each is not seen, a comma that has lost its half is.
const STRETCH_COST: f64 = 20.0;
const OPENING_COST: f64 = 8.0;
/// Han joints that open by this many em are as bad as a line should be: from 0.125 em on, readers
/// insert spaces when text is copied.
const LOOSE: f64 = 0.1;
/// The cost of a line whose Han joints open by [`LOOSE`].
const LOOSE_COST: f64 = 100.0;
/// Lines looser than this are looked at only when nothing else fits.
const LOOSEST: f64 = 0.5;
/// The cost of each line, so that fewer lines win where they are equally good.
const LINE_COST: f64 = 10.0;
/// The cost of a line without justification that is empty.
const RAGGED_COST: f64 = 300.0;
const HYPHENS_IN_A_ROW: f64 = 12_000.0;
/// The cost of a last line that begins with the rest of a word.
const HYPHEN_BEFORE_LAST: f64 = 8_000.0;
const CONTRAST: f64 = 3_000.0;
/// The cost of a last line of one character (孤字不成行).
const LONE_CHARACTER: f64 = 2_000_000.0;
/// The cost of each point by which a line is too long.
const OVERFULL: f64 = 1.0e9;
/// Lengths are compared with this tolerance, in points.
const TOLERANCE: f64 = 0.005;

/// A line chosen: its units, white space at the end left out, and whether a hyphen ends it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Chosen {
    pub(super) start: usize,
    /// One past the last unit that is not white space.
    pub(super) end: usize,
    /// One past the last unit, white space included.
    pub(super) next: usize,
    /// The width of the hyphen that ends it; 0 for none.
    pub(super) hyphen: Pt,
    /// Whether the line is the last before a forced break.
    pub(super) last: bool,
}

/// What the search is given.
pub(super) struct Problem<'a> {
    pub(super) units: &'a [Unit],
    pub(super) joints: &'a [Joint],
    pub(super) breaks: &'a [Break],
    pub(super) measure: Pt,
    pub(super) indent: Pt,
    pub(super) align: Align,
    /// Whether the paragraph runs from right to left.
    pub(super) right_to_left: bool,
    /// Whether lines are to be of about equal length, the last one too.
    pub(super) balanced: bool,
    /// Whether the blank of a mark at a line's end is kept (quanjiao).
    pub(super) keep_end_blank: bool,
}

/// Sums over the units before an index, so that any line is measured in constant time.
struct Sums {
    width: Vec<f64>,
    shrink: Vec<[f64; SHRINK_LEVELS]>,
    stretch: Vec<[f64; STRETCH_LEVELS]>,
    han: Vec<f64>,
    /// Units that are text and not marks.
    letters: Vec<u32>,
}

impl Sums {
    fn new(problem: &Problem<'_>) -> Self {
        let count = problem.units.len() + 1;
        let mut sums = Self {
            width: Vec::with_capacity(count),
            shrink: Vec::with_capacity(count),
            stretch: Vec::with_capacity(count),
            han: Vec::with_capacity(count),
            letters: Vec::with_capacity(count),
        };
        let (mut width, mut shrink, mut stretch) = (0.0, [0.0; SHRINK_LEVELS], [0.0; STRETCH_LEVELS]);
        let (mut han, mut letters) = (0.0, 0);
        for (unit, joint) in problem.units.iter().zip(problem.joints) {
            sums.push(width, shrink, stretch, han, letters);
            width += f64::from(unit.width.0) + f64::from(joint.width.0);
            for (sum, amount) in shrink.iter_mut().zip(joint.shrink) {
                *sum += f64::from(amount.0);
            }
            stretch[joint.stretch.1 as usize] += f64::from(joint.stretch.0.0);
            han += f64::from(joint.han.0);
            letters += match unit.class {
                Class::Han => 1,
                // A Latin word is never a lone character.
                Class::Letter | Class::Object | Class::Sign => 2,
                _ => 0,
            };
        }
        sums.push(width, shrink, stretch, han, letters);
        sums
    }

    fn push(
        &mut self,
        width: f64,
        shrink: [f64; SHRINK_LEVELS],
        stretch: [f64; STRETCH_LEVELS],
        han: f64,
        letters: u32,
    ) {
        self.width.push(width);
        self.shrink.push(shrink);
        self.stretch.push(stretch);
        self.han.push(han);
        self.letters.push(letters);
    }
}

/// How a line fits.
struct Fit {
    badness: f64,
    fitness: u8,
    /// How much longer than the measure it is at its shortest; 0 when it fits.
    excess: f64,
    /// How much longer than the measure the text is at its shortest, whatever ends it.
    beyond: bool,
}

#[derive(Debug, Clone)]
struct Node {
    /// The first unit of the next line.
    start: usize,
    /// One past the last visible unit of the line that ends here.
    end: usize,
    fitness: u8,
    hyphen: Pt,
    forced: bool,
    demerits: f64,
    previous: usize,
}

/// Finds the best lines, if any fit the measure.
pub(super) fn best(problem: &Problem<'_>) -> Option<Vec<Chosen>> {
    let sums = Sums::new(problem);
    search(problem, &sums, LOOSEST, false).or_else(|| search(problem, &sums, f64::INFINITY, false))
}

/// Finds the best lines where some are too long, whatever is done. Never fails.
pub(super) fn rescue(problem: &Problem<'_>) -> Vec<Chosen> {
    search(problem, &Sums::new(problem), f64::INFINITY, true).unwrap_or_default()
}

fn search(problem: &Problem<'_>, sums: &Sums, loosest: f64, overfull: bool) -> Option<Vec<Chosen>> {
    let mut nodes = vec![Node {
        start: 0,
        end: 0,
        fitness: 1,
        hyphen: Pt::ZERO,
        forced: true,
        demerits: 0.0,
        previous: usize::MAX,
    }];
    let mut active = vec![0_usize];
    for (index, &kind) in problem.breaks.iter().enumerate() {
        if kind == Break::Never {
            continue;
        }
        let end = visible_end(problem.units, index + 1);
        let hyphen = if let Break::Hyphen(width, _) = kind { width } else { Pt::ZERO };
        let forced = kind == Break::Forced;
        let mut found: [Option<Node>; 4] = [const { None }; 4];
        let mut rescue: Option<(f64, usize)> = None;
        active.retain(|&from| {
            let node = &nodes[from];
            let fit = judge(problem, sums, node.start, end.max(node.start), hyphen, forced);
            if fit.excess > TOLERANCE {
                if overfull && rescue.is_none_or(|(least, _)| node.demerits + fit.excess * OVERFULL < least) {
                    rescue = Some((node.demerits + fit.excess * OVERFULL, from));
                }
                return !fit.beyond && !forced;
            }
            if fit.badness <= STRETCH_COST + badness_of_opening(loosest) || forced {
                let demerits = demerits(node, &fit, kind) + lone_character(problem, sums, node, end, forced);
                let slot = &mut found[usize::from(fit.fitness)];
                let total = node.demerits + demerits;
                if slot.as_ref().is_none_or(|best| total < best.demerits) {
                    *slot = Some(Node {
                        start: index + 1,
                        end,
                        fitness: fit.fitness,
                        hyphen,
                        forced,
                        demerits: total,
                        previous: from,
                    });
                }
            }
            !forced
        });
        if active.is_empty() && found.iter().all(Option::is_none) {
            // Nothing fits: this search has failed, or one line is too long.
            let (demerits, previous) = rescue?;
            found[1] = Some(Node { start: index + 1, end, fitness: 1, hyphen, forced, demerits, previous });
        }
        for node in found.into_iter().flatten() {
            active.push(nodes.len());
            nodes.push(node);
        }
    }
    let last = active.into_iter().min_by(|&a, &b| nodes[a].demerits.total_cmp(&nodes[b].demerits))?;
    Some(trace(&nodes, last))
}

fn trace(nodes: &[Node], last: usize) -> Vec<Chosen> {
    let mut lines = Vec::new();
    let mut at = last;
    while nodes[at].previous != usize::MAX {
        let node = &nodes[at];
        let start = nodes[node.previous].start;
        lines.push(Chosen {
            start,
            end: node.end.max(start),
            next: node.start,
            hyphen: node.hyphen,
            last: node.forced,
        });
        at = node.previous;
    }
    lines.reverse();
    lines
}

/// Steps back over white space and line breaks.
fn visible_end(units: &[Unit], mut end: usize) -> usize {
    while end > 0 && matches!(units[end - 1].class, Class::Space | Class::Break) {
        end -= 1;
    }
    end
}

fn badness_of_opening(em: f64) -> f64 {
    LOOSE_COST * (em / LOOSE).powi(3)
}

fn judge(problem: &Problem<'_>, sums: &Sums, start: usize, end: usize, hyphen: Pt, forced: bool) -> Fit {
    let first = start == 0;
    let measure = f64::from((problem.measure - if first { problem.indent } else { Pt::ZERO }).0);
    if end <= start {
        let badness = if forced { 0.0 } else { 1.0e6 };
        return Fit { badness, fitness: 1, excess: 0.0, beyond: false };
    }
    let last = end - 1;
    let blank = if problem.keep_end_blank { problem.joints[last].width.0 } else { 0.0 };
    let text = sums.width[last] - sums.width[start] + f64::from(problem.units[last].width.0) + f64::from(blank);
    let width = text + f64::from(hyphen.0);
    let slack = measure - width;
    if problem.align != Align::Justify {
        let excess = (-slack).max(0.0);
        let share = slack / measure;
        let last_line = forced && !problem.balanced;
        let badness = if last_line { 0.0 } else { share * share * RAGGED_COST };
        return Fit { badness, fitness: 1, excess, beyond: excess > 0.0 };
    }
    if slack < 0.0 {
        return judge_shrink(sums, start, last, -slack, text - measure);
    }
    if forced {
        return Fit { badness: 0.0, fitness: 1, excess: 0.0, beyond: false };
    }
    let early: f64 = (0..STRETCH_LEVELS).map(|level| sums.stretch[last][level] - sums.stretch[start][level]).sum();
    if slack <= early {
        let badness = if early > 0.0 { STRETCH_COST * (slack / early).powi(3) } else { 0.0 };
        return Fit { badness, fitness: 1, excess: 0.0, beyond: false };
    }
    let han = sums.han[last] - sums.han[start];
    let opening = if han > 0.0 {
        (slack - early) / han
    } else if early > 0.0 {
        // Only word spaces can give: a space of one em is as bad as Han joints 0.2 em open.
        0.1 * (slack / early)
    } else {
        1.0 + slack / measure
    };
    let fitness = if opening > 1.5 * LOOSE {
        3
    } else if opening > 0.5 * LOOSE {
        2
    } else {
        1
    };
    let first = if early > 0.0 { STRETCH_COST } else { OPENING_COST };
    Fit { badness: first + badness_of_opening(opening), fitness, excess: 0.0, beyond: false }
}

/// A line that is too long: how deep into the levels of shrinking it has to go.
fn judge_shrink(sums: &Sums, start: usize, last: usize, mut over: f64, beyond: f64) -> Fit {
    let mut badness = 0.0;
    let mut available = 0.0;
    for (level, cost) in SHRINK_COST.iter().enumerate() {
        let here = sums.shrink[last][level] - sums.shrink[start][level];
        available += here;
        if over > 0.0 && here > 0.0 {
            let used = over.min(here);
            badness += cost * (used / here).powi(2);
            over -= used;
        }
    }
    Fit { badness, fitness: 0, excess: over.max(0.0), beyond: beyond > available + TOLERANCE }
}

fn demerits(node: &Node, fit: &Fit, kind: Break) -> f64 {
    let (price, hyphen) = match kind {
        Break::Allowed(price) => (f64::from(price), false),
        Break::Hyphen(_, price) => (f64::from(price), true),
        Break::Forced | Break::Never => (0.0, false),
    };
    let base = LINE_COST + fit.badness;
    let mut demerits = base * base + price * price.abs();
    if hyphen && node.hyphen > Pt::ZERO {
        demerits += HYPHENS_IN_A_ROW;
    }
    if kind == Break::Forced && node.hyphen > Pt::ZERO {
        demerits += HYPHEN_BEFORE_LAST;
    }
    if fit.fitness.abs_diff(node.fitness) > 1 && !node.forced {
        demerits += CONTRAST;
    }
    demerits
}

fn lone_character(problem: &Problem<'_>, sums: &Sums, node: &Node, end: usize, forced: bool) -> f64 {
    if !forced || node.forced || end <= node.start || problem.balanced {
        return 0.0;
    }
    if sums.letters[end] - sums.letters[node.start] <= 1 { LONE_CHARACTER } else { 0.0 }
}

/// The width of each joint of a line, which brings the line to the measure if that is possible.
pub(super) fn justify(problem: &Problem<'_>, line: &Chosen) -> Vec<Pt> {
    let joints = if line.end > line.start { &problem.joints[line.start..line.end - 1] } else { &[] };
    let mut widths: Vec<Pt> = joints.iter().map(|joint| joint.width).collect();
    if problem.align != Align::Justify || line.end <= line.start {
        return widths;
    }
    let units: Pt = problem.units[line.start..line.end].iter().map(|unit| unit.width).sum();
    let blank = if problem.keep_end_blank { problem.joints[line.end - 1].width } else { Pt::ZERO };
    let indent = if line.start == 0 { problem.indent } else { Pt::ZERO };
    let slack = problem.measure - indent - units - line.hyphen - blank - widths.iter().copied().sum();
    if slack < Pt::ZERO {
        shrink(joints, &mut widths, -slack);
    } else if !line.last {
        stretch(joints, &mut widths, slack);
    }
    widths
}

fn shrink(joints: &[Joint], widths: &mut [Pt], mut over: Pt) {
    for level in 0..SHRINK_LEVELS {
        let here = |joint: &Joint| joint.shrink[level];
        let available: Pt = joints.iter().map(here).sum();
        if available <= Pt::ZERO || over <= Pt::ZERO {
            continue;
        }
        let share = (over / available).min(1.0);
        for (joint, width) in joints.iter().zip(widths.iter_mut()) {
            *width -= here(joint) * share;
        }
        over -= available * share;
    }
}

fn stretch(joints: &[Joint], widths: &mut [Pt], mut slack: Pt) {
    for level in 0..STRETCH_LEVELS {
        let here = |joint: &Joint| if joint.stretch.1 as usize == level { joint.stretch.0 } else { Pt::ZERO };
        let available: Pt = joints.iter().map(here).sum();
        if available <= Pt::ZERO || slack <= Pt::ZERO {
            continue;
        }
        let share = (slack / available).min(1.0);
        for (joint, width) in joints.iter().zip(widths.iter_mut()) {
            *width += here(joint) * share;
        }
        slack -= available * share;
    }
    if slack.0 > 1e-4 {
        open_evenly(joints, widths, slack);
    }
}

/// Opens all Han joints by the same part of an em; gaps and word spaces only up to their most, as long as others give.
fn open_evenly(joints: &[Joint], widths: &mut [Pt], mut slack: Pt) {
    let is_space = |joint: &Joint| joint.stretch.0 > Pt::ZERO;
    let all: Pt = joints.iter().map(|joint| joint.han).sum();
    if all <= Pt::ZERO {
        // Only word spaces can give.
        let spaces: Pt = joints.iter().map(|joint| joint.stretch.0).sum();
        for (joint, width) in joints.iter().zip(widths.iter_mut()).filter(|_| spaces > Pt::ZERO) {
            *width += slack * (joint.stretch.0 / spaces);
        }
        return;
    }
    let plain: Pt = joints.iter().filter(|joint| !is_space(joint)).map(|joint| joint.han).sum();
    for (joint, width) in joints.iter().zip(widths.iter_mut()).filter(|(joint, _)| is_space(joint) && plain > Pt::ZERO)
    {
        let extra = (slack * (joint.han / all)).min((GAP_MOST.at(joint.han) - *width).max(Pt::ZERO));
        *width += extra;
        slack -= extra;
    }
    let share = if plain > Pt::ZERO { slack / plain } else { slack / all };
    for (joint, width) in
        joints.iter().zip(widths.iter_mut()).filter(|(joint, _)| !is_space(joint) || plain <= Pt::ZERO)
    {
        *width += joint.han * share;
    }
}
