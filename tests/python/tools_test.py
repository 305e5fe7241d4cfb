"""How tools are loaded, described and called."""

import logging
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, NotRequired, TypedDict

import pytest
from schema import SchemaError, parameters_schema
from tools import Tool, ToolLocation, load_tools

from aws import BUCKET, Aws, archive

GREET = 'def greet(name: str) -> str:\n    """Greets."""\n    return f"Hello {name}"\n'


def load(aws: Aws, folder: Path, *tools: tuple[str, bytes | str | Path]) -> dict[str, Tool]:
    for key, content in tools:
        aws.has(key, content)
    locations = [ToolLocation(BUCKET, key, is_archive=key.endswith(".zip")) for key, _ in tools]
    return load_tools(locations, aws.s3, folder)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def the_configuration_is_that_of_a_deployment():
    config = (
        '[{"bucketName":"b","key":"t/1-a.py","isFile":true,"isZipArchive":false},'
        '{"bucketName":"b","key":"t/2.zip","isFile":false,"isZipArchive":true}]'
    )
    assert ToolLocation.parse_all(config) == (
        ToolLocation("b", "t/1-a.py", is_archive=False),
        ToolLocation("b", "t/2.zip", is_archive=True),
    )


def a_file_whose_name_is_no_module_is_loaded(aws: Aws, tmp_path: Path):
    tools = load(aws, tmp_path, ("tools/0f3e-my.greeting tool.py", GREET))
    assert {name: tool.call({"name": "Ada"}) for name, tool in tools.items()} == {"greet": '"Hello Ada"'}


def an_archive_holds_modules_that_import_each_other_and_no_tests(
    aws: Aws, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    files = {
        "tax.py": 'from ._rates import rate\ndef tax(land: str) -> int:\n    """Taxes."""\n    return rate(land)\n',
        "_rates.py": 'def rate(name: str) -> int:\n    """Rates."""\n    return {"DE": 19}[name]\n',
        "inner/deep.py": "from .._rates import rate as _rate\n" + GREET.replace("greet", "deep"),
        "test_tax.py": "raise AssertionError('tests are not loaded')\n",
        "notes.txt": "no module",
    }
    tools = load(aws, tmp_path, ("tools/erp.zip", archive(files)))
    assert sorted(tools) == ["deep", "tax"]
    assert tools["tax"].call({"land": "DE"}) == "19"
    assert warnings(caplog) == []


def a_tool_that_does_not_load_is_left_out_with_a_warning(aws: Aws, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    aws.lacks("gone.py")
    broken = archive({"bad.py": "import nowhere_to_be_found\n", "good.py": GREET.replace("greet", "good")})
    stored = {"torn.zip": b"no archive", "syntax.py": "def (", "part.zip": broken, "greet.py": GREET}
    for key, content in stored.items():
        aws.has(key, content)
    keys = ("gone.py", *stored)
    tools = load_tools([ToolLocation(BUCKET, key, key.endswith(".zip")) for key in keys], aws.s3, tmp_path)
    assert sorted(tools) == ["good", "greet"]
    assert [message.partition(" is left out")[0] for message in warnings(caplog)] == [
        f"s3://{BUCKET}/gone.py",
        f"s3://{BUCKET}/torn.zip",
        f"s3://{BUCKET}/syntax.py (tool)",
        f"s3://{BUCKET}/part.zip (bad)",
    ]


def only_the_function_that_cannot_be_described_is_left_out(aws: Aws, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    text = f"import json\nfrom pathlib import Path\n{GREET}def silent(a: int):\n    pass\ndef _hidden():\n    pass\n"
    assert sorted(load(aws, tmp_path, ("mixed.py", text), ("second.py", GREET))) == ["greet"]
    assert warnings(caplog) == [
        f"function `silent` of s3://{BUCKET}/mixed.py is left out: "
        "it has no docstring, so the model could not know what it is for",
        f"function `greet` of s3://{BUCKET}/second.py is left out: another tool has that name",
    ]


class Place(TypedDict):
    city: str
    zip: NotRequired[int | None]


def every_type_with_a_form_in_json_is_described():
    def function(
        text: str,
        place: Place,
        tags: Annotated[list[str], "what it is about"],
        *,
        unit: Literal["C", "F"] = "C",
        limits: dict[str, float] | None = None,
        exact: bool = False,
    ) -> None: ...

    place = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "zip": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
        "required": ["city"],
        "additionalProperties": False,
    }
    limits = {"type": "object", "additionalProperties": {"type": "number"}}
    assert parameters_schema(function) == {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "place": place,
            "tags": {"type": "array", "items": {"type": "string"}, "description": "what it is about"},
            "unit": {"enum": ["C", "F"]},
            "limits": {"anyOf": [limits, {"type": "null"}]},
            "exact": {"type": "boolean"},
        },
        "required": ["text", "place", "tags"],
        "additionalProperties": False,
    }


async def waiting() -> None: ...
def open_ended(*words: str) -> None: ...
def untyped(word) -> None: ...
def bare(words: list) -> None: ...
def alien(amount: Decimal) -> None: ...


@pytest.mark.parametrize(
    ("function", "fault"),
    [
        (waiting, "it is a coroutine; tools are plain functions"),
        (open_ended, "parameter `words` cannot be given by name"),
        (untyped, "parameter `word` has no annotation"),
        (bare, "the type `<class 'list'>` has no form in JSON"),
        (alien, "the type `<class 'decimal.Decimal'>` has no form in JSON"),
    ],
)
def every_function_that_a_model_could_not_call_is_refused(function, fault: str):
    with pytest.raises(SchemaError) as raised:
        parameters_schema(function)
    assert str(raised.value) == fault


def a_name_that_bedrock_would_refuse_is_refused():
    def größe() -> None:
        """Measures."""

    with pytest.raises(SchemaError, match="ASCII"):
        Tool.of(größe)


def the_tool_of_the_quickstart_is_described_whole(aws: Aws, tmp_path: Path, quickstart: Path):
    tools = load(aws, tmp_path, ("invoice_total.py", quickstart / "tools" / "invoice_total.py"))
    line = {
        "type": "object",
        "properties": {
            "quantity": {"type": "string", "description": "a decimal number, such as 2 or 0.5; negative for a credit"},
            "unit_price": {
                "type": "string",
                "description": "the net price of one unit, such as 19.99",
            },
        },
        "required": ["quantity", "unit_price"],
        "additionalProperties": False,
    }
    lines = {"type": "array", "items": line, "description": "the lines of the invoice, in any order"}
    rate = {"type": "string", "description": "the tax rate in percent, such as 19 or 8.875"}
    specification = {
        "name": "invoice_total",
        "description": (
            "Adds up the lines of one invoice and returns its net amount, tax and gross amount.\n\n"
            "Every line is rounded to the cent, and so is the tax on their sum; halves are rounded up."
        ),
        "inputSchema": {
            "json": {
                "type": "object",
                "properties": {"lines": lines, "tax_percent": rate},
                "required": ["lines"],
                "additionalProperties": False,
            }
        },
    }
    assert [tool.specification() for tool in tools.values()] == [{"toolSpec": specification}]
