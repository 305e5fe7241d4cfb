//! A project folder, and its commands.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::sync::Arc;

use agentctl::aws::Clients;
use agentctl::event::{Event, Events};
use agentctl::executor::lock::Holder;
use agentctl::executor::steps::{Limits, OnFailure};
use agentctl::expand::{Expansion, prepare, prepare_names};
use agentctl::manifest::{self, Manifests, ProjectRule, Selection, Variables};
use agentctl::plan::drift::{self, DriftReport};
use agentctl::plan::file::{Agents, Made, PlanFile, PlanTarget};
use agentctl::plan::model::{Pins, Plan};
use agentctl::plan::pointer::{PointerError, Served};
use agentctl::resource::owner::{Owner, OwnerFilter};
use agentctl::run::{
    ApplyRequest, DestroyRequest, Ended, Engine, MoveRequest, NoContents, Others, PointerChoice,
    RunError, RunOptions, SavedPlan,
};
use camino::Utf8Path;
use jiff::Timestamp;
use jiff::civil::date;
use localstack::Endpoint;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;

use super::report::Report;
use super::trail::Journal;
use super::world::World;
use super::{REGION, site};

/// A project folder, and the commands that run in it.
pub(crate) struct Project {
    folder: TempDir,
    name: String,
    pub(crate) env: String,
    /// The agent's manifest, which every command writes to the folder first.
    pub(crate) agent: Value,
    endpoint: Endpoint,
    clients: Arc<Clients>,
    /// The user's name in locks.
    pub(crate) user: String,
    /// Whether runs may take away what others use.
    pub(crate) others: Others,
}

/// Whether callers are pinned to their version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pinned {
    Yes,
    No,
}

/// The options of an apply.
pub(crate) struct Terms<'a> {
    pub(crate) pins: Pins,
    pub(crate) saved: Option<&'a PlanFile>,
    pub(crate) stop: CancellationToken,
}

impl Default for Terms<'_> {
    fn default() -> Self {
        Self {
            pins: Pins::Honoured,
            saved: None,
            stop: CancellationToken::new(),
        }
    }
}

impl Project {
    pub(super) fn new(endpoint: Endpoint, clients: Arc<Clients>, name: &str, agent: &str) -> Self {
        let project = Self {
            folder: tempfile::tempdir().unwrap(),
            name: name.to_owned(),
            env: "default".to_owned(),
            agent: manifest_of(agent),
            endpoint,
            clients,
            user: "ada@workstation".to_owned(),
            others: Others::Protected,
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
        project.write("deploy-plans/agent/main.py", "print('listening')\n");
        project
    }

    /// Returns the same project in another environment.
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

    /// Returns the folder of the journals.
    pub(super) fn journals(&self) -> PathBuf {
        self.folder.path().join(".agentctl/journal")
    }

    /// Continues in another process with other clients.
    pub(crate) fn go_on_with(&mut self, clients: Arc<Clients>) {
        self.clients = clients;
    }

    /// Deletes the journals.
    pub(crate) fn lose_journals(&self) {
        let folder = self.journals();
        if folder.exists() {
            fs_err::remove_dir_all(&folder).unwrap();
        }
    }

    /// Continues in another world, with these journals only.
    pub(crate) fn go_on_in(&mut self, world: &World, journal: &Journal) {
        self.endpoint = world.endpoint.clone();
        self.clients = world.clients();
        self.lose_journals();
        let folder = self.journals();
        for (name, bytes) in journal {
            fs_err::create_dir_all(&folder).unwrap();
            fs_err::write(folder.join(name), bytes).unwrap();
        }
    }

    /// Writes a file of the project.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    /// Sets a value of the agent's spec at a JSON pointer, and creates its parents; null removes it.
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

    /// Edits a part of everything that both sides have.
    pub(crate) fn edit(&mut self) {
        self.set("/prompt", json!("Check this invoice twice."));
        self.set("/observability/retentionDays", json!(30));
        self.set("/dataProtection/identifiers", json!(["EmailAddress"]));
        self.set("/definition/model/crossRegion", json!("eu"));
        let prompt = "You check invoices twice.\n";
        self.write("deploy-plans/prompts/system.md", prompt);
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
        manifest::load(
            root,
            &Selection::all(),
            ProjectRule::Required,
            &Variables::default(),
        )
        .unwrap()
    }

    /// Returns the owner of the agent's resources.
    pub(crate) fn owner(&self) -> Owner {
        Owner {
            project: self.name.clone(),
            env: self.env.clone(),
            region: REGION.to_owned(),
            agent: self.agent["metadata"]["name"].as_str().unwrap().to_owned(),
        }
    }

    /// Expands the manifests.
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

    fn engine(&self) -> (Engine, UnboundedReceiver<Event>) {
        let (events, receiver) = Events::channel();
        let engine = Engine::new(self.clients.clone(), site(), events);
        (engine, receiver)
    }

    fn options(&self, command: &str, stop: CancellationToken) -> RunOptions {
        let journal = self.journals();
        let now = self.endpoint.clock().now();
        RunOptions {
            journal,
            started: Timestamp::now().to_string(),
            limits: Limits {
                parallelism: 16,
                on_failure: OnFailure::ContinueOthers,
            },
            lost: CancellationToken::new(),
            stop,
            holder: Holder::new(&self.user, command, now),
            others: self.others,
        }
    }

    /// Plans like `agentctl diff`.
    pub(crate) async fn try_diff(&self) -> Result<Plan, RunError> {
        self.plan_with(Pins::Honoured).await
    }

    /// Plans like `agentctl diff`, or like `agentctl apply --promote` before it applies.
    pub(crate) async fn plan_with(&self, pins: Pins) -> Result<Plan, RunError> {
        let (engine, _events) = self.engine();
        let desired = self.expansion().desired;
        Ok(engine.plan(&desired, &[self.owner()], pins).await?.plan)
    }

    /// Plans. Everything must be readable.
    pub(crate) async fn diff(&self) -> Plan {
        let plan = self.try_diff().await.unwrap();
        assert_eq!(plan.unreadable, []);
        plan
    }

    /// Compares like `agentctl drift`.
    pub(crate) async fn drift(&self) -> DriftReport {
        let (engine, _events) = self.engine();
        let desired = self.expansion().desired;
        let comparison = engine.drift(&desired, &[self.owner()]).await.unwrap();
        drift::report(engine.registry(), &comparison, &[], date(2026, 1, 2))
    }

    /// Applies like `agentctl apply`. `consent` gets every plan before it is carried out.
    pub(crate) async fn apply_on(&self, terms: Terms<'_>, consent: impl AsyncFn(&Plan)) -> Report {
        let (engine, mut events) = self.engine();
        let expansion = self.expansion();
        let options = self.options("apply", terms.stop);
        let request = ApplyRequest {
            desired: &expansion.desired,
            owners: &[self.owner()],
            contents: Arc::new(expansion.artifacts),
            pins: terms.pins,
            saved: terms.saved.map(|file| SavedPlan {
                file,
                project: &self.name,
                env: &self.env,
            }),
        };
        let agree = async |plan: &Plan| {
            consent(plan).await;
            Ok(())
        };
        // Boxed, because it contains all work of a command.
        let ended = Box::pin(engine.apply(&request, &options, agree)).await;
        drop(engine);
        let events = std::iter::from_fn(|| events.try_recv().ok()).collect();
        Report { ended, events }
    }

    /// Applies until `stop` is set. An error means that the plan was not carried out.
    pub(crate) async fn try_apply(&self, stop: CancellationToken) -> Result<Report, RunError> {
        let terms = Terms {
            stop,
            ..Terms::default()
        };
        self.apply_on(terms, async |_| {}).await.into_result()
    }

    /// Applies. Every step must succeed, without a warning.
    pub(crate) async fn apply(&self) -> Report {
        let report = self.try_apply(CancellationToken::new()).await.unwrap();
        report.assert_done();
        assert_eq!(report.warnings(), Vec::<&str>::new());
        report
    }

    /// Deletes versions, as `agentctl versions --delete` does.
    pub(crate) async fn delete_versions(&self, versions: &[u64]) -> Result<Report, RunError> {
        let (engine, mut events) = self.engine();
        let expansion = self.expansion();
        let options = self.options("versions --delete", CancellationToken::new());
        let request = ApplyRequest {
            desired: &expansion.desired,
            owners: &[self.owner()],
            contents: Arc::new(NoContents),
            pins: Pins::Honoured,
            saved: None,
        };
        let versions = versions.iter().copied().collect();
        let agree = async |_: &Plan| Ok(());
        let ended = engine
            .delete_versions(&request, &versions, &options, agree)
            .await;
        drop(engine);
        let events = std::iter::from_fn(|| events.try_recv().ok()).collect();
        Report { ended, events }.into_result()
    }

    /// Moves callers to a version and pins them to it, like `agentctl rollback`.
    pub(crate) async fn hold(&self, version: u64) -> Result<(), RunError> {
        let chosen = self.point(Pinned::Yes, |_| Ok(version)).await?;
        assert_eq!(chosen, version);
        Ok(())
    }

    /// Moves callers to the version that was applied last and releases them, like `agentctl promote`.
    pub(crate) async fn promote(&self) -> Result<u64, RunError> {
        self.point(Pinned::No, |served| served.forward(None)).await
    }

    /// Moves callers to the chosen version, and pins or releases them. The move must be done.
    pub(crate) async fn point(
        &self,
        pinned: Pinned,
        choose: impl FnOnce(&Served) -> Result<u64, PointerError>,
    ) -> Result<u64, RunError> {
        let (ended, chosen) = self.try_point(pinned, choose).await;
        if let Some(error) = ended.error {
            return Err(error);
        }
        assert!(ended.outcomes.all_done(), "{:?}", ended.outcomes);
        Ok(chosen.unwrap())
    }

    /// Moves callers like [`Project::point`], and returns how that ended with the chosen version.
    pub(crate) async fn try_point(
        &self,
        pinned: Pinned,
        choose: impl FnOnce(&Served) -> Result<u64, PointerError>,
    ) -> (Ended<RunError>, Option<u64>) {
        let (engine, _events) = self.engine();
        let options = self.options("rollback", CancellationToken::new());
        let desired = self.expansion().desired;
        let request = MoveRequest {
            desired: &desired,
            owner: &self.owner(),
            needs_applied: pinned == Pinned::No,
        };
        let chosen = Cell::new(None);
        let choose = |served: &Served| {
            let version = choose(served)?;
            chosen.set(Some(version));
            let now = Timestamp::now().to_string();
            let pin = served.pin_at(version, self.user.clone(), now, None);
            let pin = (pinned == Pinned::Yes).then_some(pin);
            Ok(PointerChoice { version, pin })
        };
        let agree = async |_: &Served, _: u64, _: &Plan| Ok(());
        let ended = Box::pin(engine.move_pointer(request, &options, choose, agree)).await;
        (ended, chosen.get())
    }

    /// Saves a plan like `agentctl diff --out`; `None` if something cannot be read.
    pub(crate) async fn save(&self) -> Option<PlanFile> {
        let (engine, _events) = self.engine();
        let desired = self.expansion().desired;
        let owners = [self.owner()];
        let planning = engine.plan(&desired, &owners, Pins::Honoured);
        let planned = planning.await.unwrap();
        if !planned.plan.unreadable.is_empty() {
            return None;
        }
        let seal = engine.seal(&self.name, &self.env).await.unwrap();
        let site = site();
        let place = PlanTarget {
            project: self.name.clone(),
            env: self.env.clone(),
            partition: site.partition,
            account: site.account,
            region: site.region,
            endpoint: None,
        };
        let made = Made {
            at: self.endpoint.clock().now().to_string(),
            by: self.user.clone(),
        };
        let agents = Agents {
            names: [self.owner().agent].into(),
            all: true,
        };
        let input = planned.input(engine.registry(), seal.as_ref(), &desired);
        Some(PlanFile::new(made, place, agents, &input))
    }

    /// Destroys like `agentctl destroy`, until `stop` is set. `consent` gets the plan before it is carried out, and can refuse.
    async fn destroy_on(
        &self,
        stop: CancellationToken,
        consent: impl AsyncFn(&Plan) -> Result<(), RunError>,
    ) -> Report {
        let project = self.manifests().project;
        let names = prepare_names(&project, &project.agents);
        let desired = names.expand(&site(), &self.env).unwrap().desired;
        let request = DestroyRequest {
            desired: &desired,
            scopes: &[OwnerFilter::of(&self.owner())],
            must_exist: false,
        };
        self.destroy_requested(request, stop, consent).await
    }

    /// Destroys like `agentctl destroy --project`, which needs no manifest.
    pub(crate) async fn destroy_project(&self) -> Report {
        let all = OwnerFilter {
            agent: None,
            ..OwnerFilter::of(&self.owner())
        };
        let request = DestroyRequest {
            desired: &[],
            scopes: &[all],
            must_exist: true,
        };
        let stop = CancellationToken::new();
        let report = self
            .destroy_requested(request, stop, async |_| Ok(()))
            .await;
        let report = report.into_result().unwrap();
        report.assert_done();
        report
    }

    async fn destroy_requested(
        &self,
        request: DestroyRequest<'_>,
        stop: CancellationToken,
        consent: impl AsyncFn(&Plan) -> Result<(), RunError>,
    ) -> Report {
        let (engine, mut events) = self.engine();
        let options = self.options("destroy", stop);
        // Boxed, because it contains all work of a command.
        let ended = Box::pin(engine.destroy(request, &options, consent)).await;
        drop(engine);
        let events = std::iter::from_fn(|| events.try_recv().ok()).collect();
        Report { ended, events }
    }

    /// Plans a destroy without carrying it out. Everything must be readable.
    pub(crate) async fn plan_to_destroy(&self) -> Plan {
        let shown = RefCell::new(Plan::default());
        let decline = async |plan: &Plan| {
            shown.replace(plan.clone());
            Err(RunError::Stopped)
        };
        self.destroy_on(CancellationToken::new(), decline).await;
        let plan = shown.into_inner();
        assert_eq!(plan.unreadable, []);
        plan
    }

    /// Deletes everything of the agent until `stop` is set. An error means that nothing was deleted.
    pub(crate) async fn try_destroy(&self, stop: CancellationToken) -> Result<Report, RunError> {
        let report = self.destroy_on(stop, async |_| Ok(())).await;
        report.into_result()
    }

    /// Deletes everything of the agent. Everything must be readable, and every step must succeed.
    pub(crate) async fn destroy(&self) -> Report {
        let report = self.try_destroy(CancellationToken::new()).await.unwrap();
        report.assert_done();
        report
    }
}

/// Returns the manifest of an agent with everything that the quickstart has.
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
            "code": {
                "path": "agent",
                "handler": "batch.handler",
                "entryPoint": ["main.py"],
                "runtime": "python3.13",
            },
            "environment": { "MAX_TURNS": "8" },
            "lambda": { "timeout": "5m", "memorySize": 512 },
            "observability": { "enabled": true, "retentionDays": 14 },
            "dataProtection": { "identifiers": ["EmailAddress", "CreditCardNumber"] },
        },
    })
}
