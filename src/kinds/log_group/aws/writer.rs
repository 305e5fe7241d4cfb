//! Creates, configures and deletes log groups.

use std::sync::Arc;

use aws_sdk_cloudwatchlogs::types::LogGroupClass;

use crate::aws::Clients;
use crate::kinds::log_group::data_protection::DataProtection;
use crate::kinds::log_group::{LogGroup, LogGroupSpec};
use crate::resource::address::PhysicalName;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::field::{TagChange, is_touched};
use crate::resource::kind::Observed;
use crate::resource::operation::{Service, logs};
use crate::resource::owner::Owner;
use crate::resource::provider::{Intent, Mutation, Outlook, Writer};
use crate::resource::reference::Resolved;
use crate::resource::unseen::Unseen;

/// Creates, configures and deletes log groups.
#[derive(Debug, Clone)]
pub struct LogGroupWriter {
    clients: Arc<Clients>,
}

impl LogGroupWriter {
    /// Creates a writer.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self { clients }
    }

    async fn set_key(&self, name: &str, key: Option<&str>) -> Result<Mutation, Fault> {
        let logs = &self.clients.logs;
        if let Some(key) = key {
            let call = logs
                .associate_kms_key()
                .log_group_name(name)
                .kms_key_id(key)
                .send();
            self.clients.mutate(call).await
        } else {
            let call = logs.disassociate_kms_key().log_group_name(name).send();
            self.clients.mutate(call).await
        }
    }

    async fn set_data_protection(
        &self,
        arn: &str,
        protection: Option<&DataProtection<Resolved>>,
    ) -> Result<Mutation, Fault> {
        let logs = &self.clients.logs;
        let Some(protection) = protection else {
            let call = logs
                .delete_data_protection_policy()
                .log_group_identifier(arn)
                .send();
            return self.clients.mutate(call).await;
        };
        let partition = arn.split(':').nth(1).unwrap_or_default();
        let document = protection.document(partition).map_err(|error| {
            Fault::new(
                FaultKind::Invalid,
                logs::PUT_DATA_PROTECTION_POLICY,
                error.to_string(),
            )
        })?;
        let call = logs
            .put_data_protection_policy()
            .log_group_identifier(arn)
            .policy_document(document)
            .send();
        self.clients.mutate(call).await
    }

    async fn set_retention(&self, name: &str, days: Option<u32>) -> Result<Mutation, Fault> {
        let logs = &self.clients.logs;
        let Some(days) = days else {
            let call = logs.delete_retention_policy().log_group_name(name).send();
            return self.clients.mutate(call).await;
        };
        let days = i32::try_from(days).map_err(|error| {
            Fault::new(
                FaultKind::Invalid,
                logs::PUT_RETENTION_POLICY,
                error.to_string(),
            )
        })?;
        let call = logs
            .put_retention_policy()
            .log_group_name(name)
            .retention_in_days(days)
            .send();
        self.clients.mutate(call).await
    }

    async fn set_deletion_protection(&self, name: &str, on: bool) -> Result<Mutation, Fault> {
        let call = self
            .clients
            .logs
            .put_log_group_deletion_protection()
            .log_group_identifier(name)
            .deletion_protection_enabled(on)
            .send();
        self.clients.mutate(call).await
    }

    async fn change_tags(&self, arn: &str, change: TagChange) -> Result<Mutation, Fault> {
        let logs = &self.clients.logs;
        match change {
            TagChange::Set(tags) => {
                let call = logs
                    .tag_resource()
                    .resource_arn(arn)
                    .set_tags(Some(tags.into_iter().collect()))
                    .send();
                self.clients.mutate(call).await
            }
            TagChange::Remove(keys) => {
                let call = logs
                    .untag_resource()
                    .resource_arn(arn)
                    .set_tag_keys(Some(keys))
                    .send();
                self.clients.mutate(call).await
            }
        }
    }
}

impl Writer<LogGroup> for LogGroupWriter {
    async fn create(
        &self,
        name: &PhysicalName,
        spec: &LogGroupSpec<Resolved>,
        intent: &Intent,
    ) -> Result<Mutation, Fault> {
        let mut tags = spec.tags.clone();
        tags.extend(intent.owner.iter().flat_map(Owner::tags));
        let call = self
            .clients
            .logs
            .create_log_group()
            .log_group_name(name.as_str())
            .log_group_class(LogGroupClass::from(spec.class.as_str()))
            .set_kms_key_id(spec.kms_key.clone())
            .set_deletion_protection_enabled(spec.deletion_protection.then_some(true))
            .set_tags((!tags.is_empty()).then(|| tags.into_iter().collect()))
            .send();
        self.clients.mutate(call).await
    }

    async fn update(
        &self,
        name: &PhysicalName,
        now: &Observed<LogGroup>,
        spec: &LogGroupSpec<Resolved>,
        fields: &[String],
        intent: &Intent,
    ) -> Result<Mutation, Fault> {
        let (name, arn) = (name.as_str(), now.outputs.group_arn.as_str());
        let differs = |pointer: &str| is_touched(fields, pointer);
        let overridden = now.outputs.retention_policy.as_ref();
        // The marks come first, since a policy can allow the other calls only for marked groups. Then come key and masking, which apply
        // only to events that arrive after them.
        if differs("/claimed") {
            self.change_tags(arn, claim(now, spec, intent)).await
        } else if differs("/kmsKey") {
            self.set_key(name, spec.kms_key.as_deref()).await
        } else if differs("/dataProtection") {
            self.set_data_protection(arn, spec.data_protection.as_ref())
                .await
        } else if differs("/retentionDays") && overridden.is_none() {
            self.set_retention(name, spec.retention_days).await
        } else if differs("/deletionProtection") {
            self.set_deletion_protection(name, spec.deletion_protection)
                .await
        } else if let Some(change) = TagChange::between(&now.spec.tags, &spec.tags) {
            self.change_tags(arn, change).await
        } else {
            // CloudWatch Logs API, LogGroup: retentionPolicyName.
            let why = match overridden.filter(|_| differs("/retentionDays")) {
                Some(policy) => format!(
                    "the account's retention policy `{policy}` overrides the retention of log group `{name}`"
                ),
                None => format!("no call changes {}", fields.join(", ")),
            };
            Err(Fault::local(FaultKind::Invalid, why))
        }
    }

    async fn delete(
        &self,
        name: &PhysicalName,
        now: &Observed<LogGroup>,
    ) -> Result<Mutation, Fault> {
        if now.spec.deletion_protection {
            return self.set_deletion_protection(name.as_str(), false).await;
        }
        let call = self
            .clients
            .logs
            .delete_log_group()
            .log_group_name(name.as_str())
            .send();
        self.clients.mutate(call).await
    }

    async fn outlook(&self, spec: &LogGroupSpec<Resolved>, refusal: &Fault) -> Outlook {
        let unseen = Unseen::of(Service::Logs, refusal.code.as_deref(), &refusal.message);
        let (Some(Unseen::Key), Some(key)) = (unseen, &spec.kms_key) else {
            return Outlook::MayPass;
        };
        let region = key.split(':').nth(3).unwrap_or_default();
        let service = format!("logs.{region}.amazonaws.com");
        self.clients.key_outlook(key, Some(&service)).await
    }
}

/// Returns agentctl's marks, and the labels that are missing.
fn claim(now: &Observed<LogGroup>, spec: &LogGroupSpec<Resolved>, intent: &Intent) -> TagChange {
    let labels = spec
        .tags
        .iter()
        .filter(|(key, value)| now.spec.tags.get(*key) != Some(value))
        .map(|(key, value)| (key.clone(), value.clone()));
    TagChange::Set(
        intent
            .owner
            .iter()
            .flat_map(Owner::tags)
            .chain(labels)
            .collect(),
    )
}
