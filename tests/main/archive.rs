//! `wenji collect`: what it saves gives the same book again, and what it shows is what cleaning does.

use image::ImageFormat;

use crate::support::{Answer, Sandbox, Server, picture};

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
    sandbox.run(["build", &feed, "--title", "江", "-o", "a.epub", "-o", "a.pdf"]).exits(0);
    sandbox.run(["collect", &feed, "--into", "saved"]).exits(0);
    drop(server);
    sandbox
        .run(["build", "saved", "--title", "江", "--offline", "--cache", "none", "-o", "b.epub", "-o", "b.pdf"])
        .exits(0);
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
