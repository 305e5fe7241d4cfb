//! Manifests: reads, checks and resolves what the user wrote, and reports all mistakes at once.
//!
//! The steps are `folder` (files) → `load` (text to trees) → `variable` (references replaced) → `project` (defaults merged) → `decode`
//! (trees to the types of `model`) → `resolve` (defaults written out) → [`Project`]. Nothing here calls AWS.

mod action;
mod agent;
mod agentcore;
mod code;
mod decode;
mod error;
mod folder;
mod ignore;
mod kind;
mod lambda;
mod load;
mod local;
mod mask;
mod model;
mod named;
mod node;
mod number;
mod project;
mod quote;
mod raw;
mod refusal;
#[cfg(any(test, fuzzing))]
mod reprint;
mod resolve;
mod schema;
mod selection;
mod setting;
mod source;
mod spelling;
mod statement;
mod text;
mod variable;
mod warning;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use self::load::Parsed;
use self::named::NamedFiles;
use self::project::{Documents, Whose};
use self::source::ManifestFile;

#[cfg(test)]
pub(crate) use action::unknown as unknown_action;
pub use agent::{
    Agent, AgentCore, Claim, ClaimRule, CodeSource, Definition, FileSource, Filesystem,
    JwtAuthorizer, Lambda, LocalKind, LocalPath, PolicyStatement, Positions, Project,
    RuntimeArtifact, Scope, Side, Storage,
};
pub use agentcore::{AgentCoreSettings, JwtAuthorizerSettings, Lifecycle, Protocol};
pub use code::CodeRuntime;
pub use error::{ManifestError, ManifestErrors};
pub use ignore::{Day, DriftIgnore, Pattern, Words, drift_ignores};
pub use lambda::{Architecture, LambdaSettings};
pub use local::FileRule;
pub use number::{Megabytes, PortRange, RetentionDays, Seconds, ServerPort};
pub use project::ProjectRule;
#[cfg(feature = "aws")]
pub(crate) use quote::is_variable_name;
#[cfg(any(test, fuzzing))]
pub(crate) use reprint::reprinted;
pub use schema::schema;
pub use selection::Selection;
pub use setting::{
    Audit, CrossRegion, DataProtection, Encryption, Iam, KeyChoice, Model, Network, Observability,
    OtelEnv,
};
pub use source::{Place, Position};
#[cfg(feature = "aws")]
pub(crate) use spelling::nearest;
pub use statement::Effect;
pub use text::{
    AccountId, AgentName, AliasName, BucketName, CapacityProviderArn, ClaimName, ClaimValue,
    DataIdentifier, DiscoveryUrl, EfsAccessPointArn, EndpointName, EntryPointWord, EnvironmentName,
    EnvironmentValue, Handler, HeaderName, ImageUri, KeyArn, LabelKey, LabelValue, LayerVersionArn,
    LogGroupName, MetricNamespace, ModelId, MountPath, ObjectKey, ObjectVersion, PlatformVersion,
    PolicyArn, ProjectName, RegionName, RoleArn, S3FilesAccessPointArn, S3Location,
    SecurityGroupId, ServerPath, ServiceName, SubnetId, TokenScope, ValueError, VolumeName,
};
pub use variable::Variables;
pub use warning::Warning;

/// The manifests of a project, read and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifests {
    /// The folder that contains `deploy-plans`, with symbolic links followed.
    pub root: Utf8PathBuf,
    /// The project with all its agents.
    pub project: Project,
    /// The agents that the selection names.
    pub selected: BTreeSet<AgentName>,
    /// The files that could be manifests by their names, and whose documents are other programs'.
    pub foreign: usize,
    /// The files and folders, from the root, that were not read because a manifest names them or a folder around them.
    passed: Vec<Utf8PathBuf>,
}

impl Manifests {
    /// Returns the folder with the manifests.
    pub fn folder(&self) -> Utf8PathBuf {
        self.root.join(folder::MANIFEST_FOLDER)
    }

    /// Returns the files that look like manifests and were not read, because they are a part of an agent's code, tools or prompt.
    pub fn passed_manifests(&self) -> Vec<Utf8PathBuf> {
        folder::look_alikes(&self.root, &self.passed)
    }
}

/// Finds the root of the project around a folder: the nearest parent that contains `deploy-plans`.
pub fn root(start: &Utf8Path) -> Result<Utf8PathBuf, ManifestErrors> {
    Ok(folder::root(start)?)
}

/// Reads all manifests of the project around a folder, and checks that the files that they name exist.
///
/// The whole project is read, whatever is selected. The error has every mistake of every file.
pub fn load(
    start: &Utf8Path,
    selection: &Selection,
    rule: ProjectRule,
    variables: &Variables,
) -> Result<Manifests, ManifestErrors> {
    load_by(start, selection, rule, FileRule::Required, variables)
}

/// Reads all manifests like [`load`], with the given rule for the files that they name.
pub fn load_by(
    start: &Utf8Path,
    selection: &Selection,
    rule: ProjectRule,
    files_named: FileRule,
    variables: &Variables,
) -> Result<Manifests, ManifestErrors> {
    let root = folder::root(start)?;
    let mut errors = Vec::new();
    let mut named = NamedFiles::default();
    let mut documents = Documents::default();
    let (mut manifests, mut foreign) = (Vec::new(), 0);
    let mut walk = folder::Walk::new(&root);
    while let Some(files) = walk.level(&named, &mut errors) {
        for file in files {
            let mut has_ours = false;
            for parsed in parsed(&file, &mut errors).unwrap_or_default() {
                let whose = documents.add(&root, &file, parsed, variables, &mut named, &mut errors);
                has_ours |= whose == Whose::Agentctl;
            }
            if has_ours {
                manifests.push(file);
            } else {
                foreign += 1;
            }
        }
    }
    let passed = walk.passed();
    named.refuse_manifests(&manifests, &mut errors);
    documents.sort();
    let candidates = documents.candidates();
    let manifests = manifests.into_iter().map(|file| file.canonical).collect();
    let project = documents.assemble(&root, rule, files_named, manifests, &mut errors);
    let chosen = selection.choose(start, &candidates, &mut errors);
    match (ManifestErrors::from_list(errors), project) {
        (None, Some(project)) => Ok(Manifests {
            root,
            selected: project
                .agents
                .iter()
                .map(|agent| agent.name.clone())
                .filter(|name| chosen.contains(name.as_str()))
                .collect(),
            project,
            foreign,
            passed,
        }),
        (Some(errors), _) => Err(errors),
        (None, None) => unreachable!("a project is missing only where an error says why"),
    }
}

/// Parses a file. One that cannot be parsed is skipped if it does not concern agentctl.
fn parsed(file: &ManifestFile, errors: &mut Vec<ManifestError>) -> Option<Vec<Parsed>> {
    let bytes = match folder::bytes(file) {
        Ok(bytes) => bytes,
        Err(error) => {
            errors.push(error);
            return None;
        }
    };
    let concerns_agentctl = folder::concerns_agentctl(&bytes);
    let parsed =
        folder::text(&file.path, bytes).and_then(|text| load::documents(&file.path, &text));
    match parsed {
        Ok(parsed) => Some(parsed),
        Err(error) => {
            if concerns_agentctl {
                errors.push(error);
            }
            None
        }
    }
}
