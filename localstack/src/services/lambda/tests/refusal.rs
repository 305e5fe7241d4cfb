//! Refusals of what the model or Lambda does not allow, and the shape of errors on the wire.

use serde_json::{Value, json};

use super::*;
use crate::{Fault, FaultKind};

#[tokio::test(start_paused = true)]
async fn every_violation_of_the_model_is_reported_at_once() {
    let client = Client::with_role(Delays::none()).await;
    let input =
        json!({ "Timeout": 0, "MemorySize": 40_000, "Role": "exec", "Architectures": ["mips"] });
    assert_eq!(
        client.create(with(least(), input)).await.refusal(),
        answer(
            400,
            "ValidationException",
            "4 validation errors detected: \
             Value 'exec' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+; \
             Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1; \
             Value '40000' at 'memorySize' failed to satisfy constraint: Member must have value less than or equal to 32768; \
             Value '[mips]' at 'architectures' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]"
        )
    );
    let mut without_role = least();
    without_role.as_object_mut().unwrap().remove("Role");
    assert_eq!(
        client.create(without_role).await.refusal(),
        violation("Value null at 'role' failed to satisfy constraint: Member must not be null")
    );
}

#[tokio::test(start_paused = true)]
async fn what_lambda_does_not_take_together_is_refused() {
    let client = Client::with_role(Delays::none()).await;
    let layer = |name: &str| format!("arn:aws:lambda:eu-west-1:444455556666:layer:{name}");
    let layers: Vec<String> = (0..6)
        .map(|number| layer(&format!("l{number}:1")))
        .collect();
    let refused = [
        (
            json!({ "Runtime": null }),
            "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
        ),
        (
            json!({ "Timeout": 1801 }),
            "'Timeout' value failed to satisfy constraint: Member must have value less than or equal to 1800",
        ),
        (
            json!({ "MemorySize": 10_241 }),
            "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 10240",
        ),
        (
            json!({ "Layers": layers }),
            "Cannot reference more than 5 layers.",
        ),
        (
            json!({ "Layers": ["arn:aws:lambda:us-east-1:444455556666:layer:a:1"] }),
            "Layers are not in the same region as the function. Layers are expected to be in region eu-west-1.",
        ),
        (
            json!({ "Layers": [layer("a:1"), layer("b:1"), layer("a:2")] }),
            "Two different versions of the same layer are not allowed to be referenced in the same function. \
             arn:aws:lambda:eu-west-1:444455556666:layer:a:1 and arn:aws:lambda:eu-west-1:444455556666:layer:a:2 are versions of the same layer.",
        ),
        (
            json!({ "VpcConfig": { "SubnetIds": ["subnet-0123456789abcdef0"] } }),
            "SubnetIds and SecurityIds must coexist or be both empty list.",
        ),
        (
            json!({ "SnapStart": { "ApplyOn": "PublishedVersions" }, "Runtime": "nodejs22.x" }),
            "nodejs22.x is not supported for SnapStart enabled functions.",
        ),
        (
            json!({ "Runtime": "python3.8" }),
            "The runtime parameter of python3.8 is no longer supported for creating or updating AWS Lambda functions. \
             We recommend you use the new runtime (python3.14) while creating or updating functions.",
        ),
    ];
    for (members, message) in refused {
        let refusal = client
            .create(with(least(), members.clone()))
            .await
            .refusal();
        assert_eq!(refusal, invalid(message), "{members}");
    }
    let unknown = client
        .create(with(least(), json!({ "Runtime": "cobol" })))
        .await
        .refusal();
    assert!(
        unknown.2.starts_with("Value cobol at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: ["),
        "{}",
        unknown.2
    );
    assert_eq!(
        client
            .endpoint
            .log()
            .count(Service::Lambda, "CreateFunction"),
        10
    );
    let listed = client
        .ask("GET", "/2015-03-31/functions", &Value::Null)
        .await
        .ok()
        .value();
    assert_eq!(listed, json!({ "Functions": [] }));
}

#[tokio::test(start_paused = true)]
async fn members_of_the_model_that_are_not_built_are_refused_by_name() {
    let client = Client::with_function().await;
    let not_built = |member: &str, operation: &str| {
        let message = format!("parameter `{member}` of `{operation}` is not built");
        answer(501, "NotImplemented", &message)
    };
    for member in [
        "CapacityProviderConfig",
        "CodeSigningConfigArn",
        "DurableConfig",
        "PublishTo",
        "TenancyConfig",
    ] {
        let refusal = client
            .create(with(least(), json!({ member: {} })))
            .await
            .refusal();
        assert_eq!(refusal, not_built(member, "CreateFunction"));
    }
    assert_eq!(
        client
            .update_code(json!({ "ZipFile": encoded("two"), "S3ObjectStorageMode": "REFERENCE" }))
            .await
            .refusal(),
        not_built("S3ObjectStorageMode", "UpdateFunctionCode")
    );
    assert_eq!(
        client
            .configure(json!({ "Environment": { "Secrets": {} } }))
            .await
            .refusal(),
        not_built("Secrets", "UpdateFunctionConfiguration")
    );
    assert_eq!(
        client
            .ask(
                "GET",
                "/2015-03-31/functions?MasterRegion=ALL",
                &Value::Null
            )
            .await
            .refusal(),
        not_built("MasterRegion", "ListFunctions")
    );
    assert_eq!(
        client.of("GET", "triage/policy", Value::Null).await.status,
        501
    );
}

#[tokio::test(start_paused = true)]
async fn errors_have_the_bodies_that_lambda_writes() {
    let client = Client::with_function().await;
    let body = async |reply: Reply| {
        assert_eq!(reply.header("content-type"), Some("application/json"));
        assert!(reply.header("x-amzn-requestid").is_some());
        (
            reply.header("x-amzn-errortype").unwrap().to_owned(),
            reply.value(),
        )
    };
    let (code, missing) = body(client.of("GET", "other", Value::Null).await).await;
    let arn = "arn:aws:lambda:eu-west-1:111122223333:function:other";
    assert_eq!(
        (code.as_str(), missing),
        (
            "ResourceNotFoundException",
            json!({ "Type": "User", "Message": format!("Function not found: {arn}") })
        )
    );
    let (code, exists) = body(client.create(least()).await).await;
    assert_eq!(
        (code.as_str(), exists),
        (
            "ResourceConflictException",
            json!({ "Type": "User", "message": "Function already exist: triage" })
        )
    );
    let (code, wrong) = body(client.configure(json!({ "Timeout": 0 })).await).await;
    let message = "1 validation error detected: Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1";
    assert_eq!(
        (code.as_str(), wrong),
        ("ValidationException", json!({ "message": message }))
    );
    client.endpoint.order_fault(Fault::new(FaultKind::Throttle));
    let (code, throttled) = body(client.of("GET", "triage", Value::Null).await).await;
    assert_eq!(
        (code.as_str(), throttled),
        (
            "TooManyRequestsException",
            json!({ "Type": "User", "message": "Rate exceeded" })
        )
    );
}
