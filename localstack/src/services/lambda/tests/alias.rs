//! Aliases: what they point to, and how they are changed.

use serde_json::{Value, json};

use super::*;

/// A client whose function has the versions 1 and 2.
async fn with_versions() -> Client {
    let client = Client::with_function().await;
    client.publish(json!({})).await.ok();
    client
        .update_code(json!({ "ZipFile": encoded("two"), "Publish": true }))
        .await
        .ok();
    client
}

async fn create(client: &Client, input: Value) -> Reply {
    client.of("POST", "triage/aliases", input).await
}

#[tokio::test(start_paused = true)]
async fn an_alias_shows_the_version_it_points_to() {
    let client = with_versions().await;
    let made = create(&client, json!({ "Name": "live", "FunctionVersion": "1" })).await;
    assert_eq!(made.status, 201);
    let alias = made.value();
    assert_eq!(
        alias,
        json!({
            "AliasArn": format!("{ARN}:live"),
            "Name": "live",
            "FunctionVersion": "1",
            "Description": "",
            "RevisionId": alias["RevisionId"],
        })
    );
    let read = client
        .of("GET", "triage/aliases/live", Value::Null)
        .await
        .ok();
    assert_eq!(read.value(), alias);
    assert_eq!(
        pick(
            &client.configuration(Some("live")).await,
            &["FunctionArn", "Version", "CodeSha256"]
        ),
        json!({ "FunctionArn": format!("{ARN}:live"), "Version": "1", "CodeSha256": sha256("one") })
    );
}

#[tokio::test(start_paused = true)]
async fn an_update_moves_the_alias_and_checks_its_revision() {
    let client = with_versions().await;
    let made = create(
        &client,
        json!({ "Name": "live", "FunctionVersion": "1", "Description": "d" }),
    )
    .await
    .ok()
    .value();
    let revision = &made["RevisionId"];
    let moved = client
        .of(
            "PUT",
            "triage/aliases/live",
            json!({ "FunctionVersion": "2", "RevisionId": revision }),
        )
        .await
        .ok()
        .value();
    assert_eq!(
        pick(&moved, &["FunctionVersion", "Description"]),
        json!({ "FunctionVersion": "2", "Description": "d" })
    );
    assert_ne!(moved["RevisionId"], *revision);
    let stale = client
        .of(
            "PUT",
            "triage/aliases/live",
            json!({ "RevisionId": revision }),
        )
        .await;
    assert_eq!(stale.refusal().1, "PreconditionFailedException");
}

#[tokio::test(start_paused = true)]
async fn routing_is_checked_kept_and_cleared() {
    let client = with_versions().await;
    let routed = |version: &str, weights: Value| json!({ "Name": "live", "FunctionVersion": version, "RoutingConfig": { "AdditionalVersionWeights": weights } });
    let refused = [
        (
            routed("1", json!({ "1": 0.5 })),
            invalid(
                "Invalid function version 1. Function version 1 is already included in routing configuration.",
            ),
        ),
        (
            routed("1", json!({ "1": 0.5, "2": 0.5 })),
            invalid("Number of items in AdditionalVersionWeights cannot be greater than 1"),
        ),
        (
            routed("$LATEST", json!({ "1": 0.5 })),
            invalid("$LATEST is not supported for an alias pointing to more than 1 version"),
        ),
        (
            routed("1", json!({ "10": 0.5 })),
            not_found(&format!("Function not found: {ARN}:10")),
        ),
        (
            routed("1", json!({ "2": 2.0 })),
            violation(
                "Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: \
                 [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]",
            ),
        ),
    ];
    for (input, refusal) in refused {
        assert_eq!(
            create(&client, input.clone()).await.refusal(),
            refusal,
            "{input}"
        );
    }
    let routing = json!({ "AdditionalVersionWeights": { "2": 0.25 } });
    let made = create(&client, routed("1", json!({ "2": 0.25 })))
        .await
        .ok()
        .value();
    assert_eq!(made["RoutingConfig"], routing);
    let kept = client
        .of("PUT", "triage/aliases/live", json!({ "Description": "d" }))
        .await
        .ok()
        .value();
    assert_eq!(kept["RoutingConfig"], routing);
    let empty = json!({ "RoutingConfig": { "AdditionalVersionWeights": {} } });
    let cleared = client
        .of("PUT", "triage/aliases/live", empty)
        .await
        .ok()
        .value();
    assert_eq!(cleared.get("RoutingConfig"), None);
}

#[tokio::test(start_paused = true)]
async fn a_version_that_an_alias_points_or_routes_to_is_not_deleted() {
    let client = with_versions().await;
    let input = json!({ "Name": "live", "FunctionVersion": "1", "RoutingConfig": { "AdditionalVersionWeights": { "2": 0.1 } } });
    create(&client, input).await.ok();
    let referenced =
        conflict("Unable to delete version because the following aliases reference it: [live]");
    for version in ["1", "2"] {
        let path = format!("triage?Qualifier={version}");
        assert_eq!(
            client.of("DELETE", &path, Value::Null).await.refusal(),
            referenced
        );
    }
    assert_eq!(
        client
            .of("DELETE", "triage:live", Value::Null)
            .await
            .refusal(),
        invalid("Deletion of aliases is not currently supported.")
    );
    let deleted = client
        .of("DELETE", "triage/aliases/live", Value::Null)
        .await;
    assert_eq!(deleted.status, 204);
    client
        .of("DELETE", "triage?Qualifier=1", Value::Null)
        .await
        .ok();
}

#[tokio::test(start_paused = true)]
async fn an_alias_needs_a_name_that_is_no_number_and_a_version_that_exists() {
    let client = with_versions().await;
    let refusal = create(&client, json!({ "Name": "12", "FunctionVersion": "1" }))
        .await
        .refusal();
    assert_eq!(
        refusal,
        violation(
            "Value '12' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)"
        )
    );
    assert_eq!(
        create(&client, json!({ "Name": "live", "FunctionVersion": "7" }))
            .await
            .refusal(),
        not_found(&format!("Function not found: {ARN}:7"))
    );
    create(
        &client,
        json!({ "Name": "live", "FunctionVersion": "$LATEST" }),
    )
    .await
    .ok();
    assert_eq!(
        create(&client, json!({ "Name": "live", "FunctionVersion": "1" }))
            .await
            .refusal(),
        conflict(&format!("Alias already exists: {ARN}:live"))
    );
    assert_eq!(
        client
            .of("GET", "triage/aliases/other", Value::Null)
            .await
            .refusal(),
        not_found(&format!("Cannot find alias arn: {ARN}:other"))
    );
}

#[tokio::test(start_paused = true)]
async fn aliases_are_listed_by_version() {
    let client = with_versions().await;
    for (name, version) in [("live", "1"), ("next", "2"), ("old", "1")] {
        create(&client, json!({ "Name": name, "FunctionVersion": version }))
            .await
            .ok();
    }
    let names = async |query: &str| {
        let reply = client
            .of("GET", &format!("triage/aliases{query}"), Value::Null)
            .await
            .ok()
            .value();
        let mut names: Vec<String> = reply["Aliases"]
            .as_array()
            .unwrap()
            .iter()
            .map(|alias| alias["Name"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("").await, ["live", "next", "old"]);
    assert_eq!(names("?FunctionVersion=1").await, ["live", "old"]);
}
