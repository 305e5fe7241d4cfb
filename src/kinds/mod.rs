//! The kinds of resources: a folder each, which knows no other, and a line each in the registry.

<<<<<<< HEAD
#[cfg(test)]
mod conformance;
pub mod iam_role;
pub mod kms_key;

use crate::resource::registry::{KindEntry, Registry};

/// Returns all kinds.
pub fn registry() -> Registry {
    Registry::new([
        KindEntry::of::<iam_role::IamRole>(),
        KindEntry::of::<kms_key::KmsKey>(),
    ])
=======
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
>>>>>>> kinds-b
}

#[cfg(feature = "aws")]
mod provider {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::{iam_role, kms_key};
    use crate::aws::Clients;
    use crate::resource::kind::Kind;
    use crate::resource::provider::{AnyReader, AnyWriter, erase_reader, erase_writer};

    /// Returns the reader of each kind.
    pub fn readers(clients: &Arc<Clients>) -> BTreeMap<&'static str, Arc<dyn AnyReader>> {
        BTreeMap::from([
            (
                iam_role::IamRole::NAME,
                erase_reader(iam_role::RoleReader::new(Arc::clone(clients))),
            ),
            (
                kms_key::KmsKey::NAME,
                erase_reader(kms_key::KeyReader::new(Arc::clone(clients))),
            ),
        ])
    }

    /// Returns the writer of each kind.
    pub fn writers(clients: &Arc<Clients>) -> BTreeMap<&'static str, Arc<dyn AnyWriter>> {
        BTreeMap::from([
            (
                iam_role::IamRole::NAME,
                erase_writer(iam_role::RoleWriter::new(Arc::clone(clients))),
            ),
            (
                kms_key::KmsKey::NAME,
                erase_writer(kms_key::KeyWriter::new(Arc::clone(clients))),
            ),
        ])
    }
}

#[cfg(feature = "aws")]
pub use provider::{readers, writers};
