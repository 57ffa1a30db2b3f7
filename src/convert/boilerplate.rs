//! Lines with which articles open and close and which are no part of them: calls to follow and share, codes to scan,
//! notes on rights, lists of other articles. They are removed when it is asked for, and each is told.
//!
//! What such lines say stands in `boilerplate.toml`. An article may speak of them, so a line goes only as a whole, and only
//! where nothing of the article stands between it and the edge: the blocks are walked from both ends ([`opening`],
//! [`closing`]) to the first that is the article's own.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use crate::document::{Block, BlockKind, Inline, InlineKind, plain_text};
use crate::problem::Code;

use super::Remarks;

/// A longer line is the article's, in characters.
const LONGEST: usize = 200;
/// How many lines that stay, credits and slogans, may stand between such lines.
const MOST_KEPT: usize = 3;
/// A line that ends no sentence and is no longer than this may be the slogan of an account, in characters.
const LONGEST_SLOGAN: usize = 24;
/// How many characters of what is removed are told.
const TOLD: usize = 40;

/// The file of patterns, as it is written.
#[derive(Deserialize)]
struct Written {
    words: BTreeMap<String, String>,
    opening: Section,
    closing: Section,
    scan: Section,
    others: Section,
    credit: Section,
}

#[derive(Deserialize)]
struct Section {
    patterns: Vec<String>,
}

/// The patterns by what a line that they match is.
struct Lines {
    opening: Vec<Regex>,
    closing: Vec<Regex>,
    scan: Vec<Regex>,
    others: Vec<Regex>,
    credit: Vec<Regex>,
}

static LINES: LazyLock<Lines> = LazyLock::new(|| {
    let written: Written = toml::from_str(include_str!("boilerplate.toml"))
        .expect("the file is a part of the program, and the tests read it");
    let compile = |section: &Section| section.patterns.iter().map(|pattern| whole(pattern, &written.words)).collect();
    Lines {
        opening: compile(&written.opening),
        closing: compile(&written.closing),
        scan: compile(&written.scan),
        others: compile(&written.others),
        credit: compile(&written.credit),
    }
});

/// A pattern with its words, which must match a whole line.
fn whole(pattern: &str, words: &BTreeMap<String, String>) -> Regex {
    let mut pattern = format!("^(?:{pattern})$");
    // A list of words may name another.
    for _ in 0..2 {
        for (name, list) in words {
            pattern = pattern.replace(&format!("{{{name}}}"), list);
        }
    }
    RegexBuilder::new(&pattern)
        .case_insensitive(true)
        .size_limit(1 << 25)
        .build()
        .expect("the file is a part of the program, and the tests compile its patterns")
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Opening,
    Closing,
    /// It stands beside a picture to be scanned.
    Scan,
    /// A heading above other articles.
    Others,
    /// A fact about the article, which stays.
    Credit,
    /// It ends no sentence and is short: what it is, its neighbours tell.
    Slogan,
    Text,
}

impl Line {
    fn of(text: &str) -> Self {
        let decorated = text;
        let text = bare(text);
        let length = text.chars().count();
        if length > LONGEST {
            return Self::Text;
        }
        let is = |patterns: &[Regex]| patterns.iter().any(|pattern| pattern.is_match(text));
        let lines = &*LINES;
        if text.is_empty() {
            // Arrows and emoji point at what follows; dots may be the author's.
            if decorated.contains(is_sign) { Self::Closing } else { Self::Slogan }
        } else if is(&lines.closing) {
            Self::Closing
        } else if is(&lines.scan) {
            Self::Scan
        } else if is(&lines.others) {
            Self::Others
        } else if is(&lines.opening) {
            Self::Opening
        } else if is(&lines.credit) || text.starts_with("http") && !text.contains(' ') {
            Self::Credit
        } else if length <= LONGEST_SLOGAN && !text.contains(['。', '？', '；', '.', '?', ';']) {
            Self::Slogan
        } else {
            Self::Text
        }
    }

    /// Whether such a line closes an article.
    fn closes(self) -> bool {
        matches!(self, Self::Opening | Self::Closing | Self::Scan)
    }
}

/// A line without what decorates it: arrows, emoji, rules.
fn bare(text: &str) -> &str {
    let decoration = |c: char| {
        c.is_whitespace()
            || matches!(c, '-' | '–' | '—' | '=' | '*' | '·' | '•' | '|' | '~' | '_' | '>' | '<' | '#' | '…' | '✎')
            || matches!(c, '\u{FE0F}' | '【' | '】')
            || is_sign(c)
    };
    text.trim_matches(decoration)
}

/// Whether a character is an arrow, a shape or an emoji.
fn is_sign(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}')
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Line(Line),
    /// Pictures without a caption, or with one that is such a line.
    Picture,
    /// Nothing but links.
    Links,
    Rule,
}

fn kind(block: &Block) -> Kind {
    match &block.kind {
        BlockKind::Rule => Kind::Rule,
        BlockKind::Figure { caption, .. } => match Line::of(&plain_text(caption)) {
            _ if caption.is_empty() => Kind::Picture,
            line if line.closes() => Kind::Picture,
            _ => Kind::Line(Line::Text),
        },
        BlockKind::Heading { content, .. } | BlockKind::Paragraph(content) => of_inlines(content),
        BlockKind::Quote(blocks) => {
            let closes = !blocks.is_empty()
                && blocks.iter().all(|block| matches!(kind(block), Kind::Line(line) if line.closes()));
            Kind::Line(if closes { Line::Closing } else { Line::Text })
        }
        BlockKind::List(list) => {
            let mut blocks = list.items.iter().flat_map(|item| &item.blocks);
            if blocks.all(|block| kind(block) == Kind::Links) { Kind::Links } else { Kind::Line(Line::Text) }
        }
        _ => Kind::Line(Line::Text),
    }
}

fn of_inlines(content: &[Inline]) -> Kind {
    let mut lines = content.split(|inline| inline.kind == InlineKind::LineBreak).map(line_of);
    let Some(first) = lines.next() else { return Kind::Line(Line::Text) };
    let all = |line: Line| lines.clone().all(|other| other == line || line.closes() && other.closes());
    match first {
        line if line.closes() => {
            let scan = line == Line::Scan || lines.clone().any(|line| line == Line::Scan);
            let same = if all(line) { if scan { Line::Scan } else { line } } else { Line::Text };
            Kind::Line(same)
        }
        Line::Text | Line::Slogan if is_links(content) => Kind::Links,
        line => Kind::Line(if all(line) { line } else { Line::Text }),
    }
}

fn line_of(content: &[Inline]) -> Line {
    let is_object = |inline: &Inline| {
        matches!(
            inline.kind,
            InlineKind::Image(_) | InlineKind::FootnoteCall(_) | InlineKind::Math(_) | InlineKind::Code(_)
        )
    };
    if content.iter().any(is_object) { Line::Text } else { Line::of(&plain_text(content)) }
}

/// Whether inlines are links and what stands between them.
fn is_links(content: &[Inline]) -> bool {
    let mut links = 0;
    content.iter().all(|inline| match &inline.kind {
        InlineKind::Link { target, content, .. } => {
            links += usize::from(*target != plain_text(content));
            true
        }
        InlineKind::Text(text) => !text.chars().any(char::is_alphanumeric),
        InlineKind::Strong(inner) | InlineKind::Emphasis(inner) => is_links(inner),
        InlineKind::LineBreak => true,
        _ => false,
    }) && (links > 0
        || content.iter().any(|inline| matches!(inline.kind, InlineKind::Strong(_) | InlineKind::Emphasis(_))))
}

/// Removes such lines from the beginning and the end of an article. One that is nothing else stays as it is.
pub(super) fn remove(blocks: &mut Vec<Block>, remarks: &mut Remarks<'_>) {
    let kinds: Vec<Kind> = blocks.iter().map(kind).collect();
    let mut gone = vec![false; blocks.len()];
    closing(&kinds, &mut gone);
    opening(&kinds, &mut gone);
    let own =
        |(kind, gone): (&Kind, &bool)| !gone && !matches!(kind, Kind::Rule | Kind::Line(Line::Credit | Line::Slogan));
    if !kinds.iter().zip(&gone).any(own) {
        return;
    }
    for (block, _) in blocks.iter().zip(&gone).filter(|(_, gone)| **gone) {
        tell(block, remarks);
    }
    let mut kept = gone.iter();
    blocks.retain(|_| !kept.next().copied().unwrap_or(false));
    lines_at_edges(blocks, remarks);
    // A rule that parted them from the article parts nothing now.
    if gone.last().copied().unwrap_or(false) && matches!(blocks.last().map(|block| &block.kind), Some(BlockKind::Rule))
    {
        blocks.pop();
    }
}

fn tell(block: &Block, remarks: &mut Remarks<'_>) {
    if block.kind == BlockKind::Rule {
        return;
    }
    let text = text_of(block);
    say(if text.trim().is_empty() { "a picture" } else { text.trim() }, block.line, remarks);
}

/// The text of what may be removed.
fn text_of(block: &Block) -> String {
    let all = |blocks: &mut dyn Iterator<Item = &Block>| blocks.map(text_of).collect::<Vec<_>>().join(" ");
    match &block.kind {
        BlockKind::Heading { content, .. } | BlockKind::Paragraph(content) => plain_text(content),
        BlockKind::Figure { caption, .. } => plain_text(caption),
        BlockKind::Quote(blocks) => all(&mut blocks.iter()),
        BlockKind::List(list) => all(&mut list.items.iter().flat_map(|item| &item.blocks)),
        _ => String::new(),
    }
}

fn say(text: &str, line: u32, remarks: &mut Remarks<'_>) {
    let more = if text.chars().count() > TOLD { "…" } else { "" };
    let shown: String = text.chars().map(|c| if c == '\n' { ' ' } else { c }).take(TOLD).collect();
    remarks.warn(Code::TextBoilerplate, line, format!("removed as boilerplate: {shown}{more}"));
}

/// Marks what closes the article, from its last block on.
fn closing(kinds: &[Kind], gone: &mut [bool]) {
    let mut kept = 0;
    // The lowest block of those that wait for a line above them: pictures, links and rules.
    let mut waiting: Option<usize> = None;
    for at in (0..kinds.len()).rev() {
        match kinds[at] {
            Kind::Line(Line::Others) => {
                gone[at] = true;
                if let Some(lowest) = waiting.take() {
                    gone[at..=lowest].fill(true);
                }
            }
            Kind::Line(line) if line.closes() => {
                gone[at] = true;
                let lowest = waiting.take().unwrap_or(at);
                let pictures = (at + 1..=lowest).take_while(|at| matches!(kinds[*at], Kind::Picture | Kind::Rule));
                // The code stands below its line, or pictures between two such lines.
                let end = pictures.last().unwrap_or(at);
                let between = end == lowest && gone.get(end + 1).copied().unwrap_or(false);
                if between || line == Line::Scan {
                    gone[at..=end].fill(true);
                }
            }
            // The code stands above its line, and none below it.
            Kind::Picture if is_scan(kinds, gone, at + 1) && !matches!(kinds.get(at + 2), Some(Kind::Picture)) => {
                gone[at] = true;
            }
            Kind::Picture | Kind::Links | Kind::Rule => {
                waiting.get_or_insert(at);
            }
            Kind::Line(Line::Credit | Line::Slogan) if kept < MOST_KEPT => {
                kept += 1;
                waiting = None;
            }
            Kind::Line(_) => break,
        }
    }
    // A rule above what went.
    if let Some(first) = gone.iter().position(|gone| *gone)
        && gone[first..].iter().all(|gone| *gone)
        && first > 0
        && kinds[first - 1] == Kind::Rule
    {
        gone[first - 1] = true;
    }
}

fn is_scan(kinds: &[Kind], gone: &[bool], at: usize) -> bool {
    kinds.get(at) == Some(&Kind::Line(Line::Scan)) && gone.get(at) == Some(&true)
}

/// Marks what opens the article, from its first block on. A picture that opens it stays, unless such lines stand around it.
fn opening(kinds: &[Kind], gone: &mut [bool]) {
    let mut pictures: Option<usize> = None;
    let mut kept = 0;
    for (at, kind) in kinds.iter().enumerate() {
        match kind {
            Kind::Line(line) if line.closes() => {
                gone[at] = true;
                if let Some(first) = pictures.take()
                    && (first > 0 && gone[first - 1] || *line == Line::Scan && first + 1 == at)
                {
                    gone[first..at].fill(true);
                }
            }
            Kind::Picture | Kind::Rule => {
                pictures.get_or_insert(at);
            }
            Kind::Line(Line::Credit) if kept < MOST_KEPT => {
                kept += 1;
                pictures = None;
            }
            _ => break,
        }
    }
}

/// Removes such lines from the first and the last paragraph, where breaks part them from the article's.
fn lines_at_edges(blocks: &mut [Block], remarks: &mut Remarks<'_>) {
    if let Some(Block { kind: BlockKind::Paragraph(content), .. }) = blocks.first_mut() {
        while let Some(end) = content.iter().position(|inline| inline.kind == InlineKind::LineBreak)
            && line_of(&content[..end]).closes()
        {
            let line: Vec<Inline> = content.drain(..=end).collect();
            say(plain_text(&line).trim(), line[0].line, remarks);
        }
    }
    if let Some(Block { kind: BlockKind::Paragraph(content), .. }) = blocks.last_mut() {
        while let Some(start) = content.iter().rposition(|inline| inline.kind == InlineKind::LineBreak)
            && line_of(&content[start + 1..]).closes()
        {
            let line: Vec<Inline> = content.drain(start..).collect();
            say(plain_text(&line).trim(), line[0].line, remarks);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Options;
    use super::super::tests::{converted, rendered};
    use super::Code;

    const FIRST: &str = "渡口的雾散了，船夫把缆绳解开，回头看了一眼岸上的人。";
    const LAST: &str = "那天以后，再没有人在渡口等船。";

    /// What is left of an article between whose two paragraphs nothing, and around them something stands.
    fn left(before: &str, after: &str) -> String {
        let options = Options { boilerplate: true, ..Options::default() };
        let result = converted(&format!("{before}\n\n{FIRST}\n\n{LAST}\n\n{after}\n"), &options);
        rendered(&result).body.trim().replace(&format!("<p>{FIRST}</p>\n<p>{LAST}</p>"), "…")
    }

    #[test]
    fn lines_that_close_an_article_go() {
        let lines = [
            "欢迎点击“分享、点赞、在看”",
            "点赞、在看、转发，是对我最大的支持！",
            "如果觉得有用，请点个“在看”",
            "喜欢的话，记得点赞收藏哦",
            "👇点个在看你最好看",
            "分享给更多需要的人",
            "欢迎关注我们",
            "关注公众号：渡口来信",
            "更多内容，请关注公众号“渡口来信”",
            "点击下方名片，关注我",
            "公众号后台回复“渡口”，领取电子书",
            "阅读原文",
            "点击左下角阅读原文，查看更多",
            "点击“阅读原文”报名",
            "商务合作：boats@example.org",
            "投稿邮箱：boats@example.org",
            "转载请联系后台授权",
            "投稿请发送至 boats@example.org",
            "联系我们：010-12345678",
            "加微信 dukou2024，备注“读者”",
            "添加小编微信，拉你进群",
            "欢迎加入读者交流群",
            "声明：本文仅供交流，不构成任何建议。图片归原作者所有。",
            "免责声明：以上内容仅代表作者个人观点。",
            "版权声明",
            "© 2024 渡口来信 版权所有",
            "未经授权，不得转载",
            "转载请注明出处",
            "文中图片来自网络",
            "如有侵权，请联系删除",
            "本文来源：渡口来信",
            "本文转自渡口来信。",
            "— END —",
            "👇👇👇",
            "长按识别二维码关注我们",
            "扫码加群",
            "▲ 长按图片识别二维码",
            "Subscribe",
            "Unsubscribe",
            "Share this post",
            "Leave a comment",
            "12 Likes",
            "Thanks for reading The Ferry! Subscribe for free to receive new posts and support my work.",
            "The Ferry is a reader-supported publication. To receive new posts, consider becoming a subscriber.",
            "This post is public so feel free to share it.",
            "You’re receiving this email because you signed up at our site.",
            "Manage your preferences or unsubscribe",
            "Follow us on Mastodon",
            "If you enjoyed this letter, please share it with a friend.",
            "![](qr.png)\n\n长按识别二维码",
            "扫码关注\n\n![](qr.png)",
            "欢迎关注我们\n\n![](qr.png)\n\n点个在看",
            "往期推荐\n\n[河上的人](https://a.example/1)\n\n[山里的雪](https://a.example/2)",
            "## 推荐阅读\n\n- [河上的人](https://a.example/1)\n- [山里的雪](https://a.example/2)\n\n点赞、在看",
            "***\n\n> 欢迎关注我们\n\n***\n\n**点个在看**",
            "扫码关注  \n点个赞",
        ];
        let stay: Vec<_> = lines.into_iter().filter(|line| left("", line) != "…").collect();
        assert!(stay.is_empty(), "{stay:#?}");
    }

    #[test]
    fn lines_that_open_an_article_go() {
        for line in [
            "点击上方“渡口来信”关注我",
            "点击上方蓝字关注我们",
            "↑ 点击蓝字，发现更多精彩",
            "全文共 3000 字，阅读大约需要 8 分钟",
            "View in browser",
            "Forwarded this email? Subscribe here for more",
            "点击上方蓝字关注我们\n\n![](follow.gif)\n\n欢迎关注我们",
        ] {
            assert_eq!(left(line, ""), "…", "{line}");
        }
    }

    #[test]
    fn what_is_the_articles_own_stays() {
        for line in [
            "编辑：阿渡",
            "渡口来信，一封写给河的信",
            "原文链接：https://a.example/1",
            "![](river.png)",
            "……",
            "他扫码关注了三十个公众号，每天早上读到的却是同一篇文章。",
            "点赞、转发、收藏，这些动作填满了她的一天，她却说不出自己喜欢什么。",
            "“关注我们”四个字写在船头，没有人知道我们是谁。",
            "Subscribe is a word that nobody on the river had ever heard before.",
            "声明他已经写好，只等船来。",
            "广告写在船帆上，写的是一种早已停产的肥皂。",
            "[河上的人](https://a.example/1)",
        ] {
            assert_ne!(left("", line), "…", "{line}");
            assert_ne!(left(line, ""), "…", "{line}");
        }
        // In the middle, whatever it says.
        let spoken = format!(
            "扫码关注\n\n![](qr.png)\n\n{LAST}他说。\n\n- 点个在看\n- 阅读原文\n\n这几句话印在船票背面，谁也不看。"
        );
        assert!(left("", &spoken).contains("qr.png") && left("", &spoken).contains("阅读原文"));
        // The picture of an article above a code below its line.
        let out = left("", "![](river.png)\n\n扫码关注\n\n![](qr.png)");
        assert!(out.contains("river.png") && !out.contains("qr.png"), "{out}");
    }

    #[test]
    fn lines_go_from_among_credits_and_slogans_and_from_a_paragraph() {
        assert_eq!(left("", "编辑：阿渡\n\n点个在看\n\n渡口来信\n\n扫码关注"), "…\n<p>编辑：阿渡</p>\n<p>渡口来信</p>");
        assert_eq!(left("", "渡口来信，陪你等船\\\n欢迎点赞、在看"), "…\n<p>渡口来信，陪你等船</p>");
        assert_eq!(left("点击上方蓝字关注我们\\\n雾里的船", ""), "<p>雾里的船</p>\n…");
    }

    #[test]
    fn each_is_told_and_without_the_switch_or_with_nothing_else_all_stay() {
        let options = Options { boilerplate: true, ..Options::default() };
        let result = converted(&format!("{FIRST}\n\n扫码关注\n\n![](qr.png)\n\n点赞、在看"), &options);
        let told: Vec<_> = result.problems.iter().filter(|problem| problem.code == Code::TextBoilerplate).collect();
        let said: Vec<&str> = told.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(said, ["扫码关注", "a picture", "点赞、在看"].map(|what| format!("removed as boilerplate: {what}")));
        assert!(told[2].place.to_string().ends_with(":7"), "{}", told[2].place);
        let kept = rendered(&converted("扫码关注", &options)).body;
        assert!(kept.contains("扫码关注"), "{kept}");
        let off = rendered(&converted(&format!("{FIRST}\n\n扫码关注"), &Options::default())).body;
        assert!(off.contains("扫码关注"), "{off}");
    }

    #[test]
    fn every_pattern_says_what_some_line_is() {
        let lines = &*super::LINES;
        for patterns in [&lines.opening, &lines.closing, &lines.scan, &lines.others, &lines.credit] {
            assert!(!patterns.is_empty());
            for pattern in patterns {
                assert!(!pattern.is_match("") && !pattern.is_match(FIRST) && !pattern.is_match(LAST), "{pattern}");
                assert!(!pattern.as_str().contains("{name}") && !pattern.as_str().contains("{ask}"), "{pattern}");
            }
        }
    }
}
