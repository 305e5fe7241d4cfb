//! The resources of agents, from manifests as users write them.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Destination, ExpandError, Expansion, prepare, prepare_names};
use crate::kinds::s3_object::S3Object;
use crate::kinds::{registry, s3_object};
use crate::manifest::{FileRule, Manifests, ProjectRule, Selection, Variables, load, load_by};
use crate::plan::model::Purpose;
use crate::plan::observation::{Observations, Records};
use crate::plan::test_kind::plan;
use crate::resource::desired::DesiredResource;
use crate::resource::document;
use crate::resource::kind::Kind;
use crate::resource::reference::{Source, resolve};
use crate::resource::site::Site;

/// The spec of every agent here, unless a test has another.
const MINIMAL: &str = "
  prompt: Sort the claims.
  definition: { systemPrompt: prompt.md, tools: [tool.py] }
  code: { path: ../agent, handler: batch.handler }
";

fn site() -> Site {
    Site {
        partition: "aws".into(),
        account: "111122223333".into(),
        region: "eu-west-1".into(),
    }
}

fn root_of(folder: &TempDir) -> Utf8PathBuf {
    Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap()
}

/// Reads a project with one agent.
fn loaded(spec: &str) -> (TempDir, Manifests) {
    let folder = tempfile::tempdir().unwrap();
    let root = root_of(&folder);
    write(&root, "deploy-plans/prompt.md", "You sort claims.");
    write(
        &root,
        "deploy-plans/tool.py",
        "def add(a: int, b: int) -> int: ...",
    );
    write(&root, "agent/batch.py", "def handler(event, context): ...");
    write(&root, "agent/main.py", "print('listening')");
    let header = "apiVersion: agentctl.dev/v1alpha1\n";
    let manifest = format!(
        "{header}kind: Project\nmetadata: {{ name: claims }}\n---\n{header}kind: BatchAgent\nmetadata: {{ name: triage, labels: {{ team: billing }} }}\nspec:{spec}"
    );
    write(&root, "deploy-plans/triage.yaml", &manifest);
    let manifests = load(
        &root,
        &Selection::all(),
        ProjectRule::Required,
        &Variables::default(),
    )
    .unwrap();
    (folder, manifests)
}

fn expanded_in(site: &Site, env: &str, spec: &str) -> Result<Expansion, Vec<ExpandError>> {
    let (folder, Manifests { project, .. }) = loaded(spec);
    prepare(&root_of(&folder), &project, &project.agents)?.expand(site, env)
}

#[test]
fn names_need_no_files_and_equal_those_of_the_whole_expansion() {
    let header = "apiVersion: agentctl.dev/v1alpha1\n";
    let manifest = format!(
        "{header}kind: Project\nmetadata: {{ name: claims }}\n---\n{header}kind: BatchAgent\nmetadata: {{ name: triage, labels: {{ team: billing }} }}\nspec:{MINIMAL}"
    );
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
    write(&root, "deploy-plans/triage.yaml", &manifest);
    let rule = ProjectRule::Required;
    assert!(load(&root, &Selection::all(), rule, &Variables::default()).is_err());
    let manifests = load_by(
        &root,
        &Selection::all(),
        rule,
        FileRule::Ignored,
        &Variables::default(),
    )
    .unwrap();
    let project = &manifests.project;
    let named = prepare_names(project, &project.agents)
        .expand(&site(), "default")
        .unwrap();
    let called = |expansion: &Expansion| -> Vec<_> {
        let of_kind = |resource: &&DesiredResource| resource.address.kind() != S3Object::NAME;
        let desired = expansion.desired.iter().filter(of_kind);
        desired
            .map(|resource| {
                (
                    resource.address.clone(),
                    resource.owner.clone(),
                    resource.name.clone(),
                )
            })
            .collect()
    };
    assert_eq!(named.desired.len(), called(&named).len());
    assert_eq!(called(&named), called(&expanded(MINIMAL)));
}

fn write(root: &Utf8Path, path: &str, text: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn expanded(spec: &str) -> Expansion {
    expanded_in(&site(), "default", spec).unwrap()
}

fn find<'a>(expansion: &'a Expansion, kind: &str) -> &'a DesiredResource {
    expansion
        .desired
        .iter()
        .find(|resource| resource.address.kind() == kind)
        .unwrap()
}

/// The spec with the outputs that are known in advance, and the others named in brackets.
fn shown(expansion: &Expansion, kind: &str) -> Value {
    resolve(&find(expansion, kind).spec, &|source: &Source| {
        let known = expansion
            .desired
            .iter()
            .find(|resource| resource.address == source.address)?
            .known
            .get(&source.output);
        Some(
            known
                .cloned()
                .unwrap_or_else(|| json!(format!("<{} {}>", source.address, source.output))),
        )
    })
}

fn environment(expansion: &Expansion) -> BTreeMap<String, String> {
    environment_of(expansion, "lambda-function")
}

fn environment_of(expansion: &Expansion, kind: &str) -> BTreeMap<String, String> {
    serde_json::from_value(shown(expansion, kind)["environment"].clone()).unwrap()
}

/// The statements of the role's policy by their ids.
fn statements(expansion: &Expansion) -> BTreeMap<String, Value> {
    let policy = shown(expansion, "iam-role")["policies"]["agent"]["Statement"].clone();
    policy
        .as_array()
        .unwrap()
        .iter()
        .map(|statement| {
            (
                statement["Sid"].as_str().unwrap_or_default().to_owned(),
                statement.clone(),
            )
        })
        .collect()
}

fn mistakes(spec: &str) -> Vec<String> {
    let errors = expanded_in(&site(), "default", spec).unwrap_err();
    errors
        .iter()
        .map(|error| {
            format!(
                "{} {} {}",
                error.mistake.code(),
                error.position.as_ref().unwrap(),
                error.mistake
            )
        })
        .collect()
}

fn with(more: &str) -> String {
    format!("{MINIMAL}{more}\n")
}

#[test]
fn a_minimal_agent_has_these_resources() {
    let names: Vec<String> = expanded(MINIMAL)
        .desired
        .iter()
        .map(|resource| resource.address.to_string())
        .collect();
    assert_eq!(
        names,
        [
            "artifacts-bucket/shared",
            "kms-key/triage",
            "s3-object/triage.code",
            "s3-object/triage.prompt",
            "s3-object/triage.tools.tool.py",
            "iam-role/triage.lambda",
            "log-group/triage",
            "lambda-function/triage",
            "lambda-version/triage",
            "lambda-alias/triage.live",
        ]
    );
}

#[test]
fn a_manifest_in_the_folder_of_the_code_is_not_a_part_of_the_code() {
    let code = |prompt: &str| {
        let spec = format!(
            "\n  prompt: {prompt}\n  definition: {{ systemPrompt: prompt.md }}\n  code: {{ path: ., handler: tool.add }}\n"
        );
        let expansion = expanded(&spec);
        let of_code = |object: &&DesiredResource| object.address.name() == "triage.code";
        let object = expansion.desired.iter().find(of_code).unwrap();
        format!("{:?}", object.spec)
    };
    assert_eq!(code("Sort the claims."), code("Sort the invoices."));
}

/// Returns what is of another place than an agent in `eu-west-1` of `111122223333`.
fn elsewhere(spec: &str, destination: Destination<'_>) -> Vec<String> {
    let (folder, manifests) = loaded(spec);
    let prepared = prepare(
        &root_of(&folder),
        &manifests.project,
        &manifests.project.agents,
    );
    let errors = prepared.unwrap().check_places(destination).err();
    errors
        .unwrap_or_default()
        .iter()
        .map(|error| {
            let place = error.position.as_ref().map(ToString::to_string);
            format!("{} {error}", place.unwrap_or_default())
        })
        .collect()
}

const HERE: Destination<'_> = Destination {
    region: Some("eu-west-1"),
    account: Some("111122223333"),
};

#[test]
fn what_is_of_another_region_partition_or_account_is_refused() {
    let lambda = with(
        "
  iam: { role: 'arn:aws:iam::444455556666:role/r' }
  encryption: { key: 'arn:aws:kms:us-east-1:444455556666:key/k' }
  lambda: { layers: ['arn:aws:lambda:eu-west-1:444455556666:layer:x:1', 'arn:aws:lambda:us-east-1:111122223333:layer:x:1'] }
",
    );
    insta::assert_snapshot!(elsewhere(&lambda, HERE).join("\n"), @"
    deploy-plans/triage.yaml:13:16 `spec.iam.role` is of account `444455556666`, and the agent is deployed to account `111122223333`
    deploy-plans/triage.yaml:14:22 `spec.encryption.key` is of region `us-east-1`, and the agent is deployed to region `eu-west-1`
    deploy-plans/triage.yaml:15:73 `spec.lambda.layers[1]` is of region `us-east-1`, and the agent is deployed to region `eu-west-1`
    ");
    let unknown = Destination {
        region: None,
        account: None,
    };
    assert_eq!(elsewhere(&lambda, unknown), Vec::<String>::new());
    let digest = "a".repeat(64);
    let agentcore = format!(
        "
  runtime: agentcore
  prompt: Sort the claims.
  definition:
    systemPrompt: prompt.md
    model: {{ crossRegion: us }}
    policyStatements:
    - {{ Effect: Allow, Action: 's3:*', Resource: ['arn:aws:s3:::x', 'arn:aws-cn:s3:::x', '*'] }}
    - {{ Effect: Allow, Action: 's3:*', Resource: 'arn:aws:sqs:us-east-1:444455556666:x' }}
  code: {{ image: 444455556666.dkr.ecr.us-east-1.amazonaws.com/x@sha256:{digest} }}
  iam: {{ permissionsBoundary: 'arn:aws-us-gov:iam::111122223333:policy/p' }}
  agentcore:
    capacityProvider: 'arn:aws:bedrock-agentcore:us-east-1:111122223333:capacity-provider/x-0123456789'
    filesystems:
    - efsAccessPoint: {{ arn: 'arn:aws:elasticfilesystem:us-east-1:111122223333:access-point/fsap-01234567', mountPath: /mnt/x }}
"
    );
    insta::assert_snapshot!(elsewhere(&agentcore, HERE).join("\n"), @"
    deploy-plans/triage.yaml:18:31 `spec.iam.permissionsBoundary` is of partition `aws-us-gov`, and the agent is deployed to partition `aws`
    deploy-plans/triage.yaml:17:18 `spec.code.image` is of region `us-east-1`, and the agent is deployed to region `eu-west-1`
    deploy-plans/triage.yaml:20:23 `spec.agentcore.capacityProvider` is of region `us-east-1`, and the agent is deployed to region `eu-west-1`
    deploy-plans/triage.yaml:22:7 `spec.agentcore.filesystems[0]` is of region `us-east-1`, and the agent is deployed to region `eu-west-1`
    deploy-plans/triage.yaml:13:27 the inference profiles of `crossRegion: us` cannot be called from region `eu-west-1`
    deploy-plans/triage.yaml:15:69 `spec.definition.policyStatements[0].Resource[1]` is of partition `aws-cn`, and the agent is deployed to partition `aws`
    ");
}

#[test]
fn what_is_of_the_agents_own_place_or_of_nobodys_is_allowed() {
    for spec in [
        "
  iam: { permissionsBoundary: 'arn:aws:iam::aws:policy/PowerUserAccess' }
  encryption: { key: 'arn:aws:kms:eu-west-1:444455556666:key/k' }
",
        "
  iam: { role: 'arn:aws:iam::111122223333:role/r' }
",
    ] {
        assert_eq!(elsewhere(&with(spec), HERE), Vec::<String>::new(), "{spec}");
    }
}

#[test]
fn the_environment_has_exactly_the_names_that_agents_read() {
    let plain = environment(&expanded(MINIMAL));
    let names: Vec<&str> = plain.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "EXPECT_JSON",
            "INVOKE_TYPE",
            "LOG_LEVEL",
            "MODEL_ID",
            "POWERTOOLS_METRICS_DISABLED",
            "POWERTOOLS_TRACE_DISABLED",
            "PROMPT",
            "SYSTEM_PROMPT_S3_BUCKET_NAME",
            "SYSTEM_PROMPT_S3_KEY",
            "TOOLS_CONFIG",
        ]
    );
    let tools: Value = serde_json::from_str(&plain["TOOLS_CONFIG"]).unwrap();
    let key = tools[0]["key"].as_str().unwrap();
    assert_eq!(
        tools,
        json!([{ "bucketName": "agentctl-111122223333-eu-west-1", "key": key, "isFile": true, "isZipArchive": false }])
    );
    assert!(
        key.starts_with("objects/claims/default/triage/tools/") && key.ends_with("-tool.py"),
        "{key}"
    );
    assert_eq!(
        (plain["INVOKE_TYPE"].as_str(), plain["EXPECT_JSON"].as_str()),
        ("batch", "")
    );
}

#[test]
fn observability_swaps_the_variables_and_allows_traces() {
    let observed = expanded(&with("  observability: { enabled: true }"));
    let environment = environment(&observed);
    assert!(
        environment.contains_key("POWERTOOLS_SERVICE_NAME")
            && environment.contains_key("POWERTOOLS_METRICS_NAMESPACE")
    );
    assert!(
        !environment
            .keys()
            .any(|name| name.ends_with("_DISABLED") || name.starts_with("OTEL_")),
        "{environment:?}"
    );
    assert_eq!(shown(&observed, "lambda-function")["tracing"], "Active");
    assert!(statements(&observed).contains_key("Traces"));
}

#[test]
fn open_telemetry_is_set_up_only_with_its_layer() {
    let layer = "arn:aws:lambda:eu-west-1:615299751070:layer:AWSOpenTelemetryDistroPython:16";
    let names = environment(&expanded(&with(&format!(
        "  observability: {{ enabled: true }}\n  lambda: {{ layers: ['{layer}'] }}"
    ))));
    let of_layer: Vec<&String> = names
        .keys()
        .filter(|name| name.starts_with("OTEL_"))
        .collect();
    assert_eq!(
        of_layer,
        [
            "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
            "OTEL_EXPORTER_OTLP_PROTOCOL",
            "OTEL_PYTHON_CONFIGURATOR",
            "OTEL_PYTHON_DISTRO",
            "OTEL_RESOURCE_ATTRIBUTES",
            "OTEL_TRACES_EXPORTER",
        ]
    );
    assert_eq!(
        (
            names["AWS_LAMBDA_EXEC_WRAPPER"].as_str(),
            names["AGENT_OBSERVABILITY_ENABLED"].as_str()
        ),
        ("/opt/otel-instrument", "true")
    );
    let without = mistakes(&with(
        "  observability: { enabled: true, otelEnv: explicit }",
    ));
    assert!(
        without[0].starts_with("AC0207 deploy-plans/triage.yaml:12:"),
        "{without:?}"
    );
}

#[test]
fn the_role_allows_exactly_what_the_agent_needs() {
    let statements = statements(&expanded(MINIMAL));
    assert_eq!(
        statements.keys().map(String::as_str).collect::<Vec<_>>(),
        ["Files", "Key", "Logs", "Model"]
    );
    let bucket = "arn:aws:s3:::agentctl-111122223333-eu-west-1/objects/claims/default/triage";
    // Not the code: Lambda copies it with the permissions of the deployer.
    let files = [format!("{bucket}/prompt/*"), format!("{bucket}/tools/*")];
    assert_eq!(statements["Files"]["Resource"], json!(files));
    assert_eq!(statements["Files"]["Action"], json!(["s3:GetObject"]));
    assert_eq!(
        statements["Key"]["Resource"],
        json!(["<kms-key/triage arn>"])
    );
    // The agent only reads what is under its key.
    assert_eq!(statements["Key"]["Action"], json!(["kms:Decrypt"]));
    assert_eq!(
        statements["Logs"]["Resource"],
        json!(["arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/triage:*"])
    );
    let model =
        "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-sonnet-4-20250514-v1:0";
    assert_eq!(statements["Model"]["Resource"], json!([model]));
}

#[test]
fn a_cross_region_model_is_reached_through_its_profile_only() {
    let definition =
        "  definition: { systemPrompt: prompt.md, model: { id: anthropic.m, crossRegion: eu } }";
    let spec = MINIMAL.replace(
        "  definition: { systemPrompt: prompt.md, tools: [tool.py] }",
        definition,
    );
    let statements = statements(&expanded(&spec));
    let profile = "arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.anthropic.m";
    assert_eq!(statements["Profile"]["Resource"], json!([profile]));
    assert_eq!(
        statements["Model"]["Resource"],
        json!(["arn:aws:bedrock:*::foundation-model/anthropic.m"])
    );
    assert_eq!(
        statements["Model"]["Condition"],
        json!({ "StringLike": { "bedrock:InferenceProfileArn": [profile] } })
    );
}

#[test]
fn lambda_can_assume_the_role_for_this_account_only() {
    let trust = &shown(&expanded(MINIMAL), "iam-role")["trust"]["Statement"][0];
    assert_eq!(
        trust["Principal"],
        json!({ "Service": ["lambda.amazonaws.com"] })
    );
    assert_eq!(
        trust["Condition"],
        json!({ "StringEquals": { "aws:SourceAccount": ["111122223333"] } })
    );
}

#[test]
fn the_policy_of_the_key_names_no_role() {
    let policy = shown(&expanded(MINIMAL), "kms-key")["policy"].clone();
    let principals: Vec<&Value> = policy["Statement"]
        .as_array()
        .unwrap()
        .iter()
        .map(|statement| &statement["Principal"])
        .collect();
    assert_eq!(
        principals,
        [
            &json!({ "AWS": ["arn:aws:iam::111122223333:root"] }),
            &json!({ "Service": ["logs.eu-west-1.amazonaws.com"] })
        ]
    );
    let china = Site {
        partition: "aws-cn".into(),
        region: "cn-north-1".into(),
        ..site()
    };
    let there = expanded_in(&china, "default", MINIMAL).unwrap();
    let text = shown(&there, "kms-key").to_string();
    assert!(
        text.contains("logs.cn-north-1.amazonaws.com.cn") && text.contains("arn:aws-cn:iam::"),
        "{text}"
    );
}

#[test]
fn every_arn_has_the_partition_of_the_region() {
    for (partition, region) in [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")] {
        let site = Site {
            partition: partition.into(),
            region: region.into(),
            ..site()
        };
        let expansion = expanded_in(&site, "default", MINIMAL).unwrap();
        let text: Vec<String> = expansion
            .desired
            .iter()
            .map(|resource| format!("{} {}", resource.address, resource.spec))
            .collect();
        let text = text.join("\n");
        let arns: Vec<&str> = text.split("arn:").skip(1).collect();
        assert!(arns.len() > 5, "{text}");
        for arn in arns {
            assert!(arn.starts_with(&format!("{partition}:")), "arn:{arn}");
        }
    }
}

#[test]
fn each_choice_of_key_applies_to_all_resources() {
    let keys = |choice: &str| {
        let expansion = expanded(&with(&format!("  encryption: {{ key: '{choice}' }}")));
        let has_key = expansion
            .desired
            .iter()
            .any(|resource| resource.address.kind() == "kms-key");
        let key = |kind: &str| shown(&expansion, kind)["kmsKey"].clone();
        (
            has_key,
            [key("lambda-function"), key("log-group"), key("s3-object")],
        )
    };
    let own = json!("<kms-key/triage arn>");
    assert_eq!(keys("managed"), (true, [own.clone(), own.clone(), own]));
    assert_eq!(
        keys("aws"),
        (false, [Value::Null, Value::Null, Value::Null])
    );
    let arn = json!("arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555");
    assert_eq!(
        keys(arn.as_str().unwrap()),
        (false, [arn.clone(), arn.clone(), arn])
    );
}

#[test]
fn a_role_of_the_user_is_used_and_none_is_declared() {
    let role = "arn:aws:iam::111122223333:role/mine";
    let expansion = expanded(&with(&format!("  iam: {{ role: '{role}' }}")));
    assert!(
        expansion
            .desired
            .iter()
            .all(|resource| resource.address.kind() != "iam-role")
    );
    assert_eq!(shown(&expansion, "lambda-function")["role"], role);
}

#[test]
fn only_an_agent_with_a_network_can_create_interfaces() {
    let network = "  network: { subnets: [subnet-12345678], securityGroups: [sg-12345678] }";
    assert!(statements(&expanded(&with(network))).contains_key("NetworkInterfaces"));
    assert!(!statements(&expanded(MINIMAL)).contains_key("NetworkInterfaces"));
}

#[test]
fn two_environments_share_nothing_but_the_bucket() {
    let names = |env: &str| -> Vec<String> {
        let expansion = expanded_in(&site(), env, MINIMAL).unwrap();
        expansion
            .desired
            .iter()
            .skip(1)
            .map(|resource| json!(resource.name).to_string())
            .collect()
    };
    let (default, prod) = (names("default"), names("prod"));
    assert!(
        default.iter().all(|name| !prod.contains(name)),
        "{default:?} {prod:?}"
    );
}

#[test]
fn mistakes_that_only_show_together_are_reported_with_their_places() {
    let long = format!("  environment: {{ LONG: '{}' }}", "x".repeat(5000));
    let all = [
        mistakes(&with(&long)),
        mistakes(&with("  environment: { MODEL_ID: mine }")),
        mistakes(&MINIMAL.replace("batch.handler", "other.handler")),
        mistakes(&MINIMAL.replace(
            "tools: [tool.py]",
            "policyStatements: [{ Sid: Logs, Effect: Allow, Action: 'sqs:*', Resource: '*' }]",
        )),
        mistakes(&MINIMAL.replace("path: ../agent", "s3: { bucket: code, key: a.zip }")),
    ];
    insta::assert_snapshot!(all.concat().join("\n"), @r"
    AC0204 deploy-plans/triage.yaml:12:16 the environment takes 5594 bytes together with what agentctl adds, Lambda takes 4096
    AC0205 deploy-plans/triage.yaml:12:28 `MODEL_ID` is set by agentctl
    AC0203 deploy-plans/triage.yaml:11:36 handler `other.handler` needs `other.py` or `other/__init__.py` in `agent`
    AC0209 deploy-plans/triage.yaml:10:60 the statement id `Logs` occurs twice in the role's policy, which also has statements of agentctl
    AC0111 deploy-plans/triage.yaml:11:15 `code.s3` is not supported by this version of agentctl
    ");
}

#[test]
fn everything_can_be_planned_in_an_order() {
    let expansion = expanded(MINIMAL);
    let plan = plan(
        &registry(),
        &expansion.desired,
        &Observations::default(),
        &Records::default(),
        Purpose::Apply,
    )
    .unwrap();
    let place = |kind: &str| {
        plan.steps
            .iter()
            .position(|step| step.id.address.kind() == kind)
            .unwrap()
    };
    for (first, then) in [
        ("artifacts-bucket", "s3-object"),
        ("kms-key", "iam-role"),
        ("iam-role", "lambda-function"),
        ("log-group", "lambda-function"),
        ("s3-object", "lambda-function"),
        ("lambda-function", "lambda-version"),
        ("lambda-version", "lambda-alias"),
    ] {
        assert!(place(first) < place(then), "{first} before {then}");
    }
}

#[test]
fn the_key_of_an_object_has_the_digest_of_its_content() {
    let expansion = expanded(MINIMAL);
    let object = find(&expansion, "s3-object");
    let digest = object.spec["digest"].as_str().unwrap();
    assert!(
        object.known[s3_object::KEY.name()]
            .as_str()
            .unwrap()
            .contains(digest)
    );
}

mod agentcore;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_users_statements_are_in_the_role_unchanged(
        actions in prop::collection::btree_set("(s3|dynamodb|sqs):[A-Z][a-z]{1,8}", 1..4),
        resources in prop::collection::btree_set("arn:aws:s3:::[a-z]{3,10}(/[*])?", 1..4),
        effect in prop::sample::select(vec!["Allow", "Deny"]),
    ) {
        let list = |set: &std::collections::BTreeSet<String>| set.iter().map(|text| format!("'{text}'")).collect::<Vec<_>>().join(", ");
        let statement = format!("{{ Sid: Mine, Effect: {effect}, Action: [{}], Resource: [{}] }}", list(&actions), list(&resources));
        let spec = MINIMAL.replace("tools: [tool.py]", &format!("policyStatements: [{statement}]"));
        let expansion = expanded(&spec);
        let mine = statements(&expansion)["Mine"].clone();
        let declared = json!({ "Statement": [{ "Sid": "Mine", "Effect": effect, "Action": actions, "Resource": resources }] });
        let made = json!({ "Statement": [mine] });
        prop_assert!(document::is_same(&made, &declared));
    }
}
