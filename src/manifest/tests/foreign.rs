//! Files of other programs below `deploy-plans`, and files in our format that are a part of an agent.

use std::os::unix::ffi::OsStrExt;

use super::*;

/// An agent whose code is in the folder of its manifest.
const INSIDE: &str = "\
apiVersion: agentctl.dev/v1alpha1
kind: Project
metadata: { name: claims }
---
apiVersion: agentctl.dev/v1alpha1
kind: BatchAgent
metadata: { name: triage }
spec:
  prompt: Sort the claims.
  definition: { systemPrompt: prompt.md }
  code: { path: agent, handler: batch.handler }
";

/// An agent in a folder with its own code, with permissions that nobody granted it.
const STOWAWAY: &str = "\
apiVersion: agentctl.dev/v1alpha1
kind: BatchAgent
metadata: { name: stowaway }
spec:
  prompt: x
  definition: { systemPrompt: prompt.md, policyStatements: [{ Effect: Allow, Action: '*', Resource: '*' }] }
  code: { path: ., handler: batch.handler }
";

fn names(files: &Files) -> Vec<String> {
    let agents = files.load().unwrap().project.agents;
    agents.iter().map(|agent| agent.name.to_string()).collect()
}

fn inside() -> Files {
    Files::new()
        .with("deploy-plans/p/agentctl.yaml", INSIDE)
        .with("deploy-plans/p/prompt.md", "x")
        .with(
            "deploy-plans/p/agent/batch.py",
            "def handler(event, context): ...",
        )
}

#[test]
fn documents_of_other_programs_are_skipped_and_counted() {
    for text in [
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: { name: x }\n",
        "apiVersion: agones.dev/v1\nkind: GameServer\n",
        "apiVersion: project.openshift.io/v1\nkind: Project\n",
        "apiVersion: v1\nkind: Project\n",
        "apiVersion: v1\nkind: Pod\nspec: 1\nspec: 2\n",
        "openapi: 3.1.0\n",
        "kind: Deployment\n",
        "apiVersion: 1\n",
        "- 1\n",
        "text\n",
    ] {
        let files = Files::of(AGENT).with("deploy-plans/z.yaml", text);
        let loaded = files
            .load()
            .unwrap_or_else(|errors| panic!("{text}: {:?}", lines(&errors)));
        assert_eq!(
            (loaded.project.agents.len(), loaded.foreign),
            (1, 1),
            "{text}"
        );
    }
    let both = format!("openapi: 3.1.0\n---\n{AGENT}");
    assert_eq!(Files::of(&both).load().unwrap().foreign, 0);
}

#[test]
fn a_slip_in_the_first_lines_is_an_error_and_no_agent_vanishes() {
    for (version, kind, codes) in [
        (
            "apiVersion: agenctl.dev/v1alpha1\n",
            "kind: BatchAgent\n",
            "AC0117",
        ),
        (
            "apiVersion: agent-ctl.dev/v1alpha1\n",
            "kind: BatchAgent\n",
            "AC0117",
        ),
        (
            "apiVersion: Agentctl.dev/v1alpha1\n",
            "kind: BatchAgent\n",
            "AC0117",
        ),
        (
            "apiVersion: agentctl.io/v1\n",
            "kind: BatchAgent\n",
            "AC0117",
        ),
        (
            "apiVersion: ' agentctl.dev/v1alpha1'\n",
            "kind: BatchAgent\n",
            "AC0117",
        ),
        ("apiVersion: v1alpha1\n", "kind: BatchAgent\n", "AC0117"),
        ("apiVersion: v1\n", "kind: BatchAgent\n", "AC0117"),
        ("apiVersion: ${VERSION}\n", "kind: BatchAgent\n", "AC0117"),
        (
            "apiVersion: agentctl.dev/v1alpha1\n",
            "kind: Workflow\n",
            "AC0117",
        ),
        ("apiVersion: agentctl.dev/v1alpha1\n", "", "AC0109"),
        ("apiVersion: 1\n", "kind: BatchAgent\n", "AC0117"),
        ("apiVersion:\n", "kind: BatchAgent\n", "AC0117"),
        (
            "apiversion: agentctl.dev/v1alpha1\n",
            "kind: BatchAgent\n",
            "AC0109",
        ),
        (
            "apiversion: agentctl.dev/v1alpha1\n",
            "knd: Agent\n",
            "AC0109 AC0109",
        ),
        ("", "kind: batchAgent\n", "AC0109 AC0117"),
        ("", "kind: BatchAgnt\n", "AC0109 AC0117"),
        ("", "kind: Project\n", "AC0109"),
    ] {
        let files = Files::of(AGENT).with(
            "deploy-plans/z.yaml",
            format!("{version}{kind}spec: {{}}\n"),
        );
        let errors = files.load().unwrap_err();
        let found: Vec<&str> = errors.iter().map(|error| error.code().as_str()).collect();
        assert_eq!(found.join(" "), codes, "{version}{kind}");
    }
}

#[test]
fn nothing_inside_the_code_of_an_agent_is_a_manifest() {
    let files = inside()
        .with(
            "deploy-plans/p/agent/schema.json",
            r#"{"openapi": "3.1.0"}"#,
        )
        .with("deploy-plans/p/agent/broken.yaml", "agentctl: [")
        .with("deploy-plans/p/agent/x.yaml", STOWAWAY)
        .with("deploy-plans/p/agent/prompt.md", "x")
        .with("deploy-plans/p/agent/lib/y.yaml", STOWAWAY);
    assert_eq!(names(&files), ["triage"]);
    let loaded = files.load().unwrap();
    assert_eq!(loaded.foreign, 0);
    assert_eq!(
        loaded.passed_manifests(),
        [
            "deploy-plans/p/agent/lib/y.yaml",
            "deploy-plans/p/agent/x.yaml"
        ]
    );
}

#[test]
fn nothing_inside_a_tool_is_a_manifest_wherever_it_is_named() {
    let tool = INSIDE.replace("prompt.md }", "prompt.md, tools: [tool, one.yaml] }");
    let files = inside()
        .with("deploy-plans/p/agentctl.yaml", tool)
        .with("deploy-plans/p/one.yaml", "openapi: 3.1.0")
        .with("deploy-plans/p/tool/x.yaml", STOWAWAY)
        .with("deploy-plans/p/tool/prompt.md", "x");
    assert_eq!(names(&files), ["triage"]);
    let defaults = INSIDE
        .replace(
            "name: claims }",
            "name: claims }\nspec: { defaults: { code: { path: agent } } }",
        )
        .replace("path: agent, handler", "handler");
    let files = inside()
        .with("deploy-plans/p/agentctl.yaml", defaults)
        .with("deploy-plans/p/agent/x.yaml", STOWAWAY);
    assert_eq!(names(&files), ["triage"]);
}

#[test]
fn a_stowaway_cannot_claim_the_folder_of_the_manifest_that_names_its_own() {
    let claiming = STOWAWAY.replace("path: .,", "path: ../..,");
    let files = inside().with("deploy-plans/p/agent/x.yaml", claiming);
    assert_eq!(names(&files), ["triage"]);
}

#[test]
fn a_manifest_beside_the_one_that_names_their_folder_is_an_error() {
    let files = Files::new()
        .with("deploy-plans/project.yaml", PROJECT)
        .with("deploy-plans/a.yaml", STOWAWAY)
        .with(
            "deploy-plans/b.yaml",
            STOWAWAY.replace("name: stowaway", "name: b"),
        )
        .with("deploy-plans/batch.py", "def handler(event, context): ...");
    let errors = files.load().unwrap_err();
    assert_eq!(
        lines(&errors),
        [
            "AC0120 deploy-plans/a.yaml:7:17: `.` holds the manifest `deploy-plans/project.yaml`",
            "AC0120 deploy-plans/b.yaml:7:17: `.` holds the manifest `deploy-plans/project.yaml`",
        ],
        "each of two files that name the folder may be in it"
    );
}

#[test]
fn a_manifest_in_the_folder_that_it_names_is_read() {
    let files = Files::new()
        .with("deploy-plans/project.yaml", PROJECT)
        .with("deploy-plans/a/agentctl.yaml", STOWAWAY)
        .with("deploy-plans/a/prompt.md", "x")
        .with(
            "deploy-plans/a/batch.py",
            "def handler(event, context): ...",
        )
        .with(
            "deploy-plans/a/b/agentctl.yaml",
            STOWAWAY.replace("stowaway", "inner"),
        );
    assert_eq!(names(&files), ["stowaway"]);
    let loaded = files.load().unwrap();
    assert_eq!(
        loaded.passed_manifests(),
        ["deploy-plans/a/b/agentctl.yaml"]
    );
    assert_eq!(
        loaded.project.manifests,
        BTreeSet::from(
            ["a/agentctl.yaml", "project.yaml"]
                .map(|file| { files.path("deploy-plans").join(file) })
        )
    );
}

#[test]
fn names_that_are_not_utf_8_stop_nothing() {
    let files = inside();
    let name = std::ffi::OsStr::from_bytes(b"x\xff.yaml");
    for folder in ["deploy-plans", "deploy-plans/p/agent"] {
        fs_err::write(files.path(folder).as_std_path().join(name), "agentctl: [").unwrap();
    }
    fs_err::create_dir(
        files
            .path("deploy-plans")
            .as_std_path()
            .join(std::ffi::OsStr::from_bytes(b"\xfe")),
    )
    .unwrap();
    assert_eq!(names(&files), ["triage"]);
}
