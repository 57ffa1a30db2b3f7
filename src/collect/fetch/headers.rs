//! What a request says besides its address: what is wanted, whence, what the cache has, and who asks.
//!
//! Each step of a redirect gets headers of its own, so what is meant for one host reaches no other.

use std::collections::BTreeMap;

use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, RANGE, REFERER, TE, TRANSFER_ENCODING, UPGRADE,
};
use url::Url;

use super::cache::{Entry, Outcome};
use super::coding;
use super::cookies::Cookies;
use super::{FetchError, FetchOptions, Kind, RefererRule, Request, without_login};
use crate::assets::AssetId;

/// Formats that print and e-readers take come first; a server that chooses by this header should not choose AVIF.
const ACCEPT_IMAGE: &str = "image/jpeg,image/png,image/webp,image/gif,image/svg+xml,*/*;q=0.5";
const ACCEPT_PAGE: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// What hosts are known to want; the user's rules come before. WeChat shows strangers a warning instead of the picture,
/// Weibo and Pixiv refuse who does not come from them.
const KNOWN_REFERERS: [(&str, Option<&str>); 3] = [
    ("mmbiz.qpic.cn", None),
    ("sinaimg.cn", Some("https://weibo.com/")),
    ("pximg.net", Some("https://www.pixiv.net/")),
];

/// Headers that the connection itself needs, and that nobody may set.
const OWN: [HeaderName; 11] = [
    HOST,
    CONNECTION,
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    TE,
    UPGRADE,
    ACCEPT_ENCODING,
    RANGE,
    IF_RANGE,
    IF_NONE_MATCH,
    IF_MODIFIED_SINCE,
];

/// A header's name and value as a user writes them.
///
/// # Errors
/// When they are none, or the header is not the user's to set.
pub fn check_header(name: &str, value: &str) -> Result<(), FetchError> {
    header(name, value).map(drop)
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), FetchError> {
    let bad = |reason: &str| FetchError::BadHeader(format!("the header `{name}` {reason}"));
    let parsed: HeaderName = name.parse().map_err(|_| bad("has no name that HTTP knows"))?;
    if OWN.contains(&parsed) {
        return Err(bad("is set by wenji itself"));
    }
    let mut value: HeaderValue = value.parse().map_err(|_| bad("has a value that cannot be sent"))?;
    value.set_sensitive(true);
    Ok((parsed, value))
}

/// What makes the user known to hosts: cookies, and headers of his own.
#[derive(Debug)]
pub(super) struct Account {
    cookies: Cookies,
    /// By host, or host and port.
    headers: BTreeMap<String, HeaderMap>,
    /// Tells accounts apart; `None` when there is nothing to tell.
    digest: Option<String>,
}

impl Account {
    pub(super) fn new(options: &FetchOptions) -> Result<Self, FetchError> {
        let cookies = options.cookies.as_deref().map(Cookies::read).transpose()?.unwrap_or_default();
        let mut headers: BTreeMap<String, HeaderMap> = BTreeMap::new();
        for (host, pairs) in &options.headers {
            let of_host = headers.entry(host.to_ascii_lowercase()).or_default();
            for (name, value) in pairs {
                let (name, value) = header(name, value)?;
                of_host.insert(name, value);
            }
        }
        let is_nobody = cookies == Cookies::default() && headers.is_empty();
        let told = format!("{:?}\n{}", options.headers, cookies.fingerprint());
        let digest = (!is_nobody).then(|| AssetId::of(told.as_bytes()).to_string());
        Ok(Self { cookies, headers, digest })
    }

    /// What tells this account from others, if it is known to any host.
    pub(super) fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// What goes with a request to this address, and to this one alone. `secured` says whether the way began with https:
    /// what was meant for an encrypted connection is not sent on an open one.
    pub(super) fn headers_for(&self, url: &Url, secured: bool, now: i64) -> HeaderMap {
        let mut all = HeaderMap::new();
        let Some(host) = url.host_str() else { return all };
        let port = url.port_or_known_default().unwrap_or_default();
        if url.scheme() == "https" || !secured {
            for key in [host.to_owned(), format!("{host}:{port}")] {
                all.extend(self.headers.get(&key).cloned().unwrap_or_default());
            }
        }
        if let Some(Ok(cookies)) = self.cookies.for_url(url, now).map(|cookies| cookies.parse::<HeaderValue>()) {
            all.entry(COOKIE).or_insert(cookies);
        }
        all
    }
}

/// The headers of a request for `url`, which is where the request's own address has led; `known` is what the cache has,
/// `set` the cookies that hosts have set on the way.
pub(super) fn of(
    request: &Request,
    url: &Url,
    known: Option<&Entry>,
    options: &FetchOptions,
    account: HeaderMap,
    set: Option<String>,
) -> HeaderMap {
    let accept = match request.kind {
        Kind::Image => ACCEPT_IMAGE,
        Kind::Page => ACCEPT_PAGE,
    };
    // Validators belong to the address that gave them.
    let known = known.filter(|entry| entry.is_of(url) && matches!(entry.outcome, Outcome::Body(_)));
    let values = [
        (ACCEPT, Some(accept.to_owned())),
        (ACCEPT_ENCODING, Some(coding::ACCEPTED.to_owned())),
        (REFERER, referer(request, url, options)),
        (IF_NONE_MATCH, known.and_then(|entry| entry.etag.clone())),
        (IF_MODIFIED_SINCE, known.and_then(|entry| entry.last_modified.clone())),
    ];
    let usable = values.into_iter().filter_map(|(name, value)| Some((name, value?.parse().ok()?)));
    let mut headers: HeaderMap = usable.collect();
    headers.extend(account);
    if let Some(set) = set {
        let own = headers.get(COOKIE).and_then(|value| value.to_str().ok());
        // Of two with one name, servers take the first: the one that they have set last.
        let all = own.map_or_else(|| set.clone(), |own| format!("{set}; {own}"));
        headers.extend(all.parse().ok().map(|value: HeaderValue| (COOKIE, value)));
    }
    headers
}

/// What a host is told about where the request comes from: by the user's rule for it or for the nearest domain, else by
/// what is known of it, else nothing.
pub(super) fn referer(request: &Request, url: &Url, options: &FetchOptions) -> Option<String> {
    let host = url.host_str()?;
    let domains = || std::iter::successors(Some(host), |name| Some(name.split_once('.')?.1));
    let rule = domains().find_map(|name| options.referer.get(name));
    match rule {
        Some(RefererRule::None) => None,
        Some(RefererRule::Origin) => Some(format!("{}/", url.origin().ascii_serialization())),
        Some(RefererRule::Article) => request.article.as_deref().and_then(tellable),
        Some(RefererRule::Url(address)) => Some(address.clone()),
        None => {
            let known = domains().find_map(|name| KNOWN_REFERERS.iter().find(|(known, _)| *known == name))?;
            known.1.map(str::to_owned)
        }
    }
}

/// The address of an article as others may see it: without a name, a password and a fragment (RFC 9110 10.1.3).
fn tellable(address: &str) -> Option<String> {
    let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let mut url = without_login(&url);
    url.set_fragment(None);
    Some(url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    fn account() -> Account {
        let pairs = BTreeMap::from([("Authorization".to_owned(), "Bearer key".to_owned())]);
        let headers = BTreeMap::from([("Example.org".to_owned(), pairs.clone()), ("a.test:8080".to_owned(), pairs)]);
        Account::new(&FetchOptions { headers, ..FetchOptions::default() }).expect("headers")
    }

    #[test]
    fn headers_of_the_user_reach_their_host_alone_and_no_open_connection_after_a_closed_one() {
        let sent = |to: &str, secured| !account().headers_for(&url(to), secured, 0).is_empty();
        assert!(sent("https://example.org/x", true) && sent("https://example.org:8443/", true));
        assert!(sent("http://example.org/", false) && !sent("http://example.org/", true));
        assert!(!sent("https://www.example.org/", true) && !sent("https://example.org.evil.test/", true));
        assert!(sent("http://a.test:8080/", false) && !sent("http://a.test/", false));
    }

    #[test]
    fn headers_that_are_none_or_the_connections_own_are_refused() {
        for (name, value) in [("Host", "x"), ("range", "bytes=0-"), ("a b", "x"), ("X-Key", "a\nb"), ("", "x")] {
            assert!(check_header(name, value).is_err(), "{name}: {value}");
        }
        assert!(check_header("X-Key", "abc").is_ok());
    }

    #[test]
    fn known_hosts_get_what_they_want_and_the_users_rules_come_first() {
        let request = |to: &str| Request {
            article: Some("https://me:secret@blog.test/1#part".to_owned()),
            ..Request::image(url(to))
        };
        let told = |to: &str, rules: &[(&str, RefererRule)]| {
            let referer = rules.iter().map(|(host, rule)| ((*host).to_owned(), rule.clone())).collect();
            referer_of(&request(to), &FetchOptions { referer, ..FetchOptions::default() })
        };
        fn referer_of(request: &Request, options: &FetchOptions) -> Option<String> {
            referer(request, &request.url, options)
        }
        assert_eq!(told("https://mmbiz.qpic.cn/x", &[]), None);
        assert_eq!(told("https://wx1.sinaimg.cn/x", &[]).as_deref(), Some("https://weibo.com/"));
        assert_eq!(told("https://elsewhere.test/x", &[]), None);
        let article = [("qpic.cn", RefererRule::Article), ("wx1.sinaimg.cn", RefererRule::None)];
        assert_eq!(told("https://mmbiz.qpic.cn/x", &article).as_deref(), Some("https://blog.test/1"));
        assert_eq!(told("https://wx1.sinaimg.cn/x", &article), None);
        assert_eq!(told("https://wx2.sinaimg.cn/x", &article).as_deref(), Some("https://weibo.com/"));
    }
}
