//! HTML becomes blocks and inlines. Elements and bare text may come in any mixture; nothing is lost.

use dom_query::NodeRef;
use indexmap::{IndexMap, IndexSet};

use crate::book::Language;
pub(super) use crate::dom::{attribute, is_block, name as name_of};

use crate::document::{AlertKind, Block, BlockKind, Code, CodeClass, CodeSpan, Inline, InlineKind, Math};

use super::flow::{Place, Setting};
use super::media::is_media;
use super::nodes::{block, inline, text_inline};
use super::pictures::{caption_of, take_captions};
use super::veil::unveil;
use super::{Options, Remarks, highlight, math, text};

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
    pub(super) calls: IndexSet<String>,
    /// The source line of what was read last.
    pub(super) line: u32,
    /// Where the text that is read stands, and the habits of its article.
    pub(super) setting: Setting,
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
            let is_math = matches!(name.as_str(), "code" | "samp")
                && child.attr("data-math").is_some_and(|kind| &*kind == "display");
            if is_block(&name) {
                self.flush(&mut loose, &mut out);
                self.see_line(&child);
                let first = out.len();
                self.block(&child, &name, &mut out);
                if let Some(language) = self.language_of(&child) {
                    let silent = out[first..].iter_mut().filter(|block| block.language.is_none());
                    silent.for_each(|block| block.language = Some(language.clone()));
                }
            } else if is_media(&child) {
                self.flush(&mut loose, &mut out);
                self.see_line(&child);
                self.player(&child, &mut out);
            } else if is_math && stands_alone(&child) {
                self.flush(&mut loose, &mut out);
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
        if !self.options.cleaned {
            take_captions(&mut out);
        }
        out
    }

    /// The language that an element declares, where it is not the article's.
    pub(super) fn language_of(&self, node: &NodeRef<'_>) -> Option<Language> {
        let declared = Language::new(&attribute(node, "lang")?).ok()?;
        (declared != self.options.language).then_some(declared)
    }

    /// Takes the line that a node names.
    pub(super) fn see_line(&mut self, node: &NodeRef<'_>) {
        if let Some(line) = node.attr("data-line").and_then(|line| line.parse().ok()) {
            self.line = line;
        }
    }

    /// Puts the text of inlines right.
    pub(super) fn settle(&mut self, inlines: Vec<Inline>) -> Vec<Inline> {
        text::settle(inlines, self.options, self.setting, self.remarks)
    }

    /// Reads something whose text is a part of `place`.
    pub(super) fn within<T>(&mut self, place: Place, read: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.setting.place, place);
        let read = read(self);
        self.setting.place = outer;
        read
    }

    /// Makes a paragraph of the inlines that were met between blocks.
    pub(super) fn flush(&mut self, loose: &mut Vec<Inline>, out: &mut Vec<Block>) {
        let inlines = std::mem::take(loose);
        if let Some(line) = inlines.iter().find(|inline| !blank(std::slice::from_ref(inline))).map(|inline| inline.line)
        {
            self.paragraph(inlines, line, out);
        }
    }

    /// A paragraph; one of pictures alone is figures.
    pub(super) fn paragraph(&mut self, inlines: Vec<Inline>, line: u32, out: &mut Vec<Block>) {
        let content = self.settle(inlines);
        for (index, content) in paragraphs(content).into_iter().enumerate() {
            let Some(first) = content.first() else { continue };
            let line = if index == 0 { line } else { first.line };
            let pictures_alone = content.iter().all(|inline| match &inline.kind {
                InlineKind::Image(_) | InlineKind::LineBreak => true,
                InlineKind::Text(text) => text.trim().is_empty(),
                _ => false,
            });
            if pictures_alone {
                self.figures(content, out);
            } else {
                out.push(block(BlockKind::Paragraph(content), line));
            }
        }
    }

    fn figures(&mut self, content: Vec<Inline>, out: &mut Vec<Block>) {
        for inline in content {
            if let InlineKind::Image(image) = inline.kind {
                let caption = caption_of(&image).map(|text| vec![text_inline(text, inline.line)]).unwrap_or_default();
                let caption = self.settle(caption);
                out.push(block(BlockKind::Figure { image, caption }, inline.line));
            }
        }
    }

    /// One element that is a block.
    pub(super) fn block(&mut self, node: &NodeRef<'_>, name: &str, out: &mut Vec<Block>) {
        let line = self.line;
        match name {
            "p" => out.append(&mut self.blocks(node)),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let inlines = self.content(node);
                let content = self.within(Place::Label, |reader| reader.settle(inlines));
                if !content.is_empty() {
                    let level = name.as_bytes()[1] - b'0';
                    out.push(block(BlockKind::Heading { level, anchor: attribute(node, "id"), content }, line));
                }
            }
            "blockquote" => {
                let blocks = self.within(Place::Quotation, |reader| reader.blocks(node));
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
            "pre" if attribute(node, "data-lang").as_deref() == Some("math") => out.push(self.display_math(node)),
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
        let math = self.math(&unveil(&node.text()));
        block(BlockKind::Math(math), self.line)
    }

    /// A formula, and a warning when it cannot be set.
    pub(super) fn math(&mut self, tex: &str) -> Math {
        let tex = math::settable(tex);
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
            } else if is_media(&child) {
                self.flush(&mut loose, &mut blocks);
                self.see_line(&child);
                self.player(&child, &mut blocks);
            } else {
                self.inline(&child, &mut loose);
            }
        }
        self.flush(&mut loose, &mut blocks);
        let line = self.line;
        match blocks.iter_mut().rev().find_map(|block| match &mut block.kind {
            // The link of a player stands in a caption and must not be lost.
            BlockKind::Figure { caption, .. } => (!caption.iter().any(is_link)).then_some(caption),
            BlockKind::Table(table) => Some(&mut table.caption),
            _ => None,
        }) {
            Some(place) if !caption.is_empty() => *place = caption,
            None if !caption.is_empty() => blocks.push(block(BlockKind::Paragraph(caption), line)),
            _ => {}
        }
        out.append(&mut blocks);
    }
}

/// Whether a line begins before a node and ends behind it.
fn stands_alone(node: &NodeRef<'_>) -> bool {
    let is_edge = |node: Option<NodeRef<'_>>| node.is_none_or(|node| name_of(&node) == "br");
    let is_blank = |node: &NodeRef<'_>| node.is_text() && node.text().trim().is_empty();
    let (mut before, mut after) = (node.prev_sibling(), node.next_sibling());
    while before.as_ref().is_some_and(is_blank) {
        before = before.and_then(|node| node.prev_sibling());
    }
    while after.as_ref().is_some_and(is_blank) {
        after = after.and_then(|node| node.next_sibling());
    }
    is_edge(before) && is_edge(after)
}

/// The paragraphs of settled inlines: two line breaks or more end one, as an empty line does.
fn paragraphs(content: Vec<Inline>) -> Vec<Vec<Inline>> {
    let is_break = |inline: &Inline| inline.kind == InlineKind::LineBreak;
    let mut paragraphs = vec![Vec::new()];
    let mut inlines = content.into_iter().peekable();
    while let Some(inline) = inlines.next() {
        if is_break(&inline) && inlines.peek().is_some_and(is_break) {
            while inlines.next_if(is_break).is_some() {}
            paragraphs.push(Vec::new());
        } else if let Some(paragraph) = paragraphs.last_mut() {
            paragraph.push(inline);
        }
    }
    paragraphs
}

/// Whether inlines show nothing.
pub(super) fn blank(inlines: &[Inline]) -> bool {
    inlines.iter().all(|inline| match &inline.kind {
        InlineKind::Text(text) => text.trim().is_empty(),
        InlineKind::LineBreak => true,
        _ => false,
    })
}

fn is_link(inline: &Inline) -> bool {
    matches!(inline.kind, InlineKind::Link { .. })
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
