//! `agentctl outputs`: what callers of agents need.

use super::agent::Agents;
use super::args::{Format, Globals};
use super::failure::Failure;
use super::survey::{Extent, Survey};
use crate::code::Status;
use crate::ui::{Terminal, json, outputs as view};

/// Print the ARNs, names and ids of the resources of agents
#[derive(Debug, clap::Args)]
pub(super) struct OutputsArgs {
    #[command(flatten)]
    pub(super) agents: Agents,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

pub(super) async fn outputs(
    args: &OutputsArgs,
    globals: &Globals,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let survey = Survey::take(&args.agents, Extent::Resources, globals, terminal).await?;
    let (resources, heading) = (&survey.resources, &survey.heading);
    match args.format {
        Format::Text => terminal.data(&view::text(resources, heading, terminal.data_style)),
        Format::Json => {
            // A reader that closed the pipe has read what it needs.
            let _ = json::document(&view::json(resources, heading), &mut terminal.out());
        }
    }
    Ok(survey.status())
}
