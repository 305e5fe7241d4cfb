"""The event that an agent answers: what a caller sends, checked once and typed from there on."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from reprlib import repr as shortened
from typing import Any


class EventError(ValueError):
    """The event is not what the agent takes; the caller has to change it."""


@dataclass(frozen=True)
class Data:
    """Content that stands in the event itself."""

    text: str


@dataclass(frozen=True)
class File:
    """Content that is an object in S3."""

    bucket: str
    key: str
    filename: str
    """Decides what kind of file it is; the key need not."""

    @property
    def extension(self) -> str:
        """The extension in lower case, without its dot."""
        return PurePosixPath(self.filename).suffix.removeprefix(".").lower()


@dataclass(frozen=True)
class Event:
    """What the agent is asked to look at, and what an earlier step found it to be."""

    content: Data | File
    classification: str | None = None


def parse_event(event: object) -> Event:
    """Checks an event; keys that are not known, such as the caller's own `metadata`, are ignored."""
    top = _mapping(event, "the event")
    content_type = _choice(top, "contentType", "contentType", ("data", "file"))
    content = _mapping(_required(top, "content", "content"), "`content`")
    return Event(
        content=_data(content) if content_type == "data" else _file(content),
        classification=_classification(top),
    )


def _data(content: Mapping[str, Any]) -> Data:
    data = _required(content, "data", "content.data")
    # Workflows pass on what the step before returned, which is seldom text.
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    if not text.strip():
        raise EventError("`content.data` is empty")
    return Data(text)


def _file(content: Mapping[str, Any]) -> File:
    _choice(content, "location", "content.location", ("s3",))
    key = _text(content, "key", "content.key")
    filename = _text(content, "filename", "content.filename") if "filename" in content else key
    return File(bucket=_text(content, "bucket", "content.bucket"), key=key, filename=filename)


def _classification(top: Mapping[str, Any]) -> str | None:
    found = top.get("classificationResult")
    if found is None:
        return None
    path = "classificationResult.documentClassification"
    return _text(_mapping(found, "`classificationResult`"), "documentClassification", path)


def _mapping(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise EventError(f"{name} must be an object, not {shortened(value)}")
    return value


def _required(parent: Mapping[str, Any], key: str, path: str) -> Any:
    if parent.get(key) is None:
        raise EventError(f"`{path}` is missing")
    return parent[key]


def _text(parent: Mapping[str, Any], key: str, path: str) -> str:
    value = _required(parent, key, path)
    if not isinstance(value, str) or not value:
        raise EventError(f"`{path}` must be text that is not empty, not {shortened(value)}")
    return value


def _choice(parent: Mapping[str, Any], key: str, path: str, allowed: Iterable[str]) -> str:
    value = _required(parent, key, path)
    for choice in allowed:
        if value == choice:
            return choice
    choices = " or ".join(f"`{choice}`" for choice in allowed)
    raise EventError(f"`{path}` must be {choices}, not {shortened(value)}")
