//! The pages that explain the codes of manifests.

use super::*;
use crate::code::Code;

#[test]
fn the_example_of_a_page_has_the_error_of_the_page() {
    let mut tried = 0;
    let codes: Vec<Code> = Code::ALL
        .iter()
        .copied()
        .filter(|code| code.as_str().starts_with("AC01"))
        .collect();
    for code in codes.iter().copied() {
        let Some((_, example)) = code.page().split_once("```yaml\n") else {
            continue;
        };
        let (example, _) = example.split_once("```").unwrap();
        let files = if example.contains("kind: Project") {
            Files::new().with("deploy-plans/agent.yaml", example)
        } else {
            Files::of(example)
        };
        let found: Vec<_> = files
            .load()
            .unwrap_err()
            .iter()
            .map(ManifestError::code)
            .collect();
        assert_eq!(found, [code], "{:?}", files.errors());
        tried += 1;
    }
    // The other pages are about files and arguments, which no manifest can show.
    assert_eq!(tried, codes.len() - 3);
}
