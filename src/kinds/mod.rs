//! The kinds of resources: a folder each, which knows no other, and a line each in the registry.

pub mod lambda;

#[cfg(feature = "aws")]
use std::collections::BTreeMap;
#[cfg(feature = "aws")]
use std::sync::Arc;

#[cfg(feature = "aws")]
use crate::aws::Clients;
#[cfg(feature = "aws")]
use crate::resource::kind::Kind;
#[cfg(feature = "aws")]
use crate::resource::provider::{AnyReader, AnyWriter, erase_reader, erase_writer};
use crate::resource::registry::{KindEntry, Registry};

/// Returns all kinds.
pub fn registry() -> Registry {
    Registry::new([
        KindEntry::of::<lambda::alias::LambdaAlias>(),
        KindEntry::of::<lambda::function::LambdaFunction>(),
        KindEntry::of::<lambda::version::LambdaVersion>(),
    ])
}

/// Returns a reader for each kind, by the kinds' names.
#[cfg(feature = "aws")]
pub fn readers(clients: &Arc<Clients>) -> BTreeMap<&'static str, Arc<dyn AnyReader>> {
    use lambda::{alias, function, version};
    BTreeMap::from([
        (
            alias::LambdaAlias::NAME,
            erase_reader(alias::AliasReader::new(clients.clone())),
        ),
        (
            function::LambdaFunction::NAME,
            erase_reader(function::FunctionReader::new(clients.clone())),
        ),
        (
            version::LambdaVersion::NAME,
            erase_reader(version::VersionReader::new(clients.clone())),
        ),
    ])
}

/// Returns a writer for each kind, by the kinds' names.
#[cfg(feature = "aws")]
pub fn writers(clients: &Arc<Clients>) -> BTreeMap<&'static str, Arc<dyn AnyWriter>> {
    use lambda::{alias, function, version};
    BTreeMap::from([
        (
            alias::LambdaAlias::NAME,
            erase_writer(alias::AliasWriter::new(clients.clone())),
        ),
        (
            function::LambdaFunction::NAME,
            erase_writer(function::FunctionWriter::new(clients.clone())),
        ),
        (
            version::LambdaVersion::NAME,
            erase_writer(version::VersionWriter::new(clients.clone())),
        ),
    ])
}
