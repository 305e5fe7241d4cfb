//! Standard output for data, and standard error for everything else.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::{Arc, OnceLock};

use super::command::Invocation;
use super::printable;
use super::style::Style;

/// Where this process writes.
#[derive(Debug, Clone)]
pub struct Terminal {
    /// How standard output is coloured.
    pub data_style: Style,
    /// How standard error is coloured.
    pub note_style: Style,
    /// Whether only errors and results are shown.
    pub is_quiet: bool,
    /// Whether standard error is a terminal on which lines can be redrawn.
    pub is_drawn_on: bool,
    /// Why standard output is incomplete, if it is.
    pub loss: Loss,
    /// What commands in advice repeat.
    pub invocation: Invocation,
}

/// Why standard output is incomplete, if it is. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Loss(Arc<OnceLock<String>>);

impl Loss {
    /// Returns why standard output is incomplete, unless its reader closed it.
    pub fn reason(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }

    fn note<T>(&self, written: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &written
            // A reader that closed the pipe has read what it needs.
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            self.0.get_or_init(|| error.to_string());
        }
        written
    }
}

/// Standard output, which keeps the reason when it is incomplete.
#[derive(Debug)]
pub struct Out(Loss);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.note(io::stdout().write(bytes))
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        // In one write, so that lines of other threads do not come between.
        self.0.note(io::stdout().write_all(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.note(io::stdout().flush())
    }
}

/// An answer to a question, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Yes,
    /// Anything else.
    No,
    /// There is no terminal to ask on.
    Nobody,
}

impl Terminal {
    /// Writes data. A closed pipe is no error: its reader has read what it needs.
    pub fn data(&self, text: &str) {
        write(&mut self.out(), text);
    }

    /// Returns standard output.
    pub fn out(&self) -> Out {
        Out(self.loss.clone())
    }

    /// Writes what is not data, unless only errors are shown.
    pub fn note(&self, text: &str) {
        if !self.is_quiet {
            write(&mut io::stderr().lock(), text);
        }
    }

    /// Writes an error.
    pub fn error(&self, text: &str) {
        write(&mut io::stderr().lock(), text);
    }

    /// Ends the line that may be drawn on, before the process ends early.
    pub fn leave(&self) {
        if self.is_drawn_on {
            write(&mut io::stderr().lock(), "");
        }
    }

    /// Asks a question; only `y` or `yes` means yes.
    pub fn ask(&self, question: &str) -> Answer {
        if !io::stdin().is_terminal() {
            return Answer::Nobody;
        }
        let mut line = String::new();
        // A question or an answer that is lost is no consent. Other threads may write while this waits.
        let heard = write!(io::stderr(), "{} [y/N] ", printable(question))
            .and_then(|()| io::stderr().flush())
            .and_then(|()| io::stdin().lock().read_line(&mut line));
        match (heard, line.trim().to_lowercase().as_str()) {
            (Ok(_), "y" | "yes") => Answer::Yes,
            _ => Answer::No,
        }
    }
}

fn write(out: &mut impl Write, text: &str) {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    // If standard error cannot be written, the failure cannot be reported either.
    let _ = write!(out, "{text}{end}").and_then(|()| out.flush());
}
