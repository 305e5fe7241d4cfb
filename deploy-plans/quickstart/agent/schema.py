"""The JSON Schema of a function's parameters, from its annotations."""

import inspect
import types
from collections.abc import Callable
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

_SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


class SchemaError(TypeError):
    """A function cannot be described to a model."""


def parameters_schema(function: Callable[..., object]) -> dict[str, Any]:
    """Returns the schema of the object that holds a function's arguments by name."""
    if inspect.iscoroutinefunction(function):
        raise SchemaError("it is a coroutine; tools are plain functions")
    hints = get_type_hints(function, include_extras=True)
    parameters = inspect.signature(function).parameters.values()
    for parameter in parameters:
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise SchemaError(f"parameter `{parameter.name}` cannot be given by name")
        if parameter.name not in hints:
            raise SchemaError(f"parameter `{parameter.name}` has no annotation")
    required = [parameter.name for parameter in parameters if parameter.default is parameter.empty]
    return _object({parameter.name: hints[parameter.name] for parameter in parameters}, required)


def _object(members: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: _schema(hint) for name, hint in members.items()},
        "required": required,
        "additionalProperties": False,
    }


def _schema(hint: Any) -> dict[str, Any]:
    if hint in _SCALARS:
        return {"type": _SCALARS[hint]}
    if is_typeddict(hint):
        return _object(get_type_hints(hint, include_extras=True), sorted(hint.__required_keys__))
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        notes = [note for note in arguments[1:] if isinstance(note, str)]
        return _schema(arguments[0]) | ({"description": " ".join(notes)} if notes else {})
    if origin in (Required, NotRequired):
        return _schema(arguments[0])
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(argument) for argument in arguments]}
    if origin is list:
        return {"type": "array", "items": _schema(arguments[0])}
    if origin is dict and arguments[0] is str:
        return {"type": "object", "additionalProperties": _schema(arguments[1])}
    raise SchemaError(f"the type `{hint}` has no form in JSON")
