//! The fields of an endpoint, and the outputs that only the service can give.

use serde::{Deserialize, Serialize};

use crate::resource::reference::{OutputField, Stage};

/// The endpoint's ARN.
pub const ARN: OutputField<String> = OutputField::new("arn");

/// The endpoint's name, which is the qualifier of an invocation.
pub const NAME: OutputField<String> = OutputField::new("name");

/// The endpoint that the service creates and deletes with a runtime.
pub const DEFAULT: &str = "DEFAULT";

/// The prefix of the description of every endpoint that agentctl makes. `TagResource` is documented for runtimes and not for endpoints, and
/// reading a description needs no extra call. Endpoints that others made for agentctl's runtimes belong to them.
pub const MARK: &str = "agentctl:";

/// Returns whether agentctl created an endpoint with this description.
pub fn is_marked(description: Option<&str>) -> bool {
    description.unwrap_or_default().starts_with(MARK)
}

/// The fields of an endpoint that can be declared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct EndpointSpec<S: Stage> {
    /// The runtime's id.
    pub runtime: S::Ref<String>,
    /// The number of the version that callers reach.
    pub version: S::Ref<String>,
    /// A description of the endpoint.
    pub description: String,
    /// [`APPLIED`](super::super::APPLIED), or why the last move was given up. The version before is reached as before then.
    pub last_update: String,
}

/// The outputs of an endpoint, which only AWS can give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndpointOutputs {
    /// See [`ARN`].
    pub arn: String,
    /// See [`NAME`].
    pub name: String,
}
