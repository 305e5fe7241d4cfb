//! A project in a folder, the endpoint that it is deployed to, and clients that reach it without a socket.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agentctl::apply::lock::Holder;
use agentctl::apply::outcome::{Outcome, Outcomes};
use agentctl::aws::{Access, Clients, config};
use agentctl::event::{Event, Events};
use agentctl::expand::{Expansion, owner_of, prepare};
use agentctl::manifest::{self, Manifests, ProjectRule, Selection};
use agentctl::plan::diff::{Author, FieldChange};
use agentctl::plan::model::{Action, Plan, StepId};
use agentctl::resource::address::Address;
use agentctl::resource::owner::{Owner, OwnerFilter};
use agentctl::resource::site::Site;
use agentctl::run::{Manner, Run, RunError, Seen};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use camino::Utf8Path;
use jiff::Timestamp;
use localstack::{Config, Delays, Endpoint, Entry, Fault, Service};
use regex::Regex;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "us-east-1";
pub(crate) const BUCKET: &str = "agentctl-111122223333-us-east-1";

/// How long a request takes each way; on virtual time it costs nothing and lets requests meet.
const LATENCY: Duration = Duration::from_millis(10);

/// Hands requests to an endpoint in this process.
#[derive(Debug, Clone)]
struct InProcess {
    endpoint: Endpoint,
    /// What the account held after each request, when somebody watches.
    seen: Watch,
}

type Watch = Arc<Mutex<Option<Vec<Value>>>>;

impl HttpClient for InProcess {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { endpoint, seen } = self.clone();
        HttpConnectorFuture::new(async move {
            tokio::time::sleep(LATENCY).await;
            let mut request = request
                .try_into_http1x()
                .map_err(|error| ConnectorError::user(error.into()))?;
            let body = std::mem::replace(request.body_mut(), SdkBody::empty());
            let body = ByteStream::new(body)
                .collect()
                .await
                .map_err(|error| ConnectorError::user(error.into()))?
                .into_bytes();
            let answer = endpoint.handle(request.map(|_| body)).await;
            if let Some(seen) = seen.lock().unwrap().as_mut() {
                seen.push(endpoint.dump().unwrap());
            }
            tokio::time::sleep(LATENCY).await;
            let answer = answer.map_err(|reset| ConnectorError::io(reset.into()))?;
            HttpResponse::try_from(answer.map(SdkBody::from))
                .map_err(|error| ConnectorError::user(error.into()))
        })
    }
}

/// One account with nothing in it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) endpoint: Endpoint,
    seen: Watch,
}

impl World {
    /// Makes a world with delays as in AWS.
    pub(crate) fn new() -> Self {
        Self::with_seed(0)
    }

    /// Makes a world whose ids are drawn from the given seed.
    pub(crate) fn with_seed(seed: u64) -> Self {
        let start = "2026-01-02T03:04:05Z".parse().unwrap();
        let config = Config::in_memory(Delays::real()).seed(seed).start(start);
        Self {
            endpoint: Endpoint::new(config).unwrap(),
            seen: Watch::default(),
        }
    }

    /// Makes clients of their own, as another program in the account has them.
    pub(crate) fn clients(&self) -> Arc<Clients> {
        self.clients_of(ACCOUNT)
    }

    /// Makes clients of another account.
    pub(crate) fn clients_of(&self, account: &str) -> Arc<Clients> {
        let client = InProcess {
            endpoint: self.endpoint.clone(),
            seen: self.seen.clone(),
        };
        let config = config::local("http://localhost", REGION, account)
            .into_builder()
            .http_client(client)
            .build();
        Arc::new(Clients::new(&config, Access::Write))
    }

    /// Keeps what the account holds after each request from now on.
    pub(crate) fn watch(&self) {
        *self.seen.lock().unwrap() = Some(Vec::new());
    }

    /// Gives what the account held after each request since it is watched.
    pub(crate) fn watched(&self) -> Vec<Value> {
        self.seen.lock().unwrap().take().unwrap()
    }

    /// Orders a fault.
    pub(crate) fn order(&self, fault: Fault) {
        self.endpoint.order_fault(fault);
    }

    /// Declares a project of the given name with the quickstart-like agent of the given name.
    pub(crate) fn project(&self, name: &str, agent: &str) -> Project {
        Project::new(self.endpoint.clone(), self.clients(), name, agent)
    }

    /// Declares the project that most tests are about: `claims` with the agent `triage`.
    pub(crate) fn triage(&self) -> Project {
        self.project("claims", "triage")
    }

    /// The whole state of the account.
    pub(crate) fn dump(&self) -> Value {
        self.endpoint.dump().unwrap()
    }

    /// The account without what differs between two worlds in which the same was done: times, ids and random bytes.
    pub(crate) fn skeleton(&self) -> Value {
        skeleton(&self.dump()[ACCOUNT])
    }

    /// Everything that was asked for since the log was cleared.
    pub(crate) fn log(&self) -> Vec<Entry> {
        self.endpoint.log().entries()
    }

    /// The operations that changed something since the log was cleared, in order, those that were refused and those of S3 left
    /// out, where locks and records come and go.
    pub(crate) fn mutations(&self) -> Vec<&'static str> {
        self.log()
            .iter()
            .filter(|entry| entry.write && entry.error.is_none())
            .filter(|entry| entry.service != Some(Service::S3))
            .filter_map(|entry| entry.operation)
            .collect()
    }
}

/// A project folder, and the commands that can be given in it.
pub(crate) struct Project {
    folder: TempDir,
    name: String,
    pub(crate) env: String,
    /// The agent's manifest, written to the folder before every command.
    pub(crate) agent: Value,
    endpoint: Endpoint,
    clients: Arc<Clients>,
    /// Which user this is, among those who take locks.
    pub(crate) user: String,
}

/// What a run was, beyond how its steps ended.
pub(crate) struct Told {
    pub(crate) outcomes: Outcomes,
    pub(crate) events: Vec<Event>,
}

/// A plan, and the run that it was made by.
pub(crate) struct Looked {
    run: Run,
    events: UnboundedReceiver<Event>,
    expansion: Expansion,
    pub(crate) seen: Seen,
}

impl Project {
    fn new(endpoint: Endpoint, clients: Arc<Clients>, name: &str, agent: &str) -> Self {
        let project = Self {
            folder: tempfile::tempdir().unwrap(),
            name: name.to_owned(),
            env: "default".to_owned(),
            agent: manifest_of(agent),
            endpoint,
            clients,
            user: "ada@workstation".to_owned(),
        };
        project.write("deploy-plans/prompts/system.md", "You check invoices.\n");
        project.write(
            "deploy-plans/tools/total.py",
            "def total(lines):\n    return sum(lines)\n",
        );
        project.write(
            "deploy-plans/agent/batch.py",
            "def handler(event, context):\n    return event\n",
        );
        project
    }

    /// The same project in another environment.
    pub(crate) fn in_env(&self, env: &str) -> Self {
        let mut other = Self::new(
            self.endpoint.clone(),
            self.clients.clone(),
            &self.name,
            self.agent["metadata"]["name"].as_str().unwrap(),
        );
        env.clone_into(&mut other.env);
        other.agent.clone_from(&self.agent);
        other
    }

    /// Writes a file of the project.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    /// Sets a value of the agent's spec, given by a JSON pointer whose parents are made; null takes it out.
    pub(crate) fn set(&mut self, pointer: &str, value: Value) {
        let mut place = &mut self.agent["spec"];
        let keys: Vec<&str> = pointer.split('/').skip(1).collect();
        let (last, parents) = keys.split_last().unwrap();
        for key in parents {
            place = &mut place[*key];
        }
        if value.is_null() {
            place.as_object_mut().unwrap().remove(*last);
        } else {
            place[*last] = value;
        }
    }

    fn manifests(&self) -> Manifests {
        let project = json!({
            "apiVersion": "agentctl.dev/v1alpha1",
            "kind": "Project",
            "metadata": { "name": self.name },
            "spec": { "region": REGION },
        });
        self.write("deploy-plans/project.json", &project.to_string());
        self.write("deploy-plans/agent.json", &self.agent.to_string());
        let root = Utf8Path::from_path(self.folder.path()).unwrap();
        manifest::load(root, &Selection::all(), ProjectRule::Required).unwrap()
    }

    /// The owner of the agent's resources.
    pub(crate) fn owner(&self) -> Owner {
        let manifests = self.manifests();
        owner_of(
            &manifests.project,
            &manifests.project.agents[0],
            &site(),
            &self.env,
        )
    }

    /// What the manifests become.
    pub(crate) fn expansion(&self) -> Expansion {
        let manifests = self.manifests();
        prepare(
            &manifests.root,
            &manifests.project,
            &manifests.project.agents,
        )
        .unwrap()
        .expand(&site(), &self.env)
        .unwrap()
    }

    fn run(&self) -> (Run, UnboundedReceiver<Event>) {
        let (events, receiver) = Events::channel();
        (Run::new(self.clients.clone(), site(), events), receiver)
    }

    fn manner(&self, command: &str, stop: CancellationToken) -> Manner {
        let journal: PathBuf = self.folder.path().join(".agentctl/journal");
        let now = self.endpoint.clock().now();
        Manner {
            journal,
            started: Timestamp::now().to_string(),
            parallelism: 16,
            lost: CancellationToken::new(),
            stop,
            holder: Holder::new(&self.user, command, now),
        }
    }

    /// Looks and plans, as every command does first.
    pub(crate) async fn look(&self) -> Result<Looked, RunError> {
        let (run, events) = self.run();
        let expansion = self.expansion();
        let seen = run.look(&expansion.desired, &[self.owner()]).await?;
        Ok(Looked {
            run,
            events,
            expansion,
            seen,
        })
    }

    /// Looks and plans, as `agentctl diff` does.
    pub(crate) async fn try_diff(&self) -> Result<Plan, RunError> {
        Ok(self.look().await?.seen.plan)
    }

    /// Looks and plans; everything must be readable.
    pub(crate) async fn diff(&self) -> Plan {
        let plan = self.try_diff().await.unwrap();
        assert_eq!(plan.unreadable, []);
        plan
    }

    /// Looks and carries the plan out, until `stop` is set.
    pub(crate) async fn try_apply(&self, stop: CancellationToken) -> Result<Told, RunError> {
        let looked = self.look().await?;
        self.carry_out(looked, stop).await
    }

    /// Carries a plan out, until `stop` is set; everything must have been readable, as the command demands.
    pub(crate) async fn carry_out(
        &self,
        looked: Looked,
        stop: CancellationToken,
    ) -> Result<Told, RunError> {
        let Looked {
            run,
            mut events,
            expansion,
            seen,
        } = looked;
        assert_eq!(seen.plan.unreadable, []);
        // As the command does: nothing is locked or journalled where there is nothing to do.
        let outcomes = if seen.plan.is_empty() {
            Outcomes::default()
        } else {
            run.apply(
                &seen,
                &expansion.desired,
                &[self.owner()],
                Arc::new(expansion.artifacts),
                &self.manner("apply", stop),
            )
            .await?
        };
        drop(run);
        let events = std::iter::from_fn(|| events.try_recv().ok()).collect();
        Ok(Told { outcomes, events })
    }

    /// Looks and carries the plan out; every step must end well, and without a warning.
    pub(crate) async fn apply(&self) -> Told {
        let looked = self.look().await.unwrap();
        self.finish(looked).await
    }

    /// Carries a plan out; every step must end well, and without a warning.
    pub(crate) async fn finish(&self, looked: Looked) -> Told {
        let told = self.carry_out(looked, CancellationToken::new()).await;
        let told = told.unwrap();
        told.assert_done();
        assert_eq!(told.warnings(), Vec::<&str>::new());
        told
    }

    /// Finds everything of the agent's.
    pub(crate) async fn look_to_destroy(&self) -> (Run, Seen) {
        let (run, _events) = self.run();
        let seen = run
            .look_to_destroy(&self.expansion().desired, &[OwnerFilter::of(&self.owner())])
            .await
            .unwrap();
        assert_eq!(seen.plan.unreadable, []);
        (run, seen)
    }

    /// Deletes everything of the agent's; every step must end well.
    pub(crate) async fn destroy(&self) -> Told {
        let (run, seen) = self.look_to_destroy().await;
        let manner = self.manner("destroy", CancellationToken::new());
        // As the command does: nothing is locked where there is nothing to do.
        let outcomes = if seen.plan.is_empty() {
            Outcomes::default()
        } else {
            run.destroy(&seen, &[self.owner()], &manner).await.unwrap()
        };
        let told = Told {
            outcomes,
            events: Vec::new(),
        };
        told.assert_done();
        told
    }
}

impl Told {
    /// Fails unless every step is done.
    pub(crate) fn assert_done(&self) {
        let open: BTreeMap<&StepId, &Outcome> = self
            .outcomes
            .steps
            .iter()
            .filter(|(_, outcome)| !outcome.is_done())
            .collect();
        assert!(open.is_empty(), "{open:#?}");
    }

    /// The warnings that were told.
    pub(crate) fn warnings(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::Warning { message } => Some(message.as_str()),
                _ => None,
            })
            .collect()
    }

    /// The steps that waited for AWS to see what was made before, each with the code that it was answered.
    pub(crate) fn waits(&self) -> BTreeSet<(String, String)> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::Waiting { step, fault, .. } => {
                    Some((step.to_string(), fault.code.clone().unwrap_or_default()))
                }
                _ => None,
            })
            .collect()
    }

    /// The steps that waited for AWS to finish, each with AWS's word for what it did.
    pub(crate) fn settling(&self) -> BTreeSet<(String, String)> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::Settling { step, status } => Some((step.to_string(), status.clone())),
                _ => None,
            })
            .collect()
    }

    /// The steps that ended in the given way.
    pub(crate) fn that(&self, is: impl Fn(&Outcome) -> bool) -> BTreeSet<String> {
        self.outcomes
            .steps
            .iter()
            .filter(|(_, outcome)| is(outcome))
            .map(|(id, _)| id.to_string())
            .collect()
    }
}

/// The place that everything is deployed to.
pub(crate) fn site() -> Site {
    Site {
        partition: "aws".to_owned(),
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
    }
}

/// The manifest of an agent with everything switched on that the quickstart has.
fn manifest_of(agent: &str) -> Value {
    json!({
        "apiVersion": "agentctl.dev/v1alpha1",
        "kind": "BatchAgent",
        "metadata": { "name": agent, "labels": { "team": "billing" } },
        "spec": {
            "runtime": "lambda",
            "prompt": "Check this invoice.",
            "expectJson": true,
            "definition": {
                "model": { "id": "anthropic.claude-haiku-5-5", "crossRegion": "us" },
                "systemPrompt": "prompts/system.md",
                "tools": ["tools/total.py"],
            },
            "code": { "path": "agent", "handler": "batch.handler", "runtime": "python3.13" },
            "environment": { "MAX_TURNS": "8" },
            "lambda": { "timeout": "5m", "memorySize": 512 },
            "observability": { "enabled": true, "retentionDays": 14 },
            "dataProtection": { "identifiers": ["EmailAddress", "CreditCardNumber"] },
        },
    })
}

/// The steps of a plan, each as its id and its action without reasons.
pub(crate) fn steps(plan: &Plan) -> Vec<(String, &'static str)> {
    plan.steps
        .iter()
        .map(|step| {
            let action = match step.action {
                Action::Create => "create",
                Action::Update => "update",
                Action::Replace(_) => "replace",
                Action::Delete => "delete",
            };
            (step.id.to_string(), action)
        })
        .collect()
}

/// The fields that a plan changes on one resource.
pub(crate) fn changes<'a>(plan: &'a Plan, kind: &str, name: &str) -> &'a [FieldChange] {
    let id = StepId::whole(&Address::new(kind, name));
    plan.steps
        .iter()
        .find(|step| step.id == id)
        .map_or(&[], |step| step.changes.as_slice())
}

/// The paths of the fields that a plan changes on one resource, each with who changed it.
pub(crate) fn authors<'a>(
    plan: &'a Plan,
    kind: &str,
    name: &str,
) -> Vec<(&'a str, Option<Author>)> {
    changes(plan, kind, name)
        .iter()
        .map(|change| (change.path.as_str(), change.author))
        .collect()
}

/// Keys whose values are drawn anew in every world.
const DRAWN: &[&str] = &[
    "id",
    "etag",
    "material",
    "sequence",
    "agentctl:intent",
    "revision",
];

fn skeleton(value: &Value) -> Value {
    let drawn = Regex::new(
        r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+0000)|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|AROA[A-Z0-9]{17}",
    )
    .unwrap();
    bare(value, &drawn)
}

fn bare(value: &Value, drawn: &Regex) -> Value {
    let text = |text: &str| drawn.replace_all(text, "<drawn>").into_owned();
    match value {
        Value::String(value) => text(value).into(),
        Value::Array(items) => items.iter().map(|item| bare(item, drawn)).collect(),
        Value::Object(map) => {
            let mut bones = serde_json::Map::new();
            for (key, value) in map {
                let value = match key.as_str() {
                    // How often a record is written depends on what settles at the same moment, and the key is random.
                    _ if key.starts_with("records/") => json!("<kept>"),
                    _ if DRAWN.contains(&key.as_str()) => json!("<drawn>"),
                    // What a version was published from, digested with ids in it.
                    "content" if value.is_string() => json!("<drawn>"),
                    _ => bare(value, drawn),
                };
                // Two things whose names are drawn stay two.
                let mut key = text(key);
                while bones.contains_key(&key) {
                    key.push('\'');
                }
                bones.insert(key, value);
            }
            Value::Object(bones)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Fails unless two values are equal, and shows the lines in which they differ.
#[track_caller]
pub(crate) fn assert_same(found: &Value, expected: &Value, when: &str) {
    let (found, expected) = (format!("{found:#}"), format!("{expected:#}"));
    let difference = similar::TextDiff::from_lines(&expected, &found);
    assert!(
        found == expected,
        "{when}\n{}",
        difference.unified_diff().context_radius(6)
    );
}

/// Makes a zip archive of one file with the given text.
pub(crate) fn archive(text: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("main.py", zip::write::SimpleFileOptions::default())
        .unwrap();
    zip.write_all(text.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}
