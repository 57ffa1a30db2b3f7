//! What the language of an article is told from: its words, without code, markup, formulas and addresses.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::book::{Body, Language};

/// The language in which an article is written.
pub(super) fn language(title: &str, body: &Body) -> Language {
    let mut prose = format!("{title}\n");
    match body {
        Body::Markdown { text, .. } => add_markdown(text, &mut prose),
        Body::Html(html) => add_html(html, &mut prose),
    }
    Language::of_text(&prose)
}

fn add_markdown(text: &str, prose: &mut String) {
    let options = Options::ENABLE_TABLES | Options::ENABLE_MATH | Options::ENABLE_GFM;
    let mut in_code = false;
    // An element may go over several events.
    let mut html = String::new();
    for event in Parser::new_ext(text, options) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(piece) if !in_code => prose.push_str(&piece),
            // Between two prices stands no formula.
            Event::InlineMath(piece) if !piece.is_ascii() => prose.push_str(&piece),
            Event::Html(piece) => html.push_str(&piece),
            Event::End(TagEnd::HtmlBlock) => add_html(&std::mem::take(&mut html), prose),
            Event::SoftBreak | Event::HardBreak | Event::End(_) => prose.push('\n'),
            Event::InlineHtml(_) => prose.push(' '),
            _ => {}
        }
    }
}

/// Adds what stands between the tags. An element of code that is never closed holds to the end.
fn add_html(html: &str, prose: &mut String) {
    const NO_PROSE: [&str; 8] = ["script", "style", "pre", "code", "svg", "math", "textarea", "template"];
    let behind = |text: &'_ str, end: &str| find(text, end).map_or(text.len(), |at| at + end.len());
    let html = html.replace("&nbsp;", " ");
    let mut rest = html.as_str();
    while let Some(open) = rest.find('<') {
        prose.push_str(&rest[..open]);
        rest = &rest[open + 1..];
        let name: &str = &rest[..rest.bytes().take_while(u8::is_ascii_alphanumeric).count()];
        rest = if rest.starts_with("!--") {
            &rest[behind(rest, "-->")..]
        } else if let Some(name) = NO_PROSE.iter().find(|no| no.eq_ignore_ascii_case(name)) {
            let after = &rest[behind(rest, &format!("</{name}"))..];
            &after[behind(after, ">")..]
        } else if !name.is_empty() || rest.starts_with(['/', '!']) {
            prose.push('\n');
            &rest[behind(rest, ">")..]
        } else {
            rest
        };
    }
    prose.push_str(rest);
}

/// Where ASCII letters stand in a text, in any case.
fn find(text: &str, letters: &str) -> Option<usize> {
    text.as_bytes().windows(letters.len()).position(|window| window.eq_ignore_ascii_case(letters.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let body = Body::Markdown { text: text.to_owned(), first_line: 1 };
        language("", &body).tag().to_owned()
    }

    #[test]
    fn code_markup_formulas_and_addresses_are_no_words() {
        let code = "const answer = await fetch(address); console.log(answer.body);\n".repeat(20);
        for text in [
            format!("先装好它，再写一行。\n\n```js\n{code}```\n"),
            format!("先装好它，再写一行。\n\n<pre><code class=\"language-js\">{code}</code></pre>\n"),
            "<section style=\"margin: 0px auto; padding: 0px 16px\"><span style=\"font-size: 15px; color: black\">雨停了。</span></section>\n".to_owned(),
            "雨<span style=\"font-size: 15px; letter-spacing: normal\">停</span>了。".to_owned(),
            "由此得 $\\operatorname{softmax}(a b c d e f g h i)$ 一式。".to_owned(),
            "见 [这里](https://a.example/one/two-three-four-five) 一文。".to_owned(),
        ] {
            assert_eq!(told(&text), "zh-CN", "{text}");
        }
        assert_eq!(told("价格从 $10 到$20，看你怎么选。"), "zh-CN");
        assert_eq!(told("The word 雨 is read yu.\n\n```\n雨雨雨雨雨雨雨雨雨雨\n```\n"), "en");
    }

    #[test]
    fn an_article_in_html_is_told_by_its_text_and_one_of_code_by_its_title() {
        let body =
            Body::Html("<p>雨停了。</p><pre>let rain = false; let sun = true;</pre><SCRIPT>var a</script>".into());
        assert_eq!(language("", &body).tag(), "zh-CN");
        let body = Body::Html("<pre>let rain = false;".into());
        assert_eq!(language("一段程序", &body).tag(), "zh-CN");
    }

    proptest::proptest! {
        #[test]
        fn any_html_has_a_language(html in "[<>!/a-c雨 -]{0,40}(?:<pre|<!--|</code>)?[<>雨]{0,8}") {
            language("", &Body::Html(html));
        }
    }
}
