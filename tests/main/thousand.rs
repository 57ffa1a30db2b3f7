//! A thousand articles of feeds: none is lost or moved, no host is pressed, memory stays small, and what was collected
//! gives the same books without a network.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use image::ImageFormat;

use crate::feeds::titles;
use crate::support::{Answer, AtOnce, Epub, Sandbox, Server, pdf_text, picture, squeezed};

/// How long the server takes for an answer: long enough that requests overlap.
const WORK: Duration = Duration::from_millis(20);
/// `[fetch] per_host`.
const AT_ONCE: usize = 4;
/// `[fetch] min_interval` of the run that is to keep it, in milliseconds: longer than [`WORK`] by [`AT_ONCE`].
const INTERVAL: u64 = 10;
/// How many articles a page of the paged feed has.
const PAGE: usize = 25;
/// Most memory that one text article more may take, in KB; docs/speed.md has what it takes.
const PER_ARTICLE: u64 = 80;

/// How many articles each feed has of its own, in the order of the book.
#[derive(Clone, Copy)]
struct Sizes {
    rss: usize,
    atom: usize,
    json: usize,
    announced: usize,
}

impl Sizes {
    fn of(all: usize) -> Self {
        Self { rss: all * 3 / 10, atom: all * 3 / 10, json: all / 5, announced: all / 5 }
    }

    fn all(self) -> usize {
        self.rss + self.atom + self.json + self.announced
    }
}

/// What the server saw.
#[derive(Default)]
struct Seen {
    at_once: AtOnce,
    /// When the pages of articles were asked for.
    pages: Mutex<Vec<Instant>>,
}

fn title(n: usize) -> String {
    format!("第{n}篇")
}

/// A sentence that only this article has.
fn mark(n: usize) -> String {
    format!("渡口的石碑上刻着{n}号")
}

/// The text of an article: every tenth has a picture of its own, every third one that many share under several addresses.
fn body(n: usize, host: &str) -> String {
    let own =
        if n.is_multiple_of(10) { format!("<p><img src=\"/img/own-{n}.png\" alt=\"江\"></p>") } else { String::new() };
    let shared = if n.is_multiple_of(3) {
        format!("<img src=\"{host}/img/same-{}.png\" alt=\"渡\">", n % 7)
    } else {
        String::new()
    };
    let long = "船夫说雾要到正午才散，大家便坐在岸边等，有人讲起从前发大水的事。".repeat(4);
    format!("<p>{}，{long}</p>{own}<p>{shared}后来船来了，这一回记到{n}为止。</p>", mark(n))
}

fn escaped(html: &str) -> String {
    html.replace('&', "&amp;").replace('<', "&lt;")
}

/// RSS that brings its articles whole.
fn rss(sizes: Sizes, host: &str) -> String {
    let item = |n: usize| {
        format!(
            "<item><title>{}</title><link>{host}/a/{n}</link><content:encoded><![CDATA[{}]]></content:encoded></item>",
            title(n),
            body(n, host)
        )
    };
    let items: String = (1..=sizes.rss).map(item).collect();
    format!(
        "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>江</title>{items}</channel></rss>"
    )
}

/// A page of an Atom feed in pages (RFC 5005).
fn atom(sizes: Sizes, page: usize, host: &str) -> String {
    let first = sizes.rss + page * PAGE;
    let end = (first + PAGE).min(sizes.rss + sizes.atom);
    let entry = |n: usize| {
        format!(
            "<entry><title>{}</title><id>urn:a:{n}</id><link href=\"/a/{n}\"/><updated>2024-01-01T00:00:00Z</updated>\
             <content type=\"html\">{}</content></entry>",
            title(n),
            escaped(&body(n, host))
        )
    };
    let entries: String = (first + 1..=end).map(entry).collect();
    let next = if end < sizes.rss + sizes.atom {
        format!("<link rel=\"next\" href=\"/atom?page={}\"/>", page + 1)
    } else {
        String::new()
    };
    format!("<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>山</title><id>urn:a</id>{next}{entries}</feed>")
}

/// A JSON feed that repeats every thirtieth article of the RSS, as if it came by a campaign.
fn json(sizes: Sizes, host: &str) -> String {
    let first = sizes.rss + sizes.atom;
    let item = |n: usize, address: String| serde_json::json!({ "id": address, "url": address, "title": title(n), "content_html": body(n, host) });
    let mut items = Vec::new();
    for n in first + 1..=first + sizes.json {
        items.push(item(n, format!("{host}/a/{n}")));
        if (n - first).is_multiple_of(30) {
            items.push(item(n - first, format!("{host}/a/{}?utm_source=json", n - first)));
        }
    }
    serde_json::json!({ "version": "https://jsonfeed.org/version/1.1", "title": "水", "items": items }).to_string()
}

/// RSS that only announces, and announces some articles of the Atom feed too.
fn announcements(sizes: Sizes, host: &str) -> String {
    let first = sizes.rss + sizes.atom + sizes.json;
    let item = |n: usize, path: &str| {
        format!(
            "<item><title>{}</title><link>{host}/{path}/{n}</link><description>雾里的开头…</description></item>",
            title(n)
        )
    };
    let mut items = String::new();
    for n in first + 1..=first + sizes.announced {
        items += &item(n, "p");
        if n.is_multiple_of(40) {
            items += &item(n - first + sizes.rss, "a");
        }
    }
    format!("<rss version=\"2.0\"><channel><title>岸</title>{items}</channel></rss>")
}

fn list(host: &str) -> String {
    let feed = |path: &str| format!("<outline type=\"rss\" xmlUrl=\"{host}{path}\"/>");
    format!(
        "<opml version=\"2.0\"><body><outline text=\"山部\">{}{}</outline><outline text=\"水部\">{}{}</outline></body></opml>",
        feed("/rss"),
        feed("/atom?page=0"),
        feed("/json"),
        feed("/news")
    )
}

fn answer(path: &str, sizes: Sizes, host: &str) -> Option<Answer> {
    let xml = |text: String| Some(Answer::ok("application/xml", text));
    match path {
        "/list.opml" => return xml(list(host)),
        "/rss" => return xml(rss(sizes, host)),
        "/json" => return Some(Answer::ok("application/feed+json", json(sizes, host))),
        "/news" => return xml(announcements(sizes, host)),
        _ => {}
    }
    if let Some(page) = path.strip_prefix("/atom?page=") {
        return xml(atom(sizes, page.parse().ok()?, host));
    }
    if let Some(n) = path.strip_prefix("/p/").or_else(|| path.strip_prefix("/a/")) {
        let n = n.parse().ok()?;
        let page = format!(
            "<html lang=\"zh-CN\"><body><nav>首页</nav><article><h1>{}</h1>{}</article></body></html>",
            title(n),
            body(n, host)
        );
        return Some(Answer::ok("text/html; charset=utf-8", page));
    }
    let name = path.strip_prefix("/img/")?;
    let own = name.strip_prefix("own-").and_then(|name| name.strip_suffix(".png")?.parse::<u32>().ok());
    let (width, seed) = own.map_or((90, 7), |n| (60 + n / 200, (n % 200) as u8));
    Some(Answer::ok("image/png", picture(ImageFormat::Png, width, 40, seed)))
}

fn server(sizes: Sizes) -> (Server, Arc<Seen>) {
    let (host, seen): (Arc<OnceLock<String>>, Arc<Seen>) = Default::default();
    let (known, log) = (Arc::clone(&host), Arc::clone(&seen));
    let server = Server::serve(move |path, _| {
        log.at_once.count(|| {
            if path.starts_with("/p/") {
                log.pages.lock().expect("no thread panicked").push(Instant::now());
            }
            std::thread::sleep(WORK);
            answer(path, sizes, known.get().map(String::as_str).unwrap_or_default())
        })
    });
    host.set(server.url("")).expect("set once");
    (server, seen)
}

/// Builds the EPUB and the PDF of a list; the peak of memory in KB.
fn build(sandbox: &Sandbox, list: &str) -> u64 {
    let books = ["-o", "a.epub", "-o", "a.pdf", "--title", "江上", "--cache", "cache-b", "--config", "all.toml"];
    let (run, peak) = sandbox.run_measured(&[["build", list].as_slice(), &books].concat());
    run.exits(0);
    peak
}

#[test]
fn a_thousand_articles_of_feeds_are_complete_in_order_bounded_polite_and_the_same_from_their_archive() {
    let (sandbox, sizes) = (Sandbox::new(), Sizes::of(1000));
    sandbox.write("all.toml", format!("[fetch]\nper_host = {AT_ONCE}\n"));
    sandbox.write("slow.toml", format!("[fetch]\nper_host = {AT_ONCE}\nmin_interval = \"{INTERVAL}ms\"\n"));
    let (server, seen) = server(sizes);
    let list = server.url("/list.opml");

    // Collected at a distance that is longer than the server's work for as many as may run at once.
    let arguments = ["collect", &list, "--into", "saved", "--cache", "cache-a", "--config", "slow.toml"];
    sandbox.run(arguments).exits(0);
    let times = std::mem::take(&mut *seen.pages.lock().expect("no thread panicked"));
    let took = times.iter().max().expect("pages").duration_since(*times.iter().min().expect("pages"));
    let least = Duration::from_millis(INTERVAL * (sizes.announced as u64 - 1));
    // A request may be late to start and the last one punctual.
    assert!(took + Duration::from_millis(10 * INTERVAL) >= least, "{took:?} for {} pages", times.len());
    assert_eq!(times.len(), sizes.announced);

    seen.at_once.most();
    let peak = build(&sandbox, &list);
    assert_eq!(seen.at_once.most(), AT_ONCE);
    drop(server);

    let offline = ["build", "saved", "--title", "江上", "--offline", "--cache", "empty", "-o", "b.epub", "-o", "b.pdf"];
    sandbox.run(offline).exits(0);
    for kind in ["epub", "pdf"] {
        let read = |name: &str| std::fs::read(sandbox.path(&format!("{name}.{kind}"))).expect("a book");
        assert!(read("a") == read("b"), "the {kind} of the archive differs");
    }
    complete(&sandbox, sizes);
    let per_article = slope(peak, sizes);
    assert!(per_article <= PER_ARTICLE, "{per_article} KB an article");
}

/// Every article stands once and in its place in both books.
fn complete(sandbox: &Sandbox, sizes: Sizes) {
    let wanted: Vec<String> = (1..=sizes.all()).map(title).collect();
    assert_eq!(titles(sandbox, "a.epub"), wanted);
    let epub = Epub::open(&sandbox.path("a.epub"));
    let nav = epub.text("OEBPS/nav.xhtml");
    assert!(nav.find("山部") < nav.find(">第1篇<") && nav.find(">第600篇<") < nav.find("水部"), "{nav}");
    let pictures = epub.pictures().len();
    assert_eq!(pictures, sizes.all() / 10 + 1, "pictures with the same bytes are stored once");
    for text in [squeezed(&epub.visible()), squeezed(&pdf_text(&sandbox.path("a.pdf")))] {
        let mut at = 0;
        for n in 1..=sizes.all() {
            let mark = mark(n);
            let found = text[at..].find(&mark).unwrap_or_else(|| panic!("{mark} is missing, or not in its place"));
            at += found + mark.len();
            assert!(!text[at..].contains(&mark), "{mark} stands twice");
        }
    }
}

/// How much memory an article takes more, in KB: from a quarter of them to all.
fn slope(peak: u64, sizes: Sizes) -> u64 {
    let peaks: Vec<(usize, u64)> = [250, 500]
        .map(|all| {
            let sandbox = Sandbox::new();
            sandbox.write("all.toml", format!("[fetch]\nper_host = {AT_ONCE}\n"));
            let (server, _) = server(Sizes::of(all));
            (all, build(&sandbox, &server.url("/list.opml")))
        })
        .into();
    println!("peaks: {peaks:?}, {} articles {peak} KB", sizes.all());
    let (fewest, least) = peaks[0];
    peak.saturating_sub(least) / (sizes.all() - fewest) as u64
}
