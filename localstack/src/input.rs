//! The input of a request, taken apart, every part of which notes whether it was read.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use bytes::Bytes;

/// The parts of a request in which a protocol carries input.
#[derive(Debug, Default)]
pub(crate) struct Input {
    /// Labels of a REST path, decoded.
    pub(crate) path: BTreeMap<&'static str, String>,
    /// Form parameters of awsQuery, else the URL's query.
    pub(crate) fields: Pairs,
    /// Headers that carry input.
    pub(crate) headers: Pairs,
    /// The type of the body, which only S3 keeps; for the others it belongs to the protocol.
    pub(crate) content_type: Option<String>,
    pub(crate) body: Body,
}

/// Names and values, of which a name may come more than once.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    pairs: Vec<(String, String)>,
    read: RefCell<Vec<bool>>,
}

/// The body, unless it is a form.
#[derive(Debug, Default)]
pub(crate) struct Body {
    bytes: Bytes,
    was_read: Cell<bool>,
}

impl Pairs {
    pub(crate) fn new(pairs: Vec<(String, String)>) -> Self {
        Self {
            read: RefCell::new(vec![false; pairs.len()]),
            pairs,
        }
    }

    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let mut read = self.read.borrow_mut();
        let mut values = Vec::new();
        for ((key, value), read) in self.pairs.iter().zip(read.iter_mut()) {
            if key == name {
                *read = true;
                values.push(value.as_str());
            }
        }
        values
    }

    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        self.all(name).first().copied()
    }

    /// Looks at the first value of a name, without reading it.
    pub(crate) fn peek(&self, name: &str) -> Option<&str> {
        let mut pairs = self.pairs.iter();
        let (_, value) = pairs.find(|(key, _)| key == name)?;
        Some(value)
    }

    /// Returns whether a name is there, without reading it.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.pairs.iter().any(|(key, _)| key == name)
    }

    /// Gives the names and values of all with a prefix, without the prefix.
    pub(crate) fn with_prefix(&self, prefix: &str) -> Vec<(&str, &str)> {
        let mut found = Vec::new();
        for (name, value) in &self.pairs {
            if let Some(rest) = name.strip_prefix(prefix) {
                let _read = self.all(name);
                found.push((rest, value.as_str()));
            }
        }
        found
    }

    /// Leaves out the pairs with certain names.
    pub(crate) fn without(self, excluded: impl Fn(&str) -> bool) -> Self {
        Self::new(
            self.pairs
                .into_iter()
                .filter(|(key, _)| !excluded(key))
                .collect(),
        )
    }

    pub(crate) fn has_prefix(&self, prefix: &str) -> bool {
        self.pairs.iter().any(|(key, _)| {
            key.strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    fn unread(&self) -> Option<&str> {
        let read = self.read.borrow();
        self.pairs
            .iter()
            .zip(read.iter())
            .find(|(_, read)| !**read)
            .map(|((key, _), _)| key.as_str())
    }
}

impl Body {
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self {
            bytes,
            was_read: Cell::new(false),
        }
    }

    pub(crate) fn read(&self) -> &Bytes {
        self.was_read.set(true);
        &self.bytes
    }
}

impl Input {
    /// Names a part of the input that no handler read.
    pub(crate) fn unread(&self) -> Option<&str> {
        let body_left =
            !self.body.was_read.get() && !self.body.bytes.is_empty() && self.body.bytes != "{}";
        self.fields
            .unread()
            .or_else(|| self.headers.unread())
            .or_else(|| body_left.then_some("body"))
    }
}
