//! The files of an agent: what is stored in the artifacts bucket, and where the agent finds it.

use std::collections::BTreeMap;
use std::path::Path;

use camino::Utf8Path;

use super::error::{ExpandError, Mistake};
use crate::artifact::{Artifact, Limits, Packed, SourceFile, Tree, check_handler};
use crate::kinds::artifacts_bucket;
use crate::kinds::s3_object::{self, Content, ContentError, Contents, S3Object, S3ObjectSpec};
use crate::manifest::{Agent, CodeSource, FileSource, LocalKind, LocalPath};
use crate::resource::address::Address;
use crate::resource::desired::DesiredResource;
use crate::resource::owner::Owner;
use crate::resource::reference::Input;

/// Everything that may have to be uploaded, by the digest that is its identity.
#[derive(Debug, Default)]
pub struct Artifacts(BTreeMap<String, Artifact>);

impl Artifacts {
    fn add(&mut self, artifact: Artifact) -> String {
        let digest = artifact.digest();
        self.0.insert(digest.clone(), artifact);
        digest
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }
}

impl Contents for Artifacts {
    fn pack(&self, digest: &str) -> Result<Box<dyn Content>, ContentError> {
        let artifact = self.0.get(digest).ok_or_else(|| ContentError::Unknown(digest.to_owned()))?;
        let packed = artifact.pack().map_err(|source| ContentError::Pack { digest: digest.to_owned(), source: source.into() })?;
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

/// One file of an agent where the agent can fetch it.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    /// The bucket; an output of the object where agentctl stores it, so that the object comes first.
    pub(super) bucket: Input<String>,
    /// The key.
    pub(super) key: String,
    /// The object's address, unless somebody else keeps it.
    pub(super) address: Option<Address>,
    /// Whether it is an archive.
    pub(super) is_archive: bool,
}

/// The agent's files, each stored or found.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) code: Stored,
    pub(super) prompt: Stored,
    pub(super) tools: Vec<Stored>,
    pub(super) objects: Vec<DesiredResource>,
    pub(super) artifacts: Artifacts,
}

/// Where and how an agent's objects are stored.
pub(super) struct Shelf<'a> {
    pub(super) root: &'a Utf8Path,
    pub(super) owner: &'a Owner,
    pub(super) bucket: &'a str,
    pub(super) kms_key: Option<Input<String>>,
}

/// Which of an agent's files it is; each has its prefix in the bucket.
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

/// Digests an agent's files and wishes for an object for each.
pub(super) fn files(agent: &Agent, shelf: &Shelf<'_>) -> Result<Files, Vec<ExpandError>> {
    let mut files = Gathering { agent, shelf, objects: BTreeMap::new(), artifacts: Artifacts::default(), errors: Vec::new() };
    let code = files.code();
    let prompt = files.file(Role::Prompt, "prompt", &agent.definition.system_prompt, "spec.definition.systemPrompt");
    let tools: Vec<Option<Stored>> = agent.definition.tools.iter().enumerate().map(|(index, tool)| files.tool(index, tool)).collect();
    match (code, prompt, tools.into_iter().collect::<Option<Vec<Stored>>>()) {
        (Some(code), Some(prompt), Some(tools)) if files.errors.is_empty() => {
            Ok(Files { code, prompt, tools, objects: files.objects.into_values().collect(), artifacts: files.artifacts })
        }
        _ => Err(files.errors),
    }
}

struct Gathering<'a> {
    agent: &'a Agent,
    shelf: &'a Shelf<'a>,
    objects: BTreeMap<Address, DesiredResource>,
    artifacts: Artifacts,
    errors: Vec<ExpandError>,
}

impl Gathering<'_> {
    fn code(&mut self) -> Option<Stored> {
        let CodeSource::Local(path) = &self.agent.code.source;
        let position = "spec.code.path";
        let tree = self.tree(path, position)?;
        // A layer may bring the handler; what is in it is not known here.
        if self.agent.lambda.layers.is_empty() {
            let checked = check_handler(&tree, self.agent.code.handler.as_str(), self.agent.code.runtime.as_str());
            self.kept(checked.map_err(Mistake::from), "spec.code.handler")?;
        }
        self.kept(Limits::LAMBDA.check_tree(&tree).map_err(Mistake::from), position)?;
        let artifact = self.kept(Artifact::of_tree(tree).map_err(Mistake::from), position)?;
        Some(self.store(Role::Code, "code", artifact))
    }

    fn tool(&mut self, index: usize, tool: &FileSource) -> Option<Stored> {
        let position = format!("spec.definition.tools[{index}]");
        let name = match tool {
            FileSource::Local(path) => path.relative.file_name().unwrap_or("tool").to_owned(),
            FileSource::S3(_) => String::new(),
        };
        // Two tools may have the same file name in different folders.
        let taken = |name: &str| self.objects.contains_key(&self.address(&format!("tools.{name}")));
        let slot = if taken(&name) { format!("tools.{name}.{index}") } else { format!("tools.{name}") };
        self.file(Role::Tools, &slot, tool, &position)
    }

    fn file(&mut self, role: Role, slot: &str, source: &FileSource, position: &str) -> Option<Stored> {
        let path = match source {
            FileSource::S3(location) => {
                let key = location.key.as_str().to_owned();
                let is_archive = Utf8Path::new(&key).extension() == Some("zip");
                return Some(Stored { bucket: location.bucket.as_str().into(), key, address: None, is_archive });
            }
            FileSource::Local(path) => path,
        };
        let artifact = match path.kind {
            LocalKind::Folder => {
                let tree = self.tree(path, position)?;
                Artifact::of_tree(tree)
            }
            LocalKind::File => SourceFile::find(self.shelf.root, &path.absolute).and_then(Artifact::of_file),
        };
        let artifact = self.kept(artifact.map_err(Mistake::from), position)?;
        Some(self.store(role, slot, artifact))
    }

    fn tree(&mut self, path: &LocalPath, position: &str) -> Option<Tree> {
        self.kept(Tree::walk(self.shelf.root, &path.absolute).map_err(Mistake::from), position)
    }

    fn kept<T>(&mut self, result: Result<T, Mistake>, position: &str) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(mistake) => {
                self.errors.push(ExpandError::new(self.agent, position, mistake));
                None
            }
        }
    }

    fn address(&self, slot: &str) -> Address {
        super::address::<S3Object>(self.shelf.owner, slot)
    }

    fn store(&mut self, role: Role, slot: &str, artifact: Artifact) -> Stored {
        let is_archive = matches!(artifact, Artifact::Tree { .. });
        let key = format!("{}{}/{}", self.shelf.owner.object_prefix(), role.as_str(), artifact.content_key());
        // The same content under two slots is one object.
        let same = self.objects.values().find(|object| object.known.get("key").and_then(|known| known.as_str()) == Some(&key));
        let address = same.map_or_else(|| self.address(slot), |object| object.address.clone());
        let bucket_address = super::bucket_address();
        let spec = S3ObjectSpec {
            bucket: artifacts_bucket::NAME.of(&bucket_address),
            digest: self.artifacts.add(artifact),
            kms_key: self.shelf.kms_key.clone(),
            content_type: if is_archive { "application/zip" } else { "application/octet-stream" }.to_owned(),
        };
        let name = s3_object::physical_name(self.shelf.bucket, &key);
        let object = DesiredResource::new::<S3Object>(address.name(), Some(self.shelf.owner), name, spec)
            .knowing(s3_object::BUCKET.name(), self.shelf.bucket)
            .knowing(s3_object::KEY.name(), key.as_str());
        self.objects.insert(address.clone(), object);
        Stored { bucket: s3_object::BUCKET.of(&address), key, address: Some(address), is_archive }
    }
}
