//! An object: its bytes' digest and all that is reported about it.

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use super::checksum::Checksum;
use crate::answer::Answer;
use crate::blob::Digest;

/// Headers that are stored with an object and given back as they came.
pub(super) const KEPT_HEADERS: [&str; 5] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
];

pub(super) const HEADER: &str = "x-amz-server-side-encryption";
pub(super) const KEY_HEADER: &str = "x-amz-server-side-encryption-aws-kms-key-id";
pub(super) const BUCKET_KEY_HEADER: &str = "x-amz-server-side-encryption-bucket-key-enabled";

pub(super) const METADATA_PREFIX: &str = "x-amz-meta-";

/// An object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Object {
    pub(super) blob: Digest,
    pub(super) size: usize,
    /// Without quotation marks.
    pub(super) etag: String,
    pub(super) checksum: Checksum,
    pub(super) encryption: ObjectEncryption,
    pub(super) content_type: String,
    /// Those of `KEPT_HEADERS` that it came with.
    pub(super) headers: BTreeMap<String, String>,
    /// User metadata, without prefix.
    pub(super) metadata: BTreeMap<String, String>,
}

/// How an object is encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ObjectEncryption {
    S3,
    Kms {
        /// The ARN.
        key: String,
        bucket_key: bool,
    },
}

impl ObjectEncryption {
    /// Adds what every answer about the object returns about its encryption.
    pub(super) fn describe(&self, answer: Answer) -> Answer {
        match self {
            Self::S3 => answer.header(HEADER, "AES256"),
            Self::Kms { key, bucket_key } => {
                let answer = answer.header(HEADER, "aws:kms").header(KEY_HEADER, key);
                if *bucket_key {
                    answer.header(BUCKET_KEY_HEADER, "true")
                } else {
                    answer
                }
            }
        }
    }
}

impl Object {
    /// As headers and XML write it.
    pub(super) fn quoted_etag(&self) -> String {
        format!("\"{}\"", self.etag)
    }

    /// Adds the checksum, which S3 returns only when requested.
    pub(super) fn with_checksum(&self, answer: Answer) -> Answer {
        answer
            .header(self.checksum.algorithm.header(), &self.checksum.value)
            .header("x-amz-checksum-type", "FULL_OBJECT")
    }

    /// Adds what `GetObject` and `HeadObject` return beside the length.
    pub(super) fn describe(&self, answer: Answer) -> Answer {
        let answer = self
            .encryption
            .describe(answer)
            .header("content-type", &self.content_type)
            .header("accept-ranges", "bytes");
        let kept = self
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value));
        let metadata = self
            .metadata
            .iter()
            .map(|(name, value)| (format!("{METADATA_PREFIX}{name}"), value));
        with_headers(answer, kept.chain(metadata))
    }
}

/// Adds headers whose names came with a request, and therefore are names and values that headers can have.
fn with_headers<'a>(
    mut answer: Answer,
    headers: impl Iterator<Item = (String, &'a String)>,
) -> Answer {
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (
            HeaderName::try_from(name),
            HeaderValue::try_from(value.as_str()),
        ) {
            answer.headers.append(name, value);
        }
    }
    answer
}
