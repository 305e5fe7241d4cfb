//! The commands of agentctl that advice names.
//!
//! A command that is written out can be typed as it is: it names the agents, and repeats the options with which agentctl runs. No other
//! text of the program names a command to run.

use crate::code::Code;

/// How agentctl was called, as far as a command in its advice repeats it.
///
/// Values of `--var` are not in it: they may be secrets, and a command without them says which are missing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Invocation {
    /// The agents, by name or path; none when all.
    pub agents: Vec<String>,
    /// The project that is named in place of agents.
    pub project: Option<String>,
    /// The options that say where to act, with their values.
    pub options: Vec<String>,
}

/// A command that advice names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Shows what an apply would change.
    Diff,
    /// Saves a plan in a file.
    SavePlan,
    /// Applies.
    Apply,
    /// Applies an agent, and releases its callers.
    Release {
        /// The agent's name.
        agent: String,
    },
    /// Sends callers of an agent to the version that was applied last.
    Promote {
        /// The agent's name.
        agent: String,
    },
    /// Holds callers of an agent at an older version.
    Rollback {
        /// The agent's name.
        agent: String,
    },
    /// Deletes what agentctl made.
    Destroy,
    /// Deletes what agentctl made of all agents of a project.
    DestroyProject {
        /// The project's name.
        project: String,
    },
    /// Lists the versions of an agent.
    Versions {
        /// The agent's name.
        agent: String,
    },
    /// Deletes versions of an agent.
    DeleteVersions {
        /// The agent's name.
        agent: String,
        /// The versions.
        versions: Vec<u64>,
    },
    /// Deletes the lock of an agent.
    Unlock {
        /// The agent's name.
        agent: String,
    },
    /// Explains a code.
    Explain(Code),
    /// Lists the codes.
    Codes,
    /// Empties the local endpoint.
    LocalReset,
}

impl Command {
    /// Writes the command out in backticks.
    pub fn shown(&self, invocation: &Invocation) -> String {
        let words: Vec<String> = self
            .words(invocation)
            .iter()
            .map(|word| quoted(word))
            .collect();
        format!("`agentctl {}`", words.join(" "))
    }

    fn words(&self, invocation: &Invocation) -> Vec<String> {
        let of = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let mut words: Vec<String> = match self {
            Self::Diff | Self::SavePlan => of(&["diff"]),
            Self::Apply => of(&["apply"]),
            Self::Destroy => of(&["destroy"]),
            Self::DestroyProject { project } => of(&["destroy", "--project", project]),
            Self::Release { agent } => of(&["apply", agent, "--promote"]),
            Self::Promote { agent } => of(&["promote", agent]),
            Self::Rollback { agent } => of(&["rollback", agent]),
            Self::Versions { agent } => of(&["versions", agent]),
            Self::DeleteVersions { agent, versions } => {
                let mut words = of(&["versions", agent, "--delete"]);
                words.extend(versions.iter().map(u64::to_string));
                words
            }
            Self::Unlock { agent } => of(&["unlock", agent]),
            Self::Explain(code) => return of(&["explain", code.as_str()]),
            Self::Codes => return of(&["explain"]),
            Self::LocalReset => return of(&["local", "reset"]),
        };
        if self.is_about_the_same() {
            words.extend(invocation.agents.iter().cloned());
        }
        match (self, &invocation.project) {
            (Self::Destroy, Some(project)) => words.extend(of(&["--project", project])),
            (Self::SavePlan, _) => words.extend(of(&["--out", "FILE"])),
            _ => {}
        }
        words.extend(invocation.options.iter().cloned());
        words
    }

    /// Whether it acts on the agents that this run acts on.
    fn is_about_the_same(&self) -> bool {
        match self {
            Self::Diff | Self::SavePlan | Self::Apply | Self::Destroy => true,
            Self::DestroyProject { .. }
            | Self::Release { .. }
            | Self::Promote { .. }
            | Self::Rollback { .. }
            | Self::Versions { .. }
            | Self::DeleteVersions { .. }
            | Self::Unlock { .. }
            | Self::Explain(_)
            | Self::Codes
            | Self::LocalReset => false,
        }
    }

    /// Returns a command of each sort, for the test that they can be typed.
    #[cfg(all(test, feature = "aws"))]
    pub(crate) fn one_of_each() -> Vec<Self> {
        let agent = || "triage".to_owned();
        let mut all = vec![Self::Diff];
        // Each names the one after it, so that a new one cannot be left out.
        while let Some(next) = match all[all.len() - 1] {
            Self::Diff => Some(Self::SavePlan),
            Self::SavePlan => Some(Self::Apply),
            Self::Apply => Some(Self::Release { agent: agent() }),
            Self::Release { .. } => Some(Self::Promote { agent: agent() }),
            Self::Promote { .. } => Some(Self::Rollback { agent: agent() }),
            Self::Rollback { .. } => Some(Self::Destroy),
            Self::Destroy => Some(Self::DestroyProject {
                project: "claims".to_owned(),
            }),
            Self::DestroyProject { .. } => Some(Self::Versions { agent: agent() }),
            Self::Versions { .. } => Some(Self::DeleteVersions {
                agent: agent(),
                versions: vec![2, 3],
            }),
            Self::DeleteVersions { .. } => Some(Self::Unlock { agent: agent() }),
            Self::Unlock { .. } => Some(Self::Explain(Code::NoJournal)),
            Self::Explain(_) => Some(Self::Codes),
            Self::Codes => Some(Self::LocalReset),
            Self::LocalReset => None,
        } {
            all.push(next);
        }
        all
    }
}

/// Quotes a word for a shell where that is needed.
fn quoted(word: &str) -> String {
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || "-_./:=@%+,".contains(character);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invocation() -> Invocation {
        Invocation {
            agents: vec!["triage".into(), "deploy-plans/two of them".into()],
            project: None,
            options: vec!["--local".into(), "--env".into(), "prod".into()],
        }
    }

    #[test]
    fn a_command_names_the_same_agents_and_options() {
        let shown = Command::Diff.shown(&invocation());
        assert_eq!(
            shown,
            "`agentctl diff triage 'deploy-plans/two of them' --local --env prod`"
        );
    }

    #[test]
    fn a_command_about_one_agent_names_only_that_one() {
        let agent = "summary".to_owned();
        let shown = Command::Versions { agent }.shown(&invocation());
        assert_eq!(shown, "`agentctl versions summary --local --env prod`");
    }

    #[test]
    fn a_command_without_a_target_repeats_no_option() {
        let shown = Command::LocalReset.shown(&invocation());
        assert_eq!(shown, "`agentctl local reset`");
    }

    #[test]
    fn a_destroy_of_a_project_names_the_project() {
        let invocation = Invocation {
            project: Some("claims".into()),
            ..Invocation::default()
        };
        let shown = Command::Destroy.shown(&invocation);
        assert_eq!(shown, "`agentctl destroy --project claims`");
        assert_eq!(Command::Diff.shown(&invocation), "`agentctl diff`");
    }
}
