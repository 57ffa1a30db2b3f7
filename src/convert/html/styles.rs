//! What editors say by style is said by elements, and line ends that mean paragraphs make paragraphs.

use std::collections::BTreeMap;

use dom_query::NodeRef;

use crate::dom;

/// A line that is larger than the text by this is a heading of an editor that knows none.
const LARGER: f64 = 1.2;
/// Such a line is no longer than this, in characters.
const LONGEST: usize = 40;

/// Reads the styles.
pub(super) fn settle(root: &NodeRef<'_>) {
    let usual = usual_size(root);
    for node in dom::all(root, "[style]") {
        let style = Style::of(&node);
        if style.is_hidden() {
            node.remove_from_parent();
            continue;
        }
        if matches!(dom::name(&node).as_str(), "td" | "th")
            && let Some(align) = style.value("text-align")
        {
            node.set_attr("align", align);
        }
        express(&node, &style, usual);
    }
    breaks(root);
}

/// The declarations of an element.
struct Style(BTreeMap<String, String>);

impl Style {
    fn of(node: &NodeRef<'_>) -> Self {
        let text = node.attr("style").map(|style| style.to_ascii_lowercase()).unwrap_or_default();
        let pairs = text.split(';').filter_map(|declaration| {
            let (key, value) = declaration.split_once(':')?;
            Some((key.trim().to_owned(), value.trim().trim_end_matches("!important").trim().to_owned()))
        });
        Self(pairs.collect())
    }

    fn value(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn is_hidden(&self) -> bool {
        self.value("display") == Some("none")
    }

    fn is_bold(&self) -> bool {
        self.value("font-weight").is_some_and(|weight| {
            matches!(weight, "bold" | "bolder") || weight.parse::<u32>().is_ok_and(|weight| weight >= 600)
        })
    }

    /// The size of the text in pixels.
    fn size(&self) -> Option<f64> {
        let value = self.value("font-size")?;
        let number = |unit: &str| value.strip_suffix(unit).and_then(|number| number.trim().parse::<f64>().ok());
        number("px")
            .or_else(|| number("pt").map(|size| size * 4.0 / 3.0))
            .or_else(|| number("rem").or_else(|| number("em")).map(|size| size * 16.0))
    }
}

/// The size in which most of the text is set.
fn usual_size(root: &NodeRef<'_>) -> Option<f64> {
    let mut weights: BTreeMap<u32, usize> = BTreeMap::new();
    for node in dom::all(root, "[style]") {
        if let Some(size) = Style::of(&node).size() {
            let own: usize =
                node.children_it(false).filter(NodeRef::is_text).map(|text| text.text().trim().chars().count()).sum();
            let nested = if own == 0 && dom::all(&node, "[style]").is_empty() { dom::length(&node) } else { own };
            *weights.entry((size * 4.0).round() as u32).or_default() += nested;
        }
    }
    weights
        .into_iter()
        .filter(|(_, weight)| *weight > 0)
        .max_by_key(|(size, weight)| (*weight, std::cmp::Reverse(*size)))
        .map(|(size, _)| f64::from(size) / 4.0)
}

/// Wraps what an element holds in the elements that say what its style says.
fn express(node: &NodeRef<'_>, style: &Style, usual: Option<f64>) {
    let name = dom::name(node);
    if matches!(
        name.as_str(),
        "img"
            | "table"
            | "tr"
            | "tbody"
            | "thead"
            | "ul"
            | "ol"
            | "dl"
            | "pre"
            | "code"
            | "br"
            | "hr"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
    ) || node.text().trim().is_empty()
    {
        return;
    }
    let larger = style.size().zip(usual).is_some_and(|(size, usual)| size >= usual * LARGER) && is_line(node);
    let decoration = style.value("text-decoration").or_else(|| style.value("text-decoration-line")).unwrap_or_default();
    let plain_weight = style.value("font-weight").is_some_and(|weight| matches!(weight, "normal" | "400"));
    let wanted = [
        (
            "strong",
            (style.is_bold() || larger)
                && !plain_weight
                && !is_within(node, &["strong", "b", "th"])
                && !is_all(node, "strong, b"),
        ),
        (
            "em",
            style.value("font-style") == Some("italic")
                && !is_within(node, &["em", "i", "blockquote"])
                && !is_all(node, "em, i"),
        ),
        ("del", decoration.contains("line-through")),
        ("sup", style.value("vertical-align") == Some("super") && name == "span"),
        ("sub", style.value("vertical-align") == Some("sub") && name == "span"),
    ];
    for (element, _) in wanted.iter().filter(|(_, is_wanted)| *is_wanted) {
        wrap(node, element, 0);
    }
    // Bold by element and plain by style is plain.
    if plain_weight && matches!(name.as_str(), "strong" | "b") {
        node.rename("span");
    }
}

fn is_within(node: &NodeRef<'_>, names: &[&str]) -> bool {
    node.ancestors_it(Some(8)).any(|outer| names.contains(&dom::name(&outer).as_str()))
        || names.contains(&dom::name(node).as_str())
}

/// Whether all text of a node stands in such elements already.
fn is_all(node: &NodeRef<'_>, elements: &str) -> bool {
    dom::all(node, elements).iter().map(dom::length).sum::<usize>() >= dom::length(node)
}

/// Whether an element is a short line of its own.
fn is_line(node: &NodeRef<'_>) -> bool {
    let is_block =
        |node: &NodeRef<'_>| matches!(dom::name(node).as_str(), "p" | "section" | "div" | "li" | "body" | "html");
    let length = node.text().trim().chars().count();
    let block = std::iter::once(*node).chain(node.ancestors_it(None)).find(is_block);
    let whole = block.map_or(length, |block| block.text().trim().chars().count());
    length > 0 && length <= LONGEST && whole <= length + 4
}

/// Puts an element around the runs of inlines in a node; blocks keep their places.
fn wrap(node: &NodeRef<'_>, element: &str, depth: usize) {
    const DEEPEST: usize = 32;
    // A picture keeps its place as a block does.
    let keeps_place = |name: &str| dom::is_block(name) || name == "img";
    let mut run: Option<NodeRef<'_>> = None;
    for child in node.children() {
        let name = dom::name(&child);
        let is_block = keeps_place(&name) || child.descendants_it().any(|inner| keeps_place(&dom::name(&inner)));
        if is_block {
            run = None;
            let own = matches!(name.as_str(), "p" | "div" | "section" | "span" | "li" | "blockquote");
            if own && depth < DEEPEST {
                wrap(&child, element, depth + 1);
            }
        } else if child.is_text() && child.text().trim().is_empty() && run.is_none() {
        } else {
            let around = run.get_or_insert_with(|| {
                let around = child.tree.new_element(element);
                child.insert_before(&around);
                around
            });
            around.append_child(&child);
        }
    }
}

/// Two line ends, or one before a typed indent, begin a new paragraph.
fn breaks(root: &NodeRef<'_>) {
    for mark in dom::all(root, "br") {
        if mark
            .ancestors_it(None)
            .any(|outer| matches!(dom::name(&outer).as_str(), "pre" | "code" | "h1" | "h2" | "h3" | "h4" | "td" | "th"))
        {
            continue;
        }
        let mut next = mark.next_sibling();
        while next.as_ref().is_some_and(|node| node.is_text() && node.text().chars().all(|c| c.is_ascii_whitespace())) {
            next = next.and_then(|node| node.next_sibling());
        }
        let second = next.as_ref().is_some_and(|node| dom::name(node) == "br");
        let indent = next.as_ref().is_some_and(|node| {
            let text = node.text();
            let start = text.trim_start_matches(['\n', '\r', '\t']);
            start.starts_with('\u{3000}') || start.starts_with("\u{a0}\u{a0}") || start.starts_with("\u{2003}")
        });
        if second || indent {
            mark.rename("p");
        }
    }
}
