//! Values that the rest of AWS sees a little later than their owner.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::clock::deadline;

/// A value, and the one that others still see.
///
/// KMS developer guide, "AWS KMS eventual consistency": a change takes seconds to be seen throughout the system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spreading<T> {
    value: T,
    #[serde(skip_serializing_if = "Option::is_none", default = "Option::default")]
    before: Option<Before<T>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Before<T> {
    value: T,
    until: Timestamp,
}

impl<T: Clone> Spreading<T> {
    /// Makes a value that everybody sees.
    pub(super) fn new(value: T) -> Self {
        Self {
            value,
            before: None,
        }
    }

    /// Changes the value; others see it when the delay of the call's profile is over.
    pub(super) fn change(&mut self, call: &Call<'_>, value: T) {
        let seen = self.elsewhere(call.now).clone();
        self.before = (!call.delays.kms_visible.is_zero()).then(|| Before {
            value: seen,
            until: deadline(call.now, call.delays.kms_visible),
        });
        self.value = value;
    }

    /// Gives the value.
    pub(super) fn here(&self) -> &T {
        &self.value
    }

    /// Gives the value that others see now.
    pub(super) fn elsewhere(&self, now: Timestamp) -> &T {
        match &self.before {
            Some(before) if now < before.until => &before.value,
            _ => &self.value,
        }
    }

    /// Returns whether the value before is still kept although nobody sees it.
    pub(super) fn has_spread(&self, now: Timestamp) -> bool {
        self.before
            .as_ref()
            .is_some_and(|before| before.until <= now)
    }

    /// Forgets the value before, when nobody sees it.
    pub(super) fn forget(&mut self, now: Timestamp) {
        if self.has_spread(now) {
            self.before = None;
        }
    }
}
