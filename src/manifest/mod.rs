//! Manifests: reads, checks and resolves what the user wrote, and reports all mistakes at once.
//!
//! The steps are `folder` (files) → `load` (text to trees) → `variable` (references replaced) → `project` (defaults merged) → `decode`
//! (trees to the types of `model`) → `resolve` (defaults written out) → [`Project`]. Nothing here calls AWS.

mod agent;
mod agentcore;
mod code;
mod decode;
mod error;
mod folder;
mod ignore;
mod lambda;
mod load;
mod local;
mod mask;
mod model;
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

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

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

/// The manifests of a project, read and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifests {
    /// The folder that contains `deploy-plans`, with symbolic links followed.
    pub root: Utf8PathBuf,
    /// The project with all its agents.
    pub project: Project,
    /// The agents that the selection names.
    pub selected: BTreeSet<AgentName>,
}

impl Manifests {
    /// Returns the folder in which every file is read as a manifest.
    pub fn folder(&self) -> Utf8PathBuf {
        self.root.join(folder::MANIFEST_FOLDER)
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
    let files = folder::files(&root, &mut errors);
    let mut documents = project::Documents::default();
    for file in &files {
        match folder::read(file) {
            Ok(text) => {
                for node in load::parse(&file.path, &text, &mut errors) {
                    documents.add(file, node, variables, &mut errors);
                }
            }
            Err(error) => errors.push(error),
        }
    }
    let candidates = documents.candidates();
    let project = documents.assemble(&root, rule, files_named, &mut errors);
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
        }),
        (Some(errors), _) => Err(errors),
        (None, None) => unreachable!("a project is missing only where an error says why"),
    }
}
