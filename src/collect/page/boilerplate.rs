//! What stands inside an article and is none of it: menus, share buttons, related articles, comments, forms, notes on
//! cookies, and the line of author and date, which the book sets itself.
//!
//! The words by which they are known stand in `boilerplate_words`. Code, formulas and drawings are never looked into:
//! highlighters call a comment a comment.

use dom_query::NodeRef;

use super::boilerplate_words::{COMMENTS, OF_ARTICLE, OF_AUTHOR, OF_BYLINE, OTHERS, PARTS, STRONG, WEAK};
use crate::collect::facts::Facts;
use crate::dom;

/// A line of a byline is no longer than this.
const LONGEST_BYLINE: usize = 120;

/// Takes what is none of the article out of its element.
pub(super) fn remove(content: &NodeRef<'_>, facts: &Facts) {
    remove_comments(content);
    let whole = dom::length(content);
    for node in elements(content) {
        if !dom::is_in(&node, content) || is_verbatim(&node) {
            continue;
        }
        match verdict(&node, whole) {
            Verdict::Keep => {}
            Verdict::Unwrap => dom::unwrap(&node),
            Verdict::Remove => {
                keep_name(&node);
                node.remove_from_parent();
            }
        }
    }
    remove_lists_of_others(content);
    remove_byline(content, facts);
}

fn elements<'a>(content: &NodeRef<'a>) -> Vec<NodeRef<'a>> {
    content.descendants_it().filter(NodeRef::is_element).collect()
}

fn remove_comments(content: &NodeRef<'_>) {
    let comments: Vec<NodeRef<'_>> = content.descendants_it().filter(NodeRef::is_comment).collect();
    comments.iter().for_each(NodeRef::remove_from_parent);
}

/// Whether a node stands in something whose classes are not about the page.
fn is_verbatim(node: &NodeRef<'_>) -> bool {
    node.ancestors_it(None).any(|outer| {
        matches!(dom::name(&outer).as_str(), "pre" | "code" | "math" | "svg")
            || ["katex", "MathJax", "mjx-container"].iter().any(|class| outer.has_class(class))
    })
}

/// The sign behind a heading may carry the name by which links know the heading.
fn keep_name(node: &NodeRef<'_>) {
    let Some(id) = dom::attribute(node, "id").filter(|_| dom::name(node) == "a") else { return };
    let is_heading = |node: &NodeRef<'_>| matches!(dom::name(node).as_bytes(), [b'h', b'1'..=b'6']);
    let heading =
        node.ancestors_it(Some(3)).find(is_heading).or_else(|| node.prev_element_sibling().filter(is_heading));
    if let Some(heading) = heading.filter(|heading| !heading.has_attr("id")) {
        heading.set_attr("id", &id);
    }
}

enum Verdict {
    Keep,
    Unwrap,
    Remove,
}

fn verdict(node: &NodeRef<'_>, whole: usize) -> Verdict {
    let name = dom::name(node);
    let is_large = || dom::length(node) * 3 > whole;
    match name.as_str() {
        // Formulas stand in scripts; the converter takes them out.
        "script" if node.attr("type").is_some_and(|kind| kind.starts_with("math/")) => Verdict::Keep,
        // A box that is ticked in a list is a task.
        "input" if node.ancestors_it(Some(3)).any(|outer| dom::name(&outer) == "li") => Verdict::Keep,
        "script" | "style" | "template" | "link" | "meta" | "base" | "dialog" | "input" | "select" | "textarea" => {
            Verdict::Remove
        }
        "pre" | "code" | "math" | "svg" | "table" | "tr" | "td" | "th" | "tbody" => by_visibility(node, whole),
        // Some sites wrap the whole page in a form, or its pictures in buttons.
        "form" | "fieldset" if is_large() => Verdict::Unwrap,
        "button" if !dom::all(node, "img").is_empty() => Verdict::Unwrap,
        "form" | "fieldset" | "button" | "nav" => Verdict::Remove,
        "footer"
            if node.ancestors_it(None).any(|outer| matches!(dom::name(&outer).as_str(), "blockquote" | "figure")) =>
        {
            Verdict::Keep
        }
        "footer" if !is_large() && dom::all(node, "[id*=fn], [class*=footnote]").is_empty() => Verdict::Remove,
        "aside" if dom::link_density(node) > 0.5 && dom::all(node, "[class*=footnote]").is_empty() => Verdict::Remove,
        "a" if is_permalink(node) => Verdict::Remove,
        "p" | "div" if is_button(node) => Verdict::Remove,
        _ => by_visibility(node, whole),
    }
}

/// A sign behind a heading that links to the heading itself.
fn is_permalink(node: &NodeRef<'_>) -> bool {
    let text = dom::line(node);
    let is_sign =
        text.is_empty() || matches!(text.as_str(), "#" | "¶" | "§" | "🔗" | "∞" | "Link" | "Permalink" | "Anchor");
    let to_self = node.attr("href").is_some_and(|target| target.starts_with('#') || target.contains('#'));
    let in_heading =
        node.ancestors_it(Some(3)).any(|outer| matches!(dom::name(&outer).as_bytes(), [b'h', b'1'..=b'6']))
            || node.parent().is_some_and(|parent| parent.attr("class").is_some_and(|class| class.contains("heading")));
    is_sign && to_self && in_heading && dom::all(node, "img").is_empty()
}

/// Whether a block is one link that looks like a button: a call to subscribe, not a sentence.
fn is_button(node: &NodeRef<'_>) -> bool {
    let children = node.element_children();
    let [link] = children.as_slice() else { return false };
    let called = dom::words(link).iter().any(|word| matches!(word.as_str(), "button" | "btn"));
    dom::name(link) == "a" && called && dom::line(node) == dom::line(link) && dom::line(node).chars().count() <= 40
}

/// What nobody sees, and what is called as something that is not the article.
fn by_visibility(node: &NodeRef<'_>, whole: usize) -> Verdict {
    if is_hidden(node) {
        return Verdict::Remove;
    }
    let words = dom::words(node);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let pair = |first: &[&str], second: &[&str]| {
        words.windows(2).any(|pair| first.contains(&pair[0].as_str()) && second.contains(&pair[1].as_str()))
    };
    let strong = has(&STRONG);
    let weak = has(&WEAK) || pair(&OF_ARTICLE, &PARTS) || pair(&["author"], &OF_AUTHOR);
    if !strong && !weak {
        return Verdict::Keep;
    }
    let length = dom::length(node);
    // Half of the article is no share button, whatever it is called.
    let goes = (strong && length * 2 <= whole.max(1)) || (weak && length * 6 <= whole);
    let is_comments = has(&COMMENTS) && !holds_footnotes(node);
    let holds_code = || !dom::all(node, "pre").is_empty();
    if is_comments || (goes && !holds_code()) { Verdict::Remove } else { Verdict::Keep }
}

fn holds_footnotes(node: &NodeRef<'_>) -> bool {
    node.attr("class").is_some_and(|class| class.contains("footnote"))
}

fn is_hidden(node: &NodeRef<'_>) -> bool {
    let style = node.attr("style").map(|style| style.to_ascii_lowercase().replace(' ', "")).unwrap_or_default();
    if node.has_attr("hidden") || style.contains("display:none") || style.contains("visibility:hidden") {
        return true;
    }
    let is_formula = ["katex", "MathJax", "mjx", "mwe-math", "MJX"]
        .iter()
        .any(|part| node.attr("class").is_some_and(|class| class.contains(part)));
    if is_formula {
        return false;
    }
    let words = dom::words(node);
    let pair = |first: &str, second: &str| words.windows(2).any(|pair| pair[0] == first && pair[1] == second);
    pair("sr", "only") || pair("visually", "hidden") || pair("screen", "reader") || pair("assistive", "text")
}

/// Takes out the lists of other articles behind their headings.
fn remove_lists_of_others(content: &NodeRef<'_>) {
    for heading in dom::all(content, "h2, h3, h4, h5, h6, p, div, strong") {
        let is_short = dom::short_line(&heading, LONGEST_BYLINE).is_some();
        if !is_short || !OTHERS.is_match(&heading.text()) || !dom::is_in(&heading, content) {
            continue;
        }
        let block = heading
            .ancestors_it(Some(2))
            .find(|outer| outer.id != content.id && dom::line(outer) == dom::line(&heading) && !outer.is_document());
        let block = block.unwrap_or(heading);
        let Some(list) = block.next_element_sibling() else { continue };
        if dom::link_density(&list) > 0.6 && dom::length(&list) > 0 {
            list.remove_from_parent();
            block.remove_from_parent();
        }
    }
}

/// Takes out the lines of author, date and reading time that stand above the text.
fn remove_byline(content: &NodeRef<'_>, facts: &Facts) {
    let mut seen_text = false;
    for node in elements(content) {
        if seen_text {
            break;
        }
        if !dom::is_in(&node, content) {
            continue;
        }
        let name = dom::name(&node);
        if is_portrait(&node, facts) {
            node.remove_from_parent();
            continue;
        }
        let is_subtitle =
            || dom::words(&node).iter().any(|word| matches!(word.as_str(), "subtitle" | "standfirst" | "dek"));
        if matches!(name.as_bytes(), [b'h', b'2'..=b'6']) && is_subtitle() {
            node.rename("p");
        }
        if !is_leaf(&node) || matches!(name.as_str(), "img" | "br" | "source" | "hr") || is_verbatim(&node) {
            continue;
        }
        let text = dom::line(&node);
        let length = text.chars().count();
        if length == 0 {
            continue;
        }
        if matches!(name.as_bytes(), [b'h', b'1'..=b'6']) || matches!(name.as_str(), "figcaption" | "blockquote") {
            continue;
        }
        let is_date = crate::collect::dates::parse(text.trim_matches(['·', '|', ' '])).is_some();
        let is_author = facts.authors.iter().any(|author| text.contains(author.as_str())) && length <= 60;
        let is_site = facts.site.as_ref().is_some_and(|site| text == *site);
        let is_mark = !text.chars().any(char::is_alphanumeric);
        let is_sentence = text.ends_with(['。', '！', '？', '.', '!', '?', '”', '：']) && length >= 20;
        if length > LONGEST_BYLINE || (is_sentence && !is_author) {
            seen_text = true;
        } else if is_date || is_author || is_site || is_mark || OF_BYLINE.is_match(&text) {
            node.remove_from_parent();
        } else if length >= 30 {
            seen_text = true;
        }
    }
}

/// Whether a picture above the text shows the author.
fn is_portrait(node: &NodeRef<'_>, facts: &Facts) -> bool {
    let alt = dom::attribute(node, "alt").filter(|_| dom::name(node) == "img").unwrap_or_default();
    facts
        .authors
        .iter()
        .any(|author| alt.contains(author.as_str()) && alt.chars().count() <= author.chars().count() + 12)
}

/// Whether an element holds no other blocks, and is a block or stands among blocks.
fn is_leaf(node: &NodeRef<'_>) -> bool {
    const BLOCKS: &str =
        "p, div, section, ul, ol, li, table, figure, header, h1, h2, h3, h4, h5, h6, blockquote, pre, dl, aside";
    let name = dom::name(node);
    let is_block =
        BLOCKS.split(", ").any(|block| block == name) || matches!(name.as_str(), "time" | "span" | "a" | "address");
    let parent_is_leaf = node.parent().is_some_and(|parent| {
        !matches!(
            dom::name(&parent).as_str(),
            "div" | "section" | "header" | "article" | "main" | "body" | "aside" | "li"
        )
    });
    is_block && !parent_is_leaf && dom::all(node, BLOCKS).is_empty() && !(is_inline(&name) && has_text_beside(node))
}

fn is_inline(name: &str) -> bool {
    matches!(name, "time" | "span" | "a")
}

/// Whether text stands beside an inline element, so that it is a piece of a line.
fn has_text_beside(node: &NodeRef<'_>) -> bool {
    node.parent().is_some_and(|parent| {
        parent
            .children_it(false)
            .any(|child| child.is_text() && child.text().chars().filter(|c| c.is_alphanumeric()).count() > 3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use dom_query::Document;

    const TEXT: &str = "山里的雪化了，河水涨了起来，孩子们在桥上看船，等到天黑才回家，谁也没有说话，只听见水声。";

    fn left(html: &str) -> String {
        let tree = Document::from(format!("<body><p>{TEXT}{TEXT}</p>{html}<p>{TEXT}{TEXT}</p>"));
        let body = tree.body().expect("a body");
        remove(&body, &Facts { authors: vec!["沈舟".to_owned()], ..Facts::default() });
        dom::line(&body).replace(TEXT, "").trim().to_owned()
    }

    #[test]
    fn what_is_called_as_something_else_goes_and_what_only_sounds_so_stays() {
        for gone in [
            "<div class='sharedaddy'>分享到</div>",
            "<section id=comments><p>很好</p></section>",
            "<form><label>邮箱</label><input></form>",
            "<div class=cookie-notice>我们用饼干</div>",
            "<nav><a href=/a>上一篇</a></nav>",
            "<h3>相关阅读</h3><ul><li><a href=/a>另一篇文章</a></li></ul>",
            "<p hidden>x</p><p style='display: none'>y</p><span class='sr-only'>z</span>",
            "<div class='entry-meta'>归类：散文</div>",
            "<!-- 注释 -->",
        ] {
            assert_eq!(left(gone), "", "{gone}");
        }
        for kept in [
            "<pre><span class='hljs-comment'>// x</span></pre>",
            "<aside class='note'><p>一句旁白</p></aside>",
            "<h3>相关阅读</h3><p>书单：《江》。</p>",
            "<p class='sharpened'>磨刀</p>",
            "<div class=code-toolbar><pre>x</pre></div>",
            "<blockquote><p>话</p><footer>沈舟</footer></blockquote>",
        ] {
            assert_ne!(left(kept), "", "{kept}");
        }
    }

    #[test]
    fn the_lines_above_the_text_go_and_a_standfirst_stays() {
        let tree = Document::from(format!(
            "<body><h1>题</h1><p>雪后的江上。</p><div><a href=/u>沈舟</a> · <span>5 min read</span></div>\
             <div><time>2024年3月5日</time></div><p>{TEXT}{TEXT}</p><p>沈舟</p>"
        ));
        let body = tree.body().expect("a body");
        remove(&body, &Facts { authors: vec!["沈舟".to_owned()], ..Facts::default() });
        assert_eq!(dom::line(&body).replace(TEXT, ""), "题雪后的江上。沈舟");
    }
}
