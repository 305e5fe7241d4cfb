//! Lists and deletes versions of objects: in a bucket with versioning, only that deletes an object completely.

use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use super::Clients;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::operation::s3;

/// The most versions that one call deletes (S3 API, `DeleteObjects`).
const MOST_DELETED: usize = 1000;

/// S3's id of the only version of an object in a bucket without versioning.
pub const NO_VERSION: &str = "null";

/// Selects keys.
#[derive(Debug, Clone, Copy)]
pub enum Extent<'a> {
    /// Exactly this key, and no other with the same prefix.
    Key(&'a str),
    /// All keys with this prefix.
    Below(&'a str),
}

impl Extent<'_> {
    fn prefix(&self) -> &str {
        match self {
            Self::Key(prefix) | Self::Below(prefix) => prefix,
        }
    }

    fn contains(&self, key: &str) -> bool {
        match self {
            Self::Key(only) => key == *only,
            Self::Below(prefix) => key.starts_with(prefix),
        }
    }
}

/// One version or delete marker.
#[derive(Debug)]
pub struct Version {
    pub key: String,
    pub id: String,
    /// The entity tag, if this is the version that a plain read returns.
    pub latest: Option<String>,
}

/// Where a listing continues.
#[derive(Debug, Default)]
struct Marker {
    key: Option<String>,
    version: Option<String>,
}

impl Marker {
    fn after(page: &ListObjectVersionsOutput) -> Option<Self> {
        (page.is_truncated() == Some(true)).then(|| Self {
            key: page.next_key_marker().map(str::to_owned),
            version: page.next_version_id_marker().map(str::to_owned),
        })
    }
}

/// The versions of the objects of one bucket. A bucket that does not exist has none.
#[derive(Debug, Clone, Copy)]
pub struct ObjectVersions<'a> {
    clients: &'a Clients,
    account: &'a str,
    bucket: &'a str,
}

impl<'a> ObjectVersions<'a> {
    /// Selects a bucket, if it belongs to this account. Makes no call.
    pub fn new(clients: &'a Clients, account: &'a str, bucket: &'a str) -> Self {
        Self {
            clients,
            account,
            bucket,
        }
    }

    /// Deletes all versions and delete markers.
    pub async fn purge(&self, extent: Extent<'_>) -> Result<(), Fault> {
        let versions = self.all(extent).await?;
        self.delete(&versions).await
    }

    /// Deletes all versions of a key that were overwritten, and keeps the one that a plain read returns.
    pub async fn trim(&self, key: &str) -> Result<(), Fault> {
        let mut versions = self.all(Extent::Key(key)).await?;
        versions.retain(|version| version.latest.is_none());
        self.delete(&versions).await
    }

    /// Returns whether a version of any key but `except` is left below a prefix.
    pub async fn is_any_left(&self, prefix: &str, except: &str) -> Result<bool, Fault> {
        let mut from = Some(Marker::default());
        while let Some(marker) = from {
            let page = self.page(prefix, marker).await?;
            if entries(&page).any(|version| version.key != except) {
                return Ok(true);
            }
            from = Marker::after(&page);
        }
        Ok(false)
    }

    /// Lists the newest versions and delete markers, as many as one call deletes.
    pub async fn newest(&self, extent: Extent<'_>) -> Result<Vec<Version>, Fault> {
        let page = self.page(extent.prefix(), Marker::default()).await?;
        let of_extent = entries(&page).filter(|version| extent.contains(&version.key));
        Ok(of_extent.collect())
    }

    /// Lists all versions and delete markers.
    pub async fn all(&self, extent: Extent<'_>) -> Result<Vec<Version>, Fault> {
        let mut versions = Vec::new();
        let mut from = Some(Marker::default());
        while let Some(marker) = from {
            let page = self.page(extent.prefix(), marker).await?;
            versions.extend(entries(&page).filter(|version| extent.contains(&version.key)));
            // Pages are in the order of keys, so other keys with the same prefix come after all versions of the key.
            from = Marker::after(&page).filter(|marker| {
                marker
                    .key
                    .as_deref()
                    .is_some_and(|key| extent.contains(key))
            });
        }
        Ok(versions)
    }

    /// Deletes exactly these versions.
    pub async fn delete(&self, versions: &[Version]) -> Result<(), Fault> {
        let invalid = |error: BuildError| {
            Fault::new(FaultKind::Invalid, s3::DELETE_OBJECTS, error.to_string())
        };
        for chunk in versions.chunks(MOST_DELETED) {
            let objects = chunk
                .iter()
                .map(|version| {
                    ObjectIdentifier::builder()
                        .key(&version.key)
                        .version_id(&version.id)
                        .build()
                })
                .collect::<Result<_, _>>()
                .map_err(invalid)?;
            let delete = Delete::builder()
                .set_objects(Some(objects))
                .quiet(true)
                .build()
                .map_err(invalid)?;
            let call = self
                .clients
                .s3
                .delete_objects()
                .bucket(self.bucket)
                .expected_bucket_owner(self.account)
                .delete(delete)
                .send();
            let first = chunk.first().map_or("", |version| version.key.as_str());
            let answer = self.clients.call(call).await;
            let answer = answer.map_err(|fault| fault.about(self.path(first)))?;
            // The call as a whole succeeds even if single versions fail.
            if let Some(error) = answer.errors().first() {
                let kind = match error.code() {
                    Some("AccessDenied") => FaultKind::Denied,
                    _ => FaultKind::Service,
                };
                let message = format!(
                    "`{}`: {}",
                    error.key().unwrap_or_default(),
                    error.message().unwrap_or_default()
                );
                return Err(Fault {
                    code: error.code().map(str::to_owned),
                    ..Fault::new(kind, s3::DELETE_OBJECTS, message)
                });
            }
        }
        Ok(())
    }

    async fn page(&self, prefix: &str, from: Marker) -> Result<ListObjectVersionsOutput, Fault> {
        let call = self
            .clients
            .s3
            .list_object_versions()
            .bucket(self.bucket)
            .prefix(prefix)
            .set_key_marker(from.key)
            .set_version_id_marker(from.version)
            .expected_bucket_owner(self.account)
            .send();
        match self.clients.call(call).await {
            // A bucket that does not exist has no versions.
            Err(fault) if fault.kind == FaultKind::NotFound => {
                Ok(ListObjectVersionsOutput::builder().build())
            }
            answer => answer.map_err(|fault| fault.about(self.path(prefix))),
        }
    }

    /// Returns the path of a key, or of a prefix, with the bucket.
    fn path(&self, key: &str) -> String {
        format!("{}/{key}", self.bucket)
    }
}

fn entries(page: &ListObjectVersionsOutput) -> impl Iterator<Item = Version> {
    let versions = page.versions().iter().map(|version| {
        let latest = version
            .e_tag()
            .filter(|_| version.is_latest() == Some(true));
        (version.key(), version.version_id(), latest)
    });
    let markers = page
        .delete_markers()
        .iter()
        .map(|marker| (marker.key(), marker.version_id(), None));
    versions.chain(markers).filter_map(|(key, id, latest)| {
        Some(Version {
            key: key?.to_owned(),
            id: id.unwrap_or(NO_VERSION).to_owned(),
            latest: latest.map(str::to_owned),
        })
    })
}
