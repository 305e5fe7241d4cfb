"""Walks an XML element beside the shape that describes it, by the query and rest-xml rules."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from botocore.model import ListShape, MapShape, Shape, StructureShape

from validator import value as check


class NotXml(Exception):
    """The bytes are no XML document."""


def parse(body: bytes) -> Element:
    """Reads the root element, or raises `NotXml`."""
    try:
        return ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise NotXml(f"body: not XML ({error}): {body[:120]!r}") from error


def local(name: str) -> str:
    """Gives a tag without its namespace."""
    return name.rpartition("}")[2]


def namespace(element: Element) -> str:
    """Gives the namespace of a tag, empty when it has none."""
    return element.tag.rpartition("}")[0].lstrip("{")


def walk(shape: Shape, element: Element, path: str) -> Iterator[str]:
    """Yields each place where the element leaves the shape."""
    if isinstance(shape, StructureShape):
        yield from structure(shape, element, path, shape.members)
    elif isinstance(shape, ListShape):
        wanted = shape.member.serialization.get("name", "member")
        items = []
        for child in element:
            if local(child.tag) == wanted:
                items.append(child)
            else:
                yield f"{path}/{local(child.tag)}: list items are called `{wanted}`"
        yield from _stray_text(element, path)
        yield from _items(shape, items, path)
    elif isinstance(shape, MapShape):
        for child in element:
            if local(child.tag) != "entry":
                yield f"{path}/{local(child.tag)}: map items are called `entry`"
        yield from _entries(shape, [c for c in element if local(c.tag) == "entry"], path)
    elif len(element):
        yield f"{path}: text expected, elements found"
    else:
        yield from check.of_text(shape, element.text or "", path, default_time="iso8601")


def structure(
    shape: StructureShape, element: Element, path: str, names: Iterable[str]
) -> Iterator[str]:
    """Walks those members of the structure that travel in the body."""
    members = {name: shape.members[name] for name in names}
    attributes = {
        member.serialization["name"].rpartition(":")[2]: name
        for name, member in members.items()
        if member.serialization.get("xmlAttribute")
    }
    by_tag = {
        _tag(member, name): name for name, member in members.items() if name not in attributes.values()
    }
    children = defaultdict(list)
    for child in element:
        children[local(child.tag)].append(child)
    yield from _stray_text(element, path)
    for tag, found in children.items():
        if tag not in by_tag:
            yield f"{path}/{tag}: no member of `{shape.name}`"
            continue
        member = members[by_tag[tag]]
        below = f"{path}/{tag}"
        if member.serialization.get("flattened"):
            if isinstance(member, MapShape):
                yield from _entries(member, found, below)
            else:
                yield from _items(member, found, below)
        else:
            if len(found) > 1:
                yield f"{below}: {len(found)} times, though it is not a list"
            yield from walk(member, found[0], below)
    present = {by_tag[tag] for tag in children if tag in by_tag}
    for key, text in element.attrib.items():
        if local(key) not in attributes:
            yield f"{path}@{local(key)}: no attribute of `{shape.name}`"
        else:
            name = attributes[local(key)]
            present.add(name)
            yield from check.of_text(members[name], text, f"{path}@{local(key)}", "iso8601")
    for name in shape.required_members:
        if name in members and name not in present:
            yield f"{path}/{_tag(members[name], name)}: required by `{shape.name}`, but absent"
    if shape.is_tagged_union and len(present) != 1:
        yield f"{path}: exactly one member of the union `{shape.name}` expected: {sorted(present)}"


def _tag(member: Shape, name: str) -> str:
    """Gives the tag a member goes by; a flattened list goes by its items' name."""
    own = member.serialization.get("name", name)
    if member.serialization.get("flattened") and isinstance(member, ListShape):
        return member.member.serialization.get("name", own)
    return own


def _items(shape: ListShape, items: list[Element], path: str) -> Iterator[str]:
    yield from check.of_length(shape, len(items), path)
    for index, item in enumerate(items):
        yield from walk(shape.member, item, f"{path}[{index}]")


def _entries(shape: MapShape, entries: list[Element], path: str) -> Iterator[str]:
    yield from check.of_length(shape, len(entries), path)
    parts = {
        shape.key.serialization.get("name", "key"): shape.key,
        shape.value.serialization.get("name", "value"): shape.value,
    }
    for index, entry in enumerate(entries):
        tags = [local(child.tag) for child in entry]
        if sorted(tags) != sorted(parts):
            yield f"{path}[{index}]: {sorted(parts)} expected, {sorted(tags)} found"
            continue
        for child in entry:
            yield from walk(parts[local(child.tag)], child, f"{path}[{index}]/{local(child.tag)}")


def _stray_text(element: Element, path: str) -> Iterator[str]:
    pieces = [element.text, *(child.tail for child in element)]
    stray = "".join(piece for piece in pieces if piece).strip()
    if stray:
        yield f"{path}: text beside elements: {stray!r}"
