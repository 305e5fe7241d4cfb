//! Text in which commands of agentctl are named. They are written out when the text is shown, with what the user gave this one.

use super::command::{Command, Invocation};
use crate::plan::kept::KeptReason;

/// What to do, or what will happen, in words and commands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Advice(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Command(Command),
}

impl Advice {
    /// Adds words.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.0.push(Part::Text(text.to_owned()));
        self
    }

    /// Adds a command.
    #[must_use]
    pub fn command(mut self, command: Command) -> Self {
        self.0.push(Part::Command(command));
        self
    }

    /// Writes the text out.
    pub fn shown(&self, invocation: &Invocation) -> String {
        let shown = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Command(command) => command.shown(invocation),
        };
        self.0.iter().map(shown).collect()
    }
}

impl From<&str> for Advice {
    fn from(text: &str) -> Self {
        Self::default().text(text)
    }
}

impl From<String> for Advice {
    fn from(text: String) -> Self {
        Self(vec![Part::Text(text)])
    }
}

impl From<Command> for Advice {
    fn from(command: Command) -> Self {
        Self(vec![Part::Command(command)])
    }
}

impl From<&KeptReason> for Advice {
    fn from(reason: &KeptReason) -> Self {
        match reason {
            KeptReason::Shared => {
                Self::from("it holds objects of other agents or projects in this account")
            }
            KeptReason::MayBeNeeded => Self::from("may still be needed; ")
                .command(Command::Destroy)
                .text(" deletes it"),
            KeptReason::OlderVersions => {
                Self::from("older versions may run with it; it is deleted after the last of them")
            }
            KeptReason::NextApply => Self::from("no longer declared; the next apply deletes it"),
            KeptReason::Leaving(rest) => Self::from(rest.as_str()),
        }
    }
}
