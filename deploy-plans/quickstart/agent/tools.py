"""The tools of an agent: where they are, how they are loaded, and how the model is told of them.

A tool is a public function with a docstring and annotated parameters. It needs no decorator and no import of ours, so
it is tested like any other function.
"""

import importlib
import inspect
import io
import itertools
import json
import logging
import re
import sys
import types
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from client import S3Client, read_object
from schema import SchemaError, parameters_schema

_logger = logging.getLogger(__name__)
_serial = itertools.count()


@dataclass(frozen=True)
class ToolLocation:
    """Where a file with tools, or a zip archive of such files, is stored."""

    bucket: str
    key: str
    is_archive: bool

    @classmethod
    def parse_all(cls, config: str) -> tuple["ToolLocation", ...]:
        """Reads TOOLS_CONFIG, a JSON list of `{bucketName, key, isFile, isZipArchive}`."""
        return tuple(cls(tool["bucketName"], tool["key"], tool["isZipArchive"]) for tool in json.loads(config))

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True)
class Tool:
    """A function that the model may call."""

    name: str
    description: str
    schema: dict[str, Any]
    function: Callable[..., object]

    @classmethod
    def of(cls, function: Callable[..., object]) -> "Tool":
        """Describes a function to the model by its docstring and its annotations."""
        # Bedrock runtime API, ToolName. One bad name would have the whole conversation refused.
        if not re.fullmatch("[a-zA-Z0-9_-]{1,64}", function.__name__):
            raise SchemaError("its name must be ASCII letters, digits and `_`, 64 characters at most")
        description = inspect.getdoc(function)
        if not description:
            raise SchemaError("it has no docstring, so the model could not know what it is for")
        return cls(function.__name__, description, parameters_schema(function), function)

    def specification(self) -> dict[str, Any]:
        """Returns what Bedrock calls a tool."""
        return {
            "toolSpec": {
                "name": self.name,
                "description": self.description,
                "inputSchema": {"json": self.schema},
            }
        }

    def call(self, arguments: Mapping[str, Any]) -> str:
        """Runs the function; its result becomes JSON, so that the model sees one form whatever is returned."""
        return json.dumps(self.function(**arguments), ensure_ascii=False, default=str)


def load_tools(locations: Iterable[ToolLocation], s3: S3Client, folder: Path) -> dict[str, Tool]:
    """Loads all tools by name, through files in `folder`.

    Whatever does not load is left out with a warning: an agent with a tool less is worth more than none.
    """
    tools: dict[str, Tool] = {}
    for location in locations:
        with _left_out_on_failure(str(location)):
            for module_name in _fetch(location, s3, folder):
                with _left_out_on_failure(f"{location} ({module_name.partition('.')[2]})"):
                    _add_functions(importlib.import_module(module_name), location, tools)
    return tools


def _fetch(location: ToolLocation, s3: S3Client, folder: Path) -> Iterator[str]:
    """Stores the files of a tool as a package of its own, and names the modules that hold functions.

    The files of one archive reach each other by relative imports. Nothing joins the import path, so archives can bring
    modules of the same name.
    """
    package = types.ModuleType(f"agent_tool_{next(_serial)}")
    home = folder / package.__name__
    home.mkdir()
    content = read_object(s3, location.bucket, location.key)
    if location.is_archive:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(home)
    else:
        # Under a name of ours: keys hold characters that names of modules cannot.
        (home / "tool.py").write_bytes(content)
    package.__path__ = [str(home)]
    sys.modules[package.__name__] = package
    for path in sorted(home.rglob("*.py")):
        if not path.name.startswith(("_", "test_")):
            inner = path.relative_to(home).with_suffix("")
            yield ".".join((package.__name__, *inner.parts))


def _add_functions(module: types.ModuleType, location: ToolLocation, tools: dict[str, Tool]) -> None:
    for name, function in inspect.getmembers(module, inspect.isfunction):
        # What a module imports is no tool of its own.
        if name.startswith("_") or function.__module__ != module.__name__:
            continue
        with _left_out_on_failure(f"function `{name}` of {location}"):
            if name in tools:
                raise SchemaError("another tool has that name")
            tools[name] = Tool.of(function)


@contextmanager
def _left_out_on_failure(what: str) -> Iterator[None]:
    try:
        yield
    except SchemaError as error:
        _logger.warning("%s is left out: %s", what, error)
    except Exception as error:  # Importing a tool runs its code, which may raise anything.
        _logger.warning("%s is left out: %r", what, error, exc_info=True)
