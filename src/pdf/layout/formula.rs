//! Formulas, in a line and alone. Their boxes are made in [`super::math`].

use super::context::{Context, Frame};
use super::inline::{self, Text};
use super::lines;
use super::math::{MathBox, MathItem, typeset};
use super::strip::{Group, Strip, shift_item};
use crate::document::{Block, Math, NodeId};
use crate::pdf::pages::{Glyph, GlyphRun, Item, Point, Role};
use crate::problem::Code;
use crate::text::{Align, Family};
use crate::units::Pt;

/// Typesets a formula, not wider than `width`; `None` when its source is to be shown.
pub(super) fn boxed(
    context: &Context<'_>,
    math: &Math,
    display: bool,
    size: Pt,
    width: Pt,
    line: u32,
) -> Option<MathBox> {
    if !math.valid || math.tex.trim().is_empty() {
        return None;
    }
    let library = context.setter.library();
    let result = typeset(&math.tex, display, size, library).and_then(|found| {
        let scale = (width / found.width).min(context.sheet.grid_height() / (found.ascent + found.descent));
        if scale < 1.0 { typeset(&math.tex, display, size * scale, library) } else { Ok(found) }
    });
    result.map_err(|error| context.warn(Code::MathInvalid, line, error.to_string())).ok()
}

/// The items of a formula, from the left end of its baseline.
pub(super) fn items(context: &Context<'_>, formula: MathBox, node: NodeId) -> Vec<Item> {
    let role = context.role(node);
    formula.items.into_iter().map(|item| page_item(item, role)).collect()
}

fn page_item(item: MathItem, role: Role) -> Item {
    match item {
        MathItem::Glyph { face, glyph, size, at, char, color } => Item::Glyphs(GlyphRun {
            turned: false,
            face,
            size,
            color,
            origin: at,
            glyphs: vec![Glyph { id: glyph, x: Pt::ZERO, y: Pt::ZERO, cluster: 0 }],
            text: char.to_string(),
            role,
            language: None,
        }),
        MathItem::Fill(rect, color) => Item::Fill(rect, color),
        MathItem::Path(segments, color) => Item::Path(segments, color),
    }
}

/// A formula in the middle of the column.
pub(super) fn display(context: &Context<'_>, frame: &Frame<'_>, block: &Block, math: &Math) -> Group {
    let space = frame.leading * 0.4;
    let Some(formula) = boxed(context, math, true, frame.size, frame.width, block.line) else {
        return source(context, frame, block, math);
    };
    let at = Point { x: frame.x + (frame.width - formula.width) * 0.5, y: formula.ascent };
    let height = formula.ascent + formula.descent;
    let mut items = items(context, formula, block.id);
    for item in &mut items {
        shift_item(item, at.x, at.y);
    }
    let strip = Strip { height, items, start: Some((block.id, 0)), glued: true, ..Strip::default() };
    Group { strips: vec![strip], before: space, after: space, ..Group::default() }
}

/// The source of a formula that cannot be typeset.
fn source(context: &Context<'_>, frame: &Frame<'_>, block: &Block, math: &Math) -> Group {
    let kind = &context.sheet.kind;
    let code = Frame { family: Family::Mono, align: Align::Center, ..frame.sized(kind.code, kind.code_leading) };
    let mut text = Text::default();
    let source = math.tex.trim().replace('\n', "\u{2028}");
    text.push_words(&source, inline::frame_style(&code), code.color, context.role(block.id));
    text.last_is_verbatim();
    let strips = lines::set(context, &code, &text, Pt::ZERO);
    Group { strips, before: frame.leading * 0.5, after: frame.leading * 0.5, ..Group::default() }
}
