//! Pictures that stand alone, with their captions; and what stands for those that are missing.

use super::context::{Context, Frame};
use super::inline::{self, Link, Text};
use super::lines;
use super::strip::{Group, Strip};
use crate::assets::AssetId;
use crate::document::{Block, Image, ImageState, Inline, NodeId, plain_text};
use crate::images::{self, slice::quiet_rows};
use crate::pdf::pages::{Item, LinkTarget, Picture, Rect};
use crate::problem::Code;
use crate::text::{Align, Family};
use crate::units::Pt;
use crate::words;

/// A pixel of a picture that is not scaled: 96 of them are an inch.
const PIXEL: Pt = Pt(0.75);

/// A figure is made smaller, down to this part of its size, before it moves to the next page.
const LEAST: f32 = 0.8;

/// A band of a long picture that is not left alone, in parts of a page.
const THIN_BAND: f32 = 0.15;

/// How many pixels wide a long drawing is drawn to see where it is quiet.
const SKETCH: f32 = 400.0;

/// The most characters of an address that a placeholder shows.
const LONGEST_ADDRESS: usize = 240;

/// The size of a picture at 96 pixels an inch.
pub(super) fn natural_size(context: &Context<'_>, asset: AssetId) -> Option<(Pt, Pt)> {
    let bytes = context.assets.read(asset).ok()?;
    let (width, height) = images::probe(&bytes).ok().map(|info| (info.width, info.height))?;
    (width > 0 && height > 0).then(|| (PIXEL * width as f32, PIXEL * height as f32))
}

/// The groups of a picture that stands alone.
pub(super) fn groups(
    context: &Context<'_>,
    frame: &Frame<'_>,
    block: &Block,
    image: &Image,
    caption: &[Inline],
) -> Vec<Group> {
    let found = match &image.state {
        ImageState::Dropped => return Vec::new(),
        ImageState::Found(asset) => natural_size(context, *asset)
            .map(|size| (*asset, size))
            .ok_or(ImageState::Missing(Code::ImageDecode).reason(frame.language)),
        state => Err(state.reason(frame.language)),
    };
    let said = plain_text(caption);
    let caption = caption_strips(context, frame, block.id, image, caption);
    let mut group = match found {
        Err(reason) => {
            // What the caption says is not said twice.
            let alt = if said.trim() == image.alt.trim() { "" } else { image.alt.trim() };
            let mut strips = vec![placeholder(context, frame, block.id, image, alt, reason)];
            strips.extend(caption);
            Group { strips, floats: frame.on_grid, ..Group::default() }
        }
        Ok((asset, size)) => match picture(context, frame, block.id, image, asset, size, &caption) {
            Ok(strip) => {
                let mut strips = vec![strip];
                strips.extend(caption);
                Group { strips, floats: frame.on_grid, least: Some(LEAST), ..Group::default() }
            }
            Err(bands) => {
                let mut group = Group { strips: bands, ..Group::default() };
                group.strips.extend(caption.into_iter().map(|strip| Strip { glued: true, ..strip }));
                return vec![apart(group, frame)];
            }
        },
    };
    group.keep_together();
    vec![apart(group, frame)]
}

fn apart(group: Group, frame: &Frame<'_>) -> Group {
    Group { before: frame.leading * 0.5, after: frame.leading * 0.5, ..group }
}

/// A picture as one strip, or as bands that may stand on several pages when it is higher than two.
fn picture(
    context: &Context<'_>,
    frame: &Frame<'_>,
    id: NodeId,
    image: &Image,
    asset: AssetId,
    (width, height): (Pt, Pt),
    caption: &[Strip],
) -> Result<Strip, Vec<Strip>> {
    let page = context.sheet.grid_height();
    let under: Pt = caption.iter().map(|strip| strip.height).sum();
    let wide = (frame.width / width).min(1.0);
    let make = |width: Pt, height: Pt, slice: (f32, f32)| {
        let rect = Rect { x: frame.x + (frame.width - width) * 0.5, y: Pt::ZERO, width, height };
        let alt = image.alt.clone();
        let picture = Picture { asset, rect, slice, alt, node: Some(context.node(id)) };
        Strip { height, items: vec![Item::Picture(picture)], start: Some((id, 0)), ..Strip::default() }
    };
    let (full_width, full_height) = (width * wide, height * wide);
    if full_height.0 <= page.0 * 2.0 {
        let room = (page - under).max(page * 0.5);
        let scale = (room / full_height).min(1.0);
        return Ok(make(full_width * scale, full_height * scale, (0.0, 1.0)));
    }
    let cuts = cuts(context, asset, full_height, page);
    let band = |(&top, &end): (&f32, &f32)| Strip {
        // A page neither ends with a thin band of a picture nor begins with one.
        glued: top > 0.0
            && (top * full_height.0 < page.0 * THIN_BAND || (1.0 - top) * full_height.0 < page.0 * THIN_BAND),
        ..make(full_width, full_height * (end - top), (top, end))
    };
    Err(cuts.iter().zip(cuts.iter().skip(1)).map(band).collect())
}

/// Where a long picture may be cut, in parts of its height: between its lines of text. Bands that come to
/// stand on one page are one again.
fn cuts(context: &Context<'_>, asset: AssetId, height: Pt, page: Pt) -> Vec<f32> {
    let part = page / height;
    let decoded = context.assets.read(asset).ok().and_then(|bytes| pixels(context, &bytes));
    let mut cuts = vec![0.0];
    match decoded {
        Some(raster) => {
            let rows = raster.height as f32;
            // A page has room for whole rows only.
            let quiet = quiet_rows(&raster, (rows * part).floor() as u32);
            cuts.extend(quiet.into_iter().map(|row| row as f32 / rows));
        }
        None => cuts.extend((1..).map(|index| index as f32 * part).take_while(|&cut| cut < 0.999)),
    }
    cuts.push(1.0);
    cuts
}

/// The pixels of a picture; of a drawing as many as tell where it is quiet.
fn pixels(context: &Context<'_>, bytes: &[u8]) -> Option<images::Raster> {
    if images::sniff(bytes) != Some(images::Format::Svg) {
        return images::decode(bytes).ok();
    }
    let (width, height) = images::svg::size(bytes).ok()?;
    let scale = (SKETCH / width.max(1) as f32).min(1.0);
    let tree = images::svg::parse(bytes, &images::svg::database(context.setter.library())).ok()?;
    images::svg::rasterize(&tree, (width as f32 * scale) as u32, (height as f32 * scale) as u32).ok()
}

/// The caption: what the article says, else the picture's title.
fn caption_strips(
    context: &Context<'_>,
    frame: &Frame<'_>,
    id: NodeId,
    image: &Image,
    caption: &[Inline],
) -> Vec<Strip> {
    let inner = caption_frame(context, frame);
    let mut text = Text::of(context, &inner, caption);
    if text.is_empty() {
        let title = image.title.as_deref().unwrap_or_default().trim();
        text.push_words(title, inline::frame_style(&inner), inner.color, context.role(id.caption()));
    }
    let mut strips = lines::set(context, &inner, &text, Pt::ZERO);
    if let Some(first) = strips.first_mut() {
        let space = inner.size * 0.4;
        first.shift(Pt::ZERO, space);
        first.height += space;
    }
    strips
}

/// The frame of captions.
pub(super) fn caption_frame<'a>(context: &Context<'_>, frame: &Frame<'a>) -> Frame<'a> {
    let kind = &context.sheet.kind;
    let family = if frame.language.is_han() { Family::Kai } else { Family::Serif };
    let side = frame.size;
    let inner = frame.inset(side, side).sized(kind.caption, kind.caption_leading);
    Frame { family, align: Align::Center, color: context.style.color.note, ..inner.flush() }
}

/// A frame with the words that stand for a picture, why it is missing, and its address.
fn placeholder(context: &Context<'_>, frame: &Frame<'_>, id: NodeId, image: &Image, alt: &str, reason: &str) -> Strip {
    let kind = &context.sheet.kind;
    let color = context.style.color.note;
    let pad = frame.size;
    let box_frame = frame.inset(Pt::ZERO, Pt::ZERO).sized(kind.caption, kind.caption_leading);
    let inner = Frame { align: Align::Center, color, family: Family::Serif, ..box_frame.inset(pad, pad).flush() };
    let style = inline::frame_style(&inner);
    let role = context.role(id);
    let mut text = Text::default();
    let mut name = inner;
    name.family = Family::Sans;
    text.push_words(words::word(words::Word::MissingPicture, frame.language), inline::frame_style(&name), color, role);
    if !alt.is_empty() {
        text.push_words("\u{2028}", style, color, role);
        text.push_words(&shorten(alt, LONGEST_ADDRESS), style, context.style.color.text, role);
    }
    if !reason.is_empty() {
        text.push_words("\u{2028}", style, color, role);
        text.push_words(reason, style, color, role);
    }
    if !image.source.starts_with("data:") && !image.source.is_empty() {
        text.push_words("\u{2028}", style, color, role);
        push_address(context, &mut text, &inner, id, &image.source);
    }
    let mut strip = Strip { height: pad, start: Some((id, 0)), ..Strip::default() };
    for line in lines::set(context, &inner, &text, Pt::ZERO) {
        let height = line.height;
        let y = strip.height;
        strip.overlay(line, Pt::ZERO, y);
        strip.height += height;
    }
    strip.height += pad;
    let border = Rect { x: box_frame.x, y: Pt::ZERO, width: box_frame.width, height: strip.height };
    strip.items.insert(0, Item::Stroke(border, Pt(0.5), context.style.color.hairline));
    for call in &mut strip.calls {
        call.item += 1;
    }
    strip
}

/// Adds an address as text that leads there.
pub(super) fn push_address(context: &Context<'_>, text: &mut Text, frame: &Frame<'_>, id: NodeId, address: &str) {
    let target = context.target(address).filter(|target| matches!(target, LinkTarget::Url(_)));
    let live = context.screen && target.is_some();
    let color = if live { context.style.color.link } else { frame.color };
    let mark = text.marks.len();
    text.push_words(&shorten(address, LONGEST_ADDRESS), inline::frame_style(frame), color, context.role(id));
    text.last_is_verbatim();
    if let Some(target) = target {
        text.link_from(mark, Link { node: context.node(id), target, contents: address.to_owned() });
    }
}

/// A text of at most so many characters.
pub(super) fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
