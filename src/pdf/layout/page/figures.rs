//! Figures find their place. One that does not fit its page is made a little smaller; if that is not
//! enough, it moves to the top of the next page, and text closes the gap.
//!
//! A figure stays in its section, unless a good part of its page would be empty for it: then it is made
//! smaller yet, and where even that does not help, it may pass the heading that follows.

use super::{Pager, Piece, Strip};
use crate::pdf::pages::{Item, Rect};
use crate::units::Pt;

/// A figure passes a heading, or is made much smaller, where more than this part of a page would be empty.
const HOLE: f32 = 0.2;
/// A figure that would leave a hole is made smaller down to this part of what is usual.
const MUCH_SMALLER: f32 = 0.7;

/// Whether a strip is a part of a picture that is cut where pages end, and does not move as a whole.
pub(super) fn is_band(strip: &Strip) -> bool {
    matches!(strip.items.first(), Some(Item::Picture(picture)) if picture.slice != (0.0, 1.0))
}

impl Pager<'_, '_> {
    /// Where in a chunk a figure begins that may move to the next page; the chunk ends with it.
    pub(super) fn figure_at(&self, chunk: &[Piece]) -> Option<usize> {
        let group = chunk.last().filter(|piece| piece.last && self.groups[piece.group].floats)?.group;
        let at = chunk.iter().position(|piece| piece.group == group)?;
        chunk[at].first.then_some(at)
    }

    /// Ends the page for the figures that have moved, where a chunk begins a section or ends the article.
    pub(super) fn stop_figures(&mut self, chunk: &[Piece]) {
        let bars = |piece: &&Piece| self.groups[piece.group].ends || piece.strip.outline.is_some();
        let Some(bar) = chunk.iter().find(bars) else { return };
        let (group, ends) = (bar.group, self.groups[bar.group].ends);
        // A figure that comes after the heading is no concern of it.
        while self.first_moved().is_some_and(|moved| moved < group) {
            let passes = !ends && self.room().0 > self.height.0 * HOLE && self.fit(chunk).is_some();
            if passes {
                return;
            }
            self.next_page();
        }
    }

    /// Ends pages until every figure stands on one that comes before the chunk at hand.
    pub(super) fn flush_figures(&mut self) {
        while self.first_moved().is_some_and(|group| group < self.next) {
            self.next_page();
        }
    }

    /// The group of the first figure that has moved.
    fn first_moved(&self) -> Option<usize> {
        self.moved.front().and_then(|figure| figure.first()).map(|piece| piece.group)
    }

    /// What is left of the page.
    fn room(&self) -> Pt {
        self.height - self.notes_height - self.cursor
    }

    /// Makes the picture of a chunk as much smaller as the page asks for, if that is little enough. What
    /// stands beside it stays in its middle.
    pub(super) fn shrink_figure(&self, chunk: &mut [Piece]) -> bool {
        let over = self.tops(chunk).1 - (self.height - self.notes_height);
        let hole = self.room().0 > self.height.0 * HOLE;
        for piece in chunk.iter_mut() {
            let Some(least) = self.groups[piece.group].least else { continue };
            let least = if hole { least * MUCH_SMALLER } else { least };
            let Some((Item::Picture(picture), beside)) = piece.strip.items.split_first_mut() else { continue };
            let scale = 1.0 - over / picture.rect.height;
            if !(least..1.0).contains(&scale) {
                continue;
            }
            let rect = picture.rect;
            let (width, height) = (rect.width * scale, rect.height * scale);
            let middle = if beside.is_empty() { (rect.width - width) * 0.5 } else { Pt::ZERO };
            picture.rect = Rect { x: rect.x + middle, width, height, ..rect };
            beside.iter_mut().for_each(|item| super::shift_item(item, Pt::ZERO, (height - rect.height) * 0.5));
            piece.strip.height = piece.strip.height - rect.height + height;
            return true;
        }
        false
    }

    /// Puts the figures that have moved on a new page, as many as fit. None comes before the text that it
    /// follows, which a heading may still wait for.
    pub(super) fn place_moved(&mut self) {
        let next = self.next;
        let is_due = |figure: &Vec<Piece>| figure.first().is_none_or(|piece| piece.group < next);
        while self.moved.front().is_some_and(is_due) {
            let Some(mut figure) = self.moved.pop_front() else { return };
            let mut fit = self.fit(&figure);
            if fit.is_none() && self.shrink_figure(&mut figure) {
                fit = self.fit(&figure);
            }
            let fit = match fit {
                Some(fit) => fit,
                None if self.is_empty() => self.forced(&figure),
                None => return self.moved.push_front(figure),
            };
            self.commit(figure, fit);
        }
    }
}
