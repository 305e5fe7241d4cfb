//! Unused: what stays only while a version uses it, and that no version which is kept uses any more. Reads, and writes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;

use super::planner::{Observations, Stray, lookup};
use super::refresh::{Readers, list, outputs_of, read_candidates, unlisted};
use super::surplus::Crowd;
use crate::resource::address::PhysicalName;
use crate::resource::desired::DesiredResource;
use crate::resource::fault::Fault;
use crate::resource::kind::Leftover;
use crate::resource::owner::{Owner, OwnerFilter};
use crate::resource::provider::Reading;
use crate::resource::registry::{KindEntry, Registry};
use crate::resource::version::VersionUser;

/// What tells what versions use, by the name of the kind of old ones.
pub type VersionUsers = BTreeMap<&'static str, Arc<dyn VersionUser>>;

/// Finds what no version uses any more once the old versions that were found to be too many are gone.
///
/// Asked only of agents of which versions go, since it takes a listing, and on some sides a call for each version. An agent that still has
/// something with versions on its other side is left for the time when that is gone.
pub async fn read_unused(
    registry: &Registry,
    readers: &Readers,
    users: &VersionUsers,
    desired: &[DesiredResource],
    observed: &Observations,
    crowds: &[Crowd],
) -> Vec<Stray> {
    let outputs = outputs_of(&observed.readings);
    let names = desired.iter().filter_map(|resource| {
        let name = resource.physical_name(&|source| lookup(&outputs, source))?;
        Some((resource.address.kind(), name))
    });
    let search = Search {
        readers,
        users,
        observed,
        wished: names.collect(),
    };
    let kinds: Vec<&KindEntry> = registry
        .kinds()
        .filter(|kind| kind.leftover == Leftover::WhileUsed)
        .collect();
    let crowds = crowds.iter().filter(|crowd| {
        !search.going(crowd).is_empty() && !has_other_side(registry, observed, &crowd.owner)
    });
    let of_each = crowds.flat_map(|crowd| {
        let search = &search;
        kinds.iter().map(move |kind| search.unused(kind, crowd))
    });
    join_all(of_each).await.into_iter().flatten().collect()
}

/// Tells whether something with versions is left of the agent that it is no longer asked for, or may be.
fn has_other_side(registry: &Registry, observed: &Observations, owner: &Owner) -> bool {
    observed.strays.iter().any(|stray| {
        let kind = registry.kind(stray.address.kind());
        stray.owner == *owner
            && stray.reading != Reading::Absent
            && kind.is_some_and(|kind| kind.versions.is_some())
    })
}

struct Search<'a> {
    readers: &'a Readers,
    users: &'a VersionUsers,
    observed: &'a Observations,
    wished: BTreeSet<(&'a str, PhysicalName)>,
}

impl Search<'_> {
    async fn unused(&self, kind: &KindEntry, crowd: &Crowd) -> Vec<Stray> {
        let scopes = [OwnerFilter::of(&crowd.owner)];
        let listed = match list(self.readers, kind.name, &scopes).await.1 {
            Ok(listed) => listed,
            Err(fault) => return unlisted(kind.name, &scopes, &fault),
        };
        let mut unused: BTreeMap<PhysicalName, OwnerFilter> = listed
            .into_iter()
            .map(|candidate| (candidate.name, candidate.filter))
            .collect();
        unused.retain(|name, _| !self.wished.contains(&(kind.name, name.clone())));
        if unused.is_empty() {
            return Vec::new();
        }
        let mentions = unused.keys().map(|name| (kind.mention)(name).to_owned());
        let used = match self.used(crowd, &mentions.collect()).await {
            Ok(used) => used,
            Err(fault) => return unlisted(crowd.kind, &scopes, &fault),
        };
        unused.retain(|name, _| !used.contains((kind.mention)(name)));
        read_candidates(self.readers, kind.name, unused, &scopes).await
    }

    async fn used(
        &self,
        crowd: &Crowd,
        mentions: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, Fault> {
        match self.users.get(crowd.kind) {
            Some(user) => user.used(&crowd.owner, &self.going(crowd), mentions).await,
            // Where nothing tells, everything may be used.
            None => Ok(mentions.clone()),
        }
    }

    /// The numbers of the versions of a crowd that go.
    fn going(&self, crowd: &Crowd) -> BTreeSet<u64> {
        let old = self
            .observed
            .strays
            .iter()
            .filter(|stray| stray.address.kind() == crowd.kind && stray.owner == crowd.owner);
        old.filter_map(|stray| match &stray.reading {
            Reading::Found(live) => live.spec.get("number")?.as_u64(),
            Reading::Obscured(..) | Reading::Absent | Reading::Unreadable(_) => None,
        })
        .collect()
    }
}
