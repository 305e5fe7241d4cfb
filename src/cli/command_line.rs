//! The command line: all commands, and how it is parsed.

use clap::builder::{OsStr, Resettable};
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use super::agent::OneAgent;
use super::apply::ApplyArgs;
use super::args::Globals;
use super::completion::CompletionArgs;
use super::destroy::DestroyArgs;
use super::diff::DiffArgs;
use super::drift::DriftArgs;
use super::explain::ExplainArgs;
use super::graph::GraphArgs;
use super::local::LocalArgs;
use super::outputs::OutputsArgs;
use super::promote::PromoteArgs;
use super::rollback::RollbackArgs;
use super::schema::SchemaArgs;
use super::status::StatusArgs;
use super::unlock::UnlockArgs;
use super::validate::ValidateArgs;
use super::versions::VersionsArgs;
use crate::ui::command::Invocation;

/// The help about variables, once for all options.
const VARIABLES: &str =
    "Each global option can be given as a variable too: --endpoint-url as AGENTCTL_ENDPOINT_URL.";

/// Deploy AI agents to AWS directly through its APIs, with no state file
#[derive(Debug, Parser)]
#[command(
    name = "agentctl",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    after_help = VARIABLES
)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) globals: Globals,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Diff(DiffArgs),
    Apply(ApplyArgs),
    Destroy(DestroyArgs),
    Drift(DriftArgs),
    Versions(VersionsArgs),
    Promote(PromoteArgs),
    Rollback(RollbackArgs),
    Unlock(UnlockArgs),
    Validate(ValidateArgs),
    Status(StatusArgs),
    Outputs(OutputsArgs),
    Graph(GraphArgs),
    Schema(SchemaArgs),
    Explain(ExplainArgs),
    Completion(CompletionArgs),
    Local(LocalArgs),
}

impl Cli {
    /// Parses the command line of this process.
    pub(super) fn of_process() -> Result<Self, clap::Error> {
        let matches = without_empty_variables(Self::command()).try_get_matches()?;
        let mut cli = Self::from_arg_matches(&matches)?;
        let globals = &mut cli.globals;
        globals
            .choose_target(&matches)
            .and_then(|()| globals.refuse_twice())
            .map_err(|text| Self::command().error(ErrorKind::ArgumentConflict, text))?;
        cli.globals.invocation = cli.invocation();
        Ok(cli)
    }

    /// Returns what commands in advice repeat.
    fn invocation(&self) -> Invocation {
        Invocation {
            agents: self.command.agents(),
            project: self.command.project(),
            options: self.globals.target_options(),
        }
    }
}

impl Command {
    /// Returns the words that name agents.
    fn agents(&self) -> Vec<String> {
        let one = |agent: &OneAgent| vec![agent.name().to_owned()];
        match self {
            Self::Diff(args) => args.agents.words().to_vec(),
            Self::Apply(args) => args.agents.words().to_vec(),
            Self::Destroy(args) => args.agents.words().to_vec(),
            Self::Drift(args) => args.agents.words().to_vec(),
            Self::Validate(args) => args.agents.words().to_vec(),
            Self::Status(args) => args.agents.words().to_vec(),
            Self::Outputs(args) => args.agents.words().to_vec(),
            Self::Graph(args) => args.agents.words().to_vec(),
            Self::Versions(args) => one(&args.agent),
            Self::Promote(args) => one(&args.agent),
            Self::Rollback(args) => one(&args.agent),
            Self::Unlock(args) => one(&args.agent),
            Self::Schema(_) | Self::Explain(_) | Self::Completion(_) | Self::Local(_) => Vec::new(),
        }
    }

    /// Returns the project that is named in place of agents.
    fn project(&self) -> Option<String> {
        match self {
            Self::Destroy(args) => args.project.as_ref().map(ToString::to_string),
            _ => None,
        }
    }
}

/// Ignores variables that are set to the empty text, as a CI system sets those that it has no value for.
fn without_empty_variables(command: clap::Command) -> clap::Command {
    command.mut_args(|argument| {
        let value = argument.get_env().and_then(std::env::var_os);
        if value.is_some_and(|value| value.is_empty()) {
            argument.env(Resettable::<OsStr>::Reset)
        } else {
            argument
        }
    })
}

/// Returns the command line, for completions and for checks.
pub fn command_line() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::command::Command as Advised;

    /// Splits a command as a shell does. Words are plain, or quoted as a whole.
    fn words(command: &str) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut is_quoted = false;
        for character in command.chars() {
            match character {
                '\'' => is_quoted = !is_quoted,
                ' ' if !is_quoted => words.push(String::new()),
                _ => words.last_mut().unwrap().push(character),
            }
        }
        words
    }

    fn parsed(command: &str) -> Cli {
        Cli::try_parse_from(words(command)).unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    #[test]
    fn every_command_in_advice_parses_and_repeats_the_options() {
        let typed = "agentctl diff triage 'deploy-plans/two of them' --env prod --region eu-west-1 --account 111122223333 \
                     --profile 'of ada' --endpoint-url http://[::1]:4566/";
        let local = "agentctl rollback triage --local";
        let project = "agentctl destroy --project claims --env prod";
        for line in ["agentctl apply", typed, local, project] {
            let cli = parsed(line);
            let invocation = cli.invocation();
            for command in Advised::one_of_each() {
                let shown = command.shown(&invocation);
                let again = parsed(shown.trim_matches('`'));
                let is_about_agents = !matches!(
                    command,
                    Advised::Explain(_) | Advised::Codes | Advised::LocalReset
                );
                if is_about_agents {
                    assert_eq!(again.invocation().options, invocation.options, "{shown}");
                }
            }
            let same = Advised::Destroy.shown(&invocation);
            assert_eq!(parsed(same.trim_matches('`')).invocation(), invocation);
        }
    }

    #[test]
    fn values_of_variables_are_not_repeated() {
        let cli = parsed("agentctl apply --var token=secret");
        let shown = Advised::Apply.shown(&cli.invocation());
        assert_eq!(shown, "`agentctl apply`");
    }
}
