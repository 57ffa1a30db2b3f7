//! Text as converters leave it, and as it must come out: the same checks on both books.

use image::ImageFormat;

use crate::support::{Epub, Sandbox, article, pdf_text, picture, squeezed};

/// What both books say about one article body: the EPUB's text as it is, the PDF's without white space.
struct Books {
    epub: String,
    markup: String,
    pdf: String,
}

fn books(body: &str) -> Books {
    let sandbox = Sandbox::new();
    sandbox.write("a.md", article("题目", body));
    sandbox.run(["build", "a.md", "-o", "b.epub", "-o", "b.pdf"]).exits(0);
    let epub = Epub::open(&sandbox.path("b.epub"));
    Books { epub: epub.visible(), markup: epub.markup(), pdf: squeezed(&pdf_text(&sandbox.path("b.pdf"))) }
}

#[track_caller]
fn both_say(body: &str, sentence: &str) -> Books {
    let books = books(body);
    assert!(books.epub.contains(sentence), "EPUB: {sentence} is not in {}", books.epub);
    assert!(books.pdf.contains(&squeezed(sentence)), "PDF: {sentence} is not in {}", books.pdf);
    books
}

#[test]
fn lines_wrapped_between_han_are_joined_without_a_space() {
    both_say("老人把渔网\n晾在竹竿上，\n看着天色。", "老人把渔网晾在竹竿上，看着天色。");
}

#[test]
fn lines_wrapped_between_latin_words_are_joined_with_one_space() {
    both_say("The tide goes\nout slowly\nhere.", "The tide goes out slowly here.");
}

#[test]
fn a_wrapped_line_that_looks_like_a_list_is_text() {
    let books = books(
        "入冬以后气温一路往下降，院子里的水缸先结了薄冰，后来整缸都冻住了，最冷的那天是\n- 12 度，屋檐下的冰棱有一尺多长，孩子们拿竹竿去敲，敲下来当糖吃，第二天回升到了\n1. 5 度上下，大家才松了一口气。",
    );
    assert!(!books.markup.contains("<li>12") && !books.markup.contains("<li>5"), "{}", books.markup);
    for number in ["12", "5度上下"] {
        assert!(books.pdf.contains(number), "{number}: {}", books.pdf);
    }
}

#[test]
fn bold_closes_after_chinese_punctuation() {
    let books = both_say("他说：**“先吃饭。”**然后坐下。", "他说：“先吃饭。”然后坐下。");
    assert!(books.markup.contains("<strong>“先吃饭。”</strong>"), "{}", books.markup);
    assert!(!books.epub.contains('*') && !books.pdf.contains('*'));
}

#[test]
fn what_converters_leave_of_emphasis_is_mended() {
    for body in ["** _灯为什么亮着？_**", "**灯为什么亮着？ **", "** _灯为什么亮着？_ **", "__灯为什么亮着？__"]
    {
        let books = both_say(body, "灯为什么亮着？");
        assert!(books.markup.contains("<strong"), "{body}: {}", books.markup);
        assert!(!books.epub.contains(['*', '_']) && !books.pdf.contains(['*', '_']), "{body}: {}", books.epub);
    }
}

#[test]
fn stars_that_mean_themselves_are_kept() {
    both_say("`a * b` 和 `**p` 都是代码，3 * 4 是算式。", "a * b");
}

#[test]
fn stray_spaces_between_han_are_dropped() {
    both_say("他等了 一 年又 一年。", "他等了一年又一年。");
}

#[test]
fn typed_indents_are_dropped() {
    let books = both_say("\u{3000}\u{3000}河水涨了。\n\n&emsp;&emsp;桥还在。", "河水涨了。");
    assert!(!books.epub.contains('\u{3000}') && !books.epub.contains('\u{2003}'), "{:?}", books.epub);
}

#[test]
fn ascii_punctuation_in_chinese_becomes_chinese_and_code_is_left_alone() {
    let sandbox = Sandbox::new();
    sandbox.write("a.md", article("标点", "她说\"随便走走\"就出了门 (没带伞)。\n\n```\nprint(\"随便\")\n```\n"));
    let run = sandbox.run(["build", "a.md", "-o", "b.epub", "--json"]).exits(0);
    let text = Epub::open(&sandbox.path("b.epub")).visible();
    assert!(text.contains("她说“随便走走”就出了门（没带伞）。"), "{text}");
    assert!(text.contains("print(\"随便\")"), "{text}");
    assert!(run.codes("warning").contains(&"text-punctuation".to_owned()));

    sandbox.write("wenji.toml", "[clean]\npunctuation = false\n");
    sandbox.run(["build", "a.md", "--config", "wenji.toml", "-o", "c.epub"]).exits(0);
    assert!(Epub::open(&sandbox.path("c.epub")).visible().contains("她说\"随便走走\"就出了门"));
}

/// An article that speaks of boilerplate, between lines that are some.
const CALLS: &str = "点击上方“渡口来信”关注我\n\n渡口的人都有手机了，船票背面印着几行小字。\n\n- 点个在看\n- 扫码关注\n\n\
    ![](船票.png)\n\n长按识别二维码，是船夫学会的第一件事，他说：关注公众号以后，船反而少了。\n\n没有人再来等船。\n\n***\n\n编辑：阿渡\n\n\
    如果喜欢，欢迎点赞、在看、转发\n\n![](码.png)\n\n长按识别二维码关注我们\n\n声明：本文仅供交流。图片来自网络，侵删。\n\n往期推荐\n\n\
    [河上的人](https://example.org/1)\n\n[山里的雪](https://example.org/2)\n";

#[test]
fn boilerplate_goes_from_both_ends_when_asked_for_and_each_line_is_told() {
    let sandbox = Sandbox::new();
    sandbox.write("a.md", article("渡口", CALLS));
    for name in ["船票.png", "码.png"] {
        sandbox.write(name, picture(ImageFormat::Png, 40, 30, name.len() as u8));
    }
    sandbox.write("wenji.toml", "[clean]\nboilerplate = true\n");
    let run = sandbox.run(["build", "a.md", "--config", "wenji.toml", "-o", "b.epub", "--json"]).exits(0);
    let epub = Epub::open(&sandbox.path("b.epub"));
    let text = epub.visible();
    for kept in ["点个在看", "扫码关注", "长按识别二维码，是船夫", "关注公众号以后", "没有人再来等船。", "编辑：阿渡"]
    {
        assert!(text.contains(kept), "{kept} is not in {text}");
    }
    for gone in ["渡口来信", "转发", "关注我们", "声明", "侵删", "往期推荐", "河上的人", "山里的雪"]
    {
        assert!(!text.contains(gone), "{gone} is in {text}");
    }
    let markup = epub.markup();
    assert_eq!(markup.matches("<figure").count(), 1, "{markup}");
    // The call above, the one below, the code and its line, the note, the heading and its two links.
    assert_eq!(run.codes("warning").iter().filter(|code| *code == "text-boilerplate").count(), 8);

    let diff = sandbox.run(["collect", "a.md", "--config", "wenji.toml", "--diff"]).exits(0);
    let diff = String::from_utf8_lossy(&diff.stdout).into_owned();
    for line in ["-点击上方“渡口来信”关注我", "-长按识别二维码关注我们", "-![](码.png)", "-往期推荐"]
    {
        assert!(diff.lines().any(|shown| shown == line), "{line} is not in\n{diff}");
    }

    sandbox.run(["build", "a.md", "-o", "c.epub"]).exits(0);
    let text = Epub::open(&sandbox.path("c.epub")).visible();
    for kept in ["渡口来信", "转发", "声明", "往期推荐", "河上的人"] {
        assert!(text.contains(kept), "{kept} is not in {text}");
    }
}

#[test]
fn an_address_cut_by_the_wrap_is_one_link() {
    let books = books("原文链接：\n\nhttps://example.org/river/2024/05/where-the-\nwater-goes/88/");
    assert!(
        books.markup.contains("href=\"https://example.org/river/2024/05/where-the-water-goes/88/\""),
        "{}",
        books.markup
    );
    // poppler drops a hyphen at the end of a line.
    assert!(books.pdf.replace('-', "").contains("/wherethewatergoes/88/"), "{}", books.pdf);
}

#[test]
fn a_bare_address_ends_before_chinese_punctuation() {
    let books = books("参见https://example.org/a?b=1&c=2，还有别的。");
    assert!(books.markup.contains("href=\"https://example.org/a?b=1&amp;c=2\""), "{}", books.markup);
}

#[test]
fn every_construct_of_markdown_is_in_both_books() {
    let body = "## 小节\n\n> 引文一句。\n\n- 甲\n  - 乙\n\n1. 丙\n\n- [x] 做完\n\n| 左 | 右 |\n|---|---|\n| 东 | 西 |\n\n```rust\nfn main() {}\n```\n\n脚注[^a]与~~删去~~，行内 $x^2$。\n\n$$\\frac{1}{2}$$\n\n名词\n: 解释一句。\n\n> [!TIP]\n> 提示一句。\n\n<ruby>汉<rt>hàn</rt></ruby>字\n\n---\n\n[^a]: 注文一句。\n";
    let books = books(body);
    for piece in [
        "小节",
        "引文一句。",
        "甲",
        "乙",
        "丙",
        "做完",
        "东",
        "西",
        "fn main() {}",
        "删去",
        "解释一句。",
        "提示一句。",
        "汉",
        "hàn",
        "注文一句。",
    ] {
        assert!(books.epub.contains(piece), "EPUB: {piece}");
        assert!(books.pdf.contains(&squeezed(piece)), "PDF: {piece} is not in {}", books.pdf);
    }
    for tag in
        ["<h2", "<blockquote", "<ol", "<table", "<pre", "<del", "<math", "<dl", "<ruby", "<hr", "epub:type=\"noteref\""]
    {
        assert!(books.markup.contains(tag), "{tag}: {}", books.markup);
    }
}
