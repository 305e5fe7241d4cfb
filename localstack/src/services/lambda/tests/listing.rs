//! Listings: their items, the order and the pages.

use serde_json::{Value, json};

use super::*;

const LEFT_OUT: [&str; 7] = [
    "State",
    "StateReason",
    "StateReasonCode",
    "LastUpdateStatus",
    "LastUpdateStatusReason",
    "LastUpdateStatusReasonCode",
    "RuntimeVersionConfig",
];

fn texts(list: &Value, member: &str) -> Vec<String> {
    let items = list.as_array().unwrap().iter();
    items
        .map(|item| item[member].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_list_leaves_states_and_runtime_versions_out() {
    let client = Client::with_function().await;
    let mut whole = client.configuration(None).await;
    for member in LEFT_OUT {
        whole.as_object_mut().unwrap().remove(member);
    }
    let listed = client
        .ask("GET", "/2015-03-31/functions/", &Value::Null)
        .await
        .ok()
        .value();
    assert_eq!(listed, json!({ "Functions": [whole] }));
}

#[tokio::test(start_paused = true)]
async fn versions_come_with_latest_first_then_by_number() {
    let client = Client::with_function().await;
    for number in 1..=11 {
        client.configure(json!({ "Timeout": number })).await.ok();
        client.publish(json!({})).await.ok();
    }
    let listed = client
        .of("GET", "triage/versions", Value::Null)
        .await
        .ok()
        .value();
    assert_eq!(
        texts(&listed["Versions"], "Version"),
        [
            "$LATEST", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"
        ]
    );
    assert_eq!(
        listed["Versions"][0]["FunctionArn"],
        format!("{ARN}:$LATEST")
    );
    let all = client
        .ask(
            "GET",
            "/2015-03-31/functions?FunctionVersion=ALL",
            &Value::Null,
        )
        .await
        .ok()
        .value();
    assert_eq!(all["Functions"], listed["Versions"]);
}

#[tokio::test(start_paused = true)]
async fn a_page_has_at_most_fifty_even_if_more_are_requested() {
    let client = Client::with_role(Delays::none()).await;
    let names: Vec<String> = (0..53).map(|number| format!("f{number:02}")).collect();
    for name in &names {
        client
            .create(with(least(), json!({ "FunctionName": name })))
            .await
            .ok();
    }
    let first = client
        .ask("GET", "/2015-03-31/functions?MaxItems=10000", &Value::Null)
        .await
        .ok()
        .value();
    let marker = first["NextMarker"].as_str().unwrap();
    let next = format!("/2015-03-31/functions?Marker={marker}");
    let second = client.ask("GET", &next, &Value::Null).await.ok().value();
    let mut listed = texts(&first["Functions"], "FunctionName");
    assert_eq!((listed.len(), second.get("NextMarker")), (50, None));
    listed.extend(texts(&second["Functions"], "FunctionName"));
    // AWS promises no order.
    assert_ne!(listed, names);
    listed.sort();
    assert_eq!(listed, names);
    assert_eq!(
        client
            .ask("GET", "/2015-03-31/functions?Marker=mine", &Value::Null)
            .await
            .refusal()
            .1,
        "InvalidParameterValueException"
    );
    assert_eq!(
        client
            .ask("GET", "/2015-03-31/functions?MaxItems=0", &Value::Null)
            .await
            .refusal(),
        violation(
            "Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1"
        )
    );
}
