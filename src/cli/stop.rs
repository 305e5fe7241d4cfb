//! Ctrl-C and SIGTERM: the first asks for an orderly stop, the second ends the process.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::failure::Status;
use crate::ui::Terminal;

/// The signals that come from now on, each once.
pub(super) struct Requests {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
}

impl Requests {
    /// Begins to listen. From here on a signal has no other effect, also when this is gone.
    pub(super) fn listen() -> Self {
        // Without a handler the signal keeps its default effect, which ends the process.
        let of = |kind| signal(kind).ok();
        Self {
            interrupt: of(SignalKind::interrupt()),
            terminate: of(SignalKind::terminate()),
        }
    }

    /// Waits for the next signal since the last one, or since the listening began.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            () = received(&mut self.interrupt) => {}
            () = received(&mut self.terminate) => {}
        }
    }
}

/// Listens for signals until the handle is dropped: the first sets the token, the second ends the process.
pub(super) fn watch(stop: CancellationToken, terminal: &Terminal) -> AbortOnDropHandle<()> {
    let terminal = terminal.clone();
    let mut requests = Requests::listen();
    AbortOnDropHandle::new(tokio::spawn(async move {
        requests.next().await;
        stop.cancel();
        requests.next().await;
        // Whatever was in flight stands in the journal as intended; the next apply finds out what became of it.
        terminal.leave();
        std::process::exit(Status::Interrupted as i32);
    }))
}

async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}
