//! The package document, the navigation and the NCX, completed: what epub-builder 0.8.3 leaves out of
//! its drafts, or gets wrong, is put right as they pass by.

use std::collections::BTreeSet;

use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use quick_xml::{Reader, Writer, XmlVersion};

use super::EpubError;
use crate::book::{Language, Metadata, Series};
use crate::words::{Word, word};

/// What the drafts do not know.
pub(super) struct Facts<'a> {
    /// The facts of the book.
    pub(super) metadata: &'a Metadata,
    /// The language of the book.
    pub(super) language: &'a Language,
    /// Pages with MathML.
    pub(super) mathml: BTreeSet<String>,
    /// Whether there are pictures, so that seeing is a way in to part of the contents.
    pub(super) visual: bool,
    /// Whether a picture moves.
    pub(super) moving: bool,
    /// Whether the contents begin with parts.
    pub(super) parts: bool,
    /// Whether the authors of the articles described every picture.
    pub(super) described: bool,
    /// Who vouches that the book is accessible.
    pub(super) certified_by: Option<&'a str>,
    /// Whether text runs from top to bottom.
    pub(super) vertical: bool,
    /// The page after which the contents are shown in reading order; `None` if they are not.
    pub(super) contents_after: Option<&'a str>,
    /// The cover page, if there is one.
    pub(super) cover_page: Option<&'a str>,
    /// The title page.
    pub(super) title_page: &'a str,
    /// The first article.
    pub(super) first_text: Option<String>,
    /// The pages of the printed edition: label and place.
    pub(super) pages: Vec<(String, String)>,
    /// What these pages are of.
    pub(super) page_source: Option<&'a str>,
    /// How deep the contents are.
    pub(super) depth: usize,
}

pub(super) type Out = Writer<Vec<u8>>;
type Attributes<'a> = &'a [(&'a str, &'a str)];

impl Facts<'_> {
    /// Completes the package document (EPUB 3.3 §5).
    pub(super) fn package(&self, draft: &str) -> Result<Vec<u8>, EpubError> {
        rewrite("content.opf", draft, |event, out| match event {
            Event::Start(start) if start.name().0 == "package" => {
                let language = self.metadata.language.tag();
                out.write_event(Event::Start(with(&start, &[("xml:lang", language)])))
            }
            // The draft gives authors and languages the same ids; nothing refers to those of languages.
            Event::Start(start) if start.name().0 == "dc:language" => {
                out.write_event(Event::Start(BytesStart::new("dc:language")))
            }
            Event::End(end) if end.name().0 == "metadata" => {
                self.more_metadata(out)?;
                out.write_event(Event::End(end))
            }
            Event::Empty(item) if item.name().0 == "item" => {
                let mathml = attribute(&item, "href").is_some_and(|href| self.mathml.contains(&href));
                let properties: Attributes<'_> = if mathml { &[("properties", "mathml")] } else { &[] };
                out.write_event(Event::Empty(with(&item, properties)))
            }
            Event::Empty(item) if item.name().0 == "itemref" => {
                let after = self.contents_after.map(id_of);
                let here = after.is_some() && attribute(&item, "idref") == after;
                out.write_event(Event::Empty(item))?;
                if here { empty(out, "itemref", &[("idref", "nav")]) } else { Ok(()) }
            }
            Event::End(end) if end.name().0 == "guide" => {
                self.guide(out)?;
                out.write_event(Event::End(end))
            }
            other => out.write_event(other),
        })
    }

    fn more_metadata(&self, out: &mut Out) -> std::io::Result<()> {
        if let Some(publisher) = &self.metadata.publisher {
            element(out, "dc:publisher", &[], &clean(publisher))?;
        }
        if let Some(series) = &self.metadata.series {
            in_series(out, series)?;
        }
        if self.vertical {
            // Kindle asks for it beside the style sheet (Amazon Kindle Publishing Guidelines).
            empty(out, "meta", &[("name", "primary-writing-mode"), ("content", "vertical-rl")])?;
        }
        self.accessibility(out)?;
        if let (Some(source), false) = (self.page_source, self.pages.is_empty()) {
            meta(out, "pageBreakSource", &clean(source))?;
        }
        Ok(())
    }

    /// What the book asks of its reader, and what it offers (EPUB Accessibility 1.1 §2).
    fn accessibility(&self, out: &mut Out) -> std::io::Result<()> {
        meta(out, "schema:accessMode", "textual")?;
        if self.visual {
            meta(out, "schema:accessMode", "visual")?;
        }
        if self.visual {
            meta(out, "schema:accessModeSufficient", "textual,visual")?;
        }
        // Text alone is enough only where every picture is described by somebody who has seen it.
        if self.described || !self.visual {
            meta(out, "schema:accessModeSufficient", "textual")?;
        }
        let mut features = vec!["structuralNavigation", "tableOfContents", "readingOrder", "displayTransformability"];
        if self.visual && self.described {
            features.push("alternativeText");
        }
        if !self.mathml.is_empty() {
            features.push("MathML");
        }
        if !self.pages.is_empty() {
            features.extend(["pageNavigation", "pageBreakMarkers"]);
        }
        for feature in features {
            meta(out, "schema:accessibilityFeature", feature)?;
        }
        // A picture that moves may flash, and nobody has looked.
        meta(out, "schema:accessibilityHazard", if self.moving { "unknown" } else { "none" })?;
        let summary = word(if self.described { Word::Accessible } else { Word::HardlyDescribed }, self.language);
        meta(out, "schema:accessibilitySummary", summary)?;
        // Pictures that nobody described make the promise untrue, whoever gives it.
        if let Some(name) = self.certified_by.filter(|_| self.described) {
            let conforms = [("property", "dcterms:conformsTo"), ("id", "conforms")];
            element(out, "meta", &conforms, "EPUB Accessibility 1.1 - WCAG 2.2 Level AA")?;
            element(out, "meta", &[("property", "a11y:certifiedBy"), ("refines", "#conforms")], &clean(name))?;
        }
        Ok(())
    }

    /// References for readers of EPUB 2 (OPF 2.0.1 §2.6).
    fn guide(&self, out: &mut Out) -> std::io::Result<()> {
        if let Some(page) = self.cover_page {
            empty(out, "reference", &[("type", "cover"), ("title", word(Word::Cover, self.language)), ("href", page)])?;
        }
        if let Some(page) = &self.first_text {
            empty(out, "reference", &[("type", "text"), ("title", word(Word::Text, self.language)), ("href", page)])?;
        }
        Ok(())
    }

    /// Completes the navigation document (EPUB 3.3 §7).
    pub(super) fn navigation(&self, draft: &str) -> Result<Vec<u8>, EpubError> {
        let language = self.metadata.language.tag();
        let mut in_landmarks = false;
        rewrite("nav.xhtml", draft, |event, out| match event {
            Event::Start(start) if start.name().0 == "html" => {
                out.write_event(Event::Start(with(&start, &[("lang", language), ("xml:lang", language)])))
            }
            Event::Start(start) if start.name().0 == "nav" => {
                in_landmarks = attribute(&start, "epub:type").as_deref() == Some("landmarks");
                if in_landmarks {
                    return self.landmarks(out);
                }
                let start = with(&start, &[("role", "doc-toc"), ("aria-labelledby", "toc-title")]);
                let parts: Attributes<'_> = if self.parts { &[("class", "parts")] } else { &[] };
                out.write_event(Event::Start(with(&start, parts)))
            }
            // The draft's own list of landmarks is empty, which is an error (RSC-005): ours replaces it.
            Event::End(end) if end.name().0 == "nav" && in_landmarks => {
                in_landmarks = false;
                drop(end);
                Ok(())
            }
            _ if in_landmarks => Ok(()),
            Event::End(end) if end.name().0 == "body" => {
                self.page_list(out)?;
                out.write_event(Event::End(end))
            }
            other => out.write_event(other),
        })
    }

    fn landmarks(&self, out: &mut Out) -> std::io::Result<()> {
        let mut entries = vec![("titlepage", self.title_page, word(Word::TitlePage, self.language))];
        if let Some(page) = self.cover_page {
            entries.insert(0, ("cover", page, word(Word::Cover, self.language)));
        }
        // A landmark must be in reading order (RSC-011).
        if self.contents_after.is_some() {
            entries.push(("toc", "nav.xhtml", word(Word::Contents, self.language)));
        }
        if let Some(page) = &self.first_text {
            entries.push(("bodymatter", page, word(Word::Text, self.language)));
        }
        let list =
            [("epub:type", "landmarks"), ("hidden", "hidden"), ("aria-label", word(Word::Landmarks, self.language))];
        hidden_list(out, &list, entries.into_iter().map(|(kind, href, text)| (Some(kind), href, text)))
    }

    fn page_list(&self, out: &mut Out) -> std::io::Result<()> {
        if self.pages.is_empty() {
            return Ok(());
        }
        let list = [
            ("epub:type", "page-list"),
            ("role", "doc-pagelist"),
            ("hidden", "hidden"),
            ("aria-label", word(Word::Pages, self.language)),
        ];
        hidden_list(out, &list, self.pages.iter().map(|(label, href)| (None, href.as_str(), label.as_str())))
    }

    /// Completes the NCX (OPF 2.0.1 §2.4.1), which older readers use.
    pub(super) fn ncx(&self, draft: &str) -> Result<Vec<u8>, EpubError> {
        let uid = self.metadata.identifier.urn().to_string();
        let mut in_title = false;
        rewrite("toc.ncx", draft, |event, out| match event {
            Event::Start(start) if start.name().0 == "ncx" => {
                out.write_event(Event::Start(with(&start, &[("xml:lang", self.metadata.language.tag())])))
            }
            Event::Start(start) if start.name().0 == "head" => {
                out.write_event(Event::Start(start))?;
                empty(out, "meta", &[("name", "dtb:uid"), ("content", &uid)])
            }
            Event::Empty(meta) if attribute(&meta, "name").as_deref() == Some("dtb:depth") => {
                empty(out, "meta", &[("name", "dtb:depth"), ("content", &self.depth.to_string())])
            }
            // The draft puts the heading of the contents where the book's title belongs.
            Event::Start(start) if start.name().0 == "docTitle" => {
                in_title = true;
                out.write_event(Event::Start(start))?;
                element(out, "text", &[], &clean(&self.metadata.title))
            }
            Event::End(end) if end.name().0 == "docTitle" => {
                in_title = false;
                out.write_event(Event::End(end))
            }
            _ if in_title => Ok(()),
            other => out.write_event(other),
        })
    }
}

/// Passes a draft on event by event.
pub(super) fn rewrite(
    file: &'static str,
    draft: &str,
    mut handle: impl FnMut(Event<'_>, &mut Out) -> std::io::Result<()>,
) -> Result<Vec<u8>, EpubError> {
    let mut reader = Reader::from_str(draft);
    let mut out = Writer::new(Vec::new());
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return Ok(out.into_inner()),
            Ok(event) => handle(event, &mut out)?,
            Err(error) => return Err(EpubError::Draft { file, reason: error.to_string() }),
        }
    }
}

/// A start tag with more attributes.
fn with<'a>(start: &BytesStart<'a>, more: Attributes<'_>) -> BytesStart<'a> {
    let mut start = start.clone();
    for &pair in more {
        start.push_attribute(pair);
    }
    start
}

/// The value of an attribute.
pub(super) fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = start.try_get_attribute(name).ok().flatten()?;
    found.normalized_value(XmlVersion::Implicit1_0).ok().map(std::borrow::Cow::into_owned)
}

/// The place of the book in a series (EPUB 3.3, belongs-to-collection), also as calibre reads it.
fn in_series(out: &mut Out, series: &Series) -> std::io::Result<()> {
    let title = clean(&series.title);
    element(out, "meta", &[("property", "belongs-to-collection"), ("id", "series")], &title)?;
    element(out, "meta", &[("property", "collection-type"), ("refines", "#series")], "series")?;
    empty(out, "meta", &[("name", "calibre:series"), ("content", &title)])?;
    if let Some(position) = series.position() {
        element(out, "meta", &[("property", "group-position"), ("refines", "#series")], &position)?;
        empty(out, "meta", &[("name", "calibre:series_index"), ("content", &position)])?;
    }
    Ok(())
}

fn meta(out: &mut Out, property: &str, content: &str) -> std::io::Result<()> {
    element(out, "meta", &[("property", property)], content)
}

fn empty(out: &mut Out, name: &str, attributes: Attributes<'_>) -> std::io::Result<()> {
    let mut start = BytesStart::new(name);
    attributes.iter().for_each(|&pair| start.push_attribute(pair));
    out.write_event(Event::Empty(start))?;
    out.write_event(Event::Text(BytesText::new("\n")))
}

fn element(out: &mut Out, name: &str, attributes: Attributes<'_>, text: &str) -> std::io::Result<()> {
    let mut start = BytesStart::new(name);
    attributes.iter().for_each(|&pair| start.push_attribute(pair));
    out.write_event(Event::Start(start))?;
    out.write_event(Event::Text(BytesText::new(text)))?;
    out.write_event(Event::End(BytesEnd::new(name)))?;
    out.write_event(Event::Text(BytesText::new("\n")))
}

/// A `nav` that readers use and do not show.
fn hidden_list<'a>(
    out: &mut Out,
    nav: Attributes<'_>,
    entries: impl Iterator<Item = (Option<&'a str>, &'a str, &'a str)>,
) -> std::io::Result<()> {
    let mut start = BytesStart::new("nav");
    nav.iter().for_each(|&pair| start.push_attribute(pair));
    out.write_event(Event::Start(start))?;
    out.write_event(Event::Start(BytesStart::new("ol")))?;
    for (kind, href, text) in entries {
        out.write_event(Event::Start(BytesStart::new("li")))?;
        let kind = kind.map(|kind| ("epub:type", kind));
        let attributes: Vec<(&str, &str)> = kind.into_iter().chain([("href", href)]).collect();
        element(out, "a", &attributes, text)?;
        out.write_event(Event::End(BytesEnd::new("li")))?;
    }
    out.write_event(Event::End(BytesEnd::new("ol")))?;
    out.write_event(Event::End(BytesEnd::new("nav")))
}

/// The id that epub-builder gives to a file of ours; the names are ASCII without special characters.
fn id_of(file: &str) -> String {
    format!("id_{}", file.replace('/', "_"))
}

/// Text as one line of characters that XML 1.0 allows (§2.2).
pub(super) fn clean(text: &str) -> String {
    let allowed = |c: &char| !c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}');
    let spaced: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(allowed).collect();
    spaced.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
