"""The deployed agent, made once and kept: what the entrypoints on Lambda and on AgentCore have in common."""

import functools
import logging
import os
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from core import Agent, Settings
from event import EventError
from metric import metric_line

# Throttling is retried with growing pauses. The default timeout of 60 s is shorter than a model may think.
_BEDROCK = Config(retries={"mode": "standard", "total_max_attempts": 5}, read_timeout=120)

_making = threading.Lock()


def answer(event: object) -> dict[str, Any]:
    """Answers one event, and counts how it ended. Every failure is raised, for the entrypoint to tell the caller."""
    try:
        with _making:
            agent = _agent()
        found = agent.answer(event)
    except EventError:
        _record({"ValidationError": (1, "Count")})
        raise
    except Exception:
        _record({"FailedAgentInvocation": (1, "Count")})
        raise
    metadata = found["metadata"]
    _record(
        {
            "SuccessfulAgentInvocation": (1, "Count"),
            "ExecutionTime": (metadata["executionTime"], "Seconds"),
            "TokensUsed": (metadata["tokensUsed"], "Count"),
        }
    )
    return found


@functools.cache
def _agent() -> Agent:
    """Makes the agent on the first event and keeps it for those after.

    A failure is not kept: the next event tries again.
    """
    logging.getLogger().setLevel(os.environ.get("LOG_LEVEL", "INFO"))
    return Agent.load(
        Settings.from_environment(os.environ),
        bedrock=boto3.client("bedrock-runtime", config=_BEDROCK),
        s3=boto3.client("s3"),
        folder=Path(tempfile.mkdtemp(prefix="tools-")),
    )


def _record(values: Mapping[str, tuple[float, str]]) -> None:
    line = metric_line(values, os.environ, time.time())
    if line is not None:
        # A pipe is not flushed line by line as a terminal is.
        print(line, flush=True)
