//! Links to notes become calls of footnotes, and what they lead to the notes.
//!
//! A link is a call when its target stands behind it and leads back to it, or when link and target are named as sites
//! and converters name them (`fn:1`, `footnote-1`, `cite_note-1`, `data-footnote-ref`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use dom_query::{NodeId, NodeRef};
use regex::Regex;

use crate::convert::xhtml::escape;
use crate::dom;

/// Names of notes: `fn1`, `fn:1`, `user-content-fn-1`, `footnote-1`, `cite_note-x`, `_ftn1`, `note1`, `endnote-1`.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^(?:user-content-)?(?:fn[:\-_]?\w|_?ftn\d|_edn\d|footnote|cite_note|endnote|note[-_]?\d|easy-footnote)",
    )
    .expect("the pattern is a constant, and the tests compile it")
});

/// What a call shows: a number, perhaps in brackets, or a sign.
static SIGN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*[\[(（【〔^]?\s*(?:(?:注|note)?\s*\d{1,3}|[a-z]|[*†‡§¶]{1,3}|[①-⑳]|注)\s*[\])）】〕]?\s*$")
        .expect("the pattern is a constant, and the tests compile it")
});

/// What a link back shows.
static BACK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[\s\u{FE0E}\u{FE0F}]*(?:[↩↑⤴⏎^⬆«↖]|返回|back|jump up|\[?\d{1,3}[\].:、]?)?[\s\u{FE0E}\u{FE0F}^]*$")
        .expect("the pattern is a constant, and the tests compile it")
});

/// Replaces calls and notes.
pub(super) fn settle(root: &NodeRef<'_>) {
    let places: BTreeMap<NodeId, usize> = root.descendants_it().enumerate().map(|(at, node)| (node.id, at)).collect();
    let mut targets: BTreeMap<String, NodeRef<'_>> = BTreeMap::new();
    for node in dom::all(root, "[id], a[name]") {
        for key in ["id", "name"] {
            if let Some(id) = dom::attribute(&node, key) {
                targets.entry(id).or_insert(node);
            }
        }
    }
    // A note may be called a thousand times: what is asked of it is asked once.
    let mut asked: BTreeMap<String, Option<Target<'_>>> = BTreeMap::new();
    let mut notes: BTreeMap<String, NodeRef<'_>> = BTreeMap::new();
    let mut calls: Vec<(NodeRef<'_>, String)> = Vec::new();
    for link in dom::all(root, "a[href^='#']") {
        let Some(label) = link.attr("href").map(|href| href.trim_start_matches('#').to_owned()) else { continue };
        let of_label = || targets.get(&label).and_then(|target| note_of(target, root)).map(Target::of);
        let Some(target) = asked.entry(label.clone()).or_insert_with(of_label) else { continue };
        let is_behind = places.get(&link.id) < places.get(&target.note.id);
        if is_behind && !dom::is_in(&link, &target.note) && is_call(&link, &label, target) {
            calls.push((link, label.clone()));
            notes.insert(label, target.note);
        }
    }
    let names = names_of_calls(&calls);
    for (link, label) in &calls {
        let call = raised(link);
        call.before_html(format!("<sup data-call=\"{}\"></sup>", escape(label)));
        call.remove_from_parent();
    }
    let mut done: BTreeSet<NodeId> = BTreeSet::new();
    let mut sections = String::new();
    let mut around = Vec::new();
    for (label, note) in &notes {
        if !done.insert(note.id) {
            continue;
        }
        strip(note, &names);
        sections.push_str(&format!("<section data-note=\"{}\">{}</section>", escape(label), note.inner_html()));
        around.extend(note.parent());
        note.remove_from_parent();
    }
    around.iter().for_each(|outer| remove_shell(outer, root));
    root.append_html(sections);
}

/// What links lead to, and where it leads itself.
struct Target<'a> {
    note: NodeRef<'a>,
    leads_to: BTreeSet<String>,
}

impl<'a> Target<'a> {
    fn of(note: NodeRef<'a>) -> Self {
        let links = dom::all(&note, "a[href^='#']");
        let names = links.iter().filter_map(|link| dom::attribute(link, "href"));
        Self { note, leads_to: names.map(|href| href.trim_start_matches('#').to_owned()).collect() }
    }
}

/// The block that holds a note, by the element that links name.
fn note_of<'a>(target: &NodeRef<'a>, root: &NodeRef<'a>) -> Option<NodeRef<'a>> {
    const BLOCKS: [&str; 7] = ["li", "p", "div", "dd", "aside", "section", "td"];
    let is_block = |node: &NodeRef<'a>| BLOCKS.contains(&dom::name(node).as_str());
    let is_note = |node: &NodeRef<'a>| is_block(node) && node.id != root.id;
    let own = std::iter::once(*target).chain(target.ancestors_it(Some(4))).find(is_note)?;
    // Substack sets number and text side by side in a block of their own.
    let outer = own.parent().filter(|outer| {
        outer.attr("class").is_some_and(|class| class.split_whitespace().any(|word| word == "footnote"))
    });
    let note = outer.unwrap_or(own);
    let shows = !note.text().trim().is_empty();
    // A heading's block, or the whole article, is no note.
    let holds = |selector: &str| !dom::all(&note, selector).is_empty();
    (shows && !holds("h1, h2, h3, h4, [id^='fnref'] p, sup[data-call]")).then_some(note)
}

/// Whether a link calls a note.
fn is_call(link: &NodeRef<'_>, label: &str, target: &Target<'_>) -> bool {
    let text = link.text();
    let declared = link.has_attr("data-footnote-ref")
        || ["footnote-ref", "footnote-anchor", "footnoteref", "noteref", "footnote-link", "fn-ref"]
            .iter()
            .any(|class| link.has_class(class))
        || link.attr("role").is_some_and(|role| &*role == "doc-noteref")
        || link.attr("epub:type").is_some_and(|kind| kind.contains("noteref"));
    let named = NAMED.is_match(label) && SIGN.is_match(&text);
    declared || named || (SIGN.is_match(&text) && names_around(link).iter().any(|name| target.leads_to.contains(name)))
}

/// The names by which a link can be led back to: its own and those of the elements right around it.
fn names_around(link: &NodeRef<'_>) -> BTreeSet<String> {
    let around =
        link.ancestors_it(Some(2)).take_while(|outer| matches!(dom::name(outer).as_str(), "sup" | "span" | "small"));
    let inner = dom::all(link, "[id], [name]");
    std::iter::once(*link)
        .chain(around)
        .chain(inner)
        .flat_map(|node| [dom::attribute(&node, "id"), dom::attribute(&node, "name")])
        .flatten()
        .collect()
}

fn names_of_calls(calls: &[(NodeRef<'_>, String)]) -> BTreeSet<String> {
    calls.iter().flat_map(|(link, _)| names_around(link)).collect()
}

/// The outermost element that shows nothing but the call: its `sup`.
fn raised<'a>(link: &NodeRef<'a>) -> NodeRef<'a> {
    let text = |node: &NodeRef<'_>| node.text().chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let own = text(link);
    let around = link
        .ancestors_it(Some(3))
        .take_while(|outer| matches!(dom::name(outer).as_str(), "sup" | "span" | "small") && text(outer) == own);
    around.last().unwrap_or(*link)
}

/// Takes the links back, and what stands around them, out of a note.
fn strip(note: &NodeRef<'_>, names: &BTreeSet<String>) {
    for link in dom::all(note, "a") {
        let to_call = link.attr("href").is_some_and(|href| names.contains(href.trim_start_matches('#')));
        let declared = [
            "footnote-back",
            "footnote-backref",
            "footnote-return",
            "reversefootnote",
            "footnote-number",
            "data-footnote-backref",
        ]
        .iter()
        .any(|class| link.has_class(class))
            || link.has_attr("data-footnote-backref")
            || link.attr("role").is_some_and(|role| &*role == "doc-backlink");
        let is_sign = BACK.is_match(&link.text());
        if declared || (to_call && is_sign) {
            link.remove_from_parent();
        } else if to_call {
            dom::unwrap(&link);
        }
    }
    for shell in dom::all(note, ".mw-cite-backlink, .footnote-backlinks, .footnote-counter") {
        shell.remove_from_parent();
    }
    // What stood around the link: `[1]`, `↩`, a full stop behind a number.
    let first = note.descendants_it().find(|node| node.is_text() && !node.text().trim().is_empty());
    if let Some(first) = first {
        let text = first.text().to_string();
        let rest =
            text.trim_start().trim_start_matches(['^', '[', ']', '.', ':', '：', '、', '↑', '\u{a0}']).trim_start();
        if rest.len() < text.trim_start().len() && !rest.is_empty() {
            first.set_text(rest);
        }
    }
    for empty in dom::all(note, "sup, span, p") {
        if empty.text().trim().is_empty() && dom::all(&empty, "img, code").is_empty() {
            empty.remove_from_parent();
        }
    }
}

/// Takes away what held the notes when nothing but a heading or a rule is left in it.
fn remove_shell(outer: &NodeRef<'_>, root: &NodeRef<'_>) {
    let mut node = *outer;
    while node.id != root.id && node.is_element() && is_empty_shell(&node) {
        let Some(parent) = node.parent() else { return };
        let heading = node.prev_element_sibling().filter(|before| {
            let name = dom::name(before);
            (matches!(name.as_bytes(), [b'h', b'1'..=b'6']) && is_notes_heading(&before.text())) || name == "hr"
        });
        heading.iter().for_each(NodeRef::remove_from_parent);
        node.remove_from_parent();
        node = parent;
    }
}

fn is_empty_shell(node: &NodeRef<'_>) -> bool {
    let headings: String =
        dom::all(node, "h1, h2, h3, h4, h5, h6").iter().map(|heading| heading.text().to_string()).collect();
    let text = node.text();
    let rest = text.trim();
    dom::all(node, "img, code").is_empty()
        && (rest.is_empty() || (rest == headings.trim() && is_notes_heading(&headings)))
        && !matches!(dom::name(node).as_str(), "body" | "html" | "article" | "main")
}

fn is_notes_heading(text: &str) -> bool {
    let text = text.trim().trim_end_matches([':', '：']).to_lowercase();
    matches!(
        text.as_str(),
        "" | "footnotes"
            | "notes"
            | "endnotes"
            | "references"
            | "注释"
            | "註釋"
            | "脚注"
            | "腳註"
            | "尾注"
            | "注"
            | "参考文献"
            | "脚註"
    )
}
