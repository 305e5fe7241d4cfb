//! Combines all documents of all files into one project.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::agent::{Agent, Project};
use super::decode::Document;
use super::error::ManifestError;
use super::folder::MANIFEST_FOLDER;
use super::kind::{API_VERSION, DocumentKind, kind_of};
use super::load::Parsed;
use super::local::FileRule;
use super::model::{BatchAgentDocument, ProjectDocument, ProjectSpec};
use super::named::NamedFiles;
use super::node::{Entry, Node, Path, Value};
use super::selection::Candidate;
use super::source::{ManifestFile, Place};
use super::text::ProjectName;
use super::variable::{self, Variables};
use super::{refusal, resolve};
use crate::code::Code;

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
pub(super) struct Documents {
    projects: Vec<(ManifestFile, Document)>,
    agents: Vec<(ManifestFile, Document)>,
}

/// Whose a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Agentctl,
    /// Another program's, so it is skipped.
    Foreign,
}

impl Documents {
    /// Adds one document of a file, and what it names.
    pub(super) fn add(
        &mut self,
        root: &Utf8Path,
        file: &ManifestFile,
        parsed: Parsed,
        variables: &Variables,
        named: &mut NamedFiles,
        errors: &mut Vec<ManifestError>,
    ) -> Whose {
        let kind = match kind_of(&parsed.node) {
            Ok(None) => return Whose::Foreign,
            Ok(Some(kind)) => Some(kind),
            Err(found) => {
                errors.extend(found);
                None
            }
        };
        errors.extend(parsed.duplicates);
        let Some(kind) = kind else {
            return Whose::Agentctl;
        };
        let mut document = Document::new(parsed.node);
        variable::fill(&mut document, variables, errors);
        let (list, spec) = match kind {
            DocumentKind::Project => (&mut self.projects, Path::of("spec.defaults")),
            DocumentKind::BatchAgent => (&mut self.agents, Path::of("spec")),
        };
        named.add(root, file, &document, &spec);
        list.push((file.clone(), document));
        Whose::Agentctl
    }

    /// Sorts the documents by their files, which were read one level of folders after the other.
    pub(super) fn sort(&mut self) {
        self.projects.sort_by(|(a, _), (b, _)| a.cmp(b));
        self.agents.sort_by(|(a, _), (b, _)| a.cmp(b));
    }

    /// Returns all agents, including those with mistakes.
    pub(super) fn candidates(&self) -> Vec<Candidate> {
        let name = Path::of("metadata.name");
        let name_in = |document: &Document| document.node.find(&name)?.as_text().map(str::to_owned);
        let agents = self.agents.iter();
        agents
            .map(|(file, document)| Candidate {
                name: name_in(document),
                file: file.clone(),
            })
            .collect()
    }

    /// Assembles the project; `None` if its header is missing or wrong.
    pub(super) fn assemble(
        self,
        root: &Utf8Path,
        rule: ProjectRule,
        files: FileRule,
        manifests: BTreeSet<Utf8PathBuf>,
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
            manifests,
        })
    }
}

/// What all agents inherit: the tree of `spec.defaults`, and its values that were wrong.
struct Defaults {
    entry: Entry,
    pruned: Vec<Path>,
}

fn header(
    projects: Vec<(ManifestFile, Document)>,
    rule: ProjectRule,
    errors: &mut Vec<ManifestError>,
) -> (Option<(ProjectName, ProjectSpec)>, Option<Defaults>) {
    let mut projects = projects.into_iter().map(|(_, document)| document);
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
    for (index, region) in spec.regions.iter().enumerate() {
        if spec.regions[..index].contains(region) {
            let path = document.item(&Path::of("spec.regions"), index);
            let error = ManifestError::new(
                Code::IllegalValue,
                format!("`{path}` names `{region}` again"),
            );
            errors.push(error.at(document.node.place_of(&path)));
        }
    }
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
