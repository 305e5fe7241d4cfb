//! Refusals that do not pass by themselves: they are reported within seconds, with AWS's words and what a read shows.

use std::time::Duration;

use agentctl::outcome::{Outcome, StepError};
use agentctl::resource::fault::FaultKind;
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::support::{ACCOUNT, REGION, World};

/// The longest apply that waits for nothing but what passes.
const SECONDS: Duration = Duration::from_mins(1);

/// Applies an agent with one setting that AWS refuses. Returns the failed step with its message.
async fn refused(settings: &[(&str, Value)]) -> (String, String) {
    let world = World::new();
    let mut project = world.triage();
    for (pointer, value) in settings {
        project.set(pointer, value.clone());
    }
    let began = Instant::now();
    let answer = project.try_apply(CancellationToken::new()).await.unwrap();
    assert!(began.elapsed() < SECONDS, "{:?}", began.elapsed());
    let mut failed = answer.outcomes().steps.iter().filter_map(|(id, outcome)| {
        let Outcome::Failed(StepError::Fault(fault)) = outcome else {
            return None;
        };
        assert_eq!(fault.kind, FaultKind::Invalid, "{fault}");
        Some((id.to_string(), fault.message.clone()))
    });
    let first = failed.next().unwrap();
    assert_eq!(failed.next(), None);
    first
}

#[tokio::test(start_paused = true)]
async fn a_role_that_does_not_exist_is_reported_within_seconds() {
    let role = format!("arn:aws:iam::{ACCOUNT}:role/nobody");
    let expected = |step: &str, words: &str| {
        let reason = "(there is no role `nobody` in this account)";
        (step.to_owned(), format!("{words} {reason}"))
    };
    assert_eq!(
        refused(&[("/iam/role", json!(role))]).await,
        expected(
            "lambda-function/triage",
            "The role defined for the function cannot be assumed by Lambda."
        )
    );
    assert_eq!(
        refused(&[("/iam/role", json!(role)), ("/runtime", json!("agentcore"))]).await,
        expected(
            "agentcore-runtime/triage",
            &format!(
                "Role validation failed for '{role}'. Please verify that the role exists and its trust policy allows assumption by this service"
            )
        )
    );
}

#[tokio::test(start_paused = true)]
async fn a_key_that_does_not_exist_or_is_elsewhere_is_reported_within_seconds() {
    let id = "key/11111111-2222-3333-4444-555555555555";
    for key in [
        format!("arn:aws:kms:{REGION}:{ACCOUNT}:{id}"),
        format!("arn:aws:kms:eu-west-1:{ACCOUNT}:{id}"),
    ] {
        let world = World::new();
        let mut project = world.triage();
        project.set("/encryption", json!({ "key": key }));
        let began = Instant::now();
        let answer = project.try_apply(CancellationToken::new()).await.unwrap();
        assert!(began.elapsed() < SECONDS, "{key}: {:?}", began.elapsed());
        let mut failures = 0;
        for outcome in answer.outcomes().steps.values() {
            if let Outcome::Failed(StepError::Fault(fault)) = outcome {
                assert_eq!(fault.kind, FaultKind::Invalid, "{fault}");
                failures += 1;
            }
        }
        assert!(failures > 0, "{key}");
    }
}
