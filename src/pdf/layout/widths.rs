//! Which widths of a table's columns make the fewest lines.
//!
//! A column gets what its cells need, and then the rest goes, half an em and more at a time, to where it
//! takes most lines away. How cells break is estimated: words and Han characters fill lines one after
//! the other. The lines themselves are broken later, by the setter.

use super::inline::is_han;
use crate::units::Pt;

/// Rows beyond these do not change widths: a long table is judged by its beginning.
pub(super) const MOST_ROWS: usize = 300;
/// The most steps that a column grows by at a time.
const REACH: u16 = 12;
/// The price of a last line of one or two characters, in lines.
const ORPHAN: f32 = 0.4;
/// What a line counts that is not in the highest cell of its row.
const HIDDEN: f32 = 0.05;

/// The text of a cell in one column, as pieces that are not broken.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Pieces {
    /// The cell's row.
    pub(super) row: usize,
    /// The cell's column.
    pub(super) column: usize,
    /// For each paragraph the widths of its pieces, with the space after each.
    pub(super) paragraphs: Vec<Vec<(f32, f32)>>,
}

impl Pieces {
    /// No text yet.
    pub(super) fn new(row: usize, column: usize) -> Self {
        Self { row, column, paragraphs: Vec::new() }
    }

    /// Adds a paragraph that is so wide on one line.
    pub(super) fn push(&mut self, text: &str, natural: Pt) {
        let mut pieces: Vec<(f32, f32)> = Vec::new();
        let mut joins = false;
        for c in text.chars() {
            let closes = matches!(
                c,
                '，' | '。'
                    | '、'
                    | '；'
                    | '：'
                    | '！'
                    | '？'
                    | '”'
                    | '’'
                    | '）'
                    | '》'
                    | '」'
                    | '』'
                    | '…'
                    | '—'
                    | '·'
            );
            let width = if is_han(c) || closes { 1.0 } else { 0.52 };
            match pieces.last_mut() {
                Some(last) if c.is_whitespace() => last.1 = 0.25,
                Some(last) if joins && !is_han(c) || closes => last.0 += width,
                _ if c.is_whitespace() => {}
                _ => pieces.push((width, 0.0)),
            }
            let opens = matches!(c, '“' | '‘' | '（' | '《' | '「' | '『');
            joins = !c.is_whitespace() && !is_han(c) && !closes && !matches!(c, '/' | '-') || opens;
        }
        let total: f32 = pieces.iter().map(|(width, space)| width + space).sum();
        let scale = if total > 0.0 { natural.0 / total } else { 1.0 };
        self.paragraphs.push(pieces.into_iter().map(|(width, space)| (width * scale, space * scale)).collect());
    }

    /// How many lines the text takes in a width, and a little more when the last one is short.
    fn lines(&self, width: f32, em: f32) -> f32 {
        let mut lines = 0.0;
        for pieces in &self.paragraphs {
            let (mut count, mut used) = (1.0, 0.0);
            for &(piece, space) in pieces {
                if used > 0.0 && used + piece > width + 0.01 {
                    count += 1.0;
                    used = 0.0;
                }
                // What is wider than the column is broken.
                count += ((piece / width.max(1.0)).ceil() - 1.0).max(0.0);
                used += piece + space;
            }
            lines += count + if count > 1.0 && used < em * 2.2 { ORPHAN } else { 0.0 };
        }
        lines
    }
}

/// Columns while their widths are sought.
struct Search<'a> {
    cells: Vec<Vec<&'a Pieces>>,
    /// What each column takes beside its text.
    pads: &'a [Pt],
    em: Pt,
    /// The lines of each cell, by row and column.
    lines: Vec<Vec<f32>>,
}

/// Widths, padding included, that fill `width` with few lines. `least` and `most` are those that columns
/// need and want; they are less and more than `width` together.
pub(super) fn fewest_lines(cells: &[Pieces], least: &[Pt], most: &[Pt], pads: &[Pt], width: Pt, em: Pt) -> Vec<Pt> {
    let mut widths = least.to_vec();
    let mut rest = width - widths.iter().copied().sum();
    let mut search = Search::new(cells, pads, em, &widths);
    let step = em * 0.5;
    loop {
        let mut best: Option<(f32, usize, Pt)> = None;
        for column in 0..widths.len() {
            for steps in 1..=REACH {
                let more = step * f32::from(steps);
                if more.0 > rest.0 || (widths[column] + more).0 > most[column].0 + step.0 {
                    break;
                }
                let gain = search.gain(column, widths[column] + more) / f32::from(steps);
                if gain > 0.0 && best.is_none_or(|(most, ..)| gain > most * 1.001) {
                    best = Some((gain, column, more));
                }
            }
        }
        let Some((_, column, more)) = best else { break };
        widths[column] += more;
        rest -= more;
        search.set(column, widths[column]);
    }
    // What takes no line away goes where a line would be longer.
    let wanted: Pt = widths.iter().zip(most).map(|(have, want)| (*want - *have).max(Pt::ZERO)).sum();
    if wanted.0 > 0.0 {
        for (have, want) in widths.iter_mut().zip(most) {
            *have += rest * ((*want - *have).max(Pt::ZERO) / wanted);
        }
    } else {
        let share = rest / widths.len().max(1) as f32;
        widths.iter_mut().for_each(|have| *have += share);
    }
    widths
}

impl<'a> Search<'a> {
    fn new(cells: &'a [Pieces], pads: &'a [Pt], em: Pt, widths: &[Pt]) -> Self {
        let mut columns: Vec<Vec<&Pieces>> = vec![Vec::new(); widths.len()];
        let mut rows = 0;
        for cell in cells.iter().filter(|cell| cell.row < MOST_ROWS && cell.column < widths.len()) {
            columns[cell.column].push(cell);
            rows = rows.max(cell.row + 1);
        }
        let mut search = Self { cells: columns, pads, em, lines: vec![vec![0.0; widths.len()]; rows] };
        for (column, &width) in widths.iter().enumerate() {
            search.set(column, width);
        }
        search
    }

    fn lines_in(&self, cell: &Pieces, width: Pt) -> f32 {
        cell.lines((width - self.pads[cell.column]).0, self.em.0)
    }

    fn set(&mut self, column: usize, width: Pt) {
        for index in 0..self.cells[column].len() {
            let cell = self.cells[column][index];
            self.lines[cell.row][column] = self.lines_in(cell, width);
        }
    }

    /// How many lines less the table takes when a column has a width.
    fn gain(&self, column: usize, width: Pt) -> f32 {
        let mut gain = 0.0;
        for cell in &self.cells[column] {
            let row = &self.lines[cell.row];
            let lines = self.lines_in(cell, width);
            let others = row.iter().enumerate().filter(|(other, _)| *other != column);
            let others = others.map(|(_, lines)| *lines).fold(0.0, f32::max);
            gain += row[column].max(others) - lines.max(others) + (row[column] - lines) * HIDDEN;
        }
        gain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(row: usize, column: usize, text: &str) -> Pieces {
        let mut pieces = Pieces::new(row, column);
        pieces.push(text, Pt(text.chars().count() as f32 * 10.0));
        pieces
    }

    #[test]
    fn width_goes_where_it_takes_lines_away() {
        let cells = [cell(0, 0, "一名工匠需要识字吗"), cell(0, 1, "不必"), cell(1, 1, "高，先备几万字")];
        let widths =
            fewest_lines(&cells, &[Pt(40.0), Pt(40.0)], &[Pt(90.0), Pt(70.0)], &[Pt(0.0); 2], Pt(150.0), Pt(10.0));
        assert!(widths[0].0 >= 60.0 && widths[1].0 >= 40.0, "{widths:?}");
        assert!((widths[0].0 + widths[1].0 - 150.0).abs() < 0.01);
    }

    #[test]
    fn marks_stay_with_what_is_before_them() {
        let mut pieces = Pieces::new(0, 0);
        pieces.push("高，先", Pt(30.0));
        assert_eq!(pieces.paragraphs, [[(20.0, 0.0), (10.0, 0.0)]]);
        assert!((pieces.lines(20.0, 10.0) - 2.4).abs() < 0.01);
    }
}
