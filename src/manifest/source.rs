//! Where something was written: the manifest files and places in them.

use std::fmt;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

/// One manifest file: its path from the project root, and its text for excerpts.
///
/// Environment values are masked in the text, so that an excerpt never shows one.
pub(super) struct SourceFile {
    pub(super) path: Utf8PathBuf,
    pub(super) text: String,
}

impl SourceFile {
    pub(super) fn new(path: &Utf8Path, text: &str) -> Self {
        let mut shown = String::with_capacity(text.len());
        for character in text.chars() {
            match character {
                // An escape sequence in an excerpt would reach the terminal; as many bytes keep the places true.
                '\n' | '\r' | '\t' => shown.push(character),
                _ if character.is_control() => {
                    shown.extend(std::iter::repeat_n('?', character.len_utf8()));
                }
                _ => shown.push(character),
            }
        }
        Self {
            path: path.to_owned(),
            text: shown,
        }
    }
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The text stays out: what could not be parsed could not be masked.
        formatter
            .debug_tuple("SourceFile")
            .field(&self.path)
            .finish()
    }
}

/// A stretch of text in a manifest file.
#[derive(Debug, Clone)]
pub struct Place {
    pub(super) source: Arc<SourceFile>,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) offset: usize,
    pub(super) length: usize,
}

impl Place {
    /// Returns the file, line and column at which the stretch starts.
    pub fn position(&self) -> Position {
        Position {
            file: self.source.path.clone(),
            line: self.line,
            column: self.column,
        }
    }

    /// Returns the folder of the file, from the project root.
    pub(super) fn folder(&self) -> &Utf8Path {
        self.source.path.parent().unwrap_or(Utf8Path::new(""))
    }

    pub(super) fn is_in_same_file(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.source, &other.source)
    }
}

/// A point in a manifest file; lines and columns count from one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The file, from the project root.
    pub file: Utf8PathBuf,
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}", self.file, self.line, self.column)
    }
}
