//! The fields of a log group that can be declared, and the outputs that only AWS can give.

use super::data_protection::DataProtection;
use crate::resource::reference::{OutputField, Stage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The ARN that ends with `:*`, which policies and Step Functions require.
pub const ARN: OutputField<String> = OutputField::new("arn");

/// The ARN of the group itself.
pub const GROUP_ARN: OutputField<String> = OutputField::new("groupArn");

/// The name.
pub const NAME: OutputField<String> = OutputField::new("name");

/// The account's retention policy that overrides the group's own retention, when there is one.
pub const RETENTION_POLICY: OutputField<Option<String>> = OutputField::new("retentionPolicy");

/// The class of a group that has all features, and the default.
pub const STANDARD: &str = "STANDARD";

/// The folder of the groups of functions. Lambda derives their names from the functions'.
#[cfg(feature = "aws")]
pub(super) const FUNCTION_FOLDER: &str = "/aws/lambda/";

/// The folder of the groups that `AgentCore` creates for each endpoint of a runtime (`AgentCore` developer guide, "Troubleshoot `AgentCore`
/// Runtime").
pub const RUNTIME_FOLDER: &str = "/aws/bedrock-agentcore/runtimes/";

/// The fields of a log group that can be declared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct LogGroupSpec<S: Stage> {
    /// The class, such as `STANDARD`.
    pub class: String,
    /// The days after which events are deleted; absent means never.
    pub retention_days: Option<u32>,
    /// The ARN of the key that encrypts events; absent means a key of the service.
    pub kms_key: Option<S::Ref<String>>,
    /// What is masked in the events.
    pub data_protection: Option<DataProtection<S>>,
    /// Whether the group cannot be deleted.
    pub deletion_protection: bool,
    /// Whether the group has the marks of an owner. It is always declared as true; a group that a service made has none at first.
    pub claimed: bool,
    /// The user's labels.
    pub tags: BTreeMap<String, String>,
}

/// The outputs of a log group, which only AWS can give.
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
