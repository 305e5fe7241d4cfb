//! Reads and deletes old versions.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use aws_sdk_bedrockagentcorecontrol::operation::get_agent_runtime::GetAgentRuntimeOutput;
use aws_sdk_bedrockagentcorecontrol::types::{
    AgentRuntime, AgentRuntimeEndpoint, AgentRuntimeStatus,
};
use futures::future::BoxFuture;

use super::AgentcoreOldVersion;
use crate::aws::{Clients, concurrently};
use crate::kinds::agentcore::aws::{
    Listing, code_key, endpoints, get_version, may_be_missing, missing, number_of, reading,
    undecided, versions,
};
use crate::resource::address::PhysicalName;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::kind::{Observed, Status};
use crate::resource::owner::{Owner, OwnerFilter, Ownership};
use crate::resource::provider::{Candidate, Intent, Mutation, Reader, Reading, Writer};
use crate::resource::reference::Resolved;
use crate::resource::version::{
    OldVersionOutputs, OldVersionSpec, VersionUser, beyond_kept, mentioned, newer_than,
};

/// Reads old versions, all of one runtime by one listing of its versions and one of its endpoints.
///
/// A version that an endpoint of anybody's serves or is moved to is not old, and so not there; nor is the newest.
#[derive(Debug)]
pub struct OldVersionReader(Arc<Clients>);

/// Deletes old versions.
#[derive(Debug)]
pub struct OldVersionWriter(Arc<Clients>);

/// What there is of one runtime.
struct Made {
    numbers: Vec<u64>,
    /// Those of them that are being deleted.
    leaving: BTreeSet<u64>,
    /// The versions that endpoints name.
    named: BTreeSet<String>,
}

impl OldVersionReader {
    /// Makes a reader.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self(clients)
    }

    async fn made(&self, runtime: &str) -> Result<Made, Fault> {
        // The versions first: an endpoint that is made in between then counts.
        let told = versions(&self.0, runtime).await?;
        let endpoints = endpoints(&self.0, runtime).await?;
        Ok(Made {
            numbers: numbers(&told)?,
            leaving: told
                .iter()
                .filter(|told| is_leaving(told))
                .map(number_of)
                .collect::<Result<_, Fault>>()?,
            named: endpoints.iter().flat_map(named_by).collect(),
        })
    }

    /// Lists the versions of an agent's runtime that may be too many.
    async fn owned_by(
        &self,
        owner: &Owner,
        listing: &Listing<'_>,
    ) -> Result<Vec<Candidate>, Fault> {
        let Some(runtime) = listing.runtimes().await?.get(&owner.runtime_name()) else {
            return Ok(Vec::new());
        };
        let told = match versions(&self.0, &runtime.id).await {
            Ok(told) => told,
            // Gone since it was listed.
            Err(fault) if fault.kind == FaultKind::NotFound => return Ok(Vec::new()),
            Err(fault) => return Err(fault),
        };
        let filter = OwnerFilter::of(owner);
        let beyond = beyond_kept(&numbers(&told)?).into_iter();
        Ok(beyond
            .map(|number| PhysicalName::new(format!("{}/{number}", runtime.id)))
            .map(|name| Candidate::new(name, &filter))
            .collect())
    }
}

impl Made {
    fn observe(&self, runtime: &str, number: u64) -> Reading<Observed<AgentcoreOldVersion>> {
        let newer = newer_than(number, &self.numbers);
        let is_old = self.numbers.contains(&number) && newer > 0;
        if !is_old || self.named.contains(&number.to_string()) {
            return Reading::Absent;
        }
        Reading::Found(Observed {
            spec: OldVersionSpec {
                of: runtime.to_owned(),
                number,
            },
            outputs: OldVersionOutputs { newer },
            status: if self.leaving.contains(&number) {
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
        let told = concurrently(runtimes.iter().map(|runtime| self.made(runtime))).await;
        let told: BTreeMap<&str, Result<Made, Fault>> = runtimes.into_iter().zip(told).collect();
        names
            .iter()
            .map(|name| match split(name) {
                Ok((runtime, number)) => match &told[runtime] {
                    Ok(made) => made.observe(runtime, number),
                    Err(fault) => reading(Err(fault.clone())),
                },
                Err(fault) => Reading::Unreadable(fault),
            })
            .collect()
    }

    /// Lists the versions of the named agents' runtimes that may be too many. Whoever asks knows that the runtimes are the agents'.
    async fn owned(&self, filters: &[OwnerFilter]) -> Result<Vec<Candidate>, Fault> {
        let listing = Listing::new(&self.0);
        let owners: Vec<Owner> = filters.iter().filter_map(OwnerFilter::owner).collect();
        let listings = owners.iter().map(|owner| self.owned_by(owner, &listing));
        let listed: Result<Vec<_>, Fault> = concurrently(listings).await.into_iter().collect();
        Ok(listed?.into_iter().flatten().collect())
    }
}

impl VersionUser for OldVersionReader {
    /// Looks at where the code of each version lies, and at its environment.
    fn used<'a>(
        &'a self,
        owner: &'a Owner,
        going: &'a BTreeSet<u64>,
        mentions: &'a BTreeSet<String>,
    ) -> BoxFuture<'a, Result<BTreeSet<String>, Fault>> {
        Box::pin(async move {
            let listing = Listing::new(&self.0);
            let Some(runtime) = listing.runtimes().await?.get(&owner.runtime_name()) else {
                return Ok(BTreeSet::new());
            };
            let mut stay = Vec::new();
            for told in versions(&self.0, &runtime.id).await? {
                let number = number_of(&told)?;
                if !is_leaving(&told) && !going.contains(&number) {
                    stay.push(number);
                }
            }
            let gets = stay
                .iter()
                .map(|number| get_version(&self.0, &runtime.id, *number));
            let told = concurrently(gets).await;
            let mut used = BTreeSet::new();
            for told in told {
                for text in texts(&told?) {
                    used.append(&mut mentioned(text, mentions));
                }
            }
            Ok(used)
        })
    }
}

/// Returns the texts of a version in which the objects that it uses are named.
fn texts(told: &GetAgentRuntimeOutput) -> impl Iterator<Item = &str> {
    let variables = told.environment_variables().into_iter();
    code_key(told)
        .into_iter()
        .chain(variables.flat_map(HashMap::values).map(String::as_str))
}

impl OldVersionWriter {
    /// Makes a writer.
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

    /// Deletes this version and leaves the runtime.
    async fn delete(
        &self,
        name: &PhysicalName,
        _: &Observed<AgentcoreOldVersion>,
    ) -> Result<Mutation, Fault> {
        // Without a version the call deletes the runtime, so the number is demanded first.
        let (runtime, number) = split(name)?;
        let call = self
            .0
            .agentcore
            .delete_agent_runtime()
            .agent_runtime_id(runtime)
            .agent_runtime_version(number.to_string());
        let answer = self
            .0
            .call("bedrock-agentcore DeleteAgentRuntime", call.send())
            .await;
        match answer {
            Ok(_) => Ok(Mutation("DeleteAgentRuntime")),
            Err(fault) => Err(tell_apart(&self.0, fault, (runtime, number)).await),
        }
    }
}

/// Tells a missing version from a missing permission; see [`Listing::tell_apart`].
async fn tell_apart(clients: &Clients, fault: Fault, (runtime, number): (&str, u64)) -> Fault {
    if !may_be_missing(&fault) {
        return fault;
    }
    match versions(clients, runtime)
        .await
        .and_then(|told| numbers(&told))
    {
        Ok(numbers) if !numbers.contains(&number) => missing(fault),
        Err(refused) if refused.kind == FaultKind::NotFound => missing(fault),
        Ok(_) => fault,
        Err(unlisted) => undecided(fault, unlisted),
    }
}

fn is_leaving(told: &AgentRuntime) -> bool {
    *told.status() == AgentRuntimeStatus::Deleting
}

fn numbers(told: &[AgentRuntime]) -> Result<Vec<u64>, Fault> {
    told.iter().map(number_of).collect()
}

/// Lists the versions that callers of an endpoint reach or are about to.
fn named_by(endpoint: &AgentRuntimeEndpoint) -> Vec<String> {
    let named = [endpoint.live_version(), endpoint.target_version()];
    named.into_iter().flatten().map(str::to_owned).collect()
}

/// Takes a physical name apart into the runtime's id and the number.
fn split(name: &PhysicalName) -> Result<(&str, u64), Fault> {
    name.as_str()
        .split_once('/')
        .and_then(|(runtime, number)| Some((runtime, number.parse().ok()?)))
        .ok_or_else(|| {
            Fault::new(
                FaultKind::Invalid,
                "bedrock-agentcore version",
                format!("`{name}` is not of the form `<runtime id>/<number>`"),
            )
        })
}

fn never_made(name: &PhysicalName) -> Fault {
    Fault::new(
        FaultKind::Invalid,
        "bedrock-agentcore UpdateAgentRuntime",
        format!("`{name}` is an old version, which is neither made nor changed"),
    )
}
