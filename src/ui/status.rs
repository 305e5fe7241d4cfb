//! The condition of the resources of agents, their pins, when they were last applied, and which run holds their locks.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::heading::Heading;
use super::hint;
use super::line::{Line, render};
use super::name::{LONGEST_NAME, short_name};
use super::style::{Style, Tone};
use crate::executor::agent_status::{AgentStatus, LastApply};
use crate::executor::lock::{FoundHolder, FoundLock, is_abandoned};
use crate::observe::survey::{Condition, Surveyed};
use crate::plan::pin::Pin;
use crate::resource::fault::Fault;

/// The version of the format.
const FORMAT: &str = "agentctl/status/1";

/// The column of kinds, after the longest word for a condition.
const KIND: usize = 14;

/// Shows the status of agents to people.
pub fn text(
    resources: &[Surveyed],
    kept: &BTreeMap<String, AgentStatus>,
    heading: &Heading,
    style: Style,
) -> String {
    let mut lines = heading.lines();
    let name = KIND + 2 + widest(resources.iter().map(|one| one.address.kind()));
    let detail = name + 2 + widest(resources.iter().map(shown_name));
    for agent in agents(resources) {
        lines.push(heading.title(agent.as_deref()));
        for one in resources.iter().filter(|one| one.agent == agent) {
            let line = Line::indented(2)
                .toned(tone(&one.condition), one.condition.as_str())
                .column(KIND)
                .text(one.address.kind())
                .column(name)
                .text(&shown_name(one));
            let serves = one
                .serves
                .iter()
                .map(|version| format!("serves version {version}"));
            let pin = pin(one, kept).map(|pin| pinned(one, pin));
            let remarks: Vec<String> = serves.chain(pin).chain(one.condition.detail()).collect();
            lines.push(if remarks.is_empty() {
                line
            } else {
                line.column(detail).text(&remarks.join(", "))
            });
            if let Condition::Unreadable(fault) = &one.condition
                && let Some(hint) = hint::of(fault)
            {
                lines.push(
                    Line::indented(KIND)
                        .text(&format!("hint: {}", hint.shown(&heading.invocation))),
                );
            }
        }
        if let Some(kept) = agent.and_then(|agent| kept.get(&agent)) {
            lines.extend(kept_lines(kept));
        }
    }
    render(&lines, style)
}

/// Returns the status of agents for programs.
pub fn json(
    resources: &[Surveyed],
    kept: &BTreeMap<String, AgentStatus>,
    heading: &Heading,
) -> Value {
    let of = |agent: &Option<String>| -> Value {
        let all = resources.iter().filter(|one| one.agent == *agent);
        all.map(|one| resource_json(one, kept)).collect()
    };
    let agents: Vec<Value> = agents(resources)
        .into_iter()
        .flatten()
        .map(|agent| {
            let kept = kept.get(&agent).map(kept_json);
            json!({ "agent": agent, "resources": of(&Some(agent.clone())), "kept": kept })
        })
        .collect();
    json!({
        "format": FORMAT,
        "agentctl": env!("CARGO_PKG_VERSION"),
        "heading": heading.to_json(),
        "complete": is_complete(resources, kept),
        "shared": of(&None),
        "agents": agents,
    })
}

/// Returns whether everything was read that the answer has.
pub fn is_complete(resources: &[Surveyed], kept: &BTreeMap<String, AgentStatus>) -> bool {
    let is_unread = |one: &Surveyed| matches!(one.condition, Condition::Unreadable(_));
    let is_known = |kept: &AgentStatus| {
        let pins = kept.pins.as_ref();
        kept.lock.is_ok()
            && kept.applied.is_ok()
            && pins.is_ok_and(|pins| pins.values().all(Result::is_ok))
    };
    !resources.iter().any(is_unread) && kept.values().all(is_known)
}

/// Returns the pin of a resource, if it has one.
fn pin<'a>(
    one: &Surveyed,
    kept: &'a BTreeMap<String, AgentStatus>,
) -> Option<&'a Result<Pin, Fault>> {
    let pins = kept.get(one.agent.as_ref()?)?.pins.as_ref().ok()?;
    pins.get(&one.address)
}

/// Says which version a pointer is pinned to, and whether it is elsewhere.
fn pinned(one: &Surveyed, pin: &Result<Pin, Fault>) -> String {
    match pin {
        Ok(pin) if is_elsewhere(one, pin) => format!("although {pin}"),
        Ok(pin) => pin.to_string(),
        Err(fault) => format!("its pin could not be read: {fault}"),
    }
}

/// Returns whether a pointer is not at its pinned version.
fn is_elsewhere(one: &Surveyed, pin: &Pin) -> bool {
    let serves = one.serves.as_deref();
    serves.is_some_and(|version| version != pin.version.to_string())
}

/// Returns the agents that have resources; `None`, for what they share, comes first.
pub(super) fn agents(resources: &[Surveyed]) -> BTreeSet<Option<String>> {
    resources.iter().map(|one| one.agent.clone()).collect()
}

fn resource_json(one: &Surveyed, kept: &BTreeMap<String, AgentStatus>) -> Value {
    let pin = pin(one, kept);
    let readable = pin.and_then(|pin| pin.as_ref().ok());
    json!({
        "address": one.address,
        "kind": one.address.kind(),
        "name": one.name,
        "condition": one.condition.as_str(),
        "detail": one.condition.detail(),
        "serves": one.serves,
        "pin": readable,
        "pin_unreadable": pin.and_then(|pin| pin.as_ref().err()),
    })
}

fn kept_json(kept: &AgentStatus) -> Value {
    let applied = |applied: &LastApply| json!({ "at": applied.at, "agentctl": applied.agentctl });
    json!({
        "applied": kept.applied.as_ref().ok().and_then(Option::as_ref).map(applied),
        "applied_unreadable": kept.applied.as_ref().err(),
        "lock": kept.lock.as_ref().ok().and_then(Option::as_ref).map(lock_json),
        "lock_unreadable": kept.lock.as_ref().err(),
        "pins_unreadable": kept.pins.as_ref().err(),
    })
}

/// Returns the holder of a lock for programs.
pub fn lock_json(found: &FoundLock) -> Value {
    let abandoned = is_abandoned(found.modified, found.seen) || found.holder.has_ended();
    match &found.holder {
        FoundHolder::Named(holder) => json!({
            "who": holder.who,
            "pid": holder.pid,
            "command": holder.command,
            "since": holder.since,
            "heartbeat": holder.heartbeat,
            "abandoned": abandoned,
        }),
        FoundHolder::Unclear(reason) => json!({ "unclear": reason, "abandoned": abandoned }),
    }
}

fn kept_lines(kept: &AgentStatus) -> Vec<Line> {
    let applied = match &kept.applied {
        Ok(Some(applied)) => format!(
            "last applied {:.0} by agentctl {}",
            applied.at, applied.agentctl
        ),
        Ok(None) => "no apply is recorded".to_owned(),
        Err(fault) => format!("last apply unknown: {fault}"),
    };
    let lock = match &kept.lock {
        Ok(Some(found)) if found.holder.has_ended() => Some(format!(
            "lock left by a process that has ended: {}",
            found.holder
        )),
        Ok(Some(found)) if is_abandoned(found.modified, found.seen) => {
            Some(format!("lock abandoned by {}", found.holder))
        }
        Ok(Some(found)) => Some(format!("locked by {}", found.holder)),
        Ok(None) => None,
        Err(fault) => Some(format!("lock unknown: {fault}")),
    };
    let mut lines = vec![Line::indented(2).toned(Tone::Faint, &applied)];
    let unread = kept.pins.as_ref().err();
    let pins = unread.map(|fault| format!("pins unknown: {fault}"));
    lines.extend(pins.map(|pins| Line::indented(2).toned(Tone::Warning, &pins)));
    lines.extend(lock.map(|lock| Line::indented(2).toned(Tone::Warning, &lock)));
    lines
}

/// Returns the physical name, shortened; nothing if it has none yet.
fn shown_name(one: &Surveyed) -> String {
    one.name
        .as_ref()
        .map_or_else(String::new, |name| short_name(name.as_str(), LONGEST_NAME))
}

fn widest<T: AsRef<str>>(texts: impl Iterator<Item = T>) -> usize {
    let width = |text: T| text.as_ref().chars().count();
    texts.map(width).max().unwrap_or_default()
}

fn tone(condition: &Condition) -> Tone {
    match condition {
        Condition::Ready => Tone::Create,
        Condition::Settling(_) | Condition::Leaving(_) => Tone::Update,
        Condition::Failed(_) | Condition::Foreign => Tone::Delete,
        Condition::Unreadable(_) => Tone::Warning,
        Condition::Absent => Tone::Faint,
    }
}
