//! Standard output and standard error: data goes to the one, everything else to the other.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::{Arc, OnceLock};

use super::printable;
use super::style::Style;

/// Where this process writes.
#[derive(Debug, Clone)]
pub struct Terminal {
    /// How standard output is coloured.
    pub data_style: Style,
    /// How standard error is coloured.
    pub note_style: Style,
    /// Whether only errors and results are wanted.
    pub is_quiet: bool,
    /// Whether standard error is a terminal on which lines can be drawn anew.
    pub is_drawn_on: bool,
    /// What became of standard output.
    pub loss: Loss,
}

/// Why standard output is not complete, if it is not. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Loss(Arc<OnceLock<String>>);

impl Loss {
    /// Returns why something could not be written that somebody would have read.
    pub fn reason(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }

    fn note<T>(&self, written: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &written
            // A reader that has gone away has what it wanted.
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            self.0.get_or_init(|| error.to_string());
        }
        written
    }
}

/// Standard output, which remembers why it is not complete.
#[derive(Debug)]
pub struct Out(Loss);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.note(io::stdout().write(bytes))
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        // At once, so that lines of others do not come between.
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
    /// Nobody is there to be asked.
    Nobody,
}

impl Terminal {
    /// Writes data. A reader that has gone away is no error: it has what it wanted.
    pub fn data(&self, text: &str) {
        write(&mut self.out(), text);
    }

    /// Returns standard output.
    pub fn out(&self) -> Out {
        Out(self.loss.clone())
    }

    /// Tells something that is not data, unless only errors are wanted.
    pub fn note(&self, text: &str) {
        if !self.is_quiet {
            write(&mut io::stderr().lock(), text);
        }
    }

    /// Tells an error.
    pub fn error(&self, text: &str) {
        write(&mut io::stderr().lock(), text);
    }

    /// Leaves the line on which something may be drawn, before the process ends in the midst of it.
    pub fn leave(&self) {
        if self.is_drawn_on {
            write(&mut io::stderr().lock(), "");
        }
    }

    /// Asks a question that only `y` or `yes` affirms.
    pub fn ask(&self, question: &str) -> Answer {
        if !io::stdin().is_terminal() {
            return Answer::Nobody;
        }
        let mut line = String::new();
        // Nobody who cannot be asked or heard has said yes. Others may write while the answer is awaited.
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
    // Where nothing can be written any more there is nobody to tell that either.
    let _ = write!(out, "{text}{end}").and_then(|()| out.flush());
}
