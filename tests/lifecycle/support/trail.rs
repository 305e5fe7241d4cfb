//! What a process leaves behind that is killed at one of its calls.
//!
//! A process that is killed asks for nothing more and hears no answer: what is left of it is what the account and its journal hold at
//! that moment. So one run that is followed shows what each of its ends would leave.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use localstack::{Endpoint, Snapshot};
use serde_json::Value;

/// On which side of a call's effect a process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    Before,
    After,
}

/// What is left of a process that was killed.
#[derive(Debug)]
pub(crate) struct Remains {
    /// At which call, counted from 1, and on which side of its effect.
    pub(crate) killed: (usize, Moment),
    pub(crate) account: Arc<Value>,
    pub(crate) snapshot: Snapshot,
    pub(crate) journal: Journal,
}

/// The files of the journal.
pub(crate) type Journal = BTreeMap<OsString, Vec<u8>>;

/// Where a process could have been killed, and what it would have left.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    folder: PathBuf,
    calls: usize,
    /// At how many moments it was looked.
    pub(crate) moments: usize,
    /// What was left, each only once in a row: what a call that only reads leaves is what it found.
    pub(crate) remains: Vec<Remains>,
}

/// Follows the calls of a process when somebody wants it.
pub(super) type Follower = Arc<Mutex<Option<Trail>>>;

impl Trail {
    /// Begins to follow a process with this folder for journals.
    pub(super) fn begin(folder: PathBuf) -> Self {
        Self {
            folder,
            ..Self::default()
        }
    }

    /// Keeps what would be left if the process were killed now.
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
