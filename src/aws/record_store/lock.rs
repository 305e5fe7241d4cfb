//! Locks as objects, guarded by S3's conditional writes.

use futures::future::BoxFuture;

use super::key::lock_key;
use super::object::{Condition, JSON, json, not_understood};
use super::store::S3RecordStore;
use crate::aws::object_version::Extent;
use crate::executor::lock::{Etag, FoundHolder, FoundLock, Holder, LockStore, Written};
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::operation::s3;
use crate::resource::owner::Owner;

/// The most bytes that are read of a lock. agentctl's own have less than one kilobyte.
const LONGEST: u64 = 16 * 1024;

/// The most characters that are shown of why a lock is not understood.
const SHOWN: usize = 200;

impl S3RecordStore {
    async fn write_lock(
        &self,
        owner: &Owner,
        holder: &Holder,
        condition: Condition<'_>,
    ) -> Result<Written, Fault> {
        self.put(&lock_key(owner), json(holder), JSON, condition)
            .await
    }

    async fn read_lock(&self, owner: &Owner) -> Result<Option<FoundLock>, Fault> {
        let key = lock_key(owner);
        let Some(object) = self.get_up_to(LONGEST, &key).await? else {
            return Ok(None);
        };
        let holder = if object.length > LONGEST {
            let length = object.length;
            FoundHolder::Unclear(format!(
                "the lock `{key}` has {length} bytes; agentctl reads {LONGEST}"
            ))
        } else {
            serde_json::from_slice(&object.bytes).map_or_else(
                |error| {
                    // The parser repeats texts of the lock, which may be long.
                    let why: String = error.to_string().chars().take(SHOWN).collect();
                    FoundHolder::Unclear(format!("the lock `{key}` is not understood: {why}"))
                },
                FoundHolder::Named,
            )
        };
        let incomplete = || not_understood(&format!("no date or entity tag came with `{key}`"));
        Ok(Some(FoundLock {
            holder,
            etag: Etag::new(object.etag.ok_or_else(incomplete)?),
            modified: object.modified.ok_or_else(incomplete)?,
            seen: object.read.ok_or_else(incomplete)?,
        }))
    }

    async fn remove_lock(&self, owner: &Owner, etag: &Etag) -> Result<(), Fault> {
        let key = lock_key(owner);
        let versions = self.versions().all(Extent::Key(&key)).await?;
        if !versions
            .iter()
            .any(|version| version.latest.as_deref() == Some(etag.as_str()))
        {
            return Err(Fault::new(
                FaultKind::Stale,
                s3::LIST_OBJECT_VERSIONS,
                format!("the lock `{key}` is somebody else's or gone"),
            ));
        }
        // Only the listed versions are deleted: what somebody else writes after the listing is kept.
        self.versions().delete(&versions).await
    }
}

impl LockStore for S3RecordStore {
    fn place<'a>(
        &'a self,
        owner: &'a Owner,
        holder: &'a Holder,
    ) -> BoxFuture<'a, Result<Written, Fault>> {
        Box::pin(self.write_lock(owner, holder, Condition::Absent))
    }

    fn replace<'a>(
        &'a self,
        owner: &'a Owner,
        holder: &'a Holder,
        over: &'a Etag,
    ) -> BoxFuture<'a, Result<Written, Fault>> {
        Box::pin(self.write_lock(owner, holder, Condition::Is(over)))
    }

    fn read<'a>(&'a self, owner: &'a Owner) -> BoxFuture<'a, Result<Option<FoundLock>, Fault>> {
        Box::pin(self.read_lock(owner))
    }

    fn remove<'a>(&'a self, owner: &'a Owner, etag: &'a Etag) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(self.remove_lock(owner, etag))
    }
}
