//! A document is written as XHTML for EPUB 3.3.

use std::fmt::Write as _;

use crate::assets::AssetId;
use crate::book::Language;
use crate::document::{
    AlertKind, Alignment, Block, BlockKind, Cell, Code, CodeClass, Document, Image, ImageState, Inline, InlineKind,
    List, Math, NodeId, Row, Table, plain_text,
};
use crate::words::{Word, word};

use super::clean::is_han;
pub use super::escape::escape;
use super::escape::push_escaped;
use super::math;

/// Emphasis of at most this many Han characters is dotted; longer text is set in another face.
const MOST_DOTS: usize = 12;

/// How a document is written, and what the book around it knows.
pub struct Options<'a> {
    /// The article's language.
    pub language: &'a Language,
    /// What stands in the book for a picture; `None` when it is not in the book.
    pub picture: &'a dyn Fn(AssetId) -> Option<Picture>,
    /// Where a link leads from the book.
    pub link: &'a dyn Fn(&str) -> Destination,
    /// The starts of printed pages, sorted by node and offset.
    pub page_starts: &'a [PageStart],
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Destination {
    /// The reference; `None` when it leads nowhere, as to a file that is not in the book, and its text is plain.
    pub reference: Option<String>,
    /// What is said behind its text, as that the article is in another volume.
    pub remark: Option<String>,
}

impl Destination {
    /// A place, without a remark.
    pub fn at(reference: impl Into<String>) -> Self {
        Self { reference: Some(reference.into()), remark: None }
    }
}

/// A picture as it is in the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The references of its files from the top down; a very tall picture is several.
    pub slices: Vec<String>,
    /// The width in pixels.
    pub width: u32,
    /// The height in pixels of all slices together.
    pub height: u32,
}

/// Where a printed page starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageStart {
    /// The node on which it starts.
    pub node: NodeId,
    /// The byte of the node's text at which it starts.
    pub offset: u32,
    /// The page's number as printed.
    pub label: String,
}

/// A document as XHTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// A well-formed fragment of block-level elements.
    pub body: String,
    /// Whether it holds MathML, which the package document must declare.
    pub has_mathml: bool,
}

/// Writes a document.
#[must_use]
pub fn render(document: &Document, options: &Options<'_>) -> Rendered {
    let mut writer = Writer::new(options, Some(document));
    writer.blocks(&document.blocks);
    for (index, note) in document.footnotes.iter().enumerate() {
        writer.footnote(index, note);
    }
    writer.breaks_until(NodeId(u32::MAX));
    writer.rendered()
}

/// Writes inlines, such as those of a heading in a table of contents.
#[must_use]
pub fn render_inlines(inlines: &[Inline], options: &Options<'_>) -> Rendered {
    let mut writer = Writer::new(options, None);
    writer.inlines(inlines);
    writer.rendered()
}

/// Where a page of the printed edition begins; may stand among blocks and among inlines.
#[must_use]
pub fn page_break(label: &str) -> String {
    let id: String = label.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    let label = escape(label);
    format!(r#"<span epub:type="pagebreak" role="doc-pagebreak" id="page-{id}" aria-label="{label}"/>"#)
}

struct Writer<'a> {
    options: &'a Options<'a>,
    document: Option<&'a Document>,
    out: String,
    has_mathml: bool,
    /// The next page start.
    page: usize,
    /// How many calls of each footnote were written.
    called: Vec<bool>,
    /// Whether a link is open: XHTML has none inside another.
    in_link: bool,
}

macro_rules! put {
    ($writer:expr, $($arg:tt)*) => {{
        // Writing to a string does not fail.
        let _ = write!($writer.out, $($arg)*);
    }};
}

impl<'a> Writer<'a> {
    fn new(options: &'a Options<'a>, document: Option<&'a Document>) -> Self {
        let called = vec![false; document.map_or(0, |document| document.footnotes.len())];
        Self { options, document, out: String::new(), has_mathml: false, page: 0, called, in_link: false }
    }

    fn rendered(self) -> Rendered {
        Rendered { body: self.out, has_mathml: self.has_mathml }
    }

    fn text(&mut self, text: &str) {
        push_escaped(&mut self.out, text);
    }

    fn page_break(&mut self) {
        if let Some(start) = self.options.page_starts.get(self.page) {
            self.out.push_str(&page_break(&start.label));
            self.page += 1;
        }
    }

    /// Writes the page starts on nodes before this one; called where inlines may stand.
    fn breaks_until(&mut self, node: NodeId) {
        while self.options.page_starts.get(self.page).is_some_and(|start| start.node < node) {
            self.page_break();
        }
    }

    fn breaks_through(&mut self, node: NodeId) {
        self.breaks_until(NodeId(node.0.saturating_add(1)));
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            self.block(block);
        }
    }

    fn language(&self, block: &Block) -> String {
        let differs = block.language.as_ref().filter(|language| *language != self.options.language);
        differs.map(language_attributes).unwrap_or_default()
    }

    fn block(&mut self, block: &Block) {
        let language = self.language(block);
        match &block.kind {
            BlockKind::Heading { level, content, .. } => {
                let level = (*level).clamp(1, 6);
                put!(self, r#"<h{level} id="n{}"{language}>"#, block.id.0);
                self.breaks_through(block.id);
                self.inlines(content);
                put!(self, "</h{level}>\n");
            }
            BlockKind::Paragraph(content) => {
                put!(self, "<p{language}>");
                self.breaks_through(block.id);
                self.inlines(content);
                self.out.push_str("</p>\n");
            }
            BlockKind::Quote(blocks) => self.wrapped("blockquote", &language, blocks),
            BlockKind::Alert(kind, blocks) => self.alert(block.id, *kind, &language, blocks),
            BlockKind::List(list) => self.list(list),
            BlockKind::DefinitionList(definitions) => {
                self.out.push_str("<dl>\n");
                for definition in definitions {
                    self.out.push_str("<dt>");
                    self.inlines(&definition.term);
                    self.out.push_str("</dt>\n");
                    for blocks in &definition.definitions {
                        self.wrapped("dd", "", blocks);
                    }
                }
                self.out.push_str("</dl>\n");
            }
            BlockKind::Code(code) => self.code(code),
            BlockKind::Table(table) => self.table(table),
            BlockKind::Figure { image, caption } => self.figure(block.id, image, caption),
            BlockKind::Math(formula) => {
                self.out.push_str("<div class=\"math\">");
                self.math(formula, true);
                self.out.push_str("</div>\n");
            }
            BlockKind::Rule => self.out.push_str("<hr/>\n"),
        }
    }

    fn wrapped(&mut self, name: &str, attributes: &str, blocks: &[Block]) {
        put!(self, "<{name}{attributes}>\n");
        self.blocks(blocks);
        put!(self, "</{name}>\n");
    }

    fn alert(&mut self, id: NodeId, kind: AlertKind, language: &str, blocks: &[Block]) {
        let class = match kind {
            AlertKind::Note => "note",
            AlertKind::Tip => "tip",
            AlertKind::Important => "important",
            AlertKind::Warning => "warning",
            AlertKind::Caution => "caution",
        };
        let title = kind.title(self.options.language);
        // Structural semantics and roles of EPUB (SSV 1.1; DPUB-ARIA 1.1), each on an element that may have it.
        let (name, semantics) = match kind {
            AlertKind::Tip => ("aside", r#"epub:type="tip" role="doc-tip""#),
            _ => ("section", r#"epub:type="notice" role="doc-notice""#),
        };
        put!(self, r#"<{name} {semantics} class="alert {class}"{language}>"#);
        self.breaks_through(id);
        put!(self, r#"<p class="alert-title">{title}</p>"#);
        self.out.push('\n');
        self.blocks(blocks);
        put!(self, "</{name}>\n");
    }

    fn list(&mut self, list: &List) {
        let name = if list.start.is_some() { "ol" } else { "ul" };
        put!(self, "<{name}");
        if list.items.iter().any(|item| item.task.is_some()) {
            self.out.push_str(r#" class="tasks""#);
        }
        // HTML wants an integer of 32 bits with a sign.
        if let Some(start) = list.start.filter(|start| *start != 1).and_then(|start| i32::try_from(start).ok()) {
            put!(self, r#" start="{start}""#);
        }
        self.out.push_str(">\n");
        for item in &list.items {
            self.out.push_str("<li>");
            if let Some(done) = item.task {
                self.out.push_str(if done { "☑ " } else { "☐ " });
            }
            for block in &item.blocks {
                match &block.kind {
                    BlockKind::Paragraph(content) if list.tight && block.language.is_none() => {
                        self.breaks_through(block.id);
                        self.inlines(content);
                        self.out.push('\n');
                    }
                    _ => self.block(block),
                }
            }
            self.out.push_str("</li>\n");
        }
        put!(self, "</{name}>\n");
    }

    fn code(&mut self, code: &Code) {
        self.out.push_str("<pre><code");
        if let Some(language) = &code.language {
            let language: String = language.chars().filter(|c| !c.is_whitespace()).collect();
            put!(self, r#" class="language-{}""#, escape(&language));
        }
        self.out.push('>');
        for span in &code.spans {
            match class_of(span.class) {
                Some(class) => {
                    put!(self, r#"<span class="{class}">"#);
                    self.text(&span.text);
                    self.out.push_str("</span>");
                }
                None => self.text(&span.text),
            }
        }
        self.out.push_str("</code></pre>\n");
    }

    fn table(&mut self, table: &Table) {
        self.out.push_str("<table>\n");
        if !table.caption.is_empty() {
            self.out.push_str("<caption>");
            self.inlines(&table.caption);
            self.out.push_str("</caption>\n");
        }
        let columns = table.head.iter().chain(&table.body).map(width).max().unwrap_or(0).max(table.alignments.len());
        for (rows, name, scope) in [(&table.head, "thead", "col"), (&table.body, "tbody", "row")] {
            if rows.is_empty() {
                continue;
            }
            put!(self, "<{name}>\n");
            self.rows(rows, table, columns, scope);
            put!(self, "</{name}>\n");
        }
        self.out.push_str("</table>\n");
    }

    /// Writes rows; short ones are padded, and cells that span rows take their place in the rows below.
    fn rows(&mut self, rows: &[Row], table: &Table, columns: usize, scope: &str) {
        let mut taken = vec![0_usize; columns];
        for (index, row) in rows.iter().enumerate() {
            self.out.push_str("<tr>");
            let mut column = 0;
            for cell in &row.cells {
                while taken.get(column).is_some_and(|rows| *rows > 0) {
                    column += 1;
                }
                let span = usize::from(cell.column_span);
                let down = usize::from(cell.row_span).min(rows.len() - index);
                self.cell(cell, table.alignments.get(column).copied().unwrap_or_default(), scope, down);
                for place in taken.iter_mut().skip(column).take(span) {
                    *place = down;
                }
                column += span;
            }
            for place in taken.iter().skip(column) {
                if *place == 0 {
                    self.out.push_str("<td></td>");
                }
            }
            taken.iter_mut().for_each(|rows| *rows = rows.saturating_sub(1));
            self.out.push_str("</tr>\n");
        }
    }

    fn cell(&mut self, cell: &Cell, alignment: Alignment, scope: &str, down: usize) {
        // A header that says nothing names nothing.
        let header = cell.header && !cell.blocks.is_empty();
        let name = if header { "th" } else { "td" };
        put!(self, "<{name}");
        if header {
            put!(self, r#" scope="{scope}""#);
        }
        if cell.column_span > 1 {
            put!(self, r#" colspan="{}""#, cell.column_span);
        }
        if down > 1 {
            put!(self, r#" rowspan="{down}""#);
        }
        match alignment {
            Alignment::Default => {}
            Alignment::Left => self.out.push_str(r#" class="left""#),
            Alignment::Center => self.out.push_str(r#" class="center""#),
            Alignment::Right => self.out.push_str(r#" class="right""#),
        }
        self.out.push('>');
        match cell.blocks.as_slice() {
            [Block { id, language: None, kind: BlockKind::Paragraph(content), .. }] => {
                self.breaks_through(*id);
                self.inlines(content);
            }
            blocks => self.blocks(blocks),
        }
        put!(self, "</{name}>");
    }

    fn figure(&mut self, id: NodeId, image: &Image, caption: &[Inline]) {
        if image.state == ImageState::Dropped {
            return;
        }
        self.out.push_str("<figure>");
        self.breaks_through(id);
        self.image(image);
        if !caption.is_empty() {
            self.out.push_str("<figcaption>");
            self.inlines(caption);
            self.out.push_str("</figcaption>");
        }
        self.out.push_str("</figure>\n");
    }

    fn image(&mut self, image: &Image) {
        let reason = match &image.state {
            ImageState::Dropped => return,
            ImageState::Found(asset) => {
                if let Some(picture) = (self.options.picture)(*asset) {
                    self.picture(&picture, image);
                    return;
                }
                ""
            }
            state => state.reason(self.options.language),
        };
        let missing = word(Word::MissingPicture, self.options.language);
        let gap = if self.options.language.is_chinese() { "：" } else { ": " };
        put!(self, r#"<span class="missing">[{missing}"#);
        for part in [image.alt.as_str(), reason].into_iter().filter(|part| !part.is_empty()) {
            self.out.push_str(gap);
            self.text(part);
        }
        self.out.push_str("] ");
        let scheme = image.source.split(':').next().unwrap_or("");
        if matches!(scheme, "http" | "https") && !self.in_link {
            let target = (self.options.link)(&image.source).reference.unwrap_or_else(|| image.source.clone());
            put!(self, r#"<a href="{}">{}</a>"#, escape(&target), escape(&image.source));
        } else if scheme != "data" {
            self.text(&image.source);
        }
        self.out.push_str("</span>");
    }

    fn picture(&mut self, picture: &Picture, image: &Image) {
        for (index, slice) in picture.slices.iter().enumerate() {
            let alt = if index == 0 { escape(&image.alt) } else { String::new() };
            put!(self, r#"<img src="{}" alt="{alt}""#, escape(slice));
            if picture.slices.len() == 1 {
                put!(self, r#" width="{}" height="{}""#, picture.width, picture.height);
            } else {
                self.out.push_str(r#" class="slice""#);
            }
            self.out.push_str("/>");
        }
    }

    fn math(&mut self, formula: &Math, display: bool) {
        match formula.valid.then(|| math::mathml(&formula.tex, display)) {
            Some(Ok(mathml)) => {
                self.has_mathml = true;
                self.out.push_str(&mathml);
            }
            _ => put!(self, r#"<code class="tex">{}</code>"#, escape(&formula.tex)),
        }
    }

    fn footnote(&mut self, index: usize, note: &crate::document::Footnote) {
        let number = index + 1;
        put!(self, r#"<aside epub:type="footnote" role="doc-footnote" id="fn{number}">"#);
        self.out.push('\n');
        let back = if self.called.get(index) == Some(&true) {
            format!(r##"<a href="#fnref{number}" role="doc-backlink">{number}</a> "##)
        } else {
            format!("{number} ")
        };
        match note.blocks.split_first() {
            Some((Block { id, kind: BlockKind::Paragraph(content), .. }, rest)) => {
                put!(self, "<p>{back}");
                self.breaks_through(*id);
                self.inlines(content);
                self.out.push_str("</p>\n");
                self.blocks(rest);
            }
            _ => {
                put!(self, "<p>{back}</p>\n");
                self.blocks(&note.blocks);
            }
        }
        self.out.push_str("</aside>\n");
    }

    fn call(&mut self, index: usize) {
        let number = index + 1;
        if self.called.get(index).is_none() {
            put!(self, "<sup>{number}</sup>");
            return;
        }
        let id = if self.called[index] { String::new() } else { format!(r#" id="fnref{number}""#) };
        self.called[index] = true;
        if self.in_link {
            put!(self, r"<sup{id}>{number}</sup>");
            return;
        }
        put!(
            self,
            r##"<a epub:type="noteref" role="doc-noteref" class="noteref" href="#fn{number}"{id}>{number}</a>"##
        );
    }

    fn inlines(&mut self, inlines: &[Inline]) {
        for inline in inlines {
            self.inline(inline);
        }
    }

    fn inline(&mut self, inline: &Inline) {
        self.breaks_until(inline.id);
        match &inline.kind {
            InlineKind::Text(text) => self.leaf(inline.id, text),
            InlineKind::Emphasis(content) => {
                let text = plain_text(content);
                let dotted = (1..=MOST_DOTS).contains(&text.chars().count()) && text.chars().all(is_han);
                self.element("em", if dotted { r#" class="dots""# } else { "" }, content);
            }
            InlineKind::Strong(content) => self.element("strong", "", content),
            InlineKind::Strikethrough(content) => self.element("del", "", content),
            InlineKind::Underline(content) => self.element("u", "", content),
            InlineKind::Mark(content) => self.element("mark", "", content),
            InlineKind::Superscript(content) => self.element("sup", "", content),
            InlineKind::Subscript(content) => self.element("sub", "", content),
            InlineKind::Language(language, content) => self.element("span", &language_attributes(language), content),
            InlineKind::Code(code) => put!(self, "<code>{}</code>", escape(code)),
            InlineKind::Link { target, title, content } => self.link(target, title.as_deref(), content),
            InlineKind::Image(image) => self.image(image),
            InlineKind::Math(formula) => self.math(formula, false),
            InlineKind::FootnoteCall(index) => self.call(*index),
            InlineKind::Ruby { base, reading } => {
                self.out.push_str("<ruby>");
                self.inlines(base);
                put!(self, "<rt>{}</rt></ruby>", escape(reading));
            }
            InlineKind::LineBreak => self.out.push_str("<br/>"),
        }
    }

    fn element(&mut self, name: &str, attributes: &str, content: &[Inline]) {
        put!(self, "<{name}{attributes}>");
        self.inlines(content);
        put!(self, "</{name}>");
    }

    /// Text, with the page starts inside it.
    fn leaf(&mut self, id: NodeId, text: &str) {
        let mut at = 0;
        while let Some(start) = self.options.page_starts.get(self.page).filter(|start| start.node == id) {
            let mut place = (start.offset as usize).clamp(at, text.len());
            while !text.is_char_boundary(place) {
                place -= 1;
            }
            self.text(&text[at..place]);
            self.page_break();
            at = place;
        }
        self.text(&text[at..]);
    }

    fn link(&mut self, target: &str, title: Option<&str>, content: &[Inline]) {
        let destination = match target.strip_prefix('#') {
            Some(name) => {
                let found = self.document.and_then(|document| heading(&document.blocks, name));
                Destination { reference: found.map(|id| format!("#n{}", id.0)), remark: None }
            }
            None => (self.options.link)(target),
        };
        match destination.reference {
            Some(href) if !self.in_link => {
                let title = title.map(|title| format!(r#" title="{}""#, escape(title))).unwrap_or_default();
                self.in_link = true;
                self.element("a", &format!(r#" href="{}"{title}"#, escape(&href)), content);
                self.in_link = false;
            }
            _ => self.inlines(content),
        }
        self.text(destination.remark.as_deref().unwrap_or_default());
    }
}

/// The heading that a link inside the article names.
fn heading(blocks: &[Block], name: &str) -> Option<NodeId> {
    blocks.iter().find_map(|block| match &block.kind {
        BlockKind::Heading { anchor: Some(anchor), .. } if anchor == name => Some(block.id),
        BlockKind::Quote(blocks) | BlockKind::Alert(_, blocks) => heading(blocks, name),
        BlockKind::List(list) => list.items.iter().find_map(|item| heading(&item.blocks, name)),
        BlockKind::DefinitionList(definitions) => {
            definitions.iter().flat_map(|definition| &definition.definitions).find_map(|blocks| heading(blocks, name))
        }
        BlockKind::Table(table) => {
            let mut cells = table.head.iter().chain(&table.body).flat_map(|row| &row.cells);
            cells.find_map(|cell| heading(&cell.blocks, name))
        }
        _ => None,
    })
}

fn width(row: &Row) -> usize {
    row.cells.iter().map(|cell| usize::from(cell.column_span)).sum()
}

fn language_attributes(language: &Language) -> String {
    let direction = if language.is_right_to_left() { r#" dir="rtl""# } else { "" };
    format!(r#" lang="{language}" xml:lang="{language}"{direction}"#)
}

fn class_of(class: CodeClass) -> Option<&'static str> {
    Some(match class {
        CodeClass::Plain => return None,
        CodeClass::Comment => "c",
        CodeClass::Keyword => "k",
        CodeClass::String => "s",
        CodeClass::Number => "m",
        CodeClass::Function => "f",
        CodeClass::Type => "t",
        CodeClass::Operator => "o",
        CodeClass::Name => "n",
    })
}
