//! Tests of manifests, each with files in its own folder.

mod foreign;
mod inheritance;
mod limit;
mod mistake;
mod page;
mod root;
mod round_trip;
mod schema;
mod secret;
mod selection;
mod variable;
mod whole;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use super::agentcore::SessionTime;
use super::lambda::{EphemeralStorageSize, MemorySize, Timeout};
use super::*;
use crate::ui::command::Invocation;
use crate::ui::{Problem, Style};

/// A project in a temporary folder.
struct Files {
    folder: TempDir,
}

const PROJECT: &str = "\
apiVersion: agentctl.dev/v1alpha1
kind: Project
metadata: { name: claims }
";

const AGENT: &str = "\
apiVersion: agentctl.dev/v1alpha1
kind: BatchAgent
metadata: { name: triage }
spec:
  prompt: Sort the claims.
  definition: { systemPrompt: prompt.md }
  code: { path: ../agents/triage, handler: batch.handler }
";

impl Files {
    /// Creates a project with the files that `AGENT` names, and no manifest.
    fn new() -> Self {
        let files = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        files
            .with("deploy-plans/prompt.md", "You sort claims.")
            .with("agents/triage/batch.py", "def handler(event, context): ...")
    }

    /// Creates a project with one agent.
    fn of(agent: &str) -> Self {
        Self::new()
            .with("deploy-plans/project.yaml", PROJECT)
            .with("deploy-plans/agent.yaml", agent)
    }

    fn with(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.path(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
        self
    }

    fn path(&self, path: &str) -> Utf8PathBuf {
        self.root().join(path)
    }

    fn root(&self) -> Utf8PathBuf {
        Utf8Path::from_path(self.folder.path())
            .unwrap()
            .canonicalize_utf8()
            .unwrap()
    }

    fn load(&self) -> Result<Manifests, ManifestErrors> {
        self.load_with(&Variables::default())
    }

    fn load_with(&self, variables: &Variables) -> Result<Manifests, ManifestErrors> {
        load(
            &self.root(),
            &Selection::all(),
            ProjectRule::Required,
            variables,
        )
    }

    fn agent(&self) -> Agent {
        let mut agents = self.load().unwrap().project.agents;
        assert_eq!(agents.len(), 1);
        agents.remove(0)
    }

    /// Returns the Lambda part of the one agent.
    fn lambda(&self) -> Lambda {
        match self.agent().side {
            Side::Lambda(lambda) => lambda,
            Side::AgentCore(agentcore) => panic!("{agentcore:?}"),
        }
    }

    /// Returns the `AgentCore` part of the one agent.
    fn agentcore(&self) -> AgentCore {
        match self.agent().side {
            Side::AgentCore(agentcore) => *agentcore,
            Side::Lambda(lambda) => panic!("{lambda:?}"),
        }
    }

    /// Returns the errors, one a line: code, place, message.
    fn errors(&self) -> Vec<String> {
        lines(&self.load().unwrap_err())
    }
}

fn lines(errors: &ManifestErrors) -> Vec<String> {
    errors
        .iter()
        .map(|error| match error.place() {
            Some(place) => format!("{} {}: {error}", error.code(), place.position()),
            None => format!("{}: {error}", error.code()),
        })
        .collect()
}

/// Returns the errors as a terminal without colour shows them.
fn rendered(errors: &ManifestErrors) -> String {
    let problems: Vec<Problem> = errors.iter().map(Problem::of).collect();
    crate::ui::problems(&problems, &Invocation::default(), Style::Plain)
}

/// Returns an agent with lines added to its spec.
fn agent_with(spec: &str) -> String {
    format!("{AGENT}{spec}")
}
