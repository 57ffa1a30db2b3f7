//! The HTML of pages as XHTML of the book.

use crate::book::{Body, Language, Origin};
use crate::convert::{Options, Source, convert, xhtml};

/// The XHTML that comes of HTML, without line ends.
fn out_with(html: &str, options: &Options) -> String {
    let origin = Origin::Url("https://a.example/x".to_owned());
    let body = Body::Html(html.to_owned());
    let converted = convert(&Source { body: &body, origin: &origin, title: "题" }, options);
    let language = Language::chinese();
    let picture = &|_| None;
    let link = &|target: &str| xhtml::Destination::at(target);
    let rendered =
        xhtml::render(&converted.document, &xhtml::Options { language: &language, picture, link, page_starts: &[] });
    rendered.body.replace('\n', "")
}

fn out(html: &str) -> String {
    out_with(html, &Options::default())
}

/// The TeX of the formulas, each marked when it stands alone.
fn formulas(html: &str) -> Vec<String> {
    let prepared = super::prepare(html);
    let tree = dom_query::Document::fragment(prepared);
    let codes = tree.select("code[data-math]");
    let nodes = codes.nodes().iter();
    nodes.map(|node| format!("{}:{}", &node.attr("data-math").expect("a kind")[..1], node.text())).collect()
}

#[test]
fn text_is_taken_as_it_stands_and_not_as_markdown() {
    assert_eq!(out("<p>1. 一 **二** _三_ `四` <br># 五</p>"), "<p>1. 一 **二** _三_ `四`<br/># 五</p>");
    assert_eq!(out("<p>上\n  下&nbsp;&#8203;左<span>右</span></p>"), "<p>上下左右</p>");
    assert_eq!(out("<p>two\n words</p>"), "<p>two words</p>");
}

#[test]
fn formulas_of_every_kind_become_tex() {
    for (html, expected) in [
        ("<p>a<script type='math/tex'>x^2</script>b</p>", vec!["i:x^2"]),
        (
            "<p><span class=MathJax_Preview>?</span><div class=MathJax_Display>y</div><script type='math/tex; mode=display'>y_1</script></p>",
            vec!["d:y_1"],
        ),
        (
            "<span class=katex><span class=katex-mathml><math><semantics><mrow><mi>x</mi></mrow><annotation encoding='application/x-tex'>\\frac a b</annotation></semantics></math></span><span class=katex-html aria-hidden=true>ab</span></span>",
            vec!["i:\\frac a b"],
        ),
        (
            "<span class=katex-display><span class=katex><math><semantics><mi>x</mi><annotation encoding='application/x-tex'>z</annotation></semantics></math></span></span>",
            vec!["d:z"],
        ),
        (
            "<mjx-container display=true><svg></svg><mjx-assistive-mml><math display=block><mfrac><mn>1</mn><mn>2</mn></mfrac></math></mjx-assistive-mml></mjx-container>",
            vec!["d:\\frac{1}{2}"],
        ),
        ("<math alttext='{\\displaystyle a+b}'><mi>a</mi></math>", vec!["i:a+b"]),
        (
            "<p><img class=latex alt='e^{i}' src=x.png>与<img src='https://www.zhihu.com/equation?tex=a%5E2'></p>",
            vec!["i:e^{i}", "i:a^2"],
        ),
        ("<section data-formula='\\int f'><svg><path d='M0 0'/></svg></section>", vec!["d:\\int f"]),
        ("<p>设 \\(n\\) 与 $x_1$，价 $5 与 $6。$$\\sum_i a_i$$</p>", vec!["i:n", "i:x_1", "d:\\sum_i a_i"]),
        ("<p>只要 $5，不要 $6。</p><pre>$x_1$</pre><code>\\(a\\)</code>", vec![]),
    ] {
        assert_eq!(formulas(html), expected, "{html}");
    }
}

#[test]
fn code_keeps_its_lines_and_its_language_and_loses_its_numbers() {
    let cases = [
        ("<pre><code class='language-rust'>fn a() {}\n</code></pre>", "rust", "fn a() {}"),
        ("<pre><code class='hljs python'><span class='hljs-comment'># x</span>\ny</code></pre>", "python", "# x\ny"),
        ("<div class='highlight highlight-source-shell'><pre>ls &lt;a&gt;</pre></div>", "bash", "ls <a>"),
        (
            "<section class='code-snippet__fix code-snippet__js'><ul class='code-snippet__line-index'><li></li></ul><pre class='code-snippet__js' data-lang='javascript'><code><span>let a;</span></code><code>  <span>a = 1;</span></code><code><br></code><code>b</code></pre></section>",
            "javascript",
            "let a;\n  a = 1;\n\nb",
        ),
        (
            "<figure class='highlight go'><table><tr><td class=gutter><pre>1<br>2</pre></td><td class=code><pre><span class=line>a := 1</span><br><span class=line>b</span></pre></td></tr></table></figure>",
            "go",
            "a := 1\nb",
        ),
        ("<pre class='brush: sql; toolbar: false'>select 1</pre>", "sql", "select 1"),
        ("<pre class='prettyprint linenums'><ol class=linenums><li>a</li><li> b</li></ol></pre>", "", "a\n b"),
        (
            "<div class=code-toolbar><pre class='language-css line-numbers'><code>a{}<span class=line-numbers-rows><span></span></span></code></pre><div class=toolbar><button>Copy</button></div></div>",
            "css",
            "a{}",
        ),
        ("<pre>a<br>b&nbsp;c</pre>", "", "a\nb c"),
    ];
    for (html, language, text) in cases {
        let tree = dom_query::Document::fragment(super::prepare(html));
        let pre = tree.select("pre");
        assert_eq!(pre.length(), 1, "{html}: {}", tree.html());
        assert_eq!(
            (pre.attr_or("data-lang", "").to_string(), pre.text().to_string()),
            (language.to_owned(), text.to_owned()),
            "{html}"
        );
        assert_eq!(tree.html_root().text().trim(), text, "{html}");
    }
}

#[test]
fn notes_of_every_kind_are_called_and_stand_once() {
    for html in [
        "<p>文<sup id='fnref:1'><a href='#fn:1' class=footnote-ref>1</a></sup>。</p><div class=footnotes><hr><ol><li id='fn:1'><p>注文。<a href='#fnref:1' class=footnote-backref>↩</a></p></li></ol></div>",
        "<p>文<a class=footnote-anchor id=footnote-anchor-1 href=#footnote-1>1</a>。</p><div class=footnote><a id=footnote-1 href=#footnote-anchor-1 class=footnote-number>1</a><div class=footnote-content><p>注文。</p></div></div>",
        "<p>文<sup class=reference id=cite_ref-1><a href=#cite_note-1>[1]</a></sup>。</p><h2>注释</h2><ol class=references><li id=cite_note-1><span class=mw-cite-backlink><a href=#cite_ref-1>^</a></span> <span>注文。</span></li></ol>",
        "<p>文<sup><a href=#user-content-fn-1 id=user-content-fnref-1 data-footnote-ref>1</a></sup>。</p><section class=footnotes><h2>Footnotes</h2><ol><li id=user-content-fn-1><p>注文。 <a href=#user-content-fnref-1 data-footnote-backref>↩</a></p></li></ol></section>",
        "<p>文<sup data-fn=u class=fn><a href=#u id=u-link>1</a></sup>。</p><ol class=wp-block-footnotes><li id=u>注文。 <a href=#u-link>↩︎</a></li></ol>",
        "<p>文<a href=#b1 name=a1><sup>[1]</sup></a>。</p><p><a href=#a1 name=b1>[1]</a> 注文。</p>",
    ] {
        let out = out(html);
        assert_eq!(out.matches("注文。").count(), 1, "{html}: {out}");
        assert!(
            out.contains("<p>文<a ") && out.contains("epub:type=\"noteref\"") && out.contains("epub:type=\"footnote\""),
            "{html}: {out}"
        );
        assert!(
            !out.contains('↩') && !out.contains("注释") && !out.contains("Footnotes") && !out.contains("<ol"),
            "{html}: {out}"
        );
    }
    let link = out("<p><a href=#s>第一节</a></p><h2 id=s>一</h2><p>文</p>");
    assert!(link.contains("<a href=\"#"), "{link}");
}

#[test]
fn styles_of_editors_become_emphasis_and_headings_by_choice() {
    let soup = "<section><section><span style='font-weight: 700;'>第一节</span></section><section><p style='font-size:16px'><span style='font-size: 16px'>这是正文，写得很长，说了许多话，</span><span style='font-style:italic'>也有重点</span>。</p></section><section><br></section><section></section><p><span style='font-size:22px'>第二节</span></p></section>";
    assert_eq!(
        out(soup),
        "<p><strong>第一节</strong></p><p>这是正文，写得很长，说了许多话，<em class=\"dots\">也有重点</em>。</p><p><strong>第二节</strong></p>"
    );
    let headings = out_with(soup, &Options { bold_headings: true, ..Options::default() });
    assert_eq!(headings.matches("<h2").count(), 2, "{headings}");
    assert_eq!(
        out("<div>一段。<br><br>二段。<br>\u{3000}\u{3000}三段。<br>同段。</div>"),
        "<p>一段。</p><p>二段。</p><p>三段。<br/>同段。</p>"
    );
}

#[test]
fn figures_players_drawings_and_boxes_keep_what_they_hold() {
    let caption = out(
        "<div class=wp-caption><a href='https://a.example/p.jpg'><img src=p.jpg alt=桥></a><p class=wp-caption-text>桥上</p></div>",
    );
    assert!(caption.contains("<figcaption>桥上</figcaption>") && !caption.contains("<p>桥上"), "{caption}");
    let film = out("<iframe src='https://www.youtube.com/embed/x' title='过江'></iframe>");
    assert!(film.contains("<a href=\"https://www.youtube.com/embed/x\">［视频：过江］</a>"), "{film}");
    let drawing = super::prepare(
        "<p><svg viewBox='0 0 200 100'><title>江</title><rect width=9 height=9 /></svg><svg class=icon width=16 height=16><path d='M0 0'/></svg></p>",
    );
    assert!(
        drawing.matches("<img").count() == 1
            && drawing.contains("data:image/svg+xml")
            && drawing.contains("alt=\"江\""),
        "{drawing}"
    );
    let alert =
        out("<div class='markdown-alert markdown-alert-tip'><p class=markdown-alert-title>Tip</p><p>带伞。</p></div>");
    assert!(alert.contains("class=\"alert tip\"") && alert.contains("带伞。") && !alert.contains(">Tip<"), "{alert}");
    let tasks = out("<ul><li><input type=checkbox checked disabled> 一</li><li><input type=checkbox>二</li></ul>");
    assert!(tasks.contains("☑ 一") && tasks.contains("☐ 二"), "{tasks}");
}

#[test]
fn nothing_of_a_page_reaches_the_book_but_what_can_be_shown() {
    let hostile = "<p onclick='x()' data-call=z data-line=7>一<script>alert(1)</script><style>p{}</style><a href='javascript:x()'>二</a>\
        <form><input value=三><button>四</button></form><object data='x.swf'></object><a href='data:text/html,x'>五</a></p>";
    let out = out(hostile);
    for word in ["alert", "onclick", "javascript", "三", "四", "data:text", "p{}", "noteref"] {
        assert!(!out.contains(word), "{word}: {out}");
    }
    assert!(out.contains('一') && out.contains('二') && out.contains('五'), "{out}");
    let deep = format!("{}底{}", "<div><b>".repeat(200), "</b></div>".repeat(200));
    assert!(super::prepare(&deep).contains('底'));
}

#[test]
fn what_sites_put_around_code_is_neither_code_nor_text() {
    for (html, expected) in [
        (
            "<pre><div class=code-block-extension-header><div>rust</div><div>复制代码</div></div><code class='hljs language-rust'>fn main() {}\n<span class=copy-code-btn>复制代码</span></code></pre>",
            "<pre><code class=\"language-rust\">",
        ),
        (
            "<div class=language-ts><button title=Copy></button><span class=lang>ts</span><pre class=shiki><code>let a = 1\n</code></pre><div class=line-numbers-wrapper><span class=line-number>1</span><br></div></div>",
            "<pre><code class=\"language-typescript\">",
        ),
        (
            "<pre><code class='language-python'>a = 1\n<div class='hljs-button signin'>登录后复制</div></code><ul class=pre-numbering><li>1</li><li>2</li></ul></pre>",
            "<pre><code class=\"language-python\">",
        ),
        (
            "<figure class='highlight go'><div class=highlight-tools><div class=code-lang>go</div></div><pre><code>package a</code></pre><div class=code-widget>复制</div></figure>",
            "<pre><code class=\"language-go\">",
        ),
    ] {
        let out = out(html);
        assert!(out.starts_with(expected), "{html}\n{out}");
        let text = crate::convert::tests::plain(&out);
        assert!(["fn main() {}", "let a = 1", "a = 1", "package a"].contains(&text.trim()), "{html}\n{out}");
    }
}

#[test]
fn text_in_mathml_is_valid_tex_whatever_it_holds() {
    let math = "<math><mtext>50% &amp; a_b^{c} \\#$</mtext><mi>x</mi></math>";
    let tex = formulas(math);
    assert_eq!(
        tex,
        ["i:\\text{50}\\%\\text{ }\\&\\text{ a}\\_\\text{b}\\wedge\\{\\text{c}\\}\\text{ }\\backslash\\#\\$x"]
    );
    assert!(out(math).contains("<math"), "{}", out(math));
}
