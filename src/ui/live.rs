//! Events on a terminal: a line for each resource in work, drawn anew in place, above which finished lines scroll.
//!
//! What is told is what [`Plain`] tells; only what is under way is drawn instead of written.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::number::lasting;
use super::plain::{Loudness, Plain, again, beginning, head, symbol};
use super::style::{Style, Tone};
use crate::event::Event;
use crate::plan::model::{Action, StepId};

/// How long a drawing stands until the times in it are old.
pub const REFRESH: Duration = Duration::from_millis(100);

/// Draws what is under way. Times are those since the view began, so that they can be anybody's.
#[derive(Debug)]
pub struct Live<W> {
    style: Style,
    /// Where finished lines are written, which must be where is drawn.
    out: W,
    plain: Plain,
    board: MultiProgress,
    work: BTreeMap<StepId, Work>,
}

/// One resource in work.
#[derive(Debug)]
struct Work {
    bar: ProgressBar,
    action: Action,
    began: Duration,
    /// What was last told of it.
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

    /// Tells an event that happened just now.
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
            | Event::SavedPlan { .. }
            | Event::FixingFirst { .. }
            | Event::Stopping
            | Event::Warning { .. } => self.scroll(event),
        }
    }

    /// Draws everything under way with the time that it has taken by now.
    pub fn refresh(&self, now: Duration) {
        for (step, work) in &self.work {
            work.bar.set_message(self.line(step, work, now));
        }
    }

    /// Takes away whatever is still drawn.
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

    /// Writes a line above all that is drawn.
    fn scroll(&mut self, event: &Event) -> io::Result<()> {
        let Some(line) = self.plain.line(event) else {
            return Ok(());
        };
        let text = line.render(self.style);
        // The board's own way of writing lines fills them up with spaces and does not end them, which shows when they are copied.
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
