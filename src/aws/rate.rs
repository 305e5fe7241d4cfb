//! Token buckets, which limit the rate of each operation.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::resource::operation::{Operation, Service};

/// A bucket that refills at a steady rate. Each call takes a token.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bucket {
    per_second: f64,
    capacity: f64,
    tokens: f64,
    filled_at: Instant,
}

impl Bucket {
    /// Takes a token and returns how long to wait until it is available.
    ///
    /// The bucket can go into debt, so concurrent callers are spread out in the order of their calls.
    fn take(&mut self, now: Instant) -> Duration {
        let elapsed = now.saturating_duration_since(self.filled_at).as_secs_f64();
        self.tokens = (self.tokens + elapsed * self.per_second).min(self.capacity);
        self.filled_at = now;
        self.tokens -= 1.0;
        Duration::from_secs_f64((-self.tokens / self.per_second).max(0.0))
    }
}

/// All buckets, by the operation or the group of operations that they limit.
#[derive(Debug, Default)]
pub(super) struct Rates(BTreeMap<(Service, &'static str), Bucket>);

impl Rates {
    /// Returns how long to wait before calling `operation`, and counts the call.
    pub(super) fn take(&mut self, operation: Operation, now: Instant) -> Duration {
        let Some(rate) = operation.rate() else {
            return Duration::ZERO;
        };
        let per_second = f64::from(rate.per_second);
        let full = Bucket {
            per_second,
            capacity: per_second,
            tokens: per_second,
            filled_at: now,
        };
        let limited = (operation.service(), rate.group.unwrap_or(operation.name()));
        self.0.entry(limited).or_insert(full).take(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::operation::{kms, lambda, s3};

    #[test]
    fn a_second_of_calls_passes_at_once_and_the_rest_is_spread() {
        let (mut rates, now) = (Rates::default(), Instant::now());
        let waits: Vec<u128> = (0..8)
            .map(|_| rates.take(kms::CREATE_KEY, now).as_millis())
            .collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 200, 400, 600]);
    }

    #[test]
    fn a_bucket_fills_up_again_but_not_beyond_a_second() {
        let (mut rates, now) = (Rates::default(), Instant::now());
        for _ in 0..5 {
            rates.take(kms::CREATE_KEY, now);
        }
        let later = now + Duration::from_mins(1);
        let waits: Vec<u128> = (0..6)
            .map(|_| rates.take(kms::CREATE_KEY, later).as_millis())
            .collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 200]);
    }

    #[test]
    fn operations_of_a_service_share_a_bucket_unless_they_have_their_own() {
        let (mut rates, now) = (Rates::default(), Instant::now());
        for _ in 0..15 {
            rates.take(lambda::CREATE_FUNCTION, now);
        }
        assert_ne!(rates.take(lambda::CREATE_ALIAS, now), Duration::ZERO);
        assert_eq!(rates.take(lambda::GET_FUNCTION, now), Duration::ZERO);
        assert_eq!(rates.take(s3::PUT_OBJECT, now), Duration::ZERO);
    }
}
