//! The record store of one account and region; `object`, `record` and `lock` have what it does.

use std::sync::Arc;

use crate::aws::Clients;
use crate::aws::object_version::ObjectVersions;
use crate::resource::site::Site;

/// The record store of one account and region.
#[derive(Debug, Clone)]
pub struct S3RecordStore {
    pub(super) clients: Arc<Clients>,
    pub(super) account: String,
    pub(super) bucket: String,
}

impl S3RecordStore {
    /// Creates the record store for the site's artifacts bucket. Makes no call.
    pub fn new(clients: Arc<Clients>, site: &Site) -> Self {
        Self {
            clients,
            account: site.account.clone(),
            bucket: site.artifacts_bucket(),
        }
    }

    pub(super) fn versions(&self) -> ObjectVersions<'_> {
        ObjectVersions::new(&self.clients, &self.account, &self.bucket)
    }
}
