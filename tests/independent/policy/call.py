"""From an HTTP request to an operation of AWS and its parameters, by botocore's models."""

import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qsl, unquote, urlsplit

from botocore.model import OperationModel, ServiceModel
from botocore.session import get_session

from policy.recorder import Exchange

# The names with which clients sign, where they are not those of the models.
MODELS = {
    "bedrock-agentcore": "bedrock-agentcore-control",
    "tagging": "resourcegroupstaggingapi",
}


@dataclass(frozen=True)
class Call:
    """An operation with its parameters, and what it answered."""

    service: str
    operation: str
    parameters: dict
    headers: dict[str, str]
    succeeded: bool
    answer: dict

    def __str__(self) -> str:
        return f"{self.service} {self.operation}"


def call_of(exchange: Exchange) -> Call:
    scope = re.search(r"Credential=([^,]+)", exchange.headers["authorization"])
    service = scope.group(1).split("/")[3]
    model = service_model(service)
    # botocore and the SDK for Rust speak different protocols with the tagging service.
    protocol = "json" if "x-amz-target" in exchange.headers else model.metadata["protocol"]
    place = urlsplit(exchange.target)
    query = dict(parse_qsl(place.query, keep_blank_values=True))
    if protocol == "json":
        operation = exchange.headers["x-amz-target"].partition(".")[2]
        parameters = json.loads(exchange.body or b"{}")
    elif protocol == "query":
        parameters = dict(parse_qsl(exchange.body.decode()))
        operation = parameters.pop("Action")
    else:
        operation, parameters = matched(model, exchange.method, place.path, query)
        if protocol == "rest-json" and exchange.body:
            parameters |= json.loads(exchange.body)
        elif protocol == "rest-xml" and operation in ("CreateBucket", "DeleteObjects"):
            parameters["body"] = exchange.body.decode()
    succeeded = exchange.status < 300
    is_json = succeeded and exchange.answer and protocol in ("json", "rest-json")
    answer = json.loads(exchange.answer) if is_json else {}
    return Call(service, operation, parameters, exchange.headers, succeeded, answer)


def texts(document: str, name: str) -> list[str]:
    """Returns the texts of all elements with a name in an XML document, whatever their namespace."""
    found = ElementTree.fromstring(document).iter()
    return [element.text or "" for element in found if element.tag.rpartition("}")[2] == name]


@cache
def service_model(service: str) -> ServiceModel:
    return get_session().get_service_model(MODELS.get(service, service))


@cache
def places(model: ServiceModel) -> list[tuple[OperationModel, re.Pattern, set[str]]]:
    """Returns where a REST service finds its operations, the most particular first."""
    found = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        path, _, query = operation.http["requestUri"].partition("?")
        pattern = re.sub(r"\\\{(\w+)\\\+\\\}", r"(?P<\1>.+)", re.escape(path))
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", pattern)
        wanted = {part.partition("=")[0] for part in query.split("&") if part}
        found.append((operation, re.compile(pattern.removesuffix("/") + "/?"), wanted))
    # More literal text and more parameters make an operation more particular.
    found.sort(key=lambda place: (-len(place[2]), place[1].pattern.count("(?P")))
    return found


def matched(
    model: ServiceModel, method: str, path: str, query: dict[str, str]
) -> tuple[str, dict[str, str]]:
    for operation, pattern, wanted in places(model):
        is_named = query.get("x-id") in (None, operation.name)
        labels = pattern.fullmatch(path)
        if operation.http["method"] == method and labels and wanted <= query.keys() and is_named:
            decoded = {name: unquote(value) for name, value in labels.groupdict().items()}
            return operation.name, query | decoded
    raise LookupError(f"{model.service_name}: {method} {path} {query}")
