//! Turns causes into what the user sees: message, place, hint and exit status. The only place that adds advice to errors.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::Value;

use crate::aws::config::ConfigError;
use crate::aws::profile::ProfileError;
use crate::code::{Code, Status};
use crate::expand::ExpandError;
use crate::kinds::artifacts_bucket::ArtifactsBucket;
use crate::local::LocalError;
use crate::manifest::ManifestErrors;
use crate::outcome::Outcomes;
use crate::plan::file::PlanFileError;
use crate::plan::model::{Foreign, Note, Plan, PlanError, PlannedPin, PlannedStep};
use crate::resource::address::Address;
use crate::resource::fault::Fault;
use crate::resource::kind::Kind;
use crate::resource::owner::SHARED_TAG;
use crate::ui::command::Command;
use crate::ui::hint::{self, Hint};
use crate::ui::{Advice, Problem, Terminal, counted, json, plan_view, problems};

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

    /// Sets another exit status than that of an error.
    pub(super) fn status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    /// Sets the error code of the messages, and its exit status.
    pub(super) fn code(mut self, code: Code) -> Self {
        for problem in &mut self.problems {
            problem.code = Some(code);
        }
        self.status(code.status())
    }

    /// Sets the hint, and replaces an earlier one.
    pub(super) fn hint(mut self, hint: impl Into<Advice>) -> Self {
        if let Some(problem) = self.problems.last_mut() {
            problem.hint = Some(hint.into());
        }
        self
    }

    /// Writes it as the last line of a stream of events, with the outcomes of the run.
    pub(super) fn conclude(
        &self,
        outcomes: &Outcomes,
        plan: &Plan,
        terminal: &Terminal,
        out: &mut impl Write,
    ) -> io::Result<()> {
        json::summary(outcomes, plan, &self.problems, &terminal.invocation, out)
    }

    /// Returns its errors for programs.
    pub(super) fn to_json(&self, terminal: &Terminal) -> Value {
        json::errors(&self.problems, &terminal.invocation)
    }

    /// Returns it as text for people.
    pub(super) fn render(&self, terminal: &Terminal) -> String {
        problems(&self.problems, &terminal.invocation, terminal.note_style)
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

/// Returns a message for each thing of others that the plan deletes, or whose ground it deletes.
pub(super) fn of_others(steps: &[PlannedStep]) -> Failure {
    let mut problems = Vec::new();
    let mut used: BTreeMap<&Address, Vec<String>> = BTreeMap::new();
    for step in steps {
        let address = &step.id.address;
        for note in &step.notes {
            match note {
                Note::OfOthers => problems.push(Problem {
                    hint: Some("ask its owner to delete it, or give `--with-others` to delete it too".into()),
                    ..Problem::new(format!(
                        "`{address}` would be deleted with what it points at, and agentctl did not create it"
                    ))
                }),
                Note::UsedByOthers(users) => {
                    for user in users {
                        used.entry(user).or_default().push(format!("`{address}`"));
                    }
                }
                Note::Widens(_)
                | Note::Denies(_)
                | Note::Loses(_)
                | Note::Outage
                | Note::StopsTraffic(_) => {}
            }
        }
    }
    problems.extend(used.into_iter().map(|(user, used)| Problem {
        hint: Some(
            "if it lost agentctl's tags, put them back; otherwise delete it first, or give `--with-others` to delete what it uses"
                .into(),
        ),
        ..Problem::new(format!(
            "`{user}` is not ours, or lost agentctl's marks, and uses what would be deleted: {}",
            used.join(", ")
        ))
    }));
    Failure::of(problems).code(Code::UsedByOthers)
}

/// Returns a message for each pin whose version no longer exists.
pub(super) fn of_gone_pins(pins: &[PlannedPin]) -> Failure {
    let problem = |planned: &PlannedPin| {
        let PlannedPin {
            address,
            agent,
            pin,
            ..
        } = planned;
        let agent = || agent.clone();
        let hint = Advice::from(Command::Promote { agent: agent() })
            .text(" sends callers to the version that was applied last, ")
            .command(Command::Rollback { agent: agent() })
            .text(" with `--version` holds them at another one");
        Problem {
            hint: Some(hint),
            ..Problem::new(format!(
                "version {} no longer exists, and `{address}` is pinned to it, so nothing was changed",
                pin.version
            ))
        }
    };
    Failure::of(pins.iter().map(problem).collect()).code(Code::GonePin)
}

/// Returns what did not happen because resources could not be read.
pub(super) fn incomplete(unreadable: &[(Address, Fault)], consequence: &str) -> Failure {
    let first = unreadable.first();
    let detail = first.map(|(address, fault)| format!("; the first is `{address}`: {fault}"));
    let text = format!(
        "{} could not be read, so {consequence}{}",
        counted(unreadable.len(), "resource"),
        detail.unwrap_or_default()
    );
    let failure = Failure::new(text).code(Code::IncompleteComparison);
    match first.and_then(|(_, fault)| hint::of(fault)) {
        Some(hint) => failure.hint(&hint),
        None => failure,
    }
}

impl From<ManifestErrors> for Failure {
    fn from(errors: ManifestErrors) -> Self {
        Self::of(errors.iter().map(Problem::of).collect())
    }
}

impl From<Vec<ExpandError>> for Failure {
    fn from(errors: Vec<ExpandError>) -> Self {
        let problem = |error: &ExpandError| Problem {
            code: Some(error.mistake.code()),
            position: error.position.clone(),
            hint: Some(error.mistake.advice().into()),
            ..Problem::new(chain(&error.mistake))
        };
        Self::of(errors.iter().map(problem).collect())
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let hint = hint::of(&fault);
        let code = match &hint {
            Some(
                Hint::SignIn
                | Hint::SignInAgain
                | Hint::WrongCredentials
                | Hint::SlowCredentials
                | Hint::Clock,
            ) => Code::NotSignedIn,
            Some(Hint::Connection | Hint::Certificate) => Code::NotReached,
            _ => Code::FailedCall,
        };
        let failure = Self::new(fault.to_string()).code(code);
        match hint {
            Some(hint) => failure.hint(&hint),
            None => failure,
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let failure = Self::new(chain(&error));
        match &error {
            ConfigError::Bundle { .. } | ConfigError::Certificates { .. } => failure
                .code(Code::UnusableCertificates)
                .hint("name a file with PEM certificates, or unset `AWS_CA_BUNDLE`"),
            ConfigError::Setting(_) => failure
                .code(Code::UnusableSetting)
                .hint("correct it, or unset it"),
            ConfigError::Profile(profile) => failure
                .code(Code::UnusableProfile)
                .hint(of_profile(profile)),
        }
    }
}

/// Returns a hint for a profile: commands of the AWS CLI, which can do what the SDK cannot.
fn of_profile(error: &ProfileError) -> String {
    match error {
        ProfileError::Unreadable { .. } => {
            "fix the file; `aws configure list-profiles` reads the same files".to_owned()
        }
        ProfileError::Missing(_) => "`aws configure list-profiles` lists the profiles".to_owned(),
        ProfileError::Mfa { chosen, .. } => format!(
            "run `eval \"$(aws configure export-credentials --profile {chosen} --format env)\"`, which asks for the code, then this command again without naming a profile"
        ),
        ProfileError::Login { profile, chosen } => format!(
            "run `aws login --profile {profile}` and `eval \"$(aws configure export-credentials --profile {chosen} --format env)\"`, then this command again without naming a profile"
        ),
    }
}

impl From<LocalError> for Failure {
    fn from(error: LocalError) -> Self {
        let hint = match &error {
            LocalError::Served { pid, .. } => Some(Advice::from(format!(
                "stop process {pid}, or keep it: other commands use it automatically"
            ))),
            LocalError::Store(_) => {
                Some(Advice::from(Command::LocalReset).text(" deletes the data"))
            }
            LocalError::Listen { .. } => Some("choose another `--port`".into()),
            LocalError::File { .. } | LocalError::Serve(_) | LocalError::Silent(_) => None,
        };
        let failure = Self::new(chain(&error)).code(Code::NoLocalEndpoint);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<PlanFileError> for Failure {
    fn from(error: PlanFileError) -> Self {
        let (code, hint) = match &error {
            PlanFileError::Read { .. } | PlanFileError::NotAPlan(_) => (
                Code::NoSavedPlan,
                Some(around("give the file that ", Command::SavePlan, " wrote")),
            ),
            PlanFileError::Damaged(_) | PlanFileError::Forged => (
                Code::DamagedPlan,
                Some(around(
                    "make the plan again with ",
                    Command::SavePlan,
                    ", and do not change the file",
                )),
            ),
            PlanFileError::OtherVersion { .. } => (
                Code::OtherVersion,
                Some(around(
                    "make the plan again with ",
                    Command::SavePlan,
                    ", with the agentctl that applies it",
                )),
            ),
            PlanFileError::OtherTarget { what, planned, .. } => {
                (Code::OtherTarget, Some(there(what, planned).into()))
            }
            PlanFileError::OtherAgents(_) => (Code::OtherManifests, Some(for_these_manifests())),
            PlanFileError::OtherKey(_) => (Code::StaleSavedPlan, Some(for_this_account())),
            PlanFileError::Occupied(_) => (
                Code::UnsavablePlan,
                Some("give another file, or delete this one if it is not needed".into()),
            ),
            PlanFileError::AmongManifests(_) => (
                Code::UnsavablePlan,
                Some("give a file outside of `deploy-plans`".into()),
            ),
            PlanFileError::Write { .. } => (Code::UnsavablePlan, None),
        };
        let failure = Self::new(chain(&error)).code(code);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

/// Advises about a saved plan for other manifests.
pub(super) fn for_these_manifests() -> Advice {
    around(
        "apply the manifests that the plan was made for, or make a new plan with ",
        Command::SavePlan,
        "",
    )
}

/// Advises about a saved plan for an account that has changed.
pub(super) fn for_this_account() -> Advice {
    around(
        "nothing was changed; make a new plan with ",
        Command::SavePlan,
        ", review it, and apply it",
    )
}

fn around(before: &str, command: Command, after: &str) -> Advice {
    Advice::from(before).command(command).text(after)
}

/// Returns how to act on the target of a saved plan.
fn there(what: &str, planned: &str) -> String {
    match what {
        "environment" => format!("give `--env {planned}`, or make a plan for this environment"),
        "region" => format!("give `--region {planned}`, or make a plan for this region"),
        "endpoint" => {
            "use the same `--local` or `--endpoint-url` as when the plan was made".to_owned()
        }
        "project" => "run it in the project that the plan was made for".to_owned(),
        _ => "sign in to the account that the plan was made for, or make a plan for this one"
            .to_owned(),
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        let foreign = match &error {
            PlanError::Foreign(foreign) => foreign,
            PlanError::TooLarge(too_large) => {
                let (agent, versions) = (&too_large.agent, &too_large.versions);
                let advice = match (agent, &versions[..]) {
                    (Some(agent), [_, ..]) => {
                        let delete = Command::DeleteVersions {
                            agent: agent.clone(),
                            versions: versions.clone(),
                        };
                        Advice::from(delete).text(" deletes versions that need more")
                    }
                    _ => Advice::from(
                        "remove unneeded permissions in one apply, and add the new ones in the next",
                    ),
                };
                return Self::new(error.to_string())
                    .code(Code::PermissionsTooLarge)
                    .hint(advice);
            }
            PlanError::Circle(_) | PlanError::Dangling { .. } | PlanError::UnknownKind(_) => {
                return Self::new(format!("agentctl made an impossible plan: {error}"))
                    .code(Code::ImpossiblePlan);
            }
        };
        let problem = |foreign: &Foreign| {
            let whose = plan_view::whose(&foreign.owner);
            let text = format!(
                "{} `{}` exists and is not this project's: {whose}",
                foreign.address.kind(),
                foreign.name
            );
            Problem {
                code: Some(Code::ForeignResource),
                hint: Some(of_foreign(foreign).into()),
                ..Problem::new(text)
            }
        };
        Self::of(foreign.iter().map(problem).collect())
    }
}

fn of_foreign(foreign: &Foreign) -> String {
    if foreign.address.kind() == ArtifactsBucket::NAME {
        format!(
            "all projects of an account share this bucket, and agentctl creates it with the tag `{SHARED_TAG}=true`; add the tag if agentctl created the bucket, or delete the bucket"
        )
    } else {
        "rename the agent, choose another `--env`, or delete the resource; agentctl never adopts a resource that it did not create".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::address::Address;
    use crate::ui::Style;
    use crate::ui::command::Invocation;

    #[test]
    fn a_plan_that_contradicts_itself_is_reported_as_a_defect() {
        let error = PlanError::Circle(Address::new("lambda-function", "triage"));
        let failure = Failure::from(error);
        assert_eq!(
            problems(&failure.problems, &Invocation::default(), Style::Plain),
            "error[AC0402]: agentctl made an impossible plan: `lambda-function/triage` needs itself, through others\n"
        );
    }
}
