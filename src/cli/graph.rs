//! `agentctl graph`: what agents are made of, and in which order. Needs no account.

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

/// Show what agents are made of, and what is made before what
#[derive(Debug, clap::Args)]
pub(super) struct GraphArgs {
    #[command(flatten)]
    agents: Agents,
    /// How it is written
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
    // What is not there yet is made, so the plan over nothing has every resource and every edge.
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
