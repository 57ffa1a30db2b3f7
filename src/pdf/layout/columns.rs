//! How wide the columns of a table are.

use super::context::{Context, Frame};
use super::figure;
use super::inline::{Text, is_han};
use super::lines;
use super::table::Placed;
use super::widths::{MOST_ROWS, Pieces, fewest_lines};
use crate::document::{Alignment, Block, BlockKind, ImageState, plain_text};
use crate::units::Pt;

/// The width that a column needs and the width that it wants, padding included.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Widths {
    /// No word is broken.
    pub(super) least: Pt,
    /// No line is broken.
    pub(super) most: Pt,
}

/// The narrowest column, in type sizes.
const NARROWEST: f32 = 2.0;
/// Words longer than this, in type sizes, may be broken.
const LONGEST_WORD: f32 = 6.5;

/// Lines of a Han cell are at least this long where it has as much text, in type sizes.
const SHORTEST_LINE: f32 = 4.0;

/// The space at both sides of the cells of each column. Numbers that end at the right and words that begin
/// at the left need more between them than columns do whose edges are ragged there.
pub(super) fn pads(size: Pt, alignments: &[Alignment], count: usize) -> Vec<(Pt, Pt)> {
    let mut pads = vec![(size * 0.45, size * 0.45); count];
    for column in 1..count {
        let is = |column: usize| alignments.get(column).copied().unwrap_or_default();
        if is(column - 1) == Alignment::Right && matches!(is(column), Alignment::Default | Alignment::Left) {
            pads[column - 1].1 = size * 0.8;
            pads[column].0 = size * 0.8;
        }
    }
    pads
}

/// What is known of the columns of a table.
pub(super) struct Measured {
    /// What each needs and wants.
    pub(super) widths: Vec<Widths>,
    /// What stands in the cells of one column that hold nothing but text.
    pub(super) pieces: Vec<Pieces>,
}

/// Measures the columns of a table.
pub(super) fn measure(context: &Context<'_>, frame: &Frame<'_>, cells: &[Placed<'_>], pads: &[(Pt, Pt)]) -> Measured {
    let sides = |column: usize| pads[column].0 + pads[column].1;
    let narrowest = frame.size * NARROWEST;
    let mut widths: Vec<Widths> = (0..pads.len())
        .map(|column| narrowest + sides(column))
        .map(|width| Widths { least: width, most: width })
        .collect();
    let mut pieces = Vec::new();
    for placed in cells {
        let bold = Frame { bold: placed.cell.header, ..*frame };
        let (least, most) = of_blocks(context, &bold, &placed.cell.blocks);
        // A cell over several columns asks an equal part of each.
        let share = 1.0 / placed.columns as f32;
        let covered = placed.column..placed.column + placed.columns;
        let between: Pt = covered.clone().map(sides).sum();
        for column in &mut widths[covered] {
            column.least = column.least.max((least + between) * share);
            column.most = column.most.max((most + between) * share).max(column.least);
        }
        if placed.columns == 1 && placed.rows == 1 && placed.row < MOST_ROWS {
            pieces.extend(pieces_of(context, &bold, placed));
        }
    }
    Measured { widths, pieces }
}

/// The pieces of a cell that holds nothing but paragraphs.
fn pieces_of(context: &Context<'_>, frame: &Frame<'_>, placed: &Placed<'_>) -> Option<Pieces> {
    let mut pieces = Pieces::new(placed.row, placed.column);
    for block in &placed.cell.blocks {
        let BlockKind::Paragraph(content) = &block.kind else { return None };
        let text = Text::of(context, frame, content);
        pieces
            .push(&plain_text(content), context.setter.natural_width(&text.content, &lines::options(frame, Pt::ZERO)));
    }
    Some(pieces)
}

/// Whether text is broken between words only: short text whose words all fit. Such a cell is set by
/// meaning, as a title is, and without hyphens.
pub(super) fn breaks_between_words(blocks: &[Block], width: Pt, em: Pt) -> bool {
    blocks.iter().all(|block| match &block.kind {
        BlockKind::Paragraph(content) => {
            let text = plain_text(content);
            text.chars().nth(MOST_SHORT).is_none() && em * longest(&text) <= width
        }
        _ => false,
    })
}

/// Text of up to this many characters is short.
const MOST_SHORT: usize = 120;

/// The widths of what a cell holds.
fn of_blocks(context: &Context<'_>, frame: &Frame<'_>, blocks: &[Block]) -> (Pt, Pt) {
    let mut widest = (Pt::ZERO, Pt::ZERO);
    for block in blocks {
        let (least, most) = of_block(context, frame, block);
        widest = (widest.0.max(least), widest.1.max(most));
    }
    widest
}

fn of_block(context: &Context<'_>, frame: &Frame<'_>, block: &Block) -> (Pt, Pt) {
    let em = frame.size;
    let moved_in = |(least, most): (Pt, Pt)| (least + em * 2.0, most + em * 2.0);
    match &block.kind {
        BlockKind::Paragraph(content) | BlockKind::Heading { content, .. } => {
            let text = Text::of(context, frame, content);
            let most = context.setter.natural_width(&text.content, &lines::options(frame, Pt::ZERO));
            // A hair more, so that what just fits is not broken by rounding.
            let plain = plain_text(content);
            let line = if plain.contains(is_han) { em * SHORTEST_LINE } else { Pt::ZERO };
            (longest_word(&plain, em).max(line).min(most), most + Pt(0.5))
        }
        BlockKind::List(list) => {
            let items = list.items.iter().map(|item| moved_in(of_blocks(context, frame, &item.blocks)));
            items.fold((Pt::ZERO, Pt::ZERO), |widest, item| (widest.0.max(item.0), widest.1.max(item.1)))
        }
        BlockKind::Figure { image, .. } => {
            let width = match image.state {
                ImageState::Found(asset) => figure::natural_size(context, asset).map_or(em, |size| size.0),
                _ => em * 8.0,
            };
            ((em * 4.0).min(width), width.min(frame.width))
        }
        BlockKind::Code(code) => {
            let longest = code.text().lines().map(|line| line.chars().count()).max().unwrap_or(0);
            (em * 6.0, (em * 0.6 * longest as f32 + em * 2.0).max(em * 6.0))
        }
        _ => (em * 6.0, frame.width),
    }
}

/// About how wide the longest piece is that is not broken without need.
fn longest_word(text: &str, em: Pt) -> Pt {
    em * longest(text).min(LONGEST_WORD)
}

/// The same in type sizes, however long.
fn longest(text: &str) -> f32 {
    let mut longest = 0.0_f32;
    let mut word = 0.0_f32;
    for c in text.chars() {
        match c {
            c if c.is_whitespace() || matches!(c, '/' | '-' | '_' | '，' | '。' | '、') => word = 0.0,
            c if is_han(c) => word = 1.0,
            c if c.is_uppercase() => word += 0.7,
            _ => word += 0.54,
        }
        longest = longest.max(word);
    }
    longest
}

/// The width that all columns need together.
pub(super) fn least(widths: &[Widths]) -> Pt {
    widths.iter().map(|widths| widths.least).sum()
}

/// Divides columns into parts that fit a width; each part but the first begins with the first column,
/// where that leaves room for others.
pub(super) fn parts(widths: &[Widths], width: Pt) -> Vec<Vec<usize>> {
    let repeats = widths.first().is_some_and(|first| first.least <= width * 0.34);
    let mut parts: Vec<Vec<usize>> = vec![Vec::new()];
    let mut used = Pt::ZERO;
    for (column, wanted) in widths.iter().enumerate() {
        let current = parts.last().map_or(0, Vec::len);
        if used + wanted.least > width + Pt(0.01) && current > 0 {
            let head = if repeats { vec![0] } else { Vec::new() };
            used = if repeats { widths[0].least } else { Pt::ZERO };
            parts.push(head);
        }
        used += wanted.least;
        if let Some(part) = parts.last_mut() {
            part.push(column);
        }
    }
    parts
}

/// Shares a width among columns, so that rows are low. `pieces` are those of these columns.
pub(super) fn share(widths: &[Widths], pieces: &[Pieces], pads: &[Pt], width: Pt, em: Pt) -> Vec<Pt> {
    let most: Pt = widths.iter().map(|widths| widths.most).sum();
    let least = least(widths);
    if most <= width {
        // A table that is nearly as wide as the column fills it; a narrow one has some air.
        let scale = if most.0 > width.0 * 0.6 { width / most } else { 1.1 };
        return widths.iter().map(|widths| widths.most * scale).collect();
    }
    if least >= width {
        return widths.iter().map(|widths| widths.least * (width / least)).collect();
    }
    let (least, most): (Vec<Pt>, Vec<Pt>) = widths.iter().map(|widths| (widths.least, widths.most)).unzip();
    fewest_lines(pieces, &least, &most, pads, width, em)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(least: f32, most: f32) -> Widths {
        Widths { least: Pt(least), most: Pt(most) }
    }

    #[test]
    fn columns_fill_the_width_exactly_when_they_want_more() {
        let shared = share(
            &[column(20.0, 30.0), column(20.0, 400.0), column(50.0, 50.0)],
            &[],
            &[Pt::ZERO; 3],
            Pt(200.0),
            Pt(9.0),
        );
        let total: Pt = shared.iter().copied().sum();
        assert!((total.0 - 200.0).abs() < 0.01);
        assert!((shared[2].0 - 50.0).abs() < 0.01 && shared[1].0 > shared[0].0);
    }

    #[test]
    fn a_table_of_forty_columns_is_set_in_parts_that_fit() {
        let widths = vec![column(30.0, 60.0); 40];
        let parts = parts(&widths, Pt(294.0));
        assert!(parts.len() > 1);
        for part in &parts {
            assert!(part[0] == 0 && part.len() <= 9, "{part:?}");
        }
        let mut shown: Vec<usize> = parts.into_iter().flatten().collect();
        shown.sort_unstable();
        shown.dedup();
        assert_eq!(shown, (0..40).collect::<Vec<_>>());
    }

    #[test]
    fn a_single_column_wider_than_the_page_is_squeezed_into_it() {
        assert_eq!(parts(&[column(500.0, 900.0)], Pt(294.0)), [[0]]);
        let shared = share(&[column(500.0, 900.0)], &[], &[Pt::ZERO], Pt(294.0), Pt(9.0));
        assert!((shared[0].0 - 294.0).abs() < 0.01);
    }
}
