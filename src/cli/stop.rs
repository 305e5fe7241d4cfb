//! Ctrl-C, SIGTERM and SIGHUP: the first signal stops in order, and the second ends the process.
//!
//! A separate thread receives them, so that they work whatever the other threads wait for: an answer at the prompt, or a reader of
//! standard output that does not read.

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

/// How long the last lines of a process may take if nobody reads them.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How one command reacts to signals.
#[derive(Clone)]
pub(super) struct Stop(Arc<Shared>);

struct Shared {
    /// Set by the first signal.
    asked: CancellationToken,
    /// Set by a signal after the end of all work.
    released: CancellationToken,
    phase: Mutex<Phase>,
    terminal: Terminal,
    format: Format,
}

/// The phase of the command, which decides what a signal does.
enum Phase {
    /// Nothing is changed yet, so everything can be dropped. The stop token is that of the run, if there is one.
    Untouched { stop: Option<CancellationToken> },
    /// Changes are being made; they end in order.
    Changing {
        events: Events,
        stop: CancellationToken,
        journal: PathBuf,
    },
    /// Some changes are made, and the rest can be dropped.
    Touched,
    /// The command only waits for others.
    Closing,
}

impl Stop {
    /// Starts to receive signals, which from now on have no other effect. `format` is the format of the command's events.
    pub(super) fn listen(terminal: &Terminal, format: Format) -> Self {
        let stop = Self(Arc::new(Shared {
            asked: CancellationToken::new(),
            released: CancellationToken::new(),
            phase: Mutex::new(Phase::Untouched { stop: None }),
            terminal: terminal.clone(),
            format,
        }));
        // Without a runtime nothing receives signals, and they keep their default effect: they end the process.
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
                    // The receiver waits for this, unless it panicked.
                    let _ = ready.send(());
                    loop {
                        requests.next().await;
                        shared.hear();
                    }
                });
            });
            // The sender is dropped only after it has sent, or if no signals can be received.
            let _ = is_ready.recv();
        }
        stop
    }

    /// Waits for the first signal.
    pub(super) async fn asked(&self) {
        self.0.asked.cancelled().await;
    }

    /// Waits for a signal after [`Stop::close`].
    pub(super) async fn released(&self) {
        self.0.released.cancelled().await;
    }

    /// Does work that changes nothing; the first signal ends it.
    pub(super) fn unless_asked<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> impl Future<Output = Result<T, Failure>> {
        // Boxed, because it contains all work of a command.
        let work = Box::pin(work);
        async {
            tokio::select! {
                biased;
                () = self.asked() => Err(self.interrupted()),
                done = work => done,
            }
        }
    }

    /// Carries out a run, which reacts to its own stop token: the first signal sets it.
    pub(super) async fn run<T>(&self, options: &RunOptions, work: impl Future<Output = T>) -> T {
        // Boxed, because it contains all work of a command.
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

    /// From now on the run changes AWS, so after a signal the calls in flight finish.
    pub(super) fn begin_changes(&self, options: &RunOptions, events: &Events) {
        *self.0.phase() = Phase::Changing {
            events: events.clone(),
            stop: options.stop.clone(),
            journal: options.journal.clone(),
        };
    }

    /// All work is done: from now on the first signal ends the wait for others.
    pub(super) fn close(&self) {
        *self.0.phase() = Phase::Closing;
    }

    fn interrupted(&self) -> Failure {
        let text = match *self.0.phase() {
            Phase::Untouched { .. } => "interrupted; nothing was changed",
            Phase::Changing { .. } | Phase::Touched | Phase::Closing => {
                "interrupted; to continue, run the same command again"
            }
        };
        Failure::new(text).status(Status::Interrupted)
    }
}

impl Shared {
    fn phase(&self) -> MutexGuard<'_, Phase> {
        // Only whole values are assigned, so a panic elsewhere leaves no half-written value.
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

    /// Ends the process. Calls in flight have only an intent in the journal; the next run reads their result.
    fn quit(&self, phase: &Phase) -> ! {
        std::thread::spawn(|| {
            std::thread::sleep(LAST_WORDS);
            std::process::exit(Status::Interrupted as i32);
        });
        let failure = match phase {
            Phase::Untouched { .. } => Failure::new("quit at once; nothing was changed"),
            Phase::Changing { journal, .. } => Failure::new(
                "quit at once: calls in flight may have been carried out, and the locks of the agents were not released",
            )
            .code(Code::Quit)
            .hint(format!(
                "the last file in `{}` lists the calls in flight; to continue, run the same command again; on another machine, when the locks are five minutes old",
                journal.display()
            )),
            Phase::Touched | Phase::Closing => Failure::new("quit at once"),
        };
        self.terminal.leave();
        self.terminal.error(&failure.render(&self.terminal));
        // Locked until the end, so that this line is the last one.
        let mut out = std::io::stdout().lock();
        if self.format == Format::Json {
            // A reader that closed the pipe has read what it needs.
            let _ = failure.conclude(
                &Outcomes::default(),
                &Plan::default(),
                &self.terminal,
                &mut out,
            );
        }
        std::process::exit(Status::Interrupted as i32);
    }
}

/// The signals from now on, each once.
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

    /// Waits for the next signal since the last one, or since the start.
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

/// The signals that were ignored when this process started, and stay ignored: `nohup` and background jobs of a shell rely on it.
///
/// On Linux, from `/proc` (proc(5), "`SigIgn`"). On other systems, no signal counts as ignored.
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
