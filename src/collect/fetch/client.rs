//! One address: the cache, then requests until one gives an answer, each through its redirects.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::Response;
use reqwest::header::{DATE, HeaderMap, LOCATION, RETRY_AFTER};
use retry_policies::policies::ExponentialBackoff;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use super::cache::{Cache, Entry, Key, Outcome};
use super::causes::{causes, deepest};
use super::coding::Coding;
use super::cookies::Cookies;
use super::headers::{self, Account};
use super::hosts::{Host, Hosts};
use super::policy::{Guard, PrivateAddress};
use super::retry::{self, Budget};
use super::{FetchError, FetchOptions, Fetched, Kind, Request, connect, refresh, without_login};
use crate::assets::AssetId;
use crate::clock;

/// How many times an address may lead to another.
const MAX_REDIRECTS: usize = 10;

/// A place among the requests that run at once.
pub(super) type Slot = Option<OwnedSemaphorePermit>;

/// The parts that all requests share.
#[derive(Debug)]
pub(super) struct Client {
    options: FetchOptions,
    connections: OnceLock<Result<Connections, FetchError>>,
    guard: Guard,
    account: Account,
    hosts: Hosts,
    slots: Arc<Semaphore>,
    cache: Option<Arc<Cache>>,
    waits: ExponentialBackoff,
}

/// What makes connections.
#[derive(Debug)]
struct Connections {
    /// For addresses from content.
    guarded: reqwest::Client,
    /// For addresses that may be private.
    open: reqwest::Client,
}

/// What a request came to.
enum Answer {
    /// A body.
    Body { body: Vec<u8>, address: Url, headers: HeaderMap },
    /// The body in the cache is still good.
    NotModified { headers: HeaderMap },
}

/// What a single request came to.
enum Step {
    Done(Answer),
    Redirect(Url),
}

/// Where the redirects of an address have led.
struct Trail {
    url: Url,
    /// Every address of the way so far.
    visited: Vec<Url>,
    /// What the hosts of the way have set.
    cookies: Cookies,
    /// Whether a host on the way was told who the user is: the answer may be for him alone.
    private: bool,
}

impl Trail {
    fn new(url: &Url) -> Self {
        Self { url: url.clone(), visited: Vec::new(), cookies: Cookies::default(), private: false }
    }
}

impl Client {
    pub(super) fn new(options: FetchOptions) -> Result<Self, FetchError> {
        // An error says that another part of the program has chosen a provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let guard = Guard::new(connect::proxy_hosts(&options));
        let client = Self {
            connections: OnceLock::new(),
            guard,
            account: Account::new(&options)?,
            hosts: Hosts::new(options.per_host, options.min_interval, options.retries),
            slots: Arc::new(Semaphore::new(options.concurrency.clamp(1, Semaphore::MAX_PERMITS))),
            cache: options.cache.clone().map(|folder| Arc::new(Cache::new(folder))),
            waits: retry::waits(&options),
            options,
        };
        // What the user has set may be wrong, which is to be told before anything is done.
        if client.options.proxy.is_some() || client.options.ca.is_some() {
            client.connections()?;
        }
        Ok(client)
    }

    /// Made when they are needed first: to read the system's certificates takes as long as to read a hundred articles.
    fn connections(&self) -> Result<&Connections, FetchError> {
        let make = || {
            let guarded = connect::client(&self.options, Some(&self.guard))?;
            Ok(Connections { guarded, open: connect::client(&self.options, None)? })
        };
        self.connections.get_or_init(make).as_ref().map_err(Clone::clone)
    }

    /// What can be done for the cache without anybody waiting for it. Without a network, nothing could take the place of what
    /// goes.
    pub(super) fn sweep(&self) {
        if let Some(cache) = self.cache.as_ref().filter(|_| !self.options.offline) {
            cache.sweep(self.options.cache_size);
        }
    }

    /// Fetches one address. The slot is held as long as the body is, which is the caller's to end.
    pub(super) async fn fetch(&self, request: &Request, slot: &mut Slot) -> Result<Fetched, FetchError> {
        let mut request = request.clone();
        request.url.set_fragment(None);
        // Content is refused a literal private address also when the cache holds it; names are judged as they are resolved.
        self.admit(&request, &request.url)?;
        self.take(slot).await?;
        let entry = self.look_up(&request).await;
        if let Some(entry) =
            entry.as_ref().filter(|entry| self.options.offline || entry.is_fresh(now(), request.newest))
        {
            match self.recall(&request, entry).await {
                Some(known) => return known,
                None if self.options.offline => return Err(FetchError::Offline),
                None => {}
            }
        }
        if self.options.offline {
            return Err(FetchError::Offline);
        }
        let mut trail = Trail::new(&request.url);
        let mut budget = Budget::new(self.options.total_timeout);
        let mut result = self.ask_until_answered(&request, entry.as_ref(), &mut trail, &mut budget, slot).await;
        if let (Ok(Answer::NotModified { headers }), Some(entry)) = (&result, &entry) {
            let entry = entry.clone().revalidated(headers, now());
            if let Some(known) = self.recall(&request, &entry).await {
                self.store(self.key(&request, trail.private), entry, None).await;
                return known;
            }
            // The body has been lost or damaged: it is needed after all.
            result = self.ask_until_answered(&request, None, &mut trail, &mut budget, slot).await;
        }
        self.conclude(&request, entry, &trail, result, slot).await
    }

    /// Tries until there is an answer, a failure that lasts, or no time left.
    async fn ask_until_answered(
        &self,
        request: &Request,
        entry: Option<&Entry>,
        trail: &mut Trail,
        budget: &mut Budget,
        slot: &mut Slot,
    ) -> Result<Answer, FetchError> {
        let mut retries = 0;
        loop {
            *trail = Trail { private: trail.private, ..Trail::new(&request.url) };
            let error = match self.ask(request, trail, entry, budget, slot).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            *slot = None;
            let host = self.hosts.of(&trail.url);
            if !retry::is_transient(&error) || host.check_alive().is_err() || host.pause_left(budget.left()).is_err() {
                return Err(error);
            }
            match retry::wait(&self.waits, retries) {
                Some(wait) if wait < budget.left() => budget.spend(Duration::MAX, tokio::time::sleep(wait)).await?,
                _ => return Err(error),
            }
            retries += 1;
        }
    }

    /// Asks once, through all redirects.
    async fn ask(
        &self,
        request: &Request,
        trail: &mut Trail,
        entry: Option<&Entry>,
        budget: &mut Budget,
        slot: &mut Slot,
    ) -> Result<Answer, FetchError> {
        for _ in 0..=MAX_REDIRECTS {
            match self.step(request, trail, entry, budget, slot).await? {
                Step::Done(answer) => return Ok(answer),
                Step::Redirect(next) => trail.url = next,
            }
        }
        Err(FetchError::Redirects(MAX_REDIRECTS))
    }

    /// Sends one request to one host.
    async fn step(
        &self,
        request: &Request,
        trail: &mut Trail,
        entry: Option<&Entry>,
        budget: &mut Budget,
        slot: &mut Slot,
    ) -> Result<Step, FetchError> {
        let url = trail.url.clone();
        let client = self.admit(request, &url)?;
        let host = self.hosts.of(&url);
        // Whoever holds a slot never waits for a host: no two requests can wait for each other.
        *slot = None;
        let _permit = host.permits.acquire().await.map_err(|_| FetchError::Internal)?;
        host.check_alive()?;
        while let Some(pause) = host.pause_left(budget.left())? {
            budget.spend(Duration::MAX, tokio::time::sleep(pause)).await?;
        }
        self.take(slot).await?;
        host.check_alive()?;
        tokio::time::sleep(host.turn()).await;

        let account = self.account.headers_for(&url, request.url.scheme() == "https", now());
        trail.private |= !account.is_empty();
        let set = trail.cookies.for_url(&url, now());
        let headers = headers::of(request, &url, entry, &self.options, account, set);
        // Connecting has a shorter limit of its own, which shall be the one to strike.
        let limit = self.options.timeout.max(self.options.connect_timeout.saturating_add(Duration::from_secs(1)));
        let response = match budget.spend(limit, client.get(url.clone()).headers(headers).send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(self.failed(&host, &url, &error)),
            Err(late) => {
                host.was_silent(&late);
                return Err(late);
            }
        };
        host.has_answered();
        trail.cookies.take(&url, response.headers(), now());
        trail.visited.push(url);
        let step = self.judge(request, trail, response, &host, budget).await;
        match &step {
            Err(late @ (FetchError::Timeout(_) | FetchError::Slow(_))) => host.was_silent(late),
            _ => host.has_delivered(),
        }
        step
    }

    /// What a response means.
    async fn judge(
        &self,
        request: &Request,
        trail: &Trail,
        response: Response,
        host: &Host,
        budget: &mut Budget,
    ) -> Result<Step, FetchError> {
        let (status, url) = (response.status().as_u16(), &trail.url);
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        match status {
            304 => Ok(Step::Done(Answer::NotModified { headers: response.headers().clone() })),
            301 | 302 | 303 | 307 | 308 => {
                // Many servers write the letters of an address as they are.
                let location = response.headers().get(LOCATION).map(|value| String::from_utf8_lossy(value.as_bytes()));
                let next = location.and_then(|location| url.join(&location).ok());
                let next = next.filter(|next| matches!(next.scheme(), "http" | "https"));
                next.map(Step::Redirect)
                    .ok_or_else(|| FetchError::BadAddress("a redirect leads to no http(s) address".to_owned()))
            }
            206 => Err(FetchError::Body("the server sent a part that nobody asked for".to_owned())),
            200..=299 => {
                let headers = response.headers().clone();
                let body = self.body(request.kind, response, budget).await?;
                let next = match request.kind {
                    Kind::Page => refresh::target(url, &headers, &body),
                    Kind::Image => None,
                };
                // A page that is shown anew all the time is an article all the same.
                if let Some(next) = next.filter(|next| !trail.visited.contains(next)) {
                    return Ok(Step::Redirect(next));
                }
                Ok(Step::Done(Answer::Body { body, address: url.clone(), headers }))
            }
            _ => {
                let error = FetchError::Status(status);
                let wait = header(RETRY_AFTER).and_then(|value| retry::retry_after(value, header(DATE)));
                if let Some(wait) = wait.filter(|_| retry::is_transient(&error)) {
                    host.pause(wait, error.clone());
                }
                Err(error)
            }
        }
    }

    /// Reads a body piece by piece, as far as it may be long, and decompresses it.
    async fn body(&self, kind: Kind, mut response: Response, budget: &mut Budget) -> Result<Vec<u8>, FetchError> {
        let limit = self.limit(kind);
        let coding = Coding::of(response.headers())?;
        if response.content_length().is_some_and(|length| length > limit) {
            return Err(FetchError::TooLarge(limit));
        }
        let mut body = Vec::new();
        while let Some(piece) =
            budget.spend(self.options.timeout, response.chunk()).await?.map_err(|error| broken(&error))?
        {
            if (body.len() + piece.len()) as u64 > limit {
                return Err(FetchError::TooLarge(limit));
            }
            body.extend_from_slice(&piece);
        }
        if coding == Coding::Identity {
            return Ok(body);
        }
        // Not on the thread that moves bytes.
        let decoded = tokio::task::spawn_blocking(move || coding.decode(body, limit));
        decoded.await.map_err(|_| FetchError::Internal)?
    }

    /// The most bytes that a body may have.
    fn limit(&self, kind: Kind) -> u64 {
        match kind {
            Kind::Image => self.options.max_image,
            Kind::Page => self.options.max_page,
        }
    }

    /// What the answer means for the cache and the caller.
    async fn conclude(
        &self,
        request: &Request,
        entry: Option<Entry>,
        trail: &Trail,
        result: Result<Answer, FetchError>,
        slot: &mut Slot,
    ) -> Result<Fetched, FetchError> {
        let key = self.key(request, trail.private);
        match result {
            Ok(Answer::Body { body, address, headers }) => {
                let fresh = Entry::of_body(&request.url, &address, &headers, AssetId::of(&body), now());
                let content_type = fresh.content_type.clone();
                let body = self.store(key, fresh, Some(body)).await.ok_or(FetchError::Internal)?;
                Ok(Fetched { body, address: without_login(&address), content_type, stale: None })
            }
            // Nothing was asked that could be answered so.
            Ok(Answer::NotModified { .. }) => Err(FetchError::Status(304)),
            Err(error) => {
                if let FetchError::Status(status @ (404 | 410)) = error {
                    self.store(key, Entry::of_failure(&request.url, status, now()), None).await;
                }
                // A body from before is better than none when the server cannot be asked (RFC 9111 4.2.4).
                let stale =
                    entry.filter(|entry| retry::is_transient(&error) && matches!(entry.outcome, Outcome::Body(_)));
                let Some(entry) = stale else { return Err(error) };
                self.take(slot).await?;
                match self.recall(request, &entry).await {
                    Some(known) => known.map(|fetched| Fetched { stale: Some(error), ..fetched }),
                    None => Err(error),
                }
            }
        }
    }

    /// The client for an address, if the address may be asked.
    fn admit(&self, request: &Request, url: &Url) -> Result<&reqwest::Client, FetchError> {
        let typed = request.trusted
            && url.host() == request.url.host()
            && url.port_or_known_default() == request.url.port_or_known_default();
        if typed || self.options.allow_private_hosts {
            return Ok(&self.connections()?.open);
        }
        self.guard.admit(url)?;
        Ok(&self.connections()?.guarded)
    }

    /// Why a request could not be sent, and what that means for its host.
    fn failed(&self, host: &Host, url: &Url, error: &reqwest::Error) -> FetchError {
        if let Some(PrivateAddress(name)) = causes(error).find_map(|cause| cause.downcast_ref::<PrivateAddress>()) {
            return FetchError::PrivateAddress(name.clone());
        }
        if error.is_connect() {
            let reason = if error.is_timeout() {
                format!("no connection within {} s", self.options.connect_timeout.as_secs_f32().ceil())
            } else {
                deepest(error)
            };
            let error = FetchError::Connect { host: url.host_str().unwrap_or_default().to_owned(), reason };
            host.has_refused(&error);
            return error;
        }
        if error.is_builder() {
            return FetchError::BadAddress(deepest(error));
        }
        broken(error)
    }

    /// Waits for a place among the requests that run at once.
    async fn take(&self, slot: &mut Slot) -> Result<(), FetchError> {
        if slot.is_none() {
            *slot = Some(Arc::clone(&self.slots).acquire_owned().await.map_err(|_| FetchError::Internal)?);
        }
        Ok(())
    }

    /// The key of an answer: for this account alone, or for everybody.
    fn key(&self, request: &Request, private: bool) -> Key {
        let referer = headers::referer(request, &request.url, &self.options);
        let account = self.account.digest().filter(|_| private);
        Key::new(&request.url, referer.as_deref(), account)
    }

    /// What the cache knows about an address. What everybody gets does not stand in for what the account would get.
    async fn look_up(&self, request: &Request) -> Option<Entry> {
        let is_known_at = |url: &Url| !self.account.headers_for(url, request.url.scheme() == "https", now()).is_empty();
        if self.account.digest().is_some() {
            let key = self.key(request, true);
            if let Some(own) = self.on_cache(move |cache| cache.entry(&key)).await {
                return Some(own);
            }
            if is_known_at(&request.url) {
                return None;
            }
        }
        let key = self.key(request, false);
        let entry = self.on_cache(move |cache| cache.entry(&key)).await?;
        let elsewhere = entry.final_address().is_some_and(|address| is_known_at(&address));
        (!elsewhere).then_some(entry)
    }

    /// The answer that an entry stands for: a body, or that there is none. `None` when the body is lost.
    async fn recall(&self, request: &Request, entry: &Entry) -> Option<Result<Fetched, FetchError>> {
        if let Outcome::Gone(status) = entry.outcome {
            return Some(Err(FetchError::Status(status)));
        }
        let wanted = entry.clone();
        let body = self.on_cache(move |cache| cache.body(&wanted)).await?;
        let limit = self.limit(request.kind);
        if body.len() as u64 > limit {
            return Some(Err(FetchError::TooLarge(limit)));
        }
        let address = entry.final_address().unwrap_or_else(|| without_login(&request.url));
        Some(Ok(Fetched { body, address, content_type: entry.content_type.clone(), stale: None }))
    }

    /// Keeps an answer, and gives its body back; `None` where there was none, or the thread failed that had it.
    async fn store(&self, key: Key, entry: Entry, body: Option<Vec<u8>>) -> Option<Vec<u8>> {
        if self.cache.is_none() {
            return body;
        }
        self.on_cache(move |cache| {
            cache.store(&key, &entry, body.as_deref());
            body
        })
        .await
    }

    /// Works on the cache, on a thread that may wait for the disk.
    async fn on_cache<T: Send + 'static>(&self, work: impl FnOnce(&Cache) -> Option<T> + Send + 'static) -> Option<T> {
        let cache = Arc::clone(self.cache.as_ref()?);
        tokio::task::spawn_blocking(move || work(&cache)).await.ok().flatten()
    }

    /// The body that an address gave is of no use: it is not to be taken from the cache again, but when there is no other
    /// way. Called from outside of the runtime.
    pub(super) fn distrust(&self, request: &Request) {
        let Some(cache) = &self.cache else { return };
        for private in [true, false] {
            let key = self.key(request, private);
            if let Some(entry) = cache.entry(&key).filter(|entry| matches!(entry.outcome, Outcome::Body(_))) {
                cache.store(&key, &entry.distrusted(), None);
            }
        }
    }
}

/// Seconds since 1970 on the clock by which servers count.
fn now() -> i64 {
    clock::wall().timestamp()
}

fn broken(error: &reqwest::Error) -> FetchError {
    FetchError::Body(deepest(error))
}
