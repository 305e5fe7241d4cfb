//! What stands of what is wished for, resource by resource, without comparing any of it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::fault::Fault;
use crate::resource::kind::Status;
use crate::resource::outputs::{lookup, outputs_of};
use crate::resource::provider::{Live, Reading};
use crate::resource::registry::{KindEntry, Registry};

/// The outputs that may be shown. Others are digests, some of them of what is secret.
const SHOWN: [&str; 9] = [
    "alias",
    "arn",
    "bucket",
    "groupArn",
    "id",
    "key",
    "name",
    "version",
    "versionId",
];

/// What stands of one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Surveyed {
    /// The resource.
    pub address: Address,
    /// Its agent; `None` for what the account shares.
    pub agent: Option<String>,
    /// Its physical name; `None` while that waits for something that is not there.
    pub name: Option<PhysicalName>,
    /// How it is.
    pub condition: Condition,
    /// Whether callers reach the agent through it.
    pub is_pointer: bool,
    /// The version that callers reach through it.
    pub serves: Option<String>,
    /// What the service tells of it and callers may use.
    pub outputs: BTreeMap<String, String>,
}

/// How a resource is.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// It is ready.
    Ready,
    /// The service is still working on it, in the service's own word.
    Settling(String),
    /// The service gave up on it, for this reason.
    Failed(String),
    /// Its deletion is scheduled; this remains of it.
    Leaving(String),
    /// It is not there.
    Absent,
    /// What has its name is somebody else's.
    Foreign,
    /// It could not be told.
    Unreadable(Fault),
}

/// Says of each resource that is wished for how it was found.
pub fn survey(
    registry: &Registry,
    desired: &[DesiredResource],
    readings: &BTreeMap<Address, Reading<Live>>,
) -> Vec<Surveyed> {
    let known = outputs_of(readings);
    let one = |resource: &DesiredResource| {
        let kind = registry.kind(resource.address.kind());
        let is_pointer = kind.is_some_and(|kind| kind.pointer);
        let (condition, live) = match readings.get(&resource.address) {
            Some(Reading::Found(live) | Reading::Obscured(live, _))
                if !live.owner.is_of(resource.owner.as_ref()) =>
            {
                (Condition::Foreign, None)
            }
            Some(Reading::Found(live)) => (Condition::of(&live.status), Some(live)),
            // What can be told of it is told; that it cannot be compared does not matter here, but its fault does.
            Some(Reading::Obscured(live, fault)) => {
                (Condition::Unreadable(fault.clone()), Some(live))
            }
            Some(Reading::Unreadable(fault)) => (Condition::Unreadable(fault.clone()), None),
            Some(Reading::Absent) | None => (Condition::Absent, None),
        };
        let version = live
            .filter(|_| is_pointer)
            .map(|live| &live.spec["version"]);
        Surveyed {
            address: resource.address.clone(),
            agent: resource.agent().map(str::to_owned),
            name: resource.physical_name(&|source| lookup(&known, source)),
            condition,
            is_pointer,
            serves: version.and_then(Value::as_str).map(str::to_owned),
            outputs: live
                .map(|live| shown(kind, &live.outputs))
                .unwrap_or_default(),
        }
    };
    desired.iter().map(one).collect()
}

fn shown(kind: Option<&KindEntry>, outputs: &Value) -> BTreeMap<String, String> {
    let url = kind.and_then(|kind| (kind.invocation_url)(outputs));
    let told = outputs.as_object().into_iter().flatten();
    told.filter(|(name, _)| SHOWN.contains(&name.as_str()))
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .chain(url.map(|url| ("invocationUrl".to_owned(), url)))
        .collect()
}

impl Condition {
    fn of(status: &Status) -> Self {
        match status {
            Status::Ready => Self::Ready,
            Status::Settling(word) | Status::Going(word) => Self::Settling(word.clone()),
            Status::Failed(reason) => Self::Failed(reason.clone()),
            Status::Leaving(remains) => Self::Leaving(remains.clone()),
        }
    }

    /// Returns the word for it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Settling(_) => "settling",
            Self::Failed(_) => "failed",
            Self::Leaving(_) => "leaving",
            Self::Absent => "absent",
            Self::Foreign => "foreign",
            Self::Unreadable(_) => "unreadable",
        }
    }

    /// Says more about it, where there is more.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::Settling(text) | Self::Failed(text) | Self::Leaving(text) => Some(text.clone()),
            Self::Unreadable(fault) => Some(fault.to_string()),
            Self::Ready | Self::Absent | Self::Foreign => None,
        }
    }
}
