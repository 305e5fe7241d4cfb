//! Reads and writes endpoints.

use std::sync::Arc;

use aws_sdk_bedrockagentcorecontrol::operation::get_agent_runtime::GetAgentRuntimeOutput;
use aws_sdk_bedrockagentcorecontrol::operation::get_agent_runtime_endpoint::GetAgentRuntimeEndpointOutput;
use aws_sdk_bedrockagentcorecontrol::primitives::{DateTime, DateTimeFormat};
use aws_sdk_bedrockagentcorecontrol::types::{
    AgentRuntime, AgentRuntimeEndpointStatus, AgentRuntimeStatus, RuntimeMetadataConfiguration,
};
use futures::future::BoxFuture;

use super::{AgentcoreEndpoint, DEFAULT, EndpointOutputs, EndpointSpec, is_marked};
use crate::aws::{Clients, concurrently};
use crate::kinds::agentcore::APPLIED;
use crate::kinds::agentcore::aws::{
    Listed, Listing, code_key, endpoints, get_version, may_be_missing, missing, number_of,
    own_tags, reading, reason, undecided, unlike, versions,
};
use crate::resource::address::PhysicalName;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::kind::{Observed, Status};
use crate::resource::operation::agentcore;
use crate::resource::owner::{Owner, OwnerFilter, Ownership};
use crate::resource::provider::{Candidate, Intent, Mutation, Reader, Reading, Writer};
use crate::resource::reference::Resolved;
use crate::resource::version::{Version, VersionLister};

/// Reads endpoints, each with one `GetAgentRuntimeEndpoint`.
#[derive(Debug)]
pub struct EndpointReader(Arc<Clients>);

/// Writes endpoints. As for runtimes, the SDK generates the client token.
#[derive(Debug)]
pub struct EndpointWriter(Arc<Clients>);

impl EndpointReader {
    /// Creates a reader.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self(clients)
    }

    async fn observe(
        &self,
        name: &PhysicalName,
        confirmation: &Listing<'_>,
    ) -> Result<Observed<AgentcoreEndpoint>, Fault> {
        let (runtime, endpoint) = split(name)?;
        let call = self
            .0
            .agentcore
            .get_agent_runtime_endpoint()
            .agent_runtime_id(runtime)
            .endpoint_name(endpoint);
        match self.0.call(call.send()).await {
            Ok(answer) => observed(runtime, answer),
            Err(fault) => Err(distinguish(&self.0, fault, (runtime, endpoint), confirmation).await),
        }
    }

    /// Lists the endpoints that agentctl made for a named agent's runtime. Returns none if the runtime does not belong to the agent.
    async fn owned_by(
        &self,
        owner: &Owner,
        listing: &Listing<'_>,
    ) -> Result<Vec<Candidate>, Fault> {
        let Some(runtime) = listing.runtimes().await?.get(&owner.runtime_name()) else {
            return Ok(Vec::new());
        };
        let marked = self.marked(runtime, owner).await?;
        if marked.is_empty() {
            return Ok(marked);
        }
        match own_tags(&self.0, &runtime.arn).await {
            Ok(tags) if Ownership::from_tags(&tags) == Ownership::Of(owner.clone()) => Ok(marked),
            Ok(_) => Ok(Vec::new()),
            // Deleted since it was listed.
            Err(fault) if fault.kind == FaultKind::NotFound => Ok(Vec::new()),
            Err(fault) => Err(fault),
        }
    }

    /// Lists the endpoints of a runtime that agentctl made.
    async fn marked(&self, runtime: &Listed, owner: &Owner) -> Result<Vec<Candidate>, Fault> {
        let listed = match endpoints(&self.0, &runtime.id).await {
            Ok(listed) => listed,
            // Deleted since it was listed.
            Err(fault) if fault.kind == FaultKind::NotFound => return Ok(Vec::new()),
            Err(fault) => return Err(fault),
        };
        let filter = OwnerFilter::of(owner);
        let marked = listed
            .into_iter()
            .filter(|endpoint| endpoint.name() != DEFAULT && is_marked(endpoint.description()));
        Ok(marked
            .map(|endpoint| {
                let name = PhysicalName::new(format!("{}/{}", runtime.id, endpoint.name));
                Candidate::new(name, &filter)
            })
            .collect())
    }
}

impl VersionLister for EndpointReader {
    /// Lists the versions of the runtime that an endpoint belongs to, except those that never became ready.
    fn versions<'a>(
        &'a self,
        endpoint: &'a PhysicalName,
    ) -> BoxFuture<'a, Result<Vec<Version>, Fault>> {
        Box::pin(async move {
            let (runtime, _) = split(endpoint)?;
            let listed = versions(&self.0, runtime).await?;
            let is_whole = |answer: &&AgentRuntime| match answer.status() {
                AgentRuntimeStatus::CreateFailed | AgentRuntimeStatus::UpdateFailed => false,
                // For an older version the status is the runtime's at the time of its creation. A version in an unknown status may well
                // serve.
                _ => true,
            };
            let asked = listed.iter().filter(is_whole).map(async |listed| {
                // No listing has the code of a version and what it requires.
                let answer = get_version(&self.0, runtime, number_of(listed)?).await?;
                version(listed, &answer)
            });
            concurrently(asked).await.into_iter().collect()
        })
    }
}

fn version(listed: &AgentRuntime, answer: &GetAgentRuntimeOutput) -> Result<Version, Fault> {
    Ok(Version {
        number: number_of(listed)?,
        published: DateTime::from_secs(listed.last_updated_at.secs())
            .fmt(DateTimeFormat::DateTime)
            .ok(),
        digest: code_key(answer).and_then(digest_in).map(str::to_owned),
        description: Some(listed.description.clone()).filter(|text| !text.is_empty()),
        refusal: refusal(answer),
    })
}

/// Returns the digest in the key of the code, where agentctl stored it: `…/<digest>.zip`.
fn digest_in(key: &str) -> Option<&str> {
    let digest = key.rsplit('/').next()?.strip_suffix(".zip")?;
    let is_digest = digest.len() == 64 && digest.chars().all(|c| c.is_ascii_hexdigit());
    is_digest.then_some(digest)
}

/// Returns why a version would not be invoked.
fn refusal(answer: &GetAgentRuntimeOutput) -> Option<String> {
    // AgentCore developer guide, "Troubleshoot AgentCore Runtime". CreateAgentRuntime does not take this setting, so the first version of a
    // runtime can be without it.
    let is_invoked = answer
        .metadata_configuration()
        .is_some_and(RuntimeMetadataConfiguration::require_mmdsv2);
    (!is_invoked).then(|| {
        "AgentCore invokes no version that does not require MMDSv2 (`requireMMDSV2`)".to_owned()
    })
}

impl Reader<AgentcoreEndpoint> for EndpointReader {
    async fn read(&self, names: &[PhysicalName]) -> Vec<Reading<Observed<AgentcoreEndpoint>>> {
        let confirmation = Listing::new(&self.0);
        let observations = names.iter().map(|name| self.observe(name, &confirmation));
        let outcomes = concurrently(observations).await;
        outcomes.into_iter().map(reading).collect()
    }

    async fn owned(&self, filters: &[OwnerFilter]) -> Result<Vec<Candidate>, Fault> {
        let listing = Listing::new(&self.0);
        let named: Vec<Owner> = filters.iter().filter_map(OwnerFilter::owner).collect();
        let mut candidates = Vec::new();
        for of_one in concurrently(named.iter().map(|owner| self.owned_by(owner, &listing))).await {
            candidates.append(&mut of_one?);
        }
        let open: Vec<&OwnerFilter> = filters
            .iter()
            .filter(|filter| filter.agent.is_none())
            .collect();
        if !open.is_empty() {
            let owned = listing.owned(&open).await?;
            let marked = owned
                .iter()
                .map(|(_, runtime, owner)| self.marked(runtime, owner));
            for of_one in concurrently(marked).await {
                candidates.append(&mut of_one?);
            }
        }
        Ok(candidates)
    }
}

impl EndpointWriter {
    /// Creates a writer.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self(clients)
    }
}

impl Writer<AgentcoreEndpoint> for EndpointWriter {
    async fn create(
        &self,
        name: &PhysicalName,
        spec: &EndpointSpec<Resolved>,
        _: &Intent,
    ) -> Result<Mutation, Fault> {
        let (runtime, endpoint) = split(name)?;
        let call = self
            .0
            .agentcore
            .create_agent_runtime_endpoint()
            .agent_runtime_id(runtime)
            .name(endpoint)
            .agent_runtime_version(&spec.version)
            .description(&spec.description);
        self.0.mutate(call.send()).await
    }

    /// Moves the endpoint and fixes all its other fields in the same call.
    async fn update(
        &self,
        name: &PhysicalName,
        _: &Observed<AgentcoreEndpoint>,
        spec: &EndpointSpec<Resolved>,
        _: &[String],
        _: &Intent,
    ) -> Result<Mutation, Fault> {
        let (runtime, endpoint) = split(name)?;
        let call = self
            .0
            .agentcore
            .update_agent_runtime_endpoint()
            .agent_runtime_id(runtime)
            .endpoint_name(endpoint)
            .agent_runtime_version(&spec.version)
            .description(&spec.description);
        self.0.mutate(call.send()).await
    }

    async fn delete(
        &self,
        name: &PhysicalName,
        _: &Observed<AgentcoreEndpoint>,
    ) -> Result<Mutation, Fault> {
        let (runtime, endpoint) = split(name)?;
        let call = self
            .0
            .agentcore
            .delete_agent_runtime_endpoint()
            .agent_runtime_id(runtime)
            .endpoint_name(endpoint);
        match self.0.mutate(call.send()).await {
            Ok(mutation) => Ok(mutation),
            Err(fault) => {
                let confirmation = Listing::new(&self.0);
                Err(distinguish(&self.0, fault, (runtime, endpoint), &confirmation).await)
            }
        }
    }
}

/// Distinguishes a missing endpoint from a missing permission; see [`Listing::distinguish`].
async fn distinguish(
    clients: &Clients,
    fault: Fault,
    (runtime, endpoint): (&str, &str),
    confirmation: &Listing<'_>,
) -> Fault {
    if !may_be_missing(&fault) {
        return fault;
    }
    match endpoints(clients, runtime).await {
        Ok(listed) if listed.iter().all(|listed| listed.name() != endpoint) => missing(fault),
        Ok(_) => fault,
        Err(refused) if refused.kind == FaultKind::NotFound => missing(fault),
        Err(unlisted) => match confirmation.distinguish(fault, runtime).await {
            answer if answer.kind == FaultKind::NotFound => answer,
            denied => undecided(denied, unlisted),
        },
    }
}

/// Splits a physical name into the runtime's id and the endpoint.
fn split(name: &PhysicalName) -> Result<(&str, &str), Fault> {
    name.as_str().split_once('/').ok_or_else(|| {
        Fault::local(
            FaultKind::Invalid,
            format!("`{name}` is not of the form `<runtime id>/<endpoint>`"),
        )
    })
}

fn observed(
    runtime: &str,
    answer: GetAgentRuntimeEndpointOutput,
) -> Result<Observed<AgentcoreEndpoint>, Fault> {
    let is_given_up = *answer.status() == AgentRuntimeEndpointStatus::UpdateFailed;
    Ok(Observed {
        status: status_of(&answer)?,
        spec: EndpointSpec {
            runtime: runtime.to_owned(),
            // An endpoint that is being created serves no version yet.
            version: answer
                .live_version()
                .or(answer.target_version())
                .unwrap_or_default()
                .to_owned(),
            description: answer.description().unwrap_or_default().to_owned(),
            last_update: if is_given_up {
                format!("Failed: {}", reason(answer.failure_reason()))
            } else {
                APPLIED.to_owned()
            },
        },
        outputs: EndpointOutputs {
            arn: answer.agent_runtime_endpoint_arn,
            name: answer.name,
        },
        revision: None,
        owner: Ownership::Parent,
    })
}

/// Returns whether an endpoint is ready: whether callers reach the version that it moves to.
fn status_of(answer: &GetAgentRuntimeEndpointOutput) -> Result<Status, Fault> {
    Ok(match answer.status() {
        AgentRuntimeEndpointStatus::Ready => match (answer.live_version(), answer.target_version())
        {
            (live, Some(target)) if live != Some(target) => {
                Status::Settling(format!("moving to version {target}"))
            }
            _ => Status::Ready,
        },
        AgentRuntimeEndpointStatus::UpdateFailed => Status::Ready,
        status @ (AgentRuntimeEndpointStatus::Creating | AgentRuntimeEndpointStatus::Updating) => {
            Status::Settling(status.as_str().to_owned())
        }
        status @ AgentRuntimeEndpointStatus::Deleting => Status::Going(status.as_str().to_owned()),
        AgentRuntimeEndpointStatus::CreateFailed | AgentRuntimeEndpointStatus::DeleteFailed => {
            Status::Failed(reason(answer.failure_reason()))
        }
        other => {
            return Err(unlike(
                agentcore::GET_AGENT_RUNTIME_ENDPOINT,
                format!(
                    "the answer holds the status `{}` that this version of agentctl does not know",
                    other.as_str()
                ),
            ));
        }
    })
}
