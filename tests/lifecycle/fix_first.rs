//! An apply that first fixes what hides other resources, and reports both parts as one plan.

use agentctl::outcome::Outcome;
use agentctl::run::RunError;
use localstack::{Fault, FaultKind, Service};

use crate::support::{Terms, World};

/// Creates an agent whose key somebody disabled.
async fn with_a_disabled_key() -> World {
    let world = World::new();
    world.triage().apply().await;
    let kms = world.clients().kms.clone();
    let key = kms.describe_key();
    let key = key.key_id("alias/agentctl/claims/default/triage");
    let key = key.send().await.unwrap().key_metadata.unwrap().key_id;
    kms.disable_key().key_id(key).send().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_mins(1)).await;
    world
}

#[tokio::test(start_paused = true)]
async fn fixes_are_reported_even_if_the_second_read_fails() {
    let world = with_a_disabled_key().await;
    let project = world.triage();
    let deny = async |_: &_| {
        let denied = Fault::new(FaultKind::Denied);
        world
            .endpoint
            .order_fault(denied.on(Service::Logs, "DescribeLogGroups"));
    };
    let report = project.apply_on(Terms::default(), deny).await;
    assert!(
        matches!(report.ended.error, Some(RunError::Incomplete(_))),
        "{:?}",
        report.ended.error
    );
    assert!(report.ended.has_begun());
    let ends: Vec<(String, &Outcome)> = report
        .outcomes()
        .steps
        .iter()
        .map(|(id, outcome)| (id.to_string(), outcome))
        .collect();
    assert_eq!(
        ends,
        [(
            "kms-key/triage".to_owned(),
            &Outcome::Done { remains: None }
        )]
    );
}

#[tokio::test(start_paused = true)]
async fn the_fixes_and_the_steps_after_them_are_one_plan() {
    let world = with_a_disabled_key().await;
    let mut project = world.triage();
    project.set("/lambda/memorySize", serde_json::json!(1024));
    let report = project.apply().await;
    let done = report.that(|outcome| matches!(outcome, Outcome::Done { .. }));
    let expected = [
        "kms-key/triage",
        "lambda-alias/triage.live",
        "lambda-function/triage",
        "lambda-version/triage",
    ];
    assert_eq!(done, expected.map(str::to_owned).into());
    let unchanged = &report.plan().unchanged;
    assert!(
        unchanged
            .iter()
            .all(|(address, _)| address.kind() != "kms-key"),
        "{unchanged:?}"
    );
}
