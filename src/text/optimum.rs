//! Which breaks are the best for the paragraph as a whole.
//!
//! The procedure is that of Knuth and Plass (*Breaking Paragraphs into Lines*, 1981) with another
//! measure of badness: a line is judged by how deep it goes into CLREQ's order of line adjustment,
//! not by one ratio. Active nodes are dropped as soon as the shortest line from them is too long, so
//! that the time grows with the length of the text.

use std::ops::Range;

use super::Align;
use super::breaks::{ANYWHERE, Break};
use super::class::Class;
use super::shape::Unit;
use super::spacing::{Joint, SHRINK_LEVELS, STRETCH_LEVELS};
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
/// Lines looser than this end where their text does, and are looked at only when nothing else fits: before a long word
/// or a wide picture there is no way to fill them.
const LOOSEST: f64 = 0.25;
/// Lines looser than this are looked at only when those that are not cost as much as one that is.
const NEAR: f64 = 0.12;
/// The cost of each line, so that fewer lines win where they are equally good.
const LINE_COST: f64 = 10.0;
/// What each em costs that such a line is short of the measure, so that as little as possible is lost.
const SHORT_COST: f64 = 20.0;
/// The cost of such a line that has room for more.
const EARLY_COST: f64 = 10_000.0;
/// A box that is wider than this part of the measure mostly has a line to itself; the line before it may end anywhere,
/// as a last line does.
const WIDE: f32 = 0.5;
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
    /// Whether it ends where its text does, since it would open too far.
    pub(super) short: bool,
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
    /// The width of what stands between a unit and the next break: no sum.
    piece: Vec<f64>,
    /// Whether no sum ever falls, so that a part of a line is shorter and gives less than the line.
    steady: bool,
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
            piece: pieces(problem),
            steady: problem.indent >= Pt::ZERO,
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
            let lengths = [unit.width, joint.width, joint.stretch.0, joint.han];
            sums.steady &= lengths.iter().all(|length| *length >= Pt::ZERO);
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

    /// What the first levels of stretching give between two units.
    fn early(&self, start: usize, last: usize) -> f64 {
        let (from, to) = (self.stretch[start], self.stretch[last]);
        to.into_iter().zip(from).map(|(to, from)| to - from).sum()
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

/// The width from each unit to the end of the piece that the next break ends which is no last resort.
fn pieces(problem: &Problem<'_>) -> Vec<f64> {
    let mut widths = vec![0.0; problem.units.len()];
    let mut after = 0.0;
    for (index, unit) in problem.units.iter().enumerate().rev() {
        let goes_on = match problem.breaks[index] {
            Break::Never => true,
            Break::Allowed(price) => price >= ANYWHERE,
            Break::Hyphen(..) | Break::Forced => false,
        };
        let rest = if goes_on { f64::from(problem.joints[index].width.0) + after } else { 0.0 };
        after = f64::from(unit.width.0) + rest;
        widths[index] = after;
    }
    widths
}

/// How many kinds of fitness there are: tight, even, loose, very loose, and short.
const FITNESSES: usize = 5;
/// The fitness of a line that ends where its text does.
const SHORT: u8 = 4;

/// How a line fits.
struct Fit {
    badness: f64,
    fitness: u8,
    /// How much longer than the measure it is at its shortest; 0 when it fits.
    excess: f64,
    /// How much longer than the measure the text is at its shortest, whatever ends it.
    beyond: bool,
}

/// A way to the end of a line. Nodes of one line end stand together, one for each fitness of the line.
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

impl Node {
    /// Where the first line begins.
    const START: Self =
        Self { start: 0, end: 0, fitness: 1, hyphen: Pt::ZERO, forced: true, demerits: 0.0, previous: usize::MAX };
}

/// Finds the best lines, if any fit the measure.
///
/// Few paragraphs need a loose line, and to look at loose lines takes most of the time. So those that open by
/// [`NEAR`] at most are looked at first. Their best is the best of all if it costs less than a single looser line;
/// if it costs more, ways that cost more than it are given up. Either way the lines are those that one look at
/// everything finds.
pub(super) fn best(problem: &Problem<'_>) -> Option<Vec<Chosen>> {
    let sums = Sums::new(problem);
    let search = |loosest, most| Search { most, ..Search::new(problem, &sums, loosest) }.run();
    // Where a break is worth something, one line says nothing about the sum.
    let gains = problem.breaks.iter().any(|kind| matches!(kind, Break::Allowed(price) if *price < 0.0));
    let near = if problem.align == Align::Justify && !gains { search(NEAR, f64::INFINITY) } else { None };
    let most = match near {
        Some((lines, demerits)) if demerits < (LINE_COST + most_bad(NEAR)).powi(2) => return Some(lines),
        Some((_, demerits)) => demerits,
        None => f64::INFINITY,
    };
    search(LOOSEST, most).or_else(|| search(f64::INFINITY, f64::INFINITY)).map(|(lines, _)| lines)
}

/// Finds the best lines where some are too long, whatever is done. Never fails.
pub(super) fn rescue(problem: &Problem<'_>) -> Vec<Chosen> {
    let sums = Sums::new(problem);
    let search = Search { overfull: true, ..Search::new(problem, &sums, f64::INFINITY) };
    search.run().map(|(lines, _)| lines).unwrap_or_default()
}

/// A search over the breaks of a paragraph.
struct Search<'a> {
    problem: &'a Problem<'a>,
    sums: &'a Sums,
    /// The badness of the loosest line.
    loosest: f64,
    /// How far joints open in a line of that badness, whatever else is bad about it, in em.
    opening: f64,
    /// Ways with more demerits are given up.
    most: f64,
    /// Whether a line may be too long where none fits.
    overfull: bool,
}

/// A break at which a line may end.
#[derive(Clone, Copy)]
struct Ending {
    /// One past the last visible unit before it.
    end: usize,
    kind: Break,
    hyphen: Pt,
    forced: bool,
}

/// The best ways to a break, by the fitness of the line that ends there: demerits, and the node before.
#[derive(Default)]
struct Ways {
    best: [Option<(f64, usize)>; FITNESSES],
    /// The least bad way with a line that is too long.
    rescue: Option<(f64, usize)>,
}

impl<'a> Search<'a> {
    /// A search in which Han joints may open by so many em.
    fn new(problem: &'a Problem<'a>, sums: &'a Sums, em: f64) -> Self {
        let loosest = most_bad(em);
        let opening = LOOSE * (loosest / LOOSE_COST).cbrt() * 1.001;
        Self { problem, sums, loosest, opening, most: f64::INFINITY, overfull: false }
    }

    /// The best lines, and their demerits.
    fn run(&self) -> Option<(Vec<Chosen>, f64)> {
        let mut nodes = vec![Node::START];
        // The nodes from which a line may begin, those of one line end together.
        let mut active: Vec<Range<usize>> = std::iter::once(0..1).collect();
        for (index, &kind) in self.problem.breaks.iter().enumerate() {
            if kind == Break::Never {
                continue;
            }
            let hyphen = if let Break::Hyphen(width, _) = kind { width } else { Pt::ZERO };
            let end = visible_end(self.problem.units, index + 1);
            let ending = Ending { end, kind, hyphen, forced: kind == Break::Forced };
            let mut ways = self.ways(&ending, &nodes, &mut active);
            if active.is_empty() && ways.best.iter().all(Option::is_none) {
                // Nothing fits: this search has failed, or one line is too long.
                ways.best[1] = Some(ways.rescue?);
            }
            let first = nodes.len();
            for (fitness, way) in (0_u8..).zip(ways.best) {
                let Some((demerits, previous)) = way.filter(|(demerits, _)| *demerits <= self.most) else { continue };
                let Ending { end, hyphen, forced, .. } = ending;
                nodes.push(Node { start: index + 1, end, fitness, hyphen, forced, demerits, previous });
            }
            if nodes.len() > first {
                active.push(first..nodes.len());
            }
        }
        let last = active.into_iter().flatten().min_by(|&a, &b| nodes[a].demerits.total_cmp(&nodes[b].demerits))?;
        Some((trace(&nodes, last), nodes[last].demerits))
    }

    /// The best ways to a break. Nodes from which no line can reach beyond it are dropped.
    fn ways(&self, ending: &Ending, nodes: &[Node], active: &mut Vec<Range<usize>>) -> Ways {
        let mut ways = Ways::default();
        let (mut seen, mut kept) = (0, 0);
        while let Some(group) = active.get(seen).cloned() {
            let start = nodes[group.start].start;
            if !ending.forced && self.is_too_short(start, ending) {
                break;
            }
            let fit = judge(self.problem, self.sums, start, ending.end.max(start), ending.hyphen, ending.forced);
            let fits = fit.excess <= TOLERANCE;
            if fits {
                self.reach(ending, nodes, &group, &fit, &mut ways);
            } else if self.overfull {
                for from in group.clone() {
                    let demerits = nodes[from].demerits + fit.excess * OVERFULL;
                    if ways.rescue.is_none_or(|(least, _)| demerits < least) {
                        ways.rescue = Some((demerits, from));
                    }
                }
            }
            if !ending.forced && (fits || !fit.beyond) {
                active[kept] = group;
                kept += 1;
            }
            seen += 1;
        }
        active.drain(kept..seen);
        ways
    }

    /// Adds the ways that end with a line that fits, from each node of a line end.
    fn reach(&self, ending: &Ending, nodes: &[Node], group: &Range<usize>, fit: &Fit, ways: &mut Ways) {
        if fit.badness > self.loosest && !ending.forced {
            return;
        }
        let slot = &mut ways.best[usize::from(fit.fitness)];
        for from in group.clone() {
            let node = &nodes[from];
            let demerits = demerits(node, fit, ending.kind) + lone_character(self.problem, self.sums, node, ending);
            let total = node.demerits + demerits;
            if slot.is_none_or(|(least, _)| total < least) {
                *slot = Some((total, from));
            }
        }
    }

    /// Whether a line is so short that neither it nor a shorter one with this end is looked at. Lines get shorter, and
    /// give less, from one node to the next.
    fn is_too_short(&self, start: usize, ending: &Ending) -> bool {
        let (problem, sums) = (self.problem, self.sums);
        if !sums.steady || problem.align != Align::Justify || ending.end <= start || self.opening >= 1.0 {
            return false;
        }
        let last = ending.end - 1;
        let early = sums.early(start, last);
        // Where only word spaces give, they open by ten times as much as Han joints would.
        let gives = early * (10.0 * self.opening).max(1.0) + (sums.han[last] - sums.han[start]) * self.opening;
        let end_blank = if problem.keep_end_blank { problem.joints[last].width } else { Pt::ZERO };
        let ends = f64::from((problem.units[last].width + end_blank + ending.hyphen).0);
        let slack = f64::from((problem.measure - problem.indent).0) - (sums.width[last] - sums.width[start]) - ends;
        slack > gives + 1.0
    }
}

/// The badness of a line that is as loose as may be.
fn most_bad(loosest: f64) -> f64 {
    STRETCH_COST + badness_of_opening(loosest)
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
            short: node.fitness == SHORT,
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
    let early = sums.early(start, last);
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
        f64::INFINITY
    };
    if opening > LOOSEST {
        return Fit {
            badness: badness_of_short(problem, sums, end, slack),
            fitness: SHORT,
            excess: 0.0,
            beyond: false,
        };
    }
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

/// The badness of a line that ends where its text does: more than that of any line that is filled.
fn badness_of_short(problem: &Problem<'_>, sums: &Sums, end: usize, slack: f64) -> f64 {
    let least = most_bad(LOOSEST) + LINE_COST;
    let next = (end..problem.units.len()).find(|&index| problem.units[index].class != Class::Space);
    let Some(next) = next else { return least };
    let unit = &problem.units[next];
    let space = sums.width[next] - sums.width[end - 1] - f64::from(problem.units[end - 1].width.0);
    if slack >= space + sums.piece[next] {
        return least + EARLY_COST;
    }
    if unit.class == Class::Object && unit.width > problem.measure * WIDE {
        return least;
    }
    least + SHORT_COST * slack / f64::from(problem.units[end - 1].size.0.max(1.0))
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

fn lone_character(problem: &Problem<'_>, sums: &Sums, node: &Node, ending: &Ending) -> f64 {
    if !ending.forced || node.forced || ending.end <= node.start || problem.balanced {
        return 0.0;
    }
    if sums.letters[ending.end] - sums.letters[node.start] <= 1 { LONE_CHARACTER } else { 0.0 }
}

#[cfg(all(test, feature = "embedded-fonts"))]
#[path = "optimum_tests.rs"]
mod tests;
