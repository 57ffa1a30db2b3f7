//! What is made, file by file: style sheet, cover, pictures, pages in reading order, and at the end what
//! tells of them all.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _, Seek, Write};

use epub_builder::{EpubBuilder, EpubContent, EpubVersion, PageDirection, TocElement, ZipLibrary};

use super::archive::Archive;
use super::chapter::{self, Context, Page};
use super::complete::{Facts, clean};
use super::images::{self, Pictures};
use super::outline::Outline;
use super::words::{self, Words};
use super::{EpubError, Options, Profile, Written, front};
use crate::assets::Assets;
use crate::book::Anthology;
use crate::convert::xhtml::PageStart;
use crate::cover;
use crate::fonts::Library;
use crate::images::Format;
use crate::progress::{Progress, Stage};

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
    let mut archive = Archive::new(out)?;
    let mut draft = begin_draft(book, words, options)?;
    let style = without_comments(&options.style_css);
    archive.add("OEBPS/stylesheet.css", style.as_bytes())?;
    draft.stylesheet(std::io::empty())?;
    archive.add(&format!("OEBPS/{COVER_IMAGE}"), &cover::jpeg(book, assets, library, options.grayscale)?)?;
    draft.add_cover_image(COVER_IMAGE, std::io::empty(), Format::Jpeg.media_type())?;
    let (pictures, problems) = images::write_all(book, assets, library, options, &mut archive, progress)?;
    for file in images::files(&pictures) {
        draft.add_resource(&file.name, std::io::empty(), file.format.media_type())?;
    }
    let mut facts = facts(book, words, options, &pictures);
    write_front(book, words, options, &mut archive, &mut draft)?;
    let context = Context {
        book,
        pictures: &pictures,
        words,
        addresses: chapter::addresses(book),
        page_starts: page_starts(options),
    };
    write_text(&context, options.profile, &mut archive, &mut draft, &mut facts, progress)?;
    if let Some(sources) = front::sources(book, words) {
        archive.add(&format!("OEBPS/{SOURCES_PAGE}"), sources.as_bytes())?;
        draft.add_content(EpubContent::new(SOURCES_PAGE, std::io::empty()).title(words.sources))?;
    }
    finish(draft, &facts, archive)?;
    progress.end(Stage::WriteEpub);
    Ok(Written { chapters: book.articles.len(), problems })
}

fn begin_draft(book: &Anthology, words: &Words, options: &Options) -> Result<Draft, EpubError> {
    let metadata = &book.metadata;
    let mut draft = EpubBuilder::new(ZipLibrary::new()?)?;
    draft.epub_version(EpubVersion::V33);
    draft.set_title(clean(&metadata.title));
    if let Some(author) = &metadata.author {
        draft.add_author(clean(author));
    }
    draft.add_language(metadata.language.tag());
    if let Some(description) = &metadata.description {
        draft.add_description(clean(description));
    }
    draft.set_generator(concat!("wenji ", env!("CARGO_PKG_VERSION")));
    draft.set_toc_name(words.contents);
    draft.set_uuid(metadata.identifier);
    draft.set_publication_date(metadata.date);
    draft.set_modified_date(options.modified);
    if metadata.language.is_right_to_left() {
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
    archive: &mut Archive<W>,
    draft: &mut Draft,
) -> Result<(), EpubError> {
    if options.profile.has_cover_page() {
        archive.add(&format!("OEBPS/{COVER_PAGE}"), front::cover(book, words, COVER_IMAGE).as_bytes())?;
        draft.add_content(EpubContent::new(COVER_PAGE, std::io::empty()))?;
    }
    archive.add(&format!("OEBPS/{TITLE_PAGE}"), front::title(book).as_bytes())?;
    // A book without articles still has contents: a list that is empty would be an error.
    let titled = if book.articles.is_empty() { words.title_page } else { "" };
    draft.add_content(EpubContent::new(TITLE_PAGE, std::io::empty()).title(titled))?;
    Ok(())
}

/// Writes the parts and their articles.
fn write_text<W: Write + Seek>(
    context: &Context<'_>,
    profile: Profile,
    archive: &mut Archive<W>,
    draft: &mut Draft,
    facts: &mut Facts<'_>,
    progress: &dyn Progress,
) -> Result<(), EpubError> {
    let mut parts = 0;
    for (index, article) in context.book.articles.iter().enumerate() {
        if let Some(section) = context.book.part_at(index) {
            let page = chapter::part(context, index, section);
            add_page(&chapter::part_file_name(parts), section.title(), 1, page, archive, draft, facts)?;
            parts += 1;
        }
        let mut page = chapter::render(context, index, article);
        let level = if article.section.is_some() { 2 } else { 1 };
        if level >= profile.contents_levels() {
            page.outline.headings.clear();
        }
        add_page(&chapter::file_name(index), &article.title, level, page, archive, draft, facts)?;
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
    archive: &mut Archive<W>,
    draft: &mut Draft,
    facts: &mut Facts<'_>,
) -> Result<(), EpubError> {
    archive.add(&format!("OEBPS/{name}"), page.xhtml.as_bytes())?;
    if page.has_mathml {
        facts.mathml.insert(name.to_owned());
    }
    let Outline { headings, pages } = page.outline;
    facts.depth = facts.depth.max(level + usize::from(!headings.is_empty()));
    facts.pages.extend(pages.into_iter().map(|at| (at.text, format!("{name}#{}", at.id))));
    // The draft nests an entry below the last one of a lower level.
    let depth = i32::try_from(level).unwrap_or(i32::MAX);
    let entry = EpubContent::new(name, std::io::empty()).title(clean(title)).level(depth);
    let below = headings.into_iter().map(|heading| TocElement::new(format!("{name}#{}", heading.id), heading.text));
    draft.add_content(below.fold(entry, EpubContent::child))?;
    Ok(())
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

/// Has the drafts made, completes them, and closes the archive.
fn finish<W: Write + Seek>(draft: Draft, facts: &Facts<'_>, mut archive: Archive<W>) -> Result<(), EpubError> {
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
