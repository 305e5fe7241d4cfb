//! `agentctl completion`: what makes a shell complete commands and options.

use clap_complete::{Shell, generate};

use crate::code::Status;
use crate::ui::Terminal;

/// Print the script that makes a shell complete commands and options
#[derive(Debug, clap::Args)]
pub(super) struct CompletionArgs {
    /// Shell that the script is for
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
