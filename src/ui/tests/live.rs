//! What a terminal shows during a run, at given times.

use std::io::{self, Write};

use indicatif::{InMemoryTerm, ProgressDrawTarget, TermLike};
use insta::assert_snapshot;

use super::*;
use crate::event::Event;
use crate::outcome::{Outcome, StepError};
use crate::resource::operation::logs;
use crate::ui::Style;
use crate::ui::live::Live;

/// Writes on a terminal that needs a carriage return at the end of a line.
struct Screen(InMemoryTerm);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = str::from_utf8(bytes).unwrap();
        for line in text.lines() {
            self.0.write_line(line)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A view on a terminal with a width, and the terminal.
fn view(width: u16, style: Style) -> (Live<Screen>, InMemoryTerm) {
    let terminal = InMemoryTerm::new(8, width);
    let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
    (Live::on(target, Screen(terminal.clone()), style), terminal)
}

fn id(text: &str) -> StepId {
    StepId::whole(&address(text))
}

fn started(text: &str) -> Event {
    Event::Started {
        step: id(text),
        action: Action::Create,
    }
}

fn called(text: &str, operation: &str) -> Event {
    Event::Called {
        step: id(text),
        operation: operation.into(),
    }
}

fn settling(text: &str, status: &str) -> Event {
    Event::Settling {
        step: id(text),
        status: status.into(),
    }
}

fn finished(text: &str, outcome: Outcome) -> Event {
    Event::Finished {
        step: id(text),
        action: Action::Create,
        outcome,
        elapsed_ms: 2_500,
    }
}

/// Shows events, half a second apart.
fn show(live: &mut Live<Screen>, events: &[Event]) {
    for (place, event) in (0..).zip(events) {
        live.event(event, Duration::from_millis(500) * place)
            .unwrap();
    }
}

const DONE: Outcome = Outcome::Done { remains: None };
const ROLE: &str = "iam-role/triage.lambda";
const GROUP: &str = "log-group/triage";

#[test]
fn steps_in_progress_are_drawn_in_place_and_finished_ones_scroll_above() {
    let (mut live, terminal) = view(80, Style::Plain);
    let busy = Fault::new(FaultKind::Busy, logs::CREATE_LOG_GROUP, "try again");
    show(
        &mut live,
        &[
            Event::Reading { resources: 2 },
            started(ROLE),
            started(GROUP),
            called(ROLE, "CreateRole"),
            Event::Waiting {
                step: id(GROUP),
                fault: busy,
                delay_ms: 500,
            },
        ],
    );
    assert_snapshot!(terminal.contents(), @"
                reading 2 resources
                  + creating    iam-role triage.lambda  1.0 s  CreateRole
                  + creating    log-group triage  1.0 s  CloudWatch Logs is still making another
                ");
    live.refresh(Duration::from_mins(2));
    assert_snapshot!(terminal.contents(), @"
    reading 2 resources
      + creating    iam-role triage.lambda  2 min 00 s  CreateRole
      + creating    log-group triage  1 min 59 s  CloudWatch Logs is still making an
    ");
    show(
        &mut live,
        &[
            finished(ROLE, DONE),
            Event::Warning {
                message: "the record is late".into(),
            },
            finished(GROUP, Outcome::Failed(StepError::Foreign)),
        ],
    );
    assert_snapshot!(terminal.contents(), @"
    reading 2 resources
        created     iam-role triage.lambda  2.5 s  (CreateRole)
    warning: the record is late
      ! failed      log-group triage  2.5 s  a resource with that name was created m
    eanwhile and is not managed by agentctl
    ");
    let before = terminal.contents();
    live.end().unwrap();
    assert_eq!(terminal.contents(), before);
}

#[test]
fn the_end_clears_the_drawing() {
    let (mut live, terminal) = view(80, Style::Plain);
    show(&mut live, &[Event::Reading { resources: 1 }, started(ROLE)]);
    live.end().unwrap();
    assert_eq!(terminal.contents(), "reading 1 resource");
}

#[test]
fn no_line_is_wider_than_the_terminal_or_steers_it() {
    let (mut live, terminal) = view(64, Style::Colour);
    let status = "\u{1b}[2J\u{202e}Pending, and then much more than fits into one line";
    show(&mut live, &[started(ROLE), settling(ROLE, status)]);
    assert_snapshot!(terminal.contents(), @r"  + creating    iam-role triage.lambda  0.50 s  \u{1b}[2J\u{202e");
    // A redraw does not move it.
    live.refresh(Duration::from_secs(9));
    assert_snapshot!(terminal.contents(), @r"  + creating    iam-role triage.lambda  9.0 s  \u{1b}[2J\u{202e}");
}

#[test]
fn more_steps_than_terminal_lines_leave_nothing_behind() {
    let (mut live, terminal) = view(40, Style::Plain);
    let names: Vec<String> = (0..20).map(|n| format!("log-group/g{n}")).collect();
    for name in &names {
        live.event(&started(name), Duration::ZERO).unwrap();
    }
    live.refresh(Duration::from_secs(1));
    for name in &names {
        live.event(&finished(name, DONE), Duration::from_secs(2))
            .unwrap();
    }
    live.end().unwrap();
    let shown = terminal.contents();
    let last: Vec<&str> = shown.lines().rev().take(2).collect();
    assert_eq!(
        last,
        [
            "    created     log-group g19  2.5 s",
            "    created     log-group g18  2.5 s"
        ]
    );
}
