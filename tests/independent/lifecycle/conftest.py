"""Each test has its own account in ministack, and a copy of the quickstart project."""

import itertools
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lifecycle.cloud import Cloud
from lifecycle.tool import Tool

ROOT = Path(__file__).resolve().parents[3]
QUICKSTART = ROOT / "deploy-plans" / "quickstart"

ACCOUNTS = (f"{number:012}" for number in itertools.count(100_000_000_001))


@pytest.fixture
def cloud() -> Cloud:
    return Cloud(os.environ["MINISTACK_URL"], next(ACCOUNTS))


@pytest.fixture
def neighbour() -> Cloud:
    """Another account on the same server."""
    return Cloud(os.environ["MINISTACK_URL"], next(ACCOUNTS))


@pytest.fixture
def bind(tmp_path: Path) -> Callable[[Cloud], Tool]:
    """Returns agentctl in a copy of the quickstart project, bound to an account."""

    def bound(cloud: Cloud) -> Tool:
        project = tmp_path / cloud.account / "project"
        shutil.copytree(QUICKSTART, project / "deploy-plans" / "quickstart")
        return Tool(project, cloud)

    return bound


@pytest.fixture
def tool(bind: Callable[[Cloud], Tool], cloud: Cloud) -> Tool:
    """agentctl in a copy of the quickstart project."""
    return bind(cloud)


@pytest.fixture
def applied(tool: Tool) -> Tool:
    """The same, applied from nothing."""
    tool.succeed("apply", "-y")
    return tool
