//! How a step can end.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::plan::model::StepId;
use crate::resource::fault::Fault;
use crate::resource::outputs::Outputs;
use crate::resource::reference::Source;

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The resource is as planned.
    Done {
        /// What stays behind of a deleted resource, in words.
        remains: Option<String>,
    },
    /// The resource turned out to be as planned already, and nothing was sent.
    Unchanged,
    /// It is not as planned, and this is why.
    Failed(StepError),
    /// It was not tried because this step did not succeed.
    Skipped {
        /// The step that failed.
        because_of: StepId,
    },
    /// It was not tried because the run was stopped, by the user or by a failure.
    NotStarted,
    /// The run was stopped while the service was still working on what it had accepted.
    Interrupted {
        /// What was going on.
        doing: String,
    },
}

impl Outcome {
    /// Tells whether the resource is as planned.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Unchanged)
    }
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum StepError {
    /// A call failed.
    #[error(transparent)]
    Fault(Fault),
    /// The resource moved since the plan was made.
    #[error("changed since the plan was made: {}", list(.fields))]
    Stale {
        /// The fields that moved; empty when the resource itself came or went.
        fields: Vec<String>,
    },
    /// The resource accepts every change and still differs.
    #[error("still differs after {mutations} accepted changes: {}", list(.fields))]
    NotConverging {
        /// The fields that differ.
        fields: Vec<String>,
        /// How many changes were accepted.
        mutations: u32,
    },
    /// The service gave up on the resource.
    #[error("the service gave up: {0}")]
    GaveUp(String),
    /// The service did not finish in time.
    #[error("still `{status}` after {minutes} minutes; it may yet finish")]
    Deadline {
        /// The service's own word for what it is doing.
        status: String,
        /// How long it was waited for.
        minutes: u64,
    },
    /// Something of that name came to be that is not ours.
    #[error("something of that name exists by now and is not ours")]
    Foreign,
    /// An output that the spec needs is not there.
    #[error("`{}` has no output `{}`", .0.address, .0.output)]
    Unresolved(Source),
    /// The journal could not be written, so nothing was tried.
    #[error("the journal could not be written: {0}")]
    Journal(String),
    /// A defect in agentctl.
    #[error("agentctl failed: {0}")]
    Defect(String),
}

impl StepError {
    /// Tells whether the service may have accepted a change before this came up, or may yet carry it out.
    pub fn may_be_accepted(&self) -> bool {
        match self {
            Self::Fault(_)
            | Self::NotConverging { .. }
            | Self::GaveUp(_)
            | Self::Deadline { .. }
            | Self::Defect(_) => true,
            Self::Stale { .. } | Self::Foreign | Self::Unresolved(_) | Self::Journal(_) => false,
        }
    }
}

fn list(fields: &[String]) -> String {
    if fields.is_empty() {
        "the resource as a whole".to_owned()
    } else {
        fields.join(", ")
    }
}

/// How all steps of a run ended.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Outcomes {
    /// How each step ended.
    pub steps: BTreeMap<StepId, Outcome>,
    /// The outputs of everything that stands.
    pub outputs: Outputs,
}

impl Outcomes {
    /// Tells whether every step is done.
    pub fn all_done(&self) -> bool {
        self.steps.values().all(Outcome::is_done)
    }

    /// Tells whether all that is open is work that the service has accepted and not finished, and nothing waits for it.
    pub fn all_accepted(&self) -> bool {
        let is_accepted = |outcome: &Outcome| {
            outcome.is_done() || matches!(outcome, Outcome::Failed(StepError::Deadline { .. }))
        };
        self.steps.values().all(is_accepted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::address::Address;

    fn outcomes(ends: &[Outcome]) -> Outcomes {
        let steps = (0..).zip(ends).map(|(place, end): (u8, _)| {
            let id = StepId::whole(&Address::new("thing", place.to_string()));
            (id, end.clone())
        });
        Outcomes {
            steps: steps.collect(),
            outputs: Outputs::new(),
        }
    }

    #[test]
    fn what_the_service_still_works_on_counts_as_accepted_until_something_else_waits_for_it() {
        let working = Outcome::Failed(StepError::Deadline {
            status: "DELETING".into(),
            minutes: 20,
        });
        let skipped = Outcome::Skipped {
            because_of: StepId::whole(&Address::new("thing", "0")),
        };
        let gave_up = Outcome::Failed(StepError::GaveUp("no".into()));
        assert!(outcomes(&[Outcome::Unchanged, working.clone()]).all_accepted());
        for end in [skipped, gave_up, Outcome::NotStarted] {
            assert!(!outcomes(&[working.clone(), end]).all_accepted());
        }
    }
}
