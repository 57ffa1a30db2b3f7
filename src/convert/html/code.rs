//! Code of pages: its text as it was typed, its language, no line numbers.
//!
//! Highlighters cut lines into elements: `code` or `div` a line (WeChat, GitHub), items of a list (prettify), cells of a
//! table beside one with the numbers (Rouge, Hexo, highlightjs-line-numbers). All become one `pre` with its text.

use dom_query::NodeRef;

use crate::convert::xhtml::escape;
use crate::dom;

/// What stands beside code and is none of it.
const BESIDE: &str = ".code-snippet__line-index, .line-numbers-rows, .lineno, .linenos, .linenodiv, .line-number, .line-numbers, \
    .linenumber, .hljs-ln-numbers, .hljs-ln-n, .gutter, td.gl, .blob-num, .rouge-gutter, .lnt, .ln, .copy, .copy-btn, \
    .copy-button, .code-toolbar > .toolbar, .toolbar-item, .copy-code-button, .copy-code-btn, clipboard-copy, button, .code-header, \
    .lang-label, .code-block-extension-header, .line-numbers-wrapper, .pre-numbering, .hljs-button, .highlight-tools, .code-widget";

/// The same where it stands outside of the block.
const AROUND_BLOCK: &str = ".code-snippet__line-index, .code-toolbar > .toolbar, clipboard-copy, .hljs-ln-numbers, \
    .code-block-extension-header, .copy-code-btn, .line-numbers-wrapper, ul.pre-numbering, .hljs-button, .highlight-tools, .code-widget, \
    [class*=\"language-\"] > span.lang, [class*=\"language-\"] > button";

/// Elements around code that tell its language.
const AROUND: usize = 4;

/// Words in classes that are no languages.
const NO_LANGUAGES: [&str; 34] = [
    "highlight",
    "hljs",
    "code",
    "source",
    "prettyprint",
    "prettyprinted",
    "linenums",
    "line-numbers",
    "wp-block-code",
    "syntaxhighlighter",
    "brush",
    "chroma",
    "shiki",
    "codehilite",
    "notranslate",
    "blockcode",
    "snippet",
    "copyable",
    "pre",
    "example",
    "code-block",
    "codeblock",
    "block",
    "with-line-numbers",
    "nohighlight",
    "undefined",
    "highlighted",
    "rouge-code",
    "default",
    "plain-text",
    "prism",
    "astro-code",
    "crayon-pre",
    "code-snippet",
];

/// Replaces every block of code by its text.
pub(super) fn settle(root: &NodeRef<'_>) {
    tables(root);
    for block in dom::all(root, "pre, .CodeMirror-code, .highlight > .code > code") {
        if !dom::is_in(&block, root) || block.ancestors_it(None).any(|outer| dom::name(&outer) == "pre") {
            continue;
        }
        let language = language_of(&block);
        for beside in dom::all(&block, BESIDE) {
            beside.remove_from_parent();
        }
        let text = text_of(&block);
        let attribute = language.map(|language| format!(" data-lang=\"{}\"", escape(&language))).unwrap_or_default();
        if !text.trim().is_empty() {
            block.before_html(format!("<pre{attribute}>\n{}</pre>", escape(&text)));
        }
        block.remove_from_parent();
    }
    for beside in dom::all(root, AROUND_BLOCK) {
        beside.remove_from_parent();
    }
}

/// Tables that set line numbers beside code become the code.
fn tables(root: &NodeRef<'_>) {
    for table in dom::all(root, "table") {
        let numbered = dom::all(
            &table,
            "td.gutter, td.linenos, td.lineno, td.rouge-gutter, td.hljs-ln-numbers, td.blob-num, td.lntd .lnt, td.gl",
        );
        if numbered.is_empty() || !dom::is_in(&table, root) {
            continue;
        }
        numbered.iter().for_each(NodeRef::remove_from_parent);
        let lines = dom::all(&table, "td");
        let lines: Vec<String> = lines.iter().map(text_of).filter(|text| !text.is_empty() || lines.len() > 2).collect();
        let language = dom::all(&table, "code, pre").iter().find_map(language_of).or_else(|| language_of(&table));
        let attribute = language.map(|language| format!(" data-lang=\"{}\"", escape(&language))).unwrap_or_default();
        let outer = table.ancestors_it(Some(3)).find(|outer| dom::name(outer) == "pre");
        let place = outer.unwrap_or(table);
        place.before_html(format!("<pre{attribute}>\n{}</pre>", escape(&lines.join("\n"))));
        place.remove_from_parent();
    }
}

/// The text of code; elements that are lines end one.
fn text_of(block: &NodeRef<'_>) -> String {
    let mut out = String::new();
    let codes = block.children_it(false).filter(|child| dom::name(child) == "code").count();
    // WeChat and others give each line an element of its own.
    push(block, codes > 1, 0, &mut out);
    let text = out.replace('\u{a0}', " ").replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').map(str::trim_end).collect();
    let first = lines.iter().position(|line| !line.is_empty()).unwrap_or(0);
    let last = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    lines.get(first..last.max(first)).unwrap_or_default().join("\n")
}

fn push(node: &NodeRef<'_>, code_is_line: bool, depth: usize, out: &mut String) {
    const DEEPEST: usize = 64;
    for child in node.children() {
        let name = dom::name(&child);
        let is_line =
            matches!(name.as_str(), "div" | "li" | "p" | "tr" | "section") || (name == "code" && code_is_line);
        let ended = |out: &String| out.is_empty() || out.ends_with('\n');
        // White space between elements that are lines is the page's, not the code's.
        let between_lines = child.is_text() && child.text().trim().is_empty() && code_is_line && depth == 0;
        if between_lines {
        } else if child.is_text() {
            out.push_str(&child.text());
        } else if name == "br" {
            out.push('\n');
        } else if depth < DEEPEST {
            if is_line && !ended(out) {
                out.push('\n');
            }
            let before = out.len();
            push(&child, code_is_line, depth + 1, out);
            if is_line && (out.len() == before || !ended(out)) {
                out.push('\n');
            }
        }
    }
}

/// The language that the code, what it holds or what it stands in names.
fn language_of(block: &NodeRef<'_>) -> Option<String> {
    let inner = dom::all(block, "code");
    let around: Vec<NodeRef<'_>> = block.ancestors_it(Some(AROUND)).collect();
    // Farther out, only the wrappers that highlighters make speak of code.
    let is_wrapper = |node: &&NodeRef<'_>| {
        let class = dom::attribute(node, "class").unwrap_or_default();
        ["highlight", "language-", "lang-", "code", "brush"].iter().any(|word| class.contains(word))
            || node.has_attr("data-lang")
    };
    let near = std::iter::once(block).chain(inner.first());
    near.clone()
        .find_map(declared)
        .or_else(|| around.iter().filter(is_wrapper).find_map(declared))
        .or_else(|| near.chain(around.iter().filter(is_wrapper)).find_map(bare_class))
}

/// A language that is named as one.
fn declared(node: &NodeRef<'_>) -> Option<String> {
    let by_attribute =
        ["data-lang", "data-language", "data-code-language", "lang"].iter().find_map(|key| dom::attribute(node, key));
    let class = dom::attribute(node, "class").unwrap_or_default();
    let by_class = || {
        let prefixes = ["language-", "lang-", "highlight-source-", "brush:", "code-snippet__", "highlight-"];
        let words = class.split([' ', ';']).map(str::trim);
        let named = words.clone().find_map(|word| prefixes.iter().find_map(|prefix| word.strip_prefix(prefix)));
        let after_brush = || class.split_once("brush:").and_then(|(_, rest)| rest.split_whitespace().next());
        named.filter(|name| !name.is_empty()).or_else(after_brush).map(|name| name.trim_end_matches(';').to_owned())
    };
    by_attribute
        .filter(|name| !name.contains(' ') && *name != "zh-CN" && *name != "en")
        .or_else(by_class)
        .and_then(|name| usual(&name))
}

/// A class that is the name of a language alone, beside one that says that this is code.
fn bare_class(node: &NodeRef<'_>) -> Option<String> {
    let class = dom::attribute(node, "class")?;
    let words: Vec<&str> = class.split_whitespace().collect();
    let says_code =
        words.iter().any(|word| matches!(*word, "hljs" | "highlight" | "prettyprint" | "sourceCode" | "code"));
    let word = words.iter().find(|word| {
        !NO_LANGUAGES.contains(word)
            && word.len() <= 16
            && word.chars().all(|c| c.is_ascii_alphanumeric() || "+#-".contains(c))
    });
    if says_code || dom::name(node) == "code" { word.and_then(|word| usual(word)) } else { None }
}

/// A language by the name that highlighters know; nothing for what is no language.
fn usual(name: &str) -> Option<String> {
    let name = name.trim().to_ascii_lowercase();
    let known = match name.as_str() {
        "js" | "javascript" => "javascript",
        "ts" => "typescript",
        "py" => "python",
        "shell" | "sh" | "console" | "shellsession" | "shell-session" => "bash",
        "golang" => "go",
        "text" | "plain" | "plaintext" | "none" | "nohighlight" | "auto" | "txt" | "fix" => return None,
        other if NO_LANGUAGES.contains(&other) || other.is_empty() => return None,
        other => other,
    };
    Some(known.to_owned())
}
