//! The network as it is: servers that refuse, stall, lie and break off. Every picture ends in the book or in its code,
//! within the times that wenji.toml sets, and servers are asked no more than they bear.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use image::ImageFormat;
use sha2::{Digest as _, Sha256};

use crate::support::{AtOnce, Epub, Run, Sandbox, article, finish, picture, qpdf, tool};

/// What a client asked, with names of headers in lower case. Through a proxy the target is a whole address.
#[derive(Debug, Clone)]
struct Asked {
    target: String,
    headers: BTreeMap<String, String>,
    at: Instant,
}

/// A server on the loopback whose answers are written byte by byte, so that they may be as wrong as they like.
struct Wild {
    port: u16,
    log: Arc<Mutex<Vec<Asked>>>,
    stop: Arc<AtomicBool>,
}

impl Wild {
    /// `answer` gets the request, how often the same was asked before, and the connection.
    fn start(answer: impl Fn(&Asked, usize, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port of the loopback");
        let port = listener.local_addr().expect("an address").port();
        let wild = Self { port, log: Arc::default(), stop: Arc::default() };
        let (log, stop) = (Arc::clone(&wild.log), Arc::clone(&wild.stop));
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let Some(asked) = read_head(&stream) else { return };
                    let times = {
                        let mut log = log.lock().expect("no thread panicked");
                        log.push(asked.clone());
                        log.iter().filter(|other| other.target == asked.target).count() - 1
                    };
                    answer(&asked, times, &mut stream);
                });
            }
        });
        wild
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn asked(&self) -> Vec<Asked> {
        self.log.lock().expect("no thread panicked").clone()
    }

    fn asked_for(&self, target: &str) -> Vec<Asked> {
        self.asked().into_iter().filter(|asked| asked.target == target).collect()
    }
}

impl Drop for Wild {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn read_head(stream: &TcpStream) -> Option<Asked> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let target = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers = lines.take_while(|line| !line.is_empty()).filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    });
    Some(Asked { target, headers: headers.collect(), at: Instant::now() })
}

/// A whole answer. The client may have gone away, which is its right.
fn send(stream: &mut TcpStream, status: u16, headers: &str, body: &[u8]) {
    let head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}

fn png(seed: u8) -> Vec<u8> {
    picture(ImageFormat::Png, 60, 60, seed)
}

/// A true PNG of 100 megapixels, all black, in some kilobytes.
fn huge_png() -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, 10_000, 10_000);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&vec![0; 10_000 / 8 * 10_000]).expect("encoded");
    writer.finish().expect("encoded");
    out
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("compressed");
    encoder.finish().expect("compressed")
}

/// Whether a builder's report tells of an address with a code, and what it says.
fn told(run: &Run, address: &str) -> Option<(String, String)> {
    let report = run.json();
    let problem = report["problems"].as_array()?.iter().find(|problem| problem["where"] == address)?.clone();
    let text = |key: &str| problem[key].as_str().map(str::to_owned);
    Some((text("code")?, text("help")?))
}

/// How every case ends: the path, the code or none, and how often it is asked for.
const CASES: [(&str, Option<&str>, usize); 20] = [
    ("/good", None, 1),
    ("/404", Some("image-http-status"), 1),
    ("/wants-referer", Some("image-http-status"), 1),
    ("/hates-referer", None, 1),
    ("/busy", None, 2),
    ("/503-twice", None, 3),
    ("/500-always", Some("image-http-status"), 3),
    ("/408-once", None, 2),
    ("/hang", Some("image-timeout"), 2),
    ("/drip", Some("image-timeout"), 1),
    ("/cut", Some("image-body"), 3),
    ("/cut-once", None, 2),
    ("/html", Some("image-not-an-image"), 1),
    ("/empty", Some("image-not-an-image"), 1),
    ("/100-megapixels", Some("image-too-many-pixels"), 1),
    ("/gzip-bomb", Some("image-too-large"), 1),
    ("/false-encoding", Some("image-body"), 3),
    ("/loop", Some("image-http-status"), 11),
    ("/to-private", Some("image-private-address"), 1),
    ("/200-mb", Some("image-too-large"), 1),
];

/// How the wild server answers; `sent` counts the bytes of what is too large, `inner` is a port that nobody may ask.
fn answer(asked: &Asked, times: usize, stream: &mut TcpStream, sent: &AtomicUsize, inner: u16) {
    let path = asked.target.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("an address").1;
    let referer = asked.headers.get("referer");
    match path {
        "404" => send(stream, 404, "", b"gone"),
        "wants-referer" if referer.is_none() => send(stream, 403, "", b"no"),
        "hates-referer" if referer.is_some() => send(stream, 403, "", b"no"),
        "busy" if times == 0 => send(stream, 429, "Retry-After: 1\r\n", b"later"),
        "503-twice" if times < 2 => send(stream, 503, "", b"later"),
        "500-always" => send(stream, 500, "", b"no"),
        "408-once" if times == 0 => send(stream, 408, "", b"late"),
        // Until the client goes away.
        "hang" => drop(stream.read(&mut [0; 1])),
        "drip" => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
            while stream.write_all(b"x").is_ok() {
                std::thread::sleep(Duration::from_secs(1));
            }
        }
        "cut" => cut_off(stream),
        "cut-once" if times == 0 => cut_off(stream),
        "html" => send(stream, 200, "Content-Type: image/jpeg\r\n", b"<!DOCTYPE html><p>Please log in"),
        "empty" => send(stream, 200, "Content-Type: image/png\r\n", b""),
        "100-megapixels" => send(stream, 200, "Content-Type: image/png\r\n", &huge_png()),
        "gzip-bomb" => send(stream, 200, "Content-Encoding: gzip\r\n", &gzip(&vec![0; 60 << 20])),
        "false-encoding" => send(stream, 200, "Content-Encoding: gzip\r\n", &png(9)),
        "loop" => send(stream, 302, "Location: loop\r\n", b""),
        "to-private" => send(stream, 302, &format!("Location: http://127.0.0.2:{inner}/x\r\n"), b""),
        "200-mb" => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            let piece = [b"10000\r\n".as_slice(), &[7; 0x10000], b"\r\n"].concat();
            for _ in 0..200 << 4 {
                if stream.write_all(&piece).is_err() {
                    return;
                }
                sent.fetch_add(0x10000, Ordering::SeqCst);
            }
        }
        // Each another picture: the same bytes would be stored once.
        other => send(stream, 200, "", &png(other.bytes().fold(0_u8, |sum, byte| sum.wrapping_mul(3) ^ byte))),
    }
}

fn cut_off(stream: &mut TcpStream) {
    let whole = png(3);
    let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", whole.len()).as_bytes());
    let _ = stream.write_all(&whole[..whole.len() / 2]);
}

/// The server stands as a proxy: so its hosts have public names, nothing is resolved, no packet leaves the loopback, and
/// what content may ask for is judged as it always is.
#[test]
fn every_bad_answer_ends_in_its_code_and_the_book_has_everything_else() {
    let inner = TcpListener::bind("127.0.0.2:0").expect("a port of the loopback");
    inner.set_nonblocking(true).expect("set");
    let (port, sent) = (inner.local_addr().expect("an address").port(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&sent);
    let server = Wild::start(move |asked, times, stream| answer(asked, times, stream, &count, port));
    let sandbox = Sandbox::new();
    // A host for each case: what one does to its host is not what is tested here.
    let address = |path: &str| format!("http://{}.example{path}", path.trim_start_matches('/'));
    let pictures: String =
        CASES.iter().map(|(path, ..)| format!("雨声之间。\n\n![{path}]({})\n\n", address(path))).collect();
    let wanting = "http://wanting.example/wants-referer";
    sandbox.write("in/a.md", article("荒野", &format!("{pictures}![有礼]({wanting})\n")));
    let config = format!(
        "[fetch]\nproxy = \"{}\"\nconnect_timeout = \"500ms\"\ntimeout = \"1500ms\"\ntotal_timeout = \"6s\"\nretries = 2\n\
         max_image = \"1 MB\"\nconcurrency = 32\nreferer = {{ \"wanting.example\" = \"article\" }}\n",
        server.url("")
    );
    sandbox.write("wenji.toml", config);
    let started = Instant::now();
    let run = sandbox
        .run(["build", "in", "--config", "wenji.toml", "-o", "b.epub", "-o", "b.pdf", "--json", "--cache", "cache"])
        .exits(3);
    // The cases run at once: 6 s for the slowest, and the time of a machine that is busy with other tests.
    assert!(started.elapsed() < Duration::from_secs(6 + 20), "{:?}", started.elapsed());
    for (path, code, times) in CASES {
        let told = told(&run, &address(path)).map(|(code, _)| code);
        assert_eq!(told.as_deref(), code, "{path}");
        let asked = server.asked_for(&address(path)).len();
        // How often a hanging server is asked is a matter of time.
        assert!(asked == times || path == "/hang" && (1..=3).contains(&asked), "{path} was asked for {asked} times");
    }
    let good = CASES.iter().filter(|(_, code, _)| code.is_none()).count() + 1;
    assert_eq!(run.json()["images"], serde_json::json!({"used": good, "missing": CASES.len() + 1 - good}));
    assert_eq!(Epub::open(&sandbox.path("b.epub")).pictures().len(), good);
    qpdf(&sandbox.path("b.pdf"));
    assert!(inner.accept().is_err(), "a packet reached the private address");
    assert!(sent.load(Ordering::SeqCst) < 20 << 20, "{} bytes were taken", sent.load(Ordering::SeqCst));
    let busy = server.asked_for(&address("/busy"));
    assert!(busy[1].at - busy[0].at >= Duration::from_millis(950), "Retry-After was not honoured");
    let (_, help) = told(&run, &address("/wants-referer")).expect("a problem");
    assert!(help.contains("referer = { \"wants-referer.example\" = \"article\" }"), "{help}");
    assert_eq!(server.asked_for(wanting)[0].headers["referer"], "https://example.org/a/1");
    let agent = &server.asked()[0].headers["user-agent"];
    assert!(agent.starts_with("wenji/"), "{agent}");
}

/// An article with so many pictures of a server.
fn gallery(sandbox: &Sandbox, folder: &str, title: &str, server: &Wild, pictures: usize) {
    let body: String = (0..pictures).map(|n| format!("![{n}]({})\n\n", server.url(&format!("/{n}.png")))).collect();
    sandbox.write(&format!("{folder}/a.md"), article(title, &body));
}

/// The number in `/12.png`.
fn number(asked: &Asked) -> u8 {
    asked.target.trim_start_matches('/').trim_end_matches(".png").parse().expect("a number")
}

#[test]
fn a_host_sees_no_more_requests_at_once_than_it_is_to_bear() {
    let at_once = Arc::new(AtOnce::default());
    let work = Arc::clone(&at_once);
    let server = Wild::start(move |asked, _, stream| {
        // The client may ask anew as soon as it has the last byte: the request is over before that is sent.
        work.count(|| std::thread::sleep(Duration::from_millis(200)));
        send(stream, 200, "", &png(number(asked)));
    });
    for (per_host, config) in [(FETCH_PER_HOST, String::new()), (3, "[fetch]\nper_host = 3\n".to_owned())] {
        at_once.most();
        let before = server.asked().len();
        let sandbox = Sandbox::new();
        sandbox.write("wenji.toml", config);
        let pictures = if per_host == 3 { 24 } else { 120 };
        gallery(&sandbox, "in", "百图", &server, pictures);
        let options = ["--config", "wenji.toml", "-o", "b.epub", "--allow-private-hosts", "--json"];
        let run = sandbox.run_with_input(&[&["build", "in"][..], &options].concat(), b"").exits(0);
        assert_eq!(run.json()["images"]["used"], pictures);
        assert_eq!(server.asked().len() - before, pictures);
        // All at once as far as may be, and never more.
        assert_eq!(at_once.most(), per_host);
    }
}

/// The default of `[fetch] per_host`, as README tells it.
const FETCH_PER_HOST: usize = 8;

#[test]
fn a_second_run_downloads_no_body_again() {
    let full = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&full);
    let server = Wild::start(move |asked, _, stream| {
        let (etag, date) = (format!("\"{}\"", asked.target), "Tue, 21 Nov 2023 09:30:00 GMT");
        let known = asked.headers.get("if-none-match") == Some(&etag)
            || asked.headers.get("if-modified-since").is_some_and(|since| since == date);
        if known {
            return send(stream, 304, "", b"");
        }
        count.fetch_add(1, Ordering::SeqCst);
        let headers = match number(asked) % 4 {
            0 => format!("ETag: {etag}\r\n"),
            1 => format!("Last-Modified: {date}\r\n"),
            2 => "Cache-Control: max-age=3600\r\n".to_owned(),
            _ => String::new(),
        };
        send(stream, 200, &headers, &png(number(asked)));
    });
    let sandbox = Sandbox::new();
    gallery(&sandbox, "in", "再来", &server, 40);
    let build = |out: &str| {
        sandbox.run(["build", "in", "-o", out, "--allow-private-hosts", "--cache", "cache"]).exits(0);
        std::fs::read(sandbox.path(out)).expect("a book")
    };
    let first = build("1.epub");
    assert_eq!(full.load(Ordering::SeqCst), 40);
    assert!(first == build("2.epub"), "the books differ");
    assert_eq!(full.load(Ordering::SeqCst), 40, "a body was downloaded again");
    // Half of them can be revalidated, and are.
    assert_eq!(server.asked().len(), 40 + 20);
    let offline = ["build", "in", "-o", "3.epub", "--allow-private-hosts", "--cache", "cache", "--offline"];
    sandbox.run(offline).exits(0);
    assert!(first == std::fs::read(sandbox.path("3.epub")).expect("a book"), "the books differ");
    assert_eq!(server.asked().len(), 60);
}

#[test]
fn a_run_that_is_told_to_end_leaves_nothing_unfinished_and_the_last_book_whole() {
    let server = Wild::start(|asked, _, stream| match number(asked) {
        // What was fetched before it is in the folder for temporary files.
        9 => std::thread::sleep(Duration::from_secs(30)),
        number => send(stream, 200, "", &png(number)),
    });
    let sandbox = Sandbox::new();
    gallery(&sandbox, "in", "中断", &server, 10);
    sandbox.write("out/a.epub", "the last book");
    std::fs::create_dir(sandbox.path("tmp")).expect("made");
    for (signal, number) in [("-INT", 2), ("-TERM", 15)] {
        let mut command = sandbox.command();
        command.args(["build", "in", "-o", "out/a.epub", "--allow-private-hosts", "--cache", "cache"]);
        let mut child = command.env("TMPDIR", sandbox.path("tmp")).stderr(Stdio::null()).spawn().expect("started");
        let kept = || sandbox.list("tmp").iter().map(|name| sandbox.list(&format!("tmp/{name}")).len()).sum::<usize>();
        let began = Instant::now();
        while kept() < 9 {
            assert!(began.elapsed() < Duration::from_secs(20), "{} pictures", kept());
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(tool("kill", &[signal, &child.id().to_string()]).0);
        assert_eq!(child.wait().expect("ended").signal(), Some(number));
        assert_eq!(sandbox.list("tmp"), [""; 0], "{signal}");
        assert_eq!(sandbox.list("out"), ["a.epub"], "{signal}");
        assert_eq!(std::fs::read_to_string(sandbox.path("out/a.epub")).expect("a book"), "the last book");
    }
}

#[test]
fn the_cache_grows_no_larger_than_it_may_but_loses_nothing_without_a_network() {
    // Slow enough for what is done beside it.
    let server = Wild::start(|asked, _, stream| {
        std::thread::sleep(Duration::from_millis(300));
        send(stream, 200, "ETag: \"1\"\r\n", &png(number(asked)));
    });
    let sandbox = Sandbox::new();
    gallery(&sandbox, "in", "旧物", &server, 2);
    let old = sandbox.write(&format!("cache/bodies/00/{}", "0".repeat(64)), vec![0; 3_000_000]);
    let used = std::time::SystemTime::now() - Duration::from_secs(10 * 24 * 3600);
    std::fs::OpenOptions::new().append(true).open(&old).expect("there").set_modified(used).expect("set");
    let build = |size: &str, more: &[&str]| {
        sandbox.write("in/wenji.toml", format!("[fetch]\ncache_size = \"{size}\"\n"));
        let fixed = ["build", "in", "-o", "a.epub", "--allow-private-hosts", "--cache", "cache"];
        finish(sandbox.command().args(fixed).args(more), b"").exits(0);
    };
    build("4 MB", &[]);
    build("1 KB", &["--offline"]);
    assert!(old.exists());
    build("2 MB", &[]);
    assert!(!old.exists());
    build("2 MB", &["--offline"]);
}

/// How many requests a server has had once no more come: what a killed run has sent may still be on its way.
fn settled(server: &Wild) -> usize {
    let mut count = server.asked().len();
    loop {
        std::thread::sleep(Duration::from_millis(60));
        let next = server.asked().len();
        if next == count {
            return count;
        }
        count = next;
    }
}

/// A sequence of numbers that looks random and is the same in every run.
fn shuffled(seed: u64) -> impl Iterator<Item = u64> {
    std::iter::successors(Some(seed), |last| Some(last.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695)))
        .map(|state| state >> 33)
        .skip(1)
}

/// Checks that every body in a cache is what its name says, and gives the number of addresses that it knows.
#[track_caller]
fn check_cache(sandbox: &Sandbox) -> usize {
    let files = |part: &str| -> Vec<String> {
        let shards = sandbox.list(&format!("cache/{part}"));
        let within = |shard: &String| {
            let folder = format!("cache/{part}/{shard}");
            sandbox.list(&folder).into_iter().map(move |file| format!("{folder}/{file}")).collect::<Vec<_>>()
        };
        shards.iter().flat_map(within).filter(|file| !file.contains("/.wenji-")).collect()
    };
    for body in files("bodies") {
        let digest = Sha256::digest(std::fs::read(sandbox.path(&body)).expect("a body"));
        let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(body.ends_with(&hash), "{body} is damaged");
    }
    let entries = files("addresses");
    for entry in &entries {
        let bytes = std::fs::read(sandbox.path(entry)).expect("an entry");
        assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_ok(), "{entry} is damaged");
    }
    entries.len()
}

#[test]
fn a_killed_run_leaves_the_last_books_whole_and_the_next_one_goes_on_from_there() {
    const PICTURES: usize = 12;
    let server = Wild::start(|asked, _, stream| {
        std::thread::sleep(Duration::from_millis(20));
        let bytes = picture(ImageFormat::Png, 300, 200, number(asked));
        send(stream, 200, "Cache-Control: max-age=3600\r\n", &bytes);
    });
    let sandbox = Sandbox::new();
    let command = |folder: &str| {
        let mut command = sandbox.command();
        command.args(["build", folder, "-o", "b.epub", "-o", "b.pdf", "--allow-private-hosts", "--cache", "cache"]);
        command
    };
    let books = || ["b.epub", "b.pdf"].map(|name| std::fs::read(sandbox.path(name)).expect("a book"));
    // Two books under one name: what is there after a kill is the one or the other, never a piece.
    let mut whole = Vec::new();
    let mut longest = Duration::ZERO;
    for (folder, title) in [("one", "前一期"), ("two", "后一期")] {
        gallery(&sandbox, folder, title, &server, PICTURES);
        let _ = std::fs::remove_dir_all(sandbox.path("cache"));
        let started = Instant::now();
        finish(&mut command(folder), b"").exits(0);
        longest = longest.max(started.elapsed());
        whole.push(books());
    }
    let milliseconds = u64::try_from(longest.as_millis()).expect("short");
    for (round, random) in (0..20).zip(shuffled(7)) {
        let (folder, index) = [("one", 0), ("two", 1)][round % 2];
        let _ = std::fs::remove_dir_all(sandbox.path("cache"));
        let mut child = command(folder).stderr(std::process::Stdio::null()).spawn().expect("the program starts");
        std::thread::sleep(Duration::from_millis(random % milliseconds));
        // It may have ended already, and then there is nothing to kill.
        let _ = child.kill();
        child.wait().expect("it has ended");
        for (number, book) in books().iter().enumerate() {
            assert!(
                whole.iter().any(|books| books[number] == *book),
                "round {round}: book {number} is neither of both"
            );
        }
        let known = check_cache(&sandbox);
        let before = settled(&server);
        finish(&mut command(folder), b"").exits(0);
        assert!(books() == whole[index], "round {round}: the next run made another book");
        assert_eq!(server.asked().len() - before, PICTURES - known, "round {round}: what was there was fetched again");
    }
}

#[test]
fn proxies_of_the_environment_are_used_and_no_proxy_is_honoured() {
    let proxy = Wild::start(|_, _, stream| send(stream, 200, "", &png(1)));
    let direct = Wild::start(|_, _, stream| send(stream, 200, "", &png(2)));
    let sandbox = Sandbox::new();
    sandbox
        .write("a.md", article("绕路", &format!("![远](http://far.invalid/p.png)\n\n![近]({})", direct.url("/p.png"))));
    let mut command = sandbox.command();
    command.env("http_proxy", proxy.url("")).env("no_proxy", "127.0.0.1");
    finish(command.args(["build", "a.md", "-o", "b.epub", "--allow-private-hosts"]), b"").exits(0);
    let targets = |server: &Wild| server.asked().into_iter().map(|asked| asked.target).collect::<Vec<_>>();
    assert_eq!(targets(&proxy), ["http://far.invalid/p.png"]);
    assert_eq!(targets(&direct), ["/p.png"]);
    // The proxy of wenji.toml comes before, and the exceptions hold for it, too.
    let other = Wild::start(|_, _, stream| send(stream, 200, "", &png(3)));
    sandbox.write("wenji.toml", format!("[fetch]\nproxy = \"{}\"\n", other.url("")));
    let mut command = sandbox.command();
    command.env("http_proxy", proxy.url("")).env("no_proxy", "127.0.0.1");
    let arguments =
        ["build", "a.md", "--config", "wenji.toml", "-o", "b.epub", "--allow-private-hosts", "--cache", "other"];
    finish(command.args(arguments), b"").exits(0);
    assert_eq!(targets(&other), ["http://far.invalid/p.png"]);
    assert_eq!((targets(&proxy).len(), targets(&direct).len()), (1, 2));
}

#[test]
fn cookies_and_headers_of_wenji_toml_reach_their_host_and_no_report() {
    let server = Wild::start(|asked, _, stream| {
        let known = asked.headers.get("cookie").is_some_and(|cookie| cookie == "id=me")
            && asked.headers.get("x-key").is_some_and(|key| key == "opensesame");
        if known { send(stream, 200, "", &png(1)) } else { send(stream, 401, "", b"who?") }
    });
    let sandbox = Sandbox::new();
    let stranger = server.url("/p.png").replace("127.0.0.1", "localhost");
    sandbox.write("in/a.md", article("会员", &format!("![里]({})\n\n![外]({stranger})", server.url("/p.png"))));
    sandbox.write("set/cookies.txt", "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tid\tme\n");
    let config = "[fetch]\ncookies = \"cookies.txt\"\n\n[fetch.headers.\"127.0.0.1\"]\nX-Key = \"opensesame\"\n";
    sandbox.write("set/wenji.toml", config);
    let options = ["--config", "set/wenji.toml", "-o", "b.epub", "--allow-private-hosts", "--json", "-vv"];
    let run = sandbox.run_with_input(&[&["build", "in"][..], &options].concat(), b"").exits(3);
    assert_eq!(told(&run, &stranger).map(|(code, _)| code).as_deref(), Some("image-http-status"));
    assert_eq!(run.json()["images"]["used"], 1);
    for said in [&run.stderr, &run.text()] {
        assert!(!said.contains("opensesame") && !said.contains("id=me"), "{said}");
    }
    sandbox.write("set/cookies.txt", "id=me\n");
    let run = sandbox.run_with_input(&[&["build", "in"][..], &options].concat(), b"").exits(1);
    assert_eq!(run.codes("error"), ["config-invalid"]);
    assert!(run.stderr.contains("cookies.txt:1"), "{}", run.stderr);
}

#[test]
fn a_captive_portal_is_not_remembered_in_place_of_the_picture() {
    let server = Wild::start(|_, times, stream| match times {
        0 => send(stream, 200, "Cache-Control: max-age=86400\r\n", b"<html>Please log in</html>"),
        _ => send(stream, 200, "", &png(1)),
    });
    let sandbox = Sandbox::new();
    sandbox.write("a.md", article("门户", &format!("![图]({})", server.url("/p.png"))));
    let build = ["build", "a.md", "-o", "b.epub", "--allow-private-hosts", "--json", "--cache", "cache"];
    assert_eq!(sandbox.run(build).exits(3).codes("error"), ["image-not-an-image"]);
    sandbox.run(build).exits(0);
}

#[test]
fn a_name_and_password_of_a_typed_address_open_its_pages_and_pictures_and_are_in_no_book() {
    let server = Wild::start(|asked, _, stream| {
        // `me:word` in base64.
        if asked.headers.get("authorization").map(String::as_str) != Some("Basic bWU6d29yZA==") {
            return send(stream, 401, "", b"");
        }
        let text = "渡口的灯亮了一夜，等船的人说着话。".repeat(20);
        match asked.target.as_str() {
            "/p/1" => {
                let page =
                    format!("<html lang=zh><article><h1>灯</h1><p>{text}</p><img src=a.png alt=灯></article></html>");
                send(
                    stream,
                    200,
                    "Content-Type: text/html; charset=utf-8\r\nCache-Control: max-age=600\r\n",
                    page.as_bytes(),
                );
            }
            _ => send(stream, 200, "Cache-Control: max-age=600\r\n", &png(1)),
        }
    });
    let sandbox = Sandbox::new();
    let typed = server.url("/p/1").replace("127.0.0.1", "me:word@127.0.0.1");
    let build = |out: &str| {
        let run = sandbox.run(["build", &typed, "-o", out, "--cache", "cache"]).exits(0);
        assert!(!run.text().contains("word"), "{}", run.text());
        std::fs::read(sandbox.path(out)).expect("a book")
    };
    assert!(build("1.epub") == build("2.epub"), "the books differ");
    let epub = Epub::open(&sandbox.path("1.epub"));
    assert_eq!(epub.pictures().len(), 1);
    let whole = epub.markup() + &epub.package();
    assert!(whole.contains(&server.url("/p/1")) && !whole.contains("me:word"), "{whole}");
    // Everything was asked for once.
    assert_eq!(server.asked().len(), 2);
}
