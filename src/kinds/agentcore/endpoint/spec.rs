//! The fields of an endpoint, and the outputs that only the service can give.

use serde::{Deserialize, Serialize};

use crate::resource::reference::{OutputField, Stage};

/// The endpoint's ARN.
pub const ARN: OutputField<String> = OutputField::new("arn");

/// The endpoint's name, which is the qualifier of an invocation.
pub const NAME: OutputField<String> = OutputField::new("name");

/// The endpoint that the service makes with a runtime and takes along with it.
pub const DEFAULT: &str = "DEFAULT";

/// What the description of every endpoint of ours begins with. `TagResource` is documented for runtimes and not for endpoints, and
/// a description is read without a call of its own. Endpoints that others made for our runtimes are theirs.
pub const MARK: &str = "agentctl:";

/// What may be wished of an endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct EndpointSpec<S: Stage> {
    /// The runtime's id.
    pub runtime: S::Ref<String>,
    /// The number of the version that callers reach.
    pub version: S::Ref<String>,
    /// What the endpoint is for, in words.
    pub description: String,
    /// [`APPLIED`], or why the last move was given up. The version before is reached as before then.
    pub last_update: String,
}

/// What only the service can tell of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndpointOutputs {
    /// See [`ARN`].
    pub arn: String,
    /// See [`NAME`].
    pub name: String,
}
