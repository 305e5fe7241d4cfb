//! `agentctl status`: the condition of the resources of agents, their last apply, and who holds their locks.

use super::agent::Agents;
use super::args::{Format, Globals};
use super::failure::Failure;
use super::survey::{Extent, Survey};
use crate::code::Status;
use crate::ui::{Terminal, json, status as view};

/// Show whether the resources of agents are ready, when they were applied, and who holds a lock
#[derive(Debug, clap::Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    pub(super) agents: Agents,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

pub(super) async fn status(
    args: &StatusArgs,
    globals: &Globals,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let extent = Extent::ResourcesAndKept;
    let survey = Survey::take(&args.agents, extent, globals, terminal).await?;
    let (resources, kept, heading) = (&survey.resources, &survey.kept, &survey.heading);
    match args.format {
        Format::Text => terminal.data(&view::text(resources, kept, heading, terminal.data_style)),
        Format::Json => {
            // A reader that closed the pipe has read what it needs.
            let _ = json::document(&view::json(resources, kept, heading), &mut terminal.out());
        }
    }
    Ok(survey.status())
}
