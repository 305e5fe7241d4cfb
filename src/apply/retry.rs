//! When a failed mutation is tried again. The SDK repeats what was throttled, lost or failed within the service; here only what
//! the SDK cannot know: something new that is not visible yet, and a resource that is being changed.

use std::time::Duration;

use crate::resource::fault::FaultKind;

/// What to do about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Try again after this long.
    Again(Duration),
    /// Tell the user.
    GiveUp,
}

/// How long a new role or grant is waited for. IAM promises no figure; tools that deploy to Lambda wait about two minutes.
const PROPAGATION: Duration = Duration::from_secs(150);

/// How long a change by somebody else, or by an earlier run, is waited for.
const BUSY: Duration = Duration::from_mins(5);

/// The pause after the first failure; each further one is twice as long, up to the longest.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(10);

/// Decides about a fault after `attempt` failures, the first being 1, that began `elapsed` ago.
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

/// How long to wait before the next look at a resource that is not ready.
pub fn settle_delay(looks: u32) -> Duration {
    doubling(Duration::from_millis(200), Duration::from_secs(2), looks)
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
    fn a_new_role_is_waited_for_with_growing_pauses_and_then_given_up() {
        let pauses: Vec<u128> = (1..=7)
            .map(
                |attempt| match decide(FaultKind::NotYetConsistent, attempt, Duration::ZERO) {
                    Decision::Again(pause) => pause.as_millis(),
                    Decision::GiveUp => 0,
                },
            )
            .collect();
        assert_eq!(pauses, [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
        assert_eq!(
            decide(FaultKind::NotYetConsistent, 20, PROPAGATION),
            Decision::GiveUp
        );
    }

    #[test]
    fn what_waiting_cannot_mend_is_told_at_once() {
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
