//! From what went wrong to what the user is told: message, place, hint and exit status. The only place that turns causes into advice.

use std::error::Error;
use std::fmt::Write as _;

use crate::aws::config::ConfigError;
use crate::expand::ExpandError;
use crate::local::LocalError;
use crate::manifest::ManifestErrors;
use crate::plan::file::PlanFileError;
use crate::plan::planner::{Foreign, PlanError};
use crate::resource::fault::Fault;
use crate::resource::owner::Ownership;
use crate::ui::hint::{self, Hint};
use crate::ui::{Problem, Style, problems};

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
    problems: Vec<Problem>,
}

impl Failure {
    /// Fails with one message.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self::of(vec![Problem::new(text)])
    }

    /// Fails with several messages.
    pub(super) fn of(problems: Vec<Problem>) -> Self {
        Self {
            status: Status::Error,
            problems,
        }
    }

    /// Ends the process with another status than that of an error.
    pub(super) fn status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    /// Gives the message a code that has a page in the documentation.
    pub(super) fn code(mut self, code: &str) -> Self {
        for problem in &mut self.problems {
            problem.code = Some(code.to_owned());
        }
        self
    }

    /// Adds advice, in place of what was advised before.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Some(problem) = self.problems.last_mut() {
            problem.hint = Some(hint.into());
        }
        self
    }

    /// Writes it out for people.
    pub(super) fn render(&self, style: Style) -> String {
        problems(&self.problems, style)
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
        Self::of(errors.iter().map(Problem::of).collect())
    }
}

impl From<Vec<ExpandError>> for Failure {
    fn from(errors: Vec<ExpandError>) -> Self {
        let problem = |error: &ExpandError| Problem {
            code: Some(error.mistake.code().to_owned()),
            place: error.position.as_ref().map(ToString::to_string),
            hint: Some(error.mistake.advice().to_owned()),
            ..Problem::new(chain(&error.mistake))
        };
        Self::of(errors.iter().map(problem).collect())
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let hint = hint::of(&fault);
        let code = match &hint {
            Some(Hint::SignIn | Hint::SignInAgain | Hint::WrongCredentials | Hint::Clock) => {
                "AC0306"
            }
            Some(Hint::Connection) => "AC0307",
            _ => "AC0304",
        };
        let failure = Self::new(fault.to_string()).code(code);
        match hint {
            Some(hint) => failure.hint(hint.to_string()),
            None => failure,
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(chain(&error))
            .code("AC0309")
            .hint("name a file with PEM certificates, or unset `AWS_CA_BUNDLE`")
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

impl From<PlanFileError> for Failure {
    fn from(error: PlanFileError) -> Self {
        let (code, status, hint) = match &error {
            PlanFileError::Read { .. } | PlanFileError::NotAPlan(_) => {
                let hint = "give the file that `agentctl diff --out FILE` wrote";
                ("AC0601", Status::Error, Some(hint.to_owned()))
            }
            PlanFileError::Damaged(_) | PlanFileError::Forged => {
                let hint = "make the plan again with `agentctl diff --out FILE`, and hand the file on as it is";
                ("AC0602", Status::Error, Some(hint.to_owned()))
            }
            PlanFileError::OtherVersion { .. } => {
                let hint = "make the plan again with `agentctl diff --out FILE` of the agentctl that applies it";
                ("AC0603", Status::Stale, Some(hint.to_owned()))
            }
            PlanFileError::OtherPlace { what, planned, .. } => {
                ("AC0604", Status::Stale, Some(there(what, planned)))
            }
            PlanFileError::OtherAgents(_) => {
                let hint = "apply the manifests that the plan was made for, or make a new one with `agentctl diff --out FILE`";
                ("AC0605", Status::Stale, Some(hint.to_owned()))
            }
            PlanFileError::OtherKey(_) => {
                let hint = "nothing was changed; look at a new plan with `agentctl diff --out FILE`, and apply that";
                ("AC0606", Status::Stale, Some(hint.to_owned()))
            }
            PlanFileError::Occupied(_) => {
                let hint = "give another file, or remove this one if nobody needs it";
                ("AC0607", Status::Error, Some(hint.to_owned()))
            }
            PlanFileError::AmongManifests(_) => {
                let hint = "give a file outside of `deploy-plans`";
                ("AC0607", Status::Error, Some(hint.to_owned()))
            }
            PlanFileError::Write { .. } => ("AC0607", Status::Error, None),
        };
        let failure = Self::new(chain(&error)).code(code).status(status);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

/// Advises how to get to where a saved plan is for.
fn there(what: &str, planned: &str) -> String {
    match what {
        "environment" => format!("give `--env {planned}`, or make a plan for this environment"),
        "region" => format!("give `--region {planned}`, or make a plan for this region"),
        "endpoint" => {
            "leave out or give `--local` or `--endpoint-url` as when the plan was made".to_owned()
        }
        "project" => "run it in the project that the plan was made for".to_owned(),
        _ => "sign in to the account that the plan was made for, or make a plan for this one"
            .to_owned(),
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        let PlanError::Foreign(foreign) = &error else {
            return Self::new(format!("agentctl made an impossible plan: {error}")).code("AC0402");
        };
        let problem = |foreign: &Foreign| {
            let whose = match &foreign.owner {
                Ownership::Of(owner) => format!("it belongs to {owner}"),
                Ownership::Shared => "it is marked as the account's".to_owned(),
                Ownership::Parent | Ownership::Unmarked => {
                    "it does not carry agentctl's marks".to_owned()
                }
            };
            let text = format!(
                "{} `{}` exists and is not this project's: {whose}",
                foreign.address.kind(),
                foreign.name
            );
            Problem {
                code: Some("AC0401".to_owned()),
                hint: Some("rename the agent, choose another `--env`, or delete the resource; agentctl never takes over what it did not make".to_owned()),
                ..Problem::new(text)
            }
        };
        Self::of(foreign.iter().map(problem).collect())
    }
}
