"""Asks iam-simulate, an engine that is not ours, what policies decide."""

import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from policy.authorization import Need
from policy.guide import ACCOUNT, policies

CALLER = f"arn:aws:iam::{ACCOUNT}:role/deployment"

# KMS developer guide, "Default key policy", which the keys of agentctl have: it leaves access to IAM.
KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
    ],
}


def allowed(names: tuple[str, ...], needs: Iterable[Need]) -> dict[Need, bool]:
    """Returns for each need whether policies of the guide, by their names, allow it together."""
    needs = list(dict.fromkeys(needs))
    identity = [{"name": name, "policy": policy} for name, policy in policies(names).items()]
    simulations = [
        {
            "request": {
                "principal": CALLER,
                "action": need.action,
                "resource": {"resource": need.resource, "accountId": ACCOUNT},
                "contextVariables": {
                    name: list(value) if isinstance(value, tuple) else value
                    for name, value in need.context
                },
            },
            "identityPolicies": identity,
            "serviceControlPolicies": [],
            "resourceControlPolicies": [],
        }
        | ({"resourcePolicy": KEY_POLICY} if ":key/" in need.resource else {})
        for need in needs
    ]
    program = Path(__file__).with_name("simulate.mjs")
    ended = subprocess.run(
        [os.environ["NODE"], program],
        input=json.dumps(simulations),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    answers = json.loads(ended.stdout)
    faults = {str(need): answer["error"] for need, answer in zip(needs, answers) if "error" in answer}
    assert not faults, json.dumps(faults, indent=1)
    return {
        need: answer["decision"] == "Allowed" for need, answer in zip(needs, answers, strict=True)
    }
