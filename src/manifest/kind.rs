//! What a document is: one of agentctl's kinds, or a document of another program.

use super::error::ManifestError;
use super::node::{Node, Value};
use super::quote::shortened;
use super::spelling::did_you_mean;
use crate::code::Code;

/// The group of all versions of manifests.
pub(super) const API_GROUP: &str = "agentctl.dev";
pub(super) const API_VERSION: &str = "agentctl.dev/v1alpha1";
/// The version without its group.
const VERSION: &str = "v1alpha1";
const KINDS: [&str; 2] = ["Project", "BatchAgent"];
/// The kind that no other program has: `OpenShift` has a `Project` too.
const OWN_KIND: &str = "BatchAgent";

/// The kinds of agentctl's documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DocumentKind {
    Project,
    BatchAgent,
}

/// Reads `apiVersion` and `kind`, which all other checks depend on. A document of another program is `None`.
///
/// A document that is nearly agentctl's is an error: a misspelt line must not make an agent vanish.
pub(super) fn kind_of(node: &Node) -> Result<Option<DocumentKind>, Vec<ManifestError>> {
    if is_foreign(node) {
        return Ok(None);
    }
    let mut errors = Vec::new();
    let mut required = |key: &str, hint: String| {
        let found = node.get(key);
        if found.is_none() {
            let error = ManifestError::new(Code::MissingKey, format!("`{key}` is missing"));
            errors.push(error.at(&node.place).hint(hint));
        }
        found
    };
    let version = required("apiVersion", format!("add `apiVersion: {API_VERSION}`"));
    let kind = required(
        "kind",
        "add `kind: BatchAgent` or `kind: Project`".to_owned(),
    );
    if let Some(version) = version
        && version.as_text() != Some(API_VERSION)
    {
        errors.push(unknown("apiVersion", version).hint(format!("write `{API_VERSION}`")));
    }
    let kind = kind.and_then(|kind| match kind.as_text() {
        Some("Project") => Some(DocumentKind::Project),
        Some("BatchAgent") => Some(DocumentKind::BatchAgent),
        text => {
            let hint = did_you_mean(text.unwrap_or_default(), &KINDS, "the kinds are");
            errors.push(unknown("kind", kind).hint(hint));
            None
        }
    });
    match kind {
        Some(kind) if errors.is_empty() => Ok(Some(kind)),
        _ => Err(errors),
    }
}

fn unknown(key: &str, node: &Node) -> ManifestError {
    let message = match node.as_text() {
        Some(text) => format!("unknown {key} `{}`", shortened(text)),
        None => format!("`{key}` must be text"),
    };
    ManifestError::new(Code::UnknownDocument, message).at(&node.place)
}

/// Returns whether a document is another program's.
fn is_foreign(node: &Node) -> bool {
    let Value::Map(entries) = &node.value else {
        return true;
    };
    let text = |key: &str| node.get(key).and_then(Node::as_text);
    let kind = text("kind").unwrap_or_default();
    let is_kind_of_ours = KINDS.iter().any(|own| is_near(kind, own));
    if let Some(version) = text("apiVersion").filter(|version| !version.trim().is_empty()) {
        let is_ours = is_version_of_ours(version)
            // The version may be a reference.
            || version.contains("${") && is_kind_of_ours
            // Kinds without a group are those of Kubernetes itself.
            || !version.contains('/') && is_near(kind, OWN_KIND);
        !is_ours
    } else {
        // The key itself may be misspelt.
        let has_group = |text: &str| text.contains(API_GROUP);
        let is_named = entries
            .iter()
            .filter_map(|entry| entry.node.as_text())
            .any(has_group);
        !(is_named || is_kind_of_ours)
    }
}

fn is_version_of_ours(version: &str) -> bool {
    let version = version.trim();
    let (group, _) = version.split_once('/').unwrap_or((version, ""));
    version == VERSION || group.to_lowercase().contains("agentctl") || is_near(group, API_GROUP)
}

/// Returns whether a word can be another with a slip or two in it.
fn is_near(word: &str, own: &str) -> bool {
    // Higher than for suggestions: `agones.dev` is another program's.
    const LIKENESS: f32 = 0.8;
    word.eq_ignore_ascii_case(own)
        || !similar::get_close_matches(word, &[own], 1, LIKENESS).is_empty()
}
