"""Reports tests and files that the documents name and that do not exist.

SECURITY.md and docs/reliability.md name tests as [`name`](file). Any page may name a file as `src/…`, with `*` for any characters.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = ("SECURITY.md", "docs/reliability.md")
NAMED = re.compile(r"\[`([^`]+)`\]\(([^)#]+\.(?:rs|py|patch))\)")
FILE = re.compile(r"`((?:src|localstack|tests|docs|fuzz|\.ci)/[\w/.*-]+)`")
FOLDERS = ("docs", "deploy-plans", "localstack", "tests", "fuzz")


def missing_tests(document: Path) -> list[str]:
    """Lists the tests that a document names and that do not exist. A document that names none is also an error."""
    found = NAMED.findall(document.read_text())
    if not found:
        return [f"{document.name} names no test"]
    missing = []
    for name, link in found:
        file = (document.parent / link).resolve()
        if not file.is_file():
            missing.append(f"{document.name}: there is no {link}")
        elif file.name not in (name, Path(name).name, f"{name}.patch") and not re.search(
            rf"\b(?:fn|def) {re.escape(name)}\b", file.read_text()
        ):
            missing.append(f"{document.name}: {link} has no `{name}`")
    return missing


def missing_files(page: Path) -> list[str]:
    """Lists the files that a page names and that do not exist."""
    names = FILE.findall(page.read_text())
    return [f"{page.relative_to(ROOT)}: there is no {name}" for name in names if next(ROOT.glob(name.rstrip("/")), None) is None]


def main() -> int:
    pages = [*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in sorted((ROOT / folder).rglob("*.md")))]
    missing = [line for document in DOCUMENTS for line in missing_tests(ROOT / document)]
    missing += [line for page in pages for line in missing_files(page)]
    print("\n".join(missing) or "every test and file that is named exists")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
