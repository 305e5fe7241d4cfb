//! The pages about error codes.

use camino::{Utf8Path, Utf8PathBuf};

use crate::support::TestEnvironment;

/// Returns every file below a folder of the repository with its text.
pub(crate) fn texts(folder: &str, extension: &str) -> Vec<(Utf8PathBuf, String)> {
    let mut texts = Vec::new();
    let mut folders = vec![Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir_utf8().unwrap() {
            let path = entry.unwrap().into_path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension() == Some(extension) {
                let text = fs_err::read_to_string(&path).unwrap();
                texts.push((path, text));
            }
        }
    }
    assert!(!texts.is_empty());
    texts
}

#[test]
fn every_page_is_in_the_binary() {
    let environment = TestEnvironment::empty();
    let mut titles = Vec::new();
    for (path, text) in texts("docs/errors", "md") {
        let code = path.file_stem().unwrap().to_lowercase();
        let shown = environment.run(&format!("explain {code}")).exits(0);
        assert_eq!(shown.raw, text, "{path}");
        titles.push(
            text.lines()
                .next()
                .unwrap()
                .trim_start_matches("# ")
                .to_owned(),
        );
    }
    titles.sort();
    let listed = environment.run("explain").exits(0).stdout;
    assert_eq!(listed.lines().collect::<Vec<_>>(), titles);
}
