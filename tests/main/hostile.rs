//! Articles are not trusted: what they may not do, and that no bytes bring wenji down.

use proptest::prelude::*;

use crate::support::{Epub, Sandbox, article, epubcheck, visible_text};

const HOSTILE: &str = r#"<script>alert("scripttext")</script>

一句 <script>inlinescript()</script> 正文。

<iframe src="https://example.org/frame">frametext</iframe>
<form action="https://example.org/post"><input value="inputtext"><button>按</button></form>
<style>body { display: none } .styletext {}</style>
<p onclick="steal()" style="position:fixed">点击我。</p>
<a href="javascript:steal()">坏链接</a> [也坏](javascript:steal2())
<object data="x.swf"></object><embed src="y.swf"><link rel="stylesheet" href="https://example.org/z.css">
<svg xmlns="http://www.w3.org/2000/svg" onload="steal3()"><script>svgscript()</script></svg>
<div><b>没有关上的粗体
<table><tr><td>没有关上的格
"#;

#[test]
fn no_script_handler_or_frame_reaches_a_book() {
    let sandbox = Sandbox::new();
    sandbox.write("a.md", article("恶意", HOSTILE));
    sandbox.run(["build", "a.md", "-o", "b.epub", "-o", "b.pdf"]).exits(0);
    let markup = Epub::open(&sandbox.path("b.epub")).markup();
    for bad in [
        "<script",
        "scripttext",
        "inlinescript",
        "svgscript",
        "onclick",
        "onload",
        "=\"javascript:",
        "<iframe",
        "<form",
        "<input value",
        "styletext",
        "position:fixed",
        "<object",
        "<embed",
        "example.org/z.css",
    ] {
        assert!(!markup.contains(bad), "{bad} is in the book");
    }
    for good in ["正文。", "点击我。", "坏链接", "没有关上的粗体", "没有关上的格"] {
        assert!(markup.contains(good), "{good} is missing");
    }
    epubcheck(&sandbox.path("b.epub"));
    let pdf = std::fs::read(sandbox.path("b.pdf")).expect("written");
    assert!(!String::from_utf8_lossy(&pdf).contains("/JavaScript"));
}

#[test]
fn a_title_never_becomes_a_path() {
    let sandbox = Sandbox::new();
    sandbox.write("in/a.md", "# ../../escaped\n\n正文。\n");
    sandbox.run(["build", "in/a.md", "-o", "out/deep/"]).exits(0);
    assert_eq!(sandbox.list("out"), ["deep"]);
    assert_eq!(sandbox.list("out/deep").len(), 2);
}

#[test]
fn deep_nesting_ends_in_a_book_or_a_report_not_in_a_crash() {
    for body in
        [">".repeat(3000) + " 深", "<div>".repeat(5000) + "深", "- ".repeat(2000) + "深", "[".repeat(5000) + "深"]
    {
        let sandbox = Sandbox::new();
        sandbox.write("a.md", article("深", &body));
        let run = sandbox.run(["build", "a.md", "-o", "b.epub"]);
        assert!(matches!(run.status, Some(0 | 3)), "{:?}: {}", run.status, run.stderr);
    }
}

#[test]
fn a_bomb_of_a_picture_is_refused_by_its_size() {
    // A PNG that says it is 60,000 pixels in the square; the rest is not even there.
    let mut bomb = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bomb.extend(60_000_u32.to_be_bytes());
    bomb.extend(60_000_u32.to_be_bytes());
    bomb.extend([8, 2, 0, 0, 0]);
    bomb.extend([0; 64]);
    let sandbox = Sandbox::new();
    sandbox.write("bomb.png", bomb);
    sandbox.write("a.md", article("炸弹", "![图](bomb.png)"));
    let run = sandbox.run(["build", "a.md", "-o", "b.epub", "--json"]).exits(3);
    assert!(matches!(run.codes("error")[0].as_str(), "image-too-many-pixels" | "image-decode"), "{}", run.text());
}

#[test]
fn a_vector_picture_brings_no_script_and_fetches_nothing() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "v.svg",
        r##"<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="60" height="60" onload="go()"><script>go()</script><image xlink:href="https://example.org/spy.png" width="5" height="5"/><rect width="60" height="60" fill="navy"/></svg>"##,
    );
    sandbox.write("a.md", article("矢量", "![图](v.svg)"));
    let run = sandbox.run(["build", "a.md", "-o", "b.epub"]);
    assert!(matches!(run.status, Some(0 | 3)), "{:?}", run.status);
    for (name, bytes) in Epub::open(&sandbox.path("b.epub")).files {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("go()") && !text.contains("spy.png"), "{name}");
    }
}

/// Any bytes, but rich in what markdown and HTML are made of.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "# ",
        "**",
        "_",
        "`",
        "```\n",
        "> ",
        "- ",
        "1. ",
        "|",
        "|--|\n",
        "\n",
        "\n\n",
        "$",
        "$$",
        "[^1]",
        "[^1]: ",
        "<b>",
        "</b>",
        "<table>",
        "<td>",
        "<script>",
        "<!--",
        "-->",
        "<![CDATA[",
        "&amp;",
        "&#0;",
        "&",
        "![](",
        ")",
        "[",
        "](x)",
        "文",
        "字。",
        "“",
        "”",
        "…",
        "——",
        "word ",
        "\u{0}",
        "\u{FFFE}",
        "\u{202E}",
        "\u{3000}",
        "😀",
        "\t",
        "---\n",
        "+++\n",
        "\r\n",
    ]);
    let piece = prop_oneof![
        6 => pieces.prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..6),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_well_formed_pages_or_a_report(bytes in bytes()) {
        let sandbox = Sandbox::new();
        sandbox.write("a.md", &bytes);
        sandbox.write("b.md", "# 好的一篇\n\n正文。\n");
        let run = sandbox.run(["build", "a.md", "b.md", "-o", "b.epub", "-o", "b.pdf"]);
        prop_assert!(matches!(run.status, Some(0 | 3)), "{:?}: {}", run.status, run.stderr);
        prop_assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
        prop_assert!(!run.stderr.contains("internal-panic"), "{}", run.stderr);
        let epub = Epub::open(&sandbox.path("b.epub"));
        for name in epub.named(".xhtml") {
            visible_text(&epub.text(name));
        }
    }
}

/// Small drawings that ask for hours: definitions that show others over and over, and filters of any size.
#[test]
fn no_drawing_keeps_the_program_from_its_book() {
    let tower = |element: &str, shown: &str| -> String {
        let level = |n: usize| {
            let inner = shown.replace("OTHER", &format!("x{}", n - 1)).repeat(10);
            format!("<{element} id='x{n}' width='9' height='9'>{inner}</{element}>")
        };
        let levels: String = (1..10).map(level).collect();
        format!("<defs><{element} id='x0' width='9' height='9'><rect width='5' height='5'/></{element}>{levels}</defs>")
    };
    let filtered = |primitive: &str| {
        format!(
            "<filter id='f' x='0' y='0' width='1' height='1'>{primitive}</filter><rect width='600' height='600' filter='url(#f)'/>"
        )
    };
    let drawings = [
        tower("pattern", "<rect width='5' height='5' fill='url(#OTHER)'/>")
            + "<rect width='9' height='9' fill='url(#x9)'/>",
        tower("mask", "<rect width='5' height='5' mask='url(#OTHER)'/>")
            + "<rect width='9' height='9' mask='url(#x9)'/>",
        tower("clipPath", "<rect width='5' height='5' clip-path='url(#OTHER)'/>")
            + "<rect width='9' height='9' clip-path='url(#x9)'/>",
        tower("g", "<use href='#OTHER'/>") + "<use href='#x9'/>",
        filtered("<feTurbulence numOctaves='1000000000' baseFrequency='0.05'/>"),
        filtered("<feMorphology operator='dilate' radius='300'/>"),
        format!("<text>{}</text>", "雨".repeat(1_000_000)),
    ];
    let sandbox = Sandbox::new();
    let mut body = "正文还在。\n\n".to_owned();
    for (number, drawing) in drawings.iter().enumerate() {
        let source = format!("<svg xmlns='http://www.w3.org/2000/svg' width='600' height='600'>{drawing}</svg>");
        sandbox.write(&format!("{number}.svg"), source);
        body += &format!("![{number}]({number}.svg)\n\n");
    }
    sandbox.write("a.md", article("无底", &body));
    let started = std::time::Instant::now();
    let run = sandbox.run(["build", "a.md", "-o", "b.epub", "-o", "b.pdf", "--profile", "kindle", "--json"]).exits(3);
    assert_eq!(run.codes("error"), vec!["image-too-complex"; drawings.len()]);
    assert!(Epub::open(&sandbox.path("b.epub")).visible().contains("正文还在。"));
    assert!(started.elapsed() < std::time::Duration::from_secs(60), "{:?}", started.elapsed());
}

/// Pages and feeds of less than 2 MB that ask for minutes: depth behind ends that end nothing, and what is read again for
/// each element or byte.
#[test]
fn no_page_or_feed_keeps_the_program_from_its_book() {
    let sandbox = Sandbox::new();
    let text = "<p>山里的雪化了，河水涨了起来，孩子们在桥上看船，等到天黑才回家。</p>".repeat(20);
    let deep = ["<div></x>", "<div><!-- </div> -->", "<div title='</div>'>", "<svg><path>", "<span><p></span></p>"];
    for (number, piece) in deep.iter().enumerate() {
        sandbox.write(&format!("in/deep-{number}.html"), format!("<h1>深</h1>{text}{}", piece.repeat(20_000)));
    }
    let flat = ["<article>一</article>", "<div><div><div>二</div></div></div>", "<b class=a><div></b></div>"];
    for (number, piece) in flat.iter().enumerate() {
        let page = format!("<h1>宽 {number}</h1><div>{text}{}</div>", piece.repeat(20_000));
        sandbox.write(&format!("in/flat-{number}.html"), page);
    }
    sandbox.write("in/bytes.md", [b"# \xE9\x9B\xA8\n\n".as_slice(), &b"\xE9\x9B\xA8\xFF\n".repeat(200_000)].concat());
    let summary = "&lt;div&gt;".repeat(20_000);
    sandbox.write(
        "in/feed.xml",
        format!("<rss version='2.0'><channel><title>{summary}</title><item><title>{summary}</title><description>{summary}</description></item></channel></rss>"),
    );
    let started = std::time::Instant::now();
    let run = sandbox.run(["build", "in", "in/feed.xml", "-o", "b.epub", "--json"]).exits(3);
    let refused = run.codes("error").iter().filter(|code| *code == "article-unsupported").count();
    assert!(refused >= deep.len(), "{}", run.text());
    assert!(started.elapsed() < std::time::Duration::from_secs(60), "{:?}", started.elapsed());
}
