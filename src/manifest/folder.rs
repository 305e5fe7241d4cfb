//! The manifest files of a project: finds the project, and walks its files.

use std::collections::BTreeSet;
use std::io::Read;

use camino::{Utf8Path, Utf8PathBuf};

use super::error::ManifestError;
use super::kind::API_GROUP;
use super::load::MAX_FILE_BYTES;
use super::named::NamedFiles;
use super::source::ManifestFile;
use crate::code::Code;

/// The folder whose parent is a project.
pub(super) const MANIFEST_FOLDER: &str = "deploy-plans";
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];
/// The folder in it for programs that start agentctl at set times: its YAML is for those programs.
const SCHEDULES: &str = "deploy-plans/schedules";

/// Finds the nearest folder, from the given one upwards, that contains `deploy-plans`.
pub(super) fn root(start: &Utf8Path) -> Result<Utf8PathBuf, ManifestError> {
    let start = start.canonicalize_utf8().map_err(|cause| {
        ManifestError::new(
            Code::UnreadableManifest,
            format!("could not read folder `{start}`"),
        )
        .cause(cause)
    })?;
    start
        .ancestors()
        .find(|folder| folder.join(MANIFEST_FOLDER).is_dir())
        .map(Utf8Path::to_owned)
        .ok_or_else(|| {
            ManifestError::new(
                Code::NoProjectFolder,
                format!("no folder `{MANIFEST_FOLDER}` in `{start}` or above it"),
            )
            .hint(format!(
                "run in a project, or create the folder `{MANIFEST_FOLDER}` and put manifests into it"
            ))
        })
}

/// Returns whether a file can be a manifest, which its ending decides.
pub(super) fn is_manifest(path: &Utf8Path) -> bool {
    path.extension()
        .is_some_and(|extension| EXTENSIONS.contains(&extension))
}

/// The walk of the manifest folder, one level of folders after the other. Hidden files and the files in [`SCHEDULES`] are skipped.
///
/// A manifest is read before the folders below its own are opened, so that those that it names as code or tools are never opened.
pub(super) struct Walk<'a> {
    root: &'a Utf8Path,
    /// Canonical paths: they stop a link to a folder above itself, and each file is read once.
    seen: BTreeSet<Utf8PathBuf>,
    /// The folders of the next level.
    folders: Vec<Utf8PathBuf>,
    /// The files and folders that were not opened, because a manifest names them or a folder around them.
    passed: Vec<Utf8PathBuf>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(root: &'a Utf8Path) -> Self {
        Self {
            root,
            seen: BTreeSet::new(),
            folders: vec![MANIFEST_FOLDER.into()],
            passed: Vec::new(),
        }
    }

    /// Returns the files of the next level that can be manifests, in the order of their paths; `None` after the last level.
    pub(super) fn level(
        &mut self,
        named: &NamedFiles,
        errors: &mut Vec<ManifestError>,
    ) -> Option<Vec<ManifestFile>> {
        if self.folders.is_empty() {
            return None;
        }
        let mut files = Vec::new();
        let mut folders = Vec::new();
        let mut level = std::mem::take(&mut self.folders);
        // Of several paths to a folder, the first in the order of names is used on every machine.
        level.sort();
        for path in level {
            match self.enter(&path) {
                Ok(Some(canonical)) if named.holds(&canonical) => self.passed.push(path),
                Ok(Some(canonical)) => {
                    self.folder(&path, &canonical, &mut files, &mut folders, errors);
                }
                Ok(None) => {}
                Err(error) => errors.push(error),
            }
        }
        self.folders = folders;
        files.retain(|file| {
            let is_named = named.holds(&file.canonical);
            if is_named {
                self.passed.push(file.path.clone());
            }
            !is_named
        });
        files.sort();
        Some(files)
    }

    /// Returns the files and folders that were not opened.
    pub(super) fn passed(self) -> Vec<Utf8PathBuf> {
        self.passed
    }

    fn folder(
        &mut self,
        path: &Utf8Path,
        canonical: &Utf8Path,
        files: &mut Vec<ManifestFile>,
        folders: &mut Vec<Utf8PathBuf>,
        errors: &mut Vec<ManifestError>,
    ) {
        let names = match names(canonical) {
            Ok(names) => names,
            Err(cause) => {
                errors.push(unreadable(path, cause));
                return;
            }
        };
        for name in names.iter().filter(|name| !name.starts_with('.')) {
            let child = path.join(name);
            if child == SCHEDULES {
                continue;
            }
            let is_manifest = is_manifest(&child);
            match fs_err::metadata(self.root.join(&child)) {
                Ok(metadata) if metadata.is_dir() => folders.push(child),
                Ok(_) if !is_manifest => {}
                Ok(metadata) if metadata.is_file() => match self.enter(&child) {
                    Ok(Some(canonical)) => files.push(ManifestFile {
                        path: child,
                        canonical,
                    }),
                    Ok(None) => {}
                    Err(error) => errors.push(error),
                },
                // Opening a pipe would wait for a writer for ever.
                Ok(_) => errors.push(ManifestError::new(
                    Code::UnreadableManifest,
                    format!("`{child}` is not a regular file"),
                )),
                Err(cause) if is_manifest => errors.push(unreadable(&child, cause)),
                Err(_) => {}
            }
        }
    }

    /// Returns the canonical path, unless it was seen before. A path out of the project is an error.
    fn enter(&mut self, path: &Utf8Path) -> Result<Option<Utf8PathBuf>, ManifestError> {
        let joined = self.root.join(path);
        let canonical = joined
            .canonicalize_utf8()
            .map_err(|cause| unreadable(path, cause))?;
        if !canonical.starts_with(self.root) {
            let message = format!("`{path}` is a symbolic link out of the project");
            return Err(ManifestError::new(Code::UnreadableManifest, message)
                .hint("copy the file into the project, or remove the link"));
        }
        Ok(self.seen.insert(canonical.clone()).then_some(canonical))
    }
}

/// Lists the names in a folder in their order. A name that is not UTF-8 is none of a manifest.
fn names(folder: &Utf8Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        names.extend(entry?.file_name().into_string().ok());
    }
    names.sort();
    Ok(names)
}

fn unreadable(path: &Utf8Path, cause: std::io::Error) -> ManifestError {
    ManifestError::new(Code::UnreadableManifest, format!("could not read `{path}`")).cause(cause)
}

/// Returns the files at or below paths of the project that look like manifests of agentctl. What cannot be read is left out.
pub(super) fn look_alikes(root: &Utf8Path, paths: &[Utf8PathBuf]) -> Vec<Utf8PathBuf> {
    let mut found = Vec::new();
    let mut pending = paths.to_vec();
    while let Some(path) = pending.pop() {
        let full = root.join(&path);
        match fs_err::symlink_metadata(&full) {
            Ok(metadata) if metadata.is_dir() => {
                let names = names(&full).unwrap_or_default();
                let names = names.iter().filter(|name| !name.starts_with('.'));
                pending.extend(names.map(|name| path.join(name)));
            }
            Ok(metadata) if metadata.is_file() && is_manifest(&path) => {
                let read = bytes(&ManifestFile {
                    path: path.clone(),
                    canonical: full,
                });
                if read.is_ok_and(|bytes| declares(&bytes)) {
                    found.push(path);
                }
            }
            Ok(_) | Err(_) => {}
        }
    }
    found.sort();
    found
}

/// Returns whether a line of a file names the version of manifests.
fn declares(bytes: &[u8]) -> bool {
    bytes.split(|byte| *byte == b'\n').any(|line| {
        let line = String::from_utf8_lossy(line);
        line.contains("apiVersion") && line.contains(API_GROUP)
    })
}

/// Returns whether a file that cannot be parsed has to be reported: it names agentctl or a kind that only agentctl has.
pub(super) fn concerns_agentctl(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.contains("agentctl") || text.contains("BatchAgent")
}

/// Reads the text of a manifest file, within the limit on its size.
pub(super) fn read(file: &ManifestFile) -> Result<String, ManifestError> {
    text(&file.path, bytes(file)?)
}

/// Reads a file up to the limit on its size, and one byte more if it is larger.
pub(super) fn bytes(file: &ManifestFile) -> Result<Vec<u8>, ManifestError> {
    let refuse = |cause| unreadable(&file.path, cause);
    let mut bytes = Vec::new();
    fs_err::File::open(&file.canonical)
        .map_err(refuse)?
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(refuse)?;
    Ok(bytes)
}

/// Turns what [`bytes`] read into text.
pub(super) fn text(path: &Utf8Path, bytes: Vec<u8>) -> Result<String, ManifestError> {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(ManifestError::new(
            Code::ManifestTooLarge,
            format!("`{path}` is larger than {MAX_FILE_BYTES} bytes"),
        )
        .hint("split it into several files"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let legible = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = legible.split(|byte| *byte == b'\n').count();
        ManifestError::new(
            Code::UnreadableManifest,
            format!("`{path}` is not UTF-8 text from line {line} on"),
        )
    })?;
    // A byte order mark would shift every place on the first line.
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}
