//! What is tried again, when, and for how long in all.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use retry_policies::policies::ExponentialBackoff;
use retry_policies::{Jitter, RetryDecision, RetryPolicy as _};
use tokio::time::Instant;

use super::{FetchError, FetchOptions};
use crate::clock;

/// The longest wait that the growing back-off comes to.
const LONGEST_BACKOFF: Duration = Duration::from_secs(8);

/// Whether a failure may pass: the same request can succeed later.
pub(super) fn is_transient(error: &FetchError) -> bool {
    match error {
        FetchError::Timeout(_) | FetchError::Slow(_) | FetchError::Body(_) | FetchError::Connect { .. } => true,
        // Request Timeout, Too Early, Too Many Requests.
        FetchError::Status(status) => matches!(status, 408 | 425 | 429 | 500..=599),
        _ => false,
    }
}

/// The waits between attempts. They are random, so that clients that failed together do not come back together; no
/// output depends on them.
pub(super) fn waits(options: &FetchOptions) -> ExponentialBackoff {
    ExponentialBackoff::builder()
        .retry_bounds(options.backoff, options.backoff.max(LONGEST_BACKOFF))
        .jitter(Jitter::Bounded)
        .build_with_max_retries(options.retries)
}

/// The wait before the next attempt, after so many retries; `None` when there were enough.
pub(super) fn wait(policy: &ExponentialBackoff, past_retries: u32) -> Option<Duration> {
    match policy.should_retry(SystemTime::UNIX_EPOCH, past_retries) {
        // A moment in the future gives its distance as the error.
        RetryDecision::Retry { execute_after } => {
            Some(execute_after.elapsed().err().map_or(Duration::ZERO, |early| early.duration()))
        }
        RetryDecision::DoNotRetry => None,
    }
}

/// Reads `Retry-After` (RFC 9110 10.2.3): seconds, or a date, which is compared with the server's own clock if it
/// tells it.
pub(super) fn retry_after(value: &str, server_date: Option<&str>) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let http_date = |text: &str| DateTime::parse_from_rfc2822(text.trim()).ok().map(|date| date.with_timezone(&Utc));
    let now = server_date.and_then(http_date).unwrap_or_else(clock::wall);
    Some((http_date(value)? - now).to_std().unwrap_or(Duration::ZERO))
}

/// The time that one address may still take. Waiting in a queue, for a free connection or for the distance between two
/// requests, does not count.
#[derive(Debug)]
pub(super) struct Budget {
    total: Duration,
    left: Duration,
}

impl Budget {
    pub(super) fn new(total: Duration) -> Self {
        Self { total, left: total }
    }

    /// The time that is left.
    pub(super) fn left(&self) -> Duration {
        self.left
    }

    /// Runs a step for at most `limit`, and takes the time it took.
    pub(super) async fn spend<T>(&mut self, limit: Duration, step: impl Future<Output = T>) -> Result<T, FetchError> {
        let start = Instant::now();
        let done = tokio::time::timeout(limit.min(self.left), step).await;
        let late = if limit < self.left { FetchError::Timeout(limit) } else { FetchError::Slow(self.total) };
        self.left = self.left.saturating_sub(start.elapsed());
        done.map_err(|_| late)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for status in [408, 425, 429, 500, 502, 503, 504] {
            assert!(is_transient(&FetchError::Status(status)), "{status}");
        }
        for status in [400, 401, 403, 404, 410, 451] {
            assert!(!is_transient(&FetchError::Status(status)), "{status}");
        }
        assert!(is_transient(&FetchError::Body("cut".to_owned())));
        assert!(!is_transient(&FetchError::Offline) && !is_transient(&FetchError::TooLarge(1)));
    }

    #[test]
    fn waits_grow_stay_in_bounds_and_end() {
        let options = FetchOptions { retries: 4, backoff: Duration::from_secs(1), ..FetchOptions::default() };
        let policy = waits(&options);
        for (past, longest) in [(0, 1), (1, 2), (2, 4), (3, 8)] {
            let wait = wait(&policy, past).expect("another attempt");
            assert!(wait > Duration::from_millis(400) && wait <= Duration::from_secs(longest), "{past}: {wait:?}");
        }
        assert_eq!(wait(&policy, 4), None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_on_the_servers_clock() {
        let date = Some("Tue, 21 Nov 2023 09:30:00 GMT");
        assert_eq!(retry_after(" 7 ", None), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Tue, 21 Nov 2023 09:30:09 GMT", date), Some(Duration::from_secs(9)));
        assert_eq!(retry_after("Tue, 21 Nov 2023 09:29:00 GMT", date), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", date), None);
    }
}
