//! Layers, and the network a function refers to.

use serde_json::{Value, json};

use super::*;
use crate::{Behaviour, Config, Endpoint, Republish};

const LAYER: &str = "arn:aws:lambda:eu-west-1:111122223333:layer:tools";

impl Client {
    pub(super) async fn publish_layer(&self, name: &str, source: &str) -> Reply {
        let path = format!("/2018-10-31/layers/{name}/versions");
        let input = json!({
            "Content": { "ZipFile": encoded(source) },
            "CompatibleRuntimes": ["python3.13"],
            "CompatibleArchitectures": ["arm64"],
        });
        self.ask("POST", &path, &input).await
    }

    async fn layer(&self, method: &str, version: &str) -> Reply {
        let path = format!("/2018-10-31/layers/tools/versions/{version}");
        self.ask(method, &path, &Value::Null).await
    }
}

fn missing() -> (u16, String, String) {
    not_found("The resource you requested does not exist.")
}

#[tokio::test(start_paused = true)]
async fn a_published_layer_is_read_by_name_and_by_arn() {
    let client = Client::with_role(Delays::none()).await;
    let published = client.publish_layer("tools", "one").await;
    assert_eq!(published.status, 201);
    let published = published.value();
    assert_eq!(
        pick(
            &published,
            &[
                "LayerArn",
                "LayerVersionArn",
                "Version",
                "Description",
                "CompatibleRuntimes",
                "CompatibleArchitectures"
            ]
        ),
        json!({
            "LayerArn": LAYER, "LayerVersionArn": format!("{LAYER}:1"), "Version": 1, "Description": "",
            "CompatibleRuntimes": ["python3.13"], "CompatibleArchitectures": ["arm64"],
        })
    );
    assert_eq!(published["Content"]["CodeSha256"], json!(sha256("one")));
    let read = client.layer("GET", "1").await.ok().value();
    assert_eq!(read, published);
    let arn = utf8_percent_encode(&format!("{LAYER}:1"), NON_ALPHANUMERIC).to_string();
    let path = format!("/2018-10-31/layers?find=LayerVersion&Arn={arn}");
    let by_arn = client.ask("GET", &path, &Value::Null).await.ok().value();
    assert_eq!(by_arn, published);
    assert_eq!(client.layer("GET", "2").await.refusal(), missing());
    assert_eq!(
        client.layer("GET", "0").await.refusal(),
        invalid("Layer Version Cannot be less than 1.")
    );
}

#[tokio::test(start_paused = true)]
async fn the_number_of_a_deleted_layer_version_is_not_given_out_again() {
    let client = Client::with_role(Delays::none()).await;
    client.publish_layer("tools", "one").await.ok();
    let using = with(least(), json!({ "Layers": [format!("{LAYER}:1")] }));
    client.create(using).await.ok();
    let before = client.configuration(None).await["Layers"].clone();
    assert_eq!(client.layer("DELETE", "1").await.status, 204);
    assert_eq!(client.layer("DELETE", "1").await.status, 204);
    assert_eq!(client.layer("GET", "1").await.refusal(), missing());
    let again = client.publish_layer("tools", "one").await.ok().value();
    assert_eq!(again["Version"], 2);
    assert_eq!(client.configuration(None).await["Layers"], before);
}

#[tokio::test(start_paused = true)]
async fn a_layer_that_is_missing_or_not_shared_is_refused() {
    let client = Client::with_function().await;
    let missing = invalid(&format!("Layer version {LAYER}:1 does not exist."));
    let own = json!({ "Layers": [format!("{LAYER}:1")] });
    assert_eq!(client.configure(own.clone()).await.refusal(), missing);
    let other = with(
        with(least(), json!({ "FunctionName": "other" })),
        own.clone(),
    );
    assert_eq!(client.create(other).await.refusal(), missing);
    client.publish_layer("tools", "one").await.ok();
    client.configure(own).await.ok();
    let foreign = "arn:aws:lambda:eu-west-1:444455556666:layer:a:1";
    assert_eq!(
        client
            .configure(json!({ "Layers": [foreign] }))
            .await
            .refusal(),
        answer(
            403,
            "AccessDeniedException",
            &format!(
                "User: arn:aws:iam::111122223333:user/developer is not authorized to perform: lambda:GetLayerVersion \
                 on resource: {foreign} because no resource-based policy allows the lambda:GetLayerVersion action"
            )
        )
    );
    let shared =
        "arn:aws:lambda:eu-west-1:615299751070:layer:AWSOpenTelemetryDistroPython:25".to_owned();
    client.configure(json!({ "Layers": [shared] })).await.ok();
}

#[tokio::test(start_paused = true)]
async fn subnets_and_groups_that_the_account_does_not_have_are_refused() {
    let client = Client::with_function().await;
    let network = |subnet: &str, group: &str| json!({ "VpcConfig": { "SubnetIds": [subnet], "SecurityGroupIds": [group] } });
    let (subnet, group) = ("subnet-0123456789abcdef0", "sg-0123456789abcdef0");
    for (subnet, group, message) in [
        (
            "subnet-00000000",
            group,
            "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. \
             EC2 Error Message: The subnet ID 'subnet-00000000' does not exist",
        ),
        (
            subnet,
            "sg-00000000",
            "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. \
             EC2 Error Message: The security group 'sg-00000000' does not exist",
        ),
    ] {
        let asked = network(subnet, group);
        assert_eq!(
            client.configure(asked.clone()).await.refusal(),
            invalid(message)
        );
        let other = with(with(least(), json!({ "FunctionName": "other" })), asked);
        assert_eq!(client.create(other).await.refusal(), invalid(message));
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_without_code_signing_is_answered_and_a_missing_one_is_not() {
    let client = Client::with_function().await;
    let read = |name: &str| format!("/2020-06-30/functions/{name}/code-signing-config");
    let found = client.ask("GET", &read("triage"), &Value::Null).await;
    assert_eq!((found.status.as_u16(), found.value()), (200, json!({})));
    assert_eq!(
        client
            .ask("GET", &read("nobody"), &Value::Null)
            .await
            .refusal(),
        not_found("Function not found: arn:aws:lambda:eu-west-1:111122223333:function:nobody")
    );
}

#[tokio::test(start_paused = true)]
async fn a_version_number_is_not_given_out_again_by_a_function_of_the_same_name() {
    let client = Client::with_function().await;
    client.publish(json!({})).await.ok();
    let with_function = client.endpoint.dump().unwrap();
    client.of("DELETE", "triage", Value::Null).await.ok();
    assert!(client.endpoint.dump().unwrap()[ACCOUNT]["eu-west-1"].is_null());
    client.create(least()).await.ok();
    let next = client.publish(json!({})).await.ok().value();
    assert_eq!(next["Version"], "2");
    assert_ne!(client.endpoint.dump().unwrap(), with_function);
    let elsewhere = client.in_region("us-east-1");
    elsewhere
        .create(with(least(), json!({ "Publish": true })))
        .await
        .ok();
    assert_eq!(elsewhere.configuration(Some("1")).await["Version"], "1");
}

#[tokio::test(start_paused = true)]
async fn an_update_without_a_change_makes_a_version_only_if_the_behaviour_says_so() {
    for (republish, expected) in [(Republish::WhenChanged, "1"), (Republish::AfterUpdate, "2")] {
        let behaviour = Behaviour {
            republish,
            ..Behaviour::default()
        };
        let config = Config::in_memory(Delays::none()).behaviour(behaviour);
        let client = Client::new(&Endpoint::new(config).unwrap());
        client.make_role("exec", TRUST).await;
        client.create(least()).await.ok();
        client.publish(json!({})).await.ok();
        let same = client.publish(json!({})).await.ok().value();
        assert_eq!(same["Version"], "1");
        client.configure(json!({ "Description": "" })).await.ok();
        let after = client.publish(json!({})).await.ok().value();
        assert_eq!(after["Version"], expected, "{republish:?}");
        let settled = client.publish(json!({})).await.ok().value();
        assert_eq!(settled["Version"], expected, "{republish:?}");
    }
}
