//! `agentctl completion`: scripts that complete commands and options in a shell.

use clap_complete::{Shell, generate};

use crate::code::Status;
use crate::ui::Terminal;

/// Print a script that completes commands and options in a shell
#[derive(Debug, clap::Args)]
pub(super) struct CompletionArgs {
    /// Shell of the script
    shell: Shell,
}

pub(super) fn completion(
    args: &CompletionArgs,
    mut command_line: clap::Command,
    terminal: &Terminal,
) -> Status {
    let mut script = Vec::new();
    generate(args.shell, &mut command_line, "agentctl", &mut script);
    terminal.data(&String::from_utf8_lossy(&script));
    Status::Done
}
