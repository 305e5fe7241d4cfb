//! The options that several commands take.

use std::collections::BTreeSet;

use clap::builder::BoolishValueParser;
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Args, ValueEnum};

use crate::aws::setting::is_url;
use crate::manifest::{AccountId, RegionName, is_variable_name};
use crate::ui::command::Invocation;

/// Options that every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Globals {
    /// Use the built-in local endpoint instead of AWS
    #[arg(
        long,
        global = true,
        env = "AGENTCTL_LOCAL",
        hide_env = true,
        value_parser = BoolishValueParser::new()
    )]
    pub(super) local: bool,
    /// AWS region (default: the project's, then the AWS configuration's)
    #[arg(
        long,
        global = true,
        env = "AGENTCTL_REGION",
        hide_env = true,
        value_name = "REGION"
    )]
    pub(super) region: Option<RegionName>,
    /// Profile of the AWS configuration to sign in with
    #[arg(
        long,
        global = true,
        env = "AGENTCTL_PROFILE",
        hide_env = true,
        value_name = "NAME"
    )]
    pub(super) profile: Option<String>,
    /// Account that the credentials must belong to
    #[arg(
        long,
        global = true,
        env = "AGENTCTL_ACCOUNT",
        hide_env = true,
        value_name = "ID"
    )]
    pub(super) account: Option<AccountId>,
    /// Endpoint for all AWS services, for servers that emulate AWS
    #[arg(
        long,
        global = true,
        env = "AGENTCTL_ENDPOINT_URL",
        hide_env = true,
        value_name = "URL",
        value_parser = endpoint_url
    )]
    pub(super) endpoint_url: Option<String>,
    /// Environment to act on; agents of different environments share nothing
    #[arg(
        long,
        global = true,
        env = "AGENTCTL_ENV",
        hide_env = true,
        value_name = "NAME",
        value_parser = environment
    )]
    pub(super) env: Option<String>,
    /// Value of `${var:NAME}` in manifests (can be repeated)
    #[arg(
        long = "var",
        global = true,
        env = "AGENTCTL_VAR",
        hide_env = true,
        value_name = "NAME=VALUE",
        value_parser = variable
    )]
    pub(super) variables: Vec<(String, String)>,
    /// When to colour the output
    #[arg(
        long,
        global = true,
        env = "AGENTCTL_COLOR",
        hide_env = true,
        value_name = "WHEN",
        default_value = "auto"
    )]
    pub(super) color: Color,
    /// Show errors and results only
    #[arg(
        long,
        short,
        global = true,
        env = "AGENTCTL_QUIET",
        hide_env = true,
        value_parser = BoolishValueParser::new()
    )]
    pub(super) quiet: bool,
    /// Log more, for developers of agentctl (can be repeated)
    #[arg(
        long,
        short,
        global = true,
        env = "AGENTCTL_VERBOSE",
        hide_env = true,
        action = ArgAction::Count
    )]
    pub(super) verbose: u8,
    /// What commands in advice repeat.
    #[arg(skip)]
    pub(super) invocation: Invocation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

/// The output format of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
}

/// The output format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    Text,
    Json,
    Markdown,
}

impl Globals {
    /// Chooses between the local endpoint and AWS. The command line takes precedence over variables.
    pub(super) fn choose_target(&mut self, matches: &ArgMatches) -> Result<(), String> {
        if !self.local {
            return Ok(());
        }
        let source = |id| matches.value_source(id);
        let is_typed = |id| source(id) == Some(ValueSource::CommandLine);
        let rivals = [
            ("account", "--account"),
            ("endpoint_url", "--endpoint-url"),
            ("profile", "--profile"),
        ];
        for (id, option) in rivals {
            if source(id).is_some() && is_typed(id) == is_typed("local") {
                return Err(format!("'--local' and '{option}' exclude each other"));
            }
        }
        if rivals.iter().any(|(id, _)| is_typed(id)) {
            self.local = false;
        } else {
            (self.account, self.endpoint_url, self.profile) = (None, None, None);
        }
        Ok(())
    }

    /// Refuses two values for one variable, because it is not clear which one is meant.
    pub(super) fn refuse_twice(&self) -> Result<(), String> {
        let mut names = BTreeSet::new();
        match self.variables.iter().find(|(name, _)| !names.insert(name)) {
            Some((name, _)) => Err(format!("'--var {name}=…' is given twice")),
            None => Ok(()),
        }
    }

    /// Returns the options that say where to act.
    pub(super) fn target_options(&self) -> Vec<String> {
        let values = [
            ("--env", self.env.clone()),
            ("--region", self.region.as_ref().map(ToString::to_string)),
            ("--profile", self.profile.clone()),
            ("--account", self.account.as_ref().map(ToString::to_string)),
            ("--endpoint-url", self.endpoint_url.clone()),
        ];
        let given = values
            .into_iter()
            .filter_map(|(option, value)| Some([option.to_owned(), value?]));
        let local = self.local.then(|| "--local".to_owned());
        local.into_iter().chain(given.flatten()).collect()
    }

    /// Returns the name of the environment.
    pub(super) fn env(&self) -> &str {
        self.env
            .as_deref()
            .unwrap_or(crate::resource::owner::DEFAULT_ENV)
    }
}

/// The longest name of an environment. With the longest name of an agent, it fits the 64 characters of a function name.
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
            "must be lower-case letters, digits and hyphens, a letter first, {LONGEST_ENVIRONMENT} characters at most"
        ))
    }
}

fn endpoint_url(text: &str) -> Result<String, String> {
    if is_url(text) {
        Ok(text.to_owned())
    } else {
        Err("must be a URL that begins with `http://` or `https://`".to_owned())
    }
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if is_variable_name(name) => Ok((name.to_owned(), value.to_owned())),
        Some(_) => Err("the name must be letters, digits and `_`, no digit first".to_owned()),
        None => Err("must be a name and a value, `NAME=VALUE`".to_owned()),
    }
}
