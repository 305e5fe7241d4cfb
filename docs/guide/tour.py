#!/usr/bin/env python3
"""Walks the tour of the README with the real binary and writes what it printed into the README.

Usage: docs/guide/tour.py [--check] [AGENTCTL]

Works on a copy of deploy-plans/ in a temporary folder. Every block of the README that stands below a line `<!-- tour: NAME -->` is
replaced; with --check nothing is written, and the exit status is 1 when a block is no longer what is printed, apart from times and
the order of lines. Needs the AWS CLI as `aws` and port 4566.
"""

import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
MANIFEST = "deploy-plans/quickstart/agentctl.yaml"

# What another client needs to talk to the local endpoint; agentctl itself runs without.
OTHER_CLIENT = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
    "AWS_ACCESS_KEY_ID": "000000000000",
    "AWS_SECRET_ACCESS_KEY": "any",
    "AWS_DEFAULT_REGION": "us-east-1",
}


class Tour:
    """A shell in a fresh copy of the project that notes what was typed and what came of it."""

    def __init__(self, folder: Path, agentctl: Path) -> None:
        self.blocks: dict[str, str] = {}
        self._project = folder / "project"
        shutil.copytree(ROOT / "deploy-plans", self._project / "deploy-plans", ignore=shutil.ignore_patterns("__pycache__"))
        tools = folder / "bin"
        tools.mkdir()
        (tools / "agentctl").symlink_to(agentctl)
        self._environment = {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": os.environ["HOME"], "LANG": "C.UTF-8", "USER": "you"}

    def show(self, block: str, command: str, *, leave_out: tuple[str, str] | None = None, env: dict[str, str] | None = None) -> None:
        """Runs a command line. The lines from the first that matches to the one before the second are left out, at a `…`."""
        run = subprocess.run(
            ["bash", "-c", command],
            cwd=self._project,
            env=self._environment | (env or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        lines = [line.rstrip() for line in run.stdout.splitlines()]
        if leave_out:
            first, last = (next((i for i, line in enumerate(lines) if re.search(pattern, line)), None) for pattern in leave_out)
            if first is None or last is None:
                sys.exit(f"`{command}` printed nothing like {leave_out}:\n" + "\n".join(lines))
            lines[first:last] = ["…"]
        self._note(block, command, lines)

    def serve(self, block: str) -> subprocess.Popen[str]:
        """Starts the local endpoint, and returns when it says where it listens."""
        command = "agentctl local serve"
        server = subprocess.Popen(
            command.split(),
            cwd=self._project,
            env=self._environment,
            executable=self._project.parent / "bin/agentctl",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert server.stdout
        self._note(block, command, [server.stdout.readline().rstrip() for _ in range(2)])
        if server.poll() is not None:
            sys.exit(self.blocks[block])
        return server

    def _note(self, block: str, command: str, lines: list[str]) -> None:
        text = "\n".join([f"$ {command}", *lines])
        self.blocks[block] = f"{self.blocks[block]}\n{text}" if block in self.blocks else text


def walk(tour: Tour) -> None:
    tour.show("apply", "agentctl --local apply -y", leave_out=("creating +iam-role", "creating +lambda-function"))
    tour.show("clean", "agentctl --local diff --exit-code; echo $?")
    tour.show("edit", f"sed -i 's/memorySize: 512/memorySize: 1024/; s/extract its fields/name its supplier/' {MANIFEST}")
    tour.show("edit", "agentctl --local diff")
    tour.show("edit", "agentctl --local apply -y", leave_out=("^reading", "updating +lambda-function"))
    server = tour.serve("serve")
    try:
        tour.show(
            "outside",
            "aws lambda update-function-configuration --function-name quickstart --timeout 900 --query Timeout",
            env=OTHER_CLIENT,
        )
        time.sleep(1)  # the endpoint carries an update out after it has answered, as Lambda does
        tour.show("outside", "agentctl --local diff")
        tour.show("drift", "agentctl --local drift; echo $?")
        tour.show("mend", "agentctl --local apply -y", leave_out=("^reading", "updating +lambda-function"))
        tour.show("mend", "agentctl --local diff")
        tour.show("destroy", "agentctl --local destroy -y", leave_out=("^  - deleting", "^deleted "))
    finally:
        server.terminate()
        server.wait()


def replaced(readme: str, blocks: dict[str, str]) -> str:
    """Puts the blocks where their markers are."""
    for name, text in blocks.items():
        pattern = re.compile(rf"(<!-- tour: {name} -->\n```console\n).*?(\n```\n)", re.DOTALL)
        readme, found = pattern.subn(lambda match, text=text: match[1] + text + match[2], readme)
        if found != 1:
            sys.exit(f"README.md has {found} blocks below `<!-- tour: {name} -->`")
    return readme


def essence(text: str) -> list[str]:
    """What must not differ from run to run."""
    text = re.sub(r"\d+\.\d\d s", "0.00 s", text)
    text = re.sub(r"\d{4}-\d\d-\d\d", "2026-01-01", text)
    return sorted(re.sub(r" *…$| +", " ", line) for line in text.splitlines() if not re.search(r"^    (waiting|settling) ", line))


def main() -> int:
    arguments = sys.argv[1:]
    is_check = "--check" in arguments
    rest = [argument for argument in arguments if argument != "--check"]
    agentctl = Path(rest[0] if rest else ROOT / "target/debug/agentctl").resolve(strict=True)
    if not shutil.which("aws"):
        sys.exit("the tour needs the AWS CLI as `aws`")
    with tempfile.TemporaryDirectory() as folder:
        tour = Tour(Path(folder), agentctl)
        walk(tour)
    before = README.read_text()
    after = replaced(before, tour.blocks)
    if not is_check:
        README.write_text(after)
        return 0
    difference = list(difflib.unified_diff(essence(before), essence(after), "README.md", "printed", lineterm="", n=0))
    print("\n".join(difference))
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main())
