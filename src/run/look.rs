//! Looking: everything that is wished for or ours is read, and a plan is made of it.

use super::{Run, RunError, Seen};
use crate::event::Event;
use crate::expand::bucket_address;
use crate::kinds::artifacts_bucket::ArtifactsBucket;
use crate::plan::model::{Action, Plan, PlannedStep, StepId};
use crate::plan::planner::{Purpose, Records, plan};
use crate::plan::refresh::observe;
use crate::resource::address::PhysicalName;
use crate::resource::desired::DesiredResource;
use crate::resource::kind::Kind;
use crate::resource::owner::{Owner, OwnerFilter, Ownership};
use crate::resource::provider::Reading;

impl Run {
    /// Looks at everything that is wished for, and plans.
    pub async fn look(
        &self,
        desired: &[DesiredResource],
        owners: &[Owner],
    ) -> Result<Seen, RunError> {
        self.events.tell(Event::Reading {
            resources: desired.len(),
        });
        let scopes: Vec<OwnerFilter> = owners.iter().map(OwnerFilter::of).collect();
        let observed = observe(
            &self.registry,
            &self.readers,
            desired,
            &scopes,
            Purpose::Apply,
        )
        .await;
        let plan_with =
            |records: &Records| plan(&self.registry, desired, &observed, records, Purpose::Apply);
        let first = plan_with(&Records::default())?;
        // Records only tell who changed what, so they are read when something is to be done and not before.
        if first.is_empty() {
            return Ok(Seen {
                plan: first,
                observed,
                records: None,
            });
        }
        let records = self.remembered(owners).await;
        let plan = records.as_ref().map_or(Ok(first), plan_with)?;
        Ok(Seen {
            plan,
            observed,
            records,
        })
    }

    /// Looks for everything that is these owners', whether or not it is wished for, and plans its deletion.
    pub async fn look_to_destroy(
        &self,
        desired: &[DesiredResource],
        scopes: &[OwnerFilter],
    ) -> Result<Seen, RunError> {
        self.events.tell(Event::Reading {
            resources: desired.len(),
        });
        let observed = observe(
            &self.registry,
            &self.readers,
            desired,
            scopes,
            Purpose::Destroy,
        )
        .await;
        let mut plan = plan(
            &self.registry,
            &[],
            &observed,
            &Records::default(),
            Purpose::Destroy,
        )?;
        self.plan_bucket(&mut plan, scopes).await?;
        Ok(Seen {
            plan,
            observed,
            records: None,
        })
    }

    pub(super) async fn remembered(&self, owners: &[Owner]) -> Option<Records> {
        match self.depot.records(owners).await {
            Ok(records) => Some(records),
            Err(fault) => {
                let message = format!(
                    "who changed what is not told, because the records could not be read: {fault}"
                );
                self.events.tell(Event::Warning { message });
                None
            }
        }
    }

    /// Plans what becomes of the bucket once the owners' things are gone from it.
    async fn plan_bucket(&self, plan: &mut Plan, scopes: &[OwnerFilter]) -> Result<(), RunError> {
        let name = PhysicalName::new(self.site.artifacts_bucket());
        let address = bucket_address();
        let Some(reader) = self.readers.get(ArtifactsBucket::NAME) else {
            return Ok(());
        };
        let live = match reader
            .read(std::slice::from_ref(&name))
            .await
            .into_iter()
            .next()
        {
            Some(Reading::Found(live)) if live.owner == Ownership::Shared => live,
            Some(Reading::Unreadable(fault)) => {
                plan.unreadable.push((address, fault));
                return Ok(());
            }
            // Somebody else's bucket of that name holds nothing of ours.
            Some(Reading::Found(_) | Reading::Absent) | None => return Ok(()),
        };
        if self.depot.holds_others(scopes).await? {
            plan.kept.push((
                address,
                "it holds what belongs to others of this account".to_owned(),
            ));
            return Ok(());
        }
        let needs = plan.steps.iter().map(|step| step.id.clone()).collect();
        plan.outputs.insert(address.clone(), live.outputs.clone());
        plan.steps.push(PlannedStep {
            id: StepId::whole(&address),
            owner: None,
            name: name.into(),
            action: Action::Delete,
            desired: None,
            before: Some(live),
            changes: Vec::new(),
            notes: Vec::new(),
            needs,
            summary: String::new(),
        });
        Ok(())
    }
}
