//! The client against servers on loopback.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use tokio::runtime::Runtime;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::clock::Stopwatch;

/// A server, and the runtime that talks to it.
pub(super) struct Server {
    runtime: Runtime,
    pub(super) server: MockServer,
}

impl Server {
    pub(super) fn start() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let server = runtime.block_on(MockServer::start());
        Self { runtime, server }
    }

    pub(super) fn mount(&self, mock: Mock) {
        self.runtime.block_on(mock.mount(&self.server));
    }

    /// Answers so many requests for a path.
    pub(super) fn answer(&self, at: &str, times: u64, answer: ResponseTemplate) {
        self.mount(Mock::given(method("GET")).and(path(at)).respond_with(answer).up_to_n_times(times));
    }

    pub(super) fn url(&self, at: &str) -> Url {
        Url::parse(&(self.server.uri() + at)).expect("an address")
    }

    pub(super) fn requests(&self) -> Vec<wiremock::Request> {
        self.runtime.block_on(self.server.received_requests()).expect("recorded")
    }
}

/// Options that fail soon and may use loopback.
pub(super) fn options() -> FetchOptions {
    FetchOptions {
        connect_timeout: Duration::from_millis(500),
        timeout: Duration::from_secs(2),
        total_timeout: Duration::from_secs(5),
        retries: 2,
        backoff: Duration::from_millis(5),
        allow_private_hosts: true,
        ..FetchOptions::default()
    }
}

pub(super) fn get(options: &FetchOptions, url: Url) -> Result<Fetched, FetchError> {
    let fetcher = Fetcher::new(options.clone()).expect("a client");
    fetcher.fetch_all(vec![Request::image(url)], &|| {}).pop().expect("an answer")
}

pub(super) fn cached(folder: &Path) -> FetchOptions {
    FetchOptions { cache: Some(folder.to_owned()), ..options() }
}

pub(super) fn ok(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_string(body)
}

/// A server that does this with each connection once a request has come, each on a thread of its own.
fn raw_server(answer: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/x", listener.local_addr().expect("bound"));
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || {
                let _ = stream.read(&mut [0; 2048]);
                answer(&mut stream);
            });
        }
    });
    Url::parse(&url).expect("an address")
}

/// A server that sends these bytes to each who connects.
fn byte_server(answer: &'static [u8]) -> Url {
    raw_server(move |stream| drop(stream.write_all(answer)))
}

/// So many pictures at an address, each with another query.
fn pictures(url: &Url, count: usize) -> Vec<Request> {
    (0..count).map(|n| Request::image(url.join(&format!("?{n}")).expect("an address"))).collect()
}

#[test]
fn a_body_comes_with_its_type_and_a_404_is_asked_for_once() {
    let server = Server::start();
    server.answer("/p", 1, ResponseTemplate::new(200).set_body_raw("picture", "image/x"));
    let fetched = get(&options(), server.url("/p#part")).expect("fetched");
    assert_eq!((fetched.body.as_slice(), fetched.content_type.as_deref()), (b"picture".as_slice(), Some("image/x")));
    assert_eq!(get(&options(), server.url("/none")), Err(FetchError::Status(404)));
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn passing_failures_are_retried_until_the_answer() {
    let server = Server::start();
    server.answer("/p", 2, ResponseTemplate::new(503));
    server.answer("/p", 1, ok("picture"));
    assert_eq!(get(&options(), server.url("/p")).expect("fetched").body, b"picture");
    server.answer("/q", 9, ResponseTemplate::new(500));
    assert_eq!(get(&options(), server.url("/q")), Err(FetchError::Status(500)));
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn retry_after_is_honoured_unless_it_takes_too_long() {
    let server = Server::start();
    server.answer("/p", 1, ResponseTemplate::new(429).insert_header("retry-after", "1"));
    server.answer("/p", 1, ok("picture"));
    let watch = Stopwatch::start();
    assert!(get(&options(), server.url("/p")).is_ok());
    assert!(watch.elapsed_ms() >= 950);
    server.answer("/q", 1, ResponseTemplate::new(429).insert_header("retry-after", "600"));
    assert_eq!(get(&options(), server.url("/q")), Err(FetchError::Status(429)));
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn redirects_are_followed_to_a_limit() {
    let server = Server::start();
    server.answer("/a", 1, ResponseTemplate::new(302).insert_header("location", "/b"));
    server.answer("/b", 1, ok("picture"));
    assert_eq!(get(&options(), server.url("/a")).expect("fetched").address, server.url("/b"));
    server.answer("/loop", 99, ResponseTemplate::new(301).insert_header("location", "/loop"));
    assert_eq!(get(&options(), server.url("/loop")), Err(FetchError::Redirects(10)));
    server.answer("/file", 1, ResponseTemplate::new(301).insert_header("location", "file:///etc/passwd"));
    assert!(matches!(get(&options(), server.url("/file")), Err(FetchError::BadAddress(_))));
    let letters = reqwest::header::HeaderValue::from_bytes("/p/中文".as_bytes()).expect("a value");
    server.answer("/raw", 1, ResponseTemplate::new(302).insert_header("location", letters));
    server.answer("/p/%E4%B8%AD%E6%96%87", 1, ok("picture"));
    assert_eq!(get(&options(), server.url("/raw")).expect("fetched").body, b"picture");
}

/// A page, as the user types its address.
fn page(url: Url) -> Request {
    Request { kind: Kind::Page, trusted: true, newest: true, ..Request::image(url) }
}

fn get_page(options: &FetchOptions, url: Url) -> Result<Fetched, FetchError> {
    Fetcher::new(options.clone()).expect("a client").fetch_all(vec![page(url)], &|| {}).pop().expect("an answer")
}

/// A page that sends its readers to an address.
fn sends_to(address: &str) -> ResponseTemplate {
    let text = format!("<!DOCTYPE html><html><head><meta http-equiv=refresh content='0; url={address}'></head></html>");
    ResponseTemplate::new(200).set_body_raw(text, "text/html")
}

#[test]
fn pages_that_send_on_are_followed_under_the_rules_of_redirects() {
    let server = Server::start();
    server.answer("/old", 1, sends_to("/new"));
    server.answer("/header", 1, ok("<p>").insert_header("refresh", "1;url=/new"));
    server.answer("/new", 9, ok("article"));
    for from in ["/old", "/header"] {
        let fetched = get_page(&options(), server.url(from)).expect("fetched");
        assert_eq!((fetched.body.as_slice(), fetched.address), (b"article".as_slice(), server.url("/new")), "{from}");
    }
    // A picture is no page, and a page that shows itself anew is an article.
    server.answer("/picture", 1, sends_to("/new"));
    assert_eq!(get(&options(), server.url("/picture")).expect("fetched").address, server.url("/picture"));
    server.answer("/self", 9, sends_to("/self"));
    assert_eq!(get_page(&options(), server.url("/self")).expect("fetched").address, server.url("/self"));
    server.answer("/private", 1, sends_to("http://127.0.0.2:1/x"));
    let guarded = FetchOptions { allow_private_hosts: false, ..options() };
    let refused = Err(FetchError::PrivateAddress("127.0.0.2".to_owned()));
    assert_eq!(get_page(&guarded, server.url("/private")), refused);
}

#[test]
fn a_site_that_waits_for_its_cookie_gets_it_back_and_no_other_does() {
    let server = Server::start();
    let known = Mock::given(path("/p")).and(header("cookie", "seen=1"));
    server.mount(known.respond_with(ok("picture")).with_priority(1));
    let first =
        ResponseTemplate::new(302).insert_header("location", "/p").insert_header("set-cookie", "seen=1; Path=/");
    server.answer("/p", 1, first);
    assert_eq!(get(&options(), server.url("/p")).expect("fetched").body, b"picture");
    let other = server.url("/q").to_string().replace("127.0.0.1", "localhost");
    let away = ResponseTemplate::new(302).insert_header("location", other.as_str()).insert_header("set-cookie", "id=2");
    server.answer("/away", 1, away);
    server.answer("/q", 1, ok("picture"));
    assert!(get(&options(), server.url("/away")).is_ok());
    assert!(!server.requests().pop().expect("a request").headers.contains_key("cookie"));
}

#[test]
fn what_servers_write_beside_the_standard_is_read_as_browsers_read_it() {
    let odd = byte_server(
        b"HTTP/1.1 200 OK\r\nX-Long: one\r\n two\r\nBad Name: x\r\nContent-Type : image/x\r\nContent-Encoding: utf-8\r\n\
          Content-Length: 7\r\nConnection: close\r\n\r\npicture",
    );
    let fetched = get(&options(), odd).expect("fetched");
    assert_eq!((fetched.body.as_slice(), fetched.content_type.as_deref()), (b"picture".as_slice(), Some("image/x")));
}

#[test]
fn a_name_and_password_are_told_to_the_server_and_to_nobody_who_asks_where_an_answer_is_from() {
    let (server, folder) = (Server::start(), tempfile::tempdir().expect("a folder"));
    server.answer("/p", 1, ok("page").insert_header("cache-control", "max-age=600"));
    let typed = server.url("/p").to_string().replace("127.0.0.1", "me:word@127.0.0.1");
    for _ in 0..2 {
        let fetched = get_page(&cached(folder.path()), Url::parse(&typed).expect("an address")).expect("fetched");
        assert_eq!(fetched.address, server.url("/p"));
    }
    assert_eq!(server.requests().remove(0).headers["authorization"], "Basic bWU6d29yZA==");
}

#[test]
fn where_the_newest_is_wanted_an_answer_that_tells_no_time_is_asked_for_again() {
    let (server, folder) = (Server::start(), tempfile::tempdir().expect("a folder"));
    server.answer("/feed", 1, ok("old"));
    server.answer("/feed", 1, ok("new"));
    for body in [b"old", b"new"] {
        assert_eq!(get_page(&cached(folder.path()), server.url("/feed")).expect("fetched").body, body);
    }
    assert_eq!(get_page(&cached(folder.path()), server.url("/late")), Err(FetchError::Status(404)));
    server.answer("/late", 1, ok("there"));
    assert_eq!(get_page(&cached(folder.path()), server.url("/late")).expect("fetched").body, b"there");
}

#[test]
fn content_reaches_no_private_address_directly_or_by_a_redirect() {
    let server = Server::start();
    let inner = TcpListener::bind("127.0.0.2:0").expect("a port");
    inner.set_nonblocking(true).expect("set");
    let location = format!("http://{}/x", inner.local_addr().expect("bound"));
    server.answer("/p", 1, ResponseTemplate::new(302).insert_header("location", location.as_str()));
    let guarded = FetchOptions { allow_private_hosts: false, ..options() };
    let refused = Err(FetchError::PrivateAddress("127.0.0.1".to_owned()));
    assert_eq!(get(&guarded, server.url("/p")), refused);
    assert_eq!(server.requests().len(), 0);
    let fetcher = Fetcher::new(guarded.clone()).expect("a client");
    let typed = Request { trusted: true, ..Request::image(server.url("/p")) };
    let answer = fetcher.fetch_all(vec![typed], &|| {}).pop().expect("an answer");
    assert_eq!(answer, Err(FetchError::PrivateAddress("127.0.0.2".to_owned())));
    assert!(inner.accept().is_err(), "no packet was sent");
    let by_name = Url::parse(&format!("http://localhost:{}/p", server.server.address().port())).expect("an address");
    assert_eq!(get(&guarded, by_name), Err(FetchError::PrivateAddress("localhost".to_owned())));
}

#[test]
fn a_body_that_is_too_large_or_cut_off_is_refused() {
    let server = Server::start();
    server.answer("/p", 1, ok(&"x".repeat(101)));
    let small = FetchOptions { max_image: 100, ..options() };
    assert_eq!(get(&small, server.url("/p")), Err(FetchError::TooLarge(100)));
    let endless = byte_server(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n5\r\n56789\r\n");
    assert_eq!(get(&FetchOptions { max_image: 7, ..options() }, endless), Err(FetchError::TooLarge(7)));
    let cut = byte_server(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    assert!(matches!(get(&options(), cut), Err(FetchError::Body(_))));
}

#[test]
fn a_compressed_body_is_read_in_each_coding_that_is_asked_for() {
    let packed = ruzstd::encoding::compress_to_vec(b"rain".as_slice(), ruzstd::encoding::CompressionLevel::Fastest);
    let server = Server::start();
    server.answer("/p", 1, ResponseTemplate::new(200).set_body_bytes(packed).insert_header("content-encoding", "zstd"));
    assert_eq!(get(&options(), server.url("/p")).expect("fetched").body, b"rain");
    let asked = server.requests().pop().expect("a request");
    assert_eq!(asked.headers["accept-encoding"], "gzip, br, zstd");
    server.answer("/false", 9, ok("rain").insert_header("content-encoding", "gzip"));
    assert!(matches!(get(&options(), server.url("/false")), Err(FetchError::Body(_))));
}

#[test]
fn a_part_that_nobody_asked_for_is_not_taken_for_the_whole() {
    let server = Server::start();
    server.answer(
        "/p",
        9,
        ResponseTemplate::new(206).set_body_string("rai").insert_header("content-range", "bytes 0-2/4"),
    );
    assert!(matches!(get(&options(), server.url("/p")), Err(FetchError::Body(_))));
}

#[test]
fn a_body_that_drips_ends_when_all_its_time_is_spent() {
    let url = raw_server(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        while stream.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let total = Duration::from_millis(600);
    let drip = FetchOptions { total_timeout: total, per_host: 2, ..options() };
    let watch = Stopwatch::start();
    let answers = Fetcher::new(drip).expect("a client").fetch_all(pictures(&url, 20), &|| {});
    assert!(answers.iter().all(|answer| *answer == Err(FetchError::Slow(total))), "{answers:?}");
    // Three in a row are enough to know the host: two rounds of two, not ten.
    assert!(watch.elapsed_ms() < 3000, "{}", watch.elapsed_ms());
}

#[test]
fn a_pause_that_is_too_long_is_waited_for_by_nobody() {
    let server = Server::start();
    server.answer("/p", 1, ResponseTemplate::new(503).insert_header("retry-after", "3600"));
    let patient = FetchOptions { backoff: Duration::from_secs(2), ..options() };
    let fetcher = Fetcher::new(patient).expect("a client");
    let watch = Stopwatch::start();
    for _ in 0..5 {
        let answer = fetcher.fetch_all(vec![Request::image(server.url("/p"))], &|| {});
        assert_eq!(answer, [Err(FetchError::Status(503))]);
    }
    assert!(watch.elapsed_ms() < 1500, "{}", watch.elapsed_ms());
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn no_more_requests_run_at_once_than_a_host_is_to_bear_and_they_keep_their_distance() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NOW: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    let url = raw_server(|stream| {
        MOST.fetch_max(NOW.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(30));
        NOW.fetch_sub(1, Ordering::SeqCst);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx");
    });
    let shy = FetchOptions { per_host: 3, ..options() };
    let answers = Fetcher::new(shy.clone()).expect("a client").fetch_all(pictures(&url, 24), &|| {});
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(MOST.load(Ordering::SeqCst), 3);
    // The distance is the client's own wish: it costs no request the time that a server may take.
    let slow =
        FetchOptions { min_interval: Duration::from_millis(300), total_timeout: Duration::from_millis(600), ..shy };
    let watch = Stopwatch::start();
    let answers = Fetcher::new(slow).expect("a client").fetch_all(pictures(&url, 6), &|| {});
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert!(watch.elapsed_ms() >= 5 * 300);
}

#[test]
fn answers_are_worked_on_by_no_more_threads_than_there_are_jobs_and_no_more_run_at_once_in_all() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    static MOST_ASKED: AtomicUsize = AtomicUsize::new(0);
    let slow = |stream: &mut TcpStream| {
        MOST_ASKED.fetch_max(ASKED.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(10));
        ASKED.fetch_sub(1, Ordering::SeqCst);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx");
    };
    let requests: Vec<Request> = (0..4).flat_map(|_| pictures(&raw_server(slow), 8)).collect();
    let fetcher = Fetcher::new(FetchOptions { concurrency: 5, ..options() }).expect("a client");
    let (working, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    pool.install(|| {
        fetcher.fetch_each(requests, &|_, result| {
            assert!(result.is_ok(), "{result:?}");
            most.fetch_max(working.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(5));
            working.fetch_sub(1, Ordering::SeqCst);
        });
    });
    assert!((1..=2).contains(&most.load(Ordering::SeqCst)), "{most:?}");
    // A request that is answered keeps its place until its answer has been worked on.
    assert!(MOST_ASKED.load(Ordering::SeqCst) <= 5, "{MOST_ASKED:?}");
}

#[test]
fn a_dead_host_is_tried_once_for_all_its_addresses() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    let requests = (0..50).map(|n| Url::parse(&format!("http://127.0.0.1:{port}/{n}")).expect("an address"));
    let watch = Stopwatch::start();
    let fetcher = Fetcher::new(options()).expect("a client");
    let answers = fetcher.fetch_all(requests.map(Request::image).collect(), &|| {});
    assert!(answers.iter().all(|answer| matches!(answer, Err(FetchError::Connect { .. }))), "{answers:?}");
    assert!(watch.elapsed_ms() < 3000);
}

#[test]
fn a_silent_server_is_a_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = Url::parse(&format!("http://{}/x", listener.local_addr().expect("bound"))).expect("an address");
    let total = Duration::from_millis(700);
    let quick = FetchOptions { connect_timeout: Duration::from_millis(100), total_timeout: total, ..options() };
    assert_eq!(get(&quick, url.clone()), Err(FetchError::Slow(total)));
    let total = Duration::from_secs(4);
    let quick = FetchOptions { timeout: Duration::from_millis(10), total_timeout: total, ..quick };
    assert!(matches!(get(&quick, url), Err(FetchError::Timeout(_))));
}

#[test]
fn the_cache_is_revalidated_used_offline_and_stands_in_for_a_server_in_trouble() {
    let (server, folder) = (Server::start(), tempfile::tempdir().expect("a folder"));
    let options = cached(folder.path());
    let offline = FetchOptions { offline: true, ..options.clone() };
    assert_eq!(get(&offline, server.url("/p")), Err(FetchError::Offline));
    server.answer("/p", 1, ok("picture").insert_header("etag", "\"1\""));
    assert!(get(&options, server.url("/p")).is_ok());
    server.mount(
        Mock::given(path("/p"))
            .and(header("if-none-match", "\"1\""))
            .respond_with(ResponseTemplate::new(304))
            .up_to_n_times(1),
    );
    let fetched = get(&options, server.url("/p")).expect("revalidated");
    assert_eq!((fetched.body.as_slice(), fetched.stale), (b"picture".as_slice(), None));
    assert_eq!(get(&offline, server.url("/p")).expect("cached").body, b"picture");
    server.answer("/p", 9, ResponseTemplate::new(503));
    let fetched = get(&options, server.url("/p")).expect("stale");
    assert_eq!((fetched.body.as_slice(), fetched.stale), (b"picture".as_slice(), Some(FetchError::Status(503))));
    assert_eq!(server.requests().len(), 5);
}

#[test]
fn a_body_that_the_cache_has_lost_or_that_is_of_no_use_is_fetched_anew() {
    let (server, folder) = (Server::start(), tempfile::tempdir().expect("a folder"));
    let options = cached(folder.path());
    server.mount(
        Mock::given(path("/p"))
            .and(header("if-none-match", "\"1\""))
            .respond_with(ResponseTemplate::new(304))
            .with_priority(1),
    );
    server.answer("/p", 9, ok("picture").insert_header("etag", "\"1\""));
    let fetch = || get(&options, server.url("/p")).expect("fetched").body;
    assert_eq!((fetch(), fetch()), (b"picture".to_vec(), b"picture".to_vec()));
    assert_eq!(server.requests().len(), 2);
    std::fs::remove_dir_all(folder.path().join("bodies")).expect("removed");
    assert_eq!(fetch(), b"picture");
    // A 304 that helps nothing, and the body.
    assert_eq!(server.requests().len(), 4);
    let fetcher = Fetcher::new(options.clone()).expect("a client");
    fetcher.distrust(&Request::image(server.url("/p")));
    assert_eq!(fetch(), b"picture");
    let last = server.requests().pop().expect("a request");
    assert!(!last.headers.contains_key("if-none-match"));
}

#[test]
fn content_is_given_nothing_from_the_cache_that_it_may_not_ask_for() {
    let (server, folder) = (Server::start(), tempfile::tempdir().expect("a folder"));
    server.answer("/p", 1, ok("picture"));
    assert!(get(&cached(folder.path()), server.url("/p")).is_ok());
    let guarded = FetchOptions { allow_private_hosts: false, ..cached(folder.path()) };
    assert_eq!(get(&guarded, server.url("/p")), Err(FetchError::PrivateAddress("127.0.0.1".to_owned())));
}

#[test]
fn a_fresh_answer_and_an_address_that_is_gone_are_not_asked_for_again() {
    let (server, folder) = (Server::start(), tempfile::tempdir().expect("a folder"));
    let options = cached(folder.path());
    server.answer("/p", 1, ok("picture").insert_header("cache-control", "max-age=600"));
    for _ in 0..2 {
        assert_eq!(get(&options, server.url("/p")).expect("fetched").body, b"picture");
        assert_eq!(get(&options, server.url("/none")), Err(FetchError::Status(404)));
    }
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn hosts_are_told_where_a_request_comes_from_as_the_rules_say() {
    let server = Server::start();
    server.answer("/p", 9, ok("picture"));
    let article = "https://article.example/1";
    for (rule, told) in [
        (None, None),
        (Some("none"), None),
        (Some("origin"), Some(format!("{}/", server.server.uri()))),
        (Some("article"), Some(article.to_owned())),
        (Some("https://c.example/"), Some("https://c.example/".to_owned())),
    ] {
        let rules = rule.map(|rule| ("127.0.0.1".to_owned(), rule.parse().expect("a rule")));
        let fetcher =
            Fetcher::new(FetchOptions { referer: rules.into_iter().collect(), ..options() }).expect("a client");
        let request = Request { article: Some(article.to_owned()), ..Request::image(server.url("/p")) };
        assert!(fetcher.fetch_all(vec![request], &|| {})[0].is_ok());
        let last = server.requests().pop().expect("a request");
        assert_eq!(last.headers.get("referer").map(|value| value.to_str().expect("text").to_owned()), told);
    }
}

#[test]
fn a_proxy_that_is_no_address_is_told_at_once() {
    let options = FetchOptions { proxy: Some("http://[".to_owned()), ..options() };
    assert!(matches!(Fetcher::new(options), Err(FetchError::Setup(_))));
}
