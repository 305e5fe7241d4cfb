#!/usr/bin/env python3
"""Runs the commands that the README and the guide show with the real binary, and writes what they print into those pages.

Usage: docs/guide/tour.py [--check] [AGENTCTL]

AGENTCTL is the binary, `target/debug/agentctl` by default. The commands run in a copy of deploy-plans/ in a temporary folder, and
nothing of the caller's AWS configuration reaches them. Every block below a line `<!-- tour: NAME -->` in README.md or docs/guide/*.md
is replaced. With --check nothing is written: the exit status is 1 if a block differs from what is printed now. Times, digests, the order of
lines, and ids from the local endpoint may differ.

The AWS CLI is installed from requirements.txt into `tour-venv` in cargo's target folder, or below TEST_VENVS.
"""

import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs/guide").glob("*.md"))]
MANIFEST = "deploy-plans/quickstart/agentctl.yaml"

# The address that the pages show. The endpoint listens on a free port, so that the tour can run beside any other server.
SHOWN = "http://127.0.0.1:4566"


def aws_cli() -> Path:
    """Returns the folder of the pinned AWS CLI, and installs it if it is missing or has another version."""
    requirements = Path(__file__).with_name("requirements.txt")
    folder = Path(os.environ.get("TEST_VENVS", TARGET)).absolute() / "tour-venv"
    installed = folder / "installed.txt"
    if not installed.is_file() or installed.read_bytes() != requirements.read_bytes():
        venv.create(folder, clear=True, with_pip=True)
        pip = [folder / "bin/pip", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--no-deps", "-r", requirements], check=True)
        subprocess.run([*pip, "check"], check=True)
        shutil.copy(requirements, installed)
    return folder / "bin"


class Tour:
    """A shell in a copy of the project that notes each command and what it prints."""

    def __init__(self, folder: Path, agentctl: Path) -> None:
        self.blocks: dict[str, str] = {}
        self._project = folder / "project"
        shutil.copytree(ROOT / "deploy-plans", self._project / "deploy-plans", ignore=shutil.ignore_patterns("__pycache__"))
        tools = folder / "bin"
        tools.mkdir()
        (tools / "agentctl").symlink_to(agentctl)
        path = f"{tools}:{aws_cli()}:{os.environ['PATH']}"
        self._environment = {"PATH": path, "HOME": str(folder), "LANG": "C.UTF-8", "USER": "you"}
        self._address = SHOWN

    def show(self, block: str, command: str, *, leave_out: Sequence[tuple[str, str]] = ()) -> None:
        """Runs a command line and notes what it prints.

        Each pair in `leave_out` replaces the lines from the first match of one pattern up to, and without, the next match of the other
        by a `…`; up to the end if the other is empty.
        """
        lines = self.run(command)
        for first_pattern, last_pattern in leave_out:
            first = place(lines, first_pattern, 0, command)
            last = place(lines, last_pattern, first + 1, command) if last_pattern else len(lines)
            lines[first:last] = ["…"]
        self._note(block, command, lines)

    def run(self, command: str) -> list[str]:
        """Runs a command line and returns the lines that it prints."""
        # The variables that other clients need for the local endpoint; agentctl does not use them.
        client = {
            "AWS_ENDPOINT_URL": self._address,
            "AWS_ACCESS_KEY_ID": "000000000000",
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        run = subprocess.run(
            ["bash", "-c", command],
            cwd=self._project,
            env=self._environment | (client if command.startswith("aws ") else {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        return [line.rstrip() for line in run.stdout.replace(self._address, SHOWN).splitlines()]

    def serve(self, block: str) -> subprocess.Popen[str]:
        """Starts the local endpoint on a free port, and returns when it prints its address."""
        command = "agentctl local serve"
        server = subprocess.Popen(
            [*command.split(), "--port", "0"],
            cwd=self._project,
            env=self._environment,
            executable=self._project.parent / "bin/agentctl",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert server.stdout
        lines = [server.stdout.readline().rstrip() for _ in range(2)]
        if server.poll() is not None:
            sys.exit("\n".join(lines))
        self._address = lines[0]
        self._note(block, command, [line.replace(self._address, SHOWN) for line in lines])
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


APPLY = "agentctl --local apply -y"
DIFF = "agentctl --local diff"


def walk(tour: Tour) -> None:
    tour.show("apply", APPLY, leave_out=[("creating +iam-role", "creating +lambda-function")])
    tour.show("clean", f"{DIFF} --exit-code; echo $?")
    tour.show("edit", f"sed -i 's/memorySize: 512/memorySize: 1024/; s/extract its fields/name its supplier/' {MANIFEST}")
    tour.show("edit", DIFF)
    tour.show("edit", APPLY, leave_out=[("^reading", "updating +lambda-function")])
    server = tour.serve("serve")
    try:
        somebody_changes_the_timeout(tour, "outside")
        tour.show("outside", DIFF)
        tour.show("drift", "agentctl --local drift; echo $?")
        tour.show("fix", APPLY, leave_out=[("^reading", "updating +lambda-function")])
        tour.show("fix", DIFF)
        walk_versions(tour)
        walk_saved_plan(tour)
        tour.show("status", "agentctl --local status")
        tour.show("outputs", "agentctl --local outputs quickstart", leave_out=[("^  kms-key", "")])
        tour.show("graph", "agentctl graph quickstart")
        walk_switch(tour)
        tour.show("destroy", "agentctl --local destroy -y", leave_out=[("^  - deleting", "^deleted ")])
    finally:
        server.terminate()
        server.wait()


def somebody_changes_the_timeout(tour: Tour, block: str) -> None:
    tour.show(block, "aws lambda update-function-configuration --function-name quickstart --query Timeout --timeout 900")
    # Like Lambda, the endpoint carries out an update after its answer.
    tour.run("aws lambda wait function-updated-v2 --function-name quickstart")


def walk_versions(tour: Tour) -> None:
    tour.show("rollback", "agentctl --local versions quickstart")
    tour.show("rollback", 'agentctl --local rollback quickstart -y --reason "suppliers are not found"')
    tour.show("versions", "agentctl --local versions quickstart")
    tour.show("versions", DIFF)
    tour.show("versions", "agentctl --local promote quickstart -y")


def walk_saved_plan(tour: Tour) -> None:
    tour.show("saved-plan", f"sed -i 's/memorySize: 1024/memorySize: 2048/' {MANIFEST}")
    tour.show("saved-plan", f"{DIFF} --out plan.json")
    somebody_changes_the_timeout(tour, "stale-plan")
    tour.show("stale-plan", "agentctl --local apply --plan plan.json; echo $?")
    tour.show("readme", DIFF)
    tour.show("new-plan", f"{DIFF} --out plan.json", leave_out=[("^reading", "^  ~ lambda-function")])
    tour.show("new-plan", "agentctl --local apply --plan plan.json", leave_out=[("^reading", "^updated ")])


def walk_switch(tour: Tour) -> None:
    tour.show("switch", f"sed -i 's/runtime: lambda/runtime: agentcore/' {MANIFEST}")
    tour.show("switch", DIFF)
    # Without the log groups: the service or agentctl creates them first, within milliseconds.
    tour.show("switch-apply", APPLY, leave_out=[("^reading", "creating +iam-role"), ("creating +agentcore-endpoint", "deleting +lambda-alias")])
    tour.show("switch-back", f"sed -i 's/runtime: agentcore/runtime: lambda/' {MANIFEST}")
    tour.show("switch-back", APPLY, leave_out=[("^reading", "^created ")])


def replaced(page: str, blocks: dict[str, str], found: Counter[str]) -> str:
    """Replaces the blocks below their markers in a page, and counts them."""
    for name, text in blocks.items():
        pattern = re.compile(rf"(<!-- tour: {name} -->\n```console\n)(?:.*?\n)??(```\n)", re.DOTALL)
        page, count = pattern.subn(lambda match, text=text: f"{match[1]}{text}\n{match[2]}", page)
        found[name] += count
    return page


def essence(text: str) -> list[str]:
    """Returns the part of a page that must not differ from run to run, in an order that does not depend on time."""
    for pattern, stable in (
        (r"\d+ min \d\d s|\d+\.\d+ s", "0.00 s"),
        (r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", "2026-01-01"),
        (r"quickstart-[A-Za-z0-9]{10}\b", "quickstart-0000000000"),
        (r"\b[0-9a-f]{8}…", "00000000…"),
        (r"^(\d+ +2026-01-01 +)\S+", r"\1digest"),
        (r" *…$| +", " "),
    ):
        text = re.sub(pattern, stable, text, flags=re.MULTILINE)
    return sorted(line for line in text.splitlines() if not re.match(r" (waiting|settling) ", line))


def main() -> int:
    arguments = sys.argv[1:]
    is_check = "--check" in arguments
    rest = [argument for argument in arguments if argument != "--check"]
    agentctl = Path(rest[0] if rest else TARGET / "debug/agentctl").resolve(strict=True)
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
    print("\n".join(differences) or f"{len(tour.blocks)} blocks are what is printed")
    if differences:
        print("\nIf that is right, write it into the pages: docs/guide/tour.py")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
