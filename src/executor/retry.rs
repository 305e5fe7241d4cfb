//! Decides whether a failed mutation is retried. The SDK retries throttling, lost connections and failures of the service. Here are the two
//! cases that the SDK cannot know: a new resource that is not visible yet, and a resource that is being changed.

use std::time::Duration;

use crate::resource::fault::{Fault, FaultKind};
use crate::resource::provider::Outlook;

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

/// How long to wait although a read shows that the wait is in vain: what was created or changed a moment ago may be read as it was before.
const CONFIRMATION: Duration = Duration::from_secs(10);

/// How long to wait for a change by somebody else, or by an earlier run.
const BUSY: Duration = Duration::from_mins(5);

/// The delay after the first failure. Each further one is twice as long, up to the longest.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(10);

/// Decides what to do after `attempt` failures (1 for the first), `elapsed` after the first attempt began.
pub fn decide(kind: FaultKind, outlook: &Outlook, attempt: u32, elapsed: Duration) -> Decision {
    let limit = match kind {
        FaultKind::NotYetConsistent => match outlook {
            Outlook::MayPass => PROPAGATION,
            Outlook::Final(_) => CONFIRMATION,
        },
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

/// Returns the fault to report: the service's words, and what a read showed of the thing that they are about.
pub fn given_up(refusal: Fault, outlook: Outlook) -> Fault {
    match outlook {
        Outlook::MayPass => refusal,
        Outlook::Final(reason) => Fault {
            kind: FaultKind::Invalid,
            message: format!("{} ({reason})", refusal.message),
            ..refusal
        },
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
    use crate::resource::operation::lambda;

    /// How long a mutation that is always refused is tried, in milliseconds.
    fn tried_for(kind: FaultKind, outlook: &Outlook) -> u128 {
        let mut elapsed = Duration::ZERO;
        for attempt in 1..1_000 {
            match decide(kind, outlook, attempt, elapsed) {
                Decision::Again(delay) => elapsed += delay,
                Decision::GiveUp => return elapsed.as_millis(),
            }
        }
        panic!("the wait has no end");
    }

    #[test]
    fn calls_with_a_new_role_are_retried_with_growing_delays_and_then_the_fault_is_reported() {
        let delays: Vec<u128> = (1..=7)
            .map(|attempt| {
                let (kind, outlook) = (FaultKind::NotYetConsistent, Outlook::MayPass);
                match decide(kind, &outlook, attempt, Duration::ZERO) {
                    Decision::Again(delay) => delay.as_millis(),
                    Decision::GiveUp => 0,
                }
            })
            .collect();
        assert_eq!(delays, [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
        assert_eq!(
            decide(
                FaultKind::NotYetConsistent,
                &Outlook::MayPass,
                20,
                PROPAGATION
            ),
            Decision::GiveUp
        );
    }

    #[test]
    fn what_a_read_shows_to_be_in_vain_is_tried_for_seconds_and_what_may_pass_for_minutes() {
        let never = Outlook::Final("there is no such role".to_owned());
        assert_eq!(
            [
                tried_for(FaultKind::NotYetConsistent, &never),
                tried_for(FaultKind::NotYetConsistent, &Outlook::MayPass),
                tried_for(FaultKind::Busy, &Outlook::MayPass),
            ],
            [7_500, 145_500, 295_500]
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
            assert_eq!(
                decide(kind, &Outlook::MayPass, 1, Duration::ZERO),
                Decision::GiveUp
            );
        }
    }

    #[test]
    fn the_reported_fault_has_the_words_of_the_service_and_what_a_read_showed() {
        let refusal = Fault {
            code: Some("InvalidParameterValueException".into()),
            ..Fault::new(
                FaultKind::NotYetConsistent,
                lambda::CREATE_FUNCTION,
                "The role defined for the function cannot be assumed by Lambda.",
            )
        };
        let never = Outlook::Final("there is no role `r`".to_owned());
        let fault = given_up(refusal.clone(), never);
        assert_eq!(
            (fault.kind, fault.to_string().as_str()),
            (
                FaultKind::Invalid,
                "lambda CreateFunction: InvalidParameterValueException: The role defined for the function cannot be assumed by Lambda. \
                 (there is no role `r`)"
            )
        );
        assert_eq!(given_up(refusal.clone(), Outlook::MayPass), refusal);
    }
}
