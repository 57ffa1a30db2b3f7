//! Glyph runs become text operators: a piece of a run is one `TJ` at its place, with the numbers that bring each
//! glyph from where the advances leave the pen to where it stands (ISO 32000-1 9.4.3).
//!
//! A page has thousands of such numbers. printpdf would make an object of each, and lopdf write it by itself: that was a
//! quarter of a run. So printpdf is given the operator alone, and [`Strings`] puts the array and the matrix before it
//! into the stream that printpdf has made.

use std::io::Write as _;
use std::ops::Range;

use printpdf::{DictItem, Op};

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

/// The operator that shows an array of strings and numbers.
const SHOW: &str = "TJ";

/// The operations of a page, and what its `TJ` operators show.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// The operations; those that show text are without their operand.
    pub(super) ops: Vec<Op>,
    /// Their operands.
    pub(super) strings: Strings,
}

/// What stands before the `TJ` operators of a page in its content stream: the array, and the operator that moves the
/// pen where the last array does not leave it in place.
#[derive(Debug, Default)]
pub(super) struct Strings {
    bytes: Vec<u8>,
    /// Where what belongs to each operator ends.
    ends: Vec<usize>,
    /// How far the array has come.
    state: Array,
}

/// An array that is being written.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Array {
    #[default]
    None,
    /// After a number.
    Open,
    /// Inside a string.
    String,
}

impl Strings {
    /// Puts the pen at a place, for text that is upright or turned by a quarter to the left (9.4.2).
    fn matrix(&mut self, turned: bool, x: Pt, y: Pt) {
        self.bytes.extend_from_slice(if turned { b"0 1 -1 0 " } else { b"1 0 0 1 " });
        for coordinate in [x, y] {
            decimal(coordinate, &mut self.bytes);
            self.bytes.push(b' ');
        }
        self.bytes.extend_from_slice(b"Tm\n");
    }

    /// Adds a glyph to the array.
    fn code(&mut self, code: u16) {
        match std::mem::replace(&mut self.state, Array::String) {
            Array::None => self.bytes.extend_from_slice(b"[("),
            Array::Open => self.bytes.push(b'('),
            Array::String => {}
        }
        for byte in code.to_be_bytes() {
            // The end of a line, however written, would be read as a line feed (7.3.4.2).
            match byte {
                b'(' | b')' | b'\\' => self.bytes.extend_from_slice(&[b'\\', byte]),
                b'\r' => self.bytes.extend_from_slice(b"\\r"),
                _ => self.bytes.push(byte),
            }
        }
    }

    /// Adds a number to the array: whole thousandths of the type size, by which the pen goes back.
    fn number(&mut self, number: i32) {
        match std::mem::replace(&mut self.state, Array::Open) {
            Array::None => self.bytes.push(b'['),
            Array::Open => self.bytes.push(b' '),
            Array::String => self.bytes.push(b')'),
        }
        // Writing into memory cannot fail.
        let _ = write!(self.bytes, "{number}");
    }

    /// Ends what belongs to an operator; says whether there was an array.
    fn end_array(&mut self) -> bool {
        match std::mem::take(&mut self.state) {
            Array::None => return false,
            Array::Open => self.bytes.push(b']'),
            Array::String => self.bytes.extend_from_slice(b")]"),
        }
        self.ends.push(self.bytes.len());
        true
    }

    /// A content stream with an operator on each line, its `TJ`s without operands, becomes whole. No string of it may
    /// hold the end of a line but those that are put in here.
    pub(super) fn complete(&self, content: &[u8]) -> Vec<u8> {
        let mut whole = Vec::with_capacity(content.len() + self.bytes.len());
        let mut from = 0;
        let mut ends = self.ends.iter();
        for line in content.split_inclusive(|byte| *byte == b'\n') {
            if line.trim_ascii_end() == SHOW.as_bytes()
                && let Some(&end) = ends.next()
            {
                whole.extend_from_slice(&self.bytes[from..end]);
                from = end;
            }
            whole.extend_from_slice(line);
        }
        whole
    }
}

/// Writes a coordinate to a thousandth of a point, without zeros at its end.
fn decimal(coordinate: Pt, out: &mut Vec<u8>) {
    // A float saturates, and no page is two kilometres wide.
    let thousandths = (coordinate.0 * 1000.0).round() as i32;
    let (whole, mut rest) = (thousandths / 1000, thousandths.unsigned_abs() % 1000);
    // Writing into memory cannot fail.
    let _ = write!(out, "{}{whole}", if thousandths < 0 && whole == 0 { "-" } else { "" });
    if rest > 0 {
        let mut digits = 3;
        while rest % 10 == 0 {
            rest /= 10;
            digits -= 1;
        }
        let _ = write!(out, ".{rest:0digits$}");
    }
}

/// Adds the operators of a piece of a run whose origin is at `x`, `y` from the page's bottom left corner. The
/// font, its size and the colour are set.
pub(super) fn show(run: &GlyphRun, piece: &Piece, font: &Embedded, x: Pt, y: Pt, text: &mut Text) {
    let mut line = Line { run, font, x, y, rise: None, pen: 0.0, text };
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
    text: &'a mut Text,
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
            let back = self.pen - target;
            // Rounding by hand: the library's function is a call for each glyph. A line is a few hundred em long.
            let kern = (back + 0.5_f32.copysign(back)) as i32;
            if kern != 0 {
                self.text.strings.number(kern);
                self.pen -= kern as f32;
            }
            self.text.strings.code(*code);
            self.pen += f32::from(*width);
        }
    }

    /// Puts the pen at a glyph by a new text matrix.
    fn start_at(&mut self, glyph: &Glyph, target: f32) {
        self.flush();
        let (x, y) = if self.run.turned {
            // A quarter turn to the left: what went to the right goes up.
            (self.x - glyph.y, self.y + glyph.x)
        } else {
            (self.x + glyph.x, self.y + glyph.y)
        };
        self.text.strings.matrix(self.run.turned, x, y);
        self.rise = Some(glyph.y);
        self.pen = target;
    }

    fn flush(&mut self) {
        if self.text.strings.end_array() {
            self.text.ops.push(Op::Unknown { key: SHOW.to_owned(), value: Vec::new() });
        }
    }
}

/// A coordinate to a thousandth of a point, so that it is written short.
pub(super) fn round(points: f32) -> f32 {
    (points * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_stand_before_the_operators_that_show_them() {
        let mut strings = Strings::default();
        strings.matrix(false, Pt(72.0), Pt(-0.5));
        strings.code(0x0128);
        strings.number(-12);
        strings.code(0x0D5C);
        strings.code(0x0A00);
        assert!(strings.end_array());
        assert!(!strings.end_array());
        strings.number(7);
        assert!(strings.end_array());
        let whole = strings.complete(b"BT\nTJ\n0 g\nTJ");
        assert_eq!(whole, b"BT\n1 0 0 1 72 -0.5 Tm\n[(\x01\\()-12(\\r\\\\\n\0)]TJ\n0 g\n[7]TJ");
    }

    #[test]
    fn coordinates_are_written_short_and_without_exponents() {
        let decimal = |points| {
            let mut out = Vec::new();
            decimal(Pt(points), &mut out);
            String::from_utf8(out).expect("ASCII")
        };
        assert_eq!(
            [0.0, 12.5, 7.0625, -0.02, -3.25, 0.0004].map(decimal),
            ["0", "12.5", "7.063", "-0.02", "-3.25", "0"]
        );
    }
}
