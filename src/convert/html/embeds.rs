//! Drawings inside the page become pictures, and players what the parser makes links of.

use dom_query::NodeRef;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::dom;

/// What need not be encoded in a `data:` address.
const PLAIN: AsciiSet =
    NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'=').remove(b'/').remove(b':').remove(b',');

/// A drawing that is no larger, in pixels, is a sign of the page.
const SIGN: f64 = 32.0;

/// Replaces drawings and players.
pub(super) fn settle(root: &NodeRef<'_>) {
    for drawing in dom::all(root, "svg") {
        if !dom::is_in(&drawing, root) || drawing.ancestors_it(None).any(|outer| dom::name(&outer) == "svg") {
            continue;
        }
        if !is_sign(&drawing) {
            let image = drawing.tree.new_element("img");
            image.set_attr("src", &address_of(&drawing));
            image.set_attr("alt", &words_of(&drawing));
            drawing.insert_before(&image);
        }
        drawing.remove_from_parent();
    }
    for player in dom::all(root, "iframe, embed, object") {
        let name = dom::name(&player);
        // An object without an address of its own is a shell around another element.
        if name == "object" && !player.has_attr("data") {
            dom::unwrap(&player);
            continue;
        }
        let style = player.attr("style").map(|style| style.replace(' ', "").to_ascii_lowercase()).unwrap_or_default();
        // Trackers hide theirs.
        if !style.contains("display:none") && !style.contains("visibility:hidden") {
            let span = player.tree.new_element("span");
            for key in ["src", "data-src", "data", "title", "width", "height", "type", "poster"] {
                if let Some(value) = dom::attribute(&player, key) {
                    span.set_attr(key, &value);
                }
            }
            span.set_attr("data-media", &name);
            player.insert_before(&span);
        }
        player.remove_from_parent();
    }
}

/// Whether a drawing is an icon, or refers to one elsewhere.
fn is_sign(drawing: &NodeRef<'_>) -> bool {
    let shapes = dom::all(drawing, "path, rect, circle, ellipse, line, polyline, polygon, text, image, foreignObject");
    if shapes.is_empty() {
        return true;
    }
    let number = |key: &str| {
        drawing.attr(key).and_then(|size| size.trim().trim_end_matches("px").trim_end_matches("em").parse::<f64>().ok())
    };
    let class = drawing.attr("class").map(|class| class.to_ascii_lowercase()).unwrap_or_default();
    let in_control = drawing.ancestors_it(Some(4)).any(|outer| dom::name(&outer) == "button");
    let is_small = match (number("width"), number("height")) {
        (Some(width), Some(height)) => width <= SIGN && height <= SIGN,
        _ => view_box(drawing).is_some_and(|(width, height)| width <= SIGN && height <= SIGN),
    };
    in_control
        || is_small
        || class.split(['-', ' ', '_']).any(|word| matches!(word, "icon" | "octicon" | "anchor" | "fa"))
}

fn view_box(drawing: &NodeRef<'_>) -> Option<(f64, f64)> {
    let value = drawing.attr("viewBox").or_else(|| drawing.attr("viewbox"))?;
    let mut numbers =
        value.split([' ', ',']).filter(|part| !part.is_empty()).filter_map(|part| part.parse::<f64>().ok());
    Some((numbers.nth(2)?, numbers.next()?))
}

/// A drawing as an address that holds it.
fn address_of(drawing: &NodeRef<'_>) -> String {
    if !drawing.has_attr("xmlns") {
        drawing.set_attr("xmlns", "http://www.w3.org/2000/svg");
    }
    if let (false, Some((width, height))) = (drawing.has_attr("width"), view_box(drawing)) {
        drawing.set_attr("width", &width.to_string());
        drawing.set_attr("height", &height.to_string());
    }
    for script in dom::all(drawing, "script") {
        script.remove_from_parent();
    }
    let html = drawing.html();
    let mut xml = html.replace("&nbsp;", "&#160;");
    if xml.contains("xlink:") && !xml.contains("xmlns:xlink") {
        xml = xml.replacen("<svg", "<svg xmlns:xlink=\"http://www.w3.org/1999/xlink\"", 1);
    }
    format!("data:image/svg+xml;charset=utf-8,{}", utf8_percent_encode(&xml, &PLAIN))
}

/// What a drawing says of itself.
fn words_of(drawing: &NodeRef<'_>) -> String {
    let own = ["aria-label", "title"].iter().find_map(|key| dom::attribute(drawing, key));
    let child = || dom::all(drawing, "title, desc").first().map(dom::line);
    own.or_else(child).unwrap_or_default()
}
