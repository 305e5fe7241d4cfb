//! The role, the image and the code.

use super::*;

const IMAGE: &str = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/agents/triage:1";

fn not_assumable(role: &str) -> (u16, String, String) {
    invalid(&format!(
        "Role validation failed for '{role}'. Please verify that the role exists and its trust policy allows assumption by this service"
    ))
}

#[tokio::test(start_paused = true)]
async fn a_role_must_have_spread_and_trust_the_service_for_this_account_and_region() {
    let delays = Delays::real();
    let agents = Agents::new(delays).await;
    let role = |name: &str| format!("arn:aws:iam::111122223333:role/agents/{name}");
    let create = async |name: &str| {
        let members = json!({ "roleArn": role(name) });
        agents.create(with(least(), members)).await
    };
    assert_eq!(
        create("nobody").await.refusal(),
        not_assumable(&role("nobody"))
    );
    for (name, trust) in [
        (
            "lambda",
            TRUST.replace("bedrock-agentcore.amazonaws", "lambda.amazonaws"),
        ),
        (
            "account",
            TRUST.replace("\"111122223333\"", "\"444455556666\""),
        ),
        ("region", TRUST.replace(":eu-west-1:", ":us-east-1:")),
        ("fresh", TRUST.to_owned()),
    ] {
        agents.make_role(name, &trust).await;
    }
    assert_eq!(
        create("fresh").await.refusal(),
        not_assumable(&role("fresh"))
    );
    advance(delays.role_propagation).await;
    for name in ["lambda", "account", "region"] {
        assert_eq!(create(name).await.refusal(), not_assumable(&role(name)));
    }
    create("fresh").await.ok();
}

#[tokio::test(start_paused = true)]
async fn an_update_tries_the_role_again() {
    let agents = Agents::new(Delays::none()).await;
    let id = agents.made().await;
    let other = "arn:aws:iam::111122223333:role/other";
    let input = with(least_configuration(), json!({ "roleArn": other }));
    assert_eq!(
        agents.update(&id, input).await.refusal(),
        not_assumable(other)
    );
    assert_eq!(agents.get(&id).await["agentRuntimeVersion"], "1");
}

#[tokio::test(start_paused = true)]
async fn the_role_must_be_allowed_to_pull_a_private_image() {
    let delays = Delays::real();
    let agents = Agents::new(delays).await;
    let image = |uri: &str| {
        let artifact = json!({ "containerConfiguration": { "containerUri": uri } });
        with(least(), json!({ "agentRuntimeArtifact": artifact }))
    };
    let denied = invalid(&format!(
        "Access denied while validating ECR URI '{IMAGE}'. The execution role requires permissions for \
         ecr:GetAuthorizationToken, ecr:BatchGetImage, and ecr:GetDownloadUrlForLayer operations."
    ));
    assert_eq!(agents.create(image(IMAGE)).await.refusal(), denied);
    let policy = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        {"Effect": "Allow", "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], "Resource": "arn:aws:ecr:eu-west-1:111122223333:repository/agents/*"}
    ]}"#;
    let parameters = [
        ("RoleName", "exec"),
        ("PolicyName", "pull"),
        ("PolicyDocument", policy),
    ];
    let put = agents
        .client
        .query(Service::Iam, "PutRolePolicy", &parameters);
    put.await.ok();
    // The policy has to spread as well.
    assert_eq!(agents.create(image(IMAGE)).await.refusal(), denied);
    advance(delays.role_propagation).await;
    let made = agents.create(image(IMAGE)).await.ok().value();
    let id = made["agentRuntimeId"].as_str().unwrap();
    assert_eq!(
        agents.get(id).await["agentRuntimeArtifact"],
        json!({ "containerConfiguration": { "containerUri": IMAGE } })
    );
}

#[tokio::test(start_paused = true)]
async fn the_code_must_be_in_a_bucket_that_can_be_read() {
    let agents = Agents::new(Delays::none()).await;
    let create = async |artifact: Value| {
        let input = with(least(), json!({ "agentRuntimeArtifact": artifact }));
        agents.create(input).await.refusal()
    };
    assert_eq!(
        create(artifact("absent.zip")).await,
        invalid(
            "Unable to read s3://agents/absent.zip: NoSuchKey: The specified key does not exist."
        )
    );
    let mut elsewhere = artifact("agent.zip");
    elsewhere["codeConfiguration"]["code"]["s3"]["bucket"] = "nowhere".into();
    assert_eq!(
        create(elsewhere).await,
        invalid(
            "Unable to read s3://nowhere/agent.zip: NoSuchBucket: The specified bucket does not exist"
        )
    );
}
