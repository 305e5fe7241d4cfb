//! Versions of a runtime that newer ones replaced and that no endpoint names. They are read in order to be deleted, and are never declared.

#[cfg(feature = "aws")]
mod aws;
mod kind;
#[cfg(test)]
mod tests;

#[cfg(feature = "aws")]
pub use self::aws::{OldVersionReader, OldVersionWriter};
pub use self::kind::AgentcoreOldVersion;
