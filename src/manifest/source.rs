//! The manifest files, and places in them.

use std::fmt;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

/// One manifest file on disk.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ManifestFile {
    /// The path from the project root.
    pub(super) path: Utf8PathBuf,
    /// The path with symbolic links followed.
    pub(super) canonical: Utf8PathBuf,
}

/// One manifest file: its path from the project root, and its text for excerpts.
///
/// Values of environment variables are masked in the text, so that an excerpt never shows one.
pub(super) struct SourceFile {
    pub(super) path: Utf8PathBuf,
    pub(super) text: String,
}

impl SourceFile {
    pub(super) fn new(path: &Utf8Path, text: &str) -> Self {
        let mut shown = String::with_capacity(text.len());
        for character in text.chars() {
            match character {
                // An escape sequence in an excerpt would reach the terminal. The replacement has as many bytes, so that places stay right.
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

    /// Returns whether there is a tab before the text of a line; lines count from one.
    pub(super) fn is_indented_with_tab(&self, line: usize) -> bool {
        let line = self.text.lines().nth(line.saturating_sub(1));
        let indentation = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
        line.is_some_and(|line| line[..indentation(line)].contains('\t'))
    }
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the text: if it could not be parsed, it could not be masked.
        formatter
            .debug_tuple("SourceFile")
            .field(&self.path)
            .finish()
    }
}

/// A range of text in a manifest file.
#[derive(Debug, Clone)]
pub struct Place {
    pub(super) source: Arc<SourceFile>,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) offset: usize,
    pub(super) length: usize,
}

impl Place {
    /// Returns the file, line and column of the start of the range.
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

/// A position in a manifest file; lines and columns count from one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The file, from the project root.
    pub file: Utf8PathBuf,
    /// The line.
    pub line: usize,
    /// In characters.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}", self.file, self.line, self.column)
    }
}
