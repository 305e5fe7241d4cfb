//! What is sent, filled in, replaced and read back.

use super::*;

/// Every setting that can be sent with a creation, none at its default.
fn whole() -> Value {
    json!({
        "agentRuntimeArtifact": artifact("agent.zip"),
        "roleArn": ROLE,
        "description": "sorts mail",
        "authorizerConfiguration": { "customJWTAuthorizer": {
            "discoveryUrl": "https://id.example.com/.well-known/openid-configuration",
            "allowedAudience": ["agents"],
            "allowedClients": ["web"],
            "allowedScopes": ["mail:read"],
            "advertisedScopeMapping": { "mail": "mail:read" },
            "customClaims": [{
                "inboundTokenClaimName": "groups",
                "inboundTokenClaimValueType": "STRING_ARRAY",
                "authorizingClaimMatchValue": {
                    "claimMatchValue": { "matchValueStringList": ["support"] },
                    "claimMatchOperator": "CONTAINS_ANY",
                },
            }],
            "allowedWorkloadConfiguration": { "workloadIdentities": ["gateway"] },
        } },
        "requestHeaderConfiguration": { "requestHeaderAllowlist": ["Authorization"] },
        "protocolConfiguration": { "serverProtocol": "MCP", "port": 8001, "path": "/mcp" },
        "lifecycleConfiguration": { "idleRuntimeSessionTimeout": 60, "maxLifetime": 3600 },
        "environmentVariables": { "STAGE": "prod" },
        "filesystemConfigurations": [{ "sessionStorage": { "mountPath": "/mnt/data" } }],
        "capacityProviderConfiguration": {
            "capacityProviderArn": "arn:aws:bedrock-agentcore:eu-west-1:111122223333:capacity-provider/pool-0123456789",
        },
        "allowedPorts": [{ "port": 8100 }, { "portRange": { "from": 9000, "to": 9010 } }],
        "platformVersion": "V2",
    })
}

fn vpc() -> Value {
    json!({ "networkConfiguration": {
        "networkMode": "VPC",
        "networkModeConfig": {
            "subnets": ["subnet-0123456789abcdef0"],
            "securityGroups": ["sg-0123456789abcdef0"],
        },
    } })
}

fn members(object: &Value) -> Vec<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

impl Agents {
    async fn made_of(&self, input: Value) -> String {
        let made = self.create(with(least(), input)).await.ok().value();
        made["agentRuntimeId"].as_str().unwrap().to_owned()
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_comes_back() {
    let agents = Agents::new(Delays::none()).await;
    let input = with(whole(), vpc());
    let id = agents.made_of(input.clone()).await;
    assert_eq!(pick(&agents.get(&id).await, &members(&input)), input);
}

#[tokio::test(start_paused = true)]
async fn an_update_replaces_the_whole_configuration_but_the_platform() {
    let agents = Agents::new(Delays::none()).await;
    let id = agents.made_of(with(whole(), vpc())).await;
    agents.update(&id, least_configuration()).await.ok();
    let read = agents.get(&id).await;
    let of_service = [
        "agentRuntimeArn",
        "agentRuntimeId",
        "agentRuntimeName",
        "agentRuntimeVersion",
        "createdAt",
        "lastUpdatedAt",
        "status",
        "workloadIdentityDetails",
    ];
    let mut settings = read.as_object().unwrap().clone();
    settings.retain(|member, _| !of_service.contains(&member.as_str()));
    let expected = json!({
        "lifecycleConfiguration": { "idleRuntimeSessionTimeout": 900, "maxLifetime": 28_800 },
        "networkConfiguration": { "networkMode": "PUBLIC" },
        "platformVersion": "V2",
    });
    assert_eq!(
        Value::Object(settings),
        with(least_configuration(), expected)
    );
}

#[tokio::test(start_paused = true)]
async fn only_an_update_demands_mmdsv2_and_each_must_say_so() {
    let agents = Agents::new(Delays::none()).await;
    let metadata = json!({ "metadataConfiguration": { "requireMMDSV2": true } });
    let refused = agents.create(with(least(), metadata.clone())).await;
    assert_eq!(
        refused.refusal(),
        answer(
            501,
            "NotImplemented",
            "parameter `metadataConfiguration` of `CreateAgentRuntime` is not built"
        )
    );
    let id = agents.made().await;
    assert_eq!(agents.get(&id).await.get("metadataConfiguration"), None);
    let demanding = with(least_configuration(), metadata.clone());
    agents.update(&id, demanding).await.ok();
    assert_eq!(
        pick(&agents.get(&id).await, &["metadataConfiguration"]),
        metadata
    );
    agents.update(&id, least_configuration()).await.ok();
    assert_eq!(agents.get(&id).await.get("metadataConfiguration"), None);
}

#[tokio::test(start_paused = true)]
async fn an_account_may_demand_mmdsv2_by_itself() {
    let behaviour = Behaviour {
        mmdsv2_on_create: true,
        ..Behaviour::default()
    };
    let agents = Agents::behaving(Delays::none(), behaviour).await;
    let id = agents.made().await;
    let demanded = json!({ "requireMMDSV2": true });
    assert_eq!(agents.get(&id).await["metadataConfiguration"], demanded);
}

#[tokio::test(start_paused = true)]
async fn environment_variables_have_little_room() {
    let agents = Agents::new(Delays::none()).await;
    let of = |bytes: usize, platform: &str| {
        let value = "v".repeat(bytes - 1);
        json!({ "environmentVariables": { "K": value }, "platformVersion": platform })
    };
    for (platform, most) in [("V1", 4096), ("V2", 1536)] {
        let too_much = agents.create(with(least(), of(most + 1, platform))).await;
        assert_eq!(
            too_much.refusal(),
            invalid(&format!(
                "The total size of environment variables must be at most {most} bytes, but is {} bytes.",
                most + 1
            ))
        );
        let id = agents.made_of(of(most, platform)).await;
        agents.delete(&id).await.ok();
    }
    let controls = json!({ "environmentVariables": { "PEM": "a\nb" } });
    assert_eq!(
        agents.create(with(least(), controls)).await.refusal(),
        invalid(
            "Environment variable value contains invalid control characters (0x00-0x1F, 0x7F). Key: 'PEM'"
        )
    );
}
