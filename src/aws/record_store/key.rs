//! The keys of objects in the artifacts bucket, and their owners.

use crate::resource::address::Address;
use crate::resource::owner::Owner;

pub(super) const OBJECTS: &str = "objects";
pub(super) const RECORDS: &str = "records";
pub(super) const PINS: &str = "pins";
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
            OBJECTS | PINS => Some(rest.split_once('/')?.0),
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

/// Returns the prefix of all pins of a project and environment.
pub(super) fn pins_prefix(project: &str, env: &str) -> String {
    format!("{PINS}/{project}/{env}/")
}

/// Returns the prefix of all pins of an agent.
pub(super) fn agent_pins_prefix(owner: &Owner) -> String {
    format!(
        "{}{}/",
        pins_prefix(&owner.project, &owner.env),
        owner.agent
    )
}

pub(super) fn pin_key(owner: &Owner, pointer: &Address) -> String {
    format!("{}{pointer}", agent_pins_prefix(owner))
}

/// Returns the agent and the pointer that the rest of a key is about, after the prefix of all pins.
pub(super) fn pinned_pointer(rest: &str) -> Option<(&str, Address)> {
    let (agent, pointer) = rest.split_once('/')?;
    Some((agent, pointer.parse().ok()?))
}

pub(super) fn lock_key(owner: &Owner) -> String {
    format!("{LOCKS}/{}/{}/{}", owner.project, owner.env, owner.agent)
}
