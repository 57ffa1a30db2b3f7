//! What a page says beyond its article, for `--diff`: a user sees what was taken for the page's own, and where it stood.

use std::collections::BTreeSet;

use dom_query::NodeRef;

use crate::book::tidy;
use crate::dom;

/// A kept line is shown to its neighbours with this many characters.
const SHOWN: usize = 40;

/// A line of a page, beside which something was left out, or which was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageLine {
    /// The text; of a line that was kept, its beginning.
    pub text: String,
    /// Whether it is in the article.
    pub kept: bool,
}

/// The texts of a page before anything is taken away, by the blocks in which they stand.
pub(super) struct Texts<'a>(Vec<Vec<NodeRef<'a>>>);

impl<'a> Texts<'a> {
    /// The texts below a node that a reader of the page sees.
    pub(super) fn of(root: &NodeRef<'a>) -> Self {
        let mut lines: Vec<Vec<NodeRef<'a>>> = Vec::new();
        let mut last = None;
        for text in root.descendants_it().filter(NodeRef::is_text) {
            let Some(block) = block_around(&text) else { continue };
            if last != Some(block.id) {
                lines.push(Vec::new());
                last = Some(block.id);
            }
            if let Some(line) = lines.last_mut() {
                line.push(text);
            }
        }
        Self(lines)
    }

    /// The lines that are not in the article, each between the ends of its neighbours that are. What the book
    /// sets itself, such as the title, was not left out.
    pub(super) fn left_out(&self, article: &NodeRef<'_>, set: &[&str]) -> Vec<PageLine> {
        // A step may have put new elements in the place of the old.
        let renewed: BTreeSet<String> = Texts::of(article).0.iter().map(|line| text_of(line.iter())).collect();
        let mut out: Vec<PageLine> = Vec::new();
        let mut before: Option<PageLine> = None;
        for line in &self.0 {
            let is_kept = |text: &&NodeRef<'_>| dom::is_in(text, article);
            let mut kept = text_of(line.iter().filter(is_kept));
            let mut left = text_of(line.iter().filter(|text| !is_kept(text)));
            if kept.is_empty() && renewed.contains(&left) {
                std::mem::swap(&mut kept, &mut left);
            }
            if !kept.is_empty() {
                let begins = PageLine { text: beginning(&kept), kept: true };
                // What follows something that was left out is its other neighbour.
                if out.last().is_some_and(|last| !last.kept) {
                    out.push(begins);
                    before = None;
                } else {
                    before = Some(begins);
                }
            }
            if !left.is_empty() && !set.iter().any(|set| stopless(set) == stopless(&left)) {
                out.extend(before.take());
                out.push(PageLine { text: left, kept: false });
            }
        }
        out
    }
}

fn text_of<'n>(texts: impl Iterator<Item = &'n NodeRef<'n>>) -> String {
    tidy(&texts.map(|text| text.text().to_string()).collect::<String>())
}

/// A line without its full stop, which summaries have and subtitles have not.
fn stopless(line: &str) -> &str {
    line.trim_end_matches(['.', '。'])
}

fn beginning(text: &str) -> String {
    let more = if text.chars().count() > SHOWN { "…" } else { "" };
    text.chars().take(SHOWN).chain(more.chars()).collect()
}

/// The block in which a text stands; `None` for what nobody sees.
fn block_around<'a>(text: &NodeRef<'a>) -> Option<NodeRef<'a>> {
    const UNSEEN: [&str; 8] = ["head", "script", "style", "template", "noscript", "svg", "textarea", "select"];
    let mut block = None;
    for outer in text.ancestors_it(None) {
        let name = dom::name(&outer);
        if UNSEEN.contains(&name.as_str()) {
            return None;
        }
        if block.is_none() && (dom::is_block(&name) || matches!(name.as_str(), "body" | "button" | "form" | "option")) {
            block = Some(outer);
        }
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use dom_query::Document;

    #[test]
    fn what_is_left_out_stands_between_what_stays() {
        let tree = Document::from(
            "<head><title>题 - 站</title></head><body><nav><ul><li><a>首页</a></li><li>关于</li></ul></nav>\
             <article><h1>题</h1><p>一段<b>文字</b>。</p><p class=x>分享</p><p>二段。</p><p>三段。</p></article>\
             <script>x</script><footer>页脚</footer></body>",
        );
        let texts = Texts::of(&tree.root());
        let article = dom::first(&tree, "article").expect("an article");
        for gone in ["h1", ".x"] {
            dom::first(&tree, gone).expect("a node").remove_from_parent();
        }
        let lines = texts.left_out(&article, &["题"]);
        let shown: Vec<String> =
            lines.iter().map(|line| format!("{}{}", if line.kept { ' ' } else { '-' }, line.text)).collect();
        assert_eq!(shown, ["-首页", "-关于", " 一段文字。", "-分享", " 二段。", " 三段。", "-页脚"]);
    }
}
