"""Checks of single values: type, enum, pattern, length, range, timestamp form."""

import base64
import binascii
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime

import regex
from botocore.model import Shape

INTEGERS = {"integer": 32, "long": 64, "short": 16, "byte": 8}
FLOATS = {"float", "double"}

# An answer of a server that runs now. Seconds that are written as milliseconds fall outside of it.
EARLIEST = datetime(2000, 1, 1).timestamp()
LATEST = datetime(2100, 1, 1).timestamp()

# Values that AWS answers although its models do not list them, by the name of the shape. Each needs
# an answer of AWS that somebody recorded.
RECORDED = {
    # The code that comes with "The function is being created." while an update of code or
    # configuration is under way, too (hashicorp/terraform-provider-aws, issue 43395, which quotes
    # a whole answer; appleboy/lambda-action, issue 65).
    "LastUpdateStatusReasonCode": {"Creating"},
}

ISO_8601 = regex.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
RFC_822 = regex.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")


def of_json(shape: Shape, value: object, path: str) -> Iterator[str]:
    """Checks a scalar as it stands in a JSON document."""
    kind = shape.type_name
    if kind == "boolean":
        if not isinstance(value, bool):
            yield f"{path}: not a boolean: {value!r}"
    elif kind in INTEGERS:
        if isinstance(value, bool) or not isinstance(value, int):
            yield f"{path}: not an integer: {value!r}"
        else:
            yield from _integer(shape, value, path)
    elif kind in FLOATS:
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield f"{path}: not a number: {value!r}"
        else:
            yield from _range(shape, value, path)
    elif kind == "timestamp":
        yield from _json_timestamp(shape, value, path)
    elif not isinstance(value, str):
        yield f"{path}: not a string: {value!r}"
    elif kind == "blob":
        yield from _blob(shape, value, path)
    else:
        yield from _string(shape, value, path)


def of_text(shape: Shape, text: str, path: str, default_time: str) -> Iterator[str]:
    """Checks a scalar as it stands in an XML element or a header."""
    kind = shape.type_name
    if kind == "boolean":
        if text not in ("true", "false"):
            yield f"{path}: not `true` or `false`: {text!r}"
    elif kind in INTEGERS:
        if not regex.fullmatch(r"-?\d+", text):
            yield f"{path}: not an integer: {text!r}"
        else:
            yield from _integer(shape, int(text), path)
    elif kind in FLOATS:
        try:
            yield from _range(shape, float(text), path)
        except ValueError:
            yield f"{path}: not a number: {text!r}"
    elif kind == "timestamp":
        yield from _text_timestamp(shape, text, path, default_time)
    elif kind == "blob":
        yield from _blob(shape, text, path)
    else:
        yield from _string(shape, text, path)


def of_length(shape: Shape, length: int, path: str) -> Iterator[str]:
    """Checks the number of items of a list or a map."""
    yield from _bounds(shape, length, path, "items")


def _integer(shape: Shape, value: int, path: str) -> Iterator[str]:
    bits = INTEGERS[shape.type_name]
    if not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
        yield f"{path}: {value} does not fit in {bits} bits"
    yield from _range(shape, value, path)


def _range(shape: Shape, value: float, path: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and value < low:
        yield f"{path}: {value} is below {low}"
    if high is not None and value > high:
        yield f"{path}: {value} is above {high}"


def _bounds(shape: Shape, length: int, path: str, unit: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and length < low:
        yield f"{path}: {length} {unit}, at least {low} expected"
    if high is not None and length > high:
        yield f"{path}: {length} {unit}, at most {high} expected"


def _string(shape: Shape, value: str, path: str) -> Iterator[str]:
    listed = getattr(shape, "enum", None)
    if listed:
        if value not in listed and value not in RECORDED.get(shape.name, ()):
            yield f"{path}: {value!r} is not one of the listed values"
        return
    yield from _bounds(shape, len(value), path, "characters")
    pattern = shape.metadata.get("pattern")
    # The services match the whole value, whether or not the model writes the anchors.
    if pattern and not regex.fullmatch(pattern, value):
        yield f"{path}: {value!r} does not match {pattern}"


def _blob(shape: Shape, value: str, path: str) -> Iterator[str]:
    try:
        decoded = base64.b64decode(value, validate=True)
    except binascii.Error:
        yield f"{path}: not base64: {value!r}"
    else:
        yield from _bounds(shape, len(decoded), path, "bytes")


def _json_timestamp(shape: Shape, value: object, path: str) -> Iterator[str]:
    form = shape.serialization.get("timestampFormat", "unixTimestamp")
    if form != "unixTimestamp":
        if isinstance(value, str):
            yield from _text_timestamp(shape, value, path, form)
        else:
            yield f"{path}: not a {form} timestamp: {value!r}"
    elif isinstance(value, bool) or not isinstance(value, int | float):
        yield f"{path}: not a timestamp in seconds: {value!r}"
    elif not EARLIEST <= value <= LATEST:
        yield f"{path}: {value} seconds are no time of this century"


def _text_timestamp(shape: Shape, text: str, path: str, default: str) -> Iterator[str]:
    form = shape.serialization.get("timestampFormat", default)
    match form:
        case "iso8601" if ISO_8601.fullmatch(text):
            moment = datetime.fromisoformat(text)
        case "rfc822" if RFC_822.fullmatch(text):
            moment = parsedate_to_datetime(text)
        case "unixTimestamp" if regex.fullmatch(r"\d+(\.\d+)?", text):
            moment = None
        case _:
            yield f"{path}: not a {form} timestamp: {text!r}"
            return
    seconds = float(text) if moment is None else moment.timestamp()
    if not EARLIEST <= seconds <= LATEST:
        yield f"{path}: {text!r} is no time of this century"
