//! The kinds of resources: a folder each, which knows no other, and a line each in the registry.

pub mod artifacts_bucket;

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

/// Returns all kinds.
pub fn registry() -> Registry {
    Registry::new([KindEntry::of::<ArtifactsBucket>()])
}

/// Returns the readers of all kinds, by the kind's name.
#[cfg(feature = "aws")]
pub fn readers(clients: &Arc<Clients>, site: &Site) -> BTreeMap<&'static str, Arc<dyn AnyReader>> {
    BTreeMap::from([(
        ArtifactsBucket::NAME,
        erase_reader(artifacts_bucket::ArtifactsBucketReader::new(
            clients.clone(),
            site.clone(),
        )),
    )])
}

/// Returns the writers of all kinds, by the kind's name.
#[cfg(feature = "aws")]
pub fn writers(clients: &Arc<Clients>, site: &Site) -> BTreeMap<&'static str, Arc<dyn AnyWriter>> {
    BTreeMap::from([(
        ArtifactsBucket::NAME,
        erase_writer(artifacts_bucket::ArtifactsBucketWriter::new(
            clients.clone(),
            site.clone(),
        )),
    )])
}
