//! Ways through the book: the outline (ISO 32000-1 12.3.3), page labels (12.4.2), destinations and link
//! annotations (12.5.6.5).

use std::collections::BTreeMap;
use std::io;

use lopdf::{Dictionary, Object, ObjectId, dictionary};

use super::file::File;
use super::metadata::text_string;
use super::text::round;
use crate::book::NodeRef;
use crate::pdf::pages::{Destination, LinkArea, LinkTarget, OutlineEntry};
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

/// A link annotation; `None` if it leads nowhere.
pub(super) fn link(area: &LinkArea, height: Pt, targets: &Targets) -> Option<Dictionary> {
    let rect = area.rect;
    let (left, bottom) = (rect.x, height - rect.y - rect.height);
    let corners = [left, bottom, left + rect.width, bottom + rect.height];
    let mut annotation = dictionary! {
        "Type" => "Annot",
        "Subtype" => "Link",
        "Rect" => corners.map(|edge| Object::Real(round(edge.0))).to_vec(),
        "Border" => vec![Object::Integer(0); 3],
        // Table 165, bit 3: printed. PDF/A-2 6.3.2 asks for it.
        "F" => 4,
        "Contents" => text_string(&area.contents),
    };
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

/// What a page is called, as a number tree knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label<'a> {
    Decimal(u32),
    Roman(u32),
    Other(&'a str),
}

impl<'a> Label<'a> {
    fn of(text: &'a str) -> Self {
        if let Ok(number @ 1..) = text.parse() {
            Self::Decimal(number)
        } else {
            roman_value(text).map_or(Self::Other(text), Self::Roman)
        }
    }

    /// Whether it is what follows `previous` by itself.
    fn follows(self, previous: Self) -> bool {
        match (previous, self) {
            (Self::Decimal(before), Self::Decimal(after)) | (Self::Roman(before), Self::Roman(after)) => {
                before.checked_add(1) == Some(after)
            }
            // A label without number repeats itself.
            (Self::Other(before), Self::Other(after)) => before == after,
            _ => false,
        }
    }

    fn dictionary(self) -> Dictionary {
        match self {
            Self::Decimal(start) => dictionary! { "S" => "D", "St" => start },
            Self::Roman(start) => dictionary! { "S" => "r", "St" => start },
            Self::Other("") => Dictionary::new(),
            Self::Other(text) => dictionary! { "P" => text_string(text) },
        }
    }
}

/// The number tree of page labels.
pub(super) fn page_labels<'a>(labels: impl Iterator<Item = &'a str>) -> Dictionary {
    let mut ranges = Vec::new();
    let mut previous = None;
    for (index, text) in labels.enumerate() {
        let label = Label::of(text);
        if !previous.is_some_and(|previous| label.follows(previous)) {
            ranges.extend([Object::Integer(count(index)), Object::Dictionary(label.dictionary())]);
        }
        previous = Some(label);
    }
    dictionary! { "Nums" => ranges }
}

/// The value of a lower-case roman numeral in its usual form, up to 3999.
fn roman_value(text: &str) -> Option<u32> {
    (!text.is_empty() && text.len() <= 15 && text.bytes().all(|byte| b"ivxlcdm".contains(&byte))).then_some(())?;
    let digits: Vec<u32> = text
        .bytes()
        .map(|byte| match byte {
            b'i' => 1,
            b'v' => 5,
            b'x' => 10,
            b'l' => 50,
            b'c' => 100,
            b'd' => 500,
            _ => 1000,
        })
        .collect();
    let mut value = 0_i64;
    for (index, &digit) in digits.iter().enumerate() {
        let smaller = digits.get(index + 1).is_some_and(|&next| next > digit);
        value += if smaller { -i64::from(digit) } else { i64::from(digit) };
    }
    u32::try_from(value).ok().filter(|&value| roman(value) == text)
}

/// A number as a lower-case roman numeral.
fn roman(mut value: u32) -> String {
    const PARTS: [(u32, &str); 13] = [
        (1000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ];
    let mut text = String::new();
    for (part, letters) in PARTS {
        while value >= part && text.len() <= 15 {
            text.push_str(letters);
            value -= part;
        }
    }
    text
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
        let labels = ["", "i", "ii", "iii", "iv", "1", "2", "A-1"];
        let mut text = Vec::new();
        super::super::syntax::write(&page_labels(labels.into_iter()).into(), &mut text);
        let text = String::from_utf8(text).expect("ASCII");
        assert_eq!(text, "<</Nums [0 <<>> 1 <</S /r/St 1>> 5 <</S /D/St 1>> 7 <</P <FEFF0041002D0031>>>]>>");
    }

    #[test]
    fn roman_numerals_are_read_in_their_usual_form_only() {
        for value in [1, 4, 9, 14, 40, 99, 444, 1994, 3888] {
            assert_eq!(roman_value(&roman(value)), Some(value));
        }
        assert_eq!(roman_value("iiii"), None);
        assert_eq!(roman_value("vx"), None);
        assert_eq!(roman_value("cover"), None);
    }

    #[test]
    fn an_address_is_written_in_ascii() {
        let rect = crate::pdf::pages::Rect { x: Pt(1.0), y: Pt(2.0), width: Pt(3.0), height: Pt(4.0) };
        let target = LinkTarget::Url("https://example.org/文".to_owned());
        let area = LinkArea { rect, target, contents: "文".to_owned(), node: None };
        let annotation = link(&area, Pt(100.0), &Targets::default()).expect("a link");
        let action = annotation.get(b"A").and_then(Object::as_dict).expect("an action");
        assert_eq!(action.get(b"URI").and_then(Object::as_str).expect("text"), b"https://example.org/%E6%96%87");
    }
}
