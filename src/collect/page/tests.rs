//! What is common to all pages.

use super::*;

#[test]
fn the_language_of_the_text_beats_one_that_it_cannot_be_in() {
    let language = |text: &str, declared: &str| {
        language_of(Language::of_text(text), Language::new(declared).ok()).tag().to_owned()
    };
    let chinese = "山里的雪化了，河水涨了起来。";
    assert_eq!(language(chinese, "en-US"), "zh-CN");
    assert_eq!(language(chinese, "zh-TW"), "zh-TW");
    assert_eq!(language(chinese, "ja"), "ja");
    assert_eq!(language("雪が溶けて、川の水が増えた。", "zh-CN"), "ja");
    assert_eq!(language("Les neiges ont fondu.", "fr"), "fr");
    assert_eq!(language("The snow has melted.", "zh-CN"), "en");
    assert_eq!(language_of(Language::of_text(chinese), None).tag(), "zh-CN");
}

#[test]
fn a_login_a_frame_and_a_page_that_says_there_is_none_are_no_articles() {
    let told = |page: &str| {
        let arrival = Arrival {
            bytes: page.as_bytes().to_vec(),
            origin: crate::book::Origin::Url("https://a.example/1".to_owned()),
            reach: crate::collect::Reach::Public,
            input: 0,
            address: web_url("https://a.example/1"),
            content_type: Some("text/html; charset=utf-8".to_owned()),
        };
        let mut problems = Vec::new();
        let draft = read(&arrival, &mut problems);
        draft.map_or_else(|| problems[0].code.as_str().to_owned(), |draft| draft.title)
    };
    let text = "山里的雪化了，河水涨了起来。".repeat(20);
    let login = "<form><input name=u><input type=password name=p></form>";
    for (page, expected) in [
        (format!("<title>登录</title><h1>登录</h1><p>请先登录。</p>{login}"), "article-challenge"),
        (format!("<title>雪</title><h1>雪</h1>{login}<article><p>{text}</p></article>"), "雪"),
        ("<title>404 Not Found</title><h1>Not Found</h1><p>nginx</p>".to_owned(), "article-deleted"),
        (
            "<title>页面不存在 - 江边</title><meta property=og:site_name content=江边><p>去首页看看。</p>".to_owned(),
            "article-deleted",
        ),
        (format!("<title>404</title><h1>404</h1><p>{text}</p>"), "404"),
        (
            "<title>雪</title><frameset><frame src=a.html><noframes>需要框架</noframes></frameset>".to_owned(),
            "article-empty",
        ),
    ] {
        assert_eq!(told(&page), expected, "{page}");
    }
}
