//! An article as an XHTML page: its facts at the top, its text below. The page of a part.

use std::collections::BTreeMap;

use super::images::Pictures;
use super::outline::{self, Outline};
use super::volumes::Elsewhere;
use super::words;
use crate::addresses::{address_keys, outside, web_address};
use crate::assets::AssetId;
use crate::book::{Anthology, Article, Language, Section};
use crate::convert::xhtml::{self, Destination, PageStart, Picture, escape};
use crate::document::{Image, ImageState, Inline, InlineKind, NodeId};

/// A page of the book.
pub(super) struct Page {
    /// The whole file.
    pub(super) xhtml: String,
    /// What it offers to navigation.
    pub(super) outline: Outline,
    /// Whether it holds MathML.
    pub(super) has_mathml: bool,
}

/// What all chapters share.
pub(super) struct Context<'a> {
    pub(super) book: &'a Anthology,
    pub(super) pictures: &'a Pictures,
    /// The index of each article, by the addresses that other articles may use for it.
    pub(super) addresses: BTreeMap<String, usize>,
    /// What is in other volumes of the book.
    pub(super) elsewhere: &'a Elsewhere,
    /// The starts of printed pages, by article.
    pub(super) page_starts: BTreeMap<u32, Vec<PageStart>>,
}

/// The name of an article's file; numbers keep it short and ASCII.
pub(super) fn file_name(index: usize) -> String {
    format!("article-{:04}.xhtml", index + 1)
}

/// The name of the file of a part.
pub(super) fn part_file_name(index: usize) -> String {
    format!("part-{:04}.xhtml", index + 1)
}

/// Renders an article.
pub(super) fn render(context: &Context<'_>, index: usize, article: &Article) -> Page {
    let picture = |id: AssetId| {
        let placed = context.pictures.get(&id)?;
        let slices = placed.files.iter().map(|file| file.name.clone()).collect();
        Some(Picture { slices, width: placed.width, height: placed.height })
    };
    let link = |target: &str| context.link(article, target);
    let number = u32::try_from(index).unwrap_or(u32::MAX);
    let page_starts = context.page_starts.get(&number).map_or(&[][..], Vec::as_slice);
    // In the order of their nodes, the article itself and its part come after all of its text.
    let page_starts = &page_starts[..page_starts.partition_point(|start| start.node < NodeId::PART)];
    let options = xhtml::Options { language: &article.language, picture: &picture, link: &link, page_starts };
    let rendered = xhtml::render(&article.document, &options);
    let mut body =
        String::from("<section epub:type=\"chapter\" role=\"doc-chapter\" aria-labelledby=\"article-title\">\n");
    let breaks = context.page_breaks(index, NodeId::ARTICLE);
    body.push_str(&breaks);
    body.push_str(&head(article));
    if let Some(cover) = &article.cover {
        body.push_str(&cover_figure(cover, &xhtml::Options { page_starts: &[], ..options }));
    }
    body.push_str(&rendered.body);
    body.push_str("\n</section>");
    let mut outline = outline::read(&rendered.body);
    outline.pages.splice(0..0, outline::read(&breaks).pages);
    Page { xhtml: page(&article.title, &article.language, "article", &body), outline, has_mathml: rendered.has_mathml }
}

/// The title and the facts of an article, in its own language.
fn head(article: &Article) -> String {
    let words = words::of(&article.language);
    let mut out = String::from("<header class=\"article-head\">\n");
    out.push_str(&format!("<h1 id=\"article-title\">{}</h1>\n", escape(&article.title)));
    let mut facts = Vec::new();
    if !article.authors.is_empty() {
        let names = escape(&article.language.list(&article.authors));
        facts.push(format!("<span class=\"author\">{names}</span>"));
    }
    if let Some(site) = &article.site {
        facts.push(format!("<span class=\"site\">{}</span>", escape(site)));
    }
    if let Some(published) = article.published {
        let pattern = if published.has_time { "%Y-%m-%dT%H:%M" } else { "%Y-%m-%d" };
        let machine = published.local.format(pattern);
        facts.push(format!("<time datetime=\"{machine}\">{}</time>", escape(&published.to_string())));
    }
    if let Some(place) = &article.place {
        facts.push(format!("<span class=\"place\">{}</span>", escape(place)));
    }
    if let Some(source) = article.source.as_deref().and_then(web_address) {
        facts.push(format!("<a class=\"source\" href=\"{}\">{}</a>", escape(&source), words.original));
    }
    if !facts.is_empty() {
        out.push_str(&format!("<p class=\"byline\">{}</p>\n", facts.join(" <span class=\"dot\">·</span> ")));
    }
    out.push_str("</header>\n");
    out
}

/// The article's own picture at its opening, or the placeholder of one that is missing.
fn cover_figure(cover: &Image, options: &xhtml::Options<'_>) -> String {
    let found = match cover.state {
        ImageState::Found(id) => (options.picture)(id),
        ImageState::Missing(_) | ImageState::Wanted | ImageState::Dropped => None,
    };
    let Some(found) = found else {
        let image = Inline { id: NodeId::default(), line: 1, kind: InlineKind::Image(cover.clone()) };
        let placeholder = xhtml::render_inlines(&[image], options).body;
        return if placeholder.is_empty() { placeholder } else { format!("<figure>{placeholder}</figure>\n") };
    };
    let images = found.slices.iter().enumerate().map(|(index, slice)| {
        // The title stands above; of a picture in parts, the first speaks for all.
        let alt = if index == 0 { escape(&cover.alt) } else { String::new() };
        format!("<img src=\"{}\" alt=\"{alt}\"/>", escape(slice))
    });
    format!("<div class=\"article-cover\">{}</div>\n", images.collect::<String>())
}

/// A whole XHTML file around a body.
pub(super) fn page(title: &str, language: &Language, class: &str, body: &str) -> String {
    let direction = if language.is_right_to_left() { " dir=\"rtl\"" } else { "" };
    let language = escape(language.tag());
    let title = escape(title);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE html>\n\
         <html xmlns=\"http://www.w3.org/1999/xhtml\" xmlns:epub=\"http://www.idpf.org/2007/ops\" \
         lang=\"{language}\" xml:lang=\"{language}\"{direction}>\n<head>\n<meta charset=\"utf-8\"/>\n\
         <title>{title}</title>\n<link rel=\"stylesheet\" type=\"text/css\" href=\"stylesheet.css\"/>\n</head>\n\
         <body class=\"{class}\">\n{body}\n</body>\n</html>\n"
    )
}

/// The page of a part, before its first article.
pub(super) fn part(context: &Context<'_>, first: usize, section: &Section) -> Page {
    let breaks = context.page_breaks(first, NodeId::PART);
    let title = escape(section.title());
    let body = format!(
        "<section epub:type=\"part\" role=\"doc-part\" class=\"part\" aria-labelledby=\"part-title\">\n{breaks}\
         <h1 id=\"part-title\">{title}</h1>\n</section>"
    );
    let outline = Outline { headings: Vec::new(), pages: outline::read(&breaks).pages };
    let xhtml = page(section.title(), &context.book.metadata.language, "part-page", &body);
    Page { xhtml, outline, has_mathml: false }
}

impl Context<'_> {
    /// The starts of printed pages on a node of an article that is none of its text.
    fn page_breaks(&self, article: usize, node: NodeId) -> String {
        let number = u32::try_from(article).unwrap_or(u32::MAX);
        let starts = self.page_starts.get(&number).into_iter().flatten().filter(|start| start.node == node);
        starts.map(|start| xhtml::page_break(&start.label) + "\n").collect()
    }

    /// Where a link of an article leads: to the chapter of an article of the same book, else as it is, and nowhere when
    /// it names a file beside the article that is no article of the book. Of an article in another volume the number of
    /// that volume is told, and the link leads to its original on the web, if it has one.
    pub(super) fn link(&self, from: &Article, target: &str) -> Destination {
        let (address, fragment) = target.split_once('#').unwrap_or((target, ""));
        if address.is_empty() {
            return Destination::at(target);
        }
        let keys = address_keys(from, address);
        if let Some(&index) = keys.iter().find_map(|key| self.addresses.get(key)) {
            // The ids of a chapter are its own; a fragment of the web page means nothing in it.
            return Destination::at(file_name(index));
        }
        let target = if fragment.is_empty() { address } else { target };
        let there = keys.iter().find_map(|key| self.elsewhere.get(key));
        let original = there.and_then(|there| there.source.as_deref()).and_then(web_address);
        let [before, after] = words::of(&from.language).in_volume;
        Destination {
            reference: outside(from, target).or(original),
            remark: there.map(|there| format!("{before}{}{after}", there.volume)),
        }
    }
}
