//! Blocks become groups of strips.

use super::context::{Context, Frame};
use super::inline::{self, Text};
use super::strip::{Ground, Group, Strip, set_apart};
use super::{code, figure, formula, lines, list, shapes, table};
use crate::document::{AlertKind, Block, BlockKind, Inline, InlineKind, NodeId, plain_text};
use crate::pdf::pages::Color;
use crate::text::{Align, Family};
use crate::units::{Em, Pt};

/// The groups of blocks that follow each other in a frame.
pub(super) fn blocks(context: &Context<'_>, frame: &Frame<'_>, blocks: &[Block]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut follows_heading = true;
    let mut follows_formula = false;
    let mut rest = blocks.iter();
    while let Some(block) = rest.next() {
        let frame = frame.speaking(block.language.as_ref());
        let is_heading = matches!(block.kind, BlockKind::Heading { .. });
        match &block.kind {
            BlockKind::Heading { level, content, .. } if is_run_in(context, *level) => {
                let next = rest.as_slice().first();
                if let Some(Block { kind: BlockKind::Paragraph(text), .. }) = next {
                    groups.push(run_in(context, &frame, block.id, *level, content, text));
                    rest.next();
                    (follows_heading, follows_formula) = (false, false);
                    continue;
                }
                groups.push(heading(context, &frame, block.id, *level, content));
            }
            BlockKind::Heading { level, content, .. } => {
                groups.push(heading(context, &frame, block.id, *level, content));
            }
            BlockKind::Paragraph(content) => {
                let goes_on = follows_formula && plain_text(content).trim_start().starts_with(char::is_lowercase);
                let frame = if goes_on { frame.flush() } else { frame };
                groups.push(paragraph(context, &frame, content, follows_heading));
            }
            _ => groups.extend(others(context, &frame, block)),
        }
        follows_heading = is_heading;
        follows_formula = matches!(block.kind, BlockKind::Math(_));
    }
    groups
}

/// The groups of a block that is no heading and no paragraph.
fn others(context: &Context<'_>, frame: &Frame<'_>, block: &Block) -> Vec<Group> {
    match &block.kind {
        BlockKind::Heading { .. } | BlockKind::Paragraph(_) => Vec::new(),
        BlockKind::Quote(inner) => quote(context, frame, inner),
        BlockKind::Alert(kind, inner) => alert(context, frame, block.id, *kind, inner),
        BlockKind::List(list) => list::groups(context, frame, list),
        BlockKind::DefinitionList(definitions) => list::definitions(context, frame, definitions),
        BlockKind::Code(code) => vec![code::group(context, frame, block.id, code)],
        BlockKind::Table(table) => table::groups(context, frame, block.id, table),
        BlockKind::Figure { image, caption } => figure::groups(context, frame, block, image, caption),
        BlockKind::Math(math) => vec![formula::display(context, frame, block, math)],
        BlockKind::Rule => vec![rule(context, frame)],
    }
}

/// A paragraph.
fn paragraph(context: &Context<'_>, frame: &Frame<'_>, content: &[Inline], follows_heading: bool) -> Group {
    let text = Text::of(context, frame, content);
    let indented = frame.indent_first || !follows_heading;
    let indent = if indented { frame.indent } else { Em::ZERO };
    paragraph_group(context, frame, &text, indent.at(frame.size), follows_heading)
}

fn paragraph_group(context: &Context<'_>, frame: &Frame<'_>, text: &Text, indent: Pt, follows_heading: bool) -> Group {
    let mut strips = lines::set(context, frame, text, indent);
    lines::forbid_lone_lines(&mut strips, frame.language.is_han() && !follows_heading);
    Group { strips, on_grid: frame.on_grid, ..Group::default() }
}

/// The frame of a heading of a level.
fn heading_frame<'a>(context: &Context<'_>, frame: &Frame<'a>, level: u8) -> (Frame<'a>, u16) {
    let kinds = &context.sheet.kind.heading;
    let kind = kinds[usize::from(level.clamp(2, 5)) - 2];
    let family = if frame.language.is_han() { Family::Sans } else { Family::Serif };
    let align = if kind.centred && frame.x == Pt::ZERO { Align::Center } else { Align::Left };
    let on_grid = frame.on_grid && kind.lines <= 1;
    let size = kind.size.min(frame.size * 1.5);
    let leading = if kind.lines <= 1 { frame.leading } else { size * 1.32 };
    (Frame { family, bold: true, size, leading, align, on_grid, title: true, ..*frame }, kind.lines)
}

/// A heading, which takes whole lines of the grid (占行). What its own lines leave of them is shared among
/// above and below; what more there is, as with a heading of two lines, falls above.
fn heading(context: &Context<'_>, frame: &Frame<'_>, id: NodeId, level: u8, content: &[Inline]) -> Group {
    let (inner, depth) = heading_frame(context, frame, level);
    let text = Text::of(context, &inner, content);
    let mut strips = lines::set(context, &inner, &text, Pt::ZERO);
    if strips.is_empty() {
        strips.push(Strip { height: inner.leading, ..Strip::default() });
    }
    strips[0].anchors.push(id);
    strips[0].outline = Some((level.max(2), plain_text(content)));
    let slack = (frame.leading * f32::from(depth) - inner.leading).max(Pt::ZERO);
    let mut group = Group {
        strips,
        before: slack * 0.58,
        after: slack * 0.42,
        on_grid: inner.on_grid,
        ends_on_grid: frame.on_grid && !inner.on_grid,
        keep_with_next: true,
        ..Group::default()
    };
    group.keep_together();
    group
}

/// Whether headings of a level begin the paragraph that follows.
fn is_run_in(context: &Context<'_>, level: u8) -> bool {
    level >= if context.article.language.is_han() { 5 } else { 4 }
}

/// A low heading and the paragraph that it begins.
fn run_in(
    context: &Context<'_>,
    frame: &Frame<'_>,
    id: NodeId,
    level: u8,
    heading: &[Inline],
    paragraph: &[Inline],
) -> Group {
    let (inner, _) = heading_frame(context, frame, level);
    let mut text = Text::of(context, &Frame { size: frame.size, ..inner }, heading);
    let gap = if frame.language.is_han() { "\u{3000}" } else { "\u{2003}" };
    text.push_words(gap, inline::frame_style(frame), frame.color, context.role(id));
    text.append(context, frame, paragraph);
    let indent = if frame.indent_first { frame.indent } else { Em::ZERO };
    let mut group = paragraph_group(context, frame, &text, indent.at(frame.size), true);
    if let Some(first) = group.strips.first_mut() {
        first.anchors.push(id);
        first.outline = Some((level, plain_text(heading)));
    }
    group
}

/// A quotation: Kai, moved in on both sides, on the line grid; who said it, in its last line, stands at
/// the right. Paragraphs are told from each other by their indent, of which one alone has no need.
fn quote(context: &Context<'_>, frame: &Frame<'_>, inner: &[Block]) -> Vec<Group> {
    let side = frame.size * 2.0;
    let family = if frame.language.is_han() { Family::Kai } else { frame.family };
    let (inner, said_by) = attribution(inner);
    let paragraphs = inner.iter().filter(|block| matches!(block.kind, BlockKind::Paragraph(_))).count();
    let indent = if paragraphs > 1 { frame.indent } else { Em::ZERO };
    let frame_inside = Frame { family, indent, indent_first: true, ..frame.inset(side, side) };
    let mut groups = blocks(context, &frame_inside, &inner);
    if let Some(said_by) = said_by {
        let right = Frame { align: Align::Right, indent: Em::ZERO, ..frame_inside };
        let strips = paragraph(context, &right, said_by, true).strips;
        match groups.last_mut() {
            // No page begins with it.
            Some(last) => last.strips.extend(strips.into_iter().map(|strip| Strip { glued: true, ..strip })),
            None => groups.push(Group { strips, ..Group::default() }),
        }
    }
    set_apart(&mut groups, frame.leading * 0.5);
    groups
}

/// An attribution is at most this many characters long.
const LONGEST_ATTRIBUTION: usize = 40;

/// Takes the line off the end of a quotation that tells who said it: `——某某`.
fn attribution(blocks: &[Block]) -> (std::borrow::Cow<'_, [Block]>, Option<&[Inline]>) {
    let names = |inlines: &[Inline]| {
        let text = plain_text(inlines);
        let text = text.trim();
        let dashed = text.starts_with('—') || text.starts_with('―') || text.starts_with("--");
        dashed && text.chars().count() <= LONGEST_ATTRIBUTION
    };
    let whole = || (blocks.into(), None);
    let Some((Block { kind: BlockKind::Paragraph(content), .. }, before)) = blocks.split_last() else { return whole() };
    let at = content.iter().rposition(|inline| inline.kind == InlineKind::LineBreak).map_or(0, |at| at + 1);
    if !names(&content[at..]) || at == 0 && before.is_empty() {
        return whole();
    }
    let mut rest = before.to_vec();
    if at > 0 {
        let kind = BlockKind::Paragraph(content[..at - 1].to_vec());
        rest.extend(blocks.last().map(|last| Block { kind, ..last.clone() }));
    }
    (rest.into(), Some(&content[at..]))
}

/// An alert: a title and a bar at its side.
fn alert(context: &Context<'_>, frame: &Frame<'_>, id: NodeId, kind: AlertKind, inner: &[Block]) -> Vec<Group> {
    let colors = &context.style.color.alert;
    let color = match kind {
        _ if !context.screen => frame.color,
        AlertKind::Note => colors.note,
        AlertKind::Tip => colors.tip,
        AlertKind::Important => colors.important,
        AlertKind::Warning => colors.warning,
        AlertKind::Caution => colors.caution,
    };
    let side = frame.size * 1.25;
    let inside = Frame { indent: Em::ZERO, ..frame.inset(side, frame.size * 0.75) };
    let title = Frame { family: Family::Sans, bold: true, color, ..inside };
    let mut text = Text::default();
    let said = kind.title(frame.language);
    text.push_words(said, inline::frame_style(&title), color, context.role(id));
    let strips = lines::set(context, &title, &text, Pt::ZERO);
    let mut groups = vec![Group { strips, on_grid: frame.on_grid, keep_with_next: true, ..Group::default() }];
    groups.extend(blocks(context, &inside, inner));
    set_apart(&mut groups, frame.leading * 0.75);
    let column = frame.inset(Pt::ZERO, Pt::ZERO);
    let overhang = frame.leading * 0.25;
    if context.sheet.tints {
        ground(context, &mut groups, column.x, column.width, overhang, context.style.color.tint);
    }
    ground(context, &mut groups, column.x, Pt(2.25), overhang, color);
    groups
}

/// Puts one ground behind groups.
pub(super) fn ground(context: &Context<'_>, groups: &mut [Group], x: Pt, width: Pt, overhang: Pt, color: Color) {
    let ground = Ground { block: context.new_ground(), x, width, overhang, color };
    if let Some(first) = groups.first_mut() {
        first.grounds_reach.0 = first.grounds_reach.0.max(overhang);
    }
    if let Some(last) = groups.last_mut() {
        last.grounds_reach.1 = last.grounds_reach.1.max(overhang);
    }
    for group in groups {
        for strip in group.strips.iter_mut().chain(&mut group.repeated) {
            // Outer grounds lie behind inner ones, which were there before.
            let outer = strip.grounds.iter().take_while(|other| other.block > ground.block).count();
            strip.grounds.insert(outer, ground);
        }
    }
}

/// A thematic break: three small diamonds.
fn rule(context: &Context<'_>, frame: &Frame<'_>) -> Group {
    let color = if context.screen { context.style.color.accent } else { frame.color };
    let middle = frame.x + frame.width * 0.5;
    let step = frame.size * 1.6;
    let at = [middle - step, middle, middle + step];
    let items = at.map(|x| shapes::diamond(x, frame.leading * 0.5, frame.size * 0.17, color)).to_vec();
    let strip = Strip { height: frame.leading, items, glued: true, ..Strip::default() };
    Group { strips: vec![strip], before: frame.leading * 0.5, after: frame.leading * 0.5, ..Group::default() }
}
