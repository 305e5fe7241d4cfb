//! A command that changes AWS, from sign-in to its exit status.

use std::time::Instant;

use super::args::Format;
use super::change::{Consent, conclude, confirm};
use super::failure::Failure;
use super::narrator::Narrator;
use super::session::Session;
use super::stop::Stop;
use crate::code::Status;
use crate::event::{Event, Events};
use crate::plan::model::Plan;
use crate::run::{Ended, Engine, Others, RunOptions};
use crate::ui::{Heading, Terminal, Undertaking, plan_view};

/// What a command that changes AWS keeps open until its end.
pub(super) struct Running<'a> {
    pub(super) session: Session,
    pub(super) engine: Engine,
    pub(super) stop: Stop,
    pub(super) options: RunOptions,
    pub(super) heading: Heading,
    consent: Consent,
    events: Events,
    narrator: Narrator,
    began: Instant,
    terminal: &'a Terminal,
}

impl<'a> Running<'a> {
    /// Starts to report progress.
    pub(super) fn begin(
        session: Session,
        heading: Heading,
        (options, stop): (RunOptions, Stop),
        consent: Consent,
        terminal: &'a Terminal,
    ) -> Self {
        let (events, receiver) = Events::channel();
        Self {
            engine: session.engine(events.clone()),
            narrator: Narrator::begin(receiver, consent.format, heading.clone(), terminal),
            session,
            stop,
            options,
            heading,
            consent,
            events,
            began: Instant::now(),
            terminal,
        }
    }

    /// Shows a plan, and asks if there is anything to do.
    ///
    /// With JSON, it is also an event. A plan that is asked about is shown even with `--quiet`.
    pub(super) async fn agree(&self, plan: &Plan, question: &str) -> Result<(), Failure> {
        let heading = Heading {
            effort: Some(self.session.effort(self.began)),
            ..self.heading.clone()
        };
        let style = self.terminal.note_style;
        let text = plan_view::text(plan, &heading, self.engine.registry(), style);
        if self.consent.format == Format::Json {
            let plan = plan_view::json(plan, &heading, self.engine.registry());
            self.events.send(Event::Planned { plan });
        }
        let takes = plan.taken_from_others().next().is_some();
        let is_refused = takes && self.options.others == Others::Protected;
        let is_refused = is_refused || plan.gone_pins().next().is_some();
        let is_asked = !plan.is_empty() && plan.unreadable.is_empty() && !is_refused;
        if is_asked && !self.consent.yes {
            self.terminal.error(&text);
        } else if self.consent.format == Format::Text {
            self.terminal.note(&text);
        }
        if is_asked {
            let question = if takes {
                format!("Others use some of what is deleted. {question}")
            } else {
                question.to_owned()
            };
            confirm(&self.consent, &question, self.terminal).await?;
            self.stop.begin_changes(&self.options, &self.events);
        }
        Ok(())
    }

    /// Warns before the question.
    pub(super) fn warn(&self, message: String) {
        match self.consent.format {
            // Not as an event, which may be shown after the plan or the question.
            Format::Text => self.terminal.error(&format!("warning: {message}")),
            Format::Json => self.events.send(Event::Warning { message }),
        }
    }

    /// Reports how the run ended, and returns the exit status.
    pub(super) async fn end(
        self,
        ended: Ended<Failure>,
        undertaking: Undertaking,
    ) -> Result<Status, Failure> {
        self.stop.close();
        // The narrator ends when nothing can send events.
        drop((self.engine, self.events));
        self.narrator.end().await;
        let format = self.consent.format;
        let status = conclude(ended, &self.options, undertaking, format, self.terminal);
        self.session.close(&self.stop, self.terminal).await?;
        status
    }
}
