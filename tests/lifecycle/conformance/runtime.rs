//! The calls with which another client changes a runtime or an endpoint of it.
//!
//! An update replaces everything. So the other client sends the settings of the newest version with one member changed, in the service's
//! own names.

use aws_smithy_types::body::SdkBody;
use localstack::{Failure, Fault, FaultKind, Service};
use serde_json::{Value, json};

use super::{Change, Leaf, SETTLED};
use crate::support::{ACCOUNT, BUCKET, Project, REGION, World, archive};

/// Creates an agent on `AgentCore` with everything switched on.
pub(super) async fn full(world: &World) -> Project {
    let mut project = world.triage();
    project.write("deploy-plans/agent/main.py", "print('ready')\n");
    let file_system =
        "arn:aws:elasticfilesystem:us-east-1:111122223333:access-point/fsap-0123456789abcdef0";
    for (pointer, value) in [
        ("/runtime", json!("agentcore")),
        ("/code/entryPoint", json!(["main.py"])),
        (
            "/network",
            json!({
                "subnets": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
                "securityGroups": ["sg-0123456789abcdef0"],
            }),
        ),
        (
            "/agentcore",
            json!({
                "protocol": "HTTP",
                "port": 8123,
                "path": "/run",
                "lifecycle": { "idleTimeout": "10m", "maxLifetime": "2h" },
                "authorizer": { "customJWTAuthorizer": {
                    "discoveryUrl": "https://id.example/.well-known/openid-configuration",
                    "allowedAudience": ["a", "b"],
                    "allowedClients": ["c"],
                    "allowedScopes": ["read"],
                    "customClaims": [
                        { "claim": "groups", "containsAny": ["dev", "ops"] },
                        { "claim": "team", "equals": "billing" },
                    ],
                } },
                "requestHeaders": ["Authorization", "X-Trace"],
                "filesystems": [
                    { "sessionStorage": { "mountPath": "/mnt/session" } },
                    { "efsAccessPoint": { "arn": file_system, "mountPath": "/mnt/efs" } },
                ],
                "allowedPorts": [8081, "9001-9010"],
            }),
        ),
    ] {
        project.set(pointer, value);
    }
    project.apply().await;
    project
}

pub(super) async fn change_runtime(leaf: &Leaf<'_>) -> Change {
    let mut settings = settings(leaf);
    let (pointer, value) = match leaf.path[..] {
        ["artifact", "code", ref inner @ ..] => change_code(leaf, inner).await,
        ["authorizer", "others"] => {
            return Change::Cannot("the endpoint does not have what cannot be declared");
        }
        ["authorizer", ref inner @ ..] => change_authorizer(inner),
        ["role"] => ("/roleArn".to_owned(), other_role(leaf).await),
        ["description" | "roleId"] => (
            "/description".to_owned(),
            json!(super::function::description(leaf)),
        ),
        ["lastUpdate"] => {
            fail_later(leaf, "UpdateAgentRuntime");
            ("/description".to_owned(), settings["description"].clone())
        }
        ["tags", key] => {
            let arn = leaf.live.outputs["arn"].as_str().unwrap();
            let clients = leaf.world.clients();
            let request = clients.agentcore.tag_resource().resource_arn(arn);
            let request = request.tags(key.replace("~1", "/"), "other");
            request.send().await.unwrap();
            return Change::Made;
        }
        ref path => change_plain(path),
    };
    put(&mut settings, &pointer, value);
    update(leaf, settings).await;
    match leaf.path[..] {
        // The archive does not have that file, so the update fails.
        ["artifact", "code", "entryPoint", _] => Change::MadeWith(&["/lastUpdate"]),
        ["authorizer", "advertisedScopes"] => Change::Entered("/authorizer/advertisedScopes/read"),
        ["platformVersion"] => {
            // An update on the other platform takes three minutes.
            tokio::time::sleep(5 * SETTLED).await;
            Change::Made
        }
        _ => Change::Made,
    }
}

/// Returns the service's member for a part of the code, and another value of it.
async fn change_code(leaf: &Leaf<'_>, path: &[&str]) -> (String, Value) {
    let (member, value) = match *path {
        ["bucket"] => ("code/s3/bucket", other_bucket(leaf).await),
        ["key"] => ("code/s3/prefix", other_key(leaf).await),
        ["objectVersion"] => ("code/s3/versionId", object_version(leaf).await),
        ["runtime"] => ("runtime", json!("PYTHON_3_12")),
        ["entryPoint", _] => ("entryPoint", json!(["other.py"])),
        _ => panic!("no call is known that changes {path:?} of the code"),
    };
    let pointer = format!("/agentRuntimeArtifact/codeConfiguration/{member}");
    (pointer, value)
}

fn change_authorizer(path: &[&str]) -> (String, Value) {
    let (member, value) = match *path {
        ["advertisedScopes"] => (
            "advertisedScopeMapping".to_owned(),
            json!({ "read": "api/read" }),
        ),
        ["discoveryUrl"] => (
            "discoveryUrl".to_owned(),
            json!("https://other.example/.well-known/openid-configuration"),
        ),
        ["audiences", index] => (format!("allowedAudience/{index}"), json!("z")),
        ["clients", index] => (format!("allowedClients/{index}"), json!("z")),
        ["scopes", index] => (format!("allowedScopes/{index}"), json!("write")),
        ["claims", index, ref inner @ ..] => (format!("customClaims/{index}"), claim(inner)),
        _ => panic!("no call is known that changes {path:?} of an authorizer"),
    };
    let pointer = format!("/authorizerConfiguration/customJWTAuthorizer/{member}");
    (pointer, value)
}

fn change_plain(path: &[&str]) -> (String, Value) {
    let efs = "/filesystemConfigurations/1/efsAccessPoint";
    match *path {
        ["network", list, index] => {
            let id = if list == "subnets" { "subnet" } else { "sg" };
            (
                format!("/networkConfiguration/networkModeConfig/{list}/{index}"),
                json!(format!("{id}-0fedcba9876543210")),
            )
        }
        ["environment", name] => (format!("/environmentVariables/{name}"), json!("other")),
        ["lifecycle", "idleTimeout"] => (
            "/lifecycleConfiguration/idleRuntimeSessionTimeout".into(),
            json!(300),
        ),
        ["lifecycle", "maxLifetime"] => ("/lifecycleConfiguration/maxLifetime".into(), json!(3600)),
        ["protocol", "server"] => ("/protocolConfiguration/serverProtocol".into(), json!("MCP")),
        ["protocol", "port"] => ("/protocolConfiguration/port".into(), json!(8090)),
        ["protocol", "path"] => ("/protocolConfiguration/path".into(), json!("/other")),
        ["requestHeaders", index] => (
            format!("/requestHeaderConfiguration/requestHeaderAllowlist/{index}"),
            json!("X-Other"),
        ),
        ["filesystems", _, "sessionStorage", "mountPath"] => (
            "/filesystemConfigurations/0/sessionStorage/mountPath".into(),
            json!("/mnt/other"),
        ),
        ["filesystems", _, "efs", "mountPath"] => (format!("{efs}/mountPath"), json!("/mnt/other")),
        ["filesystems", _, "efs", "accessPoint"] => (
            format!("{efs}/accessPointArn"),
            json!(
                "arn:aws:elasticfilesystem:us-east-1:111122223333:access-point/fsap-0fedcba9876543210"
            ),
        ),
        ["allowedPorts", index, end] => {
            let (from, to) = if end == "from" {
                (8500, 8501)
            } else {
                (8081, 9500)
            };
            (
                format!("/allowedPorts/{index}"),
                json!({ "portRange": { "from": from, "to": to } }),
            )
        }
        ["capacityProvider"] => (
            "/capacityProviderConfiguration".into(),
            json!({ "capacityProviderArn": "arn:aws:bedrock-agentcore:us-east-1:111122223333:capacity-provider/pool-0123456789" }),
        ),
        ["platformVersion"] => ("/platformVersion".into(), json!("V2")),
        ["mmdsv2"] => ("/metadataConfiguration/requireMMDSV2".into(), json!(false)),
        _ => panic!("no call is known that changes {path:?} of a runtime"),
    }
}

pub(super) async fn change_endpoint(leaf: &Leaf<'_>) -> Change {
    let clients = leaf.world.clients();
    let request = clients.agentcore.update_agent_runtime_endpoint();
    let runtime = leaf.live.spec["runtime"].as_str().unwrap();
    let request = request.agent_runtime_id(runtime).endpoint_name("live");
    let request = match leaf.path[..] {
        ["runtime"] => return Change::Cannot("an endpoint of another runtime is another endpoint"),
        // The version that was created before metadata was protected.
        ["version"] => request.agent_runtime_version("1"),
        ["description"] => request.description("by hand"),
        ["lastUpdate"] => {
            fail_later(leaf, "UpdateAgentRuntimeEndpoint");
            request.agent_runtime_version(leaf.live.spec["version"].as_str().unwrap())
        }
        _ => panic!(
            "no call is known that changes {:?} of an endpoint",
            leaf.path
        ),
    };
    request.send().await.unwrap();
    Change::Made
}

fn fail_later(leaf: &Leaf<'_>, operation: &'static str) {
    let failure = Failure {
        code: "InternalError".to_owned(),
        reason: "An internal error occurred.".to_owned(),
    };
    let fault = Fault::new(FaultKind::FailLater(failure)).first(1);
    leaf.world.order(fault.on(Service::AgentCore, operation));
}

/// Returns the settings of the newest version.
fn settings(leaf: &Leaf<'_>) -> Value {
    let id = leaf.live.outputs["id"].as_str().unwrap();
    let state = leaf.world.dump();
    let runtime = &state[ACCOUNT][REGION]["bedrock-agentcore"]["runtimes"][id];
    let version = runtime["latest"].as_u64().unwrap().to_string();
    runtime["versions"][version.as_str()]["settings"].clone()
}

/// Sets the value at a pointer, and creates the maps of its path.
fn put(settings: &mut Value, pointer: &str, value: Value) {
    let mut place = settings;
    for key in pointer.split('/').skip(1) {
        place = match key.parse::<usize>() {
            Ok(index) => &mut place[index],
            Err(_) => &mut place[key],
        };
    }
    *place = value;
}

async fn update(leaf: &Leaf<'_>, settings: Value) {
    let clients = leaf.world.clients();
    let id = leaf.live.outputs["id"].as_str().unwrap();
    let request = clients
        .agentcore
        .update_agent_runtime()
        .agent_runtime_id(id);
    let replaced = request.customize().mutate_request(move |request| {
        let text = settings.to_string();
        request
            .headers_mut()
            .insert("content-length", text.len().to_string());
        *request.body_mut() = SdkBody::from(text);
    });
    replaced.send().await.unwrap();
}

fn claim(path: &[&str]) -> Value {
    let value = match path {
        ["name"] => (
            "other",
            "STRING",
            "EQUALS",
            json!({ "matchValueString": "billing" }),
        ),
        ["valueType" | "operator"] => (
            "team",
            "STRING_ARRAY",
            "CONTAINS",
            json!({ "matchValueString": "billing" }),
        ),
        _ => (
            "groups",
            "STRING_ARRAY",
            "CONTAINS_ANY",
            json!({ "matchValueStringList": ["other"] }),
        ),
    };
    json!({
        "inboundTokenClaimName": value.0,
        "inboundTokenClaimValueType": value.1,
        "authorizingClaimMatchValue": { "claimMatchOperator": value.2, "claimMatchValue": value.3 },
    })
}

/// Stores another archive in the agent's folder.
async fn other_key(leaf: &Leaf<'_>) -> Value {
    let clients = leaf.world.clients();
    let request = clients.s3.put_object().bucket(BUCKET).key("by-hand.zip");
    let request = request.body(archive("by = 'hand'").into());
    request.send().await.unwrap();
    json!("by-hand.zip")
}

/// Stores an archive under the agent's key in another bucket.
async fn other_bucket(leaf: &Leaf<'_>) -> Value {
    let clients = leaf.world.clients();
    let key = leaf.live.spec["artifact"]["code"]["key"].as_str().unwrap();
    clients
        .s3
        .create_bucket()
        .bucket("by-hand")
        .send()
        .await
        .unwrap();
    let request = clients.s3.put_object().bucket("by-hand").key(key);
    let request = request.body(archive("by = 'hand'").into());
    request.send().await.unwrap();
    json!("by-hand")
}

async fn object_version(leaf: &Leaf<'_>) -> Value {
    let clients = leaf.world.clients();
    let key = leaf.live.spec["artifact"]["code"]["key"].as_str().unwrap();
    let request = clients.s3.head_object().bucket(BUCKET).key(key);
    json!(request.send().await.unwrap().version_id.unwrap())
}

/// Creates a role with all permissions, and returns its ARN once the service sees it.
async fn other_role(leaf: &Leaf<'_>) -> Value {
    let clients = leaf.world.clients();
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": { "Service": "bedrock-agentcore.amazonaws.com" },
        "Action": "sts:AssumeRole",
    }] });
    let request = clients.iam.create_role().role_name("by-hand");
    let request = request.assume_role_policy_document(trust.to_string());
    let role = request.send().await.unwrap().role.unwrap();
    let request = clients.iam.attach_role_policy().role_name("by-hand");
    let request = request.policy_arn("arn:aws:iam::aws:policy/AdministratorAccess");
    request.send().await.unwrap();
    tokio::time::sleep(SETTLED).await;
    json!(role.arn)
}
