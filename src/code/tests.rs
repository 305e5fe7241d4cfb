use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use regex::Regex;

use super::*;

fn folder(name: &str) -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Returns the sources that use codes, without tests: the texts of all files below `src` but this module's.
fn sources() -> Vec<(Utf8PathBuf, String)> {
    let mut sources = Vec::new();
    let mut folders = vec![folder("src")];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir_utf8().unwrap() {
            let path = entry.unwrap().into_path();
            let name = path.file_name().unwrap();
            if ["tests", "tests.rs", "code.rs"].contains(&name) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension() == Some("rs") {
                let text = fs_err::read_to_string(&path).unwrap();
                let (text, _) = text
                    .split_once("\n#[cfg(test)]\nmod tests {")
                    .unwrap_or((&text, ""));
                sources.push((path, text.to_owned()));
            }
        }
    }
    sources
}

/// Whether a text has a name that does not go on.
fn has_name(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(index, _)| {
        let next = text[index + name.len()..].chars().next();
        !next.is_some_and(char::is_alphanumeric)
    })
}

#[test]
fn the_numbers_are_distinct_and_in_order() {
    let numbers: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    for number in numbers {
        let digits = number.strip_prefix("AC").unwrap();
        assert!(
            digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()),
            "{number}"
        );
    }
}

#[test]
fn every_page_has_a_code_and_its_title_and_parts() {
    let pages: BTreeSet<String> = folder("docs/errors")
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_owned())
        .collect();
    // That every code has a page is shown by the compiler, which takes the pages in.
    assert_eq!(pages, Code::ALL.iter().map(Code::to_string).collect());
    for code in Code::ALL {
        assert!(code.title().starts_with(&format!("{code}: ")), "{code}");
        let lines = code.page().lines();
        let parts: Vec<&str> = lines.filter(|line| line.starts_with("## ")).collect();
        assert_eq!(parts, ["## Cause", "## Example", "## Fix"], "{code}");
    }
}

#[test]
fn every_code_is_used() {
    let sources = sources();
    let unused: Vec<&Code> = Code::ALL
        .iter()
        .filter(|code| {
            let name = format!("Code::{code:?}");
            !sources.iter().any(|(_, text)| has_name(text, &name))
        })
        .collect();
    assert_eq!(unused, [] as [&Code; 0]);
}

#[test]
fn no_code_is_written_as_text_elsewhere() {
    let code = Regex::new(r"\bAC[0-9]{4}\b").unwrap();
    for (path, text) in sources() {
        for line in text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
        {
            assert!(!code.is_match(line), "{path}: {line}");
        }
    }
}

#[test]
fn codes_of_locks_prompts_and_plans_decide_the_status() {
    let decided: Vec<String> = Code::ALL
        .iter()
        .filter(|code| code.status() != Status::Error)
        .map(|code| format!("{code} {:?}", code.status()))
        .collect();
    assert_eq!(
        decided,
        [
            "AC0308 Usage",
            "AC0403 Incomplete",
            "AC0404 Locked",
            "AC0406 Stale",
            "AC0407 Interrupted",
            "AC0603 Stale",
            "AC0604 Stale",
            "AC0605 Stale",
            "AC0606 Stale",
            "AC0901 Bug",
        ]
    );
}
