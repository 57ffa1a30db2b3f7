//! Feeds and lists of feeds become articles.

use crate::support::{Answer, Epub, Sandbox, Server};

/// Text that is long enough to be whole.
fn long(word: &str) -> String {
    format!("<p>{}</p>", format!("{word}在渡口等船，江上有雾，说了很久的话。").repeat(30))
}

fn rss(title: &str, items: &str) -> Answer {
    let text = format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel>\
         <title>{title}</title>{items}</channel></rss>"
    );
    Answer::ok("text/xml", text)
}

fn item(link: &str, title: &str, day: u32, content: &str) -> String {
    format!(
        "<item><title>{title}</title><link>{link}</link><dc:creator>阿渡</dc:creator>\
         <pubDate>Mon, {day:02} Jan 2024 07:00:00 +0800</pubDate><content:encoded><![CDATA[{content}]]></content:encoded></item>"
    )
}

/// The titles of a book's chapters, in their order.
pub(crate) fn titles(sandbox: &Sandbox, book: &str) -> Vec<String> {
    let nav = Epub::open(&sandbox.path(book)).text("OEBPS/nav.xhtml");
    let contents = nav.split("</nav>").next().unwrap_or_default();
    contents
        .split("<a ")
        .skip(1)
        .filter_map(|link| Some(link.split_once('>')?.1.split('<').next()?.to_owned()))
        .filter(|title| title.contains('篇'))
        .collect()
}

#[test]
fn a_feed_gives_whole_articles_and_fetches_those_that_it_only_announces() {
    let page = format!("<html><body><article><h1>乙篇</h1>{}</article></body></html>", long("乙"));
    let server = Server::serve(move |path, _| match path {
        "/feed" => Some(rss(
            "江边",
            &format!(
                "{}{}",
                item("/a", "甲篇", 1, &long("甲")),
                "<item><title>乙篇</title><link>/b</link><description>雾里的开头 [...]</description></item>"
            ),
        )),
        "/b" => Some(Answer::ok("text/html", page.clone())),
        _ => None,
    });
    let sandbox = Sandbox::new();
    let feed = server.url("/feed");
    sandbox.run(["build", &feed, "-o", "b.epub", "--json"]).exits(0);
    assert_eq!(titles(&sandbox, "b.epub"), ["甲篇", "乙篇"]);
    let text = Epub::open(&sandbox.path("b.epub")).visible();
    assert!(text.contains("乙在渡口等船") && text.contains("阿渡") && text.contains("2024-01-01 07:00"), "{text}");
    assert_eq!((server.times("/a"), server.times("/b")), (0, 1));
}

#[test]
fn pages_of_a_feed_are_followed_in_order_and_a_list_of_feeds_makes_parts() {
    let server = Server::serve(move |path, _| match path {
        "/one?p=1" => Some(rss(
            "一",
            &format!("<atom:link rel=\"next\" href=\"/one?p=2\"/>{}", item("/1", "一篇", 3, &long("一"))),
        )),
        "/one?p=2" => Some(rss(
            "一",
            // A feed that goes in a circle ends.
            &format!("<atom:link rel=\"next\" href=\"/one?p=1\"/>{}", item("/2", "二篇", 2, &long("二"))),
        )),
        "/two" => Some(rss(
            "二",
            &format!("{}{}", item("/3", "三篇", 1, &long("三")), item("/1?utm_source=x", "一篇", 3, &long("一"))),
        )),
        _ => None,
    });
    let sandbox = Sandbox::new();
    sandbox.write(
        "list.opml",
        format!(
            "<opml version=\"2.0\"><body><outline text=\"山\"><outline xmlUrl=\"{}\"/></outline>\
             <outline text=\"水\"><outline xmlUrl=\"{}\"/></outline></body></opml>",
            server.url("/one?p=1"),
            server.url("/two")
        ),
    );
    sandbox.run(["build", "list.opml", "--allow-private-hosts", "-o", "b.epub"]).exits(0);
    assert_eq!(titles(&sandbox, "b.epub"), ["一篇", "二篇", "三篇"]);
    let nav = Epub::open(&sandbox.path("b.epub")).text("OEBPS/nav.xhtml");
    assert!(nav.contains("山") && nav.contains("水"), "{nav}");
}

#[test]
fn pages_of_a_json_feed_are_followed() {
    let feed = |n: u32, more: &str| {
        let item = format!("{{\"id\":\"{n}\",\"title\":\"{n}篇\",\"content_html\":\"{}\"}}", long(&n.to_string()));
        let text =
            format!("{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"江\",{more}\"items\":[{item}]}}");
        Answer::ok("application/feed+json", text)
    };
    let server = Server::start([("/1", feed(1, "\"next_url\":\"/2\",")), ("/2", feed(2, ""))]);
    let sandbox = Sandbox::new();
    sandbox.run(["build", &server.url("/1"), "-o", "b.epub"]).exits(0);
    assert_eq!(titles(&sandbox, "b.epub"), ["1篇", "2篇"]);
}

#[test]
fn a_list_of_feeds_does_not_reach_private_hosts_by_itself() {
    let server = Server::start([("/feed", rss("江边", &item("/a", "甲篇", 1, &long("甲"))))]);
    let sandbox = Sandbox::new();
    let list = format!("<opml><body><outline xmlUrl=\"{}\"/></body></opml>", server.url("/feed"));
    sandbox.write("list.opml", list);
    let run = sandbox.run(["build", "list.opml", "-o", "b.epub", "--json"]).exits(1);
    assert!(run.codes("error").contains(&"article-private-address".to_owned()), "{}", run.text());
    assert_eq!(server.times("/feed"), 0);
}

#[test]
fn limit_include_and_exclude_choose_before_pages_are_fetched() {
    let announced = |n: u32| {
        format!(
            "<item><title>第{n}篇</title><link>/p/{n}</link><pubDate>Mon, {n:02} Jan 2024 07:00:00 GMT</pubDate></item>"
        )
    };
    let items: String = (1..=6).map(announced).collect();
    let server = Server::serve(move |path, _| match path {
        "/feed" => Some(rss("江边", &items)),
        path => {
            let n = path.strip_prefix("/p/")?;
            Some(Answer::ok("text/html", format!("<article><h1>第{n}篇</h1>{}</article>", long(n))))
        }
    });
    let sandbox = Sandbox::new();
    let feed = server.url("/feed");
    sandbox.write(
        "wenji.toml",
        format!("[[source]]\nfeed = \"{feed}\"\nlimit = 2\ninclude = [\"第*\"]\nexclude = [\"第6篇\", \"*/p/5\"]\nsection = \"江\"\n"),
    );
    sandbox.run(["build", "-o", "b.epub"]).exits(0);
    assert_eq!(titles(&sandbox, "b.epub"), ["第3篇", "第4篇"]);
    let asked: Vec<usize> = (1..=6).map(|n| server.times(&format!("/p/{n}"))).collect();
    assert_eq!(asked, [0, 0, 1, 1, 0, 0]);
}

#[test]
fn a_broken_feed_gives_what_comes_before_the_fault_and_says_so() {
    let sandbox = Sandbox::new();
    let whole = item("https://a.example/1", "甲篇", 1, &long("甲"));
    let text = String::from_utf8(rss("江边", &format!("{whole}<item><title>乙</wrong>")).body).expect("text");
    sandbox.write("feed.xml", text);
    let run = sandbox.run(["build", "feed.xml", "-o", "b.epub", "--json"]).exits(3);
    assert_eq!(run.codes("error"), ["feed-broken"]);
    assert_eq!(titles(&sandbox, "b.epub"), ["甲篇"]);
}

#[test]
fn atom_and_json_feeds_are_known_by_what_they_hold() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "a.txt",
        format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:base=\"https://a.example/\"><title>江</title><entry>\
             <title>甲篇</title><id>urn:1</id><updated>2024-01-01T07:00:00+08:00</updated><link href=\"x/1\"/>\
             <content type=\"html\">&lt;p&gt;&lt;a href=\"y\"&gt;见此&lt;/a&gt;。&lt;/p&gt;{}</content></entry></feed>",
            long("甲").replace('<', "&lt;")
        ),
    );
    sandbox.write(
        "b.json",
        format!(
            "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"江\",\"items\":[{{\"id\":\"2\",\
             \"url\":\"https://b.example/2\",\"title\":\"乙篇\",\"content_html\":\"{}\"}}]}}",
            long("乙")
        ),
    );
    sandbox.run(["build", "a.txt", "b.json", "-o", "b.epub"]).exits(0);
    assert_eq!(titles(&sandbox, "b.epub"), ["甲篇", "乙篇"]);
    let markup = Epub::open(&sandbox.path("b.epub")).markup();
    assert!(
        markup.contains("https://a.example/x/1") && markup.contains("https://a.example/x/y")
            || markup.contains("https://a.example/y")
    );
}

#[test]
fn sources_of_every_kind_stand_in_one_book_each_with_its_section_limit_and_choice() {
    let announced = |n: u32| {
        format!(
            "<item><title>第{n}篇</title><link>/p/{n}</link><pubDate>Mon, {n:02} Jan 2024 07:00:00 GMT</pubDate></item>"
        )
    };
    let whole = |from: u32| {
        (from..from + 4)
            .map(|n| item(&format!("/w/{n}"), &format!("第{n}篇"), n, &long(&n.to_string())))
            .collect::<String>()
    };
    let (news, first, second) = ((1..=6).map(announced).collect::<String>(), whole(11), whole(21));
    let host: std::sync::Arc<std::sync::OnceLock<String>> = std::sync::Arc::default();
    let known = std::sync::Arc::clone(&host);
    let server = Server::serve(move |path, _| match path {
        "/news" => Some(rss("江边", &news)),
        "/first" => Some(rss("一", &first)),
        "/second" => Some(rss("二", &second)),
        "/list" => {
            let host = known.get()?;
            let feed = |path: &str| format!("<outline text=\"散\"><outline xmlUrl=\"{host}{path}\"/></outline>");
            Some(Answer::ok("text/x-opml", format!("<opml><body>{}{}</body></opml>", feed("/first"), feed("/second"))))
        }
        path => {
            let n = path.strip_prefix("/p/")?;
            Some(Answer::ok("text/html", format!("<article><h1>第{n}篇</h1>{}</article>", long(n))))
        }
    });
    host.set(server.url("")).expect("set once");
    let sandbox = Sandbox::new();
    for (name, title, day) in [("a", "第31篇", 1), ("b", "第32篇", 2), ("c", "第33篇", 3), ("草稿", "第34篇", 4)]
    {
        sandbox.write(&format!("in/{name}.md"), format!("# {title}\n\n发布时间: 2024-02-0{day}\n\n{name}的正文。\n"));
    }
    let url = server.url("");
    sandbox.write(
        "wenji.toml",
        format!(
            "[[source]]\nfeed = \"{url}/news\"\nsection = \"江\"\nlimit = 2\ninclude = [\"第*\"]\nexclude = [\"第6篇\"]\n\
             [[source]]\nurl = \"{url}/p/40\"\nsection = \"独\"\nlimit = 1\ninclude = [\"*/p/*\"]\nexclude = [\"*/q/*\"]\n\
             [[source]]\nopml = \"{url}/list\"\nsection = \"湖\"\nlimit = 3\ninclude = [\"*/w/*\"]\nexclude = [\"*/w/24\"]\n\
             [[source]]\npath = \"in/*.md\"\nsection = \"江\"\nlimit = 2\ninclude = [\"?.md\"]\nexclude = [\"第31篇\"]\n\
             [[source]]\nurl = \"{url}/p/41\"\nexclude = [\"第41篇\"]\n"
        ),
    );
    sandbox.run(["build", "-o", "b.epub"]).exits(0);
    // The section of a source beats those of a list; sources of one section stand together.
    let wanted = ["第4篇", "第5篇", "第32篇", "第33篇", "第40篇", "第21篇", "第22篇", "第23篇"];
    assert_eq!(titles(&sandbox, "b.epub"), wanted);
    let nav = Epub::open(&sandbox.path("b.epub")).text("OEBPS/nav.xhtml");
    let places = ["江", "独", "湖"].map(|section| nav.find(&format!(">{section}<")).expect("a part"));
    assert!(places.is_sorted() && !nav.contains('散'), "{nav}");
    let fetched: Vec<usize> = (1..=6).map(|n| server.times(&format!("/p/{n}"))).collect();
    assert_eq!(fetched, [0, 0, 0, 1, 1, 0]);
}

#[test]
fn articles_of_a_feed_that_have_no_page_are_all_in_the_book() {
    let one = |n: u32| item("", &format!("{n}篇"), n, &long(&n.to_string())).replace("<link></link>", "<guid>7</guid>");
    let server = Server::start([("/feed", rss("江边", &(1..=3).map(one).collect::<String>()))]);
    let sandbox = Sandbox::new();
    let feed = server.url("/feed");
    sandbox.run(["build", &feed, "-o", "b.epub"]).exits(0);
    assert_eq!(titles(&sandbox, "b.epub"), ["1篇", "2篇", "3篇"]);
}

/// A blog of one page: items name it, or places in it.
fn one_page(links: &[&str]) -> String {
    let one = |(n, link): (usize, &&str)| {
        let text = format!("<p>{n}号船今天不开，江上起了雾，{}。</p>", ["等一等", "回家吧", "去茶馆坐坐"][n % 3]);
        item(link, &format!("{n}篇"), 1 + n as u32, &text).replace("</link>", &format!("</link><guid>g{n}</guid>"))
    };
    let items: String = links.iter().enumerate().map(one).collect();
    format!("<link>http://a.example/</link>{items}")
}

#[test]
fn articles_of_a_feed_that_share_a_page_are_all_in_the_book_and_in_an_archive() {
    let home = "http://a.example/";
    for links in [[home; 3], ["http://a.example/log#3", "http://a.example/log#2", "http://a.example/log#1"]] {
        let server = Server::start([("/feed", rss("江边", &one_page(&links)))]);
        let sandbox = Sandbox::new();
        let feed = server.url("/feed");
        sandbox.run(["build", &feed, &feed, "-o", "b.epub"]).exits(0);
        assert_eq!(titles(&sandbox, "b.epub"), ["0篇", "1篇", "2篇"]);
        sandbox.run(["collect", &feed, "--into", "saved"]).exits(0);
        sandbox.run(["build", "saved", "-o", "c.epub"]).exits(0);
        assert_eq!(titles(&sandbox, "c.epub"), ["0篇", "1篇", "2篇"]);
    }
}

#[test]
fn pages_that_all_call_one_address_theirs_are_told_apart_by_their_texts() {
    let page = |n: &str, words: &str| {
        let head = "<link rel=\"canonical\" href=\"http://a.example/all\">";
        let text = words.repeat(30);
        Answer::ok(
            "text/html",
            format!("<html><head>{head}</head><body><article><h1>{n}篇</h1><p>{text}</p></article></body></html>"),
        )
    };
    let server = Server::start([
        ("/1", page("1", "渡口的船今天不开，江上起了雾。")),
        ("/2", page("2", "集市上的梨卖完了，明天再来。")),
        ("/3", page("1", "渡口的船今天不开，江上起了雾。")),
    ]);
    let sandbox = Sandbox::new();
    let [one, two, three] = ["/1", "/2", "/3"].map(|path| server.url(path));
    sandbox.run(["build", &one, &two, &three, "-o", "b.epub", "-v"]).exits(0).says("left out as a duplicate");
    assert_eq!(titles(&sandbox, "b.epub"), ["1篇", "2篇"]);
}

#[test]
fn a_json_feed_gives_what_stands_before_its_fault_and_odd_items_lose_no_others() {
    let sandbox = Sandbox::new();
    let item = |n: u32, odd: &str| {
        format!("{{\"id\":{n},{odd}\"title\":\"{n}篇\",\"content_html\":\"{}\"}}", long(&n.to_string()))
    };
    let items = [
        item(1, ""),
        item(2, "\"tags\":{},\"url\":7,\"authors\":\"阿渡\","),
        "null".to_owned(),
        item(3, "\"date_published\":false,"),
    ];
    let feed = format!(
        "{{\"items\":[{}],\"title\":null,\"version\":\"https:\\/\\/jsonfeed.org\\/version\\/1.1\"}}",
        items.join(",")
    );
    sandbox.write("odd.json", &feed);
    sandbox.write(
        "cut.json",
        format!("{{\"version\":\"https://jsonfeed.org/version/1.1\",{}", feed[1..].split("\"3篇").next().expect("cut")),
    );
    let run = sandbox.run(["build", "odd.json", "-o", "odd.epub", "--json"]).exits(3);
    assert_eq!(
        (run.codes("error"), titles(&sandbox, "odd.epub")),
        (vec!["feed-broken".to_owned()], vec!["1篇".to_owned(), "2篇".to_owned(), "3篇".to_owned()])
    );
    let run = sandbox.run(["build", "cut.json", "-o", "cut.epub", "--json"]).exits(3);
    assert_eq!(
        (run.codes("error"), titles(&sandbox, "cut.epub")),
        (vec!["feed-broken".to_owned()], vec!["1篇".to_owned(), "2篇".to_owned()])
    );
}

#[test]
fn a_feed_that_is_down_is_told_when_what_it_gave_before_stands_in_for_it() {
    let server = Server::serve(|path, times| match (path, times) {
        ("/feed", 0) => Some(rss("江边", &item("/a", "甲篇", 1, &long("甲"))).with_header("Cache-Control", "no-cache")),
        ("/feed", _) => Some(Answer::status(503)),
        _ => None,
    });
    let sandbox = Sandbox::new();
    sandbox.write("wenji.toml", "[fetch]\nretries = 0\n");
    let feed = server.url("/feed");
    let build = |out: &str| sandbox.run(["build", &feed, "-o", out, "--config", "wenji.toml", "--json"]).exits(0);
    assert_eq!(build("1.epub").codes("warning"), Vec::<String>::new());
    let run = build("2.epub");
    assert_eq!(run.codes("warning"), ["article-stale"], "{}", run.text());
    assert_eq!(titles(&sandbox, "2.epub"), ["甲篇"]);
}

#[test]
fn a_feed_that_cannot_be_had_is_told_as_a_feed_and_no_chapter_is_named_after_it() {
    let server = Server::serve(|path, _| match path {
        "/feed" => Some(rss("江边", &item("/a", "甲篇", 1, &long("甲")))),
        "/moved" => Some(Answer::ok("text/html", "<html><h1>停在门口的一篇</h1><p>域名出售。</p></html>")),
        _ => None,
    });
    let sandbox = Sandbox::new();
    let outline = |title: &str, path: &str| format!("<outline text=\"{title}\" xmlUrl=\"{}\"/>", server.url(path));
    let outlines = outline("走了的二篇", "/gone") + &outline("搬了的三篇", "/moved") + &outline("在的", "/feed");
    sandbox.write("list.opml", format!("<opml><body>{outlines}</body></opml>"));
    sandbox.write(
        "wenji.toml",
        format!("[[source]]\npath = \"list.opml\"\n[[source]]\nfeed = \"{}\"\n", server.url("/none")),
    );
    let run =
        sandbox.run(["build", "--config", "wenji.toml", "-o", "b.epub", "--allow-private-hosts", "--json"]).exits(3);
    let mut codes = run.codes("error");
    codes.sort();
    assert_eq!(codes, ["article-http-status", "article-http-status", "article-unsupported"], "{}", run.text());
    assert!(run.text().contains("the feed cannot be had"), "{}", run.text());
    assert_eq!(titles(&sandbox, "b.epub"), ["甲篇"]);
}

#[test]
fn lists_that_name_feeds_without_end_are_read_to_a_limit() {
    let sandbox = Sandbox::new();
    // Nothing is sent to any of them.
    let outlines: String = (0..10_010).map(|n| format!("<outline xmlUrl=\"http://127.0.0.1:9/{n}\"/>")).collect();
    sandbox.write("list.opml", format!("<opml><body>{outlines}</body></opml>"));
    let run = sandbox.run(["build", "list.opml", "-o", "b.epub", "--json"]).exits(1);
    let codes = run.codes("error");
    let count = |code: &str| codes.iter().filter(|other| *other == code).count();
    assert_eq!((count("article-private-address"), count("feed-broken")), (10_000, 1));
}
