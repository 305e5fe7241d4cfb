//! The result of a run.

use std::collections::{BTreeMap, BTreeSet};

use agentctl::event::Event;
use agentctl::outcome::{Outcome, Outcomes};
use agentctl::plan::model::{Plan, StepId};
use agentctl::run::{Ended, RunError};

/// The result of a run, and its events.
pub(crate) struct Report {
    pub(crate) ended: Ended<RunError>,
    pub(crate) events: Vec<Event>,
}

impl Report {
    /// Returns the error that ended a run early as an error.
    pub(crate) fn into_result(mut self) -> Result<Self, RunError> {
        match self.ended.error.take() {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.ended.plan
    }

    pub(crate) fn outcomes(&self) -> &Outcomes {
        &self.ended.outcomes
    }

    /// Fails unless every step is done.
    pub(crate) fn assert_done(&self) {
        let open: BTreeMap<&StepId, &Outcome> = self
            .outcomes()
            .steps
            .iter()
            .filter(|(_, outcome)| !outcome.is_done())
            .collect();
        assert!(open.is_empty(), "{open:#?}");
    }

    /// Returns the reported warnings.
    pub(crate) fn warnings(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::Warning { message } => Some(message.as_str()),
                _ => None,
            })
            .collect()
    }

    /// Returns the steps that waited until AWS saw what was created before, each with the code of the answer.
    pub(crate) fn waits(&self) -> BTreeSet<(String, String)> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::Waiting { step, fault, .. } => {
                    Some((step.to_string(), fault.code.clone().unwrap_or_default()))
                }
                _ => None,
            })
            .collect()
    }

    /// Returns the steps that waited for AWS to finish, each with AWS's word for its work.
    pub(crate) fn settling(&self) -> BTreeSet<(String, String)> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::Settling { step, status } => Some((step.to_string(), status.clone())),
                _ => None,
            })
            .collect()
    }

    /// Returns the steps with the given outcome.
    pub(crate) fn that(&self, is: impl Fn(&Outcome) -> bool) -> BTreeSet<String> {
        self.outcomes()
            .steps
            .iter()
            .filter(|(_, outcome)| is(outcome))
            .map(|(id, _)| id.to_string())
            .collect()
    }
}
