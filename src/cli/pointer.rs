//! What the commands that move an agent's pointer share: finding the agent, and moving the pointer.

use camino::Utf8PathBuf;
use jiff::Timestamp;

use super::agent::OneAgent;
use super::args::Globals;
use super::change::{self, Consent, ONE_AT_A_TIME};
use super::failure::Failure;
use super::running::Running;
use super::session::{Declared, Session};
use super::stop::Stop;
use crate::aws::Access;
use crate::code::{Code, Status};
use crate::plan::model::Plan;
use crate::plan::pointer::{PointerError, Served};
use crate::resource::desired::Desired;
use crate::resource::owner::Owner;
use crate::run::{MoveRequest, PointerChoice};
use crate::ui::command::Command;
use crate::ui::{Advice, Heading, Terminal, Undertaking};

/// One declared agent, in its account and region.
pub(super) struct Subject {
    pub(super) session: Session,
    pub(super) desired: Desired,
    pub(super) owner: Owner,
    pub(super) heading: Heading,
    pub(super) root: Utf8PathBuf,
}

impl Subject {
    /// Finds an agent by name, and signs in.
    pub(super) async fn open(
        globals: &Globals,
        agent: &OneAgent,
        access: Access,
    ) -> Result<Self, Failure> {
        let declared = Declared::load(globals, &agent.selection())?;
        let opened = declared.open(globals, access).await?;
        let owner = opened.owners.into_iter().next();
        Ok(Self {
            session: opened.session,
            desired: opened.expansion.desired,
            owner: owner
                .ok_or_else(|| Failure::new(format!("no agent `{}` is declared", agent.name())))?,
            heading: opened.heading,
            root: declared.manifests.root,
        })
    }
}

/// Which version a command goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// The version that was applied last.
    Applied,
    /// A version that the user names, or one that follows from the version that is served.
    Other,
}

/// Returns what the user should know about a move before it begins.
fn remark(served: &Served, version: u64, goal: Goal) -> Option<String> {
    match (served.applied, served.unfinished()) {
        (Some(applied), _) if applied.is_outdated && applied.number == version => Some(format!(
            "the manifest has changes that were not applied; version {version}, which was applied last, does not have them"
        )),
        (_, Some(unfinished)) if goal == Goal::Other && unfinished == version => Some(format!(
            "an earlier run was not seen to finish its move to version {version}, so this one goes there again; `--version` chooses another"
        )),
        _ => None,
    }
}

/// Moves the pointer of one agent to the chosen version.
///
/// `choose` receives the user and the time.
pub(super) async fn move_pointer(
    (agent, consent): (&OneAgent, &Consent),
    (command, goal): (&str, Goal),
    choose: impl FnOnce(&Served, String, String) -> Result<PointerChoice, PointerError>,
    globals: &Globals,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let format = consent.format;
    let stop = Stop::listen(terminal, format);
    let opening = stop.unless_asked(Subject::open(globals, agent, Access::Write));
    let Subject {
        session,
        desired,
        owner,
        heading,
        root,
    } = change::opened(opening.await, format, terminal)?;
    let options = change::run_options(&root, ONE_AT_A_TIME, command);
    let arn = session.identity.arn.clone();
    let consent = consent.clone();
    let running = Running::begin(session, heading, (options, stop), consent, terminal);
    let agree = async |served: &Served, version: u64, plan: &Plan| {
        if let Some(message) = remark(served, version, goal) {
            running.warn(message);
        }
        let question = format!(
            "Move callers of `{}` from version {} to {version}?",
            served.name,
            served.version()
        );
        running.agree(plan, &question).await
    };
    let choose = |served: &Served| {
        // To the second; more digits help nobody.
        let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
        choose(served, arn, now.to_string())
    };
    let request = MoveRequest {
        desired: &desired,
        owner: &owner,
        needs_applied: goal == Goal::Applied,
    };
    let moving = running
        .engine
        .move_pointer(request, &running.options, choose, agree);
    let ended = running.stop.run(&running.options, moving).await;
    running.end(ended, Undertaking::Move).await
}

impl From<PointerError> for Failure {
    fn from(error: PointerError) -> Self {
        let versions = |agent: &String| Command::Versions {
            agent: agent.clone(),
        };
        let (code, hint) = match &error {
            PointerError::NoPointer(_) | PointerError::NotThere { .. } => (
                Code::NothingServed,
                Advice::from("run ").command(Command::Apply).text(" first"),
            ),
            PointerError::Foreign(_) => (
                Code::ForeignPointer,
                Advice::from("agentctl moves only pointers that it created; ")
                    .command(Command::Diff)
                    .text(" shows what exists"),
            ),
            PointerError::UnknownVersion { known, .. } => {
                let known: Vec<String> = known.iter().map(ToString::to_string).collect();
                let hint = format!("there are: {}", known.join(", "));
                (Code::UnknownVersion, hint.into())
            }
            PointerError::NotApplied { agent, .. } => {
                let release = Command::Release {
                    agent: agent.clone(),
                };
                let hint = Advice::from("run ")
                    .command(release)
                    .text(", or choose one of ")
                    .command(versions(agent))
                    .text(" with `--version`");
                (Code::NotApplied, hint)
            }
            PointerError::NothingBefore { agent, .. } => (
                Code::NothingBefore,
                Advice::from("choose one of ")
                    .command(versions(agent))
                    .text(" with `--version`"),
            ),
            PointerError::Refused { agent, .. } => (
                Code::RefusedVersion,
                Advice::from("choose another one of ")
                    .command(versions(agent))
                    .text(" with `--version`"),
            ),
            PointerError::Held { agent, .. } => (
                Code::HeldVersion,
                Advice::from(versions(agent)).text(" lists what names each version"),
            ),
        };
        Self::new(error.to_string()).code(code).hint(hint)
    }
}
