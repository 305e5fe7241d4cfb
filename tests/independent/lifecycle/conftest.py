"""Each test has an account of its own in ministack, and a copy of the quickstart project."""

import itertools
import os

import pytest

from lifecycle.cloud import Cloud

ACCOUNTS = (f"{number:012}" for number in itertools.count(100_000_000_001))


@pytest.fixture
def cloud() -> Cloud:
    return Cloud(os.environ["MINISTACK_URL"], next(ACCOUNTS))
