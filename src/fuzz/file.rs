//! Files that people or other runs wrote: manifests, ignored drift, saved plans, records and locks.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use super::{as_declared, assert_inert, declared, planned, seal, site};
use crate::code::Code;
use crate::executor::lock::Holder;
use crate::expand::{ExpandError, prepare};
use crate::manifest::{
    self as manifests, ManifestErrors, Manifests, ProjectRule, Selection, Variables,
};
use crate::plan::drift::renamed;
use crate::plan::file;
use crate::plan::observation::{Observations, Records};
use crate::plan::record::Record;
use crate::resource::desired::DesiredResource;
use crate::ui::command::Invocation;
use crate::ui::{Problem, Style, printable, problems};

/// A project folder with the files that the manifests of the corpus name.
struct Project(TempDir);

thread_local! {
    // One for each thread: a folder for each input would take longer than the test itself.
    static PROJECT: OnceCell<Project> = const { OnceCell::new() };
}

impl Project {
    fn new() -> Self {
        let project = Self(tempfile::tempdir().expect("a temporary folder can be made"));
        project.write("deploy-plans/prompt.md", b"You sort claims.\n");
        project.write("deploy-plans/tool.py", b"def total(lines): ...\n");
        let handler = b"def handler(event, context): ...\n";
        project.write("agents/triage/batch.py", handler);
        project.write("agents/triage/main.py", b"print('listening')\n");
        project
    }

    fn root(&self) -> &Utf8Path {
        Utf8Path::from_path(self.0.path()).expect("temporary folders have names in UTF-8")
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Utf8PathBuf {
        let path = self.root().join(path);
        let folder = path.parent().expect("the path is below the root");
        fs_err::create_dir_all(folder).expect("the folder is ours");
        fs_err::write(&path, bytes).expect("the folder is ours");
        path
    }

    fn load(&self, text: &[u8]) -> Result<Manifests, ManifestErrors> {
        self.write("deploy-plans/agents.yaml", text);
        manifests::load(
            self.root(),
            &Selection::all(),
            ProjectRule::OptionalLocal,
            &Variables::default(),
        )
    }
}

fn with_project<T>(act: impl FnOnce(&Project) -> T) -> T {
    PROJECT.with(|project| act(project.get_or_init(Project::new)))
}

fn expand(loaded: &Manifests) -> Result<Vec<DesiredResource>, Vec<ExpandError>> {
    let project = &loaded.project;
    let expansion = prepare(&loaded.root, project, &project.agents)?.expand(&site(), "default")?;
    Ok(expansion.desired)
}

/// A manifest is loaded, or refused with places. Printed again, it means the same; its resources can be planned.
pub fn manifest(bytes: &[u8]) {
    with_project(|project| {
        let loaded = match project.load(bytes) {
            Ok(loaded) => loaded,
            Err(errors) => return assert_placed(&errors, bytes),
        };
        let desired = expand(&loaded);
        // Other bytes are another program's file, which is skipped.
        let text = std::str::from_utf8(bytes).ok();
        if let Some(printed) = text.and_then(manifests::reprinted) {
            match project.load(printed.as_bytes()) {
                Ok(again) => match (&desired, expand(&again)) {
                    (Ok(once), Ok(twice)) => assert_eq!(*once, twice),
                    (Err(once), Err(twice)) => assert_eq!(texts(once), texts(&twice)),
                    (once, twice) => panic!("{once:?} became {twice:?}"),
                },
                // Expanded aliases can exceed the size limit of a file.
                Err(errors) => {
                    let is_size = |code| code == Code::ManifestTooLarge;
                    assert!(errors.iter().all(|error| is_size(error.code())), "{errors}");
                }
            }
        }
        for error in desired.err().unwrap_or_default() {
            assert!(!error.mistake.to_string().is_empty());
        }
    });
}

fn texts(errors: &[ExpandError]) -> Vec<String> {
    errors
        .iter()
        .map(|error| error.mistake.to_string())
        .collect()
}

/// Asserts that each error has a place, unless it is about a whole file, and that none steers the terminal.
fn assert_placed(errors: &ManifestErrors, bytes: &[u8]) {
    let lines = bytes.split(|byte| *byte == b'\n').count();
    for error in errors {
        match error.place() {
            Some(place) => {
                let position = place.position();
                // For YAML, a carriage return and a few other characters also end a line.
                assert!(position.line >= 1 && position.line <= bytes.len() + lines);
                assert!(position.column >= 1);
            }
            None => assert!(
                matches!(
                    error.code(),
                    Code::UnreadableManifest | Code::ManifestTooLarge | Code::ProjectCount
                ),
                "{error}"
            ),
        }
    }
    let answer: Vec<Problem> = errors.iter().map(Problem::of).collect();
    assert_inert(&problems(&answer, &Invocation::default(), Style::Plain));
}

/// A file of ignored drift is read, or refused with places.
pub fn ignores(bytes: &[u8]) {
    with_project(|project| {
        let path = project.write("ignores.yaml", bytes);
        match manifests::drift_ignores(&path) {
            Ok(ignores) => assert!(ignores.len() <= bytes.len()),
            Err(errors) => assert_placed(&errors, bytes),
        }
    });
}

/// A saved plan is accepted exactly as written; with any byte changed, removed or added it is refused.
pub fn plan_file(bytes: &[u8]) {
    let path = Utf8Path::new("plan.json");
    match file::parse(path, bytes) {
        Ok(plan) => assert_eq!(plan.text().as_bytes(), bytes),
        Err(error) => assert_inert(&printable(&error.to_string())),
    }
    // No input guesses a checksum. The right one is inserted, so that the code after the check is reached.
    let Some(plan) = file::PlanFile::amended(bytes) else {
        return;
    };
    let whole = plan.text().into_bytes();
    assert_eq!(file::parse(path, &whole).ok().as_ref(), Some(&plan));
    for step in 0..64 {
        let at = step * whole.len() / 64;
        let mut harmed = whole.clone();
        harmed[at] ^= 1 << (step % 7);
        assert!(file::parse(path, &harmed).is_err(), "byte {at} was changed");
        harmed.clone_from(&whole);
        harmed.remove(at);
        assert!(file::parse(path, &harmed).is_err(), "byte {at} is missing");
        harmed.clone_from(&whole);
        harmed.insert(at, b' ');
        assert!(file::parse(path, &harmed).is_err(), "byte {at} was added");
    }
}

/// A record means the same after writing and reading it; with any record, a plan can be made and shown.
pub fn record(bytes: &[u8]) {
    let Ok(record) = serde_json::from_slice::<Record>(bytes) else {
        return;
    };
    let text = serde_json::to_vec(&record).expect("records have text keys only");
    let again: Record = serde_json::from_slice(&text).expect("what was written can be read");
    assert_eq!(again, record);
    let agents = declared().iter().filter_map(DesiredResource::agent);
    let records = Records {
        by_agent: agents
            .map(|agent| (agent.to_owned(), record.clone()))
            .collect::<BTreeMap<_, _>>(),
        seal: Some(seal()),
    };
    for resource in renamed(declared(), &records) {
        assert!(record.names.contains_key(&resource.address));
    }
    for readings in [BTreeMap::new(), as_declared()] {
        let observed = Observations {
            readings,
            ..Observations::default()
        };
        planned(&observed, &records);
    }
}

/// The holder of a lock means the same after writing and reading it, and can be shown.
pub fn lock(bytes: &[u8]) {
    let Ok(holder) = serde_json::from_slice::<Holder>(bytes) else {
        return;
    };
    let text = serde_json::to_vec(&holder).expect("holders have text keys only");
    let again: Holder = serde_json::from_slice(&text).expect("what was written can be read");
    assert_eq!(again, holder);
    assert_inert(&printable(&holder.to_string()));
}
