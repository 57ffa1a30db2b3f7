//! The structure of an article: which elements it has, and which nodes show their text.
//!
//! It is made from the document, not from pages, so that reading order is the author's wherever a figure
//! has moved to. Notes follow the block that calls them first.

use super::context::Context;
use super::table;
use crate::book::Language;
use crate::document::{
    Block, BlockKind, Definition, Footnote, Image, ImageState, Inline, InlineKind, List, NodeId, Row, Table,
};
use crate::pdf::structure::{Child, Element, Kind, Numbering, Places, Scope, Spans};
use crate::words::{self, Word};

/// The element of an article, and the places of its nodes. `depth` is the level of its title.
pub(super) fn article(context: &Context<'_>, depth: u8) -> (Element, Places) {
    let mut builder = Builder::new(context, depth);
    let mut children = builder.head();
    children.extend(builder.blocks(&context.article.document.blocks));
    for note in 0..context.article.document.footnotes.len() {
        children.extend(builder.note(note));
    }
    children.extend(builder.tail());
    let language = Some(context.article.language.clone()).filter(|own| own != context.book_language);
    (Element::new(Kind::Article, children).in_language(language), Places::new(builder.places))
}

/// What the cover says.
pub(super) fn cover(context: &Context<'_>) -> Element {
    let said = Element::new(Kind::Paragraph, vec![Child::Content(context.node(NodeId::COVER))]);
    Element::new(Kind::Section, vec![said.into()])
}

/// What the book has added since the last section, as a section of its own.
pub(super) fn section(context: &Context<'_>) -> Option<Element> {
    let added = context.added.take();
    (!added.is_empty()).then(|| Element::new(Kind::Section, added.into_iter().map(Child::from).collect()))
}

/// A part with the title that the book has added; its articles follow.
pub(super) fn part(context: &Context<'_>) -> Element {
    Element::new(Kind::Part, context.added.take().into_iter().map(Child::from).collect())
}

/// The places of what the book has added: each node has its own.
pub(super) fn added(context: &Context<'_>) -> Places {
    let nodes = (1..=context.fresh.get()).map(NodeId).chain([NodeId::COVER]);
    Places::new(nodes.map(|node| (node, node)).collect())
}

struct Builder<'a, 'b> {
    context: &'a Context<'b>,
    places: Vec<(NodeId, NodeId)>,
    /// The notes that have been called and follow the block that is being made.
    called: Vec<usize>,
    /// Which notes have their place in the tree.
    noted: Vec<bool>,
    /// The level of the article's title.
    depth: u8,
    /// The level of the last heading: none is skipped.
    level: u8,
}

impl<'a, 'b> Builder<'a, 'b> {
    fn new(context: &'a Context<'b>, depth: u8) -> Self {
        let noted = vec![false; context.article.document.footnotes.len()];
        Self { context, places: Vec::new(), called: Vec::new(), noted, depth, level: depth }
    }

    /// A new place, for what one node shows.
    fn content(&mut self, node: NodeId) -> Child {
        self.places.push((node, node));
        Child::Content(self.context.node(node))
    }

    /// Puts what a node shows behind what is there: at its place, or at a new one.
    fn join(&mut self, node: NodeId, out: &mut Vec<Child>) {
        match out.last() {
            Some(Child::Content(place)) => self.places.push((node, place.node)),
            _ => out.push(self.content(node)),
        }
    }

    /// Title, byline, source and cover.
    fn head(&mut self) -> Vec<Child> {
        let title = self.content(NodeId::TITLE);
        let byline = self.content(NodeId::BYLINE);
        let mut source = vec![self.content(NodeId::SOURCE_LABEL)];
        source.push(self.link(NodeId::SOURCE).into());
        let mut out: Vec<Child> = vec![
            Element::new(Kind::Heading(self.depth), vec![title]).into(),
            Element::new(Kind::Paragraph, vec![byline]).into(),
            Element::new(Kind::Paragraph, source).into(),
        ];
        if let Some(cover) = &self.context.article.cover {
            out.extend(self.figure(NodeId::COVER, cover, &[]));
        }
        out
    }

    /// The code of the address with its words, and what no other element expects.
    fn tail(&mut self) -> Vec<Child> {
        let code = self.content(NodeId::SCAN);
        let address = self.context.article.source.clone().unwrap_or_default();
        let words = self.content(NodeId::SCAN_LABEL);
        let rest = self.content(NodeId::ARTICLE);
        vec![
            Element::new(Kind::Figure, vec![code]).with_alt(format!("QR: {address}")).into(),
            Element::new(Kind::Paragraph, vec![words]).into(),
            Element::new(Kind::Paragraph, vec![rest]).into(),
        ]
    }

    /// A link whose text is that of its node.
    fn link(&mut self, node: NodeId) -> Element {
        let content = self.content(node);
        Element::new(Kind::Link, vec![content]).with_node(self.context.node(node))
    }

    fn blocks(&mut self, blocks: &[Block]) -> Vec<Child> {
        let mut out = Vec::with_capacity(blocks.len());
        for block in blocks {
            let from = out.len();
            self.block(block, &mut out);
            if let (Some(language), Some(Child::Element(element))) = (&block.language, out.get_mut(from)) {
                element.language = Some(language.clone());
            }
            out.extend(self.notes());
        }
        out
    }

    fn block(&mut self, block: &Block, out: &mut Vec<Child>) {
        let element = match &block.kind {
            BlockKind::Heading { level, content, .. } => {
                self.level = (level + self.depth - 1).min(self.level + 1).min(6);
                let mut inside = self.inlines(content);
                // What stands between a heading and the text that it begins.
                self.join(block.id, &mut inside);
                Element::new(Kind::Heading(self.level), inside)
            }
            BlockKind::Paragraph(content) => Element::new(Kind::Paragraph, self.inlines(content)),
            BlockKind::Quote(inner) => Element::new(Kind::Quote, self.blocks(inner)),
            BlockKind::Alert(_, inner) => {
                let title = Element::new(Kind::Paragraph, vec![self.content(block.id)]);
                let mut inside = vec![title.into()];
                inside.extend(self.blocks(inner));
                Element::new(Kind::Division, inside)
            }
            BlockKind::List(list) => self.list(list),
            BlockKind::DefinitionList(definitions) => self.definitions(definitions),
            BlockKind::Code(_) => {
                let code = Element::new(Kind::Code, vec![self.content(block.id)]);
                Element::new(Kind::Paragraph, vec![code.into()])
            }
            BlockKind::Table(table) => self.table(table),
            BlockKind::Figure { image, caption } => return out.extend(self.figure(block.id, image, caption)),
            BlockKind::Math(math) => {
                Element::new(Kind::Formula, vec![self.content(block.id)]).with_alt(math.tex.trim())
            }
            BlockKind::Rule => return,
        };
        out.push(element.into());
    }

    /// The notes that have been called since the last block.
    fn notes(&mut self) -> Vec<Child> {
        let called = std::mem::take(&mut self.called);
        called.into_iter().filter_map(|note| self.note(note)).collect()
    }

    /// A note, unless it has its place already.
    fn note(&mut self, note: usize) -> Option<Child> {
        let Footnote { id, blocks, .. } = self.context.article.document.footnotes.get(note)?;
        if std::mem::replace(self.noted.get_mut(note)?, true) {
            return None;
        }
        let label = Element::new(Kind::Label, vec![self.link(*id).into()]);
        let mut inside = vec![label.into()];
        let level = self.level;
        inside.extend(self.blocks(blocks));
        self.level = level;
        Some(Element::new(Kind::Note, inside).with_node(self.context.node(*id)).into())
    }

    fn list(&mut self, list: &List) -> Element {
        let items = list.items.iter().map(|item| {
            let label = Element::new(Kind::Label, vec![self.content(item.id)]);
            let body = Element::new(Kind::ItemBody, self.blocks(&item.blocks));
            Element::new(Kind::Item, vec![label.into(), body.into()]).into()
        });
        let items: Vec<Child> = items.collect();
        let numbering = if list.start.is_some() { Numbering::Decimal } else { Numbering::Bullets };
        Element::new(Kind::List(numbering), items)
    }

    fn definitions(&mut self, definitions: &[Definition]) -> Element {
        let items = definitions.iter().map(|definition| {
            let label = Element::new(Kind::Label, self.inlines(&definition.term));
            let mut body = self.notes();
            for blocks in &definition.definitions {
                body.extend(self.blocks(blocks));
            }
            let body = Element::new(Kind::ItemBody, body);
            Element::new(Kind::Item, vec![label.into(), body.into()]).into()
        });
        let items: Vec<Child> = items.collect();
        Element::new(Kind::List(Numbering::Terms), items)
    }

    /// A picture, and its caption beside it. What stands for a missing one leads to its address.
    fn figure(&mut self, id: NodeId, image: &Image, caption: &[Inline]) -> Vec<Child> {
        if image.state == ImageState::Dropped {
            return Vec::new();
        }
        let caption = if caption.is_empty() { vec![self.content(id.caption())] } else { self.inlines(caption) };
        let link = self.link(id);
        let alt = alt(image, &self.context.article.language);
        let figure = Element::new(Kind::Figure, vec![link.into()]).with_alt(alt);
        vec![figure.into(), Element::new(Kind::Caption, caption).into()]
    }

    /// A table with rows of equal length. Its caption is its first element.
    fn table(&mut self, table: &Table) -> Element {
        let mut inside = Vec::new();
        if !table.caption.is_empty() {
            inside.push(Element::new(Kind::Caption, self.inlines(&table.caption)).into());
        }
        let rows: Vec<&Row> = table.head.iter().chain(&table.body).collect();
        let mut out = Vec::with_capacity(rows.len());
        for (index, row) in table::grid(&rows, table.head.len()).into_iter().enumerate() {
            let cells = row.into_iter().map(|placed| self.cell(placed.as_ref(), index < table.head.len()));
            out.push(Child::from(Element::new(Kind::Row, cells.collect())));
        }
        let body = out.split_off(table.head.len().min(out.len()));
        if !out.is_empty() {
            inside.push(Element::new(Kind::TableHead, out).into());
        }
        if !body.is_empty() {
            inside.push(Element::new(Kind::TableBody, body).into());
        }
        Element::new(Kind::Table, inside)
    }

    /// A cell; `None` pads a row that is too short.
    fn cell(&mut self, placed: Option<&table::Placed<'_>>, in_head: bool) -> Child {
        let Some(placed) = placed else {
            let kind = if in_head { Kind::HeaderCell(Scope::Column, Spans::ONE) } else { Kind::Cell(Spans::ONE) };
            return Element::new(kind, Vec::new()).into();
        };
        let count = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        let spans = Spans { columns: count(placed.columns), rows: count(placed.rows) };
        let kind = match (in_head, placed.cell.header) {
            (true, _) => Kind::HeaderCell(Scope::Column, spans),
            (false, true) => Kind::HeaderCell(Scope::Row, spans),
            (false, false) => Kind::Cell(spans),
        };
        Element::new(kind, self.blocks(&placed.cell.blocks)).into()
    }

    fn inlines(&mut self, inlines: &[Inline]) -> Vec<Child> {
        let mut out = Vec::new();
        self.append(inlines, &mut out);
        out
    }

    fn append(&mut self, inlines: &[Inline], out: &mut Vec<Child>) {
        for inline in inlines {
            let element = match &inline.kind {
                InlineKind::Text(_) | InlineKind::LineBreak => {
                    self.join(inline.id, out);
                    continue;
                }
                InlineKind::Code(_) => Element::new(Kind::Code, vec![self.content(inline.id)]),
                InlineKind::Language(language, content) => {
                    Element::new(Kind::Span, self.inlines(content)).in_language(Some(language.clone()))
                }
                InlineKind::Link { content, .. } => {
                    Element::new(Kind::Link, self.inlines(content)).with_node(self.context.node(inline.id))
                }
                InlineKind::Image(image) if image.state == ImageState::Dropped => continue,
                InlineKind::Image(image) => {
                    let link = self.link(inline.id);
                    let alt = alt(image, &self.context.article.language);
                    Element::new(Kind::Figure, vec![link.into()]).with_alt(alt)
                }
                InlineKind::Math(math) => {
                    Element::new(Kind::Formula, vec![self.content(inline.id)]).with_alt(math.tex.trim())
                }
                InlineKind::FootnoteCall(note) => self.call(inline.id, *note),
                InlineKind::Ruby { base, .. } => {
                    let base = Element::new(Kind::RubyBase, self.inlines(base));
                    let reading = Element::new(Kind::RubyText, vec![self.content(inline.id)]);
                    Element::new(Kind::Ruby, vec![base.into(), reading.into()])
                }
                other => {
                    self.append(other.children(), out);
                    continue;
                }
            };
            out.push(element.into());
        }
    }

    fn call(&mut self, id: NodeId, note: usize) -> Element {
        self.called.push(note);
        let label = Element::new(Kind::Label, vec![self.content(id)]);
        let link = Element::new(Kind::Link, vec![label.into()]).with_node(self.context.node(id));
        Element::new(Kind::Reference, vec![link.into()])
    }
}

/// What a picture says; what has no words of its own is named as what it is.
fn alt(image: &Image, language: &Language) -> String {
    let said = image.described().unwrap_or_else(|| words::word(Word::Picture, language)).trim();
    match image.state.reason(language) {
        "" => said.to_owned(),
        reason if language.is_han() => format!("{said}（{reason}）"),
        reason => format!("{said} ({reason})"),
    }
}
