//! The log groups of an agent.

use super::context::Context;
use super::name;
use crate::kinds::agentcore::{endpoint, runtime};
use crate::kinds::log_group::data_protection::{DataProtection, Findings, Masking};
use crate::kinds::log_group::{LogGroup, LogGroupSpec, NAME, RUNTIME_FOLDER, STANDARD};
use crate::manifest::Agent;
use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::reference::{Declared, Input, Part};

/// Declares the group that the function writes to.
///
/// It is created before the function: otherwise Lambda would create one that is not encrypted and never deletes events.
pub(super) fn lambda_log_group(
    agent: &Agent,
    context: &Context<'_>,
    key: Option<&Input<String>>,
) -> DesiredResource {
    let name = PhysicalName::new(name::lambda_log_group(&context.owner));
    DesiredResource::new::<LogGroup>(
        &context.owner.agent,
        Some(&context.owner),
        name.clone(),
        spec(agent, context, key),
    )
    .knowing(NAME.name(), name.as_str())
}

/// Declares the groups of the two endpoints' sessions: of the service's own endpoint, and of agentctl's.
pub(super) fn agentcore_log_groups(
    agent: &Agent,
    context: &Context<'_>,
    runtime: &Address,
    endpoint: &Address,
    key: Option<&Input<String>>,
) -> [DesiredResource; 2] {
    let group = |endpoint_name: &str, endpoint: Part| {
        let physical = Input::<PhysicalName>::Template(vec![
            RUNTIME_FOLDER.into(),
            runtime::ID.part(runtime),
            "-".into(),
            endpoint,
        ]);
        DesiredResource::new::<LogGroup>(
            &format!("{}.agentcore.{endpoint_name}", context.owner.agent),
            Some(&context.owner),
            physical,
            spec(agent, context, key),
        )
    };
    let named = endpoint
        .name()
        .rsplit_once('.')
        .map_or(endpoint.name(), |(_, name)| name);
    [
        group(endpoint::DEFAULT, endpoint::DEFAULT.into()),
        // Named by the endpoint's output, so that it is read only after the service has created it.
        group(named, endpoint::NAME.part(endpoint)),
    ]
}

fn spec(
    agent: &Agent,
    context: &Context<'_>,
    key: Option<&Input<String>>,
) -> LogGroupSpec<Declared> {
    LogGroupSpec {
        class: STANDARD.to_owned(),
        retention_days: Some(u32::from(agent.observability.retention_days.get())),
        kms_key: key.cloned(),
        data_protection: agent.data_protection.as_ref().map(|declared| {
            DataProtection::<Declared>::Masking(Masking {
                identifiers: declared
                    .identifiers
                    .iter()
                    .map(ToString::to_string)
                    .collect(),
                custom_identifiers: std::collections::BTreeMap::new(),
                findings: Findings {
                    log_group: declared
                        .audit
                        .as_ref()
                        .map(|audit| audit.log_group.as_str().into()),
                    bucket: None,
                    delivery_stream: None,
                },
            })
        }),
        deletion_protection: false,
        claimed: true,
        tags: context.tags.clone(),
    }
}
