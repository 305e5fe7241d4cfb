//! Tells events as they happen, from a task of its own.

use std::io::{self, Write};

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;

use super::args::Format;
use crate::event::Event;
use crate::ui::plain::{Loudness, Plain};
use crate::ui::{Heading, Terminal, json};

/// The task that tells events until nobody can send any more.
pub(super) struct Narrator(JoinHandle<()>);

impl Narrator {
    /// Begins to tell: text goes to standard error, JSON lines to standard output.
    pub(super) fn begin(
        mut events: UnboundedReceiver<Event>,
        format: Format,
        heading: Heading,
        terminal: &Terminal,
    ) -> Self {
        let loudness = if terminal.is_quiet {
            Loudness::Quiet
        } else {
            Loudness::Normal
        };
        let mut plain = Plain::new(terminal.note_style, loudness);
        Self(tokio::spawn(async move {
            // Once the reader is gone the rest is told to nobody, and the work goes on.
            let mut is_heard =
                format != Format::Json || json::opening(&heading, &mut io::stdout()).is_ok();
            while let Some(event) = events.recv().await {
                if is_heard {
                    is_heard = match format {
                        Format::Text => plain.event(&event, &mut io::stderr()),
                        Format::Json => json::event(&event, &mut io::stdout())
                            .and_then(|()| io::stdout().flush()),
                    }
                    .is_ok();
                }
            }
        }))
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
