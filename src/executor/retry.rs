//! Decides whether a failed mutation is retried. The SDK retries throttling, lost connections and failures of the service. Here are the two
//! cases that the SDK cannot know: a new resource that is not visible yet, and a resource that is being changed.

use std::time::Duration;

use crate::resource::fault::FaultKind;

/// What to do after a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Retry after this delay.
    Again(Duration),
    /// Report the fault.
    GiveUp,
}

/// How long to wait for a new role or grant to become visible. IAM names no limit; tools that deploy to Lambda wait about two minutes.
const PROPAGATION: Duration = Duration::from_secs(150);

/// How long to wait for a change by somebody else, or by an earlier run.
const BUSY: Duration = Duration::from_mins(5);

/// The delay after the first failure. Each further one is twice as long, up to the longest.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(10);

/// Decides what to do after `attempt` failures (1 for the first), `elapsed` after the first attempt began.
pub fn decide(kind: FaultKind, attempt: u32, elapsed: Duration) -> Decision {
    let limit = match kind {
        FaultKind::NotYetConsistent => PROPAGATION,
        FaultKind::Busy => BUSY,
        FaultKind::NotFound
        | FaultKind::AlreadyExists
        | FaultKind::Stale
        | FaultKind::Throttled
        | FaultKind::Denied
        | FaultKind::Invalid
        | FaultKind::InUse
        | FaultKind::Quota
        | FaultKind::Unreachable
        | FaultKind::Service => return Decision::GiveUp,
    };
    let delay = doubling(FIRST, LONGEST, attempt);
    if elapsed + delay > limit {
        Decision::GiveUp
    } else {
        Decision::Again(delay)
    }
}

/// The delay before a resource that is not ready is read again.
pub fn settle_delay(reads: u32) -> Duration {
    doubling(Duration::from_millis(200), Duration::from_secs(2), reads)
}

fn doubling(first: Duration, longest: Duration, attempt: u32) -> Duration {
    first
        .saturating_mul(1 << attempt.saturating_sub(1).min(16))
        .min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_with_a_new_role_are_retried_with_growing_delays_and_then_the_fault_is_reported() {
        let delays: Vec<u128> = (1..=7)
            .map(
                |attempt| match decide(FaultKind::NotYetConsistent, attempt, Duration::ZERO) {
                    Decision::Again(delay) => delay.as_millis(),
                    Decision::GiveUp => 0,
                },
            )
            .collect();
        assert_eq!(delays, [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
        assert_eq!(
            decide(FaultKind::NotYetConsistent, 20, PROPAGATION),
            Decision::GiveUp
        );
    }

    #[test]
    fn permanent_faults_are_reported_at_once() {
        for kind in [
            FaultKind::Denied,
            FaultKind::Invalid,
            FaultKind::Quota,
            FaultKind::Throttled,
            FaultKind::Service,
        ] {
            assert_eq!(decide(kind, 1, Duration::ZERO), Decision::GiveUp);
        }
    }
}
