//! In print a link cannot be followed: its address becomes a footnote, once an article.
//!
//! The article is laid out as if its author had written these notes. Links inside of notes are followed
//! by their addresses instead, and links that show their address need nothing.

use std::collections::BTreeSet;

use super::context::Context;
use super::inline::is_address;
use crate::book::Article;
use crate::document::{Block, BlockKind, Footnote, Inline, InlineKind, NodeId, plain_text};
use crate::pdf::pages::LinkTarget;

/// The first id of nodes that are added. No document has a thousand million nodes of its own.
pub(super) const FIRST_ID: NodeId = NodeId(0x4000_0000);

/// The article with a note for each address that its links lead to, all notes in the order of their calls.
pub(super) fn article(context: &Context<'_>) -> Article {
    let mut article = context.article.clone();
    let old = std::mem::take(&mut article.document.footnotes);
    let mut noter = Noter {
        context,
        places: vec![None; old.len()],
        old,
        notes: Vec::new(),
        seen: BTreeSet::new(),
        next: FIRST_ID.0,
        in_note: false,
    };
    noter.blocks(&mut article.document.blocks);
    // A note that nothing calls is kept all the same.
    for note in 0..noter.old.len() {
        noter.place(note);
    }
    article.document.footnotes = noter.notes;
    article
}

struct Noter<'a, 'b> {
    context: &'a Context<'b>,
    /// The notes that the article has.
    old: Vec<Footnote>,
    /// Where they are among all notes.
    places: Vec<Option<usize>>,
    notes: Vec<Footnote>,
    seen: BTreeSet<String>,
    next: u32,
    in_note: bool,
}

impl Noter<'_, '_> {
    fn id(&mut self) -> NodeId {
        self.next += 1;
        NodeId(self.next)
    }

    fn blocks(&mut self, blocks: &mut [Block]) {
        for block in blocks {
            let line = block.line;
            match &mut block.kind {
                BlockKind::Heading { content, .. } | BlockKind::Paragraph(content) => self.inlines(content, line),
                BlockKind::Quote(inner) | BlockKind::Alert(_, inner) => self.blocks(inner),
                BlockKind::List(list) => list.items.iter_mut().for_each(|item| self.blocks(&mut item.blocks)),
                BlockKind::DefinitionList(definitions) => {
                    for definition in definitions {
                        self.inlines(&mut definition.term, line);
                        definition.definitions.iter_mut().for_each(|blocks| self.blocks(blocks));
                    }
                }
                BlockKind::Table(table) => {
                    self.inlines(&mut table.caption, line);
                    let rows = table.head.iter_mut().chain(&mut table.body);
                    rows.flat_map(|row| &mut row.cells).for_each(|cell| self.blocks(&mut cell.blocks));
                }
                BlockKind::Figure { caption, .. } => self.inlines(caption, line),
                BlockKind::Code(_) | BlockKind::Math(_) | BlockKind::Rule => {}
            }
        }
    }

    fn inlines(&mut self, inlines: &mut Vec<Inline>, line: u32) {
        let mut out = Vec::with_capacity(inlines.len());
        for mut inline in std::mem::take(inlines) {
            if let InlineKind::FootnoteCall(note) = &mut inline.kind {
                match self.place(*note) {
                    Some(place) => *note = place,
                    None => continue,
                }
            }
            if let Some(children) = inline.kind.children_mut() {
                self.inlines(children, line);
            }
            let address = self.address(&inline);
            out.push(inline);
            if let Some(address) = address {
                self.add(&mut out, address, line);
            }
        }
        *inlines = out;
    }

    /// Where a note of the article is among all notes.
    fn place(&mut self, note: usize) -> Option<usize> {
        if self.places.get(note)?.is_none() {
            let mut footnote = self.old[note].clone();
            let place = self.notes.len();
            self.places[note] = Some(place);
            self.notes.push(Footnote { blocks: Vec::new(), ..footnote.clone() });
            let outside = std::mem::replace(&mut self.in_note, true);
            self.blocks(&mut footnote.blocks);
            self.in_note = outside;
            self.notes[place] = footnote;
        }
        self.places[note]
    }

    /// The address that a link leads to and does not show, when it has not been told yet.
    fn address(&mut self, inline: &Inline) -> Option<String> {
        let InlineKind::Link { target, content, .. } = &inline.kind else { return None };
        let LinkTarget::Url(address) = self.context.target(target)? else { return None };
        let told = is_address(&plain_text(content)) || !self.seen.insert(address.clone());
        (!told).then_some(address)
    }

    fn add(&mut self, out: &mut Vec<Inline>, address: String, line: u32) {
        let shown = vec![self.inline(InlineKind::Text(address.clone()), line)];
        let link = self.inline(InlineKind::Link { target: address, title: None, content: shown }, line);
        if self.in_note {
            let marks = if self.context.article.language.is_han() { ["（", "）"] } else { [" (", ")"] };
            out.push(self.inline(InlineKind::Text(marks[0].to_owned()), line));
            out.push(link);
            out.push(self.inline(InlineKind::Text(marks[1].to_owned()), line));
            return;
        }
        let block = Block { id: self.id(), line, language: None, kind: BlockKind::Paragraph(vec![link]) };
        let id = self.id();
        self.notes.push(Footnote { id, line, blocks: vec![block] });
        out.push(self.inline(InlineKind::FootnoteCall(self.notes.len() - 1), line));
    }

    fn inline(&mut self, kind: InlineKind, line: u32) -> Inline {
        Inline { id: self.id(), line, kind }
    }
}
