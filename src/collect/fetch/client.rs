//! One address: the cache, then requests until one gives an answer, each through its redirects.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, DATE, HeaderMap, IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION, REFERER, RETRY_AFTER};
use reqwest::{Proxy, Response, redirect};
use retry_policies::policies::ExponentialBackoff;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use super::cache::{Cache, Entry, Outcome};
use super::hosts::{Host, Hosts};
use super::policy::{Guard, PrivateAddress};
use super::retry::{self, Budget};
use super::{FetchError, FetchOptions, Fetched, Kind, RefererRule, Request};
use crate::assets::AssetId;
use crate::clock;

/// How many times an address may lead to another.
const MAX_REDIRECTS: usize = 10;

/// Formats that print and e-readers take come first; a server that chooses by this header should not choose AVIF.
const ACCEPT_IMAGE: &str = "image/jpeg,image/png,image/webp,image/gif,image/svg+xml,*/*;q=0.5";
const ACCEPT_PAGE: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// A place among the requests that run at once.
pub(super) type Slot = Option<OwnedSemaphorePermit>;

/// The parts that all requests share.
#[derive(Debug)]
pub(super) struct Client {
    options: FetchOptions,
    /// For addresses from content.
    guarded: reqwest::Client,
    /// For addresses that may be private.
    open: reqwest::Client,
    guard: Guard,
    hosts: Hosts,
    slots: Arc<Semaphore>,
    cache: Option<Arc<Cache>>,
    waits: ExponentialBackoff,
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

impl Client {
    pub(super) fn new(options: FetchOptions) -> Result<Self, FetchError> {
        // An error says that another part of the program has chosen a provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let guard = Guard::default();
        Ok(Self {
            guarded: build(&options, Some(&guard))?,
            open: build(&options, None)?,
            guard,
            hosts: Hosts::new(options.per_host, options.min_interval, options.retries),
            slots: Arc::new(Semaphore::new(options.concurrency.clamp(1, Semaphore::MAX_PERMITS))),
            cache: options.cache.clone().map(|folder| Arc::new(Cache::new(folder))),
            waits: retry::waits(&options),
            options,
        })
    }

    /// Fetches one address. The slot is held as long as the body is, which is the caller's to end.
    pub(super) async fn fetch(&self, request: &Request, slot: &mut Slot) -> Result<Fetched, FetchError> {
        let mut request = request.clone();
        request.url.set_fragment(None);
        self.take(slot).await?;
        let entry = self.on_cache(&request, Cache::entry).await;
        if let Some(entry) = entry.as_ref().filter(|entry| self.options.offline || entry.is_fresh(now())) {
            match self.recall(&request, entry).await {
                Some(known) => return known,
                None if self.options.offline => return Err(FetchError::Offline),
                None => {}
            }
        }
        if self.options.offline {
            return Err(FetchError::Offline);
        }
        let result = self.ask_until_answered(&request, entry.as_ref(), slot).await;
        self.conclude(&request, entry, result, slot).await
    }

    /// Tries until there is an answer, a failure that lasts, or no time left.
    async fn ask_until_answered(
        &self,
        request: &Request,
        entry: Option<&Entry>,
        slot: &mut Slot,
    ) -> Result<Answer, FetchError> {
        let mut budget = Budget::new(self.options.total_timeout);
        let mut retries = 0;
        loop {
            let mut url = request.url.clone();
            let error = match self.ask(request, &mut url, entry, &mut budget, slot).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            *slot = None;
            if !retry::is_transient(&error) || self.hosts.of(&url).check_alive().is_err() {
                return Err(error);
            }
            match retry::wait(&self.waits, retries) {
                Some(wait) if wait < budget.left() => budget.spend(Duration::MAX, tokio::time::sleep(wait)).await?,
                _ => return Err(error),
            }
            retries += 1;
        }
    }

    /// Asks once, through all redirects; `url` is where they have led.
    async fn ask(
        &self,
        request: &Request,
        url: &mut Url,
        entry: Option<&Entry>,
        budget: &mut Budget,
        slot: &mut Slot,
    ) -> Result<Answer, FetchError> {
        for _ in 0..=MAX_REDIRECTS {
            match self.step(request, url, entry, budget, slot).await? {
                Step::Done(answer) => return Ok(answer),
                Step::Redirect(next) => *url = next,
            }
        }
        Err(FetchError::Redirects(MAX_REDIRECTS))
    }

    /// Sends one request to one host.
    async fn step(
        &self,
        request: &Request,
        url: &Url,
        entry: Option<&Entry>,
        budget: &mut Budget,
        slot: &mut Slot,
    ) -> Result<Step, FetchError> {
        let client = self.admit(request, url)?;
        let host = self.hosts.of(url);
        // Whoever holds a slot never waits for a host: no two requests can wait for each other.
        *slot = None;
        let _permit = host.permits.acquire().await.map_err(|_| FetchError::Internal)?;
        self.take(slot).await?;
        host.check_alive()?;
        let wait = host.turn(budget.left())?;
        budget.spend(Duration::MAX, tokio::time::sleep(wait)).await?;

        // Connecting has a shorter limit of its own, which shall be the one to strike.
        let limit = self.options.timeout.max(self.options.connect_timeout.saturating_add(Duration::from_secs(1)));
        let sending = client.get(url.clone()).headers(self.headers(request, url, entry)).send();
        let response = match budget.spend(limit, sending).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(self.failed(&host, url, &error)),
            Err(timeout) => {
                host.was_silent(&timeout);
                return Err(timeout);
            }
        };
        host.has_answered();
        self.judge(request, url, response, &host, budget).await
    }

    /// What a response means.
    async fn judge(
        &self,
        request: &Request,
        url: &Url,
        response: Response,
        host: &Host,
        budget: &mut Budget,
    ) -> Result<Step, FetchError> {
        let status = response.status().as_u16();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        match status {
            304 => Ok(Step::Done(Answer::NotModified { headers: response.headers().clone() })),
            301 | 302 | 303 | 307 | 308 => {
                let next = header(LOCATION).and_then(|location| url.join(location).ok());
                let next = next.filter(|next| matches!(next.scheme(), "http" | "https"));
                next.map(Step::Redirect)
                    .ok_or_else(|| FetchError::BadAddress("a redirect leads to no http(s) address".to_owned()))
            }
            200..=299 => {
                let headers = response.headers().clone();
                let body = self.body(request.kind, response, budget).await?;
                Ok(Step::Done(Answer::Body { body, address: url.clone(), headers }))
            }
            _ => {
                let error = FetchError::Status(status);
                if let Some(wait) = header(RETRY_AFTER).and_then(|value| retry::retry_after(value, header(DATE))) {
                    host.pause(wait, error.clone());
                }
                Err(error)
            }
        }
    }

    /// Reads a body piece by piece, as far as it may be long.
    async fn body(&self, kind: Kind, mut response: Response, budget: &mut Budget) -> Result<Vec<u8>, FetchError> {
        let limit = match kind {
            Kind::Image => self.options.max_image,
            Kind::Page => self.options.max_page,
        };
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
        Ok(body)
    }

    /// What the answer means for the cache and the caller.
    async fn conclude(
        &self,
        request: &Request,
        entry: Option<Entry>,
        result: Result<Answer, FetchError>,
        slot: &mut Slot,
    ) -> Result<Fetched, FetchError> {
        match result {
            Ok(Answer::Body { body, address, headers }) => {
                let fresh = Entry::of_body(&request.url, &address, &headers, AssetId::of(&body), now());
                let content_type = fresh.content_type.clone();
                let body = self.store(request, fresh, Some(body)).await.unwrap_or_default();
                Ok(Fetched { body, address, content_type })
            }
            Ok(Answer::NotModified { headers }) => {
                let entry = entry.ok_or(FetchError::Status(304))?.revalidated(&headers, now());
                let known = self.recall(request, &entry).await;
                self.store(request, entry, None).await;
                // Only a body that the cache held was asked about.
                known.unwrap_or(Err(FetchError::Status(304)))
            }
            Err(error) => {
                if let FetchError::Status(status @ (404 | 410)) = error {
                    self.store(request, Entry::of_failure(&request.url, status, now()), None).await;
                }
                // A body from before is better than none when the server cannot be asked (RFC 9111 4.2.4).
                let stale =
                    entry.filter(|entry| retry::is_transient(&error) && matches!(entry.outcome, Outcome::Body(_)));
                let Some(entry) = stale else { return Err(error) };
                self.take(slot).await?;
                self.recall(request, &entry).await.unwrap_or(Err(error))
            }
        }
    }

    /// The client for an address, if the address may be asked.
    fn admit(&self, request: &Request, url: &Url) -> Result<&reqwest::Client, FetchError> {
        let typed = request.trusted
            && url.host() == request.url.host()
            && url.port_or_known_default() == request.url.port_or_known_default();
        if typed || self.options.allow_private_hosts {
            return Ok(&self.open);
        }
        self.guard.admit(url).map_err(|error| FetchError::PrivateAddress(error.0))?;
        Ok(&self.guarded)
    }

    /// The headers of a request: what is wanted, whence, and what the cache has.
    fn headers(&self, request: &Request, url: &Url, entry: Option<&Entry>) -> HeaderMap {
        let accept = match request.kind {
            Kind::Image => ACCEPT_IMAGE,
            Kind::Page => ACCEPT_PAGE,
        };
        let entry =
            entry.filter(|entry| entry.final_address == url.as_str() && matches!(entry.outcome, Outcome::Body(_)));
        let values = [
            (ACCEPT, Some(accept.to_owned())),
            (REFERER, self.referer(request, url)),
            (IF_NONE_MATCH, entry.and_then(|entry| entry.etag.clone())),
            (IF_MODIFIED_SINCE, entry.and_then(|entry| entry.last_modified.clone())),
        ];
        let usable = values.into_iter().filter_map(|(name, value)| Some((name, value?.parse().ok()?)));
        usable.collect()
    }

    /// What a host is told about where the request comes from: by its own rule, else by that of the nearest domain.
    fn referer(&self, request: &Request, url: &Url) -> Option<String> {
        let mut name = url.host_str()?;
        let rule = loop {
            if let Some(rule) = self.options.referer.get(name) {
                break rule;
            }
            name = name.split_once('.')?.1;
        };
        match rule {
            RefererRule::None => None,
            RefererRule::Origin => Some(format!("{}/", url.origin().ascii_serialization())),
            RefererRule::Article => request.article.clone(),
            RefererRule::Url(address) => Some(address.clone()),
        }
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

    /// What the cache knows: a body, or that there is none. `None` when the body is lost.
    async fn recall(&self, request: &Request, entry: &Entry) -> Option<Result<Fetched, FetchError>> {
        if let Outcome::Gone(status) = entry.outcome {
            return Some(Err(FetchError::Status(status)));
        }
        let wanted = entry.clone();
        let body = self.on_cache(request, move |cache, _| cache.body(&wanted)).await?;
        let address = Url::parse(&entry.final_address).unwrap_or_else(|_| request.url.clone());
        Some(Ok(Fetched { body, address, content_type: entry.content_type.clone() }))
    }

    /// Keeps an answer, and gives its body back.
    async fn store(&self, request: &Request, entry: Entry, body: Option<Vec<u8>>) -> Option<Vec<u8>> {
        if self.cache.is_none() {
            return body;
        }
        self.on_cache(request, move |cache, url| {
            cache.store(url, &entry, body.as_deref());
            body
        })
        .await
    }

    /// Works on the cache, on a thread that may wait for the disk.
    async fn on_cache<T: Send + 'static>(
        &self,
        request: &Request,
        work: impl FnOnce(&Cache, &Url) -> Option<T> + Send + 'static,
    ) -> Option<T> {
        let (cache, url) = (Arc::clone(self.cache.as_ref()?), request.url.clone());
        tokio::task::spawn_blocking(move || work(&cache, &url)).await.ok().flatten()
    }
}

/// Seconds since 1970.
fn now() -> i64 {
    clock::now().timestamp()
}

fn build(options: &FetchOptions, guard: Option<&Guard>) -> Result<reqwest::Client, FetchError> {
    let setup = |error: reqwest::Error| FetchError::Setup(deepest(&error));
    let builder = || {
        let mut builder = reqwest::Client::builder()
            .user_agent(&options.user_agent)
            .connect_timeout(options.connect_timeout)
            .redirect(redirect::Policy::none())
            .referer(false)
            .pool_max_idle_per_host(options.per_host)
            .pool_idle_timeout(Duration::from_secs(30));
        if let Some(proxy) = &options.proxy {
            builder = builder.proxy(Proxy::all(proxy)?);
        }
        Ok(match guard {
            Some(guard) => builder.dns_resolver(guard.clone()),
            None => builder,
        })
    };
    // A machine without any certificate can still be asked for what is local or unencrypted.
    builder().and_then(reqwest::ClientBuilder::build).or_else(|_| builder()?.tls_certs_only([]).build()).map_err(setup)
}

fn broken(error: &reqwest::Error) -> FetchError {
    FetchError::Body(deepest(error))
}

/// The error and what caused it, from the outside in.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    let mut next = error.source();
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}

/// What the innermost cause says, without the address, which the report names anyway.
fn deepest(error: &reqwest::Error) -> String {
    causes(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}
