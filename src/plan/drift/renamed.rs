//! Resources that were last applied under another name than they have now.
//!
//! An object's name contains the digest of its content. When the user edits the content, an object with another name is desired, and
//! the earlier one is in use until the next apply. It is not in the plan, so it is compared with the record.

use super::report::{Drifted, Finding};
use super::reporter::Reporter;
use crate::plan::diff::{Author, FieldChange, compare};
use crate::plan::observation::{Records, Renamed};
use crate::resource::desired::DesiredResource;
use crate::resource::kind::Status;
use crate::resource::provider::{Live, Reading};

/// The path of the digest in a sealed value.
const DIGEST: &str = "/$hmac";

/// Returns the resources that were applied under another name than they have now, with their earlier names.
pub fn renamed(desired: &[DesiredResource], records: &Records) -> Vec<DesiredResource> {
    let earlier = |resource: &DesiredResource| {
        let record = records.by_agent.get(resource.agent()?)?;
        let then = record.names.get(&resource.address)?;
        let is_other = resource.name.as_literal().is_some_and(|now| now != then);
        (is_other && record.applied.contains_key(&resource.address)).then(|| DesiredResource {
            name: then.clone().into(),
            ..resource.clone()
        })
    };
    desired.iter().filter_map(earlier).collect()
}

impl Reporter<'_> {
    pub(super) fn renamed(&mut self, renamed: &Renamed) {
        let Renamed { resource, reading } = renamed;
        let (finding, status) = match reading {
            Reading::Unreadable(fault) | Reading::Obscured(_, fault) => {
                let unread = (resource.address.clone(), fault.clone());
                self.report.unreadable.push(unread);
                return;
            }
            Reading::Absent => (Finding::Missing, None),
            Reading::Found(live) if !live.owner.is_of(resource.owner.as_ref()) => {
                (Finding::Taken(live.owner.clone()), None)
            }
            Reading::Found(live) => {
                let changes = self.since_applied(resource, live);
                let fields = self.not_ignored(&resource.address, changes);
                let finding = match &live.status {
                    Status::Failed(reason) => Finding::Failed(reason.clone(), fields),
                    Status::Going(_) => Finding::Missing,
                    Status::Ready | Status::Settling(_) | Status::Leaving(_)
                        if fields.is_empty() =>
                    {
                        return;
                    }
                    Status::Ready | Status::Settling(_) | Status::Leaving(_) => {
                        Finding::Changed(fields)
                    }
                };
                (finding, Some(live.status.clone()))
            }
        };
        self.report.drifted.push(Drifted {
            address: resource.address.clone(),
            name: resource.name.as_literal().cloned(),
            agent: resource.agent().map(str::to_owned),
            finding,
            is_recorded: true,
            status,
        });
    }

    /// Lists the fields that differ from the record.
    fn since_applied(&self, resource: &DesiredResource, live: &Live) -> Vec<FieldChange> {
        let address = &resource.address;
        let record = self.record(resource.agent());
        let applied = record.and_then(|record| record.applied.get(address));
        let (Some(applied), Some(kind)) = (applied, self.registry.kind(address.kind())) else {
            return Vec::new();
        };
        let seal = self.records.and_then(|records| records.seal.as_ref());
        // Without the key of the record's digests, every secret differs from its digest. It is not known whether it changed, so it counts.
        let now = seal.map_or_else(|| live.spec.clone(), |seal| seal.spec(kind, &live.spec));
        let changes = compare(kind, &now, applied).into_iter();
        changes
            .map(|change| FieldChange {
                path: change.path.trim_end_matches(DIGEST).to_owned(),
                author: Some(Author::Outside),
                ..change
            })
            .collect()
    }
}
