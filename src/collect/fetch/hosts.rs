//! What is known about each host in this run: how busy it is, when it may be asked again, whether it is dead.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;
use url::Url;

use super::FetchError;

/// The patience with a host that has not answered yet.
const FIRST_PATIENCE: u32 = 2;

/// The hosts of a run.
#[derive(Debug)]
pub(super) struct Hosts {
    per_host: usize,
    min_interval: Duration,
    /// How many requests in a row a host may leave unanswered before it is given up.
    patience: u32,
    known: Mutex<BTreeMap<String, Arc<Host>>>,
}

/// One host and port.
#[derive(Debug)]
pub(super) struct Host {
    /// A permit for each request at once.
    pub(super) permits: Semaphore,
    min_interval: Duration,
    patience: u32,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Why the host is not asked again.
    dead: Option<FetchError>,
    /// Whether the last connection that was tried came about.
    answered: bool,
    /// Requests in a row that were not answered to the end.
    silent: u32,
    /// When the next request may start, by the distance that is kept.
    next_start: Option<Instant>,
    /// Until when the host wants to be left alone, and the answer that said so.
    pause: Option<(Instant, FetchError)>,
}

impl Hosts {
    pub(super) fn new(per_host: usize, min_interval: Duration, retries: u32) -> Self {
        Self { per_host: per_host.max(1), min_interval, patience: retries.saturating_add(1), known: Mutex::default() }
    }

    /// The host of an address.
    pub(super) fn of(&self, url: &Url) -> Arc<Host> {
        // A dot at its end makes a name no other host.
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        let name = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
        // The map is whole after every statement.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || {
            let (min_interval, patience) = (self.min_interval, self.patience);
            Arc::new(Host { permits: Semaphore::new(self.per_host), min_interval, patience, state: Mutex::default() })
        };
        known.entry(name).or_insert_with(make).clone()
    }
}

impl Host {
    /// Why the host is not asked again, if it is dead.
    pub(super) fn check_alive(&self) -> Result<(), FetchError> {
        self.lock().dead.clone().map_or(Ok(()), Err)
    }

    /// The host answered, whatever it said.
    pub(super) fn has_answered(&self) {
        self.lock().answered = true;
    }

    /// An answer came to its end.
    pub(super) fn has_delivered(&self) {
        self.lock().silent = 0;
    }

    /// No connection came about. A host that never answered, or fails twice, is dead.
    pub(super) fn has_refused(&self, error: &FetchError) {
        let mut state = self.lock();
        if !std::mem::take(&mut state.answered) {
            state.dead = Some(error.clone());
        }
    }

    /// A request was not answered in time, or not to the end: a host that drips is as good as a silent one.
    pub(super) fn was_silent(&self, error: &FetchError) {
        let mut state = self.lock();
        state.silent += 1;
        let patience = if state.answered { self.patience } else { self.patience.min(FIRST_PATIENCE) };
        if state.silent >= patience {
            state.dead = Some(error.clone());
        }
    }

    /// The host asked for a pause, with this answer.
    pub(super) fn pause(&self, wait: Duration, answer: FetchError) {
        // A pause that the calendar does not hold is longer than any run.
        let far = Duration::from_secs(1 << 30);
        let Some(until) = Instant::now().checked_add(wait.min(far)) else { return };
        let mut state = self.lock();
        if state.pause.as_ref().is_none_or(|(other, _)| *other < until) {
            state.pause = Some((until, answer));
        }
    }

    /// How long the host is to be left alone; nothing when it is not. Fails with the host's own answer when that is
    /// longer than the request can afford.
    pub(super) fn pause_left(&self, afford: Duration) -> Result<Option<Duration>, FetchError> {
        let state = self.lock();
        let Some((until, answer)) = &state.pause else { return Ok(None) };
        let left = until.saturating_duration_since(Instant::now());
        if left > afford {
            return Err(answer.clone());
        }
        Ok((!left.is_zero()).then_some(left))
    }

    /// How long to wait before the next request may start; it counts as started.
    pub(super) fn turn(&self) -> Duration {
        let now = Instant::now();
        let mut state = self.lock();
        let start = state.next_start.map_or(now, |start| start.max(now));
        state.next_start = start.checked_add(self.min_interval);
        start - now
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is whole after every statement.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> Arc<Host> {
        Hosts::new(2, Duration::from_secs(3), 1).of(&Url::parse("http://a.example/x").expect("an address"))
    }

    fn refused() -> FetchError {
        FetchError::Connect { host: "a.example".to_owned(), reason: "refused".to_owned() }
    }

    #[test]
    fn a_host_that_never_answered_dies_at_once_and_another_on_its_second_failure() {
        let fresh = host();
        fresh.has_refused(&refused());
        assert_eq!(fresh.check_alive(), Err(refused()));
        let proven = host();
        proven.has_answered();
        proven.has_refused(&refused());
        assert!(proven.check_alive().is_ok());
        proven.has_refused(&refused());
        assert!(proven.check_alive().is_err());
    }

    #[test]
    fn silence_kills_only_when_it_lasts() {
        let host = host();
        let silence = FetchError::Timeout(Duration::from_secs(1));
        host.was_silent(&silence);
        host.has_answered();
        host.has_delivered();
        host.was_silent(&silence);
        host.has_answered();
        assert!(host.check_alive().is_ok());
        host.was_silent(&silence);
        assert_eq!(host.check_alive(), Err(silence));
    }

    #[test]
    fn requests_keep_their_distance_and_a_pause_that_is_too_long_fails_with_its_answer() {
        let host = host();
        assert_eq!(host.turn(), Duration::ZERO);
        let wait = host.turn();
        assert!(wait > Duration::from_secs(2) && wait <= Duration::from_secs(3), "{wait:?}");
        assert_eq!(host.pause_left(Duration::ZERO), Ok(None));
        host.pause(Duration::from_secs(100), FetchError::Status(429));
        host.pause(Duration::from_secs(1), FetchError::Status(503));
        assert_eq!(host.pause_left(Duration::from_secs(10)), Err(FetchError::Status(429)));
        assert!(host.pause_left(Duration::from_secs(200)).is_ok_and(|left| left > Some(Duration::from_secs(90))));
        host.pause(Duration::MAX, FetchError::Status(503));
        assert_eq!(host.pause_left(Duration::from_secs(200)), Err(FetchError::Status(503)));
    }
}
