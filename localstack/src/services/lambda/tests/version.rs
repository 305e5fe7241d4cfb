//! Publishing, and what a version keeps.

use serde_json::{Value, json};
use tokio::time::advance;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_version_keeps_the_code_and_configuration_it_was_published_with() {
    let client = Client::with_function().await;
    let published = client.publish(json!({ "Description": "first" })).await;
    assert_eq!(published.status, 201);
    let version = published.value();
    assert_eq!(
        pick(
            &version,
            &["Version", "FunctionArn", "Description", "State"]
        ),
        json!({ "Version": "1", "FunctionArn": format!("{ARN}:1"), "Description": "first", "State": "Active" })
    );
    client
        .update_code(json!({ "ZipFile": encoded("two") }))
        .await
        .ok();
    client
        .configure(json!({ "Timeout": 77, "Environment": { "Variables": { "AB": "c" } } }))
        .await
        .ok();
    assert_eq!(client.configuration(Some("1")).await, version);
    assert_eq!(
        pick(
            &client.configuration(None).await,
            &["CodeSha256", "Timeout", "Description"]
        ),
        json!({ "CodeSha256": sha256("two"), "Timeout": 77, "Description": "" })
    );
}

#[tokio::test(start_paused = true)]
async fn without_a_change_publishing_gives_the_last_version_again() {
    let client = Client::with_function().await;
    let first = client.publish(json!({})).await.ok().value();
    let revision = client.configuration(None).await["RevisionId"].clone();
    assert_eq!(
        client
            .publish(json!({ "Description": "again" }))
            .await
            .ok()
            .value(),
        first
    );
    assert_eq!(client.configuration(None).await["RevisionId"], revision);
    client
        .configure(json!({ "Description": "changed" }))
        .await
        .ok();
    assert_eq!(client.publish(json!({})).await.ok().value()["Version"], "2");
}

#[tokio::test(start_paused = true)]
async fn publishing_gives_latest_another_revision() {
    let client = Client::with_function().await;
    let before = client.configuration(None).await;
    client
        .publish(json!({ "RevisionId": before["RevisionId"] }))
        .await
        .ok();
    let after = client.configuration(None).await;
    assert_ne!(after["RevisionId"], before["RevisionId"]);
    assert_eq!(
        client
            .publish(json!({ "RevisionId": before["RevisionId"] }))
            .await
            .refusal()
            .1,
        "PreconditionFailedException"
    );
}

#[tokio::test(start_paused = true)]
async fn a_version_number_is_never_given_out_twice() {
    let client = Client::with_function().await;
    client.publish(json!({})).await.ok();
    client
        .of("DELETE", "triage?Qualifier=1", Value::Null)
        .await
        .ok();
    assert_eq!(
        client
            .of("GET", "triage?Qualifier=1", Value::Null)
            .await
            .refusal(),
        not_found(&format!("Function not found: {ARN}:1"))
    );
    assert_eq!(client.publish(json!({})).await.ok().value()["Version"], "2");
}

#[tokio::test(start_paused = true)]
async fn a_version_of_other_code_than_the_caller_thinks_is_not_published() {
    let client = Client::with_function().await;
    let sha = sha256("one");
    assert_eq!(
        client
            .publish(json!({ "CodeSha256": "other" }))
            .await
            .refusal(),
        invalid(&format!(
            "CodeSHA256 (other) is different from current CodeSHA256 in $LATEST ({sha}). Please try again with the CodeSHA256 in $LATEST."
        ))
    );
    client.publish(json!({ "CodeSha256": sha })).await.ok();
}

#[tokio::test(start_paused = true)]
async fn a_version_published_with_its_function_is_active_when_the_function_is() {
    let delays = Delays::real();
    let client = Client::with_role(delays).await;
    let made = client
        .create(with(least(), json!({ "Publish": true })))
        .await
        .ok()
        .value();
    assert_eq!(
        pick(&made, &["Version", "FunctionArn", "State"]),
        json!({ "Version": "1", "FunctionArn": ARN, "State": "Pending" })
    );
    assert_eq!(client.configuration(Some("1")).await["State"], "Pending");
    advance(delays.lambda_pending).await;
    assert_eq!(
        pick(
            &client.configuration(Some("1")).await,
            &["State", "LastUpdateStatus", "FunctionArn"]
        ),
        json!({ "State": "Active", "LastUpdateStatus": "Successful", "FunctionArn": format!("{ARN}:1") })
    );
    let code = json!({ "ZipFile": encoded("two"), "Publish": true });
    let updated = client.update_code(code).await.ok().value();
    assert_eq!(
        pick(&updated, &["Version", "FunctionArn", "State", "CodeSha256"]),
        json!({ "Version": "2", "FunctionArn": format!("{ARN}:2"), "State": "Pending", "CodeSha256": sha256("two") })
    );
}

#[tokio::test(start_paused = true)]
async fn the_same_code_put_again_and_published_is_the_last_version() {
    let client = Client::with_function().await;
    let first = client.publish(json!({})).await.ok().value();
    let code = json!({ "ZipFile": encoded("one"), "Publish": true });
    assert_eq!(client.update_code(code).await.ok().value(), first);
}

#[tokio::test(start_paused = true)]
async fn a_published_version_may_be_pending_for_a_moment() {
    let delays = Delays::real();
    let client = Client::with_role(delays).await;
    client.create(least()).await.ok();
    advance(delays.lambda_pending).await;
    assert_eq!(
        client.publish(json!({})).await.ok().value()["State"],
        "Pending"
    );
    advance(delays.lambda_publish).await;
    assert_eq!(client.configuration(Some("1")).await["State"], "Active");
}

#[tokio::test(start_paused = true)]
async fn snapshots_are_optimized_for_versions_only() {
    let client = Client::with_role(Delays::none()).await;
    let snap = json!({ "SnapStart": { "ApplyOn": "PublishedVersions" } });
    let made = client.create(with(least(), snap)).await.ok().value();
    let off = json!({ "ApplyOn": "PublishedVersions", "OptimizationStatus": "Off" });
    assert_eq!(made["SnapStart"], off);
    let on = json!({ "ApplyOn": "PublishedVersions", "OptimizationStatus": "On" });
    assert_eq!(
        client.publish(json!({})).await.ok().value()["SnapStart"],
        on
    );
}

#[tokio::test(start_paused = true)]
async fn latest_is_not_deleted_alone_and_a_missing_version_is_no_error() {
    let client = Client::with_function().await;
    assert_eq!(
        client
            .of("DELETE", "triage?Qualifier=%24LATEST", Value::Null)
            .await
            .refusal(),
        invalid("$LATEST version cannot be deleted without deleting the function.")
    );
    client
        .of("DELETE", "triage?Qualifier=9", Value::Null)
        .await
        .ok();
}
