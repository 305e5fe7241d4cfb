"""Walks a JSON document beside the shape that describes it."""

from collections.abc import Iterable, Iterator

from botocore.model import ListShape, MapShape, Shape, StructureShape

from validator import value as check

# Members that AWS leaves out although its models require them, by the name of the shape. Each needs an
# answer of AWS that somebody recorded.
ABSENT = {
    # A function without code signing (validated snapshots of localstack/localstack,
    # test_lambda_api.py, TestCodeSigningConfig).
    "GetFunctionCodeSigningConfigResponse": {"CodeSigningConfigArn", "FunctionName"},
}


def walk(shape: Shape, document: object, path: str) -> Iterator[str]:
    """Yields each difference between the document and the shape."""
    if getattr(shape, "is_document_type", False):
        return
    if isinstance(shape, StructureShape):
        yield from structure(shape, document, path, shape.members)
    elif isinstance(shape, ListShape):
        if not isinstance(document, list):
            yield f"{path}: not a list: {document!r}"
            return
        yield from check.of_length(shape, len(document), path)
        for index, item in enumerate(document):
            yield from walk(shape.member, item, f"{path}[{index}]")
    elif isinstance(shape, MapShape):
        if not isinstance(document, dict):
            yield f"{path}: not a map: {document!r}"
            return
        yield from check.of_length(shape, len(document), path)
        for key, item in document.items():
            yield from check.of_json(shape.key, key, f"{path} key")
            yield from walk(shape.value, item, f"{path}.{key}")
    else:
        yield from check.of_json(shape, document, path)


def structure(
    shape: StructureShape, document: object, path: str, names: Iterable[str]
) -> Iterator[str]:
    """Walks those members of the structure that travel in the body.

    A JSON `null` is an absent member: Lambda writes them for optional ones.
    """
    if not isinstance(document, dict):
        yield f"{path}: not an object: {document!r}"
        return
    by_key = {shape.members[name].serialization.get("name", name): name for name in names}
    present = {key for key, item in document.items() if item is not None}
    for key, item in document.items():
        if key not in by_key:
            yield f"{path}.{key}: no member of `{shape.name}`"
        elif item is not None:
            yield from walk(shape.members[by_key[key]], item, f"{path}.{key}")
    for key, name in by_key.items():
        if name in set(shape.required_members) - ABSENT.get(shape.name, set()) and key not in present:
            yield f"{path}.{key}: required by `{shape.name}`, but absent"
    if shape.is_tagged_union and len(present) != 1:
        yield f"{path}: exactly one member of the union `{shape.name}` expected: {sorted(present)}"
