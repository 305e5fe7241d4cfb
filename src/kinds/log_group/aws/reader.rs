//! Reads log groups and their marks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_cloudwatchlogs::types::{DataProtectionStatus, LogGroup as Group, LogGroupClass};

use super::listing;
use crate::aws::{Clients, concurrently};
use crate::kinds::log_group::data_protection::DataProtection;
use crate::kinds::log_group::spec::FUNCTION_FOLDER;
use crate::kinds::log_group::{LogGroup, LogGroupOutputs, LogGroupSpec, RUNTIME_FOLDER, STANDARD};
use crate::resource::address::PhysicalName;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::kind::{Observed, Status};
use crate::resource::operation::logs;
use crate::resource::owner::{OwnerFilter, Ownership, labels_of};
use crate::resource::provider::{Candidate, Reader, Reading};
use crate::resource::reference::Resolved;

/// Reads log groups.
#[derive(Debug, Clone)]
pub struct LogGroupReader {
    clients: Arc<Clients>,
}

impl LogGroupReader {
    /// Creates a reader.
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
        let name = group.log_group_name().unwrap_or_default();
        let marks = Ownership::from_tags(&tags);
        Ok(Observed {
            spec: LogGroupSpec {
                class: class(group)?,
                retention_days: retention_days(group)?,
                kms_key: group.kms_key_id().map(str::to_owned),
                data_protection,
                deletion_protection: group.deletion_protection_enabled() == Some(true),
                claimed: matches!(marks, Ownership::Of(_)),
                tags: labels_of(&tags),
            },
            outputs: LogGroupOutputs {
                arn: format!("{arn}:*"),
                group_arn: arn.to_owned(),
                name: name.to_owned(),
                retention_policy: group.retention_policy_name().map(str::to_owned),
            },
            status: Status::Ready,
            revision: None,
            owner: match marks {
                // The service created it, and agentctl has not claimed it yet.
                Ownership::Unmarked if name.starts_with(RUNTIME_FOLDER) => Ownership::Parent,
                marks => marks,
            },
        })
    }

    async fn data_protection(
        &self,
        group: &Group,
        arn: &str,
    ) -> Result<Option<DataProtection<Resolved>>, Fault> {
        match group.data_protection_status() {
            Some(DataProtectionStatus::Activated) => {}
            // A policy that is archived or disabled masks nothing. That writing it again activates it is a guess.
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
        let answer = match self.clients.call(call).await {
            // The read of the tags decides whether the group itself was deleted.
            Err(fault) if fault.kind == FaultKind::NotFound => return Ok(None),
            answer => answer?,
        };
        let Some(text) = answer.policy_document() else {
            return Ok(None);
        };
        let document = serde_json::from_str(text).map_err(|error| {
            Fault::new(
                FaultKind::Service,
                logs::GET_DATA_PROTECTION_POLICY,
                format!("the policy document is not JSON: {error}"),
            )
        })?;
        Ok(Some(DataProtection::parse(document)))
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
                        // Deleted between the calls.
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
    /// Returns the groups that the tagging API reports as these owners'. Of one agent, also the group of its function, which a new mark or
    /// none hides from the tagging API, and those that AgentCore made for runtimes with its name.
    async fn owned_by(&self, filter: &OwnerFilter) -> Result<Vec<Candidate>, Fault> {
        let indexed = listing::indexed_arns(&self.clients, filter);
        let Some(owner) = filter.owner() else {
            return named(&indexed.await?, filter);
        };
        let prefix = format!("{RUNTIME_FOLDER}{}-", owner.runtime_name());
        let made = listing::groups_under(&self.clients, &prefix);
        let (indexed, made) = tokio::try_join!(indexed, made)?;
        let mut candidates = named(&indexed, filter)?;
        let function = format!("{FUNCTION_FOLDER}{}", owner.base_name());
        let made = made.iter().filter_map(Group::log_group_name);
        let names = made.chain([function.as_str()]);
        candidates.extend(names.map(|name| Candidate::new(PhysicalName::new(name), filter)));
        Ok(candidates)
    }
}

fn named(arns: &BTreeSet<String>, filter: &OwnerFilter) -> Result<Vec<Candidate>, Fault> {
    arns.iter()
        .map(|arn| Ok(Candidate::new(name_in_arn(arn)?, filter)))
        .collect()
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
    Fault::new(FaultKind::Service, logs::DESCRIBE_LOG_GROUPS, message)
}
