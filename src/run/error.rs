//! Why a run ended before it had carried out its plan.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::executor::lock::LockError;
use crate::plan::file::{Discrepancy, PlanFileError};
use crate::plan::model::{PlanError, PlannedPin, PlannedStep};
use crate::plan::pointer::PointerError;
use crate::resource::address::Address;
use crate::resource::fault::Fault;

/// Why a run ended before it had carried out its plan.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// There is no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Another run changes one of the agents.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A pointer cannot be moved.
    #[error(transparent)]
    Pointer(#[from] PointerError),
    /// A call failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The saved plan cannot be used.
    #[error(transparent)]
    PlanFile(#[from] PlanFileError),
    /// The manifests have changed since the saved plan was made.
    #[error("the manifests differ from those that the plan was made for")]
    OtherManifests(Vec<Discrepancy>),
    /// AWS has changed since the saved plan was made.
    #[error("AWS differs from what the plan was made for")]
    StalePlan(Vec<Discrepancy>),
    /// Something that the run needs to know could not be read.
    #[error("{what} could not be read")]
    Unread {
        what: String,
        #[source]
        source: Fault,
    },
    /// Resources could not be read, so nothing was done.
    #[error("{} of the resources could not be read", .0.len())]
    Incomplete(Vec<(Address, Fault)>),
    /// Pointers cannot return to their pinned versions, so nothing was done.
    #[error("{} of the pinned versions no longer exist", .0.len())]
    GonePins(Vec<PlannedPin>),
    /// The plan takes away what others use, so nothing was done.
    #[error("{} of the deletions would take away what others use", .0.len())]
    OfOthers(Vec<PlannedStep>),
    /// The journal cannot be written.
    #[error("the journal in `{}` cannot be written", .folder.display())]
    Journal {
        folder: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// Nothing of a project exists that is not declared either.
    #[error(
        "nothing of project `{project}` exists in environment `{env}` of account {account} in {region}"
    )]
    UnknownProject {
        project: String,
        env: String,
        account: String,
        region: String,
        /// The projects and environments of which there are records or objects.
        known: BTreeSet<(String, String)>,
    },
    /// The run was stopped.
    #[error("interrupted")]
    Stopped,
    /// What was read with the locks held differs from the plan.
    #[error("something changed since the plan was made: {}", .0.join(", "))]
    Moved(Vec<String>),
}

impl RunError {
    /// Returns the error of a read that failed: nothing is known to have changed.
    pub(super) fn unread(what: &(impl ToString + ?Sized), source: Fault) -> Self {
        Self::Unread {
            what: what.to_string(),
            source,
        }
    }
}
