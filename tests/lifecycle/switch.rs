//! The one line that moves an agent to the other side, and back: callers are served at every moment, and only logs are left over.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use agentctl::aws::Clients;
use agentctl::plan::model::{Note, Plan};
use aws_sdk_bedrockagentcorecontrol::types::AgentRuntimeEndpointStatus;
use aws_sdk_lambda::types::State;
use localstack::{Fault, FaultKind, Service};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::{ACCOUNT, BUCKET, Project, REGION, World, assert_same, steps};

/// How often a caller checks while the sides change: several times between two calls that wait for each other.
const GLANCE: Duration = Duration::from_millis(50);

/// How often a caller checks that is served by the new side alone.
const LATER_GLANCE: Duration = Duration::from_secs(5);

/// The sides that serve callers at one moment.
type Moment = BTreeSet<&'static str>;

/// Returns the sides with a version that is ready and whose role exists and can read its prompt.
async fn served(clients: &Clients) -> Moment {
    let (lambda, agentcore) = tokio::join!(on_lambda(clients), on_agentcore(clients));
    let lambda = lambda.map(|()| "lambda");
    lambda
        .into_iter()
        .chain(agentcore.map(|()| "agentcore"))
        .collect()
}

async fn on_lambda(clients: &Clients) -> Option<()> {
    let call = clients.lambda.get_alias().function_name("triage");
    let version = call.name("live").send().await.ok()?.function_version?;
    let call = clients.lambda.get_function_configuration();
    let call = call.function_name("triage").qualifier(version);
    let function = call.send().await.ok()?;
    let variables = function.environment?.variables?;
    let is_reached = reaches(clients, &function.role?, &variables["SYSTEM_PROMPT_S3_KEY"]).await;
    (function.state == Some(State::Active) && is_reached).then_some(())
}

async fn on_agentcore(clients: &Clients) -> Option<()> {
    let listed = clients.agentcore.list_agent_runtimes().send().await.ok()?;
    let mut runtimes = listed.agent_runtimes.into_iter();
    let id = runtimes
        .find(|runtime| runtime.agent_runtime_name == "triage")?
        .agent_runtime_id;
    let call = clients.agentcore.get_agent_runtime_endpoint();
    let endpoint = call
        .agent_runtime_id(&id)
        .endpoint_name("live")
        .send()
        .await
        .ok()?;
    let call = clients.agentcore.get_agent_runtime().agent_runtime_id(&id);
    let runtime = call
        .agent_runtime_version(endpoint.live_version?)
        .send()
        .await
        .ok()?;
    let variables = runtime.environment_variables?;
    let is_reached = reaches(
        clients,
        &runtime.role_arn,
        &variables["SYSTEM_PROMPT_S3_KEY"],
    )
    .await;
    (endpoint.status == AgentRuntimeEndpointStatus::Ready && is_reached).then_some(())
}

/// Returns whether a role exists that can read an existing object.
async fn reaches(clients: &Clients, role: &str, key: &str) -> bool {
    let name = role.rsplit('/').next().unwrap();
    let call = clients.iam.get_role_policy().role_name(name);
    let Ok(policy) = call.policy_name("agent").send().await else {
        return false;
    };
    let text = percent_encoding::percent_decode_str(&policy.policy_document)
        .decode_utf8()
        .unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let statements = document["Statement"].as_array().unwrap();
    let files = statements
        .iter()
        .find(|statement| statement["Sid"] == "Files")
        .unwrap();
    let is_granted = files["Resource"].as_array().unwrap().iter().any(|pattern| {
        let prefix = pattern.as_str().unwrap().trim_end_matches('*');
        format!("arn:aws:s3:::{BUCKET}/{key}").starts_with(prefix)
    });
    let object = clients
        .s3
        .head_object()
        .bucket(BUCKET)
        .key(key)
        .send()
        .await;
    is_granted && object.is_ok()
}

/// Applies while callers check, until one side alone serves. Returns what they found, each state once.
async fn apply_under_traffic(world: &World, project: &Project, goal: &'static str) -> Vec<Moment> {
    let ended = CancellationToken::new();
    let clients: Arc<Clients> = world.clients();
    let watch = async {
        let mut moments: Vec<Moment> = Vec::new();
        loop {
            let is_last = ended.is_cancelled();
            let moment = Box::pin(served(&clients)).await;
            let is_reached = moment == Moment::from([goal]);
            if moments.last() != Some(&moment) {
                moments.push(moment);
            }
            if is_last {
                return moments;
            }
            tokio::time::sleep(if is_reached { LATER_GLANCE } else { GLANCE }).await;
        }
    };
    let apply = async {
        project.apply().await;
        ended.cancel();
    };
    tokio::join!(watch, apply).0
}

/// Fails unless callers were served at every moment, by one side at first and by the other in the end.
#[track_caller]
fn assert_served(moments: &[Moment], from: &'static str, to: &'static str) {
    let ends = moments.first().zip(moments.last());
    assert_eq!(ends, Some((&Moment::from([from]), &Moment::from([to]))));
    assert!(
        moments.iter().all(|moment| !moment.is_empty()),
        "{moments:?}"
    );
}

/// Returns the steps of a plan in words, sorted, since independent steps can be in any order.
fn sorted_steps(plan: &Plan) -> Vec<String> {
    let mut steps: Vec<String> = steps(plan)
        .into_iter()
        .map(|(step, action)| format!("{action} {step}"))
        .collect();
    steps.sort();
    steps
}

/// Returns the position of a step in a plan.
fn place(plan: &Plan, kind: &str) -> usize {
    let is_meant = |step: &(String, &str)| step.0.starts_with(&format!("{kind}/"));
    steps(plan).iter().position(is_meant).unwrap()
}

fn stops(plan: &Plan) -> Vec<(String, Vec<String>)> {
    let notes = plan
        .steps
        .iter()
        .flat_map(|step| step.notes.iter().map(move |note| (step, note)));
    notes
        .filter_map(|(step, note)| match note {
            Note::StopsTraffic(instead) => Some((
                step.id.to_string(),
                instead.iter().map(ToString::to_string).collect(),
            )),
            _ => None,
        })
        .collect()
}

/// Returns the account without the log groups of the side that was deleted.
fn without_old_logs(world: &World) -> Value {
    let mut account = world.skeleton();
    let groups = account[REGION]["logs"]["groups"].as_object_mut().unwrap();
    groups.retain(|name, _| !name.starts_with("/aws/bedrock-agentcore/"));
    account
}

/// Returns an account in which the function has the versions that its first creation had.
///
/// Lambda does not use the number of a deleted version again, also not for a function that is created again.
fn with_first_version(mut account: Value) -> Value {
    let function = &mut account[REGION]["lambda"]["functions"]["triage"];
    function["next_version"] = json!(2);
    function["published"]["version"] = json!(1);
    function["aliases"]["live"]["version"] = json!("1");
    let versions = function["versions"].as_object_mut().unwrap();
    assert_eq!(versions.keys().collect::<Vec<_>>(), ["2"]);
    let version = versions.remove("2").unwrap();
    versions.insert("1".to_owned(), version);
    account
}

fn log_groups(world: &World) -> Vec<String> {
    let dump = world.dump();
    let groups = &dump[ACCOUNT][REGION]["logs"]["groups"];
    groups.as_object().unwrap().keys().cloned().collect()
}

#[tokio::test(start_paused = true)]
async fn a_switch_and_back_serves_at_every_moment_and_ends_where_it_began() {
    let world = World::new();
    let mut project = world.triage();
    project.apply().await;
    let before = world.skeleton();

    project.set("/runtime", json!("agentcore"));
    let plan = project.diff().await;
    assert_eq!(
        sorted_steps(&plan),
        [
            "create agentcore-endpoint/triage.live",
            "create agentcore-runtime/triage",
            "create iam-role/triage.agentcore",
            "create log-group/triage.agentcore.DEFAULT",
            "create log-group/triage.agentcore.live",
            "delete iam-role/triage-lambda-us-east-1",
            "delete lambda-alias/triage:live",
            "delete lambda-function/triage",
        ]
    );
    let (alias, function) = (
        place(&plan, "lambda-alias"),
        place(&plan, "lambda-function"),
    );
    assert!(place(&plan, "log-group") < alias && alias < function);
    assert_eq!(
        steps(&plan).last().unwrap().0,
        "iam-role/triage-lambda-us-east-1"
    );
    assert_eq!(
        stops(&plan),
        [(
            "lambda-alias/triage:live".to_owned(),
            vec!["agentcore-endpoint/triage.live".to_owned()]
        )]
    );
    let kept: Vec<String> = plan
        .kept
        .iter()
        .map(|(address, _)| address.to_string())
        .collect();
    assert_eq!(kept, ["log-group/triage"]);
    let moments = Box::pin(apply_under_traffic(&world, &project, "agentcore")).await;
    assert_served(&moments, "lambda", "agentcore");

    world.endpoint.log().clear();
    project.apply().await;
    assert_eq!(world.endpoint.log().writes(), 0, "{:?}", world.mutations());
    let groups = log_groups(&world);
    assert_eq!(groups.len(), 3, "{groups:?}");
    assert!(groups.contains(&"/aws/lambda/triage".to_owned()));

    project.set("/runtime", json!("lambda"));
    let plan = project.diff().await;
    let (endpoint, runtime) = (
        place(&plan, "agentcore-endpoint"),
        place(&plan, "agentcore-runtime"),
    );
    assert!(place(&plan, "lambda-alias") < endpoint && endpoint < runtime);
    assert_eq!(
        steps(&plan).last().unwrap().0,
        "iam-role/triage-agentcore-us-east-1"
    );
    let moments = Box::pin(apply_under_traffic(&world, &project, "lambda")).await;
    assert_served(&moments, "agentcore", "lambda");
    assert_same(
        &with_first_version(without_old_logs(&world)),
        &before,
        "after a switch and back",
    );
    assert_eq!(log_groups(&world), groups, "logs outlive their side");

    world.endpoint.log().clear();
    project.apply().await;
    assert_eq!(world.endpoint.log().writes(), 0, "{:?}", world.mutations());
}

#[tokio::test(start_paused = true)]
async fn the_old_side_is_kept_if_the_new_one_does_not_start() {
    let world = World::new();
    let mut project = world.triage();
    project.apply().await;

    project.set("/runtime", json!("agentcore"));
    let denied = Fault::new(FaultKind::Denied);
    world.order(denied.on(Service::AgentCore, "CreateAgentRuntimeEndpoint"));
    let answer = project.try_apply(CancellationToken::new()).await.unwrap();

    assert!(!answer.outcomes().all_done());
    assert_eq!(
        Box::pin(served(&world.clients())).await,
        BTreeSet::from(["lambda"])
    );
    assert!(
        !world
            .mutations()
            .iter()
            .any(|operation| operation.starts_with("Delete"))
    );

    world.endpoint.clear_faults();
    project.apply().await;
    assert_eq!(steps(&project.diff().await), []);
    assert_eq!(
        Box::pin(served(&world.clients())).await,
        BTreeSet::from(["agentcore"])
    );
}

#[tokio::test(start_paused = true)]
async fn destroy_deletes_both_sides_after_half_a_switch() {
    let world = World::new();
    let mut project = world.triage();
    project.apply().await;
    project.set("/runtime", json!("agentcore"));
    let denied = Fault::new(FaultKind::Denied);
    world.order(denied.on(Service::Lambda, "DeleteAlias"));
    let answer = project.try_apply(CancellationToken::new()).await.unwrap();
    assert!(!answer.outcomes().all_done());
    world.endpoint.clear_faults();

    project.destroy().await;

    let account = world.skeleton();
    let services: Vec<&String> = account[REGION].as_object().unwrap().keys().collect();
    assert_eq!(services, ["kms"], "{account:#}");
    assert!(account.get("global").is_none(), "{account:#}");
}
