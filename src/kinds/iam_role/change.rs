//! Picks the call that brings a role closer to its spec.

use super::spec::RoleSpec;
use crate::resource::document::Document;
use crate::resource::field::{TagChange, below, is_touched};
use crate::resource::reference::Resolved;

/// A change that IAM makes in one call.
#[derive(Debug, PartialEq)]
pub(super) enum RoleChange<'a> {
    /// Replace the trust policy.
    Trust,
    /// Write an inline policy.
    PutPolicy(&'a str, &'a Document<Resolved>),
    /// Delete an inline policy.
    DeletePolicy(&'a str),
    /// Attach a managed policy.
    Attach(&'a str),
    /// Detach a managed policy.
    Detach(&'a str),
    /// Set the boundary, or remove it.
    Boundary(Option<&'a str>),
    /// Write description and session duration.
    Settings,
    /// Write or remove tags.
    Tags(TagChange),
}

/// Picks the next change among the fields that differ; `None` when no field can be changed in place.
///
/// Additions come before removals, so that a policy exists under its new name before the old one is deleted.
pub(super) fn next_change<'a>(
    now: &'a RoleSpec<Resolved>,
    spec: &'a RoleSpec<Resolved>,
    fields: &[String],
) -> Option<RoleChange<'a>> {
    if is_touched(fields, "/trust") {
        return Some(RoleChange::Trust);
    }
    if let Some(change) = policy_change(now, spec, fields) {
        return Some(change);
    }
    if is_touched(fields, "/managedPolicies") {
        let missing =
            |from: &RoleSpec<Resolved>, arn: &&String| !from.managed_policies.contains(arn);
        if let Some(arn) = spec.managed_policies.iter().find(|arn| missing(now, arn)) {
            return Some(RoleChange::Attach(arn));
        }
        if let Some(arn) = now.managed_policies.iter().find(|arn| missing(spec, arn)) {
            return Some(RoleChange::Detach(arn));
        }
    }
    if is_touched(fields, "/permissionsBoundary") {
        return Some(RoleChange::Boundary(spec.permissions_boundary.as_deref()));
    }
    if is_touched(fields, "/description") || is_touched(fields, "/maxSessionDuration") {
        return Some(RoleChange::Settings);
    }
    if is_touched(fields, "/tags") {
        return TagChange::between(&now.tags, &spec.tags).map(RoleChange::Tags);
    }
    None
}

fn policy_change<'a>(
    now: &'a RoleSpec<Resolved>,
    spec: &'a RoleSpec<Resolved>,
    fields: &[String],
) -> Option<RoleChange<'a>> {
    let touched = |name: &str| is_touched(fields, &below("/policies", name));
    let put = spec
        .policies
        .iter()
        .find(|(name, document)| touched(name) && now.policies.get(*name) != Some(document))
        .map(|(name, document)| RoleChange::PutPolicy(name, document));
    put.or_else(|| {
        now.policies
            .keys()
            .find(|name| touched(name) && !spec.policies.contains_key(*name))
            .map(|name| RoleChange::DeletePolicy(name))
    })
}
