"""The policies of the guide, written for the project and agent of the tests."""

import json
from pathlib import Path

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guide"
ACCOUNT, REGION, PROJECT, AGENT = "111122223333", "us-east-1", "claims", "triage"

DEPLOYER = ("deployer", "deployer-lambda", "deployer-agentcore")
READER = ("reader",)
BUCKET = ("bucket",)
ADOPTER = ("adopter",)
ALL = DEPLOYER + READER + BUCKET + ADOPTER


def policies(names: tuple[str, ...]) -> dict[str, dict]:
    return {name: json.loads((GUIDE / f"{name}-policy.json").read_text()) for name in names}


def statements() -> list[tuple[str, dict]]:
    """Returns every statement of every policy, with its name."""
    return [
        (f"{name}/{statement['Sid']}", statement)
        for name, policy in policies(ALL).items()
        for statement in policy["Statement"]
    ]


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
