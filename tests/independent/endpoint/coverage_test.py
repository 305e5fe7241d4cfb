"""Compares the operations of the endpoint with those that the other tests called; runs after them."""

import json
import urllib.request

import pytest
from botocore.session import get_session

MODELS = {
    "bedrock-agentcore": "bedrock-agentcore-control",
    "tagging": "resourcegroupstaggingapi",
}


@pytest.fixture(scope="module")
def registered(endpoint_url) -> dict[str, set[str]]:
    with urllib.request.urlopen(f"{endpoint_url}/_agentctl/operations") as answer:
        return {service: set(names) for service, names in json.load(answer).items()}


def missing(wanted: dict[str, set[str]], driven: dict[str, set[str]]) -> dict[str, list[str]]:
    gaps = {service: sorted(names - driven.get(service, set())) for service, names in wanted.items()}
    return {service: names for service, names in gaps.items() if names}


def every_operation_of_the_endpoint_is_one_of_aws(registered):
    known = {
        service: set(get_session().get_service_model(MODELS.get(service, service)).operation_names)
        for service in registered
    }
    assert missing(registered, known) == {}


def every_operation_was_answered(registered, witness):
    answered, _ = witness.driven()
    assert missing(registered, answered) == {}


def every_operation_was_refused(registered, witness):
    _, refused = witness.driven()
    assert missing(registered, refused) == {}
