//! Markdown becomes HTML: elements that the parser of this room reads back, each with its source line.
//!
//! Text keeps its veiled delimiters; everything else has them given back.

use std::ops::Range;

use pulldown_cmark::{Alignment, BlockQuoteKind, CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::tags::Tags;
use super::veil::unveil;
use super::xhtml::escape;

/// How many containers may nest; what is deeper loses its container.
const DEEPEST: usize = 32;

/// HTML made from an article.
pub(super) struct Markup {
    /// The HTML.
    pub(super) html: String,
    /// Whether the article had HTML of its own, which must be sanitized.
    pub(super) foreign: bool,
}

/// Writes an article as HTML.
pub(super) fn markup(markdown: &str, first_line: u32) -> Markup {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_MATH
        | Options::ENABLE_GFM
        | Options::ENABLE_DEFINITION_LIST;
    let mut writer = Writer {
        markdown,
        out: String::with_capacity(markdown.len() * 2),
        tags: Tags::default(),
        foreign: false,
        line: first_line,
        counted: 0,
        ends: Vec::new(),
        alt: None,
        html: None,
        container_end: markdown.len(),
        head: false,
        task: None,
    };
    for (event, range) in Parser::new_ext(markdown, options).into_offset_iter() {
        writer.event(event, &range);
    }
    writer.tags.finish(&mut writer.out);
    Markup { html: writer.out, foreign: writer.foreign }
}

/// The picture whose alternative text is being gathered.
struct Alt {
    open: String,
    text: String,
    depth: usize,
}

struct Writer<'a> {
    markdown: &'a str,
    out: String,
    tags: Tags,
    foreign: bool,
    /// The line of the byte `counted`.
    line: u32,
    counted: usize,
    /// The end tags of open containers; empty for one that was too deep.
    ends: Vec<String>,
    alt: Option<Alt>,
    /// An HTML block that is being gathered, and its line.
    html: Option<(String, u32)>,
    /// Where the innermost block of text ends.
    container_end: usize,
    /// Whether the row is a table's head.
    head: bool,
    /// Where the attributes of the innermost list item may be put.
    task: Option<usize>,
}

impl Writer<'_> {
    /// The line of a byte; bytes are asked for in about ascending order.
    fn line_at(&mut self, at: usize) -> u32 {
        let count = |text: &[u8]| u32::try_from(text.iter().filter(|b| **b == b'\n').count()).unwrap_or(0);
        let bytes = self.markdown.as_bytes();
        let at = at.min(bytes.len());
        if at >= self.counted {
            self.line += count(&bytes[self.counted..at]);
        } else {
            self.line -= count(&bytes[at..self.counted]);
        }
        self.counted = at;
        self.line
    }

    fn event(&mut self, event: Event<'_>, range: &Range<usize>) {
        if self.alt.is_some() {
            self.alt_event(&event);
            return;
        }
        let line = self.line_at(range.start);
        match event {
            Event::Html(html) | Event::InlineHtml(html) => self.html(&html, line, range.end),
            Event::Start(Tag::HtmlBlock) => self.html = Some((String::new(), line)),
            Event::End(TagEnd::HtmlBlock) => {
                if let Some((html, line)) = self.html.take() {
                    self.tags.html(&mut self.out, &html, line, "");
                }
            }
            Event::End(_) => self.end(),
            _ if self.tags.is_dropping() && !matches!(event, Event::Start(_)) => {}
            Event::Start(tag) => self.start(tag, line, range),
            Event::Text(text) => self.text(&text),
            Event::Code(code) => self.verbatim("", &code, line),
            Event::InlineMath(tex) | Event::DisplayMath(tex) if is_money(&tex) => {
                self.text(&self.markdown[range.clone()].replace('\n', " "));
            }
            Event::InlineMath(tex) => self.verbatim(" data-math=\"inline\"", &tex, line),
            Event::DisplayMath(tex) => self.verbatim(" data-math=\"display\"", &tex, line),
            Event::FootnoteReference(label) => {
                let label = escape(&unveil(&label));
                self.out.push_str(&format!("<sup data-line=\"{line}\" data-call=\"{label}\"></sup>"));
            }
            Event::SoftBreak => {
                let next = line + 1;
                self.out.push_str(&format!("<br data-soft=\"\" data-line=\"{next}\">"));
            }
            Event::HardBreak => self.out.push_str(&format!("<br data-line=\"{}\">", line + 1)),
            Event::Rule => self.out.push_str(&format!("<hr data-line=\"{line}\">")),
            Event::TaskListMarker(done) => {
                if let Some(at) = self.task.take() {
                    self.out.insert_str(at, if done { " data-task=\"done\"" } else { " data-task=\"open\"" });
                }
            }
        }
    }

    fn html(&mut self, html: &str, line: u32, end: usize) {
        self.foreign = true;
        match &mut self.html {
            Some((gathered, _)) => gathered.push_str(html),
            None => {
                let rest = self.markdown.get(end..self.container_end).unwrap_or("");
                self.tags.html(&mut self.out, html, line, rest);
            }
        }
    }

    fn text(&mut self, text: &str) {
        if let Some((gathered, _)) = &mut self.html {
            gathered.push_str(text);
        } else {
            self.out.push_str(&escape(text));
        }
    }

    fn verbatim(&mut self, attributes: &str, text: &str, line: u32) {
        let text = escape(&unveil(text));
        self.out.push_str(&format!("<code data-line=\"{line}\"{attributes}>{text}</code>"));
    }

    fn start(&mut self, tag: Tag<'_>, line: u32, range: &Range<usize>) {
        let too_deep = self.tags.depth() >= DEEPEST;
        self.tags.enter();
        if matches!(tag, Tag::Paragraph | Tag::Heading { .. } | Tag::TableCell | Tag::Item | Tag::DefinitionListTitle) {
            self.container_end = range.end;
        }
        let (name, attributes) = self.element(tag);
        if name == "img" {
            self.alt =
                Some(Alt { open: format!("<img data-line=\"{line}\"{attributes}"), text: String::new(), depth: 0 });
            self.ends.push(String::new());
        } else if name.is_empty()
            || (too_deep && matches!(name, "blockquote" | "ul" | "ol" | "li" | "dl" | "dd" | "dt"))
        {
            self.ends.push(String::new());
        } else {
            self.out.push_str(&format!("<{name} data-line=\"{line}\"{attributes}"));
            self.task = (name == "li").then_some(self.out.len());
            self.out.push('>');
            self.ends.push(match name {
                "pre" => {
                    // HTML drops a line end right after the start tag.
                    self.out.push('\n');
                    "</pre>".to_owned()
                }
                "thead" => {
                    self.out.push_str("<tr>");
                    "</tr></thead><tbody>".to_owned()
                }
                name => format!("</{name}>"),
            });
        }
    }

    /// The element of a tag, and its attributes.
    fn element(&mut self, tag: Tag<'_>) -> (&'static str, String) {
        match tag {
            Tag::Paragraph => ("p", String::new()),
            Tag::Heading { level, id, .. } => {
                let id = id.map(|id| format!(" id=\"{}\"", escape(&unveil(&id)))).unwrap_or_default();
                (["h1", "h2", "h3", "h4", "h5", "h6"][(level as usize).clamp(1, 6) - 1], id)
            }
            Tag::BlockQuote(kind) => {
                ("blockquote", kind.map(|kind| format!(" data-alert=\"{}\"", alert(kind))).unwrap_or_default())
            }
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) if !info.is_empty() => {
                ("pre", format!(" data-lang=\"{}\"", escape(&unveil(&info))))
            }
            Tag::CodeBlock(_) => ("pre", String::new()),
            Tag::HtmlBlock
            | Tag::MetadataBlock(_)
            | Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript => ("", String::new()),
            Tag::List(None) => ("ul", String::new()),
            Tag::List(Some(start)) => ("ol", format!(" start=\"{start}\"")),
            Tag::Item => ("li", String::new()),
            Tag::FootnoteDefinition(label) => ("section", format!(" data-note=\"{}\"", escape(&unveil(&label)))),
            Tag::DefinitionList => ("dl", String::new()),
            Tag::DefinitionListTitle => ("dt", String::new()),
            Tag::DefinitionListDefinition => ("dd", String::new()),
            Tag::Table(alignments) => {
                let letters: String = alignments.iter().map(alignment).collect();
                ("table", format!(" data-columns=\"{letters}\""))
            }
            Tag::TableHead => {
                self.head = true;
                ("thead", String::new())
            }
            Tag::TableRow => {
                self.head = false;
                ("tr", String::new())
            }
            Tag::TableCell => (if self.head { "th" } else { "td" }, String::new()),
            Tag::Link { dest_url, title, .. } => {
                ("a", format!(" href=\"{}\"{}", escape(&unveil(&dest_url)), title_attribute(&title)))
            }
            Tag::Image { dest_url, title, .. } => {
                ("img", format!(" src=\"{}\"{}", escape(&unveil(&dest_url)), title_attribute(&title)))
            }
        }
    }

    fn end(&mut self) {
        self.tags.leave(&mut self.out);
        if let Some(end) = self.ends.pop() {
            self.out.push_str(&end);
        }
    }

    /// Events inside a picture are its alternative text.
    fn alt_event(&mut self, event: &Event<'_>) {
        let Some(alt) = &mut self.alt else { return };
        match event {
            Event::Start(_) => alt.depth += 1,
            Event::End(_) if alt.depth > 0 => alt.depth -= 1,
            Event::End(_) => {
                let text = escape(alt.text.trim());
                self.out.push_str(&format!("{} alt=\"{}\">", alt.open, unveil(&text)));
                self.alt = None;
                self.end();
            }
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                alt.text.push_str(text);
            }
            Event::SoftBreak | Event::HardBreak => alt.text.push(' '),
            _ => {}
        }
    }
}

fn title_attribute(title: &str) -> String {
    if title.trim().is_empty() { String::new() } else { format!(" title=\"{}\"", escape(&unveil(title))) }
}

fn alignment(alignment: &Alignment) -> char {
    match alignment {
        Alignment::None => '-',
        Alignment::Left => 'l',
        Alignment::Center => 'c',
        Alignment::Right => 'r',
    }
}

fn alert(kind: BlockQuoteKind) -> &'static str {
    match kind {
        BlockQuoteKind::Note => "note",
        BlockQuoteKind::Tip => "tip",
        BlockQuoteKind::Important => "important",
        BlockQuoteKind::Warning => "warning",
        BlockQuoteKind::Caution => "caution",
    }
}

/// `$5和$` is money in Chinese text, not a formula.
fn is_money(tex: &str) -> bool {
    !tex.contains('\\') && tex.chars().any(super::clean::is_wide)
}
