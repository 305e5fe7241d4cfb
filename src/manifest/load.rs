//! Parses text into trees. Only this file and `raw` know YAML. JSON is read by the same rules, as a part of YAML.

use std::collections::HashMap;
use std::sync::Arc;

use camino::Utf8Path;
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::options::DuplicateKeyPolicy;
use serde_saphyr::{Error as YamlError, Location, MessageFormatter, UserMessageFormatter};

use super::error::ManifestError;
use super::mask::{masked, masked_by_line};
use super::node::{Entry, Item, Node, Value};
use super::raw::{RawNode, RawValue};
use super::source::{Place, SourceFile};
use crate::code::Code;

/// The largest manifest file that is read, in bytes.
pub(super) const MAX_FILE_BYTES: u64 = 1024 * 1024;
const MAX_DOCUMENTS: usize = 256;
const MAX_DEPTH: usize = 32;
const MAX_NODES: usize = 50_000;
const MAX_ALIASES: usize = 1_000;
// Aliases repeat what they name. Without this limit ten lines could expand to a billion values.
const MAX_REPEATED_NODES: usize = 50_000;

/// One document of a file, and its keys that are written twice.
pub(super) struct Parsed {
    pub(super) node: Node,
    pub(super) duplicates: Vec<ManifestError>,
}

/// Parses all documents of one file. Empty documents are skipped.
pub(super) fn documents(path: &Utf8Path, text: &str) -> Result<Vec<Parsed>, ManifestError> {
    match serde_saphyr::from_multiple_with_options::<RawNode>(text, options()) {
        Ok(documents) => {
            let source = Arc::new(SourceFile::new(path, &masked(text, &documents)));
            let parsed = documents.into_iter().map(|document| {
                let mut duplicates = Vec::new();
                let node = document.place(&source, &mut duplicates);
                Parsed { node, duplicates }
            });
            Ok(parsed.collect())
        }
        Err(error) => {
            let source = Arc::new(SourceFile::new(path, &masked_by_line(text)));
            Err(refusal(&error, &source))
        }
    }
}

/// Parses all documents of a file that is known to be agentctl's.
pub(super) fn parse(path: &Utf8Path, text: &str, errors: &mut Vec<ManifestError>) -> Vec<Node> {
    match documents(path, text) {
        Ok(parsed) => parsed
            .into_iter()
            .map(|Parsed { node, duplicates }| {
                errors.extend(duplicates);
                node
            })
            .collect(),
        Err(error) => {
            errors.push(error);
            Vec::new()
        }
    }
}

fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_documents: MAX_DOCUMENTS,
            max_depth: MAX_DEPTH,
            // The parser looks 1,024 characters ahead. Its own limit must not apply before agentctl's, which reports a place.
            flow_nesting_limit: 2048,
            max_nodes: MAX_NODES,
            max_aliases: MAX_ALIASES,
            max_anchors: MAX_ALIASES,
            max_recorded_anchor_events: MAX_REPEATED_NODES,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: MAX_REPEATED_NODES,
        },
        // All duplicates are found below, each with the place of the first.
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        reject_unsupported_tags: true,
        strict_booleans: true,
        // An account id or a version that looks like a number keeps its zeros.
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
        emit_comments: false,
    }
}

fn refusal(error: &YamlError, source: &Arc<SourceFile>) -> ManifestError {
    let location = error.location().unwrap_or(Location::UNKNOWN);
    let mut error = error;
    while let YamlError::AliasError { error: inner, .. } = error {
        error = inner;
    }
    let problem = match error {
        YamlError::Budget { breach, .. } => {
            ManifestError::new(Code::ManifestTooLarge, breached(breach))
        }
        YamlError::AliasReplayLimitExceeded { .. }
        | YamlError::AliasExpansionLimitExceeded { .. }
        | YamlError::AliasReplayStackDepthExceeded { .. }
        | YamlError::AliasReplayCounterOverflow { .. } => ManifestError::new(
            Code::ManifestTooLarge,
            format!("aliases repeat more than {MAX_REPEATED_NODES} values"),
        ),
        YamlError::ExternalMessage { msg, .. } => {
            ManifestError::new(Code::Syntax, format!("not YAML: {msg}"))
        }
        other => {
            let message = UserMessageFormatter.format_message(other);
            ManifestError::new(
                Code::Syntax,
                format!("not YAML: {}", message.escape_debug()),
            )
        }
    };
    let place = place_at(location, source);
    let problem = if problem.code() == Code::Syntax && source.is_indented_with_tab(place.line) {
        problem.hint("use spaces: YAML allows no tabs in the indentation")
    } else {
        problem
    };
    problem.at(&place)
}

fn breached(breach: &BudgetBreach) -> String {
    match breach {
        BudgetBreach::Documents { .. } => format!("more than {MAX_DOCUMENTS} documents in a file"),
        BudgetBreach::Depth { .. } => format!("nested more than {MAX_DEPTH} deep"),
        BudgetBreach::Nodes { .. } => format!("more than {MAX_NODES} values in a file"),
        BudgetBreach::Aliases { .. } | BudgetBreach::Anchors { .. } => {
            format!("more than {MAX_ALIASES} anchors or aliases in a file")
        }
        BudgetBreach::RecordedAnchorEvents { .. } | BudgetBreach::RecordedAnchorBytes { .. } => {
            format!("aliases repeat more than {MAX_REPEATED_NODES} values")
        }
        BudgetBreach::AliasAnchorRatio { .. } => "too many aliases for its anchors".to_owned(),
        other => format!("too large to be a manifest: {other:?}"),
    }
}

fn place_at(location: Location, source: &Arc<SourceFile>) -> Place {
    let span = location.span();
    let as_size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    // An unknown location has line and column zero; the start of the file is then the best place to report.
    let line = as_size(location.line()).max(1);
    let column = as_size(location.column()).max(1);
    Place {
        source: Arc::clone(source),
        line,
        column,
        offset: span
            .byte_offset()
            .map_or_else(|| offset_of(&source.text, line, column), as_size),
        length: span.byte_len().map_or(0, as_size),
    }
}

/// Finds a line and column in a text: the parser's own errors have no offset in bytes.
fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let mut start = 0;
    for (index, content) in text.split_inclusive('\n').enumerate() {
        if index + 1 == line {
            let before = content.chars().take(column - 1).map(char::len_utf8);
            return start + before.sum::<usize>();
        }
        start += content.len();
    }
    text.len()
}

impl RawNode {
    /// Adds the file to a value, and drops all but the first of duplicate keys.
    fn place(self, source: &Arc<SourceFile>, errors: &mut Vec<ManifestError>) -> Node {
        let place = place_at(self.0.defined, source);
        let value = match self.0.value {
            RawValue::Null => Value::Null,
            RawValue::Bool(value) => Value::Bool(value),
            RawValue::Integer(value) => Value::Integer(value),
            RawValue::Float(value) => Value::Float(value),
            RawValue::Text(value) => Value::Text(value),
            RawValue::List(items) => Value::List(
                items
                    .into_iter()
                    .enumerate()
                    .map(|(index, item)| Item {
                        index,
                        node: item.place(source, errors),
                    })
                    .collect(),
            ),
            RawValue::Map(raw) => {
                let mut entries: Vec<Entry> = Vec::with_capacity(raw.len());
                let mut first: HashMap<String, Place> = HashMap::with_capacity(raw.len());
                for (key, node) in raw {
                    let entry = Entry {
                        key_place: place_at(key.defined, source),
                        key: key.value,
                        node: node.place(source, errors),
                    };
                    if let Some(earlier) = first.get(&entry.key) {
                        errors.push(duplicate(&entry, earlier));
                    } else {
                        first.insert(entry.key.clone(), entry.key_place.clone());
                        entries.push(entry);
                    }
                }
                Value::Map(entries)
            }
        };
        Node { place, value }
    }
}

fn duplicate(entry: &Entry, earlier: &Place) -> ManifestError {
    let position = earlier.position();
    ManifestError::new(
        Code::DuplicateKey,
        format!("`{}` is already given in line {}", entry.key, position.line),
    )
    .at(&entry.key_place)
    .earlier(earlier)
    .hint("remove one of the two")
}
