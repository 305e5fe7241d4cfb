"""Refuses words that readers of the documentation and the output stumble over, and prints what to write instead.

It checks all Markdown files, without code. In SOURCES it checks the texts that users see: string literals, and the doc comments that become
help or the JSON Schema. In COMMENTS, tests included, it checks the comments and the names of functions; in PYTHON the docstrings too.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Folders and files of Rust whose texts are checked. Add a folder when it is clean.
SOURCES = [
    "src/executor",
    "src/artifact",
    "src/aws",
    "src/cli",
    "src/event.rs",
    "src/expand",
    "src/kinds",
    "src/local.rs",
    "src/manifest",
    "src/observe",
    "src/plan",
    "src/resource",
    "src/run",
    "src/ui",
]

# Folders and files of Rust whose comments and names of functions are checked. Add a folder when it is clean.
COMMENTS = [
    "localstack/src",
    "src/artifact",
    "src/aws",
    "src/cli",
    "src/code.rs",
    "src/event.rs",
    "src/executor",
    "src/expand",
    "src/fuzz",
    "src/kinds",
    "src/lib.rs",
    "src/local.rs",
    "src/main.rs",
    "src/manifest",
    "src/observe",
    "src/outcome.rs",
    "src/plan",
    "src/resource",
    "src/run",
    "src/ui",
    "tests/cli",
    "tests/lifecycle",
    "tests/protocol",
]

# Folders and files of Python whose comments, docstrings and names of functions are checked.
PYTHON = [".ci", "docs/guide/tour.py", "tests/independent", "tests/python"]

# What is refused, as a regular expression between word boundaries, and what to write instead.
WORDS = {
    r"all the same": "still, nevertheless",
    r"amiss": "wrong, missing",
    r"anew": "again",
    r"any ?more": "no longer",
    r"asked for": "requested, needed, declared",
    r"be it": "whether",
    r"beforehand": "in advance",
    r"c[ao]mes? about": "happens",
    r"comes to|came to be": "becomes, is",
    r"gone by now": "deleted",
    r"(AWS|(the |a )?services?) (gave|gives|give|has given) (it |them )?up": "AWS reports a failure",
    r"goes along with": "is deleted with",
    r"h[eo]lds? (\w+ )?against|held (\w+ )?against": "compares with",
    r"in the midst": "during, before the end",
    r"lacking": "missing",
    r"lets? (it |them |him |her |that |this |\w+ )?be": "leaves, keeps, ignores",
    r"long since": "for a long time",
    r"mend(s|ed|ing)?": "fix",
    r"nobody knows|nobody can tell": "it is not known",
    r"no more than is": "only",
    r"notwithstanding": "despite",
    r"of (ours|theirs|others) (under|by|with) our": "of agentctl",
    r"only looks?": "only reads",
    r"sees? to it|saw to it": "ensures",
    r"shall": "must, is to",
    r"stands? (beside|there|under|in it)": "is, exists",
    r"stands? for": "means, matches, replaces, is the value of",
    r"suffices?": "is enough",
    r"taken? for (clean|new|absent|granted|ours|theirs|its own|agentctl's|what)": "treated as",
    r"tells?|telling": "reports, returns, prints, says",
    r"thereof|therein|thereby|hereby|wherein|whereupon|hence(forth)?|lest": "(a plain sentence)",
    r"told": "reported, returned, printed",
    r"what is asked": "the desired …",
    r"what stands": "what exists",
    r"whoever|whomever|whosoever": "anybody who, the person who",
    r"whose (it is|they are)": "who owns it",
    r"wish(es|ed|ing)?( for)?": "desired, declared",
}
REFUSED = {re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE): instead for pattern, instead in WORDS.items()}

# Lines that may stay as they are, with the reason. Each must occur.
ALLOWED: dict[tuple[str, str], str] = {}

# A derive that turns doc comments into text for users.
SHOWN = re.compile(r"#\[derive\([^)]*\b(?:Args|Parser|Subcommand|ValueEnum|JsonSchema)\b[^)]*\)\]")
TOKEN = re.compile(
    r'(?P<doc>///[^\n]*)|(?P<comment>//[^\n]*|/\*.*?\*/)|\bfn (?P<function>\w+)'
    r'|b?r(?P<hashes>#*)"(?P<raw>.*?)"(?P=hashes)|b?"(?P<text>(?:\\.|[^"\\])*)"'
    r"|(?P<character>'(?:\\.[^']*|[^'\\])')|(?P<open>\{)|(?P<close>\})",
    re.DOTALL,
)

Text = tuple[int, str]


def of_page(page: str) -> Iterator[Text]:
    """Yields the lines of a Markdown file, without code and the targets of links."""
    is_code = False
    for number, line in enumerate(page.splitlines(), 1):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        elif not is_code and not line.startswith("    "):
            yield number, re.sub(r"`[^`]*`|\]\([^)]*\)", "", line)


def of_source(source: str) -> Iterator[Text]:
    """Yields the texts of a Rust file and the doc comments that users see, without placeholders and the tests at its end."""
    source = re.split(r"^#\[cfg\(test\)\]\nmod \w+ \{", source, maxsplit=1, flags=re.MULTILINE)[0]
    # The start of each type whose doc comments are shown, and the depth of braces there.
    shown = [match.start() for match in SHOWN.finditer(source)]
    depth, inside = 0, None
    docs: list[Text] = []
    for match in TOKEN.finditer(source):
        number = source.count("\n", 0, match.start()) + 1
        while shown and shown[0] < match.start():
            shown.pop(0)
            inside = depth
            yield from docs
        if match["doc"]:
            text = (number, match["doc"])
            docs.append(text)
            if inside is not None:
                yield text
            continue
        docs = []
        if match["open"]:
            depth += 1
        elif match["close"]:
            depth -= 1
            if inside is not None and depth <= inside:
                inside = None
        elif (text := match["raw"] or match["text"]) is not None and not match[0].startswith("b"):
            for offset, line in enumerate(text.split("\n")):
                yield number + offset, re.sub(r"\{[^{}]*\}", "", line)


def of_comments(source: str) -> Iterator[Text]:
    """Yields the comments of a Rust file, without code, and the names of its functions as words."""
    for match in TOKEN.finditer(source):
        text = match["doc"] or match["comment"] or (match["function"] or "").replace("_", " ")
        for offset, line in enumerate(text.split("\n") if text else []):
            yield source.count("\n", 0, match.start()) + 1 + offset, re.sub(r"`[^`]*`", "", line)


def of_python(source: str) -> Iterator[Text]:
    """Yields the comments and docstrings of a Python file, without code, and the names of its functions as words."""
    texts: list[Text] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            texts.append((node.lineno, node.name.replace("_", " ")))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node, clean=False) or ""
            texts += enumerate(docstring.split("\n"), node.body[0].lineno if node.body else 1)
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    texts += ((token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT)
    for number, text in texts:
        yield number, re.sub(r"`[^`]*`", "", text)


def pages() -> list[Path]:
    """Lists the Markdown files of the repository."""
    is_ours = lambda path: not any(part == "target" or part.startswith(".") for part in path.relative_to(ROOT).parts)
    return sorted(path for path in ROOT.rglob("*.md") if is_ours(path))


def files(folder: str, suffix: str) -> list[Path]:
    """Lists the files of a folder with a suffix, or the file itself."""
    path = ROOT / folder
    return [path] if path.is_file() else sorted(path.rglob(f"*{suffix}"))


def sources(folder: str) -> list[Path]:
    """Lists the Rust files of a folder, without tests."""
    is_test = lambda file: "tests" in file.relative_to(ROOT).parts or re.match(r"tests?(_.*)?\.rs$", file.name)
    return [file for file in files(folder, ".rs") if not is_test(file)]


def main() -> int:
    groups = [
        ("*.md", pages(), of_page),
        *((folder, sources(folder), of_source) for folder in SOURCES),
        *((folder, files(folder, ".rs"), of_comments) for folder in COMMENTS),
        *((folder, files(folder, ".py"), of_python) for folder in PYTHON),
    ]
    found, unused, count = [], set(ALLOWED), 0
    for name, listed, texts in groups:
        count_before = count
        for file in listed:
            content = file.read_text()
            lines = content.splitlines()
            place = str(file.relative_to(ROOT))
            for number, text in texts(content):
                count += 1
                key = (place, lines[number - 1].strip())
                hits = [(match[0], instead) for pattern, instead in REFUSED.items() for match in pattern.finditer(text)]
                if hits and key in ALLOWED:
                    unused.discard(key)
                else:
                    found += [f"{place}:{number}: `{word}`: write {instead}" for word, instead in hits]
        if count == count_before:
            found.append(f"{name}: no text was found")
    found += [f"{place}: the allowed line does not occur: {line}" for place, line in sorted(unused)]
    print("\n".join(found) or f"{count} texts have no refused word")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
