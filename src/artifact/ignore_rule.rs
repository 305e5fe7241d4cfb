//! The files that an artefact leaves out: those of `.gitignore` and `.agentctlignore`, from the project root downwards, and a few fixed
//! names.
//!
//! The deepest file with a matching line decides, as in git; in one folder `.agentctlignore` takes precedence over `.gitignore`.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::error::{MAX_IGNORE_BYTES, TreeError};
use super::root::Root;

// The last match decides, so the file that takes precedence is read last.
const IGNORE_FILES: [&str; 2] = [".gitignore", ".agentctlignore"];

/// Returns whether a name is left out in every folder: it is never code, and it differs from machine to machine.
pub(super) fn is_always_left_out(name: &OsStr) -> bool {
    let listed = [".git", ".agentctl", "__pycache__"];
    listed.iter().any(|left_out| name == *left_out)
        || Path::new(name).extension() == Some(OsStr::new("pyc"))
}

/// A folder between the project root and the folder that is walked, with the rules that it adds.
#[derive(Debug)]
pub(super) struct Level {
    real: PathBuf,
    rules: Gitignore,
    parent: Option<Rc<Level>>,
}

impl Level {
    /// Reads the ignore files of a folder.
    ///
    /// `logical` is the path of the walk; `real` is where it leads. They differ below a link.
    pub(super) fn enter(
        root: &Root,
        logical: &Path,
        real: PathBuf,
        parent: Option<Rc<Level>>,
    ) -> Result<Rc<Self>, TreeError> {
        let mut builder = GitignoreBuilder::new(logical);
        for name in IGNORE_FILES {
            add_rules(root, &real.join(name), &mut builder)?;
        }
        let rules = builder.build().map_err(|source| TreeError::IgnoreRules {
            folder: root.shown(logical),
            source,
        })?;
        Ok(Rc::new(Self {
            real,
            rules,
            parent,
        }))
    }

    /// Enters the folders from the project root down to `folder`, both included.
    pub(super) fn descend(root: &Root, folder: &Path) -> Result<Rc<Self>, TreeError> {
        let mut on_the_way: Vec<&Path> = folder
            .ancestors()
            .take_while(|ancestor| ancestor.starts_with(root.as_path()))
            .collect();
        let top = on_the_way.pop().unwrap_or(folder);
        let mut level = Self::enter(root, top, top.to_owned(), None)?;
        while let Some(next) = on_the_way.pop() {
            level = Self::enter(root, next, next.to_owned(), Some(level))?;
        }
        Ok(level)
    }

    /// Returns whether the walk is already inside `real`, so that entering it again would never end.
    pub(super) fn is_within(&self, real: &Path) -> bool {
        self.upwards().any(|level| level.real == real)
    }

    pub(super) fn ignores(&self, logical: &Path, is_folder: bool) -> bool {
        self.upwards()
            .find_map(|level| match level.rules.matched(logical, is_folder) {
                Match::None => None,
                Match::Ignore(_) => Some(true),
                Match::Whitelist(_) => Some(false),
            })
            .unwrap_or(false)
    }

    fn upwards(&self) -> impl Iterator<Item = &Level> {
        std::iter::successors(Some(self), |level| level.parent.as_deref())
    }
}

fn add_rules(root: &Root, path: &Path, builder: &mut GitignoreBuilder) -> Result<(), TreeError> {
    match fs::symlink_metadata(path) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(root.read_error(path, error)),
    }
    let real = root.resolve(path)?;
    if !real.is_file() {
        return Err(TreeError::NotAFile {
            path: root.shown(path),
        });
    }
    let mut text = String::new();
    root.open(&real)?
        .take(MAX_IGNORE_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(|source| root.read_error(path, source))?;
    if text.len() as u64 > MAX_IGNORE_BYTES {
        return Err(TreeError::IgnoreFileSize {
            path: root.shown(path),
        });
    }
    // Git skips a byte order mark too.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    for (index, line) in text.lines().enumerate() {
        builder
            .add_line(Some(path.to_owned()), line)
            .map_err(|source| TreeError::IgnoreRule {
                path: root.shown(path),
                line: index + 1,
                source,
            })?;
    }
    Ok(())
}
