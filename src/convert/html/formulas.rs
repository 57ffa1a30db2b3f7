//! Formulas of pages become TeX: from MathJax's scripts, KaTeX's and other MathML, pictures that carry their source, and
//! delimiters that a script of the page would have replaced.

use std::sync::LazyLock;

use dom_query::NodeRef;
use regex::Regex;

use super::mathml;
use crate::convert::clean::is_wide;
use crate::convert::xhtml::escape;
use crate::dom;

/// `\[…\]`, `\(…\)`, `$$…$$` and `$…$`; the groups in this order.
static DELIMITED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)\\\[(.{1,2000}?)\\\]|\\\((.{1,1000}?)\\\)|\$\$(.{1,2000}?)\$\$|\$([^$\n]{1,400}?)\$")
        .expect("the pattern is a constant, and the tests compile it")
});

/// Replaces every formula by its TeX.
pub(super) fn settle(root: &NodeRef<'_>) {
    scripts(root);
    for (selector, display) in [
        (".katex-display", Some(true)),
        (".katex", None),
        (".mwe-math-element", None),
        (".MathJax_Display, .MJXc-display", Some(true)),
        ("mjx-container, .MathJax, .MathJax_SVG, .MathJax_CHTML, .mjx-chtml", None),
        ("math", None),
    ] {
        for node in dom::all(root, selector) {
            if is_attached(&node, root)
                && let Some((tex, block)) = source_of(&node)
            {
                replace(&node, &tex, display.unwrap_or(block));
            }
        }
    }
    // What MathJax shows while it works.
    dom::all(root, ".MathJax_Preview").iter().for_each(NodeRef::remove_from_parent);
    pictures(root);
    delimiters(root);
}

fn is_attached(node: &NodeRef<'_>, root: &NodeRef<'_>) -> bool {
    dom::is_in(node, root)
}

/// Puts a formula in the place of an element. One that stands alone is a block of its own.
fn replace(node: &NodeRef<'_>, tex: &str, display: bool) {
    let tex = escape(&bare(tex));
    if display {
        node.before_html(format!("<div><code data-math=\"display\">{tex}</code></div>"));
    } else {
        node.before_html(format!("<code data-math=\"inline\">{tex}</code>"));
    }
    node.remove_from_parent();
}

/// TeX without what only says how it is displayed.
fn bare(tex: &str) -> String {
    let mut tex = tex.trim();
    for (open, close) in [("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$"), ("% <![CDATA[", "%]]>")] {
        if let Some(inner) = tex.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)) {
            tex = inner.trim();
        }
    }
    for style in ["{\\displaystyle ", "{\\textstyle "] {
        if let Some(inner) = tex.strip_prefix(style).and_then(|rest| rest.strip_suffix('}')) {
            tex = inner.trim();
        }
    }
    tex.to_owned()
}

/// MathJax keeps the source in a script behind what it draws.
fn scripts(root: &NodeRef<'_>) {
    for script in dom::all(root, "script[type^='math/tex']") {
        while let Some(drawn) = script.prev_element_sibling() {
            let class = dom::attribute(&drawn, "class").unwrap_or_default();
            if !class.contains("MathJax") && !class.contains("mjx") && !class.contains("MJX") {
                break;
            }
            drawn.remove_from_parent();
        }
        let display = script.attr("type").is_some_and(|kind| kind.contains("mode=display"));
        replace(&script, &script.text(), display);
    }
}

/// The TeX of an element that holds MathML, and whether the formula stands alone.
fn source_of(node: &NodeRef<'_>) -> Option<(String, bool)> {
    let display = node.attr("display").is_some_and(|display| matches!(&*display, "block" | "true"))
        || node.attr("class").is_some_and(|class| class.contains("mwe-math-element-block"));
    if let Some(tex) = dom::attribute(node, "data-latex") {
        return Some((tex, display));
    }
    // MathJax 2 keeps its MathML in an attribute.
    let kept = dom::attribute(node, "data-mathml").map(dom_query::Document::fragment);
    let root = kept.as_ref().map(dom_query::Document::html_root);
    let outer = root.as_ref().unwrap_or(node);
    let annotation = dom::all(outer, "annotation").into_iter().find(|annotation| {
        annotation.attr("encoding").is_some_and(|encoding| encoding.to_ascii_lowercase().contains("tex"))
    });
    let math = if dom::name(outer) == "math" { Some(*outer) } else { dom::all(outer, "math").into_iter().next() };
    let block = math.as_ref().is_some_and(|math| {
        math.attr("display").is_some_and(|display| &*display == "block")
            || math.attr("mode").is_some_and(|mode| &*mode == "display")
    });
    let declared = || math.as_ref().and_then(|math| dom::attribute(math, "alttext"));
    let built = || math.as_ref().map(mathml::tex);
    let tex = annotation.map(|annotation| annotation.text().to_string()).or_else(declared).or_else(built)?;
    (!tex.trim().is_empty()).then_some((tex, display || block))
}

/// Pictures and drawings that carry the source of the formula that they show.
fn pictures(root: &NodeRef<'_>) {
    for node in dom::all(root, "[data-formula]") {
        let Some(tex) = dom::attribute(&node, "data-formula").filter(|_| is_attached(&node, root)) else { continue };
        let class = dom::attribute(&node, "class").unwrap_or_default();
        let block = matches!(dom::name(&node).as_str(), "section" | "div" | "figure" | "p") || class.contains("block");
        replace(&node, &tex, block);
    }
    for image in dom::all(root, "img") {
        let class = dom::attribute(&image, "class").unwrap_or_default().to_ascii_lowercase();
        let source = dom::attribute(&image, "src").unwrap_or_default();
        let called = class.split_whitespace().any(|word| {
            matches!(word, "latex" | "tex" | "math" | "formula" | "equation" | "ee_img") || word.starts_with("mwe-math")
        });
        let drawn = source.contains("/equation?tex=")
            || source.contains("latex.codecogs.com")
            || source.contains("/latex.php?")
            || source.contains("chart?cht=tx");
        if !called && !drawn && !image.has_attr("data-eeimg") {
            continue;
        }
        let Some(tex) = dom::attribute(&image, "alt").or_else(|| tex_of(&source)) else { continue };
        let display = class.contains("block") || class.contains("display") || tex.trim_start().starts_with("\\[");
        replace(&image, &tex, display);
    }
}

/// The TeX in the address of a picture that a server draws.
fn tex_of(source: &str) -> Option<String> {
    let url = url::Url::parse(source).ok()?;
    let value = url.query_pairs().find(|(key, _)| matches!(&**key, "tex" | "latex" | "chl" | "eq"));
    value.map(|(_, value)| value.into_owned()).filter(|tex| !tex.trim().is_empty())
}

/// Formulas that stand in the text between their delimiters.
fn delimiters(root: &NodeRef<'_>) {
    let is_text = |node: &NodeRef<'_>| node.is_text() && node.text().contains(['$', '\\']) && !is_verbatim(node);
    let texts: Vec<NodeRef<'_>> = root.descendants_it().filter(|node| is_text(node)).collect();
    let certain = texts
        .iter()
        .any(|node| DELIMITED.captures_iter(&node.text()).any(|found| verdict(&found, &node.text()) == Some(true)));
    for node in texts {
        let text = node.text().to_string();
        let mut out = String::new();
        let mut at = 0;
        for found in DELIMITED.captures_iter(&text) {
            let Some(whole) = found.get(0) else { continue };
            if verdict(&found, &text).is_none_or(|sure| !sure && !certain) {
                continue;
            }
            let tex = (1..=4).find_map(|group| found.get(group)).map(|tex| tex.as_str()).unwrap_or_default();
            let display = found.get(1).is_some() || found.get(3).is_some();
            let (open, close) = if display { ("<div>", "</div>") } else { ("", "") };
            let kind = if display { "display" } else { "inline" };
            out.push_str(&escape(&text[at..whole.start()]));
            out.push_str(&format!("{open}<code data-math=\"{kind}\">{}</code>{close}", escape(tex.trim())));
            at = whole.end();
        }
        if at > 0 {
            out.push_str(&escape(&text[at..]));
            node.before_html(out);
            node.remove_from_parent();
        }
    }
}

/// Whether what stands between delimiters is a formula: `Some(true)` when it can be nothing else, `Some(false)` when it is
/// one in an article that has others.
fn verdict(found: &regex::Captures<'_>, text: &str) -> Option<bool> {
    let (dollar, tex) = match (found.get(4), (1..=3).find_map(|group| found.get(group))) {
        (Some(tex), _) => (true, tex),
        (None, Some(tex)) => (false, tex),
        (None, None) => return None,
    };
    let inner = tex.as_str();
    if inner.trim().is_empty() {
        return None;
    }
    let command = inner.as_bytes().windows(2).any(|pair| pair[0] == b'\\' && pair[1].is_ascii_alphabetic());
    let sure = command || inner.contains(['^', '_']);
    if dollar {
        // Money: `$5 and $10`.
        let after = text[found.get(0)?.end()..].chars().next();
        if inner.starts_with(' ') || inner.ends_with(' ') || after.is_some_and(|c| c.is_ascii_digit()) {
            return None;
        }
        if inner.chars().any(is_wide) && !command {
            return None;
        }
    }
    let letter = inner.trim().chars().count() == 1 && inner.trim().chars().all(char::is_alphabetic);
    let plain = letter || (inner.contains(['=', '+', '<', '>']) && !inner.chars().any(is_wide));
    if sure {
        Some(true)
    } else if plain || !dollar {
        Some(false)
    } else {
        None
    }
}

fn is_verbatim(node: &NodeRef<'_>) -> bool {
    node.ancestors_it(None).any(|outer| {
        matches!(
            dom::name(&outer).as_str(),
            "pre" | "code" | "script" | "style" | "textarea" | "kbd" | "samp" | "svg" | "math"
        )
    })
}
