//! Names, ARNs and qualifiers in requests.

use serde_json::{Value, json};

use super::*;

fn path(name: &str) -> String {
    utf8_percent_encode(name, NON_ALPHANUMERIC).to_string()
}

#[tokio::test(start_paused = true)]
async fn a_function_is_found_by_name_partial_arn_and_arn() {
    let client = Client::with_function().await;
    let plain = client.configuration(None).await;
    for name in [
        "triage",
        "111122223333:function:triage",
        "function:triage",
        ARN,
    ] {
        let read = client
            .of("GET", &format!("{}/configuration", path(name)), Value::Null)
            .await
            .ok();
        assert_eq!(read.value(), plain, "{name}");
    }
    let latest = with(plain, json!({ "FunctionArn": format!("{ARN}:$LATEST") }));
    for name in ["triage:$LATEST".to_owned(), format!("{ARN}:$LATEST")] {
        let read = client
            .of(
                "GET",
                &format!("{}/configuration", path(&name)),
                Value::Null,
            )
            .await
            .ok();
        assert_eq!(read.value(), latest, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_elsewhere_or_contradictory_is_refused() {
    let client = Client::with_function().await;
    let refusal = async |name: &str, query: &str| {
        client
            .of("GET", &format!("{}{query}", path(name)), Value::Null)
            .await
            .refusal()
    };
    assert_eq!(
        refusal(&ARN.replace("eu-west-1", "us-east-1"), "").await,
        not_found("Functions from 'us-east-1' are not reachable in this region ('eu-west-1')")
    );
    assert_eq!(
        refusal(&ARN.replace("111122223333", "444455556666"), "").await,
        answer(
            403,
            "AccessDeniedException",
            "User: arn:aws:iam::111122223333:user/developer is not authorized to perform: lambda:GetFunction on resource: \
             arn:aws:lambda:eu-west-1:444455556666:function:triage because no resource-based policy allows the lambda:GetFunction action"
        )
    );
    assert_eq!(
        refusal("triage:1", "?Qualifier=2").await,
        invalid(
            "The derived qualifier from the function name does not match the specified qualifier."
        )
    );
    assert_eq!(
        refusal("triage", "?Qualifier=7").await,
        not_found(&format!("Function not found: {ARN}:7"))
    );
    assert_eq!(
        refusal("other:live", "").await,
        not_found("Function not found: arn:aws:lambda:eu-west-1:111122223333:function:other:live")
    );
    assert_eq!(refusal("a b", "").await.1, "ValidationException");
    assert_eq!(
        refusal(&"n".repeat(65), "").await,
        invalid(&format!(
            "1 validation error detected: Value '{}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64",
            "n".repeat(65)
        ))
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_for_whole_functions_takes_no_qualifier() {
    let client = Client::with_function().await;
    let message = "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. \
                   Please specify either a function name or an unqualified function ARN.";
    for (method, path) in [
        ("PUT", "triage:1/configuration"),
        ("PUT", "triage:1/code"),
        ("POST", "triage:1/versions"),
    ] {
        assert_eq!(
            client.of(method, path, json!({})).await.refusal(),
            invalid(message),
            "{path}"
        );
    }
    let refused = client
        .create(with(least(), json!({ "FunctionName": "other:1" })))
        .await
        .refusal();
    assert_eq!(refused.1, "ValidationException");
}

#[tokio::test(start_paused = true)]
async fn a_function_is_made_under_the_name_in_an_arn() {
    let client = Client::with_role(Delays::none()).await;
    let made = client
        .create(with(least(), json!({ "FunctionName": ARN })))
        .await
        .ok()
        .value();
    assert_eq!(
        pick(&made, &["FunctionName", "FunctionArn"]),
        json!({ "FunctionName": "triage", "FunctionArn": ARN })
    );
    assert_eq!(
        client.create(least()).await.refusal(),
        conflict("Function already exist: triage")
    );
}
