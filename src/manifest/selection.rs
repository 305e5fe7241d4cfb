//! Which agents a command acts on, as the words of its command line say.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::error::ManifestError;
use super::folder::{MANIFEST_FOLDER, is_manifest};
use super::quote::shortened;
use super::source::ManifestFile;
use super::spelling::{near, quoted};
use crate::code::Code;

/// How many names or files a hint lists.
const LISTED: usize = 10;
/// How many names that are similar to a wrong one a hint lists.
const NEAR: usize = 3;

/// Which agents a command acts on: all, or those that any of some words selects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    words: Vec<Word>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    /// An agent.
    Name(String),
    /// A file or folder, relative to the working directory.
    Path(Utf8PathBuf),
    /// The agent of that name if one is declared, otherwise a file or folder.
    NameOrPath(String),
}

/// A declared agent. One with mistakes in its manifest may have no name.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) name: Option<String>,
    pub(super) file: ManifestFile,
}

impl Selection {
    /// Selects every agent of the project.
    pub fn all() -> Self {
        Self::default()
    }

    /// Selects the agent of this name.
    pub fn agent(name: impl Into<String>) -> Self {
        Self {
            words: vec![Word::Name(name.into())],
        }
    }

    /// Selects agents by their names, and by their files and folders. No words select every agent.
    ///
    /// A word with a `/` or the ending of a manifest is a path. Another word is the name of an agent if one is declared with that
    /// name, otherwise a path.
    pub fn of(words: impl IntoIterator<Item = String>) -> Self {
        let is_path = |word: &str| word.contains('/') || is_manifest(Utf8Path::new(word));
        let word = |word: String| {
            if is_path(&word) {
                Word::Path(word.into())
            } else {
                Word::NameOrPath(word)
            }
        };
        Self {
            words: words.into_iter().map(word).collect(),
        }
    }

    /// Returns the names of the selected agents. A word that selects none is an error.
    pub(super) fn choose(
        &self,
        start: &Utf8Path,
        candidates: &[Candidate],
        errors: &mut Vec<ManifestError>,
    ) -> BTreeSet<String> {
        if self.words.is_empty() {
            return names(candidates).map(str::to_owned).collect();
        }
        let mut chosen = BTreeSet::new();
        for word in &self.words {
            match word.choose(start, candidates) {
                Ok(names) => chosen.extend(names.into_iter().map(str::to_owned)),
                Err(error) => errors.push(error),
            }
        }
        chosen
    }
}

impl Word {
    fn choose<'a>(
        &self,
        start: &Utf8Path,
        candidates: &'a [Candidate],
    ) -> Result<Vec<&'a str>, ManifestError> {
        match self {
            Self::Name(name) => {
                let found = named(name, candidates);
                found.ok_or_else(|| {
                    let message = format!("no agent is called `{}`", shortened(name));
                    nothing(message, names_hint(name, candidates))
                })
            }
            Self::Path(path) => {
                let found = below(path, start, candidates);
                found.ok_or_else(|| no_agent_in(path, candidates))
            }
            Self::NameOrPath(word) => {
                let path = Utf8Path::new(word);
                let found = named(word, candidates).or_else(|| below(path, start, candidates));
                found.ok_or_else(|| {
                    if start.join(path).exists() {
                        return no_agent_in(path, candidates);
                    }
                    let message = format!("`{}` is neither an agent nor a path", shortened(word));
                    nothing(message, names_hint(word, candidates))
                })
            }
        }
    }
}

fn names(candidates: &[Candidate]) -> impl Iterator<Item = &str> {
    candidates
        .iter()
        .filter_map(|candidate| candidate.name.as_deref())
}

fn named<'a>(name: &str, candidates: &'a [Candidate]) -> Option<Vec<&'a str>> {
    let found = names(candidates).find(|candidate| *candidate == name)?;
    Some(vec![found])
}

/// Returns the agents in a file or below a folder; `None` if it has none or does not exist.
fn below<'a>(
    path: &Utf8Path,
    start: &Utf8Path,
    candidates: &'a [Candidate],
) -> Option<Vec<&'a str>> {
    let path = start.join(path).canonicalize_utf8().ok()?;
    let mut found = candidates
        .iter()
        .filter(|candidate| candidate.file.canonical.starts_with(&path))
        .peekable();
    found.peek()?;
    Some(
        found
            .filter_map(|candidate| candidate.name.as_deref())
            .collect(),
    )
}

fn nothing(message: String, hint: String) -> ManifestError {
    ManifestError::new(Code::UnknownAgent, message).hint(hint)
}

fn no_agent_in(path: &Utf8Path, candidates: &[Candidate]) -> ManifestError {
    let files: BTreeSet<&str> = candidates
        .iter()
        .map(|candidate| candidate.file.path.as_str())
        .collect();
    let files: Vec<&str> = files.into_iter().collect();
    let hint = if files.is_empty() {
        no_agents()
    } else {
        format!("there are agents in {}", listed(&files))
    };
    nothing(format!("no agent in `{path}`"), hint)
}

/// Lists the names that are near a wrong one, and the declared ones if they are few or none is near.
fn names_hint(name: &str, candidates: &[Candidate]) -> String {
    let names: BTreeSet<&str> = names(candidates).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let near = near(name, &names, NEAR);
    let question = match near.as_slice() {
        [] => None,
        [one] => Some(format!("did you mean `{one}`?")),
        [others @ .., last] => Some(format!("did you mean {} or `{last}`?", quoted(others))),
    };
    match question {
        None if names.is_empty() => no_agents(),
        None => format!("declared agents: {}", listed(&names)),
        Some(question) if names.len() > LISTED || names.len() == near.len() => question,
        Some(question) => format!("{question} declared agents: {}", listed(&names)),
    }
}

fn no_agents() -> String {
    format!("no agents are declared in `{MANIFEST_FOLDER}`")
}

/// Puts words between backticks: all if they are few, otherwise the first and how many more there are.
fn listed(words: &[&str]) -> String {
    match words.len().checked_sub(LISTED) {
        Some(more @ 1..) => format!("{}, {more} more", quoted(&words[..LISTED])),
        Some(0) | None => quoted(words),
    }
}
