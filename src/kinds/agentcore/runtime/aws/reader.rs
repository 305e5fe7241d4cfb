//! Reads runtimes and finds those of an owner.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use aws_sdk_bedrockagentcorecontrol::operation::get_agent_runtime::GetAgentRuntimeOutput;
use aws_sdk_bedrockagentcorecontrol::types::AgentRuntimeStatus;

use super::read_back::{spec_of, status_of};
use crate::aws::{Clients, concurrently};
use crate::kinds::agentcore::aws::{Listing, may_be_missing, reading, tags, versions};
use crate::kinds::agentcore::runtime::{AgentcoreRuntime, RuntimeOutputs};
use crate::resource::address::PhysicalName;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::kind::Observed;
use crate::resource::operation::agentcore;
use crate::resource::owner::{OwnerFilter, Ownership, labels_of};
use crate::resource::provider::{Candidate, Reader, Reading};
use crate::resource::version::KEPT;

/// Reads runtimes: one listing that maps their names to ids, then one `GetAgentRuntime` and the tags of each.
///
/// Ids are remembered, so that waiting for a runtime needs no further listing.
#[derive(Debug)]
pub struct RuntimeReader {
    clients: Arc<Clients>,
    ids: Mutex<BTreeMap<String, String>>,
}

impl RuntimeReader {
    /// Creates a reader.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self {
            clients,
            ids: Mutex::default(),
        }
    }

    /// Reads a runtime by its name.
    ///
    /// If the remembered id does not exist, the runtime may have been created again under another id.
    async fn get_named(
        &self,
        name: &str,
        names: &Listing<'_>,
        confirmation: &Listing<'_>,
    ) -> Result<GetAgentRuntimeOutput, Fault> {
        if let Some(id) = self.remembered(name) {
            match self.get(&id).await {
                Err(fault) if fault.kind == FaultKind::NotFound || may_be_missing(&fault) => {
                    self.forget(name);
                }
                answer => return answer,
            }
        }
        let Some(listed) = names.runtimes().await?.get(name) else {
            return Err(Fault::new(
                FaultKind::NotFound,
                agentcore::LIST_AGENT_RUNTIMES,
                format!("there is no runtime `{name}`"),
            ));
        };
        match self.get(&listed.id).await {
            Ok(output) => {
                self.remember(name, &listed.id);
                Ok(output)
            }
            Err(fault) => Err(confirmation.distinguish(fault, &listed.id).await),
        }
    }

    async fn get(&self, id: &str) -> Result<GetAgentRuntimeOutput, Fault> {
        let call = self.clients.agentcore.get_agent_runtime();
        self.clients.call(call.agent_runtime_id(id).send()).await
    }

    /// Counts the versions of a runtime.
    ///
    /// Versions are numbered from 1 and deleted one by one, so a small number is an upper bound that saves the listing. While AWS works
    /// on a runtime, the count is not needed.
    async fn count(&self, output: &GetAgentRuntimeOutput) -> Result<u64, Fault> {
        let newest = output.agent_runtime_version.parse().unwrap_or(u64::MAX);
        if newest <= KEPT || *output.status() != AgentRuntimeStatus::Ready {
            return Ok(newest);
        }
        let listed = versions(&self.clients, &output.agent_runtime_id).await?;
        Ok(listed.iter().map(|_| 1).sum())
    }

    fn remembered(&self, name: &str) -> Option<String> {
        self.ids().get(name).cloned()
    }

    fn remember(&self, name: &str, id: &str) {
        self.ids().insert(name.to_owned(), id.to_owned());
    }

    fn forget(&self, name: &str) {
        self.ids().remove(name);
    }

    fn ids(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.ids
            .lock()
            .expect("nothing panics while it holds this lock")
    }
}

impl Reader<AgentcoreRuntime> for RuntimeReader {
    async fn read(&self, names: &[PhysicalName]) -> Vec<Reading<Observed<AgentcoreRuntime>>> {
        let (listing, confirmation) = (Listing::new(&self.clients), Listing::new(&self.clients));
        let gets = names
            .iter()
            .map(|name| self.get_named(name.as_str(), &listing, &confirmation));
        let output = concurrently(gets).await;
        let arns: BTreeSet<String> = output
            .iter()
            .flatten()
            .map(|output| output.agent_runtime_arn.clone())
            .collect();
        let counts = output.iter().map(async |output| match output {
            Ok(output) => self.count(output).await,
            Err(fault) => Err(fault.clone()),
        });
        let counts = concurrently(counts).await;
        let tags = tags(&self.clients, &arns).await;
        let outcomes = output.into_iter().zip(counts).map(|(output, count)| {
            let output = output?;
            let tags = tags[&output.agent_runtime_arn].clone()?;
            observed(output, &tags, count?)
        });
        outcomes.map(reading).collect()
    }

    async fn owned(&self, filters: &[OwnerFilter]) -> Result<Vec<Candidate>, Fault> {
        let (mut candidates, mut open) = (Vec::new(), Vec::new());
        for filter in filters {
            match filter.owner() {
                // The runtime of an agent has this name and no other.
                Some(owner) => {
                    let name = PhysicalName::new(owner.runtime_name());
                    candidates.push(Candidate::new(name, filter));
                }
                None => open.push(filter),
            }
        }
        if !open.is_empty() {
            let listing = Listing::new(&self.clients);
            let owned = listing.owned(&open).await?.into_iter();
            candidates.extend(owned.map(|(name, _, owner)| {
                Candidate::new(PhysicalName::new(name), &OwnerFilter::of(&owner))
            }));
        }
        Ok(candidates)
    }
}

fn observed(
    output: GetAgentRuntimeOutput,
    tags: &BTreeMap<String, String>,
    count: u64,
) -> Result<Observed<AgentcoreRuntime>, Fault> {
    Ok(Observed {
        status: status_of(&output)?,
        spec: spec_of(&output, labels_of(tags))?,
        outputs: RuntimeOutputs {
            id: output.agent_runtime_id,
            arn: output.agent_runtime_arn,
            name: output.agent_runtime_name,
            version: output.agent_runtime_version,
            count,
        },
        revision: None,
        owner: Ownership::from_tags(tags),
    })
}
