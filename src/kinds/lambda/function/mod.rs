//! Lambda functions.

#[cfg(feature = "aws")]
mod aws;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

#[cfg(feature = "aws")]
pub use self::aws::{FunctionReader, FunctionWriter};
use super::configuration::{FunctionSpec, PLAIN_VARIABLES};
use crate::resource::kind::{Effect, FieldRule, Kind, Leftover, MovingOutput};
use crate::resource::reference::{Declared, OutputField, Stage};

/// The function's ARN, without a version.
pub const ARN: OutputField<String> = OutputField::new("arn");
/// The function's name.
pub const NAME: OutputField<String> = OutputField::new("name");
/// The digest of all that a version published now would freeze.
pub const CONTENT: OutputField<String> = OutputField::new("content");

/// The kind; its physical name is the function's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LambdaFunction {}

/// What only Lambda can tell of a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FunctionOutputs {
    /// See [`ARN`].
    pub arn: String,
    /// See [`NAME`].
    pub name: String,
    /// See [`CONTENT`].
    pub content: String,
}

impl Kind for LambdaFunction {
    const NAME: &'static str = "lambda-function";
    type Spec<S: Stage> = FunctionSpec<S>;
    type Outputs = FunctionOutputs;
    const RULES: &'static [FieldRule] = &[
        FieldRule::new("/packageType", Effect::Replaces),
        FieldRule::new(
            "/environment/*",
            Effect::Sensitive {
                except: PLAIN_VARIABLES,
            },
        ),
        FieldRule::new("/source", Effect::NotCompared),
        FieldRule::new("/lastUpdate", Effect::Progress),
    ];
    const MOVING: &'static [MovingOutput] = &[MovingOutput {
        output: CONTENT.name(),
        except: &["/tags", "/lastUpdate"],
    }];
    const LEFTOVER: Leftover = Leftover::Delete;

    fn canonical<S: Stage>(spec: FunctionSpec<S>) -> FunctionSpec<S> {
        spec.canonical()
    }

    fn summary(spec: &FunctionSpec<Declared>) -> String {
        format!(
            "{} on {}, {} MB, {} s",
            spec.runtime, spec.architecture, spec.memory_size, spec.timeout
        )
    }
}
