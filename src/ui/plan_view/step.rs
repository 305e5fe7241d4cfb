//! The steps of one agent: a line for each, its fields below it, and warnings.

use serde_json::Value;

use super::change::field_lines;
use super::value::{field_name, known_later, readable};
use crate::plan::model::{Action, Note, Phase, Plan, PlannedStep, Reason, StepId};
use crate::resource::address::Address;
use crate::resource::registry::Registry;
use crate::ui::line::Line;
use crate::ui::name::{LONGEST_NAME, short_name};
use crate::ui::style::Tone;

/// The column where kinds begin. Symbols end in the column before it.
const KIND: usize = 4;

/// The longest name that moves the columns after it for all steps of an agent.
const WIDEST_NAME: usize = 72;

/// The lines of one step.
pub(super) struct StepLines {
    /// The step itself and its fields.
    pub(super) fields: Vec<Line>,
    /// Warnings, such as outages and lost data.
    pub(super) words: Vec<Line>,
}

/// Shows steps of one agent, aligned with each other.
pub(super) fn block(plan: &Plan, registry: &Registry, steps: &[&PlannedStep]) -> Vec<StepLines> {
    let names: Vec<String> = steps
        .iter()
        .map(|step| short_name(&name(step, known_later), LONGEST_NAME))
        .collect();
    let kind_width = width(steps.iter().map(|step| step.id.address.kind()));
    let name_width = width(names.iter().map(String::as_str)).min(WIDEST_NAME);
    let lines_of = |(step, name): (&&PlannedStep, &String)| {
        let words = Words {
            column: KIND + kind_width + 2,
            kind: step.id.address.kind(),
        };
        let line = symbol(&step.action)
            .text(step.id.address.kind())
            .column(words.column)
            .text(name);
        let mut fields = vec![match about(step) {
            Some(about) => line.column(words.column + name_width + 2).text(&about),
            None => line,
        }];
        fields.extend(field_lines(registry, words.kind, &step.changes, ""));
        StepLines {
            fields,
            words: words.lines(plan, registry, step, name),
        }
    };
    steps.iter().zip(&names).map(lines_of).collect()
}

fn width<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(|text| text.chars().count()).max().unwrap_or(0)
}

/// Returns the physical name, with the outputs that it waits for if it is known only after the apply.
pub(super) fn physical_name(step: &PlannedStep) -> String {
    name(step, readable)
}

/// Returns the physical name, with `words` for the parts that are known only after the apply.
fn name(step: &PlannedStep, words: impl Fn(&Value) -> Value) -> String {
    let name = serde_json::to_value(&step.name).expect("a name serialises as text or reference");
    words(&name)
        .as_str()
        .map_or_else(|| step.id.address.name().to_owned(), str::to_owned)
}

fn symbol(action: &Action) -> Line {
    let (symbol, tone) = match action {
        Action::Create => ("+", Tone::Create),
        Action::Update => ("~", Tone::Update),
        Action::Replace(_) => ("-/+", Tone::Delete),
        Action::Delete => ("-", Tone::Delete),
    };
    Line::indented(KIND - 1 - symbol.len())
        .toned(tone, symbol)
        .text(" ")
}

/// The text after the name: a summary of a new resource, or the reason for a replacement.
fn about(step: &PlannedStep) -> Option<String> {
    match &step.action {
        Action::Create => Some(step.summary.clone()).filter(|summary| !summary.is_empty()),
        Action::Replace(Reason::Field(field)) => Some(format!(
            "replaced: `{}` cannot be changed in place",
            field_name(field)
        )),
        Action::Replace(Reason::Failed(reason)) => {
            Some(format!("replaced: AWS reports a failure: {reason}"))
        }
        Action::Update | Action::Delete => None,
    }
}

/// Writes the warnings of one step, each with the kind of the resource.
struct Words<'a> {
    column: usize,
    kind: &'a str,
}

impl Words<'_> {
    fn lines(&self, plan: &Plan, registry: &Registry, step: &PlannedStep, name: &str) -> Vec<Line> {
        let mut lines = Vec::new();
        for note in &step.notes {
            match note {
                Note::Widens(grants) => lines.extend(self.widening(grants)),
                Note::Denies(versions) => lines.push(self.denial(versions)),
                Note::Loses(what) => lines.push(self.line(&format!("lost: {what}"))),
                Note::Outage => lines.push(
                    self.line("outage: it is deleted and then created again; resources that use it fail in between"),
                ),
                Note::OfOthers => lines.push(self.line(
                    "not agentctl's: somebody else created it; it is deleted only with `--with-others`",
                )),
                Note::UsedByOthers(users) => lines.push(self.use_by_others(users)),
                Note::StopsTraffic(instead) => lines.push(self.stop_of_traffic(name, instead)),
            }
        }
        if let Some(after) = narrows_after(plan, registry, step) {
            lines.push(self.line(&format!(
                "policy narrows only after {after}; until then both the old and the new permissions hold"
            )));
        }
        lines
    }

    fn denial(&self, versions: &[u64]) -> Line {
        let numbers: Vec<String> = versions.iter().map(u64::to_string).collect();
        let versions = match numbers.len() {
            1 => "version",
            _ => "versions",
        };
        let numbers = numbers.join(", ");
        self.line(&format!(
            "policy denies more: at once, and also for {versions} {numbers}, which callers reach"
        ))
    }

    fn use_by_others(&self, users: &[Address]) -> Line {
        let users: Vec<String> = users.iter().map(|user| format!("`{user}`")).collect();
        self.line(&format!(
            "in use: {}, which is not ours, refers to it; it is deleted only with `--with-others`",
            users.join(" and ")
        ))
    }

    fn stop_of_traffic(&self, name: &str, instead: &[Address]) -> Line {
        let stops = format!("outage: `{name}` goes away");
        if instead.is_empty() {
            return self.line(&stops);
        }
        let instead: Vec<String> = instead
            .iter()
            .map(|pointer| format!("`{pointer}`"))
            .collect();
        let instead = instead.join(" or ");
        self.line(&format!("{stops}; callers must switch to {instead}"))
    }

    fn line(&self, text: &str) -> Line {
        Line::indented(KIND - 2)
            .toned(Tone::Warning, "!")
            .text(" ")
            .text(self.kind)
            .column(self.column)
            .text(text)
    }

    fn widening(&self, grants: &[String]) -> Vec<Line> {
        const WIDENS: &str = "policy widens: ";
        grants
            .iter()
            .enumerate()
            .map(|(place, grant)| match place {
                0 => self.line(&format!("{WIDENS}{grant}")),
                _ => Line::indented(self.column + WIDENS.len()).text(grant),
            })
            .collect()
    }
}

/// Returns what happens between the two phases of a step, if it has two.
fn narrows_after(plan: &Plan, registry: &Registry, step: &PlannedStep) -> Option<String> {
    let widen = StepId::widen(&step.id.address);
    if step.id.phase != Phase::Whole || !plan.steps.iter().any(|other| other.id == widen) {
        return None;
    }
    let pointers: Vec<String> = step
        .needs
        .iter()
        .filter(|need| {
            registry
                .kind(need.address.kind())
                .is_some_and(|kind| kind.pointer)
        })
        .map(|need| format!("`{}`", need.address))
        .collect();
    let mut needs = step.needs.iter();
    let deletes = needs.any(|need| registry.is_of_old_versions(need.address.kind()));
    match (pointers.is_empty(), deletes) {
        (true, false) => None,
        (true, true) => Some("the old versions are deleted".to_owned()),
        (false, false) => Some(format!("{} has moved", pointers.join(" and "))),
        (false, true) => Some(format!(
            "{} has moved and the old versions are deleted",
            pointers.join(" and ")
        )),
    }
}
