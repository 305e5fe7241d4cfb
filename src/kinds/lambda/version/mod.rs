//! Published versions of a Lambda function: what an alias points at.
//!
//! A version is not asked for by its number but by its content, so publishing is a planned step only when no version has it.

#[cfg(feature = "aws")]
mod aws;
mod kind;
mod spec;
#[cfg(test)]
mod tests;

#[cfg(feature = "aws")]
pub use self::aws::{VersionReader, VersionWriter};
pub use self::kind::LambdaVersion;
pub use self::spec::{ARN, COUNT, VERSION, VersionOutputs, VersionSpec};
