//! What the service finds when it opens the archive of an agent.
//!
//! Developer guide, "Troubleshooting direct code deployment": the checks and their sentences.

use std::io::{Cursor, Read as _};

use bytes::Bytes;
use zip::ZipArchive;

use super::settings::CodeConfiguration;

/// Developer guide, "Quotas": a package of 250 MB, 750 MB when unpacked.
const MOST_ZIPPED: usize = 262_144_000;
const MOST_UNZIPPED: u64 = 786_432_000;

const NO_ENTRY: &str = "The specified entrypoint could not be found or accessed in your artifact.";
const NO_LAUNCHER: &str = "OpenTelemetry instrumentation executable not found. The ZIP file requires open-telemetry dependencies, \
                           but none are present.";
const FOREIGN: &str = "Your artifact contains binary files that are incompatible with Linux ARM64.";

const LAUNCHER: &str = "opentelemetry-instrument";
/// Of Node.js, by the same page.
const NODE_PACKAGE: &str = "node_modules/@aws/aws-distro-opentelemetry-node-autoinstrumentation/";

/// Where an ELF file names its machine, and the number of ARM64 (ELF specification, `e_machine`, `EM_AARCH64`).
const MACHINE: usize = 18;
const ARM64: [u8; 2] = [183, 0];

/// Finds what is wrong with an archive. Guess: the order in which it is looked for.
pub(super) fn fault(bytes: &Bytes, code: &CodeConfiguration) -> Option<String> {
    // Guess: a file that is no archive is reported as an archive without the entry point, since nothing else is documented.
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else {
        return Some(NO_ENTRY.to_owned());
    };
    let is_node = code.runtime.starts_with("NODE_");
    // A name that is no text is none of those that are looked for.
    let names = archive.file_names().filter_map(Result::ok);
    let names: Vec<String> = names.map(std::borrow::Cow::into_owned).collect();
    size_fault(bytes.len(), &mut archive)
        .or_else(|| entry_fault(&names, code, is_node))
        .or_else(|| binary_fault(&mut archive, &names, is_node))
}

type Archive<'a> = ZipArchive<Cursor<&'a Bytes>>;

/// Guess: the sentences.
fn size_fault(zipped: usize, archive: &mut Archive<'_>) -> Option<String> {
    if zipped > MOST_ZIPPED {
        return Some(format!(
            "The size of your artifact exceeds the limit of {MOST_ZIPPED} bytes."
        ));
    }
    let unzipped: u64 = (0..archive.len())
        .filter_map(|index| archive.by_index_raw(index).ok().map(|entry| entry.size()))
        .sum();
    (unzipped > MOST_UNZIPPED).then(|| {
        format!("The unzipped size of your artifact exceeds the limit of {MOST_UNZIPPED} bytes.")
    })
}

fn entry_fault(names: &[String], code: &CodeConfiguration, is_node: bool) -> Option<String> {
    let entry = code.entry_point.last()?;
    let ending = if is_node { ".js" } else { ".py" };
    if !entry.ends_with(ending) || !names.contains(entry) {
        return Some(NO_ENTRY.to_owned());
    }
    let is_instrumented = code.entry_point.len() > 1 && code.entry_point[0] == LAUNCHER;
    // Guess: that Python's launcher is looked for where installers put it.
    let is_launcher = |name: &String| {
        if is_node {
            name.starts_with(NODE_PACKAGE)
        } else {
            name.strip_prefix("bin/") == Some(LAUNCHER)
        }
    };
    (is_instrumented && !names.iter().any(is_launcher)).then(|| NO_LAUNCHER.to_owned())
}

fn binary_fault(archive: &mut Archive<'_>, names: &[String], is_node: bool) -> Option<String> {
    let is_binary = |name: &str| {
        let file = name.rsplit('/').next().unwrap_or_default();
        let mut endings = file.split('.').skip(1);
        let is_addon = is_node && endings.clone().last() == Some("node");
        // `libfoo.so.1` is one too. Guess: that it is looked at.
        is_addon || endings.any(|ending| ending == "so")
    };
    let mut is_foreign = |name: &String| {
        let mut head = [0; MACHINE + 2];
        let read = archive
            .by_name(name)
            .map(|mut entry| entry.read_exact(&mut head));
        !matches!(read, Ok(Ok(()))) || !head.starts_with(b"\x7fELF") || head[MACHINE..] != ARM64
    };
    let mut binaries = names.iter().filter(|name| is_binary(name));
    binaries.any(&mut is_foreign).then(|| FOREIGN.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::settings::Code;
    use super::*;
    use crate::testing::archive;

    fn found(entry_point: &[&str], runtime: &str, files: &[(&str, &[u8])]) -> Option<String> {
        let bytes = archive(files).into();
        let code = CodeConfiguration {
            code: Code { s3: None },
            runtime: runtime.to_owned(),
            entry_point: entry_point.iter().map(|word| (*word).to_owned()).collect(),
        };
        fault(&bytes, &code)
    }

    fn elf(machine: [u8; 2]) -> Vec<u8> {
        let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
        bytes.resize(MACHINE, 0);
        bytes.extend(machine);
        bytes
    }

    #[test]
    fn the_entry_must_be_a_file_of_the_language_in_the_archive() {
        let python = |entry| {
            found(
                &[entry],
                "PYTHON_3_13",
                &[("src/main.py", b""), ("a.js", b"")],
            )
        };
        assert_eq!(python("src/main.py"), None);
        for wrong in ["main.py", "src", "src\\main.py", "a.js"] {
            assert_eq!(python(wrong).as_deref(), Some(NO_ENTRY), "{wrong}");
        }
        assert_eq!(found(&["a.js"], "NODE_22", &[("a.js", b"")]), None);
        let none = fault(
            &Bytes::from_static(b"no zip"),
            &CodeConfiguration {
                code: Code { s3: None },
                runtime: "NODE_22".to_owned(),
                entry_point: vec!["a.js".to_owned()],
            },
        );
        assert_eq!(none.as_deref(), Some(NO_ENTRY));
    }

    #[test]
    fn the_launcher_of_open_telemetry_must_be_there_when_it_is_named() {
        let entry = [LAUNCHER, "main.py"];
        let bare: [(&str, &[u8]); 1] = [("main.py", b"")];
        assert_eq!(
            found(&entry, "PYTHON_3_13", &bare).as_deref(),
            Some(NO_LAUNCHER)
        );
        let whole: [(&str, &[u8]); 2] = [("main.py", b""), ("bin/opentelemetry-instrument", b"")];
        assert_eq!(found(&entry, "PYTHON_3_13", &whole), None);
        let package = format!("{NODE_PACKAGE}package.json");
        let node: [(&str, &[u8]); 2] = [("app.js", b""), (&package, b"")];
        assert_eq!(found(&[LAUNCHER, "app.js"], "NODE_22", &node), None);
        assert_eq!(
            found(&[LAUNCHER, "app.js"], "NODE_22", &node[..1]).as_deref(),
            Some(NO_LAUNCHER)
        );
    }

    #[test]
    fn libraries_for_another_machine_are_found() {
        let with = |runtime, entry, name, content: &[u8]| {
            found(&[entry], runtime, &[(entry, b""), (name, content)])
        };
        let (arm, intel) = (elf(ARM64), elf([62, 0]));
        let python = |name, content: &[u8]| with("PYTHON_3_13", "main.py", name, content);
        assert_eq!(python("a/b.cpython-313-aarch64-linux-gnu.so", &arm), None);
        for name in ["a/b.so", "lib/libc.so.6"] {
            assert_eq!(python(name, &intel).as_deref(), Some(FOREIGN), "{name}");
        }
        let mac = b"\xcf\xfa\xed\xfe and so on, as on a Mac";
        assert_eq!(python("a.so", mac).as_deref(), Some(FOREIGN));
        assert_eq!(python("a.so", b"short").as_deref(), Some(FOREIGN));
        assert_eq!(python("a.node", &intel), None);
        let node = with("NODE_22", "app.js", "a.node", &intel);
        assert_eq!(node.as_deref(), Some(FOREIGN));
    }
}
