//! Ways through the book: the outline (ISO 32000-1 12.3.3), page labels (12.4.2), destinations and link
//! annotations (12.5.6.5).

use std::collections::BTreeMap;
use std::io;

use lopdf::{Dictionary, Object, ObjectId, dictionary};

use super::file::File;
use super::metadata::text_string;
use super::text::round;
use super::trees;
use crate::book::NodeRef;
use crate::pdf::pages::{Destination, LinkArea, LinkTarget, OutlineEntry, Page, PageLabel, Rect};
use crate::units::Pt;

/// The pages of the file, for what leads to them.
#[derive(Debug, Default)]
pub(super) struct Targets {
    /// The page object and the height of each page.
    pub(super) pages: Vec<(ObjectId, Pt)>,
    /// Where nodes are.
    pub(super) nodes: BTreeMap<NodeRef, Destination>,
}

impl Targets {
    /// An explicit destination: the place comes to the top left corner of the window, at the zoom that the
    /// reader has chosen.
    fn array(&self, destination: Destination) -> Option<Object> {
        let (page, height) = *self.pages.get(destination.page as usize)?;
        let left = Object::Real(round(destination.at.x.0));
        let top = Object::Real(round((height - destination.at.y).0));
        Some(Object::Array(vec![page.into(), "XYZ".into(), left, top, Object::Null]))
    }
}

/// The link annotations of a page, with the nodes of the links. A link over several lines is one annotation
/// that says where its pieces are.
pub(super) fn links(page: &Page, targets: &Targets) -> Vec<(NodeRef, Dictionary)> {
    let mut pieces: Vec<(&LinkArea, Vec<Rect>)> = Vec::new();
    for area in &page.links {
        match pieces.last_mut().filter(|(last, _)| last.node == area.node && last.target == area.target) {
            Some((_, rects)) => rects.push(area.rect),
            None => pieces.push((area, vec![area.rect])),
        }
    }
    let annotation =
        |(area, rects): (&LinkArea, Vec<Rect>)| Some((area.node, link(area, &rects, page.height, targets)?));
    pieces.into_iter().filter_map(annotation).collect()
}

/// The left, bottom, right and top edges of areas on a page of a height.
fn bounds(rects: &[Rect], height: Pt) -> [Pt; 4] {
    let least = |edge: fn(&Rect) -> Pt| rects.iter().map(edge).fold(Pt(f32::INFINITY), Pt::min);
    let most = |edge: fn(&Rect) -> Pt| rects.iter().map(edge).fold(Pt(f32::NEG_INFINITY), Pt::max);
    let (top, bottom) = (least(|rect| rect.y), most(|rect| rect.y + rect.height));
    [least(|rect| rect.x), height - bottom, most(|rect| rect.x + rect.width), height - top]
}

/// A link annotation over some areas; `None` if it leads nowhere.
fn link(area: &LinkArea, rects: &[Rect], height: Pt, targets: &Targets) -> Option<Dictionary> {
    let corners = bounds(rects, height);
    let mut annotation = dictionary! {
        "Type" => "Annot",
        "Subtype" => "Link",
        "Rect" => corners.map(|edge| Object::Real(round(edge.0))).to_vec(),
        "Border" => vec![Object::Integer(0); 3],
        // Table 165, bit 3: printed. PDF/A-2 6.3.2 asks for it.
        "F" => 4,
        "Contents" => text_string(&area.contents),
    };
    if rects.len() > 1 {
        // The corners of each piece: upper left, upper right, lower left, lower right, as readers expect them
        // and not as Table 179 has them.
        let quads = rects.iter().flat_map(|rect| {
            let [left, bottom, right, top] = bounds(std::slice::from_ref(rect), height);
            [left, top, right, top, left, bottom, right, bottom]
        });
        annotation.set("QuadPoints", quads.map(|edge| Object::Real(round(edge.0))).collect::<Vec<_>>());
    }
    match &area.target {
        LinkTarget::Url(url) => {
            // Annotations hold 7-bit addresses (12.6.4.7); what is not ASCII is written in percent form.
            let ascii = percent_encoding::utf8_percent_encode(url, percent_encoding::CONTROLS).to_string();
            let action = dictionary! { "Type" => "Action", "S" => "URI", "URI" => Object::string_literal(ascii) };
            annotation.set("A", action);
        }
        LinkTarget::Node(node) => annotation.set("Dest", targets.array(*targets.nodes.get(node)?)?),
        LinkTarget::Place(destination) => annotation.set("Dest", targets.array(*destination)?),
    }
    Some(annotation)
}

/// The places that the file names for those who lead to them from outside (12.3.2.3).
pub(super) fn names(
    names: Vec<(String, NodeRef)>,
    targets: &Targets,
    file: &mut File<'_>,
) -> io::Result<Option<ObjectId>> {
    let place = |(name, node)| Some((name, targets.array(*targets.nodes.get(&node)?)?));
    let mut entries: Vec<(String, Object)> = names.into_iter().filter_map(place).collect();
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    entries.dedup_by(|(a, _), (b, _)| a == b);
    (!entries.is_empty()).then(|| trees::names(entries, file)).transpose()
}

/// An entry with the entries below it.
struct Branch<'a> {
    entry: &'a OutlineEntry,
    children: Vec<Branch<'a>>,
}

/// Nests entries by their levels; a skipped level is no level.
fn nest<'a>(entries: &mut std::iter::Peekable<std::slice::Iter<'a, OutlineEntry>>, above: u8) -> Vec<Branch<'a>> {
    let mut branches = Vec::new();
    while let Some(entry) = entries.next_if(|entry| entry.level > above) {
        branches.push(Branch { entry, children: nest(entries, entry.level) });
    }
    branches
}

/// Writes the outline; `None` if there is none.
pub(super) fn outline(
    entries: &[OutlineEntry],
    targets: &Targets,
    file: &mut File<'_>,
) -> io::Result<Option<ObjectId>> {
    let branches = nest(&mut entries.iter().peekable(), 0);
    let root = file.reserve();
    let Some((first, last)) = write_branches(&branches, root, targets, file)? else { return Ok(None) };
    let dictionary = dictionary! {
        "Type" => "Outlines", "First" => first, "Last" => last, "Count" => count(branches.len()),
    };
    file.put(root, dictionary)?;
    Ok(Some(root))
}

/// Writes entries of one level, closed; gives the first and the last of them.
fn write_branches(
    branches: &[Branch<'_>],
    parent: ObjectId,
    targets: &Targets,
    file: &mut File<'_>,
) -> io::Result<Option<(ObjectId, ObjectId)>> {
    let ids: Vec<ObjectId> = branches.iter().map(|_| file.reserve()).collect();
    for (index, (branch, id)) in branches.iter().zip(&ids).enumerate() {
        let mut item = dictionary! { "Title" => text_string(&branch.entry.title), "Parent" => parent };
        if let Some(destination) = targets.array(branch.entry.destination) {
            item.set("Dest", destination);
        }
        if let Some(previous) = index.checked_sub(1) {
            item.set("Prev", ids[previous]);
        }
        if let Some(next) = ids.get(index + 1) {
            item.set("Next", *next);
        }
        if let Some((first, last)) = write_branches(&branch.children, *id, targets, file)? {
            item.set("First", first);
            item.set("Last", last);
            // Negative: closed, with so many entries to open.
            item.set("Count", -count(branch.children.len()));
        }
        file.put(*id, item)?;
    }
    Ok(ids.first().copied().zip(ids.last().copied()))
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// The number tree of page labels: a range begins where a label is not what follows the one before by itself.
pub(super) fn page_labels(labels: impl Iterator<Item = PageLabel>) -> Dictionary {
    let mut ranges = Vec::new();
    let mut expected = None;
    for (index, label) in labels.enumerate() {
        if expected != Some(label) {
            let style = match label {
                PageLabel::None => Dictionary::new(),
                PageLabel::Roman(start) => dictionary! { "S" => "r", "St" => start },
                PageLabel::Arabic(start) => dictionary! { "S" => "D", "St" => start },
            };
            ranges.extend([Object::Integer(count(index)), Object::Dictionary(style)]);
        }
        expected = Some(match label {
            PageLabel::None => label,
            PageLabel::Roman(number) => PageLabel::Roman(number.saturating_add(1)),
            PageLabel::Arabic(number) => PageLabel::Arabic(number.saturating_add(1)),
        });
    }
    dictionary! { "Nums" => ranges }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::pages::Point;

    fn entry(level: u8, title: &str) -> OutlineEntry {
        let destination = Destination { page: 0, at: Point { x: Pt::ZERO, y: Pt::ZERO } };
        OutlineEntry { level, title: title.to_owned(), destination }
    }

    fn shape(branches: &[Branch<'_>]) -> String {
        branches.iter().map(|branch| format!("{}({})", branch.entry.title, shape(&branch.children))).collect()
    }

    #[test]
    fn entries_nest_even_where_a_level_is_skipped() {
        let entries = [entry(1, "a"), entry(3, "b"), entry(2, "c"), entry(1, "d"), entry(2, "e")];
        assert_eq!(shape(&nest(&mut entries.iter().peekable(), 0)), "a(b()c())d(e())");
    }

    #[test]
    fn labels_become_ranges() {
        use PageLabel::{Arabic, None, Roman};
        let labels = [None, Roman(1), Roman(2), Roman(3), Arabic(1), Arabic(2), None, None];
        let mut text = Vec::new();
        super::super::syntax::write(&page_labels(labels.into_iter()).into(), &mut text);
        let text = String::from_utf8(text).expect("ASCII");
        assert_eq!(text, "<</Nums [0 <<>> 1 <</S /r/St 1>> 4 <</S /D/St 1>> 6 <<>>]>>");
    }

    #[test]
    fn an_address_is_written_in_ascii() {
        let rect = crate::pdf::pages::Rect { x: Pt(1.0), y: Pt(2.0), width: Pt(3.0), height: Pt(4.0) };
        let target = LinkTarget::Url("https://example.org/文".to_owned());
        let node = NodeRef { article: 0, node: crate::document::NodeId(1) };
        let area = LinkArea { rect, target, contents: "文".to_owned(), node };
        let annotation = link(&area, &[rect], Pt(100.0), &Targets::default()).expect("a link");
        let action = annotation.get(b"A").and_then(Object::as_dict).expect("an action");
        assert_eq!(action.get(b"URI").and_then(Object::as_str).expect("text"), b"https://example.org/%E6%96%87");
    }
}
