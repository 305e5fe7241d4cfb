"""Fails on an import that runs upwards between the modules of a crate, and on files that import each other in a circle.

The order of the modules, bottom first, is the list below the heading `# Layers` in the documentation of the crate's `lib.rs`. A line of it
is a layer and begins with the names of its modules; the modules of one layer may use each other. A part of a module can be in a layer of
its own, as `module::part`.

The check reads the paths of `use` and the paths in the code of all Rust files, without the parts that only a test compiles. A path counts for
the file that defines the item that it names, so a `mod.rs` that only declares and re-exports imports nothing. The file of a module counts where a path
names no item of it that is known, for example one that a macro defines.
"""

import re
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# The folders of crates, each with the name of its library.
CRATES = {"src": "agentctl", "localstack/src": "localstack"}

TOKEN = re.compile(
    r'(?P<skip>\s+|//[^\n]*|/\*.*?\*/)|b?r(?P<hashes>#*)".*?"(?P=hashes)|[bc]?"(?:\\.|[^"\\])*"'
    r"|b?'(?:\\.[^']*|[^'\\])'|'\w+|(?P<word>(?:r#)?[A-Za-z_]\w*)|::|[0-9][\w.]*|.",
    re.DOTALL,
)
LAYER = re.compile(r"//! - (`[\w:]+`(?:, `[\w:]+`)*)")
OPEN, CLOSE = set("([{"), set(")]}")
ITEMS = {"fn", "struct", "enum", "union", "trait", "type", "const", "static"}
STARTS = ITEMS | {"mod", "use", "impl", "pub", "unsafe", "async", "extern", "macro_rules", "let"}


class Refused(Exception):
    """The crate cannot be read."""


@dataclass(frozen=True)
class Token:
    text: str
    line: int


@dataclass
class Use:
    path: list[str]
    line: int
    name: str | None  # None for a glob
    is_reexport: bool


@dataclass(eq=False)
class Module:
    name: str
    file: Path
    parent: "Module | None"
    children: dict[str, "Module"] = field(default_factory=dict)
    items: set[str] = field(default_factory=set)
    uses: list[Use] = field(default_factory=list)
    code: list[Token] = field(default_factory=list)  # without the statements of `use`

    def root(self) -> "Module":
        return self.parent.root() if self.parent else self

    def path(self) -> str:
        """Names the module with those that it is in; empty for the root."""
        above = self.parent.path() if self.parent else ""
        return f"{above}::{self.name}" if above else self.name


@dataclass(frozen=True)
class Import:
    source: Path
    line: int
    path: str
    target: Path
    source_module: str
    target_module: str


def tokens_of(text: str) -> list[Token]:
    tokens, line = [], 1
    for match in TOKEN.finditer(text):
        if match["skip"] is None:
            tokens.append(Token(match[0].removeprefix("r#") if match["word"] else match[0], line))
        line += match[0].count("\n")
    return tokens


def is_word(token: Token) -> bool:
    return token.text[0].isalpha() or token.text[0] == "_"


def closing(tokens: list[Token], start: int) -> int:
    """Finds the bracket that closes the one at `start`."""
    depth = 0
    for index in range(start, len(tokens)):
        if tokens[index].text in OPEN:
            depth += 1
        elif tokens[index].text in CLOSE:
            depth -= 1
            if depth == 0:
                return index
    raise Refused(f"line {tokens[start].line}: a bracket is not closed")


def holds(predicate: list[str]) -> bool:
    """Evaluates the predicate of a `cfg` outside of tests; features are on."""
    name, rest = predicate[0], predicate[2:-1]
    if name not in ("all", "any", "not"):
        return name not in ("test", "fuzzing")
    parts, depth, part = [], 0, []
    for text in [*rest, ","]:
        depth += (text == "(") - (text == ")")
        if text == "," and depth == 0:
            parts += [holds(part)] if part else []
            part = []
        else:
            part.append(text)
    return {"all": all, "any": any, "not": lambda values: not values[0]}[name](parts)


def without_tests(tokens: list[Token]) -> list[Token]:
    """Leaves out all attributes, and each item whose `cfg` does not hold."""
    kept, index = [], 0
    while index < len(tokens):
        if tokens[index].text != "#" or index + 1 == len(tokens) or tokens[index + 1].text not in ("[", "!"):
            kept.append(tokens[index])
            index += 1
            continue
        start = index + (2 if tokens[index + 1].text == "!" else 1)
        end = closing(tokens, start)
        inside = [token.text for token in tokens[start + 1 : end]]
        if inside[0] == "path":
            raise Refused(f"line {tokens[index].line}: the attribute `path` is not supported")
        index = end + 1
        if inside[0] == "cfg" and not holds(inside[2:-1]):
            index = end_of_item(tokens, index)
    return kept


def end_of_item(tokens: list[Token], start: int) -> int:
    """Finds the end of an item, a statement, a field or a variant, with the attributes before it."""
    while tokens[start].text == "#":
        start = closing(tokens, start + 1) + 1
    ends = (";",) if tokens[start].text in STARTS else (";", ",")
    index = start
    while index < len(tokens):
        text = tokens[index].text
        if text in ends:
            return index + 1
        if text in CLOSE:
            return index
        if text in OPEN:
            index = closing(tokens, index)
            if text == "{" and tokens[start].text != "use":
                return index + 1
        index += 1
    return index


def use_tree(tokens: list[Token], prefix: list[str], is_reexport: bool) -> Iterator[Use]:
    """Takes the tree of a `use` apart."""
    path, index = list(prefix), 0
    while index < len(tokens):
        token = tokens[index]
        if token.text == "{":
            inside, part, depth = tokens[index + 1 : closing(tokens, index)], [], 0
            for each in [*inside, Token(",", token.line)]:
                depth += (each.text == "{") - (each.text == "}")
                if each.text == "," and depth == 0:
                    if part:
                        yield from use_tree(part, path, is_reexport)
                    part = []
                else:
                    part.append(each)
            return
        if token.text == "*":
            yield Use(path, token.line, None, is_reexport)
            return
        if token.text == "as":
            yield Use(path, token.line, tokens[index + 1].text, is_reexport)
            return
        if is_word(token) and not (token.text == "self" and path):
            path.append(token.text)
        index += 1
    yield Use(path, tokens[0].line, path[-1], is_reexport)


def read_file(file: Path, name: str, parent: Module | None) -> Module:
    module = Module(name, file, parent)
    folder = file.parent if file.name in ("lib.rs", "main.rs", "mod.rs") else file.with_suffix("")
    try:
        read_module(module, without_tests(tokens_of(file.read_text())), folder)
    except Refused as refusal:
        raise Refused(f"{file}: {refusal}") from None
    return module


def read_module(module: Module, tokens: list[Token], folder: Path) -> None:
    """Fills a module from its tokens. `folder` is where the files of its children are."""
    index, depth, is_public = 0, 0, False
    while index < len(tokens):
        text = tokens[index].text
        following = tokens[index + 1].text if index + 1 < len(tokens) else ""
        if text == "pub":
            is_public = True
            index = closing(tokens, index + 1) + 1 if following == "(" else index + 1
            continue
        if text == "use" and following != "<":
            end = next(at for at in range(index, len(tokens)) if tokens[at].text == ";")
            module.uses += use_tree(tokens[index + 1 : end], [], is_public)
            index = end
        elif text == "mod" and depth == 0 and tokens[index + 2].text == ";":
            places = [folder / f"{following}.rs", folder / following / "mod.rs"]
            place = next((place for place in places if place.exists()), None)
            if place is None:
                raise Refused(f"line {tokens[index].line}: the file of module `{following}` was not found")
            module.children[following] = read_file(place, following, module)
            index += 2
        elif text == "mod" and depth == 0 and tokens[index + 2].text == "{":
            end = closing(tokens, index + 2)
            child = Module(following, module.file, module)
            module.children[following] = child
            read_module(child, tokens[index + 3 : end], folder / following)
            index = end
        else:
            if depth == 0 and text in ITEMS and following not in ITEMS and following[:1] not in ("'", "{"):
                module.items.add(following)
            elif depth == 0 and text == "macro_rules":
                module.items.add(tokens[index + 2].text)
            depth += (text in OPEN) - (text in CLOSE)
            module.code.append(tokens[index])
        is_public = False
        index += 1


class Crate:
    """The modules of a crate and what their paths name."""

    def __init__(self, folder: Path, own_name: str):
        self.library = read_file(folder / "lib.rs", "", None)
        self.roots = [self.library]
        if (folder / "main.rs").exists():
            self.roots.append(read_file(folder / "main.rs", "", None))
        self.own_name = own_name

    def modules(self) -> Iterator[Module]:
        found = list(self.roots)
        while found:
            module = found.pop()
            yield module
            found += module.children.values()

    def resolve(self, module: Module, path: list[str], seen: frozenset = frozenset()) -> tuple[Module, str | None] | None:
        """Finds the module that defines what a path names, and the item's name; None for another crate."""
        key = (module, tuple(path))
        if key in seen:
            return None
        seen |= {key}
        first = path[0]
        if first in ("self", "super"):
            start = module if first == "self" else module.parent
            return self.descend(start, path[1:], seen) if start else None
        if first == "crate":
            return self.descend(module.root(), path[1:], seen)
        if first == self.own_name and module.root() is not self.library:
            return self.descend(self.library, path[1:], seen)
        return self.descend(module, path, seen, starts=True)

    def descend(self, module: Module, path: list[str], seen: frozenset, starts: bool = False) -> tuple[Module, str | None] | None:
        """Follows a path from a module. Where it `starts`, a name that is not found is one of another crate."""
        if not path:
            return (module, None)
        name, rest = path[0], path[1:]
        if name == "super" and not starts:
            return self.descend(module.parent, rest, seen) if module.parent else None
        if name in module.children:
            return self.descend(module.children[name], rest, seen)
        if name in module.items:
            return (module, name)
        for use in module.uses:
            if use.name == name and use.path != path[:1]:
                found = self.resolve(module, use.path, seen)
                return self.descend(found[0], rest, seen) if found and found[1] is None else found
        for use in module.uses:
            if use.name is None and (found := self.resolve(module, use.path, seen)) and found[1] is None and found[0] is not module:
                if self.defines(found[0], name):
                    return self.descend(found[0], path, seen)
        return None if starts else (module, name)

    @staticmethod
    def defines(module: Module, name: str) -> bool:
        return name in module.children or name in module.items or any(use.name == name for use in module.uses)

    def imports(self) -> Iterator[Import]:
        """Yields what each file imports from another one of the crate."""
        for module in self.modules():
            for path, line in self.paths(module):
                found = self.resolve(module, path)
                if found and found[0].file != module.file:
                    yield Import(module.file, line, "::".join(path), found[0].file, module.path(), found[0].path())

    @staticmethod
    def is_index(module: Module) -> bool:
        """Whether a module only declares and re-exports."""
        return not module.items and all(token.text == ";" for token in module.code)

    def paths(self, module: Module) -> Iterator[tuple[list[str], int]]:
        """Yields the paths that a module uses and the lines of them, without what an index re-exports."""
        for use in module.uses:
            found = self.resolve(module, use.path)
            # What is used of a module is seen where the path goes on; an index has no use for what it re-exports.
            is_module = found and found[1] is None and use.name is not None
            if found and not is_module and not (use.is_reexport and self.is_index(module)):
                yield use.path, use.line
        code = module.code
        for index, token in enumerate(code[:-1]):
            if not is_word(token) or code[index + 1].text != "::" or (index and code[index - 1].text in ("::", ".")):
                continue
            path, at = [token.text], index + 1
            while at + 1 < len(code) and code[at].text == "::" and is_word(code[at + 1]):
                path.append(code[at + 1].text)
                at += 2
            yield path, token.line


def layers(library: Path) -> list[list[str]]:
    """Reads the order of the modules, bottom first."""
    _, heading, after = library.read_text().partition("//! # Layers\n")
    if not heading:
        raise Refused(f"{library}: the documentation has no heading `# Layers` with the order of the modules")
    order = []
    for line in after.split("\n"):
        if match := LAYER.match(line):
            order.append(re.findall(r"[\w:]+", match[1]))
        elif line.startswith("//! #") or not line.startswith("//!"):
            break
    return order


def upwards(crate: Crate, imports: list[Import], order: list[list[str]], shown) -> tuple[list[str], list[Import]]:
    """Returns what is wrong with the order, and the imports that run the right way."""
    library, names = shown(crate.library.file), [name for layer in order for name in layer]
    modules = {module.path() for module in crate.modules()}
    found = [f"{library}: `{name}` is not in the list of layers" for name in crate.library.children if name not in names]
    found += [f"{library}: the list of layers has `{name}` more than once" for name in sorted({*names}) if names.count(name) > 1]
    found += [f"{library}: the list of layers has `{name}`, which is not a module" for name in names if name not in modules]
    heights = {name: height for height, layer in enumerate(order) for name in layer}

    def listed(module: str) -> str | None:
        """Names the entry of the list that a module belongs to: empty for the root, which is above all, and None where there is none."""
        while module and module not in heights:
            if "::" not in module:
                return None
            module = module.rpartition("::")[0]
        return module

    right = []
    for each in imports:
        target, source = listed(each.target_module), listed(each.source_module)
        is_known = target is not None and source is not None
        if is_known and heights.get(target, len(order)) > heights.get(source, len(order)):
            found.append(
                f"{shown(each.source)}:{each.line}: imports `{each.path}` of {shown(each.target)}:"
                f" `{target or 'the root of the crate'}` is above `{source}`"
            )
        else:
            right.append(each)
    return found, right


def circles(imports: list[Import], shown) -> list[str]:
    """Reports one shortest circle for each import that is in one, each circle once."""
    edges: dict[Path, dict[Path, Import]] = {}
    for each in imports:
        edges.setdefault(each.source, {}).setdefault(each.target, each)
    reported, found = set(), []
    for source in sorted(edges):
        for target in sorted(edges[source]):
            way = shortest(edges, target, source)
            circle = way and frozenset([source, *way])
            if way and circle not in reported:
                reported.add(circle)
                steps = [edges[a][b] for a, b in zip([source, *way], way)]
                lines = [f"  {shown(step.source)}:{step.line}: imports `{step.path}` of {shown(step.target)}" for step in steps]
                found.append("files import each other in a circle; move what they share into a file below them:\n" + "\n".join(lines))
    return found


def shortest(edges: dict[Path, dict[Path, Import]], start: Path, goal: Path) -> list[Path] | None:
    """Finds the files on the shortest way from `start` to `goal`, both included."""
    before: dict[Path, Path | None] = {start: None}
    queue = deque([start])
    while queue:
        file = queue.popleft()
        if file == goal:
            way = [file]
            while (previous := before[way[-1]]) is not None:
                way.append(previous)
            return way[::-1]
        for following in sorted(edges.get(file, {})):
            if following not in before:
                before[following] = file
                queue.append(following)
    return None


def check(folder: Path, own_name: str, root: Path = ROOT) -> tuple[list[str], int]:
    """Returns what is wrong in a crate, and the number of its imports."""
    shown = lambda file: str(file.relative_to(root))
    crate = Crate(folder, own_name)
    imports = sorted(set(crate.imports()), key=lambda each: (each.source, each.line, each.path))
    found, right = upwards(crate, imports, layers(folder / "lib.rs"), shown)
    # An import that runs upwards closes circles through many files, which all go with it.
    return found + circles(right, shown), len(imports)


def main() -> int:
    found, count = [], 0
    for folder, name in CRATES.items():
        try:
            refused, imports = check(ROOT / folder, name)
        except Refused as refusal:
            refused, imports = [str(refusal)], 0
        if imports < 100 and not refused:
            refused = [f"{folder}: only {imports} imports were found"]
        found += refused
        count += imports
    print("\n".join(found) or f"{count} imports: none runs upwards or in a circle")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
