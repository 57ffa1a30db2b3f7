//! Which part of a page is the article.
//!
//! `dom_smoothie` judges by text, punctuation and links, and gives a page that it has cut; what it cuts may belong to the
//! article. So it works on a copy in which every element has a number, and only tells where the article is: the
//! element that holds nearly all of what it kept. Elements that say by themselves that they are the article, around or
//! inside of that, know its borders better. What does not belong to it goes later ([`super::boilerplate`]).

use std::collections::BTreeMap;

use dom_query::{Document, NodeRef};
use dom_smoothie::{Config, Readability};

use crate::dom;

/// Names that sites give to the text of an article.
const BODIES: &str = "[itemprop~=articleBody], .markdown-body, .entry-content, .post-content, .article-content, \
    .article-body, .articleBody, .post-body, .story-body, .article__body, .post__content, .entry__content, .body.markup, \
    .article_content, .RichText, .TRS_Editor, .rich_media_content, #js_content, #article-content, #articleContent, \
    #ArticleContent, #artibody, #article_content, .c-article-body, .e-content";

/// The number of an element, while the page is judged.
const NUMBER: &str = "data-wenji-number";

/// Pages with more elements are not judged.
const MOST_ELEMENTS: usize = 60_000;

/// Which part of the kept text the element of the article holds at least.
const NEARLY_ALL: f32 = 0.85;

/// The element that holds the article.
pub(super) fn content(tree: &Document) -> NodeRef<'_> {
    let body = tree.body().unwrap_or_else(|| tree.root());
    match judged(tree, &body) {
        Some(found) => around_or_inside(tree, found),
        None => largest(&dom::all(&body, BODIES))
            .or_else(|| largest(&dom::all(&body, "article")))
            .or_else(|| largest(&dom::all(&body, "main, [role=main]")))
            .unwrap_or(body),
    }
}

fn largest<'a>(nodes: &[NodeRef<'a>]) -> Option<NodeRef<'a>> {
    nodes.iter().filter(|node| dom::length(node) > 0).max_by_key(|node| dom::length(node)).copied()
}

/// The element that holds nearly all that the library kept; `None` when it found no article.
fn judged<'a>(tree: &Document, body: &NodeRef<'a>) -> Option<NodeRef<'a>> {
    let elements: Vec<NodeRef<'a>> = body.descendants_it().filter(NodeRef::is_element).collect();
    if elements.len() > MOST_ELEMENTS {
        return None;
    }
    for (number, element) in elements.iter().enumerate() {
        element.set_attr(NUMBER, &number.to_string());
    }
    let html = tree.html();
    elements.iter().for_each(|element| element.remove_attr(NUMBER));
    let config = Config { disable_json_ld: true, ..Config::default() };
    let article = Readability::new(html, None, Some(config)).ok()?.parse().ok()?;
    let kept = Document::from(article.content);
    // How much of the kept text stands in each element, by its number.
    let mut weights: BTreeMap<usize, usize> = BTreeMap::new();
    let mut whole = 0;
    for node in kept.select(&format!("[{NUMBER}]")).nodes() {
        let weight = node.immediate_text().chars().filter(|c| !c.is_whitespace()).count();
        let number = node.attr(NUMBER).and_then(|number| number.parse::<usize>().ok());
        if let Some(number) = number.filter(|number| weight > 0 && *number < elements.len()) {
            *weights.entry(number).or_default() += weight;
            whole += weight;
        }
    }
    if whole == 0 {
        return None;
    }
    let sums = sums(&elements, &weights);
    let enough = (whole as f32 * NEARLY_ALL) as usize;
    // Elements stand in the order of the document: the last that holds enough is the innermost.
    let innermost = elements.iter().zip(&sums).rev().find(|(_, sum)| **sum > enough);
    innermost.map(|(element, _)| block_around(element))
}

/// For each element, how much weight stands in it.
fn sums(elements: &[NodeRef<'_>], weights: &BTreeMap<usize, usize>) -> Vec<usize> {
    let mut places = BTreeMap::new();
    for (number, element) in elements.iter().enumerate() {
        places.insert(element.id, number);
    }
    let mut sums: Vec<usize> = (0..elements.len()).map(|number| weights.get(&number).copied().unwrap_or(0)).collect();
    for number in (0..elements.len()).rev() {
        let parent = elements[number].parent().and_then(|parent| places.get(&parent.id).copied());
        if let Some(parent) = parent {
            sums[parent] += sums[number];
        }
    }
    sums
}

/// The element itself, or for a paragraph that is nearly the whole article, what it stands in.
fn block_around<'a>(element: &NodeRef<'a>) -> NodeRef<'a> {
    const CONTAINERS: [&str; 9] = ["div", "section", "article", "main", "body", "td", "center", "form", "blockquote"];
    let is_container = |node: &NodeRef<'a>| CONTAINERS.contains(&dom::name(node).as_str());
    if is_container(element) {
        return *element;
    }
    element.ancestors_it(None).find(is_container).unwrap_or(*element)
}

/// The element that calls itself the article, around what was found or inside of it.
fn around_or_inside<'a>(tree: &'a Document, found: NodeRef<'a>) -> NodeRef<'a> {
    let length = dom::length(&found);
    for selector in [BODIES, "article"] {
        let selected = tree.select(selector);
        let nodes = selected.nodes();
        // The innermost that holds all of what was found: an article in several sections is whole there.
        if let Some(outer) = nodes.iter().filter(|node| dom::is_in(&found, node)).min_by_key(|node| dom::length(node)) {
            return *outer;
        }
        // They stand in the order of the document: what an element holds follows it at once.
        let mut outermost: Vec<&NodeRef<'_>> = Vec::new();
        for node in nodes.iter().filter(|node| dom::is_in(node, &found)) {
            if outermost.last().is_none_or(|last| !dom::is_in(node, last)) {
                outermost.push(node);
            }
        }
        // Several that share the text are parts of one article, between which something else may stand.
        if let [inner] = outermost.as_slice()
            && dom::length(inner) * 2 >= length
        {
            return **inner;
        }
    }
    // An article without an element of its own may be cut into sections of the main part.
    let main = dom::all(&tree.root(), "main, [role=main]").into_iter().find(|main| dom::is_in(&found, main));
    match main {
        Some(main) if dom::length(&main) <= length * 5 / 2 && dom::link_density(&main) < 0.3 => main,
        _ => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "山里的雪化了，河水涨了起来，孩子们在桥上看船，等到天黑才回家，谁也没有说话。";

    fn found(html: &str) -> String {
        let tree = Document::from(html);
        dom::line(&content(&tree))
    }

    #[test]
    fn an_article_in_several_sections_is_whole() {
        let paragraphs = format!("<p>{TEXT}{TEXT}</p><p>{TEXT}</p><p>{TEXT}{TEXT}</p>");
        let sections = format!("<section><h2>一</h2>{paragraphs}</section><section><h2>二</h2>{paragraphs}</section>");
        let menu = "<nav><ul><li><a href=/a>首页</a></li><li><a href=/b>关于</a></li></ul></nav>";
        for name in ["article", "main"] {
            let text = found(&format!("<body>{menu}<{name}><h1>题</h1>{sections}</{name}><footer>页脚</footer>"));
            assert!(text.contains('一') && text.contains('二') && !text.contains("页脚"), "{name}: {text}");
        }
    }

    #[test]
    fn a_short_article_is_found_by_what_it_calls_itself() {
        let page = "<body><div><a href=/>首页</a></div><div class=entry-content><p>今天下雨。</p></div><div>页脚</div>";
        assert_eq!(found(page), "今天下雨。");
        assert_eq!(found("<body><main><p>今天下雨。</p></main><div>x</div>"), "今天下雨。");
        assert_eq!(found("<body><p>今天下雨。</p>"), "今天下雨。");
    }
}
