//! Reads the versions of agents that have too many, and the resources that exist only for versions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;

use super::listing::{list, read_candidates, unlisted};
use crate::plan::observation::{Crowd, History, Observations, Stray, Versions};
use crate::plan::retention::has_other_side;
use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::fault::Fault;
use crate::resource::kind::Leftover;
use crate::resource::outputs::{lookup, outputs_of};
use crate::resource::owner::OwnerFilter;
use crate::resource::provider::{Readers, Reading};
use crate::resource::registry::{KindEntry, Registry};
use crate::resource::version::VersionHistory;

/// A reader of versions for each kind of old versions, by its name.
pub type VersionHistories = BTreeMap<&'static str, Arc<dyn VersionHistory>>;

/// Reads the versions of agents.
pub struct HistoryReader<'a> {
    /// The kinds.
    pub registry: &'a Registry,
    /// A reader for each kind.
    pub readers: &'a Readers,
    /// A reader of versions for each kind of old versions.
    pub version_histories: &'a VersionHistories,
    /// The desired resources.
    pub desired: &'a [DesiredResource],
}

impl HistoryReader<'_> {
    /// Reads the versions of each crowd, and the resources that no version uses once the outdated ones are deleted.
    ///
    /// The latter takes a listing, and on some sides a call per version, so they are read only if versions are deleted.
    pub async fn read(&self, crowds: Vec<Crowd>, observed: &Observations) -> Vec<History> {
        let histories = crowds.into_iter().map(async |crowd| History {
            versions: self.versions(&crowd, observed).await,
            crowd,
        });
        join_all(histories).await
    }

    async fn versions(&self, crowd: &Crowd, observed: &Observations) -> Result<Versions, Fault> {
        let Some(reader) = self.version_histories.get(crowd.old_kind) else {
            return Ok(Versions::default());
        };
        // The versions are read first, so that a pointer that is created in between counts.
        let mut history = Versions {
            published: reader.published(&crowd.pointer).await?,
            named: reader.named(&crowd.pointer).await?,
            unused: Vec::new(),
            roles: BTreeSet::new(),
        };
        let outdated = crowd.outdated(&history, &observed.pins);
        history.roles = self.roles(crowd, observed, &**reader, &outdated).await?;
        if !outdated.is_empty() && !has_other_side(self.registry, observed, &crowd.owner) {
            history.unused = self.unused(crowd, observed, &**reader, &outdated).await;
        }
        Ok(history)
    }

    /// Finds the roles that are no longer desired and that a version which is kept runs with.
    async fn roles(
        &self,
        crowd: &Crowd,
        observed: &Observations,
        reader: &dyn VersionHistory,
        outdated: &BTreeSet<u64>,
    ) -> Result<BTreeSet<Address>, Fault> {
        let is_role = |stray: &&Stray| {
            let kind = self.registry.kind(stray.address.kind());
            stray.owner == crowd.owner
                && kind.is_some_and(KindEntry::has_policies)
                && matches!(stray.reading, Reading::Found(_))
        };
        let roles: Vec<&Stray> = observed.strays.iter().filter(is_role).collect();
        if roles.is_empty() {
            return Ok(BTreeSet::new());
        }
        let names = roles.iter().map(|role| role.name.as_str().to_owned());
        let names: BTreeSet<String> = names.collect();
        let used = reader.used(&crowd.pointer, outdated, &names).await?;
        let used = roles
            .into_iter()
            .filter(|role| used.contains(role.name.as_str()));
        Ok(used.map(|role| role.address.clone()).collect())
    }

    async fn unused(
        &self,
        crowd: &Crowd,
        observed: &Observations,
        reader: &dyn VersionHistory,
        outdated: &BTreeSet<u64>,
    ) -> Vec<Stray> {
        let kinds = self.registry.kinds();
        let kinds = kinds.filter(|kind| kind.leftover == Leftover::WhileUsed);
        let unused = kinds.map(|kind| self.unused_of_kind(kind, crowd, observed, reader, outdated));
        join_all(unused).await.into_iter().flatten().collect()
    }

    /// Finds the resources of one kind that are neither desired nor used by a version that is kept.
    async fn unused_of_kind(
        &self,
        kind: &KindEntry,
        crowd: &Crowd,
        observed: &Observations,
        reader: &dyn VersionHistory,
        outdated: &BTreeSet<u64>,
    ) -> Vec<Stray> {
        let scopes = [OwnerFilter::of(&crowd.owner)];
        let desired = self.desired_names(kind.name, observed);
        let mut unused: BTreeMap<PhysicalName, OwnerFilter> =
            match list(self.readers, kind.name, &scopes).await.1 {
                Ok(listed) => listed
                    .into_iter()
                    .filter(|candidate| !desired.contains(&candidate.name))
                    .map(|candidate| (candidate.name, candidate.filter))
                    .collect(),
                Err(fault) => return unlisted(kind.name, &scopes, &fault),
            };
        if unused.is_empty() {
            return Vec::new();
        }
        let mentions = unused.keys().map(|name| (kind.mention)(name).to_owned());
        match reader
            .used(&crowd.pointer, outdated, &mentions.collect())
            .await
        {
            Ok(used) => unused.retain(|name, _| !used.contains((kind.mention)(name))),
            Err(fault) => return unlisted(crowd.old_kind, &scopes, &fault),
        }
        read_candidates(self.readers, kind.name, unused, &scopes)
            .await
            .ours
    }

    fn desired_names(&self, kind: &str, observed: &Observations) -> BTreeSet<PhysicalName> {
        let outputs = outputs_of(&observed.readings);
        let of_kind = self
            .desired
            .iter()
            .filter(|resource| resource.address.kind() == kind);
        let names = of_kind
            .filter_map(|resource| resource.physical_name(&|source| lookup(&outputs, source)));
        names.collect()
    }
}
