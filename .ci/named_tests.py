"""Says which tests that the documents name, as [`name`](file), do not stand in that file."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = ("SECURITY.md", "docs/reliability.md")
NAMED = re.compile(r"\[`([^`]+)`\]\(([^)#]+\.(?:rs|py|patch))\)")


def missing(document: Path) -> list[str]:
    """Lists what a document names and is not there; a document that names nothing is as wrong."""
    found = NAMED.findall(document.read_text())
    if not found:
        return [f"{document.name} names no test"]
    amiss = []
    for name, link in found:
        file = (document.parent / link).resolve()
        if not file.is_file():
            amiss.append(f"{document.name}: there is no {link}")
        elif file.name not in (name, Path(name).name, f"{name}.patch") and not re.search(
            rf"\b(?:fn|def) {re.escape(name)}\b", file.read_text()
        ):
            amiss.append(f"{document.name}: {link} has no `{name}`")
    return amiss


def main() -> int:
    amiss = [line for document in DOCUMENTS for line in missing(ROOT / document)]
    print("\n".join(amiss) or "every test that is named is there")
    return 1 if amiss else 0


if __name__ == "__main__":
    sys.exit(main())
