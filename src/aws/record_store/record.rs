//! Reads, saves and deletes records and the key that they are sealed with.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::BoxFuture;
use serde::Deserialize;

use super::holdings::Holdings;
use super::key::{OBJECTS, PINS, RECORDS, agent_pins_prefix, record_key, seal_key};
use super::object::{BYTES, Condition, JSON, json, not_understood};
use super::store::S3RecordStore;
use crate::aws::concurrently;
use crate::aws::object_version::Extent;
use crate::executor::agent_status::LastApply;
use crate::executor::lock::Written;
use crate::executor::record_keeper::RecordStore;
use crate::plan::observation::Records;
use crate::plan::record::{FORMAT, Record, Seal};
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::operation::s3;
use crate::resource::owner::{Owner, OwnerFilter};

/// How often the store retries to read or create a seal while others create or delete it.
const ATTEMPTS: u32 = 3;

/// The part of a record that is read first.
#[derive(Deserialize)]
struct Preamble {
    format: u32,
}

/// The part of a record that names its author.
#[derive(Deserialize)]
struct Origin {
    agentctl: String,
}

impl S3RecordStore {
    /// Reads the records of these agents, all of one project and environment, and the key that seals them.
    ///
    /// Makes one call for each agent and one for the key. Creates nothing. A record that exists and is not understood is a fault.
    pub async fn records(&self, owners: &[Owner]) -> Result<Records, Fault> {
        let Some(first) = owners.first() else {
            return Ok(Records::default());
        };
        let records = concurrently(owners.iter().map(|owner| self.record(owner)));
        let (records, seal) = futures::join!(records, self.read_seal(&first.project, &first.env));
        let mut by_agent = BTreeMap::new();
        for (owner, record) in owners.iter().zip(records) {
            if let Some(record) = record? {
                by_agent.insert(owner.agent.clone(), record);
            }
        }
        Ok(Records {
            by_agent,
            seal: seal?,
        })
    }

    async fn record(&self, owner: &Owner) -> Result<Option<Record>, Fault> {
        let key = record_key(owner);
        let Some(object) = self.get(&key).await? else {
            return Ok(None);
        };
        let unclear = |error: serde_json::Error| {
            not_understood(&format!("the record `{key}` is not understood: {error}"))
        };
        let Preamble { format } = serde_json::from_slice(&object.bytes).map_err(unclear)?;
        if format != FORMAT {
            return Err(not_understood(&format!(
                "the record `{key}` has format {format}, this agentctl reads format {FORMAT}"
            )));
        }
        serde_json::from_slice(&object.bytes)
            .map(Some)
            .map_err(unclear)
    }

    /// Reads when an agent was last applied, in any format of its record.
    pub async fn applied(&self, owner: &Owner) -> Result<Option<LastApply>, Fault> {
        let key = record_key(owner);
        let Some(object) = self.get(&key).await? else {
            return Ok(None);
        };
        let Origin { agentctl } = serde_json::from_slice(&object.bytes).map_err(|error| {
            not_understood(&format!("the record `{key}` is not understood: {error}"))
        })?;
        let undated = || not_understood(&format!("no date came with `{key}`"));
        Ok(Some(LastApply {
            at: object.modified.ok_or_else(undated)?,
            agentctl,
        }))
    }

    /// Reads the key that seals the project's records, or creates it.
    pub async fn seal(&self, project: &str, env: &str) -> Result<Seal, Fault> {
        let key = seal_key(project, env);
        for _ in 0..ATTEMPTS {
            if let Some(seal) = self.read_seal(project, env).await? {
                return Ok(seal);
            }
            let mut secret = [0; 32];
            getrandom::fill(&mut secret).map_err(|error| {
                Fault::local(
                    FaultKind::Service,
                    format!("there are no random bytes: {error}"),
                )
            })?;
            let put = self.put(&key, secret.to_vec(), BYTES, Condition::Absent);
            if let Written::As(_) = put.await? {
                return Ok(Seal::new(secret));
            }
        }
        Err(Fault::new(
            FaultKind::Busy,
            s3::PUT_OBJECT,
            format!("others make and delete `{key}` at the same time"),
        ))
    }

    /// Reads the key that seals the project's records; `None` while there is none.
    pub async fn read_seal(&self, project: &str, env: &str) -> Result<Option<Seal>, Fault> {
        let key = seal_key(project, env);
        let Some(object) = self.get(&key).await? else {
            return Ok(None);
        };
        let secret = <[u8; 32]>::try_from(object.bytes).map_err(|bytes| {
            not_understood(&format!(
                "the key `{key}` has {} bytes, not 32",
                bytes.len()
            ))
        })?;
        Ok(Some(Seal::new(secret)))
    }

    /// Saves an agent's record and overwrites the previous one.
    pub async fn save(&self, owner: &Owner, record: &Record) -> Result<(), Fault> {
        let bytes = json(record);
        self.put(&record_key(owner), bytes, JSON, Condition::None)
            .await?;
        Ok(())
    }

    /// Deletes every version of an agent's objects, of its pins and of its record.
    ///
    /// The caller must hold the agent's lock. Releasing the lock then deletes every version of the lock too. If that happened here,
    /// others could take the lock, and the heartbeat would report it as lost.
    pub async fn forget(&self, owner: &Owner) -> Result<(), Fault> {
        let versions = self.versions();
        versions
            .purge(Extent::Below(&owner.object_prefix()))
            .await?;
        versions
            .purge(Extent::Below(&agent_pins_prefix(owner)))
            .await?;
        versions.purge(Extent::Key(&record_key(owner))).await
    }

    /// Deletes the older versions of an agent's record, which each save leaves behind in a bucket with versioning.
    ///
    /// The caller must hold the agent's lock.
    pub async fn trim(&self, owner: &Owner) -> Result<(), Fault> {
        self.versions().trim(&record_key(owner)).await
    }

    /// Deletes the key of a project's records if no version of a record, a pin or an object of any agent is left.
    pub async fn forget_project(&self, project: &str, env: &str) -> Result<(), Fault> {
        let key = seal_key(project, env);
        for folder in [RECORDS, PINS, OBJECTS] {
            let prefix = format!("{folder}/{project}/{env}/");
            if self.versions().is_any_left(&prefix, &key).await? {
                return Ok(());
            }
        }
        self.versions().purge(Extent::Key(&key)).await
    }

    /// Searches the bucket for what belongs to the owners that the filters select, and for what does not.
    pub async fn holdings(&self, filters: &[OwnerFilter]) -> Result<Holdings, Fault> {
        let versions = self.versions().all(Extent::Below("")).await?;
        let keys: BTreeSet<&str> = versions
            .iter()
            .map(|version| version.key.as_str())
            .collect();
        Ok(Holdings::of(keys, filters))
    }
}

impl RecordStore for S3RecordStore {
    fn save<'a>(
        &'a self,
        owner: &'a Owner,
        record: &'a Record,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(self.save(owner, record))
    }
}
