//! Files that are too large, or not text.

use super::*;

/// Returns the errors of a file that names agentctl at its end. Without the name it would be another program's.
fn errors_of(text: impl AsRef<[u8]>) -> Vec<String> {
    let mut text = text.as_ref().to_owned();
    text.extend(b"\n# agentctl\n");
    Files::of(AGENT).with("deploy-plans/z.yaml", text).errors()
}

#[test]
fn files_that_do_not_name_agentctl_are_skipped_whatever_is_in_them() {
    let large = format!("#{}\n", "x".repeat(1024 * 1024));
    for text in [
        large.as_bytes(),
        b"\xff\xfe",
        b"{{ .Values.name }}: [",
        b"a: !Ref b",
        &"[".repeat(10_000).into_bytes(),
    ] {
        let files = Files::of(AGENT).with("deploy-plans/z.yaml", text);
        let loaded = files.load().unwrap();
        assert_eq!((loaded.project.agents.len(), loaded.foreign), (1, 1));
    }
}

#[test]
fn a_file_above_the_size_limit_is_not_parsed() {
    let text = format!("# agentctl {}\n", "x".repeat(1024 * 1024));
    assert_eq!(
        errors_of(text),
        ["AC0104: `deploy-plans/z.yaml` is larger than 1048576 bytes"]
    );
}

#[test]
fn a_manifest_of_a_terabyte_is_refused_after_its_first_megabyte() {
    let files = Files::of(AGENT).with("deploy-plans/z.yaml", "# agentctl\n");
    let file = fs_err::OpenOptions::new()
        .write(true)
        .open(files.path("deploy-plans/z.yaml"))
        .unwrap();
    file.set_len(1 << 40).unwrap();
    assert_eq!(
        files.errors(),
        ["AC0104: `deploy-plans/z.yaml` is larger than 1048576 bytes"]
    );
}

#[test]
fn a_scalar_as_long_as_the_largest_file_is_refused_with_a_short_message() {
    let errors = errors_of(format!(
        "apiVersion: agentctl.dev/{}\n",
        "x".repeat(1024 * 1024 - 50)
    ));
    let longest = errors.iter().map(String::len).max();
    assert!(longest.is_some_and(|longest| longest < 300), "{longest:?}");
}

#[test]
fn thousands_of_manifests_are_read() {
    let mut files = Files::of(AGENT);
    for number in 0..1_000 {
        let agent = AGENT.replace("triage }", &format!("agent-{number} }}"));
        files = files.with(&format!("deploy-plans/{number}.yaml"), agent);
    }
    let loaded = files.load().map(|loaded| loaded.project.agents.len());
    assert_eq!(loaded.ok(), Some(1_001));
}

#[test]
fn aliases_that_multiply_end_in_an_error() {
    let mut text = vec!["a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned()];
    for level in 1..10 {
        let below = level - 1;
        let items = vec![format!("*a{below}"); 10].join(", ");
        text.push(format!("a{level}: &a{level} [{items}]\n"));
    }
    assert_eq!(
        errors_of(text.concat()),
        ["AC0104 deploy-plans/z.yaml:5:20: aliases repeat more than 50000 values"]
    );
}

#[test]
fn deep_nesting_ends_in_an_error() {
    assert_eq!(
        errors_of(format!("{} # agentctl", "[".repeat(10_000))),
        ["AC0104 deploy-plans/z.yaml:1:33: nested more than 32 deep"]
    );
    let block: Vec<_> = (0..1_000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    assert_eq!(
        errors_of(block.concat()),
        ["AC0104 deploy-plans/z.yaml:33:33: nested more than 32 deep"]
    );
    assert_eq!(
        errors_of("- ".repeat(10_000)),
        ["AC0104 deploy-plans/z.yaml:1:65: nested more than 32 deep"]
    );
}

#[test]
fn too_many_documents_values_or_aliases_end_in_an_error() {
    assert_eq!(
        errors_of("---\na: 1\n".repeat(300)),
        ["AC0104 deploy-plans/z.yaml:513:1: more than 256 documents in a file"]
    );
    assert_eq!(
        errors_of("- 1\n".repeat(60_000)),
        ["AC0104 deploy-plans/z.yaml:50000:3: more than 50000 values in a file"]
    );
    let aliases = format!("a: &a 1\nb: [{}]\n", vec!["*a"; 1_001].join(", "));
    assert_eq!(
        errors_of(aliases),
        ["AC0104 deploy-plans/z.yaml:2:4005: more than 1000 anchors or aliases in a file"]
    );
}

#[test]
fn a_document_full_of_mistakes_stops_at_a_hundred() {
    let unknown: Vec<_> = (0..500).map(|index| format!("  key{index}: 1\n")).collect();
    let errors = Files::of(&agent_with(&unknown.concat())).errors();
    assert_eq!(errors.len(), 101);
    assert!(errors.contains(
        &"AC0104 deploy-plans/agent.yaml:1:1: more than 100 mistakes in this document; the rest is not shown"
            .to_owned()
    ));
}

#[test]
fn a_file_that_is_not_utf_8_is_refused() {
    assert_eq!(
        errors_of(b"# fine\n\xff\xfe\n"),
        ["AC0102: `deploy-plans/z.yaml` is not UTF-8 text from line 2 on"]
    );
}

#[test]
fn a_byte_order_mark_shifts_no_place() {
    assert_eq!(
        errors_of("\u{feff}kind: Project\n"),
        ["AC0109 deploy-plans/z.yaml:1:1: `apiVersion` is missing"]
    );
}

#[test]
fn a_tag_is_refused() {
    assert_eq!(
        errors_of("a: !Ref b\n"),
        ["AC0103 deploy-plans/z.yaml:1:9: not YAML: unsupported tag `!Ref`"]
    );
}

#[test]
fn empty_documents_and_comments_are_skipped() {
    let files = Files::of(&format!("---\n---\n# nothing\n---\n{AGENT}---\n"))
        .with("deploy-plans/empty.yaml", "")
        .with("deploy-plans/comment.yml", "# nothing\n");
    assert_eq!(files.load().unwrap().project.agents.len(), 1);
}

#[test]
fn an_excerpt_of_one_long_line_is_short() {
    let json = format!(
        r#"{{"apiVersion": "agentctl.dev/v1alpha1", "{}": 1, "kind": "Projet", "{}": 1}}"#,
        "x".repeat(5_000),
        "y".repeat(5_000)
    );
    let errors = Files::of(AGENT)
        .with("deploy-plans/z.json", json)
        .load()
        .unwrap_err();
    let widest = rendered(&errors).lines().map(str::len).max().unwrap();
    assert!(widest < 200, "a line of {widest} bytes");
}
