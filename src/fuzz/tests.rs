//! The inputs that are kept, put to the functions that they were found for.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::*;

fn corpus() -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
}

fn names(folder: &Utf8Path) -> BTreeSet<String> {
    folder
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_owned())
        .collect()
}

#[test]
fn every_target_has_inputs_that_are_kept_and_a_program_that_searches_for_more() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&corpus()), targets);
    let programs = corpus().with_file_name("fuzz_targets");
    for name in &targets {
        assert!(!names(&corpus().join(name)).is_empty(), "{name}");
        let program = fs_err::read_to_string(programs.join(format!("{name}.rs"))).unwrap();
        assert!(
            program.contains(&format!("agentctl::fuzz::{name}(")),
            "{program}"
        );
    }
    assert_eq!(names(&programs).len(), targets.len());
}

/// Puts every kept input of a target to it, whole and cut off in the middle.
fn replay(name: &str) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).unwrap();
    for file in names(&corpus().join(name)) {
        let bytes = fs_err::read(corpus().join(name).join(&file)).unwrap();
        let held = std::panic::catch_unwind(|| {
            target(&bytes);
            target(&bytes[..bytes.len() / 2]);
        });
        assert!(held.is_ok(), "fuzz/corpus/{name}/{file}");
    }
}

#[test]
fn no_manifest_that_is_kept_breaks_anything() {
    replay("manifest");
}

#[test]
fn no_file_of_what_to_ignore_that_is_kept_breaks_anything() {
    replay("ignores");
}

#[test]
fn no_saved_plan_that_is_kept_breaks_anything() {
    replay("plan_file");
}

#[test]
fn no_record_or_lock_that_is_kept_breaks_anything() {
    replay("record");
    replay("lock");
}

#[test]
fn no_answer_of_aws_that_is_kept_breaks_anything() {
    replay("policy");
    replay("data_protection");
    replay("observed");
}
