//! Looking: everything that is wished for or ours is read, and a plan is made of it.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Engine, Notes, Planned, RunError};
use crate::event::Event;
use crate::expand::bucket_address;
use crate::kinds::artifacts_bucket::ArtifactsBucket;
use crate::kinds::version_users;
use crate::plan::model::{Action, Plan, PlannedStep, StepId};
use crate::plan::planner::{
    Observations, Pins, Purpose, Records, Stray, plan, plan_with, without_moves,
};
use crate::plan::refresh::{agents_unlisted, leave_out_unused, observe, read_old_versions};
use crate::plan::surplus::{Crowd, crowds, going};
use crate::plan::unused::read_unused;
use crate::resource::address::PhysicalName;
use crate::resource::desired::DesiredResource;
use crate::resource::fault::Fault;
use crate::resource::kind::Kind;
use crate::resource::owner::{Owner, OwnerFilter, Ownership};
use crate::resource::provider::Reading;

/// How long what was mended may stay out of sight. KMS developer guide, "AWS KMS eventual consistency": mostly a few seconds, at worst
/// minutes, for which nobody is kept waiting.
const MENDED: Duration = Duration::from_secs(30);

/// How long is waited between two looks.
const PAUSE: Duration = Duration::from_secs(3);

impl Engine {
    /// Looks at everything that is wished for, and plans.
    pub async fn look(
        &self,
        desired: &[DesiredResource],
        owners: &[Owner],
    ) -> Result<Planned, RunError> {
        self.look_with(desired, owners, Pins::Honoured).await
    }

    /// Looks like [`Engine::look`], and says what becomes of pins.
    pub async fn look_with(
        &self,
        desired: &[DesiredResource],
        owners: &[Owner],
        pins: Pins,
    ) -> Result<Planned, RunError> {
        let mut observed = self.observe(desired, owners).await;
        let plan_of = |observed: &Observations, records: &Records| {
            plan_with(
                &self.registry,
                desired,
                observed,
                records,
                Purpose::Apply,
                pins,
            )
        };
        let first = plan_of(&observed, &Records::default())?;
        // Records tell who changed what, what there was and which pointers are held back from something newer, so they are read when
        // something is to be done or told and not before; or when a pin is to be released, even one that holds nothing back; or when
        // versions may be too many, since pins keep theirs.
        let crowds = crowds(&self.registry, desired, &observed, &first);
        let is_over = first.is_empty() && crowds.is_empty() && pins == Pins::Honoured;
        if is_over && agents_unlisted(&observed).is_empty() {
            return Ok(Planned {
                plan: first,
                observed,
                ..Planned::default()
            });
        }
        let (plan, records) = match self.record_store.records(owners).await {
            Ok(records) => {
                leave_out_unread(&mut observed, desired, &records);
                // Without the records it is not known which versions are pinned, so then none goes.
                let old = read_old_versions(&self.readers, &crowds).await;
                observed.strays.extend(going(&crowds, old, &records));
                let unused = self.read_unused(desired, &observed, &crowds).await;
                observed.strays.extend(unused);
                (plan_of(&observed, &records)?, Some(records))
            }
            Err(fault) if pins == Pins::Released => return Err(fault.into()),
            Err(fault) => {
                self.tell_unremembered(&fault);
                (without_moves(&self.registry, &first, &fault), None)
            }
        };
        Ok(Planned {
            plan,
            observed,
            records,
            ..Planned::default()
        })
    }

    /// Reads what no version uses any more once those that are too many are gone.
    async fn read_unused(
        &self,
        desired: &[DesiredResource],
        observed: &Observations,
        crowds: &[Crowd],
    ) -> Vec<Stray> {
        let users = version_users(&self.clients);
        read_unused(
            &self.registry,
            &self.readers,
            &users,
            desired,
            observed,
            crowds,
        )
        .await
    }

    /// Looks like [`Engine::look_with`] once something is mended that hid other resources, until they can be read or it takes too long.
    ///
    /// A key that is enabled again is seen by the services that encrypt with it only after a while.
    pub async fn look_after_mending(
        &self,
        desired: &[DesiredResource],
        owners: &[Owner],
        pins: Pins,
    ) -> Result<Planned, RunError> {
        let began = Instant::now();
        loop {
            let seen = self.look_with(desired, owners, pins).await?;
            if seen.plan.unreadable.is_empty() || began.elapsed() > MENDED {
                return Ok(seen);
            }
            sleep(PAUSE).await;
        }
    }

    /// Reads everything that is wished for, and what else is ours and would go with an apply.
    pub(super) async fn observe(
        &self,
        desired: &[DesiredResource],
        owners: &[Owner],
    ) -> Observations {
        self.events.tell(Event::Reading {
            resources: desired.len(),
        });
        let scopes: Vec<OwnerFilter> = owners.iter().map(OwnerFilter::of).collect();
        observe(
            &self.registry,
            &self.readers,
            desired,
            &scopes,
            Purpose::Apply,
        )
        .await
    }

    /// Looks for everything that is these owners', whether or not it is wished for, and plans its deletion.
    pub async fn look_to_destroy(
        &self,
        desired: &[DesiredResource],
        scopes: &[OwnerFilter],
    ) -> Result<Planned, RunError> {
        self.events.tell(Event::Reading {
            resources: desired.len(),
        });
        let mut observed = observe(
            &self.registry,
            &self.readers,
            desired,
            scopes,
            Purpose::Destroy,
        )
        .await;
        self.leave_out_unused(&mut observed, desired, scopes).await;
        let mut plan = plan(
            &self.registry,
            &[],
            &observed,
            &Records::default(),
            Purpose::Destroy,
        )?;
        let notes = self.plan_bucket(&mut plan, scopes).await?;
        Ok(Planned {
            plan,
            observed,
            notes,
            ..Planned::default()
        })
    }

    /// Leaves out the kinds that cannot be listed and that the agents in question never had, and says so.
    async fn leave_out_unused(
        &self,
        observed: &mut Observations,
        desired: &[DesiredResource],
        scopes: &[OwnerFilter],
    ) {
        let owners: Vec<Owner> = scopes.iter().filter_map(OwnerFilter::owner).collect();
        // Of a scope that names no agent it is not known whose records to read.
        if agents_unlisted(observed).is_empty() || owners.len() < scopes.len() {
            return;
        }
        let records = match self.record_store.records(&owners).await {
            Ok(records) => records,
            Err(fault) => return self.tell_unremembered(&fault),
        };
        for (kind, fault) in leave_out_unused(observed, desired, &records) {
            let message = format!(
                "`{}` could not be listed; by the record there is none: {fault}",
                kind.kind()
            );
            self.events.tell(Event::Warning { message });
        }
    }

    fn tell_unremembered(&self, fault: &Fault) {
        let message =
            format!("who changed what is not told, because the records could not be read: {fault}");
        self.events.tell(Event::Warning { message });
    }

    /// Plans what becomes of the bucket once the owners' things are gone from it, and tells what agentctl itself keeps of them there.
    async fn plan_bucket(
        &self,
        plan: &mut Plan,
        scopes: &[OwnerFilter],
    ) -> Result<Notes, RunError> {
        let mut notes = Notes::default();
        let name = PhysicalName::new(self.site.artifacts_bucket());
        let address = bucket_address();
        let Some(reader) = self.readers.get(ArtifactsBucket::NAME) else {
            return Ok(notes);
        };
        let live = match reader
            .read(std::slice::from_ref(&name))
            .await
            .into_iter()
            .next()
        {
            Some(Reading::Found(live)) if live.owner == Ownership::Shared => live,
            Some(Reading::Unreadable(fault) | Reading::Obscured(_, fault)) => {
                plan.unreadable.push((address, fault));
                return Ok(notes);
            }
            // Somebody else's bucket of that name holds nothing of ours.
            Some(Reading::Found(_) | Reading::Absent) | None => return Ok(notes),
        };
        let holdings = self.record_store.holdings(scopes).await?;
        if holdings.has_seal || !holdings.noted.is_empty() {
            let projects = scopes
                .iter()
                .map(|scope| (scope.project.clone(), scope.env.clone()));
            notes.projects = projects.collect();
            notes.owners = holdings.noted;
        }
        if holdings.has_others {
            plan.kept.push((
                address,
                "it holds what belongs to others of this account".to_owned(),
            ));
            return Ok(notes);
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
        Ok(notes)
    }
}

/// Leaves out, without a word to the user, the kinds that cannot be listed and that the agents in question never had.
pub(super) fn leave_out_unread(
    observed: &mut Observations,
    desired: &[DesiredResource],
    records: &Records,
) {
    for (kind, fault) in leave_out_unused(observed, desired, records) {
        tracing::debug!(%kind, %fault, "nothing of this kind was ever applied");
    }
}
