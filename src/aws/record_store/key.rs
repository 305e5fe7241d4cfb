//! The keys of objects in the artifacts bucket, and their owners.

use crate::resource::owner::Owner;

pub(super) const OBJECTS: &str = "objects";
pub(super) const RECORDS: &str = "records";
const LOCKS: &str = "locks";
const SEAL: &str = "seal";

/// The project, environment and agent that a key of the bucket belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeyOwner<'a> {
    pub(super) folder: &'a str,
    pub(super) project: &'a str,
    pub(super) env: &'a str,
    /// `None` for the seal of a project.
    pub(super) agent: Option<&'a str>,
}

impl<'a> KeyOwner<'a> {
    pub(super) fn of(key: &'a str) -> Option<Self> {
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

pub(super) fn record_key(owner: &Owner) -> String {
    format!(
        "{RECORDS}/{}/{}/{}.json",
        owner.project, owner.env, owner.agent
    )
}

/// No record has this key, since the keys of records end in `.json`.
pub(super) fn seal_key(project: &str, env: &str) -> String {
    format!("{RECORDS}/{project}/{env}/{SEAL}")
}

pub(super) fn lock_key(owner: &Owner) -> String {
    format!("{LOCKS}/{}/{}/{}", owner.project, owner.env, owner.agent)
}
