//! Cookies from a `cookies.txt`, the file that browsers' extensions and curl write (Netscape's format): what makes the
//! user known to a host. What servers set themselves is kept for the redirects of one request alone: some sites send
//! visitors in a circle until a cookie comes back.

use std::path::Path;

use reqwest::header::{HeaderMap, SET_COOKIE};
use url::{Host, Url};

use super::FetchError;

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cookie {
    /// The host that it is for, in lower case, without a dot before it.
    domain: String,
    /// Whether it is for the hosts below that one, too.
    with_subdomains: bool,
    /// The path that it is for, with all below.
    path: String,
    /// Whether it is for https alone.
    secure: bool,
    /// Seconds since 1970 of its end; 0 for one that ends with the session, which a run is.
    expires: i64,
    name: String,
    value: String,
}

/// The cookies of a user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cookies(Vec<Cookie>);

impl Cookies {
    /// Reads the file.
    pub(super) fn read(path: &Path) -> Result<Self, FetchError> {
        let fault = |reason: String| FetchError::Setup(format!("{}{reason}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| fault(format!(" cannot be read: {error}")))?;
        Self::parse(&text).map_err(|line| {
            fault(format!(":{line}: no line of a cookies.txt: it has seven fields with tabs between them"))
        })
    }

    /// Reads the text; the error is the number of a line that is none.
    fn parse(text: &str) -> Result<Self, usize> {
        let mut cookies = Vec::new();
        for (line, number) in text.lines().zip(1_usize..) {
            // The one mark that looks like a comment and is none: not for scripts.
            let line = line.strip_prefix("#HttpOnly_").unwrap_or(line);
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            cookies.push(Cookie::parse(line).ok_or(number)?);
        }
        Ok(Self(cookies))
    }

    /// Keeps what an answer sets for its own host (RFC 6265 5.2), at a moment in seconds since 1970.
    pub(super) fn take(&mut self, url: &Url, headers: &HeaderMap, now: i64) {
        for value in headers.get_all(SET_COOKIE) {
            let text = String::from_utf8_lossy(value.as_bytes());
            let Some(cookie) = Cookie::set_by(url, &text, now) else { continue };
            let is_same = |other: &Cookie| {
                (&other.domain, &other.path, &other.name) == (&cookie.domain, &cookie.path, &cookie.name)
            };
            self.0.retain(|other| !is_same(other));
            self.0.push(cookie);
        }
    }

    /// What the file says, for telling two accounts apart; nothing of a value is ever shown.
    pub(super) fn fingerprint(&self) -> String {
        format!("{:?}", self.0)
    }

    /// The value of `Cookie` for an address, at a moment in seconds since 1970: longer paths first (RFC 6265 5.4).
    pub(super) fn for_url(&self, url: &Url, now: i64) -> Option<String> {
        let mut chosen: Vec<&Cookie> = self.0.iter().filter(|cookie| cookie.is_for(url, now)).collect();
        chosen.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<String> = chosen.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

/// Whether a cookie's name or value can stand in a header.
fn usable(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_graphic() && c != ';' || c == ' ')
}

impl Cookie {
    /// Reads a `Set-Cookie`. Whatever domain it names, the cookie is for the host that sent it.
    fn set_by(url: &Url, text: &str, now: i64) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (name, value) = parts.next()?.split_once('=')?;
        let attributes: Vec<(String, &str)> = parts
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim()))
            .collect();
        let attribute = |wanted: &str| attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| *value);
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || !usable(name) || !usable(value) {
            return None;
        }
        // One that has ended takes the place of the one that it ends.
        let expires = match attribute("max-age").map(str::parse::<i64>) {
            Some(Ok(seconds)) => now.saturating_add(seconds).max(1),
            _ => 0,
        };
        Some(Self {
            domain: url.host_str()?.to_owned(),
            with_subdomains: false,
            path: attribute("path").filter(|path| path.starts_with('/')).unwrap_or("/").to_owned(),
            secure: attribute("secure").is_some(),
            expires,
            name: name.to_owned(),
            value: value.to_owned(),
        })
    }

    fn parse(line: &str) -> Option<Self> {
        let fields: Vec<&str> = line.trim_end_matches(['\r', '\n']).split('\t').collect();
        let [domain, subdomains, path, secure, expires, name, value] = fields[..] else { return None };
        let flag = |text: &str| match text.to_ascii_uppercase().as_str() {
            "TRUE" => Some(true),
            "FALSE" => Some(false),
            _ => None,
        };
        let domain = domain.trim().trim_start_matches('.').to_ascii_lowercase();
        let path = if path.starts_with('/') { path } else { "/" };
        if domain.is_empty() || !usable(name) || !usable(value) {
            return None;
        }
        Some(Self {
            domain,
            with_subdomains: flag(subdomains)?,
            path: path.to_owned(),
            secure: flag(secure)?,
            // Some programs write fractions, and -1 for the end of the session.
            expires: expires.trim().split('.').next()?.parse::<i64>().ok()?.max(0),
            name: name.to_owned(),
            value: value.to_owned(),
        })
    }

    /// Whether it goes with a request (RFC 6265 5.1.3, 5.1.4).
    fn is_for(&self, url: &Url, now: i64) -> bool {
        let host_matches = match url.host() {
            Some(Host::Domain(host)) => {
                let below = host.strip_suffix(self.domain.as_str()).is_some_and(|rest| rest.ends_with('.'));
                host == self.domain || self.with_subdomains && below
            }
            // An address of numbers has no subdomains.
            Some(host) => host.to_string() == self.domain,
            None => false,
        };
        let path_matches = url
            .path()
            .strip_prefix(self.path.as_str())
            .is_some_and(|rest| rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/'));
        let in_time = self.expires == 0 || now < self.expires;
        host_matches && path_matches && in_time && (!self.secure || url.scheme() == "https")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# Netscape HTTP Cookie File\n\n\
        .example.org\tTRUE\t/\tFALSE\t0\twide\t1\n\
        example.org\tFALSE\t/\tFALSE\t0\tnarrow\t2\n\
        #HttpOnly_example.org\tFALSE\t/club\tTRUE\t2000\tclub\t3\n\
        127.0.0.1\tFALSE\t/\tFALSE\t0\tlocal\t4\n";

    fn sent(url: &str, now: i64) -> Option<String> {
        let cookies = Cookies::parse(FILE).expect("a cookies.txt");
        cookies.for_url(&Url::parse(url).expect("an address"), now)
    }

    #[test]
    fn domain_path_security_and_end_are_kept_to() {
        let both = Some("wide=1; narrow=2".to_owned());
        assert_eq!(sent("http://example.org/", 0), both);
        assert_eq!(sent("http://Example.ORG:8080/x", 0), both);
        assert_eq!(sent("https://www.example.org/", 0), Some("wide=1".to_owned()));
        for stranger in
            ["https://badexample.org/", "https://example.org.evil.test/", "https://org/", "http://127.0.0.2/"]
        {
            assert_eq!(sent(stranger, 0), None, "{stranger}");
        }
        assert_eq!(sent("https://example.org/club/room", 0), Some("club=3; wide=1; narrow=2".to_owned()));
        for (url, now) in
            [("http://example.org/club", 0), ("https://example.org/clubs", 0), ("https://example.org/club", 2000)]
        {
            assert_eq!(sent(url, now), both, "{url}");
        }
        assert_eq!(sent("http://127.0.0.1/", 0), Some("local=4".to_owned()));
    }

    #[test]
    fn what_a_host_sets_goes_back_to_it_alone_until_it_is_ended() {
        let at = |url: &str| Url::parse(url).expect("an address");
        let mut cookies = Cookies::default();
        for value in
            ["seen=1; Path=/; HttpOnly", "id=2; secure; Domain=b.example", "=x", "room=3;path=/club", "a=\u{1}"]
        {
            let headers =
                HeaderMap::from_iter([(SET_COOKIE, value.parse().unwrap_or_else(|_| "bad".parse().expect("a value")))]);
            cookies.take(&at("http://a.example:8080/x"), &headers, 100);
        }
        let sent = |cookies: &Cookies, url: &str| cookies.for_url(&at(url), 100).unwrap_or_default();
        assert_eq!(sent(&cookies, "http://a.example/x"), "seen=1");
        assert_eq!(sent(&cookies, "https://a.example/club/"), "room=3; seen=1; id=2");
        assert_eq!((sent(&cookies, "http://b.example/"), sent(&cookies, "http://www.a.example/")), Default::default());
        let again = HeaderMap::from_iter([(SET_COOKIE, "seen=; Max-Age=0".parse().expect("a value"))]);
        cookies.take(&at("http://a.example/"), &again, 100);
        assert_eq!(sent(&cookies, "http://a.example/"), "");
    }

    #[test]
    fn a_line_that_is_none_is_told_with_its_number() {
        assert_eq!(Cookies::parse("# a\nexample.org TRUE / FALSE 0 a b\n"), Err(2));
        assert_eq!(Cookies::parse("example.org\tTRUE\t/\tFALSE\tnever\ta\tb\n"), Err(1));
        assert_eq!(Cookies::parse("example.org\tTRUE\t/\tFALSE\t0\ta\tb\u{1}\n"), Err(1));
        assert!(Cookies::parse("example.org\tTRUE\t/\tFALSE\t-1\ta\t\r\n").is_ok());
    }
}
