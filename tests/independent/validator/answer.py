"""Checks one whole answer: status, headers, envelope and body, by the protocol of its service."""

import json
from collections.abc import Iterator, Mapping

from botocore.model import OperationModel, Shape, StructureShape

from validator import fault, json_body, xml_body
from validator import value as check

# Root elements of S3's answers, from the syntax sections of the Amazon S3 API Reference: the
# model does not name them.
S3_ROOTS = {
    "CopyObject": "CopyObjectResult",
    "DeleteObjects": "DeleteResult",
    "GetBucketEncryption": "ServerSideEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketLocation": "LocationConstraint",
    "GetBucketOwnershipControls": "OwnershipControls",
    "GetBucketTagging": "Tagging",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetObjectTagging": "Tagging",
    "GetPublicAccessBlock": "PublicAccessBlockConfiguration",
    "ListBuckets": "ListAllMyBucketsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectVersions": "ListVersionsResult",
    "ListObjectsV2": "ListBucketResult",
}
S3_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

# The sample answers of these in the Amazon S3 API Reference are 204, where the model has no
# status, which means 200.
S3_NO_CONTENT = {"PutBucketPolicy", "PutBucketTagging"}

# Headers any AWS answer may carry though no operation lists them.
COMMON_HEADERS = {
    "x-amz-bucket-region",
    "x-amz-crc32",
    "x-amz-id-2",
    "x-amz-request-id",
    "x-amzn-errortype",
    "x-amzn-remapped-content-length",
    "x-amzn-requestid",
    "x-amzn-trace-id",
}
# S3 also returns a delete marker with the refusals of GET and HEAD (GetObject, HeadObject).
S3_FAULT_HEADERS = {"x-amz-delete-marker", "x-amz-version-id"}

CONTENT_TYPES = {
    "rest-json": {"application/json"},
    "query": {"text/xml"},
    "rest-xml": {"application/xml", "text/xml"},
}


def problems_of(
    operation: OperationModel, status: int, headers: Mapping[str, str], body: bytes | None
) -> list[str]:
    """Lists every difference between the answer and the model of its operation.

    The body is `None` if it streams; then it is not checked.
    """
    lowered = {name.lower(): text for name, text in headers.items()}
    if status >= 300:
        found = [
            *fault.problems(operation, status, lowered, body or b""),
            *_unknown_headers(lowered, COMMON_HEADERS | S3_FAULT_HEADERS, ()),
        ]
    else:
        found = _success(operation, status, lowered, body)
    return [*_request_id(operation, lowered), *found]


def protocol_of(operation: OperationModel) -> str:
    """Names the protocol that botocore speaks with the service, which may offer several."""
    return operation.service_model.resolved_protocol


def _request_id(operation: OperationModel, headers: Mapping[str, str]) -> Iterator[str]:
    wanted = "x-amz-request-id" if protocol_of(operation) == "rest-xml" else "x-amzn-requestid"
    if not headers.get(wanted):
        yield f"header {wanted}: absent"


def _success(
    operation: OperationModel, status: int, headers: Mapping[str, str], body: bytes | None
) -> Iterator[str]:
    protocol = protocol_of(operation)
    if status not in (expected := _statuses(operation, headers)):
        yield f"status: {status}, expected {sorted(expected)}"
    if protocol.startswith("rest"):
        yield from _headers(operation.output_shape, headers)
    if body is None or operation.http.get("method") == "HEAD":
        return
    match protocol:
        case "json":
            yield from _json(operation, headers, body)
        case "query":
            yield from _query(operation, headers, body)
        case _:
            yield from _rest(operation, headers, body)


def _statuses(operation: OperationModel, headers: Mapping[str, str]) -> set[int]:
    members = operation.output_shape.members.values() if operation.output_shape else ()
    if any(member.serialization.get("location") == "statusCode" for member in members):
        # The status is itself a member of the answer (Lambda: Invoke, DeleteFunction).
        return set(range(200, 300))
    if operation.name in S3_NO_CONTENT and protocol_of(operation) == "rest-xml":
        return {200, 204}
    if protocol_of(operation) == "rest-xml" and "content-range" in headers:
        return {206}
    return {operation.http.get("responseCode", 200)}


def _json(
    operation: OperationModel, headers: Mapping[str, str], body: bytes
) -> Iterator[str]:
    shape = operation.output_shape
    if shape is None or not shape.members:
        if body not in (b"", b"{}"):
            yield f"body: nothing expected: {body[:120]!r}"
        return
    version = operation.service_model.metadata["jsonVersion"]
    yield from _content_type(headers, {f"application/x-amz-json-{version}"})
    yield from _json_document(shape, body, shape.members)


def _json_document(shape: Shape, body: bytes, names: object) -> Iterator[str]:
    try:
        document = json.loads(body)
    except ValueError as error:
        yield f"body: not JSON ({error}): {body[:120]!r}"
        return
    if isinstance(shape, StructureShape) and not shape.is_document_type:
        yield from json_body.structure(shape, document, "body", names)
    else:
        yield from json_body.walk(shape, document, "body")


def _query(
    operation: OperationModel, headers: Mapping[str, str], body: bytes
) -> Iterator[str]:
    yield from _content_type(headers, CONTENT_TYPES["query"])
    try:
        root = xml_body.parse(body)
    except xml_body.NotXml as error:
        yield str(error)
        return
    name = operation.name
    if xml_body.local(root.tag) != f"{name}Response":
        yield f"body: the root is `{xml_body.local(root.tag)}`, not `{name}Response`"
    expected = operation.service_model.metadata["xmlNamespace"]
    if xml_body.namespace(root) != expected:
        yield f"body: namespace `{xml_body.namespace(root)}`, the model says `{expected}`"
    children = {xml_body.local(child.tag): child for child in root}
    request_id = None
    if (metadata := children.pop("ResponseMetadata", None)) is not None:
        request_id = next((c.text for c in metadata if xml_body.local(c.tag) == "RequestId"), None)
    if not request_id:
        yield "body: no ResponseMetadata/RequestId"
    shape = operation.output_shape
    if shape is not None:
        wrapper = shape.serialization["resultWrapper"]
        if (result := children.pop(wrapper, None)) is None:
            yield f"body: no `{wrapper}`"
        else:
            yield from xml_body.walk(shape, result, wrapper)
    for tag in children:
        yield f"body/{tag}: no part of a query answer"


def _rest(
    operation: OperationModel, headers: Mapping[str, str], body: bytes
) -> Iterator[str]:
    shape = operation.output_shape
    in_body = [] if shape is None else [
        name for name, member in shape.members.items() if "location" not in member.serialization
    ]
    protocol = protocol_of(operation)
    payload = shape.serialization.get("payload") if shape is not None else None
    if payload is not None and shape.members[payload].type_name in ("blob", "string"):
        if payload in shape.required_members and not body:
            yield f"body: the payload `{payload}` is required, but empty"
        if shape.members[payload].type_name == "string":
            yield from check.of_text(shape.members[payload], body.decode(), "body", "iso8601")
        return
    if not in_body:
        if body not in (b"", b"{}" if protocol == "rest-json" else b""):
            yield f"body: nothing expected: {body[:120]!r}"
        return
    target, names = (shape, in_body) if payload is None else (
        shape.members[payload],
        getattr(shape.members[payload], "members", ()),
    )
    yield from _content_type(headers, CONTENT_TYPES[protocol])
    if protocol == "rest-json":
        yield from _json_document(target, body, names)
    else:
        yield from _s3_document(operation, target, body, names)


def _s3_document(
    operation: OperationModel, shape: Shape, body: bytes, names: object
) -> Iterator[str]:
    try:
        root = xml_body.parse(body)
    except xml_body.NotXml as error:
        yield str(error)
        return
    tag = xml_body.local(root.tag)
    if operation.name not in S3_ROOTS:
        yield f"body: the root element of `{operation.name}` is not in the validator's table"
    elif tag != S3_ROOTS[operation.name]:
        yield f"body: the root is `{tag}`, not `{S3_ROOTS[operation.name]}`"
    if xml_body.namespace(root) not in (S3_NAMESPACE, ""):
        yield f"body: namespace `{xml_body.namespace(root)}`"
    if operation.name == "GetBucketLocation":
        # The root itself is the value; us-east-1 is an empty one.
        if root.text:
            yield from xml_body.walk(shape.members["LocationConstraint"], root, tag)
        return
    yield from xml_body.structure(shape, root, tag, names)


def _headers(shape: Shape | None, headers: Mapping[str, str]) -> Iterator[str]:
    known = set(COMMON_HEADERS)
    prefixes = []
    for name, member in (shape.members.items() if shape is not None else ()):
        location = member.serialization.get("location")
        wire = member.serialization.get("name", name).lower()
        if location == "headers":
            prefixes.append(wire)
        elif location == "header":
            known.add(wire)
            if wire in headers:
                path = f"header {wire}"
                yield from check.of_text(member, headers[wire], path, default_time="rfc822")
            elif name in shape.required_members:
                yield f"header {wire}: required by `{shape.name}`, but absent"
    yield from _unknown_headers(headers, known, prefixes)


def _unknown_headers(
    headers: Mapping[str, str], known: set[str], prefixes: object
) -> Iterator[str]:
    for name in headers:
        if not name.startswith("x-amz") or name in known:
            continue
        if not any(name.startswith(prefix) for prefix in prefixes):
            yield f"header {name}: not in the model"


def _content_type(headers: Mapping[str, str], expected: set[str]) -> Iterator[str]:
    found = headers.get("content-type", "").partition(";")[0].strip()
    if found not in expected:
        yield f"header content-type: `{found}`, not one of {sorted(expected)}"
