//! What S3 holds: buckets, their configuration, and the versions of their objects.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::configuration::{BucketEncryption, Policy, PublicAccessBlock};
use super::object::Object;
use super::refusal::invalid_argument;
use crate::answer::Refusal;
use crate::blob::Digest;
use crate::call::{Call, partition};
use crate::entropy::Entropy;
use crate::kept;
use crate::service::Service;
use crate::tag::Tags;

/// The id of the version that a bucket without versioning writes.
pub(super) const NULL: &str = "null";

/// What the service holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    pub(super) buckets: BTreeMap<String, Bucket>,
}

/// A bucket.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bucket {
    pub(super) arn: String,
    pub(super) region: String,
    pub(super) created: Timestamp,
    pub(super) versioning: Versioning,
    pub(super) encryption: BucketEncryption,
    pub(super) public_access_block: Option<PublicAccessBlock>,
    pub(super) policy: Option<Policy>,
    pub(super) tags: Tags,
    /// The versions of each key, newest first; no key without a version.
    pub(super) objects: BTreeMap<String, Vec<Version>>,
    /// How many version ids were given out.
    sequence: u64,
}

/// Whether a bucket keeps versions. It never goes back to `Never`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Versioning {
    Never,
    Enabled,
    Suspended,
}

/// A version of a key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Version {
    pub(super) id: String,
    pub(super) modified: Timestamp,
    pub(super) content: Content,
}

/// What a version is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Content {
    Object(Box<Object>),
    DeleteMarker,
}

impl Version {
    pub(super) fn object(&self) -> Option<&Object> {
        match &self.content {
            Content::Object(object) => Some(object),
            Content::DeleteMarker => None,
        }
    }
}

impl Bucket {
    /// Makes a bucket as AWS does: encrypted with SSE-S3, closed to the public.
    pub(super) fn new(name: &str, region: &str, now: Timestamp) -> Self {
        Self {
            arn: format!("arn:{}:s3:::{name}", partition(region)),
            region: region.to_owned(),
            created: now,
            versioning: Versioning::Never,
            encryption: BucketEncryption::default(),
            // S3 user guide, "Default settings for new S3 buckets FAQ": all four are on since April 2023.
            public_access_block: Some(PublicAccessBlock::all()),
            policy: None,
            tags: Tags::new(),
            objects: BTreeMap::new(),
            sequence: 0,
        }
    }

    /// Gives the newest version of a key.
    pub(super) fn current(&self, key: &str) -> Option<&Version> {
        self.objects.get(key).and_then(|versions| versions.first())
    }

    /// Gives the object that a key names; `None` as well when its newest version is a delete marker.
    pub(super) fn current_object(&self, key: &str) -> Option<&Object> {
        self.current(key).and_then(Version::object)
    }

    pub(super) fn version(&self, key: &str, id: &str) -> Option<&Version> {
        let mut versions = self.objects.get(key)?.iter();
        versions.find(|version| version.id == id)
    }

    /// Adds the newest version of a key; without versioning in force it takes the place of the null version. Gives its id.
    pub(super) fn add(
        &mut self,
        key: &str,
        content: Content,
        now: Timestamp,
        entropy: &Entropy,
    ) -> String {
        let id = match self.versioning {
            Versioning::Enabled => {
                self.sequence += 1;
                version_id(self.sequence, &entropy.bytes())
            }
            Versioning::Never | Versioning::Suspended => NULL.to_owned(),
        };
        let versions = self.objects.entry(key.to_owned()).or_default();
        versions.retain(|version| version.id != id);
        let version = Version {
            id: id.clone(),
            modified: now,
            content,
        };
        versions.insert(0, version);
        id
    }

    /// Removes a version for good and gives it.
    pub(super) fn remove(&mut self, key: &str, id: &str) -> Option<Version> {
        let versions = self.objects.get_mut(key)?;
        let at = versions.iter().position(|version| version.id == id)?;
        let removed = versions.remove(at);
        if versions.is_empty() {
            self.objects.remove(key);
        }
        Some(removed)
    }
}

impl State {
    pub(crate) fn bucket_names(&self) -> impl Iterator<Item = &str> {
        self.buckets.keys().map(String::as_str)
    }

    pub(crate) fn has_bucket(&self, name: &str) -> bool {
        self.buckets.contains_key(name)
    }
}

impl kept::State for State {
    const SERVICE: Service = Service::S3;

    fn tagged(&self) -> Vec<(String, &Tags)> {
        let buckets = self.buckets.values();
        buckets
            .map(|bucket| (bucket.arn.clone(), &bucket.tags))
            .collect()
    }

    fn region_of(&self, arn: &str) -> Option<&str> {
        let bucket = self.buckets.get(arn.rsplit(':').next()?)?;
        Some(&bucket.region)
    }

    fn blobs(&self) -> Vec<&Digest> {
        let versions = self
            .buckets
            .values()
            .flat_map(|bucket| bucket.objects.values().flatten());
        versions
            .filter_map(Version::object)
            .map(|object| &object.blob)
            .collect()
    }
}

/// Subresources and other URL parameters that make a request an operation of its own.
const SUBRESOURCES: &[&str] = &[
    "abac",
    "accelerate",
    "acl",
    "analytics",
    "annotation",
    "attributes",
    "cors",
    "delete",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "location",
    "logging",
    "metadataAnnotationTable",
    "metadataConfiguration",
    "metadataInventoryTable",
    "metadataJournalTable",
    "metadataTable",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "partNumber",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "renameObject",
    "replication",
    "requestPayment",
    "restore",
    "retention",
    "select",
    "session",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versioning",
    "versions",
    "website",
];

/// Refuses a request for an operation that is not built and would otherwise be taken for the plain one on the same path.
pub(super) fn refuse_subresources(call: &Call<'_>) -> Result<(), Refusal> {
    let asked = SUBRESOURCES
        .iter()
        .find(|name| call.input.fields.contains(name));
    asked.map_or(Ok(()), |name| Err(call.unknown_parameter(name)))
}

/// Makes a version id: opaque, as AWS's are, but with the place of the id in their order.
fn version_id(sequence: u64, random: &[u8; 32]) -> String {
    let mut bytes = [0; 24];
    bytes[8..].copy_from_slice(&random[..16]);
    for (at, byte) in sequence.to_be_bytes().into_iter().enumerate() {
        bytes[at] = byte ^ random[at];
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads the place of a version id in the order in which ids were given out; `None` when it is no id of ours.
pub(super) fn version_sequence(id: &str) -> Option<u64> {
    let bytes: [u8; 24] = URL_SAFE_NO_PAD.decode(id).ok()?.try_into().ok()?;
    Some((0..8).fold(0, |sequence, at| {
        (sequence << 8) | u64::from(bytes[at] ^ bytes[8 + at])
    }))
}

/// Gives the version that the request asks for, when it asks for one.
pub(super) fn asked_version<'a>(call: &'a Call<'_>) -> Result<Option<&'a str>, Refusal> {
    let id = call.field("versionId");
    id.map(check_version_id).transpose()
}

/// Checks the form of a version id.
pub(super) fn check_version_id(id: &str) -> Result<&str, Refusal> {
    if id == NULL || version_sequence(id).is_some() {
        Ok(id)
    } else {
        Err(invalid_argument(
            "versionId",
            id,
            "Invalid version id specified",
        ))
    }
}

/// Checks the length of a key (S3 user guide, "Naming Amazon S3 objects": 1,024 bytes).
pub(super) fn check_key(key: &str) -> Result<(), Refusal> {
    const LONGEST: usize = 1024;
    if key.len() <= LONGEST {
        return Ok(());
    }
    Err(
        Refusal::bad_request("KeyTooLongError", "Your key is too long")
            .member("Size", key.len().to_string())
            .member("MaxSizeAllowed", LONGEST.to_string()),
    )
}

/// The canonical user id of the account (S3 user guide, "Finding your canonical user ID"): 64 hex digits.
pub(super) fn canonical_id(call: &Call<'_>) -> String {
    hex::encode(crate::entropy::hash(&[
        b"canonical user",
        call.account.as_bytes(),
    ]))
}

/// Writes a time as S3's XML does; S3 keeps whole seconds.
pub(super) fn iso(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}
