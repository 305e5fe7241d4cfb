//! The steps of a plan and what each waits for, as text, Mermaid or DOT.

use std::collections::BTreeMap;

use super::printable::printable;
use crate::plan::model::{Plan, PlannedStep, StepId};

/// Lists each resource with the resources that it waits for.
pub fn text(plan: &Plan) -> String {
    let lines = plan.steps.iter().map(|step| {
        let needs: Vec<String> = step.needs.iter().map(ToString::to_string).collect();
        let after = if needs.is_empty() {
            String::new()
        } else {
            format!("\n  after {}", printable(&needs.join(", ")))
        };
        format!("{}{after}\n", shown(step))
    });
    lines.collect()
}

/// Writes the graph for Mermaid; an arrow points to the later step.
pub fn mermaid(plan: &Plan) -> String {
    // Mermaid reads quotes and number signs in labels as entities only (Mermaid, "Entity codes to escape characters").
    let label = |step: &PlannedStep| shown(step).replace('#', "#35;").replace('"', "#quot;");
    let nodes = identified(plan)
        .into_iter()
        .map(|(step, id)| format!("  {id}[\"{}\"]\n", label(step)));
    let edges = edges(plan)
        .into_iter()
        .map(|(need, step)| format!("  {need} --> {step}\n"));
    format!("flowchart LR\n{}", nodes.chain(edges).collect::<String>())
}

/// Writes the graph for Graphviz; an arrow points to the later step.
pub fn dot(plan: &Plan) -> String {
    let label = |step: &PlannedStep| shown(step).replace('\\', "\\\\").replace('"', "\\\"");
    let nodes = identified(plan)
        .into_iter()
        .map(|(step, id)| format!("  {id} [label=\"{}\"]\n", label(step)));
    let edges = edges(plan)
        .into_iter()
        .map(|(need, step)| format!("  {need} -> {step}\n"));
    let body: String = nodes.chain(edges).collect();
    format!("digraph {{\n  rankdir=LR\n  node [shape=box]\n{body}}}\n")
}

fn shown(step: &PlannedStep) -> String {
    printable(&step.id.to_string())
}

/// Gives each step an id that is valid in both languages.
fn identified(plan: &Plan) -> Vec<(&PlannedStep, String)> {
    let id = |(place, step)| (step, format!("n{place}"));
    plan.steps.iter().enumerate().map(id).collect()
}

fn edges(plan: &Plan) -> Vec<(String, String)> {
    let steps = identified(plan);
    let ids: BTreeMap<&StepId, &String> = steps.iter().map(|(step, id)| (&step.id, id)).collect();
    let of_step = |(step, id): &(&PlannedStep, String)| -> Vec<(String, String)> {
        let needs = step.needs.iter().filter_map(|need| ids.get(need));
        needs.map(|need| ((*need).clone(), id.clone())).collect()
    };
    steps.iter().flat_map(of_step).collect()
}
