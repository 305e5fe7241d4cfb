//! Ctrl-C, SIGTERM and SIGHUP: the first asks for an orderly stop, the second ends the process.
//!
//! A thread of its own listens for them, so that they are heard whatever the others wait for: an answer at the prompt, or a reader
//! of standard output that does not read.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::args::Format;
use super::failure::Failure;
use crate::code::{Code, Status};
use crate::event::{Event, Events};
use crate::outcome::Outcomes;
use crate::plan::model::Plan;
use crate::run::RunOptions;
use crate::ui::Terminal;

/// How long the last words of a process may take whose output nobody reads.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What signals ask of one command.
#[derive(Clone)]
pub(super) struct Stop(Arc<Shared>);

struct Shared {
    /// Set by the first signal.
    asked: CancellationToken,
    /// Set by a signal that comes when all work is over.
    released: CancellationToken,
    phase: Mutex<Phase>,
    terminal: Terminal,
    format: Format,
}

/// How far the command is, which decides what a signal does.
enum Phase {
    /// Nothing is changed yet, so everything can be dropped. The stop token is that of the run, once there is one.
    Untouched { stop: Option<CancellationToken> },
    /// Changes are made; they come to rest by themselves.
    Changing {
        events: Events,
        stop: CancellationToken,
        journal: PathBuf,
    },
    /// Some changes are made, and what goes on can be dropped.
    Touched,
    /// Nothing is left but to wait for others.
    Closing,
}

impl Stop {
    /// Begins to listen; from here on a signal has no other effect. `format` is that of the events that the command tells.
    pub(super) fn listen(terminal: &Terminal, format: Format) -> Self {
        let stop = Self(Arc::new(Shared {
            asked: CancellationToken::new(),
            released: CancellationToken::new(),
            phase: Mutex::new(Phase::Untouched { stop: None }),
            terminal: terminal.clone(),
            format,
        }));
        // Without a runtime there is nobody to hear signals, which then have their default effect: they end the process.
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
        {
            let shared = stop.0.clone();
            let (ready, is_ready) = mpsc::channel();
            // Ends with the process.
            std::thread::spawn(move || {
                runtime.block_on(async {
                    let mut requests = Requests::listen();
                    // Whoever began this waits for it, or has panicked.
                    let _ = ready.send(());
                    loop {
                        requests.next().await;
                        shared.hear();
                    }
                });
            });
            // The sender goes only after it has sent, or when nobody will hear signals.
            let _ = is_ready.recv();
        }
        stop
    }

    /// Waits for the first signal.
    pub(super) async fn asked(&self) {
        self.0.asked.cancelled().await;
    }

    /// Waits for a signal that comes after [`Stop::close`].
    pub(super) async fn released(&self) {
        self.0.released.cancelled().await;
    }

    /// Does what changes nothing; the first signal ends it.
    pub(super) fn unless_asked<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> impl Future<Output = Result<T, Failure>> {
        // Boxed, since all that a command does is in it.
        let work = Box::pin(work);
        async {
            tokio::select! {
                biased;
                () = self.asked() => Err(self.interrupted()),
                done = work => done,
            }
        }
    }

    /// Carries out a run, which heeds its own stop token: the first signal sets it.
    pub(super) async fn run<T>(&self, options: &RunOptions, work: impl Future<Output = T>) -> T {
        // Boxed, since all that a command does is in it.
        let work = Box::pin(work);
        {
            let mut phase = self.0.phase();
            if self.0.asked.is_cancelled() {
                options.stop.cancel();
            }
            *phase = Phase::Untouched {
                stop: Some(options.stop.clone()),
            };
        }
        let done = work.await;
        *self.0.phase() = Phase::Touched;
        done
    }

    /// From here on the run changes AWS, so a signal lets what is in flight finish.
    pub(super) fn begin_changes(&self, options: &RunOptions, events: &Events) {
        *self.0.phase() = Phase::Changing {
            events: events.clone(),
            stop: options.stop.clone(),
            journal: options.journal.clone(),
        };
    }

    /// All work is over: from here on the first signal ends the waiting for others.
    pub(super) fn close(&self) {
        *self.0.phase() = Phase::Closing;
    }

    fn interrupted(&self) -> Failure {
        let text = match *self.0.phase() {
            Phase::Untouched { .. } => "interrupted; nothing was changed",
            Phase::Changing { .. } | Phase::Touched | Phase::Closing => {
                "interrupted; to go on, run the same command again"
            }
        };
        Failure::new(text).status(Status::Interrupted)
    }
}

impl Shared {
    fn phase(&self) -> MutexGuard<'_, Phase> {
        // Whole values are put in: a panic elsewhere leaves nothing half done in here.
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self) {
        let phase = self.phase();
        match &*phase {
            Phase::Closing if !self.released.is_cancelled() => self.released.cancel(),
            _ if self.asked.is_cancelled() || self.released.is_cancelled() => self.quit(&phase),
            Phase::Changing { events, stop, .. } => {
                stop.cancel();
                self.asked.cancel();
                events.send(Event::Stopping);
            }
            Phase::Untouched { stop } => {
                self.asked.cancel();
                if let Some(stop) = stop {
                    stop.cancel();
                }
            }
            Phase::Touched | Phase::Closing => self.asked.cancel(),
        }
    }

    /// Ends the process. What was in flight stands in the journal as intended; the next run finds out what became of it.
    fn quit(&self, phase: &Phase) -> ! {
        std::thread::spawn(|| {
            std::thread::sleep(LAST_WORDS);
            std::process::exit(Status::Interrupted as i32);
        });
        let failure = match phase {
            Phase::Untouched { .. } => Failure::new("quit at once; nothing was changed"),
            Phase::Changing { journal, .. } => Failure::new(
                "quit at once: what was in flight may have been done, and the locks of the agents were not given back",
            )
            .code(Code::Quit)
            .hint(format!(
                "the last file in `{}` tells what was in flight; run the same command again to go on, which it can as soon as the locks are five minutes old",
                journal.display()
            )),
            Phase::Touched | Phase::Closing => Failure::new("quit at once"),
        };
        self.terminal.leave();
        self.terminal
            .error(&failure.render(self.terminal.note_style));
        // Held until the end, so that this line is the last one.
        let mut out = std::io::stdout().lock();
        if self.format == Format::Json {
            // A reader that has gone away has what it wanted.
            let _ = failure.conclude(&Outcomes::default(), &Plan::default(), &mut out);
        }
        std::process::exit(Status::Interrupted as i32);
    }
}

/// The signals that come from now on, each once.
struct Requests {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
    hang_up: Option<Signal>,
}

impl Requests {
    fn listen() -> Self {
        let ignored = ignored();
        let of = |kind: SignalKind| {
            if ignored & mask(kind) != 0 {
                return None;
            }
            // Without a handler the signal keeps its default effect, which ends the process.
            signal(kind).ok()
        };
        Self {
            interrupt: of(SignalKind::interrupt()),
            terminate: of(SignalKind::terminate()),
            hang_up: of(SignalKind::hangup()),
        }
    }

    /// Waits for the next signal since the last one, or since the listening began.
    async fn next(&mut self) {
        tokio::select! {
            () = received(&mut self.interrupt) => {}
            () = received(&mut self.terminate) => {}
            () = received(&mut self.hang_up) => {}
        }
    }
}

async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// The signals that this process was begun with as ignored, which stay so: `nohup` and a shell's jobs in the background rely on it.
///
/// Linux tells them (proc(5), "`SigIgn`"). Where nobody does, none counts as ignored.
fn ignored() -> u64 {
    let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.unwrap_or_default()
}

fn mask(kind: SignalKind) -> u64 {
    1 << (kind.as_raw_value() - 1)
}
