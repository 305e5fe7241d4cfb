"""Checks refusals: the code is one that the operation may return, and its status and members match."""

import json
from collections.abc import Iterator, Mapping

from botocore.model import OperationModel, StructureShape

from validator import json_body, xml_body

# "Common Errors" of the API references (Lambda, KMS, CloudWatch Logs, IAM, STS, Resource Groups
# Tagging): any operation of the service may return them, although no model lists them. The services
# disagree about the status of some, so each has the set of the references.
COMMON = {
    "AccessDeniedException": {400, 403},
    "ExpiredTokenException": {400, 403},
    "IncompleteSignatureException": {400, 403},
    "InternalFailure": {500},
    "InvalidSignatureException": {400, 403},
    "MissingAuthenticationTokenException": {400, 403},
    "RequestEntityTooLargeException": {413},
    "SerializationException": {400},
    "ServiceUnavailableException": {503},
    "ThrottlingException": {400},
    "UnrecognizedClientException": {400, 403},
    "UnknownOperationException": {400, 404},
    "ValidationException": {400},
}
COMMON_QUERY = {
    "AccessDenied": {403},
    "ExpiredToken": {400, 403},
    "IncompleteSignature": {400, 403},
    "InternalFailure": {500},
    "InvalidAction": {400},
    "InvalidClientTokenId": {403},
    "MissingAction": {400},
    "MissingAuthenticationToken": {403},
    "ServiceUnavailable": {503},
    "SignatureDoesNotMatch": {403},
    "Throttling": {400},
    "ValidationError": {400},
}
# Amazon S3 API Reference, "Error responses", "List of error codes"; the model lists next to none.
S3_CODES = {
    "AccessDenied": 403,
    "AuthorizationHeaderMalformed": 400,
    "BadDigest": 400,
    "BucketAlreadyExists": 409,
    "BucketAlreadyOwnedByYou": 409,
    "BucketNotEmpty": 409,
    "ConditionalRequestConflict": 409,
    "EntityTooLarge": 400,
    "ExpiredToken": 400,
    "IllegalLocationConstraintException": 400,
    "InternalError": 500,
    "InvalidAccessKeyId": 403,
    "InvalidArgument": 400,
    "InvalidBucketName": 400,
    "InvalidDigest": 400,
    "InvalidEncryptionAlgorithmError": 400,
    "InvalidLocationConstraint": 400,
    "InvalidRange": 416,
    "InvalidRequest": 400,
    "InvalidTag": 400,
    "KMS.DisabledException": 400,
    "KMS.InvalidStateException": 400,
    "KMS.KMSInvalidStateException": 400,
    "KMS.NotFoundException": 400,
    "KeyTooLongError": 400,
    "MalformedPolicy": 400,
    "MalformedXML": 400,
    "MethodNotAllowed": 405,
    "MissingContentLength": 411,
    "MissingSecurityHeader": 400,
    "NoSuchBucket": 404,
    "NoSuchBucketPolicy": 404,
    "NoSuchKey": 404,
    "NoSuchLifecycleConfiguration": 404,
    "NoSuchPublicAccessBlockConfiguration": 404,
    "NoSuchTagSet": 404,
    "NoSuchUpload": 404,
    "NoSuchVersion": 404,
    "OperationAborted": 409,
    "OwnershipControlsNotFoundError": 404,
    "PreconditionFailed": 412,
    "RequestTimeout": 400,
    "ServerSideEncryptionConfigurationNotFoundError": 404,
    "ServiceUnavailable": 503,
    "SignatureDoesNotMatch": 403,
    "SlowDown": 503,
    "XAmzContentSHA256Mismatch": 400,
}
S3_ELEMENTS = {
    "ArgumentName",
    "ArgumentValue",
    "BucketName",
    "CalculatedDigest",
    "Code",
    "Condition",
    "ExpectedDigest",
    "HostId",
    "Key",
    "LocationConstraint",
    "Message",
    "Method",
    "Region",
    "RequestId",
    "Resource",
    "ResourceType",
    # Recorded with InvalidTag (versity/versitygw, issues 1583 and 2039).
    "TagKey",
    "TagValue",
    "VersionId",
}


def problems(
    operation: OperationModel, status: int, headers: Mapping[str, str], body: bytes
) -> Iterator[str]:
    """Yields each difference between a refusal and what the operation may return."""
    match operation.service_model.resolved_protocol:
        case "json":
            yield from _json(operation, status, headers, body)
        case "rest-json":
            yield from _rest_json(operation, status, headers, body)
        case "query":
            yield from _query(operation, status, body)
        case "rest-xml":
            yield from _s3(operation, status, body)
        case other:
            yield f"protocol {other}: nothing is known of its refusals"


def _modelled(operation: OperationModel, code: str) -> StructureShape | None:
    for shape in operation.error_shapes:
        if shape.metadata.get("error", {}).get("code", shape.name) == code:
            return shape
    return None


def _status(
    operation: OperationModel, shape: StructureShape, status: int
) -> Iterator[str]:
    listed = shape.metadata.get("error", {}).get("httpStatusCode")
    if listed is None:
        # The models of the awsJson services have no status; "Errors" in their references has 400
        # for mistakes of the caller and 500 for failures of the service.
        inner = any(word in shape.name for word in ("Internal", "ServiceUnavailable", "Timeout"))
        expected = {500, 503} if inner else {400}
    else:
        expected = {listed}
    if status not in expected:
        yield f"status: {status} with `{shape.name}`, expected {sorted(expected)}"


def _code(
    operation: OperationModel, code: str, status: int, common: Mapping[str, set[int]]
) -> Iterator[str]:
    shape = _modelled(operation, code)
    if shape is not None:
        yield from _status(operation, shape, status)
    elif code not in common:
        yield f"error code: `{operation.name}` does not answer `{code}` (status {status})"
    elif status not in common[code]:
        yield f"status: {status} with `{code}`, expected {sorted(common[code])}"


def _members(
    operation: OperationModel, code: str, document: object, envelope: set[str]
) -> Iterator[str]:
    if not isinstance(document, dict):
        yield f"body: not an object: {document!r}"
        return
    rest = {key: item for key, item in document.items() if key not in envelope}
    messages = [key for key in rest if key.lower() == "message" and isinstance(rest[key], str)]
    if not messages:
        yield "body: no message"
    shape = _modelled(operation, code)
    # The references and the SDKs take the message under either spelling.
    own = {key: item for key, item in rest.items() if key.lower() != "message"}
    if shape is None:
        for key in own:
            yield f"body.{key}: no member of a common error"
    else:
        names = [name for name in shape.members if name.lower() != "message"]
        yield from json_body.structure(shape, own, "body", names)


def _json(
    operation: OperationModel, status: int, headers: Mapping[str, str], body: bytes
) -> Iterator[str]:
    try:
        document = json.loads(body)
        code = document["__type"].rpartition("#")[2]
    except (ValueError, KeyError, TypeError, AttributeError):
        yield f"body: no JSON with a `__type`: {body[:120]!r}"
        return
    version = operation.service_model.metadata["jsonVersion"]
    if headers.get("content-type") != f"application/x-amz-json-{version}":
        yield f"header content-type: `{headers.get('content-type')}`"
    yield from _code(operation, code, status, COMMON)
    yield from _members(operation, code, document, {"__type"})


def _rest_json(
    operation: OperationModel, status: int, headers: Mapping[str, str], body: bytes
) -> Iterator[str]:
    code = headers.get("x-amzn-errortype", "").partition(":")[0]
    if not code:
        yield "header x-amzn-errortype: absent"
        return
    yield from _code(operation, code, status, COMMON)
    try:
        document = json.loads(body)
    except ValueError:
        yield f"body: not JSON: {body[:120]!r}"
        return
    # Lambda writes the sender (`User`, `Service`) into common errors, too.
    envelope = set() if _modelled(operation, code) else {"Type"}
    yield from _members(operation, code, document, envelope)


def _query(operation: OperationModel, status: int, body: bytes) -> Iterator[str]:
    try:
        root = xml_body.parse(body)
    except xml_body.NotXml as error:
        yield str(error)
        return
    if xml_body.local(root.tag) != "ErrorResponse":
        yield f"body: the root is `{xml_body.local(root.tag)}`, not `ErrorResponse`"
        return
    expected = operation.service_model.metadata["xmlNamespace"]
    if xml_body.namespace(root) != expected:
        yield f"body: namespace `{xml_body.namespace(root)}`, the model says `{expected}`"
    parts = {xml_body.local(child.tag): child for child in root}
    for tag in sorted(set(parts) ^ {"Error", "RequestId"}):
        yield f"body/{tag}: {'unknown' if tag in parts else 'absent'}"
    if "Error" not in parts:
        return
    error = {xml_body.local(child.tag): child.text or "" for child in parts["Error"]}
    for tag in sorted(set(error) - {"Type", "Code", "Message", "Detail"}):
        yield f"body/Error/{tag}: unknown"
    if not error.get("Message"):
        yield "body: no message"
    sender = "Receiver" if status >= 500 else "Sender"
    if error.get("Type") != sender:
        yield f"body/Error/Type: {error.get('Type')!r} with status {status}"
    yield from _code(operation, error.get("Code", ""), status, COMMON_QUERY)


def _s3(operation: OperationModel, status: int, body: bytes) -> Iterator[str]:
    if operation.http["method"] == "HEAD":
        if body:
            yield f"body: HEAD has none: {body[:120]!r}"
        return
    if status == 304:
        return
    try:
        root = xml_body.parse(body)
    except xml_body.NotXml as error:
        yield str(error)
        return
    if root.tag != "Error":
        yield f"body: the root is `{root.tag}`, not `Error`"
        return
    found = {xml_body.local(child.tag): child.text or "" for child in root}
    for tag in sorted(set(found) - S3_ELEMENTS):
        yield f"body/{tag}: unknown"
    for tag in ("Code", "Message", "RequestId", "HostId"):
        if not found.get(tag):
            yield f"body/{tag}: absent"
    code = found.get("Code", "")
    shape = _modelled(operation, code)
    if shape is not None:
        yield from _status(operation, shape, status)
    elif code not in S3_CODES:
        yield f"error code: `{code}` is no code of S3"
    elif status != S3_CODES[code]:
        yield f"status: {status} with `{code}`, expected {S3_CODES[code]}"
