"""AWS in the tests: boto3's own clients, which check requests and prepared answers against AWS's models."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.response import StreamingBody
from botocore.stub import Stubber

BUCKET = "agentctl-111122223333-us-east-1"
MODEL = "us.anthropic.claude-haiku-5-5"
USAGE = {"inputTokens": 70, "outputTokens": 30, "totalTokens": 100}


def client(service: str) -> Any:
    """Creates a client that reaches nothing: it has no real credentials, and a stub answers."""
    credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client(service, region_name="us-east-1", **credentials)


def archive(files: Mapping[str, str]) -> bytes:
    """Packs files as agentctl packs a folder of tools."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for name, text in files.items():
            target.writestr(name, text)
    return packed.getvalue()


class Aws:
    """S3 and Bedrock with answers prepared in the order of the requests."""

    def __init__(self, s3: Any, bedrock: Any) -> None:
        self.s3 = s3
        self.bedrock = bedrock
        self.stubs = {"s3": Stubber(s3), "bedrock": Stubber(bedrock)}

    def has(self, key: str, content: bytes | str | Path, bucket: str = BUCKET) -> None:
        """The next read returns this object."""
        data = content.read_bytes() if isinstance(content, Path) else content
        data = data.encode() if isinstance(data, str) else data
        body = StreamingBody(io.BytesIO(data), len(data))
        answer = {"Body": body, "ContentLength": len(data)}
        self.stubs["s3"].add_response("get_object", answer, {"Bucket": bucket, "Key": key})

    def lacks(self, key: str) -> None:
        """The next read finds no object."""
        self.stubs["s3"].add_client_error(
            "get_object",
            "NoSuchKey",
            "The specified key does not exist.",
            404,
            expected_params={"Bucket": BUCKET, "Key": key},
        )

    def replies(self, *content: dict[str, Any], stop: str = "end_turn", request: dict[str, Any] | None = None) -> None:
        """The model's next message; `request` is the expected request."""
        answer = {
            "output": {"message": {"role": "assistant", "content": list(content)}},
            "stopReason": stop,
            "usage": USAGE,
            "metrics": {"latencyMs": 1},
        }
        self.stubs["bedrock"].add_response("converse", answer, request)

    def refuses(self, code: str, message: str) -> None:
        """Bedrock refuses the next request."""
        self.stubs["bedrock"].add_client_error("converse", code, message, 429)
