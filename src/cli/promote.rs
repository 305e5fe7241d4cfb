//! `agentctl promote`: moves callers to a newer version.

use super::agent::OneAgent;
use super::args::Globals;
use super::change::Consent;
use super::failure::Failure;
use super::pointer::move_pointer;
use crate::code::Status;
use crate::plan::record::Pin;
use crate::run::PointerChoice;
use crate::ui::Terminal;

/// Move callers to the newest version of an agent, and release their pin
///
/// Moves the alias or endpoint in one call and changes nothing else. If `--version` is not the newest, callers are pinned to it, as by
/// `agentctl rollback AGENT`.
#[derive(Debug, clap::Args)]
pub(super) struct PromoteArgs {
    #[command(flatten)]
    pub(super) agent: OneAgent,
    /// Version to go to (default: the newest)
    #[arg(long, value_name = "N")]
    version: Option<u64>,
    #[command(flatten)]
    consent: Consent,
}

pub(super) async fn promote(
    args: &PromoteArgs,
    globals: &Globals,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let about = (&args.agent, &args.consent);
    move_pointer(
        about,
        "promote",
        |served, by, since| {
            let version = served.forward(args.version)?;
            let pin = (served.newest() != Some(version)).then(|| Pin {
                version: version.to_string(),
                by,
                since,
                reason: None,
            });
            Ok(PointerChoice { version, pin })
        },
        globals,
        terminal,
    )
    .await
}
