//! `agentctl rollback`: moves callers to an older version, and pins them there.

use super::agent::OneAgent;
use super::args::Globals;
use super::change::Consent;
use super::failure::Failure;
use super::pointer::{Goal, move_pointer};
use crate::code::Status;
use crate::run::PointerChoice;
use crate::ui::Terminal;

/// Move callers to an older version of an agent, and pin them there
///
/// Moves the alias or endpoint in one call and changes nothing else. `agentctl apply` still publishes new versions, but does not move
/// callers until `agentctl promote AGENT` or `agentctl apply --promote`.
#[derive(Debug, clap::Args)]
pub(super) struct RollbackArgs {
    #[command(flatten)]
    pub(super) agent: OneAgent,
    /// Version to go back to (default: the one before the served version)
    #[arg(long, value_name = "N")]
    version: Option<u64>,
    /// Reason; shown by `diff` and `versions` while callers are pinned
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    consent: Consent,
}

pub(super) async fn rollback(
    args: &RollbackArgs,
    globals: &Globals,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let about = (&args.agent, &args.consent);
    let reason = args.reason.clone();
    move_pointer(
        about,
        ("rollback", Goal::Other),
        |served, by, since| {
            let version = served.back(args.version)?;
            let pin = Some(served.pin_at(version, by, since, reason));
            Ok(PointerChoice { version, pin })
        },
        globals,
        terminal,
    )
    .await
}
