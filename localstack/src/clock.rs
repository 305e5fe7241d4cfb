//! The endpoint's time, and the forms in which AWS writes it.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Returns the time as a start plus what tokio's clock has counted since.
///
/// Under a paused tokio runtime time is therefore virtual, under a normal one it is real.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Timestamp,
    since: Instant,
}

impl Clock {
    /// Starts at the machine's wall time.
    pub fn system() -> Self {
        Self::starting_at(Timestamp::now())
    }

    /// Starts at the given time.
    pub fn starting_at(start: Timestamp) -> Self {
        Self {
            start,
            since: Instant::now(),
        }
    }

    /// Returns the time now.
    pub fn now(&self) -> Timestamp {
        // Saturating: a clock that reached the end of the calendar stays there.
        self.start
            .saturating_add(self.since.elapsed())
            .unwrap_or(Timestamp::MAX)
    }

    pub(crate) fn start(&self) -> Timestamp {
        self.start
    }
}

/// Adds a delay to a time, as the deadline of a transition.
pub(crate) fn deadline(now: Timestamp, delay: std::time::Duration) -> Timestamp {
    SignedDuration::try_from(delay)
        .ok()
        .and_then(|delay| now.checked_add(delay).ok())
        .unwrap_or(Timestamp::MAX)
}

/// Writes a time as awsQuery services do: `2026-01-02T03:04:05Z`.
pub(crate) fn iso_seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Writes a time as HTTP headers do.
pub(crate) fn http_date(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Writes a time as the `epochSeconds` number of JSON protocols, with milliseconds after the point.
pub(crate) fn epoch_seconds(time: Timestamp) -> f64 {
    // Exact up to the year 287396: milliseconds since 1970 fit into the 53 bits of the mantissa until then.
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds since 1970 fit into 53 bits"
    )]
    let milliseconds = time.as_millisecond() as f64;
    milliseconds / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn a_paused_runtime_makes_time_virtual() {
        let start: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let clock = Clock::starting_at(start);
        tokio::time::advance(Duration::from_secs(90)).await;
        assert_eq!(iso_seconds(clock.now()), "2026-01-02T03:05:35Z");
    }
}
