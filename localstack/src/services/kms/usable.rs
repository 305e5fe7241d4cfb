//! What other services ask KMS: whether a key can be used.

use jiff::Timestamp;

use super::key_arn::{KeyArn, Unusable};
use super::state::{Key, State, Status};
use crate::call::Call;

impl State {
    /// Finds the key with an id, ARN, alias name or alias ARN, if other services can encrypt with it now.
    ///
    /// They see a new key, a new alias and a changed state after `Delays::kms_visible`. Key policies are not looked at.
    pub(crate) fn key_usable(&self, call: &Call<'_>, key: &str) -> Result<KeyArn, Unusable> {
        let key = self
            .find(call, key)
            .map_err(|refusal| Unusable::NotFound(refusal.message))?;
        key.usable(call.now).map(|()| key.arn.clone())
    }
}

impl Key {
    pub(super) fn usable(&self, now: Timestamp) -> Result<(), Unusable> {
        match self.status.elsewhere(now) {
            Status::Enabled if self.is_symmetric() => Ok(()),
            Status::Enabled => Err(Unusable::NotSymmetric(self.arn.clone(), self.usage.clone())),
            Status::Disabled => Err(Unusable::Disabled(self.arn.clone())),
            Status::PendingDeletion { .. } => Err(Unusable::PendingDeletion(self.arn.clone())),
        }
    }
}
