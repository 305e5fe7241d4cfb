//! Reads log groups and their marks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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
use crate::resource::owner::{Owner, OwnerFilter, Ownership, labels_of};
use crate::resource::provider::{Candidate, Reader, Reading};
use crate::resource::reference::Resolved;

/// The age after which a group that the tagging API does not report as marked is not agentctl's. The index lags by seconds or minutes; a
/// day is a guess on the safe side.
const INDEXED_AFTER: Duration = Duration::from_hours(24);

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

    /// Returns the ARNs of the groups that may belong to these owners: all that do, except those of runtimes, and some that do not.
    async fn candidates(&self, filter: &OwnerFilter) -> Result<BTreeSet<String>, Fault> {
        let recent = async {
            match filter.owner() {
                Some(owner) => self.function_group(&owner).await,
                None => self.recent_function_groups().await,
            }
        };
        let (indexed, recent) =
            tokio::try_join!(listing::indexed_arns(&self.clients, filter), recent)?;
        Ok(indexed.into_iter().chain(recent).collect())
    }

    /// Lists the groups that AgentCore made for runtimes with these owners' names. Only the other findings show who owns them.
    async fn runtime_groups(&self, filter: &OwnerFilter) -> Result<Vec<Candidate>, Fault> {
        let prefix = match filter.owner() {
            Some(owner) => format!("{RUNTIME_FOLDER}{}-", owner.runtime_name()),
            None => RUNTIME_FOLDER.to_owned(),
        };
        let groups = listing::groups_under(&self.clients, &prefix).await?;
        let names = groups.iter().filter_map(Group::log_group_name);
        Ok(names
            .map(|name| Candidate::new(PhysicalName::new(name), filter))
            .collect())
    }

    async fn function_group(&self, owner: &Owner) -> Result<Vec<String>, Fault> {
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
    async fn owned_by(&self, filter: &OwnerFilter) -> Result<Vec<Candidate>, Fault> {
        let marked = async {
            let candidates = self.candidates(filter).await?;
            let confirmations = candidates.iter().map(|arn| self.confirmed(arn, filter));
            let confirmed: Result<Vec<_>, Fault> =
                concurrently(confirmations).await.into_iter().collect();
            confirmed
        };
        let (marked, made) = tokio::try_join!(marked, self.runtime_groups(filter))?;
        Ok(marked.into_iter().flatten().chain(made).collect())
    }

    async fn confirmed(&self, arn: &str, filter: &OwnerFilter) -> Result<Option<Candidate>, Fault> {
        match listing::tags_of(&self.clients, arn).await {
            Ok(tags) => match Ownership::from_tags(&tags) {
                Ownership::Of(owner) if filter.admits(&owner) => {
                    Ok(Some(Candidate::new(name_in_arn(arn)?, filter)))
                }
                Ownership::Of(_) | Ownership::Shared | Ownership::Parent | Ownership::Unmarked => {
                    Ok(None)
                }
            },
            // The tagging API still knows a group for a while after its deletion.
            Err(fault) if fault.kind == FaultKind::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
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
    Fault::new(FaultKind::Service, logs::DESCRIBE_LOG_GROUPS, message)
}
