//! The commands: one file each. They parse, call, render and choose the exit status.

mod agent;
mod apply;
mod args;
mod bug;
mod change;
mod command_line;
mod completion;
mod destroy;
mod diff;
mod drift;
mod explain;
mod failure;
mod graph;
mod local;
mod narrator;
mod outputs;
mod pointer;
mod promote;
mod rollback;
mod running;
mod saved;
mod schema;
mod session;
mod status;
mod stop;
mod survey;
mod unlock;
mod validate;
mod versions;

use std::io::IsTerminal;
use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

use self::args::{Color, Globals};
pub use self::command_line::command_line;
use self::command_line::{Cli, Command};
use self::failure::Failure;
use self::session::is_ci;
use crate::code::{Code, Status};
use crate::ui::{Loss, Style, Terminal};

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let cli = match Cli::of_process() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; anything else is a wrong command line. A failure to print cannot be reported.
            let _ = error.print();
            return exit(if error.use_stderr() {
                Status::Usage
            } else {
                Status::Done
            });
        }
    };
    let terminal = terminal(&cli.globals);
    bug::report_on(&terminal);
    log(cli.globals.verbose);
    exit(bug::caught(|| run_on(&cli, &terminal)))
}

fn run_on(cli: &Cli, terminal: &Terminal) -> Status {
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            terminal.error(&format!("error: the runtime could not be started: {error}"));
            return Status::Error;
        }
    };
    let status = match runtime.block_on(command(cli, terminal)) {
        Ok(status) => status,
        Err(failure) => {
            terminal.error(&failure.render(terminal));
            failure.status
        }
    };
    after_loss(status, terminal)
}

async fn command(cli: &Cli, terminal: &Terminal) -> Result<Status, Failure> {
    match &cli.command {
        Command::Diff(args) => diff::diff(args, &cli.globals, terminal).await,
        // Boxed, because it contains all work of an apply.
        Command::Apply(args) => Box::pin(apply::apply(args, &cli.globals, terminal)).await,
        Command::Destroy(args) => destroy::destroy(args, &cli.globals, terminal).await,
        Command::Drift(args) => drift::drift(args, &cli.globals, terminal).await,
        Command::Versions(args) => versions::versions(args, &cli.globals, terminal).await,
        Command::Promote(args) => promote::promote(args, &cli.globals, terminal).await,
        Command::Rollback(args) => rollback::rollback(args, &cli.globals, terminal).await,
        Command::Unlock(args) => unlock::unlock(args, &cli.globals, terminal).await,
        Command::Validate(args) => validate::validate(args, &cli.globals, terminal),
        Command::Status(args) => status::status(args, &cli.globals, terminal).await,
        Command::Outputs(args) => outputs::outputs(args, &cli.globals, terminal).await,
        Command::Graph(args) => graph::graph(args, &cli.globals, terminal),
        Command::Schema(args) => schema::schema(args, terminal),
        Command::Explain(args) => Ok(explain::explain(args, terminal)),
        Command::Completion(args) => Ok(completion::completion(args, command_line(), terminal)),
        Command::Local(args) => local::local(args, terminal).await,
    }
}

/// Reports if standard output is incomplete, so that nobody uses a part of it as the whole.
fn after_loss(status: Status, terminal: &Terminal) -> Status {
    let Some(reason) = terminal.loss.reason() else {
        return status;
    };
    let failure = Failure::new(format!("standard output could not be written: {reason}"))
        .code(Code::LostOutput)
        .hint("the output is incomplete; make room for it, and run the command again");
    terminal.error(&failure.render(terminal));
    match status {
        Status::Done | Status::Differences => failure.status,
        other => other,
    }
}

fn exit(status: Status) -> ExitCode {
    ExitCode::from(status as u8)
}

fn terminal(globals: &Globals) -> Terminal {
    // https://no-color.org: any value but an empty one.
    let is_unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let style = |is_terminal: bool| match globals.color {
        Color::Always => Style::Colour,
        Color::Auto if is_terminal && !is_unwanted => Style::Colour,
        Color::Auto | Color::Never => Style::Plain,
    };
    Terminal {
        data_style: style(std::io::stdout().is_terminal()),
        note_style: style(std::io::stderr().is_terminal()),
        is_quiet: globals.quiet,
        is_drawn_on: is_drawn_on(globals),
        loss: Loss::default(),
        invocation: globals.invocation.clone(),
    }
}

/// Returns whether lines are redrawn: only on a terminal, and not among lines of the log.
fn is_drawn_on(globals: &Globals) -> bool {
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    std::io::stderr().is_terminal()
        && !is_dumb
        && !is_ci()
        && !globals.quiet
        && globals.verbose == 0
}

/// Logs only this crate: the SDK's logs have whole requests, and so secrets.
fn log(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = EnvFilter::new(format!("off,agentctl={level}"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // If standard error is closed, reporting that on standard error would end the process.
        .log_internal_errors(false)
        .with_ansi(false)
        .init();
}
