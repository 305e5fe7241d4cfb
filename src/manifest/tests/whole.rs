//! Whole manifests, and the values of every key.

use std::collections::BTreeMap;

use super::*;
use crate::manifest::agentcore::DeploymentMethod;

fn local(files: &Files, relative: &str, kind: LocalKind) -> LocalPath {
    LocalPath {
        absolute: files.path(relative),
        relative: relative.into(),
        kind,
    }
}

fn parsed<T: std::str::FromStr<Err = ValueError>>(text: &str) -> T {
    text.parse().unwrap()
}

#[test]
fn a_minimal_agent_has_every_default() {
    let files = Files::of(AGENT);
    let agent = files.agent();
    assert_eq!(
        agent,
        Agent {
            name: parsed("triage"),
            labels: BTreeMap::new(),
            prompt: "Sort the claims.".to_owned(),
            expect_json: false,
            definition: Definition {
                model: Model {
                    id: parsed("anthropic.claude-sonnet-4-20250514-v1:0"),
                    cross_region: None,
                },
                system_prompt: FileSource::Local(local(
                    &files,
                    "deploy-plans/prompt.md",
                    LocalKind::File
                )),
                tools: Vec::new(),
                policy_statements: Vec::new(),
            },
            environment: BTreeMap::new(),
            side: Side::Lambda(Lambda {
                source: CodeSource::Local(local(&files, "agents/triage", LocalKind::Folder)),
                handler: parsed("batch.handler"),
                language: CodeRuntime::Python313,
                settings: LambdaSettings {
                    timeout: Timeout::of(600),
                    memory_size: MemorySize::of(1024),
                    architecture: Architecture::Arm64,
                    ephemeral_storage_size: EphemeralStorageSize::of(512),
                    layers: Vec::new(),
                    alias: parsed("live"),
                },
            }),
            network: None,
            iam: Iam {
                role: None,
                permissions_boundary: None,
            },
            encryption: Encryption {
                key: KeyChoice::Managed,
            },
            observability: Observability {
                enabled: false,
                retention_days: RetentionDays::WEEK,
                metric_namespace: parsed("agentctl"),
                service_name: None,
                otel_env: OtelEnv::Auto,
            },
            data_protection: None,
            source: Position {
                file: "deploy-plans/agent.yaml".into(),
                line: 3,
                column: 19,
            },
            positions: agent.positions.clone(),
        }
    );
    assert_eq!(agent.service_name(), "triage");
}

/// Every key that an agent can have.
pub(super) const EVERYTHING: &str = "\
apiVersion: agentctl.dev/v1alpha1
kind: BatchAgent
metadata:
  name: triage
  labels: { team: billing, cost center: '7' }
spec:
  runtime: lambda
  prompt: Sort the claims.
  expectJson: true
  definition:
    model: { id: amazon.nova-pro-v1:0, crossRegion: eu }
    systemPrompt: s3://prompts/triage/v1.md
    tools: [prompt.md, ../agents/triage, s3://tools/read.zip]
    policyStatements:
      - Sid: Read
        Effect: Allow
        Action: s3:GetObject
        Resource: ['arn:aws:s3:::in/*']
        Condition: { Bool: { aws:SecureTransport: true }, NumericLessThan: { s3:max-keys: [10, '20'] } }
      - { Effect: Deny, NotAction: ['s3:*', 'kms:Decrypt'], NotResource: '*' }
  code:
    s3: { bucket: code-bucket, key: triage.zip, versionId: abc123 }
    image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/agents/triage@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    handler: app/batch.handler
    entryPoint: [opentelemetry-instrument, main.py]
    runtime: python3.12
  environment: { STAGE: prod, EMPTY: '' }
  lambda:
    timeout: 90s
    memorySize: 10240
    architecture: x86_64
    ephemeralStorageSize: 1024
    layers: ['arn:aws:lambda:eu-west-1:111122223333:layer:tools:3']
    alias: green
  agentcore:
    deploymentMethod: DIRECT_CODE
    endpoint: live
    protocol: MCP
    port: 8001
    path: /mcp/v1
    lifecycle: { idleTimeout: 10m, maxLifetime: 48h }
    authorizer:
      customJWTAuthorizer:
        discoveryUrl: https://issuer.example/.well-known/openid-configuration
        allowedAudience: [claims]
        allowedClients: [batch]
        allowedScopes: [read]
        customClaims:
          - { claim: department, equals: claims }
          - { claim: groups, contains: adjusters }
          - { claim: groups, containsAny: [leads, auditors] }
    requestHeaders: [Authorization]
    filesystems:
      - sessionStorage: { mountPath: /mnt/session }
      - efsAccessPoint: { arn: 'arn:aws:elasticfilesystem:eu-west-1:111122223333:access-point/fsap-0123abcd', mountPath: /mnt/efs }
      - s3FilesAccessPoint:
          arn: arn:aws:s3files:eu-west-1:111122223333:file-system/fs-0123456789abcdef0/access-point/fsap-0123456789abcdef0
          mountPath: /mnt/s3
      - capacityProviderVolume: { volumeName: scratch, mountPath: /mnt/scratch/ }
    allowedPorts: [9000, 9100-9110]
    platformVersion: V2
    capacityProvider: arn:aws:bedrock-agentcore:eu-west-1:111122223333:capacity-provider/fleet-0123456789
  network: { subnets: [subnet-0a1b2c3d], securityGroups: [sg-0a1b2c3d, sg-0a1b2c3e] }
  iam: { permissionsBoundary: 'arn:aws:iam::111122223333:policy/edge' }
  encryption: { key: 'arn:aws:kms:eu-west-1:111122223333:key/mrk-1234' }
  observability:
    enabled: true
    retentionDays: 3653
    metricNamespace: claims/agents
    serviceName: claims-triage
    otelEnv: explicit
  dataProtection: { identifiers: [EmailAddress, Ssn-US], audit: { logGroup: /audit/claims } }
  removalPolicy: destroy
";

#[test]
fn every_key_sets_its_value() {
    let files = Files::of(EVERYTHING);
    let agent = files.agent();
    let s3 = |bucket: &str, key: &str| S3Location {
        bucket: parsed(bucket),
        key: parsed(key),
    };
    let condition = |operator: &str, key: &str, values: &[&str]| {
        let values = values.iter().map(ToString::to_string).collect();
        (
            operator.to_owned(),
            BTreeMap::from([(key.to_owned(), values)]),
        )
    };
    assert_eq!(
        agent,
        Agent {
            name: parsed("triage"),
            labels: BTreeMap::from([
                (parsed("team"), parsed("billing")),
                (parsed("cost center"), parsed("7")),
            ]),
            prompt: "Sort the claims.".to_owned(),
            expect_json: true,
            definition: Definition {
                model: Model {
                    id: parsed("amazon.nova-pro-v1:0"),
                    cross_region: Some(CrossRegion::Eu),
                },
                system_prompt: FileSource::S3(s3("prompts", "triage/v1.md")),
                tools: vec![
                    FileSource::Local(local(&files, "deploy-plans/prompt.md", LocalKind::File)),
                    FileSource::Local(local(&files, "agents/triage", LocalKind::Folder)),
                    FileSource::S3(s3("tools", "read.zip")),
                ],
                policy_statements: vec![
                    PolicyStatement {
                        sid: Some("Read".to_owned()),
                        effect: Effect::Allow,
                        actions: Scope::Only(vec!["s3:GetObject".to_owned()]),
                        resources: Scope::Only(vec!["arn:aws:s3:::in/*".to_owned()]),
                        condition: BTreeMap::from([
                            condition("Bool", "aws:SecureTransport", &["true"]),
                            condition("NumericLessThan", "s3:max-keys", &["10", "20"]),
                        ]),
                    },
                    PolicyStatement {
                        sid: None,
                        effect: Effect::Deny,
                        actions: Scope::AllBut(vec!["s3:*".to_owned(), "kms:Decrypt".to_owned()]),
                        resources: Scope::AllBut(vec!["*".to_owned()]),
                        condition: BTreeMap::new(),
                    },
                ],
            },
            environment: agent.environment.clone(),
            side: Side::Lambda(Lambda {
                source: CodeSource::S3 {
                    location: s3("code-bucket", "triage.zip"),
                    version: Some(parsed("abc123")),
                },
                handler: parsed("app/batch.handler"),
                language: CodeRuntime::Python312,
                settings: LambdaSettings {
                    timeout: Timeout::of(90),
                    memory_size: MemorySize::of(10_240),
                    architecture: Architecture::X8664,
                    ephemeral_storage_size: EphemeralStorageSize::of(1024),
                    layers: vec![parsed(
                        "arn:aws:lambda:eu-west-1:111122223333:layer:tools:3"
                    )],
                    alias: parsed("green"),
                },
            }),
            network: Some(Network {
                subnets: vec![parsed("subnet-0a1b2c3d")],
                security_groups: vec![parsed("sg-0a1b2c3d"), parsed("sg-0a1b2c3e")],
            }),
            iam: Iam {
                role: None,
                permissions_boundary: Some(parsed("arn:aws:iam::111122223333:policy/edge")),
            },
            encryption: Encryption {
                key: KeyChoice::Existing(parsed("arn:aws:kms:eu-west-1:111122223333:key/mrk-1234")),
            },
            observability: Observability {
                enabled: true,
                retention_days: 3653.try_into().unwrap(),
                metric_namespace: parsed("claims/agents"),
                service_name: Some(parsed("claims-triage")),
                otel_env: OtelEnv::Explicit,
            },
            data_protection: Some(DataProtection {
                identifiers: vec![parsed("EmailAddress"), parsed("Ssn-US")],
                audit: Some(Audit {
                    log_group: parsed("/audit/claims"),
                }),
            }),
            source: agent.source.clone(),
            positions: agent.positions.clone(),
        }
    );
    let environment: Vec<_> = agent
        .environment
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose()))
        .collect();
    assert_eq!(environment, [("EMPTY", ""), ("STAGE", "prod")]);
    assert_eq!(agent.service_name(), "claims-triage");
}

#[test]
fn one_line_switches_the_side() {
    let switched = EVERYTHING.replace("runtime: lambda", "runtime: agentcore");
    let claim = |name: &str, rule| Claim {
        name: parsed(name),
        rule,
    };
    let mounted = |path: &str, storage| Filesystem {
        mount_path: parsed(path),
        storage,
    };
    let ports: Vec<String> = ["9000", "9100-9110"].map(str::to_owned).to_vec();
    let found = Files::of(&switched).agentcore();
    let shown: Vec<String> = found
        .settings
        .allowed_ports
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(shown, ports);
    assert_eq!(
        found,
        AgentCore {
            artifact: RuntimeArtifact::Code {
                source: CodeSource::S3 {
                    location: S3Location {
                        bucket: parsed("code-bucket"),
                        key: parsed("triage.zip"),
                    },
                    version: Some(parsed("abc123")),
                },
                entry_point: vec![parsed("opentelemetry-instrument"), parsed("main.py")],
                language: CodeRuntime::Python312,
            },
            authorizer: Some(JwtAuthorizer {
                settings: JwtAuthorizerSettings {
                    discovery_url: parsed(
                        "https://issuer.example/.well-known/openid-configuration"
                    ),
                    allowed_audience: vec!["claims".to_owned()],
                    allowed_clients: vec!["batch".to_owned()],
                    allowed_scopes: vec![parsed("read")],
                    custom_claims: Vec::new(),
                },
                claims: vec![
                    claim("department", ClaimRule::Equals(parsed("claims"))),
                    claim("groups", ClaimRule::Contains(parsed("adjusters"))),
                    claim(
                        "groups",
                        ClaimRule::ContainsAny(vec![parsed("leads"), parsed("auditors")])
                    ),
                ],
            }),
            filesystems: vec![
                mounted("/mnt/session", Storage::Session),
                mounted(
                    "/mnt/efs",
                    Storage::Efs(parsed(
                        "arn:aws:elasticfilesystem:eu-west-1:111122223333:access-point/fsap-0123abcd"
                    ))
                ),
                mounted(
                    "/mnt/s3",
                    Storage::S3Files(parsed(
                        "arn:aws:s3files:eu-west-1:111122223333:file-system/fs-0123456789abcdef0/access-point/fsap-0123456789abcdef0"
                    ))
                ),
                mounted(
                    "/mnt/scratch/",
                    Storage::CapacityProviderVolume(parsed("scratch"))
                ),
            ],
            settings: AgentCoreSettings {
                deployment_method: Some(DeploymentMethod::DirectCode),
                endpoint: parsed("live"),
                protocol: Protocol::Mcp,
                port: Some(8001.try_into().unwrap()),
                path: Some(parsed("/mcp/v1")),
                lifecycle: Lifecycle {
                    idle_timeout: Some(SessionTime::of(600)),
                    max_lifetime: SessionTime::of(172_800),
                },
                authorizer: None,
                request_headers: vec![parsed("Authorization")],
                filesystems: Vec::new(),
                allowed_ports: found.settings.allowed_ports.clone(),
                platform_version: Some(parsed("V2")),
                capacity_provider: Some(parsed(
                    "arn:aws:bedrock-agentcore:eu-west-1:111122223333:capacity-provider/fleet-0123456789"
                )),
            },
        }
    );
    let image = switched.replace("DIRECT_CODE", "CONTAINER");
    assert!(matches!(
        Files::of(&image).agentcore().artifact,
        RuntimeArtifact::Image(_)
    ));
}

#[test]
fn a_minimal_agent_on_agentcore_has_every_default() {
    let little = AGENT.replace("handler: batch.handler", "entryPoint: [batch.py]");
    let files = Files::of(&format!("{little}  runtime: agentcore\n"));
    let expected = AgentCore {
        artifact: RuntimeArtifact::Code {
            source: CodeSource::Local(local(&files, "agents/triage", LocalKind::Folder)),
            entry_point: vec![parsed("batch.py")],
            language: CodeRuntime::Python313,
        },
        authorizer: None,
        filesystems: Vec::new(),
        settings: AgentCoreSettings {
            deployment_method: None,
            endpoint: parsed("live"),
            protocol: Protocol::Http,
            port: None,
            path: None,
            lifecycle: Lifecycle {
                idle_timeout: None,
                max_lifetime: SessionTime::of(28_800),
            },
            authorizer: None,
            request_headers: Vec::new(),
            filesystems: Vec::new(),
            allowed_ports: Vec::new(),
            platform_version: None,
            capacity_provider: None,
        },
    };
    let idle = expected.settings.lifecycle.idle_timeout();
    assert_eq!(idle, SessionTime::of(900));
    assert_eq!(files.agent().side, Side::AgentCore(Box::new(expected)));
    let short = "  runtime: agentcore\n  agentcore: { lifecycle: { maxLifetime: 5m } }\n";
    assert_eq!(
        Files::of(&format!("{little}{short}"))
            .agentcore()
            .settings
            .lifecycle
            .idle_timeout(),
        SessionTime::of(300)
    );
}

#[test]
fn a_project_can_limit_region_and_account() {
    let project = format!(
        "{PROJECT}spec:\n  region: us-east-1\n  account: \"011122223333\"\n  regions: [us-east-1, us-gov-west-1]\n"
    );
    let files = Files::new().with("deploy-plans/project.yaml", &project);
    let expected = Project {
        name: parsed("claims"),
        region: Some(parsed("us-east-1")),
        account: Some(parsed("011122223333")),
        regions: vec![parsed("us-east-1"), parsed("us-gov-west-1")],
        agents: Vec::new(),
        manifests: BTreeSet::from([files.path("deploy-plans/project.yaml")]),
    };
    assert_eq!(files.load().unwrap().project, expected);
    // Without quotes YAML would read a number. An id with a leading zero keeps it.
    let files = files.with("deploy-plans/project.yaml", project.replace('"', ""));
    assert_eq!(files.load().unwrap().project, expected);
}

#[test]
fn json_and_yaml_give_the_same_agent() {
    let json = r#"{
  "apiVersion": "agentctl.dev/v1alpha1",
  "kind": "BatchAgent",
  "metadata": { "name": "triage" },
  "spec": {
    "prompt": "Sort the claims.",
    "definition": { "systemPrompt": "prompt.md" },
    "code": { "path": "../agents/triage", "handler": "batch.handler" }
  }
}"#;
    let files = Files::new()
        .with("deploy-plans/project.yaml", PROJECT)
        .with("deploy-plans/agent.json", json);
    let from_json = files.agent();
    assert_eq!(from_json.source.to_string(), "deploy-plans/agent.json:4:25");
    let files = files
        .with("deploy-plans/agent.json", "")
        .with("deploy-plans/agent.yaml", AGENT);
    let from_yaml = files.agent();
    assert_eq!(
        from_json,
        Agent {
            source: from_json.source.clone(),
            positions: from_json.positions.clone(),
            ..from_yaml
        }
    );
}

#[test]
fn anchors_and_merge_keys_repeat_their_values() {
    let agent =
        agent_with("  environment: { AB: &value x, CD: *value }\n  lambda: { timeout: 1m }\n");
    let plain = Files::of(&agent).agent();
    let values: Vec<_> = plain
        .environment
        .values()
        .map(EnvironmentValue::expose)
        .collect();
    assert_eq!(values, ["x", "x"]);
    let repeated = agent.replace(
        "lambda: { timeout: 1m }",
        "lambda: { <<: { timeout: 1m, memorySize: 128 }, memorySize: 256 }",
    );
    // The paths of the two are in different folders.
    let merged = Files::of(&repeated).lambda();
    assert_eq!(
        merged,
        Lambda {
            settings: LambdaSettings {
                timeout: Timeout::of(60),
                memory_size: MemorySize::of(256),
                ..LambdaSettings::default()
            },
            source: merged.source.clone(),
            ..Files::of(&agent).lambda()
        }
    );
}
