//! What commands that change AWS share: they show the plan, ask, and report how the run ended.

use camino::Utf8Path;
use jiff::Timestamp;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::args::Format;
use super::failure::{Failure, chain, incomplete, of_gone_pins, of_others};
use super::saved;
use super::session::journal_folder;
use crate::code::{Code, Status};
use crate::executor::lock::{Holder, LockError};
use crate::executor::steps::{Limits, OnFailure};
use crate::outcome::Outcomes;
use crate::plan::model::Plan;
use crate::resource::fault::Fault;
use crate::run::{Ended, Others, RunError, RunOptions};
use crate::ui::command::Command;
use crate::ui::hint;
use crate::ui::{Advice, Answer, Terminal, Undertaking, json, ledger};

/// Options for consent and output.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Consent {
    /// Do not ask
    #[arg(long, short)]
    pub(super) yes: bool,
    /// Output format of progress and result
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,
}

/// Reports why a command ended before its first event; a stream of events then has only the opening and this line.
pub(super) fn opened<T>(
    opened: Result<T, Failure>,
    format: Format,
    terminal: &Terminal,
) -> Result<T, Failure> {
    if let (Err(failure), Format::Json) = (&opened, format) {
        let mut out = terminal.out();
        // A reader that closed the pipe has read what it needs.
        let _ = json::opening(None, &mut out).and_then(|()| {
            failure.conclude(&Outcomes::default(), &Plan::default(), terminal, &mut out)
        });
    }
    opened
}

/// Asks, unless the user has agreed in advance.
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
        Answer::Nobody => Err(Failure::new("cannot ask for confirmation: no terminal")
            .code(Code::CannotAsk)
            .hint("give `-y` to continue without the question")),
    }
}

/// Waits for the answer to a question. If the wait is dropped, the line of the question is ended.
async fn answer(question: &str, terminal: &Terminal) -> Answer {
    let (answered, answer) = oneshot::channel();
    // Not a thread of the runtime, whose end the process would wait for: this one may wait without end, and ends with the process.
    std::thread::spawn({
        let (question, terminal) = (question.to_owned(), terminal.clone());
        move || {
            // The receiver is gone if the command was interrupted.
            let _ = answered.send(terminal.ask(&question));
        }
    });
    let line = UnfinishedLine(Some(terminal));
    let answer = answer.await.unwrap_or(Answer::Nobody);
    line.finished();
    answer
}

/// Ends a line of the terminal when it is dropped, unless the line was finished before.
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

/// One resource at a time, for a change of a few calls.
pub(super) const ONE_AT_A_TIME: Limits = Limits {
    parallelism: 1,
    on_failure: OnFailure::ContinueOthers,
};

/// Returns the options of the run.
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
        others: Others::Protected,
    }
}

/// Returns what `--with-others` chooses.
pub(super) fn others(with_others: bool) -> Others {
    if with_others {
        Others::Included
    } else {
        Others::Protected
    }
}

/// Prints how a run ended, and returns the exit status.
pub(super) fn conclude(
    ended: Ended<Failure>,
    options: &RunOptions,
    undertaking: Undertaking,
    format: Format,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    let has_begun = ended.has_begun();
    let Ended {
        plan,
        outcomes,
        error,
    } = ended;
    match (format, &error) {
        (Format::Text, None) if plan.is_empty() && outcomes.locks_left.is_empty() => {}
        (Format::Text, Some(_)) if !has_begun => {}
        (Format::Text, _) => {
            terminal.data(&ledger(
                &outcomes,
                &plan,
                undertaking,
                &terminal.invocation,
                terminal.data_style,
            ));
        }
        // A reader that closed the pipe has read what it needs.
        (Format::Json, Some(failure)) => {
            let _ = failure.conclude(&outcomes, &plan, terminal, &mut terminal.out());
        }
        (Format::Json, None) => {
            let _ = json::summary(
                &outcomes,
                &plan,
                &[],
                &terminal.invocation,
                &mut terminal.out(),
            );
        }
    }
    match error {
        Some(failure) if has_begun && failure.status == Status::Error => {
            Err(failure.status(Status::Partial))
        }
        Some(failure) => Err(failure),
        None => Ok(status_of(&outcomes, options)),
    }
}

fn status_of(outcomes: &Outcomes, options: &RunOptions) -> Status {
    if outcomes.all_done() {
        Status::Done
    } else if options.lost.is_cancelled() {
        Status::Locked
    } else if options.stop.is_cancelled() {
        Status::Interrupted
    } else if outcomes.all_accepted() {
        Status::Accepted
    } else if outcomes.any_accepted() {
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
                .code(Code::NoJournal)
                .hint("make the folder writable; nothing was changed"),
            RunError::PlanFile(error) => error.into(),
            RunError::OtherManifests(differing) => saved::other_manifests(&differing),
            RunError::StalePlan(differing) => saved::stale(&differing),
            RunError::Unread { what, source } => unread(&what, &source),
            RunError::Incomplete(unreadable) => incomplete(&unreadable, "nothing was changed"),
            RunError::OfOthers(steps) => of_others(&steps),
            RunError::UnknownProject { ref known, .. } => {
                let failure = Self::new(error.to_string()).code(Code::UnknownProject);
                if known.is_empty() {
                    failure.hint("there are no records of any project here")
                } else {
                    let known = known
                        .iter()
                        .map(|(project, env)| format!("`{project}` ({env})"));
                    let known: Vec<String> = known.collect();
                    failure.hint(format!("there are records of: {}", known.join(", ")))
                }
            }
            RunError::GonePins(pins) => of_gone_pins(&pins),
            RunError::Stopped => {
                Self::new("interrupted; nothing was changed").status(Status::Interrupted)
            }
            RunError::Moved(_) => Self::new(error.to_string()).code(Code::StalePlan).hint(
                Advice::from("run ")
                    .command(Command::Diff)
                    .text(", then apply again"),
            ),
        }
    }
}

fn unread(what: &str, fault: &Fault) -> Failure {
    let text = format!("{what} could not be read, so nothing else was changed: {fault}");
    let failure = Failure::new(text).code(Code::IncompleteComparison);
    match hint::of(fault) {
        Some(hint) => failure.hint(&hint),
        None => failure,
    }
}

fn of_lock(error: LockError) -> Failure {
    let failure = Failure::new(chain(&error));
    match error {
        LockError::Fault { source, .. } => source.into(),
        LockError::Stopped(_) => failure.status(Status::Interrupted),
        LockError::Held { owner, .. } | LockError::Contended(owner) => {
            let agent = owner.agent.clone();
            failure.code(Code::Locked).hint(
                Advice::from("wait until the other run has ended; the lock of a run that died on another machine is taken over after five minutes, or removed at once by ")
                    .command(Command::Unlock { agent }),
            )
        }
    }
}
