//! Refusals of what the model or the service does not allow, quotas, and the shape of errors on the wire.

use super::*;
use crate::{Fault, FaultKind};

#[tokio::test(start_paused = true)]
async fn every_violation_of_the_model_is_reported_at_once() {
    let agents = Agents::new(Delays::none()).await;
    let input = json!({
        "agentRuntimeName": "two-words",
        "roleArn": "exec",
        "agentRuntimeArtifact": {},
        "description": "",
        "lifecycleConfiguration": { "maxLifetime": 59 },
        "protocolConfiguration": { "serverProtocol": "SMTP" },
        "filesystemConfigurations": [{ "sessionStorage": { "mountPath": "/data/a" } }],
    });
    let name = "[a-zA-Z][a-zA-Z0-9_]{0,47}";
    let pattern = "Member must satisfy regular expression pattern:";
    let violations = [
        format!("Value 'two-words' at 'agentRuntimeName' failed to satisfy constraint: {pattern} {name}"),
        "Value '0 members' at 'agentRuntimeArtifact' failed to satisfy constraint: Member must have exactly one of its members set".to_owned(),
        format!("Value 'exec' at 'roleArn' failed to satisfy constraint: {pattern} arn:aws(-[^:]+)?:iam::([0-9]{{12}})?:role/.+"),
        "Value at 'description' failed to satisfy constraint: Member must have length greater than or equal to 1".to_owned(),
        "Value 'SMTP' at 'protocolConfiguration.serverProtocol' failed to satisfy constraint: Member must satisfy enum value set: [MCP, HTTP, A2A, AGUI]".to_owned(),
        "Value '59' at 'lifecycleConfiguration.maxLifetime' failed to satisfy constraint: Member must have value greater than or equal to 60".to_owned(),
        format!("Value '/data/a' at 'filesystemConfigurations.1.member.sessionStorage.mountPath' failed to satisfy constraint: {pattern} /mnt/[a-zA-Z0-9._-]+/?"),
    ];
    assert_eq!(
        agents.create(input).await.refusal(),
        invalid(&format!(
            "7 validation errors detected: {}",
            violations.join("; ")
        ))
    );
}

#[tokio::test(start_paused = true)]
async fn what_the_service_does_not_take_is_refused() {
    let agents = Agents::new(Delays::none()).await;
    let vpc = |more: Value| {
        let config = json!({ "subnets": ["subnet-01234567"], "securityGroups": ["sg-01234567"] });
        json!({ "networkMode": "VPC", "networkModeConfig": with(config, more) })
    };
    for (members, message) in [
        (
            json!({ "platformVersion": "V9" }),
            "Platform version V9 is not supported.",
        ),
        (
            json!({ "networkConfiguration": { "networkMode": "VPC" } }),
            "networkModeConfig is required when networkMode is VPC.",
        ),
        (
            json!({ "networkConfiguration": vpc(json!({ "requireServiceS3Endpoint": true })) }),
            "requireServiceS3Endpoint cannot be set for this agent runtime.",
        ),
        (
            json!({ "lifecycleConfiguration": { "idleRuntimeSessionTimeout": 100, "maxLifetime": 60 } }),
            "idleRuntimeSessionTimeout must be less than or equal to maxLifetime.",
        ),
        (
            json!({ "lifecycleConfiguration": { "maxLifetime": 28_801 } }),
            "maxLifetime must be less than or equal to 28800.",
        ),
        (
            json!({ "protocolConfiguration": { "serverProtocol": "HTTP", "port": 8443 } }),
            "Port 8443 is reserved.",
        ),
        (
            json!({ "allowedPorts": [{ "portRange": { "from": 9001, "to": 9000 } }] }),
            "Port range 9001-9000 is empty.",
        ),
    ] {
        let refused = agents.create(with(least(), members)).await;
        assert_eq!(refused.refusal(), invalid(message));
    }
    let elsewhere = Agents {
        client: agents.client.in_region("eu-central-1"),
    };
    let v2 = elsewhere.create(with(least(), json!({ "platformVersion": "V2" })));
    assert_eq!(
        v2.await.refusal(),
        invalid("Platform version V2 is not available in region eu-central-1.")
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_not_built_is_refused_by_name() {
    let agents = Agents::new(Delays::none()).await;
    for member in ["hooksConfiguration", "resourceConfigurations"] {
        let refused = agents.create(with(least(), json!({ member: {} }))).await;
        let message = format!("parameter `{member}` of `CreateAgentRuntime` is not built");
        assert_eq!(refused.refusal(), answer(501, "NotImplemented", &message));
    }
    let private = json!({ "authorizerConfiguration": { "customJWTAuthorizer": {
        "discoveryUrl": "https://id.example.com/.well-known/openid-configuration",
        "privateEndpoint": {},
    } } });
    let refused = agents.create(with(least(), private)).await;
    let message = "parameter `privateEndpoint` of `CreateAgentRuntime` is not built";
    assert_eq!(refused.refusal(), answer(501, "NotImplemented", message));
    let memories = agents.ask("POST", "/memories/create", &json!({})).await;
    assert_eq!(
        memories.refusal(),
        answer(
            501,
            "NotImplemented",
            "operation `CreateMemory` of `bedrock-agentcore` is not built"
        )
    );
}

#[tokio::test(start_paused = true)]
async fn quotas_are_those_of_the_account() {
    let behaviour = Behaviour {
        runtimes: 1,
        runtime_versions: 2,
        runtime_endpoints: 2,
        ..Behaviour::default()
    };
    let agents = Agents::behaving(Delays::none(), behaviour).await;
    let id = agents.made().await;
    let over = |quota: &str| {
        let message = format!(
            "{quota} limit exceeded for account 111122223333. Please contact AWS Support for more information."
        );
        answer(402, "ServiceQuotaExceededException", &message)
    };
    let other = with(least(), json!({ "agentRuntimeName": "other" }));
    assert_eq!(agents.create(other).await.refusal(), over("maxAgents"));
    agents.update(&id, least_configuration()).await.ok();
    assert_eq!(
        agents.update(&id, least_configuration()).await.refusal(),
        over("maxVersionsPerAgent")
    );
    let one = json!({ "name": "one" });
    agents.create_endpoint(&id, one).await.ok();
    let two = agents.create_endpoint(&id, json!({ "name": "two" }));
    assert_eq!(two.await.refusal(), over("maxEndpointsPerAgent"));
}

#[tokio::test(start_paused = true)]
async fn errors_have_the_bodies_of_their_shapes() {
    let agents = Agents::new(Delays::none()).await;
    let body = |reply: &Reply| (reply.refusal().1, reply.value());
    let wrong = agents.ask("GET", "/runtimes/none/", &Value::Null).await;
    let message = "1 validation error detected: Value 'none' at 'agentRuntimeId' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: [a-zA-Z][a-zA-Z0-9_]{0,99}-[a-zA-Z0-9]{10}";
    assert_eq!(
        body(&wrong),
        (
            "ValidationException".to_owned(),
            json!({ "message": message, "reason": "FieldValidationFailed" })
        )
    );
    let gone = agents
        .ask("GET", "/runtimes/triage-0123456789/", &Value::Null)
        .await;
    assert_eq!(
        body(&gone),
        (
            "ResourceNotFoundException".to_owned(),
            json!({ "message": "Agent with ID triage-0123456789 was not found." })
        )
    );
    let endpoint = &agents.client.endpoint;
    endpoint.order_fault(Fault::new(FaultKind::Throttle).first(1));
    let throttled = agents.ask("POST", "/runtimes/", &Value::Null).await;
    assert_eq!(
        throttled.refusal(),
        answer(429, "ThrottlingException", "Rate exceeded")
    );
}
