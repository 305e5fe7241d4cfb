//! Paths in manifests. They are relative to the manifest, never lead out of the project, and must exist when the manifest is read.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::agent::{LocalKind, LocalPath};
use super::error::ManifestError;
use crate::code::Code;

/// Whether the files that manifests name are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileRule {
    /// Each must exist, and be a file or folder as required.
    Required,
    /// They can be missing: only names matter.
    Ignored,
}

/// What a path must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    File,
    Folder,
    Either,
}

/// A path in a manifest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written<'a> {
    /// The path.
    pub(super) path: &'a str,
    /// The text that messages show in its place.
    pub(super) shown: &'a str,
}

/// Checks a path that was written in a manifest in the given folder; both folders are from the project root.
pub(super) fn resolve(
    root: &Utf8Path,
    files: FileRule,
    folder: &Utf8Path,
    Written {
        path: written,
        shown,
    }: Written<'_>,
    wanted: Wanted,
) -> Result<LocalPath, ManifestError> {
    let refuse = |message: String| ManifestError::new(Code::LocalFile, message);
    if written.is_empty() {
        return Err(refuse("a path is empty".to_owned()));
    }
    if Utf8Path::new(written).is_absolute() {
        return Err(
            refuse(format!("`{shown}` is an absolute path")).hint("write it relative to this file")
        );
    }
    let Some(relative) = plain(&folder.join(written)) else {
        return Err(refuse(format!("`{shown}` leaves the project"))
            .hint(format!("only files below `{root}` can be used")));
    };
    if files == FileRule::Ignored {
        return Ok(LocalPath {
            absolute: root.join(&relative),
            relative,
            kind: match wanted {
                Wanted::Folder => LocalKind::Folder,
                Wanted::File | Wanted::Either => LocalKind::File,
            },
        });
    }
    let shown = plain(&folder.join(shown)).unwrap_or_else(|| shown.into());
    let absolute =
        root.join(&relative)
            .canonicalize_utf8()
            .map_err(|cause| match cause.kind() {
                std::io::ErrorKind::NotFound => refuse(format!("`{shown}` does not exist"))
                    .hint("paths are relative to the file they are written in"),
                _ => refuse(format!("could not read `{shown}`")).cause(cause),
            })?;
    if !absolute.starts_with(root) {
        return Err(refuse(format!(
            "`{shown}` leaves the project through a symbolic link"
        ))
        .hint(format!("only files below `{root}` can be used")));
    }
    let metadata = fs_err::metadata(&absolute)
        .map_err(|cause| refuse(format!("could not read `{shown}`")).cause(cause))?;
    let kind = if metadata.is_dir() {
        LocalKind::Folder
    } else if metadata.is_file() {
        LocalKind::File
    } else {
        return Err(refuse(format!("`{shown}` is neither a file nor a folder")));
    };
    match (wanted, kind) {
        (Wanted::File, LocalKind::Folder) => {
            Err(refuse(format!("`{shown}` is a folder, not a file")))
        }
        (Wanted::Folder, LocalKind::File) => {
            Err(refuse(format!("`{shown}` is a file, not a folder")))
        }
        _ => Ok(LocalPath {
            absolute,
            relative,
            kind,
        }),
    }
}

/// Resolves `.` and `..` in the text of a path; `None` if it leads above its start.
pub(super) fn plain(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut plain = Utf8PathBuf::new();
    for component in path.components() {
        match component {
            Utf8Component::Normal(name) => plain.push(name),
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir => {
                if !plain.pop() {
                    return None;
                }
            }
            Utf8Component::RootDir | Utf8Component::Prefix(_) => return None,
        }
    }
    Some(plain)
}
