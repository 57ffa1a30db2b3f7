//! An article that is named by its address and cannot be had has a chapter that says so, and nothing stands for it where it
//! would be taken for the article.

use crate::feeds::titles;
use crate::support::{Answer, Epub, Sandbox, Server, conforms, epubcheck, pdf_text, squeezed, visible_text};

fn page(title: &str) -> Answer {
    let text = format!("{title}：渡口的人都说，雾散了船才会来。").repeat(20);
    Answer::ok("text/html", format!("<html lang=\"zh-CN\"><article><h1>{title}</h1><p>{text}</p></article></html>"))
}

/// A server with a feed of pages, of which some cannot be had; `well` tells whether the one that fails for a time is well.
fn server(well: bool) -> Server {
    Server::serve(move |path, _| match path {
        "/feed" => {
            let item = |path: &str, title: &str, day: u32, said: &str| {
                format!(
                    "<item><title>{title}</title><link>{path}</link><pubDate>Mon, {day:02} Jan 2024 07:00:00 GMT</pubDate>\
                     <description>{said}</description></item>"
                )
            };
            let items = [
                item("/one", "一篇", 1, ""),
                item("/gone", "不在的二篇", 2, ""),
                item("/busy", "忙的三篇", 3, "雾里的开头…"),
                item("/away", "走了的四篇", 4, "只剩这一句…"),
                item("/five", "五篇", 5, ""),
            ];
            Some(Answer::ok(
                "text/xml",
                format!("<rss version=\"2.0\"><channel><title>江</title>{}</channel></rss>", items.concat()),
            ))
        }
        "/list" => Some(Answer::ok(
            "text/xml",
            "<opml><body><outline text=\"部\"><outline text=\"远方的六篇\" type=\"link\" url=\"http://127.0.0.1:9/six\"/></outline></body></opml>",
        )),
        "/one" => Some(page("一篇")),
        "/five" => Some(page("五篇")),
        "/deleted" => Some(Answer::ok(
            "text/html",
            "<html><body><div class=weui-msg><div>该内容已被发布者删除</div></div></body></html>",
        )),
        "/busy" if well => Some(page("忙的三篇")),
        "/busy" => Some(Answer::status(503)),
        "/away" => Some(Answer::status(410)),
        _ => None,
    })
}

#[test]
fn what_cannot_be_had_has_a_chapter_in_its_place_that_says_why_and_where_it_is() {
    let (sandbox, server) = (Sandbox::new(), server(false));
    sandbox.write("wenji.toml", "[book]\nlang = \"zh-CN\"\n[fetch]\nretries = 0\n");
    let [feed, deleted, list] = ["/feed", "/deleted", "/list"].map(|path| server.url(path));
    let arguments = ["build", &feed, &deleted, &list, "-o", "b.epub", "-o", "b.pdf", "--title", "江", "--json"];
    let run = sandbox
        .run_with_input(&[arguments.as_slice(), &["--allow-private-hosts", "--config", "wenji.toml"]].concat(), b"")
        .exits(3);
    let mut codes = run.codes("error");
    codes.sort();
    assert_eq!(
        codes,
        ["article-connect", "article-deleted", "article-http-status", "article-http-status", "article-http-status"]
    );
    let mut wanted = ["一篇", "不在的二篇", "忙的三篇", "走了的四篇", "五篇", "远方的六篇"].map(str::to_owned).to_vec();
    assert_eq!(titles(&sandbox, "b.epub"), wanted);
    wanted.insert(5, deleted.clone());
    epubcheck(&sandbox.path("b.epub"));
    conforms(&sandbox.path("b.pdf"));
    let (epub, pdf) = (Epub::open(&sandbox.path("b.epub")), squeezed(&pdf_text(&sandbox.path("b.pdf"))));
    let chapters: Vec<String> = (1..=7).map(|n| epub.text(&format!("OEBPS/article-{n:04}.xhtml"))).collect();
    for (n, why, path) in [
        (2, "网页已经不在了", server.url("/gone")),
        (3, "状态码503", server.url("/busy")),
        (4, "网页已经不在了", server.url("/away")),
        (6, "原文已被删除", deleted.clone()),
        (7, "网站没有回应", "http://127.0.0.1:9/six".to_owned()),
    ] {
        let chapter = &chapters[n - 1];
        let said = squeezed(&visible_text(chapter));
        assert!(said.contains(&wanted[n - 1]) && said.contains(why), "{n}: {said}");
        assert!(chapter.contains(&format!("href=\"{path}\"")), "{n}: {chapter}");
        assert!(pdf.contains(why) && pdf.contains(&path), "{n}: {pdf}");
    }
    assert!(chapters[2].contains("雾里的开头") && chapters[3].contains("只剩这一句"), "what the feed says is kept");
    assert!(squeezed(&visible_text(&chapters[1])).contains("这篇文章没能收进书里"));
}

#[test]
fn where_nothing_could_be_had_nothing_is_written() {
    let (sandbox, server) = (Sandbox::new(), server(false));
    let run = sandbox.run(["build", &server.url("/none"), &server.url("/gone"), "-o", "b.epub", "--json"]).exits(1);
    assert!(run.codes("error").contains(&"article-http-status".to_owned()));
    assert!(sandbox.list(".").iter().all(|name| name != "b.epub"));
}

#[test]
fn an_archive_holds_no_placeholder_and_takes_the_article_when_it_can_be_had() {
    let sandbox = Sandbox::new();
    sandbox.write("wenji.toml", "[fetch]\nretries = 0\n");
    let collect = |server: &Server, status: i32| {
        let feed = server.url("/feed");
        sandbox.run(["collect", &feed, "--into", "saved", "--cache", "none", "--config", "wenji.toml"]).exits(status);
        let mut names = sandbox.list("saved");
        names.retain(|name| name.ends_with(".md"));
        names
    };
    let first = collect(&server(false), 3);
    assert_eq!(first, ["2024-01-01-一篇.md", "2024-01-04-走了的四篇.md", "2024-01-05-五篇.md"]);
    let text = std::fs::read_to_string(sandbox.path("saved/2024-01-04-走了的四篇.md")).expect("an article");
    assert!(text.contains("只剩这一句") && text.contains("网页已经不在了"), "{text}");
    assert!(collect(&server(true), 3).contains(&"2024-01-03-忙的三篇.md".to_owned()));
}

#[test]
fn an_issue_has_no_placeholder_and_the_next_one_has_the_article() {
    let sandbox = Sandbox::new();
    let well = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let known = std::sync::Arc::clone(&well);
    let server = Server::serve(move |path, _| match path {
        "/feed" => Some(Answer::ok(
            "text/xml",
            "<rss version=\"2.0\"><channel><title>江</title><item><title>一篇</title><link>/one</link></item>\
             <item><title>三篇</title><link>/busy</link></item></channel></rss>",
        )),
        "/one" => Some(page("一篇")),
        "/busy" if known.load(std::sync::atomic::Ordering::SeqCst) => Some(page("三篇")),
        "/busy" => Some(Answer::status(503)),
        _ => None,
    });
    sandbox.write(
        "wenji.toml",
        format!(
            "[book]\ntitle = \"江 {{issue}}\"\n[[source]]\nfeed = \"{}\"\n[select]\nsince = \"last-issue\"\n\
             [output]\ndir = \"out\"\nname = \"{{issue}}\"\nformats = [\"epub\"]\n[fetch]\nretries = 0\ncache = \"cache\"\n\
             [schedule]\ncron = \"0 7 * * MON\"\ntimezone = \"UTC\"\n",
            server.url("/feed")
        ),
    );
    let tick = |now: &str| sandbox.run(["schedule", "tick", "--now", now]);
    tick("2026-01-01T00:00:00Z");
    tick("2026-01-05T07:00:00Z").exits(3);
    assert_eq!(titles(&sandbox, "out/1.epub"), ["一篇"]);
    well.store(true, std::sync::atomic::Ordering::SeqCst);
    tick("2026-01-12T07:00:00Z").exits(0);
    assert_eq!(titles(&sandbox, "out/2.epub"), ["三篇"]);
}

#[test]
fn what_one_list_could_not_give_and_another_did_is_no_gap() {
    let whole = "渡口的人都说，雾散了船才会来。".repeat(30);
    let server = Server::serve(move |path, _| {
        let item = |said: &str| {
            format!(
                "<rss version=\"2.0\"><channel><title>江</title><item><title>一篇</title><link>/gone</link><description>{said}</description></item></channel></rss>"
            )
        };
        match path {
            "/first" => Some(Answer::ok("text/xml", item("雾里的开头…"))),
            "/second" => Some(Answer::ok("text/xml", item(&whole))),
            _ => None,
        }
    });
    let sandbox = Sandbox::new();
    let run = sandbox.run(["build", &server.url("/first"), &server.url("/second"), "-o", "b.epub", "--json"]).exits(0);
    assert_eq!(run.codes("warning"), ["article-http-status"]);
    assert_eq!(titles(&sandbox, "b.epub"), ["一篇"]);
    assert!(Epub::open(&sandbox.path("b.epub")).visible().contains("雾散了船才会来"));
}
