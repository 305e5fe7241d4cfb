"""What the agent does with one event, whatever service runs it.

Touches the network only through the clients that it is given, and reads the environment only where it is handed one.
"""

import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from client import BedrockClient, S3Client
from event import parse_event
from prompt import read_system_prompt, user_message
from tools import Tool, ToolLocation, load_tools

_logger = logging.getLogger(__name__)

_MAX_TURNS = 10
# In any language: were fences of another one passed over, their ends would be taken for beginnings.
_FENCED = re.compile(r"```\w*[ \t]*\r?\n(.*?)```", re.DOTALL)


class SettingsError(RuntimeError):
    """The environment is not the one that a deployment makes."""


class AgentError(RuntimeError):
    """The model came to no answer that can be used."""


@dataclass(frozen=True)
class Settings:
    """What a deployment says of the agent, in environment variables."""

    prompt_bucket: str
    prompt_key: str
    tools: tuple[ToolLocation, ...]
    model_id: str
    prompt: str
    expect_json: bool
    max_turns: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Reads the settings; none that the agent cannot do without has a default."""

        def required(name: str) -> str:
            value = environment.get(name)
            if not value:
                raise SettingsError(f"environment variable `{name}` is not set")
            return value

        max_turns = environment.get("MAX_TURNS", str(_MAX_TURNS))
        if not re.fullmatch("[1-9][0-9]*", max_turns):
            raise SettingsError(f"environment variable `MAX_TURNS` must be a whole number above 0, not `{max_turns}`")
        return cls(
            prompt_bucket=required("SYSTEM_PROMPT_S3_BUCKET_NAME"),
            prompt_key=required("SYSTEM_PROMPT_S3_KEY"),
            tools=ToolLocation.parse_all(environment.get("TOOLS_CONFIG", "[]")),
            model_id=required("MODEL_ID"),
            prompt=required("PROMPT"),
            # `True`, or empty for false.
            expect_json=bool(environment.get("EXPECT_JSON")),
            max_turns=int(max_turns),
        )


@dataclass(frozen=True)
class Agent:
    """A model with its prompts and tools, ready for any number of events."""

    settings: Settings
    system_prompt: str
    tools: Mapping[str, Tool]
    bedrock: BedrockClient
    s3: S3Client
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def load(cls, settings: Settings, bedrock: BedrockClient, s3: S3Client, folder: Path) -> "Agent":
        """Fetches system prompt and tools; keeps the files of the tools in `folder`, which must outlive the agent."""
        system_prompt = read_system_prompt(s3, settings.prompt_bucket, settings.prompt_key)
        return cls(settings, system_prompt, load_tools(settings.tools, s3, folder), bedrock, s3)

    def answer(self, event: object) -> dict[str, Any]:
        """Answers one event with `{"result": …, "metadata": {…}}`; the time is in seconds."""
        started = self.clock()
        parsed = parse_event(event)
        with TemporaryDirectory(prefix="event-") as folder:
            message = user_message(self.settings.prompt, parsed, self.s3, Path(folder))
            text, tokens = self._converse(message)
        return {
            "result": find_json(text) if self.settings.expect_json else text,
            "metadata": {
                "executionTime": round(self.clock() - started, 3),
                "tokensUsed": tokens,
                "modelId": self.settings.model_id,
            },
        }

    def _converse(self, message: dict[str, Any]) -> tuple[str, int]:
        """Lets the model call tools until it answers; returns the answer and the tokens of all its turns."""
        request: dict[str, Any] = {"modelId": self.settings.model_id, "system": [{"text": self.system_prompt}]}
        if self.tools:  # An empty list of tools is refused.
            request["toolConfig"] = {"tools": [tool.specification() for tool in self.tools.values()]}
        messages = [message]
        tokens = 0
        for _ in range(self.settings.max_turns):
            response = self.bedrock.converse(**request, messages=messages)
            tokens += response["usage"]["totalTokens"]
            reply = response["output"]["message"]
            match response["stopReason"]:
                case "end_turn" | "stop_sequence":
                    return _text_of(reply), tokens
                case "tool_use":
                    results = [self._use_tool(block["toolUse"]) for block in reply["content"] if "toolUse" in block]
                    messages = [*messages, reply, {"role": "user", "content": results}]
                case reason:
                    # An answer that was cut off or held back would pass for a whole one.
                    raise AgentError(f"the model stopped with `{reason}`")
        raise AgentError(f"the model came to no answer in {self.settings.max_turns} turns")

    def _use_tool(self, use: Mapping[str, Any]) -> dict[str, Any]:
        name = use["name"]
        result: dict[str, Any] = {"toolUseId": use["toolUseId"]}
        try:
            result["content"] = [{"text": self._tool(name).call(use["input"])}]
        except Exception as error:  # The tool's own code, with arguments of the model's choice; it may try others.
            # Neither arguments nor messages are logged: both may hold what the caller sent.
            _logger.warning("tool `%s` failed with %s", name, type(error).__name__)
            result["content"] = [{"text": f"{type(error).__name__}: {error}"}]
            # Bedrock runtime API, ToolResultBlock: not all models take a status, so a success has none.
            result["status"] = "error"
        return {"toolResult": result}

    def _tool(self, name: str) -> Tool:
        if name not in self.tools:
            raise LookupError(f"there is no tool `{name}`")
        return self.tools[name]


def _text_of(message: Mapping[str, Any]) -> str:
    """Joins the texts of a message; its other blocks are the model's reasoning."""
    return "\n".join(block["text"] for block in message["content"] if "text" in block)


def find_json(text: str) -> Any:
    """Finds the JSON in an answer: in a fence, as the whole, or the first object in the text.

    An answer without any is returned as `{"raw_response": text}`, so that the caller always gets JSON.
    """
    decoder = json.JSONDecoder(parse_constant=_refuse_constant)
    for candidate in (*_FENCED.findall(text), text):
        try:
            value = decoder.decode(candidate.strip())
        except ValueError:
            continue
        if isinstance(value, dict | list):
            return value
    for brace in re.finditer(r"\{", text):
        try:
            return decoder.raw_decode(text, brace.start())[0]
        except ValueError:
            continue
    return {"raw_response": text}


def _refuse_constant(name: str) -> None:
    # Python reads NaN and Infinity, which are no JSON: the caller could not read the result.
    raise ValueError(f"`{name}` is not JSON")
