//! The process that holds a lock, as its machine knows it, so that a later run on the same machine can see that it has ended.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// A process of one boot of one machine. Linux shows all of this; elsewhere there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// The id of the machine's boot, drawn at random.
    boot: String,
    /// The namespaces in which id and start mean something: containers have their own.
    namespaces: String,
    id: u32,
    /// When it started, in clock ticks since the boot.
    start: u64,
}

/// Where Linux shows processes (proc(5)).
const PROC: &str = "/proc";

impl Process {
    /// Returns this process, if the machine shows what makes it distinct.
    pub fn own() -> Option<Self> {
        Self::own_in(Path::new(PROC))
    }

    /// Returns whether the process has certainly ended: it was one of this boot and these namespaces, and no process has its id and start.
    ///
    /// Where anything about that is not known, it counts as running.
    pub fn has_ended(&self) -> bool {
        self.has_ended_in(Path::new(PROC))
    }

    fn own_in(proc: &Path) -> Option<Self> {
        let (boot, namespaces) = place(proc)?;
        let text = std::fs::read_to_string(proc.join("self/stat")).ok()?;
        let (id, start) = id_and_start(&text)?;
        Some(Self {
            boot,
            namespaces,
            id,
            start,
        })
    }

    fn has_ended_in(&self, proc: &Path) -> bool {
        let is_here = place(proc)
            .is_some_and(|(boot, namespaces)| boot == self.boot && namespaces == self.namespaces);
        // With the option `hidepid`, the processes of other users look as if they did not exist. The first one is another user's.
        if !is_here || !proc.join("1").is_dir() {
            return false;
        }
        let folder = proc.join(self.id.to_string());
        match std::fs::read_to_string(folder.join("stat")) {
            Ok(text) => id_and_start(&text).is_some_and(|(_, start)| start != self.start),
            Err(_) => matches!(folder.try_exists(), Ok(false)),
        }
    }
}

/// Returns the boot and the namespaces of this process.
fn place(proc: &Path) -> Option<(String, String)> {
    let boot = std::fs::read_to_string(proc.join("sys/kernel/random/boot_id")).ok()?;
    let namespace = |kind: &str| {
        let link = std::fs::read_link(proc.join("self/ns").join(kind)).ok()?;
        Some(link.to_string_lossy().into_owned())
    };
    // Older kernels have no namespaces of time, which would shift the start.
    let names = [Some(namespace("pid")?), namespace("time")];
    let namespaces: Vec<String> = names.into_iter().flatten().collect();
    Some((boot.trim().to_owned(), namespaces.join(" ")))
}

/// Takes the id and the start, the fields 1 and 22, from a process's `stat`. The name in field 2 may hold anything, also spaces and `)`.
fn id_and_start(text: &str) -> Option<(u32, u64)> {
    let (before, after) = text.rsplit_once(')')?;
    let id = before.split_whitespace().next()?.parse().ok()?;
    let start = after.split_whitespace().nth(19)?.parse().ok()?;
    Some((id, start))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOT: &str = "4e1f0f4c-0000-4000-8000-000000000001";

    /// A folder like `/proc`, in which process 42 is this one.
    fn machine(boot: &str, namespace: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let proc = folder.path();
        for below in ["1", "42", "self/ns", "sys/kernel/random"] {
            std::fs::create_dir_all(proc.join(below)).unwrap();
        }
        std::fs::write(proc.join("sys/kernel/random/boot_id"), format!("{boot}\n")).unwrap();
        std::os::unix::fs::symlink(namespace, proc.join("self/ns/pid")).unwrap();
        let stat = stat(42, 900);
        std::fs::write(proc.join("self/stat"), &stat).unwrap();
        std::fs::write(proc.join("42/stat"), stat).unwrap();
        folder
    }

    fn stat(id: u32, start: u64) -> String {
        format!("{id} (a ) b) S 1 42 42 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 {start} 1000 10")
    }

    #[test]
    fn a_process_is_known_by_boot_namespaces_id_and_start() {
        let machine = machine(BOOT, "pid:[1]");
        let own = Process::own_in(machine.path()).unwrap();
        let expected = Process {
            boot: BOOT.to_owned(),
            namespaces: "pid:[1]".to_owned(),
            id: 42,
            start: 900,
        };
        assert_eq!(own, expected);
        assert!(!own.has_ended_in(machine.path()));
    }

    #[test]
    fn a_process_has_ended_if_its_id_is_free_or_another_ones() {
        let machine = machine(BOOT, "pid:[1]");
        let own = Process::own_in(machine.path()).unwrap();
        std::fs::write(machine.path().join("42/stat"), stat(42, 901)).unwrap();
        assert!(own.has_ended_in(machine.path()));
        std::fs::remove_dir_all(machine.path().join("42")).unwrap();
        assert!(own.has_ended_in(machine.path()));
    }

    #[test]
    fn a_process_of_another_machine_boot_or_container_counts_as_running() {
        let holder = Process {
            id: 7,
            ..Process::own_in(machine(BOOT, "pid:[1]").path()).unwrap()
        };
        for (boot, namespace, has_ended) in [
            (BOOT, "pid:[1]", true),
            (BOOT, "pid:[2]", false),
            ("4e1f0f4c-0000-4000-8000-000000000002", "pid:[1]", false),
        ] {
            let machine = machine(boot, namespace);
            assert_eq!(
                holder.has_ended_in(machine.path()),
                has_ended,
                "{boot} {namespace}"
            );
        }
    }

    #[test]
    fn a_process_that_may_be_hidden_counts_as_running() {
        let machine = machine(BOOT, "pid:[1]");
        let own = Process::own_in(machine.path()).unwrap();
        std::fs::remove_file(machine.path().join("42/stat")).unwrap();
        assert!(!own.has_ended_in(machine.path()));
        std::fs::remove_dir(machine.path().join("42")).unwrap();
        std::fs::remove_dir(machine.path().join("1")).unwrap();
        assert!(!own.has_ended_in(machine.path()));
        assert!(!own.has_ended_in(Path::new("/nonexistent")));
    }

    #[test]
    fn this_process_runs() {
        if let Some(own) = Process::own() {
            assert!(!own.has_ended());
            assert!(
                Process {
                    start: own.start + 1,
                    ..own
                }
                .has_ended()
            );
        }
    }
}
