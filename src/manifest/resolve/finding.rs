//! How the rules for an agent report mistakes and check its files.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::{Bound, RangeBounds};

use camino::Utf8Path;

use crate::code::Code;
use crate::manifest::agent::{FileSource, LocalPath};
use crate::manifest::decode::Document;
use crate::manifest::error::ManifestError;
use crate::manifest::local::{self, FileRule, Wanted, Written};
use crate::manifest::node::{Path, Value};
use crate::manifest::source::Place;
use crate::manifest::text::FileReference;

/// The rules for one agent, and the mistakes that they find.
pub(super) struct Resolver<'a> {
    pub(super) root: &'a Utf8Path,
    pub(super) files: FileRule,
    pub(super) document: &'a Document,
    pub(super) errors: &'a mut Vec<ManifestError>,
}

/// Returns the path of a key of the agent's spec.
pub(super) fn spec(dotted: &str) -> Path {
    Path::of(&format!("spec.{dotted}"))
}

impl Resolver<'_> {
    pub(super) fn report(&mut self, error: ManifestError) {
        self.errors.push(error);
    }

    pub(super) fn key_place(&self, dotted: &str) -> &Place {
        self.document.node.key_place_of(&spec(dotted))
    }

    /// Returns whether a key has a value. An empty key removes a default.
    pub(super) fn is_written(&self, path: &Path) -> bool {
        let found = self.document.node.find(path);
        found.is_some_and(|node| !matches!(node.value, Value::Null))
    }

    /// Reports a required key that is missing, unless it was given and was refused already.
    pub(super) fn missing(&mut self, dotted: &str, hint: &str) {
        self.missing_at(&spec(dotted), hint);
    }

    pub(super) fn missing_at(&mut self, path: &Path, hint: &str) {
        if self.document.has_pruned(path) {
            return;
        }
        let mut error = ManifestError::new(Code::MissingKey, format!("`{path}` is missing"))
            .at(self.document.node.key_place_of(path));
        if !hint.is_empty() {
            error = error.hint(hint);
        }
        self.report(error);
    }

    pub(super) fn illegal(&mut self, path: &Path, rule: impl Display) {
        let error = ManifestError::new(Code::IllegalValue, format!("`{path}` {rule}"))
            .at(self.document.node.place_of(path));
        self.report(error);
    }

    /// Returns the text that messages show for a value: its references, if it has any.
    pub(super) fn shown(&self, path: &Path, value: &impl Display) -> String {
        let written = self.document.node.written(path);
        written.map_or_else(|| value.to_string(), str::to_owned)
    }

    /// Reports a given list that is too short or too long or names something twice.
    pub(super) fn list<T: Ord + Display>(
        &mut self,
        dotted: &str,
        items: &[T],
        length: impl RangeBounds<usize>,
    ) {
        let path = spec(dotted);
        let count = items.len();
        if !length.contains(&count) && self.is_written(&path) && !self.document.has_pruned(&path) {
            match length.end_bound() {
                Bound::Included(most) if count > *most => {
                    self.illegal(&path, format!("must name {most} at most, not {count}"));
                }
                _ => self.illegal(&path, "must name at least one"),
            }
        }
        let mut seen = BTreeSet::new();
        for (index, item) in items.iter().enumerate() {
            if !seen.insert(item) {
                let path = self.document.item(&path, index);
                let item = self.shown(&path, item);
                self.illegal(&path, format!("names `{item}` again"));
            }
        }
    }

    pub(super) fn file(
        &mut self,
        path: &Path,
        reference: &FileReference,
        wanted: Wanted,
    ) -> Option<FileSource> {
        match reference {
            FileReference::S3(location) => Some(FileSource::S3(location.clone())),
            FileReference::Path(written) => {
                self.local(path, written, wanted).map(FileSource::Local)
            }
        }
    }

    pub(super) fn local(
        &mut self,
        path: &Path,
        written: &str,
        wanted: Wanted,
    ) -> Option<LocalPath> {
        // A path in the project's defaults is relative to the file with the project.
        let place = self.document.node.place_of(path);
        let written = Written {
            path: written,
            shown: self.document.node.written(path).unwrap_or(written),
        };
        match local::resolve(self.root, self.files, place.folder(), written, wanted) {
            Ok(found) => Some(found),
            Err(error) => {
                let error = error.at(place);
                self.report(error);
                None
            }
        }
    }

    pub(super) fn conflict(&mut self, first: &Path, second: &Path) {
        let node = &self.document.node;
        let earlier = node.key_place_of(first);
        let error = ManifestError::new(
            Code::ConflictingKeys,
            format!(
                "`{second}` cannot be used together with `{first}` ({})",
                earlier.position()
            ),
        )
        .at(node.key_place_of(second))
        .earlier(earlier)
        .hint("keep one of the two");
        self.report(error);
    }
}
