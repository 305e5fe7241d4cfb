//! Reads and writes log groups through the CloudWatch Logs API.

mod listing;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_cloudwatchlogs::types::{DataProtectionStatus, LogGroup as Group, LogGroupClass};

use super::data_protection::DataProtection;
use super::{LogGroup, LogGroupOutputs, LogGroupSpec, STANDARD};
use crate::aws::{Clients, concurrently};
use crate::resource::address::PhysicalName;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::field::{TagChange, is_touched};
use crate::resource::kind::{Observed, Status};
use crate::resource::owner::{Owner, OwnerFilter, Ownership, labels_of};
use crate::resource::provider::{Candidate, Intent, Mutation, Reader, Reading, Writer};
use crate::resource::reference::Resolved;

/// Where the groups of functions are, whose names the service derives from theirs.
const FUNCTION_FOLDER: &str = "/aws/lambda/";

/// The age after which a group that the tagging API does not know to be ours is not ours. The index lags by seconds or
/// minutes; a day is a guess on the safe side.
const INDEXED_AFTER: Duration = Duration::from_hours(24);

/// Reads log groups.
#[derive(Debug, Clone)]
pub struct LogGroupReader {
    clients: Arc<Clients>,
}

impl LogGroupReader {
    /// Makes a reader.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self { clients }
    }

    async fn observe(
        &self,
        group: &Group,
        indexed: &BTreeMap<String, BTreeMap<String, String>>,
    ) -> Result<Observed<LogGroup>, Fault> {
        let arn = group_arn(group)?;
        let tags = async {
            match indexed.get(arn) {
                Some(tags) => Ok(tags.clone()),
                None => listing::tags_of(&self.clients, arn).await,
            }
        };
        let (tags, data_protection) = tokio::try_join!(tags, self.data_protection(group, arn))?;
        Ok(Observed {
            spec: LogGroupSpec {
                class: class(group)?,
                retention_days: retention_days(group)?,
                kms_key: group.kms_key_id().map(str::to_owned),
                data_protection,
                deletion_protection: group.deletion_protection_enabled() == Some(true),
                tags: labels_of(&tags),
            },
            outputs: LogGroupOutputs {
                arn: format!("{arn}:*"),
                group_arn: arn.to_owned(),
                name: group.log_group_name().unwrap_or_default().to_owned(),
                retention_policy: group.retention_policy_name().map(str::to_owned),
            },
            status: Status::Ready,
            revision: None,
            owner: Ownership::from_tags(&tags),
        })
    }

    async fn data_protection(
        &self,
        group: &Group,
        arn: &str,
    ) -> Result<Option<DataProtection<Resolved>>, Fault> {
        let operation = "logs GetDataProtectionPolicy";
        match group.data_protection_status() {
            Some(DataProtectionStatus::Activated) => {}
            // A policy that is archived or disabled masks nothing; that writing it again activates it is a guess.
            None
            | Some(
                DataProtectionStatus::Deleted
                | DataProtectionStatus::Archived
                | DataProtectionStatus::Disabled,
            ) => return Ok(None),
            Some(other) => {
                return Err(unknown("data protection status", other.as_str()));
            }
        }
        let call = self
            .clients
            .logs
            .get_data_protection_policy()
            .log_group_identifier(arn)
            .send();
        let answer = match self.clients.call(operation, call).await {
            // Whether the group itself is gone is for its tags to say.
            Err(fault) if fault.kind == FaultKind::NotFound => return Ok(None),
            answer => answer?,
        };
        let Some(text) = answer.policy_document() else {
            return Ok(None);
        };
        let document = serde_json::from_str(text).map_err(|error| {
            Fault::new(
                FaultKind::Service,
                operation,
                format!("the policy document is not JSON: {error}"),
            )
        })?;
        Ok(Some(DataProtection::parse(document)))
    }

    /// Returns the ARNs of the groups that may be of these owners: all that are and some that are not.
    async fn candidates(&self, filter: &OwnerFilter) -> Result<BTreeSet<String>, Fault> {
        let recent = async {
            match &filter.agent {
                Some(agent) => self.function_group(filter, agent).await,
                None => self.recent_function_groups().await,
            }
        };
        let (indexed, recent) =
            tokio::try_join!(listing::indexed_arns(&self.clients, filter), recent)?;
        Ok(indexed.into_iter().chain(recent).collect())
    }

    async fn function_group(
        &self,
        filter: &OwnerFilter,
        agent: &str,
    ) -> Result<Vec<String>, Fault> {
        let owner = Owner {
            project: filter.project.clone(),
            env: filter.env.clone(),
            region: filter.region.clone(),
            agent: agent.to_owned(),
        };
        let name = PhysicalName::new(format!("{FUNCTION_FOLDER}{}", owner.base_name()));
        listing::groups_named(&self.clients, &[name])
            .await
            .into_values()
            .map(|group| Ok(group_arn(&group?)?.to_owned()))
            .collect()
    }

    async fn recent_function_groups(&self) -> Result<Vec<String>, Fault> {
        let oldest = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .saturating_sub(INDEXED_AFTER);
        let is_recent = |group: &&Group| {
            group
                .creation_time()
                .and_then(|milliseconds| u64::try_from(milliseconds).ok())
                .is_none_or(|milliseconds| Duration::from_millis(milliseconds) > oldest)
        };
        listing::groups_under(&self.clients, FUNCTION_FOLDER)
            .await?
            .iter()
            .filter(is_recent)
            .map(|group| group_arn(group).map(str::to_owned))
            .collect()
    }
}

impl Reader<LogGroup> for LogGroupReader {
    async fn read(&self, names: &[PhysicalName]) -> Vec<Reading<Observed<LogGroup>>> {
        let groups = listing::groups_named(&self.clients, names).await;
        let arns: Vec<&str> = groups
            .values()
            .filter_map(|group| group_arn(group.as_ref().ok()?).ok())
            .collect();
        let indexed = listing::marked_tags(&self.clients, &arns).await;
        let readings = names.iter().map(|name| {
            let (group, indexed) = (groups.get(name.as_str()), &indexed);
            async move {
                match group {
                    None => Reading::Absent,
                    Some(Err(fault)) => Reading::Unreadable(fault.clone()),
                    Some(Ok(group)) => match self.observe(group, indexed).await {
                        Ok(observed) => Reading::Found(observed),
                        // It went between the calls.
                        Err(fault) if fault.kind == FaultKind::NotFound => Reading::Absent,
                        Err(fault) => Reading::Unreadable(fault),
                    },
                }
            }
        });
        concurrently(readings).await
    }

    async fn owned(&self, filters: &[OwnerFilter]) -> Result<Vec<Candidate>, Fault> {
        let listings = filters.iter().map(|filter| self.owned_by(filter));
        let listed: Result<Vec<_>, Fault> = concurrently(listings).await.into_iter().collect();
        Ok(listed?.into_iter().flatten().collect())
    }
}

impl LogGroupReader {
    async fn owned_by(&self, filter: &OwnerFilter) -> Result<Vec<Candidate>, Fault> {
        let candidates = self.candidates(filter).await?;
        let confirmations = candidates.iter().map(|arn| async move {
            match listing::tags_of(&self.clients, arn).await {
                Ok(tags) => match Ownership::from_tags(&tags) {
                    Ownership::Of(owner) if filter.admits(&owner) => {
                        Ok(Some(Candidate::new(name_in_arn(arn)?, filter)))
                    }
                    Ownership::Of(_)
                    | Ownership::Shared
                    | Ownership::Parent
                    | Ownership::Unmarked => Ok(None),
                },
                // The tagging API knows groups for a while after they are gone.
                Err(fault) if fault.kind == FaultKind::NotFound => Ok(None),
                Err(fault) => Err(fault),
            }
        });
        concurrently(confirmations)
            .await
            .into_iter()
            .filter_map(Result::transpose)
            .collect()
    }
}

/// Makes, configures and deletes log groups.
#[derive(Debug, Clone)]
pub struct LogGroupWriter {
    clients: Arc<Clients>,
}

impl LogGroupWriter {
    /// Makes a writer.
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
            self.clients.call("logs AssociateKmsKey", call).await?;
            Ok(Mutation("AssociateKmsKey"))
        } else {
            let call = logs.disassociate_kms_key().log_group_name(name).send();
            self.clients.call("logs DisassociateKmsKey", call).await?;
            Ok(Mutation("DisassociateKmsKey"))
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
            self.clients
                .call("logs DeleteDataProtectionPolicy", call)
                .await?;
            return Ok(Mutation("DeleteDataProtectionPolicy"));
        };
        let operation = "logs PutDataProtectionPolicy";
        let partition = arn.split(':').nth(1).unwrap_or_default();
        let document = protection
            .document(partition)
            .map_err(|error| Fault::new(FaultKind::Invalid, operation, error.to_string()))?;
        let call = logs
            .put_data_protection_policy()
            .log_group_identifier(arn)
            .policy_document(document)
            .send();
        self.clients.call(operation, call).await?;
        Ok(Mutation("PutDataProtectionPolicy"))
    }

    async fn set_retention(&self, name: &str, days: Option<u32>) -> Result<Mutation, Fault> {
        let logs = &self.clients.logs;
        let Some(days) = days else {
            let call = logs.delete_retention_policy().log_group_name(name).send();
            self.clients
                .call("logs DeleteRetentionPolicy", call)
                .await?;
            return Ok(Mutation("DeleteRetentionPolicy"));
        };
        let operation = "logs PutRetentionPolicy";
        let days = i32::try_from(days)
            .map_err(|error| Fault::new(FaultKind::Invalid, operation, error.to_string()))?;
        let call = logs
            .put_retention_policy()
            .log_group_name(name)
            .retention_in_days(days)
            .send();
        self.clients.call(operation, call).await?;
        Ok(Mutation("PutRetentionPolicy"))
    }

    async fn set_deletion_protection(&self, name: &str, on: bool) -> Result<Mutation, Fault> {
        let call = self
            .clients
            .logs
            .put_log_group_deletion_protection()
            .log_group_identifier(name)
            .deletion_protection_enabled(on)
            .send();
        self.clients
            .call("logs PutLogGroupDeletionProtection", call)
            .await?;
        Ok(Mutation("PutLogGroupDeletionProtection"))
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
                self.clients.call("logs TagResource", call).await?;
                Ok(Mutation("TagResource"))
            }
            TagChange::Remove(keys) => {
                let call = logs
                    .untag_resource()
                    .resource_arn(arn)
                    .set_tag_keys(Some(keys))
                    .send();
                self.clients.call("logs UntagResource", call).await?;
                Ok(Mutation("UntagResource"))
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
        self.clients.call("logs CreateLogGroup", call).await?;
        Ok(Mutation("CreateLogGroup"))
    }

    async fn update(
        &self,
        name: &PhysicalName,
        now: &Observed<LogGroup>,
        spec: &LogGroupSpec<Resolved>,
        fields: &[String],
        _intent: &Intent,
    ) -> Result<Mutation, Fault> {
        let (name, arn) = (name.as_str(), now.outputs.group_arn.as_str());
        let differs = |pointer: &str| is_touched(fields, pointer);
        let overridden = now.outputs.retention_policy.as_ref();
        // Key and masking first: they hold only for events that come after them.
        if differs("/kmsKey") {
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
            let (operation, why) = match overridden.filter(|_| differs("/retentionDays")) {
                Some(policy) => (
                    "logs PutRetentionPolicy",
                    format!(
                        "the account's retention policy `{policy}` overrides the retention of log group `{name}`"
                    ),
                ),
                None => ("logs", format!("no call changes {}", fields.join(", "))),
            };
            Err(Fault::new(FaultKind::Invalid, operation, why))
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
        self.clients.call("logs DeleteLogGroup", call).await?;
        Ok(Mutation("DeleteLogGroup"))
    }
}

fn group_arn(group: &Group) -> Result<&str, Fault> {
    group
        .log_group_arn()
        .or_else(|| group.arn())
        .map(listing::bare_arn)
        .ok_or_else(|| described("a log group has no ARN".to_owned()))
}

fn name_in_arn(arn: &str) -> Result<PhysicalName, Fault> {
    arn.split_once(":log-group:")
        .map(|(_, name)| PhysicalName::new(name))
        .ok_or_else(|| described(format!("`{arn}` is not the ARN of a log group")))
}

fn class(group: &Group) -> Result<String, Fault> {
    match group.log_group_class() {
        None => Ok(STANDARD.to_owned()),
        Some(
            class @ (LogGroupClass::Standard
            | LogGroupClass::InfrequentAccess
            | LogGroupClass::Delivery),
        ) => Ok(class.as_str().to_owned()),
        Some(other) => Err(unknown("log group class", other.as_str())),
    }
}

fn retention_days(group: &Group) -> Result<Option<u32>, Fault> {
    group
        .retention_in_days()
        .map(u32::try_from)
        .transpose()
        .map_err(|error| described(format!("the retention is no number of days: {error}")))
}

fn unknown(what: &str, word: &str) -> Fault {
    described(format!("unknown {what} `{word}`"))
}

fn described(message: String) -> Fault {
    Fault::new(FaultKind::Service, "logs DescribeLogGroups", message)
}
