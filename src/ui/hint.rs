//! Advice for faults, as data. A hint names only what exists: commands, variables, IAM actions, policy lines.

use super::advice::Advice;
use super::command::{Command, Invocation};
use crate::code::Code;
use crate::outcome::StepError;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::operation::Service;
use crate::resource::unseen::Unseen;

/// What to do about a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// A policy has to allow an action.
    Allow {
        /// The IAM action.
        action: String,
        /// The resource, if AWS names it.
        resource: Option<String>,
        /// The type of policy that does not allow it, if AWS names it.
        policy: Option<String>,
    },
    /// A policy denies an action, so allowing it elsewhere changes nothing.
    Denied {
        /// The IAM action.
        action: String,
        /// The type of policy that denies it.
        policy: String,
    },
    /// The session has ended.
    SignInAgain,
    /// There are no credentials.
    SignIn,
    /// The credentials are not accepted.
    WrongCredentials,
    /// The source of the credentials does not answer.
    SlowCredentials,
    /// The clock is wrong.
    Clock,
    /// A quota is used up.
    Quota {
        /// The service with the quota.
        service: Service,
    },
    /// Old versions fill the storage for code.
    CodeStorage,
    /// Something new is still not visible.
    NotVisible {
        /// What it is, if the service's words name it.
        what: Option<Unseen>,
    },
    /// The answers to writes contradict those to reads.
    Contradiction,
    /// It passes without action.
    TryAgain,
    /// The service cannot be reached.
    Connection,
    /// The server's certificate is not trusted.
    Certificate,
    /// The service failed; its support can find the call.
    Support {
        /// The id of the call.
        request_id: String,
    },
    /// A resource changed since it was read.
    PlanAgain,
    /// Another resource has the name.
    Rename,
    /// The service is still working.
    WaitAndTryAgain,
    /// Somebody or something resets the fields.
    SetBack,
    /// The folder of the journal cannot be written.
    JournalFolder,
}

impl From<&Hint> for Advice {
    fn from(hint: &Hint) -> Self {
        let words = match hint {
            Hint::Allow {
                action,
                resource,
                policy,
            } => return allow(action, resource.as_deref(), policy.as_deref()).into(),
            Hint::Denied { action, policy } => {
                return format!(
                    "the {policy} denies `{action}`; as long as it does, allowing it elsewhere changes nothing"
                )
                .into();
            }
            Hint::Quota { service } => {
                return format!(
                    "a quota of the account is used up; `aws service-quotas list-service-quotas --service-code {}` shows which can be raised",
                    service.name()
                )
                .into();
            }
            Hint::Support { request_id } => {
                return format!(
                    "run the command again; if it fails again, AWS support can find the call by its request id: {request_id}"
                )
                .into();
            }
            Hint::PlanAgain => return Self::from(Command::Diff).text(" shows its values now"),
            Hint::SetBack => {
                return Self::from(
                    "somebody or something resets the fields, or the service does not keep the values; ",
                )
                .command(Command::Diff)
                .text(" shows them");
            }
            Hint::JournalFolder => {
                return Self::from(
                    "check that `.agentctl` in the working folder is writable and that the disk has room; ",
                )
                .command(Command::Explain(Code::NoJournal))
                .text(" says more");
            }
            Hint::SignInAgain => {
                "the session has expired; sign in again with `aws sso login`, with the same `--profile`"
            }
            Hint::SignIn => "sign in with `aws sso login`, or set `AWS_PROFILE`",
            Hint::WrongCredentials => {
                "the credentials do not work; run `aws sts get-caller-identity` with the same profile"
            }
            Hint::SlowCredentials => {
                "the profile's source of credentials does not answer; run `aws sts get-caller-identity` with the same profile"
            }
            Hint::Clock => {
                "set this machine's clock; AWS refuses signatures whose time is minutes off"
            }
            Hint::CodeStorage => {
                "the code of all functions and versions fills the account's storage; delete unused versions"
            }
            Hint::NotVisible { what } => {
                return format!(
                    "what is new can take minutes to be visible everywhere; run the command again, and if it is refused again, {}",
                    check(*what)
                )
                .into();
            }
            Hint::Contradiction => {
                "AWS contradicts itself for seconds after a deletion or creation; run the command again, and if it fails again, see who has the name: another account's resource, or one that these credentials may not read"
            }
            Hint::TryAgain => "this passes by itself; run the command again",
            Hint::Certificate => {
                "the certificate of the server is not trusted; set `AWS_CA_BUNDLE` to the file of the authority that signed it"
            }
            Hint::Connection => {
                "check the network, `HTTPS_PROXY` and `NO_PROXY`, and `AWS_ENDPOINT_URL` if it is set"
            }
            Hint::Rename => "rename the agent, or delete the resource that has the name now",
            Hint::WaitAndTryAgain => {
                "AWS is still working on it; run the command again later to continue"
            }
        };
        words.into()
    }
}

impl Hint {
    /// Writes the advice out.
    pub fn shown(&self, invocation: &Invocation) -> String {
        Advice::from(self).shown(invocation)
    }
}

fn allow(action: &str, resource: Option<&str>, policy: Option<&str>) -> String {
    let on = resource.map_or_else(String::new, |resource| format!(" on `{resource}`"));
    let holder = policy.map_or_else(
        || "for the identity that calls".to_owned(),
        |policy| format!("in {} {policy}", article(policy)),
    );
    format!("allow `{action}`{on} {holder}")
}

/// Returns what to check when something does not become visible.
fn check(what: Option<Unseen>) -> &'static str {
    match what {
        Some(Unseen::Role) => {
            "check that the role exists and that its trust policy names the service"
        }
        Some(Unseen::Permission) => "check that the role allows what the message names",
        Some(Unseen::Key) => {
            "check that the key is enabled and that its policy lets the service use it"
        }
        Some(Unseen::Principal) => {
            "check that every principal that the message or the policy names exists"
        }
        Some(Unseen::Image) => "check that the image exists and that the role may pull it",
        None => "check that what the message names exists",
    }
}

/// The text before the action in a denial (IAM user guide, "Troubleshoot access denied error messages").
const NOT_AUTHORIZED: &str = "not authorized to perform: ";

/// Returns the advice for a failed call.
pub fn of(fault: &Fault) -> Option<Hint> {
    if let Some(hint) = of_credentials(fault) {
        return Some(hint);
    }
    match fault.kind {
        // Without a code, the denial is not from a service: the command only reads and refuses mutations itself.
        FaultKind::Denied => fault.code.as_ref().and_then(|_| of_denial(fault)),
        FaultKind::Quota if fault.code.as_deref() == Some("CodeStorageExceededException") => {
            Some(Hint::CodeStorage)
        }
        FaultKind::Quota => fault.operation.map(|operation| Hint::Quota {
            service: operation.service(),
        }),
        FaultKind::NotYetConsistent => Some(Hint::NotVisible {
            what: fault.operation.and_then(|operation| {
                Unseen::of(operation.service(), fault.code.as_deref(), &fault.message)
            }),
        }),
        FaultKind::Busy | FaultKind::Throttled => Some(Hint::TryAgain),
        FaultKind::Unreachable if fault.message.contains("invalid peer certificate") => {
            Some(Hint::Certificate)
        }
        FaultKind::Unreachable => Some(Hint::Connection),
        FaultKind::InUse | FaultKind::Stale => Some(Hint::PlanAgain),
        FaultKind::Service => fault
            .request_id
            .clone()
            .map(|request_id| Hint::Support { request_id }),
        // The service's message names what is missing, already exists or is invalid.
        FaultKind::NotFound | FaultKind::AlreadyExists | FaultKind::Invalid => None,
    }
}

/// Returns the advice for a failed step.
pub fn of_step(error: &StepError) -> Option<Hint> {
    match error {
        StepError::Fault(fault) => of(fault),
        StepError::Contradiction { .. } => Some(Hint::Contradiction),
        StepError::AfterRefusal { error, .. } => of_step(error),
        StepError::Stale { .. } => Some(Hint::PlanAgain),
        StepError::NotConverging { .. } => Some(Hint::SetBack),
        StepError::Deadline { .. } => Some(Hint::WaitAndTryAgain),
        StepError::Foreign => Some(Hint::Rename),
        StepError::Journal(_) => Some(Hint::JournalFolder),
        StepError::ServiceFailed(_) | StepError::Unresolved(_) | StepError::Defect(_) => None,
    }
}

/// Returns the advice for a fault whose cause is the credentials.
fn of_credentials(fault: &Fault) -> Option<Hint> {
    match fault.code.as_deref() {
        Some("ExpiredToken" | "ExpiredTokenException" | "RequestExpired") => {
            return Some(Hint::SignInAgain);
        }
        Some("MissingAuthenticationToken" | "MissingAuthenticationTokenException") => {
            return Some(Hint::SignIn);
        }
        Some("RequestTimeTooSkewed") => return Some(Hint::Clock),
        // The message of an expired signature says so (IAM user guide, "Troubleshoot signed requests").
        Some("SignatureDoesNotMatch" | "InvalidSignatureException")
            if fault.message.contains("expired") || fault.message.contains("not yet current") =>
        {
            return Some(Hint::Clock);
        }
        Some(
            "InvalidClientTokenId"
            | "UnrecognizedClientException"
            | "SignatureDoesNotMatch"
            | "InvalidSignatureException"
            | "InvalidAccessKeyId",
        ) => return Some(Hint::WrongCredentials),
        Some(_) => return None,
        // Below: no service answered.
        None => {}
    }
    if fault.message.contains(NOT_AUTHORIZED) {
        return of_denial(fault);
    }
    let message = fault.message.to_lowercase();
    // The sentences of aws-config for an expired session of IAM Identity Center.
    if message.contains("token has expired")
        || message.contains("token is expired")
        || message.contains("session has expired")
    {
        Some(Hint::SignInAgain)
    } else if message.contains("no credentials were found")
        || message.contains("credential provider was not enabled")
        // For a profile of IAM Identity Center without a session on this machine.
        || message.contains("failed to load the cached sso token")
        // The last source that is tried; outside EC2 it is usually not set up.
        || message.contains("imds session token")
    {
        Some(Hint::SignIn)
    } else if message.contains("identity resolver timed out") {
        Some(Hint::SlowCredentials)
    } else if message.contains("loading credentials") {
        Some(Hint::WrongCredentials)
    } else {
        None
    }
}

/// Returns the advice for a denial, from the service's message or else from the operation.
fn of_denial(fault: &Fault) -> Option<Hint> {
    let message = fault.message.as_str();
    let action = word_after(message, NOT_AUTHORIZED)
        .or_else(|| Some(fault.operation?.action()?.into_owned()))?;
    if let Some(policy) = between(message, "with an explicit deny in a ", "")
        .or_else(|| between(message, "with an explicit deny in an ", ""))
    {
        let policy = policy.trim_end_matches('.').to_owned();
        return Some(Hint::Denied { action, policy });
    }
    Some(Hint::Allow {
        action,
        resource: word_after(message, "on resource: "),
        policy: between(message, "because no ", " allows")
            .filter(|policy| policy.ends_with("policy") || policy.ends_with("boundary")),
    })
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    }
}

fn word_after(text: &str, lead: &str) -> Option<String> {
    let (_, rest) = text.split_once(lead)?;
    let word = rest.split_whitespace().next()?;
    Some(word.trim_end_matches(['.', ',']).to_owned())
}

fn between(text: &str, start: &str, end: &str) -> Option<String> {
    let (_, rest) = text.split_once(start)?;
    let inner = if end.is_empty() {
        rest
    } else {
        rest.split_once(end)?.0
    };
    Some(inner.trim().to_owned())
}
