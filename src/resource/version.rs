//! The versions of an agent that a pointer can be moved to.

use futures::future::BoxFuture;

use super::address::PhysicalName;
use super::fault::Fault;

/// One published version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its number.
    pub number: u64,
    /// When it was published, as RFC 3339 writes it.
    pub published: Option<String>,
    /// The digest of its code, where the service tells one.
    pub digest: Option<String>,
    /// What it is, in its publisher's words.
    pub description: Option<String>,
}

/// Lists the versions that pointers of one kind can be moved to.
pub trait VersionLister: Send + Sync {
    /// Lists the versions that the named pointer can be moved to, in no order.
    fn versions<'a>(
        &'a self,
        pointer: &'a PhysicalName,
    ) -> BoxFuture<'a, Result<Vec<Version>, Fault>>;
}
