//! Which agents the words of a command line select.

use super::*;

/// The agents `one` and `two` in `deploy-plans/x`, and `three` in `deploy-plans/y`; and a folder `three` without agents.
fn three_agents() -> Files {
    let agent = |name: &str| {
        AGENT
            .replace("triage }", &format!("{name} }}"))
            .replace("prompt.md", "../prompt.md")
            .replace("../agents", "../../agents")
    };
    Files::new()
        .with("deploy-plans/project.yaml", PROJECT)
        .with("deploy-plans/x/one.yaml", agent("one"))
        .with("deploy-plans/x/two.yaml", agent("two"))
        .with("deploy-plans/y/three.yaml", agent("three"))
        .with("three/readme.md", "")
}

fn of(words: &[&str]) -> Selection {
    Selection::of(words.iter().map(|word| (*word).to_owned()))
}

fn select(
    files: &Files,
    start: &str,
    selection: &Selection,
) -> Result<Vec<String>, ManifestErrors> {
    let rule = ProjectRule::Required;
    let manifests = load(&files.path(start), selection, rule, &Variables::default())?;
    let selected = manifests.selected.iter();
    Ok(selected.map(AgentName::to_string).collect())
}

fn selected(files: &Files, start: &str, words: &[&str]) -> Vec<String> {
    select(files, start, &of(words)).unwrap()
}

/// Returns the errors of a selection in the project's root, each with its hint.
fn refused(files: &Files, selection: &Selection) -> Vec<String> {
    let errors = select(files, ".", selection).unwrap_err();
    let hints = errors.iter().map(|error| error.advice().unwrap());
    lines(&errors)
        .iter()
        .zip(hints)
        .map(|(line, hint)| format!("{line}; {hint}"))
        .collect()
}

#[test]
fn no_word_selects_every_agent() {
    assert_eq!(selected(&three_agents(), ".", &[]), ["one", "three", "two"]);
}

#[test]
fn a_path_selects_the_agents_in_a_file_or_below_a_folder_and_the_whole_project_is_read() {
    let files = three_agents();
    assert_eq!(selected(&files, ".", &["deploy-plans/x"]), ["one", "two"]);
    assert_eq!(
        selected(&files, "deploy-plans/y", &["../x/two.yaml", "."]),
        ["three", "two"]
    );
    let manifests = load(
        &files.root(),
        &of(&["deploy-plans/x/one.yaml"]),
        ProjectRule::Required,
        &Variables::default(),
    );
    assert_eq!(manifests.unwrap().project.agents.len(), 3);
}

#[test]
fn a_name_selects_its_agent_from_any_folder() {
    let files = three_agents();
    assert_eq!(selected(&files, ".", &["two"]), ["two"]);
    assert_eq!(selected(&files, "deploy-plans/y", &["two"]), ["two"]);
    let agent = select(&files, ".", &Selection::agent("two"));
    assert_eq!(agent.unwrap(), ["two"]);
}

#[test]
fn a_word_without_slash_and_ending_is_a_path_only_if_no_agent_has_that_name() {
    let files = three_agents();
    assert_eq!(selected(&files, "deploy-plans", &["x"]), ["one", "two"]);
    // Of the two words, one is a file and the other a folder.
    assert_eq!(selected(&files, ".", &["three"]), ["three"]);
    assert_eq!(
        refused(&files, &of(&["./three"])),
        [
            "AC0115: no agent in `./three`; there are agents in `deploy-plans/x/one.yaml`, `deploy-plans/x/two.yaml`, \
             `deploy-plans/y/three.yaml`"
        ]
    );
    assert_eq!(selected(&files, "deploy-plans/x", &["one.yaml"]), ["one"]);
}

#[test]
fn an_agent_that_is_named_several_times_counts_once() {
    let words = ["one", "one", "deploy-plans/x/one.yaml", "three"];
    assert_eq!(selected(&three_agents(), ".", &words), ["one", "three"]);
}

#[test]
fn a_wrong_name_lists_the_near_names_and_the_declared_ones() {
    let files = three_agents();
    let (none, near) = (
        "declared agents: `one`, `three`, `two`",
        "did you mean `three`? declared agents: `one`, `three`, `two`",
    );
    assert_eq!(
        refused(&files, &of(&["claims", "tree", "claims"])),
        [
            format!("AC0115: `claims` is neither an agent nor a path; {none}"),
            format!("AC0115: `tree` is neither an agent nor a path; {near}"),
        ]
    );
    assert_eq!(
        refused(&files, &Selection::agent("deploy-plans/x")),
        [format!(
            "AC0115: no agent is called `deploy-plans/x`; {none}"
        )]
    );
    assert_eq!(
        refused(&files, &Selection::agent("Three")),
        [format!("AC0115: no agent is called `Three`; {near}")]
    );
}

#[test]
fn of_many_agents_a_wrong_name_lists_the_near_ones_or_the_first() {
    let mut files = Files::new().with("deploy-plans/project.yaml", PROJECT);
    for number in 10..22 {
        let agent = AGENT.replace("triage }", &format!("claims-{number} }}"));
        files = files.with(&format!("deploy-plans/{number}.yaml"), agent);
    }
    assert_eq!(
        refused(&files, &of(&["claim-15", "x"])),
        [
            "AC0115: `claim-15` is neither an agent nor a path; did you mean `claims-15`, `claims-10` or `claims-11`?",
            "AC0115: `x` is neither an agent nor a path; declared agents: `claims-10`, `claims-11`, `claims-12`, `claims-13`, \
             `claims-14`, `claims-15`, `claims-16`, `claims-17`, `claims-18`, `claims-19`, 2 more",
        ]
    );
}

#[test]
fn a_path_that_exists_and_has_no_agent_lists_the_files_that_have_some() {
    let have = "there are agents in `deploy-plans/x/one.yaml`, `deploy-plans/x/two.yaml`, `deploy-plans/y/three.yaml`";
    let files = three_agents().with("claims/readme.md", "");
    assert_eq!(
        refused(&files, &of(&["deploy-plans/project.yaml", "claims", "x/y"])),
        [
            format!("AC0115: no agent in `deploy-plans/project.yaml`; {have}"),
            format!("AC0115: no agent in `claims`; {have}"),
            format!("AC0115: no agent in `x/y`; {have}"),
        ]
    );
}

#[test]
fn without_agents_every_word_is_an_error() {
    let files = Files::new().with("deploy-plans/project.yaml", PROJECT);
    let none = "no agents are declared in `deploy-plans`";
    assert_eq!(
        refused(&files, &of(&["triage", "deploy-plans"])),
        [
            format!("AC0115: `triage` is neither an agent nor a path; {none}"),
            format!("AC0115: no agent in `deploy-plans`; {none}"),
        ]
    );
}

#[test]
fn an_agent_with_a_mistake_is_not_reported_as_unknown_too() {
    let files =
        Files::of(&AGENT.replace("prompt: Sort the claims.\n", "promt: Sort the claims.\n"));
    let reported = |word: &str| lines(&select(&files, ".", &of(&[word])).unwrap_err());
    let alone = lines(&select(&files, ".", &Selection::all()).unwrap_err());
    assert_eq!(reported("triage"), alone);
    assert_eq!(reported("deploy-plans"), alone);
}
