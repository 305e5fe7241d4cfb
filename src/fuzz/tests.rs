//! Runs each target on its inputs in `fuzz/corpus`.

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
fn every_target_has_inputs_and_a_program_that_searches_for_more() {
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

/// Runs a target on each of its inputs, whole and cut in half.
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
fn the_manifests_of_the_corpus_break_nothing() {
    replay("manifest");
}

#[test]
fn the_ignore_files_of_the_corpus_break_nothing() {
    replay("ignores");
}

#[test]
fn the_saved_plans_of_the_corpus_break_nothing() {
    replay("plan_file");
}

#[test]
fn the_records_and_locks_of_the_corpus_break_nothing() {
    replay("record");
    replay("lock");
}

#[test]
fn the_answers_of_the_corpus_break_nothing() {
    replay("policy");
    replay("data_protection");
    replay("observed");
}
