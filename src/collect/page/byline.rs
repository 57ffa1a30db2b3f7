//! Who wrote an article, as a reader sees it, and names without what is said around them.

use std::sync::LazyLock;

use dom_query::Document;
use regex::Regex;

use crate::dom;

/// Where the author stands, the surest first.
const AUTHORS: [&str; 8] = [
    "[itemprop~=author] [itemprop~=name]",
    "[itemprop~=author]",
    "a[rel~=author], [rel~=author]",
    "[data-testid=authorName]",
    ".author-name, .byline-name, .byline-author, .post-author-name, .author__name",
    ".byline, .entry-author, .post-author, .article-author, .article_author",
    ".vcard .fn, .author",
    "#author, .writer, .reporter",
];

/// What stands before a name: `By`, `作者：`, `文 | `, `记者 `.
static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    let chinese = r"(?:作者|撰文|撰稿|文字|文|记者|記者|来源|編輯|编辑|译者?)\s*(?:[:：|｜/／丨]\s*|\s)";
    Regex::new(&format!(r"(?i)^\s*(?:(?:written\s+|posted\s+|story\s+)?by[:\s]+|author\s*:\s*|{chinese}|[—–|·]\s*)"))
        .expect("the pattern is a constant, and the tests compile it")
});

/// What stands behind a name: a date, a time to read, another word of the byline.
static BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\s*(?:[|｜•]|\bon\s|\bin\s|\d{4}[-年/.]|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d|\d+ min|发布|发表|来源).*$")
        .expect("the pattern is a constant, and the tests compile it")
});

/// A name is no longer than this.
const LONGEST: usize = 40;

/// The authors that a reader of the page sees.
pub(super) fn of(tree: &Document) -> Vec<String> {
    for selector in AUTHORS {
        let selected = tree.select(selector);
        let mut names: Vec<String> = Vec::new();
        for node in selected.nodes() {
            let strange = node.ancestors_it(None).any(|outer| {
                let name = dom::name(&outer);
                name == "aside"
                    || name == "footer"
                    || dom::words(&outer).iter().any(|word| STRANGE.contains(&word.as_str()))
            });
            let text = dom::attribute(node, "content").unwrap_or_else(|| dom::line(node));
            for name in names_of(&text) {
                if !strange && !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        if !names.is_empty() {
            // A selector that finds many people finds readers.
            return if names.len() <= 6 { names } else { Vec::new() };
        }
    }
    said(tree)
}

/// An author who is named in a short line of the page: `作者：某人　发布时间：…`.
fn said(tree: &Document) -> Vec<String> {
    const LONGEST_LINE: usize = 120;
    static SAID: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:^|[\s　|｜])(?:作者|撰文|文字)\s*[:：]\s*([^\s　:：|｜/]{1,20})")
            .expect("the pattern is a constant, and the tests compile it")
    });
    let selected = tree.select("td, p, div, span, li");
    let line = |node: &dom_query::NodeRef<'_>| dom::short_line(node, LONGEST_LINE);
    let found = selected.nodes().iter().filter_map(line).find_map(|line| Some(SAID.captures(&line)?[1].to_owned()));
    found.map(|name| names_of(&name)).unwrap_or_default()
}

/// Parts of a page whose authors are others.
const STRANGE: [&str; 8] = ["comment", "comments", "commentlist", "related", "recommend", "sidebar", "recirc", "quote"];

/// The names in a byline; none when it is something else.
pub(super) fn names_of(text: &str) -> Vec<String> {
    let mut text = crate::book::tidy(text);
    while let Some(found) = BEFORE.find(&text).filter(|found| found.end() > 0) {
        text = text[found.end()..].to_owned();
    }
    let text = BEHIND.replace(&text, "").trim_matches([' ', ',', '，', '、', '·', '|', ':', '：']).to_owned();
    let parts: Vec<&str> = text.split(" and ").flat_map(|part| part.split(" & ")).map(str::trim).collect();
    let named = |name: &&str| {
        let length = name.chars().count();
        (1..=LONGEST).contains(&length) && !name.contains("://") && !name.contains(['。', '！', '？', '@'])
    };
    if parts.iter().all(named) { parts.into_iter().map(str::to_owned).collect() } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_out_of_its_byline() {
        for (text, names) in [
            ("By Ann Reed", vec!["Ann Reed"]),
            ("Written by Ann Reed and Bo Lind | May 3, 2024", vec!["Ann Reed", "Bo Lind"]),
            ("作者：沈舟", vec!["沈舟"]),
            ("文 | 何青", vec!["何青"]),
            ("记者 陈默 2024-03-05", vec!["陈默"]),
            ("文心", vec!["文心"]),
            ("https://a.example/author/1", vec![]),
        ] {
            assert_eq!(names_of(text), names, "{text}");
        }
    }

    #[test]
    fn readers_and_other_articles_have_authors_of_their_own() {
        let page = "<p class=byline>By <a rel=author>Ann Reed</a></p><div class=comments><a rel=author>X</a></div>";
        assert_eq!(of(&Document::from(page)), ["Ann Reed"]);
        assert_eq!(of(&Document::from("<p>作者：顾小满　发布时间：2003-9-8</p>")), ["顾小满"]);
        assert!(of(&Document::from("<aside><a rel=author>X</a></aside><p>text</p>")).is_empty());
    }
}
