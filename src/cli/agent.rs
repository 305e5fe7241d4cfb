//! How commands name agents.

use clap::ValueHint;
use clap::builder::NonEmptyStringValueParser;

use crate::manifest::Selection;

/// The agents to act on.
#[derive(Debug, clap::Args)]
pub(super) struct Agents {
    /// Agents to act on, by name or by manifest file or folder (all when none)
    // An empty word would mean the working directory, and so all agents. More likely, it is a variable that is not set.
    #[arg(value_name = "AGENT|PATH", value_parser = NonEmptyStringValueParser::new(), value_hint = ValueHint::AnyPath)]
    agents: Vec<String>,
}

impl Agents {
    /// Returns the words that name them.
    pub(super) fn words(&self) -> &[String] {
        &self.agents
    }

    pub(super) fn selection(&self) -> Selection {
        Selection::of(self.agents.iter().cloned())
    }
}

/// The one agent to act on.
#[derive(Debug, clap::Args)]
pub(super) struct OneAgent {
    /// Name of the agent to act on
    #[arg(value_name = "AGENT", value_hint = ValueHint::Other)]
    agent: String,
}

impl OneAgent {
    pub(super) fn name(&self) -> &str {
        &self.agent
    }

    pub(super) fn selection(&self) -> Selection {
        Selection::agent(&self.agent)
    }
}
