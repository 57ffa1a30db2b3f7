//! Pictures in HTML: which address is the real one, and what their caption is.

use dom_query::NodeRef;

use crate::document::{Image, ImageState};
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
    let source = lazy.or(real).or_else(set).or_else(sibling).or_else(|| attribute(node, "src"))?;
    let alt = unveil(&attribute(node, "alt").unwrap_or_default());
    Some(Image { source, alt, title: attribute(node, "title"), state: ImageState::Wanted })
}
