#!/usr/bin/env python3
"""Walks the tour of the README and the guide with the real binary, and writes what it printed into those pages.

Usage: docs/guide/tour.py [--check] [AGENTCTL]

Works on a copy of deploy-plans/ in a temporary folder. Every block that stands below a line `<!-- tour: NAME -->` in README.md or
docs/guide/*.md is replaced; with --check nothing is written, and the exit status is 1 when a block is no longer what is printed, apart
from times, drawn ids and the order of lines. Needs the AWS CLI as `aws` and port 4566.
"""

import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs/guide").glob("*.md"))]
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

    def show(
        self,
        block: str,
        command: str,
        *,
        leave_out: Sequence[tuple[str, str]] = (),
        env: dict[str, str] | None = None,
    ) -> None:
        """Runs a command line and notes what it printed.

        Of each pair in `leave_out` the lines from the first that matches the one to before the next that matches the other are
        left out, at a `…`; up to the end if the other is empty.
        """
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
        for first_pattern, last_pattern in leave_out:
            first = place(lines, first_pattern, 0, command)
            last = place(lines, last_pattern, first + 1, command) if last_pattern else len(lines)
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


def place(lines: list[str], pattern: str, begin: int, command: str) -> int:
    """Finds the first line from `begin` on that matches."""
    for number, line in enumerate(lines[begin:], begin):
        if re.search(pattern, line):
            return number
    sys.exit(f"`{command}` printed nothing like `{pattern}`:\n" + "\n".join(lines))


def walk(tour: Tour) -> None:
    apply = "agentctl --local apply -y"
    set_timeout = "aws lambda update-function-configuration --function-name quickstart --query Timeout --timeout"
    tour.show("apply", apply, leave_out=[("creating +iam-role", "creating +lambda-function")])
    tour.show("clean", "agentctl --local diff --exit-code; echo $?")
    tour.show("edit", f"sed -i 's/memorySize: 512/memorySize: 1024/; s/extract its fields/name its supplier/' {MANIFEST}")
    tour.show("edit", "agentctl --local diff")
    tour.show("edit", apply, leave_out=[("^reading", "updating +lambda-function")])
    server = tour.serve("serve")
    try:
        tour.show("outside", f"{set_timeout} 900", env=OTHER_CLIENT)
        time.sleep(1)  # the endpoint carries an update out after it has answered, as Lambda does
        tour.show("outside", "agentctl --local diff")
        tour.show("drift", "agentctl --local drift; echo $?")
        tour.show("mend", apply, leave_out=[("^reading", "updating +lambda-function")])
        tour.show("mend", "agentctl --local diff")
        walk_versions(tour)
        walk_saved_plan(tour, set_timeout)
        tour.show("status", "agentctl --local status")
        tour.show("outputs", "agentctl --local outputs quickstart", leave_out=[("^  kms-key", "")])
        tour.show("graph", "agentctl graph quickstart")
        walk_switch(tour)
        tour.show("destroy", "agentctl --local destroy -y", leave_out=[("^  - deleting", "^deleted ")])
    finally:
        server.terminate()
        server.wait()


def walk_versions(tour: Tour) -> None:
    tour.show("rollback", "agentctl --local versions quickstart")
    tour.show("rollback", 'agentctl --local rollback quickstart -y --reason "suppliers are not found"')
    tour.show("versions", "agentctl --local versions quickstart")
    tour.show("versions", "agentctl --local diff")
    tour.show("versions", "agentctl --local promote quickstart -y")


def walk_saved_plan(tour: Tour, set_timeout: str) -> None:
    tour.show("saved-plan", f"sed -i 's/memorySize: 1024/memorySize: 2048/' {MANIFEST}")
    tour.show("saved-plan", "agentctl --local diff --out plan.json")
    tour.show("stale-plan", f"{set_timeout} 900", env=OTHER_CLIENT)
    time.sleep(1)
    tour.show("stale-plan", "agentctl --local apply --plan plan.json; echo $?")
    tour.show("new-plan", "agentctl --local diff --out plan.json", leave_out=[("^reading", "^  ~ lambda-function")])
    tour.show("new-plan", "agentctl --local apply --plan plan.json", leave_out=[("^reading", "^updated ")])


def walk_switch(tour: Tour) -> None:
    tour.show("switch", f"sed -i 's/runtime: lambda/runtime: agentcore/' {MANIFEST}")
    tour.show("switch", "agentctl --local diff")
    tour.show("switch-apply", "agentctl --local apply -y", leave_out=[("^reading", "creating +iam-role")])
    tour.show("switch-back", f"sed -i 's/runtime: agentcore/runtime: lambda/' {MANIFEST}")
    tour.show("switch-back", "agentctl --local apply -y", leave_out=[("^reading", "^created ")])


def replaced(page: str, blocks: dict[str, str], found: Counter[str]) -> str:
    """Puts the blocks where a page has their markers, and counts these."""
    for name, text in blocks.items():
        pattern = re.compile(rf"(<!-- tour: {name} -->\n```console\n).*?(\n```\n)", re.DOTALL)
        page, count = pattern.subn(lambda match, text=text: match[1] + text + match[2], page)
        found[name] += count
    return page


def essence(text: str) -> list[str]:
    """What must not differ from run to run."""
    text = re.sub(r"\d+\.\d\d s", "0.00 s", text)
    text = re.sub(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", "2026-01-01", text)
    text = re.sub(r"quickstart-[A-Za-z0-9]{10}\b", "quickstart-0000000000", text)
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
    found: Counter[str] = Counter()
    before = {page: page.read_text() for page in PAGES}
    after = {page: replaced(text, tour.blocks, found) for page, text in before.items()}
    if wrong := {name: found[name] for name in tour.blocks if found[name] != 1}:
        sys.exit(f"not exactly one block below `<!-- tour: NAME -->`: {wrong}")
    if not is_check:
        for page, text in after.items():
            page.write_text(text)
        return 0
    differences = [
        line
        for page in PAGES
        for line in difflib.unified_diff(
            essence(before[page]), essence(after[page]), str(page.relative_to(ROOT)), "printed", lineterm="", n=0
        )
    ]
    print("\n".join(differences))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
