"""The entrypoint on Lambda."""

from typing import Any

import deployment


def handler(event: object, _context: object) -> dict[str, Any]:
    """Answers one event. Every failure is raised, so that Lambda tells the caller."""
    return deployment.answer(event)
