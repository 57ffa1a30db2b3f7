//! Groups become pages.
//!
//! Text fills a page from the top, its footnotes from the bottom. A page ends before the first chunk
//! of strips that does not fit; what is glued stays together unless it is higher than a page. Every
//! page takes at least one strip, so the text always comes to an end.
//!
//! Lines of text stand on the line grid. What does not - headings, pictures, tables, quotations -
//! takes whole lines all the same: when text goes on after it, what is left of them is shared among
//! the gaps above, between and below.

mod figures;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::context::Context;
use super::footnote;
use super::noted;
use super::shapes;
use super::strip::{Group, Strip, shift_item, shift_rect};
use crate::book::NodeRef;
use crate::document::NodeId;
use crate::pdf::pages::{Color, Item, LinkArea, Point, Rect, Role};
use crate::problem::Code;
use crate::units::Pt;

/// Lengths that differ by less than this are the same.
const HAIR: f32 = 0.05;
/// Notes that go on from the page before take at most this part of a page.
const MOST_NOTES: f32 = 0.7;
/// A note is split when less than this part of the page would be filled without its call.
const LEAST_FILLED: f32 = 0.8;
/// A heading stands above at least so many lines.
const LINES_AFTER_HEADING: usize = 2;

/// What is on a page, before it knows its number. Coordinates count from the top left corner of the
/// type area.
#[derive(Debug, Clone, Default)]
pub(super) struct Leaf {
    /// What is drawn.
    pub(super) items: Vec<Item>,
    /// The areas that lead elsewhere.
    pub(super) links: Vec<LinkArea>,
    /// The first node.
    pub(super) start: Option<(NodeRef, u32)>,
    /// The nodes to which links may lead.
    pub(super) anchors: Vec<(NodeRef, Point)>,
    /// The headings, with their level.
    pub(super) outline: Vec<(u8, String, Point)>,
}

/// A strip on its way to a page.
struct Piece {
    strip: Strip,
    group: usize,
    first: bool,
    last: bool,
}

/// Fills pages.
struct Pager<'a, 'b> {
    context: &'a Context<'b>,
    height: Pt,
    leading: Pt,
    /// The groups without their strips.
    groups: Vec<Group>,
    leaves: Vec<Leaf>,
    placed: Vec<(Pt, Strip)>,
    /// Where in `placed` groups begin.
    begins: Vec<usize>,
    cursor: Pt,
    /// The space that the last group wants below.
    after: Pt,
    /// How far the ground of the last group reaches below it.
    reach: Pt,
    /// Where in `placed` the strips begin that are off the grid, if the last one is.
    off_grid: Option<usize>,
    notes: Vec<Strip>,
    notes_height: Pt,
    /// What did not fit of the notes.
    carried: VecDeque<Strip>,
    numbers: BTreeMap<usize, usize>,
    /// Notes that are shown and are not shown again.
    shown: BTreeSet<usize>,
    /// Figures that have moved to the next page.
    moved: VecDeque<Vec<Piece>>,
    /// The group of which no strip stands on a page yet, nor of those after it.
    next: usize,
    /// The furthest place of the text that a page has.
    reached: (NodeId, u32),
    /// Whether nothing but a repeated head of a table stands on the page.
    fresh: bool,
}

/// How a chunk fits a page.
struct Fit {
    tops: Vec<Pt>,
    notes: Vec<usize>,
}

/// Makes pages of groups.
pub(super) fn fill(context: &Context<'_>, groups: Vec<Group>) -> Vec<Leaf> {
    let mut pager = Pager {
        context,
        height: context.sheet.grid_height(),
        leading: context.sheet.kind.leading,
        groups: Vec::with_capacity(groups.len()),
        leaves: Vec::new(),
        placed: Vec::new(),
        begins: Vec::new(),
        cursor: Pt::ZERO,
        after: Pt::ZERO,
        reach: Pt::ZERO,
        off_grid: None,
        notes: Vec::new(),
        notes_height: Pt::ZERO,
        carried: VecDeque::new(),
        numbers: BTreeMap::new(),
        shown: BTreeSet::new(),
        moved: VecDeque::new(),
        next: 0,
        reached: (NodeId(0), 0),
        fresh: true,
    };
    let mut chunk: Vec<Piece> = Vec::new();
    let mut kept = false;
    // How many lines must still follow a heading on its page.
    let mut owed = 0;
    for mut group in groups {
        let strips = std::mem::take(&mut group.strips);
        let (index, count) = (pager.groups.len(), strips.len());
        let keep_with_next = group.keep_with_next;
        pager.groups.push(group);
        for (at, strip) in strips.into_iter().enumerate() {
            if !(strip.glued || kept && at == 0 || owed > 0) {
                let goes_on = !pager.groups[index].floats && !figures::is_band(&strip) && strip.outline.is_none();
                chunk = pager.place(std::mem::take(&mut chunk), goes_on);
            }
            owed = if strip.height.0 > pager.leading.0 * 1.5 { 0 } else { owed.max(1) - 1 };
            chunk.push(Piece { strip, group: index, first: at == 0, last: at + 1 == count });
        }
        if count > 0 {
            kept = keep_with_next;
            owed = if keep_with_next { LINES_AFTER_HEADING } else { owed };
        }
    }
    pager.place(chunk, false);
    pager.finish()
}

impl Pager<'_, '_> {
    /// Puts a chunk on this page or on those that follow. A heading whose figure has moved is given back, to
    /// stand above the text that `goes_on` after it.
    fn place(&mut self, mut chunk: Vec<Piece>, goes_on: bool) -> Vec<Piece> {
        self.next = chunk.first().map_or(self.next, |piece| piece.group);
        self.stop_figures(&chunk);
        // Figures keep their order.
        if !self.moved.is_empty() && self.figure_at(&chunk) == Some(0) {
            self.moved.push_back(chunk);
            return Vec::new();
        }
        if chunk.iter().any(|piece| figures::is_band(&piece.strip)) {
            self.flush_figures();
        }
        while !chunk.is_empty() {
            self.repeat_head(&chunk);
            if let Some(fit) = self.fit(&chunk) {
                self.commit(chunk, fit);
                break;
            }
            self.drop_head();
            if self.shrink_figure(&mut chunk)
                && let Some(fit) = self.fit(&chunk)
            {
                self.commit(chunk, fit);
                break;
            }
            if let Some(at) = self.figure_at(&chunk).filter(|&at| if at > 0 { goes_on } else { !self.is_empty() }) {
                self.moved.push_back(chunk.split_off(at));
                return chunk;
            }
            if !self.is_empty() {
                self.next_page();
                continue;
            }
            let rest = chunk.split_off(self.fitting_prefix(&chunk));
            let fit = self.fit(&chunk).unwrap_or_else(|| self.forced(&chunk));
            self.commit(chunk, fit);
            chunk = rest;
            if !chunk.is_empty() {
                self.next_page();
            }
        }
        Vec::new()
    }

    fn is_empty(&self) -> bool {
        self.placed.is_empty() && self.notes.is_empty()
    }

    /// How many strips of a chunk that is higher than the empty page fit it; at least one.
    fn fitting_prefix(&self, chunk: &[Piece]) -> usize {
        let (tops, _) = self.tops(chunk);
        let room = self.height - self.notes_height;
        let fits = |(top, piece): &(&Pt, &Piece)| (**top + piece.strip.height).0 <= room.0 + HAIR;
        tops.iter().zip(chunk).take_while(fits).count().max(1)
    }

    /// A strip that is higher than a page stands on one of its own.
    fn forced(&self, chunk: &[Piece]) -> Fit {
        let message = "a part of a block is higher than a page";
        self.context.warn(Code::LayoutOverfull, 1, message);
        Fit { tops: self.tops(chunk).0, notes: self.new_notes(chunk) }
    }

    /// Where the strips of a chunk would stand, and where it would end.
    fn tops(&self, chunk: &[Piece]) -> (Vec<Pt>, Pt) {
        let mut y = self.cursor;
        let (mut after, mut reach) = (self.after, self.reach);
        let mut empty = self.placed.is_empty();
        let mut tops = Vec::with_capacity(chunk.len());
        for (index, piece) in chunk.iter().enumerate() {
            let group = &self.groups[piece.group];
            if piece.first && !empty {
                y += self.gap(after, reach, group);
            }
            if group.on_grid {
                y = self.next_line(y);
            } else if group.ends_on_grid && piece.first {
                let own = chunk[index..].iter().take_while(|other| other.group == piece.group);
                let end = y + own.map(|piece| piece.strip.height).sum() + group.after;
                y += self.next_line(end) - end;
            }
            tops.push(y);
            y += piece.strip.height;
            (after, reach) = if piece.last { (group.after, group.grounds_reach.1) } else { Default::default() };
            empty = false;
        }
        (tops, y)
    }

    /// The space above a group: what it or the one above it wants, and half a line between two grounds.
    fn gap(&self, after: Pt, reach: Pt, group: &Group) -> Pt {
        let grounds = reach + group.grounds_reach.0;
        let apart = reach.0 > 0.0 && group.grounds_reach.0.0 > 0.0;
        group.before.max(after).max(if apart { grounds + self.leading * 0.5 } else { Pt::ZERO })
    }

    /// The next line of the grid.
    fn next_line(&self, y: Pt) -> Pt {
        self.leading * ((y.0 - HAIR) / self.leading.0).ceil().max(0.0)
    }

    /// How a chunk fits the page with the notes that it calls; `None` if it does not.
    fn fit(&self, chunk: &[Piece]) -> Option<Fit> {
        let (tops, end) = self.tops(chunk);
        let room = self.height - self.notes_height;
        if end.0 > room.0 + HAIR {
            return None;
        }
        let notes = self.new_notes(chunk);
        let needed: Pt = notes.iter().map(|&note| height(&footnote::strips(self.context, note))).sum();
        let needed = if notes.is_empty() { Pt::ZERO } else { needed + self.rule_height() };
        let whole = self.carried.is_empty() && (end + needed).0 <= room.0 + HAIR;
        let must_split = self.fresh || end.0 < self.height.0 * LEAST_FILLED;
        (notes.is_empty() || whole || must_split).then_some(Fit { tops, notes })
    }

    /// The notes that a chunk calls and this page does not show yet.
    fn new_notes(&self, chunk: &[Piece]) -> Vec<usize> {
        let mut notes = Vec::new();
        for call in chunk.iter().flat_map(|piece| &piece.strip.calls) {
            let known = self.numbers.contains_key(&call.note) || self.shown.contains(&call.note);
            if !known && !notes.contains(&call.note) {
                notes.push(call.note);
            }
        }
        notes
    }

    /// The height of the rule above the notes, when it is not there yet.
    fn rule_height(&self) -> Pt {
        if self.notes.is_empty() { self.leading * 0.7 } else { Pt::ZERO }
    }

    fn commit(&mut self, chunk: Vec<Piece>, fit: Fit) {
        self.fresh = false;
        let restarts = footnote::restarts(self.context);
        for &note in &fit.notes {
            let number = if restarts { self.numbers.len() + 1 } else { note + 1 };
            self.numbers.insert(note, number);
            if !restarts {
                self.shown.insert(note);
            }
        }
        for (piece, top) in chunk.into_iter().zip(fit.tops) {
            self.put(piece, top);
        }
        for note in fit.notes {
            let mut strips = footnote::strips(self.context, note);
            strips.iter_mut().for_each(|strip| self.renumber(strip));
            self.carried.extend(strips);
        }
        self.take_notes(self.height - self.cursor);
    }

    fn put(&mut self, mut piece: Piece, top: Pt) {
        self.renumber(&mut piece.strip);
        let group = &self.groups[piece.group];
        let (after, reach) = (group.after, group.grounds_reach.1);
        if group.on_grid || group.ends_on_grid {
            let space = if piece.first { self.gap(self.after, self.reach, group) } else { Pt::ZERO };
            if let Some(first) = self.off_grid.take() {
                self.spread(first, top - self.cursor - space);
            }
        } else if self.off_grid.is_none() {
            self.off_grid = Some(self.placed.len());
        }
        if piece.first {
            self.begins.push(self.placed.len());
        }
        self.cursor = top + piece.strip.height;
        (self.after, self.reach) = if piece.last { (after, reach) } else { Default::default() };
        self.placed.push((top, piece.strip));
    }

    /// Shares what is left of whole lines among the gaps above the groups off the grid, but for one at
    /// the top of the page, and the gap below them.
    fn spread(&mut self, first: usize, rest: Pt) {
        let gaps: Vec<usize> = self.begins.iter().copied().filter(|&at| at > 0 && at >= first).collect();
        let share = rest / (gaps.len() + 1) as f32;
        for gap in gaps {
            self.placed.iter_mut().skip(gap).for_each(|(y, _)| *y += share);
        }
    }

    /// Writes the numbers of this page over the placeholders.
    fn renumber(&self, strip: &mut Strip) {
        for call in &strip.calls {
            let number = self.numbers.get(&call.note).copied().unwrap_or(call.note + 1);
            if let Some(Item::Glyphs(run)) = strip.items.get_mut(call.item) {
                footnote::renumber(self.context, run, number);
            }
        }
    }

    /// Moves as much of the waiting notes to this page as fits a height.
    fn take_notes(&mut self, room: Pt) {
        while let Some(strip) = self.carried.front() {
            let taken = self.notes_height + self.rule_height() + strip.height;
            let is_first_of_empty_page = self.placed.is_empty() && self.notes.is_empty();
            if taken.0 > room.0 + HAIR && !is_first_of_empty_page {
                return;
            }
            self.notes_height = taken;
            self.notes.extend(self.carried.pop_front());
        }
    }

    /// Puts the head of a table that goes on above it.
    fn repeat_head(&mut self, chunk: &[Piece]) {
        let Some(first) = chunk.first().filter(|piece| !piece.first && self.placed.is_empty()) else { return };
        let head = self.groups[first.group].repeated.clone();
        let needed = height(&head) + chunk.iter().map(|piece| piece.strip.height).sum();
        if head.is_empty() || needed.0 > (self.height - self.notes_height).0 {
            return;
        }
        self.off_grid = Some(0);
        for mut strip in head {
            let top = self.cursor;
            strip.items.iter_mut().for_each(make_artifact);
            (strip.calls, strip.anchors, strip.links) = Default::default();
            (strip.outline, strip.start) = (None, None);
            self.cursor = top + strip.height;
            self.placed.push((top, strip));
        }
    }

    /// Takes a repeated head away that leaves no room for what it heads.
    fn drop_head(&mut self) {
        if self.fresh {
            self.placed.clear();
            self.cursor = Pt::ZERO;
            self.off_grid = None;
        }
    }

    fn next_page(&mut self) {
        self.end_page();
        // Notes that go on leave room for text; numbers of notes are those of the page of their call.
        self.take_notes(self.height * MOST_NOTES);
        self.place_moved();
    }

    fn end_page(&mut self) {
        let leaf = self.leaf();
        self.leaves.push(leaf);
        self.cursor = Pt::ZERO;
        (self.after, self.reach) = Default::default();
        self.off_grid = None;
        self.begins.clear();
        self.notes_height = Pt::ZERO;
        self.numbers.clear();
        self.fresh = true;
    }

    fn finish(mut self) -> Vec<Leaf> {
        self.next = self.groups.len();
        while !self.moved.is_empty() || !self.carried.is_empty() {
            self.next_page();
        }
        if !self.is_empty() || self.leaves.is_empty() {
            self.end_page();
        }
        let (node, offset) = self.reached;
        let mut next = Some((self.context.node(node), offset));
        for leaf in self.leaves.iter_mut().rev() {
            leaf.start = leaf.start.or(next);
            next = leaf.start;
        }
        self.leaves
    }

    /// The page as it is drawn.
    fn leaf(&mut self) -> Leaf {
        let mut leaf = Leaf::default();
        // The grid begins above the type area by half of what a line has around its em box.
        let origin = (self.context.sheet.kind.body - self.leading) * 0.5;
        let placed = std::mem::take(&mut self.placed);
        leaf.items.extend(grounds(&placed, origin, self.height));
        leaf.start = self.start(placed.iter().filter_map(|(_, strip)| strip.start));
        for (top, strip) in placed {
            self.draw(&mut leaf, strip, origin + top);
        }
        if self.notes.is_empty() {
            return leaf;
        }
        let mut y = origin + self.height - self.notes_height + self.leading * 0.7;
        let rule = Pt(0.4);
        let width = self.context.sheet.measure * 0.25;
        leaf.items.push(shapes::rule(Pt::ZERO, y - self.leading * 0.25, width, rule, self.context.style.color.text));
        for strip in std::mem::take(&mut self.notes) {
            let height = strip.height;
            self.draw(&mut leaf, strip, y);
            y += height;
        }
        leaf
    }

    /// Where the text of a page begins, of these places on it: the first beyond all text so far. A figure that has
    /// moved is from before; a page of such figures begins where the next does.
    fn start(&mut self, places: impl Iterator<Item = (NodeId, u32)>) -> Option<(NodeRef, u32)> {
        let mut first = None;
        let before = self.reached;
        for place in places {
            let in_text = place.0 < noted::FIRST_ID;
            if !in_text || place >= before {
                first = first.or(Some(place));
            }
            if in_text {
                self.reached = self.reached.max(place);
            }
        }
        first.map(|(node, offset)| (self.context.node(node), offset))
    }

    fn draw(&self, leaf: &mut Leaf, strip: Strip, y: Pt) {
        let at = Point { x: Pt::ZERO, y };
        leaf.anchors.extend(strip.anchors.iter().map(|&node| (self.context.node(node), at)));
        leaf.outline.extend(strip.outline.map(|(level, title)| (level, title, at)));
        for mut item in strip.items {
            shift_item(&mut item, Pt::ZERO, y);
            if !joins(leaf.items.last_mut(), &item) {
                leaf.items.push(item);
            }
        }
        for mut link in strip.links {
            shift_rect(&mut link.rect, Pt::ZERO, y);
            leaf.links.push(link);
        }
    }
}

/// The grounds of a page: one for all strips of a block that are on it.
fn grounds(placed: &[(Pt, Strip)], origin: Pt, height: Pt) -> Vec<Item> {
    let mut found: Vec<(u32, Rect, Pt, Color)> = Vec::new();
    for (top, strip) in placed {
        for ground in &strip.grounds {
            let bottom = *top + strip.height;
            match found.iter_mut().find(|(block, ..)| *block == ground.block) {
                Some((_, rect, ..)) => rect.height = bottom - rect.y,
                None => {
                    let rect = Rect { x: ground.x, y: *top, width: ground.width, height: strip.height };
                    found.push((ground.block, rect, ground.overhang, ground.color));
                }
            }
        }
    }
    let item = |(_, rect, overhang, color): (u32, Rect, Pt, Color)| {
        let top = (rect.y - overhang).max(Pt::ZERO);
        let bottom = (rect.y + rect.height + overhang).min(height);
        Item::Fill(Rect { y: origin + top, height: bottom - top, ..rect }, color)
    };
    found.into_iter().map(item).collect()
}

/// Lengthens a band of a long picture by the band below it, so that no seam shows between them.
fn joins(above: Option<&mut Item>, below: &Item) -> bool {
    let (Some(Item::Picture(above)), Item::Picture(below)) = (above, below) else { return false };
    let follows = (above.rect.y + above.rect.height - below.rect.y).0.abs() < HAIR;
    let same = above.asset == below.asset && above.node == below.node && above.rect.x == below.rect.x;
    if !(follows && same && above.slice.1 == below.slice.0) {
        return false;
    }
    above.slice.1 = below.slice.1;
    above.rect.height += below.rect.height;
    true
}

fn height(strips: &[Strip]) -> Pt {
    strips.iter().map(|strip| strip.height).sum()
}

/// What is repeated is not part of the text.
pub(super) fn make_artifact(item: &mut Item) {
    match item {
        Item::Glyphs(run) => run.role = Role::Artifact,
        Item::Picture(picture) => picture.node = None,
        Item::Fill(..) | Item::Stroke(..) | Item::Path(..) => {}
    }
}
