//! `agentctl local`: the built-in local AWS endpoint.

use camino::Utf8PathBuf;
use clap::{Subcommand, ValueEnum};
use localstack::Delays;

use super::args::Format;
use super::failure::Failure;
use super::session::working_directory;
use super::stop::Stop;
use crate::code::Status;
use crate::local::{Local, data_path, reset, status};
use crate::manifest;
use crate::ui::Terminal;

/// Run, reset or show the built-in local AWS endpoint
#[derive(Debug, clap::Args)]
pub(super) struct LocalArgs {
    #[command(subcommand)]
    command: LocalCommand,
}

#[derive(Debug, Subcommand)]
enum LocalCommand {
    /// Serve the local endpoint until interrupted, for the AWS CLI and other clients
    Serve {
        /// Port on 127.0.0.1 (any free one when 0)
        #[arg(long, value_name = "N", default_value_t = 4566)]
        port: u16,
        /// How long operations take: as long as in AWS, a moment, or no time
        #[arg(long, value_name = "PROFILE", default_value = "fast")]
        delays: Profile,
    },
    /// Delete all data of this project's local endpoint
    Reset,
    /// Show the process that serves this project's local endpoint
    Status,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Profile {
    Real,
    Fast,
    None,
}

impl Profile {
    fn delays(self) -> Delays {
        match self {
            Self::Real => Delays::real(),
            Self::Fast => Delays::fast(),
            Self::None => Delays::none(),
        }
    }
}

/// Finds the root of the project, or the working directory where there is no project: nothing here reads a manifest.
fn around() -> Result<Utf8PathBuf, Failure> {
    let folder = working_directory()?;
    Ok(manifest::root(&folder).unwrap_or(folder))
}

pub(super) async fn local(args: &LocalArgs, terminal: &Terminal) -> Result<Status, Failure> {
    let root = around()?;
    match &args.command {
        LocalCommand::Serve { port, delays } => {
            let stop = Stop::listen(terminal, Format::Text);
            let local = Local::begin(&root, *port, delays.delays()).await?;
            let url = local.server.url();
            terminal.data(&url);
            terminal.note("clients: the access key is the account id of 12 digits, any secret is accepted; stop with Ctrl-C");
            stop.asked().await;
            local.close().await?;
            Ok(Status::Done)
        }
        LocalCommand::Reset => {
            reset(&root)?;
            terminal.note(&format!("deleted: {}", data_path(&root)));
            Ok(Status::Done)
        }
        LocalCommand::Status => {
            let text = match status(&root)? {
                Some(server) => format!("{} (process {})", server.url(), server.pid),
                None => "not running; commands with `--local` start it automatically".to_owned(),
            };
            terminal.data(&text);
            Ok(Status::Done)
        }
    }
}
