//! The pages about error codes.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use regex::Regex;

use crate::support::TestEnvironment;

/// Returns every file below a folder of the repository with its text.
pub(crate) fn texts(folder: &str, extension: &str) -> Vec<(Utf8PathBuf, String)> {
    let mut texts = Vec::new();
    let mut folders = vec![Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir_utf8().unwrap() {
            let path = entry.unwrap().into_path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension() == Some(extension) {
                let text = fs_err::read_to_string(&path).unwrap();
                texts.push((path, text));
            }
        }
    }
    assert!(!texts.is_empty());
    texts
}

#[test]
fn every_code_that_is_used_has_a_page_and_every_page_a_code() {
    let code = Regex::new(r#""(AC\d{4})""#).unwrap();
    let sources = texts("src", "rs");
    let used: BTreeSet<&str> = sources
        .iter()
        .flat_map(|(_, text)| code.captures_iter(text))
        .map(|found| found.get(1).unwrap().as_str())
        .collect();
    let pages = texts("docs/errors", "md");
    let explained: BTreeSet<&str> = pages
        .iter()
        .map(|(path, _)| path.file_stem().unwrap())
        .collect();
    assert_eq!(used, explained);
}

#[test]
fn every_page_is_in_the_binary() {
    let environment = TestEnvironment::empty();
    let mut titles = Vec::new();
    for (path, text) in texts("docs/errors", "md") {
        let code = path.file_stem().unwrap().to_lowercase();
        let shown = environment.run(&format!("explain {code}")).exits(0);
        assert_eq!(shown.raw, text, "{path}");
        titles.push(
            text.lines()
                .next()
                .unwrap()
                .trim_start_matches("# ")
                .to_owned(),
        );
    }
    titles.sort();
    let listed = environment.run("explain").exits(0).stdout;
    assert_eq!(listed.lines().collect::<Vec<_>>(), titles);
}

#[test]
fn every_page_has_its_title_and_parts() {
    for (path, text) in texts("docs/errors", "md") {
        let code = path.file_stem().unwrap();
        assert!(text.starts_with(&format!("# {code}: ")), "{path}");
        let parts: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("## "))
            .collect();
        assert_eq!(parts, ["## Cause", "## Example", "## Fix"], "{path}");
    }
}
