//! The state of one service, and how the frame keeps it: with rollback and the value before the last write.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::blob::Digest;
use crate::service::Service;
use crate::tag::Tags;

/// The typed state of one service.
pub(crate) trait State:
    Clone + Default + Serialize + DeserializeOwned + Send + Sync
{
    /// Whose state it is.
    const SERVICE: Service;

    /// Lists the ARN and tags of every resource that can have tags.
    fn tagged(&self) -> Vec<(String, &Tags)>;

    /// Returns the region of something that `tagged` lists, where the state is not that of one region and the thing is.
    fn region_of(&self, _arn: &str) -> Option<&str> {
        None
    }

    /// Lists the blobs that the state refers to.
    fn blobs(&self) -> Vec<&Digest> {
        Vec::new()
    }

    /// Returns whether something in it has come to its end by itself.
    fn has_ended(&self, _now: Timestamp) -> bool {
        false
    }

    /// Leaves out what is nothing that there is, only remembered; a dump does not show it.
    fn without_memory(self) -> Self {
        self
    }

    /// Leaves out what has come to its end. Called before every request and dump for which `has_ended` is true.
    fn end(&mut self, _now: Timestamp) {}
}

/// A service's state as the frame keeps it: what is borrowed mutably counts as touched until the write is committed or rolled back.
#[derive(Debug, Clone)]
pub(crate) struct Kept<T> {
    value: Arc<T>,
    /// The value before the write that is under way, when that write touched it.
    before: Option<Arc<T>>,
    /// The value before the last committed write.
    last: Arc<T>,
}

impl<T: Default> Default for Kept<T> {
    fn default() -> Self {
        let value = Arc::new(T::default());
        Self {
            last: Arc::clone(&value),
            value,
            before: None,
        }
    }
}

impl<T> Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Clone> DerefMut for Kept<T> {
    fn deref_mut(&mut self) -> &mut T {
        if self.before.is_none() {
            self.before = Some(Arc::clone(&self.value));
        }
        Arc::make_mut(&mut self.value)
    }
}

/// What the frame does with any service's state.
pub(crate) trait Slot {
    fn service(&self) -> Service;
    fn is_touched(&self) -> bool;
    fn commit(&mut self);
    fn roll_back(&mut self);
    fn rewind(&mut self);
    fn end(&mut self, now: Timestamp);
    fn tagged(&self) -> Vec<(String, &Tags)>;
    fn tagged_before(&self) -> Vec<(String, &Tags)>;
    fn region_of(&self, arn: &str) -> Option<&str>;
    fn blobs(&self) -> Vec<&Digest>;
    fn blobs_before(&self) -> Vec<&Digest>;
    fn to_json(&self) -> Result<Value, serde_json::Error>;
    fn shown(&self) -> Result<Value, serde_json::Error>;
    fn empty_json(&self) -> Result<Value, serde_json::Error>;
    fn load(&mut self, state: Value) -> Result<(), serde_json::Error>;
}

impl<T: State> Slot for Kept<T> {
    fn service(&self) -> Service {
        T::SERVICE
    }

    fn is_touched(&self) -> bool {
        self.before.is_some()
    }

    fn commit(&mut self) {
        if let Some(before) = self.before.take() {
            self.last = before;
        }
    }

    fn roll_back(&mut self) {
        if let Some(before) = self.before.take() {
            self.value = before;
        }
    }

    fn rewind(&mut self) {
        self.value = Arc::clone(&self.last);
    }

    fn end(&mut self, now: Timestamp) {
        // Not a write of anybody's: what is on disk ends again when it is loaded.
        if self.value.has_ended(now) {
            Arc::make_mut(&mut self.value).end(now);
        }
    }

    fn tagged(&self) -> Vec<(String, &Tags)> {
        self.value.tagged()
    }

    fn tagged_before(&self) -> Vec<(String, &Tags)> {
        self.before
            .as_ref()
            .map_or_else(Vec::new, |before| before.tagged())
    }

    fn region_of(&self, arn: &str) -> Option<&str> {
        let before = || self.before.as_ref()?.region_of(arn);
        self.value.region_of(arn).or_else(before)
    }

    fn blobs(&self) -> Vec<&Digest> {
        self.value.blobs()
    }

    fn blobs_before(&self) -> Vec<&Digest> {
        self.before
            .as_ref()
            .map_or_else(Vec::new, |before| before.blobs())
    }

    fn to_json(&self) -> Result<Value, serde_json::Error> {
        serde_json::to_value(&*self.value)
    }

    fn shown(&self) -> Result<Value, serde_json::Error> {
        serde_json::to_value(T::clone(&self.value).without_memory())
    }

    fn empty_json(&self) -> Result<Value, serde_json::Error> {
        serde_json::to_value(T::default())
    }

    fn load(&mut self, state: Value) -> Result<(), serde_json::Error> {
        self.value = Arc::new(serde_json::from_value(state)?);
        self.last = Arc::clone(&self.value);
        Ok(())
    }
}
