//! `agentctl validate`: everything that can be checked without an account.

use super::agent::Agents;
use super::args::Globals;
use super::failure::Failure;
use super::session::Declared;
use crate::code::Status;
use crate::ui::Terminal;

/// Check the manifests and the files that they name
#[derive(Debug, clap::Args)]
pub(super) struct ValidateArgs {
    #[command(flatten)]
    pub(super) agents: Agents,
}

pub(super) fn validate(
    args: &ValidateArgs,
    globals: &Globals,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let declared = Declared::load(globals, &args.agents.selection())?;
    declared.prepare(globals)?;
    let agents = declared.agents().count();
    let noun = if agents == 1 {
        "agent is"
    } else {
        "agents are"
    };
    terminal.note(&format!("{agents} {noun} valid"));
    Ok(Status::Done)
}
