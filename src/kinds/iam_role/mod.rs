//! IAM roles with their inline policies: `iam-role`.
//!
//! The physical name is the role's name. A role's path and tags show that agentctl manages it.

#[cfg(feature = "aws")]
mod aws;
#[cfg(any(feature = "aws", test))]
mod change;
mod kind;
mod spec;
#[cfg(test)]
mod tests;

#[cfg(feature = "aws")]
pub use self::aws::{RoleReader, RoleWriter};
pub use self::kind::IamRole;
pub use self::spec::{
    ARN, DEFAULT_SESSION_DURATION, ID, NAME, POLICIES_SIZE_LIMIT, RoleOutputs, RoleSpec,
    policies_size,
};
