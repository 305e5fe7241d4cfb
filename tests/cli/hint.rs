//! Every command and option that a text names exists.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use camino::Utf8Path;
use clap::Command;
use regex::Regex;

use crate::page::texts;

/// All commands, as words, and all long options.
#[derive(Default)]
struct Known {
    commands: BTreeSet<String>,
    options: BTreeSet<String>,
}

impl Known {
    fn of(mut command: Command) -> Self {
        command.build();
        let mut known = Self::default();
        known.add(&command, "agentctl");
        known
    }

    fn add(&mut self, command: &Command, words: &str) {
        self.commands.insert(words.to_owned());
        let options = command.get_arguments().filter_map(clap::Arg::get_long);
        self.options
            .extend(options.map(|option| format!("--{option}")));
        for below in command.get_subcommands() {
            self.add(below, &format!("{words} {}", below.get_name()));
        }
    }

    /// Returns whether a text in backticks is a valid command line.
    fn has(&self, typed: &str) -> bool {
        let words: Vec<&str> = typed.split_whitespace().collect();
        let is_option = |word: &&&str| word.starts_with("--");
        let options_exist = words
            .iter()
            .filter(is_option)
            .all(|option| self.options.contains(option.split('=').next().unwrap()));
        let command: Vec<&str> = words
            .iter()
            .copied()
            .take_while(|word| word.chars().all(|c| c.is_ascii_lowercase()))
            .collect();
        let command_exists = words.first() != Some(&"agentctl")
            // The words after a command may be its arguments.
            || (2..=command.len()).rev().any(|length| self.commands.contains(&command[..length].join(" ")))
            || words == ["agentctl"];
        options_exist && command_exists
    }
}

#[test]
fn hints_and_pages_name_only_commands_and_options_that_exist() {
    let known = Known::of(agentctl::cli::command_line());
    assert!(known.has("agentctl local reset") && known.has("agentctl diff --exit-code x"));
    assert!(
        !known.has("agentctl levitate")
            && !known.has("agentctl diff --output")
            && !known.has("--prune")
    );

    let quoted = Regex::new(r"`((?:agentctl|--)[^`\n]*)`").unwrap();
    let prompt = Regex::new(r"(?m)^\$ (?:cd \S+ && )?(agentctl [^\n]*)$").unwrap();
    let mut found = 0;
    for (path, text) in texts("src", "rs")
        .into_iter()
        .chain(texts("docs/errors", "md"))
    {
        // Only texts in sources: comments about other tools are not for users.
        let lines = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let text = lines.collect::<Vec<_>>().join("\n");
        for typed in quoted
            .captures_iter(&text)
            .chain(prompt.captures_iter(&text))
        {
            let typed = &typed[1];
            // `{command}` is replaced by a command from another place.
            if !typed.contains('{') {
                assert!(known.has(typed), "`{typed}` in {path}");
                found += 1;
            }
        }
    }
    assert!(found > 20, "only {found} were found");
}

/// Splits a command as a shell does. Words are plain, or quoted as a whole.
fn words(command: &str) -> Vec<String> {
    let quoted_or_plain = Regex::new(r#"'([^']*)'|"([^"]*)"|(\S+)"#).unwrap();
    quoted_or_plain
        .captures_iter(command)
        .map(|found| {
            found
                .iter()
                .skip(1)
                .flatten()
                .next()
                .unwrap()
                .as_str()
                .to_owned()
        })
        .collect()
}

/// Parses a command line as the binary does.
fn parse(command: &str) -> Result<(), clap::Error> {
    match agentctl::cli::command_line().try_get_matches_from(words(command)) {
        Err(error) if error.use_stderr() => Err(error),
        _ => Ok(()),
    }
}

/// Asserts that the commands in what the binary printed can be typed as they are.
pub(crate) fn assert_commands_parse(printed: &str) {
    static QUOTED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("`(agentctl [^`]+)`(, pid)?").unwrap());
    for found in QUOTED.captures_iter(printed) {
        // What the holder of a lock runs is named without its arguments.
        if found.get(2).is_none()
            && let Err(error) = parse(&found[1])
        {
            panic!("`{}` cannot be typed: {error}\n{printed}", &found[1]);
        }
    }
}

#[test]
fn only_one_type_writes_out_commands() {
    let mut files = 0;
    for (path, text) in texts("src", "rs") {
        let is_of_tests = path
            .components()
            .any(|part| part.as_str().starts_with("tests"));
        if is_of_tests || path.ends_with("src/ui/command.rs") {
            continue;
        }
        let (text, _) = text
            .split_once("\n#[cfg(test)]\nmod tests {")
            .unwrap_or((&text, ""));
        for line in text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
        {
            assert!(
                !line.contains("`agentctl "),
                "make it a `ui::command::Command`: {path}: {line}"
            );
        }
        files += 1;
    }
    assert!(files > 100, "only {files} were read");
}

/// Returns the commands in a page, each with whether it is in a block of code.
fn commands_of(page: &str) -> Vec<(String, bool)> {
    let page = page.replace("\\\n", " ");
    let quoted = Regex::new("`([^`\n]+)`").unwrap();
    let command =
        Regex::new(r#"(?:^|[;&|] |run: )(agentctl (?:[^|;&<>#\\'"]|'[^']*'|"[^"]*")+)"#).unwrap();
    let mut commands = Vec::new();
    let mut is_code = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
            continue;
        }
        // Other lines of a block are output.
        let line_of_code = line.trim_start().trim_start_matches("$ ");
        let is_typed =
            line_of_code.starts_with("agentctl ") || line.contains("$ ") || line.contains("run: ");
        let parts = quoted
            .captures_iter(line)
            .map(|found| found.get(1).unwrap().as_str());
        for part in (is_code && is_typed)
            .then_some(line_of_code)
            .into_iter()
            .chain(parts)
        {
            let found = command
                .captures_iter(part)
                .map(|found| found[1].trim().to_owned());
            commands.extend(found.map(|found| (found, is_code)));
        }
    }
    commands
}

/// Replaces placeholders by values.
fn filled(command: &str) -> String {
    let fill = |word: &str| match word {
        "N" => "1".to_owned(),
        "CODE" => "AC0105".to_owned(),
        "SHELL" => "bash".to_owned(),
        "$ACCOUNT" => "111122223333".to_owned(),
        "P" => "project".to_owned(),
        "R" => "us-east-1".to_owned(),
        word => word.to_owned(),
    };
    let words: Vec<String> = command
        .split(' ')
        .filter(|word| *word != "…")
        .map(fill)
        .collect();
    words.join(" ")
}

#[test]
fn every_command_in_the_documentation_parses() {
    let known = Known::of(agentctl::cli::command_line());
    let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = [
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "localstack/README.md",
    ]
    .map(|page| {
        (
            root.join(page),
            fs_err::read_to_string(root.join(page)).unwrap(),
        )
    });
    let mut found = 0;
    let mut wrong = Vec::new();
    for (path, page) in pages.into_iter().chain(texts("docs", "md")) {
        for (command, is_code) in commands_of(&page) {
            // In a sentence the words of a command alone are its name. The pages about errors are printed, as advice is.
            let is_name = known.commands.contains(&command)
                && !is_code
                && !path.as_str().contains("docs/errors/");
            if !is_name && let Err(error) = parse(&filled(&command)) {
                wrong.push(format!("{path}: {command}: {error}"));
            }
            found += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(found > 150, "only {found} were found");
}

#[test]
fn a_command_that_is_not_complete_is_found() {
    for incomplete in [
        "agentctl versions",
        "agentctl unlock --local",
        "agentctl levitate",
        "agentctl diff --output x",
    ] {
        assert!(parse(incomplete).is_err(), "{incomplete}");
        let page = format!("text\n```sh\n$ cd x && {incomplete} | less\n```\n");
        assert_eq!(commands_of(&page), [(incomplete.to_owned(), true)]);
    }
}

#[test]
fn the_help_names_commands_that_parse() {
    fn helps(command: &mut Command, texts: &mut Vec<String>) {
        texts.push(command.render_long_help().to_string());
        for below in command.get_subcommands_mut() {
            helps(below, texts);
        }
    }
    let mut texts = Vec::new();
    helps(&mut agentctl::cli::command_line(), &mut texts);
    assert!(texts.iter().any(|text| text.contains("`agentctl ")));
    for text in texts {
        assert_commands_parse(&text);
    }
}
