//! How wide the joints of a line become, so that it has the length of its measure.
//!
//! What a line may take and give is used in CLREQ's order (*Line adjustment*): one level after the other, each by the
//! same part at every joint.

use super::Align;
use super::optimum::{Chosen, Problem};
use super::spacing::{GAP_MOST, Joint, SHRINK_LEVELS, STRETCH_LEVELS};
use crate::units::Pt;

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
    } else if !line.last && !line.short {
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
