//! Artefacts of folders on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camino::{Utf8Path, Utf8PathBuf};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::*;

/// A project in a temporary folder; the folder to be packed is `agent`.
struct Project(TempDir);

impl Project {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn root(&self) -> &Utf8Path {
        Utf8Path::from_path(self.0.path()).unwrap()
    }

    fn at(&self, path: &str) -> Utf8PathBuf {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.at(path), content).unwrap();
        self.mode(path, 0o644)
    }

    fn sparse(self, path: &str, size: u64) -> Self {
        File::create(self.at(path)).unwrap().set_len(size).unwrap();
        self
    }

    fn mode(self, path: &str, mode: u32) -> Self {
        fs::set_permissions(self.at(path), Permissions::from_mode(mode)).unwrap();
        self
    }

    fn link(self, path: &str, target: &str) -> Self {
        symlink(target, self.at(path)).unwrap();
        self
    }

    fn walk(&self) -> Result<Tree, TreeError> {
        Tree::walk(self.root(), Utf8Path::new("agent"))
    }

    fn paths(&self) -> Vec<String> {
        let tree = self.walk().unwrap();
        tree.entries()
            .iter()
            .map(|entry| entry.path().to_owned())
            .collect()
    }

    fn refusal(&self) -> String {
        self.walk().unwrap_err().to_string()
    }

    fn artifact(&self) -> Artifact {
        Artifact::of_tree(self.walk().unwrap()).unwrap()
    }

    fn stored(&self) -> Vec<u8> {
        fs::read(self.artifact().pack().unwrap().path()).unwrap()
    }
}

#[test]
fn a_file_that_is_left_out_is_neither_packed_nor_digested() {
    let without = Project::new().file("agent/main.py", "x");
    let project = Project::new()
        .file("agent/main.py", "x")
        .file("agent/agentctl.yaml", "kind: BatchAgent")
        .link("agent/same.yaml", "agentctl.yaml");
    let root = project.root().canonicalize_utf8().unwrap();
    let left_out = BTreeSet::from([root.join("agent/agentctl.yaml")]);
    let tree = Tree::walk_without(&root, Utf8Path::new("agent"), &left_out).unwrap();
    let digest = |tree| Artifact::of_tree(tree).unwrap().digest();
    assert_eq!(digest(tree), digest(without.walk().unwrap()));
}

#[test]
fn the_same_files_give_the_same_key_and_the_same_bytes_in_whatever_way_they_were_written() {
    let first = Project::new()
        .file("agent/b.py", "b")
        .file("agent/a/run", "run")
        .mode("agent/a/run", 0o755);
    let second = Project::new()
        .file("agent/a/run", "run")
        .mode("agent/a/run", 0o700)
        .file("agent/b.py", "b")
        .mode("agent/b.py", 0o666);
    fs::create_dir(second.at("agent/empty")).unwrap();
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    File::options()
        .write(true)
        .open(second.at("agent/b.py"))
        .unwrap()
        .set_modified(long_ago)
        .unwrap();

    assert_eq!(
        first.artifact().content_key(),
        second.artifact().content_key()
    );
    assert_eq!(first.stored(), second.stored());
}

#[test]
fn a_tree_digest_is_the_one_published_for_framing_1() {
    // Computed without this code. A change here would deploy every agent again.
    let project = Project::new()
        .file("agent/bin/run", "#!/bin/sh\n")
        .mode("agent/bin/run", 0o755)
        .file("agent/batch.py", "def handler(event, context): ...\n");

    assert_eq!(
        project.artifact().content_key(),
        "e1329bbaa3565048303e2db23051bfbad5a868bb9534c9a82dcee0cde6fb7f8c.zip"
    );
}

#[test]
fn the_right_of_the_owner_to_execute_is_part_of_the_identity_and_no_other_right_is() {
    let key = |mode| {
        let project = Project::new()
            .file("agent/run", "run")
            .mode("agent/run", mode);
        project.artifact().content_key()
    };

    assert_ne!(key(0o644), key(0o744));
    assert_eq!(key(0o644), key(0o677));
    assert_eq!(key(0o755), key(0o4700));
}

#[test]
fn bytes_that_move_between_path_content_and_neighbour_change_the_identity() {
    let projects = [
        Project::new().file("agent/a/b", "c"),
        Project::new().file("agent/a", "b/c"),
        Project::new().file("agent/a/b", "").file("agent/c", ""),
        Project::new().file("agent/a", "").file("agent/b/c", ""),
        Project::new().file("agent/a", "b").file("agent/c", ""),
        Project::new().file("agent/a", "").file("agent/c", "b"),
    ];
    let keys: BTreeSet<String> = projects
        .iter()
        .map(|project| project.artifact().content_key())
        .collect();

    assert_eq!(keys.len(), projects.len());
}

#[test]
fn unpacking_gives_back_every_path_mode_and_byte_in_byte_order_of_the_paths() {
    let noise: Vec<u8> = (0..200_000_u32)
        .flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    let project = Project::new()
        .file("agent/a/z.py", "z")
        .file("agent/a.py", "a")
        .file("agent/ünïcode.txt", "")
        .file("agent/run", &noise)
        .mode("agent/run", 0o700);
    let packed = project.artifact().pack().unwrap();
    let mut archive = ::zip::ZipArchive::new(File::open(packed.path()).unwrap()).unwrap();
    let unpacked: Vec<(String, Option<u32>, String, Vec<u8>)> = (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).unwrap();
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            let time = file.last_modified().unwrap().to_string();
            (
                file.name().unwrap().to_string(),
                file.unix_mode(),
                time,
                content,
            )
        })
        .collect();

    let time = || "1980-01-01 00:00:00".to_owned();
    assert_eq!(
        unpacked,
        [
            ("a.py".to_owned(), Some(0o100_644), time(), b"a".to_vec()),
            ("a/z.py".to_owned(), Some(0o100_644), time(), b"z".to_vec()),
            ("run".to_owned(), Some(0o100_755), time(), noise.clone()),
            (
                "ünïcode.txt".to_owned(),
                Some(0o100_644),
                time(),
                Vec::new()
            ),
        ]
    );
    assert_eq!(
        (packed.entries(), packed.unpacked_size()),
        (4, noise.len() as u64 + 2)
    );
}

#[test]
fn size_and_digest_of_the_stored_bytes_are_right_and_only_the_owner_can_read_them() {
    let packed = Project::new()
        .file("agent/a.py", "a")
        .artifact()
        .pack()
        .unwrap();
    let stored = fs::read(packed.path()).unwrap();
    let path = packed.path().to_owned();

    assert_eq!(packed.size(), stored.len() as u64);
    assert_eq!(
        packed.sha256().to_base64(),
        STANDARD.encode(Sha256::digest(&stored))
    );
    assert_eq!(
        packed.sha256().to_string(),
        hex::encode(Sha256::digest(&stored))
    );
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    drop(packed);
    assert!(!path.exists());
}

#[test]
fn a_file_is_stored_as_it_is_under_its_digest_and_its_own_name() {
    let project = Project::new()
        .file("shared/real.py", "def handler(event, context): ...\n")
        .link("agent/tool.py", "../shared/real.py");
    let file = SourceFile::find(project.root(), Utf8Path::new("agent/tool.py")).unwrap();
    let artifact = Artifact::of_file(file).unwrap();

    assert_eq!(
        artifact.content_key(),
        "53e56879bea5574de446cfffa4dd5227eb127a11195e929c0b4e5774a88a8c8f-tool.py"
    );
    let packed = artifact.pack().unwrap();
    assert_eq!(
        fs::read(packed.path()).unwrap(),
        b"def handler(event, context): ...\n"
    );
    assert_eq!(
        packed.sha256().to_string(),
        "53e56879bea5574de446cfffa4dd5227eb127a11195e929c0b4e5774a88a8c8f"
    );
}

#[test]
fn ignore_files_from_the_root_downwards_are_obeyed_and_the_nearest_decides() {
    let project = Project::new()
        .file(".gitignore", "\u{feff}*.log\n/agent/build/\nvenv/\n")
        .file("agent/.gitignore", "secret.txt\n*.tmp\n")
        .file("agent/.agentctlignore", "!kept.tmp\ntests\n")
        .file("agent/lib/.gitignore", "!wanted.log\n")
        .file("agent/lib/wanted.log", "")
        .file("agent/lib/other.log", "")
        .file("agent/build/out.py", "")
        .file("agent/lib/build/in.py", "")
        .file("agent/tests/test_a.py", "")
        .file("agent/secret.txt", "")
        .file("agent/kept.tmp", "")
        .file("agent/lost.tmp", "")
        .file("agent/a.py", "")
        .link("agent/venv", "/usr");

    assert_eq!(
        project.paths(),
        [
            ".agentctlignore",
            ".gitignore",
            "a.py",
            "kept.tmp",
            "lib/.gitignore",
            "lib/build/in.py",
            "lib/wanted.log",
        ]
    );
}

#[test]
fn an_ignore_file_above_the_project_root_is_not_read() {
    let project = Project::new()
        .file(".gitignore", "*.py\n")
        .file("inner/agent/a.py", "");
    let tree = Tree::walk(&project.root().join("inner"), Utf8Path::new("agent")).unwrap();

    assert_eq!(tree.entries()[0].path(), "a.py");
}

#[test]
fn repositories_caches_and_our_own_folder_are_left_out_and_other_hidden_files_are_kept() {
    let project = Project::new()
        .file("agent/.git/config", "")
        .file("agent/lib/.git", "gitdir: elsewhere")
        .file("agent/__pycache__/a.cpython-313.pyc", "")
        .file("agent/b.pyc", "")
        .file("agent/.agentctl/journal/1", "")
        .file("agent/.agentctlignore", "!.git\n!*.pyc\n")
        .file("agent/.env.example", "");

    assert_eq!(project.paths(), [".agentctlignore", ".env.example"]);
}

#[test]
fn a_folder_that_the_manifest_names_is_packed_although_a_rule_names_it() {
    let project = Project::new()
        .file(".gitignore", "agent/\n")
        .file("agent/a.py", "");

    assert_eq!(project.paths(), ["a.py"]);
}

#[test]
fn a_line_that_is_no_ignore_rule_is_named() {
    let project = Project::new()
        .file("agent/.gitignore", "*.log\n{a\n")
        .file("agent/a.py", "");

    assert_eq!(
        project.refusal(),
        "line 2 of `agent/.gitignore` is not an ignore rule"
    );
}

#[test]
fn links_within_the_project_are_followed() {
    let project = Project::new()
        .file("shared/lib/util.py", "util")
        .link("agent/lib", "../shared/lib")
        .link("agent/one.py", "../shared/lib/util.py");

    assert_eq!(project.paths(), ["lib/util.py", "one.py"]);
}

#[test]
fn links_out_of_the_project_into_nothing_or_in_circles_are_refused() {
    let refusal = |link: &str, target: &str| {
        let project = Project::new().file("agent/a.py", "").link(link, target);
        project.refusal()
    };

    assert_eq!(
        refusal("agent/passwd", "/etc/passwd"),
        "link `agent/passwd` leads to `/etc/passwd`, outside the project root"
    );
    assert_eq!(
        refusal("agent/gone", "nowhere"),
        "link `agent/gone` leads to `nowhere`, which cannot be reached"
    );
    assert_eq!(
        refusal("agent/itself", "itself"),
        "link `agent/itself` leads to `itself`, which cannot be reached"
    );
    assert_eq!(
        refusal("agent/lib/up", "../.."),
        "link `agent/lib/up` leads to `.`, a folder that contains it"
    );
    assert_eq!(
        refusal("agent/.gitignore", "/etc/passwd"),
        "link `agent/.gitignore` leads to `/etc/passwd`, outside the project root"
    );
}

#[test]
fn links_that_double_the_folders_at_every_level_are_refused_within_seconds() {
    let mut project = Project::new()
        .file("steps/17/end", "")
        .link("agent/start", "../steps/0");
    for step in 0..17 {
        let next = format!("../{}", step + 1);
        project = project
            .link(&format!("steps/{step}/a"), &next)
            .link(&format!("steps/{step}/b"), &next);
    }

    assert_eq!(
        project.refusal(),
        "folder `agent` holds more than 65535 files or folders"
    );
}

#[test]
fn a_folder_or_file_outside_the_project_root_is_refused() {
    let project = Project::new()
        .file("outside/a.py", "")
        .file("inner/agent/a.py", "");
    let root = project.root().join("inner");

    let tree = Tree::walk(&root, Utf8Path::new("../outside")).unwrap_err();
    let file = SourceFile::find(&root, &project.root().join("outside/a.py")).unwrap_err();
    assert!(matches!(tree, TreeError::Outside { path } if path.ends_with("outside")));
    assert!(matches!(file, TreeError::Outside { path } if path.ends_with("outside/a.py")));
}

#[test]
fn a_socket_is_refused() {
    let project = Project::new().file("agent/a.py", "");
    let _listener = UnixListener::bind(project.at("agent/door")).unwrap();

    assert_eq!(
        project.refusal(),
        "`agent/door` is a socket; only files, folders and links to them can be packed"
    );
}

#[expect(clippy::disallowed_types, reason = "std makes no pipes with names")]
fn pipe(path: &Utf8Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

#[test]
fn a_pipe_is_refused_and_not_opened_whatever_it_is_called() {
    let project = Project::new().file("agent/a.py", "");
    pipe(&project.at("agent/queue"));
    assert_eq!(
        project.refusal(),
        "`agent/queue` is a named pipe; only files, folders and links to them can be packed"
    );
    for name in [".gitignore", ".agentctlignore"] {
        let project = Project::new().file("agent/a.py", "");
        pipe(&project.at(&format!("agent/{name}")));
        assert_eq!(project.refusal(), format!("`agent/{name}` is not a file"));
    }
}

#[test]
fn a_link_to_a_device_is_refused() {
    let project = Project::new()
        .file("agent/a.py", "")
        .link("agent/zero", "/dev/zero");
    assert_eq!(
        project.refusal(),
        "link `agent/zero` leads to `/dev/zero`, outside the project root"
    );
    let project = Project::new()
        .file("agent/a.py", "")
        .link("agent/.gitignore", "/dev/zero");
    assert_eq!(
        project.refusal(),
        "link `agent/.gitignore` leads to `/dev/zero`, outside the project root"
    );
}

#[test]
fn a_file_that_is_far_too_large_is_refused_by_its_size_alone() {
    // A file of a terabyte without content: reading it would take minutes.
    const HUGE: u64 = 1 << 40;
    let rules = Project::new()
        .file("agent/a.py", "")
        .sparse("agent/.gitignore", HUGE);
    assert_eq!(
        rules.refusal(),
        "`agent/.gitignore` is larger than 65536 bytes"
    );
    let project = Project::new().sparse("agent/prompt.md", HUGE);
    let file = SourceFile::find(project.root(), Utf8Path::new("agent/prompt.md")).unwrap();
    assert_eq!(
        check_file(&file).unwrap_err().to_string(),
        "file `prompt.md` has 1099511627776 bytes, S3 takes 5242880000"
    );
    let tree = project.walk().unwrap();
    assert_eq!(
        check_stored(&tree).unwrap_err().to_string(),
        "folder `agent` unpacks to 1099511627776 bytes, S3 takes 5242880000; \
         the largest files are `prompt.md` (1099511627776)"
    );
    assert!(Limits::LAMBDA.check_tree(&tree).is_err());
}

#[test]
fn thousands_of_files_are_walked() {
    let mut project = Project::new();
    for number in 0..2_000 {
        project = project.file(&format!("agent/{}/{number}.py", number % 50), "");
    }
    assert_eq!(project.walk().unwrap().entries().len(), 2_000);
}

#[test]
fn names_that_readers_of_archives_disagree_on_are_refused() {
    let refusal = |name: &[u8]| {
        let project = Project::new().file("agent/a.py", "");
        fs::write(
            project.0.path().join("agent").join(OsStr::from_bytes(name)),
            "",
        )
        .unwrap();
        project.refusal()
    };

    assert_eq!(
        refusal(b"b\xff"),
        r#"the name "agent/b\xFF" holds bytes that are not UTF-8"#
    );
    assert_eq!(
        refusal(b"b\n"),
        r#"the name "agent/b\n" holds a control character"#
    );
    assert_eq!(
        refusal(b"b\\c"),
        r#"the name "agent/b\\c" holds a backslash"#
    );
}

#[test]
fn names_that_differ_only_in_case_give_a_warning() {
    let project = Project::new()
        .file("agent/Lib/a.py", "")
        .file("agent/lib/b.py", "")
        .file("agent/lib/B.py", "");
    let pair = |first: &str, second: &str| TreeWarning::CaseOnly {
        first: first.to_owned(),
        second: second.to_owned(),
    };

    assert_eq!(
        project.walk().unwrap().warnings(),
        [pair("Lib", "lib"), pair("lib/B.py", "lib/b.py")]
    );
}

#[test]
fn a_folder_without_files_and_a_file_in_place_of_a_folder_are_refused() {
    let empty = Project::new().file("agent/.git/config", "");
    let file = Project::new().file("agent", "");

    assert_eq!(
        empty.refusal(),
        "folder `agent` holds no files once ignored ones are left out"
    );
    assert_eq!(file.refusal(), "`agent` is not a folder");
    assert_eq!(
        SourceFile::find(empty.root(), Utf8Path::new("agent"))
            .unwrap_err()
            .to_string(),
        "`agent` is not a file"
    );
}

#[test]
fn a_file_swapped_or_resized_after_the_walk_is_not_read() {
    let swaps: [fn(&Project); 4] = [
        |project| {
            fs::remove_file(project.at("agent/lib/a.py")).unwrap();
            symlink("/etc/hostname", project.at("agent/lib/a.py")).unwrap();
        },
        |project| {
            fs::rename(project.at("agent/lib"), project.at("elsewhere")).unwrap();
            symlink("../elsewhere", project.at("agent/lib")).unwrap();
        },
        |project| fs::write(project.at("agent/lib/a.py"), "longer").unwrap(),
        |project| fs::write(project.at("agent/lib/a.py"), "").unwrap(),
    ];
    for swap in swaps {
        let project = Project::new().file("agent/lib/a.py", "a");
        let tree = project.walk().unwrap();
        swap(&project);

        assert_eq!(
            Artifact::of_tree(tree).unwrap_err().to_string(),
            "`agent/lib/a.py` changed while it was read"
        );
    }
}

#[test]
fn content_that_changed_after_it_was_digested_is_never_packed_under_its_old_key() {
    let project = Project::new().file("agent/a.py", "before");
    let file = SourceFile::find(project.root(), Utf8Path::new("agent/a.py")).unwrap();
    let artifacts = [project.artifact(), Artifact::of_file(file).unwrap()];
    fs::write(project.at("agent/a.py"), "after!").unwrap();

    let refusals = artifacts.map(|artifact| artifact.pack().unwrap_err().to_string());
    assert_eq!(
        refusals,
        [
            "`agent` changed after it was digested",
            "`a.py` changed after it was digested"
        ]
    );
}

#[test]
fn a_tree_of_exactly_the_limit_fits_and_one_byte_more_names_the_largest_files() {
    let full = Project::new()
        .sparse("agent/small", 1)
        .sparse("agent/model.bin", 262_143_000)
        .sparse("agent/b", 500)
        .sparse("agent/a", 499);
    assert_eq!(Limits::LAMBDA.check_tree(&full.walk().unwrap()), Ok(()));

    let over = full.sparse("agent/one_more", 1);
    assert_eq!(
        Limits::LAMBDA
            .check_tree(&over.walk().unwrap())
            .unwrap_err()
            .to_string(),
        "folder `agent` unpacks to 262144001 bytes, Lambda takes 262144000; \
         the largest files are `model.bin` (262143000), `b` (500), `a` (499)"
    );
    assert_eq!(Limits::AGENTCORE.check_tree(&over.walk().unwrap()), Ok(()));
}

#[test]
fn more_bytes_than_an_archive_counts_are_refused_before_one_is_read() {
    let project = Project::new().sparse("agent/huge", u64::from(u32::MAX) + 1);
    let tree = project.walk().unwrap();
    let digest = TreeDigest::of(&Project::new().file("agent/a", "").walk().unwrap()).unwrap();

    let refusal = Artifact::Tree { tree, digest }.pack().unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "folder `agent` holds 4294967296 bytes, an archive at most 4294967295"
    );
}

#[test]
fn a_handler_is_found_the_way_its_runtime_looks_for_it() {
    let project = Project::new()
        .file("agent/batch.py", "")
        .file("agent/pkg/__init__.py", "")
        .file("agent/pkg/inner.py", "")
        .file("agent/fast.cpython-313-aarch64-linux-gnu.so", "")
        .file("agent/index.mjs", "")
        .file("agent/src/app.js", "");
    let tree = project.walk().unwrap();
    let found = [
        ("batch.handler", "python3.13"),
        ("pkg.handler", "python3.13"),
        ("pkg.inner.handler", "python3.13"),
        ("pkg/inner.handler", "python3.13"),
        ("fast.handler", "python3.13"),
        ("index.handler", "nodejs22.x"),
        ("src/app.api.handler", "nodejs22.x"),
        ("bootstrap", "provided.al2023"),
    ];
    for (handler, runtime) in found {
        assert_eq!(check_handler(&tree, handler, runtime), Ok(()), "{handler}");
    }
}

#[test]
fn a_handler_without_its_file_names_the_files_that_would_do() {
    let tree = Project::new().file("agent/Batch.py", "").walk().unwrap();
    let refusal = |handler, runtime| {
        check_handler(&tree, handler, runtime)
            .unwrap_err()
            .to_string()
    };

    assert_eq!(
        refusal("batch.handler", "python3.13"),
        "handler `batch.handler` needs `batch.py` or `batch/__init__.py` in `agent`"
    );
    assert_eq!(
        refusal("src/app.handler", "nodejs22.x"),
        "handler `src/app.handler` needs `src/app.js` or `src/app.mjs` or `src/app.cjs` or `src/app` in `agent`"
    );
    for (handler, runtime) in [
        ("batch", "python3.13"),
        (".handler", "python3.13"),
        ("index.", "nodejs22.x"),
    ] {
        assert_eq!(
            refusal(handler, runtime),
            format!("handler `{handler}` is not of the form `<file>.<function>`")
        );
    }
}

type Files = BTreeMap<String, (bool, Vec<u8>)>;

/// Few names and few bytes, so that two trees are often nearly equal.
fn files() -> impl Strategy<Value = Files> {
    let path = prop::collection::vec(prop::sample::select(vec!["a", "b", "ab", "a.b"]), 1..=3);
    let content = prop::collection::vec(prop::sample::select(b"ab/\0".to_vec()), 0..=2);
    prop::collection::vec((path, any::<bool>(), content), 1..=4).prop_map(|drawn| {
        let mut files = Files::new();
        for (path, executable, content) in drawn {
            let path = path.join("/");
            let clashes = files.keys().any(|other| {
                other.starts_with(&format!("{path}/")) || path.starts_with(&format!("{other}/"))
            });
            if !clashes {
                files.insert(path, (executable, content));
            }
        }
        files
    })
}

/// Two trees that are unrelated or equal, or that differ in one mode or one byte.
fn pair_of_files() -> impl Strategy<Value = (Files, Files)> {
    let related =
        (files(), any::<prop::sample::Index>(), 0..3_u8).prop_map(|(first, index, change)| {
            let mut second = first.clone();
            let path = index
                .get(&first.keys().cloned().collect::<Vec<_>>())
                .clone();
            let (executable, content) = second.get_mut(&path).unwrap();
            match change {
                0 => *executable = !*executable,
                1 => content.push(b'a'),
                _ => {}
            }
            (first, second)
        });
    prop_oneof![(files(), files()), related]
}

fn project_of<'a>(files: impl Iterator<Item = (&'a String, &'a (bool, Vec<u8>))>) -> Project {
    files.fold(Project::new(), |project, (path, (executable, content))| {
        let path = format!("agent/{path}");
        let mode = if *executable { 0o755 } else { 0o644 };
        project.file(&path, content).mode(&path, mode)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn digests_and_archives_are_equal_exactly_when_the_trees_are((first, second) in pair_of_files()) {
        let ours = project_of(first.iter());
        let theirs = project_of(second.iter().rev());

        prop_assert_eq!(ours.artifact().content_key() == theirs.artifact().content_key(), first == second);
        prop_assert_eq!(ours.stored() == theirs.stored(), first == second);
    }
}
