"""Fails when `cargo build` and `cargo test` would compile the AWS SDK with different features, that is, twice.

Reads cargo's unit graphs, which compiles nothing. The option is unstable, so it needs RUSTC_BOOTSTRAP; only its output is used.
"""

import json
import os
import subprocess
import sys


def units(*command: str) -> dict[tuple[str, str], set[tuple[str, ...]]]:
    """Maps each library of the graph to the feature sets with which it and its dependencies are compiled."""
    run = subprocess.run(
        ["cargo", *command, "--unit-graph", "-Z", "unstable-options"],
        env={**os.environ, "RUSTC_BOOTSTRAP": "1"},
        stdout=subprocess.PIPE,
        check=True,
    )
    graph = json.loads(run.stdout)["units"]
    keys: dict[int, str] = {}

    def key(index: int) -> str:
        if index not in keys:
            unit = graph[index]
            below = sorted(key(dependency["index"]) for dependency in unit["dependencies"])
            own = [unit["pkg_id"], unit["mode"], sorted(unit["features"]), unit.get("platform"), below]
            keys[index] = str(hash(json.dumps(own)))
        return keys[index]

    sys.setrecursionlimit(10_000)
    found: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    for index, unit in enumerate(graph):
        name = unit["pkg_id"].rsplit("#", 1)[-1]
        if name.startswith("aws-") and unit["mode"] == "build" and "lib" in unit["target"]["kind"]:
            found.setdefault((name, unit["target"]["name"]), set()).add((key(index),))
    return found


def main() -> int:
    """Compares the two graphs and reports the differences."""
    build, test = units("build"), units("test", "--workspace", "--no-run")
    if not build:
        print("no crate of the SDK was found in the graph of `cargo build`")
        return 1
    twice = sorted(crate for (crate, _), keys in test.items() if keys != build.get((crate, _), keys))
    for crate in twice:
        print(f"{crate} would be compiled twice: align the features below it with normal dependencies in Cargo.toml")
    print(f"{len(build)} crates of the SDK, {len(twice)} of them compiled twice")
    return 1 if twice else 0


if __name__ == "__main__":
    sys.exit(main())
