//! Pages that a printer cuts: colour runs over the edges, and marks stand where the cut is.

use crate::pdf::pages::{Color, Item, Page, Pages, Rect};
use crate::units::Pt;

/// How far colour runs over the edges, in millimetres: what printers ask for.
const BLEED_MM: f32 = 3.0;
/// How long crop marks are.
const MARK: Pt = Pt(12.0);
/// How thick they are.
const HAIRLINE: Pt = Pt(0.25);

/// Gives all pages their bleed and their crop marks.
pub(super) fn mark(pages: &mut Pages) {
    let bleed = Pt::from_mm(BLEED_MM);
    pages.bleed = bleed;
    for page in &mut pages.pages {
        let (width, height) = (page.width, page.height);
        for item in &mut page.items {
            if let Item::Fill(rect, _) = item {
                run_over(rect, width, height, bleed);
            }
        }
        let marks = marks(page, bleed);
        page.items.extend(marks);
    }
}

/// Lengthens what reaches an edge of the paper over it.
fn run_over(rect: &mut Rect, width: Pt, height: Pt, bleed: Pt) {
    let reaches = |at: Pt, edge: Pt| (at - edge).0.abs() < 0.1;
    if reaches(rect.x + rect.width, width) {
        rect.width += bleed;
    }
    if reaches(rect.y + rect.height, height) {
        rect.height += bleed;
    }
    if reaches(rect.x, Pt::ZERO) {
        rect.x -= bleed;
        rect.width += bleed;
    }
    if reaches(rect.y, Pt::ZERO) {
        rect.y -= bleed;
        rect.height += bleed;
    }
}

/// Two marks at each corner, outside of the bleed.
fn marks(page: &Page, bleed: Pt) -> Vec<Item> {
    let half = HAIRLINE * 0.5;
    let mut out = Vec::with_capacity(8);
    for x in [Pt::ZERO, page.width] {
        for y in [Pt::ZERO, page.height] {
            let left = if x == Pt::ZERO { x - bleed - MARK } else { x + bleed };
            let top = if y == Pt::ZERO { y - bleed - MARK } else { y + bleed };
            let across = Rect { x: left, y: y - half, width: MARK, height: HAIRLINE };
            let down = Rect { x: x - half, y: top, width: HAIRLINE, height: MARK };
            out.extend([across, down].map(|rect| Item::Fill(rect, Color::BLACK)));
        }
    }
    out
}
