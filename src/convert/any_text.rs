//! Properties of cleaning that hold for any text.

use proptest::prelude::*;

use super::tests::{converted, is_well_formed, plain, rendered};
use super::{Options, Source, convert, markdown};
use crate::book::{Body, Language, Origin};
use crate::document::{BlockKind, Document, Inline, InlineKind};

/// Words of many scripts. Digits stand behind letters: at the start of a line they may number an item.
const WORDS: [&str; 22] = [
    "渡口",
    "一",
    "的雾",
    "船夫",
    "𠮷野",
    "かな",
    "カタカナ",
    "한글",
    "서울",
    "river",
    "Boats",
    "GPT4",
    "Привет",
    "λόγος",
    "مرحبا",
    "שלום",
    "ไทย",
    "é",
    "Ｆｕｌｌ１",
    "x86",
    "第3",
    "naïve",
];
/// What stands between words: marks of all widths, emphasis, spaces of all kinds, line ends.
const MARKS: [&str; 44] = [
    " ",
    " ",
    "\n",
    "\n",
    "\n\n",
    "，",
    "。",
    "、",
    "：",
    "！",
    "？",
    "“",
    "”",
    "（",
    "）",
    "——",
    "……",
    "\"",
    "\"",
    "'",
    "(",
    ")",
    " - ",
    "--",
    "...",
    ", ",
    ",",
    ". ",
    ".",
    ";",
    ": ",
    "!",
    "?",
    "**",
    "** ",
    " **",
    "*",
    "_",
    "~~",
    "\u{A0}",
    "\u{3000}\u{3000}",
    "\u{200B}",
    "  \n",
    "\\\n",
];

fn prose() -> impl Strategy<Value = String> {
    let piece = prop_oneof![prop::sample::select(&WORDS[..]), prop::sample::select(&MARKS[..])];
    prop::collection::vec(piece, 0..50).prop_map(|pieces| pieces.concat())
}

fn letters(text: &str) -> String {
    quick_xml::escape::unescape(text).expect("well-formed").chars().filter(|c| c.is_alphanumeric()).collect()
}

fn in_language(text: &str, tag: &str) -> Document {
    let language = Language::new(tag).expect("a tag");
    converted(text, &Options { language, ..Options::default() }).document
}

fn of_html(html: &str) -> super::Converted {
    let (body, origin) = (Body::Html(html.to_owned()), Origin::Url("https://example.org/".to_owned()));
    convert(&Source { body: &body, origin: &origin, title: "题" }, &Options::default())
}

/// What code, formulas and links of a text say, in its order.
fn verbatim(document: &Document) -> Vec<String> {
    fn inlines(content: &[Inline], out: &mut Vec<String>) {
        for inline in content {
            match &inline.kind {
                InlineKind::Code(text) => out.push(text.clone()),
                InlineKind::Math(math) => out.push(math.tex.clone()),
                InlineKind::Link { target, content, .. } => {
                    out.push(target.clone());
                    inlines(content, out);
                }
                other => inlines(other.children(), out),
            }
        }
    }
    let mut out = Vec::new();
    for block in &document.blocks {
        match &block.kind {
            BlockKind::Code(code) => out.push(code.text()),
            BlockKind::Math(math) => out.push(math.tex.clone()),
            BlockKind::Paragraph(content) => inlines(content, &mut out),
            _ => {}
        }
    }
    out
}

fn elements() -> impl Strategy<Value = String> {
    let tag = prop::sample::select(vec![
        "<p>",
        "</p>",
        "<div>",
        "</div>",
        "<section style=\"font-weight:bold;font-size:20px\">",
        "</section>",
        "<br>",
        "<br/>\u{3000}",
        "<b>",
        "</b>",
        "<em>",
        "<span style=\"font-style:italic\">",
        "</span>",
        "<a href=\"https://example.org/a\">",
        "</a>",
        "<a href=\"#x\">",
        "<img src=\"a.png\">",
        "<img data-src=\"b.png\" alt=\"图\">",
        "<figure>",
        "<figcaption>",
        "</figure>",
        "<table>",
        "<tr>",
        "<td rowspan=\"9999\" colspan=\"-1\">",
        "</table>",
        "<ul>",
        "<ol start=\"x\">",
        "<li>",
        "</ul>",
        "<dl>",
        "<dt>",
        "<dd>",
        "<pre>",
        "<code class=\"language-rust\">",
        "</code></pre>",
        "<blockquote>",
        "</blockquote>",
        "<h1>",
        "<h6 id=\"x\">",
        "</h1>",
        "<svg><path d=\"M0\">",
        "</svg>",
        "<math><mfrac><mi>x</mi>",
        "</math>",
        "<script type=\"math/tex\">x^2</script>",
        "<script>",
        "<style>",
        "</style>",
        "<iframe src=\"//x\">",
        "<video poster=\"p.png\" src=\"v.mp4\">",
        "<ruby>",
        "<rt>",
        "</ruby>",
        "<sup id=\"fnref1\"><a href=\"#fn1\">1</a></sup>",
        "<li id=\"fn1\">",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "&#0;",
        "&#xFDD0;",
        "&nbsp;",
        "&amp",
        "<",
        ">",
        "\"",
        "<input type=checkbox checked>",
        "<details><summary>",
        "<p hidden>",
        "<template>",
        "<noscript>",
        "<form>",
        "<o:p>",
        "<center>",
        "<q>",
        "<details data-note=\"x\" data-line=\"9\">",
    ]);
    let piece =
        prop_oneof![tag.prop_map(str::to_owned), prop::sample::select(&WORDS[..]).prop_map(str::to_owned), ".{0,4}"];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cleaning_what_was_saved_changes_nothing(text in prose(), tag in prop::sample::select(vec!["zh-CN", "zh-TW", "ja", "ko", "en"])) {
        // Breaks, and indents behind line ends, may part what was judged as one text: its halves may be in two languages.
        let unindented = |line: &str| {
            let (marks, rest) = line.split_at(line.find(char::is_alphanumeric).unwrap_or(line.len()));
            format!("{}{}", marks.replace('\u{3000}', ""), rest.trim_end())
        };
        let text = text.replace("\\\n", "\n").split('\n').map(unindented).collect::<Vec<_>>().join("\n");
        let language = Language::new(tag).expect("a tag");
        let saved = markdown::write(&in_language(&text, tag), &language);
        prop_assert!(saved.exact, "{:?}\n-- became --\n{}", text, saved.text);
        let again = markdown::write(&in_language(&saved.text, tag), &language);
        prop_assert_eq!(&again.text, &saved.text);
    }

    #[test]
    fn no_letter_or_digit_of_any_language_is_lost(text in prose(), tag in prop::sample::select(vec!["zh-CN", "ja", "ko", "en", "de"])) {
        prop_assume!(!text.contains("~~~"));
        let out = rendered(&super::Converted { document: in_language(&text, tag), problems: Vec::new() }).body;
        prop_assert_eq!(letters(&plain(&out)), letters(&text), "{}", out);
    }

    #[test]
    fn code_addresses_and_formulas_stay_what_they_are(
        before in prop::sample::select(&WORDS[..]),
        mark in prop::sample::select(vec!["", " ", "（", "，", " (", "\"", "**"]),
        code in "[a-z\"'(][a-z\"'(),.;:!?* -]{0,10}[a-z)]",
        path in "[a-z0-9/_~%.?=&,;:!'-]{0,16}[a-z0-9]",
        tex in "[a-z][a-z0-9+=,.()-]{0,8}[a-z]",
    ) {
        let url = format!("https://example.org/{path}");
        let text = format!(
            "{before}{mark}`{code}`之后，{before} ${tex}$ 之前：{url}，然后<{url}>（[字]({url})）。\n\n```\n{code}  \"x\" -- ...\n```\n\n$${tex}$$\n"
        );
        let document = in_language(&text, "zh-CN");
        let block = format!("{code}  \"x\" -- ...");
        prop_assert_eq!(verbatim(&document), [&code, &tex, &url, &url, &url, &block, &tex].map(String::clone), "{}", text);
    }

    #[test]
    fn any_html_gives_well_formed_xhtml_that_can_be_saved(html in elements()) {
        let result = of_html(&html);
        let out = rendered(&result).body;
        prop_assert!(is_well_formed(&out), "{}", out);
        let _ = markdown::write(&result.document, &Language::chinese());
    }
}
