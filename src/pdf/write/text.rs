//! Glyph runs become text operators: a piece of a run is one `TJ` at its place, with the numbers that bring each
//! glyph from where the advances leave the pen to where it stands (ISO 32000-1 9.4.3).

use std::ops::Range;

use printpdf::{DictItem, Op, TextMatrix};

use super::fonts::{Embedded, Shown};
use super::metadata::utf16;
use super::survey::for_each_cluster;
use crate::pdf::pages::{Glyph, GlyphRun};
use crate::units::Pt;

/// Glyphs of a run that follow each other and are read in the same way.
pub(super) struct Piece {
    /// The glyphs of the run.
    pub(super) glyphs: Range<usize>,
    /// The text that they show, where a reader that looks them up would find another (14.9.4).
    pub(super) replaced: Option<String>,
}

/// The pieces of a run.
pub(super) fn pieces(run: &GlyphRun, font: &Embedded) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::with_capacity(1);
    for_each_cluster(run, |glyphs, text| {
        let reads = reads_as(glyphs, font, text);
        match out.last_mut() {
            Some(last) if last.replaced.is_none() == reads => {
                last.glyphs.end += glyphs.len();
                last.replaced.iter_mut().for_each(|replaced| replaced.push_str(text));
            }
            last => {
                let from = last.map_or(0, |last| last.glyphs.end);
                let replaced = (!reads).then(|| text.to_owned());
                out.push(Piece { glyphs: from..from + glyphs.len(), replaced });
            }
        }
    });
    out
}

/// Adds the operators of a piece of a run whose origin is at `x`, `y` from the page's bottom left corner. The
/// font, its size and the colour are set.
pub(super) fn show(run: &GlyphRun, piece: &Piece, font: &Embedded, x: Pt, y: Pt, ops: &mut Vec<Op>) {
    let mut line = Line { run, font, x, y, rise: None, pen: 0.0, codes: Vec::new(), parts: Vec::new(), ops };
    let glyphs = &run.glyphs[piece.glyphs.clone()];
    if glyphs.first().zip(glyphs.last()).is_some_and(|(first, last)| first.cluster > last.cluster) {
        // From right to left: they are shown in the order in which they are read (14.8.2.3.3).
        glyphs.chunk_by(|a, b| a.cluster == b.cluster).rev().for_each(|cluster| line.glyphs(cluster));
    } else {
        line.glyphs(glyphs);
    }
    line.flush();
}

/// The text that marked content shows, as its property list has it.
pub(super) fn actual_text(text: &str) -> (String, DictItem) {
    ("ActualText".to_owned(), DictItem::String { data: utf16(text), literal: false })
}

/// Whether a reader that looks the glyphs up finds their text.
fn reads_as(glyphs: &[Glyph], font: &Embedded, text: &str) -> bool {
    let mut rest = text;
    for glyph in glyphs {
        let shown = font.glyph(glyph.id).map_or("", |shown| &shown.text);
        match rest.strip_prefix(shown) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    rest.is_empty()
}

/// The state of a piece that is being shown.
struct Line<'a> {
    run: &'a GlyphRun,
    font: &'a Embedded,
    x: Pt,
    y: Pt,
    /// The shift of the baseline for which the text matrix is set; `None` before it is.
    rise: Option<Pt>,
    /// Where the pen is, from the run's origin, in thousandths of the type size.
    pen: f32,
    codes: Vec<u8>,
    parts: Vec<DictItem>,
    ops: &'a mut Vec<Op>,
}

impl Line<'_> {
    fn glyphs(&mut self, glyphs: &[Glyph]) {
        for glyph in glyphs {
            // The survey has seen every glyph of every run; one it dropped has no outline to draw.
            let Some(Shown { code, width, .. }) = self.font.glyph(glyph.id) else { continue };
            let target = glyph.x.0 * 1000.0 / self.run.size.0;
            if self.rise.is_none_or(|rise| (rise - glyph.y).0.abs() > 1e-3) {
                self.start_at(glyph, target);
            }
            // Whole thousandths: the pen follows what is written, so the error never grows.
            let kern = (self.pen - target).round();
            if kern != 0.0 {
                self.end_string();
                self.parts.push(DictItem::Real(kern));
                self.pen -= kern;
            }
            self.codes.extend(code.to_be_bytes());
            self.pen += f32::from(*width);
        }
    }

    /// Puts the pen at a glyph by a new text matrix.
    fn start_at(&mut self, glyph: &Glyph, target: f32) {
        self.flush();
        let matrix = if self.run.turned {
            // A quarter turn to the left: what went to the right goes up.
            TextMatrix::Raw([0.0, 1.0, -1.0, 0.0, round((self.x - glyph.y).0), round((self.y + glyph.x).0)])
        } else {
            TextMatrix::Translate(printpdf::Pt(round((self.x + glyph.x).0)), printpdf::Pt(round((self.y + glyph.y).0)))
        };
        self.ops.push(Op::SetTextMatrix { matrix });
        self.rise = Some(glyph.y);
        self.pen = target;
    }

    fn end_string(&mut self) {
        if !self.codes.is_empty() {
            self.parts.push(DictItem::String { data: std::mem::take(&mut self.codes), literal: true });
        }
    }

    /// Ends the operator. printpdf's own `ShowText` writes a string for each glyph, which doubles the
    /// page; given as an operator of its name it is one string between two numbers.
    fn flush(&mut self) {
        self.end_string();
        if !self.parts.is_empty() {
            let parts = std::mem::take(&mut self.parts);
            self.ops.push(Op::Unknown { key: "TJ".to_owned(), value: vec![DictItem::Array(parts)] });
        }
    }
}

/// A coordinate to a thousandth of a point, so that it is written short.
pub(super) fn round(points: f32) -> f32 {
    (points * 1000.0).round() / 1000.0
}
