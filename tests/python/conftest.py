"""What all tests share: stubbed clients, and a deployment's environment."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import deployment
import pytest

from aws import BUCKET, MODEL, Aws, client

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def quickstart() -> Path:
    """The folder of the quickstart."""
    return ROOT / "deploy-plans" / "quickstart"


@pytest.fixture(scope="session")
def clients() -> tuple[Any, Any]:
    return client("s3"), client("bedrock-runtime")


@pytest.fixture
def aws(clients: tuple[Any, Any]) -> Iterator[Aws]:
    """Stubbed clients; every prepared answer must be used."""
    aws = Aws(*clients)
    for stub in aws.stubs.values():
        stub.activate()
    yield aws
    for stub in aws.stubs.values():
        stub.deactivate()
    for stub in aws.stubs.values():
        stub.assert_no_pending_responses()


@pytest.fixture
def environment() -> dict[str, str]:
    """The variables that agentctl sets for the quickstart, without tools."""
    return {
        "SYSTEM_PROMPT_S3_BUCKET_NAME": BUCKET,
        "SYSTEM_PROMPT_S3_KEY": "prompt/system.md",
        "TOOLS_CONFIG": "[]",
        "MODEL_ID": MODEL,
        "INVOKE_TYPE": "batch",
        "PROMPT": "Check this invoice.",
        "EXPECT_JSON": "True",
        "LOG_LEVEL": "INFO",
        "POWERTOOLS_METRICS_NAMESPACE": "agentctl",
        "POWERTOOLS_SERVICE_NAME": "quickstart",
        "MAX_TURNS": "3",
    }


@pytest.fixture
def deployed(aws: Aws, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The deployed agent before the first event."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    made = {"s3": aws.s3, "bedrock-runtime": aws.bedrock}
    monkeypatch.setattr(deployment.boto3, "client", lambda service, **_: made[service])
    monkeypatch.setattr(deployment.tempfile, "tempdir", os.fspath(tmp_path))
    monkeypatch.setattr(deployment.time, "time", lambda: 1_700_000_000.5)
    monkeypatch.setattr(logging.root, "level", logging.WARNING)
    deployment._agent.cache_clear()
