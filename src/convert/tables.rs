//! Tables of HTML become rows and cells.

use dom_query::NodeRef;

use crate::document::{Alignment, Block, BlockKind, Cell, NodeId, Row, Table};

use super::flow::Place;
use super::nodes::block;
use super::parse::{Reader, attribute, name_of};

/// Cells that go over several columns make no more than this; a few bytes would make thousands otherwise, in every row.
const MOST_COLUMNS: usize = 100;

impl Reader<'_, '_> {
    /// A table. What stands between its rows, where nothing may stand, follows it.
    pub(super) fn table(&mut self, node: &NodeRef<'_>, out: &mut Vec<Block>) {
        let line = self.line;
        let mut table = Table { alignments: Vec::new(), head: Vec::new(), body: Vec::new(), caption: Vec::new() };
        let mut others = Vec::new();
        if let Some(letters) = attribute(node, "data-columns") {
            table.alignments = letters.chars().map(|letter| alignment(&letter.to_string())).collect();
        }
        self.rows(node, false, &mut table, &mut others);
        let columns = table.head.iter().chain(&table.body).map(columns_of).max().unwrap_or(0);
        // HTML tables without a head row often mark it by header cells alone.
        if table.head.is_empty()
            && table.body.len() > 1
            && table.body[0].cells.iter().all(|cell| cell.header && cell.row_span == 1)
        {
            table.head.push(table.body.remove(0));
        }
        table.alignments.resize(columns.max(table.alignments.len()), Alignment::Default);
        if columns > 0 {
            out.push(block(BlockKind::Table(table), line));
        }
        out.append(&mut others);
    }

    fn rows(&mut self, node: &NodeRef<'_>, head: bool, table: &mut Table, others: &mut Vec<Block>) {
        for child in node.children_it(false) {
            self.see_line(&child);
            match name_of(&child).as_str() {
                "caption" => {
                    let inlines = self.content(&child);
                    table.caption = self.settle(inlines);
                }
                "thead" => self.rows(&child, true, table, others),
                "tbody" | "tfoot" => self.rows(&child, false, table, others),
                "tr" => {
                    let row = self.row(&child, table);
                    if !row.cells.is_empty() {
                        if head { table.head.push(row) } else { table.body.push(row) }
                    }
                }
                "" | "colgroup" | "col" => {}
                _ => others.append(&mut self.blocks(&child)),
            }
        }
    }

    fn row(&mut self, node: &NodeRef<'_>, table: &mut Table) -> Row {
        let mut cells = Vec::new();
        let mut column = 0_usize;
        for child in node.children_it(false) {
            let name = name_of(&child);
            if !matches!(name.as_str(), "td" | "th") {
                continue;
            }
            self.see_line(&child);
            let span = |key: &str, most: usize| {
                let most = u16::try_from(most).unwrap_or(u16::MAX).max(1);
                attribute(&child, key).and_then(|span| span.parse::<u16>().ok()).unwrap_or(1).clamp(1, most)
            };
            let cell = Cell {
                id: NodeId::default(),
                header: name == "th",
                column_span: span("colspan", MOST_COLUMNS.saturating_sub(column)),
                row_span: span("rowspan", 100),
                blocks: self.within(Place::Label, |reader| reader.blocks(&child)),
            };
            if let Some(align) = attribute(&child, "align") {
                if table.alignments.len() <= column {
                    table.alignments.resize(column + 1, Alignment::Default);
                }
                table.alignments[column] = alignment(&align);
            }
            column += usize::from(cell.column_span);
            cells.push(cell);
        }
        Row { id: NodeId::default(), cells }
    }
}

fn columns_of(row: &Row) -> usize {
    row.cells.iter().map(|cell| usize::from(cell.column_span)).sum()
}

fn alignment(name: &str) -> Alignment {
    match name {
        "l" | "left" => Alignment::Left,
        "c" | "center" => Alignment::Center,
        "r" | "right" => Alignment::Right,
        _ => Alignment::Default,
    }
}
