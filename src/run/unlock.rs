//! Removes a lock whose holder a person considers dead, before it counts as abandoned.

use super::{Engine, RunError};
use crate::executor::lock::{FoundLock, LockError, LockStore};
use crate::resource::fault::FaultKind;
use crate::resource::owner::Owner;

impl Engine {
    /// Reads the lock of an agent; `None` if it is not locked.
    pub async fn lock_of(&self, owner: &Owner) -> Result<Option<FoundLock>, RunError> {
        Ok(self.record_store.read(owner).await?)
    }

    /// Removes the lock that was found. A lock that no longer exists counts as removed.
    ///
    /// Fails if the lock was written since: its holder is alive, or another run holds it. A holder that is alive sees at its next
    /// heartbeat that the lock is gone, and stops.
    pub async fn unlock(&self, owner: &Owner, found: &FoundLock) -> Result<(), RunError> {
        match self.record_store.remove(owner, &found.etag).await {
            Err(fault) if fault.kind == FaultKind::Stale => match self.lock_of(owner).await? {
                Some(found) => Err(LockError::Held {
                    owner: Box::new(owner.clone()),
                    holder: Box::new(found.holder),
                }
                .into()),
                None => Ok(()),
            },
            removed => Ok(removed?),
        }
    }
}
