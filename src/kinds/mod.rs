//! The kinds of resources: a folder each, which knows no other, and a line each in the lists below.

pub mod artifacts_bucket;
#[cfg(test)]
mod conformance;
pub mod iam_role;
pub mod kms_key;
pub mod lambda;

use crate::resource::registry::{KindEntry, Registry};

/// Returns all kinds.
pub fn registry() -> Registry {
    Registry::new([
        KindEntry::of::<artifacts_bucket::ArtifactsBucket>(),
        KindEntry::of::<iam_role::IamRole>(),
        KindEntry::of::<kms_key::KmsKey>(),
        KindEntry::of::<lambda::alias::LambdaAlias>(),
        KindEntry::of::<lambda::function::LambdaFunction>(),
        KindEntry::of::<lambda::version::LambdaVersion>(),
    ])
}

#[cfg(feature = "aws")]
mod provider {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::lambda::{alias, function, version};
    use super::{artifacts_bucket, iam_role, kms_key};
    use crate::aws::Clients;
    use crate::resource::kind::Kind;
    use crate::resource::provider::{
        AnyReader, AnyWriter, Reader, Writer, erase_reader, erase_writer,
    };
    use crate::resource::site::Site;

    /// Returns the reader of each kind, by the kind's name.
    pub fn readers(
        clients: &Arc<Clients>,
        site: &Site,
    ) -> BTreeMap<&'static str, Arc<dyn AnyReader>> {
        BTreeMap::from([
            reader(artifacts_bucket::ArtifactsBucketReader::new(
                clients.clone(),
                site.clone(),
            )),
            reader(iam_role::RoleReader::new(clients.clone())),
            reader(kms_key::KeyReader::new(clients.clone())),
            reader(alias::AliasReader::new(clients.clone())),
            reader(function::FunctionReader::new(clients.clone())),
            reader(version::VersionReader::new(clients.clone())),
        ])
    }

    /// Returns the writer of each kind, by the kind's name.
    pub fn writers(
        clients: &Arc<Clients>,
        site: &Site,
    ) -> BTreeMap<&'static str, Arc<dyn AnyWriter>> {
        BTreeMap::from([
            writer(artifacts_bucket::ArtifactsBucketWriter::new(
                clients.clone(),
                site.clone(),
            )),
            writer(iam_role::RoleWriter::new(clients.clone())),
            writer(kms_key::KeyWriter::new(clients.clone())),
            writer(alias::AliasWriter::new(clients.clone())),
            writer(function::FunctionWriter::new(clients.clone())),
            writer(version::VersionWriter::new(clients.clone())),
        ])
    }

    fn reader<K: Kind>(reader: impl Reader<K>) -> (&'static str, Arc<dyn AnyReader>) {
        (K::NAME, erase_reader(reader))
    }

    fn writer<K: Kind>(writer: impl Writer<K>) -> (&'static str, Arc<dyn AnyWriter>) {
        (K::NAME, erase_writer(writer))
    }
}

#[cfg(feature = "aws")]
pub use provider::{readers, writers};
