//! Ctrl-C and SIGTERM: the first asks for an orderly stop, the second ends the process.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::failure::Status;
use crate::ui::Terminal;

/// Waits for the first signal.
pub(super) async fn requested() {
    let (mut interrupt, mut terminate) = (
        listen(SignalKind::interrupt()),
        listen(SignalKind::terminate()),
    );
    next(&mut interrupt, &mut terminate).await;
}

/// Sets the token at the first signal and ends the process at the second.
pub(super) fn watch(stop: CancellationToken, terminal: &Terminal) -> tokio::task::JoinHandle<()> {
    let terminal = terminal.clone();
    tokio::spawn(async move {
        let (mut interrupt, mut terminate) = (
            listen(SignalKind::interrupt()),
            listen(SignalKind::terminate()),
        );
        next(&mut interrupt, &mut terminate).await;
        stop.cancel();
        next(&mut interrupt, &mut terminate).await;
        // Whatever was in flight stands in the journal as intended; the next apply finds out what became of it.
        terminal.leave();
        std::process::exit(Status::Interrupted as i32);
    })
}

fn listen(kind: SignalKind) -> Option<Signal> {
    // Without a handler the signal has its default effect, which ends the process.
    signal(kind).ok()
}

async fn next(interrupt: &mut Option<Signal>, terminate: &mut Option<Signal>) {
    tokio::select! {
        () = received(interrupt) => {}
        () = received(terminate) => {}
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
