//! What a run has told.

use std::collections::{BTreeMap, BTreeSet};

use agentctl::apply::outcome::{Outcome, Outcomes};
use agentctl::event::Event;
use agentctl::plan::model::StepId;

/// What a run was, beyond how its steps ended.
pub(crate) struct Report {
    pub(crate) outcomes: Outcomes,
    pub(crate) events: Vec<Event>,
}

impl Report {
    /// Fails unless every step is done.
    pub(crate) fn assert_done(&self) {
        let open: BTreeMap<&StepId, &Outcome> = self
            .outcomes
            .steps
            .iter()
            .filter(|(_, outcome)| !outcome.is_done())
            .collect();
        assert!(open.is_empty(), "{open:#?}");
    }

    /// The warnings that were told.
    pub(crate) fn warnings(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::Warning { message } => Some(message.as_str()),
                _ => None,
            })
            .collect()
    }

    /// The steps that waited for AWS to see what was made before, each with the code that it was answered.
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

    /// The steps that waited for AWS to finish, each with AWS's word for what it did.
    pub(crate) fn settling(&self) -> BTreeSet<(String, String)> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::Settling { step, status } => Some((step.to_string(), status.clone())),
                _ => None,
            })
            .collect()
    }

    /// The steps that ended in the given way.
    pub(crate) fn that(&self, is: impl Fn(&Outcome) -> bool) -> BTreeSet<String> {
        self.outcomes
            .steps
            .iter()
            .filter(|(_, outcome)| is(outcome))
            .map(|(id, _)| id.to_string())
            .collect()
    }
}
