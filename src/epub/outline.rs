//! What a rendered page offers to navigation: its headings and the starts of printed pages, read from the
//! page itself, so that no entry can lead to an id that is not there.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::complete::{attribute, clean};

/// A place in a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// The id of the element.
    pub(super) id: String,
    /// The text of the heading, or the label of the printed page.
    pub(super) text: String,
}

/// What was found in a page, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Outline {
    /// The headings of the highest level that the article uses.
    pub(super) headings: Vec<Target>,
    /// Where printed pages begin.
    pub(super) pages: Vec<Target>,
}

/// Reads a rendered body.
pub(super) fn read(body: &str) -> Outline {
    let mut found: Vec<(u8, Target)> = Vec::new();
    let mut pages = Vec::new();
    let mut open: Option<(u8, Target)> = None;
    let mut aside = false;
    let mut reader = Reader::from_str(body);
    // A body is well-formed; if it were not, what was read so far would do.
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Eof => break,
            Event::Start(start) | Event::Empty(start) => {
                pages.extend(page_break(&start));
                aside |= is_aside(&start);
                if let (Some(level), Some(id)) = (heading_level(start.name().0), attribute(&start, "id")) {
                    open = Some((level, Target { id, text: String::new() }));
                }
            }
            Event::End(end) if matches!(end.name().0, "a" | "rt") => aside = false,
            _ if aside => {}
            Event::Text(text) => {
                if let Some((_, target)) = &mut open {
                    target.text.push_str(&text.xml10_content());
                }
            }
            Event::GeneralRef(reference) => {
                if let Some((_, target)) = &mut open {
                    target.text.push_str(&resolve(&reference));
                }
            }
            Event::End(end) if heading_level(end.name().0).is_some() => found.extend(open.take()),
            _ => {}
        }
    }
    for (_, target) in &mut found {
        target.text = clean(&target.text);
    }
    found.retain(|(_, target)| !target.text.is_empty());
    let top = found.iter().map(|(level, _)| *level).min();
    let headings = found.into_iter().filter(|(level, _)| Some(*level) == top).map(|(_, target)| target).collect();
    Outline { headings, pages }
}

fn page_break(start: &BytesStart<'_>) -> Option<Target> {
    let kinds = attribute(start, "epub:type")?;
    if !kinds.split_whitespace().any(|kind| kind == "pagebreak") {
        return None;
    }
    let label = attribute(start, "aria-label").or_else(|| attribute(start, "title"))?;
    Some(Target { id: attribute(start, "id")?, text: clean(&label) })
}

/// Whether what follows is no part of a heading's text: the number of a note, a reading.
fn is_aside(start: &BytesStart<'_>) -> bool {
    start.name().0 == "rt" || attribute(start, "role").as_deref() == Some("doc-noteref")
}

fn heading_level(name: &str) -> Option<u8> {
    match name.as_bytes() {
        [b'h', level @ b'1'..=b'6'] => Some(level - b'0'),
        _ => None,
    }
}

/// The character of `&amp;`, `&#38;` and their like.
pub(super) fn resolve(reference: &quick_xml::events::BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    quick_xml::escape::resolve_predefined_entity(&reference.xml10_content()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_headings_and_the_page_breaks_are_found() {
        let outline = read(
            "<h3 id=\"a\">One &amp; <em>two</em></h3><p>x<span id=\"p7\" epub:type=\"pagebreak\" \
             role=\"doc-pagebreak\" aria-label=\"7\"/></p><h4 id=\"b\">Lower</h4><h3 id=\"c\">Three &#x6587;<a role=\"doc-noteref\">1</a></h3>",
        );
        let target = |id: &str, text: &str| Target { id: id.to_owned(), text: text.to_owned() };
        assert_eq!(outline.headings, [target("a", "One & two"), target("c", "Three 文")]);
        assert_eq!(outline.pages, [target("p7", "7")]);
    }

    #[test]
    fn a_page_without_headings_has_no_outline() {
        assert_eq!(read("<p>text</p>"), Outline::default());
        assert_eq!(read("<h2>without an id</h2>"), Outline::default());
    }
}
