//! The rule for every registered kind: a change of any leaf of its spec by another client is reported and fixed.
//!
//! Each kind has a file with its table from leaves to the calls that change them. A leaf that is in no table fails the test.

mod bucket;
mod function;
mod key;
mod log_group;
mod object;
mod role;
mod runtime;
mod serving;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use agentctl::kinds::agentcore::endpoint::AgentcoreEndpoint;
use agentctl::kinds::agentcore::runtime::AgentcoreRuntime;
use agentctl::kinds::artifacts_bucket::ArtifactsBucket;
use agentctl::kinds::iam_role::IamRole;
use agentctl::kinds::kms_key::KmsKey;
use agentctl::kinds::lambda::alias::LambdaAlias;
use agentctl::kinds::lambda::function::LambdaFunction;
use agentctl::kinds::lambda::version::LambdaVersion;
use agentctl::kinds::log_group::LogGroup;
use agentctl::kinds::s3_object::S3Object;
use agentctl::kinds::{readers, registry};
use agentctl::observe::refresh::read_desired;
use agentctl::plan::diff::Author;
use agentctl::plan::drift::{DriftReport, Verdict};
use agentctl::plan::model::Plan;
use agentctl::resource::address::Address;
use agentctl::resource::desired::DesiredResource;
use agentctl::resource::kind::{Effect, Kind};
use agentctl::resource::provider::{Live, Reading};
use agentctl::resource::reference::{Declared, Resolved, Stage};
use agentctl::resource::registry::KindEntry;
use serde_json::{Value, json};

use crate::support::{Project, World, site, steps};

/// The time after which a change by another client is visible everywhere.
const SETTLED: Duration = Duration::from_mins(1);

/// The result of the attempt to change one leaf.
enum Change {
    /// It was changed, and nothing else with it.
    Made,
    /// It was changed, and the service changed these fields with it.
    MadeWith(&'static [&'static str]),
    /// It is an empty map, and now has this entry.
    Entered(&'static str),
    /// It was changed, these fields with it, and what the key encrypts cannot be read. So no apply continues until the key can be used
    /// again.
    Locked(&'static [&'static str]),
    /// No call changes it in a live resource, for this reason.
    Cannot(Reason),
}

/// Why no call changes a leaf.
type Reason = &'static str;

/// One leaf of a live spec, for the call that changes it.
struct Leaf<'a> {
    world: &'a World,
    /// The keys and indices of its path.
    path: Vec<&'a str>,
    /// The resource before the change.
    live: &'a Live,
    /// The spec with another value of this leaf, if the leaf is part of a policy document.
    altered: Value,
}

impl Leaf<'_> {
    /// Returns an altered policy document as the calls take it.
    fn document(&self, pointer: &str) -> String {
        self.altered.pointer(pointer).unwrap().to_string()
    }
}

/// Creates an agent with everything switched on, and the resources that it refers to.
async fn full(world: &World) -> Project {
    let mut project = world.triage();
    let clients = world.clients();
    for group in ["findings", "other-findings"] {
        let request = clients.logs.create_log_group().log_group_name(group);
        request.send().await.unwrap();
    }
    project.agent["metadata"]["labels"] = json!({ "team": "billing", "cost/centre": "42" });
    project.write(
        "deploy-plans/tools/more/rate.py",
        "def rate():\n    return 1\n",
    );
    world.layer("by-hand").await;
    let other = world.layer("other").await;
    let of_aws = "arn:aws:lambda:us-east-1:615299751070:layer:AWSOpenTelemetryDistroPython:28";
    for (pointer, value) in [
        ("/definition/tools", json!(["tools/total.py", "tools/more"])),
        (
            "/definition/policyStatements",
            json!([
                {
                    "Sid": "Table",
                    "Effect": "Allow",
                    "Action": ["dynamodb:GetItem", "dynamodb:Query", "sqs:SendMessage"],
                    "Resource": "*",
                },
                {
                    "Sid": "Home",
                    "Effect": "Deny",
                    "NotAction": ["sqs:*", "xray:*", "ec2:*", "s3:*", "kms:*"],
                    "NotResource": "arn:aws:s3:::somewhere/*",
                    "Condition": { "Bool": { "aws:SecureTransport": "false" } },
                },
            ]),
        ),
        ("/dataProtection/audit", json!({ "logGroup": "findings" })),
        ("/environment/STAGE", json!("prod")),
        (
            "/iam/permissionsBoundary",
            json!("arn:aws:iam::aws:policy/AdministratorAccess"),
        ),
        ("/lambda/layers", json!([of_aws, other])),
        (
            "/network",
            json!({
                "subnets": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
                "securityGroups": ["sg-0123456789abcdef0"],
            }),
        ),
    ] {
        project.set(pointer, value);
    }
    project.apply().await;
    project
}

/// Lists the pointers of all leaves: values without values inside them.
fn leaves(value: &Value) -> Vec<String> {
    fn walk(value: &Value, pointer: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                for (key, inner) in map {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    walk(inner, &format!("{pointer}/{key}"), found);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for (index, inner) in items.iter().enumerate() {
                    walk(inner, &format!("{pointer}/{index}"), found);
                }
            }
            _ => found.push(pointer.to_owned()),
        }
    }
    let mut found = Vec::new();
    walk(value, "", &mut found);
    found
}

/// Returns the field that reports a change of a leaf. Lists and policy documents are single fields.
fn field(kind: &KindEntry, spec: &Value, leaf: &str) -> String {
    let mut pointer = String::new();
    for segment in leaf.split('/').skip(1) {
        pointer = format!("{pointer}/{segment}");
        let is_document = kind
            .effects(&pointer)
            .any(|effect| effect == Effect::Permissions)
            && spec.pointer(&format!("{pointer}/Statement")).is_some();
        if is_document || spec.pointer(&pointer).is_some_and(Value::is_array) {
            break;
        }
    }
    pointer
}

/// Returns the spec with another value, which the service accepts, for a leaf of a policy document.
fn altered(kind: &str, spec: &Value, pointer: &str) -> Value {
    let mut spec = spec.clone();
    let segments: Vec<&str> = pointer.split('/').collect();
    let is_index = |segment: &&&str| segment.bytes().all(|byte| byte.is_ascii_digit());
    let name = segments.iter().rev().find(|segment| !is_index(segment));
    let is_condition = segments.contains(&"Condition");
    let Some(Value::String(text)) = spec.pointer_mut(pointer) else {
        return spec;
    };
    let other = match (*name.unwrap(), kind) {
        ("aws:SecureTransport", _) => if text == "true" { "false" } else { "true" }.to_owned(),
        ("aws:SourceAccount", _) => "444455556666".to_owned(),
        _ if is_condition => format!("{text}-other"),
        ("Version", _) => "2008-10-17".to_owned(),
        ("Sid", _) => format!("{text}Other"),
        ("Effect", _) => if text == "Allow" { "Deny" } else { "Allow" }.to_owned(),
        ("Action" | "NotAction", "kms-key") => "kms:ListGrants".to_owned(),
        ("Action" | "NotAction", "artifacts-bucket") => "s3:PutObject".to_owned(),
        ("Action", "iam-role") if segments[1] == "trust" => "sts:TagSession".to_owned(),
        ("Action" | "NotAction", _) => "s3:ListBucket".to_owned(),
        ("Resource", "artifacts-bucket") => format!("{text}/other"),
        ("Resource" | "NotResource", _) => "arn:aws:s3:::elsewhere/*".to_owned(),
        ("AWS", _) => "arn:aws:iam::444455556666:root".to_owned(),
        ("Service", _) => "logs.eu-west-1.amazonaws.com".to_owned(),
        _ => return spec,
    };
    *text = other;
    spec
}

async fn change(kind: &str, leaf: &Leaf<'_>) -> Change {
    match kind {
        "agentcore-endpoint" => runtime::change_endpoint(leaf).await,
        "agentcore-runtime" => runtime::change_runtime(leaf).await,
        "artifacts-bucket" => bucket::change(leaf).await,
        "iam-role" => role::change(leaf).await,
        "kms-key" => key::change(leaf).await,
        "lambda-alias" => serving::change_alias(leaf).await,
        "lambda-function" => function::change(leaf).await,
        "lambda-version" => serving::change_version(leaf),
        "log-group" => log_group::change(leaf).await,
        "s3-object" => object::change(leaf).await,
        _ => panic!("there is no table for `{kind}`"),
    }
}

/// Reads the declared resources.
async fn read(world: &World, declared: &[DesiredResource]) -> BTreeMap<Address, Live> {
    let readers = readers(&world.clients(), &site());
    let readings = read_desired(&readers, declared).await;
    let found = readings
        .into_iter()
        .map(|(address, reading)| match reading {
            Reading::Found(live) => (address, live),
            other => panic!("{address}: {other:?}"),
        });
    found.collect()
}

/// Changes each leaf of each resource of a kind, and the `added` ones.
async fn conforms(kind: &str, added: &[&str]) {
    // The future is too large for the stack of a caller.
    Box::pin(change_leaves(kind, added)).await;
}

async fn change_leaves(kind: &str, added: &[&str]) {
    let world = World::new();
    let project = if kind.starts_with("agentcore-") {
        runtime::full(&world).await
    } else {
        full(&world).await
    };
    let entry = *registry().kind(kind).unwrap();
    let (mut changed, mut unchanged) = (0, Vec::new());
    let mut declared = project.expansion().desired;
    // Names of endpoints contain the ids of their runtimes.
    declared.retain(|resource| {
        let other = resource.address.kind();
        other == kind || other == "agentcore-runtime" && kind == "agentcore-endpoint"
    });
    let mut found = read(&world, &declared).await;
    found.retain(|address, _| address.kind() == kind);
    for (address, live) in found {
        for pointer in leaves(&live.spec)
            .iter()
            .map(String::as_str)
            .chain(added.iter().copied())
        {
            let live = read(&world, &declared).await.remove(&address).unwrap();
            let leaf = Leaf {
                world: &world,
                path: pointer.split('/').skip(1).collect(),
                altered: altered(kind, &live.spec, pointer),
                live: &live,
            };
            let made = change(kind, &leaf).await;
            let answer = field(&entry, &leaf.altered, pointer);
            let mut fields = match made {
                Change::Cannot(reason) => {
                    unchanged.push(format!("{pointer}: {reason}"));
                    continue;
                }
                Change::Entered(entry) => vec![entry],
                Change::Made => vec![answer.as_str()],
                Change::MadeWith(with) | Change::Locked(with) => {
                    [&[answer.as_str()], with].concat()
                }
            };
            fields.sort_unstable();
            tokio::time::sleep(SETTLED).await;
            changed += 1;
            let what = format!("{address}{pointer}");
            let plan = project.try_diff().await.unwrap();
            assert_reported(&plan, &address, &what, &fields);
            assert_drift(&project.drift().await, &address, &what, &fields);
            if let Change::Locked(_) = made {
                assert_locked(&plan, &what);
            }
            Box::pin(project.apply()).await;
            let left = Box::pin(project.diff()).await;
            assert_eq!(steps(&left), [], "{what}, fixed");
        }
    }
    assert!(
        changed > 0 || kind == "lambda-version",
        "no leaf could be changed: {unchanged:#?}"
    );
}

/// Asserts that the plan reports these fields of one resource as changed by others, and none of another resource.
fn assert_reported(plan: &Plan, address: &Address, what: &str, fields: &[&str]) {
    let step = plan.steps.iter().find(|step| step.id.address == *address);
    let step = step.unwrap_or_else(|| panic!("{what} is not reported: {plan:#?}"));
    let answer: Vec<&str> = step
        .changes
        .iter()
        .map(|change| change.path.as_str())
        .collect();
    assert_eq!(answer, fields, "{what}");
    // No record has what the account shares.
    let author = step.owner.as_ref().map(|_| Author::Outside);
    for change in &step.changes {
        assert_eq!(change.author, author, "{what}: {}", change.path);
    }
    let others: Vec<String> = plan
        .steps
        .iter()
        .filter(|step| step.id.address != *address)
        .filter(|step| !follows(address, &step.id.address))
        .map(|step| step.id.to_string())
        .collect();
    assert_eq!(others, Vec::<String>::new(), "{what}");
}

/// Asserts that the report has these fields of one resource as drift, and nothing of another resource.
fn assert_drift(report: &DriftReport, address: &Address, what: &str, fields: &[&str]) {
    let answer: Vec<(&Address, Vec<&str>)> = report
        .drifted
        .iter()
        .map(|drifted| {
            let fields = drifted.finding.fields().iter();
            let paths = fields.map(|field| field.path.as_str()).collect();
            (&drifted.address, paths)
        })
        .collect();
    assert_eq!(answer, [(address, fields.to_vec())], "{what}, as drift");
    // A change that hides other resources leaves the check incomplete.
    assert_ne!(report.verdict(), Verdict::Clean, "{what}");
    assert_eq!(report.unapplied, [], "{what}");
}

/// Asserts that the plan reports what the key encrypts as unreadable, and not as absent or unchanged.
fn assert_locked(plan: &Plan, what: &str) {
    let unreadable = plan.unreadable.iter();
    let kinds: BTreeSet<&str> = unreadable.map(|(address, _)| address.kind()).collect();
    let expected = BTreeSet::from(["lambda-function", "lambda-version", "s3-object"]);
    assert_eq!(kinds, expected, "{what}");
}

/// Returns whether the state of one resource is not known while another differs.
fn follows(changed: &Address, other: &Address) -> bool {
    match changed.kind() {
        // Every change here creates a version, and the oldest versions are deleted.
        "agentcore-runtime" => {
            matches!(other.kind(), "agentcore-endpoint" | "agentcore-old-version")
        }
        "lambda-function" => matches!(other.kind(), "lambda-version" | "lambda-alias"),
        // Without its key a function cannot be read.
        "s3-object" | "kms-key" => other.kind().starts_with("lambda-"),
        _ => false,
    }
}

const TESTED: [&str; 10] = [
    "agentcore-endpoint",
    "agentcore-runtime",
    "artifacts-bucket",
    "iam-role",
    "kms-key",
    "lambda-alias",
    "lambda-function",
    "lambda-version",
    "log-group",
    "s3-object",
];

#[test]
fn every_registered_kind_is_tested_here() {
    let registry = registry();
    // No manifest declares an old version: `version.rs` tests those.
    let declared = registry
        .kinds()
        .filter(|kind| !registry.is_of_old_versions(kind.name));
    let kinds: Vec<&str> = declared.map(|kind| kind.name).collect();
    assert_eq!(kinds, TESTED);
}

#[tokio::test(start_paused = true)]
async fn endpoints_are_fixed() {
    conforms("agentcore-endpoint", &[]).await;
}

#[tokio::test(start_paused = true)]
async fn runtimes_are_fixed() {
    conforms("agentcore-runtime", &["/environment/ADDED", "/tags/added"]).await;
}

#[tokio::test(start_paused = true)]
async fn buckets_are_fixed() {
    conforms("artifacts-bucket", &[]).await;
}

#[tokio::test(start_paused = true)]
async fn roles_are_fixed() {
    conforms("iam-role", &["/policies/added", "/tags/added"]).await;
}

#[tokio::test(start_paused = true)]
async fn keys_are_fixed() {
    conforms("kms-key", &["/tags/added"]).await;
}

#[tokio::test(start_paused = true)]
async fn aliases_are_fixed() {
    conforms("lambda-alias", &[]).await;
}

#[tokio::test(start_paused = true)]
async fn functions_are_fixed() {
    conforms("lambda-function", &["/environment/ADDED", "/tags/added"]).await;
}

#[tokio::test(start_paused = true)]
async fn versions_are_fixed() {
    conforms("lambda-version", &[]).await;
}

#[tokio::test(start_paused = true)]
async fn log_groups_are_fixed() {
    conforms("log-group", &["/tags/added"]).await;
}

#[tokio::test(start_paused = true)]
async fn objects_are_fixed() {
    conforms("s3-object", &[]).await;
}

/// Checks that a spec is canonical, and stays the same when it is written and read.
fn is_stable<K: Kind, S: Stage>(spec: &Value) {
    let typed: K::Spec<S> = serde_json::from_value(spec.clone()).unwrap();
    let canonical = K::canonical::<S>(typed.clone());
    assert_eq!(canonical, typed);
    assert_eq!(json!(canonical), *spec);
    let text = serde_json::to_string(&typed).unwrap();
    assert_eq!(serde_json::from_str::<K::Spec<S>>(&text).unwrap(), typed);
}

fn is_stable_as<S: Stage>(kind: &str, spec: &Value) {
    match kind {
        "agentcore-endpoint" => is_stable::<AgentcoreEndpoint, S>(spec),
        "agentcore-runtime" => is_stable::<AgentcoreRuntime, S>(spec),
        "artifacts-bucket" => is_stable::<ArtifactsBucket, S>(spec),
        "iam-role" => is_stable::<IamRole, S>(spec),
        "kms-key" => is_stable::<KmsKey, S>(spec),
        "lambda-alias" => is_stable::<LambdaAlias, S>(spec),
        "lambda-function" => is_stable::<LambdaFunction, S>(spec),
        "lambda-version" => is_stable::<LambdaVersion, S>(spec),
        "log-group" => is_stable::<LogGroup, S>(spec),
        "s3-object" => is_stable::<S3Object, S>(spec),
        _ => panic!("`{kind}` is not checked"),
    }
}

#[tokio::test(start_paused = true)]
async fn specs_are_canonical_survive_a_round_trip_and_read_back_as_declared() {
    let (lambda, agentcore) = (World::new(), World::new());
    let projects = [
        (&lambda, full(&lambda).await),
        (&agentcore, runtime::full(&agentcore).await),
    ];
    let mut kinds = BTreeSet::new();
    for (world, project) in projects {
        let desired = project.expansion().desired;
        let live = read(world, &desired).await;
        for (address, live) in &live {
            is_stable_as::<Resolved>(address.kind(), &live.spec);
        }
        for resource in &desired {
            is_stable_as::<Declared>(resource.address.kind(), &resource.spec);
        }
        kinds.extend(live.keys().map(|address| address.kind().to_owned()));
        let plan = project.diff().await;
        assert_eq!(steps(&plan), []);
        assert_eq!(plan.unchanged.len(), desired.len());
    }
    assert_eq!(kinds, TESTED.map(str::to_owned).into());
}
