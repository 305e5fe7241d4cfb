//! Checks that the file that an entry point names is in the tree.

use super::tree::Tree;

/// The entry point is not in the tree.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry point `{file}` is not a file in `{folder}`")]
pub struct EntryPointError {
    file: String,
    folder: String,
}

/// Checks that the tree has the file that `AgentCore` starts.
pub fn check_entry_point(tree: &Tree, file: &str) -> Result<(), EntryPointError> {
    if tree.entry(file).is_some() {
        return Ok(());
    }
    Err(EntryPointError {
        file: file.to_owned(),
        folder: tree.folder().to_owned(),
    })
}
