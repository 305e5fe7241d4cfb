//! Reads what each command needs: an apply, a drift check, a destroy.

use std::collections::BTreeSet;

use futures::future::join_all;

use super::history::{HistoryReader, VersionHistories};
use super::listing::{ReadRequest, read_all};
use super::others::pointers_of_others;
use super::refresh::read_desired;
use crate::aws::{Holdings, S3RecordStore};
use crate::event::{Event, Events};
use crate::expand::bucket_address;
use crate::kinds::artifacts_bucket::ArtifactsBucket;
use crate::plan::drift;
use crate::plan::model::{PlanError, Purpose};
use crate::plan::observation::{Bucket, Crowd, Observations, Recorded, Records, Renamed, Stray};
use crate::plan::others::PointedAt;
use crate::plan::planner::draft;
use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::kind::Kind;
use crate::resource::owner::{Owner, OwnerFilter, Ownership};
use crate::resource::provider::{Readers, Reading};
use crate::resource::registry::Registry;
use crate::resource::site::Site;

/// Reads one account and region.
pub struct Observer<'a> {
    /// The kinds.
    pub registry: &'a Registry,
    /// A reader for each kind.
    pub readers: &'a Readers,
    /// A reader of versions for each kind of old versions.
    pub version_histories: &'a VersionHistories,
    /// The record store.
    pub records: &'a S3RecordStore,
    /// The account and region.
    pub site: &'a Site,
    /// Where progress is reported.
    pub events: &'a Events,
}

impl Observer<'_> {
    /// Reads everything that a diff or an apply needs.
    ///
    /// Records hold authors and what versions are granted, so they are read only if something differs. `requested` are versions to delete although there is room for them.
    pub async fn for_apply(
        &self,
        desired: &[DesiredResource],
        owners: &[Owner],
        requested: &BTreeSet<u64>,
    ) -> Result<Observations, PlanError> {
        let mut observed = self.read(desired, owners).await;
        let draft = draft(self.registry, desired, &observed, requested)?;
        let is_clean = !draft.differs && draft.crowds.is_empty();
        if is_clean && observed.agents_unlisted().is_empty() {
            return Ok(observed);
        }
        match self.records.records(owners).await {
            Ok(records) => {
                leave_out_unused_kinds(&mut observed, desired, &records);
                self.read_histories(&mut observed, desired, draft.crowds)
                    .await;
                observed.recorded = Recorded::Read(records);
            }
            // Without records it is not known what the versions are granted, so none is deleted.
            Err(fault) => {
                self.warn_without_records(&fault);
                observed.recorded = Recorded::Unreadable(fault);
            }
        }
        self.read_others(draft.pointed_at, &mut observed).await;
        Ok(observed)
    }

    /// Reads everything that a drift check needs.
    pub async fn for_drift(
        &self,
        desired: &[DesiredResource],
        owners: &[Owner],
    ) -> Result<Observations, PlanError> {
        let mut observed = self.read(desired, owners).await;
        let draft = drift::draft(self.registry, desired, &observed)?;
        if !draft.differs && observed.agents_unlisted().is_empty() {
            return Ok(observed);
        }
        match self.records.records(owners).await {
            Ok(records) => {
                leave_out_unused_kinds(&mut observed, desired, &records);
                self.read_histories(&mut observed, desired, draft.crowds)
                    .await;
                let renamed = drift::renamed(desired, &records);
                observed.renamed = self.read_renamed(renamed).await;
                observed.recorded = Recorded::Read(records);
            }
            Err(fault) => observed.recorded = Recorded::Unreadable(fault),
        }
        Ok(observed)
    }

    /// Reads everything of these owners, and what the artifacts bucket holds.
    pub async fn for_destroy(
        &self,
        desired: &[DesiredResource],
        scopes: &[OwnerFilter],
    ) -> Result<(Observations, Holdings), Fault> {
        let (bucket, holdings) = self.read_bucket(scopes).await?;
        let request = ReadRequest {
            desired,
            scopes,
            noted: &holdings.noted,
            purpose: Purpose::Destroy,
        };
        let mut observed = read_all(self.registry, self.readers, request, self.events).await;
        observed.bucket = bucket;
        self.leave_out_unlisted(&mut observed, desired, scopes)
            .await;
        Ok((observed, holdings))
    }

    /// Adds the pointers of others into resources that are to be deleted.
    pub async fn read_others(&self, pointed_at: Vec<PointedAt>, observed: &mut Observations) {
        let reads = pointed_at
            .into_iter()
            .map(|pointed_at| pointers_of_others(self.readers, self.version_histories, pointed_at));
        for (pointers, unread) in join_all(reads).await {
            observed.others.extend(pointers);
            observed.strays.extend(unread);
        }
        let strays: BTreeSet<&Address> =
            observed.strays.iter().map(|stray| &stray.address).collect();
        let is_stray = |other: &Stray| strays.contains(&other.address);
        observed.others.retain(|other| !is_stray(other));
    }

    async fn read(&self, desired: &[DesiredResource], owners: &[Owner]) -> Observations {
        let scopes: Vec<OwnerFilter> = owners.iter().map(OwnerFilter::of).collect();
        let request = ReadRequest {
            desired,
            scopes: &scopes,
            noted: &BTreeSet::new(),
            purpose: Purpose::Apply,
        };
        let reading = read_all(self.registry, self.readers, request, self.events);
        let (mut observed, pins) = futures::join!(reading, self.records.pins(owners));
        observed.pins = pins;
        observed
    }

    async fn read_histories(
        &self,
        observed: &mut Observations,
        desired: &[DesiredResource],
        crowds: Vec<Crowd>,
    ) {
        let reader = HistoryReader {
            registry: self.registry,
            readers: self.readers,
            version_histories: self.version_histories,
            desired,
        };
        observed.histories = reader.read(crowds, observed).await;
    }

    async fn read_renamed(&self, resources: Vec<DesiredResource>) -> Vec<Renamed> {
        let mut readings = read_desired(self.readers, &resources).await;
        let renamed = resources.into_iter().filter_map(|resource| {
            Some(Renamed {
                reading: readings.remove(&resource.address)?,
                resource,
            })
        });
        renamed.collect()
    }

    /// Leaves out the kinds that cannot be listed and of which the owners have nothing, with a warning for each.
    async fn leave_out_unlisted(
        &self,
        observed: &mut Observations,
        desired: &[DesiredResource],
        scopes: &[OwnerFilter],
    ) {
        let owners: Vec<Owner> = scopes.iter().filter_map(OwnerFilter::owner).collect();
        // Without the name of the agent, its record cannot be read.
        if observed.agents_unlisted().is_empty() || owners.len() < scopes.len() {
            return;
        }
        let records = match self.records.records(&owners).await {
            Ok(records) => records,
            Err(fault) => return self.warn_without_records(&fault),
        };
        for (address, fault) in observed.leave_out_unused_kinds(desired, &records) {
            let message = format!(
                "`{}` could not be listed; the record has none: {fault}",
                address.kind()
            );
            self.events.send(Event::Warning { message });
        }
    }

    async fn read_bucket(
        &self,
        scopes: &[OwnerFilter],
    ) -> Result<(Option<Bucket>, Holdings), Fault> {
        let name = PhysicalName::new(self.site.artifacts_bucket());
        let nothing = (None, Holdings::default());
        let Some(reader) = self.readers.get(ArtifactsBucket::NAME) else {
            return Ok(nothing);
        };
        let readings = reader.read(std::slice::from_ref(&name)).await;
        let Some(reading) = readings.into_iter().next() else {
            return Ok(nothing);
        };
        let holdings = match &reading {
            Reading::Found(live) if live.owner == Ownership::Shared => {
                match self.records.holdings(scopes).await {
                    // Somebody has deleted the bucket since it was read.
                    Err(fault) if fault.kind == FaultKind::NotFound => Holdings::default(),
                    holdings => holdings?,
                }
            }
            _ => Holdings::default(),
        };
        let bucket = Bucket {
            address: bucket_address(),
            name,
            reading,
            is_shared: holdings.has_others,
        };
        Ok((Some(bucket), holdings))
    }

    fn warn_without_records(&self, fault: &Fault) {
        let message =
            format!("cannot say who changed what: the records could not be read: {fault}");
        self.events.send(Event::Warning { message });
    }
}

/// Leaves out the kinds that cannot be listed and of which the agents never had anything. Users need not know.
fn leave_out_unused_kinds(
    observed: &mut Observations,
    desired: &[DesiredResource],
    records: &Records,
) {
    for (kind, fault) in observed.leave_out_unused_kinds(desired, records) {
        tracing::debug!(%kind, %fault, "nothing of this kind was ever applied");
    }
}
