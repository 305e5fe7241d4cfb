//! The log group of an agent.

use super::{Context, name};
use crate::kinds::log_group::data_protection::{DataProtection, Findings, Masking};
use crate::kinds::log_group::{LogGroup, LogGroupSpec, NAME, STANDARD};
use crate::manifest::Agent;
use crate::resource::address::PhysicalName;
use crate::resource::desired::DesiredResource;
use crate::resource::reference::{Declared, Input};

/// Wishes for the group that the function writes to.
///
/// It is made before the function, so that Lambda never makes one that keeps everything for ever in the clear.
pub(super) fn log_group(
    agent: &Agent,
    context: &Context<'_>,
    key: Option<&Input<String>>,
) -> DesiredResource {
    let spec = LogGroupSpec {
        class: STANDARD.to_owned(),
        retention_days: Some(u32::from(agent.observability.retention_days.get())),
        kms_key: key.cloned(),
        data_protection: agent.data_protection.as_ref().map(|wished| {
            DataProtection::<Declared>::Masking(Masking {
                identifiers: wished.identifiers.iter().map(ToString::to_string).collect(),
                custom_identifiers: std::collections::BTreeMap::new(),
                findings: Findings {
                    log_group: wished
                        .audit_log_group
                        .as_ref()
                        .map(|group| group.as_str().into()),
                    bucket: None,
                    delivery_stream: None,
                },
            })
        }),
        deletion_protection: false,
        claimed: true,
        tags: context.tags.clone(),
    };
    let name = PhysicalName::new(name::lambda_log_group(&context.owner));
    DesiredResource::new::<LogGroup>(
        &context.owner.agent,
        Some(&context.owner),
        name.clone(),
        spec,
    )
    .knowing(NAME.name(), name.as_str())
}
