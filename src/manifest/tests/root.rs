//! The root of a project, and the files that belong to it.

use std::os::unix::fs::symlink;

use super::*;

#[test]
fn the_root_is_the_nearest_folder_with_manifests() {
    let files = Files::of(AGENT)
        .with(
            "inner/deploy-plans/project.yaml",
            PROJECT.replace("claims", "inner"),
        )
        .with("inner/deep/x", "")
        .with("deep/x", "");
    let name_from = |folder: &str| {
        let manifests = load(
            &files.path(folder),
            &Selection::all(),
            ProjectRule::Required,
            &Variables::default(),
        )
        .unwrap();
        manifests.project.name.to_string()
    };
    assert_eq!(name_from("inner/deep"), "inner");
    assert_eq!(name_from("inner/deploy-plans"), "inner");
    assert_eq!(name_from("deep"), "claims");
}

#[test]
fn without_manifests_the_error_names_the_folder_of_the_search() {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap();
    let errors = load(
        root,
        &Selection::all(),
        ProjectRule::Required,
        &Variables::default(),
    )
    .unwrap_err();
    let root = root.canonicalize_utf8().unwrap();
    assert_eq!(
        lines(&errors),
        [format!(
            "AC0101: no folder `deploy-plans` in `{root}` or above it"
        )]
    );
}

#[test]
fn files_in_deploy_plans_schedules_are_no_manifests_and_other_folders_of_that_name_are_read() {
    let wrong = AGENT.replace("BatchAgent", "BatchAgnet");
    let files = Files::of(AGENT)
        .with("deploy-plans/schedules/drift.yaml", &wrong)
        .with("deploy-plans/schedules/more/x.json", "[]")
        .with("deploy-plans/b/schedules/x.yaml", &wrong);
    assert_eq!(
        files.errors(),
        ["AC0117 deploy-plans/b/schedules/x.yaml:2:7: unknown kind `BatchAgnet`"]
    );
}

#[test]
fn manifests_are_read_in_the_order_of_their_paths_and_other_files_are_skipped() {
    let agent = |name: &str| AGENT.replace("triage }", &format!("{name} }}"));
    let deep = |name: &str| {
        agent(name)
            .replace("prompt.md", "../prompt.md")
            .replace("../agents", "../../agents")
    };
    let files = Files::of(&agent("c"))
        .with("deploy-plans/b/z.yml", deep("d"))
        .with("deploy-plans/a.json", "")
        .with("deploy-plans/.hidden.yaml", "not: [yaml")
        .with("deploy-plans/notes.txt", "not: [yaml")
        .with(
            "deploy-plans/a.yaml",
            format!("{}---\n{}", agent("b"), agent("a")),
        );
    let project = files.load().unwrap().project;
    let names: Vec<_> = project
        .agents
        .iter()
        .map(|agent| agent.name.as_str())
        .collect();
    assert_eq!(names, ["b", "a", "c", "d"]);
}

#[test]
fn links_out_of_the_project_are_refused_and_circles_end() {
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret.yaml");
    fs_err::write(&secret, PROJECT).unwrap();
    let files = Files::of(AGENT);
    symlink(&secret, files.path("deploy-plans/out.yaml")).unwrap();
    symlink(outside.path(), files.path("deploy-plans/out")).unwrap();
    symlink(
        files.path("deploy-plans"),
        files.path("deploy-plans/circle"),
    )
    .unwrap();
    symlink("agent.yaml", files.path("deploy-plans/same.yaml")).unwrap();
    symlink("nowhere.yaml", files.path("deploy-plans/gone.yaml")).unwrap();
    assert_eq!(
        files.errors(),
        [
            "AC0102: could not read `deploy-plans/gone.yaml`",
            "AC0102: `deploy-plans/out.yaml` is a symbolic link out of the project",
            "AC0102: `deploy-plans/out` is a symbolic link out of the project",
        ]
    );
}

#[test]
#[expect(clippy::disallowed_types, reason = "std makes no pipes with names")]
fn a_pipe_is_refused_and_not_opened() {
    let files = Files::of(AGENT);
    let status = std::process::Command::new("mkfifo")
        .arg(files.path("deploy-plans/pipe.yaml"))
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(
        files.errors(),
        ["AC0102: `deploy-plans/pipe.yaml` is not a regular file"]
    );
}

#[test]
fn local_files_outside_the_project_are_refused() {
    let outside = tempfile::tempdir().unwrap();
    let files = Files::of(AGENT);
    symlink(outside.path(), files.path("deploy-plans/out")).unwrap();
    let tools = "[../../x, /etc/hosts, out, gone.py, '']";
    let agent = AGENT.replace("prompt.md }", &format!("../agents, tools: {tools} }}"));
    let files = files.with(
        "deploy-plans/agent.yaml",
        agent.replace("../agents/triage", "prompt.md"),
    );
    assert_eq!(
        files.errors(),
        [
            "AC0102: `deploy-plans/out` is a symbolic link out of the project",
            "AC0114 deploy-plans/agent.yaml:6:31: `agents` is a folder, not a file",
            "AC0114 deploy-plans/agent.yaml:6:50: `../../x` leaves the project",
            "AC0114 deploy-plans/agent.yaml:6:59: `/etc/hosts` is an absolute path",
            "AC0114 deploy-plans/agent.yaml:6:71: `deploy-plans/out` leaves the project through a symbolic link",
            "AC0114 deploy-plans/agent.yaml:6:76: `deploy-plans/gone.py` does not exist",
            "AC0110 deploy-plans/agent.yaml:6:85: `spec.definition.tools[4]` must be a path, or `s3://bucket/key`, not ``",
            "AC0114 deploy-plans/agent.yaml:7:17: `deploy-plans/prompt.md` is a file, not a folder",
        ]
    );
}
