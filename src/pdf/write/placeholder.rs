//! What stands where a picture should be that cannot be opened: a frame with the text for it.

use crate::fonts::{FaceId, Family, GlyphId, Library, Want};
use crate::pdf::pages::{Color, Glyph, GlyphRun, Item, Picture, Point, Rect, Role};
use crate::units::Pt;

/// The colour of frame and text: dark enough to read, unlike the text around it.
const COLOR: Color = Color(0x59, 0x59, 0x59);
const SIZE: Pt = Pt(8.0);
const LEADING: Pt = Pt(12.0);
const PADDING: Pt = Pt(4.0);
const FRAME: Pt = Pt(0.5);

/// The frame and the lines of text that find room in it.
pub(super) fn placeholder(picture: &Picture, library: &Library) -> Vec<Item> {
    let rect = picture.rect;
    let mut items = vec![Item::Stroke(rect, FRAME, COLOR)];
    let role = picture.node.map_or(Role::Front, Role::Node);
    let text = if picture.alt.trim().is_empty() { "[图片 image]" } else { picture.alt.trim() };
    let mut pen = Pen { rect, x: Pt::ZERO, y: LEADING };
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        let Some((face, glyph)) = glyph(c, library) else { continue };
        let advance = library.face(face).advance(glyph).at(SIZE);
        let Some(origin) = pen.place(advance) else { break };
        match items.last_mut() {
            Some(Item::Glyphs(run)) if run.face == face && run.origin.y == origin.y => {
                let cluster = u32::try_from(run.text.len()).unwrap_or(u32::MAX);
                run.glyphs.push(Glyph { id: glyph, x: origin.x - run.origin.x, y: Pt::ZERO, cluster });
                run.text.push(c);
            }
            _ => items.push(Item::Glyphs(GlyphRun {
                turned: false,
                face,
                size: SIZE,
                color: COLOR,
                origin,
                glyphs: vec![Glyph { id: glyph, x: Pt::ZERO, y: Pt::ZERO, cluster: 0 }],
                text: c.to_string(),
                role,
                language: None,
            })),
        }
    }
    items
}

/// Where the next character goes, from the padded corner of the frame.
struct Pen {
    rect: Rect,
    x: Pt,
    y: Pt,
}

impl Pen {
    /// The place of a character; lines end where the next character has no room.
    fn place(&mut self, advance: Pt) -> Option<Point> {
        if self.x > Pt::ZERO && self.x + advance > self.rect.width - PADDING * 2.0 {
            self.x = Pt::ZERO;
            self.y += LEADING;
        }
        if self.y > self.rect.height {
            return None;
        }
        let place = Point { x: self.rect.x + PADDING + self.x, y: self.rect.y + self.y };
        self.x += advance;
        Some(place)
    }
}

fn glyph(c: char, library: &Library) -> Option<(FaceId, GlyphId)> {
    let want = Want { family: Family::Sans, bold: false, italic: false, wide: true, region: None };
    let own = |c: char| {
        let face = library.choose(c.encode_utf8(&mut [0; 4]), &want)?;
        Some((face, library.face(face).glyph(c)?))
    };
    // The layout has told of the characters that no face has.
    own(c).or_else(|| library.missing_box(&want).and_then(|(face, c)| Some((face, library.face(face).glyph(c)?))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assets::AssetId;

    #[test]
    fn the_text_is_wrapped_and_stays_inside_the_frame() {
        let rect = Rect { x: Pt(10.0), y: Pt(10.0), width: Pt(60.0), height: Pt(40.0) };
        let alt = "一张很长的说明文字需要分成好几行才能放下".repeat(3);
        let picture = Picture { asset: AssetId::of(b""), rect, slice: (0.0, 1.0), alt, node: None };
        let items = placeholder(&picture, &Library::embedded().expect("embedded faces"));
        let runs: Vec<_> =
            items.iter().filter_map(|item| if let Item::Glyphs(run) = item { Some(run) } else { None }).collect();
        assert_eq!(runs.len(), 3);
        for run in runs {
            assert!(run.origin.y <= rect.y + rect.height);
            let last = run.glyphs.last().expect("a glyph").x;
            assert!(run.origin.x + last + SIZE <= rect.x + rect.width);
        }
    }
}
