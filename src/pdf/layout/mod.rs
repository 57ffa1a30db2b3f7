//! Articles become pages.
//!
//! Text flows in this order:
//!
//! | step | file |
//! |---|---|
//! | what is known of the article, and the column it is set in | [`context`] |
//! | inlines become the content of a paragraph | [`inline`], [`formula`], [`math`] |
//! | the content becomes lines | [`lines`] |
//! | blocks become groups of strips that are never cut | [`block`], [`list`], [`table`] with [`columns`], [`widths`] and [`turned`], [`figure`], [`code`], [`strip`] |
//! | in print, addresses of links become notes | [`noted`] |
//! | the head of an article, its notes, its address as a code | [`head`], [`footnote`], [`qr`] |
//! | groups become the pages of an article, and figures find their place | [`page`] |
//! | what the book adds | [`front`], [`contents`], [`sources`], [`words`], [`shapes`] |
//! | what the faces could not do | [`findings`] |
//! | the pages of all parts become one book | [`binding`], [`cropping`] |
//!
//! Articles begin on pages of their own, so they are laid out independently and in parallel; the
//! front matter has roman page numbers, so the numbers of the text do not depend on it.

mod binding;
mod block;
mod code;
mod columns;
mod contents;
mod context;
mod cropping;
mod figure;
mod findings;
mod footnote;
mod formula;
mod front;
mod head;
mod inline;
mod lines;
mod list;
pub mod math;
mod noted;
mod page;
mod qr;
mod shapes;
mod sources;
mod strip;
mod table;
mod turned;
mod widths;
mod words;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

use self::binding::{Furniture, Sheaf};
use self::contents::Entry;
use self::context::{Addresses, Context, Frame, address_key};
use self::page::Leaf;
use super::pages::{Item, LinkArea, LinkTarget, Page, PageLabel, Pages, Point};
use super::style::{Paper, Style};
use crate::assets::Assets;
use crate::book::{Anthology, Article, NodeRef, Origin};
use crate::document::{Block, BlockKind, Document, Inline, InlineKind, NodeId};
use crate::problem::{Code, Problem};
use crate::progress::{Progress, Stage};
use crate::text::{Findings, Setter};
use crate::units::Pt;

/// What the pages are for.
#[derive(Debug, Clone)]
pub struct Options {
    /// The paper.
    pub paper: Paper,
    /// Whether left and right pages mirror each other.
    pub two_sided: bool,
    /// Whether it is read on a screen, in colours; else it is printed, in black.
    pub screen: bool,
    /// What becomes of links that lead out of the book.
    pub links: Links,
    /// Whether articles begin on right pages, in a two-sided book.
    pub recto: bool,
    /// Whether pages run over the edges of the paper and have crop marks.
    pub bleed: bool,
    /// How many articles are laid out at a time; 0 for as many as there are cores.
    pub jobs: usize,
    /// The cover, designed for this paper; a book without one begins with its title page.
    pub cover: Option<Page>,
}

/// What becomes of links that lead out of the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// They can be followed.
    Live,
    /// Their addresses are footnotes, each once an article.
    Notes,
    /// They are plain text.
    None,
}

/// The laid-out book and what is wrong with it.
#[derive(Debug)]
pub struct Laid {
    /// The pages.
    pub pages: Pages,
    /// What could not be set as the articles have it.
    pub problems: Vec<Problem>,
}

/// A contents of up to this many lines also lists the headings inside articles.
const DETAILED_CONTENTS: usize = 54;

/// Everything that all articles share.
struct Work<'a> {
    book: &'a Anthology,
    assets: &'a Assets,
    setter: &'a Setter<'a>,
    style: &'a Style,
    options: &'a Options,
    addresses: Addresses,
}

/// An article's pages, what is wrong with it, and what the faces could not do for it.
type Part = (Vec<Leaf>, Vec<Problem>, Findings);

/// Lays out a book.
#[must_use]
pub fn lay_out(
    book: &Anthology,
    assets: &Assets,
    setter: &Setter<'_>,
    style: &Style,
    options: &Options,
    progress: &dyn Progress,
) -> Laid {
    let printed = style.printed();
    let style = if options.screen { style } else { &printed };
    let work = Work { book, assets, setter, style, options, addresses: addresses(book) };
    progress.begin(Stage::Layout, book.articles.len() as u64);
    let part = |(index, article): (usize, &Article)| {
        let part = work.article(index, article);
        progress.advance(Stage::Layout, 1);
        part
    };
    let articles = &book.articles;
    let parts: Vec<Part> = match rayon::ThreadPoolBuilder::new().num_threads(options.jobs).build() {
        Ok(pool) => pool.install(|| articles.par_iter().enumerate().map(part).collect()),
        // Without threads, the book is laid out all the same.
        Err(_) => articles.iter().enumerate().map(part).collect(),
    };
    let laid = work.bind(parts);
    progress.end(Stage::Layout);
    laid
}

/// The articles of a book by the addresses of their originals and by their files.
fn addresses(book: &Anthology) -> Addresses {
    let mut out = Addresses::new();
    for (index, article) in (0_u32..).zip(&book.articles) {
        let source = article.source.as_deref().and_then(|source| url::Url::parse(source).ok()).map(String::from);
        for key in source.iter().map(|source| address_key(source)).chain([address_key(article.origin.key())]) {
            out.entry(key.to_owned()).or_insert(index);
        }
    }
    out
}

impl Work<'_> {
    fn context<'c>(&'c self, setter: &'c Setter<'c>, index: u32, article: &'c Article) -> Context<'c> {
        let book = &self.book.metadata.language;
        let names = Names::of(&article.document);
        let mut sheet = self.style.sheet(self.options.paper, book, &article.language);
        sheet.tints &= self.options.screen;
        Context {
            setter,
            style: self.style,
            sheet,
            links: self.options.links,
            assets: self.assets,
            screen: self.options.screen,
            index,
            article,
            anchors: names.anchors,
            first_calls: names.calls,
            addresses: &self.addresses,
            problems: RefCell::default(),
            grounds: Cell::default(),
        }
    }

    /// Lays out an article. A panic of a library takes this article only.
    fn article(&self, index: usize, article: &Article) -> Part {
        let setter = self.setter.anew();
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let noted =
            (self.options.links == Links::Notes).then(|| noted::article(&self.context(&setter, index, article)));
        let context = self.context(&setter, index, noted.as_ref().unwrap_or(article));
        let leaves = catch_unwind(AssertUnwindSafe(|| article_leaves(&context))).unwrap_or_else(|_| {
            let problem =
                Problem::error(Code::InternalPanic, article.origin.place(), "the article could not be laid out");
            context.problems.borrow_mut().push(problem.in_article(&article.title));
            catch_unwind(AssertUnwindSafe(|| front::failed(&context))).unwrap_or_else(|_| vec![Leaf::default()])
        });
        (leaves, context.problems.into_inner(), setter.findings())
    }

    /// Puts front matter before the articles, and the colophon behind them.
    fn bind(&self, parts: Vec<Part>) -> Laid {
        let facts = front_article(self.book);
        let context = self.context(self.setter, u32::MAX, &facts);
        let (mut leaves, mut problems, mut findings) = (Vec::new(), Vec::new(), Vec::new());
        for (pages, mut wrong, found) in parts {
            leaves.push(pages);
            problems.append(&mut wrong);
            findings.push(found);
        }
        let mut sheaves = self.front_matter(&context, &leaves);
        let mut number = 0_u32;
        for (article, leaves) in leaves.into_iter().enumerate() {
            if self.skips_page(number) {
                number += 1;
                let label = PageLabel::Arabic(number);
                sheaves.push(Sheaf { leaf: Leaf::default(), label, furniture: Furniture::Bare });
            }
            for (index, leaf) in leaves.into_iter().enumerate() {
                number += 1;
                let furniture = if index == 0 { Furniture::Folio } else { Furniture::Full(article) };
                sheaves.push(Sheaf { leaf, label: PageLabel::Arabic(number), furniture });
            }
        }
        for leaf in sources::leaves(&context, self.book) {
            number += 1;
            sheaves.push(Sheaf { leaf, label: PageLabel::Arabic(number), furniture: Furniture::Folio });
        }
        let mut colophon = front::colophon(&context, self.book);
        let title = words::word(words::Word::Colophon, &facts.language).to_owned();
        colophon.outline.push((1, title, Point { x: Pt::ZERO, y: Pt::ZERO }));
        sheaves.push(Sheaf { leaf: colophon, label: PageLabel::Arabic(number + 1), furniture: Furniture::Bare });
        let titles: Vec<String> = self.book.articles.iter().map(|article| article.title.clone()).collect();
        let mut pages = binding::bind(&context, sheaves, &titles, self.options.two_sided);
        if self.options.links != Links::Live {
            let inside = |link: &LinkArea| !matches!(link.target, LinkTarget::Url(_));
            pages.pages.iter_mut().for_each(|page| page.links.retain(inside));
        }
        if !self.options.screen {
            // Formulas may ask for colours.
            pages.pages.iter_mut().flat_map(|page| &mut page.items).for_each(Item::desaturate);
        }
        if let (Some(first), Some(cover)) = (pages.pages.first_mut(), &self.options.cover) {
            first.items.clone_from(&cover.items);
        }
        if self.options.bleed {
            cropping::mark(&mut pages);
        }
        problems.extend(context.problems.take());
        problems.extend(findings::problems(&self.book.articles, &findings, &self.setter.findings()));
        Laid { pages, problems }
    }

    /// Whether a page is left empty after page `number`, so that an article begins on a right page.
    fn skips_page(&self, number: u32) -> bool {
        self.options.recto && self.options.two_sided && !number.is_multiple_of(2)
    }

    /// Cover, title page and contents. In a two-sided book each begins on a right page, and so does the text.
    fn front_matter(&self, context: &Context<'_>, articles: &[Vec<Leaf>]) -> Vec<Sheaf> {
        let language = &context.article.language;
        let top = Point { x: Pt::ZERO, y: Pt::ZERO };
        let bare = |leaf: Leaf, label: PageLabel| Sheaf { leaf, label, furniture: Furniture::Bare };
        let mut out = Vec::new();
        if self.options.cover.is_some() {
            let outline = vec![(1, words::word(words::Word::Cover, language).to_owned(), top)];
            out.push(bare(Leaf { outline, ..Leaf::default() }, PageLabel::None));
            if self.options.two_sided {
                out.push(bare(Leaf::default(), PageLabel::None));
            }
        }
        let mut number = 1;
        let mut add = |out: &mut Vec<Sheaf>, leaf: Leaf, furniture| {
            out.push(Sheaf { leaf, label: PageLabel::Roman(number), furniture });
            number += 1;
        };
        add(&mut out, front::title_page(context, &self.book.metadata), Furniture::Bare);
        let blank = |out: &Vec<Sheaf>| self.options.two_sided && out.len() % 2 == 1;
        if blank(&out) {
            add(&mut out, Leaf::default(), Furniture::Bare);
        }
        let mut contents = contents::leaves(context, &self.entries(articles));
        if let Some(first) = contents.first_mut() {
            first.outline.push((1, words::word(words::Word::Contents, language).to_owned(), top));
        }
        for leaf in contents {
            add(&mut out, leaf, Furniture::Folio);
        }
        if blank(&out) {
            add(&mut out, Leaf::default(), Furniture::Bare);
        }
        out
    }

    /// The entries of the contents.
    fn entries(&self, articles: &[Vec<Leaf>]) -> Vec<Entry> {
        let authors: std::collections::BTreeSet<&[String]> =
            self.book.articles.iter().map(|article| article.authors.as_slice()).collect();
        let mut out = Vec::new();
        let mut number = 0_u32;
        for ((index, leaves), article) in (0_u32..).zip(articles).zip(&self.book.articles) {
            number += u32::from(self.skips_page(number));
            let several = authors.len() > 1 && !article.authors.is_empty();
            let node = NodeRef { article: index, node: NodeId::ARTICLE };
            out.push(Entry {
                level: 1,
                title: article.title.clone(),
                author: several.then(|| article.authors.join("、")),
                number: (number + 1).to_string(),
                node,
            });
            out.extend(headings(leaves, number));
            number += u32::try_from(leaves.len()).unwrap_or(u32::MAX);
        }
        if out.len() > DETAILED_CONTENTS {
            out.retain(|entry| entry.level == 1);
        }
        out
    }
}

/// The headings of level 2 on the pages of an article that begins after page `before`.
fn headings(leaves: &[Leaf], before: u32) -> Vec<Entry> {
    let mut out = Vec::new();
    for (index, leaf) in (1..).zip(leaves) {
        for (level, title, at) in &leaf.outline {
            // A heading is the first node that stands at its place.
            let node = leaf.anchors.iter().find(|(_, place)| place == at);
            if let (2, Some(&(node, _))) = (*level, node) {
                let number = (before + index).to_string();
                out.push(Entry { level: 2, title: title.clone(), author: None, number, node });
            }
        }
    }
    out
}

/// The pages of an article.
fn article_leaves(context: &Context<'_>) -> Vec<Leaf> {
    let mut groups = head::groups(context);
    groups.extend(block::blocks(context, &Frame::body(context), &context.article.document.blocks));
    qr::add(context, &mut groups);
    page::fill(context, groups)
}

/// The facts of the book in the form of an article, for the parts that the book adds.
fn front_article(book: &Anthology) -> Article {
    Article {
        origin: Origin::Url(String::new()),
        title: book.metadata.title.clone(),
        authors: Vec::new(),
        published: None,
        place: None,
        source: None,
        description: None,
        tags: Vec::new(),
        cover: None,
        language: book.metadata.language.clone(),
        document: Document::default(),
    }
}

/// The nodes of a document to which links lead: headings by their anchor, and calls of footnotes.
#[derive(Default)]
struct Names {
    anchors: BTreeMap<String, NodeId>,
    calls: BTreeMap<usize, NodeId>,
}

impl Names {
    fn of(document: &Document) -> Self {
        let mut names = Self::default();
        names.blocks(&document.blocks);
        for note in &document.footnotes {
            names.blocks(&note.blocks);
        }
        names
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            match &block.kind {
                BlockKind::Heading { anchor, content, .. } => {
                    if let Some(anchor) = anchor {
                        self.anchors.entry(anchor.clone()).or_insert(block.id);
                    }
                    self.inlines(content);
                }
                BlockKind::Paragraph(content) => self.inlines(content),
                BlockKind::Figure { caption, .. } => self.inlines(caption),
                BlockKind::Quote(inner) | BlockKind::Alert(_, inner) => self.blocks(inner),
                BlockKind::List(list) => list.items.iter().for_each(|item| self.blocks(&item.blocks)),
                BlockKind::DefinitionList(definitions) => {
                    for definition in definitions {
                        self.inlines(&definition.term);
                        definition.definitions.iter().for_each(|blocks| self.blocks(blocks));
                    }
                }
                BlockKind::Table(table) => {
                    self.inlines(&table.caption);
                    let rows = table.head.iter().chain(&table.body);
                    rows.flat_map(|row| &row.cells).for_each(|cell| self.blocks(&cell.blocks));
                }
                BlockKind::Code(_) | BlockKind::Math(_) | BlockKind::Rule => {}
            }
        }
    }

    fn inlines(&mut self, inlines: &[Inline]) {
        for inline in inlines {
            if let InlineKind::FootnoteCall(note) = inline.kind {
                self.calls.entry(note).or_insert(inline.id);
            }
            self.inlines(inline.kind.children());
        }
    }
}

#[cfg(test)]
mod holes;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod stress;
#[cfg(test)]
mod tests;
