//! Combines all documents of all files into one project.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::agent::{Agent, Project};
use super::decode::Document;
use super::error::ManifestError;
use super::folder::{MANIFEST_FOLDER, ManifestFile};
use super::local::FileRule;
use super::model::{BatchAgentDocument, ProjectDocument, ProjectSpec};
use super::node::{Entry, Node, Path, Value};
use super::quote::shortened;
use super::selection::Candidate;
use super::source::Place;
use super::spelling::did_you_mean;
use super::text::ProjectName;
use super::variable::{self, Variables};
use super::{refusal, resolve};
use crate::code::Code;

const API_VERSION: &str = "agentctl.dev/v1alpha1";
const LOCAL_PROJECT: &str = "local";

/// Whether the manifests must name their project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProjectRule {
    /// There must be a `Project` document.
    Required,
    /// Without one the project is called `local`. For the local endpoint only.
    OptionalLocal,
}

/// The documents of a project, sorted by kind.
#[derive(Debug, Default)]
pub(super) struct Documents<'a> {
    projects: Vec<Document>,
    agents: Vec<(&'a ManifestFile, Document)>,
}

impl<'a> Documents<'a> {
    /// Adds one document of a file.
    pub(super) fn add(
        &mut self,
        file: &'a ManifestFile,
        node: Node,
        variables: &Variables,
        errors: &mut Vec<ManifestError>,
    ) {
        let kind = match kind_of(&node) {
            Ok(kind) => kind,
            Err(found) => {
                errors.extend(found);
                return;
            }
        };
        let mut document = Document::new(node);
        variable::fill(&mut document, variables, errors);
        match kind {
            DocumentKind::Project => self.projects.push(document),
            DocumentKind::BatchAgent => self.agents.push((file, document)),
        }
    }

    /// Returns all agents, including those with mistakes.
    pub(super) fn candidates(&self) -> Vec<Candidate<'a>> {
        let name = Path::of("metadata.name");
        let name_in = |document: &Document| document.node.find(&name)?.as_text().map(str::to_owned);
        let agents = self.agents.iter();
        agents
            .map(|(file, document)| Candidate {
                name: name_in(document),
                file,
            })
            .collect()
    }

    /// Assembles the project; `None` if its header is missing or wrong.
    pub(super) fn assemble(
        self,
        root: &Utf8Path,
        rule: ProjectRule,
        files: FileRule,
        errors: &mut Vec<ManifestError>,
    ) -> Option<Project> {
        let (header, defaults) = header(self.projects, rule, errors);
        let mut agents: Vec<Agent> = Vec::new();
        let mut names: BTreeMap<String, Place> = BTreeMap::new();
        for (_, mut document) in self.agents {
            refuse_duplicate(&document.node, &mut names, errors);
            refusal::refuse(&mut document, &Path::of("spec"), errors);
            if let Some(defaults) = &defaults {
                document.inherit(defaults);
            }
            let written = document.decode::<BatchAgentDocument>(errors);
            let agent =
                written.and_then(|written| resolve::agent(root, files, &document, written, errors));
            agents.extend(agent);
        }
        header.map(|(name, spec)| Project {
            name,
            region: spec.region,
            account: spec.account,
            regions: spec.regions,
            agents,
        })
    }
}

enum DocumentKind {
    Project,
    BatchAgent,
}

/// Reads `apiVersion` and `kind`, which all other checks depend on.
fn kind_of(node: &Node) -> Result<DocumentKind, Vec<ManifestError>> {
    const KINDS: [&str; 2] = ["Project", "BatchAgent"];
    let Value::Map(_) = &node.value else {
        let error = ManifestError::new(Code::WrongType, "a manifest must be a map");
        return Err(vec![
            error
                .at(&node.place)
                .hint(format!("start it with `apiVersion: {API_VERSION}`")),
        ]);
    };
    let mut errors = Vec::new();
    let mut required = |key: &str, hint: String| {
        let found = node.get(key);
        if found.is_none() {
            let error = ManifestError::new(Code::MissingKey, format!("`{key}` is missing"));
            errors.push(error.at(&node.place).hint(hint));
        }
        found
    };
    let version = required("apiVersion", format!("add `apiVersion: {API_VERSION}`"));
    let kind = required(
        "kind",
        "add `kind: BatchAgent` or `kind: Project`".to_owned(),
    );
    if let Some(version) = version
        && version.as_text() != Some(API_VERSION)
    {
        errors.push(unknown("apiVersion", version).hint(format!("write `{API_VERSION}`")));
    }
    let kind = kind.and_then(|kind| match kind.as_text() {
        Some("Project") => Some(DocumentKind::Project),
        Some("BatchAgent") => Some(DocumentKind::BatchAgent),
        text => {
            let hint = did_you_mean(text.unwrap_or_default(), &KINDS, "the kinds are");
            errors.push(unknown("kind", kind).hint(hint));
            None
        }
    });
    match kind {
        Some(kind) if errors.is_empty() => Ok(kind),
        _ => Err(errors),
    }
}

fn unknown(key: &str, node: &Node) -> ManifestError {
    let message = match node.as_text() {
        Some(text) => format!("unknown {key} `{}`", shortened(text)),
        None => format!("`{key}` must be text"),
    };
    ManifestError::new(Code::UnknownDocument, message).at(&node.place)
}

/// What all agents inherit: the tree of `spec.defaults`, and its values that were wrong.
struct Defaults {
    entry: Entry,
    pruned: Vec<Path>,
}

fn header(
    projects: Vec<Document>,
    rule: ProjectRule,
    errors: &mut Vec<ManifestError>,
) -> (Option<(ProjectName, ProjectSpec)>, Option<Defaults>) {
    let mut projects = projects.into_iter();
    let Some(mut document) = projects.next() else {
        return match rule {
            ProjectRule::OptionalLocal => {
                let name = LOCAL_PROJECT
                    .parse()
                    .expect("the name of the local project is legal");
                (Some((name, ProjectSpec::default())), None)
            }
            // A file that could not be read may contain the project.
            ProjectRule::Required if hides_documents(errors) => (None, None),
            ProjectRule::Required => {
                errors.push(
                    ManifestError::new(
                        Code::ProjectCount,
                        format!("no document with `kind: Project` in `{MANIFEST_FOLDER}`"),
                    )
                    .hint(format!(
                        "add one: `apiVersion: {API_VERSION}`, `kind: Project` and `metadata.name`"
                    )),
                );
                (None, None)
            }
        };
    };
    let first = document.node.place_of(&Path::of("kind")).clone();
    for other in projects {
        errors.push(
            ManifestError::new(
                Code::ProjectCount,
                format!("a second project; the first is at {}", first.position()),
            )
            .at(other.node.place_of(&Path::of("kind")))
            .earlier(&first)
            .hint("keep one; give each project a folder of its own"),
        );
    }
    let path = Path::of("spec.defaults");
    refusal::refuse(&mut document, &path, errors);
    let written = document.decode::<ProjectDocument>(errors);
    let defaults = defaults(&document, &path);
    let header = written.map(|written| {
        check_region(&document, &written.spec, errors);
        (written.metadata.name, written.spec)
    });
    (header, defaults)
}

fn hides_documents(errors: &[ManifestError]) -> bool {
    errors
        .iter()
        .any(|error| error.code() != Code::DuplicateKey)
}

fn defaults(document: &Document, path: &Path) -> Option<Defaults> {
    let spec = document.node.get("spec")?;
    let entry = spec.entry("defaults").cloned()?;
    let from = path.0.len();
    Some(Defaults {
        entry,
        pruned: document
            .pruned
            .iter()
            .filter(|pruned| pruned.is_within(path))
            .map(|pruned| {
                let mut steps = Path::of("spec").0;
                steps.extend_from_slice(&pruned.0[from..]);
                Path(steps)
            })
            .collect(),
    })
}

fn check_region(document: &Document, spec: &ProjectSpec, errors: &mut Vec<ManifestError>) {
    let Some(region) = &spec.region else { return };
    if !spec.regions.is_empty() && !spec.regions.contains(region) {
        let (key, list) = (Path::of("spec.region"), Path::of("spec.regions"));
        errors.push(
            ManifestError::new(
                Code::ConflictingKeys,
                format!("`{key}` is `{region}`, which `{list}` does not allow"),
            )
            .at(document.node.place_of(&key))
            .earlier(document.node.key_place_of(&list)),
        );
    }
}

/// Reports a name that another agent has. Checks the tree, so that an agent with mistakes counts too.
fn refuse_duplicate(
    node: &Node,
    names: &mut BTreeMap<String, Place>,
    errors: &mut Vec<ManifestError>,
) {
    let Some(node) = node.find(&Path::of("metadata.name")) else {
        return;
    };
    let Some(name) = node.as_text() else { return };
    match names.get(name) {
        Some(first) => errors.push(
            ManifestError::new(
                Code::DuplicateAgent,
                format!("agent `{name}` is already declared at {}", first.position()),
            )
            .at(&node.place)
            .earlier(first)
            .hint("rename one of the two"),
        ),
        None => {
            names.insert(name.to_owned(), node.place.clone());
        }
    }
}

impl Document {
    /// Merges the spec of an agent over the defaults of its project.
    fn inherit(&mut self, defaults: &Defaults) {
        let Value::Map(entries) = &mut self.node.value else {
            return;
        };
        match entries.iter_mut().find(|entry| entry.key == "spec") {
            Some(spec) if matches!(spec.node.value, Value::Map(_) | Value::Null) => {
                if let Value::Null = spec.node.value {
                    spec.node.value = Value::Map(Vec::new());
                }
                let own = std::mem::replace(&mut spec.node.value, Value::Null);
                spec.node = Node {
                    place: spec.node.place.clone(),
                    value: own,
                }
                .merged_over(&defaults.entry.node);
            }
            // It is not a map, which is reported when it is read.
            Some(_) => return,
            None => entries.push(Entry {
                key: "spec".to_owned(),
                key_place: self.node.place.clone(),
                node: Node {
                    place: self.node.place.clone(),
                    value: Value::Map(Vec::new()),
                }
                .merged_over(&defaults.entry.node),
            }),
        }
        self.pruned.extend(defaults.pruned.iter().cloned());
    }
}
