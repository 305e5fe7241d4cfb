//! What `AgentCore` holds: runtimes with their versions and endpoints, and how far work on them is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::refusal::{conflict, denied, not_found};
use super::settings::Settings;
use super::token::Tokens;
use super::work::{Status, Work};
use crate::answer::Refusal;
use crate::behaviour::Missing;
use crate::call::Call;
use crate::kept;
use crate::service::Service;
use crate::tag::Tags;

/// The endpoint that the service makes, moves and deletes with the runtime (developer guide, "Versioning and endpoints").
pub(super) const DEFAULT: &str = "DEFAULT";

/// What the service holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    /// By id.
    pub(super) runtimes: BTreeMap<String, Runtime>,
}

/// An agent runtime.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Runtime {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) arn: String,
    pub(super) created: Timestamp,
    /// The number of the newest version; none is given out twice.
    pub(super) latest: u32,
    pub(super) versions: BTreeMap<u32, Version>,
    pub(super) endpoints: BTreeMap<String, RuntimeEndpoint>,
    pub(super) deletion: Option<Work>,
    pub(super) tags: Tags,
    pub(super) policy: Option<String>,
    pub(super) tokens: Tokens,
}

/// A version: the settings of a create or an update, which never change.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Version {
    pub(super) settings: Settings,
    pub(super) made: Timestamp,
    pub(super) work: Work,
}

/// An endpoint of a runtime: a name for a version.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuntimeEndpoint {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) arn: String,
    pub(super) description: Option<String>,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    /// What it serves until the work is done.
    before: Option<u32>,
    pub(super) target: u32,
    pub(super) work: Work,
    /// When the service will see that there is a log group.
    pub(super) log_group_due: Option<Timestamp>,
    pub(super) tags: Tags,
    pub(super) policy: Option<String>,
    pub(super) tokens: Tokens,
}

impl Runtime {
    pub(super) fn newest(&self) -> &Version {
        self.versions
            .get(&self.latest)
            .expect("the newest version is never deleted alone")
    }

    pub(super) fn work(&self) -> &Work {
        self.deletion
            .as_ref()
            .unwrap_or_else(|| &self.newest().work)
    }

    /// Refuses unless the status of the runtime allows the request.
    pub(super) fn check_status(
        &self,
        now: Timestamp,
        allows: fn(Status) -> bool,
    ) -> Result<(), Refusal> {
        check_status("agent", self.work().status(now), allows)
    }

    /// Finds an endpoint, or refuses.
    pub(super) fn endpoint(
        &self,
        call: &Call<'_>,
        name: &str,
    ) -> Result<&RuntimeEndpoint, Refusal> {
        let arn = || format!("{}/runtime-endpoint/{name}", self.arn);
        self.endpoints
            .get(name)
            .ok_or_else(|| endpoint_missing(call, &arn()))
    }
}

impl RuntimeEndpoint {
    /// Makes an endpoint that serves a version once the work is done.
    pub(super) fn new(
        call: &Call<'_>,
        runtime_arn: &str,
        name: &str,
        target: u32,
        work: Work,
    ) -> Self {
        Self {
            name: name.to_owned(),
            id: format!("{name}-{}", call.entropy.id(SUFFIX, 10)),
            arn: format!("{runtime_arn}/runtime-endpoint/{name}"),
            description: None,
            created: call.now,
            updated: call.now,
            before: None,
            target,
            log_group_due: work.ready_from(),
            work,
            tags: Tags::new(),
            policy: None,
            tokens: Tokens::default(),
        }
    }

    /// Gives the version that it serves.
    pub(super) fn live(&self, now: Timestamp) -> Option<u32> {
        if self.work.ready_from().is_some_and(|ready| ready <= now) {
            Some(self.target)
        } else {
            self.before
        }
    }

    /// Returns whether it serves a version or is on its way to it.
    pub(super) fn uses(&self, version: u32, now: Timestamp) -> bool {
        self.target == version || self.live(now) == Some(version)
    }

    /// Gives the version that it serves until its work is done.
    pub(super) fn serving(&self) -> Option<u32> {
        self.before
    }

    /// Begins to move it to a version.
    pub(super) fn move_to(&mut self, target: u32, work: Work, now: Timestamp) {
        self.before = self.live(now);
        self.target = target;
        self.updated = now;
        self.log_group_due = work.ready_from();
        self.work = work;
    }

    /// Begins to delete it.
    pub(super) fn begin_deletion(&mut self, work: Work, now: Timestamp) {
        self.before = self.live(now);
        self.updated = now;
        self.log_group_due = None;
        self.work = work;
    }

    /// Refuses unless the status of the endpoint allows the request.
    pub(super) fn check_status(
        &self,
        now: Timestamp,
        allows: fn(Status) -> bool,
    ) -> Result<(), Refusal> {
        check_status("agent endpoint", self.work.status(now), allows)
    }
}

/// Letters and digits of the ids that the service gives out (the model's pattern).
pub(super) const SUFFIX: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn check_status(what: &str, status: Status, allows: fn(Status) -> bool) -> Result<(), Refusal> {
    if allows(status) {
        return Ok(());
    }
    // Seen for a runtime that is being deleted. Guess: that it is the same for the rest.
    Err(conflict(format!(
        "The {what} is currently being modified by another operation. Current status: {}.",
        status.name()
    )))
}

impl State {
    /// Finds a runtime, or refuses as the operations on runtimes do. Guess: the sentence.
    pub(super) fn runtime(&self, id: &str) -> Result<&Runtime, Refusal> {
        self.runtimes
            .get(id)
            .ok_or_else(|| not_found(format!("Agent with ID {id} was not found.")))
    }

    /// Finds a runtime, or refuses as the operations on endpoints do.
    pub(super) fn runtime_of_endpoint(
        &self,
        call: &Call<'_>,
        id: &str,
    ) -> Result<&Runtime, Refusal> {
        self.runtimes
            .get(id)
            .ok_or_else(|| endpoint_missing(call, &super::arn::of_runtime(call, id)))
    }
}

/// Refuses an operation on an endpoint that is not there, or whose runtime is not.
///
/// Deployers have seen `AccessDeniedException` with "was not found" (terraform-provider-aws matches it). Guess: the rest of the sentence.
fn endpoint_missing(call: &Call<'_>, arn: &str) -> Refusal {
    let message = format!("Resource {arn} was not found.");
    match call.behaviour.missing {
        Missing::Denied => denied(message),
        Missing::NotFound => not_found(message),
    }
}

impl kept::State for State {
    const SERVICE: Service = Service::AgentCore;

    fn tagged(&self) -> Vec<(String, &Tags)> {
        let mut tagged = Vec::new();
        for runtime in self.runtimes.values() {
            tagged.push((runtime.arn.clone(), &runtime.tags));
            let endpoints = runtime.endpoints.values();
            tagged.extend(endpoints.map(|endpoint| (endpoint.arn.clone(), &endpoint.tags)));
        }
        tagged
    }

    fn has_ended(&self, now: Timestamp) -> bool {
        self.runtimes.values().any(|runtime| {
            runtime.work().has_deleted(now)
                || runtime
                    .endpoints
                    .values()
                    .any(|endpoint| endpoint.work.has_deleted(now))
        })
    }

    fn end(&mut self, now: Timestamp) {
        self.runtimes
            .retain(|_, runtime| !runtime.work().has_deleted(now));
        for runtime in self.runtimes.values_mut() {
            runtime
                .endpoints
                .retain(|_, endpoint| !endpoint.work.has_deleted(now));
        }
    }
}
