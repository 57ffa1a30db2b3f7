//! Tags: the structure tree of the file (ISO 32000-1 14.7), joined to what the pages show.
//!
//! While pages are written, each says which places its marked content belongs to ([`Tags::page`]) and which
//! nodes its link annotations ([`Tags::area`]). [`write()`] then writes the elements, whose tree the layout
//! has made: those that nothing is shown of are left out, and a link without an area is none.

use std::io;

use lopdf::{Dictionary, Object, ObjectId, dictionary};

use super::file::File;
use super::metadata::text_string;
use super::text::round;
use super::trees;
use crate::book::NodeRef;
use crate::pdf::pages::Rect;
use crate::pdf::structure::{Child, Element, Kind, Numbering, Scope, Spans, Structure};
use crate::units::Pt;

/// A sequence of marked content; its identifier is its index on the page (14.7.4.2).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Mark {
    /// The place of what it shows.
    pub(super) place: NodeRef,
    /// Where it stands, for pictures.
    pub(super) bounds: Option<Rect>,
}

/// A sequence of marked content on its page.
#[derive(Debug, Clone, Copy)]
struct Marked {
    place: NodeRef,
    page: u32,
    index: u32,
    bounds: Option<Rect>,
}

/// The annotation of a link.
#[derive(Debug, Clone, Copy)]
struct Area {
    node: NodeRef,
    page: u32,
    annotation: ObjectId,
}

/// What the pages show, in their order.
#[derive(Debug, Default)]
pub(super) struct Tags {
    marked: Vec<Marked>,
    areas: Vec<Area>,
}

impl Tags {
    /// Notes the marked content of a page.
    pub(super) fn page(&mut self, page: u32, marks: &[Mark]) {
        let marked =
            (0..).zip(marks).map(|(index, mark)| Marked { place: mark.place, page, index, bounds: mark.bounds });
        self.marked.extend(marked);
    }

    /// Notes an annotation, and gives its key in the parent tree of a file of so many pages (14.7.4.4).
    pub(super) fn area(&mut self, node: NodeRef, page: u32, annotation: ObjectId, pages: usize) -> i64 {
        self.areas.push(Area { node, page, annotation });
        key(pages + self.areas.len() - 1)
    }

    /// The marked content of a place.
    fn of_place(&self, place: NodeRef) -> &[Marked] {
        let from = self.marked.partition_point(|mark| mark.place < place);
        let count = self.marked[from..].partition_point(|mark| mark.place == place);
        &self.marked[from..from + count]
    }
}

/// A page as elements name it.
#[derive(Debug, Clone, Copy)]
pub(super) struct TaggedPage {
    /// Its object.
    pub(super) id: ObjectId,
    /// Its height.
    pub(super) height: Pt,
}

/// Writes the structure tree of a file with these pages.
pub(super) fn write(
    structure: Structure,
    mut tags: Tags,
    pages: &[TaggedPage],
    file: &mut File<'_>,
) -> io::Result<ObjectId> {
    let mut marks_of_pages = vec![0; pages.len()];
    for mark in &tags.marked {
        marks_of_pages[mark.page as usize] = mark.index as usize + 1;
    }
    // Both sorts are stable: what belongs together stays in the order of the pages.
    tags.marked.sort_by_key(|mark| mark.place);
    let mut areas: Vec<(usize, Area)> = tags.areas.iter().copied().enumerate().collect();
    areas.sort_by_key(|(_, area)| area.node);
    let root = file.reserve();
    let mut writer = Writer {
        parents: marks_of_pages.into_iter().map(|count| vec![root; count]).collect(),
        area_parents: vec![root; tags.areas.len()],
        tags,
        areas,
        pages,
        identifiers: Vec::new(),
        file,
    };
    let document = writer.file.reserve();
    let children = writer.settle(structure.elements.into_iter().map(Child::from).collect()).children;
    let mut kids = Vec::with_capacity(children.len());
    for child in &children {
        writer.child(child, document, &mut kids)?;
    }
    writer.file.put(document, dictionary! { "S" => "Document", "P" => root, "K" => kids })?;
    writer.finish(root, document)
}

/// Children that are shown.
struct Settled {
    children: Vec<Child>,
    /// Whether any of them shows something.
    shown: bool,
}

struct Writer<'a, 'f> {
    tags: Tags,
    /// The areas by their nodes, with their places in the parent tree.
    areas: Vec<(usize, Area)>,
    pages: &'a [TaggedPage],
    /// The elements of the marked content of each page.
    parents: Vec<Vec<ObjectId>>,
    /// The elements of the annotations.
    area_parents: Vec<ObjectId>,
    /// The elements that have an identifier.
    identifiers: Vec<(String, Object)>,
    file: &'a mut File<'f>,
}

impl Writer<'_, '_> {
    /// Leaves out what is not shown, and puts what a link without an area holds in its place.
    fn settle(&self, children: Vec<Child>) -> Settled {
        let mut out = Settled { children: Vec::with_capacity(children.len()), shown: false };
        for child in children {
            let element = match child {
                Child::Content(place) if self.tags.of_place(place).is_empty() => continue,
                Child::Content(_) => {
                    out.children.push(child);
                    out.shown = true;
                    continue;
                }
                Child::Element(element) => element,
            };
            let Element { children, .. } = element;
            let inside = self.settle(children);
            let element = Element { children: inside.children, ..element };
            if element.kind == Kind::Link && self.areas_of(element.node).is_empty() {
                out.children.extend(element.children);
                out.shown |= inside.shown;
            } else if inside.shown || is_needed_empty(element.kind) {
                out.shown |= inside.shown;
                out.children.push(element.into());
            }
        }
        out
    }

    fn areas_of(&self, node: Option<NodeRef>) -> &[(usize, Area)] {
        let Some(node) = node else { return &[] };
        let from = self.areas.partition_point(|(_, area)| area.node < node);
        let count = self.areas[from..].partition_point(|(_, area)| area.node == node);
        &self.areas[from..from + count]
    }

    /// Writes what a child is to its parent, and the child itself when it is an element.
    fn child(&mut self, child: &Child, parent: ObjectId, kids: &mut Vec<Object>) -> io::Result<()> {
        match child {
            Child::Content(place) => {
                for mark in self.tags.of_place(*place) {
                    self.parents[mark.page as usize][mark.index as usize] = parent;
                    kids.push(
                        dictionary! {
                            "Type" => "MCR",
                            "Pg" => self.pages[mark.page as usize].id,
                            "MCID" => i64::from(mark.index),
                        }
                        .into(),
                    );
                }
            }
            Child::Element(element) => kids.push(self.element(element, parent)?.into()),
        }
        Ok(())
    }

    fn element(&mut self, element: &Element, parent: ObjectId) -> io::Result<ObjectId> {
        let id = self.file.reserve();
        let mut kids = Vec::with_capacity(element.children.len());
        for child in &element.children {
            self.child(child, id, &mut kids)?;
        }
        if element.kind == Kind::Link {
            for (key, area) in self.areas_of(element.node).to_vec() {
                self.area_parents[key] = id;
                let page = self.pages[area.page as usize].id;
                kids.push(dictionary! { "Type" => "OBJR", "Obj" => area.annotation, "Pg" => page }.into());
            }
        }
        let mut out = dictionary! { "S" => name(element.kind), "P" => parent };
        on_one_page(&mut out, kids);
        if let Some(language) = &element.language {
            out.set("Lang", Object::string_literal(language.tag()));
        }
        if let Some(alt) = &element.alt {
            out.set("Alt", text_string(alt));
        }
        if let Some(attributes) = attributes(element.kind).or_else(|| self.bounds(element)) {
            out.set("A", attributes);
        }
        if let (Kind::Note, Some(NodeRef { article, node })) = (element.kind, element.node) {
            // Numbers of equal length sort as they are counted.
            let identifier = format!("note-{article:010}-{:010}", node.0);
            out.set("ID", Object::string_literal(identifier.as_str()));
            self.identifiers.push((identifier, id.into()));
        }
        self.file.put(id, out)?;
        Ok(id)
    }

    /// Where a picture stands, when it is on one page (14.8.5.4.3).
    fn bounds(&self, element: &Element) -> Option<Dictionary> {
        let [Child::Content(place)] = element.children.as_slice() else { return None };
        let [Marked { page, bounds: Some(rect), .. }] = self.tags.of_place(*place) else { return None };
        let height = self.pages[*page as usize].height;
        let (left, bottom) = (rect.x, height - rect.y - rect.height);
        let corners = [left, bottom, left + rect.width, bottom + rect.height];
        let corners = corners.map(|edge| Object::Real(round(edge.0))).to_vec();
        Some(dictionary! { "O" => "Layout", "BBox" => corners })
    }

    /// Writes the root, and the tables that lead from content to elements (14.7.2).
    fn finish(mut self, root: ObjectId, document: ObjectId) -> io::Result<ObjectId> {
        let references = |ids: Vec<ObjectId>| ids.into_iter().map(Object::Reference).collect::<Vec<_>>();
        let of_pages = self.parents.into_iter().map(|ids| Object::Array(references(ids)));
        let parents: Vec<Object> = of_pages.chain(references(self.area_parents)).collect();
        let next = key(parents.len());
        let parents = trees::numbers((0..).zip(parents).collect(), self.file)?;
        let mut out = dictionary! {
            "Type" => "StructTreeRoot",
            "K" => document,
            "ParentTree" => parents,
            "ParentTreeNextKey" => next,
        };
        if !self.identifiers.is_empty() {
            self.identifiers.sort_by(|(a, _), (b, _)| a.cmp(b));
            out.set("IDTree", trees::names(self.identifiers, self.file)?);
        }
        self.file.put(root, out)?;
        Ok(root)
    }
}

/// Gives an element its kids. What is on the page of the first of them is named shortly.
fn on_one_page(element: &mut Dictionary, mut kids: Vec<Object>) {
    let page_of = |kid: &Object| kid.as_dict().ok()?.get(b"Pg").and_then(Object::as_reference).ok();
    if let Some(page) = kids.iter().find_map(page_of) {
        element.set("Pg", page);
        for kid in kids.iter_mut().filter(|kid| page_of(kid) == Some(page)) {
            let Ok(dictionary) = kid.as_dict_mut() else { continue };
            match dictionary.get(b"MCID").and_then(Object::as_i64) {
                Ok(index) => *kid = Object::Integer(index),
                Err(_) => drop(dictionary.remove(b"Pg")),
            }
        }
    }
    match kids.len() {
        0 => {}
        1 => element.set("K", kids.swap_remove(0)),
        _ => element.set("K", kids),
    }
}

/// Whether an element stands where its parent needs it, even if it shows nothing.
fn is_needed_empty(kind: Kind) -> bool {
    matches!(kind, Kind::Row | Kind::HeaderCell(..) | Kind::Cell(_) | Kind::ItemBody)
}

/// The name of a standard structure type (14.8.4).
fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Part => "Part",
        Kind::Article => "Art",
        Kind::Section => "Sect",
        Kind::Division => "Div",
        Kind::Heading(1) => "H1",
        Kind::Heading(2) => "H2",
        Kind::Heading(3) => "H3",
        Kind::Heading(4) => "H4",
        Kind::Heading(5) => "H5",
        Kind::Heading(_) => "H6",
        Kind::Paragraph => "P",
        Kind::Quote => "BlockQuote",
        Kind::List(_) => "L",
        Kind::Item => "LI",
        Kind::Label => "Lbl",
        Kind::ItemBody => "LBody",
        Kind::Contents => "TOC",
        Kind::ContentsItem => "TOCI",
        Kind::Table => "Table",
        Kind::TableHead => "THead",
        Kind::TableBody => "TBody",
        Kind::Row => "TR",
        Kind::HeaderCell(..) => "TH",
        Kind::Cell(_) => "TD",
        Kind::Figure => "Figure",
        Kind::Caption => "Caption",
        Kind::Formula => "Formula",
        Kind::Code => "Code",
        Kind::Link => "Link",
        Kind::Reference => "Reference",
        Kind::Note => "Note",
        Kind::Span => "Span",
        Kind::Ruby => "Ruby",
        Kind::RubyBase => "RB",
        Kind::RubyText => "RT",
    }
}

/// What a type has to say beyond its name (14.8.5).
fn attributes(kind: Kind) -> Option<Dictionary> {
    let spanning = |out: &mut Dictionary, Spans { columns, rows }: Spans| {
        if columns > 1 {
            out.set("ColSpan", i64::from(columns));
        }
        if rows > 1 {
            out.set("RowSpan", i64::from(rows));
        }
    };
    match kind {
        Kind::List(numbering) => {
            let numbering = match numbering {
                Numbering::Bullets => "Disc",
                Numbering::Decimal => "Decimal",
                Numbering::Terms => "None",
            };
            Some(dictionary! { "O" => "List", "ListNumbering" => numbering })
        }
        Kind::HeaderCell(scope, spans) => {
            let scope = if scope == Scope::Column { "Column" } else { "Row" };
            let mut out = dictionary! { "O" => "Table", "Scope" => scope };
            spanning(&mut out, spans);
            Some(out)
        }
        Kind::Cell(spans) if spans != Spans::ONE => {
            let mut out = dictionary! { "O" => "Table" };
            spanning(&mut out, spans);
            Some(out)
        }
        _ => None,
    }
}

fn key(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}
