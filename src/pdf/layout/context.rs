//! What the parts of the layout know while they set one article.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use crate::addresses::{address_keys, outside};
use crate::assets::Assets;
use crate::book::{Article, Language, NodeRef};
use crate::document::NodeId;
use crate::pdf::pages::{Color, LinkTarget, Role};
use crate::pdf::structure::{Child, Element, Kind};
use crate::pdf::style::{Sheet, Style};
use crate::problem::{Code, Problem};
use crate::text::{Align, Family, Setter};
use crate::units::{Em, Pt};

/// What the parts of the layout know while they set one article.
pub(super) struct Context<'a> {
    /// Sets paragraphs.
    pub(super) setter: &'a Setter<'a>,
    /// Colours.
    pub(super) style: &'a Style,
    /// Sizes, in the article's script.
    pub(super) sheet: Sheet,
    /// Pictures.
    pub(super) assets: &'a Assets,
    /// Whether there are colours.
    pub(super) screen: bool,
    /// What becomes of links that lead out of the book.
    pub(super) links: super::Links,
    /// The index of the article.
    pub(super) index: u32,
    /// The article.
    pub(super) article: &'a Article,
    /// The headings that links of the article may name.
    pub(super) anchors: BTreeMap<String, NodeId>,
    /// The node of each footnote's first call.
    pub(super) first_calls: BTreeMap<usize, NodeId>,
    /// The index of each article, by the addresses that other articles may use for it.
    pub(super) addresses: &'a BTreeMap<String, usize>,
    /// What went wrong.
    pub(super) problems: RefCell<Vec<Problem>>,
    /// How many grounds there are so far.
    pub(super) grounds: Cell<u32>,
    /// The language of the book.
    pub(super) book_language: &'a Language,
    /// How many nodes have been added for text of the book's own.
    pub(super) fresh: Cell<u32>,
    /// The elements of the part that the book is adding.
    pub(super) added: RefCell<Vec<Element>>,
}

impl Context<'_> {
    /// The place of a node in the book.
    pub(super) fn node(&self, node: NodeId) -> NodeRef {
        NodeRef { article: self.index, node }
    }

    /// The role of text of a node.
    pub(super) fn role(&self, node: NodeId) -> Role {
        Role::Node(self.node(node))
    }

    /// A node for text of the book's own.
    pub(super) fn fresh(&self) -> NodeRef {
        self.fresh.set(self.fresh.get() + 1);
        self.node(NodeId(self.fresh.get()))
    }

    /// Adds an element for text of the book's own, and gives the role of that text.
    pub(super) fn said(&self, kind: Kind) -> Role {
        let node = self.fresh();
        self.added.borrow_mut().push(Element::new(kind, vec![Child::Content(node)]));
        Role::Node(node)
    }

    /// An identity for the ground of a block.
    pub(super) fn new_ground(&self) -> u32 {
        self.grounds.set(self.grounds.get() + 1);
        self.grounds.get()
    }

    /// Notes that something at a line of the article is not as it should be.
    pub(super) fn warn(&self, code: Code, line: u32, message: impl Into<String>) {
        let problem = Problem::warning(code, self.article.origin.at(line), message).in_article(&self.article.title);
        self.problems.borrow_mut().push(problem);
    }

    /// Where a link of the article leads; `None` when a reader could not follow it.
    pub(super) fn target(&self, target: &str) -> Option<LinkTarget> {
        if let Some(name) = target.strip_prefix('#') {
            let decoded = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
            let node = self.anchors.get(name).or_else(|| self.anchors.get(decoded.as_ref()))?;
            return Some(LinkTarget::Node(self.node(*node)));
        }
        let address = target.split('#').next().unwrap_or_default();
        if let Some(&index) = address_keys(self.article, address).iter().find_map(|key| self.addresses.get(key)) {
            let article = u32::try_from(index).unwrap_or(u32::MAX);
            return Some(LinkTarget::Node(NodeRef { article, node: NodeId::ARTICLE }));
        }
        let absolute = url::Url::parse(&outside(self.article, target)?).ok()?;
        matches!(absolute.scheme(), "http" | "https" | "ftp" | "mailto" | "tel")
            .then(|| LinkTarget::Url(absolute.into()))
    }
}

/// The column that blocks are set in, and how their text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    /// Left edge, from that of the type area.
    pub(super) x: Pt,
    /// Length of a line.
    pub(super) width: Pt,
    /// The family.
    pub(super) family: Family,
    /// Whether the text is bold.
    pub(super) bold: bool,
    /// The type size.
    pub(super) size: Pt,
    /// Distance of the baselines.
    pub(super) leading: Pt,
    /// The colour of text.
    pub(super) color: Color,
    /// How lines are aligned.
    pub(super) align: Align,
    /// The language.
    pub(super) language: &'a Language,
    /// Whether it is a title: lines end by meaning and are of about equal length.
    pub(super) title: bool,
    /// The indent of a paragraph's first line.
    pub(super) indent: Em,
    /// Whether a paragraph is indented that follows a heading or begins the frame.
    pub(super) indent_first: bool,
    /// Whether lines stand on the line grid.
    pub(super) on_grid: bool,
}

impl<'a> Frame<'a> {
    /// The column of an article's text.
    pub(super) fn body(context: &'a Context<'a>) -> Self {
        let kind = &context.sheet.kind;
        Self {
            x: Pt::ZERO,
            width: context.sheet.measure,
            family: Family::Serif,
            bold: false,
            size: kind.body,
            leading: kind.leading,
            color: context.style.color.text,
            align: Align::Justify,
            language: &context.article.language,
            title: false,
            indent: kind.indent,
            indent_first: kind.indent_after_heading,
            on_grid: true,
        }
    }

    /// A narrower column inside this one. However deep blocks are nested, some characters of width
    /// remain: what cannot be had is taken off the insets, evenly.
    pub(super) fn inset(&self, left: Pt, right: Pt) -> Self {
        let least = (self.size * LEAST_CHARACTERS).min(self.width);
        let wanted = left + right;
        let share = if wanted.0 > 0.0 { ((self.width - least) / wanted).clamp(0.0, 1.0) } else { 0.0 };
        Self { x: self.x + left * share, width: self.width - wanted * share, ..*self }
    }

    /// The same column without first-line indents.
    pub(super) fn flush(&self) -> Self {
        Self { indent: Em::ZERO, ..*self }
    }

    /// The same column with text of another size.
    pub(super) fn sized(&self, size: Pt, leading: Pt) -> Self {
        Self { size, leading, on_grid: false, ..*self }
    }

    /// The same column in the language of a block.
    pub(super) fn speaking<'b>(&self, language: Option<&'b Language>) -> Frame<'b>
    where
        'a: 'b,
    {
        Frame { language: language.unwrap_or(self.language), ..*self }
    }
}

/// A nested column keeps room for at least this many Han characters.
const LEAST_CHARACTERS: f32 = 8.0;
