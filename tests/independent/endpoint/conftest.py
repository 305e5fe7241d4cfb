"""Clients of the local endpoint whose answers are all compared with botocore's models."""

import os
import uuid
from collections.abc import Callable, Iterator

import boto3
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.session import Session

from endpoint.drive import ACCOUNT, REGION
from validator import Witness


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Moves the test of the coverage to the end."""
    items.sort(key=lambda item: item.path.name == "coverage_test.py")


@pytest.fixture(scope="session")
def endpoint_url() -> str:
    return os.environ["ENDPOINT_URL"]


@pytest.fixture(scope="session")
def witness() -> Witness:
    return Witness()


@pytest.fixture(scope="session")
def connect(endpoint_url: str, witness: Witness) -> Callable[[str], BaseClient]:
    """Creates clients that check no input and retry nothing."""
    core = Session()
    # The endpoint reads the account from the access key id.
    core.set_credentials(ACCOUNT, "secret")
    witness.attach(core)
    session = boto3.Session(botocore_session=core, region_name=REGION)
    config = Config(
        parameter_validation=False,
        retries={"total_max_attempts": 1},
        s3={"addressing_style": "path"},
    )
    made: dict[str, BaseClient] = {}

    def client(service: str) -> BaseClient:
        if service not in made:
            made[service] = session.client(service, endpoint_url=endpoint_url, config=config)
        return made[service]

    return client


@pytest.fixture(autouse=True)
def within_the_model(witness: Witness) -> Iterator[None]:
    with witness.within_the_model():
        yield


@pytest.fixture
def sts(connect):
    return connect("sts")


@pytest.fixture
def iam(connect):
    return connect("iam")


@pytest.fixture
def kms(connect):
    return connect("kms")


@pytest.fixture
def s3(connect):
    return connect("s3")


@pytest.fixture
def logs(connect):
    return connect("logs")


@pytest.fixture
def functions(connect):
    return connect("lambda")


@pytest.fixture
def agents(connect):
    return connect("bedrock-agentcore-control")


@pytest.fixture
def tagging(connect):
    return connect("resourcegroupstaggingapi")


@pytest.fixture
def name() -> str:
    """Returns a name that no other test uses."""
    return f"drive-{uuid.uuid4().hex[:12]}"
