//! The order of a plan's steps. It follows from references and from these rules, for every kind:
//!
//! - A step comes after the steps of the resources that its spec refers to.
//! - Permissions widen before a pointer moves. They narrow after it, and after the deletion of the versions that needed them. A policy
//!   denies at once.
//! - Deletions of an agent come after all its creations and updates. A resource is deleted before the resources that it refers to. A
//!   resource that versions use is deleted after the versions. A resource that a service creates again as long as another one exists is
//!   deleted after that one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::diff::FieldChange;
use super::model::{Action, Phase, Plan, PlanError, PlannedStep, StepId, TooLarge};
use crate::resource::address::{Address, PhysicalName};
use crate::resource::document;
use crate::resource::graph::{Needs, add_preferences, sorted};
use crate::resource::kind::Leftover;
use crate::resource::provider::Live;
use crate::resource::reference::{Input, any_text, sources};
use crate::resource::registry::Registry;

/// Sets the needs of every step and sorts the steps.
pub(super) fn arrange(registry: &Registry, plan: &mut Plan) -> Result<(), PlanError> {
    let narrowing = split_permissions(registry, plan)?;
    let mut needs = needs_of_references(&plan.steps, &narrowing);
    needs_of_pointers(registry, &plan.steps, &narrowing, &mut needs);
    needs_of_deletions(registry, &plan.steps, &narrowing, &mut needs);
    let order = sorted(&needs).map_err(|id| PlanError::Circle(id.address))?;
    let place: BTreeMap<&StepId, usize> = order
        .iter()
        .enumerate()
        .map(|(place, id)| (id, place))
        .collect();
    for step in &mut plan.steps {
        step.needs = needs.remove(&step.id).unwrap_or_default();
    }
    plan.steps.sort_by_key(|step| place.get(&step.id).copied());
    Ok(())
}

/// Splits an update in two if it grants less and also grants more or changes something else, and if a pointer of the same agent moves in
/// between or versions of the agent are deleted.
///
/// Returns the resources whose last step removes permissions and so must wait. Fails if the service does not accept both sets of
/// permissions together.
fn split_permissions(registry: &Registry, plan: &mut Plan) -> Result<BTreeSet<Address>, PlanError> {
    let moving: BTreeSet<Option<String>> = plan
        .steps
        .iter()
        .filter(|step| is_moving(registry, step) || is_old_version(registry, step))
        .map(agent)
        .collect();
    let mut narrowing = BTreeSet::new();
    let mut widening = Vec::new();
    for step in plan
        .steps
        .iter()
        .filter(|step| step.action == Action::Update && moving.contains(&agent(step)))
    {
        let policies: Vec<&FieldChange> = step
            .changes
            .iter()
            .filter(|change| is_policy(registry, step, change))
            .collect();
        if !policies.iter().any(|change| change.narrows()) {
            continue;
        }
        narrowing.insert(step.id.address.clone());
        // Other changes do not wait for the pointer.
        let has_more = step.changes.len() > policies.len();
        let is_needed_now = |change: &&FieldChange| change.widens() || change.denies_more();
        if has_more || policies.iter().any(is_needed_now) {
            let first = widening_step(step, &policies);
            refuse_excess(registry, plan, &first)?;
            widening.push(first);
        }
    }
    plan.steps.append(&mut widening);
    Ok(narrowing)
}

fn refuse_excess(registry: &Registry, plan: &Plan, step: &PlannedStep) -> Result<(), PlanError> {
    let address = &step.id.address;
    let kind = registry.kind(address.kind());
    let excess = kind
        .zip(step.desired.as_ref())
        .and_then(|(kind, spec)| (kind.excess)(spec));
    let Some(excess) = excess else { return Ok(()) };
    let older = plan.older.iter().find(|older| older.address == *address);
    Err(PlanError::TooLarge(Box::new(TooLarge {
        address: address.clone(),
        agent: agent(step),
        excess,
        versions: older
            .map(|older| older.deletable.clone())
            .unwrap_or_default(),
    })))
}

/// Returns whether a step creates or changes a pointer.
fn is_moving(registry: &Registry, step: &PlannedStep) -> bool {
    is_pointer(registry, step) && step.action != Action::Delete
}

fn is_old_version(registry: &Registry, step: &PlannedStep) -> bool {
    registry.is_of_old_versions(step.id.address.kind())
}

fn is_pointer(registry: &Registry, step: &PlannedStep) -> bool {
    registry
        .kind(step.id.address.kind())
        .is_some_and(|kind| kind.pointer)
}

fn is_policy(registry: &Registry, step: &PlannedStep, change: &FieldChange) -> bool {
    registry
        .kind(step.id.address.kind())
        .is_some_and(|kind| kind.is_policy(&change.path))
}

fn agent(step: &PlannedStep) -> Option<String> {
    step.owner.as_ref().map(|owner| owner.agent.clone())
}

/// Returns the first of two steps: it sets every policy to the union of the live and the desired one.
fn widening_step(step: &PlannedStep, policies: &[&FieldChange]) -> PlannedStep {
    let mut spec = step.desired.clone().unwrap_or_default();
    for change in policies {
        if let Some(before) = &change.before {
            let joined = change
                .desired()
                .map_or_else(|| before.clone(), |after| document::union(before, after));
            put(&mut spec, &change.path, joined);
        }
    }
    PlannedStep {
        id: StepId::widen(&step.id.address),
        desired: Some(spec),
        ..step.clone()
    }
}

/// Sets the value at a pointer whose parent exists.
pub(super) fn put(spec: &mut Value, path: &str, value: Value) {
    let Some((parent, key)) = path.rsplit_once('/') else {
        return;
    };
    if let Some(map) = spec.pointer_mut(parent).and_then(Value::as_object_mut) {
        map.insert(key.replace("~1", "/").replace("~0", "~"), value);
    }
}

fn needs_of_references(steps: &[PlannedStep], narrowing: &BTreeSet<Address>) -> Needs<StepId> {
    let present: BTreeSet<&StepId> = steps.iter().map(|step| &step.id).collect();
    let mut needs = Needs::new();
    for step in steps {
        let mut needed = BTreeSet::new();
        let of_spec = step.desired.iter().flat_map(sources);
        for source in of_spec.chain(step.name.sources()) {
            // A resource that narrows exists already. It narrows after the pointer moves, so nothing may wait for that.
            let waits_for = if narrowing.contains(&source.address) {
                StepId::widen(&source.address)
            } else {
                StepId::whole(&source.address)
            };
            if present.contains(&waits_for) {
                needed.insert(waits_for);
            }
        }
        if step.id.phase == Phase::Whole {
            needed.extend(Some(StepId::widen(&step.id.address)).filter(|id| present.contains(id)));
        }
        needs.insert(step.id.clone(), needed);
    }
    needs
}

fn needs_of_pointers(
    registry: &Registry,
    steps: &[PlannedStep],
    narrowing: &BTreeSet<Address>,
    needs: &mut Needs<StepId>,
) {
    let pointers = || steps.iter().filter(|step| is_moving(registry, step));
    for step in steps.iter().filter(|step| is_narrowing(step, narrowing)) {
        let users = pointers().chain(steps.iter().filter(|step| is_old_version(registry, step)));
        let after = users
            .filter(|user| agent(user) == agent(step))
            .map(|user| user.id.clone());
        needs.entry(step.id.clone()).or_default().extend(after);
    }
    // Permissions widen before every pointer moves, even without references between them.
    for step in steps
        .iter()
        .filter(|step| step.id.phase == Phase::Widen || step.action == Action::Update)
    {
        let is_widening = step
            .changes
            .iter()
            .any(|change| is_policy(registry, step, change) && change.widens());
        if !is_widening || is_narrowing(step, narrowing) {
            continue;
        }
        let preferences: Vec<(StepId, StepId)> = pointers()
            .filter(|pointer| agent(pointer) == agent(step))
            .map(|pointer| (pointer.id.clone(), step.id.clone()))
            .collect();
        add_preferences(needs, preferences);
    }
}

/// Returns whether a step removes permissions that a version may still use.
fn is_narrowing(step: &PlannedStep, narrowing: &BTreeSet<Address>) -> bool {
    step.id.phase == Phase::Whole && narrowing.contains(&step.id.address)
}

fn needs_of_deletions(
    registry: &Registry,
    steps: &[PlannedStep],
    narrowing: &BTreeSet<Address>,
    needs: &mut Needs<StepId>,
) {
    let deletions: Vec<(&PlannedStep, &Live)> = steps
        .iter()
        .filter(|step| step.action == Action::Delete)
        .filter_map(|step| step.before.as_ref().map(|live| (step, live)))
        .collect();
    for (deletion, _) in &deletions {
        // A version is deleted before its permissions are removed.
        let is_before = |step: &&PlannedStep| {
            let waits = is_old_version(registry, deletion) && is_narrowing(step, narrowing);
            step.action != Action::Delete && agent(step) == agent(deletion) && !waits
        };
        let others = steps.iter().filter(is_before);
        needs
            .entry(deletion.id.clone())
            .or_default()
            .extend(others.map(|step| step.id.clone()));
    }
    add_preferences(needs, after_their_users(registry, &deletions));
    add_preferences(needs, after_their_sources(registry, &deletions));
    // An ARN inside a longer text, such as a pattern of a policy, is weaker evidence. It is left out if it contradicts equal texts.
    let producers = producers(&deletions);
    for is_meant in [text_equals, text_contains_arn] {
        let mut preferences = Vec::new();
        for (user, live) in &deletions {
            let used = producers.iter().filter(|((owner, _), producer)| {
                *owner == agent(user) && producer.is_some_and(|producer| *producer != user.id)
            });
            for ((_, output), producer) in used {
                if any_text(&live.spec, &|text| is_meant(text, output)) {
                    preferences
                        .extend(producer.map(|producer| (producer.clone(), user.id.clone())));
                }
            }
        }
        add_preferences(needs, preferences);
    }
}

/// Orders the deletion of resources that versions use after the deletion of the versions.
fn after_their_users(
    registry: &Registry,
    deletions: &[(&PlannedStep, &Live)],
) -> Vec<(StepId, StepId)> {
    let stays_while_used = |step: &PlannedStep| {
        let kind = registry.kind(step.id.address.kind());
        kind.is_some_and(|kind| kind.leftover == Leftover::WhileUsed)
    };
    let used = deletions.iter().filter(|(step, _)| stays_while_used(step));
    let preferences = used.flat_map(|(used, _)| {
        let versions = deletions.iter().filter(move |(version, _)| {
            is_old_version(registry, version) && agent(version) == agent(used)
        });
        versions.map(|(version, _)| (used.id.clone(), version.id.clone()))
    });
    preferences.collect()
}

/// Orders the deletion of resources that a service creates again after the deletion of the resources that it creates them for.
fn after_their_sources(
    registry: &Registry,
    deletions: &[(&PlannedStep, &Live)],
) -> Vec<(StepId, StepId)> {
    let kind = |step: &PlannedStep| registry.kind(step.id.address.kind());
    let remade = deletions
        .iter()
        .filter(|(step, _)| kind(step).is_some_and(|kind| kind.remade_by_source));
    let preferences = remade.flat_map(|(made, _)| {
        let sources = deletions.iter().filter(move |(source, live)| {
            let id = kind(source).and_then(|kind| kind.id(&live.outputs));
            agent(source) == agent(made) && id.is_some_and(|id| is_mentioned(&made.name, id))
        });
        sources.map(|(source, _)| (made.id.clone(), source.id.clone()))
    });
    preferences.collect()
}

fn is_mentioned(name: &Input<PhysicalName>, id: &str) -> bool {
    match name {
        Input::Literal(name) => name.mentions(id),
        // The name of a deletion is always known.
        Input::Output(_) | Input::Template(_) => false,
    }
}

type Producers<'a> = BTreeMap<(Option<String>, &'a str), Option<&'a StepId>>;

/// Finds the deletion that has a text as an output, for each agent; `None` if several have it, because that shows nothing.
fn producers<'a>(deletions: &[(&'a PlannedStep, &'a Live)]) -> Producers<'a> {
    let mut producers = Producers::new();
    for (step, live) in deletions {
        let outputs = live
            .outputs
            .as_object()
            .into_iter()
            .flat_map(|map| map.values());
        for output in outputs.filter_map(Value::as_str).collect::<BTreeSet<_>>() {
            producers
                .entry((agent(step), output))
                .and_modify(|producer| *producer = None)
                .or_insert(Some(&step.id));
        }
    }
    producers
}

fn text_equals(text: &str, output: &str) -> bool {
    text == output
}

fn text_contains_arn(text: &str, output: &str) -> bool {
    output.starts_with("arn:") && text.contains(output)
}
