//! Read-back, states and revisions over the life of a function.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::advance;

use super::*;
use crate::testing::START;
use crate::{Config, Endpoint, Failure, Fault, FaultKind};

const CREATING: &str = "The function is being created.";

/// A function with everything at its default, as `GetFunctionConfiguration` returns it at rest.
fn at_rest(revision: &Value, runtime_version: &Value) -> Value {
    json!({
        "Architectures": ["x86_64"],
        "CodeSha256": sha256("one"),
        "CodeSize": package("one").len(),
        "Description": "",
        "EphemeralStorage": { "Size": 512 },
        "FunctionArn": ARN,
        "FunctionName": "triage",
        "Handler": "main.handler",
        "LastModified": "2026-01-02T03:04:05.000+0000",
        "LastUpdateStatus": "Successful",
        "LoggingConfig": { "LogFormat": "Text", "LogGroup": "/aws/lambda/triage" },
        "MemorySize": 128,
        "PackageType": "Zip",
        "RevisionId": revision,
        "Role": ROLE,
        "Runtime": "python3.13",
        "RuntimeVersionConfig": runtime_version,
        "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" },
        "State": "Active",
        "Timeout": 3,
        "TracingConfig": { "Mode": "PassThrough" },
        "Version": "$LATEST",
    })
}

#[tokio::test(start_paused = true)]
async fn a_function_comes_back_with_every_default_filled_in() {
    let client = Client::with_function().await;
    let reply = client.of("GET", "triage", Value::Null).await.ok().value();
    let configuration = &reply["Configuration"];
    let runtime_version = &configuration["RuntimeVersionConfig"];
    let arn = runtime_version["RuntimeVersionArn"].as_str().unwrap();
    assert!(
        arn.starts_with("arn:aws:lambda:eu-west-1::runtime:"),
        "{arn}"
    );
    assert_eq!(
        *configuration,
        at_rest(&configuration["RevisionId"], runtime_version)
    );
    assert_eq!(reply["Code"]["RepositoryType"], "S3");
    let location = reply["Code"]["Location"].as_str().unwrap();
    assert!(
        location.starts_with("https://awslambda-eu-west-1-tasks.s3.eu-west-1.amazonaws.com/snapshots/111122223333/triage-"),
        "{location}"
    );
    assert_eq!(reply.get("Tags"), None);
    assert_eq!(client.configuration(None).await, *configuration);
}

#[tokio::test(start_paused = true)]
async fn every_setting_comes_back_as_it_was_sent() {
    let client = Client::with_role(Delays::none()).await;
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["ec2:*", "xray:PutTraceSegments", "sqs:SendMessage"], "Resource": "*"}]}"#;
    let parameters = [
        ("RoleName", "exec"),
        ("PolicyName", "p"),
        ("PolicyDocument", policy),
    ];
    client
        .query(Service::Iam, "PutRolePolicy", &parameters)
        .await
        .ok();
    for layer in ["a", "b"] {
        client.publish_layer(layer, layer).await.ok();
    }
    let settings = json!({
        "Architectures": ["arm64"],
        "DeadLetterConfig": { "TargetArn": "arn:aws:sqs:eu-west-1:111122223333:failed" },
        "Description": "Reads invoices",
        "Environment": { "Variables": { "STAGE": "prod" } },
        "EphemeralStorage": { "Size": 512 },
        "FileSystemConfigs": [{
            "Arn": "arn:aws:elasticfilesystem:eu-west-1:111122223333:access-point/fsap-0123456789abcdef0",
            "LocalMountPath": "/mnt/shared",
        }],
        "MemorySize": 10_240,
        "Timeout": 1800,
        "TracingConfig": { "Mode": "Active" },
    });
    let input = with(
        with(least(), settings.clone()),
        json!({
            "Layers": ["arn:aws:lambda:eu-west-1:111122223333:layer:b:1", "arn:aws:lambda:eu-west-1:111122223333:layer:a:1"],
            "LoggingConfig": { "LogFormat": "JSON", "SystemLogLevel": "WARN", "LogGroup": "/agents/triage" },
            "VpcConfig": { "SubnetIds": ["subnet-0123456789abcdef1", "subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"], "Ipv6AllowedForDualStack": true },
        }),
    );
    client.create(input).await.ok();
    let read = client.configuration(None).await;
    let members: Vec<&str> = settings
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(pick(&read, &members), settings);
    assert_eq!(
        read["LoggingConfig"],
        json!({ "LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "WARN", "LogGroup": "/agents/triage" })
    );
    let arns: Vec<_> = read["Layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|layer| &layer["Arn"])
        .collect();
    assert_eq!(
        arns,
        [
            "arn:aws:lambda:eu-west-1:111122223333:layer:b:1",
            "arn:aws:lambda:eu-west-1:111122223333:layer:a:1"
        ]
    );
    let vpc = &read["VpcConfig"];
    assert_eq!(
        pick(
            vpc,
            &["SubnetIds", "SecurityGroupIds", "Ipv6AllowedForDualStack"]
        ),
        json!({ "SubnetIds": ["subnet-0123456789abcdef1", "subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"], "Ipv6AllowedForDualStack": true })
    );
    assert!(vpc["VpcId"].as_str().unwrap().starts_with("vpc-"));
}

#[tokio::test(start_paused = true)]
async fn a_new_function_is_pending_until_its_time_is_over() {
    let delays = Delays::real();
    let client = Client::with_role(delays).await;
    let made = client.create(least()).await;
    assert_eq!(made.status, 201);
    let pending =
        json!({ "State": "Pending", "StateReason": CREATING, "StateReasonCode": "Creating" });
    let states = ["State", "StateReason", "StateReasonCode"];
    assert_eq!(pick(&made.value(), &states), pending);
    let instant = Duration::from_millis(1);
    advance(delays.lambda_pending.saturating_sub(instant)).await;
    let before = client.configuration(None).await;
    assert_eq!(pick(&before, &states), pending);
    assert_eq!(before.get("LastUpdateStatus"), None);
    assert_eq!(before["RevisionId"], made.value()["RevisionId"]);
    for refused in [
        client.configure(json!({ "Timeout": 5 })).await,
        client
            .update_code(json!({ "ZipFile": encoded("two") }))
            .await,
        client.publish(json!({})).await,
    ] {
        assert_eq!(
            refused.refusal(),
            conflict(
                "The operation cannot be performed at this time. The function is currently in the following state: Pending"
            )
        );
    }
    advance(instant).await;
    let after = client.configuration(None).await;
    assert_eq!(
        pick(&after, &["State", "LastUpdateStatus"]),
        json!({ "State": "Active", "LastUpdateStatus": "Successful" })
    );
    assert_eq!(
        (after.get("StateReason"), after.get("StateReasonCode")),
        (None, None)
    );
    assert_ne!(after["RevisionId"], before["RevisionId"]);
}

#[tokio::test(start_paused = true)]
async fn an_update_is_in_progress_until_its_time_is_over() {
    let delays = Delays::real();
    let client = Client::with_role(delays).await;
    client.create(least()).await.ok();
    advance(delays.lambda_pending).await;
    let revision = client.configuration(None).await["RevisionId"].clone();
    let updated = client
        .configure(json!({ "Timeout": 5, "RevisionId": revision }))
        .await
        .ok()
        .value();
    let progress = json!({
        "State": "Active",
        "Timeout": 5,
        "LastUpdateStatus": "InProgress",
        "LastUpdateStatusReason": CREATING,
        "LastUpdateStatusReasonCode": "Creating",
    });
    let members: Vec<&str> = progress
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(pick(&updated, &members), progress);
    assert_eq!(client.configuration(None).await, updated);
    for refused in [
        client.configure(json!({ "Timeout": 6 })).await,
        client
            .update_code(json!({ "ZipFile": encoded("two") }))
            .await,
        client.publish(json!({})).await,
    ] {
        assert_eq!(
            refused.refusal(),
            conflict(&format!(
                "The operation cannot be performed at this time. An update is in progress for resource: {ARN}"
            ))
        );
    }
    advance(delays.lambda_update).await;
    let after = client.configuration(None).await;
    assert_eq!(after["LastUpdateStatus"], "Successful");
    assert_eq!(after.get("LastUpdateStatusReason"), None);
    // The end of the update is a revision of its own: that of the update's answer is stale.
    let stale = client
        .configure(json!({ "RevisionId": updated["RevisionId"] }))
        .await;
    assert_eq!(
        stale.refusal(),
        answer(
            412,
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id"
        )
    );
    client
        .configure(json!({ "RevisionId": after["RevisionId"] }))
        .await
        .ok();
}

#[tokio::test(start_paused = true)]
async fn an_update_keeps_what_it_does_not_name_and_empty_forms_clear() {
    let client = Client::with_role(Delays::none()).await;
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
    let parameters = [
        ("RoleName", "exec"),
        ("PolicyName", "p"),
        ("PolicyDocument", policy),
    ];
    client
        .query(Service::Iam, "PutRolePolicy", &parameters)
        .await
        .ok();
    client.publish_layer("a", "a").await.ok();
    let settings = json!({
        "DeadLetterConfig": { "TargetArn": "arn:aws:sns:eu-west-1:111122223333:failed" },
        "Environment": { "Variables": { "STAGE": "prod" } },
        "Layers": ["arn:aws:lambda:eu-west-1:111122223333:layer:a:1"],
        "LoggingConfig": { "LogFormat": "JSON", "ApplicationLogLevel": "DEBUG" },
        "VpcConfig": { "SubnetIds": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"] },
    });
    client.create(with(least(), settings)).await.ok();
    let before = client.configuration(None).await;
    client.configure(json!({ "Description": "new" })).await.ok();
    let after = client.configuration(None).await;
    let changed = json!({ "Description": "new", "RevisionId": after["RevisionId"] });
    assert_eq!(after, with(before.clone(), changed));
    assert_ne!(after["RevisionId"], before["RevisionId"]);
    let cleared = json!({
        "DeadLetterConfig": { "TargetArn": "" },
        "Environment": { "Variables": {} },
        "KMSKeyArn": "",
        "Layers": [],
        "LoggingConfig": { "LogFormat": "Text" },
        "VpcConfig": { "SubnetIds": [], "SecurityGroupIds": [] },
    });
    client.configure(cleared).await.ok();
    let after = client.configuration(None).await;
    assert_eq!(
        (after.get("DeadLetterConfig"), after.get("Layers")),
        (None, None)
    );
    assert_eq!(
        pick(&after, &["Environment", "LoggingConfig", "VpcConfig"]),
        json!({
            "Environment": { "Variables": {} },
            "LoggingConfig": { "LogFormat": "Text", "LogGroup": "/aws/lambda/triage" },
            "VpcConfig": { "SubnetIds": [], "SecurityGroupIds": [], "VpcId": "", "Ipv6AllowedForDualStack": false },
        })
    );
}

fn failing(operation: &str) -> Fault {
    let failure = Failure {
        code: "SubnetOutOfIPAddresses".to_owned(),
        reason: "The subnet has no addresses left.".to_owned(),
    };
    Fault::new(FaultKind::FailLater(failure)).on(Service::Lambda, operation)
}

#[tokio::test(start_paused = true)]
async fn a_creation_that_fails_later_leaves_a_function_that_cannot_be_changed() {
    let delays = Delays::real();
    let client = Client::with_role(delays).await;
    client
        .endpoint
        .order_fault(failing("CreateFunction").nth(1));
    assert_eq!(
        client.create(least()).await.ok().value()["State"],
        "Pending"
    );
    advance(delays.lambda_pending).await;
    assert_eq!(
        pick(
            &client.configuration(None).await,
            &[
                "State",
                "StateReasonCode",
                "StateReason",
                "LastUpdateStatus"
            ]
        ),
        json!({
            "State": "Failed",
            "StateReasonCode": "SubnetOutOfIPAddresses",
            "StateReason": "The subnet has no addresses left.",
            "LastUpdateStatus": "Failed",
        })
    );
    assert_eq!(
        client.configure(json!({})).await.refusal(),
        conflict(
            "The operation cannot be performed at this time. The function is currently in the following state: Failed"
        )
    );
    client.of("DELETE", "triage", Value::Null).await.ok();
    client.create(least()).await.ok();
}

#[tokio::test(start_paused = true)]
async fn an_update_that_fails_later_leaves_an_active_function_that_can_be_updated_again() {
    let delays = Delays::real();
    let client = Client::with_role(delays).await;
    client.create(least()).await.ok();
    advance(delays.lambda_pending).await;
    client
        .endpoint
        .order_fault(failing("UpdateFunctionCode").nth(1));
    let code = json!({ "ZipFile": encoded("two") });
    client.update_code(code.clone()).await.ok();
    advance(delays.lambda_update).await;
    assert_eq!(
        pick(
            &client.configuration(None).await,
            &[
                "State",
                "LastUpdateStatus",
                "LastUpdateStatusReasonCode",
                "LastUpdateStatusReason"
            ]
        ),
        json!({
            "State": "Active",
            "LastUpdateStatus": "Failed",
            "LastUpdateStatusReasonCode": "SubnetOutOfIPAddresses",
            "LastUpdateStatusReason": "The subnet has no addresses left.",
        })
    );
    client.update_code(code).await.ok();
    advance(delays.lambda_update).await;
    assert_eq!(
        client.configuration(None).await["LastUpdateStatus"],
        "Successful"
    );
}

#[tokio::test(start_paused = true)]
async fn a_deleted_function_leaves_nothing() {
    let client = Client::with_role(Delays::none()).await;
    let before = client.endpoint.dump().unwrap();
    client
        .create(with(
            least(),
            json!({ "Tags": { "a": "1" }, "Publish": true }),
        ))
        .await
        .ok();
    let alias = json!({ "Name": "live", "FunctionVersion": "1" });
    client.of("POST", "triage/aliases", alias).await.ok();
    let dump = client.endpoint.dump().unwrap();
    let function = &dump[ACCOUNT]["eu-west-1"]["lambda"]["functions"]["triage"];
    assert_eq!(function["aliases"]["live"]["version"], "1");
    let deleted = client.of("DELETE", "triage", Value::Null).await;
    assert_eq!((deleted.status.as_u16(), deleted.text()), (204, ""));
    assert_eq!(
        client.of("GET", "triage", Value::Null).await.refusal(),
        not_found(&format!("Function not found: {ARN}"))
    );
    assert_eq!(client.endpoint.dump().unwrap(), before);
    assert_eq!(
        client.of("DELETE", "triage", Value::Null).await.refusal(),
        not_found(&format!("Function not found: {ARN}"))
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_pending_goes_on_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let delays = Delays::real();
    let config = Config::in_folder(folder.path(), delays).start(START.parse().unwrap());
    let client = Client::new(&Endpoint::new(config.clone()).unwrap());
    client.make_role("exec", TRUST).await;
    advance(delays.role_propagation).await;
    client.create(least()).await.ok();
    let kept = client.endpoint.dump().unwrap();
    let made = client.endpoint.clock().now();
    let again = Client::new(&Endpoint::new(config.start(made)).unwrap());
    assert_eq!(again.endpoint.dump().unwrap(), kept);
    assert_eq!(again.configuration(None).await["State"], "Pending");
    advance(delays.lambda_pending).await;
    assert_eq!(again.configuration(None).await["State"], "Active");
}
