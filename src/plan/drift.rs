//! Drift: what somebody else changed in AWS since the manifests were last applied.
//!
//! It is found in the plan, so that it is compared as an apply would compare it, and told apart from what the user changed by the
//! records. Where no record tells who changed something, it counts: nothing is taken for clean that was not seen to be.

mod renamed;

use std::collections::BTreeSet;

use jiff::civil::Date;

pub use self::renamed::renamed;
use super::diff::{After, Author, FieldChange};
use super::model::{Action, Phase, Pins, Plan, PlanError, PlannedStep, Purpose, Reason};
use super::observation::{Observations, Recorded, Records};
use super::planner::planned;
use super::record::Record;
use crate::manifest::DriftIgnore;
use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::field::field_name;
use crate::resource::kind::{Effect, Status};
use crate::resource::owner::Ownership;
use crate::resource::provider::Reading;
use crate::resource::registry::Registry;

/// What a drift check compares.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// What an apply would do.
    pub plan: Plan,
    /// Resources whose names are taken by resources without their marks. The plan treats them as unreadable.
    pub taken: Vec<Taken>,
    /// What was read.
    pub observed: Observations,
}

/// A resource whose name is taken by what does not carry its marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The resource.
    pub address: Address,
    /// Its physical name, unless that waits for an output.
    pub name: Option<PhysicalName>,
    /// The agent that it belongs to.
    pub agent: Option<String>,
    /// What the marks say that were found.
    pub owner: Ownership,
}

/// What somebody else changed, and what else is to be known about it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DriftReport {
    /// Resources that somebody else changed, those of the account first, then by agent, each in the order of the plan.
    pub drifted: Vec<Drifted>,
    /// Fields that somebody else changed and that are let be.
    pub ignored: Vec<Ignored>,
    /// Entries of the file of what to ignore that hold no longer.
    pub expired: Vec<DriftIgnore>,
    /// Entries that hold and that nothing matched, where everything was compared.
    pub unused: Vec<DriftIgnore>,
    /// Resources that differ by what the manifests say and nobody applied yet.
    pub unapplied: Vec<Address>,
    /// Resources that are ours and not declared, with what becomes of them.
    pub orphans: Vec<(Address, String)>,
    /// Resources that could not be read, and why.
    pub unreadable: Vec<(Address, Fault)>,
    /// Why the records could not be read.
    pub unread_records: Option<Fault>,
    /// How many resources are as they were left.
    pub unchanged: usize,
}

/// What a report comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was read, and nobody else changed anything.
    Clean,
    /// Everything was read, and somebody else changed something.
    Drifted,
    /// Something could not be read, so nobody knows.
    Incomplete,
}

/// A resource that somebody else changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Drifted {
    /// The resource.
    pub address: Address,
    /// Its physical name, unless that waits for an output.
    pub name: Option<PhysicalName>,
    /// The agent that it belongs to; `None` for what the account shares.
    pub agent: Option<String>,
    /// What was found.
    pub finding: Finding,
    /// Whether a record tells that it was applied. Otherwise nobody can be named.
    pub is_recorded: bool,
    /// What the service says of it, when it was found.
    pub status: Option<Status>,
}

/// What was found of a resource that somebody else changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// These fields have other values than those wished for.
    Changed(Vec<FieldChange>),
    /// It is not there any more.
    Missing,
    /// What stands under its name does not carry its marks.
    Taken(Ownership),
    /// The service gave up on it, for this reason; these fields were changed as well.
    Failed(String, Vec<FieldChange>),
    /// It carries the marks of an agent, and neither the manifests nor the records know of it.
    Unknown,
}

impl Finding {
    /// Returns the fields that differ.
    pub fn fields(&self) -> &[FieldChange] {
        match self {
            Self::Changed(fields) | Self::Failed(_, fields) => fields,
            Self::Missing | Self::Taken(_) | Self::Unknown => &[],
        }
    }
}

/// A field that somebody else changed and that is let be.
#[derive(Debug, Clone, PartialEq)]
pub struct Ignored {
    /// The resource.
    pub address: Address,
    /// The field.
    pub change: FieldChange,
    /// The entry that says so.
    pub entry: DriftIgnore,
}

impl DriftReport {
    /// Says what the report comes to. What could not be read beats what differs.
    pub fn verdict(&self) -> Verdict {
        if !self.unreadable.is_empty() || self.unread_records.is_some() {
            Verdict::Incomplete
        } else if self.drifted.is_empty() {
            Verdict::Clean
        } else {
            Verdict::Drifted
        }
    }

    /// Counts the fields that differ in resources that somebody else changed.
    pub fn fields(&self) -> usize {
        self.drifted
            .iter()
            .map(|drifted| drifted.finding.fields().len())
            .sum()
    }
}

/// Tells whether anything differs from what is desired. Records only name authors, so they are not needed for that.
pub fn differs(
    registry: &Registry,
    desired: &[DesiredResource],
    observed: &Observations,
) -> Result<bool, PlanError> {
    let comparison = compare_all(registry, desired, observed.clone())?;
    Ok(!comparison.plan.is_empty() || !comparison.taken.is_empty())
}

/// Plans as for an apply. A name of ours that is taken by a resource without our marks is a finding here and not an error.
pub fn compare_all(
    registry: &Registry,
    desired: &[DesiredResource],
    observed: Observations,
) -> Result<Comparison, PlanError> {
    let planned = |observed: &Observations| {
        planned(registry, desired, observed, Purpose::Apply, Pins::Honoured)
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
        // Nothing of it may be relied on, as with a resource that could not be read.
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

/// Tells what somebody else changed. `today` decides which entries of `ignores` still hold.
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

/// Lists the agents of which anything was found, and so was once applied. `None` stands for the account.
fn deployed(plan: &Plan) -> BTreeSet<Option<&str>> {
    let unchanged = plan.unchanged.iter().map(|(_, agent)| agent.as_deref());
    let found = plan.steps.iter().filter(|step| step.before.is_some());
    let mut agents: BTreeSet<Option<&str>> = unchanged.chain(found.map(agent_of)).collect();
    if !agents.is_empty() {
        // What the account shares was made before anything else.
        agents.insert(None);
    }
    agents
}

fn agent_of(step: &PlannedStep) -> Option<&str> {
    step.owner.as_ref().map(|owner| owner.agent.as_str())
}

struct Reporter<'a> {
    registry: &'a Registry,
    records: Option<&'a Records>,
    deployed: BTreeSet<Option<&'a str>>,
    valid: &'a [&'a DriftIgnore],
    report: DriftReport,
}

/// What a record tells of a resource that is not as it is wished for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Past {
    /// It was applied under this name.
    Applied,
    /// It was not, so what is wished for is the user's change.
    NotYet,
    /// Nobody knows.
    Unknown,
}

impl Reporter<'_> {
    fn record(&self, agent: Option<&str>) -> Option<&Record> {
        self.records?.by_agent.get(agent?)
    }

    fn past(&self, agent: Option<&str>, address: &Address, name: Option<&PhysicalName>) -> Past {
        let Some(record) = self.record(agent) else {
            // Of an agent of which nothing stands, nothing was applied; or all is gone, records included, and nobody can tell.
            return if self.deployed.contains(&agent) {
                Past::Unknown
            } else {
                Past::NotYet
            };
        };
        let is_renamed = match (record.names.get(address), name) {
            (Some(then), Some(now)) => then != now,
            _ => false,
        };
        if record.applied.contains_key(address) && !is_renamed {
            Past::Applied
        } else {
            Past::NotYet
        }
    }

    fn taken(&mut self, taken: &Taken) {
        let past = self.past(taken.agent.as_deref(), &taken.address, taken.name.as_ref());
        let drifted = Drifted {
            address: taken.address.clone(),
            name: taken.name.clone(),
            agent: taken.agent.clone(),
            finding: Finding::Taken(taken.owner.clone()),
            is_recorded: past == Past::Applied,
            status: None,
        };
        self.count(past, drifted);
    }

    fn step(&mut self, step: &PlannedStep) {
        match &step.action {
            // What waits for its name follows from what that refers to, which is told by itself.
            Action::Create if step.name.as_literal().is_none() => {}
            Action::Create => {
                let past = self.past(agent_of(step), &step.id.address, step.name.as_literal());
                let drifted = drifted(step, Finding::Missing, past == Past::Applied);
                self.count(past, drifted);
            }
            Action::Delete => self.stray(step),
            Action::Update | Action::Replace(Reason::Field(_)) => {
                let fields = self.fields(step);
                if !fields.is_empty() {
                    self.push(step, Finding::Changed(fields));
                }
            }
            Action::Replace(Reason::Failed(reason)) => {
                let fields = self.fields(step);
                self.push(step, Finding::Failed(reason.clone(), fields));
            }
        }
    }

    fn count(&mut self, past: Past, drifted: Drifted) {
        match past {
            Past::Applied | Past::Unknown => self.report.drifted.push(drifted),
            Past::NotYet => self.report.unapplied.push(drifted.address),
        }
    }

    /// A resource that carries an agent's marks and is not declared: the user's doing if a record has it, somebody's if not.
    fn stray(&mut self, step: &PlannedStep) {
        let address = &step.id.address;
        let is_ours = self.record(agent_of(step)).is_some_and(|record| {
            record.names.iter().any(|(then, name)| {
                then.kind() == address.kind() && Some(name) == step.name.as_literal()
            })
        });
        if is_ours {
            let fate = "no longer declared; the next apply deletes it";
            self.report.orphans.push((address.clone(), fate.to_owned()));
        } else {
            let is_recorded = self.record(agent_of(step)).is_some();
            let drifted = drifted(step, Finding::Unknown, is_recorded);
            self.report.drifted.push(drifted);
        }
    }

    /// Takes the fields of a step that somebody else changed, but for those that are let be, which are noted.
    fn fields(&mut self, step: &PlannedStep) -> Vec<FieldChange> {
        let address = &step.id.address;
        let is_yours = |change: &FieldChange| change.author == Some(Author::You);
        if step.changes.iter().any(is_yours) {
            self.report.unapplied.push(address.clone());
        }
        let is_drift = |change: &&FieldChange| self.is_drift(address, change);
        let changes = step.changes.iter().filter(is_drift).cloned().collect();
        self.not_ignored(address, changes)
    }

    /// Notes the fields that are let be, and returns the others.
    fn not_ignored(&mut self, address: &Address, changes: Vec<FieldChange>) -> Vec<FieldChange> {
        let mut fields = Vec::new();
        for change in changes {
            let entry = self.valid.iter().find(|entry| {
                entry.resource.matches(&address.to_string())
                    && entry.field.matches(&field_name(&change.path))
            });
            match entry {
                Some(entry) => self.report.ignored.push(Ignored {
                    address: address.clone(),
                    change,
                    entry: (*entry).clone(),
                }),
                None => fields.push(change),
            }
        }
        fields
    }

    fn is_drift(&self, address: &Address, change: &FieldChange) -> bool {
        match (change.author, &change.after) {
            // What nobody changed and is not known yet follows from another change, which is told by itself.
            (Some(Author::You), _) | (None, After::KnownAfterApply { .. }) => false,
            (Some(Author::Outside | Author::Both), After::KnownAfterApply { .. }) => {
                let kind = self.registry.kind(address.kind());
                // What moves by itself when its source changes is nobody's doing while the source differs.
                !kind.is_some_and(|kind| {
                    kind.effects(&change.path)
                        .any(|effect| effect == Effect::FollowsSource)
                })
            }
            (None | Some(Author::Outside | Author::Both), After::Value(_) | After::Absent) => true,
        }
    }

    fn push(&mut self, step: &PlannedStep, finding: Finding) {
        let is_recorded = self
            .record(agent_of(step))
            .is_some_and(|record| record.applied.contains_key(&step.id.address));
        let drifted = drifted(step, finding, is_recorded);
        self.report.drifted.push(drifted);
    }
}

fn drifted(step: &PlannedStep, finding: Finding, is_recorded: bool) -> Drifted {
    Drifted {
        address: step.id.address.clone(),
        name: step.name.as_literal().cloned(),
        agent: agent_of(step).map(str::to_owned),
        finding,
        is_recorded,
        status: step.before.as_ref().map(|live| live.status.clone()),
    }
}

#[cfg(test)]
mod tests;
