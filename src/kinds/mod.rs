//! The kinds of resources: each is a folder, which knows no other, and a line in each of the lists below.

pub mod agentcore;
pub mod artifacts_bucket;
#[cfg(test)]
mod conformance;
pub mod iam_role;
pub mod kms_key;
pub mod lambda;
pub mod log_group;
pub mod s3_object;

use crate::resource::registry::{KindEntry, Registry};

/// Returns all kinds.
pub fn registry() -> Registry {
    Registry::new([
        KindEntry::of::<agentcore::endpoint::AgentcoreEndpoint>(),
        KindEntry::of::<agentcore::old_version::AgentcoreOldVersion>(),
        KindEntry::of::<agentcore::runtime::AgentcoreRuntime>(),
        KindEntry::of::<artifacts_bucket::ArtifactsBucket>(),
        KindEntry::of::<iam_role::IamRole>(),
        KindEntry::of::<kms_key::KmsKey>(),
        KindEntry::of::<lambda::alias::LambdaAlias>(),
        KindEntry::of::<lambda::function::LambdaFunction>(),
        KindEntry::of::<lambda::old_version::LambdaOldVersion>(),
        KindEntry::of::<lambda::version::LambdaVersion>(),
        KindEntry::of::<log_group::LogGroup>(),
        KindEntry::of::<s3_object::S3Object>(),
    ])
}

#[cfg(feature = "aws")]
mod provider {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::agentcore::{endpoint, runtime};
    use super::lambda::{alias, function, version};
    use super::s3_object::{self, Contents};
    use super::{agentcore, artifacts_bucket, iam_role, kms_key, lambda, log_group};
    use crate::aws::Clients;
    use crate::resource::kind::Kind;
    use crate::resource::provider::{
        AnyReader, AnyWriter, Reader, Writer, erase_reader, erase_writer,
    };
    use crate::resource::site::Site;
    use crate::resource::version::{VersionHistory, VersionLister};

    /// Returns the reader of each kind, by the kind's name.
    pub fn readers(
        clients: &Arc<Clients>,
        site: &Site,
    ) -> BTreeMap<&'static str, Arc<dyn AnyReader>> {
        let (clients, site) = (|| clients.clone(), || site.clone());
        BTreeMap::from([
            reader(endpoint::EndpointReader::new(clients())),
            reader(agentcore::old_version::OldVersionReader::new(clients())),
            reader(runtime::RuntimeReader::new(clients())),
            reader(artifacts_bucket::ArtifactsBucketReader::new(
                clients(),
                site(),
            )),
            reader(iam_role::RoleReader::new(clients())),
            reader(kms_key::KeyReader::new(clients())),
            reader(alias::AliasReader::new(clients())),
            reader(function::FunctionReader::new(clients())),
            reader(lambda::old_version::OldVersionReader::new(clients())),
            reader(version::VersionReader::new(clients())),
            reader(log_group::LogGroupReader::new(clients())),
            reader(s3_object::S3ObjectReader::new(clients(), site())),
        ])
    }

    /// Returns the writer of each kind, by the kind's name. Objects take their bytes from `contents`.
    pub fn writers(
        clients: &Arc<Clients>,
        site: &Site,
        contents: &Arc<dyn Contents>,
    ) -> BTreeMap<&'static str, Arc<dyn AnyWriter>> {
        let (clients, site) = (|| clients.clone(), || site.clone());
        BTreeMap::from([
            writer(endpoint::EndpointWriter::new(clients())),
            writer(agentcore::old_version::OldVersionWriter::new(clients())),
            writer(runtime::RuntimeWriter::new(clients())),
            writer(artifacts_bucket::ArtifactsBucketWriter::new(
                clients(),
                site(),
            )),
            writer(iam_role::RoleWriter::new(clients())),
            writer(kms_key::KeyWriter::new(clients())),
            writer(alias::AliasWriter::new(clients())),
            writer(function::FunctionWriter::new(clients())),
            writer(lambda::old_version::OldVersionWriter::new(clients())),
            writer(version::VersionWriter::new(clients())),
            writer(log_group::LogGroupWriter::new(clients())),
            writer(s3_object::S3ObjectWriter::new(
                clients(),
                site(),
                contents.clone(),
            )),
        ])
    }

    /// Returns the listers of the versions that pointers can be moved to, by the name of the pointer's kind.
    pub fn version_listers(
        clients: &Arc<Clients>,
    ) -> BTreeMap<&'static str, Arc<dyn VersionLister>> {
        let alias: Arc<dyn VersionLister> = Arc::new(version::VersionReader::new(clients.clone()));
        let endpoint: Arc<dyn VersionLister> =
            Arc::new(endpoint::EndpointReader::new(clients.clone()));
        BTreeMap::from([
            (alias::LambdaAlias::NAME, alias),
            (endpoint::AgentcoreEndpoint::NAME, endpoint),
        ])
    }

    /// Returns the readers of the versions that are kept or deleted, by the name of the kind of old versions.
    pub fn version_histories(
        clients: &Arc<Clients>,
    ) -> BTreeMap<&'static str, Arc<dyn VersionHistory>> {
        let function: Arc<dyn VersionHistory> =
            Arc::new(lambda::old_version::OldVersionReader::new(clients.clone()));
        let runtime: Arc<dyn VersionHistory> = Arc::new(
            agentcore::old_version::OldVersionReader::new(clients.clone()),
        );
        BTreeMap::from([
            (lambda::old_version::LambdaOldVersion::NAME, function),
            (agentcore::old_version::AgentcoreOldVersion::NAME, runtime),
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
pub use provider::{readers, version_histories, version_listers, writers};
