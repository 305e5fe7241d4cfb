//! A parsed document as a tree in which every key and value has its place in the file.
//!
//! Defaults are merged into the tree. It is kept besides the typed form as the table of places.

use std::fmt;

use super::quote::without_value;
use super::source::Place;

/// A value and its place.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
}

/// The values of YAML and JSON.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    Filled(Filled),
    List(Vec<Item>),
    Map(Vec<Entry>),
}

/// A text whose references were replaced. `Debug` shows only the original.
#[derive(Clone)]
pub(super) struct Filled {
    /// The text with the values of the references.
    pub(super) text: String,
    /// The original, for messages: the values can be secret.
    pub(super) written: String,
}

impl fmt::Debug for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filled")
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}

/// One item of a list. It keeps its index when items before it are removed.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) index: usize,
    pub(super) node: Node,
}

/// One key of a map with its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_place: Place,
    pub(super) node: Node,
}

/// One step down the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// The path from the root of a document to a value, written `spec.lambda.layers[0]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Path(pub(super) Vec<Step>);

impl Path {
    pub(super) fn key(&self, key: &str) -> Self {
        self.with(Step::Key(key.to_owned()))
    }

    pub(super) fn index(&self, index: usize) -> Self {
        self.with(Step::Index(index))
    }

    fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// Returns a path of keys: `Path::of("lambda.timeout")`.
    pub(super) fn of(dotted: &str) -> Self {
        Self(
            dotted
                .split('.')
                .map(|key| Step::Key(key.to_owned()))
                .collect(),
        )
    }

    pub(super) fn is_within(&self, outer: &Self) -> bool {
        self.0.starts_with(&outer.0)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if position == 0 => formatter.write_str(&without_value(key))?,
                Step::Key(key) => write!(formatter, ".{}", without_value(key))?,
                Step::Index(index) => write!(formatter, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl Node {
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(super) fn items(&self) -> &[Item] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Filled(Filled { text, .. }) => Some(text),
            _ => None,
        }
    }

    /// Returns the text if it had references.
    pub(super) fn as_filled(&self) -> Option<&str> {
        match &self.value {
            Value::Filled(filled) => Some(&filled.text),
            _ => None,
        }
    }

    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.node)
    }

    fn child(&self, step: &Step) -> Option<&Self> {
        match step {
            Step::Key(key) => self.get(key),
            Step::Index(index) => {
                let item = self.items().iter().find(|item| item.index == *index);
                item.map(|item| &item.node)
            }
        }
    }

    fn child_mut(&mut self, step: &Step) -> Option<&mut Self> {
        match (step, &mut self.value) {
            (Step::Key(key), Value::Map(entries)) => entries
                .iter_mut()
                .find(|entry| entry.key == *key)
                .map(|entry| &mut entry.node),
            (Step::Index(index), Value::List(items)) => items
                .iter_mut()
                .find(|item| item.index == *index)
                .map(|item| &mut item.node),
            _ => None,
        }
    }

    pub(super) fn find(&self, path: &Path) -> Option<&Self> {
        path.0.iter().try_fold(self, |node, step| node.child(step))
    }

    pub(super) fn find_mut(&mut self, path: &Path) -> Option<&mut Self> {
        path.0
            .iter()
            .try_fold(self, |node, step| node.child_mut(step))
    }

    /// Returns the original text at the path if it had references.
    pub(super) fn written(&self, path: &Path) -> Option<&str> {
        match &self.find(path)?.value {
            Value::Filled(filled) => Some(&filled.written),
            _ => None,
        }
    }

    /// Returns the place of the value at the path, or of the innermost value around it that exists.
    pub(super) fn place_of(&self, path: &Path) -> &Place {
        let mut node = self;
        for step in &path.0 {
            match node.child(step) {
                Some(child) => node = child,
                None => break,
            }
        }
        &node.place
    }

    /// Returns the place of the key at the path, or of the innermost key around it that exists.
    pub(super) fn key_place_of(&self, path: &Path) -> &Place {
        let mut node = self;
        let mut place = &self.place;
        for step in &path.0 {
            let Some(child) = node.child(step) else { break };
            place = match step {
                Step::Key(key) => node
                    .entry(key)
                    .map_or(&child.place, |entry| &entry.key_place),
                Step::Index(_) => &child.place,
            };
            node = child;
        }
        place
    }

    /// Removes the value at the path from the tree.
    pub(super) fn remove(&mut self, path: &Path) {
        let Some((last, way)) = path.0.split_last() else {
            return;
        };
        let parent = self.find_mut(&Path(way.to_vec()));
        match (last, parent.map(|parent| &mut parent.value)) {
            (Step::Key(key), Some(Value::Map(entries))) => {
                entries.retain(|entry| entry.key != *key);
            }
            (Step::Index(index), Some(Value::List(items))) => {
                items.retain(|item| item.index != *index);
            }
            _ => {}
        }
    }

    /// Merges one tree over another: maps merge, everything else replaces.
    pub(super) fn merged_over(self, base: &Self) -> Self {
        let (Value::Map(over), Value::Map(under)) = (&self.value, &base.value) else {
            return self;
        };
        let mut entries: Vec<Entry> = over
            .iter()
            .map(|entry| match base.get(&entry.key) {
                Some(node) => Entry {
                    node: entry.node.clone().merged_over(node),
                    ..entry.clone()
                },
                None => entry.clone(),
            })
            .collect();
        entries.extend(
            under
                .iter()
                .filter(|entry| self.entry(&entry.key).is_none())
                .cloned(),
        );
        Self {
            place: self.place.clone(),
            value: Value::Map(entries),
        }
    }
}
