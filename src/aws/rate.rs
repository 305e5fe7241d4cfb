//! Token buckets: how fast each operation may be called.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A bucket that refills at a steady rate and lets one call through for each token.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bucket {
    per_second: f64,
    capacity: f64,
    tokens: f64,
    filled_at: Instant,
}

impl Bucket {
    /// Takes a token and says how long to wait until it is really there.
    ///
    /// The bucket may go into debt, so callers that come at once are spread out in the order in which they came.
    fn take(&mut self, now: Instant) -> Duration {
        let elapsed = now.saturating_duration_since(self.filled_at).as_secs_f64();
        self.tokens = (self.tokens + elapsed * self.per_second).min(self.capacity);
        self.filled_at = now;
        self.tokens -= 1.0;
        Duration::from_secs_f64((-self.tokens / self.per_second).max(0.0))
    }
}

/// The limit of a group of operations: which they are and how many calls a second AWS takes of them together.
struct Limit {
    operations: &'static [&'static str],
    per_second: f64,
}

/// The published rates, per account and region.
///
/// Sources: KMS developer guide, "Request quotas"; Lambda developer guide, "Lambda quotas" (control plane requests together,
/// `GetFunction` apart); CloudWatch Logs user guide, "CloudWatch Logs quotas"; `AgentCore` developer guide, "Quotas", of which
/// older editions give a tenth, so these keep to the smaller figures. IAM publishes none; 20 is a guess.
const LIMITS: &[Limit] = &[
    Limit {
        operations: &["kms CreateKey"],
        per_second: 5.0,
    },
    Limit {
        operations: &["kms CreateAlias"],
        per_second: 5.0,
    },
    Limit {
        operations: &["kms EnableKeyRotation"],
        per_second: 15.0,
    },
    Limit {
        operations: &["kms PutKeyPolicy"],
        per_second: 15.0,
    },
    Limit {
        operations: &["kms ScheduleKeyDeletion"],
        per_second: 15.0,
    },
    Limit {
        operations: &["lambda GetFunction"],
        per_second: 100.0,
    },
    Limit {
        operations: &["lambda "],
        per_second: 15.0,
    },
    Limit {
        operations: &["logs CreateLogGroup"],
        per_second: 10.0,
    },
    Limit {
        operations: &["logs DeleteLogGroup"],
        per_second: 10.0,
    },
    Limit {
        operations: &["logs DescribeLogGroups"],
        per_second: 10.0,
    },
    Limit {
        operations: &["logs PutRetentionPolicy"],
        per_second: 5.0,
    },
    Limit {
        operations: &["logs PutDataProtectionPolicy"],
        per_second: 5.0,
    },
    Limit {
        operations: &["logs GetDataProtectionPolicy"],
        per_second: 5.0,
    },
    Limit {
        operations: &["logs DeleteDataProtectionPolicy"],
        per_second: 5.0,
    },
    Limit {
        operations: &["logs ListTagsForResource"],
        per_second: 5.0,
    },
    Limit {
        operations: &["logs TagResource", "logs UntagResource"],
        per_second: 5.0,
    },
    Limit {
        operations: &[
            "bedrock-agentcore CreateAgentRuntime",
            "bedrock-agentcore CreateAgentRuntimeEndpoint",
            "bedrock-agentcore DeleteAgentRuntime",
            "bedrock-agentcore DeleteAgentRuntimeEndpoint",
            "bedrock-agentcore UpdateAgentRuntime",
            "bedrock-agentcore UpdateAgentRuntimeEndpoint",
        ],
        per_second: 5.0,
    },
    Limit {
        operations: &[
            "bedrock-agentcore GetAgentRuntime",
            "bedrock-agentcore GetAgentRuntimeEndpoint",
        ],
        per_second: 20.0,
    },
    Limit {
        operations: &[
            "bedrock-agentcore ListAgentRuntimeEndpoints",
            "bedrock-agentcore ListAgentRuntimes",
        ],
        per_second: 5.0,
    },
    Limit {
        operations: &["iam "],
        per_second: 20.0,
    },
];

/// All buckets, by the position of their limit.
#[derive(Debug, Default)]
pub(super) struct Rates(BTreeMap<usize, Bucket>);

impl Rates {
    /// Says how long to wait before calling `operation`, and counts the call.
    pub(super) fn take(&mut self, operation: &str, now: Instant) -> Duration {
        let covers = |limit: &Limit| {
            limit.operations.iter().any(|name| {
                if name.ends_with(' ') {
                    operation.starts_with(name)
                } else {
                    operation == *name
                }
            })
        };
        let Some(position) = LIMITS.iter().position(covers) else {
            return Duration::ZERO;
        };
        let per_second = LIMITS[position].per_second;
        let full = Bucket {
            per_second,
            capacity: per_second,
            tokens: per_second,
            filled_at: now,
        };
        self.0.entry(position).or_insert(full).take(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_of_calls_passes_at_once_and_the_rest_is_spread() {
        let (mut rates, now) = (Rates::default(), Instant::now());
        let waits: Vec<u128> = (0..8)
            .map(|_| rates.take("kms CreateKey", now).as_millis())
            .collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 200, 400, 600]);
    }

    #[test]
    fn a_bucket_fills_up_again_but_not_beyond_a_second() {
        let (mut rates, now) = (Rates::default(), Instant::now());
        for _ in 0..5 {
            rates.take("kms CreateKey", now);
        }
        let later = now + Duration::from_mins(1);
        let waits: Vec<u128> = (0..6)
            .map(|_| rates.take("kms CreateKey", later).as_millis())
            .collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 200]);
    }

    #[test]
    fn operations_of_one_service_share_a_bucket_unless_they_have_their_own() {
        let (mut rates, now) = (Rates::default(), Instant::now());
        for _ in 0..15 {
            rates.take("lambda CreateFunction", now);
        }
        assert_ne!(rates.take("lambda CreateAlias", now), Duration::ZERO);
        assert_eq!(rates.take("lambda GetFunction", now), Duration::ZERO);
        assert_eq!(rates.take("s3 PutObject", now), Duration::ZERO);
    }
}
