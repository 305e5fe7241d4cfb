//! The versions of an agent, and moving its pointer to one of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::destroy::NoContents;
use super::{Ended, Engine, RunError, RunOptions};
use crate::event::Event;
use crate::executor::lock::release_all;
use crate::executor::step::StepRunner;
use crate::executor::steps;
use crate::kinds::s3_object::Contents;
use crate::kinds::version_listers;
use crate::observe::refresh::read_desired;
use crate::outcome::{Outcome, Outcomes};
use crate::plan::applied_version::{AppliedVersion, NotApplied, applied_version};
use crate::plan::model::{PinFate, Plan, PlannedStep, with_sources};
use crate::plan::observation::{Observations, Recorded};
use crate::plan::pin::Pin;
use crate::plan::pointer::{PointerError, Served};
use crate::plan::record::Record;
use crate::resource::address::Address;
use crate::resource::desired::DesiredResource;
use crate::resource::fault::Fault;
use crate::resource::kind::Status;
use crate::resource::outputs::{Outputs, outputs_of};
use crate::resource::owner::Owner;
use crate::resource::provider::{Live, Reading};
use crate::resource::reference::{Source, sources};

/// The agent whose pointer is moved.
#[derive(Debug, Clone, Copy)]
pub struct MoveRequest<'a> {
    /// The desired resources of the agent.
    pub desired: &'a [DesiredResource],
    pub owner: &'a Owner,
    /// Whether to find out which version was applied last. It takes nearly as many calls as a diff.
    pub needs_applied: bool,
}

/// A version to move to, and the pin that keeps the pointer there. Without a pin, the pointer is released.
#[derive(Debug, Clone)]
pub struct PointerChoice {
    pub version: u64,
    pub pin: Option<Pin>,
}

impl Engine {
    /// Reads an agent's pointer, its pin, and the versions that it can move to.
    pub async fn served(
        &self,
        desired: &[DesiredResource],
        owner: &Owner,
    ) -> Result<Served, RunError> {
        let request = MoveRequest {
            desired,
            owner,
            needs_applied: false,
        };
        self.look(request).await
    }

    async fn look(&self, request: MoveRequest<'_>) -> Result<Served, RunError> {
        let MoveRequest { desired, owner, .. } = request;
        let nothing = || PointerError::NoPointer(owner.agent.clone());
        let (pointer, field) = desired
            .iter()
            .filter(|resource| resource.owner.as_ref() == Some(owner))
            .find_map(|resource| {
                let kind = self.registry.kind(resource.address.kind())?;
                Some((resource, kind.pin?))
            })
            .ok_or_else(nothing)?;
        let resources = if request.needs_applied {
            let addresses = with_sources([pointer.address.clone()].into(), desired);
            let is_needed = |resource: &&DesiredResource| addresses.contains(&resource.address);
            desired.iter().filter(is_needed).cloned().collect()
        } else {
            with_what_it_is_part_of(pointer, field, desired)
        };
        let readings = read_desired(&self.readers, &resources).await;
        ensure_readable(&resources, &readings)?;
        let outputs = outputs_of(&readings);
        let known = |source: &Source| outputs.get(&source.address)?.get(&source.output).cloned();
        let (Some(Reading::Found(live)), Some(name)) = (
            readings.get(&pointer.address).cloned(),
            pointer.physical_name(&known),
        ) else {
            return Err(PointerError::NotThere {
                agent: owner.agent.clone(),
                pointer: pointer.address.clone(),
            }
            .into());
        };
        let listers = version_listers(&self.clients);
        let lister = listers.get(pointer.address.kind()).ok_or_else(nothing)?;
        let owners = std::slice::from_ref(owner);
        let recorded = async {
            if request.needs_applied {
                Ok(Recorded::Read(self.record_store.records(owners).await?))
            } else {
                Ok::<_, Fault>(Recorded::NotRead)
            }
        };
        let pins = self.record_store.pins(owners);
        let (versions, pins, recorded) = futures::join!(lister.versions(&name), pins, recorded);
        let (mut versions, recorded) = (versions?, recorded?);
        versions.sort_by_key(|version| std::cmp::Reverse(version.number));
        let pin = pins.of(&owner.agent, &pointer.address).transpose();
        let pin = pin.map_err(Fault::clone)?.cloned();
        let applied = request.needs_applied.then(|| {
            let observed = Observations {
                readings,
                recorded,
                ..Observations::default()
            };
            self.applied(pointer, field, &resources, &observed, owner)
        });
        Ok(Served {
            applied: applied.transpose()?,
            pin,
            address: pointer.address.clone(),
            name,
            owner: owner.clone(),
            declared: pointer.spec.clone(),
            live,
            versions,
            field,
        })
    }

    fn applied(
        &self,
        pointer: &DesiredResource,
        field: &str,
        resources: &[DesiredResource],
        observed: &Observations,
        owner: &Owner,
    ) -> Result<AppliedVersion, RunError> {
        let found = applied_version(&self.registry, pointer, field, resources, observed);
        found.map_err(|error| match error {
            NotApplied::Plan(error) => error.into(),
            NotApplied::Changed(changed) => {
                let agent = owner.agent.clone();
                PointerError::NotApplied { agent, changed }.into()
            }
        })
    }

    /// Moves the pointer of an agent to the version that `choose` picks, after `consent` has agreed.
    ///
    /// `consent` receives the plan and what the question is about. The pin is saved first: if the run dies in between, the next apply
    /// follows it, or moves the pointer forward if it was released.
    pub async fn move_pointer<E: From<RunError> + From<PointerError>>(
        &self,
        request: MoveRequest<'_>,
        options: &RunOptions,
        choose: impl FnOnce(&Served) -> Result<PointerChoice, PointerError>,
        consent: impl AsyncFn(&Served, u64, &Plan) -> Result<(), E>,
    ) -> Ended<E> {
        let mut ended = Ended::default();
        let phases = async {
            let reading = self.look(request);
            let served = options.unless_stopped(reading).await??;
            let PointerChoice { version, pin } = choose(&served)?;
            served.demand_callable(version)?;
            let plan = served
                .plan(&self.registry, version, pin)
                .map_err(RunError::from)?;
            let agreeing = consent(&served, version, &plan);
            options.unless_stopped(agreeing).await??;
            ended.plan_next(&plan);
            if !plan.is_empty() {
                ended.record(self.point(&served, &plan, options).await?);
            }
            Ok(())
        };
        let error = phases.await.err();
        ended.error = error;
        ended
    }

    async fn point(
        &self,
        served: &Served,
        plan: &Plan,
        options: &RunOptions,
    ) -> Result<Outcomes, RunError> {
        let nothing: Arc<dyn Contents> = Arc::new(NoContents);
        let step_runner = self.step_runner(&nothing, options)?;
        let owners = std::slice::from_ref(&served.owner);
        let locks = self.lock(owners, options).await?;
        let mut done = self.point_locked(served, plan, step_runner, options).await;
        let left = release_all(locks, &self.alarm(options)).await;
        if let Ok(outcomes) = &mut done {
            outcomes.locks_left.extend(left);
        }
        done
    }

    async fn point_locked(
        &self,
        served: &Served,
        plan: &Plan,
        step_runner: Arc<StepRunner>,
        options: &RunOptions,
    ) -> Result<Outcomes, RunError> {
        let (owner, address) = (&served.owner, &served.address);
        let owners = std::slice::from_ref(owner);
        let pins = options
            .unless_stopped(self.record_store.pins(owners))
            .await?;
        let before = pins.of(&owner.agent, address).transpose();
        if before.map_err(Fault::clone)? != served.pin.as_ref() {
            return Err(RunError::Moved(vec![address.to_string()]));
        }
        let mut planned = plan.pins.iter();
        let pin = planned.find(|planned| planned.fate == PinFate::Set);
        let pin = pin.map(|planned| planned.pin.clone());
        self.keep_pin(served, served.pin.as_ref(), pin.as_ref())
            .await?;
        let mut reached = Reached(None);
        let mut outcomes = steps::run(
            plan,
            step_runner,
            options.limits,
            options.stop.clone(),
            self.events.clone(),
            &mut reached,
        )
        .await;
        if self.is_refused(served, &outcomes).await {
            outcomes.accepted.clear();
            let put_back = self.keep_pin(served, pin.as_ref(), served.pin.as_ref());
            self.warn_unsaved("pin", owner, put_back.await);
            return Ok(outcomes);
        }
        let is_at_rest = !plan.steps.is_empty() || served.live.status == Status::Ready;
        let is_there = outcomes.all_done() && is_at_rest;
        if let Some(pin) = pin.filter(|pin| is_there && pin.moved_from.is_some()) {
            let arrived = Pin {
                moved_from: None,
                ..pin.clone()
            };
            let saved = self.keep_pin(served, Some(&pin), Some(&arrived)).await;
            self.warn_unsaved("pin", owner, saved);
        }
        let remembered = self.remember(owner, address, reached).await;
        self.warn_unsaved("record", owner, remembered);
        Ok(outcomes)
    }

    /// Saves the pin of a pointer in place of another, or deletes it.
    async fn keep_pin(
        &self,
        served: &Served,
        before: Option<&Pin>,
        pin: Option<&Pin>,
    ) -> Result<(), Fault> {
        let (owner, address) = (&served.owner, &served.address);
        match pin {
            _ if pin == before => Ok(()),
            Some(pin) => self.record_store.save_pin(owner, address, pin).await,
            None => self.record_store.remove_pin(owner, address).await,
        }
    }

    fn warn_unsaved(&self, what: &str, owner: &Owner, saved: Result<(), Fault>) {
        if let Err(fault) = saved {
            let message = format!("the {what} of {owner} could not be saved: {fault}");
            self.events.send(Event::Warning { message });
        }
    }

    /// Returns whether the pointer certainly did not move. After an interruption or a failure of an accepted change, the pointer is read.
    async fn is_refused(&self, served: &Served, outcomes: &Outcomes) -> bool {
        let mut is_refused = false;
        for outcome in outcomes.steps.values() {
            is_refused = match outcome {
                Outcome::Done { .. } | Outcome::Unchanged | Outcome::Kept { .. } => is_refused,
                Outcome::Failed(error) if error.may_be_accepted() => self.is_unmoved(served).await,
                Outcome::Failed(_) | Outcome::NotStarted | Outcome::Skipped { .. } => true,
                Outcome::Interrupted { .. } => self.is_unmoved(served).await,
            };
        }
        is_refused
    }

    async fn is_unmoved(&self, served: &Served) -> bool {
        let Some(reader) = self.readers.get(served.address.kind()) else {
            return false;
        };
        let readings = reader.read(std::slice::from_ref(&served.name)).await;
        readings
            .first()
            .is_some_and(|reading| served.is_unmoved(reading))
    }

    /// Records the new spec of the pointer, so that the next diff does not report the move as a change from outside.
    ///
    /// Without a record there is none afterwards: one that has only the pointer would say that nothing else was ever applied.
    async fn remember(
        &self,
        owner: &Owner,
        address: &Address,
        reached: Reached,
    ) -> Result<(), Fault> {
        let (Some(spec), Some(kind)) = (reached.0, self.registry.kind(address.kind())) else {
            return Ok(());
        };
        let owners = std::slice::from_ref(owner);
        let mut records = self.record_store.records(owners).await?;
        let before = records.by_agent.remove(&owner.agent);
        let (Some(before), Some(seal)) = (before, records.seal) else {
            return Ok(());
        };
        let mut record = Record {
            agentctl: Record::default().agentctl,
            ..before.clone()
        };
        let spec = seal.spec(kind, &spec);
        record.applied.insert(address.clone(), spec);
        if record == before {
            return Ok(());
        }
        self.record_store.save(owner, &record).await
    }
}

/// Fails unless everything could be read and is the agent's.
fn ensure_readable(
    resources: &[DesiredResource],
    readings: &BTreeMap<Address, Reading<Live>>,
) -> Result<(), RunError> {
    for resource in resources {
        let address = &resource.address;
        match readings.get(address) {
            Some(Reading::Found(live) | Reading::Obscured(live, _))
                if !live.owner.is_of(resource.owner.as_ref()) =>
            {
                return Err(PointerError::Foreign(address.clone()).into());
            }
            Some(Reading::Obscured(_, fault) | Reading::Unreadable(fault)) => {
                return Err(RunError::unread(address, fault.clone()));
            }
            Some(Reading::Found(_) | Reading::Absent) | None => {}
        }
    }
    Ok(())
}

/// Returns the pointer with the resources that its name and its spec refer to, except the version.
fn with_what_it_is_part_of(
    pointer: &DesiredResource,
    field: &str,
    desired: &[DesiredResource],
) -> Vec<DesiredResource> {
    let mut bare = pointer.spec.clone();
    if let Some(version) = bare.pointer_mut(field) {
        *version = Value::Null;
    }
    let mut taken = BTreeSet::from([pointer.address.clone()]);
    let mut found = vec![pointer.clone()];
    let mut open: Vec<Source> = sources(&bare);
    open.extend(pointer.name.sources());
    while let Some(source) = open.pop() {
        let resource = desired
            .iter()
            .find(|resource| resource.address == source.address);
        if let Some(resource) = resource.filter(|resource| taken.insert(resource.address.clone())) {
            open.extend(resource.name.sources());
            found.push(resource.clone());
        }
    }
    found
}

/// Keeps the spec that was reached.
struct Reached(Option<Value>);

impl steps::RecordSink for Reached {
    fn settled(&mut self, _: &PlannedStep, applied: Option<&Value>, _: &Outputs) {
        self.0 = applied.cloned();
    }
}
