//! Creates, changes and deletes runtimes.

use std::sync::Arc;

use aws_sdk_bedrockagentcorecontrol::types::{
    AgentRuntimeEndpoint, AgentRuntimeEndpointStatus, RuntimeMetadataConfiguration,
};

use super::request::Configuration;
use crate::aws::Clients;
use crate::kinds::agentcore::aws::{Listing, endpoints};
use crate::kinds::agentcore::endpoint::{DEFAULT, is_marked};
use crate::kinds::agentcore::runtime::{AgentcoreRuntime, RuntimeSpec};
use crate::resource::address::PhysicalName;
use crate::resource::environment::{Environment, redacted};
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::field::TagChange;
use crate::resource::kind::Observed;
use crate::resource::operation::{Service, agentcore};
use crate::resource::owner::Owner;
use crate::resource::provider::{Intent, Mutation, Outlook, Writer};
use crate::resource::reference::Resolved;
use crate::resource::unseen::Unseen;

/// Writes runtimes.
///
/// The SDK generates the client token, one for each call and its retries. The service remembers tokens: with the same token for the same
/// spec, it would answer with a runtime that was deleted in the meantime, instead of creating one.
#[derive(Debug)]
pub struct RuntimeWriter(Arc<Clients>);

impl RuntimeWriter {
    /// Creates a writer.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self(clients)
    }

    /// Sends the whole configuration, so one call fixes all its fields. It creates a version.
    async fn update_configuration(
        &self,
        now: &Observed<AgentcoreRuntime>,
        spec: &RuntimeSpec<Resolved>,
    ) -> Result<Mutation, Fault> {
        let configuration = Configuration::of(agentcore::UPDATE_AGENT_RUNTIME, spec)?;
        let metadata = RuntimeMetadataConfiguration::builder()
            .require_mmdsv2(spec.mmdsv2)
            .build()
            .expect("the only member that is required is set");
        let request = self
            .0
            .agentcore
            .update_agent_runtime()
            .agent_runtime_id(&now.outputs.id)
            .agent_runtime_artifact(configuration.artifact)
            .role_arn(&spec.role)
            .network_configuration(configuration.network)
            .set_description(configuration.description)
            .set_authorizer_configuration(configuration.authorizer)
            .set_request_header_configuration(configuration.request_headers)
            .protocol_configuration(configuration.protocol)
            .lifecycle_configuration(configuration.lifecycle)
            .metadata_configuration(metadata)
            .set_environment_variables(configuration.environment)
            .set_filesystem_configurations(configuration.filesystems)
            .set_capacity_provider_configuration(configuration.capacity_provider)
            .platform_version(&spec.platform_version)
            .set_allowed_ports(configuration.allowed_ports);
        self.0
            .mutate(Box::pin(request.send()))
            .await
            .map_err(|fault| without_values(fault, &[&now.spec.environment, &spec.environment]))
    }

    async fn tag(&self, arn: &str, change: TagChange) -> Result<Mutation, Fault> {
        let agentcore = &self.0.agentcore;
        match change {
            TagChange::Set(tags) => {
                let tags = tags.into_iter().collect();
                let request = agentcore
                    .tag_resource()
                    .resource_arn(arn)
                    .set_tags(Some(tags));
                self.0.mutate(request.send()).await
            }
            TagChange::Remove(keys) => {
                let request = agentcore
                    .untag_resource()
                    .resource_arn(arn)
                    .set_tag_keys(Some(keys));
                self.0.mutate(request.send()).await
            }
        }
    }
}

impl Writer<AgentcoreRuntime> for RuntimeWriter {
    /// Creates the runtime. Whether the metadata of the microVM requires a token can only be set by an update.
    async fn create(
        &self,
        name: &PhysicalName,
        spec: &RuntimeSpec<Resolved>,
        intent: &Intent,
    ) -> Result<Mutation, Fault> {
        let configuration = Configuration::of(agentcore::CREATE_AGENT_RUNTIME, spec)?;
        let mut tags = spec.tags.clone();
        tags.extend(intent.owner.iter().flat_map(Owner::tags));
        let request = self
            .0
            .agentcore
            .create_agent_runtime()
            .agent_runtime_name(name.as_str())
            .agent_runtime_artifact(configuration.artifact)
            .role_arn(&spec.role)
            .network_configuration(configuration.network)
            .set_description(configuration.description)
            .set_authorizer_configuration(configuration.authorizer)
            .set_request_header_configuration(configuration.request_headers)
            .protocol_configuration(configuration.protocol)
            .lifecycle_configuration(configuration.lifecycle)
            .set_environment_variables(configuration.environment)
            .set_filesystem_configurations(configuration.filesystems)
            .set_capacity_provider_configuration(configuration.capacity_provider)
            .platform_version(&spec.platform_version)
            .set_allowed_ports(configuration.allowed_ports)
            .set_tags(Some(tags.into_iter().collect()));
        self.0
            .mutate(Box::pin(request.send()))
            .await
            .map_err(|fault| without_values(fault, &[&spec.environment]))
    }

    /// Fixes the configuration first, and labels last.
    async fn update(
        &self,
        _: &PhysicalName,
        now: &Observed<AgentcoreRuntime>,
        spec: &RuntimeSpec<Resolved>,
        fields: &[String],
        _: &Intent,
    ) -> Result<Mutation, Fault> {
        let is_label = |field: &String| field.split('/').nth(1) == Some("tags");
        if !fields.iter().all(is_label) {
            return self.update_configuration(now, spec).await;
        }
        match TagChange::between(&now.spec.tags, &spec.tags) {
            Some(change) => self.tag(&now.outputs.arn, change).await,
            None => Err(Fault::new(
                FaultKind::Invalid,
                agentcore::TAG_RESOURCE,
                format!("`{}` have the desired values already", fields.join("`, `")),
            )),
        }
    }

    /// Deletes the runtime. AWS deletes its versions and the endpoint `DEFAULT` with it.
    async fn delete(
        &self,
        _: &PhysicalName,
        now: &Observed<AgentcoreRuntime>,
    ) -> Result<Mutation, Fault> {
        let id = &now.outputs.id;
        let call = self.0.agentcore.delete_agent_runtime().agent_runtime_id(id);
        match self.0.mutate(call.send()).await {
            Ok(mutation) => Ok(mutation),
            Err(fault) if fault.kind == FaultKind::Busy => {
                Err(held_by_endpoints(&self.0, fault, id).await)
            }
            Err(fault) => Err(Listing::new(&self.0).distinguish(fault, id).await),
        }
    }

    async fn outlook(&self, spec: &RuntimeSpec<Resolved>, refusal: &Fault) -> Outlook {
        let code = refusal.code.as_deref();
        match Unseen::of(Service::AgentCore, code, &refusal.message) {
            Some(Unseen::Role) => self.0.role_outlook(&spec.role, PRINCIPAL).await,
            // Repositories are not read.
            Some(Unseen::Image | Unseen::Permission | Unseen::Key | Unseen::Principal) | None => {
                Outlook::MayPass
            }
        }
    }
}

/// The principal that assumes a runtime's role.
const PRINCIPAL: &str = "bedrock-agentcore.amazonaws.com";

/// Turns a conflict into a final fault if endpoints of others keep the runtime from being deleted: that does not pass by itself.
///
/// The answer has the same code as while AWS changes the runtime, so the endpoints decide and not its words.
async fn held_by_endpoints(clients: &Clients, fault: Fault, id: &str) -> Fault {
    let Ok(endpoints) = endpoints(clients, id).await else {
        return fault;
    };
    let holds = |endpoint: &&AgentRuntimeEndpoint| {
        endpoint.name() != DEFAULT
            && !is_marked(endpoint.description())
            && *endpoint.status() != AgentRuntimeEndpointStatus::Deleting
    };
    let names: Vec<String> = endpoints
        .iter()
        .filter(holds)
        .map(|endpoint| format!("`{}`", endpoint.name()))
        .collect();
    if names.is_empty() {
        return fault;
    }
    Fault {
        kind: FaultKind::Invalid,
        message: format!(
            "endpoints that agentctl did not create keep the runtime from being deleted: {} ({})",
            names.join(", "),
            fault.message
        ),
        ..fault
    }
}

/// Removes the values of variables from the message of a fault.
fn without_values(mut fault: Fault, environments: &[&Environment<Resolved>]) -> Fault {
    fault.message = redacted(environments, &fault.message);
    fault
}
