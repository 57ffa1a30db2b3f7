//! The logical structure of a book (ISO 32000-1 14.7, 14.8): what the layout knows of its articles, and the
//! writer tags the pages by.
//!
//! Items on pages name nodes; elements name places for what the nodes show. Text of several nodes that
//! stands in one element without another between has one place, named by its first node.

use crate::book::{Language, NodeRef};
use crate::document::NodeId;

/// Stands for the index of an article where nodes are meant that the book itself adds.
pub const ADDED: u32 = u32::MAX;

/// The tree of a book, and the places of its nodes.
#[derive(Debug, Clone, Default)]
pub struct Structure {
    /// The elements under the document, in reading order.
    pub elements: Vec<Element>,
    /// The places of the nodes of each article, and last those of [`ADDED`].
    pub places: Vec<Places>,
}

impl Structure {
    /// The place of what a node shows. What no element expects goes to the place of its article.
    #[must_use]
    pub fn place(&self, node: NodeRef) -> NodeRef {
        let places = self.places.get(node.article as usize).or(self.places.last());
        let place = places.and_then(|places| places.of(node.node)).unwrap_or(NodeId::ARTICLE);
        NodeRef { node: place, ..node }
    }
}

/// The places of the nodes of an article.
#[derive(Debug, Clone, Default)]
pub struct Places(Vec<(NodeId, NodeId)>);

impl Places {
    /// Places from pairs of nodes and the first nodes of their places.
    #[must_use]
    pub fn new(mut pairs: Vec<(NodeId, NodeId)>) -> Self {
        pairs.sort_unstable();
        Self(pairs)
    }

    fn of(&self, node: NodeId) -> Option<NodeId> {
        let at = self.0.binary_search_by_key(&node, |pair| pair.0).ok()?;
        Some(self.0[at].1)
    }
}

/// A structure element.
#[derive(Debug, Clone)]
pub struct Element {
    /// What it is.
    pub kind: Kind,
    /// For links and notes: the node that areas on pages and identifiers name.
    pub node: Option<NodeRef>,
    /// The language, where it differs from that of the element around it.
    pub language: Option<Language>,
    /// The text that stands for it, for those who do not see it.
    pub alt: Option<String>,
    /// What it holds, in reading order.
    pub children: Vec<Child>,
}

impl Element {
    /// An element that holds these.
    #[must_use]
    pub fn new(kind: Kind, children: Vec<Child>) -> Self {
        Self { kind, node: None, language: None, alt: None, children }
    }

    /// The same, with text that stands for it.
    #[must_use]
    pub fn with_alt(self, alt: impl Into<String>) -> Self {
        Self { alt: Some(alt.into()), ..self }
    }

    /// The same, named by a node.
    #[must_use]
    pub fn with_node(self, node: NodeRef) -> Self {
        Self { node: Some(node), ..self }
    }

    /// The same, in a language.
    #[must_use]
    pub fn in_language(self, language: Option<Language>) -> Self {
        Self { language, ..self }
    }
}

/// Something in an element.
#[derive(Debug, Clone)]
pub enum Child {
    /// Another element.
    Element(Element),
    /// What items of this place show, wherever they stand.
    Content(NodeRef),
}

impl From<Element> for Child {
    fn from(element: Element) -> Self {
        Self::Element(element)
    }
}

/// The standard structure types that a book has (14.8.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A part of the book, which holds articles.
    Part,
    /// An article.
    Article,
    /// A section: what the book adds.
    Section,
    /// A group of blocks, such as an alert.
    Division,
    /// A heading of a level from 1 to 6.
    Heading(u8),
    /// A paragraph.
    Paragraph,
    /// A quotation.
    Quote,
    /// A list.
    List(Numbering),
    /// An item of a list.
    Item,
    /// A bullet or a number.
    Label,
    /// What an item says.
    ItemBody,
    /// The contents.
    Contents,
    /// An entry of the contents.
    ContentsItem,
    /// A table.
    Table,
    /// The rows of its head.
    TableHead,
    /// The other rows.
    TableBody,
    /// A row.
    Row,
    /// A cell that heads its column, or its row.
    HeaderCell(Scope, Spans),
    /// A cell.
    Cell(Spans),
    /// A picture.
    Figure,
    /// What is said of a picture or a table.
    Caption,
    /// A formula.
    Formula,
    /// Code.
    Code,
    /// A link. One without an area on a page is no link: what it holds stands in its place.
    Link,
    /// A call of a note, an entry of the contents.
    Reference,
    /// A footnote.
    Note,
    /// A piece of text.
    Span,
    /// Text with its reading.
    Ruby,
    /// The text that is read.
    RubyBase,
    /// The reading.
    RubyText,
}

/// How the items of a list are told apart (14.8.5.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbering {
    /// They have bullets or boxes.
    Bullets,
    /// They have numbers.
    Decimal,
    /// They have terms.
    Terms,
}

/// What a header cell heads (14.8.5.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The cells below it.
    Column,
    /// The cells after it.
    Row,
}

/// How many columns and rows a cell covers, at least 1 each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spans {
    /// Columns.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
}

impl Spans {
    /// A cell of one column and one row.
    pub const ONE: Self = Self { columns: 1, rows: 1 };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_element_expects_goes_to_its_article() {
        let places = Places::new(vec![(NodeId(5), NodeId(4)), (NodeId(4), NodeId(4))]);
        let structure = Structure { elements: Vec::new(), places: vec![places, Places::default()] };
        let place = |article, node| structure.place(NodeRef { article, node: NodeId(node) }).node;
        assert_eq!([place(0, 5), place(0, 4)], [NodeId(4); 2]);
        assert_eq!([place(0, 6), place(7, 5)], [NodeId::ARTICLE; 2]);
    }
}
