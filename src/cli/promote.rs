//! `agentctl promote`: moves callers to the version that was applied last.

use super::agent::OneAgent;
use super::args::Globals;
use super::change::Consent;
use super::failure::Failure;
use super::pointer::{Goal, move_pointer};
use crate::code::Status;
use crate::run::PointerChoice;
use crate::ui::Terminal;

/// Move callers to the version of an agent that was applied last, and release their pin
///
/// Moves the alias or endpoint in one call and changes nothing else. If `--version` is not the newest, callers are pinned to it, as by
/// `agentctl rollback AGENT`.
#[derive(Debug, clap::Args)]
pub(super) struct PromoteArgs {
    #[command(flatten)]
    pub(super) agent: OneAgent,
    /// Version to go to (default: the one that was applied last)
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
    let goal = args.version.map_or(Goal::Applied, |_| Goal::Other);
    move_pointer(
        about,
        ("promote", goal),
        |served, by, since| {
            let version = served.forward(args.version)?;
            let is_pinned = args.version.is_some() && served.newest() != Some(version);
            let pin = is_pinned.then(|| served.pin_at(version, by, since, None));
            Ok(PointerChoice { version, pin })
        },
        globals,
        terminal,
    )
    .await
}
