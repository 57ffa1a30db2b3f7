//! The elements that are open at a place of a page, as a parser has them on its stack (HTML, *The stack of open elements*).

/// Elements without content, and those of which there is one, whose tags open and close nothing.
pub(super) const VOID: [&str; 20] = [
    "area", "base", "br", "col", "embed", "hr", "img", "image", "input", "link", "meta", "param", "source", "track",
    "wbr", "keygen", "frame", "html", "head", "body",
];

/// Elements that are opened again in the next block when they were not closed.
pub(super) const FORMATTING: [&str; 13] =
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "u"];

/// Elements that end a drawing or formula in which they begin.
pub(super) const FOREIGN_LEAVERS: [&str; 43] = [
    "b",
    "big",
    "blockquote",
    "body",
    "br",
    "center",
    "code",
    "dd",
    "div",
    "dl",
    "dt",
    "em",
    "embed",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "hr",
    "i",
    "img",
    "li",
    "listing",
    "menu",
    "meta",
    "nobr",
    "ol",
    "p",
    "pre",
    "ruby",
    "s",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tt",
    "u",
    "ul",
];

/// Elements of drawings and formulas that hold HTML.
const INTEGRATION: [&str; 9] = ["foreignobject", "desc", "title", "mi", "mo", "mn", "ms", "mtext", "annotation-xml"];

/// Elements that end a paragraph in which they begin.
const BLOCKS: [&str; 38] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "header",
    "hgroup",
    "main",
    "menu",
    "nav",
    "ol",
    "p",
    "search",
    "section",
    "summary",
    "ul",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "pre",
    "listing",
    "form",
    "li",
    "dd",
    "dt",
    "xmp",
];

/// Elements that no end of an element around them ends, unless it is that of such an element too.
const BOUNDARIES: [&str; 8] = ["applet", "caption", "table", "td", "th", "marquee", "object", "template"];

/// Further elements that the end of a phrase around them does not end.
const SPECIAL: [&str; 13] = [
    "button", "colgroup", "frameset", "iframe", "noembed", "noframes", "noscript", "select", "thead", "tbody", "tfoot",
    "tr", "optgroup",
];

/// Where a part of a table stands: the table 0, its groups of rows 1, rows 2, cells 3.
fn level(name: &str) -> Option<u8> {
    match name {
        "table" => Some(0),
        "thead" | "tbody" | "tfoot" => Some(1),
        "tr" => Some(2),
        "td" | "th" => Some(3),
        _ => None,
    }
}

fn is_boundary(name: &str) -> bool {
    BOUNDARIES.contains(&name) || INTEGRATION.contains(&name)
}

/// Whether an element is more than a phrase.
fn is_special(name: &str) -> bool {
    is_boundary(name) || (BLOCKS.contains(&name) && name != "dialog") || SPECIAL.contains(&name)
}

/// The elements that are open.
#[derive(Default)]
pub(super) struct Open {
    /// All but those of formatting, the innermost last.
    stack: Vec<String>,
    /// Those of formatting, which keep no order.
    formatting: [usize; FORMATTING.len()],
    /// How many of the stack are drawings and formulas.
    foreign: usize,
}

impl Open {
    /// How many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.stack.len() + self.formatting()
    }

    /// How many elements of formatting are open.
    pub(super) fn formatting(&self) -> usize {
        self.formatting.iter().sum()
    }

    /// Whether the next tag is one of a drawing or formula.
    pub(super) fn is_foreign(&self) -> bool {
        let is_root = |name: &str| matches!(name, "svg" | "math");
        let turn = |name: &&String| is_root(name) || INTEGRATION.contains(&name.as_str());
        self.foreign > 0 && self.stack.iter().rev().find(turn).is_some_and(|name| is_root(name))
    }

    /// Ends the drawing or formula, with those around it.
    pub(super) fn leave_foreign(&mut self) {
        let inner = self.stack.iter().rposition(|name| INTEGRATION.contains(&name.as_str())).map_or(0, |at| at + 1);
        let root = self.stack[inner..].iter().position(|name| matches!(name.as_str(), "svg" | "math"));
        self.truncate(root.map_or(self.stack.len(), |at| inner + at));
    }

    /// Opens an element, and ends what ends by it.
    pub(super) fn begin(&mut self, name: String, is_foreign: bool) {
        if let Some(at) = FORMATTING.iter().position(|formatting| *formatting == name) {
            self.formatting[at] += 1;
            return;
        }
        if !is_foreign {
            match (name.as_str(), level(&name)) {
                ("table", _) | (_, None) => {}
                // Parts of a table count in a table alone.
                (_, Some(own)) => {
                    let outer = |open: &String| level(open).is_some_and(|outer| outer < own);
                    if !self.stack.iter().any(|open| open == "table") {
                        return;
                    }
                    self.truncate(self.stack.iter().rposition(outer).map_or(0, |at| at + 1));
                }
            }
            match name.as_str() {
                "li" => self.end_item(&["li"]),
                "dd" | "dt" => self.end_item(&["dd", "dt"]),
                "option" if self.stack.last().is_some_and(|open| open == "option") => {
                    self.truncate(self.stack.len() - 1);
                }
                _ => {}
            }
            if BLOCKS.contains(&name.as_str()) {
                self.end("p");
            }
        }
        self.foreign += usize::from(matches!(name.as_str(), "svg" | "math"));
        self.stack.push(name);
    }

    /// Ends the item of a list before the next one.
    fn end_item(&mut self, items: &[&str]) {
        let stops = |name: &String| {
            items.contains(&name.as_str()) || is_special(name) && !matches!(name.as_str(), "address" | "div" | "p")
        };
        if let Some(at) = self.stack.iter().rposition(stops)
            && items.contains(&self.stack[at].as_str())
        {
            self.truncate(at);
        }
    }

    /// Ends the innermost element of a name, and what is open in it, where an end tag does.
    pub(super) fn end(&mut self, name: &str) {
        if let Some(at) = FORMATTING.iter().position(|formatting| *formatting == name) {
            self.formatting[at] = self.formatting[at].saturating_sub(1);
            return;
        }
        let Some(at) = self.stack.iter().rposition(|open| open == name) else { return };
        let holds = |open: &String| match name {
            "table" | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th" | "template" => open == "table",
            "p" => is_boundary(open) || open == "button",
            "li" => is_boundary(open) || matches!(open.as_str(), "ul" | "ol"),
            _ if is_special(name) => is_boundary(open),
            _ => is_special(open),
        };
        if self.stack[at + 1..].iter().any(holds) {
            return;
        }
        if name == "form" {
            self.stack.remove(at);
        } else {
            self.truncate(at);
        }
    }

    fn truncate(&mut self, length: usize) {
        for name in self.stack.drain(length.min(self.stack.len())..) {
            self.foreign -= usize::from(matches!(name.as_str(), "svg" | "math"));
        }
    }
}
