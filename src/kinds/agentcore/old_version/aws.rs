//! Reads and deletes old versions.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use aws_sdk_bedrockagentcorecontrol::operation::get_agent_runtime::GetAgentRuntimeOutput;
use aws_sdk_bedrockagentcorecontrol::types::{AgentRuntimeEndpoint, AgentRuntimeStatus};
use futures::future::BoxFuture;

use super::AgentcoreOldVersion;
use crate::aws::{Clients, concurrently};
use crate::kinds::agentcore::aws::{
    code_key, endpoints, get_version, may_be_missing, missing, number_of, reading, undecided,
    versions,
};
use crate::kinds::agentcore::endpoint::{DEFAULT, is_marked};
use crate::resource::address::PhysicalName;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::kind::{Observed, Status};
use crate::resource::owner::{OwnerFilter, Ownership};
use crate::resource::provider::{Candidate, Intent, Mutation, Reader, Reading, Writer};
use crate::resource::reference::Resolved;
use crate::resource::version::{
    Naming, OldVersionOutputs, OldVersionSpec, Published, VersionHistory, held, mentioned,
    named_now, named_versions,
};

/// Reads old versions: all of one runtime with one listing of its versions and one of its endpoints.
///
/// A version that any endpoint serves or moves to is not old, and reads as absent; so does the newest.
#[derive(Debug)]
pub struct OldVersionReader(Arc<Clients>);

/// Deletes old versions.
#[derive(Debug)]
pub struct OldVersionWriter(Arc<Clients>);

/// The versions of one runtime.
struct Versions {
    listed: Vec<Published>,
    /// The versions that endpoints name.
    named: BTreeSet<u64>,
}

impl OldVersionReader {
    /// Creates a reader.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self(clients)
    }

    async fn versions(&self, runtime: &str) -> Result<Versions, Fault> {
        // The versions are listed first: an endpoint that is created in between then counts.
        Ok(Versions {
            listed: published(&self.0, runtime).await?,
            named: named_versions(&named(&self.0, runtime).await?),
        })
    }
}

impl Versions {
    fn observe(&self, number: u64) -> Reading<Observed<AgentcoreOldVersion>> {
        let newest = self.listed.iter().map(|version| version.number).max();
        let version = self.listed.iter().find(|version| version.number == number);
        let Some(version) = version else {
            return Reading::Absent;
        };
        // To be absent would count as deleted, and the permissions that the version needs would be taken away.
        if newest <= Some(number) || self.named.contains(&number) {
            return Reading::Unreadable(named_now(number, "an endpoint"));
        }
        Reading::Found(Observed {
            spec: OldVersionSpec { number },
            outputs: OldVersionOutputs {},
            status: if version.is_leaving {
                Status::Going(AgentRuntimeStatus::Deleting.as_str().to_owned())
            } else {
                Status::Ready
            },
            revision: None,
            owner: Ownership::Parent,
        })
    }
}

impl Reader<AgentcoreOldVersion> for OldVersionReader {
    async fn read(&self, names: &[PhysicalName]) -> Vec<Reading<Observed<AgentcoreOldVersion>>> {
        let runtimes: BTreeSet<&str> = names
            .iter()
            .filter_map(|name| split(name).ok())
            .map(|(runtime, _)| runtime)
            .collect();
        let versions = concurrently(runtimes.iter().map(|runtime| self.versions(runtime))).await;
        let versions: BTreeMap<&str, Result<Versions, Fault>> =
            runtimes.into_iter().zip(versions).collect();
        names
            .iter()
            .map(|name| match split(name) {
                Ok((runtime, number)) => match &versions[runtime] {
                    Ok(versions) => versions.observe(number),
                    Err(fault) => reading(Err(fault.clone())),
                },
                Err(fault) => Reading::Unreadable(fault),
            })
            .collect()
    }

    /// Lists nothing: old versions are deleted with their runtime.
    async fn owned(&self, _: &[OwnerFilter]) -> Result<Vec<Candidate>, Fault> {
        Ok(Vec::new())
    }
}

impl VersionHistory for OldVersionReader {
    fn published<'a>(
        &'a self,
        endpoint: &'a PhysicalName,
    ) -> BoxFuture<'a, Result<Vec<Published>, Fault>> {
        Box::pin(async move {
            match published(&self.0, runtime_of(endpoint)).await {
                Err(fault) if fault.kind == FaultKind::NotFound => Ok(Vec::new()),
                published => published,
            }
        })
    }

    fn named<'a>(
        &'a self,
        endpoint: &'a PhysicalName,
    ) -> BoxFuture<'a, Result<Vec<Naming>, Fault>> {
        Box::pin(async move {
            match named(&self.0, runtime_of(endpoint)).await {
                Err(fault) if fault.kind == FaultKind::NotFound => Ok(Vec::new()),
                named => named,
            }
        })
    }

    /// Reads where the code of each version is stored, its environment and its role.
    fn used<'a>(
        &'a self,
        endpoint: &'a PhysicalName,
        outdated: &'a BTreeSet<u64>,
        mentions: &'a BTreeSet<String>,
    ) -> BoxFuture<'a, Result<BTreeSet<String>, Fault>> {
        Box::pin(async move {
            let runtime = runtime_of(endpoint);
            let published = published(&self.0, runtime).await?;
            let kept = published
                .iter()
                .filter(|version| !version.is_leaving && !outdated.contains(&version.number));
            let gets = kept.map(|version| get_version(&self.0, runtime, version.number));
            let mut used = BTreeSet::new();
            for version in concurrently(gets).await {
                for text in texts(&version?) {
                    used.append(&mut mentioned(text, mentions));
                }
            }
            Ok(used)
        })
    }
}

async fn published(clients: &Clients, runtime: &str) -> Result<Vec<Published>, Fault> {
    let listed = versions(clients, runtime).await?;
    let published = listed.iter().map(|version| {
        let number = number_of(version)?;
        Ok(Published {
            number,
            name: PhysicalName::new(format!("{runtime}/{number}")),
            is_leaving: *version.status() == AgentRuntimeStatus::Deleting,
        })
    });
    published.collect()
}

/// Lists all endpoints, with the versions that each serves or moves to.
async fn named(clients: &Clients, runtime: &str) -> Result<Vec<Naming>, Fault> {
    let endpoints = endpoints(clients, runtime).await?;
    let naming = |endpoint: &AgentRuntimeEndpoint| {
        let versions = named_by(endpoint).into_iter();
        Naming {
            pointer: PhysicalName::new(format!("{runtime}/{}", endpoint.name())),
            // AgentCore creates and deletes `DEFAULT` with the runtime.
            is_ours: endpoint.name() == DEFAULT || is_marked(endpoint.description()),
            versions: versions
                .filter_map(|version| version.parse().ok())
                .collect(),
        }
    };
    Ok(endpoints.iter().map(naming).collect())
}

/// Returns the runtime's id from an endpoint's physical name, `<runtime id>/<endpoint>`.
fn runtime_of(endpoint: &PhysicalName) -> &str {
    endpoint.as_str().split('/').next().unwrap_or_default()
}

/// Returns the texts of a version that can name the objects that it uses.
fn texts(answer: &GetAgentRuntimeOutput) -> impl Iterator<Item = &str> {
    let variables = answer.environment_variables().into_iter();
    code_key(answer)
        .into_iter()
        .chain([answer.role_arn()])
        .chain(variables.flat_map(HashMap::values).map(String::as_str))
}

impl OldVersionWriter {
    /// Creates a writer.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self(clients)
    }
}

impl Writer<AgentcoreOldVersion> for OldVersionWriter {
    async fn create(
        &self,
        name: &PhysicalName,
        _: &OldVersionSpec<Resolved>,
        _: &Intent,
    ) -> Result<Mutation, Fault> {
        Err(never_made(name))
    }

    async fn update(
        &self,
        name: &PhysicalName,
        _: &Observed<AgentcoreOldVersion>,
        _: &OldVersionSpec<Resolved>,
        _: &[String],
        _: &Intent,
    ) -> Result<Mutation, Fault> {
        Err(never_made(name))
    }

    /// Deletes this version and keeps the runtime.
    async fn delete(
        &self,
        name: &PhysicalName,
        _: &Observed<AgentcoreOldVersion>,
    ) -> Result<Mutation, Fault> {
        // Without a version the call deletes the runtime, so the number is checked first.
        let (runtime, number) = split(name)?;
        let call = self
            .0
            .agentcore
            .delete_agent_runtime()
            .agent_runtime_id(runtime)
            .agent_runtime_version(number.to_string());
        match self.0.mutate(call.send()).await {
            Ok(mutation) => Ok(mutation),
            Err(fault) if fault.kind == FaultKind::Busy => {
                let named = named(&self.0, runtime).await.unwrap_or_default();
                Err(held(named, number).unwrap_or(fault))
            }
            Err(fault) => Err(distinguish(&self.0, fault, (runtime, number)).await),
        }
    }
}

/// Distinguishes a missing version from a missing permission; see [`Listing::distinguish`].
async fn distinguish(clients: &Clients, fault: Fault, (runtime, number): (&str, u64)) -> Fault {
    if !may_be_missing(&fault) {
        return fault;
    }
    match published(clients, runtime).await {
        Ok(listed) if listed.iter().all(|version| version.number != number) => missing(fault),
        Err(refused) if refused.kind == FaultKind::NotFound => missing(fault),
        Ok(_) => fault,
        Err(unlisted) => undecided(fault, unlisted),
    }
}

/// Lists the versions that callers of an endpoint reach, or will reach after its move.
fn named_by(endpoint: &AgentRuntimeEndpoint) -> Vec<String> {
    let named = [endpoint.live_version(), endpoint.target_version()];
    named.into_iter().flatten().map(str::to_owned).collect()
}

/// Splits a physical name into the runtime's id and the number.
fn split(name: &PhysicalName) -> Result<(&str, u64), Fault> {
    name.as_str()
        .split_once('/')
        .and_then(|(runtime, number)| Some((runtime, number.parse().ok()?)))
        .ok_or_else(|| {
            Fault::local(
                FaultKind::Invalid,
                format!("`{name}` is not of the form `<runtime id>/<number>`"),
            )
        })
}

fn never_made(name: &PhysicalName) -> Fault {
    Fault::local(
        FaultKind::Invalid,
        format!("`{name}` is an old version, which is neither made nor changed"),
    )
}
