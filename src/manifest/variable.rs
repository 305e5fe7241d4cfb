//! References in manifests: `${env:NAME}` is a variable of the process, `${var:NAME}` one of the command line.
//!
//! They are replaced after parsing, so their values can never become structure. `$${` is the escape for `${`.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;

use super::decode::Document;
use super::error::ManifestError;
use super::load::MAX_FILE_BYTES;
use super::node::{Filled, Node, Path, Value};
use super::quote::is_variable_name;
use super::spelling::did_you_mean;
use crate::code::Code;

/// Where references are replaced. Names and versions must read the same for everybody.
const HOLDERS: [&str; 2] = ["spec", "metadata.labels"];
/// The escape for an opening that is no reference.
const ESCAPED: &str = "$${";

/// The values of references.
///
/// The values can be secret, so debug output does not show them.
#[derive(Clone, Default)]
pub struct Variables {
    given: BTreeMap<String, String>,
    environment: BTreeMap<OsString, OsString>,
}

impl Variables {
    /// Takes the variables of the command line and of the process's environment.
    pub fn new(
        given: impl IntoIterator<Item = (String, String)>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Self {
        Self {
            given: given.into_iter().collect(),
            environment: environment.into_iter().collect(),
        }
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Variables")
            .field("given", &self.given.keys())
            .finish_non_exhaustive()
    }
}

/// Replaces every reference of a document. Reports references that cannot be replaced, and removes their values.
pub(super) fn fill(
    document: &mut Document,
    variables: &Variables,
    errors: &mut Vec<ManifestError>,
) {
    let mut filler = Filler {
        variables,
        room: usize::try_from(MAX_FILE_BYTES).unwrap_or(usize::MAX),
        refused: Vec::new(),
        errors,
    };
    for holder in HOLDERS {
        let path = Path::of(holder);
        if let Some(node) = document.node.find_mut(&path) {
            filler.node(node, &path);
        }
    }
    for path in filler.refused {
        document.prune(path);
    }
}

struct Filler<'a> {
    variables: &'a Variables,
    /// How many bytes the document can still grow by: one large variable can be named many times.
    room: usize,
    refused: Vec<Path>,
    errors: &'a mut Vec<ManifestError>,
}

impl Filler<'_> {
    fn node(&mut self, node: &mut Node, path: &Path) {
        match &mut node.value {
            Value::Map(entries) => {
                for entry in entries {
                    self.node(&mut entry.node, &path.key(&entry.key));
                }
            }
            Value::List(items) => {
                for item in items {
                    self.node(&mut item.node, &path.index(item.index));
                }
            }
            Value::Text(written) => match self.text(written) {
                Ok(Some(value)) => node.value = value,
                Ok(None) => {}
                Err(refusal) => {
                    self.errors
                        .push(refusal.describe(path, self.variables).at(&node.place));
                    self.refused.push(path.clone());
                }
            },
            Value::Null
            | Value::Bool(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Filled(_) => {}
        }
    }

    /// Returns the value of a text with references; `None` if it has none.
    fn text(&mut self, written: &str) -> Result<Option<Value>, Refusal> {
        let mut text = String::new();
        let mut has_references = false;
        let mut rest = written;
        while let Some(at) = rest.find('$') {
            text.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(behind) = rest.strip_prefix(ESCAPED) {
                text.push_str("${");
                rest = behind;
            } else if let Some((source, inner)) = Source::opened_by(rest) {
                let Some((name, behind)) = inner.split_once('}') else {
                    return Err(Refusal::Open(source));
                };
                let value = self.variables.value(source, name)?;
                self.room = self.room.checked_sub(value.len()).ok_or(Refusal::Large)?;
                text.push_str(value);
                has_references = true;
                rest = behind;
            } else {
                text.push('$');
                rest = &rest[1..];
            }
        }
        text.push_str(rest);
        Ok(if has_references {
            let written = written.to_owned();
            Some(Value::Filled(Filled { text, written }))
        } else {
            (text != written).then_some(Value::Text(text))
        })
    }
}

impl Variables {
    fn value(&self, source: Source, name: &str) -> Result<&str, Refusal> {
        let named = || name.to_owned();
        if !is_variable_name(name) {
            return Err(Refusal::Name(source, named()));
        }
        match source {
            Source::Given => self.given.get(name).map(String::as_str),
            Source::Environment => match self.environment.get(OsStr::new(name)) {
                Some(value) => Some(value.to_str().ok_or_else(|| Refusal::NotText(named()))?),
                None => None,
            },
        }
        .ok_or_else(|| Refusal::Unset(source, named()))
    }
}

/// Where the value of a reference comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Environment,
    Given,
}

impl Source {
    /// Returns the source of the reference at the start of a text, and the text after its opening.
    fn opened_by(text: &str) -> Option<(Self, &str)> {
        [Self::Environment, Self::Given]
            .into_iter()
            .find_map(|source| Some((source, text.strip_prefix(source.opening())?)))
    }

    fn opening(self) -> &'static str {
        match self {
            Self::Environment => "${env:",
            Self::Given => "${var:",
        }
    }
}

/// Why a reference cannot be replaced. It contains names only, never values.
enum Refusal {
    Open(Source),
    Name(Source, String),
    Unset(Source, String),
    NotText(String),
    Large,
}

impl Refusal {
    fn describe(&self, path: &Path, variables: &Variables) -> ManifestError {
        let illegal = |message| ManifestError::new(Code::IllegalValue, message);
        match self {
            Self::Open(source) => {
                let opening = source.opening();
                illegal(format!("`{path}` does not close `{opening}` with `}}`"))
                    .hint(format!("write `${opening}` if no reference is meant"))
            }
            Self::Name(source, name) => illegal(format!(
                "`{path}` refers to `{}{name}}}`, which is no name of a variable",
                source.opening()
            ))
            .hint("a name has letters, digits and `_`, and no digit first"),
            Self::Unset(source, name) => {
                let reference = format!("{}{name}}}", source.opening());
                let hint = match source {
                    Source::Environment => format!("set the environment variable `{name}`"),
                    Source::Given => {
                        let given: Vec<&str> = variables.given.keys().map(String::as_str).collect();
                        if given.is_empty() {
                            format!("give `--var {name}=…`")
                        } else {
                            let near = did_you_mean(name, &given, "given are");
                            format!("give `--var {name}=…`; {near}")
                        }
                    }
                };
                ManifestError::new(
                    Code::UnsetVariable,
                    format!("`{path}` refers to `{reference}`, which has no value"),
                )
                .hint(hint)
            }
            Self::NotText(name) => illegal(format!(
                "`{path}` refers to `${{env:{name}}}`, which is not UTF-8 text"
            )),
            Self::Large => ManifestError::new(
                Code::ManifestTooLarge,
                format!(
                    "the values of the references in this document have more than {MAX_FILE_BYTES} bytes"
                ),
            ),
        }
    }
}
