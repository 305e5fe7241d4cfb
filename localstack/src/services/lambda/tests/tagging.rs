//! Tags.

use serde_json::{Value, json};

use super::*;

#[tokio::test(start_paused = true)]
async fn tags_are_added_replaced_removed_and_shown_for_the_function_only() {
    let client = Client::with_role(Delays::none()).await;
    client
        .create(with(
            least(),
            json!({ "Tags": { "A": "1", "B": "2" }, "Publish": true }),
        ))
        .await
        .ok();
    let added = client
        .tags("POST", ARN, "", json!({ "Tags": { "B": "3", "C": "4" } }))
        .await;
    assert_eq!((added.status.as_u16(), added.text()), (204, ""));
    let removed = client
        .tags("DELETE", ARN, "?tagKeys=A&tagKeys=C&tagKeys=Z", Value::Null)
        .await;
    assert_eq!(removed.status, 204);
    let listed = client.tags("GET", ARN, "", Value::Null).await.ok();
    assert_eq!(listed.value(), json!({ "Tags": { "B": "3" } }));
    let function = client.of("GET", "triage", Value::Null).await.ok().value();
    assert_eq!(function["Tags"], json!({ "B": "3" }));
    let version = client
        .of("GET", "triage?Qualifier=1", Value::Null)
        .await
        .ok()
        .value();
    assert_eq!(version.get("Tags"), None);
}

#[tokio::test(start_paused = true)]
async fn tags_obey_their_limits() {
    let client = Client::with_function().await;
    let fifty: serde_json::Map<String, Value> = (0..50)
        .map(|number| (format!("k{number}"), json!("")))
        .collect();
    client
        .tags("POST", ARN, "", json!({ "Tags": fifty }))
        .await
        .ok();
    let refusal = async |tags: Value| {
        client
            .tags("POST", ARN, "", json!({ "Tags": tags }))
            .await
            .refusal()
    };
    assert_eq!(
        refusal(json!({ "more": "" })).await,
        invalid("Number of tags exceeds resource tag limit.")
    );
    assert_eq!(
        refusal(json!({})).await,
        invalid("An error occurred and the request cannot be processed.")
    );
    assert_eq!(
        refusal(json!({ "aws:x": "" })).await.1,
        "InvalidParameterValueException"
    );
    assert_eq!(
        refusal(json!({ "a!": "b" })).await,
        violation(
            "Value '{a!=b}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: \
             [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, \
             Member must satisfy regular expression pattern: ([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*), Member must not be null]"
        )
    );
    assert_eq!(
        client.tags("DELETE", ARN, "", Value::Null).await.refusal(),
        violation("Value null at 'tagKeys' failed to satisfy constraint: Member must not be null")
    );
}

#[tokio::test(start_paused = true)]
async fn only_functions_have_tags() {
    let client = Client::with_function().await;
    client.publish(json!({})).await.ok();
    assert_eq!(
        client
            .tags("GET", &format!("{ARN}:1"), "", Value::Null)
            .await
            .refusal(),
        invalid(
            "Tags on function aliases and versions are not supported. \
             Please specify either a function name or an unqualified function ARN."
        )
    );
    let other = ARN.replace("triage", "other");
    assert_eq!(
        client.tags("GET", &other, "", Value::Null).await.refusal(),
        not_found(&format!("Function not found: {other}"))
    );
    assert_eq!(
        client
            .tags("GET", "triage", "", Value::Null)
            .await
            .refusal()
            .1,
        "ValidationException"
    );
}
