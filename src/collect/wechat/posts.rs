//! Posts of WeChat that are no articles: pictures with a few words (图片消息), and words alone (文字消息). What they hold stands
//! in the scripts of the page, from which a browser makes the elements that one sees.

use std::sync::LazyLock;

use dom_query::{Document, NodeRef};
use quick_xml::escape::escape;
use regex::Regex;

use super::unescaped;
use crate::dom;

/// The elements in which a saved page has the words of a post.
const WORDS: &str = "#js_image_desc, #js_text_desc";

/// The list of a post's pictures.
const PICTURES: &str = "picture_page_info_list";

/// The longest title that is made of the words of a post.
const LONGEST_TITLE: usize = 30;

/// Where scripts keep the words of a post.
static SAID: LazyLock<Regex> = LazyLock::new(|| {
    let keys = r"content_noencode\s*[:=]|text_page_info\s*[:=]\s*\{\s*content\s*:|\bTextContentNoEncode\s*=|\bwindow\.desc\s*=|getElementById\(['\x22]js_(?:image|text)_desc['\x22]\)\.innerHTML\s*=";
    let before = r"\s*(?:window\.\w+\s*(?:=|\|\|)\s*)?(?:\w+\(\s*)?";
    let quoted = r#"(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')"#;
    Regex::new(&format!("(?s)(?:{keys}){before}{quoted}")).expect("the pattern is a constant, and the tests compile it")
});

/// Marks that scripts put around words of a post.
static MARKS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)</?(?:a|span|p|em|strong)\b[^<>]*>").expect("the pattern is a constant, and the tests compile it")
});

/// A post.
#[derive(Debug, PartialEq)]
pub(super) struct Post {
    /// Its words and pictures as HTML.
    pub(super) html: String,
    /// A title for a post that has none: its first words.
    pub(super) title: Option<String>,
}

/// The post of a page, if it is one. `declared` is what the page says of itself in its description.
pub(super) fn read(tree: &Document, text: &str, declared: Option<String>) -> Option<Post> {
    let pictures = pictures(text);
    let shown = dom::all(&tree.root(), WORDS).into_iter().find(|node| dom::length(node) > 0);
    let is_post = !pictures.is_empty() || shown.is_some() || dom::first(tree, WORDS).is_some() || SAID.is_match(text);
    if !is_post {
        return None;
    }
    let lines = match shown {
        Some(node) => lines_of(&node),
        None => {
            let said =
                SAID.captures_iter(text).filter_map(|found| Some(found.get(1).or(found.get(2))?.as_str().to_owned()));
            let texts = said.chain(declared).map(|text| lines(&unescaped(&text)));
            let content = || dom::first(tree, "#js_content").map(|node| lines_of(&node));
            texts.into_iter().find(|lines| !lines.is_empty()).or_else(content).unwrap_or_default()
        }
    };
    let words = lines.iter().map(|line| format!("<p>{}</p>", escape(line.as_str())));
    let images = pictures.iter().map(|address| format!("<p><img src=\"{}\"></p>", escape(address.as_str())));
    let html: String = words.chain(images).collect();
    (!html.is_empty()).then(|| Post { html, title: lines.first().map(|line| title(line)) })
}

/// Puts a post into the tree of its page.
pub(super) fn element<'a>(tree: &'a Document, post: &Post) -> NodeRef<'a> {
    let element = tree.root().tree.new_element("div");
    element.set_html(post.html.as_str());
    element
}

/// The first sentence, or as much of it as a title may hold.
fn title(line: &str) -> String {
    let end = line.find(['。', '！', '？', '!', '?', '；']).unwrap_or(line.len());
    let sentence = &line[..end];
    match sentence.char_indices().nth(LONGEST_TITLE) {
        Some((end, _)) => format!("{}…", &sentence[..end]),
        None => sentence.to_owned(),
    }
}

/// The lines of the words that scripts hold.
fn lines(text: &str) -> Vec<String> {
    let broken = text.replace("<br>", "\n").replace("<br/>", "\n").replace("<br />", "\n").replace("\\n", "\n");
    let bare = MARKS.replace_all(&broken, "");
    bare.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// The lines of an element.
fn lines_of(node: &NodeRef<'_>) -> Vec<String> {
    let html = node.inner_html().to_string();
    let broken = Regex::new(r"(?i)<br\s*/?>|</p>|</div>").map(|ends| ends.replace_all(&html, "\n").into_owned());
    let text = Document::fragment(broken.unwrap_or(html)).html_root().text().to_string();
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// The addresses of a post's pictures in their order. Each picture of the list may name others, such as its watermark.
fn pictures(text: &str) -> Vec<String> {
    let lists = text.match_indices(PICTURES).filter_map(|(at, name)| {
        let rest = text.get(at + name.len()..)?.trim_start_matches(|c: char| c.is_whitespace() || "'\":=".contains(c));
        rest.starts_with('[').then(|| addresses(rest))
    });
    lists.into_iter().find(|addresses| !addresses.is_empty()).unwrap_or_default()
}

/// The `cdn_url` of each object of a list, which `text` begins with. The objects are JavaScript, not JSON.
fn addresses(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (mut open, mut word, mut key) = (Vec::new(), String::new(), String::new());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => {
                word = quoted(&mut chars, c);
                if open == ['[', '{'] && key == "cdn_url" && !word.is_empty() {
                    found.push(unescaped(&word));
                    key.clear();
                }
            }
            '[' | '{' => {
                open.push(c);
                word.clear();
            }
            ']' | '}' => {
                open.pop();
                if open.is_empty() {
                    break;
                }
            }
            ':' if open.len() == 2 => key = std::mem::take(&mut word),
            ',' => {
                key.clear();
                word.clear();
            }
            c if c.is_alphanumeric() || c == '_' => word.push(c),
            c if c.is_whitespace() => {}
            _ => word.clear(),
        }
    }
    found
}

/// What stands before the closing quotation mark, with its escapes.
fn quoted(chars: &mut std::str::Chars<'_>, mark: char) -> String {
    let mut value = String::new();
    while let Some(c) = chars.next() {
        if c == mark {
            break;
        }
        value.push(c);
        if c == '\\' {
            value.extend(chars.next());
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(html: &str) -> Option<Post> {
        read(&Document::from(html), html, None)
    }

    #[test]
    fn the_pictures_of_a_post_come_in_their_order_and_without_its_watermarks() {
        let list = "picture_page_info_list = [{cdn_url: 'https://mmbiz.qpic.cn/a/0?x=1\\x26amp;y=2', width: '1080' * 1, \
            watermark_info: {cdn_url: 'https://mmbiz.qpic.cn/mark'}, poi: [{cdn_url: 'https://mmbiz.qpic.cn/poi'}]},\n\
            {width: 3, \"cdn_url\": JsDecode(\"https://mmbiz.qpic.cn/b\"), share_cover: {cdn_url: 'x'},}, {cdn_url: ''}]";
        let html = format!(
            "<script>var picture_page_info_list = [];\nwindow.{list}; window.desc = '船来了。\\x0a\\x0a风\\x26lt;也\\x26gt;停了';</script>"
        );
        let post = post(&html).expect("a post");
        let wanted = "<p>船来了。</p><p>风&lt;也&gt;停了</p><p><img src=\"https://mmbiz.qpic.cn/a/0?x=1&amp;y=2\"></p>\
                      <p><img src=\"https://mmbiz.qpic.cn/b\"></p>";
        assert_eq!((post.html.as_str(), post.title.as_deref()), (wanted, Some("船来了")));
    }

    #[test]
    fn the_words_of_a_post_are_read_from_its_element_and_from_each_form_of_script() {
        for html in [
            "<p id=js_text_desc>渡口又开了<br><a href=x>去看看</a></p>",
            "<div id=js_text_desc></div><script>var TextContentNoEncode = window.a || '渡口又开了\\x0a去看看';</script>",
            "<script>window.text_page_info = {\n content: JsDecode('渡口又开了\\x0a\\x26lt;a href=x\\x26gt;去看看\\x26lt;/a\\x26gt;')};</script>",
            "<script>cgi = { content_noencode: JsDecode('渡口又开了\\n去看看'), }</script>",
            "<script>document.getElementById('js_image_desc').innerHTML = \"渡口又开了<br>去看看\".replace(/x/, '');</script>",
        ] {
            assert_eq!(post(html).map(|post| post.html).as_deref(), Some("<p>渡口又开了</p><p>去看看</p>"), "{html}");
        }
        assert_eq!(post("<p>一页</p>"), None);
    }

    #[test]
    fn a_long_first_line_makes_a_title_of_its_beginning() {
        assert_eq!(title("今天江上有雾。船没有来"), "今天江上有雾");
        assert_eq!(title(&"雾".repeat(40)), format!("{}…", "雾".repeat(30)));
    }

    proptest::proptest! {
        #[test]
        fn any_script_is_read_without_a_panic(text in r#"[\[\]{}:,"'\\a_ 江]{0,60}"#) {
            let _ = post(&format!("<script>picture_page_info_list = [{text} window.desc = '{text}'</script>"));
        }
    }
}
