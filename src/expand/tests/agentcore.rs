//! The resources of agents on `AgentCore`.

use super::*;
use crate::manifest::unknown_action;

/// The spec of every agent here, unless a test has another.
const ON_AGENTCORE: &str = "
  runtime: agentcore
  prompt: Sort the claims.
  definition: { systemPrompt: prompt.md, tools: [tool.py] }
  code: { path: ../agent, handler: batch.handler, entryPoint: [main.py] }
";

fn and(more: &str) -> String {
    format!("{ON_AGENTCORE}{more}\n")
}

const IMAGE: &str = "222233334444.dkr.ecr.us-east-1.amazonaws.com/agents/triage@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn from_image(more: &str) -> String {
    let code = "path: ../agent, handler: batch.handler, entryPoint: [main.py]";
    and(more).replace(code, &format!("image: '{IMAGE}'"))
}

#[test]
fn a_minimal_agent_has_these_resources() {
    let addresses: Vec<String> = expanded(ON_AGENTCORE)
        .desired
        .iter()
        .map(|resource| resource.address.to_string())
        .collect();
    assert_eq!(
        addresses,
        [
            "artifacts-bucket/shared",
            "kms-key/triage",
            "s3-object/triage.code",
            "s3-object/triage.prompt",
            "s3-object/triage.tools.tool.py",
            "iam-role/triage.agentcore",
            "agentcore-runtime/triage",
            "agentcore-endpoint/triage.live",
            "log-group/triage.agentcore.DEFAULT",
            "log-group/triage.agentcore.live",
        ]
    );
}

#[test]
fn a_switch_of_sides_does_not_change_key_bucket_and_objects() {
    let shared = |spec: &str| -> Vec<DesiredResource> {
        let is_shared = |resource: &DesiredResource| {
            ["artifacts-bucket", "kms-key", "s3-object"].contains(&resource.address.kind())
        };
        let desired = expanded(spec).desired;
        desired.into_iter().filter(is_shared).collect()
    };
    let on_lambda = ON_AGENTCORE.replace("runtime: agentcore", "runtime: lambda");
    assert_eq!(shared(ON_AGENTCORE).len(), 5);
    assert_eq!(shared(ON_AGENTCORE), shared(&on_lambda));
}

#[test]
fn the_runtime_has_every_default_written_out() {
    let runtime = shown(&expanded(ON_AGENTCORE), "agentcore-runtime");
    let object = runtime["artifact"]["code"]["key"].as_str().unwrap();
    let variables = runtime["environment"].clone();
    assert_eq!(
        runtime,
        json!({
            "allowedPorts": [],
            "artifact": { "code": {
                "bucket": "agentctl-111122223333-eu-west-1",
                "entryPoint": ["main.py"],
                "key": object,
                "objectVersion": null,
                "runtime": "PYTHON_3_13",
            } },
            "authorizer": null,
            "capacityProvider": null,
            "description": "agentctl: agent `triage` of project `claims` (env default, eu-west-1)",
            "environment": variables,
            "filesystems": [],
            "lastUpdate": "Successful",
            "lifecycle": { "idleTimeout": 900, "maxLifetime": 28800 },
            "mmdsv2": true,
            "network": null,
            "platformVersion": "V1",
            "protocol": { "path": "/invocations", "port": 8080, "server": "HTTP" },
            "requestHeaders": [],
            "role": "<iam-role/triage.agentcore arn>",
            "roleId": "<iam-role/triage.agentcore id>",
            "tags": { "team": "billing" },
        })
    );
    let digest = find(&expanded(ON_AGENTCORE), "s3-object").spec["digest"].clone();
    let digest = digest.as_str().unwrap();
    assert_eq!(
        object,
        format!("objects/claims/default/triage/code/{digest}.zip")
    );
}

#[test]
fn a_runtime_has_the_settings_of_the_manifest() {
    let spec = and("
  network: { subnets: [subnet-12345678], securityGroups: [sg-12345678] }
  agentcore:
    endpoint: green
    protocol: MCP
    port: 8001
    lifecycle: { idleTimeout: 5m, maxLifetime: 1h }
    authorizer:
      customJWTAuthorizer:
        discoveryUrl: https://a.b/.well-known/openid-configuration
        allowedClients: [batch]
        customClaims:
          - { claim: groups, containsAny: [leads, auditors] }
          - { claim: groups, contains: adjusters }
          - { claim: department, equals: claims }
    requestHeaders: [Authorization]
    filesystems: [sessionStorage: { mountPath: /mnt/work }]
    allowedPorts: [9100-9110, 9000]
    platformVersion: V2");
    let expansion = expanded(&spec.replace("[main.py]", "[opentelemetry-instrument, main.py]"));
    let runtime = shown(&expansion, "agentcore-runtime");
    let said = [
        "network",
        "protocol",
        "lifecycle",
        "authorizer",
        "requestHeaders",
        "filesystems",
        "allowedPorts",
        "platformVersion",
    ]
    .map(|key| (key, runtime[key].clone()));
    let claim = |name: &str, kind: &str, operator: &str, matches: Value| json!({ "name": name, "valueType": kind, "operator": operator, "matches": matches });
    let expected = [
        (
            "network",
            json!({ "subnets": ["subnet-12345678"], "securityGroups": ["sg-12345678"] }),
        ),
        (
            "protocol",
            json!({ "server": "MCP", "port": 8001, "path": "/mcp" }),
        ),
        (
            "lifecycle",
            json!({ "idleTimeout": 300, "maxLifetime": 3600 }),
        ),
        (
            "authorizer",
            json!({
                "discoveryUrl": "https://a.b/.well-known/openid-configuration",
                "audiences": [],
                "clients": ["batch"],
                "scopes": [],
                "advertisedScopes": {},
                "claims": [
                    claim("department", "STRING", "EQUALS", json!({ "text": "claims" })),
                    claim("groups", "STRING_ARRAY", "CONTAINS", json!({ "text": "adjusters" })),
                    claim("groups", "STRING_ARRAY", "CONTAINS_ANY", json!({ "anyOf": ["auditors", "leads"] })),
                ],
                "others": {},
            }),
        ),
        ("requestHeaders", json!(["Authorization"])),
        (
            "filesystems",
            json!([{ "sessionStorage": { "mountPath": "/mnt/work" } }]),
        ),
        (
            "allowedPorts",
            json!([{ "from": 9000, "to": 9000 }, { "from": 9100, "to": 9110 }]),
        ),
        ("platformVersion", json!("V2")),
    ];
    assert_eq!(said, expected);
    assert_eq!(
        find(&expansion, "agentcore-endpoint").address.to_string(),
        "agentcore-endpoint/triage.green"
    );
}

#[test]
fn the_environment_has_the_same_names_as_on_lambda_and_the_region() {
    let names = environment_of(&expanded(ON_AGENTCORE), "agentcore-runtime");
    let on_lambda = ON_AGENTCORE.replace("runtime: agentcore", "runtime: lambda");
    let mut expected = environment(&expanded(&on_lambda));
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        expected.insert(name.to_owned(), "eu-west-1".to_owned());
    }
    assert_eq!(names, expected);
}

#[test]
fn the_service_sets_up_open_telemetry_unless_the_manifest_requires_it() {
    let spec = and("  observability: { enabled: true }")
        .replace("[main.py]", "[opentelemetry-instrument, main.py]");
    let of_telemetry = |spec: &str| -> Vec<String> {
        environment_of(&expanded(spec), "agentcore-runtime")
            .into_keys()
            .filter(|name| name.starts_with("OTEL_") || name.starts_with("AGENT_OBS"))
            .collect()
    };
    assert_eq!(of_telemetry(&spec), Vec::<String>::new());
    let explicit = spec.replace("enabled: true", "enabled: true, otelEnv: explicit");
    assert_eq!(
        of_telemetry(&explicit),
        [
            "AGENT_OBSERVABILITY_ENABLED",
            "OTEL_EXPORTER_OTLP_PROTOCOL",
            "OTEL_PYTHON_CONFIGURATOR",
            "OTEL_PYTHON_DISTRO",
            "OTEL_SERVICE_NAME",
            "OTEL_TRACES_EXPORTER",
        ]
    );
}

#[test]
fn the_role_allows_exactly_what_the_agent_needs() {
    let expansion = expanded(&and("  observability: { enabled: true }"));
    let statements = statements(&expansion);
    assert_eq!(
        statements.keys().map(String::as_str).collect::<Vec<_>>(),
        [
            "Code",
            "Files",
            "Identity",
            "Key",
            "LogGroupList",
            "LogGroups",
            "Logs",
            "Metrics",
            "Model",
            "Traces",
        ]
    );
    let key = shown(&expansion, "agentcore-runtime")["artifact"]["code"]["key"].clone();
    let bucket = "arn:aws:s3:::agentctl-111122223333-eu-west-1";
    let of = |sid: &str| statements[sid]["Resource"].clone();
    assert_eq!(
        of("Code"),
        json!([format!("{bucket}/{}", key.as_str().unwrap())])
    );
    let prefix = format!("{bucket}/objects/claims/default/triage");
    assert_eq!(
        of("Files"),
        json!([format!("{prefix}/prompt/*"), format!("{prefix}/tools/*")])
    );
    let groups =
        "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/bedrock-agentcore/runtimes/triage-*";
    assert_eq!(of("LogGroups"), json!([groups]));
    assert_eq!(statements["Key"]["Action"], json!(["kms:Decrypt"]));
    assert_eq!(of("Logs"), json!([format!("{groups}:log-stream:*")]));
    let directory =
        "arn:aws:bedrock-agentcore:eu-west-1:111122223333:workload-identity-directory/default";
    assert_eq!(
        of("Identity"),
        json!([directory, format!("{directory}/workload-identity/triage-*")])
    );
    let metrics = &statements["Metrics"];
    assert_eq!(
        metrics["Condition"],
        json!({ "StringEquals": { "cloudwatch:namespace": ["bedrock-agentcore"] } })
    );
    let network = "  network: { subnets: [subnet-12345678], securityGroups: [sg-12345678] }";
    let role = |spec: &str| shown(&expanded(spec), "iam-role");
    assert_eq!(
        role(&and(network)),
        role(ON_AGENTCORE),
        "the service makes the interfaces"
    );
}

#[test]
fn only_runtimes_of_this_account_and_region_can_assume_the_role() {
    let role = shown(&expanded(ON_AGENTCORE), "iam-role");
    let trust = &role["trust"]["Statement"][0];
    assert_eq!(
        trust["Principal"],
        json!({ "Service": ["bedrock-agentcore.amazonaws.com"] })
    );
    assert_eq!(
        trust["Condition"],
        json!({
            "StringEquals": { "aws:SourceAccount": ["111122223333"] },
            "ArnLike": { "aws:SourceArn": ["arn:aws:bedrock-agentcore:eu-west-1:111122223333:*"] },
        })
    );
}

#[test]
fn an_image_replaces_the_code() {
    let expansion = expanded(&from_image(""));
    assert!(
        expansion
            .desired
            .iter()
            .all(|resource| resource.address.name() != "triage.code")
    );
    let runtime = shown(&expansion, "agentcore-runtime");
    assert_eq!(
        runtime["artifact"],
        json!({ "container": { "uri": IMAGE } })
    );
    let statements = statements(&expansion);
    assert_eq!(
        statements["Image"]["Resource"],
        json!(["arn:aws:ecr:us-east-1:222233334444:repository/agents/triage"])
    );
    assert!(statements.contains_key("ImageToken") && !statements.contains_key("Code"));
    let public = from_image("").replace(
        "222233334444.dkr.ecr.us-east-1.amazonaws.com",
        "public.ecr.aws",
    );
    let public = super::statements(&expanded(&public));
    assert!(!public.contains_key("Image") && !public.contains_key("ImageToken"));
}

#[test]
fn the_log_groups_of_both_endpoints_have_the_settings_of_a_functions_group() {
    let protected =
        "  dataProtection: { identifiers: [EmailAddress] }\n  observability: { retentionDays: 30 }";
    let groups = |spec: &str| -> Vec<DesiredResource> {
        let desired = expanded(spec).desired;
        let is_group = |resource: &DesiredResource| resource.address.kind() == "log-group";
        desired.into_iter().filter(is_group).collect()
    };
    let on_agentcore = groups(&and(protected));
    let on_lambda = groups(&and(protected).replace("runtime: agentcore", "runtime: lambda"));
    for group in &on_agentcore {
        assert_eq!(group.spec, on_lambda[0].spec);
    }
    let names: Vec<Value> = on_agentcore.iter().map(|group| json!(group.name)).collect();
    let id = json!({ "$output": "agentcore-runtime/triage", "output": "id" });
    let endpoint = json!({ "$output": "agentcore-endpoint/triage.live", "output": "name" });
    let prefix = "/aws/bedrock-agentcore/runtimes/";
    assert_eq!(
        names,
        [
            json!({ "$template": [prefix, id, "-", "DEFAULT"] }),
            json!({ "$template": [prefix, id, "-", endpoint] }),
        ]
    );
}

#[test]
fn mistakes_that_only_show_on_agentcore_are_reported_with_their_places() {
    let variables = |count: usize| -> String {
        let all: Vec<String> = (0..count).map(|index| format!("V{index}: x")).collect();
        and(&format!("  environment: {{ {} }}", all.join(", ")))
    };
    let v2 = |length: usize| {
        format!(
            "  environment: {{ LONG: '{}' }}\n  agentcore: {{ platformVersion: V2 }}",
            "x".repeat(length)
        )
    };
    let all = [
        mistakes(&and(&format!(
            "  environment: {{ LONG: '{}' }}",
            "x".repeat(4000)
        ))),
        mistakes(&and(&v2(1500))),
        mistakes(&from_image(&v2(2500))),
        mistakes(&variables(39)),
        mistakes(&and(&format!(
            "  environment: {{ {}: x }}",
            "N".repeat(101)
        ))),
        mistakes(&and(
            "  environment: { CERTIFICATE: \"a\\nb\", TABS: \"a\\tb\" }",
        )),
        mistakes(&ON_AGENTCORE.replace("Sort the claims.", "|\n    Sort the claims.")),
        mistakes(&ON_AGENTCORE.replace("main.py", "serve.py")),
        mistakes(&and(
            "  observability: { enabled: true, otelEnv: explicit }",
        )),
        mistakes(&ON_AGENTCORE.replace("path: ../agent", "s3: { bucket: code, key: a.zip }")),
    ];
    insta::assert_snapshot!(all.concat().join("\n"), @"
    AC0204 deploy-plans/triage.yaml:13:16 the environment takes 4561 bytes together with what agentctl adds, AgentCore takes 4096
    AC0204 deploy-plans/triage.yaml:13:16 the environment takes 2061 bytes together with what agentctl adds, AgentCore on platform V2 with an archive takes 1536
    AC0204 deploy-plans/triage.yaml:13:16 the environment takes 3061 bytes together with what agentctl adds, AgentCore on platform V2 with an image takes 2560
    AC0204 deploy-plans/triage.yaml:13:16 the environment has 51 variables together with those that agentctl adds, AgentCore takes 50
    AC0204 deploy-plans/triage.yaml:13:121 the name of a variable has 101 characters, AgentCore takes 100
    AC0204 deploy-plans/triage.yaml:13:31 the value of `CERTIFICATE` holds a line break or another control character, which AgentCore does not take
    AC0204 deploy-plans/triage.yaml:13:45 the value of `TABS` holds a line break or another control character, which AgentCore does not take
    AC0204 deploy-plans/triage.yaml:11:5 the value of `PROMPT` holds a line break or another control character, which AgentCore does not take
    AC0210 deploy-plans/triage.yaml:12:63 entry point `serve.py` is not a file in `agent`
    AC0207 deploy-plans/triage.yaml:13:44 `otelEnv: explicit` needs `opentelemetry-instrument` before the file in `code.entryPoint`, without which nothing reads the variables
    AC0111 deploy-plans/triage.yaml:12:15 `code.s3` is not supported by this version of agentctl
    ");
    expanded(&variables(38));
    expanded(&ON_AGENTCORE.replace("Sort the claims.", ">-\n    Sort\n    the claims."));
}

#[test]
fn everything_can_be_planned_in_an_order() {
    let expansion = expanded(ON_AGENTCORE);
    let plan = plan(
        &registry(),
        &expansion.desired,
        &Observations::default(),
        &Records::default(),
        Purpose::Apply,
    )
    .unwrap();
    let place = |address: &str| {
        plan.steps
            .iter()
            .position(|step| step.id.address.to_string() == address)
            .unwrap()
    };
    for (first, then) in [
        ("kms-key/triage", "iam-role/triage.agentcore"),
        ("iam-role/triage.agentcore", "agentcore-runtime/triage"),
        ("s3-object/triage.code", "agentcore-runtime/triage"),
        ("agentcore-runtime/triage", "agentcore-endpoint/triage.live"),
        (
            "agentcore-runtime/triage",
            "log-group/triage.agentcore.DEFAULT",
        ),
        (
            "agentcore-endpoint/triage.live",
            "log-group/triage.agentcore.live",
        ),
    ] {
        assert!(place(first) < place(then), "{first} before {then}");
    }
}

#[test]
fn every_action_of_a_role_is_one_of_aws() {
    let observed = "  observability: { enabled: true }";
    let network = "  network: { subnets: [subnet-12345678], securityGroups: [sg-12345678] }";
    for spec in [
        and(observed),
        from_image(observed),
        format!("{MINIMAL}{observed}\n{network}\n"),
    ] {
        for statement in statements(&expanded(&spec)).values() {
            for action in statement["Action"].as_array().unwrap() {
                assert_eq!(unknown_action(action.as_str().unwrap()), None);
            }
        }
    }
}
