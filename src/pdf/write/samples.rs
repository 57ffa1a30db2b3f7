//! Small pages for the tests of this room.

use chrono::TimeZone as _;

use crate::book::{Anthology, Language, Metadata};
use crate::fonts::{FaceId, GlyphId, Library};
use crate::pdf::pages::{Color, Glyph, GlyphRun, Item, Page, PageLabel, Point, Role};
use crate::units::{Em, Pt};

/// A run of numbered glyphs of face 0, each with its cluster.
pub(super) fn run(text: &str, glyphs: &[(u16, u32)]) -> GlyphRun {
    let glyph = |(index, (id, cluster)): (u16, &(u16, u32))| Glyph {
        id: GlyphId(*id),
        x: Pt(f32::from(index) * 10.0),
        y: Pt::ZERO,
        cluster: *cluster,
    };
    GlyphRun {
        turned: false,
        face: FaceId(0),
        size: Pt(10.0),
        color: Color::BLACK,
        origin: Point { x: Pt(50.0), y: Pt(60.0) },
        glyphs: (0..).zip(glyphs).map(glyph).collect(),
        text: text.to_owned(),
        role: Role::Front,
        language: None,
    }
}

/// Text of a face at a place, shaped by the face's character map, with the advances of the face and
/// `extra` space after each glyph. Characters that the face lacks are left out.
pub(super) fn set(library: &Library, face: FaceId, size: Pt, (x, y): (f32, f32), text: &str, extra: Pt) -> GlyphRun {
    let font = library.face(face);
    let mut run = GlyphRun { face, size, origin: Point { x: Pt(x), y: Pt(y) }, ..run(text, &[]) };
    let mut pen = Pt::ZERO;
    for (index, c) in text.char_indices() {
        let Some(id) = font.glyph(c) else { continue };
        let cluster = u32::try_from(index).expect("short");
        run.glyphs.push(Glyph { id, x: pen, y: Pt::ZERO, cluster });
        pen += font.advance(id).at(size) + extra;
    }
    run
}

/// An A5 page of runs.
pub(super) fn page(runs: Vec<GlyphRun>) -> Page {
    Page {
        width: Pt::from_mm(148.0),
        height: Pt::from_mm(210.0),
        label: PageLabel::None,
        weight: Em::ZERO,
        items: runs.into_iter().map(Item::Glyphs).collect(),
        links: Vec::new(),
        start: None,
    }
}

pub(super) fn metadata() -> Metadata {
    Metadata {
        title: "山中书简".to_owned(),
        authors: vec!["林间客".to_owned(), "岸上人".to_owned()],
        language: Language::chinese(),
        description: None,
        publisher: None,
        series: None,
        identifier: uuid::Uuid::from_u128(0x5eed_0000_0000_5000_8000_0000_0000_0001),
        date: chrono::Utc.with_ymd_and_hms(2026, 1, 5, 8, 0, 0).single(),
    }
}

pub(super) fn book() -> Anthology {
    Anthology { metadata: metadata(), cover: None, articles: Vec::new() }
}
