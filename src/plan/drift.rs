//! Drift: what somebody else changed in AWS since the manifests were last applied.
//!
//! It is found in a plan, so that a drift check compares fields as an apply does. The records show which differences the user made in the
//! manifests. A difference without a record counts as drift, so that nothing unknown counts as clean.
//!
//! `comparison` has the input, `reporter` decides for each resource whether it drifted, `renamed` does so for resources that were applied
//! under another name, and `report` has the result.

mod comparison;
mod renamed;
mod report;
mod reporter;

use std::collections::BTreeSet;

use jiff::civil::Date;

pub use self::comparison::{Comparison, Taken};
pub use self::renamed::renamed;
pub use self::report::{DriftReport, Drifted, Finding, Ignored, Verdict};
use self::reporter::{Reporter, agent_of};
use super::model::{Phase, Pins, Plan, PlanError, Purpose};
use super::observation::{Observations, Recorded};
use super::planner::{Draft, plan};
use super::retention::{crowds, outgoing};
use crate::manifest::DriftIgnore;
use crate::resource::desired::DesiredResource;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::provider::Reading;
use crate::resource::registry::Registry;

/// Compares what was read so far, to find out what else a drift check must read.
///
/// A drift check deletes no versions. It reads them only if older ones may need permissions.
pub fn draft(
    registry: &Registry,
    desired: &[DesiredResource],
    observed: &Observations,
) -> Result<Draft, PlanError> {
    let comparison = compare_all(registry, desired, observed.clone())?;
    let plan = &comparison.plan;
    let differs = !plan.is_empty() || !comparison.taken.is_empty();
    let crowds = if differs {
        crowds(registry, desired, observed, plan, &BTreeSet::new())
    } else {
        Vec::new()
    };
    Ok(Draft {
        differs,
        crowds,
        // A drift check deletes nothing.
        pointed_at: Vec::new(),
    })
}

/// Plans as for an apply. A desired name that belongs to a resource without our marks is a finding here, not an error.
pub fn compare_all(
    registry: &Registry,
    desired: &[DesiredResource],
    observed: Observations,
) -> Result<Comparison, PlanError> {
    let planned = |observed: &Observations| {
        let mut plan = plan(registry, desired, observed, Purpose::Apply, Pins::Honoured)?;
        // The next apply deletes old versions. They are not a difference.
        let outgoing = outgoing(registry, observed);
        plan.steps.retain(|step| {
            outgoing
                .iter()
                .all(|stray| stray.address != step.id.address)
        });
        Ok(plan)
    };
    let foreign = match planned(&observed) {
        Err(PlanError::Foreign(foreign)) => foreign,
        other => {
            return Ok(Comparison {
                plan: other?,
                taken: Vec::new(),
                observed,
            });
        }
    };
    let mut around = observed.clone();
    let taken: Vec<Taken> = desired
        .iter()
        .filter_map(|resource| {
            let found = foreign
                .iter()
                .find(|foreign| foreign.address == resource.address)?;
            Some(Taken {
                address: resource.address.clone(),
                name: resource.name.as_literal().cloned(),
                agent: resource.agent().map(str::to_owned),
                owner: found.owner.clone(),
            })
        })
        .collect();
    for Taken { address, .. } in &taken {
        // Its outputs are not ours, so it counts as a resource that could not be read.
        let unknown = Fault::local(FaultKind::NotFound, "the name is taken");
        around
            .readings
            .insert(address.clone(), Reading::Unreadable(unknown));
    }
    let mut plan = planned(&around)?;
    plan.unreadable
        .retain(|(address, _)| taken.iter().all(|taken| taken.address != *address));
    Ok(Comparison {
        plan,
        taken,
        observed,
    })
}

/// Reports what somebody else changed. An entry of `ignores` that expired before `today` has no effect.
pub fn report(
    registry: &Registry,
    comparison: &Comparison,
    ignores: &[DriftIgnore],
    today: Date,
) -> DriftReport {
    let (expired, valid): (Vec<&DriftIgnore>, Vec<&DriftIgnore>) = ignores
        .iter()
        .partition(|entry| entry.expires.date() < today);
    let (records, unread_records) = match &comparison.observed.recorded {
        Recorded::NotRead => (None, None),
        Recorded::Read(records) => (Some(records), None),
        Recorded::Unreadable(fault) => (None, Some(fault.clone())),
    };
    let mut reporter = Reporter {
        registry,
        records,
        deployed: deployed(&comparison.plan),
        valid: &valid,
        report: DriftReport {
            expired: expired.into_iter().cloned().collect(),
            orphans: comparison.plan.kept.clone(),
            unreadable: comparison.plan.unreadable.clone(),
            unread_records,
            unchanged: comparison.plan.unchanged.len(),
            ..DriftReport::default()
        },
    };
    for taken in &comparison.taken {
        reporter.taken(taken);
    }
    for renamed in &comparison.observed.renamed {
        reporter.renamed(renamed);
    }
    for remade in &comparison.plan.remade {
        reporter.remade(remade);
    }
    for step in &comparison.plan.steps {
        // The first of two phases shows what the second shows.
        if step.id.phase == Phase::Whole {
            reporter.step(step);
        }
    }
    let mut report = reporter.report;
    report
        .drifted
        .sort_by(|one, other| one.agent.cmp(&other.agent));
    if report.verdict() != Verdict::Incomplete {
        let is_unused = |entry: &&&DriftIgnore| {
            let mut used = report.ignored.iter().map(|ignored| &ignored.entry);
            used.all(|used| used != **entry)
        };
        report.unused = valid.iter().filter(is_unused).copied().cloned().collect();
    }
    report
}

/// Lists the agents that were applied before: a resource of theirs was found. `None` means the resources that all agents share.
fn deployed(plan: &Plan) -> BTreeSet<Option<&str>> {
    let unchanged = plan.unchanged.iter().map(|(_, agent)| agent.as_deref());
    let found = plan.steps.iter().filter(|step| step.before.is_some());
    let mut agents: BTreeSet<Option<&str>> = unchanged.chain(found.map(agent_of)).collect();
    if !agents.is_empty() {
        // An apply creates the shared resources first.
        agents.insert(None);
    }
    agents
}

#[cfg(test)]
mod tests;
