//! The kind of functions.

use super::spec::{CONTENT, FunctionOutputs};
use crate::kinds::lambda::alias::LambdaAlias;
use crate::kinds::lambda::configuration::{FunctionSpec, PLAIN_VARIABLES};
use crate::kinds::lambda::old_version::LambdaOldVersion;
use crate::resource::kind::{Effect, FieldRule, Kind, Leftover, MovingOutput, Pointers};
use crate::resource::reference::{Declared, Stage};

/// The kind; its physical name is the function's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LambdaFunction {}

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
    const POINTERS: Option<Pointers> = Some(Pointers {
        kind: LambdaAlias::NAME,
        old: LambdaOldVersion::NAME,
    });

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
