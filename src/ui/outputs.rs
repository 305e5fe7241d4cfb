//! The values of an agent's resources that AWS chooses and callers use: ARNs, ids, names, versions.

use serde_json::{Value, json};

use super::heading::Heading;
use super::line::{Line, render};
use super::status::agents;
use super::style::{Style, Tone};
use crate::observe::survey::{Condition, Surveyed};

/// The version of the format.
const FORMAT: &str = "agentctl/outputs/1";

/// Shows outputs to people, those for callers first.
pub fn text(resources: &[Surveyed], heading: &Heading, style: Style) -> String {
    let mut lines = heading.lines();
    for agent in agents(resources) {
        lines.push(heading.title(agent.as_deref()));
        let (pointers, others): (Vec<&Surveyed>, Vec<&Surveyed>) = resources
            .iter()
            .filter(|one| one.agent == agent)
            .partition(|one| one.is_pointer);
        for one in pointers.into_iter().chain(others) {
            let line = Line::indented(2).text(&one.address.to_string());
            let callers = if one.is_pointer { "for callers" } else { "" };
            lines.push(match &one.condition {
                Condition::Absent | Condition::Foreign | Condition::Unreadable(_) => {
                    line.toned(Tone::Warning, &format!("  {}", one.condition.as_str()))
                }
                Condition::Ready
                | Condition::Settling(_)
                | Condition::Failed(_)
                | Condition::Leaving(_) => line.toned(Tone::Faint, &format!("  {callers}")),
            });
            let width = one
                .outputs
                .keys()
                .map(String::len)
                .max()
                .unwrap_or_default();
            lines.extend(one.outputs.iter().map(|(name, value)| {
                Line::indented(4)
                    .toned(Tone::Faint, name)
                    .column(6 + width)
                    .text(value)
            }));
        }
    }
    render(&lines, style)
}

/// Returns outputs for programs.
pub fn json(resources: &[Surveyed], heading: &Heading) -> Value {
    let of = |agent: &Option<String>| -> Value {
        let all = resources.iter().filter(|one| one.agent == *agent);
        all.map(|one| {
            json!({
                "address": one.address,
                "kind": one.address.kind(),
                "name": one.name,
                "condition": one.condition.as_str(),
                "for_callers": one.is_pointer,
                "outputs": one.outputs,
            })
        })
        .collect()
    };
    let agents: Vec<Value> = agents(resources)
        .into_iter()
        .flatten()
        .map(|agent| json!({ "agent": agent, "resources": of(&Some(agent.clone())) }))
        .collect();
    json!({
        "format": FORMAT,
        "agentctl": env!("CARGO_PKG_VERSION"),
        "heading": heading.to_json(),
        "shared": of(&None),
        "agents": agents,
    })
}
