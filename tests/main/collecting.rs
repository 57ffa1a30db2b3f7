//! Articles and pictures as they are found in the wild, brought in.

use std::time::{Duration, Instant};

use image::ImageFormat;

use crate::support::{Answer, Epub, Sandbox, Server, article, picture};

/// Builds `a.md` into `b.epub` and `b.pdf`, allowing the loopback, with the JSON report.
fn build(sandbox: &Sandbox) -> crate::support::Run {
    sandbox.run(["build", "a.md", "-o", "b.epub", "-o", "b.pdf", "--allow-private-hosts", "--json"])
}

#[test]
fn header_lines_become_facts_and_are_not_in_the_body() {
    let sandbox = Sandbox::new();
    let text = "\u{FEFF}# 一封信\r\n\r\n作者： 沈舟\r\n发布时间: 2022-07-08 06:05\r\n发布地: 泉州\r\n原文链接: https://example.org/letters/9\r\n\r\n海风从窗口进来。\r\n";
    sandbox.write("a.md", text);
    build(&sandbox).exits(0);
    let epub = Epub::open(&sandbox.path("b.epub"));
    let package = epub.package();
    assert!(package.contains("一封信") && package.contains("沈舟"), "{package}");
    let page = epub.visible();
    for fact in ["沈舟", "2022", "泉州", "海风从窗口进来。"] {
        assert!(page.contains(fact), "{fact} is missing: {page}");
    }
    assert!(epub.markup().contains("https://example.org/letters/9"));
    for line in ["发布时间:", "发布地:", "作者："] {
        assert!(!page.contains(line), "the header block is in the body: {page}");
    }
}

#[test]
fn yaml_and_toml_front_matter_are_read() {
    let sandbox = Sandbox::new();
    sandbox.write("y.md", "---\ntitle: 春\nauthor: 何青\ndate: 2023-03-05\n---\n\n柳树绿了。\n");
    sandbox.write("t.md", "+++\ntitle = \"秋\"\nauthor = \"何红\"\ndate = 2023-09-05\n+++\n\n柳叶黄了。\n");
    sandbox.run(["build", "y.md", "t.md", "-o", "b.epub"]).exits(0);
    let text = Epub::open(&sandbox.path("b.epub")).visible();
    for piece in ["春", "何青", "柳树绿了。", "秋", "何红", "柳叶黄了。"] {
        assert!(text.contains(piece), "{piece}: {text}");
    }
    assert!(!text.contains("title:") && !text.contains("+++"), "{text}");
}

#[test]
fn an_article_without_any_header_takes_title_and_date_from_its_name() {
    let sandbox = Sandbox::new();
    sandbox.write("2021-06-07-雨后.md", "屋檐还在滴水。\n");
    sandbox.run(["build", "2021-06-07-雨后.md", "-o", "b.epub"]).exits(0);
    let epub = Epub::open(&sandbox.path("b.epub"));
    assert!(epub.package().contains("雨后"), "{}", epub.package());
    assert!(epub.visible().contains("2021"), "{}", epub.visible());
}

#[test]
fn articles_in_gb18030_big5_and_utf_16_are_read() {
    let sandbox = Sandbox::new();
    let text = "# 旧信\n\n这是一封很久以前写下的信，纸已经黄了，字还看得清楚。\n";
    let (gb, _, bad) = encoding_rs::GB18030.encode(text);
    assert!(!bad);
    sandbox.write("gb.md", &gb);
    let old = "# 舊信\n\n這是一封很久以前寫下的信，紙已經黃了，字還看得清楚，雨聲也還在。\n";
    let (big5, _, bad) = encoding_rs::BIG5.encode(old);
    assert!(!bad);
    sandbox.write("big5.md", &big5);
    let wide: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain("# 宽信\n\n双字节的信。\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    sandbox.write("utf16.md", wide);
    sandbox.run(["build", "gb.md", "big5.md", "utf16.md", "-o", "b.epub"]).exits(0);
    let seen = Epub::open(&sandbox.path("b.epub")).visible();
    for piece in ["字还看得清楚。", "雨聲也還在。", "双字节的信。"] {
        assert!(seen.contains(piece), "{piece}: {seen}");
    }
}

#[test]
fn every_kind_of_picture_comes_into_both_books() {
    let kinds = [
        ("jpg", ImageFormat::Jpeg),
        ("png", ImageFormat::Png),
        ("gif", ImageFormat::Gif),
        ("webp", ImageFormat::WebP),
        ("bmp", ImageFormat::Bmp),
        ("tiff", ImageFormat::Tiff),
    ];
    let sandbox = Sandbox::new();
    let mut body = String::new();
    for (index, (ending, format)) in kinds.iter().enumerate() {
        sandbox.write(&format!("p.{ending}"), picture(*format, 60, 40, 40 * index as u8));
        body += &format!("段落之间的图。\n\n![图{index}](p.{ending})\n\n");
    }
    sandbox.write("p.svg", r#"<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><rect width="60" height="40" fill="teal"/><text x="5" y="25">河</text></svg>"#);
    body += "![矢量](p.svg)\n";
    sandbox.write("a.md", article("图集", &body));
    let run = build(&sandbox).exits(0);
    assert_eq!(run.json()["images"]["used"], 7);
    let epub = Epub::open(&sandbox.path("b.epub"));
    assert_eq!(epub.pictures().len(), 7, "{:?}", epub.order);
    let package = epub.package();
    for foreign in ["image/webp", "image/bmp", "image/tiff"] {
        assert!(!package.contains(foreign), "{foreign} is for no reader: {package}");
    }
}

#[test]
fn the_type_of_a_picture_comes_from_its_bytes() {
    let server = Server::start([
        ("/a.jpg", Answer::ok("image/jpeg", picture(ImageFormat::WebP, 50, 50, 1))),
        ("/b?wx_fmt=png", Answer::ok("text/plain", picture(ImageFormat::Png, 50, 50, 2))),
        ("/c", Answer::ok("application/octet-stream", picture(ImageFormat::Jpeg, 50, 50, 3))),
    ]);
    let sandbox = Sandbox::new();
    let links: String =
        ["/a.jpg", "/b?wx_fmt=png", "/c"].iter().map(|path| format!("![图]({})\n\n", server.url(path))).collect();
    sandbox.write("a.md", article("名不副实", &links));
    let run = build(&sandbox).exits(0);
    assert_eq!(run.json()["images"], serde_json::json!({"used": 3, "missing": 0}));
}

#[test]
fn a_page_sent_as_a_picture_is_reported_and_never_embedded() {
    let server =
        Server::start([("/p.jpg", Answer::ok("image/jpeg", "<html><body>blocked by the firewall</body></html>"))]);
    let sandbox = Sandbox::new();
    sandbox.write("a.md", article("假图", &format!("![门]({})", server.url("/p.jpg"))));
    let run = build(&sandbox).exits(3);
    assert_eq!(run.codes("error"), ["image-not-an-image"]);
    let epub = Epub::open(&sandbox.path("b.epub"));
    assert!(epub.pictures().is_empty(), "{:?}", epub.order);
    assert!(epub.files.values().all(|bytes| !String::from_utf8_lossy(bytes).contains("blocked by the firewall")));
}

#[test]
fn a_server_that_stumbles_is_asked_again_and_one_that_refuses_is_not() {
    let good = Answer::ok("image/png", picture(ImageFormat::Png, 40, 40, 9));
    let server = Server::start([
        ("/stumbles.png", Answer::status(503).with_header("Retry-After", "0")),
        ("/stumbles.png", good),
        ("/gone.png", Answer::status(404)),
    ]);
    let sandbox = Sandbox::new();
    let body = format!("![甲]({})\n\n![乙]({})", server.url("/stumbles.png"), server.url("/gone.png"));
    sandbox.write("a.md", article("重试", &body));
    let run = build(&sandbox).exits(3);
    assert_eq!(run.codes("error"), ["image-http-status"]);
    assert!(run.json()["problems"].to_string().contains("404"));
    assert_eq!(server.times("/stumbles.png"), 2);
    assert_eq!(server.times("/gone.png"), 1);
}

#[test]
fn a_body_that_breaks_off_is_not_taken_for_a_picture() {
    let whole = picture(ImageFormat::Png, 80, 80, 5);
    let half =
        Answer::ok("image/png", &whole[..whole.len() / 2]).with_header("Content-Length", &whole.len().to_string());
    let server = Server::start([("/p.png", half)]);
    let sandbox = Sandbox::new();
    sandbox.write("a.md", article("断了", &format!("![半张]({})", server.url("/p.png"))));
    let run = build(&sandbox).exits(3);
    assert_eq!(run.codes("error"), ["image-body"]);
}

#[test]
fn a_dead_host_is_found_out_once_not_once_a_picture() {
    // A port that nobody listens at: bound, so that its number is ours, and closed again.
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let sandbox = Sandbox::new();
    let body: String = (0..20).map(|n| format!("![{n}](http://127.0.0.1:{port}/{n}.png)\n\n")).collect();
    sandbox.write("a.md", article("死机", &body));
    let started = Instant::now();
    let run = build(&sandbox).exits(3);
    assert_eq!(run.codes("error"), vec!["image-connect"; 20]);
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
}

#[test]
fn content_reaches_no_private_host_unless_it_is_allowed() {
    let server = Server::start([("/p.png", Answer::ok("image/png", picture(ImageFormat::Png, 40, 40, 9)))]);
    let sandbox = Sandbox::new();
    sandbox.write("a.md", article("内网", &format!("![图]({})", server.url("/p.png"))));
    let run = sandbox.run(["build", "a.md", "-o", "b.epub", "--json"]).exits(3);
    assert_eq!(run.codes("error"), ["image-private-address"]);
    assert_eq!(server.times("/p.png"), 0);
}

#[test]
fn offline_uses_the_cache_and_nothing_else() {
    let server = Server::start([("/p.png", Answer::ok("image/png", picture(ImageFormat::Png, 40, 40, 9)))]);
    let sandbox = Sandbox::new();
    sandbox.write("a.md", article("离线", &format!("![图]({})", server.url("/p.png"))));
    let offline = ["build", "a.md", "-o", "b.epub", "--allow-private-hosts", "--json", "--offline", "--cache", "cache"];
    assert_eq!(sandbox.run(offline).exits(3).codes("error"), ["image-offline"]);
    assert_eq!(server.times("/p.png"), 0);
    let online: [&str; 8] =
        offline.into_iter().filter(|word| *word != "--offline").collect::<Vec<_>>().try_into().expect("8");
    sandbox.run(online).exits(0);
    assert_eq!(server.times("/p.png"), 1);
    sandbox.run(offline).exits(0);
    assert_eq!(server.times("/p.png"), 1);
}

#[test]
fn pictures_are_found_in_raw_html_and_data_addresses() {
    let server = Server::start([
        ("/lazy.png", Answer::ok("image/png", picture(ImageFormat::Png, 40, 40, 1))),
        ("/plain.png", Answer::ok("image/png", picture(ImageFormat::Png, 40, 40, 2))),
    ]);
    let sandbox = Sandbox::new();
    let dot = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='30' height='30'%3E%3Ccircle cx='15' cy='15' r='15'/%3E%3C/svg%3E";
    let body = format!(
        "<p><img data-src=\"{}\" alt=\"懒\"></p>\n\n<img src=\"{}\">\n\n<img src=\"{dot}\" alt=\"点\">\n",
        server.url("/lazy.png"),
        server.url("/plain.png")
    );
    sandbox.write("a.md", article("藏图", &body));
    let run = build(&sandbox).exits(0);
    assert_eq!(run.json()["images"], serde_json::json!({"used": 3, "missing": 0}));
}

#[test]
fn trackers_are_dropped_and_the_same_bytes_are_stored_once() {
    let same = picture(ImageFormat::Png, 40, 40, 9);
    let server = Server::start([
        ("/dot.gif", Answer::ok("image/gif", picture(ImageFormat::Gif, 1, 1, 0))),
        ("/one.png", Answer::ok("image/png", same.clone())),
        ("/two.png", Answer::ok("image/png", same)),
    ]);
    let sandbox = Sandbox::new();
    let links: String =
        ["/dot.gif", "/one.png", "/two.png"].iter().map(|p| format!("![图]({})\n\n", server.url(p))).collect();
    sandbox.write("a.md", article("重图", &links));
    build(&sandbox).exits(0);
    assert_eq!(Epub::open(&sandbox.path("b.epub")).pictures().len(), 1);
}

#[test]
fn a_picture_outside_the_articles_folder_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("secret.png", picture(ImageFormat::Png, 40, 40, 9));
    sandbox.write("in/a.md", article("越界", "![图](../secret.png)"));
    let run = sandbox.run(["build", "in/a.md", "-o", "b.epub", "--json"]).exits(3);
    assert_eq!(run.codes("error"), ["image-outside-folder"]);
}
