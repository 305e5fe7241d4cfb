//! The fields of a role that can be declared, and the outputs that only AWS can give.

use crate::resource::document::Document;
use crate::resource::reference::{OutputField, Stage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The role's ARN.
pub const ARN: OutputField<String> = OutputField::new("arn");

/// The role's unique id, `AROA…`. A role that is created again has another one.
pub const ID: OutputField<String> = OutputField::new("id");

/// The role's name.
pub const NAME: OutputField<String> = OutputField::new("name");

/// The most characters that all inline policies of a role can have together (IAM user guide, "IAM and AWS STS quotas").
pub const POLICIES_SIZE_LIMIT: usize = 10_240;

/// The default of the longest session, in seconds (IAM API, `CreateRole`).
pub const DEFAULT_SESSION_DURATION: u32 = 3_600;

/// A role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleSpec<S: Stage> {
    /// The path, which begins and ends with a slash.
    pub path: String,
    /// The trust policy: who can assume the role.
    pub trust: Document<S>,
    /// The inline policies by their names.
    pub policies: BTreeMap<String, Document<S>>,
    /// The ARNs of the attached managed policies.
    pub managed_policies: Vec<String>,
    /// The ARN of the managed policy that is the role's permissions boundary.
    pub permissions_boundary: Option<String>,
    /// Empty when there is none.
    pub description: String,
    /// The longest session in seconds. It does not limit sessions that AWS services create.
    pub max_session_duration: u32,
    /// The user's labels.
    pub tags: BTreeMap<String, String>,
}

/// The outputs of a role, which only AWS can give.
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
/// An output of another resource that is not known yet counts as its placeholder here, which is about as long as an ARN.
pub fn policies_size<S: Stage>(policies: &BTreeMap<String, Document<S>>) -> usize {
    policies
        .values()
        .map(|document| {
            let text = serde_json::json!(document).to_string();
            text.chars().filter(|c| !c.is_whitespace()).count()
        })
        .sum()
}
