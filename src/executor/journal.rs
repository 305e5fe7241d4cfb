//! The journal: one file per run. Each mutation is written to it before it is sent, and again when AWS has answered.
//!
//! It is for people and for audits. agentctl never reads it, so nothing depends on it.

use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use fs_err::os::unix::fs::OpenOptionsExt;
use fs_err::{File, OpenOptions};
use serde::Serialize;

use crate::plan::model::StepId;
use crate::resource::fault::Fault;
use crate::resource::operation::Operation;

/// The journal of one run.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Mutex<(File, u64)>,
}

#[derive(Serialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
enum Entry<'a> {
    Run {
        format: u32,
        agentctl: &'a str,
        started: String,
    },
    Intent {
        n: u64,
        step: &'a StepId,
        name: &'a str,
        action: &'a str,
        fields: &'a [String],
    },
    Outcome {
        n: u64,
        accepted: Option<&'a str>,
        fault: Option<&'a Fault>,
    },
}

/// Fails if a folder or the one around it is a symbolic link: then the journal would be in a place that the project does not name.
fn refuse_link(folder: &Path) -> std::io::Result<()> {
    let is_link = |path: &&Path| {
        path.symlink_metadata()
            .is_ok_and(|found| found.is_symlink())
    };
    match [Some(folder), folder.parent()]
        .into_iter()
        .flatten()
        .find(is_link)
    {
        Some(link) => Err(std::io::Error::other(format!(
            "`{}` is a symbolic link",
            link.display()
        ))),
        None => Ok(()),
    }
}

impl Journal {
    /// Begins the journal of a run in a folder, which is created if it does not exist. Only its owner can read both.
    pub fn begin(folder: &Path, started: &str) -> std::io::Result<Self> {
        refuse_link(folder)?;
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let name = started.replace([':', '.'], "-");
        let path = folder.join(format!("{name}-{}.jsonl", std::process::id()));
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&path)?;
        let journal = Self {
            path,
            file: Mutex::new((file, 0)),
        };
        journal.write(&Entry::Run {
            format: 1,
            agentctl: env!("CARGO_PKG_VERSION"),
            started: started.to_owned(),
        })?;
        Ok(journal)
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a mutation to the disk before it is sent, and returns its number.
    ///
    /// Has the names of fields only: no values, and nothing that values could be guessed from.
    pub fn intent(
        &self,
        step: &StepId,
        name: &str,
        action: &str,
        fields: &[String],
    ) -> std::io::Result<u64> {
        let n = {
            let mut file = self
                .file
                .lock()
                .expect("nothing panics while it holds this lock");
            file.1 += 1;
            file.1
        };
        self.write(&Entry::Intent {
            n,
            step,
            name,
            action,
            fields,
        })?;
        Ok(n)
    }

    /// Writes AWS's answer to the mutation of that number.
    pub fn outcome(&self, n: u64, answer: Result<Operation, &Fault>) -> std::io::Result<()> {
        self.write(&Entry::Outcome {
            n,
            accepted: answer.ok().map(Operation::name),
            fault: answer.err(),
        })
    }

    fn write(&self, entry: &Entry<'_>) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        let mut file = self
            .file
            .lock()
            .expect("nothing panics while it holds this lock");
        let before = file.0.metadata()?.len();
        let written = file.0.write_all(&line).and_then(|()| file.0.sync_data());
        if written.is_err() {
            // The next entry must begin on a new line. If this fails too, the first error is the one to report.
            let _ = file.0.set_len(before);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::resource::address::Address;
    use crate::resource::operation::kms;

    #[test]
    fn a_linked_folder_is_refused_and_nothing_is_written_where_it_leads() {
        let (project, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let link = project.path().join(".agentctl");
        std::os::unix::fs::symlink(elsewhere.path(), &link).unwrap();
        let error = Journal::begin(&link.join("journal"), "now").unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("`{}` is a symbolic link", link.display())
        );
        assert_eq!(elsewhere.path().read_dir().unwrap().count(), 0);
    }

    #[test]
    fn an_intent_is_on_the_disk_before_its_outcome_and_only_the_owner_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let journal =
            Journal::begin(&folder.path().join("journal"), "2026-01-01T00:00:00Z").unwrap();
        let step = StepId::whole(&Address::new("thing", "a"));
        let n = journal
            .intent(&step, "a", "update", &["/size".to_owned()])
            .unwrap();
        let lines = std::fs::read_to_string(journal.path()).unwrap();
        assert!(lines.ends_with("\"fields\":[\"/size\"]}\n"), "{lines}");
        journal.outcome(n, Ok(kms::PUT_KEY_POLICY)).unwrap();
        assert_eq!(
            std::fs::metadata(journal.path())
                .unwrap()
                .permissions()
                .mode()
                & 0o777,
            0o600
        );
        assert_eq!(
            std::fs::read_to_string(journal.path())
                .unwrap()
                .lines()
                .count(),
            3
        );
    }
}
