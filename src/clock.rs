//! The only reader of the clock. Nothing that reaches a book asks it.

use chrono::{DateTime, Utc};

/// This moment, or the one that `SOURCE_DATE_EPOCH` names (seconds since 1970 UTC).
#[must_use]
#[allow(clippy::disallowed_methods, reason = "this is the room that owns the clock")]
pub fn now() -> DateTime<Utc> {
    let fixed = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.trim().parse().ok());
    fixed
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .unwrap_or_else(|| DateTime::from(std::time::SystemTime::now()))
}

/// This moment as the machine has it, whatever `SOURCE_DATE_EPOCH` says: for how old files and answers are.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "this is the room that owns the clock")]
pub fn wall() -> DateTime<Utc> {
    DateTime::from(std::time::SystemTime::now())
}

/// A watch for the time that a run takes; it reaches reports only.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Starts a watch.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "this is the room that owns the clock")]
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// Milliseconds since the start.
    #[must_use]
    pub fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
