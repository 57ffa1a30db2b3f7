//! The address of an article's original as a QR code (ISO/IEC 18004), at the end of the article in print.

use qrcode::{Color, EcLevel, QrCode};

use super::context::{Context, Frame};
use super::inline::{self, Text};
use super::strip::{Group, Strip};
use super::{lines, sources};
use crate::document::NodeId;
use crate::images::{self, Raster};
use crate::pdf::pages::{Item, Picture, Rect};
use crate::text::{Align, Family};
use crate::units::Pt;
use crate::words;

/// The side of the code with its quiet zone, in millimetres.
const SIDE_MM: f32 = 22.0;
/// The least side of a module where a code is made smaller: telephones read less, but not from any paper.
const LEAST_MODULE_MM: f32 = 0.35;
/// So many lines of text stand above a code on its page, at least.
const LINES_ABOVE: f32 = 2.0;
/// The quiet zone, in modules (ISO/IEC 18004 6.3.8).
const QUIET: usize = 4;
/// Pixels of a module's side.
const PIXELS: usize = 8;

/// Adds the code below the groups of an article, so that no page holds it without text.
pub(super) fn add(context: &Context<'_>, groups: &mut Vec<Group>) {
    let Some(mut code) = group(context) else { return };
    let lines = context.sheet.kind.leading * LINES_ABOVE;
    let mut above = Pt::ZERO;
    code.strips.iter_mut().for_each(|strip| strip.glued = true);
    for strip in groups.iter_mut().rev().flat_map(|group| group.strips.iter_mut().rev()) {
        above += strip.height;
        if above.0 >= lines.0 - 0.01 {
            break;
        }
        strip.glued = true;
    }
    groups.push(code);
}

/// The code and the words beside it; none on a screen, without an address, or with one too long for a code.
fn group(context: &Context<'_>) -> Option<Group> {
    let address = sources::address(context.article).filter(|_| !context.screen)?;
    let (picture, modules) = picture(address.as_str())?;
    let asset = context.assets.put(&picture).ok()?;
    let kind = &context.sheet.kind;
    let side = Pt::from_mm(SIDE_MM);
    let rect = Rect { x: Pt::ZERO, y: Pt::ZERO, width: side, height: side };
    let node = Some(context.node(NodeId::SCAN));
    let picture = Picture { asset, rect, slice: (0.0, 1.0), alt: address.to_string(), node };
    let mut strip = Strip { height: side, items: vec![Item::Picture(picture)], ..Strip::default() };

    let body = Frame::body(context).flush().sized(kind.caption, kind.caption_leading);
    let family = if body.language.is_han() { Family::Kai } else { Family::Serif };
    let beside =
        Frame { x: side + kind.body, width: body.width - side - kind.body, align: Align::Left, family, ..body };
    let mut text = Text::default();
    let said = words::word(words::Word::Scan, body.language);
    text.push_words(said, inline::frame_style(&beside), beside.color, context.role(NodeId::SCAN_LABEL));
    let said = lines::set(context, &beside, &text, Pt::ZERO);
    let mut y = (side - said.iter().map(|line| line.height).sum()) * 0.5;
    for line in said {
        let height = line.height;
        strip.overlay(line, Pt::ZERO, y);
        y += height;
    }
    // A page that begins with the code begins with nothing of the text.
    strip.start = None;
    let least = (LEAST_MODULE_MM * modules as f32 / SIDE_MM).min(1.0);
    Some(Group { strips: vec![strip], before: kind.leading, least: Some(least), ends: true, ..Group::default() })
}

/// The code as a grey picture, whose modules are whole pixels: black stays black in one ink. Gives also how
/// many modules its side has with the quiet zone.
fn picture(address: &str) -> Option<(Vec<u8>, usize)> {
    let code = QrCode::with_error_correction_level(address, EcLevel::M).ok()?;
    let width = code.width();
    let modules = code.to_colors();
    let side = (width + QUIET * 2) * PIXELS;
    let dark = |pixel: usize| (pixel / PIXELS).checked_sub(QUIET).filter(|&module| module < width);
    let mut pixels = Vec::with_capacity(side * side * 4);
    for y in 0..side {
        for x in 0..side {
            let module = dark(x).zip(dark(y)).map(|(x, y)| modules[y * width + x]);
            let level = if module == Some(Color::Dark) { 0 } else { 255 };
            pixels.extend([level, level, level, 255]);
        }
    }
    let side = u32::try_from(side).ok()?;
    let png = images::encode::png(&Raster { width: side, height: side, pixels }).ok()?;
    Some((png, width + QUIET * 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_finder_and_its_quiet_zone_and_an_address_too_long_has_none() {
        let (png, modules) = picture("https://example.org/a").expect("a code");
        let raster = images::decode(&png).expect("a picture");
        let at = |x: usize, y: usize| raster.pixels[(y * raster.width as usize + x) * 4];
        let module = |x: usize, y: usize| at((x + QUIET) * PIXELS + 1, (y + QUIET) * PIXELS + 1);
        assert_eq!([module(0, 0), module(6, 0), module(1, 1), module(3, 3), at(0, 0)], [0, 0, 255, 0, 255]);
        assert_eq!(modules, 25 + 2 * QUIET);
        assert_eq!(picture(&"x".repeat(4000)), None);
    }
}
