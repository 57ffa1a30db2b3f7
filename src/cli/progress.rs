//! How far the run is: bars on a terminal, plain lines elsewhere. Both go to standard error, and
//! neither uses colour.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::{Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use wenji::clock::Stopwatch;
use wenji::progress::{Progress, Silent, Stage};
use wenji::report;

use super::say;

/// The progress for this run.
pub(super) fn watch(quiet: bool) -> Box<dyn Progress> {
    if quiet {
        Box::new(Silent)
    } else if std::io::stderr().is_terminal() {
        Box::new(Bars::default())
    } else {
        Box::new(Lines::default())
    }
}

/// What a stage does, and to each of what.
fn words(stage: Stage) -> (&'static str, &'static str) {
    match stage {
        Stage::Collect => ("reading", "article"),
        Stage::Convert => ("converting", "article"),
        Stage::Images => ("collecting", "picture"),
        Stage::Layout => ("typesetting", "article"),
        Stage::WritePdf => ("writing PDF", "page"),
        Stage::WriteEpub => ("writing EPUB", "file"),
    }
}

/// A bar for each stage under way; nothing stays when it is done.
#[derive(Default)]
struct Bars {
    area: MultiProgress,
    bars: Mutex<BTreeMap<Stage, ProgressBar>>,
}

impl Bars {
    fn with(&self, act: impl FnOnce(&mut BTreeMap<Stage, ProgressBar>)) {
        // The map is whole after every statement, so a panic elsewhere cannot have broken it.
        act(&mut self.bars.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Progress for Bars {
    fn begin(&self, stage: Stage, total: u64) {
        let (verb, noun) = words(stage);
        let style = ProgressStyle::with_template("{prefix:>13} {wide_bar} {pos}/{len} {msg}")
            .expect("the template is a constant that a test reads");
        let bar = ProgressBar::new(total).with_style(style).with_prefix(verb).with_message(format!("{noun}s"));
        let bar = self.area.add(bar);
        bar.tick();
        self.with(|bars| {
            bars.insert(stage, bar);
        });
    }

    fn advance(&self, stage: Stage, steps: u64) {
        self.with(|bars| {
            if let Some(bar) = bars.get(&stage) {
                bar.inc(steps);
            }
        });
    }

    fn end(&self, stage: Stage) {
        self.with(|bars| {
            if let Some(bar) = bars.remove(&stage) {
                bar.finish_and_clear();
            }
        });
    }
}

/// How often a long stage says where it is, in milliseconds.
const INTERVAL: u64 = 5_000;

/// A line when a stage begins, and one every few seconds while it goes on.
#[derive(Default)]
struct Lines(Mutex<BTreeMap<Stage, Going>>);

struct Going {
    done: u64,
    total: u64,
    watch: Stopwatch,
    next: u64,
}

impl Progress for Lines {
    fn begin(&self, stage: Stage, total: u64) {
        let (verb, noun) = words(stage);
        say::note(&format!("{verb}: {}\n", report::count(usize::try_from(total).unwrap_or(usize::MAX), noun)));
        let going = Going { done: 0, total, watch: Stopwatch::start(), next: INTERVAL };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(stage, going);
    }

    fn advance(&self, stage: Stage, steps: u64) {
        if let Some(going) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&stage) {
            going.done += steps;
            let elapsed = going.watch.elapsed_ms();
            if elapsed >= going.next {
                going.next = elapsed + INTERVAL;
                say::note(&format!("{}: {} of {}\n", words(stage).0, going.done, going.total));
            }
        }
    }

    fn end(&self, stage: Stage) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&stage);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_can_be_drawn_and_go_away() {
        let bars = Bars::default();
        bars.begin(Stage::Layout, 3);
        bars.advance(Stage::Layout, 2);
        bars.advance(Stage::Convert, 1);
        assert_eq!(bars.bars.lock().expect("whole")[&Stage::Layout].position(), 2);
        bars.end(Stage::Layout);
        assert!(bars.bars.lock().expect("whole").is_empty());
    }
}
