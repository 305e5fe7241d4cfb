"""The manifests of the repository under their JSON Schema, as an editor sees them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "docs/agentctl.schema.json").read_text())
MANIFESTS = sorted(
    path for path in (ROOT / "deploy-plans").rglob("*.yaml") if path.parent.name != "schedules"
)


class _Loader(yaml.SafeLoader):
    """Reads `2026-01-01` and the like as text, as YAML 1.2 does."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def documents(path: Path) -> Iterator[Any]:
    """Yields what a manifest declares."""
    yield from (each for each in yaml.load_all(path.read_text(), _Loader) if each is not None)


def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(SCHEMA)


def the_schema_is_a_json_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert MANIFESTS


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: str(path.relative_to(ROOT)))
def every_manifest_is_valid(path: Path) -> None:
    for document in documents(path):
        assert [error.message for error in validator().iter_errors(document)] == []


def agent() -> Any:
    """Returns the agent of the quickstart."""
    quickstart = documents(ROOT / "deploy-plans/quickstart/agentctl.yaml")
    return next(each for each in quickstart if each["kind"] == "BatchAgent")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("promt", "x"),
        ("expectJson", "sure"),
        ("runtime", "fargate"),
        ("lambda", {"timeout": 1801}),
        ("lambda", {"memorySize": 64}),
        ("code", {"handler": "batch.handler", "url": "x"}),
        ("observability", {"enabled": True, "retentionDays": 8}),
    ],
)
def every_value_that_the_loader_refuses_is_refused(place: str, value: Any) -> None:
    document = agent()
    document["spec"][place] = value
    assert not validator().is_valid(document)


@pytest.mark.parametrize("block", ["lambda", "agentcore", "observability"])
def an_empty_block_and_empty_keys_take_their_defaults(block: str) -> None:
    definition = SCHEMA["$defs"]["AgentSpec"]["properties"][block]["anyOf"][0]["$ref"]
    keys = SCHEMA["$defs"][definition.rpartition("/")[2]]["properties"]
    for value in (None, {}, dict.fromkeys(keys)):
        document = agent()
        document["spec"][block] = value
        assert [error.message for error in validator().iter_errors(document)] == []
