//! What agentctl keeps for itself in the artifacts bucket: the record of each agent, the key that records are sealed with, and locks.
//!
//! `object` makes the calls on one key, `version` lists and purges, `lock` is the store of locks. A bucket that is not there holds nothing.

mod clock;
mod lock;
mod object;
mod version;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use self::object::Condition;
use self::version::Extent;
use super::{Clients, concurrently};
use crate::apply::kept::Applied;
use crate::apply::lock::Written;
use crate::apply::memory::RecordStore;
use crate::plan::planner::Records;
use crate::plan::record::{FORMAT, Record, Seal};
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::owner::{Owner, OwnerFilter};
use crate::resource::site::Site;

const JSON: &str = "application/json";
const BYTES: &str = "application/octet-stream";

/// How often a seal is looked for that others make or purge at the same moment.
const ATTEMPTS: u32 = 3;

/// The depot of one account and region.
#[derive(Debug, Clone)]
pub struct Depot {
    clients: Arc<Clients>,
    account: String,
    bucket: String,
}

/// The part of a record that is read first.
#[derive(Deserialize)]
struct Preamble {
    format: u32,
}

/// The part of a record that says who wrote it.
#[derive(Deserialize)]
struct Origin {
    agentctl: String,
}

impl Depot {
    /// Makes the depot in the site's artifacts bucket. Calls nothing.
    pub fn new(clients: Arc<Clients>, site: &Site) -> Self {
        Self {
            clients,
            account: site.account.clone(),
            bucket: site.artifacts_bucket(),
        }
    }

    /// Reads what is remembered of these agents, all of one project and environment, and the key it was sealed with.
    ///
    /// Makes one call for each agent and one for the key. Nothing is created. A record that is there and not understood is a fault.
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

    /// Reads when an agent was last applied, whichever format its record has.
    pub async fn applied(&self, owner: &Owner) -> Result<Option<Applied>, Fault> {
        let key = record_key(owner);
        let Some(object) = self.get(&key).await? else {
            return Ok(None);
        };
        let Origin { agentctl } = serde_json::from_slice(&object.bytes).map_err(|error| {
            not_understood(&format!("the record `{key}` is not understood: {error}"))
        })?;
        let undated = || not_understood(&format!("no date came with `{key}`"));
        Ok(Some(Applied {
            at: object.modified.ok_or_else(undated)?,
            agentctl,
        }))
    }

    /// Reads the key that the project's records are sealed with, or makes it.
    pub async fn seal(&self, project: &str, env: &str) -> Result<Seal, Fault> {
        let key = seal_key(project, env);
        for _ in 0..ATTEMPTS {
            if let Some(seal) = self.read_seal(project, env).await? {
                return Ok(seal);
            }
            let mut secret = [0; 32];
            getrandom::fill(&mut secret).map_err(|error| {
                Fault::new(FaultKind::Service, "random bytes", error.to_string())
            })?;
            let put = self.put(&key, secret.to_vec(), BYTES, Condition::Absent);
            if let Written::As(_) = put.await? {
                return Ok(Seal::new(secret));
            }
        }
        Err(Fault::new(
            FaultKind::Busy,
            "s3 PutObject",
            format!("others make and delete `{key}` at the same time"),
        ))
    }

    async fn read_seal(&self, project: &str, env: &str) -> Result<Option<Seal>, Fault> {
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

    /// Saves an agent's record over the one that is there.
    pub async fn save(&self, owner: &Owner, record: &Record) -> Result<(), Fault> {
        let bytes = json(record);
        self.put(&record_key(owner), bytes, JSON, Condition::None)
            .await?;
        Ok(())
    }

    /// Deletes every version of an agent's objects and of its record.
    ///
    /// To be called while its lock is held. Releasing the lock then deletes every version of that too; doing it here would let
    /// others in while the lock's heartbeat takes it for lost.
    pub async fn forget(&self, owner: &Owner) -> Result<(), Fault> {
        self.purge(Extent::Below(&owner.object_prefix())).await?;
        self.purge(Extent::Key(&record_key(owner))).await
    }

    /// Deletes the key of a project's records, when no version of a record or of an object of any agent is left.
    pub async fn forget_project(&self, project: &str, env: &str) -> Result<(), Fault> {
        let key = seal_key(project, env);
        for folder in ["records", "objects"] {
            let prefix = format!("{folder}/{project}/{env}/");
            if self.is_any_left(&prefix, &key).await? {
                return Ok(());
            }
        }
        self.purge(Extent::Key(&key)).await
    }
}

impl Depot {
    /// Tells whether the bucket holds anything that is not of the owners asked for.
    ///
    /// The key of a project's records counts as theirs: it goes with the last of the project's agents.
    pub async fn holds_others(&self, filters: &[OwnerFilter]) -> Result<bool, Fault> {
        let is_theirs = |key: &str| {
            let mut parts = key.splitn(4, '/').skip(1);
            let (project, env, rest) =
                (parts.next(), parts.next(), parts.next().unwrap_or_default());
            let agent = rest.split('/').next().unwrap_or_default();
            filters.iter().any(|filter| {
                let is_project = project == Some(&filter.project) && env == Some(&filter.env);
                let is_agent =
                    |wanted: &String| agent == wanted || agent == format!("{wanted}.json");
                is_project
                    && (key == seal_key(&filter.project, &filter.env)
                        || filter.agent.as_ref().is_none_or(is_agent))
            })
        };
        let versions = self.versions(Extent::Below("")).await?;
        Ok(versions.iter().any(|version| !is_theirs(&version.key)))
    }
}

impl RecordStore for Depot {
    fn save<'a>(
        &'a self,
        owner: &'a Owner,
        record: &'a Record,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(self.save(owner, record))
    }
}

fn record_key(owner: &Owner) -> String {
    format!(
        "records/{}/{}/{}.json",
        owner.project, owner.env, owner.agent
    )
}

/// No record has this key, since theirs end in `.json`.
fn seal_key(project: &str, env: &str) -> String {
    format!("records/{project}/{env}/seal")
}

fn lock_key(owner: &Owner) -> String {
    format!("locks/{}/{}/{}", owner.project, owner.env, owner.agent)
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("records and holders have text keys only, so they serialise")
}

fn not_understood(message: &str) -> Fault {
    Fault::new(FaultKind::Service, "s3 GetObject", message)
}
