//! `agentctl validate`: everything that can be checked without an account.

use serde_json::{Value, json};

use super::agent::Agents;
use super::args::{Format, Globals};
use super::failure::Failure;
use super::session::Declared;
use crate::code::Status;
use crate::manifest::{Agent, Manifests};
use crate::ui::{Terminal, json};

/// The version of the format.
const FORMAT: &str = "agentctl/validation/1";

/// Check the manifests and the files that they name
#[derive(Debug, clap::Args)]
pub(super) struct ValidateArgs {
    #[command(flatten)]
    pub(super) agents: Agents,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

pub(super) fn validate(
    args: &ValidateArgs,
    globals: &Globals,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let checked = check(args, globals);
    match args.format {
        Format::Text => show(&checked?, terminal),
        Format::Json => {
            let document = match &checked {
                Ok(declared) => valid(declared),
                Err(failure) => json!({
                    "format": FORMAT,
                    "valid": false,
                    "errors": failure.to_json(terminal),
                }),
            };
            // A reader that closed the pipe has read what it needs.
            let _ = json::document(&document, &mut terminal.out());
            checked?;
        }
    }
    Ok(Status::Done)
}

fn check(args: &ValidateArgs, globals: &Globals) -> Result<Declared, Failure> {
    let declared = Declared::load(globals, &args.agents.selection())?;
    declared.prepare(globals)?;
    Ok(declared)
}

fn show(declared: &Declared, terminal: &Terminal) {
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
}

fn valid(declared: &Declared) -> Value {
    let warnings = declared.agents().flat_map(Agent::warnings);
    let warnings = warnings.map(
        |warning| json!({ "message": warning.message, "place": json::place(&warning.position) }),
    );
    json!({
        "format": FORMAT,
        "valid": true,
        "agents": declared.agents().map(|agent| agent.name.as_str()).collect::<Vec<_>>(),
        "warnings": warnings.collect::<Vec<_>>(),
        "parts": declared.manifests.passed_manifests(),
        "skipped": declared.manifests.foreign,
    })
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
