//! HTML becomes blocks and inlines. Elements and bare text may come in any mixture; nothing is lost.

use dom_query::NodeRef;
use indexmap::IndexMap;

use crate::document::{
    AlertKind, Alignment, Block, BlockKind, Cell, Code, CodeClass, CodeSpan, Definition, Inline, InlineKind, List,
    ListItem, Math, NodeId, Row, Table,
};

use super::emphasis::unveil;
use super::pictures::{caption_of, image_of};
use super::{Options, Remarks, highlight, math, sanitize, text};

/// An inline without an identity yet.
pub(super) fn inline(kind: InlineKind, line: u32) -> Inline {
    Inline { id: NodeId::default(), line, kind }
}

/// A text without an identity yet.
pub(super) fn text_inline(text: String, line: u32) -> Inline {
    inline(InlineKind::Text(text), line)
}

fn block(kind: BlockKind, line: u32) -> Block {
    Block { id: NodeId::default(), line, language: None, kind }
}

/// A footnote's definition: its line and its blocks.
pub(super) type Note = (u32, Vec<Block>);

/// Reads HTML. Calls of footnotes hold indices into `calls`.
pub(super) struct Reader<'a, 's> {
    /// What to do with text.
    pub(super) options: &'a Options,
    /// Where problems go.
    pub(super) remarks: &'a mut Remarks<'s>,
    /// The definitions of footnotes by their labels.
    pub(super) notes: IndexMap<String, Note>,
    /// The labels of the footnotes that are called, in the order in which they were met.
    pub(super) calls: Vec<String>,
    /// The source line of what was read last.
    pub(super) line: u32,
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "section"
            | "article"
            | "aside"
            | "main"
            | "nav"
            | "header"
            | "footer"
            | "hgroup"
            | "address"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "ul"
            | "ol"
            | "li"
            | "dl"
            | "dt"
            | "dd"
            | "table"
            | "thead"
            | "tbody"
            | "tfoot"
            | "tr"
            | "td"
            | "th"
            | "caption"
            | "figure"
            | "figcaption"
            | "pre"
            | "blockquote"
            | "details"
            | "summary"
            | "hr"
            | "center"
    )
}

/// The name of an element; empty for other nodes.
pub(super) fn name_of(node: &NodeRef<'_>) -> String {
    if node.is_element() { node.node_name().map(|name| name.to_string()).unwrap_or_default() } else { String::new() }
}

/// An attribute that says something.
pub(super) fn attribute(node: &NodeRef<'_>, name: &str) -> Option<String> {
    node.attr(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn holds_block(node: &NodeRef<'_>) -> bool {
    node.descendants_it().any(|inner| is_block(&name_of(&inner)))
}

impl Reader<'_, '_> {
    /// The blocks in a node. Inlines between blocks are paragraphs.
    pub(super) fn blocks(&mut self, node: &NodeRef<'_>) -> Vec<Block> {
        let mut out = Vec::new();
        let mut loose = Vec::new();
        for child in node.children_it(false) {
            let name = name_of(&child);
            let is_math = name == "code" && child.attr("data-math").is_some_and(|kind| &*kind == "display");
            if is_block(&name) {
                self.flush(&mut loose, &mut out);
                self.see_line(&child);
                self.block(&child, &name, &mut out);
            } else if is_math && blank(&loose) && child.next_sibling().is_none() {
                out.push(self.display_math(&child));
            } else if matches!(name.as_str(), "span" | "font" | "b" | "strong" | "i" | "em" | "u" | "ins")
                && holds_block(&child)
            {
                self.flush(&mut loose, &mut out);
                out.append(&mut self.blocks(&child));
            } else {
                self.inline(&child, &mut loose);
            }
        }
        self.flush(&mut loose, &mut out);
        out
    }

    fn see_line(&mut self, node: &NodeRef<'_>) {
        if let Some(line) = node.attr("data-line").and_then(|line| line.parse().ok()) {
            self.line = line;
        }
    }

    fn settle(&mut self, inlines: Vec<Inline>) -> Vec<Inline> {
        text::settle(inlines, self.options, self.remarks)
    }

    fn flush(&mut self, loose: &mut Vec<Inline>, out: &mut Vec<Block>) {
        let inlines = std::mem::take(loose);
        if let Some(line) = inlines.iter().find(|inline| !blank(std::slice::from_ref(inline))).map(|inline| inline.line)
        {
            self.paragraph(inlines, line, out);
        }
    }

    /// A paragraph; one of pictures alone is figures.
    fn paragraph(&mut self, inlines: Vec<Inline>, line: u32, out: &mut Vec<Block>) {
        let content = self.settle(inlines);
        if content.is_empty() {
            return;
        }
        let pictures_alone = content.iter().all(|inline| match &inline.kind {
            InlineKind::Image(_) | InlineKind::LineBreak => true,
            InlineKind::Text(text) => text.trim().is_empty(),
            _ => false,
        });
        if !pictures_alone {
            out.push(block(BlockKind::Paragraph(content), line));
            return;
        }
        for inline in content {
            if let InlineKind::Image(image) = inline.kind {
                let caption = caption_of(&image).map(|text| vec![text_inline(text, inline.line)]).unwrap_or_default();
                let caption = self.settle(caption);
                out.push(block(BlockKind::Figure { image, caption }, inline.line));
            }
        }
    }

    fn content(&mut self, node: &NodeRef<'_>) -> Vec<Inline> {
        let mut inlines = Vec::new();
        for child in node.children_it(false) {
            self.inline(&child, &mut inlines);
        }
        inlines
    }

    fn block(&mut self, node: &NodeRef<'_>, name: &str, out: &mut Vec<Block>) {
        let line = self.line;
        match name {
            "p" => out.append(&mut self.blocks(node)),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let inlines = self.content(node);
                let content = self.settle(inlines);
                if !content.is_empty() {
                    let level = name.as_bytes()[1] - b'0';
                    out.push(block(BlockKind::Heading { level, anchor: attribute(node, "id"), content }, line));
                }
            }
            "blockquote" => {
                let blocks = self.blocks(node);
                if !blocks.is_empty() {
                    let kind = match alert_of(node) {
                        Some(alert) => BlockKind::Alert(alert, blocks),
                        None => BlockKind::Quote(blocks),
                    };
                    out.push(block(kind, line));
                }
            }
            "ul" | "ol" => self.list(node, name == "ol", out),
            "dl" => self.definitions(node, out),
            "pre" => out.push(self.code(node)),
            "table" => self.table(node, out),
            "figure" => self.figure(node, out),
            "hr" => out.push(block(BlockKind::Rule, line)),
            "section" => match attribute(node, "data-note") {
                Some(label) => {
                    let blocks = self.blocks(node);
                    self.notes.entry(label).or_insert((line, blocks));
                }
                None => out.append(&mut self.blocks(node)),
            },
            "summary" | "dt" => {
                let content = self.content(node);
                self.paragraph(vec![inline(InlineKind::Strong(content), line)], line, out);
            }
            _ => out.append(&mut self.blocks(node)),
        }
    }

    fn list(&mut self, node: &NodeRef<'_>, ordered: bool, out: &mut Vec<Block>) {
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

    fn definitions(&mut self, node: &NodeRef<'_>, out: &mut Vec<Block>) {
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

    fn code(&mut self, node: &NodeRef<'_>) -> Block {
        let mut text = String::new();
        for inner in node.descendants_it() {
            if inner.is_text() {
                text.push_str(&inner.text());
            } else if name_of(&inner) == "br" {
                text.push('\n');
            }
        }
        let text = unveil(text.strip_suffix('\n').unwrap_or(&text));
        let class = || node.descendants_it().find_map(|inner| inner.attr("class")).map(|class| class.to_string());
        let language = attribute(node, "data-lang").or_else(class).and_then(|info| language_of(&info));
        let spans = match &language {
            Some(language) => highlight::highlight(&text, language),
            None => vec![CodeSpan { class: CodeClass::Plain, text }],
        };
        block(BlockKind::Code(Code { language, spans }), self.line)
    }

    fn display_math(&mut self, node: &NodeRef<'_>) -> Block {
        self.see_line(node);
        let math = self.math(&node.text());
        block(BlockKind::Math(math), self.line)
    }

    fn math(&mut self, tex: &str) -> Math {
        let tex = tex.trim().to_owned();
        let valid = match math::check(&tex) {
            Ok(()) => true,
            Err(reason) => {
                self.remarks.warn(
                    crate::problem::Code::MathInvalid,
                    self.line,
                    format!("the formula `{tex}` cannot be set: {reason}"),
                );
                false
            }
        };
        Math { tex, valid }
    }

    fn figure(&mut self, node: &NodeRef<'_>, out: &mut Vec<Block>) {
        let mut caption = Vec::new();
        let mut blocks = Vec::new();
        let mut loose = Vec::new();
        for child in node.children_it(false) {
            let name = name_of(&child);
            if name == "figcaption" {
                self.see_line(&child);
                let inlines = self.content(&child);
                caption = self.settle(inlines);
            } else if is_block(&name) {
                self.flush(&mut loose, &mut blocks);
                self.see_line(&child);
                self.block(&child, &name, &mut blocks);
            } else {
                self.inline(&child, &mut loose);
            }
        }
        self.flush(&mut loose, &mut blocks);
        let line = self.line;
        match blocks.iter_mut().rev().find_map(|block| match &mut block.kind {
            BlockKind::Figure { caption, .. } => Some(caption),
            BlockKind::Table(table) => Some(&mut table.caption),
            _ => None,
        }) {
            Some(place) if !caption.is_empty() => *place = caption,
            None if !caption.is_empty() => blocks.push(block(BlockKind::Paragraph(caption), line)),
            _ => {}
        }
        out.append(&mut blocks);
    }

    fn table(&mut self, node: &NodeRef<'_>, out: &mut Vec<Block>) {
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
            let span =
                |key: &str| attribute(&child, key).and_then(|span| span.parse::<u16>().ok()).unwrap_or(1).clamp(1, 100);
            let cell = Cell {
                id: NodeId::default(),
                header: name == "th",
                column_span: span("colspan"),
                row_span: span("rowspan"),
                blocks: self.blocks(&child),
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

    /// Reads one node as inlines.
    fn inline(&mut self, node: &NodeRef<'_>, out: &mut Vec<Inline>) {
        if node.is_text() {
            self.text(&node.text(), out);
            return;
        }
        let name = name_of(node);
        if name.is_empty() {
            return;
        }
        self.see_line(node);
        let line = self.line;
        let wrap: fn(Vec<Inline>) -> InlineKind = match name.as_str() {
            "em" | "i" | "cite" | "dfn" | "var" => InlineKind::Emphasis,
            "strong" | "b" => InlineKind::Strong,
            "del" | "s" | "strike" => InlineKind::Strikethrough,
            "u" | "ins" => InlineKind::Underline,
            "mark" => InlineKind::Mark,
            "sub" => InlineKind::Subscript,
            "sup" => match attribute(node, "data-call") {
                Some(label) => return self.call(label, out),
                None => InlineKind::Superscript,
            },
            "br" if node.has_attr("data-soft") => return out.push(text_inline("\n".to_owned(), line)),
            "br" => return out.push(inline(InlineKind::LineBreak, line)),
            "code" | "kbd" | "samp" | "tt" => return self.inline_code(node, out),
            "a" => return self.link(node, out),
            "img" => return out.extend(image_of(node).map(|image| inline(InlineKind::Image(image), line))),
            "video" | "audio" => return self.media(node, out),
            "ruby" => return self.ruby(node, out),
            "q" => {
                out.push(text_inline("“".to_owned(), line));
                out.append(&mut self.content(node));
                return out.push(text_inline("”".to_owned(), self.line));
            }
            name => {
                // Blocks inside a line, such as those of a linked card, keep apart.
                if is_block(name) && !out.is_empty() {
                    out.push(text_inline("\n".to_owned(), line));
                }
                return out.append(&mut self.content(node));
            }
        };
        let content = self.content(node);
        if !content.is_empty() {
            out.push(inline(wrap(content), line));
        }
    }

    /// Text; a line end in it is a soft break and counts.
    fn text(&mut self, text: &str, out: &mut Vec<Inline>) {
        for (index, piece) in text.split('\n').enumerate() {
            if index > 0 {
                self.line += 1;
                out.push(text_inline("\n".to_owned(), self.line));
            }
            if !piece.is_empty() {
                out.push(text_inline(piece.to_owned(), self.line));
            }
        }
    }

    fn inline_code(&mut self, node: &NodeRef<'_>, out: &mut Vec<Inline>) {
        let text = unveil(&node.text());
        let kind = if node.has_attr("data-math") {
            InlineKind::Math(self.math(&text))
        } else {
            InlineKind::Code(text.replace('\n', " "))
        };
        if text.trim().is_empty() {
            return;
        }
        out.push(inline(kind, self.line));
    }

    fn call(&mut self, label: String, out: &mut Vec<Inline>) {
        let index = self.calls.iter().position(|known| *known == label).unwrap_or_else(|| {
            self.calls.push(label);
            self.calls.len() - 1
        });
        out.push(inline(InlineKind::FootnoteCall(index), self.line));
    }

    fn link(&mut self, node: &NodeRef<'_>, out: &mut Vec<Inline>) {
        let line = self.line;
        let mut content = self.content(node);
        match attribute(node, "href").filter(|target| sanitize::is_harmless(target)) {
            Some(target) if !blank(&content) => {
                let title = attribute(node, "title");
                out.push(inline(InlineKind::Link { target, title, content }, line));
            }
            _ => out.append(&mut content),
        }
    }

    fn media(&mut self, node: &NodeRef<'_>, out: &mut Vec<Inline>) {
        let line = self.line;
        let inner = node.descendants_it().find_map(|inner| attribute(&inner, "src"));
        if let Some(target) = attribute(node, "src").or(inner).filter(|target| sanitize::is_harmless(target)) {
            let content = vec![text_inline(target.clone(), line)];
            out.push(inline(InlineKind::Link { target, title: None, content }, line));
        }
        out.append(&mut self.content(node));
    }

    fn ruby(&mut self, node: &NodeRef<'_>, out: &mut Vec<Inline>) {
        let line = self.line;
        let mut base = Vec::new();
        for child in node.children_it(false) {
            match name_of(&child).as_str() {
                "rt" => {
                    let reading = child.text().trim().to_owned();
                    if !base.is_empty() && !reading.is_empty() {
                        out.push(inline(InlineKind::Ruby { base: std::mem::take(&mut base), reading }, line));
                    }
                }
                "rp" => {}
                _ => self.inline(&child, &mut base),
            }
        }
        out.append(&mut base);
    }
}

fn blank(inlines: &[Inline]) -> bool {
    inlines.iter().all(|inline| match &inline.kind {
        InlineKind::Text(text) => text.trim().is_empty(),
        InlineKind::LineBreak => true,
        _ => false,
    })
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

fn alert_of(node: &NodeRef<'_>) -> Option<AlertKind> {
    Some(match &*node.attr("data-alert")? {
        "note" => AlertKind::Note,
        "tip" => AlertKind::Tip,
        "important" => AlertKind::Important,
        "warning" => AlertKind::Warning,
        "caution" => AlertKind::Caution,
        _ => return None,
    })
}

/// The language of code: the first word of the info string, or the class that highlighters use.
fn language_of(info: &str) -> Option<String> {
    let word = info.split([' ', ',', '{']).find(|word| !word.is_empty())?;
    let word = ["language-", "lang-", "brush:"].iter().find_map(|prefix| word.strip_prefix(prefix)).unwrap_or(word);
    (!word.is_empty()).then(|| word.to_owned())
}
