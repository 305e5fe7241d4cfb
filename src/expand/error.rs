//! Mistakes of an agent that show only when its files and limits are checked together.

use crate::artifact::{EntryPointError, HandlerError, LimitError, PackError, TreeError};
use crate::code::Code;
use crate::manifest::{Agent, Position};

/// One mistake, with its place in the manifest.
#[derive(Debug, thiserror::Error)]
#[error("{mistake}")]
pub struct ExpandError {
    /// The place, unless it is in no manifest.
    pub position: Option<Position>,
    #[source]
    pub mistake: Mistake,
}

impl ExpandError {
    pub(super) fn new(agent: &Agent, path: &str, mistake: impl Into<Mistake>) -> Self {
        Self {
            position: Some(agent.positions.find(path).clone()),
            mistake: mistake.into(),
        }
    }
}

/// The kinds of mistakes.
#[derive(Debug, thiserror::Error)]
pub enum Mistake {
    /// A folder or file cannot become an artefact.
    #[error(transparent)]
    Files(#[from] TreeError),
    /// The code cannot be packed, so the size of its archive is not known.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// The code exceeds a limit of the service.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The handler is not in the code.
    #[error(transparent)]
    Handler(#[from] HandlerError),
    /// The entry point is not in the code.
    #[error(transparent)]
    EntryPoint(#[from] EntryPointError),
    /// The environment exceeds a limit of the service.
    #[error(
        "the environment takes {size} bytes together with what agentctl adds, {service} takes {limit}"
    )]
    Environment {
        /// The service, and which of its limits if it has several.
        service: &'static str,
        size: usize,
        limit: usize,
    },
    /// There are too many variables for the service.
    #[error(
        "the environment has {count} variables together with those that agentctl adds, AgentCore takes {limit}"
    )]
    Variables {
        /// The number of variables.
        count: usize,
        limit: usize,
    },
    /// The name of a variable is too long for the service.
    #[error("the name of a variable has {length} characters, AgentCore takes {limit}")]
    VariableName {
        /// The length of the name.
        length: usize,
        limit: usize,
    },
    /// The value of a variable has a character that the service does not take.
    #[error(
        "the value of `{0}` holds a line break or another control character, which AgentCore does not take"
    )]
    ControlCharacter(String),
    /// The manifest sets a variable that agentctl sets.
    #[error("`{0}` is set by agentctl")]
    TakenVariable(String),
    /// The role's policy exceeds a limit of IAM.
    #[error("the role's policy takes {size} characters, IAM takes {limit}")]
    Policy { size: usize, limit: usize },
    /// The variables of `OpenTelemetry` need a layer that is missing.
    #[error(
        "`otelEnv: explicit` needs the layer `AWSOpenTelemetryDistro…`, without which the function does not start"
    )]
    NoOtelLayer,
    /// The variables of `OpenTelemetry` need a command that is missing.
    #[error(
        "`otelEnv: explicit` needs `opentelemetry-instrument` before the file in `code.entryPoint`, without which nothing reads the variables"
    )]
    NoOtelCommand,
    /// The role's policy has a statement id twice.
    #[error(
        "the statement id `{0}` occurs twice in the role's policy, which also has statements of agentctl"
    )]
    RepeatedStatementId(String),
    /// The code is an archive of somebody else.
    #[error("`code.s3` is not supported by this version of agentctl")]
    ForeignCode,
    /// Something is in another region, partition or account than the agent.
    #[error("`{path}` is of {part} `{found}`, and the agent is deployed to {part} `{own}`")]
    Elsewhere {
        path: String,
        /// `region`, `partition` or `account`.
        part: &'static str,
        found: String,
        own: String,
    },
    /// An inference profile of another geography than the region's.
    #[error(
        "the inference profiles of `crossRegion: {geography}` cannot be called from region `{region}`"
    )]
    Geography {
        geography: &'static str,
        region: String,
    },
    /// The manifest does not allow the region.
    #[error("region `{region}` is not among the project's `regions`")]
    Region {
        /// The chosen region.
        region: String,
    },
}

impl Mistake {
    /// Returns the error's code, which has a page in the documentation.
    pub fn code(&self) -> Code {
        match self {
            Self::ForeignCode => Code::Unsupported,
            Self::Files(_) | Self::Pack(_) => Code::UnpackableFiles,
            Self::Limit(_) => Code::CodeTooLarge,
            Self::Handler(_) => Code::UnknownHandler,
            Self::Environment { .. }
            | Self::Variables { .. }
            | Self::VariableName { .. }
            | Self::ControlCharacter(_) => Code::IllegalEnvironment,
            Self::TakenVariable(_) => Code::TakenVariable,
            Self::Policy { .. } => Code::PolicyTooLarge,
            Self::NoOtelLayer | Self::NoOtelCommand => Code::MissingTelemetry,
            Self::Region { .. } => Code::ForbiddenRegion,
            Self::Elsewhere { .. } | Self::Geography { .. } => Code::Elsewhere,
            Self::RepeatedStatementId(_) => Code::DuplicateStatementId,
            Self::EntryPoint(_) => Code::UnknownEntryPoint,
        }
    }

    /// Returns what the user can do.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::ForeignCode => "unpack it into the project and name the folder as `code.path`",
            Self::Files(_) | Self::Pack(_) => {
                "correct the file, or leave it out with a line in `.agentctlignore`"
            }
            Self::Limit(_) => {
                "leave out what the agent does not need with lines in `.agentctlignore`"
            }
            Self::Handler(_) => "write `handler` as `<file without .py>.<function>`",
            Self::Environment { .. } => {
                "shorten `prompt` and `environment`; move long texts to the system prompt, which is a file"
            }
            Self::Variables { .. } => "take variables out of `environment`",
            Self::VariableName { .. } => "shorten the name",
            Self::ControlCharacter(_) => {
                "write it in one line, for which YAML has `>-`; move long texts to the system prompt, which is a file"
            }
            Self::EntryPoint(_) => {
                "write `entryPoint` as `[<file>]`, from the folder that `code.path` names"
            }
            Self::TakenVariable(_) => "remove it from `environment`, or rename it",
            Self::Policy { .. } => "join statements of `policyStatements` that allow the same",
            Self::RepeatedStatementId(_) => "give the statement another `Sid`, or none",
            Self::NoOtelCommand => {
                "write `entryPoint: [opentelemetry-instrument, <file>]` and put `aws-opentelemetry-distro` into the code, or remove `otelEnv`"
            }
            Self::Elsewhere { .. } => {
                "name one where the agent is deployed, or choose another `--region` or account"
            }
            Self::Geography { .. } => {
                "name the geography of the region, or leave `crossRegion` out"
            }
            Self::NoOtelLayer => "add the layer to `lambda.layers`, or remove `otelEnv`",
            Self::Region { .. } => {
                "choose another `--region`, or add it to `regions` of the project"
            }
        }
    }
}
