//! `agentctl validate`: everything that can be checked without an account.

use super::agent::Agents;
use super::args::Globals;
use super::failure::Failure;
use super::session::Declared;
use crate::code::Status;
use crate::manifest::Manifests;
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
    declared.warn(terminal);
    let agents = declared.agents().count();
    let noun = if agents == 1 {
        "agent is"
    } else {
        "agents are"
    };
    terminal.note(&format!("{agents} {noun} valid"));
    for note in skipped(&declared.manifests) {
        terminal.note(&note);
    }
    Ok(Status::Done)
}

/// Says which files were not read as manifests, so that none is missed in silence.
fn skipped(manifests: &Manifests) -> Vec<String> {
    let mut notes: Vec<String> = manifests
        .passed_manifests()
        .iter()
        .map(|path| format!("`{path}` is a part of an agent, so it is not read as a manifest"))
        .collect();
    match manifests.foreign {
        0 => {}
        1 => notes.push("1 file without a manifest is skipped".to_owned()),
        count => notes.push(format!("{count} files without a manifest are skipped")),
    }
    notes
}
