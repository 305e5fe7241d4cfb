//! Published versions of a Lambda function: what an alias points at.
//!
//! A version is not asked for by its number but by its content, so publishing is a planned step only when no version has it.

#[cfg(feature = "aws")]
mod aws;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

#[cfg(feature = "aws")]
pub use self::aws::{VersionReader, VersionWriter};
use super::old_version::LambdaOldVersion;
use crate::resource::kind::{Effect, FieldRule, Kind, Leftover, MovingOutput, Versions};
use crate::resource::reference::{Declared, OutputField, Stage};

/// The version's number, as text.
pub const VERSION: OutputField<String> = OutputField::new("version");
/// How many versions of the function are published.
pub const COUNT: OutputField<u64> = OutputField::new("count");
/// The version's ARN.
pub const ARN: OutputField<String> = OutputField::new("arn");

/// The kind; its physical name is the function's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LambdaVersion {}

/// What may be wished of a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct VersionSpec<S: Stage> {
    /// The function's name.
    pub function: S::Ref<String>,
    /// The digest of what the version freezes, as the function tells it.
    pub content: S::Ref<String>,
}

/// What only Lambda can tell of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VersionOutputs {
    /// See [`VERSION`].
    pub version: String,
    /// See [`ARN`].
    pub arn: String,
    /// See [`COUNT`].
    pub count: u64,
}

impl Kind for LambdaVersion {
    const NAME: &'static str = "lambda-version";
    type Spec<S: Stage> = VersionSpec<S>;
    type Outputs = VersionOutputs;
    const RULES: &'static [FieldRule] = &[
        FieldRule::new("/function", Effect::Replaces),
        // Which version is found depends on the function's content at that moment.
        FieldRule::new("/content", Effect::FollowsSource),
        // The digest covers secret variables, and without a key: what it was made of could be guessed.
        FieldRule::new("/content", Effect::Sensitive { except: &[] }),
    ];
    const MOVING: &'static [MovingOutput] = &[
        MovingOutput {
            output: VERSION.name(),
            except: &[],
        },
        MovingOutput {
            output: ARN.name(),
            except: &[],
        },
        MovingOutput {
            output: COUNT.name(),
            except: &[],
        },
    ];
    const VERSIONS: Option<Versions> = Some(Versions {
        old: LambdaOldVersion::NAME,
        count: COUNT.name(),
        number: VERSION.name(),
    });
    const LEFTOVER: Leftover = Leftover::GoesAlong;

    fn canonical<S: Stage>(spec: VersionSpec<S>) -> VersionSpec<S> {
        spec
    }

    fn summary(_: &VersionSpec<Declared>) -> String {
        "published from the function as it then is".to_owned()
    }
}
