//! The kind of objects.

use super::spec::{CHECKSUM, S3ObjectOutputs, S3ObjectSpec, VERSION_ID};
use crate::resource::address::PhysicalName;
use crate::resource::kind::{FieldRule, Kind, Leftover, MovingOutput};
#[cfg(any(feature = "aws", test))]
use crate::resource::owner::{Owner, Ownership};
use crate::resource::reference::{Declared, Input, Stage};

/// The kind of objects.
#[derive(Debug, Clone, PartialEq)]
pub enum S3Object {}

impl Kind for S3Object {
    const NAME: &'static str = "s3-object";
    type Spec<S: Stage> = S3ObjectSpec<S>;
    type Outputs = S3ObjectOutputs;
    const RULES: &'static [FieldRule] = &[];
    const LEFTOVER: Leftover = Leftover::WhileUsed;
    const MOVING: &'static [MovingOutput] = &[
        MovingOutput {
            output: VERSION_ID.name(),
            except: &[],
        },
        MovingOutput {
            output: CHECKSUM.name(),
            except: &[],
        },
    ];

    /// Without the bucket: a configuration has it in another field, or not at all.
    fn mention(name: &PhysicalName) -> &str {
        bucket_and_key(name).map_or(name.as_str(), |(_, key)| key)
    }

    fn canonical<S: Stage>(spec: Self::Spec<S>) -> Self::Spec<S> {
        spec
    }

    fn summary(spec: &Self::Spec<Declared>) -> String {
        let key = match &spec.kms_key {
            None => "the bucket's encryption".to_owned(),
            Some(Input::Literal(arn)) => format!("key {arn}"),
            Some(Input::Output(_) | Input::Template(_)) => "own key".to_owned(),
        };
        format!("{}, {key}", spec.content_type)
    }
}

/// Returns the physical name of an object.
pub fn physical_name(bucket: &str, key: &str) -> PhysicalName {
    PhysicalName::new(format!("{bucket}/{key}"))
}

/// Splits a physical name into bucket and key.
pub(super) fn bucket_and_key(name: &PhysicalName) -> Option<(&str, &str)> {
    // No bucket has a `/` in its name (S3 user guide, "General purpose bucket naming rules").
    name.as_str()
        .split_once('/')
        .filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty())
}

/// Returns the owner of an object from its key. The bucket belongs to one region.
#[cfg(any(feature = "aws", test))]
pub(super) fn ownership(key: &str, region: &str) -> Ownership {
    let mut parts = key.splitn(5, '/');
    let mut part = || parts.next().filter(|part| !part.is_empty());
    match (part(), part(), part(), part(), part()) {
        (Some("objects"), Some(project), Some(env), Some(agent), Some(_)) => Ownership::Of(Owner {
            project: project.to_owned(),
            env: env.to_owned(),
            region: region.to_owned(),
            agent: agent.to_owned(),
        }),
        _ => Ownership::Unmarked,
    }
}
