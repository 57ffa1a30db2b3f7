//! The one HTTP client. It owns the threads of an asynchronous runtime and is called through channels: outside of this
//! folder everything is synchronous.
//!
//! For each address, in this order: the `cache` may know the answer; `client` asks for it, following redirects;
//! `policy` keeps content out of private networks at each step; `hosts` spaces requests and knows dead hosts; `headers`,
//! with `cookies`, are what each host is told; `connect` has the proxies and certificates; `coding` decompresses what
//! comes; `refresh` knows pages that send on; `retry` tells what is tried again.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use url::Url;

use crate::problem::Code;

mod cache;
mod causes;
mod client;
mod coding;
mod connect;
mod cookies;
mod headers;
mod hosts;
mod policy;
mod refresh;
mod retry;

#[cfg(test)]
mod account_tests;
#[cfg(test)]
mod connect_tests;
#[cfg(test)]
mod tests;

pub use headers::check_header;
pub use policy::is_public;

/// How to fetch. `[fetch]` of wenji.toml maps to it.
#[derive(Debug, Clone)]
pub struct FetchOptions {
    /// How long connecting to a host may take, name resolution included.
    pub connect_timeout: Duration,
    /// How long a server may be silent: before its answer, and between two pieces of it.
    pub timeout: Duration,
    /// How long one address may take in all: attempts, redirects and the waits between them.
    pub total_timeout: Duration,
    /// How many times a failed request is tried again.
    pub retries: u32,
    /// The wait before the first retry; it doubles with each.
    pub backoff: Duration,
    /// How many requests run at once.
    pub concurrency: usize,
    /// How many requests run at once to one host.
    pub per_host: usize,
    /// The least time between the starts of two requests to one host.
    pub min_interval: Duration,
    /// The largest page in bytes.
    pub max_page: u64,
    /// The largest picture in bytes, fetched or local.
    pub max_image: u64,
    /// What the program calls itself.
    pub user_agent: String,
    /// The proxy for every address but those that the environment's `NO_PROXY` names; without it, the proxies that the
    /// environment or the system names.
    pub proxy: Option<String>,
    /// A file of certificates in PEM form, of authorities that are trusted besides the system's.
    pub ca: Option<PathBuf>,
    /// A `cookies.txt` (Netscape's format): what makes the user known to hosts.
    pub cookies: Option<PathBuf>,
    /// Headers, name and value, that go to a host alone: `example.org`, or `example.org:8443`.
    pub headers: BTreeMap<String, BTreeMap<String, String>>,
    /// The folder of the cache; without it, nothing is kept.
    pub cache: Option<PathBuf>,
    /// How many bytes the cache may have. What has not been used for longest goes, but for what was used within a day.
    pub cache_size: u64,
    /// Whether only the cache is used.
    pub offline: bool,
    /// Whether content may point at loopback, private and other local addresses.
    pub allow_private_hosts: bool,
    /// What to tell a host, or the hosts of a domain, about where a request comes from.
    pub referer: BTreeMap<String, RefererRule>,
}

impl Default for FetchOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            total_timeout: Duration::from_secs(60),
            retries: 3,
            backoff: Duration::from_millis(500),
            concurrency: 16,
            per_host: 8,
            min_interval: Duration::ZERO,
            max_page: 10_000_000,
            max_image: 20_000_000,
            user_agent: concat!("wenji/", env!("CARGO_PKG_VERSION")).to_owned(),
            proxy: None,
            ca: None,
            cookies: None,
            headers: BTreeMap::new(),
            cache: None,
            cache_size: 2_000_000_000,
            offline: false,
            allow_private_hosts: false,
            referer: BTreeMap::new(),
        }
    }
}

/// What a host is told about where a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefererRule {
    /// Nothing, as for hosts without a rule.
    None,
    /// The host's own address, as if one of its pages asked.
    Origin,
    /// The address of the article that names the picture.
    Article,
    /// This address.
    Url(String),
}

impl std::str::FromStr for RefererRule {
    type Err = FetchError;

    /// Reads `none`, `origin`, `article` or an http(s) address.
    fn from_str(text: &str) -> Result<Self, FetchError> {
        match text {
            "none" => Ok(Self::None),
            "origin" => Ok(Self::Origin),
            "article" => Ok(Self::Article),
            address => match Url::parse(address) {
                Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Self::Url(url.to_string())),
                _ => Err(FetchError::BadAddress(format!(
                    "`{address}` is not none, origin, article or an http(s) address"
                ))),
            },
        }
    }
}

/// What is asked for, which tells how large it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A picture.
    Image,
    /// A page, a feed or another text.
    Page,
}

/// One thing to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its address, http or https.
    pub url: Url,
    /// What is expected.
    pub kind: Kind,
    /// The address of the article that names it.
    pub article: Option<String>,
    /// Whether the user typed the address, which may then be a private one. Its redirects may not lead into others.
    pub trusted: bool,
    /// Whether an earlier answer is taken without asking only if the server said how long it is good, as for feeds and what
    /// the user typed.
    pub newest: bool,
}

impl Request {
    /// A picture that content names.
    #[must_use]
    pub fn image(url: Url) -> Self {
        Self { url, kind: Kind::Image, article: None, trusted: false, newest: false }
    }
}

/// What was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The body, decompressed.
    pub body: Vec<u8>,
    /// The address that gave it, after redirects, without name and password.
    pub address: Url,
    /// What the server says it is, which may be wrong.
    pub content_type: Option<String>,
    /// Why the server could not be asked, when this is what it gave before.
    pub stale: Option<FetchError>,
}

/// An address without the name and password that it may hold.
#[must_use]
pub fn without_login(address: &Url) -> Url {
    let mut address = address.clone();
    // Addresses of http and https can be without them.
    let _ = (address.set_username(""), address.set_password(None));
    address
}

/// Why something could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The options cannot be used, or the machine gives no thread for the client.
    #[error("the HTTP client cannot be set up: {0}")]
    Setup(String),
    /// A header of the options cannot be sent.
    #[error("{0}")]
    BadHeader(String),
    /// The address, or one that a redirect named, is not one that can be fetched.
    #[error("{0}")]
    BadAddress(String),
    /// Content pointed into a private network.
    #[error("{0} is not a public address")]
    PrivateAddress(String),
    /// No connection came about.
    #[error("cannot connect to {host}: {reason}")]
    Connect {
        /// The host.
        host: String,
        /// Why not.
        reason: String,
    },
    /// The server was silent for this long.
    #[error("no answer within {} s", .0.as_secs_f32().ceil())]
    Timeout(Duration),
    /// The answer was not whole within the time that one address may take in all.
    #[error("not whole within {} s in all", .0.as_secs_f32().ceil())]
    Slow(Duration),
    /// The server answered with another status than success.
    #[error("the server answered {}", status_text(*.0))]
    Status(u16),
    /// The server sent the client from address to address.
    #[error("more than {0} redirects")]
    Redirects(usize),
    /// The answer broke off, or is not what it says.
    #[error("the answer broke off: {0}")]
    Body(String),
    /// The answer is larger than this many bytes.
    #[error("the file is larger than {}", size_text(*.0))]
    TooLarge(u64),
    /// Only the cache may be used, and it does not have it.
    #[error("it is not in the cache")]
    Offline,
    /// The client failed in a way that it should not.
    #[error("the HTTP client failed")]
    Internal,
}

impl FetchError {
    /// The stable code under which a page or a picture that could not be fetched is reported.
    #[must_use]
    pub fn code(&self, kind: Kind) -> Code {
        let (page, image) = match self {
            Self::Setup(_) | Self::BadHeader(_) | Self::Connect { .. } => (Code::ArticleConnect, Code::ImageConnect),
            Self::BadAddress(_) => (Code::ArticleBadAddress, Code::ImageBadAddress),
            Self::PrivateAddress(_) => (Code::ArticlePrivateAddress, Code::ImagePrivateAddress),
            Self::Timeout(_) | Self::Slow(_) => (Code::ArticleTimeout, Code::ImageTimeout),
            Self::Status(_) | Self::Redirects(_) => (Code::ArticleHttpStatus, Code::ImageHttpStatus),
            Self::Body(_) => (Code::ArticleBody, Code::ImageBody),
            Self::TooLarge(_) => (Code::ArticleTooLarge, Code::ImageTooLarge),
            Self::Offline => (Code::ArticleOffline, Code::ImageOffline),
            Self::Internal => (Code::InternalPanic, Code::InternalPanic),
        };
        match kind {
            Kind::Page => page,
            Kind::Image => image,
        }
    }

    /// The status of the server, when that is why.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        if let Self::Status(status) = self { Some(*status) } else { None }
    }
}

/// A number of bytes as people say it, in the units of wenji.toml.
pub(super) fn size_text(bytes: u64) -> String {
    match bytes {
        1_000_000.. => format!("{} MB", bytes / 1_000_000),
        1000.. => format!("{} KB", bytes / 1000),
        _ => format!("{bytes} bytes"),
    }
}

/// `404 Not Found`, or the number alone.
fn status_text(status: u16) -> String {
    let name = reqwest::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    name.map_or_else(|| status.to_string(), |name| format!("{status} {name}"))
}

/// The HTTP client. What it learns about hosts holds for its life: one run.
#[derive(Debug)]
pub struct Fetcher {
    client: Arc<client::Client>,
    /// `Some` until it is dropped.
    runtime: Option<Runtime>,
    max_image: u64,
}

impl Fetcher {
    /// Starts the client's threads.
    ///
    /// # Errors
    /// When the proxy or the user agent is malformed, or no thread can be had.
    pub fn new(options: FetchOptions) -> Result<Self, FetchError> {
        let max_image = options.max_image;
        let client = Arc::new(client::Client::new(options)?);
        // One thread moves bytes; reading and writing the cache happens on others.
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("wenji-fetch").enable_all().build();
        let runtime = runtime.map_err(|error| FetchError::Setup(error.to_string()))?;
        let sweeper = Arc::clone(&client);
        runtime.spawn_blocking(move || sweeper.sweep());
        Ok(Self { client, runtime: Some(runtime), max_image })
    }

    /// What a request gave is of no use, such as half a picture: the cache does not take it for an answer again.
    pub fn distrust(&self, request: &Request) {
        self.client.distrust(request);
    }

    /// The largest picture in bytes.
    #[must_use]
    pub fn max_image(&self) -> u64 {
        self.max_image
    }

    /// Fetches all, and calls `on_result` once for each, with its index, in the order in which they end. It is called
    /// from several threads at once; an answer that nobody has taken yet keeps its place among the requests that run at
    /// once, so that only so many bodies are in memory.
    pub fn fetch_each(&self, requests: Vec<Request>, on_result: &(dyn Fn(usize, Result<Fetched, FetchError>) + Sync)) {
        let Some(runtime) = self.runtime.as_ref().filter(|_| !requests.is_empty()) else { return };
        let unanswered: Mutex<Vec<bool>> = Mutex::new(vec![true; requests.len()]);
        let (sender, receiver) = mpsc::channel(1);
        for (index, request) in requests.into_iter().enumerate() {
            let (client, sender) = (Arc::clone(&self.client), sender.clone());
            runtime.spawn(async move {
                let mut slot = None;
                let result = client.fetch(&request, &mut slot).await;
                // Nobody listens any more only when the caller's thread has panicked.
                let _ = sender.send((index, result)).await;
                drop(slot);
            });
        }
        drop(sender);
        let receiver = Mutex::new(receiver);
        let next = || receiver.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        std::thread::scope(|scope| {
            for _ in 0..rayon::current_num_threads() {
                scope.spawn(|| {
                    while let Some((index, result)) = next() {
                        unanswered.lock().unwrap_or_else(PoisonError::into_inner)[index] = false;
                        on_result(index, result);
                    }
                });
            }
        });
        // A task that panicked has sent nothing.
        let unanswered = unanswered.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (index, _) in unanswered.iter().enumerate().filter(|(_, lost)| **lost) {
            on_result(index, Err(FetchError::Internal));
        }
    }

    /// Fetches all, and gives the answers in the order of the requests, held in memory. `on_done` is called once for
    /// each, from several threads.
    pub fn fetch_all(&self, requests: Vec<Request>, on_done: &(dyn Fn() + Sync)) -> Vec<Result<Fetched, FetchError>> {
        let answers = Mutex::new(vec![Err(FetchError::Internal); requests.len()]);
        self.fetch_each(requests, &|index, result| {
            answers.lock().unwrap_or_else(PoisonError::into_inner)[index] = result;
            on_done();
        });
        answers.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Fetcher {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A name that is still being resolved must not keep the program waiting.
            runtime.shutdown_background();
        }
    }
}
