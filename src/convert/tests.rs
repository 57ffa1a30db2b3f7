//! The converter as a whole: what goes in as markdown comes out as text and XHTML.

use std::path::PathBuf;

use proptest::prelude::*;

use super::xhtml::{self, Rendered};
use super::{Converted, Options, Source, convert};
use crate::book::{Body, Language, Origin};
use crate::problem::Code;

pub(super) fn converted(markdown: &str, options: &Options) -> Converted {
    let origin = Origin::File { path: PathBuf::from("a.md"), key: "a.md".to_owned() };
    let body = Body::Markdown { text: markdown.to_owned(), first_line: 1 };
    convert(&Source { body: &body, origin: &origin, title: "题" }, options)
}

pub(super) fn rendered(converted: &Converted) -> Rendered {
    let language = Language::chinese();
    let options = xhtml::Options {
        language: &language,
        picture: &|_| None,
        link: &|target| xhtml::Destination::at(target),
        page_starts: &[],
    };
    xhtml::render(&converted.document, &options)
}

pub(super) fn xhtml(markdown: &str) -> String {
    rendered(&converted(markdown, &Options::default())).body.trim().to_owned()
}

/// The XHTML of an article that comes as a page's HTML.
pub(super) fn of_page(html: &str) -> String {
    let (body, origin) = (Body::Html(html.to_owned()), Origin::Url("https://example.org/".to_owned()));
    rendered(&convert(&Source { body: &body, origin: &origin, title: "题" }, &Options::default())).body
}

pub(super) fn is_well_formed(body: &str) -> bool {
    let whole = format!("<body xmlns:epub=\"e\">{body}</body>");
    let mut reader = quick_xml::Reader::from_str(&whole);
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) => return true,
            Ok(quick_xml::events::Event::GeneralRef(name)) if name.is_empty() => return false,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

pub(super) fn plain(body: &str) -> String {
    regex::Regex::new("<[^>]*>").expect("valid").replace_all(body, "").into_owned()
}

#[test]
fn the_owners_article_comes_out_clean() {
    #[allow(
        clippy::disallowed_methods,
        reason = "the article is not in the repository; its path is given to this test alone"
    )]
    let Ok(path) = std::env::var("WENJI_SEED") else { return };
    let text = std::fs::read_to_string(path).expect("readable");
    let body: String = text.lines().skip(9).map(|line| format!("{line}\n")).collect();
    let result = converted(&body, &Options::default());
    let out = rendered(&result).body;
    println!("{out}\n{:#?}", result.problems);
    assert!(is_well_formed(&out) && !out.contains('*'));
}

#[test]
fn emphasis_closes_before_han_and_debris_is_mended() {
    let cases = [
        ("这是**很重要的。**请记住", "<p>这是<strong>很重要的。</strong>请记住</p>"),
        ("他说**“不行”**就走", "<p>他说<strong>“不行”</strong>就走</p>"),
        ("** _为什么要走呢？_**", "<p><strong><em>为什么要走呢？</em></strong></p>"),
        ("前文 **重点 **后文", "<p>前文<strong>重点</strong>后文</p>"),
        ("前文 ** 重点** 后文", "<p>前文<strong>重点</strong>后文</p>"),
        ("__ 重点__", "<p><strong>重点</strong></p>"),
        ("甲****乙", "<p>甲乙</p>"),
        ("甲 ** ** 乙", "<p>甲乙</p>"),
        ("这是**没有闭合的粗体。", "<p>这是没有闭合的粗体。</p>"),
        ("计算 2 * 3 * 4 等于", "<p>计算 2 * 3 * 4 等于</p>"),
        ("代码 `a ** b` 不变", "<p>代码 <code>a ** b</code> 不变</p>"),
        ("~~删除。~~后文", "<p><del>删除。</del>后文</p>"),
        ("有 3~5 个 ~ 吧", "<p>有 3~5 个 ~ 吧</p>"),
        ("snake_case_name 与 **a*b*c**", "<p>snake_case_name 与 <strong>a<em>b</em>c</strong></p>"),
    ];
    for (markdown, expected) in cases {
        assert_eq!(xhtml(markdown), expected, "{markdown}");
    }
}

#[test]
fn wrapped_lines_join_as_their_script_wants() {
    let cases = [
        ("第一行\n第二行", "<p>第一行第二行</p>"),
        ("two\nwords", "<p>two words</p>"),
        ("汉字\nLatin\n汉字", "<p>汉字Latin汉字</p>"),
        ("word，\nword", "<p>word，word</p>"),
        ("断 行  \n换行", "<p>断行<br/>换行</p>"),
        ("\u{3000}\u{3000}缩进&emsp;的 段落", "<p>缩进的段落</p>"),
    ];
    for (markdown, expected) in cases {
        assert_eq!(xhtml(markdown), expected, "{markdown}");
    }
}

#[test]
fn a_cut_url_is_one_link_and_a_bare_url_ends_in_time() {
    let out = xhtml("https://www.example.com/a/b/some-\nlong-title/123/\n\n见 https://example.org/_a_/b。后文");
    assert!(out.contains(r#"<a href="https://www.example.com/a/b/some-long-title/123/">"#), "{out}");
    assert!(out.contains(r#"<a href="https://example.org/_a_/b">https://example.org/_a_/b</a>。后文"#), "{out}");
}

#[test]
fn ascii_punctuation_around_han_is_replaced_and_told() {
    let result = converted(
        "称为\"低温实验\"的大模型 (大模型) 来了 - 一派...\n\n`\"代码\"` and \"English (text)\" - yes...",
        &Options::default(),
    );
    let out = rendered(&result).body;
    assert!(out.contains("<p>称为“低温实验”的大模型（大模型）来了——一派……</p>"), "{out}");
    assert!(plain(&out).contains("English (text)"), "{out}");
    // One problem for each kind of mark.
    assert_eq!(result.problems.iter().filter(|problem| problem.code == Code::TextPunctuation).count(), 4);
}

#[test]
fn html_becomes_the_same_blocks_and_scripts_are_lost() {
    let out = xhtml("甲<script>x()</script>乙 <u>**粗**</u> Vec<String> <title> 完");
    assert_eq!(out, "<p>甲乙<u><strong>粗</strong></u> Vec&lt;String&gt; 完</p>");
    let table =
        xhtml("<table><caption>题</caption><tr><th colspan=2>甲</th></tr><tr><td>1</td><td>2</td></tr></table>");
    assert!(
        table.contains("<th scope=\"col\" colspan=\"2\">甲</th>") && table.contains("<caption>题</caption>"),
        "{table}"
    );
    let ruby = xhtml("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>");
    assert_eq!(ruby, "<p><ruby>漢<rt>かん</rt></ruby></p>");
    assert!(!xhtml("[a](javascript:alert(1)) <a onclick='x' href='javascript:y'>b</a>").contains("javascript"));
}

#[test]
fn a_few_bytes_of_spans_make_no_table_of_thousands_of_columns() {
    let wide = "<td colspan=100>甲</td>".repeat(300);
    let short = "<tr><td>乙</td></tr>".repeat(300);
    let table = xhtml(&format!("<table><tr>{wide}</tr>{short}</table>"));
    assert!(table.len() < 2_000_000 && table.matches('甲').count() == 300, "{}", table.len());
}

#[test]
fn footnotes_tasks_tables_links_and_math_are_written() {
    let out = xhtml(
        "# 一\n\n[到](#二)[无](#无) 注[^b]、[^a]\n\n## 二\n\n- [x] 做\n- [ ] 未\n\n| a | b |\n|---|:-:|\n| 1 |\n\n$a<b$\n\n[^a]: 甲\n[^b]: 乙\n",
    );
    assert!(out.contains("<a href=\"#n") && out.contains("</a>无注"), "{out}");
    assert!(out.find("乙").expect("kept") < out.find("甲").expect("kept"), "{out}");
    assert!(out.contains("☑ 做") && out.contains("☐ 未") && out.contains("<math"), "{out}");
    assert!(out.contains("<td>1</td><td class=\"center\"></td>") && is_well_formed(&out), "{out}");
}

#[test]
fn no_link_stands_inside_another() {
    let out =
        xhtml("[![图](https://a.example/x.png)](https://b.example/)\n\n[字[^n]](https://c.example/)\n\n[^n]: 注\n");
    let mut open = 0;
    for tag in regex::Regex::new("</?a[ >]").expect("valid").find_iter(&out) {
        open += if tag.as_str().starts_with("</") { -1 } else { 1 };
        assert!((0..=1).contains(&open), "{out}");
    }
    assert!(out.contains("href=\"https://b.example/\"") && out.contains("https://a.example/x.png"), "{out}");
    assert!(out.contains("id=\"fnref1\"") && out.contains("href=\"#fnref1\""), "{out}");
}

#[test]
fn source_lines_stay_true() {
    let result = converted("一\n\n<div>\n\n**二**\n\n</div>\n\n- 三\n- 四", &Options::default());
    let lines: Vec<u32> = result.document.blocks.iter().map(|block| block.line).collect();
    assert_eq!(lines, [1, 5, 9]);
}

#[test]
fn deep_and_long_input_neither_overflows_nor_hangs() {
    let size = 200_000;
    for piece in [
        "*", "_", "[", "<div>", "`", "> ", "<b>", "**a ", "*a_ ", "<script>", "![", "\"", "(", "- ", "http://", "<",
        "~~", "<!--", "$", "&",
    ] {
        let out = xhtml(&piece.repeat(size / piece.len()));
        assert!(is_well_formed(&out), "{piece}");
    }
    let quotes = format!("{}深", ">".repeat(10_000));
    assert!(plain(&xhtml(&quotes)).contains('深'));
}

fn fragments() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "**",
            "*",
            "_",
            "__",
            "~~",
            "`",
            "```\n",
            "\n",
            "\n\n",
            "> ",
            "- ",
            "1. ",
            "# ",
            "| a | b |\n|--|--|\n",
            "[",
            "](",
            ")",
            "![",
            "<b>",
            "</b>",
            "<div>",
            "</div>\n",
            "<script>",
            "</script>",
            "<table>",
            "<td>",
            "<p>",
            "<!--",
            "-->",
            "$",
            "$$",
            "\\",
            "[^1]",
            "[^1]: ",
            "\"",
            " - ",
            "...",
            "(",
            "\u{3000}",
            "&emsp;",
            "&#0;",
            "https://example.com/a-",
            "\u{0}",
            "\u{FDD0}",
            "\u{FFFE}",
            "<ruby>",
            "<rt>",
            "<a href=\"#x\">",
            ": ",
        ])
        .prop_map(str::to_owned),
        "[一-十a-c ，。“”]{0,6}",
        ".{0,4}",
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gives_well_formed_xhtml(markdown in fragments()) {
        let out = xhtml(&markdown);
        prop_assert!(is_well_formed(&out), "{}", out);
    }

    #[test]
    fn no_han_character_is_lost(pieces in prop::collection::vec(prop_oneof!["[一-龟]{1,4}", prop::sample::select(vec!["**", "*", "_", " ", "\n", "\n\n", "> ", "- ", "，", "(", ")", "\"", "<b>", "</i>",
                    "~"]).prop_map(str::to_owned)], 0..40)) {
        let markdown = pieces.concat();
        // Three open a block of code, and what follows them names its language.
        prop_assume!(!markdown.contains("~~~"));
        let han = |text: &str| text.chars().filter(|c| super::clean::is_han(*c)).collect::<String>();
        prop_assert_eq!(han(&plain(&xhtml(&markdown))), han(&markdown));
    }
}

#[test]
fn what_speaks_another_language_says_so() {
    let out = xhtml(
        "他说<span lang=\"fr\">bonjour</span>，就走了。\n\n<p lang=\"ja\">本を読む。</p>\n\n<blockquote lang=\"de\"><p>Guten Tag.</p></blockquote>\n",
    );
    assert!(out.contains("<span lang=\"fr\" xml:lang=\"fr\">bonjour</span>"), "{out}");
    assert!(out.contains("<p lang=\"ja\" xml:lang=\"ja\">本を読む。</p>"), "{out}");
    assert!(out.contains("<blockquote lang=\"de\" xml:lang=\"de\">"), "{out}");
    // The article's own language, and what is no language, are passed over.
    let plain = xhtml("<span lang=\"zh-CN\">甲</span><span lang=\"!\">乙</span>");
    assert_eq!(plain, "<p>甲乙</p>");
}

#[test]
fn what_other_programs_write_is_read() {
    for (markdown, expected) in [
        ("![截图](截图 1.png)", "<span class=\"missing\""),
        ("##二、测试\n\n文", ">二、测试</h2>\n<p>文</p>"),
        ("[TOC]\n\n文", "<p>文</p>"),
        ("这是==高亮==的，见[[湘西]]与[[页|文字]]", "<p>这是<mark>高亮</mark>的，见湘西与文字</p>"),
        ("词^[行内的注]。", "行内的注"),
        ("```math\na+b\n```", "<math"),
        ("设 $`a=b`$ 与 \\( m \\)。", "<p>设 <math"),
    ] {
        let out = xhtml(markdown);
        assert!(
            out.contains(expected) || expected.starts_with("<span") && out.starts_with("<figure>"),
            "{markdown}\n{out}"
        );
    }
    assert!(xhtml("词^[行内的注]。").contains("id=\"fnref1\""));
    let links = xhtml("[附件 下载](附件 一.pdf)，文");
    assert!(links.contains("附件 一.pdf") || links.contains("%20"), "{links}");
}

#[test]
fn callouts_are_alerts_or_quotations_under_their_title() {
    let quotation = xhtml("> [!quote] 江边人\n> 雾里看船，\n> 船里看雾。");
    assert!(
        quotation.starts_with("<blockquote") && quotation.contains("<strong>江边人</strong></p>\n<p>雾里看船"),
        "{quotation}"
    );
    let warning = xhtml("> [!warning]- 小心 *水流*\n> 不要下水。");
    assert!(warning.contains("warning") && !warning.contains("[!"), "{warning}");
    assert!(warning.contains("不要下水。") && warning.contains("小心"), "{warning}");
    assert!(xhtml("> [!info]\n> 明天有雨。").contains("note"), "{}", xhtml("> [!info]\n> 明天有雨。"));
    assert!(xhtml("> [!什么]\n> 没有的。").contains("[!什么]"));
}

#[test]
fn a_formula_between_line_ends_stands_alone() {
    let out = xhtml("公式为\n$$\nx=\\frac{a}{b}\n$$\n成立。");
    assert!(
        out.starts_with("<p>公式为</p>") && out.ends_with("<p>成立。</p>") && out.contains("display=\"block\""),
        "{out}"
    );
    assert!(xhtml("其中 $$x$$ 成立。").starts_with("<p>其中 <math"), "{}", xhtml("其中 $$x$$ 成立。"));
    let result = converted("$$x=1 \\tag{1} \\label{eq}$$\n\n$$a=1 \\\\ b=2$$", &Options::default());
    assert!(result.problems.is_empty(), "{:?}", result.problems);
}

#[test]
fn a_paragraph_that_is_a_caption_goes_to_its_picture() {
    for caption in ["▲ 江边的石阶", "图1 江边的石阶", "图二：江边的石阶", "图源：江边人", "*江边的石阶*"]
    {
        let out = xhtml(&format!("![](a.png)\n\n{caption}\n\n文"));
        let caption = caption.trim_matches('*');
        assert!(out.contains(&format!("<figcaption>{caption}</figcaption>")), "{out}");
    }
    for text in ["图书馆在江边", "江边的石阶", "图1是江边的石阶", "*江边*的石阶"] {
        assert!(!xhtml(&format!("![](a.png)\n\n{text}")).contains("<figcaption>"), "{text}");
    }
    let named = xhtml("![石阶](a.png)\n\n▲ 江边");
    assert!(named.contains("<figcaption>石阶</figcaption>") && named.contains("<p>▲ 江边</p>"), "{named}");
}

#[test]
fn what_lazy_pages_show_before_a_picture_comes_is_none() {
    for spacer in [
        "data:image/svg+xml,%3C%3Fxml version='1.0' encoding='UTF-8'%3F%3E%3Csvg width='1px' height='1px' viewBox='0 0 1 1'%3E%3Cg%3E%3Crect x='249' y='126' width='1' height='1'%3E%3C/rect%3E%3C/g%3E%3C/svg%3E",
        "data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg' width='100' height='50'></svg>",
        "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
    ] {
        assert_eq!(xhtml(&format!("前\n\n![]({spacer})\n\n后")), "<p>前</p>\n<p>后</p>", "{spacer}");
    }
    let drawing =
        "data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><path d='M0 0h9'/></svg>";
    assert!(xhtml(&format!("![]({drawing})")).starts_with("<figure>"), "{}", xhtml(&format!("![]({drawing})")));
}
