"""The entrypoint on Lambda, and what both entrypoints share: the agent is created once, events are counted, errors are raised."""

import json
import logging
from collections.abc import Callable
from typing import Any

import batch
import pytest
from client import ReadError
from event import EventError

from aws import MODEL, Aws

EVENT = {"contentType": "data", "content": {"data": "3 chairs"}}
Counts = Callable[[], list[dict[str, Any]]]


pytestmark = pytest.mark.usefixtures("deployed")


@pytest.fixture
def counts(capsys: pytest.CaptureFixture[str]) -> Counts:
    """Returns the written metrics with their values."""

    def read() -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        directives = [line["_aws"]["CloudWatchMetrics"][0] for line in lines]
        return [
            {metric["Name"]: line[metric["Name"]] for metric in directive["Metrics"]}
            for line, directive in zip(lines, directives, strict=True)
        ]

    return read


def the_agent_is_created_by_the_first_event_and_reused(aws: Aws, counts: Counts):
    aws.has("prompt/system.md", "You check invoices.")
    aws.replies({"text": '{"total": 1}'})
    aws.replies({"text": '{"total": 2}'})
    answers = [batch.handler(EVENT, None) for _ in range(2)]
    assert [answer["result"] for answer in answers] == [{"total": 1}, {"total": 2}]
    assert {**answers[0]["metadata"], "executionTime": 0} == {"executionTime": 0, "tokensUsed": 100, "modelId": MODEL}
    assert logging.root.level == logging.INFO
    assert counts() == [
        {"SuccessfulAgentInvocation": 1, "ExecutionTime": answer["metadata"]["executionTime"], "TokensUsed": 100}
        for answer in answers
    ]


def a_missing_system_prompt_fails_the_event_and_the_next_one_tries_again(aws: Aws, counts: Counts):
    aws.lacks("prompt/system.md")
    with pytest.raises(ReadError):
        batch.handler(EVENT, None)
    assert counts() == [{"FailedAgentInvocation": 1}]
    aws.has("prompt/system.md", "You check invoices.")
    aws.replies({"text": '{"total": 1}'})
    assert batch.handler(EVENT, None)["result"] == {"total": 1}


def an_invalid_event_has_its_own_metric(aws: Aws, counts: Counts):
    aws.has("prompt/system.md", "You check invoices.")
    with pytest.raises(EventError):
        batch.handler({"contentType": "xml"}, None)
    assert counts() == [{"ValidationError": 1}]


def a_metric_is_written_as_cloudwatch_reads_it(aws: Aws, capsys: pytest.CaptureFixture[str]):
    aws.lacks("prompt/system.md")
    with pytest.raises(ReadError):
        batch.handler(EVENT, None)
    directive = {
        "Namespace": "agentctl",
        "Dimensions": [["service", "invoke_type"]],
        "Metrics": [{"Name": "FailedAgentInvocation", "Unit": "Count"}],
    }
    assert json.loads(capsys.readouterr().out) == {
        "_aws": {"Timestamp": 1_700_000_000_500, "CloudWatchMetrics": [directive]},
        "service": "quickstart",
        "invoke_type": "batch",
        "FailedAgentInvocation": 1,
    }


def a_deployment_without_observability_writes_no_metrics(aws: Aws, counts: Counts, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "true")
    aws.lacks("prompt/system.md")
    with pytest.raises(ReadError):
        batch.handler(EVENT, None)
    assert counts() == []
