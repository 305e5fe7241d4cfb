//! How a run is carried out.

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::RunError;
use crate::executor::lock::Holder;
use crate::executor::steps::Limits;

/// How a run is carried out.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The folder for the journal.
    pub journal: PathBuf,
    /// When the run began, for the journal's name.
    pub started: String,
    /// How many steps run at a time, and whether other steps start after a failure.
    pub limits: Limits,
    /// Set when a lock is lost to another run.
    pub lost: CancellationToken,
    /// Set when no new step may start: by the user, or because a lock is lost. A child of `lost`.
    pub stop: CancellationToken,
    /// Who holds the locks.
    pub holder: Holder,
    /// What happens to a plan that takes away what others use.
    pub others: Others,
}

/// What happens to a plan that takes away what others use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// It is refused.
    Protected,
    /// It is carried out.
    Included,
}

impl RunOptions {
    /// Waits for work that changes nothing. A stop drops it.
    pub(super) async fn unless_stopped<T>(
        &self,
        work: impl Future<Output = T>,
    ) -> Result<T, RunError> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(RunError::Stopped),
            done = work => Ok(done),
        }
    }
}
