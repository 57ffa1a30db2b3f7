//! The client against servers on loopback.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;

use tokio::runtime::Runtime;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::clock::Stopwatch;

/// A server, and the runtime that talks to it.
struct Server {
    runtime: Runtime,
    server: MockServer,
}

impl Server {
    fn start() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let server = runtime.block_on(MockServer::start());
        Self { runtime, server }
    }

    fn mount(&self, mock: Mock) {
        self.runtime.block_on(mock.mount(&self.server));
    }

    /// Answers so many requests for a path.
    fn answer(&self, at: &str, times: u64, answer: ResponseTemplate) {
        self.mount(Mock::given(method("GET")).and(path(at)).respond_with(answer).up_to_n_times(times));
    }

    fn url(&self, at: &str) -> Url {
        Url::parse(&(self.server.uri() + at)).expect("an address")
    }

    fn requests(&self) -> Vec<wiremock::Request> {
        self.runtime.block_on(self.server.received_requests()).expect("recorded")
    }
}

/// Options that fail soon and may use loopback.
fn options() -> FetchOptions {
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

fn get(options: &FetchOptions, url: Url) -> Result<Fetched, FetchError> {
    let fetcher = Fetcher::new(options.clone()).expect("a client");
    fetcher.fetch_all(vec![Request::image(url)], &|| {}).pop().expect("an answer")
}

fn cached(folder: &Path) -> FetchOptions {
    FetchOptions { cache: Some(folder.to_owned()), ..options() }
}

fn ok(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_string(body)
}

/// A server that sends these bytes to each who connects.
fn raw_server(answer: &'static [u8]) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/x", listener.local_addr().expect("bound"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let _ = stream.read(&mut [0; 2048]);
            let _ = stream.write_all(answer);
        }
    });
    Url::parse(&url).expect("an address")
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
    let endless = raw_server(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n5\r\n56789\r\n");
    assert_eq!(get(&FetchOptions { max_image: 7, ..options() }, endless), Err(FetchError::TooLarge(7)));
    let cut = raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    assert!(matches!(get(&options(), cut), Err(FetchError::Body(_))));
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
    let quick = FetchOptions { connect_timeout: Duration::ZERO, timeout: Duration::from_millis(10), ..options() };
    let quick = FetchOptions {
        connect_timeout: Duration::from_millis(100),
        total_timeout: Duration::from_millis(700),
        ..quick
    };
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
    assert_eq!(get(&options, server.url("/p")).expect("revalidated").body, b"picture");
    assert_eq!(get(&offline, server.url("/p")).expect("cached").body, b"picture");
    server.answer("/p", 9, ResponseTemplate::new(503));
    assert_eq!(get(&options, server.url("/p")).expect("stale").body, b"picture");
    assert_eq!(server.requests().len(), 5);
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
