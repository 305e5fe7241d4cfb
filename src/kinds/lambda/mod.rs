//! The kinds of AWS Lambda: the function, the version that is published of it, and the alias that callers use.
//!
//! A function and its versions have the same configuration; what both kinds need of it is in `configuration` and `aws`.

pub mod alias;
#[cfg(feature = "aws")]
mod aws;
pub mod configuration;
pub mod function;
pub mod old_version;
pub mod version;
