//! `agentctl versions`: the versions of an agent, and the one that callers reach.

use super::agent::OneAgent;
use super::args::{Format, Globals};
use super::failure::Failure;
use super::pointer::Subject;
use super::stop::Stop;
use crate::aws::Access;
use crate::code::Status;
use crate::event::Events;
use crate::ui::{Terminal, json, version_view};

/// List the versions of an agent, and which one callers reach
#[derive(Debug, clap::Args)]
pub(super) struct VersionsArgs {
    #[command(flatten)]
    pub(super) agent: OneAgent,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

pub(super) async fn versions(
    args: &VersionsArgs,
    globals: &Globals,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let stop = Stop::listen(terminal, Format::Text);
    let subject = stop
        .unless_asked(Subject::open(globals, &args.agent, Access::Read))
        .await?;
    let session = &subject.session;
    // The events of this read are not shown; its result is.
    let (events, _) = Events::channel();
    let engine = session.engine(events);
    let looking = async { Ok(engine.served(&subject.desired, &subject.owner).await?) };
    let served = stop.unless_asked(looking).await;
    if let Ok(served) = &served {
        match args.format {
            Format::Text => terminal.data(&version_view::text(served, terminal.data_style)),
            Format::Json => {
                let document = version_view::json(served);
                // A reader that closed the pipe has read what it needs.
                let _ = json::document(&document, &mut terminal.out());
            }
        }
    }
    subject.session.close(&stop, terminal).await?;
    served?;
    Ok(Status::Done)
}
