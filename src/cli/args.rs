//! The command line.

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Deploy AI agents to AWS directly through its APIs, with no state file
#[derive(Debug, Parser)]
#[command(
    name = "agentctl",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) globals: Globals,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Diff(super::diff::DiffArgs),
    Apply(super::apply::ApplyArgs),
    Destroy(super::destroy::DestroyArgs),
    Validate(super::validate::ValidateArgs),
    Schema(super::schema::SchemaArgs),
    Local(super::local::LocalArgs),
}

/// Options that every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Globals {
    /// Use the built-in local endpoint instead of AWS
    #[arg(long, global = true, env = "AGENTCTL_LOCAL", conflicts_with_all = ["profile", "endpoint_url"])]
    pub(super) local: bool,
    /// AWS region (default: the project's, then the AWS configuration's)
    #[arg(long, global = true, env = "AGENTCTL_REGION", value_name = "REGION")]
    pub(super) region: Option<String>,
    /// Profile of the AWS configuration to sign in with
    #[arg(long, global = true, env = "AGENTCTL_PROFILE", value_name = "NAME")]
    pub(super) profile: Option<String>,
    /// Account that the credentials must belong to
    #[arg(long, global = true, env = "AGENTCTL_ACCOUNT", value_name = "ID")]
    pub(super) account: Option<String>,
    /// Endpoint of all AWS services, for servers that stand in for AWS
    #[arg(long, global = true, env = "AGENTCTL_ENDPOINT_URL", value_name = "URL")]
    pub(super) endpoint_url: Option<String>,
    /// Environment: agents of different environments share nothing
    #[arg(long, global = true, env = "AGENTCTL_ENV", value_name = "NAME", value_parser = environment)]
    pub(super) env: Option<String>,
    /// When to colour the output
    #[arg(
        long,
        global = true,
        env = "AGENTCTL_COLOR",
        value_name = "WHEN",
        default_value = "auto"
    )]
    pub(super) color: Color,
    /// Show errors and results only
    #[arg(long, short, global = true, env = "AGENTCTL_QUIET")]
    pub(super) quiet: bool,
    /// Log more, for developers of agentctl (can be repeated)
    #[arg(long, short, global = true, env = "AGENTCTL_VERBOSE", action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// When a person reads it
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// The manifests to act on.
#[derive(Debug, Args)]
pub(super) struct Paths {
    /// Manifest files or folders to act on (all when none)
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<Utf8PathBuf>,
}

impl Globals {
    /// Returns the environment's name.
    pub(super) fn env(&self) -> &str {
        self.env
            .as_deref()
            .unwrap_or(crate::resource::owner::DEFAULT_ENV)
    }
}

/// The longest name of an environment: with the longest agent name it fits the 64 characters of a function name.
const LONGEST_ENVIRONMENT: usize = 20;

fn environment(text: &str) -> Result<String, String> {
    let is_letter = |c: char| c.is_ascii_lowercase();
    let is_name = text.starts_with(is_letter)
        && text
            .chars()
            .all(|c| is_letter(c) || c.is_ascii_digit() || c == '-');
    if is_name && text.len() <= LONGEST_ENVIRONMENT {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "lower-case letters, digits and hyphens, a letter first, {LONGEST_ENVIRONMENT} characters at most"
        ))
    }
}
