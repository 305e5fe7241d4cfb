//! The bucket for code, prompts and tools: one for each account and region, shared by all its projects.

#[cfg(feature = "aws")]
mod aws;
mod kind;
mod spec;
#[cfg(test)]
mod tests;

#[cfg(feature = "aws")]
pub use self::aws::{ArtifactsBucketReader, ArtifactsBucketWriter};
pub use self::kind::{ArtifactsBucket, NOT_EMPTY};
pub use self::spec::{ARN, ArtifactsBucketOutputs, ArtifactsBucketSpec, NAME};
