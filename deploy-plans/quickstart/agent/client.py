"""What the agent needs of AWS: two calls. Whoever runs the agent brings the clients, so tests bring their own."""

from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError


class S3Client(Protocol):
    """The part of boto3's S3 client that is used."""

    def get_object(self, *, Bucket: str, Key: str) -> Any:
        """Reads an object."""


class BedrockClient(Protocol):
    """The part of boto3's Bedrock runtime client that is used."""

    def converse(self, **request: Any) -> Any:
        """Asks a model for its next message."""


class ReadError(RuntimeError):
    """An object could not be read; the message says which and why, because Lambda's answer holds nothing else."""


def read_object(s3: S3Client, bucket: str, key: str, *, limit: int | None = None) -> bytes:
    """Reads a whole object; one of more than `limit` bytes is refused before its content is fetched."""
    place = f"s3://{bucket}/{key}"
    try:
        answer = s3.get_object(Bucket=bucket, Key=key)
        if limit is not None and answer["ContentLength"] > limit:
            answer["Body"].close()
            raise ReadError(f"`{place}` has {answer['ContentLength']} bytes, more than {limit}")
        content: bytes = answer["Body"].read()
    except (BotoCoreError, ClientError) as error:
        raise ReadError(f"could not read `{place}`: {error}") from error
    return content
