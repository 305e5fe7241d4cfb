//! The code of an agent as it is written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::{BucketName, EntryPointWord, Handler, ImageUri, ObjectKey, ObjectVersion};

/// The code of an agent: a folder or an object in S3, not both; on `AgentCore` it can be an image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct CodeSpec {
    /// A folder, relative to this manifest.
    #[schemars(length(min = 1))]
    pub(super) path: Option<String>,
    /// A zip archive in S3 that agentctl does not manage.
    pub(super) s3: Option<S3Spec>,
    /// An image in ECR, with its digest; only for `AgentCore`.
    pub(super) image: Option<ImageUri>,
    /// The function that Lambda calls, `module.function`; required on Lambda.
    pub(super) handler: Option<Handler>,
    /// What `AgentCore` starts: a file of the code, `[main.py]`, after a command of the code if one is needed; required on `AgentCore`.
    #[schemars(length(min = 1, max = 2))]
    pub(super) entry_point: Option<Vec<EntryPointWord>>,
    /// The language runtime.
    pub(super) runtime: CodeRuntime,
}

/// A zip archive in S3.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct S3Spec {
    /// The bucket, in the region of the agent.
    pub(super) bucket: Option<BucketName>,
    /// The key of the archive.
    pub(super) key: Option<ObjectKey>,
    /// The version of the object; by default the newest.
    pub(super) version_id: Option<ObjectVersion>,
}

/// The language runtime of the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum CodeRuntime {
    /// Python 3.10.
    #[serde(rename = "python3.10")]
    Python310,
    /// Python 3.11.
    #[serde(rename = "python3.11")]
    Python311,
    /// Python 3.12.
    #[serde(rename = "python3.12")]
    Python312,
    /// Python 3.13.
    #[default]
    #[serde(rename = "python3.13")]
    Python313,
    /// Python 3.14.
    #[serde(rename = "python3.14")]
    Python314,
    /// Node.js 22, on `AgentCore` only.
    #[serde(rename = "node22")]
    Node22,
}

impl CodeRuntime {
    /// Returns Lambda's identifier of the runtime.
    pub fn on_lambda(self) -> &'static str {
        match self {
            Self::Python310 => "python3.10",
            Self::Python311 => "python3.11",
            Self::Python312 => "python3.12",
            Self::Python313 => "python3.13",
            Self::Python314 => "python3.14",
            Self::Node22 => "nodejs22.x",
        }
    }

    /// Returns `AgentCore`'s identifier of the runtime.
    pub fn on_agentcore(self) -> &'static str {
        match self {
            Self::Python310 => "PYTHON_3_10",
            Self::Python311 => "PYTHON_3_11",
            Self::Python312 => "PYTHON_3_12",
            Self::Python313 => "PYTHON_3_13",
            Self::Python314 => "PYTHON_3_14",
            Self::Node22 => "NODE_22",
        }
    }
}
