//! Lambda functions.

#[cfg(feature = "aws")]
mod aws;
mod kind;
mod spec;
#[cfg(test)]
mod tests;

#[cfg(feature = "aws")]
pub use self::aws::{FunctionReader, FunctionWriter};
pub use self::kind::LambdaFunction;
pub use self::spec::{ARN, CONTENT, FunctionOutputs, NAME};
