//! `agentctl schema`: the JSON Schema of manifests.

use super::failure::Failure;
use crate::code::Status;
use crate::manifest;
use crate::ui::Terminal;

/// Print the JSON Schema of manifests
#[derive(Debug, clap::Args)]
pub(super) struct SchemaArgs {}

pub(super) fn schema(_: &SchemaArgs, terminal: &Terminal) -> Result<Status, Failure> {
    let text = serde_json::to_string_pretty(&manifest::schema())
        .map_err(|error| Failure::new(error.to_string()))?;
    terminal.data(&text);
    Ok(Status::Done)
}
