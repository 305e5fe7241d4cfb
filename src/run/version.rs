//! Deleting versions of an agent that nothing uses, with the permissions and objects that only they needed.

use std::collections::BTreeSet;

use super::planning::Planned;
use super::{ApplyRequest, Ended, Engine, RunError, RunOptions};
use crate::plan::model::{Action, Phase, Pins, Plan, PlannedStep};
use crate::plan::observation::Recorded;
use crate::plan::pointer::PointerError;
use crate::resource::kind::Leftover;
use crate::resource::owner::Owner;
use crate::resource::registry::Registry;

impl Engine {
    /// Deletes versions of the one agent of the request, once `consent` has agreed to the plan.
    ///
    /// Other changes of the manifest are left to the next apply. A version that something uses is refused before anything is deleted.
    pub async fn delete_versions<E: From<RunError>>(
        &self,
        request: &ApplyRequest<'_>,
        versions: &BTreeSet<u64>,
        options: &RunOptions,
        consent: impl AsyncFn(&Plan) -> Result<(), E>,
    ) -> Ended<E> {
        let mut ended = Ended::default();
        let phases = async {
            let planning =
                self.plan_without(request.desired, request.owners, Pins::Honoured, versions);
            let mut planned = options.unless_stopped(planning).await??;
            // Without records it is not known what the versions are granted.
            if let Recorded::Unreadable(fault) = &planned.observed.recorded {
                return Err(RunError::from(fault.clone()).into());
            }
            for owner in request.owners {
                demand_free(&planned, owner, versions).map_err(RunError::from)?;
            }
            let registry = &self.registry;
            planned.plan = planned.plan.only(|step| is_part(registry, step));
            self.carry_out(planned, request, options, &consent, &mut ended)
                .await
        };
        let error = phases.await.err();
        ended.error = error;
        ended
    }
}

/// Returns whether a step deletes a version, an object that only versions use, or permissions that no version needs any longer.
fn is_part(registry: &Registry, step: &PlannedStep) -> bool {
    let Some(kind) = registry.kind(step.id.address.kind()) else {
        return false;
    };
    match step.action {
        Action::Delete => {
            registry.is_of_old_versions(kind.name) || kind.leftover == Leftover::WhileUsed
        }
        Action::Update => {
            let mut changes = step.changes.iter();
            let only_narrows = changes.all(|change| {
                kind.is_policy(&change.path)
                    && change.narrows()
                    && !change.widens()
                    && !change.denies_more()
            });
            step.id.phase == Phase::Whole && only_narrows
        }
        Action::Create | Action::Replace(_) => false,
    }
}

/// Refuses versions that do not exist, and those that something uses.
fn demand_free(
    planned: &Planned,
    owner: &Owner,
    versions: &BTreeSet<u64>,
) -> Result<(), PointerError> {
    let agent = || owner.agent.clone();
    let observed = &planned.observed;
    let mut history = observed
        .histories
        .iter()
        .filter(|history| history.crowd.owner == *owner);
    let Some(history) = history.next() else {
        return Err(PointerError::NoPointer(agent()));
    };
    // What could not be read makes the plan incomplete.
    let Ok(existing) = &history.versions else {
        return Ok(());
    };
    for version in versions {
        let mut numbers: Vec<u64> = existing
            .published
            .iter()
            .map(|version| version.number)
            .collect();
        if !numbers.contains(version) {
            numbers.sort_unstable_by(|one, other| other.cmp(one));
            return Err(PointerError::UnknownVersion {
                agent: agent(),
                version: *version,
                known: numbers,
            });
        }
        if let Some(reason) = history.crowd.held_by(existing, &observed.pins, *version) {
            return Err(PointerError::Held {
                agent: agent(),
                version: *version,
                reason,
            });
        }
    }
    Ok(())
}
