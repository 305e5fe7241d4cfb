//! The schema that the manifests in the repository refer to.

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
    let is_manifest = |path: &Utf8Path| !path.as_str().contains("deploy-plans/schedules/");
    let files = crate::page::texts("deploy-plans", "yaml").into_iter();
    for (path, text) in files.filter(|(path, _)| is_manifest(path)) {
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
