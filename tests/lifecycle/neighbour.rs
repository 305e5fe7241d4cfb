//! Other things in the account: resources of others with agentctl's names, other projects and environments, aliases made by hand.

use std::collections::BTreeSet;

use agentctl::plan::model::{Foreign, PlanError};
use agentctl::resource::fault::FaultKind;
use agentctl::resource::owner::Ownership;
use agentctl::run::{Others, RunError};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use aws_sdk_s3::types::{Tag, Tagging};
use localstack::Service;
use regex::Regex;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::{
    ACCOUNT, BUCKET, Project, REGION, Report, World, archive, assert_same, steps,
};

/// A resource of somebody else with a name that agentctl needs.
#[derive(Debug, Clone, Copy)]
enum Squatter {
    Role,
    Function,
    LogGroup,
    KeyAlias,
    Bucket,
    BareBucket,
}

impl Squatter {
    const ALL: [Self; 6] = [
        Self::Role,
        Self::Function,
        Self::LogGroup,
        Self::KeyAlias,
        Self::Bucket,
        Self::BareBucket,
    ];

    /// Creates it, and returns agentctl's resource of that name.
    async fn settle(self, world: &World) -> (&'static str, &'static str) {
        let clients = world.clients();
        match self {
            Self::Role => {
                make_role(world, "triage-lambda-us-east-1").await;
                ("iam-role/triage.lambda", "triage-lambda-us-east-1")
            }
            Self::Function => {
                let role = make_role(world, "somebodys").await;
                tokio::time::sleep(std::time::Duration::from_secs(20)).await;
                let code = FunctionCode::builder()
                    .zip_file(Blob::new(archive("pass")))
                    .build();
                let request = clients.lambda.create_function().function_name("triage");
                let request = request.role(role).code(code).handler("main.handler");
                let sent = request.runtime(Runtime::Python313).send();
                sent.await.unwrap();
                ("lambda-function/triage", "triage")
            }
            Self::LogGroup => {
                let request = clients.logs.create_log_group();
                let sent = request.log_group_name("/aws/lambda/triage").send();
                sent.await.unwrap();
                ("log-group/triage", "/aws/lambda/triage")
            }
            Self::KeyAlias => {
                let alias = "alias/agentctl/claims/default/triage";
                let key = clients.kms.create_key().send().await.unwrap();
                tokio::time::sleep(std::time::Duration::from_secs(20)).await;
                let request = clients.kms.create_alias().alias_name(alias);
                let key = key.key_metadata.unwrap().key_id;
                request.target_key_id(key).send().await.unwrap();
                ("kms-key/triage", alias)
            }
            Self::BareBucket => {
                let sent = clients.s3.create_bucket().bucket(BUCKET).send();
                sent.await.unwrap();
                ("artifacts-bucket/shared", BUCKET)
            }
            Self::Bucket => {
                let sent = clients.s3.create_bucket().bucket(BUCKET).send();
                sent.await.unwrap();
                let tag = Tag::builder().key("team").value("audit").build().unwrap();
                let tags = Tagging::builder().tag_set(tag).build().unwrap();
                let request = clients.s3.put_bucket_tagging().bucket(BUCKET);
                request.tagging(tags).send().await.unwrap();
                ("artifacts-bucket/shared", BUCKET)
            }
        }
    }
}

/// Creates a role that Lambda can assume, and returns its ARN.
async fn make_role(world: &World, name: &str) -> String {
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": { "Service": "lambda.amazonaws.com" },
        "Action": "sts:AssumeRole",
    }] });
    let clients = world.clients();
    let request = clients.iam.create_role().role_name(name);
    let sent = request
        .assume_role_policy_document(trust.to_string())
        .send();
    sent.await.unwrap().role.unwrap().arn
}

#[tokio::test(start_paused = true)]
async fn resources_of_others_with_agentctls_names_are_refused_and_not_changed() {
    for squatter in Squatter::ALL {
        let world = World::new();
        let (address, name) = squatter.settle(&world).await;
        tokio::time::sleep(std::time::Duration::from_mins(1)).await;
        let (project, before) = (world.triage(), world.dump());
        world.endpoint.log().clear();

        let refused = project.try_apply(CancellationToken::new()).await.map(drop);

        let Err(RunError::Plan(PlanError::Foreign(foreign))) = refused else {
            panic!("{squatter:?}: {refused:?}");
        };
        assert_eq!(
            foreign,
            [Foreign {
                address: address.parse().unwrap(),
                name: name.to_owned(),
                owner: Ownership::Unmarked,
            }]
        );
        assert_eq!(world.endpoint.log().writes(), 0, "{squatter:?}");
        // A destroy does not delete it either.
        let answer = project.destroy().await;
        assert_eq!(answer.outcomes().steps.len(), 0, "{squatter:?}");
        assert_same(&world.dump(), &before, &format!("{squatter:?}"));
    }
}

#[tokio::test(start_paused = true)]
async fn an_agent_of_another_project_with_the_same_name_is_refused() {
    let world = World::new();
    let (ours, theirs) = (world.triage(), world.project("payments", "triage"));
    theirs.apply().await;
    let before = world.dump();

    let refused = ours.try_apply(CancellationToken::new()).await.map(drop);

    let Err(RunError::Plan(PlanError::Foreign(foreign))) = refused else {
        panic!("{refused:?}");
    };
    let foreign: Vec<(String, Ownership)> = foreign
        .into_iter()
        .map(|foreign| (foreign.address.to_string(), foreign.owner))
        .collect();
    let of_theirs = Ownership::Of(theirs.owner());
    assert_eq!(
        foreign,
        [
            ("iam-role/triage.lambda".to_owned(), of_theirs.clone()),
            ("log-group/triage".to_owned(), of_theirs.clone()),
            ("lambda-function/triage".to_owned(), of_theirs),
        ]
    );
    let answer = ours.destroy().await;
    assert_eq!(answer.outcomes().steps.len(), 0);
    assert_same(&world.dump(), &before, "");
}

#[tokio::test(start_paused = true)]
async fn a_bucket_of_another_account_is_unreadable_and_nothing_is_created() {
    let world = World::new();
    let clients = world.clients_of("999988887777");
    clients
        .s3
        .create_bucket()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    let before = world.dump();

    let plan = world.triage().try_diff().await.unwrap();

    let bucket = plan
        .unreadable
        .iter()
        .find(|(address, _)| address.to_string() == "artifacts-bucket/shared");
    assert_eq!(
        bucket.map(|(_, fault)| fault.kind),
        Some(FaultKind::Denied),
        "{:?}",
        plan.unreadable
    );
    assert_same(&world.dump(), &before, "");
}

/// Returns the content of the account without the bucket and without everything whose name contains an agent or its key.
fn without(world: &World, project: &Project) -> Value {
    let owner = project.owner();
    let mut dump = world.dump()[ACCOUNT].clone();
    let (base, runtime) = (owner.base_name(), owner.runtime_name());
    let folder = format!("{}/{}/{}", owner.project, owner.env, owner.agent);
    let exact = [
        base.clone(),
        format!("/aws/lambda/{base}"),
        format!("{base}-lambda-{REGION}"),
        format!("{base}-agentcore-{REGION}"),
    ];
    // A runtime's id is its name and ten characters.
    let of_runtime =
        format!("^(/aws/bedrock-agentcore/runtimes/)?{runtime}-[A-Za-z0-9]{{10}}(-|$)");
    let of_runtime = Regex::new(&of_runtime).unwrap();
    let mine = |key: &str| {
        key.contains(&folder) || of_runtime.is_match(key) || exact.iter().any(|name| name == key)
    };
    for pointer in [
        "/global/iam/roles",
        "/us-east-1/bedrock-agentcore/runtimes",
        "/us-east-1/kms/aliases",
        "/us-east-1/lambda/functions",
        "/us-east-1/logs/groups",
    ] {
        if let Some(things) = dump.pointer_mut(pointer).and_then(Value::as_object_mut) {
            things.retain(|key, _| !mine(key));
        }
    }
    let tags = owner.tags();
    if let Some(keys) = dump
        .pointer_mut("/us-east-1/kms/keys")
        .and_then(Value::as_object_mut)
    {
        keys.retain(|_, key| {
            !tags
                .iter()
                .all(|(name, value)| key["tags"][name] == json!(value))
        });
    }
    let seal = format!("records/{}/{}/seal", owner.project, owner.env);
    for bucket in dump["global"]["s3"]["buckets"]
        .as_object_mut()
        .unwrap()
        .values_mut()
    {
        bucket["sequence"].take();
        bucket["objects"]
            .as_object_mut()
            .unwrap()
            .retain(|key, _| !mine(key) && *key != seal);
    }
    without_nothing(dump)
}

/// Removes what is empty, such as a service that is no longer used.
fn without_nothing(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .map(|(key, value)| (key, without_nothing(value)))
            .filter(|(_, value)| *value != json!({}))
            .collect(),
        other => other,
    }
}

/// Changes by hand what both sides of an agent have.
async fn meddle(world: &World, project: &Project) {
    let name = project.expansion().desired.iter().find_map(|resource| {
        let is_role = resource.address.kind() == "iam-role";
        is_role.then(|| resource.physical_name(&|_| None).unwrap())
    });
    let clients = world.clients();
    let request = clients.iam.update_role().role_name(name.unwrap().as_str());
    let sent = request.description("fixed by hand").send();
    sent.await.unwrap();
    tokio::time::sleep(std::time::Duration::from_mins(1)).await;
}

/// Runs a whole life next to others, which must not change: on both sides, changed by its owner and by hand, destroyed, and created again.
async fn live_beside(world: &World, neighbour: &mut Project, others: &[&Project]) {
    let before = without(world, neighbour);
    for side in ["lambda", "agentcore", "lambda"] {
        neighbour.set("/runtime", json!(side));
        neighbour.apply().await;
        let retention = if side == "lambda" { 30 } else { 60 };
        neighbour.set("/observability/retentionDays", json!(retention));
        neighbour.apply().await;
        meddle(world, neighbour).await;
        assert_eq!(neighbour.drift().await.drifted.len(), 1, "{side}");
        neighbour.apply().await;
        assert_eq!(steps(&neighbour.diff().await), [], "{side}");
        assert_same(&without(world, neighbour), &before, side);
        for other in others {
            assert_eq!(steps(&other.diff().await), [], "{side}");
            assert!(other.drift().await.drifted.is_empty(), "{side}");
        }
    }
    neighbour.destroy().await;
    assert_same(&without(world, neighbour), &before, "destroyed");
    neighbour.set("/runtime", json!("agentcore"));
    neighbour.apply().await;
    neighbour.destroy().await;
    assert_same(
        &without(world, neighbour),
        &before,
        "destroyed on AgentCore",
    );
    for other in others {
        assert_eq!(steps(&other.diff().await), []);
    }
    neighbour.apply().await;
}

#[tokio::test(start_paused = true)]
async fn projects_and_environments_share_nothing_but_the_bucket() {
    let world = World::new();
    let (claims, mut staging) = (world.triage(), world.triage().in_env("staging"));
    staging.set("/runtime", json!("agentcore"));
    claims.apply().await;
    staging.apply().await;
    let neighbours = [claims.in_env("prod"), world.project("payments", "refund")];
    for mut neighbour in neighbours {
        live_beside(&world, &mut neighbour, &[&claims, &staging]).await;
    }
}

/// Returns the aliases of the function, each with its version.
async fn aliases(world: &World) -> BTreeSet<(String, String)> {
    let clients = world.clients();
    let listed = clients.lambda.list_aliases().function_name("triage").send();
    let aliases = listed.await.unwrap().aliases.unwrap_or_default();
    let pair = |alias: aws_sdk_lambda::types::AliasConfiguration| {
        (alias.name.unwrap(), alias.function_version.unwrap())
    };
    aliases.into_iter().map(pair).collect()
}

#[tokio::test(start_paused = true)]
async fn a_renamed_alias_is_deleted_after_the_new_one_exists_and_those_of_others_are_kept() {
    let world = World::new();
    let mut project = world.triage();
    project.apply().await;
    let clients = world.clients();
    let request = clients.lambda.create_alias().function_name("triage");
    let request = request.name("pinned").function_version("1");
    let sent = request.description("for the audit").send();
    sent.await.unwrap();
    assert_eq!(
        steps(&project.diff().await),
        [],
        "an alias made by hand is kept"
    );

    project.set("/lambda/alias", json!("serving"));
    let plan = project.diff().await;
    assert_eq!(
        steps(&plan),
        [
            ("lambda-alias/triage.serving", "create"),
            ("lambda-alias/triage:live", "delete"),
        ]
        .map(|(step, action)| (step.to_owned(), action))
    );
    world.endpoint.log().clear();
    project.apply().await;

    assert_eq!(world.mutations(), ["CreateAlias", "DeleteAlias"]);
    let pair = |name: &str| (name.to_owned(), "1".to_owned());
    assert_eq!(
        aliases(&world).await,
        BTreeSet::from([pair("pinned"), pair("serving")])
    );
    assert_eq!(steps(&project.diff().await), []);

    // If a new alias cannot be created, the old one is kept.
    project.set("/lambda/alias", json!("next"));
    let denied = localstack::Fault::new(localstack::FaultKind::Denied);
    world.order(denied.on(Service::Lambda, "CreateAlias"));
    let answer = project.try_apply(CancellationToken::new()).await.unwrap();
    assert!(!answer.outcomes().all_done());
    assert_eq!(
        aliases(&world).await,
        BTreeSet::from([pair("pinned"), pair("serving")])
    );

    // An alias of somebody else stops a switch and a destroy, unless the user includes it.
    world.endpoint.clear_faults();
    world.endpoint.log().clear();
    let refused = project.try_destroy(CancellationToken::new()).await;
    assert_eq!(of_others(refused), ["lambda-alias/triage:pinned"]);
    project.set("/runtime", json!("agentcore"));
    let refused = project.try_apply(CancellationToken::new()).await;
    assert_eq!(of_others(refused), ["lambda-alias/triage:pinned"]);
    assert_eq!(world.mutations(), Vec::<String>::new());
    project.others = Others::Included;
    project.destroy().await;
    assert!(world.dump()[ACCOUNT][REGION]["lambda"].is_null());
}

/// Returns the deletions that a run was refused for because of others.
fn of_others(refused: Result<Report, RunError>) -> Vec<String> {
    let Err(RunError::OfOthers(steps)) = refused else {
        panic!("the run was not refused because of others")
    };
    steps.iter().map(|step| step.id.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_function_that_lost_its_marks_keeps_its_role_and_key_from_being_destroyed() {
    let world = World::new();
    let project = world.triage();
    project.apply().await;
    let lambda = world.clients().lambda.clone();
    let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:triage");
    let untag = lambda.untag_resource().resource(arn);
    untag.tag_keys("agentctl:env").send().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_mins(1)).await;
    world.endpoint.log().clear();

    let refused = project.try_destroy(CancellationToken::new()).await;

    let kinds: BTreeSet<String> = of_others(refused)
        .iter()
        .map(|step| step.split('/').next().unwrap().to_owned())
        .collect();
    let expected = ["iam-role", "kms-key", "log-group", "s3-object"];
    assert_eq!(kinds, expected.map(str::to_owned).into());
    assert_eq!(world.mutations(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_of_somebody_else_stops_a_destroy_and_is_deleted_only_on_request() {
    let world = World::new();
    let mut project = world.triage();
    project.set("/runtime", json!("agentcore"));
    project.apply().await;
    let agentcore = world.clients().agentcore.clone();
    let listed = agentcore.list_agent_runtimes().send().await.unwrap();
    let id = listed.agent_runtimes[0].agent_runtime_id.clone();
    let create = agentcore.create_agent_runtime_endpoint();
    let create = create.agent_runtime_id(&id).name("partner");
    create.agent_runtime_version("1").send().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_mins(5)).await;

    let refused = project.try_destroy(CancellationToken::new()).await;

    let partner = format!("agentcore-endpoint/{id}/partner");
    assert_eq!(of_others(refused), [partner]);
    project.others = Others::Included;
    project.destroy().await;
    assert!(world.dump()[ACCOUNT][REGION]["agentcore"]["runtimes"].is_null());
}

/// Creates functions, log groups and keys without agentctl's marks, more than one page of each listing that has them.
async fn crowd(world: &World) {
    let clients = world.clients();
    let role = make_role(world, "somebodys").await;
    tokio::time::sleep(std::time::Duration::from_secs(20)).await;
    for number in 0..60 {
        let name = format!("theirs-{number}");
        let code = FunctionCode::builder()
            .zip_file(Blob::new(archive("pass")))
            .build();
        let request = clients.lambda.create_function().function_name(&name);
        let request = request.role(&role).code(code).handler("main.handler");
        request.runtime(Runtime::Python313).send().await.unwrap();
        let group = format!("/aws/lambda/{name}");
        let request = clients.logs.create_log_group().log_group_name(group);
        request.send().await.unwrap();
    }
    for number in 0..20 {
        let tag = aws_sdk_kms::types::Tag::builder()
            .tag_key("team")
            .tag_value(number.to_string());
        let request = clients.kms.create_key().tags(tag.build().unwrap());
        request.send().await.unwrap();
    }
}

/// Destroys a project with an agent on Lambda next to as many resources of others as `crowd` creates, and returns the number of calls.
async fn calls_to_destroy(crowd: impl AsyncFn(&World)) -> usize {
    let world = World::new();
    crowd(&world).await;
    let before = world.dump();
    let project = world.triage();
    project.apply().await;
    // The index of tags has caught up.
    tokio::time::sleep(std::time::Duration::from_hours(1)).await;
    world.endpoint.log().clear();
    project.destroy_project().await;
    let calls = world.endpoint.log().entries().len();
    tokio::time::sleep(std::time::Duration::from_hours(24 * 30)).await;
    assert_same(&world.dump(), &before, "destroyed");
    calls
}

#[tokio::test(start_paused = true)]
async fn a_project_is_destroyed_in_a_busy_account_with_few_more_calls() {
    let alone = calls_to_destroy(async |_| {}).await;
    let beside = calls_to_destroy(crowd).await;
    // Two pages of functions and one of keys.
    let pages = 3;
    assert!(
        beside <= alone + 3 * pages,
        "{beside} calls instead of {alone}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_project_is_destroyed_before_the_index_of_tags_knows_it() {
    let world = World::new();
    let project = world.triage();
    let before = world.dump();
    project.apply().await;
    project.destroy_project().await;
    tokio::time::sleep(std::time::Duration::from_hours(24 * 30)).await;
    assert_same(&world.dump(), &before, "destroyed");
}
