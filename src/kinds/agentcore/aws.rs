//! Calls that the kinds of `AgentCore` share: the listing that maps names to ids, and what an answer says about something that is missing.
//!
//! Terraform accepts `READY` only after two reads in a row. agentctl needs no second read: a call that comes too early is refused with a
//! conflict, which is `Busy` and is retried, and a resource that AWS works on again settles once more.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_bedrockagentcorecontrol::operation::get_agent_runtime::GetAgentRuntimeOutput;
use aws_sdk_bedrockagentcorecontrol::types::{AgentRuntime, AgentRuntimeEndpoint};
use futures::future::BoxFuture;
use tokio::sync::OnceCell;

use crate::aws::{Clients, concurrently, indexed_tags, owners_of_listed};
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::operation::{Operation, agentcore};
use crate::resource::owner::{Owner, OwnerFilter, Ownership};
use crate::resource::provider::Reading;

/// The longest page of a listing (`AgentCore` control API, `ListAgentRuntimes`).
const PAGE: i32 = 100;

/// Up to this many resources are read without the index of tags. No rate is published for `ListTagsForResource`; this is a guess.
const ASKED_ALONE: usize = 5;

/// The runtimes of the account and region. They are listed once, and only when they are needed.
#[derive(Debug)]
pub(super) struct Listing<'a> {
    clients: &'a Clients,
    runtimes: OnceCell<Result<BTreeMap<String, Listed>, Fault>>,
}

/// What a listing returns for a runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) id: String,
    pub(super) arn: String,
    pub(super) description: String,
}

impl<'a> Listing<'a> {
    pub(super) fn new(clients: &'a Clients) -> Self {
        Self {
            clients,
            runtimes: OnceCell::new(),
        }
    }

    /// Returns the runtimes by their names.
    pub(super) async fn runtimes(&self) -> Result<&BTreeMap<String, Listed>, Fault> {
        self.runtimes
            .get_or_init(|| list(self.clients))
            .await
            .as_ref()
            .map_err(Fault::clone)
    }

    /// Returns the marked runtimes whose owner a filter admits, with their names and owners.
    pub(super) async fn owned(
        &self,
        filters: &[&OwnerFilter],
    ) -> Result<Vec<(&str, &Listed, Owner)>, Fault> {
        let listed = self.runtimes().await?;
        let described = listed
            .values()
            .map(|runtime| (runtime.arn.as_str(), runtime.description.as_str()))
            .collect();
        let own_tags = |arn: String| -> BoxFuture<'_, _> {
            Box::pin(async move { own_tags(self.clients, &arn).await })
        };
        let mut owners = owners_of_listed(self.clients, &described, filters, own_tags).await?;
        Ok(listed
            .iter()
            .filter_map(|(name, runtime)| {
                let owner = owners.remove(&runtime.arn)?;
                Some((name.as_str(), runtime, owner))
            })
            .collect())
    }

    /// Distinguishes a missing runtime from a missing permission.
    ///
    /// `AgentCore` denies calls to some things that do not exist, in the same words as calls to things that do (terraform-provider-aws,
    /// `agent_runtime.go` and `agent_runtime_endpoint.go`). Only a listing shows which case it is.
    pub(super) async fn distinguish(&self, fault: Fault, runtime: &str) -> Fault {
        if !may_be_missing(&fault) {
            return fault;
        }
        match self.runtimes().await {
            Ok(runtimes) if runtimes.values().all(|listed| listed.id != runtime) => missing(fault),
            Ok(_) => fault,
            Err(unlisted) => undecided(fault, unlisted),
        }
    }
}

async fn list(clients: &Clients) -> Result<BTreeMap<String, Listed>, Fault> {
    let (mut runtimes, mut token) = (BTreeMap::new(), None);
    loop {
        let call = clients
            .agentcore
            .list_agent_runtimes()
            .max_results(PAGE)
            .set_next_token(token)
            .send();
        let page = clients.call(call).await?;
        for runtime in page.agent_runtimes {
            let listed = Listed {
                id: runtime.agent_runtime_id,
                arn: runtime.agent_runtime_arn,
                description: runtime.description,
            };
            runtimes.insert(runtime.agent_runtime_name, listed);
        }
        token = page.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(runtimes);
        }
    }
}

/// Returns whether a denial can mean that the thing does not exist.
pub(super) fn may_be_missing(fault: &Fault) -> bool {
    fault.kind == FaultKind::Denied
        && ["is not authorized to perform", "was not found"]
            .iter()
            .any(|words| fault.message.contains(words))
}

/// Turns a denial into the fault of something that does not exist.
pub(super) fn missing(fault: Fault) -> Fault {
    Fault {
        kind: FaultKind::NotFound,
        ..fault
    }
}

/// The fault for a denial that can mean that the thing does not exist, when the listing that would decide it failed.
///
/// If the listing is denied as well, the message names both. If it failed for another reason, its fault is returned: a retry can decide.
pub(super) fn undecided(denied: Fault, unlisted: Fault) -> Fault {
    if unlisted.kind != FaultKind::Denied {
        return unlisted;
    }
    Fault {
        message: format!(
            "{} Whether it is there could not be found out: {unlisted}",
            denied.message
        ),
        ..denied
    }
}

/// Turns the result of a read into a reading.
pub(super) fn reading<T>(outcome: Result<T, Fault>) -> Reading<T> {
    match outcome {
        Ok(found) => Reading::Found(found),
        Err(fault) if fault.kind == FaultKind::NotFound => Reading::Absent,
        Err(fault) => Reading::Unreadable(fault),
    }
}

/// A fault for an answer that misses something, or that has something this version does not know.
pub(super) fn unlike(operation: Operation, what: impl Into<String>) -> Fault {
    Fault::new(FaultKind::Service, operation, what)
}

/// Returns the reason that AWS gives for a failure.
pub(super) fn reason(output: Option<&str>) -> String {
    output
        .filter(|reason| !reason.is_empty())
        .unwrap_or("the service gave no reason")
        .to_owned()
}

/// Reads the tags of one resource.
pub(super) async fn own_tags(
    clients: &Clients,
    arn: &str,
) -> Result<BTreeMap<String, String>, Fault> {
    let call = clients
        .agentcore
        .list_tags_for_resource()
        .resource_arn(arn)
        .send();
    let answer = clients.call(call).await?;
    Ok(answer.tags.unwrap_or_default().into_iter().collect())
}

/// Reads the tags of many resources by their ARNs; from the index of tags when there are many.
///
/// The index lags behind, so it is used only for the resources that it reports as marked; the tags of the others come from `AgentCore`.
/// Labels that changed a moment ago can read as before; a step reads its resource alone, and so from `AgentCore`.
pub(super) async fn tags(
    clients: &Clients,
    arns: &BTreeSet<String>,
) -> BTreeMap<String, Result<BTreeMap<String, String>, Fault>> {
    let mut known = BTreeMap::new();
    if arns.len() > ASKED_ALONE {
        let arns: Vec<String> = arns.iter().cloned().collect();
        // Without an answer, for example because the credentials do not allow the call, each resource is read on its own.
        known = indexed_tags(clients, &arns).await.unwrap_or_default();
        known.retain(|_, tags| matches!(Ownership::from_tags(tags), Ownership::Of(_)));
    }
    let rest: Vec<&String> = arns
        .iter()
        .filter(|arn| !known.contains_key(*arn))
        .collect();
    let output = concurrently(rest.iter().map(|arn| own_tags(clients, arn))).await;
    let known = known.into_iter().map(|(arn, tags)| (arn, Ok(tags)));
    known.chain(rest.into_iter().cloned().zip(output)).collect()
}

/// Lists all endpoints of a runtime.
pub(super) async fn endpoints(
    clients: &Clients,
    runtime: &str,
) -> Result<Vec<AgentRuntimeEndpoint>, Fault> {
    let (mut endpoints, mut token) = (Vec::new(), None);
    loop {
        let call = clients
            .agentcore
            .list_agent_runtime_endpoints()
            .agent_runtime_id(runtime)
            .max_results(PAGE)
            .set_next_token(token)
            .send();
        let page = clients.call(call).await?;
        endpoints.extend(page.runtime_endpoints);
        token = page.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(endpoints);
        }
    }
}

/// Lists all versions of a runtime, in no order.
pub(super) async fn versions(clients: &Clients, runtime: &str) -> Result<Vec<AgentRuntime>, Fault> {
    let (mut versions, mut token) = (Vec::new(), None);
    loop {
        let call = clients
            .agentcore
            .list_agent_runtime_versions()
            .agent_runtime_id(runtime)
            .max_results(PAGE)
            .set_next_token(token)
            .send();
        let page = clients.call(call).await?;
        versions.extend(page.agent_runtimes);
        token = page.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(versions);
        }
    }
}

/// Reads one version of a runtime.
pub(super) async fn get_version(
    clients: &Clients,
    runtime: &str,
    number: u64,
) -> Result<GetAgentRuntimeOutput, Fault> {
    let call = clients
        .agentcore
        .get_agent_runtime()
        .agent_runtime_id(runtime)
        .agent_runtime_version(number.to_string());
    clients.call(call.send()).await
}

/// Returns the key of a runtime's code in its bucket.
pub(super) fn code_key(output: &GetAgentRuntimeOutput) -> Option<&str> {
    let code = output
        .agent_runtime_artifact()?
        .as_code_configuration()
        .ok()?;
    Some(code.code()?.as_s3().ok()?.prefix())
}

/// Returns the number of a listed version.
pub(super) fn number_of(output: &AgentRuntime) -> Result<u64, Fault> {
    let number = output.agent_runtime_version();
    number.parse().map_err(|_| {
        unlike(
            agentcore::LIST_AGENT_RUNTIME_VERSIONS,
            format!("the answer holds a version `{number}`, which is no number"),
        )
    })
}
