//! The kind of versions.

use super::spec::{ARN, COUNT, VERSION, VersionOutputs, VersionSpec};
use crate::kinds::lambda::old_version::LambdaOldVersion;
use crate::resource::kind::{Effect, FieldRule, Kind, Leftover, MovingOutput, Versions};
use crate::resource::reference::{Declared, Stage};

/// The kind; its physical name is the function's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LambdaVersion {}

impl Kind for LambdaVersion {
    const NAME: &'static str = "lambda-version";
    type Spec<S: Stage> = VersionSpec<S>;
    type Outputs = VersionOutputs;
    const RULES: &'static [FieldRule] = &[
        FieldRule::new("/function", Effect::Replaces),
        // The function's content at the time decides which version is found.
        FieldRule::new("/content", Effect::FollowsSource),
        // The digest covers secret variables and has no key, so the values could be guessed from it.
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
