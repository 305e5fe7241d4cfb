//! The files of an agent: which ones the artifacts bucket stores, and where the agent reads them from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};

use super::bucket;
use super::error::{ExpandError, Mistake};
use crate::artifact::{
    Artifact, LimitError, Limits, Packed, SourceFile, Tree, TreeError, check_entry_point,
    check_file, check_handler, check_prompt, check_stored,
};
use crate::kinds::artifacts_bucket;
use crate::kinds::s3_object::{self, Content, ContentError, Contents, S3Object, S3ObjectSpec};
use crate::manifest::{
    Agent, CodeSource, EntryPointWord, FileSource, Lambda, LocalKind, LocalPath, RuntimeArtifact,
    S3Location, Side,
};
use crate::resource::address::Address;
use crate::resource::desired::DesiredResource;
use crate::resource::kind::Kind;
use crate::resource::owner::Owner;
use crate::resource::reference::Input;

/// All contents that may have to be uploaded, by the digest that is their identity.
#[derive(Debug, Default)]
pub struct Artifacts(BTreeMap<String, Artifact>);

impl Artifacts {
    fn add(&mut self, artifact: Artifact) {
        self.0.insert(artifact.digest(), artifact);
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }
}

impl Contents for Artifacts {
    fn pack(&self, digest: &str) -> Result<Box<dyn Content>, ContentError> {
        let artifact = self
            .0
            .get(digest)
            .ok_or_else(|| ContentError::Unknown(digest.to_owned()))?;
        let packed = artifact.pack().map_err(|source| ContentError::Pack {
            digest: digest.to_owned(),
            source: source.into(),
        })?;
        Ok(Box::new(packed))
    }
}

impl Content for Packed {
    fn path(&self) -> &Path {
        self.path()
    }

    fn size(&self) -> u64 {
        self.size()
    }

    fn sha256(&self) -> String {
        self.sha256().to_base64()
    }
}

/// The agent's files: digested and checked, or not read.
#[derive(Debug)]
pub(super) struct Digested {
    /// Absent when the agent runs an image.
    code: Option<Body>,
    prompt: Source,
    tools: Vec<Source>,
}

/// The content of a file or folder.
#[derive(Debug)]
enum Body {
    Digested(Artifact),
    /// It was not read, so there is nothing to store.
    Unread,
}

impl Digested {
    /// Describes an agent's files without reading them; they need not exist.
    pub(super) fn unread(agent: &Agent) -> Self {
        let source = |file: &FileSource| match file {
            FileSource::S3(location) => Source::Foreign(location.clone()),
            FileSource::Local(path) => Source::Local {
                name: name(path),
                body: Body::Unread,
            },
        };
        let is_image = matches!(
            &agent.side,
            Side::AgentCore(agentcore) if matches!(agentcore.artifact, RuntimeArtifact::Image(_))
        );
        Self {
            code: (!is_image).then_some(Body::Unread),
            prompt: source(&agent.definition.system_prompt),
            tools: agent.definition.tools.iter().map(source).collect(),
        }
    }
}

/// Where a file comes from.
#[derive(Debug)]
enum Source {
    Local { name: String, body: Body },
    Foreign(S3Location),
}

/// Where the files of agents are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sources<'a> {
    pub(super) root: &'a Utf8Path,
    /// The manifests, which are in no archive.
    pub(super) manifests: &'a BTreeSet<Utf8PathBuf>,
}

impl Sources<'_> {
    fn tree(self, folder: &LocalPath) -> Result<Tree, TreeError> {
        Tree::walk_without(self.root, &folder.absolute, self.manifests)
    }
}

/// Digests an agent's files, and compares them with the limits of its side.
pub(super) fn digest(sources: Sources<'_>, agent: &Agent) -> Result<Digested, Vec<ExpandError>> {
    let mut errors = Vec::new();
    let code = code(sources, agent)
        .map_err(|mistake| {
            let path = match mistake {
                Mistake::Handler(_) => "spec.code.handler",
                Mistake::EntryPoint(_) => "spec.code.entryPoint",
                Mistake::ForeignCode => "spec.code.s3",
                _ => "spec.code.path",
            };
            errors.push(ExpandError::new(agent, path, mistake));
        })
        .ok();
    let mut kept = |path: &str, result: Result<Source, Mistake>| {
        result
            .map_err(|mistake| errors.push(ExpandError::new(agent, path, mistake)))
            .ok()
    };
    let prompt = kept(
        "spec.definition.systemPrompt",
        source(sources, &agent.definition.system_prompt, check_prompt),
    );
    let tools: Vec<Option<Source>> = (0..)
        .zip(&agent.definition.tools)
        .map(|(index, tool): (usize, _)| {
            kept(
                &format!("spec.definition.tools[{index}]"),
                source(sources, tool, check_file),
            )
        })
        .collect();
    match (code, prompt, tools.into_iter().collect()) {
        (Some(code), Some(prompt), Some(tools)) => Ok(Digested {
            code: code.map(Body::Digested),
            prompt,
            tools,
        }),
        _ => Err(errors),
    }
}

fn code(sources: Sources<'_>, agent: &Agent) -> Result<Option<Artifact>, Mistake> {
    match &agent.side {
        Side::Lambda(lambda) => lambda_code(sources, lambda).map(Some),
        Side::AgentCore(agentcore) => match &agentcore.artifact {
            RuntimeArtifact::Code {
                source,
                entry_point,
                ..
            } => runtime_code(sources, source, entry_point).map(Some),
            RuntimeArtifact::Image(_) => Ok(None),
        },
    }
}

fn lambda_code(sources: Sources<'_>, lambda: &Lambda) -> Result<Artifact, Mistake> {
    let tree = tree(sources, &lambda.source)?;
    // A layer may contain the handler; the content of layers is not known here.
    if lambda.settings.layers.is_empty() {
        check_handler(&tree, lambda.handler.as_str(), lambda.language.on_lambda())?;
    }
    Limits::LAMBDA.check_tree(&tree)?;
    Ok(Artifact::of_tree(tree)?)
}

fn runtime_code(
    sources: Sources<'_>,
    source: &CodeSource,
    entry_point: &[EntryPointWord],
) -> Result<Artifact, Mistake> {
    let tree = tree(sources, source)?;
    if let Some(file) = entry_point.last() {
        check_entry_point(&tree, file.as_str())?;
    }
    let limits = Limits::AGENTCORE;
    limits.check_tree(&tree)?;
    let artifact = Artifact::of_tree(tree.clone())?;
    // Packing takes seconds, so it is skipped if the files themselves are within the limit.
    if limits.needs_packing(&tree) {
        limits.check_packed(&tree, &artifact.pack()?)?;
    }
    Ok(artifact)
}

fn tree(sources: Sources<'_>, source: &CodeSource) -> Result<Tree, Mistake> {
    match source {
        CodeSource::Local(path) => Ok(sources.tree(path)?),
        // Lambda returns the digest of its code but not its origin, so an archive in S3 could not be compared.
        CodeSource::S3 { .. } => Err(Mistake::ForeignCode),
    }
}

fn source(
    sources: Sources<'_>,
    file: &FileSource,
    check: fn(&SourceFile) -> Result<(), LimitError>,
) -> Result<Source, Mistake> {
    let path: &LocalPath = match file {
        FileSource::S3(location) => return Ok(Source::Foreign(location.clone())),
        FileSource::Local(path) => path,
    };
    let artifact = match path.kind {
        LocalKind::Folder => {
            let tree = sources.tree(path)?;
            check_stored(&tree)?;
            Artifact::of_tree(tree)?
        }
        LocalKind::File => {
            let file = SourceFile::find(sources.root, &path.absolute)?;
            check(&file)?;
            Artifact::of_file(file)?
        }
    };
    Ok(Source::Local {
        name: name(path),
        body: Body::Digested(artifact),
    })
}

fn name(path: &LocalPath) -> String {
    path.relative.file_name().unwrap_or("tool").to_owned()
}

/// One file of an agent, where the agent can read it.
#[derive(Debug, Clone)]
pub(super) enum Stored {
    /// An object that agentctl stores.
    Ours(Place),
    /// An object that somebody else stores.
    Foreign { bucket: String, key: String },
}

/// An object in the artifacts bucket.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The object's address.
    pub(super) address: Address,
    /// The key; empty if the file was not read.
    pub(super) key: String,
}

impl Stored {
    /// Returns the bucket. For an object of agentctl it is an output of the object, so that all its users come after it.
    pub(super) fn bucket(&self) -> Input<String> {
        match self {
            Self::Ours(place) => s3_object::BUCKET.of(&place.address),
            Self::Foreign { bucket, .. } => bucket.as_str().into(),
        }
    }

    /// Returns the key.
    pub(super) fn key(&self) -> &str {
        match self {
            Self::Ours(place) => &place.key,
            Self::Foreign { key, .. } => key,
        }
    }

    /// Returns whether it is a zip archive. Folders are stored as archives.
    pub(super) fn is_archive(&self) -> bool {
        Utf8Path::new(self.key()).extension() == Some("zip")
    }
}

/// The agent's files, each stored or found.
#[derive(Debug)]
pub(super) struct Files {
    /// Absent when the agent runs an image.
    pub(super) code: Option<Place>,
    pub(super) prompt: Stored,
    pub(super) tools: Vec<Stored>,
    pub(super) objects: Vec<DesiredResource>,
    pub(super) artifacts: Artifacts,
}

/// Where and how an agent's objects are stored.
pub(super) struct Shelf<'a> {
    pub(super) owner: &'a Owner,
    pub(super) bucket: &'a str,
    pub(super) kms_key: Option<Input<String>>,
}

/// The use of an agent's file. Each use has its own prefix in the bucket.
#[derive(Debug, Clone, Copy)]
enum Role {
    Code,
    Prompt,
    Tools,
}

impl Role {
    fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Prompt => "prompt",
            Self::Tools => "tools",
        }
    }
}

/// Declares an object for each of an agent's files.
pub(super) fn files(digested: &Digested, shelf: &Shelf<'_>) -> Files {
    let mut storing = Storing {
        shelf,
        objects: BTreeMap::new(),
        artifacts: Artifacts::default(),
    };
    let code = digested
        .code
        .as_ref()
        .map(|code| storing.body(Role::Code, Role::Code.as_str(), code));
    let prompt = storing.source(Role::Prompt, 0, &digested.prompt);
    let tools = digested
        .tools
        .iter()
        .enumerate()
        .map(|(index, tool)| storing.source(Role::Tools, index, tool))
        .collect();
    Files {
        code,
        prompt,
        tools,
        objects: storing.objects.into_values().collect(),
        artifacts: storing.artifacts,
    }
}

struct Storing<'a> {
    shelf: &'a Shelf<'a>,
    /// By key, so that the same content under two names is one object.
    objects: BTreeMap<String, DesiredResource>,
    artifacts: Artifacts,
}

impl Storing<'_> {
    fn source(&mut self, role: Role, index: usize, source: &Source) -> Stored {
        match (source, role) {
            (Source::Foreign(location), _) => Stored::Foreign {
                bucket: location.bucket.to_string(),
                key: location.key.to_string(),
            },
            (Source::Local { name, body }, Role::Tools) => {
                let slot = format!("tools.{name}");
                // Tools in different folders can have the same file name.
                let is_taken = self
                    .objects
                    .values()
                    .any(|object| object.address == self.address(&slot));
                let slot = if is_taken {
                    format!("{slot}.{index}")
                } else {
                    slot
                };
                Stored::Ours(self.body(role, &slot, body))
            }
            (Source::Local { body, .. }, Role::Code | Role::Prompt) => {
                Stored::Ours(self.body(role, role.as_str(), body))
            }
        }
    }

    fn address(&self, slot: &str) -> Address {
        Address::new(S3Object::NAME, format!("{}.{slot}", self.shelf.owner.agent))
    }

    fn body(&mut self, role: Role, slot: &str, body: &Body) -> Place {
        match body {
            Body::Digested(artifact) => self.artifact(role, slot, artifact),
            Body::Unread => Place {
                address: self.address(slot),
                key: String::new(),
            },
        }
    }

    fn artifact(&mut self, role: Role, slot: &str, artifact: &Artifact) -> Place {
        let is_archive = matches!(artifact, Artifact::Tree { .. });
        let bucket = self.shelf.bucket;
        let key = format!(
            "{}{}/{}",
            self.shelf.owner.object_prefix(),
            role.as_str(),
            artifact.content_key()
        );
        let address = self.address(slot);
        let object = self.objects.entry(key.clone()).or_insert_with(|| {
            let spec = S3ObjectSpec {
                bucket: artifacts_bucket::NAME.of(&bucket::bucket_address()),
                digest: artifact.digest(),
                kms_key: self.shelf.kms_key.clone(),
                content_type: if is_archive {
                    "application/zip"
                } else {
                    "application/octet-stream"
                }
                .to_owned(),
            };
            let name = s3_object::physical_name(bucket, &key);
            DesiredResource::new::<S3Object>(address.name(), Some(self.shelf.owner), name, spec)
                .knowing(s3_object::BUCKET.name(), bucket)
                .knowing(s3_object::KEY.name(), key.as_str())
        });
        let address = object.address.clone();
        self.artifacts.add(artifact.clone());
        Place { address, key }
    }
}
