//! Each setting of the manifest is added, changed and removed: nothing else differs, and one apply reaches it.

use std::collections::BTreeMap;

use agentctl::plan::diff::{After, Author};
use agentctl::plan::kept::KeptReason;
use agentctl::plan::model::Action;
use localstack::Service;
use serde_json::{Value, json};

use crate::support::{ACCOUNT, Project, REGION, World, steps};

const FUNCTION: &str = "lambda-function/triage";
const GROUP: &str = "log-group/triage";
const KEY: &str = "kms-key/triage";
const ROLE: &str = "iam-role/triage.lambda";
/// What differs, as steps with the fields that they change.
type Differences = BTreeMap<String, Vec<String>>;

/// Returns the differences that follow every change of what a version freezes.
fn published() -> Differences {
    differences(&[
        ("lambda-alias/triage.live", &["/version"]),
        ("lambda-version/triage", &["/content"]),
    ])
}

fn differences(expected: &[(&str, &[&str])]) -> Differences {
    expected
        .iter()
        .map(|(step, fields)| {
            let fields = fields.iter().map(|field| (*field).to_owned()).collect();
            ((*step).to_owned(), fields)
        })
        .collect()
}

/// Asserts that exactly the expected fields differ, all changed by the owner, and that one apply is enough.
#[track_caller]
fn demand<'a>(
    project: &'a Project,
    when: &'a str,
    expected: Differences,
) -> impl Future<Output = ()> + 'a {
    let caller = std::panic::Location::caller();
    async move {
        let plan = project.diff().await;
        let found: Differences = plan
            .steps
            .iter()
            .map(|step| {
                let fields = step.changes.iter().map(|change| change.path.clone());
                (step.id.to_string(), fields.collect())
            })
            .collect();
        assert_eq!(found, expected, "{when}, called at {caller}");
        for change in plan.steps.iter().flat_map(|step| &step.changes) {
            let expected = match change.after {
                After::KnownAfterApply { .. } => None,
                After::Value(_) | After::Absent => Some(Author::You),
            };
            assert_eq!(change.author, expected, "{when}: {}", change.path);
        }
        project.apply().await;
        assert_eq!(steps(&project.diff().await), [], "{when}, after the apply");
    }
}

/// Returns the differences of a function whose next version is published, with others.
fn served(function: &[&str], others: &[(&str, &[&str])]) -> Differences {
    let mut all = published();
    all.extend(differences(&[(FUNCTION, function)]));
    all.extend(differences(others));
    all
}

async fn applied() -> (World, Project) {
    let world = World::new();
    let project = world.triage();
    project.apply().await;
    (world, project)
}

#[tokio::test(start_paused = true)]
async fn observability_is_switched_and_logs_are_kept_longer() {
    let (_world, mut project) = applied().await;
    project.set("/observability/enabled", json!(false));
    let switched = [
        "/environment/POWERTOOLS_METRICS_DISABLED",
        "/environment/POWERTOOLS_METRICS_NAMESPACE",
        "/environment/POWERTOOLS_SERVICE_NAME",
        "/environment/POWERTOOLS_TRACE_DISABLED",
        "/tracing",
    ];
    let role: &[(&str, &[&str])] = &[(ROLE, &["/policies/agent"])];
    demand(&project, "off", served(&switched, role)).await;
    project.set("/observability/enabled", json!(true));
    demand(&project, "on", served(&switched, role)).await;

    project.set("/observability/metricNamespace", json!("claims"));
    let namespace = ["/environment/POWERTOOLS_METRICS_NAMESPACE"];
    demand(&project, "namespace", served(&namespace, &[])).await;

    project.set("/observability/retentionDays", json!(30));
    demand(
        &project,
        "longer",
        differences(&[(GROUP, &["/retentionDays"])]),
    )
    .await;
    project.set("/observability/retentionDays", Value::Null);
    demand(
        &project,
        "default",
        differences(&[(GROUP, &["/retentionDays"])]),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn masking_is_changed_removed_and_added_again() {
    let (world, mut project) = applied().await;
    let only = |fields: &[&str]| differences(&[(GROUP, fields)]);
    project.set(
        "/dataProtection/identifiers",
        json!(["EmailAddress", "IpAddress"]),
    );
    demand(&project, "changed", only(&["/dataProtection/identifiers"])).await;

    let clients = world.clients();
    let findings = clients.logs.create_log_group().log_group_name("findings");
    findings.send().await.unwrap();
    project.set("/dataProtection/audit", json!({ "logGroup": "findings" }));
    demand(
        &project,
        "audited",
        only(&["/dataProtection/findings/logGroup"]),
    )
    .await;

    let whole = only(&[
        "/dataProtection/customIdentifiers",
        "/dataProtection/findings/logGroup",
        "/dataProtection/identifiers",
    ]);
    project.set("/dataProtection", Value::Null);
    demand(&project, "ended", whole.clone()).await;
    let begun = json!({ "identifiers": ["EmailAddress"], "audit": { "logGroup": "findings" } });
    project.set("/dataProtection", begun);
    demand(&project, "begun", whole).await;
}

#[tokio::test(start_paused = true)]
async fn layers_are_added_reordered_and_removed() {
    let (world, mut project) = applied().await;
    let (one, two) = (world.layer("one").await, world.layer("two").await);
    for (when, layers) in [
        ("added", json!([one, two])),
        ("reordered", json!([two, one])),
        ("taken out", Value::Null),
    ] {
        project.set("/lambda/layers", layers);
        demand(&project, when, served(&["/layers"], &[])).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_network_is_joined_changed_and_left() {
    let (_world, mut project) = applied().await;
    let role: &[(&str, &[&str])] = &[(ROLE, &["/policies/agent"])];
    let whole = [
        "/network/ipv6",
        "/network/securityGroups",
        "/network/subnets",
    ];
    project.set(
        "/network",
        json!({ "subnets": ["subnet-0123456789abcdef0"], "securityGroups": ["sg-0123456789abcdef0"] }),
    );
    demand(&project, "joined", served(&whole, role)).await;
    project.set(
        "/network/subnets",
        json!(["subnet-0123456789abcdef1", "subnet-0123456789abcdef0"]),
    );
    demand(&project, "changed", served(&["/network/subnets"], &[])).await;
    project.set("/network", Value::Null);
    demand(&project, "left", served(&whole, role)).await;
}

#[tokio::test(start_paused = true)]
async fn labels_are_added_changed_and_removed_on_all_resources() {
    let (_world, mut project) = applied().await;
    let everywhere = |fields: &[&str]| {
        differences(&[
            (FUNCTION, fields),
            (GROUP, fields),
            (KEY, fields),
            (ROLE, fields),
        ])
    };
    project.agent["metadata"]["labels"] = json!({ "team": "billing", "cost/centre": "42" });
    demand(&project, "added", everywhere(&["/tags/cost~1centre"])).await;
    project.agent["metadata"]["labels"] = json!({ "team": "refunds", "cost/centre": "42" });
    demand(&project, "changed", everywhere(&["/tags/team"])).await;
    project.agent["metadata"]["labels"] = json!({});
    let both = ["/tags/cost~1centre", "/tags/team"];
    demand(&project, "taken out", everywhere(&both)).await;
}

#[tokio::test(start_paused = true)]
async fn variables_are_added_changed_and_removed() {
    let (_world, mut project) = applied().await;
    let variable = served(&["/environment/STAGE"], &[]);
    for (when, value) in [
        ("added", json!("test")),
        ("changed", json!("prod")),
        ("taken out", Value::Null),
    ] {
        project.set("/environment/STAGE", value);
        demand(&project, when, variable.clone()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn code_tools_and_the_machine_are_changed() {
    let (_world, mut project) = applied().await;
    project.set("/lambda/timeout", json!("2m"));
    project.set("/lambda/ephemeralStorageSize", json!(1024));
    project.set("/lambda/architecture", json!("x86_64"));
    project.set("/code/runtime", json!("python3.12"));
    let machine = [
        "/architecture",
        "/ephemeralStorageSize",
        "/runtime",
        "/timeout",
    ];
    demand(&project, "machine", served(&machine, &[])).await;

    project.write(
        "deploy-plans/agent/batch.py",
        "def handler(event, context):\n    return {}\n",
    );
    let object: &[(&str, &[&str])] = &[("s3-object/triage.code", &[])];
    demand(&project, "code", served(&["/codeSha256"], object)).await;

    project.write("deploy-plans/tools/rate.py", "def rate():\n    return 1\n");
    project.set(
        "/definition/tools",
        json!(["tools/total.py", "tools/rate.py"]),
    );
    let object: &[(&str, &[&str])] = &[("s3-object/triage.tools.rate.py", &[])];
    demand(
        &project,
        "tool",
        served(&["/environment/TOOLS_CONFIG"], object),
    )
    .await;

    project.set(
        "/definition/model",
        json!({ "id": "anthropic.claude-sonnet-5-5" }),
    );
    // The older version keeps the permission for its model, so nothing narrows.
    let role: &[(&str, &[&str])] = &[(ROLE, &["/policies/agent"])];
    demand(&project, "model", served(&["/environment/MODEL_ID"], role)).await;
}

#[tokio::test(start_paused = true)]
async fn the_permissions_of_the_tools_are_changed_and_bounded() {
    let (_world, mut project) = applied().await;
    let only = |fields: &[&str]| differences(&[(ROLE, fields)]);
    for (when, statements) in [
        (
            "more",
            json!([{ "Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*" }]),
        ),
        (
            "other",
            json!([{ "Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "*" }]),
        ),
        ("less", Value::Null),
    ] {
        project.set("/definition/policyStatements", statements);
        demand(&project, when, only(&["/policies/agent"])).await;
    }
    for (when, boundary) in [
        (
            "bounded",
            json!("arn:aws:iam::aws:policy/AdministratorAccess"),
        ),
        ("unbounded", Value::Null),
    ] {
        project.set("/iam/permissionsBoundary", boundary);
        demand(&project, when, only(&["/permissionsBoundary"])).await;
    }
}

#[tokio::test(start_paused = true)]
async fn without_its_own_key_an_agent_works_and_the_key_is_kept() {
    let (world, mut project) = applied().await;
    project.set("/encryption", json!({ "key": "aws" }));
    let kept: Vec<(String, KeptReason)> = project
        .diff()
        .await
        .kept
        .into_iter()
        .map(|(address, reason)| (address.to_string(), reason))
        .collect();
    assert_eq!(kept, [(KEY.to_owned(), KeptReason::MayBeNeeded)]);

    let others: &[(&str, &[&str])] = &[
        (GROUP, &["/kmsKey"]),
        (ROLE, &["/policies/agent"]),
        ("s3-object/triage.code", &["/kmsKey"]),
        ("s3-object/triage.prompt", &["/kmsKey"]),
        ("s3-object/triage.tools.total.py", &["/kmsKey"]),
    ];
    // The code is stored again, so only the apply shows that its digest is unchanged.
    let function = ["/codeSha256", "/kmsKey"];
    world.endpoint.log().clear();
    demand(&project, "without", served(&function, others)).await;
    let log = world.endpoint.log();
    assert_eq!(log.count(Service::Lambda, "UpdateFunctionCode"), 0);
    assert_eq!(log.count(Service::Kms, "ScheduleKeyDeletion"), 0);
    assert_eq!(project.diff().await.kept, []);

    project.set("/encryption", Value::Null);
    demand_back(&project).await;
    project.set("/encryption", json!({ "key": "aws" }));
    project.apply().await;
    project.destroy().await;
    let left = &world.dump()[ACCOUNT];
    assert!(left["global"].is_null(), "{left:#}");
    let key = left[REGION]["kms"]["keys"]
        .as_object()
        .unwrap()
        .values()
        .next();
    assert!(key.unwrap()["status"]["value"]["PendingDeletion"].is_object());
}

/// Asserts that the agent uses its own key again, which was kept.
async fn demand_back(project: &Project) {
    let plan = project.diff().await;
    assert_eq!(plan.count(|action| *action == Action::Create), 0);
    project.apply().await;
    assert_eq!(steps(&project.diff().await), []);
}
