//! The walk of a folder: which files it finds, and their names.
//!
//! It reads names, types and sizes, and ignore files, and no other content.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Spelling;
use std::ffi::OsString;
use std::fs::{self, FileType};
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::entry::Entry;
use super::error::{MAX_ENTRIES, MAX_PATH_BYTES, TreeError, TreeWarning};
use super::ignore_rule::{Level, is_always_left_out};
use super::root::Root;

/// What a walk found, in no order.
#[derive(Default)]
pub(super) struct Found {
    pub(super) entries: Vec<Entry>,
    pub(super) warnings: Vec<TreeWarning>,
}

/// Walks the folder at `start`, a path that `Root::resolve` returned.
pub(super) fn walk(root: &Root, start: &Path) -> Result<Found, TreeError> {
    let mut walk = Walk {
        root,
        start,
        pending: vec![Place {
            path: String::new(),
            real: start.to_owned(),
            level: Level::descend(root, start)?,
        }],
        folders: 0,
        found: Found::default(),
    };
    // An explicit stack: links can lead deeper than the thread's stack allows.
    while let Some(place) = walk.pending.pop() {
        walk.visit(&place)?;
    }
    Ok(walk.found)
}

/// A folder that is still to be walked.
struct Place {
    /// Relative to the walked folder, empty for itself.
    path: String,
    real: PathBuf,
    level: Rc<Level>,
}

struct Walk<'a> {
    root: &'a Root,
    /// Where the walk began. Ignore rules see paths below it, whichever links are between.
    start: &'a Path,
    pending: Vec<Place>,
    folders: usize,
    found: Found,
}

impl Walk<'_> {
    fn visit(&mut self, place: &Place) -> Result<(), TreeError> {
        let mut spellings: BTreeMap<String, String> = BTreeMap::new();
        for (name, file_type) in self.list(&place.real)? {
            if is_always_left_out(&name) || self.is_ignored(place, &name, file_type) {
                continue;
            }
            let path = self.join(place, &name)?;
            self.add(place, &path, &place.real.join(&name))?;
            match spellings.entry(path.to_lowercase()) {
                Spelling::Vacant(unused) => {
                    unused.insert(path);
                }
                Spelling::Occupied(first) => self.found.warnings.push(TreeWarning::CaseOnly {
                    first: first.get().clone(),
                    second: path,
                }),
            }
        }
        Ok(())
    }

    /// Lists a folder sorted by name, so that the first error does not depend on the disk.
    fn list(&self, real: &Path) -> Result<Vec<(OsString, FileType)>, TreeError> {
        let list = || -> io::Result<Vec<_>> {
            fs::read_dir(real)?
                .map(|found| found.and_then(|found| Ok((found.file_name(), found.file_type()?))))
                .collect()
        };
        let mut found = list().map_err(|source| self.root.read_error(real, source))?;
        found.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        Ok(found)
    }

    fn is_ignored(&self, place: &Place, name: &OsString, file_type: FileType) -> bool {
        // Git treats a link as a file. Here a link to a folder is packed as a folder, so `venv/` must match it as well.
        let is_folder = file_type.is_dir() || file_type.is_symlink();
        let logical = self.start.join(&place.path).join(name);
        place.level.ignores(&logical, is_folder)
    }

    fn join(&self, place: &Place, name: &OsString) -> Result<String, TreeError> {
        let shown = Path::new(&self.root.shown(self.start))
            .join(&place.path)
            .join(name);
        let Some(text) = name.to_str() else {
            return Err(TreeError::Name {
                path: shown,
                found: "bytes that are not UTF-8",
            });
        };
        check_characters(&shown, text)?;
        let path = match place.path.as_str() {
            "" => text.to_owned(),
            parent => format!("{parent}/{text}"),
        };
        if path.len() > MAX_PATH_BYTES {
            return Err(TreeError::TooLong { path });
        }
        Ok(path)
    }

    /// Adds the file or folder at `origin`, or where it leads if it is a link, as `path`.
    fn add(&mut self, place: &Place, path: &str, origin: &Path) -> Result<(), TreeError> {
        let real = self.root.resolve(origin)?;
        let metadata =
            fs::symlink_metadata(&real).map_err(|source| self.root.read_error(&real, source))?;
        if metadata.is_dir() {
            return self.enter(place, path, origin, real);
        }
        if !metadata.is_file() {
            return Err(TreeError::Special {
                path: self.root.shown(origin),
                found: special_name(metadata.file_type()),
            });
        }
        self.check_count(self.found.entries.len())?;
        self.found
            .entries
            .push(Entry::new(path.to_owned(), &metadata, real));
        Ok(())
    }

    fn enter(
        &mut self,
        place: &Place,
        path: &str,
        origin: &Path,
        real: PathBuf,
    ) -> Result<(), TreeError> {
        if place.level.is_within(&real) {
            return Err(TreeError::LinkLoop {
                link: self.root.shown(origin),
                target: self.root.shown(&real),
            });
        }
        // Links from folder to folder can double the folders at every level without ever closing a loop.
        self.check_count(self.folders)?;
        self.folders += 1;
        let logical = self.start.join(path);
        let level = Level::enter(
            self.root,
            &logical,
            real.clone(),
            Some(Rc::clone(&place.level)),
        )?;
        self.pending.push(Place {
            path: path.to_owned(),
            real,
            level,
        });
        Ok(())
    }

    fn check_count(&self, count: usize) -> Result<(), TreeError> {
        if count < MAX_ENTRIES {
            return Ok(());
        }
        Err(TreeError::TooMany {
            folder: self.root.shown(self.start),
        })
    }
}

/// Checks that every reader of archives reads a name in the same way.
pub(super) fn check_characters(path: &Path, name: &str) -> Result<(), TreeError> {
    let found = if name.chars().any(char::is_control) {
        "a control character"
    } else if name.contains('\\') {
        // Some zip readers treat it as a separator, others as a character of the name: the unpacked tree would differ.
        "a backslash"
    } else {
        return Ok(());
    };
    Err(TreeError::Name {
        path: path.to_owned(),
        found,
    })
}

fn special_name(file_type: FileType) -> &'static str {
    if file_type.is_socket() {
        "socket"
    } else if file_type.is_fifo() {
        "named pipe"
    } else if file_type.is_block_device() || file_type.is_char_device() {
        "device"
    } else {
        "special file"
    }
}
