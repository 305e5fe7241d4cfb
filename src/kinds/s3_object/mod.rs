//! An object in the artifacts bucket: packed code, a prompt, or tools.

#[cfg(feature = "aws")]
mod aws;
mod content;
mod spec;
#[cfg(test)]
mod tests;

#[cfg(feature = "aws")]
pub use aws::{S3ObjectReader, S3ObjectWriter};
pub use content::{Content, ContentError, Contents};
pub use spec::{S3ObjectOutputs, S3ObjectSpec};

use crate::resource::address::PhysicalName;
use crate::resource::kind::{FieldRule, Kind, Leftover, MovingOutput};
#[cfg(any(feature = "aws", test))]
use crate::resource::owner::{Owner, Ownership};
use crate::resource::reference::{Declared, Input, OutputField, Stage};

/// The bucket.
pub const BUCKET: OutputField<String> = OutputField::new("bucket");
/// The key.
pub const KEY: OutputField<String> = OutputField::new("key");
/// The newest version.
pub const VERSION_ID: OutputField<String> = OutputField::new("versionId");
/// SHA-256 of the stored bytes in base64, as Lambda gives it for code.
pub const CHECKSUM: OutputField<String> = OutputField::new("checksum");
/// The object's ARN.
pub const ARN: OutputField<String> = OutputField::new("arn");

/// The digest of an object whose bytes somebody else wrote.
pub const OVERWRITTEN: &str = "overwritten";
/// The digest of an object whose newest version is a delete marker; older versions are still stored.
pub const DELETED: &str = "deleted";

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

    /// The bucket stands elsewhere in a configuration, if at all.
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

/// Takes a physical name apart into bucket and key.
fn bucket_and_key(name: &PhysicalName) -> Option<(&str, &str)> {
    // No bucket has a `/` in its name (S3 user guide, "General purpose bucket naming rules").
    name.as_str()
        .split_once('/')
        .filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty())
}

/// Says whose an object is, which its key tells; the bucket is one region's.
#[cfg(any(feature = "aws", test))]
fn ownership(key: &str, region: &str) -> Ownership {
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
