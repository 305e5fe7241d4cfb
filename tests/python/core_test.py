"""What the agent does with an event: the conversation, the result, and its metadata."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from core import Agent, AgentError, Settings, SettingsError, find_json
from metric import metric_line
from tools import Tool, ToolLocation

from aws import BUCKET, MODEL, Aws

EVENT = {"contentType": "data", "content": {"data": "3 chairs"}}
ASKED = {"role": "user", "content": [{"text": "Check this invoice."}, {"text": "3 chairs"}]}
SYSTEM = [{"text": "You check invoices."}]


def double(number: int) -> dict[str, int]:
    """Doubles."""
    return {"doubled": number * 2}


DOUBLE = Tool.of(double)


def agent(aws: Aws, environment: Mapping[str, str], *tools: Tool) -> Agent:
    ticks = iter((10.0, 12.34567))
    return Agent(
        Settings.from_environment(environment),
        SYSTEM[0]["text"],
        {tool.name: tool for tool in tools},
        aws.bedrock,
        aws.s3,
        clock=lambda: next(ticks),
    )


def use(name: str, **arguments: Any) -> dict[str, Any]:
    return {"toolUse": {"toolUseId": f"use-{name}", "name": name, "input": arguments}}


def used(name: str, text: str, **status: str) -> dict[str, Any]:
    return {"toolResult": {"toolUseId": f"use-{name}", "content": [{"text": text}], **status}}


def an_answer_comes_with_time_tokens_and_model(aws: Aws, environment: dict[str, str]):
    aws.replies({"text": '{"total": 1}'}, request={"modelId": MODEL, "system": SYSTEM, "messages": [ASKED]})
    assert agent(aws, environment).answer(EVENT) == {
        "result": {"total": 1},
        "metadata": {"executionTime": 2.346, "tokensUsed": 100, "modelId": MODEL},
    }


def an_answer_is_text_if_no_json_is_expected(aws: Aws, environment: dict[str, str]):
    reasoning = {"reasoningContent": {"reasoningText": {"text": "let me see", "signature": "s"}}}
    aws.replies(reasoning, {"text": '{"total": 1}'}, {"text": "That is all."})
    answer = agent(aws, environment | {"EXPECT_JSON": ""}).answer(EVENT)
    assert answer["result"] == '{"total": 1}\nThat is all.'


def the_results_of_all_tools_of_a_turn_go_back_in_one_message(aws: Aws, environment: dict[str, str]):
    asks = ({"text": "I'll double."}, use("double", number=21), use("halve", number=2), use("double", count=1))
    request = {"modelId": MODEL, "system": SYSTEM, "toolConfig": {"tools": [DOUBLE.specification()]}}
    aws.replies(*asks, stop="tool_use", request=request | {"messages": [ASKED]})
    wrong = "TypeError: double() got an unexpected keyword argument 'count'"
    results = [
        used("double", '{"doubled": 42}'),
        used("halve", "LookupError: there is no tool `halve`", status="error"),
        used("double", wrong, status="error"),
    ]
    conversation = [ASKED, {"role": "assistant", "content": list(asks)}, {"role": "user", "content": results}]
    aws.replies({"text": '{"total": 42}'}, request=request | {"messages": conversation})
    answer = agent(aws, environment, DOUBLE).answer(EVENT)
    assert (answer["result"], answer["metadata"]["tokensUsed"]) == ({"total": 42}, 200)


def a_failed_tool_is_logged_without_what_the_caller_sent(
    aws: Aws, environment: dict[str, str], caplog: pytest.LogCaptureFixture
):
    aws.replies(use("double", number="x", secret="ada@example.com"), stop="tool_use")
    aws.replies({"text": "{}"})
    agent(aws, environment, DOUBLE).answer(EVENT)
    assert [record.getMessage() for record in caplog.records] == ["tool `double` failed with TypeError"]


def a_conversation_without_an_answer_ends(aws: Aws, environment: dict[str, str]):
    for _ in range(3):
        aws.replies(use("double", number=1), stop="tool_use")
    with pytest.raises(AgentError, match="^the model came to no answer in 3 turns$"):
        agent(aws, environment, DOUBLE).answer(EVENT)


@pytest.mark.parametrize("reason", ["max_tokens", "guardrail_intervened", "content_filtered", "malformed_tool_use"])
def an_incomplete_answer_is_an_error(aws: Aws, environment: dict[str, str], reason: str):
    aws.replies({"text": '{"total": 1}'}, stop=reason)
    with pytest.raises(AgentError, match=f"^the model stopped with `{reason}`$"):
        agent(aws, environment).answer(EVENT)


def a_refusal_of_bedrock_reaches_the_caller(aws: Aws, environment: dict[str, str]):
    aws.refuses("ThrottlingException", "Too many tokens")
    with pytest.raises(ClientError, match="ThrottlingException.*Too many tokens"):
        agent(aws, environment).answer(EVENT)


def an_agent_is_loaded_with_its_prompt_and_its_tools(
    aws: Aws, environment: dict[str, str], quickstart: Path, tmp_path: Path
):
    tool = {"bucketName": BUCKET, "key": "tools/1-invoice_total.py", "isFile": True, "isZipArchive": False}
    settings = Settings.from_environment(environment | {"TOOLS_CONFIG": json.dumps([tool])})
    aws.has("prompt/system.md", quickstart / "prompts" / "system.md")
    aws.has("tools/1-invoice_total.py", quickstart / "tools" / "invoice_total.py")
    loaded = Agent.load(settings, aws.bedrock, aws.s3, tmp_path)
    assert list(loaded.tools) == re.findall("tool `(.*?)`", loaded.system_prompt) == ["invoice_total"]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ('{"a": {"b": {"c": "}"}}}', {"a": {"b": {"c": "}"}}}),
        ('[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),
        ('Here:\n```json\n{"a": 1}\n```\nDone {"b": 2}', {"a": 1}),
        ("```\r\n[1]\r\n```", [1]),
        ('```python\nprint({})\n```\n```json\n{"a": 1}\n```', {"a": 1}),
        ('I read [1] that {this} is {"a": {"b": 1}} and {"c": 2}.', {"a": {"b": 1}}),
        ('{"a": 1, "b": }', {"raw_response": '{"a": 1, "b": }'}),
        ('{"a": NaN}', {"raw_response": '{"a": NaN}'}),
        ("42", {"raw_response": "42"}),
        ("", {"raw_response": ""}),
    ],
)
def json_is_found_anywhere_in_an_answer(answer: str, found: object):
    assert find_json(answer) == found


class Asked(Mapping[str, str]):
    """An environment that records the names that are read."""

    def __init__(self, values: dict[str, str]) -> None:
        self.values_by_name = values
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return self.values_by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_by_name)

    def __len__(self) -> int:
        return len(self.values_by_name)


def the_environment_is_read_as_a_deployment_writes_it(environment: dict[str, str]):
    tool = '{"bucketName":"b","key":"t.zip","isFile":false,"isZipArchive":true}'
    asked = Asked(environment | {"TOOLS_CONFIG": f"[{tool}]"})
    assert Settings.from_environment(asked) == Settings(
        prompt_bucket=BUCKET,
        prompt_key="prompt/system.md",
        tools=(ToolLocation("b", "t.zip", is_archive=True),),
        model_id=MODEL,
        prompt="Check this invoice.",
        expect_json=True,
        max_turns=3,
    )
    metric_line({}, asked, 0)
    # The entrypoint reads the level of its log itself.
    assert asked.names == environment.keys() - {"LOG_LEVEL"} | {"POWERTOOLS_METRICS_DISABLED"}


def every_name_of_the_environment_is_one_that_agentctl_sets(environment: dict[str, str], quickstart: Path):
    source = (quickstart.parents[1] / "src" / "expand" / "environment.rs").read_text()
    set_by_agentctl = set(re.findall(r'"([A-Z][A-Z0-9_]+)"', source))
    set_by_manifest = set(re.findall(r"^    ([A-Z_]+):", (quickstart / "agentctl.yaml").read_text(), re.MULTILINE))
    assert set_by_manifest == {"MAX_TURNS"}
    assert environment.keys() - set_by_manifest <= set_by_agentctl


@pytest.mark.parametrize("name", ["SYSTEM_PROMPT_S3_BUCKET_NAME", "SYSTEM_PROMPT_S3_KEY", "MODEL_ID", "PROMPT"])
def a_variable_without_a_default_is_required(environment: dict[str, str], name: str):
    del environment[name]
    with pytest.raises(SettingsError, match=f"^environment variable `{name}` is not set$"):
        Settings.from_environment(environment)


@pytest.mark.parametrize("turns", ["0", "-1", "many", ""])
def an_invalid_number_of_turns_is_refused(environment: dict[str, str], turns: str):
    with pytest.raises(SettingsError, match="`MAX_TURNS` must be a whole number above 0"):
        Settings.from_environment(environment | {"MAX_TURNS": turns})
