//! Elements inside a line become inlines.

use dom_query::NodeRef;

use crate::document::{Inline, InlineKind};

use super::media::is_media;
use super::nodes::{inline, text_inline};
use super::parse::{Reader, attribute, blank, is_block, name_of};
use super::pictures::image_of;
use super::sanitize;
use super::veil::unveil;

impl Reader<'_, '_> {
    /// The inlines in a node.
    pub(super) fn content(&mut self, node: &NodeRef<'_>) -> Vec<Inline> {
        let mut inlines = Vec::new();
        for child in node.children_it(false) {
            self.inline(&child, &mut inlines);
        }
        inlines
    }

    /// Reads one node as inlines.
    pub(super) fn inline(&mut self, node: &NodeRef<'_>, out: &mut Vec<Inline>) {
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
        if is_media(node) {
            return self.media(node, out);
        }
        match self.language_of(node) {
            Some(language) => {
                let mut spoken = Vec::new();
                self.element(node, &name, &mut spoken);
                if !spoken.is_empty() {
                    out.push(inline(InlineKind::Language(language, spoken), line));
                }
            }
            None => self.element(node, &name, out),
        }
    }

    /// Reads one element as inlines.
    fn element(&mut self, node: &NodeRef<'_>, name: &str, out: &mut Vec<Inline>) {
        let line = self.line;
        let wrap: fn(Vec<Inline>) -> InlineKind = match name {
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
                // 0 stands for lines that are not known.
                self.line += u32::from(self.line > 0);
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
        let (index, _) = self.calls.insert_full(label);
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
