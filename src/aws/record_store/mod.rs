//! agentctl's own data in the artifacts bucket: the record of each agent, the key that seals the records, and locks.
//!
//! `object` makes the calls on one key, `lock` is the store of locks. A bucket that does not exist has no data.

mod clock;
mod lock;
mod object;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use self::object::Condition;
use super::object_version::{Extent, ObjectVersions};
use super::{Clients, concurrently};
use crate::executor::agent_status::LastApply;
use crate::executor::lock::Written;
use crate::executor::record_keeper::RecordStore;
use crate::plan::observation::Records;
use crate::plan::record::{FORMAT, Record, Seal};
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::operation::s3;
use crate::resource::owner::{Owner, OwnerFilter};
use crate::resource::site::Site;

const JSON: &str = "application/json";
const BYTES: &str = "application/octet-stream";

/// How often the store retries to read or create a seal while others create or delete it.
const ATTEMPTS: u32 = 3;

/// The record store of one account and region.
#[derive(Debug, Clone)]
pub struct S3RecordStore {
    clients: Arc<Clients>,
    account: String,
    bucket: String,
}

/// The content of the bucket, from the point of view of some owners.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holdings {
    /// Whether something belongs to others.
    pub has_others: bool,
    /// The owners of whom there is a record or a lock.
    pub noted: BTreeSet<Owner>,
    /// Whether there is a key of a project's records that no other agent of the project needs.
    pub has_seal: bool,
}

impl Holdings {
    fn of<'a>(keys: impl IntoIterator<Item = &'a str>, filters: &[OwnerFilter]) -> Self {
        let mut holdings = Self::default();
        let (mut sealed, mut shared) = (BTreeSet::new(), BTreeSet::new());
        for key in keys {
            let key_owner = KeyOwner::of(key);
            let of_project = || {
                let key_owner = key_owner?;
                filters
                    .iter()
                    .find(|filter| {
                        key_owner.project == filter.project && key_owner.env == filter.env
                    })
                    .map(|filter| (key_owner, filter))
            };
            let Some((key_owner, filter)) = of_project() else {
                holdings.has_others = true;
                continue;
            };
            let project = (key_owner.project, key_owner.env);
            // The key of a project's records counts as theirs: it is deleted with the last of the project's agents.
            let Some(agent) = key_owner.agent else {
                sealed.insert(project);
                continue;
            };
            let owner = Owner {
                project: key_owner.project.to_owned(),
                env: key_owner.env.to_owned(),
                region: filter.region.clone(),
                agent: agent.to_owned(),
            };
            if !filters.iter().any(|filter| filter.admits(&owner)) {
                holdings.has_others = true;
                shared.insert(project);
            } else if key_owner.folder != OBJECTS {
                holdings.noted.insert(owner);
            }
        }
        holdings.has_seal = sealed.difference(&shared).next().is_some();
        holdings
    }
}

const OBJECTS: &str = "objects";
const RECORDS: &str = "records";
const LOCKS: &str = "locks";
const SEAL: &str = "seal";

/// The project, environment and agent that a key of the bucket belongs to.
#[derive(Debug, Clone, Copy)]
struct KeyOwner<'a> {
    folder: &'a str,
    project: &'a str,
    env: &'a str,
    /// `None` for the seal of a project.
    agent: Option<&'a str>,
}

impl<'a> KeyOwner<'a> {
    fn of(key: &'a str) -> Option<Self> {
        let mut parts = key.splitn(4, '/');
        let (folder, project, env, rest) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let agent = match folder {
            OBJECTS => Some(rest.split_once('/')?.0),
            LOCKS => Some(rest),
            RECORDS if rest == SEAL => None,
            RECORDS => Some(rest.strip_suffix(".json")?),
            _ => return None,
        };
        Some(Self {
            folder,
            project,
            env,
            agent,
        })
    }
}

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
    /// Creates the record store for the site's artifacts bucket. Makes no call.
    pub fn new(clients: Arc<Clients>, site: &Site) -> Self {
        Self {
            clients,
            account: site.account.clone(),
            bucket: site.artifacts_bucket(),
        }
    }

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

    /// Deletes every version of an agent's objects and of its record.
    ///
    /// The caller must hold the agent's lock. Releasing the lock then deletes every version of the lock too. If that happened here,
    /// others could take the lock, and the heartbeat would report it as lost.
    pub async fn forget(&self, owner: &Owner) -> Result<(), Fault> {
        let versions = self.versions();
        versions
            .purge(Extent::Below(&owner.object_prefix()))
            .await?;
        versions.purge(Extent::Key(&record_key(owner))).await
    }

    /// Deletes the older versions of an agent's record, which each save leaves behind in a bucket with versioning.
    ///
    /// The caller must hold the agent's lock.
    pub async fn trim(&self, owner: &Owner) -> Result<(), Fault> {
        self.versions().trim(&record_key(owner)).await
    }

    /// Deletes the key of a project's records if no version of a record or of an object of any agent is left.
    pub async fn forget_project(&self, project: &str, env: &str) -> Result<(), Fault> {
        let key = seal_key(project, env);
        for folder in [RECORDS, OBJECTS] {
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

    fn versions(&self) -> ObjectVersions<'_> {
        ObjectVersions::new(&self.clients, &self.account, &self.bucket)
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

fn record_key(owner: &Owner) -> String {
    format!(
        "{RECORDS}/{}/{}/{}.json",
        owner.project, owner.env, owner.agent
    )
}

/// No record has this key, since the keys of records end in `.json`.
fn seal_key(project: &str, env: &str) -> String {
    format!("{RECORDS}/{project}/{env}/{SEAL}")
}

fn lock_key(owner: &Owner) -> String {
    format!("{LOCKS}/{}/{}/{}", owner.project, owner.env, owner.agent)
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("records and holders have text keys only, so they serialise")
}

fn not_understood(message: &str) -> Fault {
    Fault::new(FaultKind::Service, s3::GET_OBJECT, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILTER: fn(Option<&str>) -> OwnerFilter = |agent| OwnerFilter {
        project: "claims".to_owned(),
        env: "default".to_owned(),
        region: "us-east-1".to_owned(),
        agent: agent.map(str::to_owned),
    };

    fn holdings(keys: &[&str], agent: Option<&str>) -> (bool, Vec<String>, bool) {
        let found = Holdings::of(keys.iter().copied(), &[FILTER(agent)]);
        let noted = found.noted.into_iter().map(|owner| owner.agent).collect();
        (found.has_others, noted, found.has_seal)
    }

    #[test]
    fn records_and_locks_count_by_agent_and_objects_do_not() {
        let keys = [
            "objects/claims/default/triage/code/1.zip",
            "records/claims/default/triage.json",
            "locks/claims/default/intake",
            "records/claims/default/seal",
        ];
        let all = vec!["intake".to_owned(), "triage".to_owned()];
        assert_eq!(holdings(&keys, None), (false, all, true));
        // The other agent still needs the seal.
        let one = vec!["triage".to_owned()];
        assert_eq!(holdings(&keys, Some("triage")), (true, one, false));
    }

    #[test]
    fn a_seal_without_records_belongs_to_the_last_agent() {
        let keys = ["records/claims/default/seal"];
        assert_eq!(holdings(&keys, Some("triage")), (false, vec![], true));
    }

    #[test]
    fn a_key_of_another_project_or_of_unknown_form_belongs_to_others() {
        for key in [
            "records/refunds/default/triage.json",
            "records/claims/test/seal",
            "holiday.jpg",
            "objects/claims/default/triage",
            "backup/claims/default/triage.json",
        ] {
            assert_eq!(holdings(&[key], None), (true, vec![], false), "{key}");
        }
    }
}
