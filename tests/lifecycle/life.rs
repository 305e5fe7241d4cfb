//! From nothing to a serving agent, through changes by its owner and by others, back to nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use agentctl::kinds::readers;
use agentctl::observe::refresh::read_desired;
use agentctl::outcome::{Outcome, StepError};
use agentctl::plan::diff::{After, Author, FieldChange};
use agentctl::resource::kind::Status;
use agentctl::resource::provider::Reading;
use localstack::{Fault, FaultKind, Service};
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::support::{ACCOUNT, BUCKET, Project, REGION, World, authors, changes, site, steps};

/// The alias of the agent's key.
const ALIAS: &str = "alias/agentctl/claims/default/triage";

#[tokio::test(start_paused = true)]
async fn an_apply_from_nothing_waits_for_aws_and_leaves_nothing_to_do() {
    let world = World::new();
    let project = world.triage();
    let began = Instant::now();

    let answer = project.apply().await;

    // A role propagates for 8 s, a function is pending for 4 s and a version for 2 s.
    let elapsed = began.elapsed();
    assert!(
        (Duration::from_secs(14)..Duration::from_mins(1)).contains(&elapsed),
        "{elapsed:?}"
    );
    let named = |pairs: &[(&str, &str)]| -> BTreeSet<(String, String)> {
        pairs
            .iter()
            .map(|(step, word)| ((*step).to_owned(), (*word).to_owned()))
            .collect()
    };
    assert_eq!(
        answer.waits(),
        named(&[
            ("kms-key/triage", "NotFoundException"),
            ("lambda-function/triage", "InvalidParameterValueException"),
        ])
    );
    assert_eq!(
        answer.settling(),
        named(&[
            ("lambda-function/triage", "Pending"),
            ("lambda-version/triage", "Pending"),
        ])
    );
    assert_eq!(steps(&project.diff().await), []);
    assert_eq!(
        kept_keys(&world, "locks/"),
        BTreeSet::new(),
        "the lock is given back"
    );
}

#[tokio::test(start_paused = true)]
async fn a_second_apply_changes_nothing_and_a_diff_never_does() {
    let world = World::new();
    let project = world.triage();
    project.diff().await;
    assert_eq!(world.endpoint.log().writes(), 0);
    project.apply().await;
    world.endpoint.log().clear();

    project.apply().await;
    project.diff().await;

    assert_eq!(world.endpoint.log().writes(), 0);
}

#[tokio::test(start_paused = true)]
async fn only_an_edited_prompt_and_memory_size_differ_and_their_author_is_the_owner() {
    let world = World::new();
    let mut project = world.triage();
    project.apply().await;

    project.write("deploy-plans/prompts/system.md", "You check every line.\n");
    project.set("/lambda/memorySize", json!(1024));
    let plan = project.diff().await;

    assert_eq!(
        steps(&plan),
        [
            ("s3-object/triage.prompt", "create"),
            ("lambda-function/triage", "update"),
            ("lambda-version/triage", "update"),
            ("lambda-alias/triage.live", "update"),
        ]
        .map(|(step, action)| (step.to_owned(), action))
    );
    assert_eq!(
        authors(&plan, "lambda-function", "triage"),
        [
            ("/environment/SYSTEM_PROMPT_S3_KEY", Some(Author::You)),
            ("/memorySize", Some(Author::You)),
        ]
    );
    assert_eq!(
        authors(&plan, "lambda-version", "triage"),
        [("/content", None)]
    );
    assert_eq!(
        authors(&plan, "lambda-alias", "triage.live"),
        [("/version", None)]
    );

    world.endpoint.log().clear();
    project.apply().await;
    assert_eq!(
        world.mutations(),
        [
            "UpdateFunctionConfiguration",
            "PublishVersion",
            "UpdateAlias"
        ]
    );
    assert_eq!(steps(&project.diff().await), []);
    assert_eq!(live_version(&world, "triage").await, "2");
}

#[tokio::test(start_paused = true)]
async fn an_edited_instruction_changes_one_variable() {
    let world = World::new();
    let mut project = world.triage();
    project.apply().await;

    project.set("/prompt", json!("Check this invoice twice."));
    let plan = project.diff().await;

    assert_eq!(
        authors(&plan, "lambda-function", "triage"),
        [("/environment/PROMPT", Some(Author::You))]
    );
    assert_eq!(steps(&plan).len(), 3);
    project.apply().await;
    assert_eq!(steps(&project.diff().await), []);
}

#[tokio::test(start_paused = true)]
async fn a_change_by_another_client_is_reported_with_its_live_value_and_fixed() {
    let world = World::new();
    let project = world.triage();
    project.apply().await;
    set_memory(&world, 2048).await;

    let plan = project.diff().await;
    assert_eq!(
        changes(&plan, "lambda-function", "triage"),
        [FieldChange {
            path: "/memorySize".to_owned(),
            before: Some(json!(2048)),
            after: After::Value(json!(512)),
            author: Some(Author::Outside),
            replaces: false,
            sensitive: false,
        }]
    );

    world.endpoint.log().clear();
    project.apply().await;
    // Callers still reach the same version, so nothing is published.
    assert_eq!(world.mutations(), ["UpdateFunctionConfiguration"]);
    assert_eq!(steps(&project.diff().await), []);
    assert_eq!(live_version(&world, "triage").await, "1");
}

#[tokio::test(start_paused = true)]
async fn a_field_that_owner_and_another_client_changed_has_both_as_authors() {
    let world = World::new();
    let mut project = world.triage();
    project.apply().await;
    set_memory(&world, 2048).await;

    project.set("/lambda/memorySize", json!(1024));
    let plan = project.diff().await;
    assert_eq!(
        authors(&plan, "lambda-function", "triage"),
        [("/memorySize", Some(Author::Both))]
    );

    project.apply().await;
    assert_eq!(steps(&project.diff().await), []);
}

#[tokio::test(start_paused = true)]
async fn a_change_between_plan_and_step_is_reported_and_not_overwritten() {
    let world = World::new();
    let mut project = world.triage();
    project.apply().await;
    project.set("/lambda/memorySize", json!(1024));

    // The lock is the first object that is stored. During that call the plan exists, and no step has begun.
    let slow = FaultKind::Slow(Duration::from_mins(1));
    world.order(Fault::new(slow).on(Service::S3, "PutObject").first(1));
    let (answer, ()) = tokio::join!(project.try_apply(CancellationToken::new()), async {
        tokio::time::sleep(Duration::from_secs(10)).await;
        set_memory(&world, 2048).await;
    });

    let answer = answer.unwrap();
    let stale = Outcome::Failed(StepError::Stale {
        fields: vec!["/memorySize".to_owned()],
    });
    assert_eq!(
        answer.that(|outcome| *outcome == stale),
        BTreeSet::from(["lambda-function/triage".to_owned()])
    );
    assert_eq!(answer.that(Outcome::is_done), BTreeSet::new());
    assert_eq!(
        authors(&project.diff().await, "lambda-function", "triage"),
        [("/memorySize", Some(Author::Both))]
    );
}

#[tokio::test(start_paused = true)]
async fn destroy_leaves_only_the_key_pending_deletion_and_its_alias() {
    let world = World::new();
    let project = world.triage();
    project.apply().await;

    let answer = project.destroy().await;

    let mut left = world.skeleton();
    let key = &mut left[REGION]["kms"]["keys"]["<drawn>"];
    let policy = key["policy"]["value"]["text"].take();
    assert_eq!(
        serde_json::from_str::<Value>(policy.as_str().unwrap()).unwrap(),
        desired_policy(&project)
    );
    assert_eq!(
        left,
        json!({ REGION: { "kms": {
        "aliases": { ALIAS: {
            "arn": format!("arn:aws:kms:{REGION}:{ACCOUNT}:{ALIAS}"),
            "created": "<drawn>",
            "known_from": "<drawn>",
            "target": { "value": "<drawn>" },
            "updated": "<drawn>",
        } },
        "keys": { "<drawn>": {
            "arn": format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/<drawn>"),
            "created": "<drawn>",
            "description": "agentctl: agent `triage` of project `claims` (env default, us-east-1)",
            "id": "<drawn>",
            "known_from": "<drawn>",
            "material": "<drawn>",
            "policy": { "value": { "roles": {}, "text": null } },
            "rotation": { "period_days": 365, "since": "<drawn>" },
            "spec": "SYMMETRIC_DEFAULT",
            "status": {
                "value": { "PendingDeletion": { "until": "<drawn>" } },
            },
            "tags": {
                "agentctl:agent": "triage",
                "agentctl:alias": ALIAS,
                "agentctl:env": "default",
                "agentctl:intent": "<drawn>",
                "agentctl:project": "claims",
                "agentctl:region": REGION,
                "team": "billing",
            },
            "usage": "ENCRYPT_DECRYPT",
        } },
    } } })
    );
    let remains: Vec<&str> = answer
        .outcomes()
        .steps
        .values()
        .filter_map(|outcome| match outcome {
            Outcome::Done { remains } => remains.as_deref(),
            _ => None,
        })
        .collect();
    assert_eq!(
        remains,
        [format!(
            "deletion on 2026-02-01; the alias `{ALIAS}` stays with it"
        )]
    );

    // A second destroy finds nothing.
    world.endpoint.log().clear();
    let plan = project.plan_to_destroy().await;
    assert_eq!(steps(&plan), []);
    assert_eq!(plan.kept.len(), 1);
    assert_eq!(world.endpoint.log().writes(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_apply_after_a_destroy_restores_the_key() {
    let world = World::new();
    let project = world.triage();
    project.apply().await;
    let before = key_id(&world).await;
    project.destroy().await;

    world.endpoint.log().clear();
    project.apply().await;

    assert_eq!(key_id(&world).await, before);
    let kms = ["CreateKey", "CreateAlias", "CancelKeyDeletion", "EnableKey"]
        .map(|operation| world.endpoint.log().count(Service::Kms, operation));
    assert_eq!(kms, [0, 0, 1, 1]);
    assert_eq!(steps(&project.diff().await), []);
}

#[tokio::test(start_paused = true)]
async fn destroyed_resources_read_as_absent() {
    let world = World::new();
    let project = world.triage();
    project.apply().await;
    project.destroy().await;

    let readers = readers(&world.clients(), &site());
    for (address, reading) in read_desired(&readers, &project.expansion().desired).await {
        match (address.kind(), reading) {
            (_, Reading::Absent) => {}
            ("kms-key", Reading::Found(live)) => {
                assert!(matches!(live.status, Status::Leaving(_)), "{live:?}");
            }
            (_, other) => panic!("{address}: {other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_another_client_deleted_is_created_again() {
    let world = World::new();
    let project = world.triage();
    project.apply().await;
    let clients = world.clients();
    let (role, lambda) = ("triage-lambda-us-east-1", &clients.lambda);
    for gone in ["alias", "function", "group", "object", "role"] {
        let made = match gone {
            "alias" => {
                let request = lambda.delete_alias().function_name("triage");
                request.name("live").send().await.unwrap();
                vec!["lambda-alias/triage.live"]
            }
            "function" => {
                let request = lambda.delete_function().function_name("triage");
                request.send().await.unwrap();
                vec![
                    "lambda-function/triage",
                    "lambda-version/triage",
                    "lambda-alias/triage.live",
                ]
            }
            "group" => {
                let request = clients.logs.delete_log_group();
                let request = request.log_group_name("/aws/lambda/triage");
                request.send().await.unwrap();
                vec!["log-group/triage"]
            }
            "object" => {
                let keys = kept_keys(&world, "objects/claims/default/triage/prompt/");
                let request = clients.s3.delete_object().bucket(BUCKET);
                let request = request.key(keys.first().unwrap());
                request.send().await.unwrap();
                vec!["s3-object/triage.prompt"]
            }
            _ => {
                let request = clients.iam.delete_role_policy().role_name(role);
                request.policy_name("agent").send().await.unwrap();
                let request = clients.iam.delete_role().role_name(role);
                request.send().await.unwrap();
                // A role that is created again has a new id, which is sent to the function.
                vec![
                    "iam-role/triage.lambda",
                    "lambda-function/triage",
                    "lambda-version/triage",
                    "lambda-alias/triage.live",
                ]
            }
        };
        tokio::time::sleep(Duration::from_mins(1)).await;
        let plan = project.diff().await;
        let found: Vec<String> = plan.steps.iter().map(|step| step.id.to_string()).collect();
        assert_eq!(found, made, "without the {gone}");
        project.apply().await;
        assert_eq!(steps(&project.diff().await), [], "without the {gone}");
    }
    // A version for the function that was created again, whose number goes on, and one for the role.
    assert_eq!(live_version(&world, "triage").await, "3");
}

/// Returns the desired policy of the key.
fn desired_policy(project: &Project) -> Value {
    let desired = project.expansion().desired;
    let key = desired
        .iter()
        .find(|resource| resource.address.kind() == "kms-key");
    key.unwrap().spec["policy"].clone()
}

async fn set_memory(world: &World, megabytes: i32) {
    let clients = world.clients();
    clients
        .lambda
        .update_function_configuration()
        .function_name("triage")
        .memory_size(megabytes)
        .send()
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
}

async fn live_version(world: &World, function: &str) -> String {
    let clients = world.clients();
    let alias = clients
        .lambda
        .get_alias()
        .function_name(function)
        .name("live")
        .send()
        .await
        .unwrap();
    alias.function_version.unwrap()
}

async fn key_id(world: &World) -> String {
    let clients = world.clients();
    let key = clients
        .kms
        .describe_key()
        .key_id(ALIAS)
        .send()
        .await
        .unwrap();
    key.key_metadata.unwrap().key_id
}

/// Returns the keys in the bucket of which any version is left.
fn kept_keys(world: &World, prefix: &str) -> BTreeSet<String> {
    let dump = world.dump();
    let objects = &dump[ACCOUNT]["global"]["s3"]["buckets"][BUCKET]["objects"];
    objects
        .as_object()
        .into_iter()
        .flat_map(serde_json::Map::keys)
        .filter(|key| key.starts_with(prefix))
        .cloned()
        .collect()
}
