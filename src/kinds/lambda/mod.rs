//! The kinds of AWS Lambda: the function, its published versions, and the alias that callers use.
//!
//! A function and its versions have the same configuration; `configuration` and `aws` have the code that both kinds need.

pub mod alias;
#[cfg(feature = "aws")]
mod aws;
pub mod configuration;
pub mod function;
pub mod old_version;
pub mod version;
