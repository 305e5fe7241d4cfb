//! One account on its own endpoint.

use std::sync::Arc;

use agentctl::aws::{Access, Clients, config};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::LayerVersionContentInput;
use aws_smithy_runtime_api::client::http::HttpClient;
use localstack::{Behaviour, Config, Delays, Endpoint, Entry, Fault, Service, Snapshot};
use serde_json::Value;

use super::connector::{InProcess, Watch};
use super::process::Process;
use super::project::Project;
use super::skeleton::skeleton;
use super::trail::{Follower, Trail};
use super::{ACCOUNT, REGION, archive};

/// One empty account.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) endpoint: Endpoint,
    seen: Watch,
    follower: Follower,
}

impl World {
    /// Creates a world with delays as in AWS.
    pub(crate) fn new() -> Self {
        Self::with_seed(0)
    }

    /// Creates a world whose ids are drawn from the given seed.
    pub(crate) fn with_seed(seed: u64) -> Self {
        Self::configured(Config::in_memory(Delays::real()).seed(seed))
    }

    /// Creates a world with the given delays.
    pub(crate) fn with_delays(delays: Delays) -> Self {
        Self::configured(Config::in_memory(delays))
    }

    /// Creates a world in which services behave in the given way.
    pub(crate) fn behaving(behaviour: Behaviour) -> Self {
        Self::configured(Config::in_memory(Delays::real()).behaviour(behaviour))
    }

    fn configured(config: Config) -> Self {
        let start = "2026-01-02T03:04:05Z".parse().unwrap();
        Self::on(Endpoint::new(config.start(start)).unwrap())
    }

    /// Creates a world from the snapshot of another, at the time of the snapshot.
    pub(crate) fn from(snapshot: &Snapshot) -> Self {
        Self::on(snapshot.restore().unwrap())
    }

    fn on(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            seen: Watch::default(),
            follower: Follower::default(),
        }
    }

    /// Deletes the record of the one agent that there is.
    pub(crate) async fn lose_records(&self) {
        let s3 = &self.clients().s3;
        let bucket = super::site().artifacts_bucket();
        let delete = s3.delete_object().bucket(bucket);
        let key = "records/claims/default/triage.json";
        delete.key(key).send().await.unwrap();
    }

    /// Creates separate clients, like another program in the account.
    pub(crate) fn clients(&self) -> Arc<Clients> {
        self.clients_of(ACCOUNT)
    }

    /// Creates clients of another account.
    pub(crate) fn clients_of(&self, account: &str) -> Arc<Clients> {
        self.connect(account, Process::default())
    }

    /// Creates clients of a process that can be killed and stopped.
    pub(crate) fn clients_in(&self, process: &Process) -> Arc<Clients> {
        self.connect(ACCOUNT, process.clone())
    }

    fn connect(&self, account: &str, process: Process) -> Arc<Clients> {
        let client = InProcess {
            endpoint: self.endpoint.clone(),
            seen: self.seen.clone(),
            follower: self.follower.clone(),
            process,
        };
        let config = config::local("http://localhost", REGION, account)
            .into_builder()
            .http_client(client)
            .build();
        Arc::new(Clients::new(&config, Access::Write))
    }

    /// Publishes the first version of a layer and returns its ARN.
    pub(crate) async fn layer(&self, name: &str) -> String {
        let content = LayerVersionContentInput::builder().zip_file(Blob::new(archive(name)));
        let request = self
            .clients()
            .lambda
            .publish_layer_version()
            .layer_name(name);
        let published = request.content(content.build()).send().await.unwrap();
        published.layer_version_arn.unwrap()
    }

    /// Records the content of the account after each request from now on.
    pub(crate) fn watch(&self) {
        *self.seen.lock().unwrap() = Some(Vec::new());
    }

    /// Returns the content of the account after each request since `watch`.
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

    /// Follows the calls from now on. They must belong to one project.
    pub(crate) fn follow(&self, project: &Project) {
        *self.follower.lock().unwrap() = Some(Trail::begin(project.journals()));
    }

    /// Returns the trail since `follow`.
    pub(crate) fn trail(&self) -> Trail {
        self.follower.lock().unwrap().take().unwrap()
    }

    /// Declares the project of most tests: `claims` with the agent `triage`.
    pub(crate) fn triage(&self) -> Project {
        self.project("claims", "triage")
    }

    /// Declares the same project with clients that use another connection.
    pub(crate) fn triage_through(&self, client: impl HttpClient + 'static) -> Project {
        let config = config::local("http://localhost", REGION, ACCOUNT)
            .into_builder()
            .http_client(client)
            .build();
        let clients = Arc::new(Clients::new(&config, Access::Write));
        Project::new(self.endpoint.clone(), clients, "claims", "triage")
    }

    /// Returns the whole state of the account.
    pub(crate) fn dump(&self) -> Value {
        self.endpoint.dump().unwrap()
    }

    /// Returns the account without what differs between two worlds after the same actions: times, ids and random bytes.
    pub(crate) fn skeleton(&self) -> Value {
        skeleton(&self.dump()[ACCOUNT])
    }

    /// Returns all requests since the log was cleared.
    pub(crate) fn log(&self) -> Vec<Entry> {
        self.endpoint.log().entries()
    }

    /// Returns the operations that changed something since the log was cleared, in order. Refused ones are left out, and those of S3, which
    /// also writes and deletes locks and records.
    pub(crate) fn mutations(&self) -> Vec<&'static str> {
        self.log()
            .iter()
            .filter(|entry| entry.write && entry.error.is_none())
            .filter(|entry| entry.service != Some(Service::S3))
            .filter_map(|entry| entry.operation)
            .collect()
    }
}
