"""Which events are accepted, and the errors for the others."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from event import Data, Event, EventError, File, parse_event

FILE = {"location": "s3", "bucket": "inbox", "key": "a/b.PDF"}


def of_file(**content: Any) -> dict[str, Any]:
    return {"contentType": "file", "content": FILE | content}


def of_data(data: Any, **more: Any) -> dict[str, Any]:
    return {"contentType": "data", "content": {"data": data}, **more}


@pytest.mark.parametrize(
    ("sent", "parsed"),
    [
        (of_data("3 chairs"), Event(Data("3 chairs"))),
        (of_data({"größe": [1, None]}), Event(Data('{"größe": [1, null]}'))),
        (of_data(0), Event(Data("0"))),
        (of_file(), Event(File("inbox", "a/b.PDF", "a/b.PDF"))),
        (of_file(filename="x.csv"), Event(File("inbox", "a/b.PDF", "x.csv"))),
        (of_data("x", classificationResult={"documentClassification": "invoice"}), Event(Data("x"), "invoice")),
        (of_data("x", classificationResult=None, metadata={"any": "thing"}), Event(Data("x"))),
    ],
)
def every_form_of_an_event_is_parsed(sent: object, parsed: Event):
    assert parse_event(sent) == parsed


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ("text", "the event must be an object, not 'text'"),
        ({}, "`contentType` is missing"),
        ({"contentType": "xml"}, "`contentType` must be `data` or `file`, not 'xml'"),
        ({"contentType": ["data"]}, "`contentType` must be `data` or `file`, not ['data']"),
        ({"contentType": "data"}, "`content` is missing"),
        ({"contentType": "data", "content": "text"}, "`content` must be an object, not 'text'"),
        ({"contentType": "data", "content": {}}, "`content.data` is missing"),
        (of_data(" \n"), "`content.data` is empty"),
        (of_file(location="ftp"), "`content.location` must be `s3`, not 'ftp'"),
        (of_file(location=None), "`content.location` is missing"),
        (of_file(bucket=None), "`content.bucket` is missing"),
        (of_file(key=7), "`content.key` must be text that is not empty, not 7"),
        (of_file(filename=""), "`content.filename` must be text that is not empty, not ''"),
        (of_data("x", classificationResult="invoice"), "`classificationResult` must be an object, not 'invoice'"),
        (of_data("x", classificationResult={}), "`classificationResult.documentClassification` is missing"),
    ],
)
def every_mistake_in_an_event_is_reported_with_what_is_allowed(sent: object, message: str):
    with pytest.raises(EventError) as raised:
        parse_event(sent)
    assert str(raised.value) == message


def a_message_does_not_repeat_a_whole_value():
    with pytest.raises(EventError) as raised:
        parse_event({"contentType": "secret " * 1000})
    assert len(str(raised.value)) < 100


def the_extension_is_that_of_the_file_name():
    assert [File("b", "k", name).extension for name in ("a/b.PDF", "x.tar.gz", "none")] == ["pdf", "gz", ""]


def the_events_of_the_readme_are_accepted(quickstart: Path):
    blocks = re.findall(r"```json\n(.*?)```", (quickstart / "README.md").read_text(), re.DOTALL)
    events = [event for event in map(json.loads, blocks) if "contentType" in event]
    assert [type(parse_event(event).content) for event in events] == [Data, File]
