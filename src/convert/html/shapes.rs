//! Forms of sites become those of HTML: captions, galleries, alerts, tasks, tables that only place things.

use dom_query::NodeRef;

use crate::dom;

/// Classes of captions, and of the boxes around picture and caption.
const CAPTIONS: &str = ".wp-caption-text, .caption-text, .image-caption, .img-caption, .article-image-caption, .pgc-img-caption, .pic-caption";
const CAPTIONED: &str =
    ".wp-caption, .captioned-image, .image-container, .img-container, .pgc-img, .picture-box, .pic-box, .image-block";

/// Brings them into form.
pub(super) fn settle(root: &NodeRef<'_>) {
    captions(root);
    image_links(root);
    galleries(root);
    alerts(root);
    attributions(root);
    tables(root);
    anchors(root);
}

fn captions(root: &NodeRef<'_>) {
    for caption in dom::all(root, CAPTIONS) {
        if caption.ancestors_it(None).any(|outer| dom::name(&outer) == "figure") {
            caption.rename("figcaption");
            continue;
        }
        let boxed = caption.ancestors_it(Some(3)).find(|outer| {
            outer.id != root.id
                && outer
                    .attr("class")
                    .is_some_and(|class| class.split_whitespace().any(|word| CAPTIONED.contains(word)))
        });
        if let Some(boxed) = boxed.filter(|boxed| !dom::all(boxed, "img").is_empty()) {
            boxed.rename("figure");
            caption.rename("figcaption");
            // The caption is a child of its figure.
            boxed.append_child(&caption);
        }
    }
    // A caption deep inside its figure moves up.
    for caption in dom::all(root, "figure figcaption") {
        let figure = caption.ancestors_it(None).find(|outer| dom::name(outer) == "figure");
        if let Some(figure) = figure.filter(|figure| caption.parent().is_some_and(|parent| parent.id != figure.id)) {
            figure.append_child(&caption);
        }
    }
}

/// A picture that links to itself in another size is no link.
fn image_links(root: &NodeRef<'_>) {
    for link in dom::all(root, "a") {
        let images = dom::all(&link, "img");
        if images.is_empty() || !link.text().trim().is_empty() {
            continue;
        }
        let target = dom::attribute(&link, "href").unwrap_or_default().to_ascii_lowercase();
        let path = target.split(['?', '#']).next().unwrap_or_default();
        let is_picture =
            [".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".svg"].iter().any(|ending| path.ends_with(ending));
        let in_figure = link.ancestors_it(None).any(|outer| dom::name(&outer) == "figure");
        let same = images
            .iter()
            .any(|image| dom::attribute(image, "src").is_some_and(|source| source.eq_ignore_ascii_case(&target)));
        if target.is_empty() || is_picture || same || in_figure {
            dom::unwrap(&link);
        }
    }
}

/// A list of pictures is the pictures, and a figure of figures its figures.
fn galleries(root: &NodeRef<'_>) {
    for list in dom::all(root, "ul, ol") {
        let items = list.element_children();
        let is_picture = |item: &NodeRef<'_>| {
            let outside = item.text().trim().len()
                - dom::all(item, "figcaption")
                    .iter()
                    .map(|c| c.text().trim().len())
                    .sum::<usize>()
                    .min(item.text().trim().len());
            dom::name(item) == "li" && outside == 0 && !dom::all(item, "img").is_empty()
        };
        if !items.is_empty() && items.iter().all(is_picture) {
            items.iter().for_each(|item| item.rename("div"));
            list.rename("div");
        }
    }
    for figure in dom::all(root, "figure") {
        if !dom::all(&figure, "figure").is_empty() {
            figure.rename("div");
        }
    }
}

/// Boxes of notes and warnings, as GitHub and documentation tools make them.
fn alerts(root: &NodeRef<'_>) {
    for alert in dom::all(root, ".markdown-alert, .admonition, .callout-block, .custom-block") {
        let words = dom::words(&alert);
        let kind = ["note", "tip", "important", "warning", "caution"]
            .iter()
            .find(|kind| words.iter().any(|word| word == *kind));
        let other = || match words
            .iter()
            .map(String::as_str)
            .find(|word| matches!(*word, "info" | "hint" | "danger" | "attention" | "error" | "seealso"))?
        {
            "info" | "seealso" => Some("note"),
            "hint" => Some("tip"),
            "attention" => Some("warning"),
            _ => Some("caution"),
        };
        let Some(kind) = kind.copied().or_else(other) else { continue };
        for title in dom::all(&alert, ".markdown-alert-title, .admonition-title, .custom-block-title") {
            let text = title.text().trim().to_lowercase();
            // A title of its own says more than the kind.
            if text.is_empty() || dom::words(&alert).contains(&text) {
                title.remove_from_parent();
            }
        }
        alert.rename("blockquote");
        alert.set_attr("data-alert", kind);
    }
}

/// Who said what is quoted stands in a line of its own, behind a dash.
fn attributions(root: &NodeRef<'_>) {
    for cite in dom::all(root, "blockquote > cite, blockquote > footer") {
        let text = cite.text().trim().to_owned();
        if text.is_empty() {
            continue;
        }
        if !text.starts_with(['—', '–', '-', '―']) {
            let dash = if text.chars().any(crate::convert::clean::is_han) { "——" } else { "— " };
            cite.prepend_html(dash);
        }
        dom::all(&cite, "cite").iter().for_each(dom::unwrap);
        cite.rename("p");
    }
}

/// Items of a list with a box to be ticked are tasks.
pub(super) fn tasks(root: &NodeRef<'_>) {
    for tick in dom::all(root, "li input[type=checkbox]") {
        let item = tick.ancestors_it(Some(3)).find(|outer| dom::name(outer) == "li");
        if let Some(item) = item {
            item.set_attr("data-task", if tick.has_attr("checked") { "done" } else { "open" });
        }
    }
}

/// Tables that only place things: of one cell, or with other tables or headings inside.
fn tables(root: &NodeRef<'_>) {
    for table in dom::all(root, "table").into_iter().rev() {
        let cells = dom::all(&table, "td, th");
        let declared = table.attr("role").is_some_and(|role| matches!(&*role, "presentation" | "none"));
        let places = !dom::all(&table, "table, h1, h2, h3").is_empty() && dom::all(&table, "th").is_empty();
        if !declared && !places && cells.len() != 1 {
            continue;
        }
        for part in dom::all(&table, "tbody, thead, tfoot, tr, td, th, caption") {
            part.rename("div");
        }
        table.rename("div");
    }
}

/// A link to an element inside a heading, or around it, is one to the heading.
fn anchors(root: &NodeRef<'_>) {
    let wanted: std::collections::BTreeSet<String> = dom::all(root, "a[href^='#']")
        .iter()
        .filter_map(|link| dom::attribute(link, "href"))
        .map(|href| href.trim_start_matches('#').to_owned())
        .collect();
    if wanted.is_empty() {
        return;
    }
    let mut known = std::collections::BTreeMap::new();
    for heading in dom::all(root, "h1, h2, h3, h4, h5, h6") {
        let inner = dom::all(&heading, "[id], [name]");
        let before = heading.prev_element_sibling().filter(|before| before.text().trim().is_empty());
        let parent = heading.parent().filter(|parent| {
            parent.id != root.id && parent.first_element_child().is_some_and(|first| first.id == heading.id)
        });
        let nodes = std::iter::once(heading).chain(inner).chain(before).chain(parent);
        let names: Vec<String> =
            nodes.flat_map(|node| [dom::attribute(&node, "id"), dom::attribute(&node, "name")]).flatten().collect();
        let Some(own) = names.iter().find(|name| wanted.contains(*name)).or(names.first()).cloned() else { continue };
        heading.set_attr("id", &own);
        for name in names {
            known.entry(name).or_insert_with(|| own.clone());
        }
    }
    for link in dom::all(root, "a[href^='#']") {
        let name =
            dom::attribute(&link, "href").map(|href| href.trim_start_matches('#').to_owned()).unwrap_or_default();
        match known.get(&name) {
            Some(own) => link.set_attr("href", &format!("#{own}")),
            // Only headings can be linked to; the words of the link stay.
            None => link.remove_attr("href"),
        }
    }
}
