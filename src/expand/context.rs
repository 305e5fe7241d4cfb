//! What all resources of one agent share.

use std::collections::BTreeMap;

use crate::resource::owner::Owner;
use crate::resource::site::Site;

/// What all resources of one agent share.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) site: &'a Site,
    pub(super) owner: Owner,
    pub(super) tags: BTreeMap<String, String>,
}

impl Context<'_> {
    /// Returns the ARN of a regional resource of this account.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        let Site {
            partition,
            account,
            region,
        } = self.site;
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}
