//! Pages of WeChat (mp.weixin.qq.com), fetched or saved.
//!
//! The text stands in `#js_content`, which is hidden until scripts run; pictures have their address in `data-src`; facts
//! stand in elements that scripts fill and in the scripts themselves. `posts` knows pages of pictures or words alone. Cards of accounts, programs and goods go, players
//! become what the converter makes links of. Pages that are no article (a challenge, a notice that the article is gone) are told.

use std::sync::LazyLock;

use chrono::FixedOffset;
use dom_query::{Document, NodeRef};
use regex::Regex;
use url::Url;

use crate::book::{Published, tidy};
use crate::dom;
use crate::problem::Code;

use super::dates;
use super::facts::{Facts, Key};
use super::page::without_site;

mod posts;

/// The `item_show_type` of a post of pictures.
const PICTURES: &str = "8";

/// Times in these pages are those of China.
const CHINA: i32 = 8 * 3600;

/// Values of scripts: `var ct = "1700000000";`, `nickname: '…'`.
static VALUES: LazyLock<Regex> = LazyLock::new(|| {
    let names = "msg_title|nickname|nick_name|author|ct|createTime|create_time|publish_time|oriCreateTime|ori_create_time|item_show_type|msg_cdn_url|cdn_url_1_1|msg_link|msg_desc|provinceName|countryName|isPaySubscribe|pay_fee";
    let quoted = r#"(?:htmlDecode|JsDecode)\(\s*)?(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'"#;
    Regex::new(&format!(r#"\b({names})\s*[:=]\s*(?:window\.\w+\s*=\s*)?(?:{quoted})"#))
        .expect("the pattern is a constant, and the tests compile it")
});

/// What WeChat shows in place of an article, and what it means.
const NOTICES: [(&str, Code, &str); 15] = [
    ("环境异常", Code::ArticleChallenge, "WeChat asks whether a person is reading (环境异常)"),
    ("完成验证后即可继续访问", Code::ArticleChallenge, "WeChat asks whether a person is reading"),
    ("该内容已被发布者删除", Code::ArticleDeleted, "the publisher has deleted the article (该内容已被发布者删除)"),
    ("此内容因违规无法查看", Code::ArticleDeleted, "WeChat has taken the article away (此内容因违规无法查看)"),
    ("此内容因涉嫌违反", Code::ArticleDeleted, "WeChat has taken the article away (此内容因涉嫌违反相关法律法规)"),
    ("此内容被投诉且经审核涉嫌侵权", Code::ArticleDeleted, "the article was taken away after a complaint"),
    ("该内容已被投诉", Code::ArticleDeleted, "the article was taken away after a complaint"),
    ("此帐号已自主注销", Code::ArticleDeleted, "the account has been closed"),
    ("此账号已自主注销", Code::ArticleDeleted, "the account has been closed"),
    ("此帐号已被屏蔽", Code::ArticleDeleted, "the account has been blocked"),
    ("此账号已被屏蔽", Code::ArticleDeleted, "the account has been blocked"),
    ("该内容暂时无法查看", Code::ArticleDeleted, "the article cannot be seen at present"),
    ("预览时间已过", Code::ArticleUnpublished, "the preview of the article has ended"),
    ("链接已过期", Code::ArticleUnpublished, "the temporary address of the article has ended (链接已过期)"),
    ("该文章尚未发布", Code::ArticleUnpublished, "the article is not published yet"),
];

/// Cards and controls inside the text that are none of it.
const CARDS: &str = "mp-miniprogram, mp-common-miniprogram, mp-common-profile, mp-common-cpsad, mp-common-product, \
    mp-common-poi, mp-common-redpacketcover, mp-common-videosnap-live, mp-common-clip, mp-style-type, mp-weapp, \
    .weapp_display_element, .weapp_text_link_wrp, .js_profile_card, .mp_profile_iframe, .mp_profile_iframe_wrp, \
    .js_product_container, .js_cpsad_section, .js_ad_link, .vote_area, iframe.vote_iframe, iframe.card_iframe, \
    iframe.res_iframe, .js_redpacketcover, .qr_code_pc, .audio_card_menu, .js_poi_entry, .wx_search_keyword_wrap, \
    .js_pay_preview_filter, #js_pay_wall, .js_editor_follow, .js_video_channel_container_ad, .reward_area, #js_tags";

/// An article, or why there is none.
type Outcome<'a> = Result<(Facts, NodeRef<'a>), (Code, &'static str)>;

/// Whether a page is one of WeChat's.
pub(super) fn is_wechat(tree: &Document, address: Option<&Url>) -> bool {
    let host = address.and_then(Url::host_str) == Some("mp.weixin.qq.com");
    let article = "#js_content, #activity-name, #js_article.rich_media, #js_image_desc, #js_text_desc";
    let is_article = || dom::first(tree, article).is_some();
    let is_notice =
        || dom::first(tree, ".weui-msg, #js_verify, .global_error_msg, .page_msg").is_some() && notice(tree).is_some();
    host || is_article() || is_notice()
}

/// Reads a page.
pub(super) fn read<'a>(tree: &'a Document, text: &str) -> Outcome<'a> {
    let content = dom::first(tree, "#js_content").filter(|content| {
        dom::length(content) > 0 || !dom::all(content, "img, svg, iframe, mpvoice, video").is_empty()
    });
    let values = values(text);
    let is_pictures = values.iter().any(|(name, value)| name == "item_show_type" && value == PICTURES);
    let Some(content) = content.filter(|_| !is_pictures) else {
        let missing = (Code::ArticleEmpty, "no article is found in the page");
        return post(tree, text, &values).ok_or_else(|| notice(tree).unwrap_or(missing));
    };
    if is_paid(tree, &values) {
        return Err((Code::ArticlePaid, "the article must be paid for, and the page shows no more than its beginning"));
    }
    let facts = facts(tree, &values);
    clean(&content);
    Ok((facts, content))
}

/// A post of pictures or words, if the page is one. Its description would only say it again.
fn post<'a>(tree: &'a Document, text: &str, values: &[(String, String)]) -> Option<(Facts, NodeRef<'a>)> {
    let declared = ["meta[property='og:description']", "meta[name=description]"]
        .iter()
        .find_map(|selector| dom::first(tree, selector).and_then(|node| dom::attribute(&node, "content")));
    let post = posts::read(tree, text, declared)?;
    let mut facts = Facts { description: None, ..facts(tree, values) };
    facts.title = facts.title.or_else(|| post.title.clone());
    Some((facts, posts::element(tree, &post)))
}

/// What the page says in place of an article.
fn notice(tree: &Document) -> Option<(Code, &'static str)> {
    let said = dom::visible_line(&tree.root());
    NOTICES.iter().find(|(words, ..)| said.contains(words)).map(|(_, code, message)| (*code, *message))
}

/// Whether only the beginning of an article is shown because it must be paid for.
fn is_paid(tree: &Document, values: &[(String, String)]) -> bool {
    let wall = "#js_pay_wall, #js_pay_panel, .pay-wall, .wx_pay_preview, .js_pay_preview_filter, .pay_preview_filter";
    let declared = values.iter().any(|(name, value)| name == "isPaySubscribe" && value == "1");
    dom::first(tree, wall).is_some() || (declared && dom::first(tree, "#js_pay_subscribed, .pay_subscribed").is_none())
}

/// The values of the page's scripts, in their order, without escapes.
fn values(text: &str) -> Vec<(String, String)> {
    let value = |found: regex::Captures<'_>| {
        let value = found.get(2).or(found.get(3)).map(|value| unescaped(value.as_str()))?;
        (!value.trim().is_empty()).then(|| (found[1].to_owned(), value))
    };
    VALUES.captures_iter(text).filter_map(value).collect()
}

/// A string of JavaScript, and the entities of HTML in it.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let digits = match chars.next() {
            Some('x') => 2,
            Some('u') => 4,
            Some('n' | 'r') => {
                out.push('\n');
                continue;
            }
            Some('t') => {
                out.push(' ');
                continue;
            }
            Some(other) => {
                out.push(other);
                continue;
            }
            None => break,
        };
        let code: String = chars.by_ref().take(digits).collect();
        out.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
    }
    if out.contains('&') { Document::fragment(out.replace('<', "&lt;")).text().to_string() } else { out }
}

fn facts(tree: &Document, values: &[(String, String)]) -> Facts {
    let element =
        |selector: &str| dom::first(tree, selector).map(|node| dom::line(&node)).filter(|text| !text.is_empty());
    let meta = |selector: &str| dom::first(tree, selector).and_then(|node| dom::attribute(&node, "content"));
    let script = |names: &[&str]| {
        names.iter().find_map(|name| values.iter().find(|(key, _)| key == name).map(|(_, value)| tidy(value)))
    };
    let mut facts = Facts::default();
    let mut set = |key: Key, candidates: [Option<String>; 4]| {
        for candidate in candidates.into_iter().flatten() {
            // What is malformed is passed over: another place may say it better.
            let _ = facts.set(key, &[candidate]);
        }
    };
    let shown = element("head > title").map(|title| without_site(&title, Some("微信公众平台"), ""));
    set(
        Key::Title,
        [element("#activity-name, #js_text_title"), meta("meta[property='og:title']"), script(&["msg_title"]), shown],
    );
    set(
        Key::Author,
        [meta("meta[name=author]"), element("#js_author_name"), element("#js_author_name_text"), script(&["author"])],
    );
    set(
        Key::Place,
        [element("#js_ip_wording").map(|text| place(&text)), script(&["provinceName"]), script(&["countryName"]), None],
    );
    set(
        Key::Cover,
        [script(&["msg_cdn_url"]), meta("meta[property='og:image']"), meta("meta[property='twitter:image']"), None],
    );
    set(Key::Source, [meta("meta[property='og:url']"), script(&["msg_link"]), canonical(tree), None]);
    set(
        Key::Description,
        [meta("meta[property='og:description']"), meta("meta[name=description]"), script(&["msg_desc"]), None],
    );
    let account =
        element("#js_name").or_else(|| script(&["nickname", "nick_name"])).or_else(|| element(".profile_nickname"));
    facts.site = account.filter(|account| !account.is_empty());
    if facts.authors.is_empty() {
        facts.authors.extend(facts.site.clone());
    }
    let moments = [
        script(&["ct", "oriCreateTime", "ori_create_time"]),
        script(&["createTime", "create_time", "publish_time"]),
        element("#publish_time"),
    ];
    facts.published = moments.into_iter().flatten().find_map(|text| dates::parse(&text)).map(in_china);
    facts
}

fn canonical(tree: &Document) -> Option<String> {
    dom::first(tree, "link[rel~=canonical][href]").and_then(|node| dom::attribute(&node, "href"))
}

/// `发表于上海` names a place.
fn place(text: &str) -> String {
    ["发表于", "发布于", "来自"].iter().find_map(|before| text.strip_prefix(before)).unwrap_or(text).trim().to_owned()
}

/// A moment as it was in China.
fn in_china(moment: Published) -> Published {
    let Some(offset) = FixedOffset::east_opt(CHINA).filter(|_| moment.has_time) else { return moment };
    match moment.offset {
        Some(_) => {
            Published { local: moment.utc().with_timezone(&offset).naive_local(), offset: Some(offset), ..moment }
        }
        None => Published { offset: Some(offset), ..moment },
    }
}

/// Brings the text into the form of other pages.
fn clean(content: &NodeRef<'_>) {
    // Hidden until scripts run.
    content.remove_attr("style");
    let unwanted: Vec<NodeRef<'_>> = content.descendants_it().filter(NodeRef::is_comment).collect();
    unwanted.iter().for_each(NodeRef::remove_from_parent);
    for card in dom::all(content, CARDS) {
        card.remove_from_parent();
    }
    for node in dom::all(content, "script, style, link, template, button, input, form") {
        node.remove_from_parent();
    }
    for player in dom::all(
        content,
        "mpvoice, mp-common-mpaudio, qqmusic, mp-common-qqmusic, mpvideo, mp-common-videosnap, mpvideosnap, iframe",
    ) {
        replace_player(&player);
    }
    for hidden in dom::all(content, "[style]") {
        let style = hidden.attr("style").map(|style| style.replace(' ', "").to_ascii_lowercase()).unwrap_or_default();
        if style.contains("display:none") {
            hidden.remove_from_parent();
        }
    }
}

/// A player becomes an element of HTML with what is known of it: where it leads, what it is called, its poster.
fn replace_player(player: &NodeRef<'_>) {
    let of = |keys: &[&str]| keys.iter().find_map(|key| dom::attribute(player, key)).map(|value| decoded(&value));
    let name = dom::name(player);
    let is_sound = matches!(name.as_str(), "mpvoice" | "mp-common-mpaudio" | "qqmusic" | "mp-common-qqmusic");
    let title = of(&["name", "music_name", "data-desc", "data-title", "data-nickname", "title"]);
    let singer = of(&["singer", "author"]).filter(|_| is_sound);
    let source = of(&["data-src", "src"]).filter(|source| source.contains("//"));
    let film = source.as_deref().and_then(film_of);
    let target = film.or_else(|| source.filter(|_| name == "iframe" && !player.has_attr("data-mpvid")));
    let poster = of(&["data-cover", "data-headimgurl", "albumurl", "data-thumburl", "cover"]);
    let element = player.tree.new_element(if is_sound { "audio" } else { "video" });
    let title = match (title, singer) {
        (Some(title), Some(singer)) => Some(format!("{title}（{singer}）")),
        (title, _) => title,
    };
    let title = title.unwrap_or_else(|| if is_sound { "音频" } else { "视频" }.to_owned());
    let values = [("src", target), ("title", Some(title)), ("poster", poster.filter(|_| !is_sound))];
    for (key, value) in values {
        if let Some(value) = value {
            element.set_attr(key, &value);
        }
    }
    player.insert_before(&element);
    player.remove_from_parent();
}

/// The page of a film of v.qq.com, by the address of its player.
fn film_of(source: &str) -> Option<String> {
    let whole = if source.starts_with("//") { format!("https:{source}") } else { source.to_owned() };
    let url = Url::parse(&whole).ok().filter(|url| url.host_str() == Some("v.qq.com"))?;
    let id = url.query_pairs().find(|(key, _)| key == "vid")?.1.into_owned();
    let is_id = !id.is_empty() && !id.starts_with("wxv_") && id.chars().all(|c| c.is_ascii_alphanumeric());
    is_id.then(|| format!("https://v.qq.com/x/page/{id}.html"))
}

/// Attributes are often percent-encoded once more.
fn decoded(value: &str) -> String {
    let is_encoded =
        value.contains("%3A%2F%2F") || value.contains("%3a%2f%2f") || (value.contains('%') && !value.contains("//"));
    let text = percent_encoding::percent_decode_str(value).decode_utf8();
    text.ok().filter(|_| is_encoded).map_or_else(|| value.to_owned(), std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "<div id=js_content style='visibility: hidden'><p>山里的雪化了。</p></div>";

    fn facts_of(html: &str) -> Facts {
        let tree = Document::from(html);
        read(&tree, html).expect("an article").0
    }

    #[test]
    fn facts_are_taken_from_elements_and_from_scripts() {
        let shown = facts_of(&format!(
            "<h1 id=activity-name> 山中 </h1><a id=js_name>江边笔记</a><em id=publish_time>2024-03-05 08:30</em>\
             <em id=js_ip_wording>发表于苏州</em><meta name=author content=沈舟>{TEXT}"
        ));
        assert_eq!((shown.title.as_deref(), shown.site.as_deref()), (Some("山中"), Some("江边笔记")));
        assert_eq!((shown.authors.as_slice(), shown.place.as_deref()), (["沈舟".to_owned()].as_slice(), Some("苏州")));
        assert_eq!(shown.published.map(|moment| moment.to_string()).as_deref(), Some("2024-03-05 08:30"));
        let script = facts_of(&format!(
            "<script>var msg_title = '雪 \\x26amp; 水'.html(false);\nvar nickname = htmlDecode(\"江边\\x22笔记\");\n\
             var ct = \"1709598600\"; var msg_cdn_url = \"https://mmbiz.qpic.cn/a/0\";\nprovinceName: '江苏',</script>{TEXT}"
        ));
        assert_eq!((script.title.as_deref(), script.site.as_deref()), (Some("雪 & 水"), Some("江边\"笔记")));
        assert_eq!(script.authors, ["江边\"笔记"]);
        assert_eq!(script.published.map(|moment| moment.to_string()).as_deref(), Some("2024-03-05 08:30"));
        assert_eq!((script.place.as_deref(), script.cover.is_some()), (Some("江苏"), true));
    }

    #[test]
    fn what_is_no_article_is_told_and_an_article_about_it_is_one() {
        let refused = |html: &str| {
            let tree = Document::from(html);
            is_wechat(&tree, Url::parse("https://mp.weixin.qq.com/s/x").ok().as_ref())
                .then(|| read(&tree, html).map(|_| ()).map_err(|e| e.0))
        };
        for (html, code) in [
            (
                "<title>环境异常</title><div class=weui-msg><h2>环境异常</h2><p>完成验证后即可继续访问。</p></div>",
                Code::ArticleChallenge,
            ),
            ("<div class=weui-msg><div>该内容已被发布者删除</div></div>", Code::ArticleDeleted),
            ("<div class=weui-msg>此内容因违规无法查看</div>", Code::ArticleDeleted),
            ("<div class=weui-msg>链接已过期</div>", Code::ArticleUnpublished),
            ("<div id=js_content><p>开头</p></div><div id=js_pay_wall>付费</div>", Code::ArticlePaid),
            ("<div id=js_content></div>", Code::ArticleEmpty),
        ] {
            assert_eq!(refused(html), Some(Err(code)), "{html}");
        }
        assert_eq!(refused("<div id=js_content><p>昨天打开链接，只见“环境异常”四个字。</p></div>"), Some(Ok(())));
    }

    #[test]
    fn a_list_of_pictures_makes_a_post_only_where_there_is_no_article() {
        let list = "<script>picture_page_info_list = [{cdn_url: 'https://mmbiz.qpic.cn/1'}];</script>";
        let content = |html: &str| {
            let tree = Document::from(html);
            read(&tree, html).expect("an article").1.inner_html().to_string()
        };
        assert!(content(&format!("{TEXT}{list}")).contains("山里的雪化了"));
        let post = content(&format!("{TEXT}<script>window.item_show_type = '8' || '';</script>{list}"));
        assert_eq!(post, "<p>山里的雪化了。</p><p><img src=\"https://mmbiz.qpic.cn/1\"></p>");
    }

    #[test]
    fn cards_go_and_players_become_elements_that_are_known() {
        let html = "<div id=js_content><p>一</p><mp-common-profile data-nickname=x></mp-common-profile>\
            <iframe class=video_iframe data-cover='http%3A%2F%2Fa.example%2Fc.jpg' data-src='https://v.qq.com/iframe/preview.html?vid=q0123abc'></iframe>\
            <mpvoice name='夜航' voice_encode_fileid=x></mpvoice><section style='display: none'>藏</section></div>";
        let tree = Document::from(html);
        let content = read(&tree, html).expect("an article").1.inner_html();
        assert!(
            content.contains(
                r#"<video src="https://v.qq.com/x/page/q0123abc.html" title="视频" poster="http://a.example/c.jpg">"#
            ),
            "{content}"
        );
        assert!(
            content.contains(r#"<audio title="夜航">"#) && !content.contains("profile") && !content.contains('藏'),
            "{content}"
        );
    }
}
