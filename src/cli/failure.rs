//! From what went wrong to what the user is told: message, place, hint and exit status. The only place that turns causes into advice.

use std::error::Error;
use std::fmt::Write as _;

use crate::expand::ExpandError;
use crate::local::LocalError;
use crate::manifest::ManifestErrors;
use crate::plan::planner::PlanError;
use crate::resource::fault::Fault;
use crate::resource::owner::Ownership;
use crate::ui::hint;

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Done = 0,
    Error = 1,
    Differences = 2,
    Incomplete = 3,
    Stale = 4,
    Locked = 5,
    Partial = 6,
    Usage = 64,
    Interrupted = 130,
}

/// Something that ends the command.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) status: Status,
    report: Report,
}

#[derive(Debug)]
enum Report {
    /// Manifest errors show themselves with their source.
    Manifest(Box<ManifestErrors>),
    Plain(Vec<Message>),
}

/// One message with its advice.
#[derive(Debug, Default)]
pub(super) struct Message {
    pub(super) code: Option<&'static str>,
    pub(super) text: String,
    pub(super) place: Option<String>,
    pub(super) hint: Option<String>,
}

impl Failure {
    /// Fails with one message.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self {
            status: Status::Error,
            report: Report::Plain(vec![Message {
                text: text.into(),
                ..Message::default()
            }]),
        }
    }

    /// Ends the process with another status than that of an error.
    pub(super) fn status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    /// Gives the message a code that has a page in the documentation.
    pub(super) fn code(mut self, code: &'static str) -> Self {
        if let Report::Plain(messages) = &mut self.report {
            for message in messages {
                message.code = Some(code);
            }
        }
        self
    }

    /// Adds advice.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Report::Plain(messages) = &mut self.report
            && let Some(message) = messages.last_mut()
        {
            message.hint = Some(hint.into());
        }
        self
    }

    /// Writes it out for people.
    pub(super) fn render(&self) -> String {
        match &self.report {
            Report::Manifest(errors) => manifest(errors),
            Report::Plain(messages) => messages
                .iter()
                .map(Message::render)
                .collect::<Vec<_>>()
                .join("\n"),
        }
    }
}

impl Message {
    fn render(&self) -> String {
        let mut text = match self.code {
            Some(code) => format!("error[{code}]: {}\n", self.text),
            None => format!("error: {}\n", self.text),
        };
        // Writing to a text cannot fail.
        if let Some(place) = &self.place {
            let _ = writeln!(text, "  --> {place}");
        }
        if let Some(hint) = &self.hint {
            let _ = writeln!(text, "hint: {hint}");
        }
        text
    }
}

fn manifest(errors: &ManifestErrors) -> String {
    let handler =
        miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode_nocolor())
            .with_links(false);
    let mut text = String::new();
    match handler.render_report(&mut text, errors) {
        Ok(()) => text,
        // The report could not be drawn; the bare messages say what is wrong as well.
        Err(_) => errors.to_string(),
    }
}

/// Joins an error and its causes.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

impl From<ManifestErrors> for Failure {
    fn from(errors: ManifestErrors) -> Self {
        Self {
            status: Status::Error,
            report: Report::Manifest(Box::new(errors)),
        }
    }
}

impl From<Vec<ExpandError>> for Failure {
    fn from(errors: Vec<ExpandError>) -> Self {
        let messages = errors
            .iter()
            .map(|error| Message {
                code: Some(error.mistake.code()),
                text: chain(&error.mistake),
                place: Some(error.position.to_string()),
                hint: Some(error.mistake.advice().to_owned()),
            })
            .collect();
        Self {
            status: Status::Error,
            report: Report::Plain(messages),
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let failure = Self::new(fault.to_string()).code("AC0304");
        match hint::of(&fault) {
            Some(hint) => failure.hint(hint.to_string()),
            None => failure,
        }
    }
}

impl From<LocalError> for Failure {
    fn from(error: LocalError) -> Self {
        let hint = match &error {
            LocalError::Served { pid, .. } => Some(format!(
                "end process {pid}, or leave it serving: other commands use it by themselves"
            )),
            LocalError::Store(_) => {
                Some("`agentctl local reset` begins with an empty endpoint".to_owned())
            }
            LocalError::Listen { .. } => Some("choose another `--port`".to_owned()),
            LocalError::File { .. } | LocalError::Serve(_) | LocalError::Silent(_) => None,
        };
        let failure = Self::new(chain(&error)).code("AC0305");
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        let PlanError::Foreign(foreign) = &error else {
            return Self::new(format!("agentctl made an impossible plan: {error}")).code("AC0402");
        };
        let messages = foreign.iter().map(|foreign| {
            let whose = match &foreign.owner {
                Ownership::Of(owner) => format!("it belongs to {owner}"),
                Ownership::Shared => "it is marked as the account's".to_owned(),
                Ownership::Parent | Ownership::Unmarked => "it does not carry agentctl's marks".to_owned(),
            };
            Message {
                code: Some("AC0401"),
                text: format!("{} `{}` exists and is not this project's: {whose}", foreign.address.kind(), foreign.name),
                place: None,
                hint: Some("rename the agent, choose another `--env`, or delete the resource; agentctl never takes over what it did not make".to_owned()),
            }
        });
        Self {
            status: Status::Error,
            report: Report::Plain(messages.collect()),
        }
    }
}
