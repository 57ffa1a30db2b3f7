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
//! | what the book adds | [`front`], [`contents`], [`part`], [`sources`], [`words`], [`shapes`] |
//! | which elements the text has, for readers who do not see the pages | [`structure`] |
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
mod part;
mod qr;
mod shapes;
mod sources;
mod strip;
mod structure;
mod table;
mod turned;
mod widths;
mod words;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

use self::binding::{Furniture, Heads, Sheaf};
use self::contents::{Entry, Kind};
use self::context::{Context, Frame};
use self::page::Leaf;
use self::part::Opening;
use super::pages::{Item, LinkArea, LinkTarget, Page, PageLabel, Pages, Point};
use super::structure::{ADDED, Element, Places, Structure};
use super::style::{Paper, Style};
use crate::addresses::addresses;
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
    addresses: BTreeMap<String, usize>,
    /// The facts of the book in the form of an article, for what the book adds.
    facts: Article,
}

/// An article that has been laid out.
struct Set {
    leaves: Vec<Leaf>,
    /// What is wrong with it.
    problems: Vec<Problem>,
    /// What the faces could not do for it.
    findings: Findings,
    element: Element,
    places: Places,
    /// The names of its headings.
    names: Vec<(String, NodeRef)>,
    heads: Heads,
}

/// The pages behind the articles. They depend on no page number, so they are laid out beside the articles.
struct Sources {
    leaves: Vec<Leaf>,
    element: Option<Element>,
    /// How many nodes of the book's own they have taken.
    nodes: u32,
    problems: Vec<Problem>,
}

/// Lays out a book, on the threads of the caller's pool. `cover` designs its cover for the paper while articles are laid
/// out; a book without one begins with its title page.
#[must_use]
pub fn lay_out(
    book: &Anthology,
    assets: &Assets,
    setter: &Setter<'_>,
    style: &Style,
    options: &Options,
    cover: impl FnOnce() -> Option<Page> + Send,
    progress: &dyn Progress,
) -> Laid {
    let printed = style.printed();
    let style = if options.screen { style } else { &printed };
    let work = Work { book, assets, setter, style, options, addresses: addresses(book), facts: front_article(book) };
    progress.begin(Stage::Layout, book.articles.len() as u64);
    let set = |(index, article): (usize, &Article)| {
        let set = work.article(index, article);
        progress.advance(Stage::Layout, 1);
        set
    };
    let articles = || book.articles.par_iter().enumerate().map(set).collect();
    let (sets, (sources, cover)) = rayon::join(articles, || (work.sources(), cover()));
    let laid = work.bind(sets, sources, cover);
    progress.end(Stage::Layout);
    laid
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
            book_language: book,
            fresh: Cell::default(),
            added: RefCell::default(),
        }
    }

    /// Lays out an article. A panic of a library takes this article only.
    fn article(&self, index: usize, article: &Article) -> Set {
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
        let (element, places) = structure::article(&context, if article.section.is_some() { 2 } else { 1 });
        let name = format!("article-{}", index.saturating_add(1));
        let headings = context.anchors.iter().map(|(anchor, node)| (format!("{name}/{anchor}"), context.node(*node)));
        let names = std::iter::once((name.clone(), context.node(NodeId::ARTICLE))).chain(headings).collect();
        let problems = context.problems.take();
        let heads = Heads::new(&self.of_book(), &article.title, self.options.two_sided);
        Set { leaves, problems, findings: setter.findings(), element, places, names, heads }
    }

    /// The context of what the book adds.
    fn of_book(&self) -> Context<'_> {
        self.context(self.setter, ADDED, &self.facts)
    }

    /// Lays out the pages that tell where the articles are from.
    fn sources(&self) -> Sources {
        let context = self.of_book();
        let leaves = sources::leaves(&context, self.book);
        let element = structure::section(&context);
        Sources { leaves, element, nodes: context.fresh.get(), problems: context.problems.take() }
    }

    /// Puts front matter before the articles, and the colophon behind them.
    fn bind(&self, sets: Vec<Set>, mut sources: Sources, cover: Option<Page>) -> Laid {
        let context = self.of_book();
        context.fresh.set(sources.nodes);
        let (mut leaves, mut problems, mut findings, mut heads) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut elements, mut names, mut structure) = (Vec::new(), Vec::new(), Structure::default());
        for mut set in sets {
            leaves.push(set.leaves);
            problems.append(&mut set.problems);
            findings.push(set.findings);
            elements.push(set.element);
            structure.places.push(set.places);
            names.append(&mut set.names);
            heads.push(set.heads);
        }
        problems.append(&mut sources.problems);
        let recto = self.options.recto && self.options.two_sided;
        let openings = part::openings(self.book, leaves.iter().map(Vec::len), recto);
        let mut sheaves = Vec::new();
        if cover.is_some() {
            self.leave_cover(&context, &mut sheaves, &mut structure.elements);
        }
        self.front_matter(&context, &leaves, &openings, &mut sheaves, &mut structure.elements);
        let text = leaves.into_iter().zip(elements).zip(&openings);
        sheaves.extend(self.text(&context, text, sources, &mut structure.elements));
        structure.places.push(structure::added(&context));
        let mut pages = binding::bind(&|| self.of_book(), sheaves, &heads, self.options.two_sided);
        (pages.structure, pages.names) = (structure, names);
        if self.options.links != Links::Live {
            let inside = |link: &LinkArea| !matches!(link.target, LinkTarget::Url(_));
            pages.pages.iter_mut().for_each(|page| page.links.retain(inside));
        }
        if !self.options.screen {
            // Formulas may ask for colours.
            pages.pages.iter_mut().flat_map(|page| &mut page.items).for_each(Item::desaturate);
        }
        if let (Some(first), Some(cover)) = (pages.pages.first_mut(), cover) {
            first.items = cover.items;
        }
        if self.options.bleed {
            cropping::mark(&mut pages);
        }
        problems.extend(context.problems.take());
        problems.extend(findings::problems(&self.book.articles, &findings, &self.setter.findings()));
        Laid { pages, problems }
    }

    /// The pages with arabic numbers: parts and their articles, sources, colophon. Empty pages fill what the openings
    /// leave out.
    fn text<'o>(
        &self,
        context: &Context<'_>,
        articles: impl Iterator<Item = ((Vec<Leaf>, Element), &'o Opening)>,
        sources: Sources,
        elements: &mut Vec<Element>,
    ) -> Vec<Sheaf> {
        let add = |out: &mut Vec<Sheaf>, leaf, furniture| {
            let number = u32::try_from(out.len() + 1).unwrap_or(u32::MAX);
            out.push(Sheaf { leaf, label: PageLabel::Arabic(number), furniture });
        };
        let fill_before = |out: &mut Vec<Sheaf>, page: u32| {
            while out.len() + 1 < page as usize {
                add(out, Leaf::default(), Furniture::Bare);
            }
        };
        let mut out = Vec::new();
        for (index, ((leaves, element), opening)) in (0_u32..).zip(articles) {
            let article = index as usize;
            if let (Some(page), Some(section)) = (opening.part, self.book.part_at(article)) {
                fill_before(&mut out, page);
                add(&mut out, part::leaf(context, section, index), Furniture::Bare);
                elements.push(structure::part(context));
            }
            fill_before(&mut out, opening.article);
            let in_part = self.book.articles.get(article).is_some_and(|article| article.section.is_some());
            match elements.last_mut().filter(|_| in_part) {
                Some(part) => part.children.push(element.into()),
                None => elements.push(element),
            }
            for (page, mut leaf) in leaves.into_iter().enumerate() {
                leaf.outline.iter_mut().for_each(|(level, ..)| *level += u8::from(in_part));
                add(&mut out, leaf, if page == 0 { Furniture::Folio } else { Furniture::Full(article) });
            }
        }
        for leaf in sources.leaves {
            add(&mut out, leaf, Furniture::Folio);
        }
        elements.extend(sources.element);
        let mut colophon = front::colophon(context, self.book);
        let title = words::word(words::Word::Colophon, &context.article.language).to_owned();
        colophon.outline.push((1, title, Point { x: Pt::ZERO, y: Pt::ZERO }));
        add(&mut out, colophon, Furniture::Bare);
        elements.extend(structure::section(context));
        out
    }

    /// Leaves the first page to the cover; in a two-sided book, the page behind it is empty.
    fn leave_cover(&self, context: &Context<'_>, out: &mut Vec<Sheaf>, elements: &mut Vec<Element>) {
        elements.push(structure::cover(context));
        let title = words::word(words::Word::Cover, &context.article.language).to_owned();
        let outline = vec![(1, title, Point { x: Pt::ZERO, y: Pt::ZERO })];
        let bare = |leaf: Leaf| Sheaf { leaf, label: PageLabel::None, furniture: Furniture::Bare };
        out.push(bare(Leaf { outline, ..Leaf::default() }));
        if self.options.two_sided {
            out.push(bare(Leaf::default()));
        }
    }

    /// Title page and contents. In a two-sided book each begins on a right page, and so does the text.
    fn front_matter(
        &self,
        context: &Context<'_>,
        articles: &[Vec<Leaf>],
        openings: &[Opening],
        out: &mut Vec<Sheaf>,
        elements: &mut Vec<Element>,
    ) {
        let language = &context.article.language;
        let top = Point { x: Pt::ZERO, y: Pt::ZERO };
        let mut number = 1;
        let mut add = |out: &mut Vec<Sheaf>, leaf: Leaf, furniture| {
            out.push(Sheaf { leaf, label: PageLabel::Roman(number), furniture });
            number += 1;
        };
        add(out, front::title_page(context, &self.book.metadata), Furniture::Bare);
        elements.extend(structure::section(context));
        let blank = |out: &Vec<Sheaf>| self.options.two_sided && out.len() % 2 == 1;
        if blank(out) {
            add(out, Leaf::default(), Furniture::Bare);
        }
        let mut contents = contents::leaves(context, &self.entries(articles, openings));
        elements.extend(structure::section(context));
        if let Some(first) = contents.first_mut() {
            first.outline.push((1, words::word(words::Word::Contents, language).to_owned(), top));
        }
        for leaf in contents {
            add(out, leaf, Furniture::Folio);
        }
        if blank(out) {
            add(out, Leaf::default(), Furniture::Bare);
        }
    }

    /// The entries of the contents.
    fn entries(&self, articles: &[Vec<Leaf>], openings: &[Opening]) -> Vec<Entry> {
        let authors: std::collections::BTreeSet<&[String]> =
            self.book.articles.iter().map(|article| article.authors.as_slice()).collect();
        let mut out = Vec::new();
        let text = articles.iter().zip(openings);
        for ((index, article), (leaves, opening)) in (0_u32..).zip(&self.book.articles).zip(text) {
            if let (Some(page), Some(section)) = (opening.part, self.book.part_at(index as usize)) {
                let (title, number) = (section.title().to_owned(), page.to_string());
                out.push(Entry { kind: Kind::Part, level: 1, title, author: None, number, node: part::node(index) });
            }
            let level = if article.section.is_some() { 2 } else { 1 };
            let several = authors.len() > 1 && !article.authors.is_empty();
            let node = NodeRef { article: index, node: NodeId::ARTICLE };
            out.push(Entry {
                kind: Kind::Article,
                level,
                title: article.title.clone(),
                author: several.then(|| self.book.metadata.language.list(&article.authors)),
                number: opening.article.to_string(),
                node,
            });
            out.extend(headings(leaves, *opening, level + 1));
        }
        if out.len() > DETAILED_CONTENTS {
            out.retain(|entry| entry.kind != Kind::Heading);
        }
        out
    }
}

/// The headings of level 2 on the pages of an article, as entries of a level.
fn headings(leaves: &[Leaf], opening: Opening, level: u8) -> Vec<Entry> {
    let mut out = Vec::new();
    for (page, leaf) in (opening.article..).zip(leaves) {
        for (depth, title, at) in &leaf.outline {
            // A heading is the first node that stands at its place.
            let node = leaf.anchors.iter().find(|(_, place)| place == at);
            if let (2, Some(&(node, _))) = (*depth, node) {
                let (title, number) = (title.clone(), page.to_string());
                out.push(Entry { kind: Kind::Heading, level, title, author: None, number, node });
            }
        }
    }
    out
}

/// The pages of an article.
fn article_leaves(context: &Context<'_>) -> Vec<Leaf> {
    let mut groups = head::groups(context);
    groups.extend(block::blocks(context, &Frame::body(context), &context.article.document.blocks));
    groups.extend(footnote::uncalled(context));
    qr::add(context, &mut groups);
    page::fill(context, groups)
}

/// The facts of the book in the form of an article, for the parts that the book adds.
fn front_article(book: &Anthology) -> Article {
    let metadata = &book.metadata;
    let nowhere = Origin::Url(String::new());
    Article::new(nowhere, metadata.title.as_str(), metadata.language.clone(), Document::default())
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
