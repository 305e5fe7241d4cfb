//! Reads and writes saved plans. A file that is read is not trusted. A file is written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Read, Write};

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use tempfile::NamedTempFile;

use super::error::PlanFileError;
use super::model::{FAMILY, FORMAT, PlanFile};

/// The most bytes of a file that is read. A plan has about 15 kB for each agent.
const LONGEST: u64 = 64 << 20;

/// The part of a file that has the version of the rest.
#[derive(Deserialize)]
struct Preamble {
    format: String,
    agentctl: String,
}

/// Reads a saved plan. Refuses one that is not exactly as this version of agentctl wrote it.
pub fn load(path: &Utf8Path) -> Result<PlanFile, PlanFileError> {
    let bytes = read(path).map_err(|source| PlanFileError::Read {
        path: path.to_owned(),
        source,
    })?;
    parse(
        path,
        &bytes.ok_or_else(|| PlanFileError::NotAPlan(path.to_owned()))?,
    )
}

/// Returns the content of a file; `None` if it is too long or no regular file.
fn read(path: &Utf8Path) -> io::Result<Option<Vec<u8>>> {
    // This is checked before the file is opened, because opening a pipe waits for a writer.
    if !fs::metadata(path)?.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(LONGEST + 1)
        .read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= LONGEST).then_some(bytes))
}

pub(crate) fn parse(path: &Utf8Path, bytes: &[u8]) -> Result<PlanFile, PlanFileError> {
    let damaged = || PlanFileError::Damaged(path.to_owned());
    let preamble = preamble(bytes).ok_or_else(|| PlanFileError::NotAPlan(path.to_owned()))?;
    let this = (FORMAT, env!("CARGO_PKG_VERSION"));
    if (preamble.format.as_str(), preamble.agentctl.as_str()) != this {
        let named = |format: &str, version: &str| {
            let form = format.strip_prefix(FAMILY).unwrap_or(format);
            format!("agentctl {version} (form {form})")
        };
        return Err(PlanFileError::OtherVersion {
            planned: named(&preamble.format, &preamble.agentctl),
            actual: named(this.0, this.1),
        });
    }
    let file: PlanFile = serde_json::from_slice(bytes).map_err(|_| damaged())?;
    // The text is compared as a whole, so that each plan has one text, without duplicate keys or hidden content.
    if file.checksum != file.sum() || file.text().as_bytes() != bytes {
        return Err(damaged());
    }
    Ok(file)
}

fn preamble(bytes: &[u8]) -> Option<Preamble> {
    let preamble: Preamble = serde_json::from_slice(bytes).ok()?;
    preamble.format.starts_with(FAMILY).then_some(preamble)
}

/// Refuses a path where a plan cannot be saved: below `manifests`, or where another file exists.
///
/// It is called before the work for a plan begins.
pub fn demand_free(path: &Utf8Path, manifests: &Utf8Path) -> Result<(), PlanFileError> {
    let fails = |source| PlanFileError::Write {
        path: path.to_owned(),
        source,
    };
    let folder = folder(path).canonicalize_utf8().map_err(fails)?;
    if manifests
        .canonicalize_utf8()
        .is_ok_and(|manifests| folder.starts_with(manifests))
    {
        return Err(PlanFileError::AmongManifests(path.to_owned()));
    }
    is_replaceable(path).map(drop)
}

/// Returns whether a saved plan or an empty file exists at a path, which a plan may replace. Refuses any other file.
fn is_replaceable(path: &Utf8Path) -> Result<bool, PlanFileError> {
    let fails = |source| PlanFileError::Write {
        path: path.to_owned(),
        source,
    };
    let occupied = || PlanFileError::Occupied(path.to_owned());
    // A link is not followed: saving would replace it, or write to another file.
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(fails(error)),
        Ok(metadata) if !metadata.is_file() => return Err(occupied()),
        Ok(metadata) if metadata.len() == 0 => return Ok(true),
        Ok(_) => {}
    }
    let bytes = read(path).map_err(fails)?;
    match bytes.as_deref().and_then(preamble) {
        Some(_) => Ok(true),
        None => Err(occupied()),
    }
}

/// Saves a plan that only its owner can read. Replaces an earlier plan at the path.
pub fn save(path: &Utf8Path, file: &PlanFile) -> Result<(), PlanFileError> {
    let fails = |source| PlanFileError::Write {
        path: path.to_owned(),
        source,
    };
    let exists = is_replaceable(path)?;
    // A temporary file has mode 0600.
    let mut temporary = NamedTempFile::new_in(folder(path)).map_err(fails)?;
    temporary
        .write_all(file.text().as_bytes())
        .and_then(|()| temporary.as_file().sync_all())
        .map_err(fails)?;
    let persisted = if exists {
        temporary.persist(path)
    } else {
        temporary.persist_noclobber(path)
    };
    persisted.map(drop).map_err(|error| fails(error.error))
}

fn folder(path: &Utf8Path) -> Utf8PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_str().is_empty() => folder.to_owned(),
        _ => Utf8PathBuf::from("."),
    }
}
