//! Tells events as they happen, from a task of its own.

use std::io::{self, Write};
use std::time::Instant;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use super::args::Format;
use crate::event::Event;
use crate::ui::live::{Live, REFRESH};
use crate::ui::plain::{Loudness, Plain};
use crate::ui::{Heading, Out, Terminal, json};

/// The task that tells events until nobody can send any more.
pub(super) struct Narrator(JoinHandle<()>);

impl Narrator {
    /// Begins to tell: text goes to standard error, JSON lines to standard output.
    pub(super) fn begin(
        events: UnboundedReceiver<Event>,
        format: Format,
        heading: Heading,
        terminal: &Terminal,
    ) -> Self {
        let style = terminal.note_style;
        Self(match format {
            Format::Json => tokio::spawn(tell_machines(events, heading, terminal.out())),
            Format::Text if terminal.is_drawn_on => {
                tokio::spawn(draw(events, Live::on_stderr(style)))
            }
            Format::Text => {
                let loudness = if terminal.is_quiet {
                    Loudness::Quiet
                } else {
                    Loudness::Normal
                };
                tokio::spawn(tell(events, Plain::new(style, loudness)))
            }
        })
    }

    /// Waits until everything is told. All senders must be gone.
    pub(super) async fn end(self) {
        if let Err(error) = self.0.await
            && error.is_panic()
        {
            std::panic::resume_unwind(error.into_panic());
        }
    }
}

// Once the reader is gone the rest is told to nobody, and the work goes on: so each of these listens to the end.

async fn tell_machines(mut events: UnboundedReceiver<Event>, heading: Heading, mut out: Out) {
    let mut is_heard = json::opening(Some(&heading), &mut out).is_ok();
    while let Some(event) = events.recv().await {
        is_heard = is_heard
            && json::event(&event, &mut out)
                .and_then(|()| out.flush())
                .is_ok();
    }
}

async fn tell(mut events: UnboundedReceiver<Event>, mut plain: Plain) {
    let mut is_heard = true;
    while let Some(event) = events.recv().await {
        is_heard = is_heard && plain.event(&event, &mut io::stderr()).is_ok();
    }
}

async fn draw(mut events: UnboundedReceiver<Event>, mut live: Live<io::Stderr>) {
    let began = Instant::now();
    let mut is_heard = true;
    let mut refresh = tokio::time::interval(REFRESH);
    refresh.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => is_heard = is_heard && live.event(&event, began.elapsed()).is_ok(),
                None => break,
            },
            _ = refresh.tick() => live.refresh(began.elapsed()),
        }
    }
    // Where nothing can be drawn any more nothing is left to be taken away.
    let _ = live.end();
}
