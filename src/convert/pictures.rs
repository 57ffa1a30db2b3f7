//! Pictures in HTML: which address is the real one, and what their caption is.

use dom_query::NodeRef;

use crate::document::{Block, BlockKind, Image, ImageState, Inline, InlineKind, plain_text};
use crate::dom;

use super::veil::unveil;
use crate::dom::{attribute, name as name_of};

/// The caption of a picture that stands alone: its title, else an alternative text that says something.
pub(super) fn caption_of(image: &Image) -> Option<String> {
    let telling = |alt: &str| {
        let extension = alt.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        let file = extension.is_some_and(|extension| {
            matches!(extension.as_str(), "png" | "jpg" | "jpeg" | "gif" | "webp" | "svg" | "bmp" | "avif")
        });
        let generic =
            matches!(alt.to_ascii_lowercase().as_str(), "image" | "img" | "picture" | "图片" | "图像" | "photo");
        !alt.is_empty() && !file && !generic
    };
    image.title.clone().or_else(|| Some(image.alt.trim().to_owned()).filter(|alt| telling(alt)))
}

/// A caption that stands in a paragraph of its own has fewer characters.
const LONGEST_CAPTION: usize = 60;

/// Paragraphs that say what the picture before them shows become its caption.
pub(super) fn take_captions(blocks: &mut Vec<Block>) {
    let mut kept: Vec<Block> = Vec::with_capacity(blocks.len());
    for mut block in std::mem::take(blocks) {
        if let Some(BlockKind::Figure { caption, .. }) = kept.last_mut().map(|last| &mut last.kind)
            && caption.is_empty()
            && let BlockKind::Paragraph(content) = &mut block.kind
            && is_caption(content)
        {
            *caption = match content.as_mut_slice() {
                [Inline { kind: InlineKind::Emphasis(inner), .. }] => std::mem::take(inner),
                _ => std::mem::take(content),
            };
            continue;
        }
        kept.push(block);
    }
    *blocks = kept;
}

/// Whether a paragraph calls itself a caption, `▲`, `图1：`, `图源：`, or is emphasis as a whole.
fn is_caption(content: &[Inline]) -> bool {
    let text = plain_text(content);
    let text = text.trim();
    if text.chars().take(LONGEST_CAPTION).count() == LONGEST_CAPTION
        || content.iter().any(|inline| inline.kind == InlineKind::LineBreak)
    {
        return false;
    }
    let behind = |text: &str| text.starts_with(['：', ':', '.', '、', '．', ' ', '|', '｜']);
    let numbered = text.strip_prefix('图').is_some_and(|rest| {
        let rest = rest.trim_start();
        let number = rest.trim_start_matches(|c: char| c.is_ascii_digit() || "一二三四五六七八九十-".contains(c));
        number.len() < rest.len() && (number.is_empty() || behind(number))
    });
    let named = ["图", "图注", "图源", "图片来源", "图片说明"]
        .iter()
        .any(|name| text.strip_prefix(name).is_some_and(|rest| rest.starts_with(['：', ':'])));
    let emphasized = matches!(content, [Inline { kind: InlineKind::Emphasis(_), .. }]);
    text.starts_with(['▲', '△']) || numbered || named || emphasized
}

/// Whether an address holds what lazy loaders show before a picture comes: a dot, or a drawing of nothing.
fn is_spacer(source: &str) -> bool {
    if source.starts_with("data:image/gif;base64,R0lGODlhAQABA") {
        return true;
    }
    let Some(drawing) = source.strip_prefix("data:image/svg+xml").filter(|rest| !rest.starts_with(";base64")) else {
        return false;
    };
    let drawing = percent_encoding::percent_decode_str(drawing).decode_utf8_lossy().replace('"', "'");
    let root = drawing.find("<svg").and_then(|at| drawing[at..].split('>').next()).unwrap_or_default();
    let is_dot = |key: &str| ["0", "1", "0px", "1px"].iter().any(|size| root.contains(&format!(" {key}='{size}'")));
    let shapes = ["<path", "<rect", "<circle", "<ellipse", "<line", "<poly", "<text", "<image", "<use"];
    (is_dot("width") && is_dot("height")) || !shapes.iter().any(|shape| drawing.contains(shape))
}

/// A picture: lazy loaders keep its address aside, and `srcset` may have a larger one.
pub(super) fn image_of(node: &NodeRef<'_>) -> Option<Image> {
    let tiny = |key: &str| attribute(node, key).is_some_and(|value| matches!(value.trim_end_matches("px"), "0" | "1"));
    if tiny("width") && tiny("height") {
        return None;
    }
    let real = attribute(node, "src")
        .filter(|source| !source.starts_with("data:image/gif") && !source.starts_with("data:image/svg"));
    let lazy = attribute(node, "data-src").or_else(|| attribute(node, "data-original"));
    let set = || attribute(node, "srcset").and_then(|set| dom::largest(&set));
    let parent = || node.parent().filter(|parent| name_of(parent) == "picture");
    let sibling = || {
        parent()?.children_it(false).find_map(|child| attribute(&child, "srcset").and_then(|set| dom::largest(&set)))
    };
    let source = lazy
        .or(real)
        .or_else(set)
        .or_else(sibling)
        .or_else(|| attribute(node, "src"))
        .filter(|source| !is_spacer(source))?;
    let alt = unveil(&attribute(node, "alt").unwrap_or_default());
    Some(Image { source, alt, title: attribute(node, "title"), state: ImageState::Wanted })
}
