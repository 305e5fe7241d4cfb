//! Pins: each keeps a pointer of an agent at a version, even if newer versions are published.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::resource::address::Address;
use crate::resource::fault::Fault;

/// A pin: it keeps a pointer at a version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pin {
    /// The published version.
    #[serde(with = "as_text")]
    pub version: u64,
    /// The ARN of the identity that set it.
    pub by: String,
    /// The time when it was set, in RFC 3339.
    pub since: String,
    /// The user's reason.
    pub reason: Option<String>,
    /// The version that the pointer moves away from; `None` once the pointer was seen at the pinned version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<String>,
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "pinned to version {} by {} since {}",
            self.version, self.by, self.since
        )?;
        match &self.reason {
            Some(reason) => write!(f, ": {reason}"),
            None => Ok(()),
        }
    }
}

/// The number of a version as text, as AWS writes it. `$LATEST` is no version.
mod as_text {
    use serde::de::{Deserialize, Deserializer, Error, Unexpected};
    use serde::ser::Serializer;

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    pub(super) fn serialize<S: Serializer>(version: &u64, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(version)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        let text = String::deserialize(from)?;
        let number = text.parse().ok().filter(|number| *number > 0);
        let unexpected = || D::Error::invalid_value(Unexpected::Str(&text), &"a published version");
        number.ok_or_else(unexpected)
    }
}

/// The pins of some agents as they were read.
#[derive(Debug, Clone, PartialEq)]
pub enum ObservedPins {
    /// The pins of each agent, by name of the agent and by pointer. A pin that is there and cannot be used is a fault.
    Read(BTreeMap<String, AgentPins>),
    /// Why it is not known which pointers are pinned.
    Unreadable(Fault),
}

/// The pins of one agent.
pub type AgentPins = BTreeMap<Address, Result<Pin, Fault>>;

impl Default for ObservedPins {
    fn default() -> Self {
        Self::Read(BTreeMap::new())
    }
}

impl ObservedPins {
    /// Returns the pin of a pointer, if it has one or may have one.
    pub fn of(&self, agent: &str, pointer: &Address) -> Option<Result<&Pin, &Fault>> {
        match self {
            Self::Read(pins) => Some(pins.get(agent)?.get(pointer)?.as_ref()),
            Self::Unreadable(fault) => Some(Err(fault)),
        }
    }

    /// Lists the pins of all agents.
    pub fn all(&self) -> impl Iterator<Item = (&String, &Address, &Pin)> {
        let by_agent = match self {
            Self::Read(pins) => Some(pins),
            Self::Unreadable(_) => None,
        };
        by_agent.into_iter().flatten().flat_map(|(agent, pins)| {
            let readable = pins.iter();
            readable.filter_map(move |(address, pin)| Some((agent, address, pin.as_ref().ok()?)))
        })
    }

    /// Returns whether a pin of the agent holds a version, or may hold it.
    pub fn hold(&self, agent: &str, version: u64) -> bool {
        let is_held = |pin: &Result<Pin, Fault>| {
            let pin = pin.as_ref();
            pin.map_or(true, |pin| pin.version == version)
        };
        match self {
            Self::Read(pins) => pins
                .get(agent)
                .is_some_and(|pins| pins.values().any(is_held)),
            Self::Unreadable(_) => true,
        }
    }

    /// Returns the pins of one agent.
    pub fn of_agent(&self, agent: &str) -> Result<AgentPins, Fault> {
        match self {
            Self::Read(pins) => Ok(pins.get(agent).cloned().unwrap_or_default()),
            Self::Unreadable(fault) => Err(fault.clone()),
        }
    }

    /// Returns why a pin cannot be used, if there is one such pin.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Read(pins) => {
                let mut all = pins.values().flat_map(AgentPins::values);
                all.find_map(|pin| pin.as_ref().err())
            }
            Self::Unreadable(fault) => Some(fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::resource::fault::FaultKind;

    fn pin(version: &str) -> Result<Pin, serde_json::Error> {
        serde_json::from_value(json!({
            "version": version,
            "by": "ada",
            "since": "2026-01-02T03:04:05Z",
            "reason": null,
        }))
    }

    #[test]
    fn a_pin_names_a_published_version_and_nothing_else() {
        let read = pin("3").unwrap();
        assert_eq!(
            (read.version, json!(read)["version"].clone()),
            (3, json!("3"))
        );
        for text in ["$LATEST", "0", "-1", "", "live"] {
            assert!(pin(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_pin_that_cannot_be_read_may_hold_any_version() {
        let pointer = Address::new("pointer", "live");
        let pins = |pin| {
            let of_agent = BTreeMap::from([(pointer.clone(), pin)]);
            ObservedPins::Read(BTreeMap::from([("triage".to_owned(), of_agent)]))
        };
        let held = |pins: &ObservedPins| [3, 5].map(|version| pins.hold("triage", version));
        let fault = || Fault::local(FaultKind::Denied, "no");
        assert_eq!(held(&ObservedPins::default()), [false, false]);
        assert_eq!(held(&pins(Ok(pin("3").unwrap()))), [true, false]);
        assert_eq!(held(&pins(Err(fault()))), [true, true]);
        assert_eq!(held(&ObservedPins::Unreadable(fault())), [true, true]);
    }
}
