//! Events on a terminal: a line for each step in progress, redrawn in place; finished lines scroll above.
//!
//! The texts are those of [`Plain`]; steps in progress are drawn instead of written.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::number::lasting;
use super::plain::{Loudness, Plain, again, beginning, head, symbol};
use super::style::{Style, Tone};
use crate::event::Event;
use crate::plan::model::{Action, StepId};

/// How often the drawing is refreshed, because it shows elapsed times.
pub const REFRESH: Duration = Duration::from_millis(100);

/// Draws the steps in progress. Times count from the start of the view, so that a test can choose them.
#[derive(Debug)]
pub struct Live<W> {
    style: Style,
    /// Where finished lines are written: the terminal that is drawn on.
    out: W,
    plain: Plain,
    board: MultiProgress,
    work: BTreeMap<StepId, Work>,
}

/// One step in progress.
#[derive(Debug)]
struct Work {
    bar: ProgressBar,
    action: Action,
    began: Duration,
    /// The last thing that was reported about it.
    doing: String,
}

impl Live<io::Stderr> {
    /// Draws on standard error.
    pub fn on_stderr(style: Style) -> Self {
        Self::on(ProgressDrawTarget::stderr(), io::stderr(), style)
    }
}

impl<W: Write> Live<W> {
    /// Draws and writes on one terminal.
    pub(super) fn on(target: ProgressDrawTarget, out: W, style: Style) -> Self {
        Self {
            style,
            out,
            plain: Plain::new(style, Loudness::Normal),
            board: MultiProgress::with_draw_target(target),
            work: BTreeMap::new(),
        }
    }

    /// Shows an event that just happened.
    pub fn event(&mut self, event: &Event, now: Duration) -> io::Result<()> {
        match event {
            Event::Started { step, action } => {
                self.begin(step, action, now);
                Ok(())
            }
            Event::Called { step, operation } => {
                self.plain.called(step, operation);
                self.say(step, operation.clone(), now);
                Ok(())
            }
            Event::Settling { step, status } => {
                self.say(step, status.clone(), now);
                Ok(())
            }
            Event::Waiting {
                step,
                fault,
                delay_ms,
            } => {
                self.say(step, again(fault, *delay_ms), now);
                Ok(())
            }
            Event::Finished { step, .. } => {
                if let Some(work) = self.work.remove(step) {
                    work.bar.finish_and_clear();
                    self.board.remove(&work.bar);
                }
                self.scroll(event)
            }
            Event::Reading { .. }
            | Event::Listing { .. }
            | Event::Planned { .. }
            | Event::SavedPlan { .. }
            | Event::FixingFirst { .. }
            | Event::Stopping
            | Event::Warning { .. } => self.scroll(event),
        }
    }

    /// Redraws all steps in progress with the time that they have taken so far.
    pub fn refresh(&self, now: Duration) {
        for (step, work) in &self.work {
            work.bar.set_message(self.line(step, work, now));
        }
    }

    /// Clears the drawing.
    pub fn end(self) -> io::Result<()> {
        self.board.clear()
    }

    fn begin(&mut self, step: &StepId, action: &Action, now: Duration) {
        let style = ProgressStyle::with_template("{wide_msg}")
            .expect("the template has only a key that exists");
        let work = Work {
            bar: self.board.add(ProgressBar::no_length().with_style(style)),
            action: action.clone(),
            began: now,
            doing: String::new(),
        };
        work.bar.set_message(self.line(step, &work, now));
        self.work.insert(step.clone(), work);
    }

    fn say(&mut self, step: &StepId, doing: String, now: Duration) {
        if let Some(work) = self.work.get_mut(step) {
            work.doing = doing;
        }
        if let Some(work) = self.work.get(step) {
            work.bar.set_message(self.line(step, work, now));
        }
    }

    /// Writes a line above the drawing.
    fn scroll(&mut self, event: &Event) -> io::Result<()> {
        let Some(line) = self.plain.line(event) else {
            return Ok(());
        };
        let text = line.render(self.style);
        // `println` of `MultiProgress` pads lines with spaces and does not end them, which is visible in copied text.
        let out = &mut self.out;
        self.board.suspend(|| {
            out.write_all(text.as_bytes())?;
            out.flush()
        })
    }

    fn line(&self, step: &StepId, work: &Work, now: Duration) -> String {
        let (symbol, tone) = symbol(&work.action);
        let elapsed = lasting(now.saturating_sub(work.began));
        head(symbol, tone, beginning(step, &work.action), step)
            .text(&format!("  {elapsed}"))
            .toned(Tone::Faint, &format!("  {}", work.doing))
            .render(self.style)
            .trim_end()
            .to_owned()
    }
}
