//! The whole plan for people: heading, a block for each agent, what could not be read, what is kept, and the count.

use std::collections::{BTreeMap, BTreeSet};

use super::step::block;
use crate::plan::model::{Action, Phase, PinFate, Plan, PlannedPin, PlannedStep, Purpose};
use crate::resource::address::Address;
use crate::resource::fault::Fault;
use crate::resource::owner::Ownership;
use crate::resource::registry::Registry;
use crate::ui::advice::Advice;
use crate::ui::command::{Command, Invocation};
use crate::ui::heading::Heading;
use crate::ui::hint;
use crate::ui::line::{Line, render};
use crate::ui::number::counted;
use crate::ui::style::{Style, Tone};

/// Shows a plan to people.
pub fn text(plan: &Plan, heading: &Heading, registry: &Registry, style: Style) -> String {
    let mut lines = heading.lines();
    let blocks = by_agent(plan);
    for (agent, steps) in &blocks {
        lines.push(heading.title(*agent));
        for step in block(plan, registry, steps) {
            lines.extend(step.fields);
            lines.extend(step.words);
        }
        lines.extend(unchanged(plan, *agent));
    }
    if !blocks.is_empty() {
        lines.extend(elsewhere(plan, &blocks));
    }
    lines.extend(unreadable(&plan.unreadable, &heading.invocation));
    lines.extend(kept(plan, &heading.invocation));
    lines.extend(foreign(plan));
    lines.extend(older(plan, &heading.invocation));
    lines.extend(pins(plan, &heading.invocation));
    lines.extend(sum(plan, heading));
    render(&lines, style)
}

/// Counts the unchanged resources of an agent.
pub(super) fn unchanged(plan: &Plan, agent: Option<&str>) -> Option<Line> {
    let count = plan
        .unchanged
        .iter()
        .filter(|(_, of)| of.as_deref() == agent)
        .count();
    (count > 0).then(|| Line::indented(2).toned(Tone::Faint, &format!("= {count} unchanged")))
}

pub(super) type Blocks<'a> = BTreeMap<Option<&'a str>, Vec<&'a PlannedStep>>;

/// Groups the steps by agent, shared resources first, each group in the order of the plan.
pub(super) fn by_agent(plan: &Plan) -> Blocks<'_> {
    let mut blocks = Blocks::new();
    for step in plan
        .steps
        .iter()
        .filter(|step| step.id.phase == Phase::Whole)
    {
        let agent = step.owner.as_ref().map(|owner| owner.agent.as_str());
        blocks.entry(agent).or_default().push(step);
    }
    blocks
}

/// Counts the resources of agents without differences.
pub(super) fn elsewhere(plan: &Plan, blocks: &Blocks<'_>) -> Option<Line> {
    let others: Vec<Option<&str>> = plan
        .unchanged
        .iter()
        .map(|(_, agent)| agent.as_deref())
        .filter(|agent| !blocks.contains_key(agent))
        .collect();
    let agents: BTreeSet<&str> = others.iter().copied().flatten().collect();
    let whose = match (agents.len(), others.contains(&None)) {
        (0, false) => return None,
        (0, true) => "shared".to_owned(),
        (count, false) => format!("of {}", counted(count, "other agent")),
        (count, true) => format!("of {} and shared", counted(count, "other agent")),
    };
    let text = format!("= {} unchanged, {whose}", others.len());
    Some(Line::default().toned(Tone::Faint, &text))
}

/// Lists what could not be read, with the reason and advice.
pub(in crate::ui) fn unreadable(
    resources: &[(Address, Fault)],
    invocation: &Invocation,
) -> Vec<Line> {
    let mut lines = Vec::new();
    if !resources.is_empty() {
        lines.push(Line::default().toned(Tone::Title, "could not be read"));
    }
    for (address, fault) in resources {
        lines.push(
            Line::indented(2)
                .toned(Tone::Warning, "?")
                .text(&format!(" {address}  {fault}")),
        );
        if let Some(hint) = hint::of(fault) {
            lines.push(Line::indented(6).text(&format!("hint: {}", hint.shown(invocation))));
        }
    }
    lines
}

pub(super) fn kept(plan: &Plan, invocation: &Invocation) -> Vec<Line> {
    let mut lines = Vec::new();
    if !plan.kept.is_empty() {
        let title = match plan.purpose {
            Purpose::Apply => "kept, although no longer declared",
            Purpose::Destroy => "kept",
        };
        lines.push(Line::default().toned(Tone::Title, title));
    }
    for (address, reason) in &plan.kept {
        lines.push(Line::indented(2).text(&format!(
            "= {address}  {}",
            Advice::from(reason).shown(invocation)
        )));
    }
    lines
}

/// Lists what has names of ours and is not ours.
pub(super) fn foreign(plan: &Plan) -> Vec<Line> {
    let mut lines = Vec::new();
    if !plan.foreign.is_empty() {
        lines.push(Line::default().toned(Tone::Title, "not ours, and not changed"));
    }
    for foreign in &plan.foreign {
        lines.push(Line::indented(2).text(&format!(
            "= {} `{}`  {}",
            foreign.address.kind(),
            foreign.name,
            whose(&foreign.owner)
        )));
    }
    lines
}

/// Says whose a resource is that is not ours.
pub fn whose(owner: &Ownership) -> String {
    match owner {
        Ownership::Of(owner) => format!("it belongs to {owner}"),
        Ownership::Shared => "its marks say that all agents of the account share it".to_owned(),
        Ownership::Parent | Ownership::Unmarked => "it does not have agentctl's marks".to_owned(),
    }
}

/// Lists the permissions that only older versions need, and how to take them away.
pub(super) fn older(plan: &Plan, invocation: &Invocation) -> Vec<Line> {
    let mut lines = Vec::new();
    if !plan.older.is_empty() {
        lines.push(Line::default().toned(Tone::Title, "permissions kept for older versions"));
    }
    for older in &plan.older {
        let versions = match &older.versions[..] {
            [] => "any older version".to_owned(),
            versions => numbered(versions),
        };
        let reason = match &older.unknown {
            None => format!("needed by {versions}"),
            Some(why) => format!("possibly needed by {versions}: {why}"),
        };
        lines.push(Line::indented(2).text(&format!("= {}  {reason}", older.address)));
        lines.extend(
            older
                .grants
                .iter()
                .map(|grant| Line::indented(6).text(grant)),
        );
        if !older.deletable.is_empty() {
            let command = Command::DeleteVersions {
                agent: older.agent.clone(),
                versions: older.deletable.clone(),
            };
            lines.push(Line::indented(6).text(&format!(
                "{} deletes {} and the permissions that nothing needs then",
                command.shown(invocation),
                numbered(&older.deletable),
            )));
        }
    }
    lines
}

/// Writes numbers of versions as `version 1` or `versions 1, 2`.
fn numbered(versions: &[u64]) -> String {
    let numbers: Vec<String> = versions.iter().map(u64::to_string).collect();
    let word = if versions.len() == 1 {
        "version"
    } else {
        "versions"
    };
    format!("{word} {}", numbers.join(", "))
}

/// Lists the pinned pointers, and whether each pin stays.
fn pins(plan: &Plan, invocation: &Invocation) -> Vec<Line> {
    let mut lines = Vec::new();
    if !plan.pins.is_empty() {
        lines.push(Line::default().toned(Tone::Title, "pinned"));
    }
    for PlannedPin {
        address,
        agent,
        pin,
        fate,
    } in &plan.pins
    {
        let (symbol, end) = match fate {
            PinFate::Set => ("+", String::new()),
            PinFate::Holds => {
                let agent = agent.clone();
                let command = Command::Release { agent }.shown(invocation);
                ("=", format!("; {command} releases it"))
            }
            PinFate::Gone => {
                let command = |command: Command| command.shown(invocation);
                let promote = command(Command::Promote {
                    agent: agent.clone(),
                });
                let rollback = command(Command::Rollback {
                    agent: agent.clone(),
                });
                let end = format!(
                    "; this version no longer exists: {promote}, or {rollback} with `--version`, chooses another"
                );
                ("!", end)
            }
            PinFate::Released => ("-", "; released".to_owned()),
            PinFate::Void => (
                "-",
                "; ends, because its pointer is replaced or deleted".to_owned(),
            ),
        };
        lines.push(Line::indented(2).text(&format!("{symbol} {address}  {pin}{end}")));
    }
    lines
}

/// The last lines: whether the comparison is complete, and how much changes.
fn sum(plan: &Plan, heading: &Heading) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(incomplete) = incomplete(plan) {
        lines.push(Line::default().toned(Tone::Warning, &incomplete));
    }
    let line = Line::default().toned(Tone::Title, &counts(plan));
    lines.push(match heading.effort_text() {
        Some(effort) => line.text("  ").toned(Tone::Faint, &effort),
        None => line,
    });
    lines
}

/// Returns a warning if something could not be read.
pub(super) fn incomplete(plan: &Plan) -> Option<String> {
    let what = counted(plan.unreadable.len(), "resource");
    (!plan.unreadable.is_empty())
        .then(|| format!("Incomplete: {what} could not be read, so there may be more differences."))
}

/// Counts the steps by action.
pub(super) fn counts(plan: &Plan) -> String {
    if plan.is_empty() {
        let nothing = match (plan.purpose, plan.unreadable.is_empty()) {
            (Purpose::Apply, true) => "No differences.",
            (Purpose::Apply, false) => "No differences in what could be read.",
            (Purpose::Destroy, true) => "Nothing to destroy.",
            (Purpose::Destroy, false) => "Nothing to destroy in what could be read.",
        };
        return nothing.to_owned();
    }
    format!(
        "Plan: {} create, {} update, {} replace, {} delete.",
        plan.count(|action| *action == Action::Create),
        plan.count(|action| *action == Action::Update),
        plan.count(|action| matches!(action, Action::Replace(_))),
        plan.count(|action| *action == Action::Delete),
    )
}
