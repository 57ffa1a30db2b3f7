//! What flows down the pages: strips that are never cut, in groups that belong together.
//!
//! Inside a strip, x counts from the left edge of the type area and y from the strip's own top.

use crate::document::NodeId;
use crate::pdf::pages::{Color, Item, LinkArea, Rect, Segment};
use crate::units::Pt;

/// A line of text, a row of a table, a picture: what stands on one page as a whole.
#[derive(Debug, Clone, Default)]
pub(super) struct Strip {
    /// How much of the column it takes.
    pub(super) height: Pt,
    /// What is drawn.
    pub(super) items: Vec<Item>,
    /// The areas that lead elsewhere.
    pub(super) links: Vec<LinkArea>,
    /// The nodes to which links may lead, that begin here.
    pub(super) anchors: Vec<NodeId>,
    /// The footnotes that are called here.
    pub(super) calls: Vec<Call>,
    /// The first node of its text, with the offset in bytes.
    pub(super) start: Option<(NodeId, u32)>,
    /// What lies behind it and joins with the same ground of its neighbours.
    pub(super) grounds: Vec<Ground>,
    /// Whether no page may begin with it.
    pub(super) glued: bool,
    /// For headings: the level in the outline, and the text.
    pub(super) outline: Option<(u8, String)>,
}

/// A call of a footnote.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    /// The index of the note in its document.
    pub(super) note: usize,
    /// The index of the number's glyph run in [`Strip::items`].
    pub(super) item: usize,
}

/// A coloured ground behind all strips of a block on a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground {
    /// The same for all strips of the block.
    pub(super) block: u32,
    /// Left edge.
    pub(super) x: Pt,
    /// Width.
    pub(super) width: Pt,
    /// How far it reaches beyond the first and the last strip.
    pub(super) overhang: Pt,
    /// Its colour.
    pub(super) color: Color,
}

/// Strips that belong together: a paragraph, a table, a picture with its caption.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    /// The strips, from top to bottom.
    pub(super) strips: Vec<Strip>,
    /// The least space above; none at the top of a page.
    pub(super) before: Pt,
    /// The least space below.
    pub(super) after: Pt,
    /// Whether its lines stand on the line grid.
    pub(super) on_grid: bool,
    /// Whether what follows stands on the line grid: headings, whose distance from their text is always
    /// the same, so that what is left of whole lines falls above them.
    pub(super) ends_on_grid: bool,
    /// How far a ground reaches above it and below it.
    pub(super) grounds_reach: (Pt, Pt),
    /// Whether no page may end with it.
    pub(super) keep_with_next: bool,
    /// Whether it may move to the next page while text closes the gap.
    pub(super) floats: bool,
    /// The part of its size to which its picture may be made smaller, so that it stays on its page.
    pub(super) least: Option<f32>,
    /// Whether it is the end of an article, which no figure passes.
    pub(super) ends: bool,
    /// What is repeated at the top of each further page: a table's head.
    pub(super) repeated: Vec<Strip>,
}

impl Strip {
    /// Moves everything in it.
    pub(super) fn shift(&mut self, dx: Pt, dy: Pt) {
        for item in &mut self.items {
            shift_item(item, dx, dy);
        }
        for link in &mut self.links {
            shift_rect(&mut link.rect, dx, dy);
        }
        for ground in &mut self.grounds {
            ground.x += dx;
        }
    }

    /// Draws another strip into this one, at a distance from its top left corner.
    pub(super) fn overlay(&mut self, mut other: Self, dx: Pt, dy: Pt) {
        other.shift(dx, dy);
        for ground in &other.grounds {
            let rect = Rect { x: ground.x, y: dy, width: ground.width, height: other.height };
            self.items.push(Item::Fill(rect, ground.color));
        }
        for call in &other.calls {
            self.calls.push(Call { item: call.item + self.items.len(), ..*call });
        }
        self.items.append(&mut other.items);
        self.links.append(&mut other.links);
        self.anchors.append(&mut other.anchors);
        self.start = self.start.or(other.start);
        self.outline = self.outline.take().or(other.outline);
    }
}

impl Group {
    /// Keeps all strips on one page, if it is large enough.
    pub(super) fn keep_together(&mut self) {
        for strip in self.strips.iter_mut().skip(1) {
            strip.glued = true;
        }
    }
}

/// Adds space around groups that stand in a block together, which no figure leaves. On the line grid the
/// space becomes a whole line.
pub(super) fn set_apart(groups: &mut [Group], space: Pt) {
    for group in groups.iter_mut() {
        group.floats = false;
    }
    if let Some(first) = groups.first_mut() {
        first.before = first.before.max(space);
    }
    if let Some(last) = groups.last_mut() {
        last.after = last.after.max(space);
    }
}

/// Moves an item.
pub(super) fn shift_item(item: &mut Item, dx: Pt, dy: Pt) {
    match item {
        Item::Glyphs(run) => {
            run.origin.x += dx;
            run.origin.y += dy;
        }
        Item::Fill(rect, _) | Item::Stroke(rect, _, _) => shift_rect(rect, dx, dy),
        Item::Picture(picture) => shift_rect(&mut picture.rect, dx, dy),
        Item::Path(segments, _) => {
            let points = segments.iter_mut().flat_map(|segment| match segment {
                Segment::Move(a) | Segment::Line(a) => vec![a],
                Segment::Curve(a, b, c) => vec![a, b, c],
                Segment::Close => Vec::new(),
            });
            for point in points {
                point.x += dx;
                point.y += dy;
            }
        }
    }
}

/// Moves an area.
pub(super) fn shift_rect(rect: &mut Rect, dx: Pt, dy: Pt) {
    rect.x += dx;
    rect.y += dy;
}
