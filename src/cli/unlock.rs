//! `agentctl unlock`: takes away the lock of a run that died.

use serde_json::json;

use super::agent::OneAgent;
use super::args::{Format, Globals};
use super::change::{Consent, confirm};
use super::failure::Failure;
use super::session::{Declared, Session};
use super::stop::Stop;
use crate::aws::Access;
use crate::code::Status;
use crate::event::Events;
use crate::executor::lock::{FoundLock, LockError};
use crate::resource::owner::Owner;
use crate::run::{Engine, RunError};
use crate::ui::status::lock_json;
use crate::ui::{Heading, Terminal, json, lasting};

/// The version of what machines are told.
const FORMAT: &str = "agentctl/unlock/1";

/// Take away the lock of a run that died
///
/// Nobody has to: a lock whose holder gave no sign of life for five minutes is taken over by the next run. A run that works all the
/// same finds its lock gone within a minute, and stops.
#[derive(Debug, clap::Args)]
pub(super) struct UnlockArgs {
    #[command(flatten)]
    agent: OneAgent,
    #[command(flatten)]
    consent: Consent,
}

pub(super) async fn unlock(
    args: &UnlockArgs,
    globals: &Globals,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let declared = Declared::load_names(globals, &args.agent.selection())?;
    let project = &declared.manifests.project;
    let root = &declared.manifests.root;
    let stop = Stop::listen(terminal, Format::Text);
    let opening = Session::open(globals, Some(project), root, Access::Write);
    let session = stop.unless_asked(opening).await?;
    let heading = session.heading(globals, project.name.as_str(), declared.sides());
    let owners = declared.owners(&session.site, globals.env());
    let (events, _) = Events::channel();
    let engine = session.engine(events);
    let work = async {
        for owner in &owners {
            let asking = find_and_agree(&engine, owner, &heading, &args.consent, terminal);
            let found = stop.unless_asked(asking).await?;
            if let Some(found) = &found {
                engine.unlock(owner, found).await.map_err(refused)?;
            }
            conclude(owner, found.as_ref(), args.consent.format, terminal);
        }
        Ok(Status::Done)
    };
    let done = work.await;
    session.close(&stop, terminal).await?;
    done
}

/// Finds the lock, shows it and asks; `None` when there is none.
async fn find_and_agree(
    engine: &Engine,
    owner: &Owner,
    heading: &Heading,
    consent: &Consent,
    terminal: &Terminal,
) -> Result<Option<FoundLock>, Failure> {
    let Some(found) = engine.lock_of(owner).await? else {
        return Ok(None);
    };
    let age = found.seen.duration_since(found.modified).unsigned_abs();
    let text = format!(
        "{}{owner} is locked by {}, {} ago\n",
        heading.text(terminal.note_style),
        found.holder,
        lasting(age)
    );
    // Whoever is asked sees what for, however quiet it is to be.
    if consent.yes {
        terminal.note(&text);
    } else {
        terminal.error(&text);
    }
    let question = "Take this lock away? If its holder still works, it stops within a minute.";
    confirm(consent, question, terminal).await?;
    Ok(Some(found))
}

/// Advises about a lock that was written while somebody was asked about it.
fn refused(error: RunError) -> Failure {
    let is_held = matches!(error, RunError::Lock(LockError::Held { .. }));
    let failure = Failure::from(error);
    if is_held {
        failure.hint("nothing was changed: the lock was written a moment ago, so whoever holds it is at work")
    } else {
        failure
    }
}

fn conclude(owner: &Owner, found: Option<&FoundLock>, format: Format, terminal: &Terminal) {
    match (format, found) {
        (Format::Text, Some(found)) => {
            terminal.data(&format!("unlocked {owner}, held by {}", found.holder));
        }
        (Format::Text, None) => terminal.data(&format!("nobody holds a lock of {owner}")),
        (Format::Json, found) => {
            let document = json!({
                "format": FORMAT,
                "agent": owner.agent,
                "unlocked": found.is_some(),
                "lock": found.map(lock_json),
            });
            // A reader that has gone away has what it wanted.
            let _ = json::document(&document, &mut std::io::stdout());
        }
    }
}
