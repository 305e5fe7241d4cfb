//! Ctrl-C and SIGTERM: the first asks for an orderly stop, the second ends the process.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::failure::Status;

/// Waits for the first signal.
pub(super) async fn requested() {
    let (mut interrupt, mut terminate) = (
        listen(SignalKind::interrupt()),
        listen(SignalKind::terminate()),
    );
    next(&mut interrupt, &mut terminate).await;
}

/// Listens for signals until the handle is dropped: the first sets the token, the second ends the process.
///
/// From here on a signal has no other effect, so the handle is to be kept until nothing is waited for any more.
pub(super) fn watch(stop: CancellationToken) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(async move {
        let (mut interrupt, mut terminate) = (
            listen(SignalKind::interrupt()),
            listen(SignalKind::terminate()),
        );
        next(&mut interrupt, &mut terminate).await;
        stop.cancel();
        next(&mut interrupt, &mut terminate).await;
        // Whatever was in flight stands in the journal as intended; the next apply finds out what became of it.
        std::process::exit(Status::Interrupted as i32);
    }))
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
