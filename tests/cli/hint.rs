//! Every command and option that a text names exists.

use std::collections::BTreeSet;

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
