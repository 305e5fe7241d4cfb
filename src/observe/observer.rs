//! What each command reads: for an apply, for a drift check, for a destroy.

use super::history::{HistoryReader, VersionHistories};
use super::listing::read_all;
use super::refresh::read_desired;
use crate::aws::{Holdings, S3RecordStore};
use crate::event::{Event, Events};
use crate::expand::bucket_address;
use crate::kinds::artifacts_bucket::ArtifactsBucket;
use crate::plan::drift;
use crate::plan::model::{Pins, PlanError, Purpose};
use crate::plan::observation::{Bucket, Observations, Recorded, Records, Renamed};
use crate::plan::planner::draft;
use crate::resource::address::PhysicalName;
use crate::resource::desired::DesiredResource;
use crate::resource::fault::Fault;
use crate::resource::kind::Kind;
use crate::resource::owner::{Owner, OwnerFilter, Ownership};
use crate::resource::provider::{Readers, Reading};
use crate::resource::registry::Registry;
use crate::resource::site::Site;

/// Reads one account and region.
pub struct Observer<'a> {
    /// The kinds.
    pub registry: &'a Registry,
    /// What reads resources.
    pub readers: &'a Readers,
    /// What reads versions.
    pub version_histories: &'a VersionHistories,
    /// What reads records.
    pub records: &'a S3RecordStore,
    /// The account and region.
    pub site: &'a Site,
    /// Where progress is reported.
    pub events: &'a Events,
}

impl Observer<'_> {
    /// Reads everything that a diff or an apply needs.
    ///
    /// Records name authors and pins, so they are read when something differs; when pins are released, even one that holds nothing back;
    /// and when there are too many versions, of which a pin keeps its own.
    pub async fn for_apply(
        &self,
        desired: &[DesiredResource],
        owners: &[Owner],
        pins: Pins,
    ) -> Result<Observations, PlanError> {
        let mut observed = self.read(desired, owners).await;
        let draft = draft(self.registry, desired, &observed)?;
        let is_clean = !draft.differs && draft.crowds.is_empty() && pins == Pins::Honoured;
        if is_clean && observed.agents_unlisted().is_empty() {
            return Ok(observed);
        }
        match self.records.records(owners).await {
            Ok(records) => {
                leave_out_unused_kinds(&mut observed, desired, &records);
                let reader = HistoryReader {
                    registry: self.registry,
                    readers: self.readers,
                    version_histories: self.version_histories,
                    desired,
                };
                observed.histories = reader.read(draft.crowds, &observed, &records).await;
                observed.recorded = Recorded::Read(records);
            }
            // Without records it is not known which versions are pinned, so none is deleted.
            Err(fault) => {
                self.warn_without_records(&fault);
                observed.recorded = Recorded::Unreadable(fault);
            }
        }
        Ok(observed)
    }

    /// Reads everything that a drift check needs.
    pub async fn for_drift(
        &self,
        desired: &[DesiredResource],
        owners: &[Owner],
    ) -> Result<Observations, PlanError> {
        let mut observed = self.read(desired, owners).await;
        let differs = drift::differs(self.registry, desired, &observed)?;
        if !differs && observed.agents_unlisted().is_empty() {
            return Ok(observed);
        }
        match self.records.records(owners).await {
            Ok(records) => {
                leave_out_unused_kinds(&mut observed, desired, &records);
                let renamed = drift::renamed(desired, &records);
                observed.renamed = self.read_renamed(renamed).await;
                observed.recorded = Recorded::Read(records);
            }
            Err(fault) => observed.recorded = Recorded::Unreadable(fault),
        }
        Ok(observed)
    }

    /// Reads everything of these owners, and what else is in the artifacts bucket.
    pub async fn for_destroy(
        &self,
        desired: &[DesiredResource],
        scopes: &[OwnerFilter],
    ) -> Result<(Observations, Holdings), Fault> {
        self.events.tell(Event::Reading {
            resources: desired.len(),
        });
        let purpose = Purpose::Destroy;
        let mut observed = read_all(self.registry, self.readers, desired, scopes, purpose).await;
        self.leave_out_unlisted(&mut observed, desired, scopes)
            .await;
        let holdings = self.read_bucket(&mut observed, scopes).await?;
        Ok((observed, holdings))
    }

    async fn read(&self, desired: &[DesiredResource], owners: &[Owner]) -> Observations {
        self.events.tell(Event::Reading {
            resources: desired.len(),
        });
        let scopes: Vec<OwnerFilter> = owners.iter().map(OwnerFilter::of).collect();
        read_all(
            self.registry,
            self.readers,
            desired,
            &scopes,
            Purpose::Apply,
        )
        .await
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

    /// Leaves out the kinds that cannot be listed and that the owners have nothing of, and says so.
    async fn leave_out_unlisted(
        &self,
        observed: &mut Observations,
        desired: &[DesiredResource],
        scopes: &[OwnerFilter],
    ) {
        let owners: Vec<Owner> = scopes.iter().filter_map(OwnerFilter::owner).collect();
        // A scope that names no agent does not say whose records to read.
        if observed.agents_unlisted().is_empty() || owners.len() < scopes.len() {
            return;
        }
        let records = match self.records.records(&owners).await {
            Ok(records) => records,
            Err(fault) => return self.warn_without_records(&fault),
        };
        for (address, fault) in observed.leave_out_unused_kinds(desired, &records) {
            let message = format!(
                "`{}` could not be listed; by the record there is none: {fault}",
                address.kind()
            );
            self.events.tell(Event::Warning { message });
        }
    }

    async fn read_bucket(
        &self,
        observed: &mut Observations,
        scopes: &[OwnerFilter],
    ) -> Result<Holdings, Fault> {
        let name = PhysicalName::new(self.site.artifacts_bucket());
        let Some(reader) = self.readers.get(ArtifactsBucket::NAME) else {
            return Ok(Holdings::default());
        };
        let readings = reader.read(std::slice::from_ref(&name)).await;
        let Some(reading) = readings.into_iter().next() else {
            return Ok(Holdings::default());
        };
        let holdings = match &reading {
            Reading::Found(live) if live.owner == Ownership::Shared => {
                self.records.holdings(scopes).await?
            }
            _ => Holdings::default(),
        };
        observed.bucket = Some(Bucket {
            address: bucket_address(),
            name,
            reading,
            is_shared: holdings.has_others,
        });
        Ok(holdings)
    }

    fn warn_without_records(&self, fault: &Fault) {
        let message =
            format!("cannot say who changed what, because the records could not be read: {fault}");
        self.events.tell(Event::Warning { message });
    }
}

/// Leaves out the kinds that cannot be listed and that the agents never had anything of, which is of no interest to the user.
fn leave_out_unused_kinds(
    observed: &mut Observations,
    desired: &[DesiredResource],
    records: &Records,
) {
    for (kind, fault) in observed.leave_out_unused_kinds(desired, records) {
        tracing::debug!(%kind, %fault, "nothing of this kind was ever applied");
    }
}
