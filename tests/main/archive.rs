//! `wenji collect`: what it saves gives the same book again, and what it shows is what cleaning does.

use image::ImageFormat;

use crate::golden::below;
use crate::support::{Answer, Epub, Sandbox, Server, picture, squeezed};

/// A page with all that markdown cannot say.
fn page(n: usize, host: &str) -> String {
    format!(
        "<html lang=\"zh-CN\"><head><title>第{n}篇</title><meta name=\"author\" content=\"阿渡\">\
         <meta property=\"article:published_time\" content=\"2024-01-{day:02}T07:00:05+08:00\"></head><body><article><h1>第{n}篇</h1>\
         <p>{long}<a href=\"other\">别处</a>，<strong>“着重”</strong>之后*星*。</p><h3>小节</h3>\
         <p><ruby>漢<rt>かん</rt></ruby>字，<code>a`b_c</code>，H<sub>2</sub>O，1 &lt; 2 &amp;amp; $5 和 $6。</p>\
         <figure><img src=\"{host}/p{n}.png\" alt=\"图\"><figcaption>江<em>面</em></figcaption></figure>\
         <img src=\"{host}/dot.png\"><ul><li>甲<ul><li>乙</li></ul></li><li>丙</li></ul>\
         <table><tr><th>年</th><th>水位</th></tr><tr><td rowspan=\"2\">旧</td><td>一</td></tr><tr><td>二</td></tr></table>\
         <pre><code class=\"language-rust\">fn main() {{\n\n    let x = \"_\";\n}}\n</code></pre>\
         <blockquote><p>引文</p></blockquote><math><mi>x</mi><mo>=</mo><mn>1</mn></math><p>完。</p></article></body></html>",
        day = n % 28 + 1,
        long = "在渡口等船，江上有雾，说了很久的话，船还没有来。".repeat(8),
    )
}

fn server(articles: usize) -> Server {
    let host: std::sync::Arc<std::sync::OnceLock<String>> = std::sync::Arc::default();
    let known = std::sync::Arc::clone(&host);
    let server = Server::serve(move |path, _| {
        let host = known.get().map(String::as_str).unwrap_or_default();
        if path == "/feed" {
            let items: String = (1..=articles)
                .map(|n| format!("<item><title>第{n}篇</title><link>{host}/a/{n}</link></item>"))
                .collect();
            return Some(Answer::ok(
                "text/xml",
                format!("<rss version=\"2.0\"><channel><title>江边</title>{items}</channel></rss>"),
            ));
        }
        if path == "/dot.png" {
            return Some(Answer::ok("image/png", picture(ImageFormat::Png, 1, 1, 1)));
        }
        if let Some(n) = path.strip_prefix("/a/") {
            return Some(Answer::ok("text/html", page(n.parse().ok()?, host)));
        }
        let seed = path.bytes().fold(3, u8::wrapping_add);
        Some(Answer::ok("image/png", picture(ImageFormat::Png, 60, 40, seed)))
    });
    host.set(server.url("")).expect("set once");
    server
}

#[test]
fn an_archive_gives_the_same_books_offline_byte_for_byte() {
    let sandbox = Sandbox::new();
    let server = server(20);
    let feed = server.url("/feed");
    sandbox.run(["build", &feed, "-o", "a.epub", "-o", "a.pdf"]).exits(0);
    sandbox.run(["collect", &feed, "--into", "saved"]).exits(0);
    drop(server);
    sandbox.run(["build", "saved", "--offline", "--cache", "none", "-o", "b.epub", "-o", "b.pdf"]).exits(0);
    for kind in ["epub", "pdf"] {
        let read = |name: &str| std::fs::read(sandbox.path(&format!("{name}.{kind}"))).expect("a book");
        assert!(read("a") == read("b"), "the {kind} differs");
    }
}

#[test]
fn collecting_again_updates_and_never_doubles_or_overwrites_what_was_edited() {
    let sandbox = Sandbox::new();
    let server = server(2);
    let feed = server.url("/feed");
    sandbox.run(["collect", &feed, "--into", "saved"]).exits(0);
    let files = sandbox.list("saved");
    let file = "saved/2024-01-02-第1篇.md";
    let edited = std::fs::read_to_string(sandbox.path(file)).expect("an article") + "\n我的一句话。\n";
    sandbox.write(file, &edited);
    sandbox.run(["collect", &feed, "--into", "saved"]).exits(0).says("archive-edited");
    assert_eq!(sandbox.list("saved"), files);
    assert_eq!(std::fs::read_to_string(sandbox.path(file)).expect("an article"), edited);
}

#[test]
fn the_list_of_an_archive_does_not_lead_out_of_its_folder() {
    let sandbox = Sandbox::new();
    let server = server(1);
    let feed = server.url("/feed");
    sandbox.run(["collect", &feed, "--into", "saved"]).exits(0);
    let list = sandbox.path("saved/.wenji-archive.json");
    let text = std::fs::read_to_string(&list).expect("a list").replace("2024-01-02-第1篇.md", "../outside.md");
    std::fs::write(&list, text).expect("written");
    sandbox.run(["collect", &feed, "--into", "saved"]).exits(0);
    assert!(!sandbox.path("outside.md").exists());
}

#[test]
fn a_collection_that_fails_prints_one_object_too_and_the_difference_takes_no_options_without_a_meaning() {
    let sandbox = Sandbox::new();
    sandbox.write("in/readme.txt", "");
    let run = sandbox.run(["collect", "none.md", "--into", "saved", "--json"]).exits(1);
    assert!(run.codes("error").contains(&"nothing-to-bind".to_owned()), "{:?}", run.json());
    sandbox.run(["collect", "in", "--diff", "--json"]).exits(2);
    sandbox.run(["collect", "in", "--diff", "--strict"]).exits(2);
}

#[test]
fn the_difference_shows_every_kind_of_change_and_saves_nothing() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "a.md",
        "# 题\n\n作者: 阿渡\n\n江上有雾 - 船还没有\n来，说了 一 句“话”(旧话)。\n\n** _着重_**\n\n欢迎点击关注\n",
    );
    sandbox.write("wenji.toml", "[[source]]\npath = \"a.md\"\n[clean]\nstrip = [\"^欢迎点击.*$\"]\n");
    let run = sandbox.run(["collect", "--diff"]).exits(0);
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    for line in
        ["-江上有雾 - 船还没有", "+江上有雾——船还没有来，说了一句“话”（旧话）。", "-** _着重_**", "-欢迎点击关注"]
    {
        assert!(text.lines().any(|shown| shown == line), "{line} is not in\n{text}");
    }
    assert!(!text.contains('\u{1b}'), "{text}");
    assert_eq!(sandbox.list("."), ["a.md", "wenji.toml"]);
}

#[test]
fn the_difference_of_a_page_shows_what_was_left_out_of_it_and_where_it_stood() {
    let sandbox = Sandbox::new();
    let page = page(1, "https://pictures.example")
        .replace("<body>", "<body><nav><a href=\"/\">首页</a></nav>")
        .replace("<h3>小节</h3>", "<div class=\"share\">分享到</div><h3>小节</h3>")
        .replace("</body>", "<footer>版权在页脚</footer></body>");
    sandbox.write("a.html", page);
    let run = sandbox.run(["collect", "a.html", "--diff", "--offline"]);
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    let (around, cleaned) = text.split_once("--- a.html (as it came)").unwrap_or((&text, ""));
    for line in ["--- a.html (the page)", "-首页", "-分享到", " 小节", "-版权在页脚"] {
        assert!(around.lines().any(|shown| shown == line), "{line} is not in\n{text}");
    }
    assert!(!around.lines().any(|line| line.starts_with("-在渡口") || line.starts_with("-小节")), "{text}");
    assert!(!cleaned.contains("分享到"), "{text}");
}

#[test]
fn nothing_that_the_difference_calls_left_out_is_in_the_book() {
    let sandbox = Sandbox::new();
    for name in ["wordpress", "medium", "substack", "news", "github", "wechat"] {
        let page = below("fixtures/pages").join(format!("{name}.html"));
        let page = std::fs::read_to_string(page).expect("a page").replace("{{host}}", "https://pictures.example");
        sandbox.write("a.html", page);
        let run = sandbox.run(["collect", "a.html", "--diff", "--offline"]);
        let text = String::from_utf8_lossy(&run.stdout).into_owned();
        let around = text.split("--- a.html (as it came)").next().unwrap_or_default();
        let gone: Vec<&str> = around
            .lines()
            .skip(2)
            .filter_map(|line| line.strip_prefix('-'))
            .filter(|line| line.chars().count() > 12)
            .collect();
        assert!(gone.iter().any(|line| line.contains("样板") || line.contains("zzboiler")), "{name}: {text}");
        sandbox.run(["build", "a.html", "--offline", "-o", "b.epub"]);
        let book = squeezed(&Epub::open(&sandbox.path("b.epub")).visible());
        for line in gone {
            assert!(!book.contains(&squeezed(line)), "{name}: {line}");
        }
    }
}

#[test]
fn what_was_saved_is_not_cleaned_again() {
    let sandbox = Sandbox::new();
    sandbox.write("a.md", "# 题\n\n她说\"随便\" , 就 走了.\n");
    sandbox.write("b.md", "# 又一题\n\n船来了。\n");
    sandbox.write("keep.toml", "[clean]\npunctuation = false\ntrim_inner_spaces = false\n");
    sandbox.run(["collect", "a.md", "b.md", "--config", "keep.toml", "--into", "saved"]).exits(0);
    sandbox.run(["build", "saved", "-o", "b.epub"]).exits(0);
    let text = Epub::open(&sandbox.path("b.epub")).visible();
    assert!(text.contains("她说\"随便\" , 就 走了."), "{text}");
}

#[test]
fn an_edited_file_of_an_archive_keeps_the_facts_of_its_header() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "a.md",
        "---\nsection: 江 \"一\"\n---\n\n# 题 *一* #2\n\n作者: 阿渡\n发布时间: 2024-01-02\n标签: 江，船\n\n江上有雾。\n",
    );
    sandbox.write("b.md", "# 又一题\n\n船来了。\n");
    sandbox.run(["collect", "a.md", "b.md", "--into", "saved"]).exits(0);
    let files = sandbox.list("saved");
    let file = files.iter().find(|name| name.starts_with("2024-01-02")).expect("the article");
    let file = format!("saved/{file}");
    let edited = std::fs::read_to_string(sandbox.path(&file)).expect("an article") + "\n我的一句话。\n";
    sandbox.write(&file, edited);
    sandbox.run(["build", "saved", "-o", "b.epub"]).exits(0);
    let epub = Epub::open(&sandbox.path("b.epub"));
    let text = epub.visible();
    for part in ["江 \"一\"", "题 一 #2", "阿渡", "2024", "江上有雾。", "我的一句话。"] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(
        epub.package().contains("<dc:title>文集</dc:title>") || epub.package().contains(">文集<"),
        "{}",
        epub.package()
    );
}
