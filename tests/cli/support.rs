//! A project in its own folder, and a binary that sees nothing else of the machine.

use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;

use crate::hint::assert_commands_parse;

/// The longest time that any command may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_mins(3);

/// The manifest of a project that has only a name.
pub(crate) const PROJECT: &str = "\
apiVersion: agentctl.dev/v1alpha1
kind: Project
metadata: { name: claims }
spec: { region: us-east-1 }
";

/// The manifest of the smallest agent.
pub(crate) const AGENT: &str = "\
apiVersion: agentctl.dev/v1alpha1
kind: BatchAgent
metadata: { name: triage }
spec:
  prompt: Sort the claims.
  definition: { systemPrompt: prompt.md }
  code: { path: ../agents/triage, handler: batch.handler }
  encryption: { key: aws }
";

/// A home and a project that have only what a test puts there.
pub(crate) struct TestEnvironment {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

impl TestEnvironment {
    /// A project folder without manifests.
    pub(crate) fn empty() -> Self {
        let environment = Self {
            folder: tempfile::tempdir().unwrap(),
            variables: Vec::new(),
        };
        fs_err::create_dir(environment.home()).unwrap();
        fs_err::create_dir(environment.root()).unwrap();
        environment
    }

    /// The quickstart of the repository.
    pub(crate) fn quickstart() -> Self {
        let environment = Self::empty();
        let plans = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy-plans");
        copy(&plans, &environment.root().join("deploy-plans"));
        environment
    }

    /// A project with one agent, encrypted with AWS's keys, and the files that it names.
    pub(crate) fn triage() -> Self {
        Self::of(AGENT)
    }

    /// A project with the given agent, and the files that [`AGENT`] names.
    pub(crate) fn of(agent: &str) -> Self {
        Self::empty()
            .with("deploy-plans/project.yaml", PROJECT)
            .with("deploy-plans/agent.yaml", agent)
            .with("deploy-plans/prompt.md", "You sort claims.\n")
            .with(
                "agents/triage/batch.py",
                "def handler(event, context): ...\n",
            )
    }

    /// Writes a file of the project.
    pub(crate) fn with(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        self.write(path, text);
        self
    }

    /// Writes a file of the project.
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    /// Writes a file of the home folder.
    pub(crate) fn at_home(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.home().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
        self
    }

    /// Replaces a text that occurs once in a file of the project.
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let before = fs_err::read_to_string(self.root().join(path)).unwrap();
        assert_eq!(before.matches(from).count(), 1, "`{from}` in `{path}`");
        self.write(path, before.replace(from, to));
    }

    /// Sets a variable for every command.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Signs in with an access key that an endpoint uses as the account id.
    pub(crate) fn signed_in(self) -> Self {
        self.variable("AWS_ACCESS_KEY_ID", "111122223333")
            .variable("AWS_SECRET_ACCESS_KEY", "secret")
    }

    /// The home folder.
    pub(crate) fn home(&self) -> Utf8PathBuf {
        self.base().join("home")
    }

    /// The project's root.
    pub(crate) fn root(&self) -> Utf8PathBuf {
        self.base().join("project")
    }

    fn base(&self) -> Utf8PathBuf {
        let path = Utf8Path::from_path(self.folder.path()).unwrap();
        path.canonicalize_utf8().unwrap()
    }

    /// Prepares the binary with arguments that are separated by spaces.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("agentctl"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.root())
            .env_clear()
            .env("HOME", self.home())
            .env("USER", "tester")
            // The network of the machine must not affect the tests.
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the binary to its end.
    pub(crate) fn run(&self, arguments: &str) -> Transcript {
        self.finish(self.command(arguments).spawn().unwrap())
    }

    /// Runs the binary on a terminal, to its end.
    pub(crate) fn run_on_terminal(&self, arguments: &str) -> Transcript {
        let binary = assert_cmd::cargo::cargo_bin!("agentctl").display();
        let line = format!("{binary} {arguments}");
        let mut script = Command::new("script");
        script
            .current_dir(self.root())
            .env_clear()
            .env("HOME", self.home())
            .env("PATH", "/usr/bin:/bin")
            .env("TERM", "xterm")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if cfg!(target_os = "macos") {
            script.args(["-q", "/dev/null", "sh", "-c", &line]);
        } else {
            script.args(["-qec", &line, "/dev/null"]);
        }
        self.finish(script.spawn().unwrap())
    }

    /// Waits for the end of a command; fails if it hangs.
    pub(crate) fn finish(&self, mut child: Child) -> Transcript {
        let began = Instant::now();
        let id = child.id();
        let reader = std::thread::spawn({
            let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
            move || {
                // Both at once: a full pipe would stop the command.
                let errors = std::thread::spawn(move || stderr.map(read_all).unwrap_or_default());
                (
                    stdout.map(read_all).unwrap_or_default(),
                    errors.join().unwrap(),
                )
            }
        });
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if began.elapsed() > PATIENCE {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("process {id} hangs: {:?}", reader.join().unwrap());
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        let (stdout, stderr) = reader.join().unwrap();
        let output = Output {
            status,
            stdout: stdout.into_bytes(),
            stderr: stderr.into_bytes(),
        };
        Transcript::new(&output, &self.base())
    }
}

/// Prepares a command whose process ignores no signals, even if this process does, as background jobs of a shell do.
pub(crate) fn heeding(command: &Command) -> Command {
    let mut heeding = Command::new("/usr/bin/perl");
    heeding
        .args([
            "-e",
            r#"@SIG{"INT", "TERM", "HUP"} = ("DEFAULT") x 3; exec @ARGV"#,
        ])
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(command.get_current_dir().unwrap())
        .env_clear()
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    heeding
}

fn read_all(mut stream: impl std::io::Read) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

fn copy(from: &Utf8Path, to: &Utf8Path) {
    fs_err::create_dir_all(to).unwrap();
    for entry in from.read_dir_utf8().unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(entry.path(), &target);
        } else {
            fs_err::copy(entry.path(), target).unwrap();
        }
    }
}

/// Ends a process when a test drops it.
pub(crate) struct Background(pub(crate) Child);

impl Background {
    /// Reads the next line of its standard output.
    pub(crate) fn line(&mut self) -> String {
        let stdout = self.0.stdout.as_mut().unwrap();
        let mut line = Vec::new();
        // Byte by byte, so that the next reader gets everything after the line.
        while !line.ends_with(b"\n") {
            let mut byte = [0];
            assert_eq!(stdout.read(&mut byte).unwrap(), 1, "it ended");
            line.extend(byte);
        }
        String::from_utf8(line).unwrap().trim_end().to_owned()
    }

    /// Waits for its end, fails if it hangs, and returns its status.
    pub(crate) fn end(&mut self) -> Option<i32> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.code();
            }
            assert!(began.elapsed() < PATIENCE, "it hangs");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends a signal, with its name for `kill`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.0.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Reads standard error up to a line with a text; returns the rest of the stream.
pub(crate) fn await_line(stderr: ChildStderr, text: &str) -> BufReader<ChildStderr> {
    let mut stderr = BufReader::new(stderr);
    let mut seen = String::new();
    loop {
        let mut line = String::new();
        let length = stderr.read_line(&mut line).unwrap();
        assert_ne!(length, 0, "it ended before it said `{text}`:\n{seen}");
        seen.push_str(&line);
        if line.contains(text) {
            return stderr;
        }
    }
}

/// What a command printed and how it ended. Everything that differs between two runs is replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transcript {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Both streams without replacements.
    pub(crate) raw: String,
}

impl Transcript {
    fn new(output: &Output, base: &Utf8Path) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert_commands_parse(&stdout);
        assert_commands_parse(&stderr);
        Self {
            status: output.status.code(),
            stdout: steady(&stdout, base),
            stderr: steady(&stderr, base),
            raw: format!("{stdout}{stderr}"),
        }
    }

    /// Parses standard output as one JSON document.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// Parses standard output as JSON lines.
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap();
        self.stdout.lines().map(parse).collect()
    }

    /// Asserts the exit status, and shows the output on failure.
    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{self}");
        self
    }

    /// Splits standard error after the plan.
    pub(crate) fn plan_and_work(&self) -> (&str, &str) {
        let end = self.stderr.find("Plan: ").unwrap();
        let end = end + self.stderr[end..].find('\n').unwrap() + 1;
        self.stderr.split_at(end)
    }

    /// Removes lines of standard error whose number depends on the speed of the machine.
    pub(crate) fn without_waits(mut self) -> Self {
        let is_wait = |line: &&str| {
            let line = line.trim_start();
            line.starts_with("settling ") || line.starts_with("waiting ")
        };
        let kept: Vec<&str> = self.stderr.lines().filter(|line| !is_wait(line)).collect();
        self.stderr = kept.join("\n") + "\n";
        self
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => writeln!(f, "exit {status}")?,
            None => writeln!(f, "killed")?,
        }
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                write!(f, "--- {name}\n{text}")?;
            }
        }
        Ok(())
    }
}

/// What differs between two runs, and its replacement.
static VOLATILE: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"\d+ calls? in \d+\.\d+ s", "[calls]"),
        (r"(  )(\d+ min )?\d+\.\d+ s", "$1[time]"),
        (r#""(elapsed_ms|calls)": ?\d+"#, r#""$1": 0"#),
        (r"(\d+ min )?\d+\.\d+ s ago", "[age] ago"),
        (r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:[port]"),
        (r"on port \d+", "on port [port]"),
        (r"process \d+", "process [pid]"),
        (r"pid \d+", "pid [pid]"),
        (r"tester@[^ ]+", "tester@[host]"),
        (r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "[time]"),
        (r"\d{4}-\d\d-\d\d", "[date]"),
        (
            r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "[id]",
        ),
        (r"AROA[A-Z0-9]{17}", "[id]"),
        (r"(versionId +)\S+", "$1[id]"),
        (r"request id [A-Z0-9]{16}", "request id [id]"),
        (r"request id: [A-Z0-9]{16}", "request id: [id]"),
        (r"[0-9a-f]{64}", "[digest]"),
        (r"/[0-9a-f]{8}…", "/[digest]…"),
    ]
    .map(|(pattern, stand_in)| (Regex::new(pattern).unwrap(), stand_in))
    .into()
});

/// Replaces the port of the endpoint, and asserts that the commands in what a process printed can be typed.
pub(crate) fn without_port(printed: &str) -> String {
    static PORT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"127\.0\.0\.1:\d+").unwrap());
    assert_commands_parse(printed);
    PORT.replace_all(printed, "127.0.0.1:[port]").into_owned()
}

fn steady(text: &str, base: &Utf8Path) -> String {
    let text = text.replace(base.as_str(), "[folder]");
    VOLATILE.iter().fold(text, |text, (pattern, stand_in)| {
        pattern.replace_all(&text, *stand_in).into_owned()
    })
}
