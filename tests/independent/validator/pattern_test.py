"""The patterns in the source of the local endpoint are those of botocore's models, letter by letter."""

import re
from pathlib import Path

import pytest
from botocore.session import get_session

SOURCE = Path(__file__).parents[3] / "localstack" / "src"
MODELS = {
    "agentcore": "bedrock-agentcore-control",
    "iam": "iam",
    "kms": "kms",
    "lambda": "lambda",
    "logs": "logs",
}
# What the endpoint has once for all services.
SHARED = {"tag.rs": "iam"}
DECLARED = re.compile(r'Pattern::new\(\s*(?:r"([^"]*)"|"([^"\\]*)")')


def declared(path: Path) -> set[str]:
    return {raw or plain for raw, plain in DECLARED.findall(path.read_text())}


def modelled(service: str) -> set[str]:
    model = get_session().get_service_model(service)
    patterns = (model.shape_for(name).metadata.get("pattern") for name in model.shape_names)
    return {pattern for pattern in patterns if pattern}


@pytest.mark.parametrize("folder", sorted(MODELS))
def every_pattern_of_a_service_is_one_of_its_model(folder):
    found = {text for path in (SOURCE / "services" / folder).rglob("*.rs") for text in declared(path)}
    assert found
    assert found - modelled(MODELS[folder]) == set()


@pytest.mark.parametrize("name", sorted(SHARED))
def every_shared_pattern_is_one_of_a_model(name):
    found = declared(SOURCE / name)
    assert found
    assert found - modelled(SHARED[name]) == set()


def every_file_with_a_pattern_is_looked_at():
    files = {path.relative_to(SOURCE).parts for path in SOURCE.rglob("*.rs") if declared(path)}
    files.discard(("pattern.rs",))
    assert {parts for parts in files if parts[:1] != ("services",)} == {(name,) for name in SHARED}
    assert {parts[1] for parts in files if parts[:1] == ("services",)} == set(MODELS)
