//! What `CloudWatch` Logs holds: log groups.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::answer::Refusal;
use crate::kept;
use crate::service::Service;
use crate::services::kms::key_arn::KeyArn;
use crate::tag::Tags;

/// What the service holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    /// By name.
    pub(super) groups: BTreeMap<String, Group>,
}

/// A log group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Group {
    pub(super) name: String,
    /// Without `:*`.
    pub(super) arn: String,
    pub(super) class: Class,
    pub(super) created: Timestamp,
    /// Events are kept for ever when absent.
    pub(super) retention_days: Option<i64>,
    pub(super) key: Option<KeyArn>,
    pub(super) deletion_protected: bool,
    pub(super) data_protection: DataProtection,
    pub(super) tags: Tags,
}

/// The class of a log group, for its whole life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Class {
    Standard,
    InfrequentAccess,
    Delivery,
    Essentials,
}

/// A log group's data protection policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum DataProtection {
    Never,
    Active { text: String, updated: Timestamp },
    Deleted,
}

impl kept::State for State {
    const SERVICE: Service = Service::Logs;

    fn tagged(&self) -> Vec<(String, &Tags)> {
        self.groups
            .values()
            .map(|group| (group.arn.clone(), &group.tags))
            .collect()
    }
}

impl State {
    /// Returns whether there is a group of a name.
    pub(crate) fn has_group(&self, name: &str) -> bool {
        self.groups.contains_key(name)
    }

    /// Makes a group as services do for their own logs, with nothing set.
    ///
    /// `place` is `<partition>:logs:<region>:<account>`.
    pub(crate) fn make_group(&mut self, place: &str, name: &str, created: Timestamp) {
        let group = Group {
            name: name.to_owned(),
            arn: format!("arn:{place}:log-group:{name}"),
            class: Class::Standard,
            created,
            retention_days: None,
            key: None,
            deletion_protected: false,
            data_protection: DataProtection::Never,
            tags: Tags::new(),
        };
        self.groups.insert(name.to_owned(), group);
    }

    pub(super) fn group(&self, name: &str) -> Result<&Group, Refusal> {
        self.groups.get(name).ok_or_else(no_such_group)
    }

    pub(super) fn group_mut(&mut self, name: &str) -> Result<&mut Group, Refusal> {
        self.groups.get_mut(name).ok_or_else(no_such_group)
    }
}

/// The sentence of recorded answers.
pub(super) fn no_such_group() -> Refusal {
    Refusal::bad_request(
        "ResourceNotFoundException",
        "The specified log group does not exist.",
    )
}
