//! `agentctl explain`: what an error code means, and how to fix it.

use crate::code::{Code, Status};
use crate::manifest::nearest;
use crate::ui::Terminal;
use crate::ui::command::{Command, Invocation};

/// Explain an error code
#[derive(Debug, clap::Args)]
pub(super) struct ExplainArgs {
    /// Error code, such as AC0105 (all codes are listed when none)
    #[arg(value_name = "CODE", value_parser = code)]
    code: Option<Code>,
}

fn code(text: &str) -> Result<Code, String> {
    let upper = text.to_uppercase();
    let named = Code::ALL.iter().find(|code| code.as_str() == upper);
    named.copied().ok_or_else(|| {
        let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        let advice = nearest(&upper, &codes).unwrap_or_else(|| {
            format!(
                "{} lists the codes",
                Command::Codes.shown(&Invocation::default())
            )
        });
        format!("there is no such code; {advice}")
    })
}

pub(super) fn explain(args: &ExplainArgs, terminal: &Terminal) -> Status {
    if let Some(code) = args.code {
        terminal.data(code.page());
    } else {
        let titles: Vec<&str> = Code::ALL.iter().map(|code| code.title()).collect();
        terminal.data(&titles.join("\n"));
    }
    Status::Done
}
