//! The schema that the manifests in the repository name.

use camino::Utf8Path;

#[test]
fn the_schema_in_the_repository_is_the_one_that_is_printed() {
    let path = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/agentctl.schema.json");
    let kept = fs_err::read_to_string(&path).unwrap_or_default();
    let printed = crate::support::TestEnvironment::empty()
        .run("schema")
        .exits(0)
        .raw;
    assert!(
        kept == printed,
        "it is stale; write it anew with `cargo run -- schema > docs/agentctl.schema.json`"
    );
}

#[test]
fn every_manifest_in_the_repository_names_it() {
    for (path, text) in crate::page::texts("deploy-plans", "yaml") {
        let first = text.lines().next().unwrap();
        let named = first
            .strip_prefix("# yaml-language-server: $schema=")
            .unwrap();
        let named = path
            .parent()
            .unwrap()
            .join(named)
            .canonicalize_utf8()
            .unwrap();
        assert!(
            named.ends_with("docs/agentctl.schema.json"),
            "{path}: {named}"
        );
    }
}
