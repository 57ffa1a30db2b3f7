//! The lines chosen are the best of all.

use proptest::prelude::*;

use super::*;
use crate::book::Language;
use crate::fonts::Library;
use crate::text::breaks::{breaks, hyphenate};
use crate::text::itemize::{characters, runs};
use crate::text::shape::{Plans, Shaped, shape};
use crate::text::spacing::Spacing;
use crate::text::{Content, Findings, PunctuationStyle};

/// The demerits of the best lines, by looking at every line of a paragraph: the least for each break and fitness.
fn least_demerits(problem: &Problem<'_>) -> Option<f64> {
    let sums = Sums::new(problem);
    let limit = most_bad(LOOSEST);
    let mut nodes = vec![Node::START];
    for (index, &kind) in problem.breaks.iter().enumerate().filter(|(_, kind)| **kind != Break::Never) {
        let hyphen = if let Break::Hyphen(width, _) = kind { width } else { Pt::ZERO };
        let end = visible_end(problem.units, index + 1);
        let ending = Ending { end, kind, hyphen, forced: kind == Break::Forced };
        let mut found: [Option<Node>; FITNESSES] = [const { None }; FITNESSES];
        let after = nodes.iter().rposition(|node| node.forced).map_or(0, |at| nodes[at].start);
        for (from, node) in nodes.iter().enumerate().filter(|(_, node)| node.start >= after) {
            let fit = judge(problem, &sums, node.start, end.max(node.start), hyphen, ending.forced);
            if fit.excess > TOLERANCE || fit.badness > limit && !ending.forced {
                continue;
            }
            let demerits = node.demerits + (demerits(node, &fit, kind) + lone_character(problem, &sums, node, &ending));
            let slot = &mut found[usize::from(fit.fitness)];
            if slot.as_ref().is_none_or(|best| demerits < best.demerits) {
                let Ending { end, hyphen, forced, .. } = ending;
                let (start, fitness) = (index + 1, fit.fitness);
                *slot = Some(Node { start, end, fitness, hyphen, forced, demerits, previous: from });
            }
        }
        nodes.extend(found.into_iter().flatten());
    }
    let ends = nodes.iter().filter(|node| node.start == problem.units.len() && node.forced);
    ends.map(|node| node.demerits).min_by(f64::total_cmp)
}

fn shaped(text: &str) -> (Content, Shaped) {
    static LIBRARY: std::sync::LazyLock<Library> = std::sync::LazyLock::new(|| Library::embedded().expect("faces"));
    let (content, language) = (crate::text::tests::content(text), Language::chinese());
    let mut findings = Findings::default();
    let chars = characters(&content, &language);
    let runs = runs(&content, &chars, &LIBRARY, &language, &mut findings);
    let shaped = shape(&content, &chars, &runs, &LIBRARY, &language, &Plans::default(), &mut findings);
    (content, shaped)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_lines_are_the_best_of_all(
        text in "([一-龥]{1,9}|，|。|（|）|——| ?[a-z]{2,14} ?|[0-9]{1,4}|\u{2028}){5,120}",
        measure in 8.0_f32..40.0,
        indent in 0.0_f32..30.0,
    ) {
        let (content, shaped) = shaped(&text);
        let language = Language::chinese();
        let spacing = Spacing { content: &content, style: PunctuationStyle::Hangmobanjiao, language: &language };
        let joints = spacing.joints(&shaped.units);
        let mut breaks = breaks(&content, &shaped.units);
        hyphenate(&content, &shaped.units, &language, &|_| Pt(3.0), &mut breaks);
        let problem = Problem {
            units: &shaped.units,
            joints: &joints,
            breaks: &breaks,
            measure: Pt(measure * 10.0),
            indent: Pt(indent),
            align: Align::Justify,
            right_to_left: false,
            balanced: false,
            keep_end_blank: false,
        };
        if let Some(least) = least_demerits(&problem) {
            prop_assert_eq!(cost(&problem, &best(&problem).expect("some fit")), least);
        }
    }
}

/// The demerits of lines, one after the other.
fn cost(problem: &Problem<'_>, lines: &[Chosen]) -> f64 {
    let sums = Sums::new(problem);
    let mut node = Node::START;
    for line in lines {
        let kind = problem.breaks[line.next - 1];
        let Chosen { end, hyphen, last: forced, .. } = *line;
        let ending = Ending { end: visible_end(problem.units, line.next), kind, hyphen, forced };
        let fit = judge(problem, &sums, line.start, end, hyphen, forced);
        let demerits = node.demerits + (demerits(&node, &fit, kind) + lone_character(problem, &sums, &node, &ending));
        node = Node { start: line.next, end: ending.end, fitness: fit.fitness, hyphen, forced, demerits, previous: 0 };
    }
    node.demerits
}
