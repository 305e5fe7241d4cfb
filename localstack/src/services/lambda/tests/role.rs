//! The execution role.

use serde_json::json;
use tokio::time::advance;

use super::*;

const NOT_ASSUMABLE: &str = "The role defined for the function cannot be assumed by Lambda.";

#[tokio::test(start_paused = true)]
async fn a_new_role_cannot_be_assumed_until_it_has_spread() {
    let delays = Delays::real();
    let client = Client::new(&endpoint(delays));
    assert_eq!(
        client.create(least()).await.refusal(),
        invalid(NOT_ASSUMABLE)
    );
    client.make_role("exec", TRUST).await;
    assert_eq!(
        client.create(least()).await.refusal(),
        invalid(NOT_ASSUMABLE)
    );
    advance(delays.role_propagation).await;
    client.create(least()).await.ok();
}

#[tokio::test(start_paused = true)]
async fn a_role_must_trust_lambda_for_this_account() {
    let client = Client::with_function().await;
    for (name, trust) in [
        ("states", TRUST.replace("lambda.", "states.")),
        ("other", TRUST.replace("111122223333", "444455556666")),
    ] {
        client.make_role(name, &trust).await;
        let role = json!({ "Role": format!("arn:aws:iam::111122223333:role/{name}") });
        assert_eq!(
            client.configure(role).await.refusal(),
            invalid(NOT_ASSUMABLE),
            "{name}"
        );
    }
    let role = json!({ "Role": "arn:aws:iam::444455556666:role/exec" });
    assert_eq!(
        client.configure(role).await.refusal(),
        answer(
            403,
            "AccessDeniedException",
            "Cross-account pass role is not allowed."
        )
    );
}

#[tokio::test(start_paused = true)]
async fn a_role_must_cover_what_the_configuration_makes_lambda_do() {
    let client = Client::with_function().await;
    let vpc = json!({ "VpcConfig": { "SubnetIds": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"] } });
    let queue =
        json!({ "DeadLetterConfig": { "TargetArn": "arn:aws:sqs:eu-west-1:111122223333:failed" } });
    let tracing = json!({ "TracingConfig": { "Mode": "Active" } });
    for (settings, lacking) in [
        (&vpc, "CreateNetworkInterface on EC2"),
        (&queue, "SendMessage on SQS"),
        (&tracing, "PutTraceSegments on XRAY"),
    ] {
        assert_eq!(
            client.configure(settings.clone()).await.refusal(),
            invalid(&format!(
                "The provided execution role does not have permissions to call {lacking}"
            ))
        );
    }
    let policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole";
    let parameters = [("RoleName", "exec"), ("PolicyArn", policy)];
    client
        .query(Service::Iam, "AttachRolePolicy", &parameters)
        .await
        .ok();
    client.configure(vpc).await.ok();
}
