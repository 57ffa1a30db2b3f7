//! Tables: columns as wide as their content wants, rows that may go on over the page.
//!
//! A table that is too wide is set smaller, then turned to the length of the page ([`turned`]), and then
//! in parts of some columns each, the first column in every part, so that nothing leaves the page.

use super::block::blocks;
use super::columns::{self, Measured, Widths};
use super::context::{Context, Frame};
use super::figure;
use super::inline::{self, Text};
use super::strip::{Group, Strip};
use super::widths::Pieces;
use super::{lines, shapes, turned};
use crate::document::{Alignment, Block, BlockKind, Cell, NodeId, Row, Table};
use crate::pdf::pages::Role;
use crate::text::{Align, Family};
use crate::units::Pt;
use crate::words;

/// How much smaller a table may be set when it is too wide.
const SCALES: [f32; 4] = [1.0, 0.92, 0.84, 0.76];
/// How many of these are tried before a table is turned.
const UPRIGHT: usize = 3;
/// The thickness of the rules at the top and the bottom (三线表).
const THICK: Pt = Pt(0.8);
/// The thickness of the rule under the head.
const MIDDLE: Pt = Pt(0.5);
/// The thickness of the rules between rows.
const THIN: Pt = Pt(0.25);
/// A row that is higher than this part of a page may be cut between its lines.
const HIGHEST_ROW: f32 = 0.4;
/// Two rows that are not higher than this part of a page stay together at the ends of a table.
const TWO_ROWS: f32 = 0.2;

/// A cell at its place in the grid.
pub(super) struct Placed<'a> {
    /// The cell.
    pub(super) cell: &'a Cell,
    /// Its first row.
    pub(super) row: usize,
    /// Its first column.
    pub(super) column: usize,
    /// How many columns it covers.
    pub(super) columns: usize,
    /// How many rows it covers.
    pub(super) rows: usize,
}

/// The groups of a table.
pub(super) fn groups(context: &Context<'_>, frame: &Frame<'_>, id: NodeId, table: &Table) -> Vec<Group> {
    let rows: Vec<&Row> = table.head.iter().chain(&table.body).collect();
    let cells = place(&rows, table.head.len());
    let count = cells.iter().map(|cell| cell.column + cell.columns).max().unwrap_or(0);
    if count == 0 {
        return Vec::new();
    }
    let whole = Whole { context, table, cells: &cells, rows: rows.len(), count, id };
    let turns = frame.on_grid && frame.x == Pt::ZERO && whole.may_turn();
    let scales = if turns { &SCALES[..UPRIGHT] } else { &SCALES };
    if let Some(fitting) = whole.fitting(frame, scales) {
        return whole.groups(frame, fitting);
    }
    let long = Frame { width: context.sheet.area_height(), ..*frame };
    match whole.fitting(&long, &SCALES).filter(|_| turns) {
        Some(fitting) => vec![turned::group(context, whole.groups(&long, fitting))],
        None => whole.groups(frame, SCALES[SCALES.len() - 1]),
    }
}

/// A whole table, before it is known how it is set.
struct Whole<'a, 'b> {
    context: &'a Context<'b>,
    table: &'a Table,
    cells: &'a [Placed<'a>],
    rows: usize,
    count: usize,
    id: NodeId,
}

impl Whole<'_, '_> {
    /// Whether a turned page can show it: text, code and pictures; other blocks would not be seen for what they are.
    fn may_turn(&self) -> bool {
        let turns = |block: &Block| {
            matches!(block.kind, BlockKind::Paragraph(_) | BlockKind::Code(_) | BlockKind::Figure { .. })
        };
        self.cells.iter().flat_map(|cell| &cell.cell.blocks).all(turns)
    }

    /// The frame of the cells at a scale of the type.
    fn frame<'c>(&self, frame: &Frame<'c>, scale: f32) -> Frame<'c> {
        let kind = &self.context.sheet.kind;
        let inner = Frame { align: Align::Left, ..frame.inset(Pt::ZERO, Pt::ZERO).flush() };
        let size = kind.table.min(frame.size) * scale;
        Frame { indent_first: true, ..inner.sized(size, kind.table_leading * scale) }
    }

    fn measure(&self, inner: &Frame<'_>, pads: &[(Pt, Pt)]) -> Measured {
        columns::measure(self.context, inner, self.cells, pads)
    }

    fn pads(&self, inner: &Frame<'_>) -> Vec<(Pt, Pt)> {
        columns::pads(inner.size, &self.table.alignments, self.count)
    }

    /// The greatest of some scales at which no column is narrower than it must be.
    fn fitting(&self, frame: &Frame<'_>, scales: &[f32]) -> Option<f32> {
        let inner = self.frame(frame, 1.0);
        let least = columns::least(&self.measure(&inner, &self.pads(&inner)).widths);
        scales.iter().copied().find(|&scale| least * scale <= inner.width)
    }

    /// The groups of its caption and its parts.
    fn groups(&self, frame: &Frame<'_>, scale: f32) -> Vec<Group> {
        let context = self.context;
        let inner = self.frame(frame, scale);
        let pads = self.pads(&inner);
        let Measured { widths, pieces } = self.measure(&inner, &pads);
        let mut out = caption(context, frame, self.id, self.table);
        let parts = columns::parts(&widths, inner.width);
        let captioned = !out.is_empty();
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                out.push(continued(context, frame));
            }
            let chosen: Vec<Widths> = part.iter().map(|&column| widths[column]).collect();
            let own: Vec<(Pt, Pt)> = part.iter().map(|&column| pads[column]).collect();
            let both: Vec<Pt> = own.iter().map(|pads| pads.0 + pads.1).collect();
            let of_part = pieces.iter().filter_map(|pieces| {
                let column = part.iter().position(|&column| column == pieces.column)?;
                Some(Pieces { column, ..pieces.clone() })
            });
            let of_part: Vec<Pieces> = of_part.collect();
            let setting = Setting {
                context,
                frame: inner,
                table: self.table,
                cells: self.cells,
                columns: part,
                // Column 0 stands in the first part; before others it is repeated.
                repeats: index > 0 && part.first() == Some(&0),
                widths: columns::share(&chosen, &of_part, &both, inner.width, inner.size),
                pads: own,
            };
            let mut group = setting.group(self.rows);
            group.before = if index > 0 || captioned { Pt(3.0) } else { frame.leading * 0.5 };
            group.after = frame.leading * 0.5;
            out.push(group);
        }
        out
    }
}

/// The caption above the table.
fn caption(context: &Context<'_>, frame: &Frame<'_>, _id: NodeId, table: &Table) -> Vec<Group> {
    let inner = figure::caption_frame(context, frame);
    let text = Text::of(context, &inner, &table.caption);
    let strips = lines::set(context, &inner, &text, Pt::ZERO);
    if strips.is_empty() {
        return Vec::new();
    }
    let mut group = Group { strips, before: frame.leading * 0.5, keep_with_next: true, ..Group::default() };
    group.keep_together();
    vec![group]
}

/// The words above the further parts of a table that is too wide.
fn continued(context: &Context<'_>, frame: &Frame<'_>) -> Group {
    let inner = Frame { align: Align::Right, ..figure::caption_frame(context, frame) };
    let mut text = Text::default();
    let said = words::word(words::Word::Continued, frame.language);
    text.push_words(said, inline::frame_style(&inner), inner.color, Role::Artifact);
    let strips = lines::set(context, &inner, &text, Pt::ZERO);
    Group { strips, before: frame.leading * 0.5, keep_with_next: true, ..Group::default() }
}

/// Gives each cell its place, around cells that reach down from rows above.
fn place<'a>(rows: &[&'a Row], head: usize) -> Vec<Placed<'a>> {
    let mut placed: Vec<Placed<'a>> = Vec::new();
    // How many further rows each column is taken by a cell above.
    let mut taken: Vec<usize> = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let mut column = 0;
        // Cells reach neither out of the head nor out of the table.
        let below = if index < head { head } else { rows.len() } - index;
        for cell in &row.cells {
            while taken.get(column).is_some_and(|&rows| rows > 0) {
                column += 1;
            }
            let columns = usize::from(cell.column_span.clamp(1, 64));
            let rows = usize::from(cell.row_span.max(1)).min(below);
            if taken.len() < column + columns {
                taken.resize(column + columns, 0);
            }
            taken[column..column + columns].fill(rows);
            placed.push(Placed { cell, row: index, column, columns, rows });
            column += columns;
        }
        for rows in &mut taken {
            *rows = rows.saturating_sub(1);
        }
    }
    placed
}

/// The rows of a table with the cells that begin in them, in order; `None` for what a short row lacks.
pub(super) fn grid<'a>(rows: &[&'a Row], head: usize) -> Vec<Vec<Option<Placed<'a>>>> {
    let cells = place(rows, head);
    let count = cells.iter().map(|cell| cell.column + cell.columns).max().unwrap_or(0);
    let mut covered = vec![vec![false; count]; rows.len()];
    for cell in &cells {
        for row in &mut covered[cell.row..cell.row + cell.rows] {
            row[cell.column..cell.column + cell.columns].fill(true);
        }
    }
    let mut out: Vec<Vec<(usize, Option<Placed<'a>>)>> = covered
        .iter()
        .map(|row| row.iter().enumerate().filter(|(_, covered)| !**covered).map(|(column, _)| (column, None)).collect())
        .collect();
    for cell in cells {
        out[cell.row].push((cell.column, Some(cell)));
    }
    let sorted = |mut row: Vec<(usize, Option<Placed<'a>>)>| {
        row.sort_by_key(|(column, _)| *column);
        row.into_iter().map(|(_, cell)| cell).collect()
    };
    out.into_iter().map(sorted).collect()
}

/// A part of a table while it is set.
struct Setting<'a, 'b> {
    context: &'a Context<'b>,
    frame: Frame<'a>,
    table: &'a Table,
    cells: &'a [Placed<'a>],
    /// The columns of this part.
    columns: &'a [usize],
    /// Whether the first of them has stood in a part before this one.
    repeats: bool,
    /// Their widths, padding included.
    widths: Vec<Pt>,
    /// The space at the left and at the right of their cells.
    pads: Vec<(Pt, Pt)>,
}

/// A cell that has been set: its strips with their distance from the cell's top.
struct SetCell {
    row: usize,
    rows: usize,
    left: usize,
    right: usize,
    strips: Vec<(Pt, Strip)>,
    height: Pt,
}

impl Setting<'_, '_> {
    fn group(&self, rows: usize) -> Group {
        let mut set = self.set_cells();
        let heights = self.heights(&mut set, rows);
        let head = self.table.head.len();
        let mut group = Group::default();
        for (row, height) in heights.iter().enumerate() {
            let (height, mut strips) = (*height, self.row(row, *height, &mut set));
            if let (Some(first), true) = (strips.first_mut(), row == 0) {
                self.rule(first, Pt::ZERO, THICK, 0, self.columns.len());
            }
            if let Some(last) = strips.last_mut() {
                let bottom = last.height;
                if row + 1 == rows {
                    self.rule(last, bottom, THICK, 0, self.columns.len());
                } else if row + 1 == head {
                    self.rule(last, bottom, MIDDLE, 0, self.columns.len());
                } else {
                    self.thin_rules(last, bottom, row, &set);
                }
            }
            let reached = set.iter().any(|cell| cell.row < row && row < cell.row + cell.rows);
            // Neither does the head stand with one row alone, nor is the last row alone on a page, if rows are low.
            let alone = row == head + 1 || row + 1 == rows && row > head;
            let low = row > 0 && heights[row - 1] + height <= self.context.sheet.grid_height() * TWO_ROWS;
            if let Some(first) = strips.first_mut() {
                first.glued = reached || (row <= head && row > 0) || alone && low;
            }
            group.strips.append(&mut strips);
            if row + 1 == head && head < rows {
                group.repeated = group.strips.clone();
            }
        }
        let too_high =
            group.repeated.iter().map(|strip| strip.height).sum::<Pt>() > self.context.sheet.grid_height() * 0.5;
        if too_high {
            group.repeated.clear();
        }
        group
    }

    fn set_cells(&self) -> Vec<SetCell> {
        let mut out = Vec::new();
        for placed in self.cells {
            let covered = placed.column..placed.column + placed.columns;
            let mut inside = (0..self.columns.len()).filter(|&index| covered.contains(&self.columns[index]));
            let Some(left) = inside.next() else { continue };
            // Only neighbours are covered: the repeated first column may stand before a gap.
            let right =
                inside.take_while(|&i| self.columns[i] == self.columns[left] + i - left).last().unwrap_or(left) + 1;
            // A cell that reaches over from another part is empty here.
            let blocks: &[Block] = if self.columns[left] == placed.column { &placed.cell.blocks } else { &[] };
            let mut cell = self.cell(placed, blocks, left, right);
            if self.repeats && left == 0 {
                cell.strips.iter_mut().for_each(|(_, strip)| *strip = turned::artifact(std::mem::take(strip)));
            }
            if cell.height > self.context.sheet.grid_height() * HIGHEST_ROW {
                cell.rows = 1;
            }
            out.push(cell);
        }
        out
    }

    fn cell(&self, placed: &Placed<'_>, content: &[Block], left: usize, right: usize) -> SetCell {
        let x = self.left(left);
        let width = self.left(right) - x;
        let (before, behind) = (self.pads[left].0.min(width * 0.2), self.pads[right - 1].1.min(width * 0.2));
        let inner = width - before - behind;
        let header = placed.cell.header || placed.row < self.table.head.len();
        let alignment = self.table.alignments.get(placed.column).copied().unwrap_or_default();
        let align = match alignment {
            Alignment::Default | Alignment::Left => Align::Left,
            Alignment::Center => Align::Center,
            Alignment::Right => Align::Right,
        };
        let family = if header && self.frame.language.is_han() { Family::Sans } else { self.frame.family };
        let title = columns::breaks_between_words(content, inner, self.frame.size);
        let frame = Frame { x: x + before, width: inner, align, family, bold: header, title, ..self.frame };
        let mut strips = Vec::new();
        let (mut y, mut after) = (Pt::ZERO, Pt::ZERO);
        for group in blocks(self.context, &frame, content) {
            if !strips.is_empty() {
                y += group.before.max(after);
            }
            for strip in group.strips {
                let height = strip.height;
                strips.push((y, strip));
                y += height;
            }
            after = group.after;
        }
        SetCell { row: placed.row, rows: placed.rows, left, right, strips, height: y }
    }

    /// The left edge of a column of this part.
    fn left(&self, column: usize) -> Pt {
        let total: Pt = self.widths.iter().copied().sum();
        let before: Pt = self.widths.iter().take(column).copied().sum();
        self.frame.x + (self.frame.width - total) * 0.5 + before
    }

    /// The heights of rows; a cell over several rows makes its last row higher where it must.
    fn heights(&self, set: &mut [SetCell], rows: usize) -> Vec<Pt> {
        let pad = self.row_pad() * 2.0;
        let mut heights = vec![self.frame.leading + pad; rows];
        for cell in set.iter().filter(|cell| cell.rows == 1) {
            heights[cell.row] = heights[cell.row].max(cell.height + pad);
        }
        for cell in set.iter().filter(|cell| cell.rows > 1) {
            let last = cell.row + cell.rows - 1;
            let have: Pt = heights[cell.row..=last].iter().copied().sum();
            heights[last] += (cell.height + pad - have).max(Pt::ZERO);
        }
        for cell in set.iter_mut() {
            let have: Pt = heights[cell.row..cell.row + cell.rows].iter().copied().sum();
            // Cells of the head and cells over several rows stand in the middle.
            if cell.rows > 1 || cell.row < self.table.head.len() {
                let down = (have - pad - cell.height) * 0.5;
                cell.strips.iter_mut().for_each(|(y, _)| *y += down);
            }
        }
        heights
    }

    fn row_pad(&self) -> Pt {
        self.frame.leading * 0.22
    }

    /// A row as one strip, or as several when it is so high that it may be cut.
    fn row(&self, row: usize, height: Pt, set: &mut [SetCell]) -> Vec<Strip> {
        let pad = self.row_pad();
        let mut pieces: Vec<(Pt, Strip)> = Vec::new();
        for cell in set.iter_mut().filter(|cell| cell.row == row) {
            pieces.extend(cell.strips.drain(..).map(|(y, strip)| (y + pad, strip)));
        }
        let mut cuts = vec![Pt::ZERO];
        if height > self.context.sheet.grid_height() * HIGHEST_ROW {
            cuts.extend(safe_cuts(&pieces));
        }
        let mut strips: Vec<Strip> = cuts
            .iter()
            .zip(cuts.iter().skip(1).chain([&height]))
            .map(|(top, bottom)| Strip { height: *bottom - *top, ..Strip::default() })
            .collect();
        for (y, piece) in pieces {
            let index = cuts.iter().rposition(|cut| cut.0 <= y.0 + 0.01).unwrap_or(0);
            strips[index].overlay(piece, Pt::ZERO, y - cuts[index]);
        }
        strips
    }

    fn rule(&self, strip: &mut Strip, y: Pt, thickness: Pt, left: usize, right: usize) {
        let x = self.left(left);
        let color = if thickness == THIN { self.context.style.color.hairline } else { self.context.style.color.text };
        strip.items.push(shapes::rule(x, y, self.left(right) - x, thickness, color));
    }

    /// Rules under a row, but not through cells that reach further down.
    fn thin_rules(&self, strip: &mut Strip, y: Pt, row: usize, set: &[SetCell]) {
        let mut from = 0;
        for column in 0..=self.columns.len() {
            let crossed = set.iter().any(|cell| {
                cell.row <= row && row + 1 < cell.row + cell.rows && (cell.left..cell.right).contains(&column)
            });
            if crossed || column == self.columns.len() {
                if from < column {
                    self.rule(strip, y, THIN, from, column);
                }
                from = column + 1;
            }
        }
    }
}

/// The distances from the top at which no strip is cut.
fn safe_cuts(pieces: &[(Pt, Strip)]) -> Vec<Pt> {
    let mut ends: Vec<Pt> = pieces.iter().map(|(y, strip)| *y + strip.height).collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    ends.dedup_by(|a, b| (a.0 - b.0).abs() < 0.01);
    // The end of the last strip is the end of the row.
    ends.pop();
    ends.retain(|cut| pieces.iter().all(|(y, strip)| (*y + strip.height).0 <= cut.0 + 0.01 || y.0 >= cut.0 - 0.01));
    ends
}
