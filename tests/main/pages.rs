//! Pages of the web become articles. The pages are our own words in the markup of the sites that they imitate; what is
//! around the article has a word in it (样板, zzboiler) that no book may hold.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use image::ImageFormat;

use crate::golden::{below, compare};
use crate::support::{Answer, Epub, Run, Sandbox, Server, conforms, epubcheck, pdf_text, picture, squeezed};

/// What stands around articles.
const AROUND: [&str; 2] = ["样板", "zzboiler"];

/// A web of all pages, which gives a picture for every other address.
struct Web {
    server: Server,
}

impl Web {
    fn start() -> Self {
        let host: Arc<OnceLock<String>> = Arc::default();
        let known = Arc::clone(&host);
        let server = Server::serve(move |path, _| {
            let host = known.get().map(String::as_str).unwrap_or_default();
            let name = path.trim_start_matches('/').split('?').next().unwrap_or_default();
            match name.strip_suffix(".html") {
                Some("gone") => None,
                Some(page) if path_of(page).is_file() => Some(page_answer(page, host)),
                _ if name.ends_with(".svg") => Some(Answer::ok("image/svg+xml", SIGN)),
                _ => Some(Answer::ok(
                    "image/png",
                    picture(ImageFormat::Png, 120, 80, name.bytes().fold(7, u8::wrapping_add)),
                )),
            }
        });
        host.set(server.url("")).expect("set once");
        Self { server }
    }

    /// Builds both books of one page into the sandbox: `b.epub` and `b.pdf`.
    fn build(&self, sandbox: &Sandbox, page: &str) -> Run {
        let address = self.server.url(&format!("/{page}.html"));
        finish(sandbox, &address)
    }
}

fn finish(sandbox: &Sandbox, input: &str) -> Run {
    sandbox.run(["build", input, "-o", "b.epub", "-o", "b.pdf", "--json"])
}

const SIGN: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" width="90" height="20"><rect width="90" height="20" fill="#393"/></svg>"##;

fn path_of(page: &str) -> std::path::PathBuf {
    below("fixtures/pages").join(format!("{page}.html"))
}

fn source_of(page: &str, host: &str) -> String {
    std::fs::read_to_string(path_of(page)).expect("a page").replace("{{host}}", host)
}

fn page_answer(page: &str, host: &str) -> Answer {
    let text = source_of(page, host);
    if page == "gb18030" {
        let (bytes, _, lossy) = encoding_rs::GB18030.encode(&text);
        assert!(!lossy);
        return Answer::ok("text/html", bytes.into_owned());
    }
    Answer::ok("text/html; charset=utf-8", text)
}

/// What a page must give.
struct Expected {
    page: &'static str,
    title: &'static str,
    /// What the line below the title shows, in this order.
    byline: &'static [&'static str],
    language: &'static str,
    /// How many pictures are in the book, the one that opens the article among them.
    pictures: usize,
    /// Pieces of the text in their order.
    text: &'static [&'static str],
}

const PAGES: [Expected; 11] = [
    Expected {
        page: "wechat",
        title: "渡口的灯",
        byline: &["沈舟", "江边笔记", "2024-03-05 08:30", "江苏", "https://mp.weixin.qq.com/s/Tide-0001"],
        language: "zh-CN",
        pictures: 3,
        text: &[
            "只说“到灯那里去”。",
            "点灯的人",
            "三角八分",
            "<img",
            "给等船的人看的。",
            "一笔账",
            "def",
            "    used = nights * ",
            "斤与元",
            "写成式子就是",
            "0.12",
            "是当晚的油价。",
            "夏天夜短",
            "点到天亮。",
            "视频：夜里的渡口",
            "顾师傅说灯",
            "每晚照点",
            "桥的故事",
        ],
    },
    Expected {
        page: "wechat-pictures",
        title: "渡口四季",
        byline: &["沈舟", "江边笔记", "2024-03-05 08:30", "https://mp.weixin.qq.com/s/Tide-0008"],
        language: "zh-CN",
        pictures: 3,
        text: &["春天涨水，夏天有萤火。", "秋天割芦苇", "“糖”", "<img", "<img", "<img"],
    },
    Expected {
        page: "wechat-words",
        title: "今天停渡",
        byline: &["江边笔记", "2024-03-05 08:30", "https://mp.weixin.qq.com/s/Tide-0010"],
        language: "zh-CN",
        pictures: 0,
        text: &["今天停渡。上游放水，水位比昨天高了一尺半。", "要过河的请走下游的桥，桥头有人指路。"],
    },
    Expected {
        page: "wordpress",
        title: "旧屋里的钟",
        byline: &["何青", "木桥日志", "2024-04-02 09:15", "https://muqiao.example/2024/04/clock/"],
        language: "zh-CN",
        pictures: 3,
        text: &[
            "堂屋东墙的",
            "停在四点二十分",
            "拆开来看",
            "发条断了一截",
            "三枚齿轮",
            "零件",
            "58（缺二）",
            "最守信的人",
            "——外婆",
            "clock.txt",
            "视频：修钟的下午",
            "停在哪里，我不说。🕰",
            "屋顶的瓦",
            "梁是杉木",
        ],
    },
    Expected {
        page: "medium",
        title: "The Ferry That Waited",
        byline: &[
            "Ann Reed",
            "Slow Rivers",
            "2024-03-08 14:02",
            "https://slow-rivers.example/the-ferry-that-waited-3f2a",
        ],
        language: "en",
        pictures: 1,
        text: &[
            "What a timetable cannot say",
            "The pier in March.",
            "exactly eleven times",
            "I kept count",
            "Nobody complained.",
            "A short ledger",
            "six minutes for a wedding cake",
            "someone who has never met you",
            "leaves(clock, aboard)",
            "nearly always empty",
            "The number is still eleven.",
        ],
    },
    Expected {
        page: "substack",
        title: "Letters kept in a drawer",
        byline: &["Bo Lind", "Tin Post", "2024-05-19 10:00", "https://tinpost.example/p/letters-kept-in-a-drawer"],
        language: "en",
        pictures: 1,
        text: &[
            "third from the top.",
            "nineteen letters",
            "None has a stamp.",
            "Why they stayed",
            "keeps its temperature",
            "one chair.",
            "no letter after midnight",
            "youtube-nocookie.com/embed/abc",
            "the twentieth.",
            "two streets away.",
            "Mostly.",
        ],
    },
    Expected {
        page: "github",
        title: "Sluice",
        byline: &["GitHub", "https://github.com/millrace/sluice"],
        language: "en",
        pictures: 1,
        text: &[
            "A small queue for slow work.",
            "the design",
            "href=\"#n",
            "Do not point two machines",
            "Usage",
            "jobs.db",
            "// runs later",
            "☑",
            "retries with a pause",
            "☐",
            "a dead",
            "waiting",
            "Building from source",
            "The mean wait is",
            "The pause doubles each time.",
        ],
    },
    Expected {
        page: "news",
        title: "江城第四座桥今日通车 首日步行免费",
        byline: &["陈默、林一", "江城晚报", "2024-06-01 07:30", "https://wanbao.example/city/20240601/bridge4.html"],
        language: "zh-CN",
        pictures: 2,
        text: &[
            "六月一日清晨七点半",
            "用钢两万一千吨",
            "新桥的步道。",
            "三十年前的约定",
            "“今天是第四遍",
            "四座桥",
            "1994",
            "六月八日起收费。",
            "周遥",
        ],
    },
    Expected {
        page: "gb18030",
        title: "乡间的井",
        byline: &["顾小满", "2003-09-08 10:20"],
        language: "zh-CN",
        pictures: 1,
        text: &["七道绳痕", "水就出来了。", "𠮷祥草", "井的规矩", "后打水的人不说话。", "水还是凉的。"],
    },
    Expected {
        page: "math",
        title: "赌徒为什么会输光",
        byline: &["林一", "2024-02-10"],
        language: "zh",
        pictures: 1,
        text: &[
            "设赌徒有",
            "每次押一元",
            "一次下注",
            "记输光的概率为",
            "边界是",
            "解得",
            "用另一种写法",
            "公平的赌局",
            "一张票卖 $5，两张 $9",
            "输光",
            "上文",
            "三百次下注。",
        ],
    },
    Expected {
        page: "hljs",
        title: "给旧代码修一扇门",
        byline: &["周遥", "拾柴人的技术笔记", "2024-01-20 21:00"],
        language: "zh-CN",
        pictures: 0,
        text: &[
            "先别拆墙",
            "第一步：量尺寸",
            "as_it_is",
            "三月有三十二天",
            "第二步：开门",
            "def",
            "return",
            "Ctrl",
            "\"door\"",
            "第三步：关窗",
            "chuāng",
            "先改测试",
            "旧函数",
        ],
    },
];

/// The chapter of the only article.
fn chapter(epub: &Epub) -> String {
    epub.text("OEBPS/article-0001.xhtml")
}

#[test]
fn pages_of_many_sites_give_their_facts_their_text_and_nothing_around_it() {
    // Where printed pages begin is the typesetter's.
    let breaks = regex::Regex::new("<span epub:type=\"pagebreak\"[^>]*/>\n?").expect("valid");
    let web = Web::start();
    for expected in PAGES {
        let sandbox = Sandbox::new();
        let page = expected.page;
        let run = web.build(&sandbox, page).exits(0);
        let epub = Epub::open(&sandbox.path("b.epub"));
        let chapter = chapter(&epub).replace(&web.server.url(""), "http://host.example");
        compare(&format!("articles/{page}.xhtml"), &breaks.replace_all(&chapter, ""));
        assert!(chapter.contains(&format!("<title>{}</title>", expected.title)), "{page}: {chapter}");
        assert!(chapter.contains(&format!(" lang=\"{}\"", expected.language)), "{page}: {chapter}");
        let head = chapter.split("</header>").next().unwrap_or_default();
        in_order(page, head, expected.byline);
        in_order(page, &chapter, expected.text);
        assert_eq!(run.json()["images"]["used"], expected.pictures, "{page}: {}", run.json());
        let printed = squeezed(&pdf_text(&sandbox.path("b.pdf")));
        assert!(printed.contains(&squeezed(expected.title)), "{page}");
        for word in AROUND {
            assert!(!chapter.contains(word) && !printed.contains(word), "{page}: {word} in {chapter}");
        }
    }
}

#[test]
fn all_pages_together_are_two_valid_books_and_a_page_of_two_addresses_is_in_them_once() {
    let web = Web::start();
    let sandbox = Sandbox::new();
    let mut list: String = PAGES.iter().map(|expected| web.server.url(&format!("/{}.html\n", expected.page))).collect();
    list += &web.server.url("/wechat.html?from=timeline\n");
    let arguments = ["build", "-", "-o", "b.epub", "-o", "b.pdf", "--title", "网页集", "--json"];
    let run = sandbox.run_with_input(&arguments, list.as_bytes()).exits(0);
    assert_eq!(run.json()["articles"], PAGES.len());
    epubcheck(&sandbox.path("b.epub"));
    conforms(&sandbox.path("b.pdf"));
    let contents = Epub::open(&sandbox.path("b.epub")).text("OEBPS/nav.xhtml");
    in_order("nav", &contents, &PAGES.map(|expected| expected.title));
}

/// Checks that pieces stand in a text one after another.
#[track_caller]
fn in_order(page: &str, text: &str, pieces: &[&str]) {
    // A piece may be cut by the elements of coloured code or emphasis; those without are found as they stand.
    let plain = regex::Regex::new("<span class=\"[a-z]+\">|</span>").expect("valid").replace_all(text, "").into_owned();
    let plain = plain.replace("&quot;", "\"");
    let mut at = 0;
    for piece in pieces {
        let found =
            plain[at..].find(piece).unwrap_or_else(|| panic!("{page}: `{piece}` is missing or misplaced in {plain}"));
        at += found + piece.len();
    }
}

#[test]
fn a_page_that_is_no_article_is_told_and_never_bound() {
    let web = Web::start();
    for (page, code) in [
        ("wechat-challenge", "article-challenge"),
        ("wechat-deleted", "article-deleted"),
        ("gone", "article-http-status"),
        ("picture.png", "article-unsupported"),
    ] {
        let sandbox = Sandbox::new();
        let address = web.server.url(&format!("/{page}{}", if page.contains('.') { "" } else { ".html" }));
        let run = finish(&sandbox, &address).exits(1);
        assert!(run.codes("error").contains(&code.to_owned()), "{page}: {}", run.json());
        assert!(sandbox.list(".").iter().all(|name| !name.starts_with("b.")), "{page}");
        sandbox.write("a.md", "# 在\n\n正文。\n");
        let run = sandbox.run(["build", "a.md", &address, "-o", "b.epub", "--json"]).exits(3);
        assert_eq!(run.codes("error"), [code], "{page}");
        let seen = Epub::open(&sandbox.path("b.epub")).visible();
        assert!(
            seen.contains("正文。") && !seen.contains("环境异常") && !seen.contains("发布者删除"),
            "{page}: {seen}"
        );
    }
}

/// Writes a page as a browser saves it: its pictures in a folder beside it.
fn save(sandbox: &Sandbox, page: &str, name: &str) {
    let text = source_of(page, "https://pictures.example");
    let saved = regex::Regex::new("(?:src|data-src|data-lazy-src)=\"(?:https://pictures\\.example)?/[^\"]*?([a-z-]+)(?:-1024x683)?(?:\\.jpg|/640[^\"]*)\"").expect("valid");
    let text = saved.replace_all(&text, |found: &regex::Captures<'_>| {
        sandbox
            .write(&format!("{name}_files/{}.png", &found[1]), picture(ImageFormat::Png, 90, 60, found[1].len() as u8));
        format!("src=\"./{name}_files/{}.png\"", &found[1])
    });
    // What stood in for a picture until it came is gone from a page that was shown.
    let text = regex::Regex::new("src=\"(?:/wp/blank.gif|data:[^\"]*)\"").expect("valid").replace_all(&text, "");
    sandbox.write(
        &format!("{name}.html"),
        format!("<!-- saved from url=(0042)https://saved.example/a/page.html -->\n{text}"),
    );
}

#[test]
fn a_saved_page_takes_its_pictures_from_the_folder_beside_it() {
    let sandbox = Sandbox::new();
    save(&sandbox, "wordpress", "旧屋里的钟");
    // The one picture that was not saved, the emoji, is a character; the cover is one of the saved in another size.
    let run = finish(&sandbox, "旧屋里的钟.html").exits(0);
    assert_eq!(run.json()["images"]["used"], 3, "{}", run.json());
    let epub = Epub::open(&sandbox.path("b.epub"));
    let chapter = chapter(&epub);
    assert!(chapter.contains("何青") && chapter.contains("href=\"https://saved.example/2023/11/roof/\""), "{chapter}");
    // A folder gives the page, and nothing of what was saved beside it.
    sandbox.write("旧屋里的钟_files/frame.html", "<p>样板</p>");
    let run = sandbox.run(["build", ".", "-o", "c.epub", "--json"]).exits(0);
    assert_eq!(run.json()["articles"], 1);
}

#[test]
fn a_page_names_no_file_of_this_machine_and_no_private_address() {
    let secret = Sandbox::new();
    let file = secret.write("secret.png", picture(ImageFormat::Png, 40, 40, 9));
    let other = Server::start([("/p.png", Answer::ok("image/png", picture(ImageFormat::Png, 40, 40, 3)))]);
    let text = "山里的雪化了，河水涨了起来，孩子们在桥上看船，等到天黑才回家，谁也没有说话。".repeat(4);
    let page = format!(
        "<html><head><title>雪</title></head><body><article><h1>雪</h1><p>{text}</p><img src=\"file://{}\"><img src=\"{}\"><p>{text}</p></article>",
        file.display(),
        other.url("/p.png"),
    );
    let server = Server::start([("/a", Answer::ok("text/html; charset=utf-8", page.clone()))]);
    let sandbox = Sandbox::new();
    let run = finish(&sandbox, &server.url("/a")).exits(3);
    assert_eq!(run.codes("error"), ["image-bad-address", "image-private-address"]);
    assert_eq!(other.times("/p.png"), 0);
    sandbox.write("in/a.html", page);
    let run = finish(&sandbox, "in/a.html").exits(3);
    assert_eq!(run.codes("error"), ["image-outside-folder", "image-private-address"]);
    assert!(Epub::open(&sandbox.path("b.epub")).pictures().is_empty());
}

#[test]
fn a_second_run_offline_reads_pages_from_the_cache() {
    let web = Web::start();
    let address = web.server.url("/hljs.html");
    let sandbox = Sandbox::new();
    let run = |more: &[&str]| {
        let arguments = [&["build", address.as_str(), "-o", "b.epub", "--json", "--cache", "cache"], more].concat();
        sandbox.run_with_input(&arguments, b"")
    };
    assert!(run(&["--offline"]).exits(1).codes("error").contains(&"article-offline".to_owned()));
    run(&[]).exits(0);
    let first = std::fs::read(sandbox.path("b.epub")).expect("written");
    run(&["--offline"]).exits(0);
    assert_eq!(web.server.times("/hljs.html"), 1);
    assert!(first == std::fs::read(sandbox.path("b.epub")).expect("written"));
}

#[test]
fn inputs_are_told_by_what_they_hold() {
    let markdown = Answer::ok("text/plain; charset=utf-8", "# 雨\n\n作者：李小满\n\n檐下**听雨。**\n");
    let feed = "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel>\
                <title>雨报</title><item><title>檐下</title><content:encoded><![CDATA[<p>数着雨点，一滴，两滴，三滴。</p>]]>\
                </content:encoded></item></channel></rss>";
    let feed = Answer::ok("text/html", feed);
    let server = Server::start([("/README.md", markdown), ("/feed", feed)]);
    let sandbox = Sandbox::new();
    finish(&sandbox, &server.url("/README.md")).exits(0);
    let seen = Epub::open(&sandbox.path("b.epub")).visible();
    assert!(seen.contains("檐下听雨。") && seen.contains("李小满"), "{seen}");
    finish(&sandbox, &server.url("/feed")).exits(0);
    assert!(Epub::open(&sandbox.path("b.epub")).visible().contains("三滴。"));
    // A page without its extension, and a PDF with the extension of a page.
    sandbox.write("page", "<!DOCTYPE html><title>无名</title><main><p>一页没有扩展名的网页，写着几句话。</p></main>");
    finish(&sandbox, "page").exits(0);
    assert!(Epub::open(&sandbox.path("b.epub")).visible().contains("写着几句话。"));
    sandbox.write("x.html", b"%PDF-1.7\n");
    assert!(finish(&sandbox, "x.html").exits(1).codes("error").contains(&"article-unsupported".to_owned()));
    assert!(Path::new(&sandbox.path("b.epub")).is_file());
}

#[test]
fn pages_that_are_made_to_stop_a_parser_stop_nothing() {
    let sandbox = Sandbox::new();
    let deep = "<div>".repeat(200_000);
    let reopened: String = (0..3_000).map(|n| format!("<b id=x{n}>")).collect::<String>() + &"<p>x".repeat(20_000);
    for (name, page) in [("deep.html", deep), ("reopened.html", reopened)] {
        sandbox.write(name, format!("<!DOCTYPE html>{page}"));
        let started = std::time::Instant::now();
        let run = finish(&sandbox, name).exits(1);
        assert!(run.codes("error").contains(&"article-unsupported".to_owned()), "{name}: {}", run.json());
        assert!(started.elapsed().as_secs() < 20, "{name}: {:?}", started.elapsed());
    }
}

#[test]
fn a_page_that_a_browser_saved_as_one_file_has_its_pictures_from_the_file_alone() {
    let sandbox = Sandbox::new();
    let outside = Server::start([("/out.png", Answer::ok("image/png", picture(ImageFormat::Png, 50, 40, 9)))]);
    let png = picture(ImageFormat::Png, 70, 50, 3);
    let encoded = BASE64.encode(&png);
    let text = "雾散以前，渡口的人都坐在石阶上说话。".repeat(10);
    let html = format!(
        "<!DOCTYPE html><html lang=zh-CN><head><meta charset=gbk><title>石阶</title></head><body><nav>样板</nav><article><h1>石阶</h1>\
         <p>{text}</p><img src=\"https://a.example/1.png\" data-src=\"https://a.example/large.png\" alt=甲>\
         <img src=\"cid:two@mhtml\" alt=乙><img src=\"{}\" alt=丙></article></body></html>",
        outside.url("/out.png")
    );
    let (html, ..) = encoding_rs::GBK.encode(&html);
    let head = "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://a.example/steps\r\nSubject: x\r\nMIME-Version: 1.0\r\n\
                Content-Type: multipart/related;\r\n\ttype=\"text/html\";\r\n\tboundary=\"--b\"\r\n\r\n\r\n";
    let part = |kind: &str, place: &str, body: &str| {
        format!("----b\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n{place}\r\n\r\n{body}\r\n")
    };
    let file = [
        head.to_owned(),
        part("text/html; charset=gbk", "Content-Location: https://a.example/steps", &BASE64.encode(&html)),
        part("image/png", "Content-Location: https://a.example/1.png", &encoded),
        part("image/png", "Content-ID: <two@mhtml>", &BASE64.encode(picture(ImageFormat::Png, 60, 50, 4))),
        "----b--\r\n".to_owned(),
    ];
    sandbox.write("in/steps.mhtml", file.concat());
    // The third picture is on a private address, which content may not name.
    let run = sandbox.run(["build", "in", "-o", "b.epub", "-o", "b.pdf", "--json"]).exits(3);
    assert_eq!(run.codes("error"), ["image-private-address"]);
    assert_eq!(outside.times("/out.png"), 0);
    epubcheck(&sandbox.path("b.epub"));
    let epub = Epub::open(&sandbox.path("b.epub"));
    let page = epub.text("OEBPS/article-0001.xhtml");
    let [first, second] = [">石阶<", "渡口的人都坐在石阶上说话"]
        .map(|piece| page.find(piece).unwrap_or_else(|| panic!("{piece}: {page}")));
    assert!(first < second && page.contains("https://a.example/steps") && !page.contains("样板"), "{page}");
    let pictures = epub.pictures();
    assert!(pictures.len() == 2 && epub.files.values().any(|bytes| *bytes == png), "{pictures:?}");
}
