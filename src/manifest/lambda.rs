//! The settings of Lambda.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number::{Megabytes, Seconds};
use super::text::{AliasName, LayerVersionArn};

/// The time limit of one run. Lambda API, `CreateFunction`: `Timeout`, 1,800 seconds at most; it was 900 before.
pub(super) type Timeout = Seconds<1, 1800>;

/// The memory of a function. Lambda quotas: function memory.
pub(super) type MemorySize = Megabytes<128, 10_240>;

/// The size of `/tmp`. Lambda API, `CreateFunction`: `EphemeralStorage`.
pub(super) type EphemeralStorageSize = Megabytes<512, 10_240>;

/// How Lambda runs an agent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LambdaSettings {
    /// The time limit of one run.
    pub timeout: Timeout,
    /// The memory in megabytes.
    pub memory_size: MemorySize,
    /// The processor.
    pub architecture: Architecture,
    /// The size of `/tmp` in megabytes.
    pub ephemeral_storage_size: EphemeralStorageSize,
    /// Layer versions; each is laid over those before it.
    #[schemars(length(max = 5))]
    pub layers: Vec<LayerVersionArn>,
    /// The alias through which callers reach the agent.
    pub alias: AliasName,
}

impl Default for LambdaSettings {
    fn default() -> Self {
        Self {
            timeout: Timeout::of(600),
            memory_size: MemorySize::of(1024),
            architecture: Architecture::Arm64,
            ephemeral_storage_size: EphemeralStorageSize::of(512),
            layers: Vec::new(),
            alias: "live".parse().expect("it is a legal name"),
        }
    }
}

/// The processor of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum Architecture {
    /// AWS Graviton.
    #[serde(rename = "arm64")]
    Arm64,
    /// Intel and AMD.
    #[serde(rename = "x86_64")]
    X8664,
}

impl Architecture {
    /// Returns Lambda's name of the architecture.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X8664 => "x86_64",
        }
    }
}
