//! How steps end.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::plan::model::StepId;
use crate::resource::fault::Fault;
use crate::resource::outputs::Outputs;
use crate::resource::owner::Owner;
use crate::resource::reference::Source;

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The resource is as planned.
    Done {
        /// What remains of a deleted resource, as text.
        remains: Option<String>,
    },
    /// The resource was already as planned, and nothing was sent.
    Unchanged,
    /// The resource was to be deleted, or to lose what something needs, and stays as it is because that is in use again.
    Kept {
        /// What uses it.
        reason: String,
    },
    /// The resource is not as planned, for this reason.
    Failed(StepError),
    /// The step was not started, because this step did not succeed.
    Skipped {
        /// The step that failed.
        because_of: StepId,
    },
    /// The step was not started, because the run was stopped by the user or by a failure.
    NotStarted,
    /// The run was stopped while AWS was still working on an accepted change.
    Interrupted {
        /// What the service was doing.
        doing: String,
    },
}

impl Outcome {
    /// Returns whether nothing is left to do: the resource is as planned, or is kept for good reason.
    pub fn is_done(&self) -> bool {
        matches!(
            self,
            Self::Done { .. } | Self::Unchanged | Self::Kept { .. }
        )
    }
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum StepError {
    /// A call failed.
    #[error(transparent)]
    Fault(Fault),
    /// AWS answered that the resource exists, or that it does not, and reads show the opposite.
    #[error("{refusal} (a read {} it)", if *.is_found { "finds" } else { "does not find" })]
    Contradiction {
        /// The answer.
        refusal: Fault,
        /// Whether reads find the resource.
        is_found: bool,
    },
    /// This came to light after AWS had refused a change.
    #[error("{error}; before that, AWS answered: {refusal}")]
    AfterRefusal {
        /// What came to light.
        error: Box<StepError>,
        /// The last refusal.
        refusal: Fault,
    },
    /// The resource changed since the plan was made.
    #[error("changed since the plan was made: {}", list(.fields))]
    Stale {
        /// The fields that changed; empty when the resource itself was created or deleted.
        fields: Vec<String>,
    },
    /// The service accepted every change, and the resource still differs.
    #[error("still differs after {mutations} accepted changes: {}", list(.fields))]
    NotConverging {
        /// The fields that differ.
        fields: Vec<String>,
        /// How many changes were accepted.
        mutations: u32,
    },
    /// The service reports that its work on the resource failed.
    #[error("AWS reports a failure: {0}")]
    ServiceFailed(String),
    /// The service did not finish in time.
    #[error("still `{status}` after {minutes} minutes; it may finish later")]
    Deadline {
        /// The service's word for what it is doing.
        status: String,
        /// How long agentctl waited.
        minutes: u64,
    },
    /// Somebody else created a resource with that name in the meantime.
    #[error("a resource with that name was created meanwhile and is not managed by agentctl")]
    Foreign,
    /// An output that the spec needs is missing.
    #[error("`{}` has no output `{}`", .0.address, .0.output)]
    Unresolved(Source),
    /// The journal could not be written, so nothing was sent.
    #[error("the journal could not be written: {0}")]
    Journal(String),
    /// A defect in agentctl.
    #[error("agentctl failed: {0}")]
    Defect(String),
}

/// What is reported of work that panicked. The message of a panic may hold a value that is secret.
pub const PANICKED: &str = "it stopped at a bug, whose place is printed above";

impl StepError {
    /// Returns the error itself, without the refusal that came before it.
    pub fn itself(&self) -> &Self {
        match self {
            Self::AfterRefusal { error, .. } => error,
            other => other,
        }
    }

    /// Returns whether the service may have accepted a change before this happened, or may still finish it.
    pub fn may_be_accepted(&self) -> bool {
        match self {
            Self::AfterRefusal { error, .. } => error.may_be_accepted(),
            Self::Fault(_)
            | Self::Contradiction { .. }
            | Self::NotConverging { .. }
            | Self::ServiceFailed(_)
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
    /// The steps of which AWS accepted a change, or may have accepted one because its answer was lost, and which are not done.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub accepted: BTreeSet<StepId>,
    /// The owners whose locks could not be released.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub locks_left: BTreeSet<Owner>,
    /// The outputs of every resource that exists.
    pub outputs: Outputs,
}

impl Outcomes {
    /// Returns whether every step is done.
    pub fn all_done(&self) -> bool {
        self.steps.values().all(Outcome::is_done)
    }

    /// Returns whether AWS may have accepted a change of a step that is not done.
    pub fn may_be_accepted(&self, id: &StepId) -> bool {
        let is_done = self.steps.get(id).is_some_and(Outcome::is_done);
        self.accepted.contains(id) && !is_done
    }

    /// Returns whether something changed, or may have: a step is done, or AWS may have accepted a change.
    pub fn any_accepted(&self) -> bool {
        let mut ids = self.accepted.iter();
        self.steps.values().any(Outcome::is_done) || ids.any(|id| self.may_be_accepted(id))
    }

    /// Returns whether every step is done, or waits only for work that the service has accepted.
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
            ..Outcomes::default()
        }
    }

    #[test]
    fn work_in_progress_at_aws_counts_as_accepted_unless_another_step_did_not_run() {
        let working = Outcome::Failed(StepError::Deadline {
            status: "DELETING".into(),
            minutes: 20,
        });
        let skipped = Outcome::Skipped {
            because_of: StepId::whole(&Address::new("thing", "0")),
        };
        let failed = Outcome::Failed(StepError::ServiceFailed("no".into()));
        assert!(outcomes(&[Outcome::Unchanged, working.clone()]).all_accepted());
        for end in [skipped, failed, Outcome::NotStarted] {
            assert!(!outcomes(&[working.clone(), end]).all_accepted());
        }
    }
}
