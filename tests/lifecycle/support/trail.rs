//! What a process leaves when it is killed at one of its calls.
//!
//! A killed process sends nothing more and receives no answer: the account and its journal at that moment are all that is left. So one run
//! that is followed shows the result of a kill at each of its calls.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use localstack::{Endpoint, Snapshot};
use serde_json::Value;

/// Whether a process is killed before or after the effect of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    Before,
    After,
}

/// What is left of a killed process.
#[derive(Debug)]
pub(crate) struct Remains {
    /// The call, counted from 1, and whether the kill is before or after its effect.
    pub(crate) killed: (usize, Moment),
    pub(crate) account: Arc<Value>,
    pub(crate) snapshot: Snapshot,
    pub(crate) journal: Journal,
}

/// The files of the journal.
pub(crate) type Journal = BTreeMap<OsString, Vec<u8>>;

/// The moments at which a process could have been killed, and what it would have left.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    folder: PathBuf,
    calls: usize,
    /// The number of moments.
    pub(crate) moments: usize,
    /// What was left; equal neighbours only once: a call that only reads leaves what it found.
    pub(crate) remains: Vec<Remains>,
}

/// Follows the calls of a process, if a test wants that.
pub(super) type Follower = Arc<Mutex<Option<Trail>>>;

impl Trail {
    /// Starts to follow a process with this folder for journals.
    pub(super) fn begin(folder: PathBuf) -> Self {
        Self {
            folder,
            ..Self::default()
        }
    }

    /// Records what would be left if the process were killed now.
    pub(super) fn note(&mut self, endpoint: &Endpoint, moment: Moment) {
        if moment == Moment::Before {
            self.calls += 1;
        }
        self.moments += 1;
        let (mut account, journal) = (Arc::new(endpoint.dump().unwrap()), read(&self.folder));
        if let Some(last) = self.remains.last()
            && last.account == account
        {
            if last.journal == journal {
                return;
            }
            account = Arc::clone(&last.account);
        }
        self.remains.push(Remains {
            killed: (self.calls, moment),
            account,
            snapshot: endpoint.snapshot().unwrap(),
            journal,
        });
    }
}

fn read(folder: &Path) -> Journal {
    if !folder.exists() {
        return Journal::new();
    }
    let files = fs_err::read_dir(folder).unwrap().map(Result::unwrap);
    files
        .map(|file| (file.file_name(), fs_err::read(file.path()).unwrap()))
        .collect()
}
