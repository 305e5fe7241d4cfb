//! `agentctl unlock`: removes the lock of a run that died.

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
use crate::ui::{Heading, Terminal, json, lasting, printable};

/// The version of the JSON output.
const FORMAT: &str = "agentctl/unlock/1";

/// Remove the lock of a run that died
///
/// This is rarely needed: the next run takes over a lock whose holder sent no heartbeat for five minutes. A run that is still working
/// notices within a minute that its lock is gone, and stops.
#[derive(Debug, clap::Args)]
pub(super) struct UnlockArgs {
    #[command(flatten)]
    pub(super) agent: OneAgent,
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

/// Finds the lock, shows it and asks; `None` if there is none.
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
        printable(&found.holder.to_string()),
        lasting(age)
    );
    // The question needs the lock's holder, so `--quiet` does not hide it.
    if consent.yes {
        terminal.note(&text);
    } else {
        terminal.error(&text);
    }
    let question = "Remove this lock? If its holder is still working, it stops within a minute.";
    confirm(consent, question, terminal).await?;
    Ok(Some(found))
}

/// Adds a hint about a lock that was written while the user was asked.
fn refused(error: RunError) -> Failure {
    let is_held = matches!(error, RunError::Lock(LockError::Held { .. }));
    let failure = Failure::from(error);
    if is_held {
        failure.hint("nothing was changed: the lock was written a moment ago, so its holder is still working")
    } else {
        failure
    }
}

fn conclude(owner: &Owner, found: Option<&FoundLock>, format: Format, terminal: &Terminal) {
    match (format, found) {
        (Format::Text, Some(found)) => {
            let holder = printable(&found.holder.to_string());
            terminal.data(&format!("unlocked {owner}, held by {holder}"));
        }
        (Format::Text, None) => terminal.data(&format!("{owner} is not locked")),
        (Format::Json, found) => {
            let document = json!({
                "format": FORMAT,
                "agent": owner.agent,
                "unlocked": found.is_some(),
                "lock": found.map(lock_json),
            });
            // A reader that closed the pipe has read what it needs.
            let _ = json::document(&document, &mut std::io::stdout());
        }
    }
}
