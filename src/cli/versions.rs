//! `agentctl versions`: the versions of an agent, the one that callers reach, and deleting those that nothing uses.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::agent::OneAgent;
use super::args::{Format, Globals};
use super::change::{self, Consent, ONE_AT_A_TIME};
use super::failure::Failure;
use super::pointer::Subject;
use super::running::Running;
use super::stop::Stop;
use crate::aws::Access;
use crate::code::Status;
use crate::event::Events;
use crate::plan::model::{Pins, Plan};
use crate::run::{ApplyRequest, NoContents};
use crate::ui::{Terminal, Undertaking, json, version_view};

/// List the versions of an agent, and which one callers reach
#[derive(Debug, clap::Args)]
pub(super) struct VersionsArgs {
    #[command(flatten)]
    pub(super) agent: OneAgent,
    /// Delete these versions, and the permissions and objects that only they needed (can be repeated)
    #[arg(long, value_name = "N", num_args = 1.., value_parser = clap::value_parser!(u64).range(1..))]
    delete: Vec<u64>,
    #[command(flatten)]
    consent: Consent,
}

pub(super) async fn versions(
    args: &VersionsArgs,
    globals: &Globals,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    if args.delete.is_empty() {
        list(args, globals, terminal).await
    } else {
        delete(args, globals, terminal).await
    }
}

async fn list(
    args: &VersionsArgs,
    globals: &Globals,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let stop = Stop::listen(terminal, Format::Text);
    let subject = stop
        .unless_asked(Subject::open(globals, &args.agent, Access::Read))
        .await?;
    let session = &subject.session;
    // Nothing is reported before the end, and then all at once.
    let (events, _) = Events::channel();
    let engine = session.engine(events);
    let looking = async { Ok(engine.served(&subject.desired, &subject.owner).await?) };
    let served = stop.unless_asked(looking).await;
    if let Ok(served) = &served {
        match args.consent.format {
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

async fn delete(
    args: &VersionsArgs,
    globals: &Globals,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let format = args.consent.format;
    let stop = Stop::listen(terminal, format);
    let opening = stop.unless_asked(Subject::open(globals, &args.agent, Access::Write));
    let Subject {
        session,
        desired,
        owner,
        heading,
        root,
    } = change::opened(opening.await, format, terminal)?;
    let options = change::run_options(&root, ONE_AT_A_TIME, "versions --delete");
    let consent = args.consent.clone();
    let running = Running::begin(session, heading, (options, stop), consent, terminal);
    let agree = async |plan: &Plan| running.agree(plan, "Delete these versions?").await;
    let request = ApplyRequest {
        desired: &desired,
        owners: std::slice::from_ref(&owner),
        contents: Arc::new(NoContents),
        pins: Pins::Honoured,
        saved: None,
    };
    let versions: BTreeSet<u64> = args.delete.iter().copied().collect();
    let deleting = running
        .engine
        .delete_versions(&request, &versions, &running.options, agree);
    let ended = running.stop.run(&running.options, deleting).await;
    running.end(ended, Undertaking::DeleteVersions).await
}
