//! Who the user is: told to the hosts that are meant, and to no other; what came for it is for nobody else.

use std::collections::BTreeMap;

use wiremock::matchers::{header, path};
use wiremock::{Mock, ResponseTemplate};

use super::tests::{Server, cached, get, ok, options};
use super::*;

/// A cookies.txt with one cookie for a host.
fn cookie_file(host: &str, value: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), format!("{host}\tFALSE\t/\tFALSE\t0\tid\t{value}\n")).expect("written");
    file
}

#[test]
fn cookies_and_headers_of_a_host_are_not_sent_to_another_after_a_redirect() {
    let (first, second) = (Server::start(), Server::start());
    let elsewhere = second.url("/p").to_string().replace("127.0.0.1", "localhost");
    first.answer("/p", 1, ResponseTemplate::new(302).insert_header("location", elsewhere.as_str()));
    second.answer("/p", 1, ok("picture"));
    let cookies = cookie_file("127.0.0.1", "me");
    let pairs = BTreeMap::from([("X-Key".to_owned(), "secret".to_owned())]);
    let known = FetchOptions {
        cookies: Some(cookies.path().to_owned()),
        headers: BTreeMap::from([("127.0.0.1".to_owned(), pairs)]),
        ..options()
    };
    assert!(get(&known, first.url("/p")).is_ok());
    let (asked, led) = (first.requests().remove(0), second.requests().remove(0));
    assert_eq!(
        (asked.headers["cookie"].as_bytes(), asked.headers["x-key"].as_bytes()),
        (&b"id=me"[..], &b"secret"[..])
    );
    for name in ["cookie", "x-key", "authorization", "referer"] {
        assert!(!led.headers.contains_key(name), "{name} was sent on");
    }
}

#[test]
fn what_came_for_one_account_is_kept_from_others() {
    let (server, folder) = (Server::start(), tempfile::tempdir().expect("a folder"));
    for (value, body) in [("id=one", "for one"), ("id=two", "for two")] {
        let answer = ok(body).insert_header("cache-control", "max-age=600");
        server.mount(Mock::given(path("/p")).and(header("cookie", value)).respond_with(answer).with_priority(1));
    }
    server.answer("/p", 9, ok("for all").insert_header("cache-control", "max-age=600"));
    let (one, two) = (cookie_file("127.0.0.1", "one"), cookie_file("127.0.0.1", "two"));
    let account = |file: Option<&tempfile::NamedTempFile>| {
        let cookies = file.map(|file| file.path().to_owned());
        get(&FetchOptions { cookies, ..cached(folder.path()) }, server.url("/p")).expect("fetched").body
    };
    for _ in 0..2 {
        assert_eq!(account(Some(&one)), b"for one");
        assert_eq!(account(None), b"for all");
        assert_eq!(account(Some(&two)), b"for two");
    }
    assert_eq!(server.requests().len(), 3, "each account has been remembered");
    // An account that this host does not know gets what everybody gets.
    let stranger = cookie_file("elsewhere.example", "x");
    assert_eq!(account(Some(&stranger)), b"for all");
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn what_an_account_got_through_a_redirect_is_kept_from_others_too() {
    let (open, club, folder) = (Server::start(), Server::start(), tempfile::tempdir().expect("a folder"));
    let inside = club.url("/p").to_string().replace("127.0.0.1", "localhost");
    open.answer("/p", 9, ResponseTemplate::new(302).insert_header("location", inside.as_str()));
    let member = ok("for members").insert_header("cache-control", "max-age=600");
    club.mount(Mock::given(path("/p")).and(header("cookie", "id=me")).respond_with(member).with_priority(1));
    club.answer("/p", 9, ok("for all").insert_header("cache-control", "max-age=600"));
    let file = cookie_file("localhost", "me");
    let account = |cookies: Option<PathBuf>| {
        get(&FetchOptions { cookies, ..cached(folder.path()) }, open.url("/p")).expect("fetched").body
    };
    for _ in 0..2 {
        assert_eq!(account(None), b"for all");
        assert_eq!(account(Some(file.path().to_owned())), b"for members");
    }
    assert_eq!(club.requests().len(), 2);
}

#[test]
fn a_cookies_txt_that_is_none_is_told_at_once() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), "# Netscape HTTP Cookie File\nid=me\n").expect("written");
    for (path, told) in [(file.path().to_owned(), ":2: "), (PathBuf::from("none.txt"), "none.txt cannot be read")] {
        let error = Fetcher::new(FetchOptions { cookies: Some(path), ..options() }).expect_err("refused").to_string();
        assert!(error.contains(told), "{error}");
    }
}
