//! Turns trees into types, and finds every mistake.
//!
//! Serde stops at the first mistake. So each mistake that is found is removed from the tree, and the tree is read again until it has none.
//! Removed values are remembered, and never reported as missing afterwards.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use super::error::ManifestError;
use super::node::{Entry, Filled, Item, Node, Path, Step, Value};
use super::quote::shortened;
use super::source::Place;
use super::spelling::{did_you_mean, quoted};
use crate::code::Code;

/// A document between tree and type.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub(super) node: Node,
    /// The values that were removed from the tree because they were wrong.
    pub(super) pruned: Vec<Path>,
}

// Each further mistake takes as long as the whole document; past this many, the rest can wait for the next run.
const MAX_MISTAKES: usize = 100;

impl Document {
    pub(super) fn new(node: Node) -> Self {
        Self {
            node,
            pruned: Vec::new(),
        }
    }

    /// Removes a value from the tree, so that no further mistake of it is reported.
    pub(super) fn prune(&mut self, path: Path) {
        self.node.remove(&path);
        self.pruned.push(path);
    }

    /// Returns whether a mistake at, below or above the path was already reported.
    pub(super) fn has_pruned(&self, path: &Path) -> bool {
        self.pruned
            .iter()
            .any(|pruned| pruned.is_within(path) || path.is_within(pruned))
    }

    /// Returns the path of an item of a list by its index in the list that was read, which has no removed items.
    pub(super) fn item(&self, list: &Path, read: usize) -> Path {
        let items = self.node.find(list).map_or(&[][..], Node::items);
        list.index(items.get(read).map_or(read, |item| item.index))
    }

    /// Reads the tree into a type. Reports and removes whatever does not fit.
    ///
    /// Returns `None` if the rest is without something that the type needs.
    pub(super) fn decode<T: DeserializeOwned>(
        &mut self,
        errors: &mut Vec<ManifestError>,
    ) -> Option<T> {
        for _ in 0..MAX_MISTAKES {
            let flaw = match T::deserialize(NodeDeserializer { node: &self.node }) {
                Ok(value) => return Some(value),
                Err(flaw) => flaw,
            };
            let path = flaw.path();
            let is_consequence = match &flaw.kind {
                FlawKind::Missing(field) => self.has_pruned(&path.key(field)),
                // A list is empty here if all its items were removed. That is not the user's mistake.
                FlawKind::Illegal(_) => self.has_pruned(&path),
                _ => false,
            };
            if !is_consequence {
                errors.push(self.report::<T>(&flaw, &path));
            }
            if path.0.is_empty() {
                return None;
            }
            self.prune(path);
        }
        errors.push(
            ManifestError::new(
                Code::ManifestTooLarge,
                format!(
                    "more than {MAX_MISTAKES} mistakes in this document; the rest is not shown"
                ),
            )
            .at(&self.node.place),
        );
        None
    }

    fn report<T: DeserializeOwned>(&self, flaw: &Flaw, path: &Path) -> ManifestError {
        if let Some(written) = self.node.written(path) {
            let place = self.node.place_of(path);
            return self.refuse_filled::<T>(path, written).at(place);
        }
        let place = match (&flaw.kind, &flaw.place) {
            (FlawKind::Missing(field), _) => self.node.key_place_of(&path.key(field)),
            (_, Some(place)) => place,
            (_, None) => self.node.place_of(path),
        };
        flaw.kind.describe(path).at(place)
    }

    /// Reports a mistake in the value of references without showing the value: it describes the mistake of the references' own text.
    fn refuse_filled<T: DeserializeOwned>(&self, path: &Path, written: &str) -> ManifestError {
        let mut shown = self.node.clone();
        if let Some(node) = shown.find_mut(path) {
            node.value = Value::Text(written.to_owned());
        }
        match T::deserialize(NodeDeserializer { node: &shown }) {
            Err(flaw) if flaw.path() == *path => flaw.kind.describe(path),
            // The references' own text is valid, for example because it is shorter.
            Ok(_) | Err(_) => ManifestError::new(
                Code::IllegalValue,
                format!("`{path}` cannot have the value of `{written}`"),
            ),
        }
    }
}

/// Why a value does not fit its type, and its path (innermost step first).
#[derive(Debug)]
struct Flaw {
    kind: FlawKind,
    steps: Vec<Step>,
    place: Option<Place>,
}

#[derive(Debug)]
enum FlawKind {
    UnknownKey {
        key: String,
        known: &'static [&'static str],
    },
    UnknownChoice {
        choice: String,
        known: &'static [&'static str],
    },
    Missing(&'static str),
    Type {
        found: String,
        expected: String,
    },
    Illegal(String),
}

impl FlawKind {
    fn describe(&self, path: &Path) -> ManifestError {
        match self {
            Self::UnknownKey { key, known } => {
                let error = ManifestError::new(Code::UnknownKey, format!("unknown key `{path}`"));
                error.hint(did_you_mean(key, known, "the keys here are"))
            }
            Self::UnknownChoice { choice, known } => ManifestError::new(
                Code::IllegalValue,
                format!("`{path}` cannot be `{}`", shortened(choice)),
            )
            .hint(did_you_mean(choice, known, "it can be")),
            Self::Missing(field) => ManifestError::new(
                Code::MissingKey,
                format!("`{}` is missing", path.key(field)),
            ),
            Self::Type { found, expected } => {
                let error = ManifestError::new(
                    Code::WrongType,
                    format!("{} must be {expected}, not {found}", subject(path)),
                );
                if expected == TEXT && found.ends_with("number") || found == BOOLEAN {
                    error.hint("put it in quotes")
                } else {
                    error
                }
            }
            Self::Illegal(rule) => {
                ManifestError::new(Code::IllegalValue, format!("{} {rule}", subject(path)))
            }
        }
    }
}

fn subject(path: &Path) -> String {
    if path.0.is_empty() {
        "a manifest".to_owned()
    } else {
        format!("`{path}`")
    }
}

const TEXT: &str = "text";
const BOOLEAN: &str = "true or false";

fn in_words(expected: &dyn Expected) -> String {
    let words = expected.to_string();
    // Serde names the expected types by Rust's types; these are the ones that the manifest's types use.
    match words.as_str() {
        "a string" => TEXT.to_owned(),
        "a boolean" => BOOLEAN.to_owned(),
        "a sequence" => "a list".to_owned(),
        _ => words,
    }
}

fn found_in_words(found: &Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => BOOLEAN,
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
        Unexpected::Unit | Unexpected::Option => "empty",
        Unexpected::Seq => "a list",
        Unexpected::Map => "a map",
        _ => TEXT,
    }
}

impl Flaw {
    fn new(kind: FlawKind) -> Self {
        Self {
            kind,
            steps: Vec::new(),
            place: None,
        }
    }

    fn path(&self) -> Path {
        Path(self.steps.iter().rev().cloned().collect())
    }

    /// Adds a step on the way up. The innermost place is kept.
    fn below(mut self, step: Step, place: &Place) -> Self {
        self.steps.push(step);
        self.place.get_or_insert_with(|| place.clone());
        self
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.kind, formatter)
    }
}

impl std::error::Error for Flaw {}

impl de::Error for Flaw {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(FlawKind::Illegal(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(FlawKind::Type {
            found: found_in_words(&found).to_owned(),
            expected: in_words(expected),
        })
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        Self::new(FlawKind::UnknownChoice {
            choice: variant.to_owned(),
            known,
        })
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        Self::new(FlawKind::UnknownKey {
            key: field.to_owned(),
            known,
        })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(FlawKind::Missing(field))
    }
}

struct NodeDeserializer<'a> {
    node: &'a Node,
}

impl<'de> de::Deserializer<'de> for NodeDeserializer<'_> {
    type Error = Flaw;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Flaw> {
        match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Integer(value) => match (u64::try_from(*value), i64::try_from(*value)) {
                (Ok(value), _) => visitor.visit_u64(value),
                (_, Ok(value)) => visitor.visit_i64(value),
                _ => visitor.visit_i128(*value),
            },
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Text(text) | Value::Filled(Filled { text, .. }) => visitor.visit_str(text),
            Value::List(items) => visitor.visit_seq(Items {
                items: items.iter(),
            }),
            Value::Map(entries) => visitor.visit_map(Entries {
                rest: entries.iter(),
                optional: &[],
                entry: None,
            }),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Flaw> {
        match &self.node.value {
            Value::Map(entries) => visitor.visit_map(Entries {
                rest: entries.iter(),
                optional: fields,
                entry: None,
            }),
            // Serde would read a list as the values of the fields in their order.
            other => Err(Flaw::new(FlawKind::Type {
                found: other.kind().to_owned(),
                expected: "a map".to_owned(),
            })),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Flaw> {
        match &self.node.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Flaw> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Flaw> {
        match &self.node.value {
            Value::Text(text) | Value::Filled(Filled { text, .. }) => {
                visitor.visit_enum(IntoDeserializer::<Flaw>::into_deserializer(text.as_str()))
            }
            other => Err(Flaw::new(FlawKind::Type {
                found: other.kind().to_owned(),
                expected: match variants {
                    [only] => format!("`{only}`"),
                    several => format!("one of {}", quoted(several)),
                },
            })),
        }
    }

    // A reference can only be written as text, whatever its value.
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Flaw> {
        match self.node.as_filled() {
            Some("true") => visitor.visit_bool(true),
            Some("false") => visitor.visit_bool(false),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Flaw> {
        // `parse` alone would accept a leading `+`, and would drop an account's leading zeros.
        let is_plain = |text: &&str| !text.starts_with(['+', '0']);
        match self.node.as_filled().filter(is_plain).map(str::parse) {
            Some(Ok(number)) => visitor.visit_u64(number),
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

impl Value {
    fn kind(&self) -> &'static str {
        match self {
            Self::Null => "empty",
            Self::Bool(_) => BOOLEAN,
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Text(_) | Self::Filled(_) => TEXT,
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

struct Items<'a> {
    items: std::slice::Iter<'a, Item>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Flaw;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Flaw> {
        let Some(Item { index, node }) = self.items.next() else {
            return Ok(None);
        };
        seed.deserialize(NodeDeserializer { node })
            .map(Some)
            .map_err(|flaw| flaw.below(Step::Index(*index), &node.place))
    }
}

struct Entries<'a> {
    rest: std::slice::Iter<'a, Entry>,
    /// The keys that are skipped if they are empty, so that an empty key has the default of its type.
    optional: &'static [&'static str],
    entry: Option<&'a Entry>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Flaw;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Flaw> {
        let left_out = |entry: &&Entry| {
            matches!(entry.node.value, Value::Null) && self.optional.contains(&entry.key.as_str())
        };
        let Some(entry) = self.rest.find(|entry| !left_out(entry)) else {
            return Ok(None);
        };
        self.entry = Some(entry);
        seed.deserialize(StrDeserializer::new(&entry.key))
            .map(Some)
            .map_err(|flaw: Flaw| flaw.below(Step::Key(entry.key.clone()), &entry.key_place))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Flaw> {
        let entry = self
            .entry
            .take()
            .expect("serde asks for a value only after its key");
        seed.deserialize(NodeDeserializer { node: &entry.node })
            .map_err(|flaw| flaw.below(Step::Key(entry.key.clone()), &entry.node.place))
    }
}
