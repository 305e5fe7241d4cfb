//! The pages that explain the codes.

use std::collections::BTreeSet;

use super::*;

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let folder = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors");
    let pages: BTreeSet<String> = folder
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_owned())
        .filter(|name| name.starts_with("AC01"))
        .collect();
    let codes: BTreeSet<String> = Code::ALL.iter().map(Code::to_string).collect();
    assert_eq!(pages, codes);
    for code in codes {
        let page = fs_err::read_to_string(folder.join(format!("{code}.md"))).unwrap();
        let title = page.lines().next().unwrap();
        assert!(title.starts_with(&format!("# {code}: ")), "{code}: {title}");
        for part in ["## Cause", "## Example", "## Fix"] {
            assert!(page.contains(part), "{code} has no part `{part}`");
        }
    }
}

#[test]
fn the_example_of_a_page_has_the_error_that_it_is_about() {
    let folder = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors");
    let mut tried = 0;
    for code in Code::ALL {
        let page = fs_err::read_to_string(folder.join(format!("{code}.md"))).unwrap();
        let Some((_, example)) = page.split_once("```yaml\n") else {
            continue;
        };
        let (example, _) = example.split_once("```").unwrap();
        let files = if example.contains("kind: Project") {
            Files::new().with("deploy-plans/agent.yaml", example)
        } else {
            Files::of(example)
        };
        let codes: Vec<_> = files
            .load()
            .unwrap_err()
            .iter()
            .map(ManifestError::code)
            .collect();
        assert_eq!(codes, [code], "{:?}", files.errors());
        tried += 1;
    }
    // The others are about files and arguments, which no manifest can show.
    assert_eq!(tried, Code::ALL.len() - 3);
}
