//! The pages that tell where the articles are from: for each its title, who wrote it and when, and the
//! address of the original.

use super::contents;
use super::context::{Context, Frame};
use super::inline::{self, Link, Text};
use super::page::{Leaf, fill};
use super::strip::Group;
use super::{lines, words};
use crate::book::{Anthology, Article, NodeRef};
use crate::document::NodeId;
use crate::pdf::pages::{LinkTarget, Point, Role};
use crate::pdf::structure::{Child, Element, Kind, Numbering};
use crate::text::{Align, Family};
use crate::units::Pt;

/// The pages; none when no article says where it is from.
pub(super) fn leaves(context: &Context<'_>, book: &Anthology) -> Vec<Leaf> {
    if book.articles.iter().all(|article| address(article).is_none()) {
        return Vec::new();
    }
    let frame = Frame { align: Align::Left, ..Frame::body(context).flush() };
    let mut groups = vec![contents::heading(context, &frame, words::Word::Sources)];
    let mut items = Vec::with_capacity(book.articles.len());
    for (index, article) in (0_u32..).zip(&book.articles) {
        let (group, item) = entry(context, &frame, index, article);
        groups.push(group);
        items.push(item.into());
    }
    context.added.borrow_mut().push(Element::new(Kind::List(Numbering::Decimal), items));
    let mut leaves = fill(context, groups);
    if let Some(first) = leaves.first_mut() {
        let title = words::word(words::Word::Sources, frame.language).to_owned();
        first.outline.push((1, title, Point { x: Pt::ZERO, y: Pt::ZERO }));
    }
    leaves
}

/// The address of an article's original on the web.
pub(super) fn address(article: &Article) -> Option<url::Url> {
    let url = url::Url::parse(article.source.as_deref()?).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// What is said of one article. It leads to the article, its address to the original.
fn entry(context: &Context<'_>, frame: &Frame<'_>, index: u32, article: &Article) -> (Group, Element) {
    let [own, name] = [context.fresh(), context.fresh()];
    let kind = &context.sheet.kind;
    let inner = frame.inset(frame.size * 2.0, Pt::ZERO);
    let family = if frame.language.is_han() { Family::Kai } else { Family::Serif };
    let small = Frame { family, color: context.style.color.note, ..inner.sized(kind.caption, kind.caption_leading) };
    let mut number = Text::default();
    number.push_words(&format!("{}.", index + 1), inline::frame_style(frame), frame.color, Role::Node(own));
    let mut title = Text::default();
    title.push_words(&article.title, inline::frame_style(&inner), inner.color, Role::Node(name));
    let link = |node| Element::new(Kind::Link, vec![Child::Content(node)]).with_node(node);
    let mut body = vec![Element::new(Kind::Paragraph, vec![link(name).into()]).into()];
    let target = LinkTarget::Node(NodeRef { article: index, node: NodeId::ARTICLE });
    title.link_from(0, Link { node: name, target, contents: article.title.clone() });
    let mut strips = lines::set(context, &Frame { title: true, ..inner }, &title, Pt::ZERO);
    if let (Some(first), Some(label)) = (strips.first_mut(), lines::set(context, frame, &number, Pt::ZERO).pop()) {
        // The number is read before the title.
        first.items.splice(0..0, label.items);
    }
    let mut facts: Vec<String> = Vec::new();
    facts.extend((!article.authors.is_empty()).then(|| frame.language.list(&article.authors)));
    facts.extend(article.published.map(|published| words::date(published.local.date(), frame.language)));
    if !facts.is_empty() {
        let mut text = Text::default();
        let node = context.fresh();
        body.push(Element::new(Kind::Paragraph, vec![Child::Content(node)]).into());
        let gap = if frame.language.is_han() { "\u{3000}" } else { ", " };
        text.push_words(&facts.join(gap), inline::frame_style(&small), small.color, Role::Node(node));
        strips.extend(lines::set(context, &small, &text, Pt::ZERO));
    }
    if let Some(url) = address(article) {
        let node = context.fresh();
        body.push(Element::new(Kind::Paragraph, vec![link(node).into()]).into());
        let shown = Frame { family: Family::Serif, ..small };
        let color = if context.screen { context.style.color.link } else { small.color };
        let mut text = Text::default();
        text.push_words(url.as_str(), inline::frame_style(&shown), color, Role::Node(node));
        text.last_is_verbatim();
        let contents = url.to_string();
        text.link_from(0, Link { node, target: LinkTarget::Url(contents.clone()), contents });
        strips.extend(lines::set(context, &shown, &text, Pt::ZERO));
    }
    let mut group = Group { strips, after: kind.leading * 0.4, ..Group::default() };
    group.keep_together();
    let label = Element::new(Kind::Label, vec![Child::Content(own)]);
    let body = Element::new(Kind::ItemBody, body);
    (group, Element::new(Kind::Item, vec![label.into(), body.into()]))
}
