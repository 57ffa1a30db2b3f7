//! A list of feeds (OPML 2.0) becomes addresses; the outlines around them name their sections.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use url::Url;

use crate::book::{Section, tidy};

use super::page::web_url;

/// A feed, or a page, that a list names.
#[derive(Debug, PartialEq)]
pub(super) struct Outline {
    pub(super) address: Url,
    /// Whether the list says that it is a feed.
    pub(super) is_feed: bool,
    /// What the list calls it.
    pub(super) title: Option<String>,
    /// The section of the outline around it.
    pub(super) section: Option<Section>,
}

/// What a list of feeds holds.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Outlines {
    /// The feeds in their order.
    pub(super) feeds: Vec<Outline>,
    /// Why the list was not read to its end.
    pub(super) broken: Option<String>,
}

/// Reads a list. What comes before a fault in the XML is kept.
pub(super) fn read(text: &str) -> Outlines {
    let mut reader = Reader::from_str(text);
    let mut outlines = Outlines::default();
    // The titles of the outlines that are open; one that is a feed names no section.
    let mut open: Vec<Option<Section>> = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) if tag.local_name().as_ref() == "outline" => {
                let is_feed = take(&tag, &open, &mut outlines);
                let section = title(&tag).and_then(|title| Section::new(&title).ok());
                open.push(section.filter(|_| !is_feed));
            }
            Ok(Event::Empty(tag)) if tag.local_name().as_ref() == "outline" => {
                take(&tag, &open, &mut outlines);
            }
            Ok(Event::End(tag)) if tag.local_name().as_ref() == "outline" => {
                open.pop();
            }
            Ok(Event::Eof) => {
                if !open.is_empty() {
                    outlines.broken = Some("it ends inside of an outline".to_owned());
                }
                return outlines;
            }
            Ok(_) => {}
            Err(error) => {
                outlines.broken = Some(format!("byte {}: {error}", reader.error_position()));
                return outlines;
            }
        }
    }
}

/// Takes the feed of an outline, if it has one.
fn take(tag: &BytesStart<'_>, open: &[Option<Section>], outlines: &mut Outlines) -> bool {
    // An outline of the type `include` or `link` names another list.
    let feed = value(tag, "xmlUrl");
    let is_feed = feed.is_some();
    let address = feed.or_else(|| value(tag, "url")).and_then(|address| web_url(&address));
    let section = open.iter().rev().flatten().next().cloned();
    let is_taken = address.is_some();
    outlines.feeds.extend(address.map(|address| Outline { address, is_feed, title: title(tag), section }));
    is_taken
}

fn title(tag: &BytesStart<'_>) -> Option<String> {
    let titles = [value(tag, "title"), value(tag, "text")];
    titles.into_iter().flatten().map(|title| tidy(&title)).find(|title| !title.is_empty())
}

/// The value of an attribute; its case is often wrong.
fn value(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = tag.attributes().flatten().find(|attribute| attribute.key.as_ref().eq_ignore_ascii_case(name))?;
    attribute.normalized_value(XmlVersion::Implicit1_0).ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_outline_around_a_feed_is_its_section() {
        let outlines = read(
            r#"<opml version="2.0"><head><title>订阅</title></head><body>
            <outline text="散"><outline text="深" title="深处"><outline xmlUrl="https://a.example/f?x=1&amp;y=2"/></outline>
            <outline type="rss" xmlurl="https://b.example/f"></outline></outline>
            <outline text="c" xmlUrl="https://c.example/f"/><outline xmlUrl="file:///etc/passwd"/></body></opml>"#,
        );
        let shown: Vec<String> = outlines
            .feeds
            .iter()
            .map(|Outline { address, title, section, .. }| {
                let title = title.as_deref().unwrap_or("-");
                format!("{address} {title} {}", section.as_ref().map_or("-", Section::title))
            })
            .collect();
        assert_eq!(
            shown,
            ["https://a.example/f?x=1&y=2 - 深处", "https://b.example/f - 散", "https://c.example/f c -"]
        );
        assert_eq!(outlines.broken, None);
    }

    #[test]
    fn what_comes_before_a_fault_is_kept() {
        let outlines = read("<opml><body><outline xmlUrl='https://a.example/f'/><outline text='x'></wrong>");
        assert_eq!(outlines.feeds.len(), 1);
        assert!(outlines.broken.is_some());
    }
}
