//! Published versions that newer ones took the place of and that no alias names: read to be deleted, and never wished for.

#[cfg(feature = "aws")]
mod aws;
mod kind;
#[cfg(test)]
mod tests;

#[cfg(feature = "aws")]
pub use self::aws::{OldVersionReader, OldVersionWriter};
pub use self::kind::LambdaOldVersion;
