//! What may be wished of a log group and what CloudWatch Logs tells of it.

use super::data_protection::DataProtection;
use crate::resource::reference::{OutputField, Stage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The ARN that ends with `:*`, as policies and Step Functions want it.
pub const ARN: OutputField<String> = OutputField::new("arn");

/// The ARN of the group itself.
pub const GROUP_ARN: OutputField<String> = OutputField::new("groupArn");

/// The name.
pub const NAME: OutputField<String> = OutputField::new("name");

/// The account's retention policy that overrides the group's own retention, when there is one.
pub const RETENTION_POLICY: OutputField<Option<String>> = OutputField::new("retentionPolicy");

/// The class of a group that has all features, which is what a group is made as when nothing else is asked for.
pub const STANDARD: &str = "STANDARD";

/// Where the groups of functions are, whose names Lambda derives from theirs.
#[cfg(feature = "aws")]
pub(super) const FUNCTION_FOLDER: &str = "/aws/lambda/";

/// Where `AgentCore` makes one group for each endpoint of a runtime (`AgentCore` developer guide, "Troubleshoot `AgentCore` Runtime").
pub const RUNTIME_FOLDER: &str = "/aws/bedrock-agentcore/runtimes/";

/// What may be wished of a log group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct LogGroupSpec<S: Stage> {
    /// The class, in the service's word.
    pub class: String,
    /// After how many days events are deleted; absent means never.
    pub retention_days: Option<u32>,
    /// The ARN of the key that events are encrypted with; absent means a key of the service.
    pub kms_key: Option<S::Ref<String>>,
    /// What is masked in the events.
    pub data_protection: Option<DataProtection<S>>,
    /// Whether the group refuses to be deleted.
    pub deletion_protection: bool,
    /// Whether the group carries the marks of an owner. It is always to be so; a group that a service made is not at first.
    pub claimed: bool,
    /// The user's labels.
    pub tags: BTreeMap<String, String>,
}

/// What CloudWatch Logs tells of a log group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogGroupOutputs {
    /// The ARN of the group and everything in it, which ends with `:*`.
    pub arn: String,
    /// The ARN of the group itself.
    pub group_arn: String,
    pub name: String,
    /// The account's retention policy that overrides the group's own retention, when there is one.
    pub retention_policy: Option<String>,
}
