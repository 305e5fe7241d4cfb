//! Markdown for GitHub. Every text from outside is written as code, where it cannot be a link, a mention or HTML.
//!
//! A backslash does not keep `@name` from being a mention or a URL from being a link; code does (GitHub Flavored Markdown, 6.1).

use super::printable::printable;

/// Writes a text as code in a cell of a table. An unescaped pipe ends a cell even inside code (4.10, tables).
pub(super) fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// Writes a text as code in a line.
pub(super) fn code(text: &str) -> String {
    let text = printable(text);
    if text.is_empty() {
        return "*(empty)*".to_owned();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    // One space at each end is removed when rendered, and separates backticks from the fence (6.1, code spans).
    let is_padded = text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']);
    let pad = if is_padded && !text.trim().is_empty() {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Writes lines as a block of code in a language.
pub(super) fn block(language: &str, lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| printable(line)).collect();
    let longest = lines.iter().map(|line| longest_run(line)).max();
    let fence = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    let mut text = format!("{fence}{language}\n");
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    text.push_str(&fence);
    text.push('\n');
    text
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_the_code_that_contains_it() {
        let texts = [
            "300",
            "",
            "`",
            "a``b",
            " x ",
            "a|b",
            "@team <img src=x> [a](http://b)\n# c",
        ];
        assert_eq!(
            texts.map(code),
            [
                "`300`",
                "*(empty)*",
                "`` ` ``",
                "```a``b```",
                "`  x  `",
                "`a|b`",
                "`@team <img src=x> [a](http://b)\\n# c`",
            ]
        );
    }

    #[test]
    fn a_pipe_does_not_end_a_cell() {
        assert_eq!(cell("a|b\\|c"), "`a\\|b\\\\|c`");
    }

    #[test]
    fn a_fence_in_a_text_does_not_end_its_block() {
        let lines = [
            "- ````".to_owned(),
            "  ```".to_owned(),
            "+ \u{1b}[2J".to_owned(),
        ];
        assert_eq!(
            block("diff", &lines),
            "`````diff\n- ````\n  ```\n+ \\u{1b}[2J\n`````\n"
        );
    }
}
