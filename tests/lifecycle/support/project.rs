//! A project folder, and what the commands do in it.

use std::path::PathBuf;
use std::sync::Arc;

use agentctl::apply::executor::{Limits, OnFailure};
use agentctl::apply::lock::Holder;
use agentctl::apply::outcome::Outcomes;
use agentctl::aws::Clients;
use agentctl::event::{Event, Events};
use agentctl::expand::{Expansion, prepare, prepare_names};
use agentctl::manifest::{self, Manifests, ProjectRule, Selection, Variables};
use agentctl::plan::drift::{self, DriftReport};
use agentctl::plan::file::{Agents, Made, OpenPlan, Place, PlanFile};
use agentctl::plan::model::Plan;
use agentctl::plan::planner::Pins;
use agentctl::plan::pointer::{PointerError, Served};
use agentctl::plan::record::Pin;
use agentctl::resource::owner::{Owner, OwnerFilter};
use agentctl::run::{Engine, Planned, RunError, RunOptions};
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

/// Whether callers are held at the version that they are sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pinned {
    Yes,
    No,
}

/// A plan, and the run that it was made by.
pub(crate) struct Looked {
    run: Engine,
    events: UnboundedReceiver<Event>,
    expansion: Expansion,
    pub(crate) seen: Planned,
}

impl Looked {
    /// Keeps of the plan what mends the resources that hide others, as the command does first; tells whether there is any.
    pub(crate) fn mends_first(&mut self) -> bool {
        let first = self.seen.before_reading(&self.expansion.desired);
        let is_any = first.is_some();
        self.seen = first.unwrap_or_else(|| self.seen.clone());
        is_any
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

    /// The folder of the journals.
    pub(super) fn journals(&self) -> PathBuf {
        self.folder.path().join(".agentctl/journal")
    }

    /// Goes on in another program, which has other clients.
    pub(crate) fn go_on_with(&mut self, clients: Arc<Clients>) {
        self.clients = clients;
    }

    /// Loses the journals.
    pub(crate) fn lose_journals(&self) {
        let folder = self.journals();
        if folder.exists() {
            fs_err::remove_dir_all(&folder).unwrap();
        }
    }

    /// Goes on in another world, with these journals and no others.
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

    /// Edits something of everything that both sides have.
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

    /// The owner of the agent's resources.
    pub(crate) fn owner(&self) -> Owner {
        Owner {
            project: self.name.clone(),
            env: self.env.clone(),
            region: REGION.to_owned(),
            agent: self.agent["metadata"]["name"].as_str().unwrap().to_owned(),
        }
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

    fn run(&self) -> (Engine, UnboundedReceiver<Event>) {
        let (events, receiver) = Events::channel();
        (Engine::new(self.clients.clone(), site(), events), receiver)
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
        }
    }

    /// Looks and plans, as every command does first.
    pub(crate) async fn look(&self) -> Result<Looked, RunError> {
        self.look_with(Pins::Honoured).await
    }

    /// Looks and plans, and says what becomes of pins.
    pub(crate) async fn look_with(&self, pins: Pins) -> Result<Looked, RunError> {
        self.look_once_or_more(pins, false).await
    }

    /// Looks and plans once something is mended that hid other resources.
    pub(crate) async fn look_after_mending(&self, pins: Pins) -> Result<Looked, RunError> {
        self.look_once_or_more(pins, true).await
    }

    async fn look_once_or_more(&self, pins: Pins, is_mended: bool) -> Result<Looked, RunError> {
        let (run, events) = self.run();
        let expansion = self.expansion();
        let (desired, owners) = (&expansion.desired, [self.owner()]);
        let seen = if is_mended {
            run.look_after_mending(desired, &owners, pins).await?
        } else {
            run.look_with(desired, &owners, pins).await?
        };
        Ok(Looked {
            run,
            events,
            expansion,
            seen,
        })
    }

    /// Looks for what somebody else changed, as `agentctl drift` does.
    pub(crate) async fn drift(&self) -> DriftReport {
        let (run, _events) = self.run();
        let desired = self.expansion().desired;
        let sight = run.look_for_drift(&desired, &[self.owner()]).await.unwrap();
        drift::report(run.registry(), &sight, &[], date(2026, 1, 2))
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
    pub(crate) async fn try_apply(&self, stop: CancellationToken) -> Result<Report, RunError> {
        let looked = self.look().await?;
        self.carry_out(looked, stop).await
    }

    /// Carries a plan out, until `stop` is set; everything must have been readable, as the command demands.
    pub(crate) async fn carry_out(
        &self,
        looked: Looked,
        stop: CancellationToken,
    ) -> Result<Report, RunError> {
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
                &self.options("apply", stop),
            )
            .await?
        };
        drop(run);
        let events = std::iter::from_fn(|| events.try_recv().ok()).collect();
        Ok(Report { outcomes, events })
    }

    /// Looks and carries the plan out; every step must end well, and without a warning.
    pub(crate) async fn apply(&self) -> Report {
        let looked = self.look().await.unwrap();
        self.finish(looked).await
    }

    /// Carries a plan out; every step must end well, and without a warning.
    pub(crate) async fn finish(&self, looked: Looked) -> Report {
        let told = self.carry_out(looked, CancellationToken::new()).await;
        let told = told.unwrap();
        told.assert_done();
        assert_eq!(told.warnings(), Vec::<&str>::new());
        told
    }

    /// Mends what hides other resources, as the command does before everything else.
    pub(crate) async fn finish_first(&self, mut looked: Looked) -> Report {
        let first = looked.seen.before_reading(&looked.expansion.desired);
        looked.seen = first.unwrap();
        self.finish(looked).await
    }

    /// Lets callers reach a version and holds them there, as `agentctl rollback` does.
    pub(crate) async fn hold(&self, version: u64) -> Result<(), RunError> {
        let chosen = self.point(Pinned::Yes, |_| Ok(version)).await?;
        assert_eq!(chosen, version);
        Ok(())
    }

    /// Lets callers reach the version that is chosen, and holds them there or releases them.
    pub(crate) async fn point(
        &self,
        pinned: Pinned,
        choose: impl FnOnce(&Served) -> Result<u64, PointerError>,
    ) -> Result<u64, RunError> {
        let (run, _events) = self.run();
        let served = run.served(&self.expansion().desired, &self.owner()).await?;
        let version = choose(&served)?;
        served.demand_callable(version)?;
        let pin = Pin {
            version: version.to_string(),
            by: self.user.clone(),
            since: Timestamp::now().to_string(),
            reason: None,
        };
        let pin = (pinned == Pinned::Yes).then_some(pin);
        let plan = served.plan(run.registry(), version, pin)?;
        let options = self.options("rollback", CancellationToken::new());
        let outcomes = run.point(&served, &plan, &options).await?;
        assert!(outcomes.all_done(), "{outcomes:?}");
        Ok(version)
    }

    /// Saves a plan, as `agentctl diff --out` does.
    pub(crate) async fn save(&self, looked: &Looked) -> PlanFile {
        let Looked {
            run,
            expansion,
            seen,
            ..
        } = looked;
        let seal = run.seal(&self.name, &self.env).await.unwrap();
        let site = site();
        let place = Place {
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
        let sight = seen.sight(run.registry(), seal.as_ref(), &expansion.desired);
        PlanFile::new(made, place, agents, &sight)
    }

    /// Tells whether everything still is as a saved plan has it, as `agentctl apply --plan` does before it begins.
    pub(crate) async fn holds(&self, file: &PlanFile, looked: &Looked) -> bool {
        let Looked {
            run,
            expansion,
            seen,
            ..
        } = looked;
        let seal = run.seal(&self.name, &self.env).await.unwrap();
        let open: OpenPlan<'_> = file.open(run.registry(), seal.as_ref()).unwrap();
        assert_eq!(open.compare_declared(&expansion.desired), []);
        let sight = seen.sight(run.registry(), seal.as_ref(), &expansion.desired);
        open.compare_seen(&sight).is_empty()
    }

    /// Finds everything of the agent's, and tells where it tells events.
    async fn search(&self) -> Result<(Engine, UnboundedReceiver<Event>, Planned), RunError> {
        let (run, events) = self.run();
        let project = self.manifests().project;
        let names = prepare_names(&project, &project.agents);
        let desired = names.expand(&site(), &self.env).unwrap().desired;
        let seen = run
            .look_to_destroy(&desired, &[OwnerFilter::of(&self.owner())])
            .await?;
        Ok((run, events, seen))
    }

    /// Finds everything of the agent's; everything must be readable.
    pub(crate) async fn look_to_destroy(&self) -> (Engine, Planned) {
        let (run, _events, seen) = self.search().await.unwrap();
        assert_eq!(seen.plan.unreadable, []);
        (run, seen)
    }

    /// Deletes everything of the agent's, until `stop` is set; nothing where something cannot be read.
    pub(crate) async fn destroy_until(
        &self,
        stop: CancellationToken,
    ) -> Result<Option<Outcomes>, RunError> {
        let (run, _events, seen) = self.search().await?;
        if !seen.plan.unreadable.is_empty() {
            return Ok(None);
        }
        let options = self.options("destroy", stop);
        Ok(Some(run.destroy(&seen, &[self.owner()], &options).await?))
    }

    /// Deletes everything of the agent's, unless something cannot be read; returns what was planned and how it went.
    pub(crate) async fn try_destroy(&self) -> Result<(Plan, Report), RunError> {
        let (run, mut events, seen) = self.search().await?;
        let options = self.options("destroy", CancellationToken::new());
        // As the command does: nothing is locked where there is nothing to do, or where not everything could be read.
        let outcomes = if seen.is_over() || !seen.plan.unreadable.is_empty() {
            Outcomes::default()
        } else {
            run.destroy(&seen, &[self.owner()], &options).await?
        };
        drop(run);
        let events = std::iter::from_fn(|| events.try_recv().ok()).collect();
        Ok((seen.plan, Report { outcomes, events }))
    }

    /// Deletes everything of the agent's; everything must be readable and every step must end well.
    pub(crate) async fn destroy(&self) -> Report {
        let (plan, told) = self.try_destroy().await.unwrap();
        assert_eq!(plan.unreadable, []);
        told.assert_done();
        told
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
