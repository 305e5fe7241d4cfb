//! The kinds of resources: a folder each, which knows no other, and a line each in the registry.

pub mod artifacts_bucket;
pub mod log_group;
pub mod s3_object;

#[cfg(feature = "aws")]
use std::{collections::BTreeMap, sync::Arc};

#[cfg(feature = "aws")]
use crate::aws::Clients;
#[cfg(feature = "aws")]
use crate::resource::kind::Kind;
#[cfg(feature = "aws")]
use crate::resource::provider::{AnyReader, AnyWriter, erase_reader, erase_writer};
use crate::resource::registry::{KindEntry, Registry};
#[cfg(feature = "aws")]
use crate::resource::site::Site;
use artifacts_bucket::ArtifactsBucket;
use log_group::LogGroup;
#[cfg(feature = "aws")]
use s3_object::Contents;
use s3_object::S3Object;

/// Returns all kinds.
pub fn registry() -> Registry {
    Registry::new([
        KindEntry::of::<ArtifactsBucket>(),
        KindEntry::of::<LogGroup>(),
        KindEntry::of::<S3Object>(),
    ])
}

/// Returns the readers of all kinds, by the kind's name.
#[cfg(feature = "aws")]
pub fn readers(clients: &Arc<Clients>, site: &Site) -> BTreeMap<&'static str, Arc<dyn AnyReader>> {
    let (clients, site) = (|| clients.clone(), || site.clone());
    BTreeMap::from([
        (
            ArtifactsBucket::NAME,
            erase_reader(artifacts_bucket::ArtifactsBucketReader::new(
                clients(),
                site(),
            )),
        ),
        (
            LogGroup::NAME,
            erase_reader(log_group::LogGroupReader::new(clients())),
        ),
        (
            S3Object::NAME,
            erase_reader(s3_object::S3ObjectReader::new(clients(), site())),
        ),
    ])
}

/// Returns the writers of all kinds, by the kind's name. Objects take their bytes from `contents`.
#[cfg(feature = "aws")]
pub fn writers(
    clients: &Arc<Clients>,
    site: &Site,
    contents: &Arc<dyn Contents>,
) -> BTreeMap<&'static str, Arc<dyn AnyWriter>> {
    let (clients, site) = (|| clients.clone(), || site.clone());
    BTreeMap::from([
        (
            ArtifactsBucket::NAME,
            erase_writer(artifacts_bucket::ArtifactsBucketWriter::new(
                clients(),
                site(),
            )),
        ),
        (
            LogGroup::NAME,
            erase_writer(log_group::LogGroupWriter::new(clients())),
        ),
        (
            S3Object::NAME,
            erase_writer(s3_object::S3ObjectWriter::new(
                clients(),
                site(),
                contents.clone(),
            )),
        ),
    ])
}
