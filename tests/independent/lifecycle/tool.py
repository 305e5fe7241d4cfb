"""Runs the built agentctl in a project folder, without the caller's environment."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lifecycle.cloud import REGION, Cloud

DEADLINE_SECONDS = 120


@dataclass(frozen=True)
class Run:
    """What a command printed and how it ended."""

    arguments: tuple[str, ...]
    status: int
    stdout: str
    stderr: str

    def __str__(self) -> str:
        command = " ".join(("agentctl", *self.arguments))
        return f"`{command}` ended with {self.status}\n{self.stdout}\n{self.stderr}"


@dataclass(frozen=True)
class Tool:
    """agentctl, bound to a project folder and an account."""

    project: Path
    cloud: Cloud

    def run(self, *arguments: str) -> Run:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.project.parent),
            "AWS_ACCESS_KEY_ID": self.cloud.account,
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_COLOR": "1",
        }
        located = ("--endpoint-url", self.cloud.url, "--region", REGION)
        ended = subprocess.run(
            [os.environ["AGENTCTL"], *arguments, *located],
            cwd=self.project,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEADLINE_SECONDS,
            check=False,
        )
        return Run(arguments, ended.returncode, ended.stdout, ended.stderr)

    def succeed(self, *arguments: str) -> Run:
        """Runs it and expects exit status 0."""
        return self.end(0, *arguments)

    def end(self, status: int, *arguments: str) -> Run:
        """Runs it and expects this exit status."""
        ended = self.run(*arguments)
        assert ended.status == status, f"status {status} expected: {ended}"
        return ended

    def edit(self, pattern: str, replacement: str) -> None:
        """Replaces the only match of a pattern in the project's manifests."""
        found = [
            (path, text)
            for path in sorted((self.project / "deploy-plans").rglob("*.yaml"))
            if re.search(pattern, text := path.read_text(), re.MULTILINE)
        ]
        assert len(found) == 1, f"{pattern!r} stands in {[str(path) for path, _ in found]}"
        path, text = found[0]
        changed, times = re.subn(pattern, replacement, text, flags=re.MULTILINE)
        assert times == 1, f"{pattern!r} stands {times} times in {path}"
        path.write_text(changed)
