//! The head of an article: its title, who wrote it, when and where, and where the original is.

use super::context::{Context, Frame};
use super::inline::{self, Text};
use super::strip::{Group, Strip};
use super::{figure, lines, words as said};
use crate::document::{Block, BlockKind, NodeId};
use crate::pdf::pages::{Item, LinkTarget, Rect};
use crate::text::{Align, Family};
use crate::units::Pt;

/// The groups that open an article: its head, and its cover picture.
pub(super) fn groups(context: &Context<'_>) -> Vec<Group> {
    let mut out = vec![head(context)];
    if let Some(cover) = &context.article.cover {
        let kind = BlockKind::Figure { image: cover.clone(), caption: Vec::new() };
        let block = Block { id: NodeId::COVER, line: 1, language: None, kind };
        let mut groups = figure::groups(context, &Frame::body(context), &block, cover, &[]);
        groups.iter_mut().for_each(|group| group.floats = false);
        out.extend(groups);
    }
    out
}

/// Title, byline and source, in the middle of whole lines of the grid.
fn head(context: &Context<'_>) -> Group {
    let kind = &context.sheet.kind;
    let body = Frame::body(context);
    let centred = Frame { align: Align::Center, title: true, on_grid: false, ..body.flush() };
    let title = Frame { bold: true, ..centred.sized(kind.title, kind.title_leading) };
    let family = if context.article.language.is_han() { Family::Kai } else { Family::Serif };
    let small = Frame { family, color: context.style.color.note, ..centred.sized(kind.caption, kind.caption_leading) };
    let mut strips = words(context, &title, &context.article.title, NodeId::TITLE);
    strips.push(rule(context));
    strips.extend(words(context, &small, &byline(context), NodeId::BYLINE));
    strips.extend(source(context, &small));
    let least = kind.leading * f32::from(kind.title_lines);
    // A line and a half of air below, and above no less than that.
    let used: Pt = strips.iter().map(|strip| strip.height).sum();
    let lines = ((used + kind.leading * 2.5).max(least) / kind.leading - 0.01).ceil();
    let height = (kind.leading * lines).min(context.sheet.grid_height());
    let space = (height - used).max(Pt::ZERO);
    if let Some(first) = strips.first_mut() {
        first.shift(Pt::ZERO, space * 0.45);
        first.height += space * 0.45;
        first.anchors.push(NodeId::ARTICLE);
        first.start = Some((NodeId::ARTICLE, 0));
        first.outline = Some((1, context.article.title.clone()));
    }
    let mut group = Group { strips, after: space * 0.55, keep_with_next: true, ..Group::default() };
    group.keep_together();
    group
}

/// Lines of words of a node.
fn words(context: &Context<'_>, frame: &Frame<'_>, words: &str, node: NodeId) -> Vec<Strip> {
    let mut text = Text::default();
    text.push_words(words.trim(), inline::frame_style(frame), frame.color, context.role(node));
    lines::set(context, frame, &text, Pt::ZERO)
}

/// A short rule below a title.
pub(super) fn rule(context: &Context<'_>) -> Strip {
    let color = if context.screen { context.style.color.accent } else { context.style.color.text };
    let width = context.sheet.kind.body * 2.0;
    let x = (context.sheet.measure - width) * 0.5;
    let space = context.sheet.kind.leading * 0.5;
    let rect = Rect { x, y: space, width, height: Pt(0.75) };
    Strip { height: space * 2.0, items: vec![Item::Fill(rect, color)], ..Strip::default() }
}

/// Authors, site, date and place in one line.
fn byline(context: &Context<'_>) -> String {
    let article = context.article;
    let language = &article.language;
    let gap = if language.is_han() { "\u{3000}" } else { ", " };
    let mut parts: Vec<String> = Vec::new();
    if !article.authors.is_empty() {
        parts.push(language.list(&article.authors));
    }
    parts.extend(article.site.clone());
    if let Some(published) = &article.published {
        parts.push(said::date(published.local.date(), language));
    }
    parts.extend(article.place.clone());
    parts.join(gap)
}

/// The address of the original: on a screen its host, which leads there; in print the whole.
fn source(context: &Context<'_>, frame: &Frame<'_>) -> Vec<Strip> {
    let Some(source) = context.article.source.as_deref() else { return Vec::new() };
    let language = &context.article.language;
    let mut text = Text::default();
    let role = context.role(NodeId::SOURCE_LABEL);
    let colon = if language.is_han() { "：" } else { ": " };
    let style = inline::frame_style(frame);
    text.push_words(&format!("{}{colon}", said::word(said::Word::Source, language)), style, frame.color, role);
    let parsed = url::Url::parse(source).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let host = parsed.as_ref().and_then(|url| url.host_str());
    let shown = if context.screen { host.unwrap_or(source) } else { source };
    let color = if context.screen && parsed.is_some() { context.style.color.link } else { frame.color };
    let mark = text.marks.len();
    text.push_words(&figure::shorten(shown, 400), style, color, context.role(NodeId::SOURCE));
    text.last_is_verbatim();
    if let Some(url) = &parsed {
        let target = LinkTarget::Url(url.to_string());
        text.link_from(mark, inline::Link { node: context.node(NodeId::SOURCE), target, contents: source.to_owned() });
    }
    lines::set(context, frame, &text, Pt::ZERO)
}
