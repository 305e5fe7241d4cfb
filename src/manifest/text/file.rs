//! Files that an agent names.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::aws::{BucketName, ObjectKey};
use super::form::ValueError;

/// A file named by an agent: a path relative to the manifest, or an object in S3.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum FileReference {
    /// A path as it was written.
    Path(String),
    /// An object that somebody else keeps.
    S3(S3Location),
}

/// An object in S3.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct S3Location {
    /// The bucket.
    pub bucket: BucketName,
    /// The key in the bucket.
    pub key: ObjectKey,
}

impl TryFrom<String> for FileReference {
    type Error = ValueError;

    fn try_from(text: String) -> Result<Self, ValueError> {
        const RULE: &str = "a path, or `s3://bucket/key`";
        if let Some(location) = text.strip_prefix("s3://") {
            let Some((bucket, key)) = location.split_once('/') else {
                return Err(ValueError::form(RULE, &text));
            };
            return Ok(Self::S3(S3Location {
                bucket: bucket.parse()?,
                key: key.parse()?,
            }));
        }
        // Any other scheme is a mistake rather than the name of a file.
        if text.is_empty() || text.contains("://") {
            return Err(ValueError::form(RULE, &text));
        }
        Ok(Self::Path(text))
    }
}

impl JsonSchema for FileReference {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "FileReference".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 1,
            "description": "A path relative to this manifest, or `s3://bucket/key`.",
        })
    }
}
