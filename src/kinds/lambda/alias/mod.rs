//! Lambda aliases: the name through which callers reach a published version.

#[cfg(feature = "aws")]
mod aws;
mod kind;
mod spec;
#[cfg(test)]
mod tests;

#[cfg(feature = "aws")]
pub use self::aws::{AliasReader, AliasWriter};
pub use self::kind::{LambdaAlias, physical_name};
pub use self::spec::{ARN, AliasOutputs, AliasSpec, MARK, NAME, is_marked};
