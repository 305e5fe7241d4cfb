//! The manifest files of a project: finds the project, and lists its files.

use std::collections::BTreeSet;
use std::io::Read;

use camino::{Utf8Path, Utf8PathBuf};

use super::error::ManifestError;
use super::load::MAX_FILE_BYTES;
use crate::code::Code;

/// The folder whose parent is a project.
pub(super) const MANIFEST_FOLDER: &str = "deploy-plans";
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];
/// The folder in it for programs that start agentctl at set times: its YAML is for those programs.
const SCHEDULES: &str = "deploy-plans/schedules";

/// One manifest file on disk.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ManifestFile {
    /// The path from the project root.
    pub(super) path: Utf8PathBuf,
    /// The path with symbolic links followed.
    pub(super) canonical: Utf8PathBuf,
}

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
                "run in a project, or make the folder `{MANIFEST_FOLDER}` and put manifests into it"
            ))
        })
}

/// Lists the manifest files of a project in the order of their paths. Hidden files and the files in [`SCHEDULES`] are skipped.
pub(super) fn files(root: &Utf8Path, errors: &mut Vec<ManifestError>) -> Vec<ManifestFile> {
    let mut walk = Walk {
        root,
        seen: BTreeSet::new(),
        files: Vec::new(),
        errors,
    };
    walk.folder(Utf8Path::new(MANIFEST_FOLDER));
    let mut files = walk.files;
    files.sort();
    files
}

/// Returns whether a file is read as a manifest, which its ending decides.
pub(super) fn is_manifest(path: &Utf8Path) -> bool {
    path.extension()
        .is_some_and(|extension| EXTENSIONS.contains(&extension))
}

struct Walk<'a> {
    root: &'a Utf8Path,
    /// Canonical paths: they stop a link to a folder above itself, and each file is read once.
    seen: BTreeSet<Utf8PathBuf>,
    files: Vec<ManifestFile>,
    errors: &'a mut Vec<ManifestError>,
}

impl Walk<'_> {
    fn folder(&mut self, path: &Utf8Path) {
        let Some(canonical) = self.enter(path) else {
            return;
        };
        let mut names = Vec::new();
        match canonical.read_dir_utf8() {
            Ok(entries) => {
                for entry in entries {
                    match entry {
                        Ok(entry) => names.push(entry.file_name().to_owned()),
                        Err(cause) => self.unreadable(path, cause),
                    }
                }
            }
            Err(cause) => self.unreadable(path, cause),
        }
        // Of several paths to a folder, the first in the order of names is used on every machine.
        names.sort();
        for name in names.iter().filter(|name| !name.starts_with('.')) {
            let child = path.join(name);
            if child == SCHEDULES {
                continue;
            }
            let is_manifest = is_manifest(&child);
            match fs_err::metadata(self.root.join(&child)) {
                Ok(metadata) if metadata.is_dir() => self.folder(&child),
                Ok(_) if !is_manifest => {}
                Ok(metadata) if metadata.is_file() => self.file(child),
                // Opening a pipe would wait for a writer for ever.
                Ok(_) => self.errors.push(ManifestError::new(
                    Code::UnreadableManifest,
                    format!("`{child}` is not a regular file"),
                )),
                Err(cause) if is_manifest => self.unreadable(&child, cause),
                Err(_) => {}
            }
        }
    }

    fn file(&mut self, path: Utf8PathBuf) {
        if let Some(canonical) = self.enter(&path) {
            self.files.push(ManifestFile { path, canonical });
        }
    }

    /// Returns the canonical path, unless it was seen before or is outside the project.
    fn enter(&mut self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        let canonical = match self.root.join(path).canonicalize_utf8() {
            Ok(canonical) => canonical,
            Err(cause) => {
                self.unreadable(path, cause);
                return None;
            }
        };
        if !canonical.starts_with(self.root) {
            self.errors.push(
                ManifestError::new(
                    Code::UnreadableManifest,
                    format!("`{path}` is a symbolic link out of the project"),
                )
                .hint("copy the file into the project, or remove the link"),
            );
            return None;
        }
        self.seen.insert(canonical.clone()).then_some(canonical)
    }

    fn unreadable(&mut self, path: &Utf8Path, cause: std::io::Error) {
        self.errors.push(
            ManifestError::new(Code::UnreadableManifest, format!("could not read `{path}`"))
                .cause(cause),
        );
    }
}

/// Reads the text of a manifest file, within the limit on its size.
pub(super) fn read(file: &ManifestFile) -> Result<String, ManifestError> {
    let path = &file.path;
    let unreadable = |cause| {
        ManifestError::new(Code::UnreadableManifest, format!("could not read `{path}`"))
            .cause(cause)
    };
    let mut bytes = Vec::new();
    fs_err::File::open(&file.canonical)
        .map_err(unreadable)?
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
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
