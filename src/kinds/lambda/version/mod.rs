//! Published versions of a Lambda function, which aliases point at.
//!
//! A version is declared by its content and not by its number, so it is published only when no version has that content.

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
