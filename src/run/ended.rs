//! How a run ended: one plan, one outcome for each of its steps, and the error that ended it early, if any.

use std::collections::BTreeSet;

use crate::outcome::{Outcome, Outcomes};
use crate::plan::model::{Plan, StepId};

/// How a run ended.
///
/// A run that carries out two plans, because the first one makes resources readable, reports them as one. A step of the plan without
/// an outcome was not started.
#[derive(Debug)]
pub struct Ended<E> {
    pub plan: Plan,
    /// How each step ended.
    pub outcomes: Outcomes,
    /// What ended the run early.
    pub error: Option<E>,
}

impl<E> Default for Ended<E> {
    fn default() -> Self {
        Self {
            plan: Plan::default(),
            outcomes: Outcomes::default(),
            error: None,
        }
    }
}

impl<E> Ended<E> {
    /// Returns whether any step was carried out or tried.
    pub fn has_begun(&self) -> bool {
        self.outcomes
            .steps
            .values()
            .any(|outcome| !matches!(outcome, Outcome::NotStarted | Outcome::Skipped { .. }))
    }

    /// Adds a plan that follows the plans so far.
    pub(super) fn plan_next(&mut self, next: &Plan) {
        let planned = std::mem::replace(&mut self.plan, next.clone());
        let again: BTreeSet<StepId> = next.steps.iter().map(|step| step.id.clone()).collect();
        let earlier = planned.steps.into_iter();
        let mut steps: Vec<_> = earlier.filter(|step| !again.contains(&step.id)).collect();
        self.plan
            .unchanged
            .retain(|(address, _)| steps.iter().all(|step| step.id.address != *address));
        steps.append(&mut self.plan.steps);
        self.plan.steps = steps;
    }

    /// Adds how steps ended. A step with nothing left to do counts as done if an earlier plan did it.
    pub(super) fn record(&mut self, outcomes: Outcomes) {
        for (id, outcome) in outcomes.steps {
            let was_done = matches!(self.outcomes.steps.get(&id), Some(Outcome::Done { .. }));
            if !(was_done && outcome == Outcome::Unchanged) {
                self.outcomes.steps.insert(id, outcome);
            }
        }
        self.outcomes.accepted.extend(outcomes.accepted);
        self.outcomes.locks_left.extend(outcomes.locks_left);
        self.outcomes.outputs = outcomes.outputs;
    }

    /// Marks the remaining steps as not started, or as skipped because of a failure.
    pub(super) fn leave_rest(&mut self) {
        let failed = self
            .outcomes
            .steps
            .iter()
            .find(|(_, outcome)| matches!(outcome, Outcome::Failed(_)))
            .map(|(id, _)| id.clone());
        for step in &self.plan.steps {
            let outcome = match &failed {
                Some(because_of) => Outcome::Skipped {
                    because_of: because_of.clone(),
                },
                None => Outcome::NotStarted,
            };
            self.outcomes
                .steps
                .entry(step.id.clone())
                .or_insert(outcome);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::model::{Action, PlannedStep};
    use crate::resource::address::{Address, PhysicalName};

    fn step(name: &str) -> PlannedStep {
        PlannedStep {
            id: StepId::whole(&Address::new("thing", name)),
            owner: None,
            name: PhysicalName::new(name).into(),
            action: Action::Update,
            desired: None,
            before: None,
            changes: Vec::new(),
            notes: Vec::new(),
            needs: BTreeSet::new(),
            summary: String::new(),
        }
    }

    fn plan(steps: &[&str], unchanged: &[&str]) -> Plan {
        Plan {
            steps: steps.iter().map(|name| step(name)).collect(),
            unchanged: unchanged
                .iter()
                .map(|name| (Address::new("thing", *name), None))
                .collect(),
            ..Plan::default()
        }
    }

    fn outcomes(ends: &[(&str, Outcome)]) -> Outcomes {
        let steps = ends
            .iter()
            .map(|(name, end)| (step(name).id, end.clone()))
            .collect();
        Outcomes {
            steps,
            ..Outcomes::default()
        }
    }

    const DONE: Outcome = Outcome::Done { remains: None };

    #[test]
    fn outcomes_of_the_first_plan_stay_beside_those_of_the_second() {
        let mut ended = Ended::<()>::default();
        ended.plan_next(&plan(&["key"], &[]));
        ended.record(outcomes(&[("key", DONE)]));
        ended.plan_next(&plan(&["function"], &["key", "role"]));
        ended.record(outcomes(&[("function", DONE)]));
        let expected = plan(&["key", "function"], &["role"]);
        assert_eq!(ended.plan, expected);
        assert_eq!(
            ended.outcomes,
            outcomes(&[("key", DONE), ("function", DONE)])
        );
    }

    #[test]
    fn a_step_of_both_plans_counts_once_and_as_done() {
        let mut ended = Ended::<()>::default();
        ended.plan_next(&plan(&["key"], &[]));
        ended.record(outcomes(&[("key", DONE)]));
        ended.plan_next(&plan(&["key"], &[]));
        ended.record(outcomes(&[("key", Outcome::Unchanged)]));
        assert_eq!(ended.plan, plan(&["key"], &[]));
        assert_eq!(ended.outcomes, outcomes(&[("key", DONE)]));
    }
}
