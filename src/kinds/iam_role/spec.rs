//! What can be wished of a role, and what IAM alone knows of it.

use crate::resource::document::Document;
use crate::resource::reference::{OutputField, Stage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The role's ARN.
pub const ARN: OutputField<String> = OutputField::new("arn");

/// The role's unique id, `AROA…`; a role that is made again has another.
pub const ID: OutputField<String> = OutputField::new("id");

/// The role's name.
pub const NAME: OutputField<String> = OutputField::new("name");

/// How many characters all inline policies of a role may have together (IAM user guide, "IAM and AWS STS quotas").
pub const POLICIES_SIZE_LIMIT: usize = 10_240;

/// The longest session of a role for which none is given, in seconds (IAM API, `CreateRole`).
pub const DEFAULT_SESSION_DURATION: u32 = 3_600;

/// A role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleSpec<S: Stage> {
    /// The path, which begins and ends with a slash.
    pub path: String,
    /// Who may assume the role.
    pub trust: Document<S>,
    /// The inline policies by name.
    pub policies: BTreeMap<String, Document<S>>,
    /// The ARNs of the managed policies that are attached.
    pub managed_policies: Vec<String>,
    /// The ARN of the managed policy that bounds what the role may do.
    pub permissions_boundary: Option<String>,
    /// The description; empty when there is none.
    pub description: String,
    /// The longest session in seconds; sessions that AWS services take are not limited by it.
    pub max_session_duration: u32,
    /// The user's labels.
    pub tags: BTreeMap<String, String>,
}

/// What IAM alone can tell of a role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleOutputs {
    /// The role's ARN.
    pub arn: String,
    /// The role's unique id.
    pub id: String,
    /// The role's name.
    pub name: String,
}

/// Counts the characters of inline policies as IAM does, which leaves out white space.
///
/// What another resource is yet to tell counts as the text that stands for it here, which is about as long as an ARN.
pub fn policies_size<S: Stage>(policies: &BTreeMap<String, Document<S>>) -> usize {
    policies
        .values()
        .map(|document| {
            let text = serde_json::json!(document).to_string();
            text.chars().filter(|c| !c.is_whitespace()).count()
        })
        .sum()
}
