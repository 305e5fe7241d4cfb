//! Describes the desired resources as they were found, without comparing them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::fault::Fault;
use crate::resource::kind::Status;
use crate::resource::outputs::{lookup, outputs_of};
use crate::resource::provider::{Live, Reading};
use crate::resource::registry::{KindEntry, Registry};

/// The outputs that may be shown. Others are digests, some of them of secrets.
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

/// One desired resource as it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Surveyed {
    /// The resource.
    pub address: Address,
    /// Its agent; `None` for a resource that all agents share.
    pub agent: Option<String>,
    /// Its physical name; `None` while that needs an output of a resource that does not exist.
    pub name: Option<PhysicalName>,
    /// Its condition.
    pub condition: Condition,
    /// Whether callers reach the agent through it.
    pub is_pointer: bool,
    /// The version that callers reach through it.
    pub serves: Option<String>,
    /// The outputs that callers may use.
    pub outputs: BTreeMap<String, String>,
}

/// The condition of a resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// It is ready.
    Ready,
    /// The service is still working on it; holds the service's word for that.
    Settling(String),
    /// The service reports a failure, for this reason.
    Failed(String),
    /// Its deletion is scheduled; holds what remains of it.
    Leaving(String),
    /// It does not exist.
    Absent,
    /// Somebody else's resource has its name.
    Foreign,
    /// It could not be read.
    Unreadable(Fault),
}

/// Describes each desired resource.
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
            // It cannot be compared, but what was read of it is reported, with the fault.
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
    let outputs = outputs.as_object().into_iter().flatten();
    outputs
        .filter(|(name, _)| SHOWN.contains(&name.as_str()))
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

    /// Returns its name in the output.
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

    /// Returns the details, if there are any.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::Settling(text) | Self::Failed(text) | Self::Leaving(text) => Some(text.clone()),
            Self::Unreadable(fault) => Some(fault.to_string()),
            Self::Ready | Self::Absent | Self::Foreign => None,
        }
    }
}
