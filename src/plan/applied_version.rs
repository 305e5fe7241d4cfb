//! The version that was applied last, which a promotion moves callers to. Pure.

use super::diff::{After, Author, FieldChange, compare};
use super::model::{Pins, Plan, PlanError, PlannedStep, Purpose, StepId};
use super::observation::Observations;
use super::planner::plan;
use crate::resource::address::Address;
use crate::resource::desired::DesiredResource;
use crate::resource::kind::Effect;
use crate::resource::outputs::{lookup, outputs_of};
use crate::resource::provider::Live;
use crate::resource::reference::{resolve, sources};
use crate::resource::registry::{KindEntry, Registry};

/// The version that was applied last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppliedVersion {
    pub number: u64,
    /// Whether the manifest has changes that need another version and were not applied.
    pub is_outdated: bool,
}

/// Why the version that was applied last is not known.
#[derive(Debug)]
pub enum NotApplied {
    /// The resource is not as it was applied.
    Changed(Address),
    /// The manifest cannot be compared.
    Plan(PlanError),
}

/// Finds the version that the declared pointer refers to in `field`.
///
/// It need not be the newest: Lambda publishes nothing if an older version has the content already. `desired` has everything that the
/// pointer refers to, also through others, and all of it was read.
pub fn applied_version(
    registry: &Registry,
    pointer: &DesiredResource,
    field: &str,
    desired: &[DesiredResource],
    observed: &Observations,
) -> Result<AppliedVersion, NotApplied> {
    let declared = pointer.spec.pointer(field).map(sources).unwrap_or_default();
    let changed = || NotApplied::Changed(pointer.address.clone());
    let holder = declared.into_iter().next().ok_or_else(changed)?.address;
    let unknown = || NotApplied::Changed(holder.clone());
    let kind = registry.kind(holder.kind()).ok_or_else(unknown)?;
    let live = observed.found(&holder).ok_or_else(unknown)?;
    let versions = kind.versions.ok_or_else(unknown)?;
    let number = versions.number_in(&live.outputs).ok_or_else(unknown)?;
    let (purpose, pins) = (Purpose::Apply, Pins::Released);
    let plan = plan(registry, desired, observed, purpose, pins).map_err(NotApplied::Plan)?;
    let moves = |change: &FieldChange| {
        change.path == field && matches!(change.after, After::KnownAfterApply { .. })
    };
    let is_outdated =
        step_of(&plan, &pointer.address).is_some_and(|step| step.changes.iter().any(moves));
    if is_outdated {
        let resource = desired.iter().find(|resource| resource.address == holder);
        let resource = resource.ok_or_else(unknown)?;
        if !is_of_its_sources(kind, resource, live, observed) {
            return Err(unknown());
        }
        if let Some(address) = changed_by_others(registry, &plan, &holder) {
            return Err(NotApplied::Changed(address));
        }
    }
    Ok(AppliedVersion {
        number,
        is_outdated,
    })
}

fn step_of<'a>(plan: &'a Plan, address: &Address) -> Option<&'a PlannedStep> {
    let id = StepId::whole(address);
    plan.steps.iter().find(|step| step.id == id)
}

/// Returns whether a version was published from what its sources are now.
///
/// If not, an apply died before it published, or somebody else changed them, and the version that was read is only the newest.
fn is_of_its_sources(
    kind: &KindEntry,
    resource: &DesiredResource,
    live: &Live,
    observed: &Observations,
) -> bool {
    let outputs = outputs_of(&observed.readings);
    let now = resolve(&resource.spec, &|source| lookup(&outputs, source));
    let follows = |change: &FieldChange| {
        let mut effects = kind.effects(&change.path);
        effects.any(|effect| effect == Effect::FollowsSource)
    };
    !compare(kind, &live.spec, &now).iter().any(follows)
}

/// Returns the resource that somebody else changed: the one that has the versions, or one that it follows.
fn changed_by_others(registry: &Registry, plan: &Plan, holder: &Address) -> Option<Address> {
    let step = step_of(plan, holder)?;
    let followed = step
        .changes
        .iter()
        .filter_map(|change| match &change.after {
            After::KnownAfterApply { source, .. } => step_of(plan, &source.address),
            After::Value(_) | After::Absent => None,
        });
    let is_foreign = |step: &&PlannedStep| {
        let kind = registry.kind(step.id.address.kind());
        step.changes.iter().any(|change| {
            let by_itself = kind.is_some_and(|kind| {
                let mut effects = kind.effects(&change.path);
                effects.any(|effect| matches!(effect, Effect::FollowsSource | Effect::Progress))
            });
            matches!(change.author, Some(Author::Outside | Author::Both)) && !by_itself
        })
    };
    let mut changed = std::iter::once(step).chain(followed).filter(is_foreign);
    changed.next().map(|step| step.id.address.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::plan::observation::{Recorded, Records};
    use crate::plan::record::{Record, Seal};
    use crate::plan::test_kind::{Pointer, Thing, ThingSpec, entry, registry};
    use crate::resource::address::PhysicalName;
    use crate::resource::kind::Status;
    use crate::resource::owner::{Owner, Ownership};
    use crate::resource::provider::Reading;
    use crate::resource::reference::{Declared, OutputField};

    const VERSION: OutputField<Value> = OutputField::new("version");

    fn owner() -> Owner {
        Owner {
            project: "claims".into(),
            env: "default".into(),
            region: "us-east-1".into(),
            agent: "triage".into(),
        }
    }

    fn size(size: u8) -> ThingSpec<Declared> {
        ThingSpec {
            size: Some(json!(size)),
            ..ThingSpec::default()
        }
    }

    /// A thing of this size, and a pointer to its version.
    fn desired(declared: u8) -> [DesiredResource; 2] {
        let version = json!(VERSION.of(&Address::new("thing", "a")));
        let pointer = ThingSpec {
            size: Some(version),
            ..ThingSpec::default()
        };
        let (owner, name) = (owner(), PhysicalName::new);
        [
            DesiredResource::new::<Thing>("a", Some(&owner), name("a"), size(declared)),
            DesiredResource::new::<Pointer>("live", Some(&owner), name("a:live"), pointer),
        ]
    }

    /// A thing of size `now` at version 3 that was applied with size `applied`, and a pointer at version 2.
    fn applied(declared: u8, now: u8, applied: u8) -> Result<AppliedVersion, NotApplied> {
        let seal = Seal::new([7; 32]);
        let live = |spec: Value| {
            Reading::Found(Live {
                spec,
                outputs: json!({ "id": "id", "version": 3, "count": 9 }),
                status: Status::Ready,
                revision: None,
                owner: Ownership::Of(owner()),
            })
        };
        let [thing, pointer] = desired(declared);
        let record = Record {
            applied: [(
                thing.address.clone(),
                seal.spec(&entry(), &json!(size(applied))),
            )]
            .into(),
            ..Record::default()
        };
        let observed = Observations {
            readings: [
                (thing.address.clone(), live(json!(size(now)))),
                (pointer.address.clone(), live(json!(size(2)))),
            ]
            .into(),
            recorded: Recorded::Read(Records {
                by_agent: [("triage".to_owned(), record)].into(),
                seal: Some(seal),
            }),
            ..Observations::default()
        };
        let resources = [thing, pointer.clone()];
        applied_version(&registry(), &pointer, "/size", &resources, &observed)
    }

    #[test]
    fn the_applied_version_is_the_one_that_the_pointer_refers_to() {
        let version = |is_outdated| AppliedVersion {
            number: 3,
            is_outdated,
        };
        assert_eq!(applied(1, 1, 1).unwrap(), version(false));
        assert_eq!(applied(2, 1, 1).unwrap(), version(true));
    }

    #[test]
    fn after_a_change_by_somebody_else_the_applied_version_is_not_known() {
        for declared in [1, 3] {
            match applied(declared, 2, 1) {
                Err(NotApplied::Changed(address)) => {
                    assert_eq!(address, Address::new("thing", "a"));
                }
                other => panic!("{other:?}"),
            }
        }
    }
}
