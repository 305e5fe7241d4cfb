"""What the tests of all services share: expected refusals, waiting, and small documents."""

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

ACCOUNT = "111122223333"
REGION = "us-east-1"
DEADLINE_SECONDS = 60

T = TypeVar("T")


@contextmanager
def refused(*codes: str, telling: str = "") -> Iterator[None]:
    """Expects the call inside to be refused with one of these codes, and a message that has the text."""
    with pytest.raises(ClientError) as raised:
        yield
    error = raised.value.response["Error"]
    assert error["Code"] in codes and telling in error["Message"], error


def eventually(call: Callable[[], T | None], what: str) -> T:
    """Repeats the call until it returns something; fails at the deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while (answer := call()) is None:
        assert time.monotonic() < deadline, f"not within {DEADLINE_SECONDS} s: {what}"
        time.sleep(0.05)
    return answer


def is_refused(call: Callable[[], object], *codes: str) -> bool:
    """Returns whether the call is refused with one of these codes; any other refusal is an error."""
    try:
        call()
    except ClientError as fault:
        if fault.response["Error"]["Code"] not in codes:
            raise
        return True
    return False


def usable_key(kms: BaseClient, **asked: object) -> dict:
    """Creates a key and waits until calls find it.

    KMS developer guide, "AWS KMS eventual consistency": a new key may be unknown for some seconds.
    """
    key = kms.create_key(**asked)["KeyMetadata"]
    known = {"KeyId": key["Arn"]}
    eventually(
        lambda: None if is_refused(lambda: kms.describe_key(**known), "NotFoundException") else key,
        "the key is known",
    )
    return key


def trust_of(service: str) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": service},
                    "Action": "sts:AssumeRole",
                    "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
                }
            ],
        }
    )


def allowing(action: str, resource: str = "*") -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}],
        }
    )


def zip_of(source: str) -> bytes:
    """Packs a handler module; equal sources give equal bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("batch.py"), source)
    return packed.getvalue()
