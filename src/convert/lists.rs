//! Lists of HTML become items and definitions.

use dom_query::NodeRef;

use crate::document::{Block, BlockKind, Definition, List, ListItem, NodeId};

use super::nodes::block;
use super::parse::{Reader, attribute, is_block, name_of};

impl Reader<'_, '_> {
    /// A list; what stands between its items, where nothing may stand, is an item too.
    pub(super) fn list(&mut self, node: &NodeRef<'_>, ordered: bool, out: &mut Vec<Block>) {
        let line = self.line;
        let mut list = List { start: None, tight: true, items: Vec::new() };
        if ordered {
            list.start = Some(attribute(node, "start").and_then(|start| start.parse().ok()).unwrap_or(1));
        }
        for child in node.children_it(false) {
            self.see_line(&child);
            let item_line = self.line;
            let blocks = if name_of(&child) == "li" {
                list.tight &= !child.children_it(false).any(|inner| name_of(&inner) == "p");
                self.blocks(&child)
            } else {
                let mut blocks = Vec::new();
                if is_block(&name_of(&child)) {
                    let name = name_of(&child);
                    self.block(&child, &name, &mut blocks);
                } else {
                    let mut loose = Vec::new();
                    self.inline(&child, &mut loose);
                    self.flush(&mut loose, &mut blocks);
                }
                if blocks.is_empty() {
                    continue;
                }
                blocks
            };
            let task = child.attr("data-task").map(|task| &*task == "done");
            list.items.push(ListItem { id: NodeId::default(), line: item_line, task, blocks });
        }
        if !list.items.is_empty() {
            out.push(block(BlockKind::List(list), line));
        }
    }

    /// A list of terms and what they mean.
    pub(super) fn definitions(&mut self, node: &NodeRef<'_>, out: &mut Vec<Block>) {
        let line = self.line;
        let mut definitions: Vec<Definition> = Vec::new();
        for child in node.children_it(false) {
            self.see_line(&child);
            let name = name_of(&child);
            if name == "dt" {
                let inlines = self.content(&child);
                let term = self.settle(inlines);
                definitions.push(Definition { id: NodeId::default(), term, definitions: Vec::new() });
                continue;
            }
            let blocks = if name.is_empty() {
                let mut blocks = Vec::new();
                let mut loose = Vec::new();
                self.inline(&child, &mut loose);
                self.flush(&mut loose, &mut blocks);
                blocks
            } else {
                self.blocks(&child)
            };
            if blocks.is_empty() {
                continue;
            }
            match definitions.last_mut() {
                Some(definition) => definition.definitions.push(blocks),
                None => {
                    definitions.push(Definition { id: NodeId::default(), term: Vec::new(), definitions: vec![blocks] });
                }
            }
        }
        if !definitions.is_empty() {
            out.push(block(BlockKind::DefinitionList(definitions), line));
        }
    }
}
