//! Decides for each resource whether somebody else changed it, from the records.

use std::collections::BTreeSet;

use super::comparison::Taken;
use super::report::{DriftReport, Drifted, Finding, Ignored};
use crate::manifest::DriftIgnore;
use crate::plan::diff::{After, Author, FieldChange};
use crate::plan::kept::KeptReason;
use crate::plan::model::{Action, PlannedStep, Reason, Remade};
use crate::plan::observation::Records;
use crate::plan::record::Record;
use crate::resource::address::{Address, PhysicalName};
use crate::resource::field::field_name;
use crate::resource::kind::Effect;
use crate::resource::registry::Registry;

pub(super) struct Reporter<'a> {
    pub(super) registry: &'a Registry,
    pub(super) records: Option<&'a Records>,
    pub(super) deployed: BTreeSet<Option<&'a str>>,
    pub(super) valid: &'a [&'a DriftIgnore],
    pub(super) report: DriftReport,
}

/// What the records say about a resource that differs from the desired one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Past {
    /// It was applied under this name.
    Applied,
    /// It was not applied under this name, so the difference is the user's change.
    NotYet,
    /// There is no record, so it is not known whether it was applied.
    Unknown,
}

impl Reporter<'_> {
    pub(super) fn record(&self, agent: Option<&str>) -> Option<&Record> {
        self.records?.by_agent.get(agent?)
    }

    fn past(&self, agent: Option<&str>, address: &Address, name: Option<&PhysicalName>) -> Past {
        let Some(record) = self.record(agent) else {
            // An agent without any resource counts as never applied. If everything was deleted, records included, it looks the same.
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

    pub(super) fn taken(&mut self, taken: &Taken) {
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

    pub(super) fn step(&mut self, step: &PlannedStep) {
        match &step.action {
            // Its name needs a resource that is created too, and that resource is reported.
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

    /// Reports a resource that was created again.
    pub(super) fn remade(&mut self, remade: &Remade) {
        self.report.drifted.push(Drifted {
            address: remade.address.clone(),
            name: remade.name.clone(),
            agent: remade.agent.clone(),
            finding: Finding::Remade {
                was: remade.was.clone(),
                now: remade.now.clone(),
            },
            is_recorded: true,
            status: None,
        });
    }

    /// Reports a resource that has an agent's marks and is not declared. If a record has it, the user removed it from the manifests;
    /// otherwise somebody else created it.
    fn stray(&mut self, step: &PlannedStep) {
        let address = &step.id.address;
        let is_ours = self.record(agent_of(step)).is_some_and(|record| {
            record.names.iter().any(|(then, name)| {
                then.kind() == address.kind() && Some(name) == step.name.as_literal()
            })
        });
        if is_ours {
            let fate = KeptReason::NextApply;
            self.report.orphans.push((address.clone(), fate));
        } else {
            let is_recorded = self.record(agent_of(step)).is_some();
            let drifted = drifted(step, Finding::Unknown, is_recorded);
            self.report.drifted.push(drifted);
        }
    }

    /// Returns the fields of a step that somebody else changed, and reports the ignored ones.
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

    /// Reports the ignored fields and returns the others.
    pub(super) fn not_ignored(
        &mut self,
        address: &Address,
        changes: Vec<FieldChange>,
    ) -> Vec<FieldChange> {
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
            // Nobody changed it and its value is not known yet, so it follows from another change, which is reported.
            // What was created again is reported itself.
            (Some(Author::You | Author::Source), _) | (None, After::KnownAfterApply { .. }) => {
                false
            }
            (Some(Author::Outside | Author::Both), After::KnownAfterApply { .. }) => {
                let kind = self.registry.kind(address.kind());
                // The service changes it when its source changes, so while the source differs, nobody else changed it.
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

pub(super) fn agent_of(step: &PlannedStep) -> Option<&str> {
    step.owner.as_ref().map(|owner| owner.agent.as_str())
}
