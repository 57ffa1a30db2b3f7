//! What is made, file by file: style sheet, cover, pictures, pages in reading order, and at the end what
//! tells of them all.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _, Seek, Write};

use epub_builder::{EpubBuilder, EpubContent, EpubVersion, PageDirection, TocElement, ZipLibrary};

use super::archive::Archive;
use super::chapter::{self, Context, Page};
use super::complete::{Facts, clean};
use super::faces::Used;
use super::images::{self, Pictures};
use super::outline::Outline;
use super::words::{self, Words};
use super::{EpubError, Options, Profile, Weights, Written, front, kobo};
use crate::addresses::addresses;
use crate::assets::Assets;
use crate::book::Anthology;
use crate::convert::xhtml::PageStart;
use crate::cover;
use crate::fonts::{FontError, Library};
use crate::images::Format;
use crate::problem::{Code, Place, Problem};
use crate::progress::{Progress, Stage};

/// What the style sheet says where text runs from top to bottom.
const VERTICAL_CSS: &str = include_str!("../../styles/vertical.css");

const COVER_IMAGE: &str = "images/cover.jpg";
const COVER_PAGE: &str = "cover.xhtml";
const TITLE_PAGE: &str = "title.xhtml";
const SOURCES_PAGE: &str = "sources.xhtml";

/// A builder that is told of files and given nothing of what is in them.
type Draft = EpubBuilder<ZipLibrary>;

/// Writes a book.
///
/// # Errors
/// When the file cannot be written. What is merely missing is told in [`Written::problems`].
pub fn write<W: Write + Seek>(
    book: &Anthology,
    assets: &Assets,
    library: &Library,
    options: &Options,
    out: W,
    progress: &dyn Progress,
) -> Result<Written, EpubError> {
    progress.begin(Stage::WriteEpub, (images::count(book) + book.articles.len()) as u64);
    let words = words::of(&book.metadata.language);
    let mut used = options.embed_fonts.then(|| Used::new(library, options.vertical));
    let mut archive = Archive::new(out)?;
    let mut draft = begin_draft(book, words, options)?;
    draft.stylesheet(std::io::empty())?;
    let cover = cover::jpeg(book, assets, library, &options.cover_colors, options.grayscale)?;
    archive.add(&format!("OEBPS/{COVER_IMAGE}"), &cover)?;
    draft.add_cover_image(COVER_IMAGE, std::io::empty(), Format::Jpeg.media_type())?;
    let (pictures, mut problems) = images::write_all(book, assets, library, options, &mut archive, progress)?;
    for file in images::files(&pictures) {
        draft.add_resource(&file.name, std::io::empty(), file.format.media_type())?;
    }
    let mut facts = facts(book, words, options, &pictures);
    if let Some(used) = &mut used {
        used.heading(words.contents, &book.metadata.language);
    }
    let kobo_spans = options.kobo_spans;
    let mut pages = Pages { archive: &mut archive, draft: &mut draft, used: used.as_mut(), kobo_spans, book };
    write_front(book, words, options, &mut pages)?;
    let context = Context {
        book,
        pictures: &pictures,
        addresses: addresses(book),
        elsewhere: &options.elsewhere,
        page_starts: page_starts(options),
    };
    write_text(&context, options.profile, &mut pages, &mut facts, progress)?;
    if let Some(sources) = front::sources(book, words) {
        pages.add(EpubContent::new(SOURCES_PAGE, std::io::empty()).title(words.sources), &sources)?;
    }
    let mut style = without_comments(&options.style_css);
    if options.vertical {
        style += &without_comments(VERTICAL_CSS);
    }
    if let Some(used) = &used {
        problems.extend(add_faces(used, &mut style, &mut archive, &mut draft)?);
    }
    archive.add("OEBPS/stylesheet.css", style.as_bytes())?;
    let files = finish(draft, &facts, archive)?;
    progress.end(Stage::WriteEpub);
    Ok(Written { chapters: book.articles.len(), problems, weights: Weights::of(book.articles.len(), &pictures, files) })
}

/// Puts the faces that the pages use into the book, and their rules into the style sheet.
fn add_faces<W: Write + Seek>(
    used: &Used<'_>,
    style: &mut String,
    archive: &mut Archive<W>,
    draft: &mut Draft,
) -> Result<Vec<Problem>, EpubError> {
    let (files, rules, errors) = used.files();
    style.push_str(&rules);
    for file in files {
        archive.add(&format!("OEBPS/{}", file.name), &file.bytes)?;
        draft.add_resource(&file.name, std::io::empty(), file.media_type)?;
    }
    let problem = |error: FontError| Problem::warning(Code::FaceUnusable, Place::Nowhere, error.to_string());
    Ok(errors.into_iter().map(problem).collect())
}

/// Where pages go: into the archive, their names into the draft, their characters into what is used of the faces.
struct Pages<'a, 'b, W: Write + Seek> {
    archive: &'a mut Archive<W>,
    draft: &'a mut Draft,
    used: Option<&'a mut Used<'b>>,
    kobo_spans: bool,
    book: &'a Anthology,
}

impl<W: Write + Seek> Pages<'_, '_, W> {
    /// Adds a page, and what the contents say of it.
    fn add(&mut self, entry: EpubContent<std::io::Empty>, page: &str) -> Result<(), EpubError> {
        let name = format!("OEBPS/{}", entry.toc.url);
        if self.kobo_spans {
            self.archive.add(&name, &kobo::with_spans(page)?)?;
        } else {
            self.archive.add(&name, page.as_bytes())?;
        }
        if let Some(used) = &mut self.used {
            let language = &self.book.metadata.language;
            used.see(page, language);
            used.entry(&entry.toc.title, language);
            entry.toc.children.iter().for_each(|below| used.entry(&below.title, language));
        }
        self.draft.add_content(entry)?;
        Ok(())
    }
}

fn begin_draft(book: &Anthology, words: &Words, options: &Options) -> Result<Draft, EpubError> {
    let metadata = &book.metadata;
    let mut draft = EpubBuilder::new(ZipLibrary::new()?)?;
    draft.epub_version(EpubVersion::V33);
    draft.set_title(clean(&metadata.title));
    for author in &metadata.authors {
        draft.add_author(clean(author));
    }
    draft.add_language(metadata.language.tag());
    if let Some(description) = &metadata.description {
        draft.add_description(clean(description));
    }
    draft.set_generator(concat!("wenji ", env!("CARGO_PKG_VERSION")));
    draft.set_toc_name(words.contents);
    draft.set_uuid(metadata.identifier);
    if let Some(date) = metadata.date {
        draft.set_publication_date(date);
    }
    draft.set_modified_date(options.modified);
    if options.vertical || metadata.language.is_right_to_left() {
        draft.metadata("direction", PageDirection::Rtl.to_string())?;
    }
    Ok(draft)
}

fn facts<'a>(book: &'a Anthology, words: &'a Words, options: &'a Options, pictures: &Pictures) -> Facts<'a> {
    Facts {
        metadata: &book.metadata,
        words,
        mathml: BTreeSet::new(),
        visual: !pictures.is_empty(),
        moving: pictures.values().any(|placed| placed.moving),
        parts: book.articles.iter().any(|article| article.section.is_some()),
        described: options.described,
        certified_by: options.certified_by.as_deref(),
        vertical: options.vertical,
        contents_after: (book.articles.len() > 1).then_some(TITLE_PAGE),
        cover_page: options.profile.has_cover_page().then_some(COVER_PAGE),
        title_page: TITLE_PAGE,
        first_text: (!book.articles.is_empty()).then(|| chapter::file_name(0)),
        pages: Vec::new(),
        page_source: options.page_source.as_deref(),
        depth: 1,
    }
}

fn write_front<W: Write + Seek>(
    book: &Anthology,
    words: &Words,
    options: &Options,
    pages: &mut Pages<'_, '_, W>,
) -> Result<(), EpubError> {
    if options.profile.has_cover_page() {
        pages.add(EpubContent::new(COVER_PAGE, std::io::empty()), &front::cover(book, words, COVER_IMAGE))?;
    }
    // A book without articles still has contents: a list that is empty would be an error.
    let titled = if book.articles.is_empty() { words.title_page } else { "" };
    pages.add(EpubContent::new(TITLE_PAGE, std::io::empty()).title(titled), &front::title(book))
}

/// Writes the parts and their articles.
fn write_text<W: Write + Seek>(
    context: &Context<'_>,
    profile: Profile,
    pages: &mut Pages<'_, '_, W>,
    facts: &mut Facts<'_>,
    progress: &dyn Progress,
) -> Result<(), EpubError> {
    let mut parts = 0;
    for (index, article) in context.book.articles.iter().enumerate() {
        if let Some(section) = context.book.part_at(index) {
            let page = chapter::part(context, index, section);
            add_page(&chapter::part_file_name(parts), section.title(), 1, page, pages, facts)?;
            parts += 1;
        }
        let mut page = chapter::render(context, index, article);
        let level = if article.section.is_some() { 2 } else { 1 };
        if level >= profile.contents_levels() {
            page.outline.headings.clear();
        }
        add_page(&chapter::file_name(index), &article.title, level, page, pages, facts)?;
        progress.advance(Stage::WriteEpub, 1);
    }
    Ok(())
}

/// Adds a page, and an entry of that level to the contents, with the headings of the page below it.
fn add_page<W: Write + Seek>(
    name: &str,
    title: &str,
    level: usize,
    page: Page,
    pages: &mut Pages<'_, '_, W>,
    facts: &mut Facts<'_>,
) -> Result<(), EpubError> {
    if page.has_mathml {
        facts.mathml.insert(name.to_owned());
    }
    let Outline { headings, pages: printed } = page.outline;
    facts.depth = facts.depth.max(level + usize::from(!headings.is_empty()));
    facts.pages.extend(printed.into_iter().map(|at| (at.text, format!("{name}#{}", at.id))));
    // The draft nests an entry below the last one of a lower level.
    let depth = i32::try_from(level).unwrap_or(i32::MAX);
    let entry = EpubContent::new(name, std::io::empty()).title(clean(title)).level(depth);
    let below = headings.into_iter().map(|heading| TocElement::new(format!("{name}#{}", heading.id), heading.text));
    pages.add(below.fold(entry, EpubContent::child), &page.xhtml)
}

fn page_starts(options: &Options) -> BTreeMap<u32, Vec<PageStart>> {
    let mut by_article: BTreeMap<u32, Vec<PageStart>> = BTreeMap::new();
    for (at, offset, label) in &options.page_starts {
        let start = PageStart { node: at.node, offset: *offset, label: label.clone() };
        by_article.entry(at.article).or_default().push(start);
    }
    for starts in by_article.values_mut() {
        starts.sort_by_key(|start| (start.node, start.offset));
    }
    by_article
}

/// Has the drafts made, completes them, and closes the archive. Gives its files and their sizes.
fn finish<W: Write + Seek>(
    draft: Draft,
    facts: &Facts<'_>,
    mut archive: Archive<W>,
) -> Result<Vec<(String, u64)>, EpubError> {
    let mut drafted = Vec::new();
    draft.generate(&mut drafted)?;
    let mut drafted = zip::ZipArchive::new(Cursor::new(drafted))?;
    let mut read = |name: &str| -> Result<String, EpubError> {
        let mut text = String::new();
        drafted.by_name(name)?.read_to_string(&mut text)?;
        Ok(text)
    };
    for name in ["META-INF/container.xml", "META-INF/com.apple.ibooks.display-options.xml"] {
        archive.add(name, read(name)?.as_bytes())?;
    }
    archive.add("OEBPS/content.opf", &facts.package(&read("OEBPS/content.opf")?)?)?;
    archive.add("OEBPS/toc.ncx", &facts.ncx(&read("OEBPS/toc.ncx")?)?)?;
    archive.add("OEBPS/nav.xhtml", &facts.navigation(&read("OEBPS/nav.xhtml")?)?)?;
    archive.finish()
}

/// The style sheet without its comments, which are for those who write styles.
fn without_comments(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}
