//! Feeds in the forms in which they are met.

use std::path::PathBuf;

use super::*;
use crate::collect::Reach;

#[test]
fn the_old_forms_of_rss_are_read() {
    for root in ["<rss>", "<rss version=\"0.93\">", "<rss xmlns:x='y' version='0.91'>", "<rss version=\"2.0.1\">"] {
        let text = format!(
            "<?xml version='1.0' encoding='GB2312'?>{root}<channel><title>站</title><item><title>一</title><link>https://a.example/1</link></item></channel></rss>"
        );
        let (feed, _) = parse(&text, None).expect(root);
        assert_eq!(feed.entries.len(), 1, "{root}");
    }
}

#[test]
fn a_text_that_goes_on_elsewhere_is_told() {
    for text in ["开头 [...]", "开头…", "开头 阅读全文", "Start. Read more »", "Start [&hellip;]"] {
        assert!(GOES_ON.is_match(text), "{text}");
    }
    assert!(!GOES_ON.is_match("说完了。"));
}

#[test]
fn a_broken_feed_ends_behind_its_last_whole_article() {
    let text = "<rss version=\"2.0\"><channel><item><title>一</title></item><item><title>二";
    let (feed, _) = salvage(text, |text| parse(text, None).ok()).expect("read");
    assert_eq!(feed.entries.len(), 1);
}

/// What a feed on this machine gives.
fn given_whole(text: &str) -> (Vec<Found>, Vec<Problem>) {
    let arrival = Arrival {
        bytes: text.as_bytes().to_vec(),
        origin: Origin::File { path: PathBuf::from("f.xml"), key: "f.xml".to_owned() },
        reach: Reach::Public,
        input: 0,
        address: None,
        content_type: None,
    };
    let mut problems = Vec::new();
    (read(&arrival, &Choice::default(), 0, &mut problems), problems)
}

/// What it gives: of each article its title, where it came from, and its date.
fn given(text: &str) -> (Vec<[String; 3]>, Vec<Code>) {
    let (found, problems) = given_whole(text);
    let shown = |found| match found {
        Found::Draft(draft) => {
            let date = draft.published.map(|date| date.to_string()).unwrap_or_default();
            [draft.title.clone(), draft.origin.key().to_owned(), date]
        }
        Found::Page(page) => {
            let item = page.item.expect("of an item");
            let date = item.facts.published.map(|date| date.to_string()).unwrap_or_default();
            [item.facts.title.clone().unwrap_or_default(), format!("? {}", page.address), date]
        }
    };
    (found.into_iter().map(shown).collect(), problems.into_iter().map(|problem| problem.code).collect())
}

fn rss(items: &str) -> String {
    format!(
        "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><title>江边</title><link>https://a.example/blog/</link>{items}</channel></rss>"
    )
}

/// A whole item with these elements.
fn item_of(elements: &str) -> String {
    format!("<item>{elements}<content:encoded><![CDATA[<p>雾散了。</p>]]></content:encoded></item>")
}

#[test]
fn the_title_of_an_item_is_text_whatever_markup_is_in_it() {
    for (written, title) in [
        ("江 &amp; 山", "江 & 山"),
        ("<![CDATA[江 & 山]]>", "江 & 山"),
        ("江 &amp;amp; 山", "江 & 山"),
        ("<![CDATA[<b>江</b>上&nbsp;雾]]>", "江上 雾"),
        ("&lt;em&gt;江&lt;/em&gt;上", "江上"),
        ("谈 Vec&lt;T&gt; 的用法", "谈 Vec<T> 的用法"),
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("&#27743;&#x4E0A;", "江上"),
        ("江<br/>上", "江上"),
        ("\n  江\n  上 ", "江 上"),
        ("江&lt;script&gt;x()&lt;/script&gt;上", "江上"),
        ("&ldquo;江&rdquo;&hellip;", "“江”…"),
    ] {
        let (found, problems) =
            given(&rss(&item_of(&format!("<title>{written}</title><link>https://a.example/1</link>"))));
        let titles: Vec<&str> = found.iter().map(|[title, ..]| title.as_str()).collect();
        assert_eq!((titles, problems), (vec![title], vec![]), "{written}");
    }
}

#[test]
fn an_item_is_where_its_link_says_else_its_name() {
    for (elements, place) in [
        ("<link>https://a.example/1?a=1&amp;b=2</link>", "https://a.example/1?a=1&b=2"),
        ("<link>  https://a.example/1\n</link>", "https://a.example/1"),
        ("<link>/1</link>", "https://a.example/1"),
        ("<link>1.html</link>", "https://a.example/blog/1.html"),
        ("<guid>https://a.example/g</guid>", "https://a.example/g"),
        ("<guid isPermaLink=\"false\">tag:7</guid>", "f.xml#tag:7"),
        ("<link>javascript:x()</link><guid>7</guid>", "f.xml#7"),
        ("<link></link><guid>7</guid>", "f.xml#7"),
    ] {
        let (found, _) = given(&rss(&item_of(&format!("<title>题</title>{elements}"))));
        let places: Vec<&str> = found.iter().map(|[_, place, _]| place.as_str()).collect();
        assert_eq!(places, [place], "{elements}");
    }
}

#[test]
fn a_sound_is_no_page_of_an_item_and_stands_behind_its_text() {
    let json = r#"{"version":"https://jsonfeed.org/version/1.1","title":"x","items":[{"id":"7","title":"题","content_text":"听",
        "attachments":[{"url":"https://a.example/7.mp3","mime_type":"audio/mpeg"}]}]}"#;
    let atom = "<feed xmlns='http://www.w3.org/2005/Atom'><title>x</title><id>x</id><entry><title>题</title><id>7</id>\
        <link rel='enclosure' type='audio/mpeg' href='https://a.example/7.mp3'/><content type='text'>听</content></entry></feed>";
    for text in [json, atom] {
        let found = given_whole(text).0;
        let [Found::Draft(draft)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(draft.origin.key(), "f.xml#7");
        assert!(draft.body.source().contains("<audio src=\"https://a.example/7.mp3\">"), "{}", draft.body.source());
    }
}

#[test]
fn items_with_the_same_name_and_no_page_are_all_kept() {
    let item = |title: &str| item_of(&format!("<title>{title}</title><guid>0</guid>"));
    let places = |items: &str| {
        let (found, problems) = given(&rss(items));
        assert_eq!(problems, []);
        found.into_iter().map(|[_, place, _]| place).collect::<Vec<String>>()
    };
    let [one, two, three] = ["一", "二", "三"].map(item);
    let before = places(&format!("{one}{two}"));
    // A new item in front changes the names of no others.
    assert_eq!(places(&format!("{three}{one}{two}"))[1..], before);
    assert_ne!(before[0], before[1]);
}

#[test]
fn the_date_of_an_item_is_read_in_the_forms_that_feeds_have() {
    for (written, date) in [
        ("Tue, 21 Nov 2023 09:30:00 +0800", "2023-11-21 09:30"),
        ("Tue, 21 Nov 23 09:30 +0800", "2023-11-21 09:30"),
        ("21 Nov 2023 09:30:00 GMT", "2023-11-21 09:30"),
        ("Tue,21 Nov 2023 09:30:00 EST", "2023-11-21 09:30"),
        ("Tuesday, 21 November 2023 9:30 AM", "2023-11-21 09:30"),
        ("Tue Nov 21 09:30:00 CST 2023", "2023-11-21 09:30"),
        ("2023-11-21T09:30:00", "2023-11-21 09:30"),
        ("2023-11-21T09:30:00.000+0800", "2023-11-21 09:30"),
        ("2023-11-21 09:30:00", "2023-11-21 09:30"),
        ("2023年11月21日", "2023-11-21"),
        ("2023年11月21日 上午9:30", "2023-11-21 09:30"),
        ("1700559000", "2023-11-21 09:30"),
        ("昨天", ""),
        ("", ""),
    ] {
        let text = rss(&item_of(&format!("<title>题</title><guid>7</guid><pubDate>{written}</pubDate>")));
        let (found, _) = given(&text);
        assert_eq!(found.iter().map(|[.., date]| date.as_str()).collect::<Vec<_>>(), [date], "{written}");
    }
}

#[test]
fn items_with_nothing_in_them_take_nothing_from_the_others() {
    let (found, problems) = given(&rss(&format!(
        "<item></item><item><title></title><link/></item><item><title>只有题</title></item>{}",
        item_of("<title>题</title><link>https://a.example/1</link>")
    )));
    let titles: Vec<&str> = found.iter().map(|[title, ..]| title.as_str()).collect();
    assert_eq!((titles, problems), (vec!["题"], vec![Code::ArticleEmpty, Code::ArticleEmpty]));
}

#[test]
fn an_author_is_a_name_and_no_address() {
    for (written, names) in [
        ("<author>某甲</author>", vec!["某甲"]),
        ("<author>a@b.test (某甲)</author>", vec!["某甲"]),
        ("<author>a@b.test</author>", vec![]),
        ("<author>a@b.test</author><dc:creator>某乙</dc:creator>", vec!["某乙"]),
        ("<dc:creator>某乙</dc:creator>", vec!["某乙"]),
    ] {
        let text = rss(&item_of(&format!("<title>题</title><guid>7</guid>{written}")));
        let found = given_whole(&text).0;
        let [Found::Draft(draft)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(draft.authors, names, "{written}");
    }
}

#[test]
fn ampersands_that_are_not_escaped_lose_nothing() {
    let text = rss(&format!(
        "{}{}",
        item_of("<title>甲&乙 &amp; 丙</title><link>https://a.example/?a=1&b=2&amp;c=3&#38;d=4</link>"),
        item_of("<title><![CDATA[丁&戊 &lt;]]></title><guid>7</guid>")
    ));
    let (found, problems) = given(&text);
    let shown: Vec<[&str; 2]> = found.iter().map(|[title, place, _]| [title.as_str(), place.as_str()]).collect();
    let first = ["甲&乙 & 丙", "https://a.example/?a=1&b=2&c=3&d=4"];
    let entity = rss(&item_of("<title>一&hellip;&nosuch;</title><guid>8</guid>"));
    assert_eq!(given(&entity).0, [["一…&nosuch;", "f.xml#8", ""]]);
    assert_eq!((shown, problems), (vec![first, ["丁&戊 <", "f.xml#7"]], vec![]));
}

#[test]
fn what_stands_before_a_fault_in_the_middle_is_kept() {
    let sound = |n: u32| item_of(&format!("<title>第{n}篇</title><guid>{n}</guid>"));
    for before in [0, 1, 2, 5, 8] {
        let items: String = (0..9).map(|n| if n == before { item_of("坏") } else { sound(n) }).collect();
        let read = |text: &str| (!text.contains('坏')).then(|| parse(text, None).expect("whole").0.entries.len());
        assert_eq!(salvage(&rss(&items), read), Some(before as usize).filter(|count| *count > 0));
    }
}

#[test]
fn an_item_of_nothing_but_text_has_the_same_name_each_time() {
    let text = rss(&format!("{0}{0}{1}", item_of(""), item_of("<author>某甲</author>")));
    let places = || given(&text).0.into_iter().map(|[_, place, _]| place).collect::<Vec<_>>();
    assert_eq!(places(), places());
    assert_eq!(places().len(), 3);
}

#[test]
fn a_text_that_would_stop_a_parser_is_not_parsed() {
    let deep = "&lt;div&gt;".repeat(40_000);
    let text = rss(&format!("<item><title>深</title><guid>7</guid><description>{deep}深</description></item>"));
    assert_eq!(given(&text).1, [Code::ArticleUnsupported]);
}

proptest::proptest! {
    #[test]
    fn whatever_stands_in_an_item_leaves_the_others_as_they_are(
        title in "\\PC{0,30}", link in "[ -~]{0,30}", date in "\\PC{0,30}", text in "\\PC{0,60}"
    ) {
        let odd = format!(
            "<item><title>{}</title><link>{}</link><pubDate>{}</pubDate><description>{}</description></item>",
            escape(&title), escape(&link), escape(&date), escape(&text)
        );
        let sound = |n: u32| item_of(&format!("<title>第{n}篇</title><link>https://b.example/{n}</link>"));
        let (found, _) = given(&rss(&format!("{}{odd}{}", sound(1), sound(2))));
        let ends = [found.first(), found.last()].map(|found| found.map(|[title, ..]| title.as_str()));
        proptest::prop_assert_eq!(ends, [Some("第1篇"), Some("第2篇")]);
        proptest::prop_assert!(found.len() <= 3);
    }
}
