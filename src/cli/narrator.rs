//! Shows events as they happen, in its own task.

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

/// The task that shows events until all senders are gone.
pub(super) struct Narrator(JoinHandle<()>);

impl Narrator {
    /// Starts to show events: text on standard error, JSON lines on standard output.
    pub(super) fn begin(
        events: UnboundedReceiver<Event>,
        format: Format,
        heading: Heading,
        terminal: &Terminal,
    ) -> Self {
        let style = terminal.note_style;
        Self(match format {
            Format::Json => tokio::spawn(write_json(events, heading, terminal.out())),
            Format::Text if terminal.is_drawn_on => {
                tokio::spawn(draw(events, Live::on_stderr(style)))
            }
            Format::Text => {
                let loudness = if terminal.is_quiet {
                    Loudness::Quiet
                } else {
                    Loudness::Normal
                };
                tokio::spawn(write_lines(events, Plain::new(style, loudness)))
            }
        })
    }

    /// Waits until every event is shown. All senders must be gone.
    pub(super) async fn end(self) {
        if let Err(error) = self.0.await
            && error.is_panic()
        {
            std::panic::resume_unwind(error.into_panic());
        }
    }
}

// If the reader is gone, the rest is shown to nobody and the work continues: so each of these receives all events.

async fn write_json(mut events: UnboundedReceiver<Event>, heading: Heading, mut out: Out) {
    let mut is_heard = json::opening(Some(&heading), &mut out).is_ok();
    while let Some(event) = events.recv().await {
        is_heard = is_heard
            && json::event(&event, &heading.invocation, &mut out)
                .and_then(|()| out.flush())
                .is_ok();
    }
}

async fn write_lines(mut events: UnboundedReceiver<Event>, mut plain: Plain) {
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
    // If drawing fails, there is nothing to clear.
    let _ = live.end();
}
