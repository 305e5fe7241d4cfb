//! `agentctl graph`: the resources of agents, and their order. Needs no account.

use std::collections::BTreeMap;

use clap::ValueEnum;

use super::agent::Agents;
use super::args::Globals;
use super::failure::Failure;
use super::session::Declared;
use crate::code::Status;
use crate::kinds::registry;
use crate::plan::model::{Pins, Purpose};
use crate::plan::observation::Observations;
use crate::plan::planner::plan;
use crate::resource::provider::Reading;
use crate::ui::{Terminal, graph as view};

/// Show the resources of agents, and the order in which they are created
#[derive(Debug, clap::Args)]
pub(super) struct GraphArgs {
    #[command(flatten)]
    pub(super) agents: Agents,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Language,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Language {
    Text,
    Mermaid,
    Dot,
}

pub(super) fn graph(
    args: &GraphArgs,
    globals: &Globals,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let declared = Declared::load(globals, &args.agents.selection())?;
    let (_, expansion) = declared.prepare_anywhere(globals)?;
    let desired = &expansion.desired;
    // Missing resources are created, so a plan for an empty account has every resource and every edge.
    let readings: BTreeMap<_, _> = desired
        .iter()
        .map(|resource| (resource.address.clone(), Reading::Absent))
        .collect();
    let observed = Observations {
        readings,
        ..Observations::default()
    };
    let purpose = Purpose::Apply;
    let plan = plan(&registry(), desired, &observed, purpose, Pins::Honoured)?;
    terminal.data(&match args.format {
        Language::Text => view::text(&plan),
        Language::Mermaid => view::mermaid(&plan),
        Language::Dot => view::dot(&plan),
    });
    Ok(Status::Done)
}
