//! Answers on disk: bodies under the hash of their bytes, and for each address an entry that says which body it had.
//!
//! Names in the folder are hashes alone; nothing from outside becomes a path. A body is checked against its hash when it
//! is read, so that a damaged file is fetched anew. What cannot be written is not kept, and the run goes on. What a
//! server gave to one account is kept under a key of that account, and given to no other. What has not been used for
//! longest makes room for what is new (`sweep`).

mod sweep;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use reqwest::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, LAST_MODIFIED};
use serde::{Deserialize, Serialize};
use url::Url;

use super::without_login;
use crate::assets::AssetId;
use crate::output::AtomicFile;

/// How long an address that is gone is not asked again, in seconds.
const REMEMBER_FAILURE: i64 = 10 * 60;

/// How long an answer is good that says nothing about it and cannot be revalidated, in seconds. Where the newest is
/// wanted, such an answer is not taken at all.
const UNTOLD_FRESHNESS: i64 = 60 * 60;

/// The longest time for which a server is believed that its answer stays good, in seconds: 30 days.
const LONGEST_FRESHNESS: i64 = 30 * 24 * 60 * 60;

/// Under what an answer is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key(AssetId);

impl Key {
    /// The key of an address, of what its host was told about where the request comes from, and of the account for which
    /// alone the answer is.
    pub(super) fn new(address: &Url, referer: Option<&str>, account: Option<&str>) -> Self {
        let mut text = address.as_str().to_owned();
        // No address holds a line break.
        for (name, value) in [("referer", referer), ("account", account)] {
            text.extend(value.map(|value| format!("\n{name} {value}")));
        }
        Self(AssetId::of(text.as_bytes()))
    }
}

/// The cache's folder.
#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
}

/// What is known about an address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// The address that was asked for, for a reader of the folder.
    address: String,
    /// Where its redirects led; validators belong to this address.
    final_address: String,
    /// Seconds since 1970 of the last answer.
    stored: i64,
    /// For how many seconds after it the answer is good.
    fresh_for: i64,
    /// Whether it was the server that said so.
    #[serde(default)]
    told: bool,
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) outcome: Outcome,
}

/// How the last request ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Outcome {
    /// With a body: its SHA-256 in hexadecimal digits.
    Body(String),
    /// With a status that says that there is none.
    Gone(u16),
}

impl Entry {
    /// An entry for an answer with a body.
    pub(super) fn of_body(address: &Url, final_address: &Url, headers: &HeaderMap, body: AssetId, now: i64) -> Self {
        let (etag, last_modified) = (text(headers, &ETAG), text(headers, &LAST_MODIFIED));
        let untold = if etag.is_some() || last_modified.is_some() { 0 } else { UNTOLD_FRESHNESS };
        let told = told_freshness(headers);
        Self {
            address: shown(address),
            final_address: shown(final_address),
            stored: now,
            fresh_for: told.unwrap_or(untold),
            told: told.is_some(),
            etag,
            last_modified,
            content_type: text(headers, &CONTENT_TYPE),
            outcome: Outcome::Body(body.to_string()),
        }
    }

    /// An entry for an address that is gone.
    pub(super) fn of_failure(address: &Url, status: u16, now: i64) -> Self {
        Self {
            address: shown(address),
            final_address: shown(address),
            stored: now,
            fresh_for: REMEMBER_FAILURE,
            told: false,
            etag: None,
            last_modified: None,
            content_type: None,
            outcome: Outcome::Gone(status),
        }
    }

    /// The entry after the server said that the body is still the same (RFC 9111 4.3.4).
    pub(super) fn revalidated(mut self, headers: &HeaderMap, now: i64) -> Self {
        self.stored = now;
        if let Some(seconds) = told_freshness(headers) {
            (self.fresh_for, self.told) = (seconds, true);
        }
        self.etag = text(headers, &ETAG).or(self.etag);
        self.last_modified = text(headers, &LAST_MODIFIED).or(self.last_modified);
        self
    }

    /// The entry of a body that turned out to be of no use: it is fetched anew the next time.
    pub(super) fn distrusted(mut self) -> Self {
        self.fresh_for = 0;
        (self.etag, self.last_modified) = (None, None);
        self
    }

    /// Where its redirects led.
    pub(super) fn final_address(&self) -> Option<Url> {
        Url::parse(&self.final_address).ok()
    }

    /// Whether its validators are of this address.
    pub(super) fn is_of(&self, address: &Url) -> bool {
        self.final_address == shown(address)
    }

    /// Whether the server need not be asked; with `newest`, it must have said so itself. An entry from the future is one of a
    /// run whose clock was wrong, and nobody knows how old it is.
    pub(super) fn is_fresh(&self, now: i64, newest: bool) -> bool {
        (self.told || !newest) && (0..self.fresh_for).contains(&now.saturating_sub(self.stored))
    }
}

impl Cache {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// What is known about an address.
    pub(super) fn entry(&self, key: &Key) -> Option<Entry> {
        let bytes = sweep::read(&self.entry_path(key))?;
        serde_json::from_slice(&bytes).ok()
    }

    /// The body of an entry, if it is there and whole.
    pub(super) fn body(&self, entry: &Entry) -> Option<Vec<u8>> {
        let Outcome::Body(hash) = &entry.outcome else { return None };
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        let bytes = is_hash.then(|| sweep::read(&self.body_path(hash))).flatten()?;
        (AssetId::of(&bytes).to_string() == *hash).then_some(bytes)
    }

    /// Keeps an answer. The body is in place before the entry names it.
    pub(super) fn store(&self, key: &Key, entry: &Entry, body: Option<&[u8]>) {
        if let Err(error) = self.try_store(key, entry, body) {
            tracing::warn!("cannot write to the cache in {}: {error}", self.folder.display());
        }
    }

    fn try_store(&self, key: &Key, entry: &Entry, body: Option<&[u8]>) -> std::io::Result<()> {
        if let (Outcome::Body(hash), Some(bytes)) = (&entry.outcome, body) {
            let path = self.body_path(hash);
            let is_there = std::fs::metadata(&path).is_ok_and(|file| file.len() == bytes.len() as u64);
            if !is_there || self.body(entry).is_none() {
                write(&path, bytes)?;
            }
        }
        write(&self.entry_path(key), &serde_json::to_vec_pretty(entry)?)
    }

    fn entry_path(&self, key: &Key) -> PathBuf {
        let hash = key.0.to_string();
        self.folder.join("addresses").join(&hash[..2]).join(format!("{hash}.json"))
    }

    fn body_path(&self, hash: &str) -> PathBuf {
        self.folder.join("bodies").join(&hash[..2]).join(hash)
    }
}

/// The address as others may see it.
fn shown(address: &Url) -> String {
    without_login(address).to_string()
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes)?;
    file.commit().map(drop)
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// What `Cache-Control` says (RFC 9111 5.2.2). `no-store` is taken as `no-cache`: keeping what it saw is what this
/// program is for.
fn told_freshness(headers: &HeaderMap) -> Option<i64> {
    let control = text(headers, &CACHE_CONTROL)?.to_ascii_lowercase();
    let directives = || control.split(',').map(str::trim);
    if directives().any(|directive| matches!(directive, "no-cache" | "no-store")) {
        return Some(0);
    }
    let age = directives().find_map(|directive| directive.strip_prefix("max-age="))?;
    age.trim_matches('"').parse::<i64>().ok().map(|seconds| seconds.clamp(0, LONGEST_FRESHNESS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().expect("a value"))).collect()
    }

    fn entry(pairs: &[(HeaderName, &'static str)], body: &[u8]) -> Entry {
        Entry::of_body(&address(), &address(), &headers(pairs), AssetId::of(body), 1000)
    }

    fn key() -> Key {
        Key::new(&address(), None, None)
    }

    fn address() -> Url {
        Url::parse("https://a.example/x?y").expect("an address")
    }

    #[test]
    fn what_is_stored_comes_back_unless_it_was_damaged() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(folder.path().to_owned());
        let kept = entry(&[(ETAG, "\"1\"")], b"picture");
        cache.store(&key(), &kept, Some(b"picture"));
        assert_eq!(cache.entry(&key()).as_ref(), Some(&kept));
        assert_eq!(cache.body(&kept).as_deref(), Some(b"picture".as_slice()));
        std::fs::write(cache.body_path(&AssetId::of(b"picture").to_string()), b"damaged").expect("written");
        assert_eq!(cache.body(&kept), None);
        cache.store(&key(), &kept, Some(b"picture"));
        assert!(cache.body(&kept).is_some());
    }

    #[test]
    fn a_hash_that_is_a_path_is_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(folder.path().to_owned());
        let mut entry = entry(&[], b"");
        entry.outcome = Outcome::Body("../../../../etc/passwd".to_owned());
        assert_eq!(cache.body(&entry), None);
    }

    #[test]
    fn freshness_is_what_the_server_says_within_reason() {
        for (pairs, seconds) in [
            (vec![(CACHE_CONTROL, "public, max-age=60")], 60),
            (vec![(CACHE_CONTROL, "max-age=60, no-cache")], 0),
            (vec![(CACHE_CONTROL, "No-Store")], 0),
            (vec![(CACHE_CONTROL, "max-age=99999999999")], LONGEST_FRESHNESS),
            (vec![(ETAG, "\"1\"")], 0),
            (vec![], UNTOLD_FRESHNESS),
        ] {
            let entry = entry(&pairs, b"");
            assert_eq!(entry.fresh_for, seconds, "{pairs:?}");
            assert!(!entry.is_fresh(1000 + seconds, false));
        }
        let (untold, told) = (entry(&[], b""), entry(&[(CACHE_CONTROL, "max-age=60")], b""));
        assert!(untold.is_fresh(1000, false) && !untold.is_fresh(1000, true) && told.is_fresh(1000, true));
        let gone = Entry::of_failure(&address(), 404, 1000);
        assert!(gone.is_fresh(1001, false) && !gone.is_fresh(1001, true));
        // After the clock was set back, nobody knows how long it has been.
        assert!(!untold.is_fresh(999, false) && !gone.is_fresh(0, false));
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_no_failure() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let cache = Cache::new(file.path().to_owned());
        cache.store(&key(), &entry(&[], b"x"), Some(b"x"));
        assert_eq!(cache.entry(&key()), None);
    }

    #[test]
    fn accounts_and_referers_have_keys_of_their_own_and_passwords_stay_out_of_the_folder() {
        let keys = [
            key(),
            Key::new(&address(), Some("https://b.example/"), None),
            Key::new(&address(), None, Some("one")),
            Key::new(&address(), None, Some("two")),
        ];
        for (at, key) in keys.iter().enumerate() {
            assert!(keys.iter().skip(at + 1).all(|other| other != key));
        }
        let secret = Url::parse("https://me:word@a.example/x").expect("an address");
        let entry = Entry::of_failure(&secret, 404, 0);
        assert!(!serde_json::to_string(&entry).expect("text").contains("word"));
        assert!(entry.is_of(&secret));
    }
}
