//! A paragraph, from its text to its lines.
//!
//! 1. `itemize`: characters get classes, runs get faces;
//! 2. `shape`: runs become units with glyphs;
//! 3. `spacing` and `breaks`: joints get widths and breaks;
//! 4. `optimum`: the best breaks;
//! 5. `justify`: what each line needs to reach the measure;
//! 6. `place`: every glyph at its place.

use std::sync::{Arc, Mutex, PoisonError};

use super::itemize::{characters, runs, runs_right_to_left};
use super::justify::justify;
use super::optimum::{Chosen, Problem, best, rescue};
use super::shape::{Plans, Shaped, Unit, shape};
use super::spacing::Spacing;
use super::{Align, Content, Findings, Fragment, Line, Options, PunctuationStyle, breaks, grid, place};
use crate::fonts::Library;
use crate::units::Pt;

/// Sets paragraphs with the faces of a library. Shared by threads.
#[derive(Debug)]
pub struct Setter<'a> {
    library: &'a Library,
    plans: Arc<Plans>,
    findings: Mutex<Findings>,
}

impl<'a> Setter<'a> {
    /// A setter with these faces.
    #[must_use]
    pub fn new(library: &'a Library) -> Self {
        Self { library, plans: Arc::default(), findings: Mutex::default() }
    }

    /// A setter with the same faces that keeps its own findings: for one article among many.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self { library: self.library, plans: Arc::clone(&self.plans), findings: Mutex::default() }
    }

    /// The faces.
    #[must_use]
    pub fn library(&self) -> &'a Library {
        self.library
    }

    /// Breaks a paragraph into lines and sets them. An empty paragraph has no lines.
    #[must_use]
    pub fn set(&self, content: &Content, options: &Options) -> Vec<Line> {
        let shaped = self.shape(content, options);
        let units = &shaped.units;
        if units.is_empty() {
            return Vec::new();
        }
        let joints = Spacing { content, style: options.punctuation, language: &options.language }.joints(units);
        let mut allowed = breaks::breaks(content, units);
        let balanced = options.title || options.align == Align::Center;
        if balanced {
            breaks::prefer_parts(content, units, &mut allowed);
        }
        if !options.title {
            let width = |unit: &Unit| place::hyphen(self.library, unit).map_or(Pt::ZERO, |(_, width)| width);
            breaks::hyphenate(content, units, &options.language, &width, &mut allowed);
            if options.align != Align::Justify {
                breaks::spare_hyphens(&mut allowed);
            }
        }
        let problem = Problem {
            units,
            joints: &joints,
            breaks: &allowed,
            measure: options.measure,
            indent: options.indent,
            align: options.align,
            right_to_left: units.iter().any(|unit| unit.level > 0) && runs_right_to_left(&content.text),
            balanced,
            keep_end_blank: options.punctuation == PunctuationStyle::Quanjiao,
        };
        if let Some(lines) = best(&problem) {
            return self.place(content, &shaped, &problem, &lines);
        }
        let mut everywhere = allowed.clone();
        breaks::anywhere(units, &mut everywhere);
        let problem = Problem { breaks: &everywhere, ..problem };
        let lines = best(&problem).unwrap_or_else(|| rescue(&problem));
        self.place(content, &shaped, &problem, &lines)
    }

    /// The width of a text on one line, without breaks: for column widths and running heads.
    #[must_use]
    pub fn natural_width(&self, content: &Content, options: &Options) -> Pt {
        let shaped = self.shape(content, options);
        let joints = Spacing { content, style: options.punctuation, language: &options.language }.joints(&shaped.units);
        let units: Pt = shaped.units.iter().map(|unit| unit.width).sum();
        let inner = joints.len().saturating_sub(1);
        units + joints.iter().take(inner).map(|joint| joint.width).sum()
    }

    /// Sets one line of code on a grid: narrow characters take one column, wide ones two.
    #[must_use]
    pub fn set_grid(&self, content: &Content, options: &Options, column: Pt) -> Vec<Fragment> {
        grid::set(content, &self.shape(content, options), column)
    }

    /// What the faces could not do for the text so far.
    #[must_use]
    pub fn findings(&self) -> Findings {
        self.findings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn shape(&self, content: &Content, options: &Options) -> Shaped {
        let chars = characters(content, &options.language);
        let mut found = Findings::default();
        let runs = runs(content, &chars, self.library, &options.language, &mut found);
        let mut shaped = shape(content, &chars, &runs, self.library, &options.language, &self.plans, &mut found);
        if found != Findings::default() {
            let mut findings = self.findings.lock().unwrap_or_else(PoisonError::into_inner);
            findings.missing.append(&mut found.missing);
            findings.regions.append(&mut found.regions);
            findings.not_bold.append(&mut found.not_bold);
        }
        place::widen_ruby_bases(self, content, options, &mut shaped);
        shaped
    }

    fn place(&self, content: &Content, shaped: &Shaped, problem: &Problem<'_>, lines: &[Chosen]) -> Vec<Line> {
        lines.iter().map(|line| place::line(self, content, shaped, problem, line, &justify(problem, line))).collect()
    }
}
