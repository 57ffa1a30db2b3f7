//! Raw HTML in markdown is brought to balanced tags of known elements, so that no tag of an author swallows the article.
//!
//! Tags are kept, closed where their markdown container ends, limited in depth, and given their source line; what only
//! looks like a tag (`Vec<String>`) is text; scripts, styles and frames go with what they hold. What a frame would have
//! shown is named by an empty `span` in its place, of which [`super::media`] makes a link.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use regex::Regex;

use super::veil::unveil;

/// How many elements may nest; what is deeper loses its tags, never its text.
const DEEPEST: usize = 40;
/// How many elements of formatting may be open at once in a container: HTML opens them again in each paragraph.
const MOST_FORMATTING: usize = 8;

const VOID: &[&str] = &["br", "hr", "img", "col", "wbr", "source"];
/// Elements that HTML closes by itself.
const SELF_CLOSING: &[&str] =
    &["p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "caption", "colgroup", "rt", "rp", "rb"];
const FORMATTING: &[&str] = &["a", "b", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u", "big"];
const OTHERS: &[&str] = &[
    "abbr",
    "address",
    "article",
    "aside",
    "audio",
    "bdi",
    "bdo",
    "blockquote",
    "center",
    "cite",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "ins",
    "kbd",
    "main",
    "mark",
    "nav",
    "ol",
    "picture",
    "pre",
    "q",
    "ruby",
    "samp",
    "section",
    "span",
    "sub",
    "summary",
    "sup",
    "table",
    "time",
    "ul",
    "var",
    "video",
];
/// Elements that go with what they hold.
const DROPPED: &[&str] =
    &["script", "style", "iframe", "object", "embed", "noscript", "template", "svg", "math", "noframes", "applet"];
/// Those of them that show something; an `embed` holds nothing.
const EMBEDS: &[&str] = &["iframe", "object", "embed"];
/// Elements that go while what they hold stays.
const TRANSPARENT: &[&str] = &[
    "html",
    "head",
    "body",
    "title",
    "textarea",
    "xmp",
    "plaintext",
    "form",
    "fieldset",
    "legend",
    "label",
    "input",
    "button",
    "select",
    "option",
    "optgroup",
    "datalist",
    "output",
    "progress",
    "meter",
    "canvas",
    "map",
    "area",
    "link",
    "meta",
    "base",
    "nobr",
    "marquee",
    "frame",
    "frameset",
    "param",
    "track",
    "data",
    "dialog",
    "menu",
    "slot",
    "noembed",
    "basefont",
    "isindex",
    "rtc",
];
const ATTRIBUTES: &[&str] = &[
    "href",
    "src",
    "srcset",
    "data-src",
    "data-original",
    "alt",
    "title",
    "width",
    "height",
    "colspan",
    "rowspan",
    "align",
    "id",
    "name",
    "lang",
    "start",
    "reversed",
    "class",
    "scope",
    "style",
    "poster",
    "data",
    "type",
    // What archives say with raw HTML where markdown has no room for its own marks.
    "data-alert",
    "data-call",
    "data-math",
    "data-task",
];

/// A place on the stack of what is open.
enum Open {
    Tag(String),
    /// The start of a markdown container.
    Barrier,
}

/// Keeps the tags of an article balanced.
#[derive(Default)]
pub(super) struct Tags {
    open: Vec<Open>,
    formatting: usize,
    /// The element whose end is awaited because its content is dropped.
    dropping: Option<(String, usize)>,
    /// Elements whose end is not to be found in the rest of the container: it is looked for once.
    endless: BTreeSet<String>,
}

fn pattern() -> &'static Regex {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    PATTERN.get_or_init(|| {
        let tag = r#"</?[a-zA-Z][a-zA-Z0-9:_-]*(?:[^<>"']|"[^"]*"|'[^']*')*>"#;
        Regex::new(&format!(r"(?s)<!--.*?(?:-->|\z)|<[!?][^>]*>|{tag}")).expect("the pattern is constant and valid")
    })
}

fn attribute_pattern() -> &'static Regex {
    static PATTERN: OnceLock<Regex> = OnceLock::new();
    PATTERN.get_or_init(|| {
        let value = r#""[^"]*"|'[^']*'|[^\s"'=<>`]+"#;
        Regex::new(&format!(r#"([a-zA-Z][^\s"'<>/=]*)\s*(?:=\s*({value}))?"#))
            .expect("the pattern is constant and valid")
    })
}

impl Tags {
    /// How deep the current place is.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// A markdown container begins.
    pub(super) fn enter(&mut self) {
        self.open.push(Open::Barrier);
        self.endless.clear();
    }

    /// A markdown container ends: what was opened in it is closed.
    pub(super) fn leave(&mut self, out: &mut String) {
        while let Some(Open::Tag(name)) = self.open.pop() {
            self.forget(&name);
            close_tag(out, &name);
        }
        self.dropping.take_if(|(_, depth)| self.open.len() < *depth);
        self.endless.clear();
    }

    /// Closes everything.
    pub(super) fn finish(&mut self, out: &mut String) {
        while !self.open.is_empty() {
            self.leave(out);
        }
    }

    /// Whether the content of a dropped element is being skipped.
    pub(super) fn is_dropping(&self) -> bool {
        self.dropping.is_some()
    }

    /// Text between tags: `escaped` is put out unless it is inside a dropped element.
    fn text(&self, out: &mut String, raw: &str) {
        if self.dropping.is_none() {
            out.push_str(&raw.replace('<', "&lt;").replace('>', "&gt;"));
        }
    }

    /// A piece of raw HTML that begins at a line. `rest` is the raw source that follows in the same container, in
    /// which the end of a dropped element is looked for.
    pub(super) fn html(&mut self, out: &mut String, chunk: &str, mut line: u32, rest: &str) {
        let mut at = 0;
        if rest.is_empty() {
            self.endless.clear();
        }
        for found in pattern().find_iter(chunk) {
            self.text(out, &chunk[at..found.start()]);
            line += lines_in(&chunk[at..found.start()]);
            self.tag(out, found.as_str(), line, (&chunk[found.end()..], rest));
            line += lines_in(found.as_str());
            at = found.end();
        }
        self.text(out, &chunk[at..]);
    }

    fn tag(&mut self, out: &mut String, tag: &str, line: u32, following: (&str, &str)) {
        let closing = tag.starts_with("</");
        let body = tag.trim_start_matches(['<', '/']);
        let name_end =
            body.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_'))).unwrap_or(body.len());
        let name = body[..name_end].to_ascii_lowercase();
        if let Some((awaited, _)) = &self.dropping {
            if closing && *awaited == name {
                self.dropping = None;
            }
            return;
        }
        if tag.starts_with("<!")
            || tag.starts_with("<?")
            || TRANSPARENT.contains(&name.as_str())
            || name.contains([':', '-'])
        {
            return;
        }
        if DROPPED.contains(&name.as_str()) {
            let attributes = &body[name_end..];
            if !closing && EMBEDS.contains(&name.as_str()) {
                // An object without an address of its own is a shell around another element.
                if name == "object" && !has_attribute(attributes, "data") {
                    return;
                }
                embed_tag(out, &name, attributes, line);
            }
            if closing || name == "embed" || tag.ends_with("/>") || self.endless.contains(&name) {
                return;
            }
            let end = format!("</{name}");
            if contains_ignoring_case(following.0, &end) || contains_ignoring_case(following.1, &end) {
                self.dropping = Some((name, self.open.len()));
            } else {
                self.endless.insert(name);
            }
        } else if VOID.contains(&name.as_str()) {
            if !closing {
                open_tag(out, &name, &body[name_end..], line);
            }
        } else if SELF_CLOSING.contains(&name.as_str()) {
            if closing { close_tag(out, &name) } else { open_tag(out, &name, &body[name_end..], line) }
        } else if FORMATTING.contains(&name.as_str()) || OTHERS.contains(&name.as_str()) {
            if closing { self.close(out, &name) } else { self.open(out, name, &body[name_end..], line) }
        } else {
            self.text(out, tag);
        }
    }

    fn open(&mut self, out: &mut String, name: String, attributes: &str, line: u32) {
        let formatting = FORMATTING.contains(&name.as_str());
        if self.open.len() >= DEEPEST || (formatting && self.formatting >= MOST_FORMATTING) {
            return;
        }
        // The same attributes on each: HTML opens at most three equal ones again.
        open_tag(out, &name, if formatting && name != "a" { "" } else { attributes }, line);
        self.formatting += usize::from(formatting);
        self.open.push(Open::Tag(name));
    }

    fn close(&mut self, out: &mut String, name: &str) {
        let inside = self.open.iter().rev().take_while(|open| matches!(open, Open::Tag(_)));
        if !inside.into_iter().any(|open| matches!(open, Open::Tag(tag) if tag == name)) {
            return;
        }
        while let Some(Open::Tag(top)) = self.open.pop() {
            self.forget(&top);
            close_tag(out, &top);
            if top == name {
                break;
            }
        }
    }

    fn forget(&mut self, name: &str) {
        self.formatting -= usize::from(FORMATTING.contains(&name)).min(self.formatting);
    }
}

fn contains_ignoring_case(text: &str, needle: &str) -> bool {
    text.as_bytes().windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle.as_bytes()))
}

fn lines_in(text: &str) -> u32 {
    u32::try_from(text.bytes().filter(|b| *b == b'\n').count()).unwrap_or(u32::MAX)
}

fn close_tag(out: &mut String, name: &str) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

fn has_attribute(attributes: &str, key: &str) -> bool {
    attribute_pattern().captures_iter(attributes).any(|found| found[1].eq_ignore_ascii_case(key))
}

/// Names an element that no book shows; trackers hide theirs.
fn embed_tag(out: &mut String, name: &str, attributes: &str, line: u32) {
    let compact: String = attributes.chars().filter(|c| !c.is_whitespace()).collect();
    let compact = compact.to_ascii_lowercase();
    if compact.contains("display:none") || compact.contains("visibility:hidden") {
        return;
    }
    open_tag(out, "span", attributes, line);
    out.truncate(out.len() - 1);
    out.push_str(&format!(" data-media=\"{name}\"></span>"));
}

fn open_tag(out: &mut String, name: &str, attributes: &str, line: u32) {
    out.push('<');
    out.push_str(name);
    out.push_str(&format!(" data-line=\"{line}\""));
    for found in attribute_pattern().captures_iter(attributes) {
        let key = found[1].to_ascii_lowercase();
        if ATTRIBUTES.contains(&key.as_str()) {
            let value = found.get(2).map_or("", |value| value.as_str());
            let value = value.trim_matches(['"', '\'']);
            let value = unveil(value).replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;");
            out.push_str(&format!(" {key}=\"{value}\""));
        }
    }
    out.push('>');
}
