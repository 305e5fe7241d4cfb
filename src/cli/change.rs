//! What commands that change AWS have in common: showing, asking, and telling how it ended.

use camino::Utf8Path;
use jiff::Timestamp;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::args::Format;
use super::failure::{Failure, Status, chain};
use super::narrator::Narrator;
use super::session::{Session, journal_folder};
use super::stop::Stop;
use crate::apply::executor::Limits;
use crate::apply::lock::{Holder, LockError};
use crate::apply::outcome::{Outcome, Outcomes};
use crate::plan::model::Plan;
use crate::resource::registry::Registry;
use crate::run::{Engine, RunError, RunOptions};
use crate::ui::{Answer, Heading, Terminal, Undertaking, counted, hint, json, ledger, plan_view};

/// How the user agrees, and is told.
#[derive(Debug, clap::Args)]
pub(super) struct Consent {
    /// Do not ask
    #[arg(long, short)]
    pub(super) yes: bool,
    /// How progress and result are written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,
}

/// Writes what ended a command before it told anything, in a stream of events as its only line beside the opening.
pub(super) fn opened<T>(
    opened: Result<T, Failure>,
    format: Format,
    terminal: &Terminal,
) -> Result<T, Failure> {
    if let (Err(failure), Format::Json) = (&opened, format) {
        let mut out = terminal.out();
        // A reader that has gone away has what it wanted.
        let _ = json::opening(None, &mut out).and_then(|()| failure.conclude(&mut out));
    }
    opened
}

/// Shows the plan and asks; tells whether there is anything to do and the user agrees to it.
///
/// In JSON the plan stands in the stream of events only as its steps, and `--quiet` leaves it out; but whoever is asked sees it.
pub(super) async fn agree(
    plan: &Plan,
    heading: &Heading,
    registry: &Registry,
    consent: &Consent,
    question: &str,
    terminal: &Terminal,
) -> Result<bool, Failure> {
    let text = plan_view::text(plan, heading, registry, terminal.note_style);
    let is_asked = !consent.yes && !plan.is_empty() && plan.unreadable.is_empty();
    if is_asked {
        terminal.error(&text);
    } else if consent.format == Format::Text {
        terminal.note(&text);
    }
    refuse_incomplete(plan, "nothing was changed")?;
    if plan.is_empty() {
        return Ok(false);
    }
    confirm(consent, question, terminal).await?;
    Ok(true)
}

/// Refuses to go on while something could not be read, and says what did not happen because of that.
pub(super) fn refuse_incomplete(plan: &Plan, consequence: &str) -> Result<(), Failure> {
    let Some((address, fault)) = plan.unreadable.first() else {
        return Ok(());
    };
    let text = format!(
        "{} could not be read, so {consequence}; the first is `{address}`: {fault}",
        counted(plan.unreadable.len(), "resource")
    );
    let failure = Failure::new(text).code("AC0403").status(Status::Incomplete);
    Err(match hint::of(fault) {
        Some(hint) => failure.hint(hint.to_string()),
        None => failure,
    })
}

/// Asks, unless the user has agreed beforehand.
pub(super) async fn confirm(
    consent: &Consent,
    question: &str,
    terminal: &Terminal,
) -> Result<(), Failure> {
    if consent.yes {
        return Ok(());
    }
    match answer(question, terminal).await {
        Answer::Yes => Ok(()),
        Answer::No => Err(Failure::new("declined; nothing was changed")),
        Answer::Nobody => Err(Failure::new("there is no terminal to ask at")
            .code("AC0308")
            .status(Status::Usage)
            .hint("give `-y` to go on without being asked")),
    }
}

/// Waits for the answer to a question. Whoever stops waiting leaves the line of the question.
async fn answer(question: &str, terminal: &Terminal) -> Answer {
    let (answered, answer) = oneshot::channel();
    // Not one of the runtime's threads, for whose end the process would wait: this one may wait for ever, and ends with the process.
    std::thread::spawn({
        let (question, terminal) = (question.to_owned(), terminal.clone());
        move || {
            // Nobody waits any more when the command was interrupted.
            let _ = answered.send(terminal.ask(&question));
        }
    });
    let line = UnfinishedLine(Some(terminal));
    let answer = answer.await.unwrap_or(Answer::Nobody);
    line.finished();
    answer
}

/// A line that is ended when this is dropped before it was finished by somebody else.
struct UnfinishedLine<'a>(Option<&'a Terminal>);

impl UnfinishedLine<'_> {
    fn finished(mut self) {
        self.0 = None;
    }
}

impl Drop for UnfinishedLine<'_> {
    fn drop(&mut self) {
        if let Some(terminal) = self.0 {
            terminal.error("");
        }
    }
}

/// Says how to carry the run out.
pub(super) fn run_options(root: &Utf8Path, limits: Limits, command: &str) -> RunOptions {
    let now = Timestamp::now();
    let user = std::env::var("USER").unwrap_or_else(|_| "somebody".to_owned());
    let who = format!("{user}@{}", gethostname::gethostname().to_string_lossy());
    let lost = CancellationToken::new();
    RunOptions {
        stop: lost.child_token(),
        lost,
        journal: journal_folder(root).into(),
        started: now.to_string(),
        limits,
        holder: Holder::new(who, command, now),
    }
}

/// What was planned, and how it ended if it began.
pub(super) type Done = (Plan, Option<(Outcomes, RunOptions)>);

/// What a command that changes AWS holds open until its end.
pub(super) struct Open {
    pub(super) session: Session,
    pub(super) run: Engine,
    pub(super) narrator: Narrator,
    pub(super) stop: Stop,
}

impl Open {
    /// Tells how the run ended, and as what the process ends.
    pub(super) async fn end(
        self,
        done: Result<Done, Failure>,
        undertaking: Undertaking,
        format: Format,
        terminal: &Terminal,
    ) -> Result<Status, Failure> {
        self.stop.close();
        drop(self.run);
        self.narrator.end().await;
        let status = conclude(done, undertaking, format, terminal);
        self.session.close(&self.stop, terminal).await?;
        status
    }
}

fn conclude(
    done: Result<Done, Failure>,
    undertaking: Undertaking,
    format: Format,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    match done {
        Ok((plan, outcomes)) => Ok(sum_up(&plan, outcomes, undertaking, format, terminal)),
        Err(failure) => {
            if format == Format::Json {
                // A reader that has gone away has what it wanted.
                let _ = failure.conclude(&mut terminal.out());
            }
            Err(failure)
        }
    }
}

fn sum_up(
    plan: &Plan,
    outcomes: Option<(Outcomes, RunOptions)>,
    undertaking: Undertaking,
    format: Format,
    terminal: &Terminal,
) -> Status {
    let (outcomes, options) = outcomes.unzip();
    let outcomes = outcomes.unwrap_or_default();
    let is_set = |token: fn(&RunOptions) -> &CancellationToken| {
        options
            .as_ref()
            .is_some_and(|options| token(options).is_cancelled())
    };
    match format {
        Format::Text if plan.is_empty() => {}
        Format::Text => terminal.data(&ledger(&outcomes, plan, undertaking, terminal.data_style)),
        Format::Json => {
            // A reader that has gone away has what it wanted.
            let _ = json::summary(&outcomes, plan, &mut terminal.out());
        }
    }
    if outcomes.all_done() {
        Status::Done
    } else if is_set(|options| &options.lost) {
        Status::Locked
    } else if is_set(|options| &options.stop) {
        Status::Interrupted
    } else if outcomes.all_accepted() {
        Status::Accepted
    } else if outcomes.steps.values().any(Outcome::is_done) {
        Status::Partial
    } else {
        Status::Error
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Plan(error) => error.into(),
            RunError::Pointer(error) => error.into(),
            RunError::Fault(fault) => fault.into(),
            RunError::Lock(error) => of_lock(error),
            RunError::Journal { .. } => Self::new(chain(&error))
                .code("AC0405")
                .hint("make the folder writable; nothing was changed"),
            RunError::Stopped => Self::new(error.to_string()).status(Status::Interrupted),
            RunError::Moved(_) => Self::new(error.to_string())
                .code("AC0406")
                .status(Status::Stale)
                .hint("run `agentctl diff`, then apply again"),
        }
    }
}

fn of_lock(error: LockError) -> Failure {
    let failure = Failure::new(chain(&error));
    match error {
        LockError::Fault { source, .. } => source.into(),
        LockError::Stopped(_) => failure.status(Status::Interrupted),
        LockError::Held { owner, .. } | LockError::Contended(owner) => {
            failure.code("AC0404").status(Status::Locked).hint(format!(
                "wait until the other run has ended; one that died gives its lock up after five minutes, or at once to `agentctl unlock {}`",
                owner.agent
            ))
        }
    }
}
