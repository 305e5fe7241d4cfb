"""The policies of the guide, against the calls that the source makes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Managed policies have at most so many characters, white space not counted (IAM user guide, "IAM and AWS STS quotas").
LONGEST = 6144

# Operations whose action has another name (S3 user guide, "Required permissions for Amazon S3 API operations").
S3_ACTIONS = {
    "DeleteObjects": "s3:DeleteObjectVersion",  # agentctl always names the versions
    "GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "HeadBucket": "s3:ListBucket",
    "HeadObject": "s3:GetObject",
    "ListObjectVersions": "s3:ListBucketVersions",
    "PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
}

# The deployer's policies, which are one but for the limit of a managed policy, and the reader's.
DEPLOYER = ["deployer-policy.json", "deployer-agentcore-policy.json"]
READER = ["reader-policy.json"]

# What no call of ours is named after, by what asks for it.
ON_BEHALF = {
    "ec2:DescribeSecurityGroups",  # functions in a VPC
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
    "iam:CreateServiceLinkedRole",  # the first runtime of an account, and the first one in a VPC
    "iam:PassRole",  # the role of a function or a runtime
    "kms:CreateGrant",  # the key of a function's environment
    "kms:Decrypt",  # reading that environment, and the checksums of objects
    "kms:Encrypt",
    "kms:GenerateDataKey",  # storing objects under a key
    "lambda:GetLayerVersion",  # functions with layers
    "logs:CreateLogDelivery",  # findings of data protection that go to another group
    "logs:DescribeResourcePolicies",
    "logs:PutResourcePolicy",
    "s3:TagResource",  # a bucket made with its tag
}

# IAM user guide: a principal may always ask who it is.
NEEDS_NO_PERMISSION = {("sts", "GetCallerIdentity")}


def called() -> set[tuple[str, str]]:
    """Service and operation of every call in the source."""
    name = re.compile(r'"(bedrock-agentcore|iam|kms|lambda|logs|s3|sts|tagging) ([A-Z]\w+)"')
    found = set()
    for folder in ("kinds", "aws"):
        for path in (ROOT / "src" / folder).rglob("*.rs"):
            if path.stem != "tests":
                found |= set(name.findall(path.read_text()))
    return found - NEEDS_NO_PERMISSION


def action(service: str, operation: str) -> str:
    if service == "s3":
        return S3_ACTIONS.get(operation, f"s3:{operation}")
    return f"{'tag' if service == 'tagging' else service}:{operation}"


def reads() -> set[str]:
    """The operations that commands may call which only read."""
    guard = (ROOT / "src/aws/guard.rs").read_text()
    listed = re.search(r"const READS: &\[&str\] = &\[(.*?)\];", guard, re.DOTALL)
    assert listed, "the list of reads has another form"
    return set(re.findall(r'"(\w+)"', listed[1]))


def statements(names: list[str]) -> list[dict[str, Any]]:
    return [
        statement
        for name in names
        for statement in json.loads((ROOT / "docs/guide" / name).read_text())["Statement"]
    ]


def allowed(names: list[str]) -> set[str]:
    found = set()
    for statement in statements(names):
        assert statement["Effect"] == "Allow"
        listed = statement["Action"]
        found |= {listed} if isinstance(listed, str) else set(listed)
    return found


def the_source_is_read_for_calls() -> None:
    assert ("lambda", "CreateFunction") in called()
    assert len(called()) > 60


def the_deployer_may_make_every_call_and_no_other() -> None:
    needed = {action(*call) for call in called()}
    assert allowed(DEPLOYER) == needed | ON_BEHALF


def the_reader_may_make_every_read_and_no_other_call() -> None:
    needed = {action(*call) for call in called() if call[1] in reads()}
    assert allowed(READER) == needed | {"kms:Decrypt"}


def every_write_is_bound_to_names_or_tags() -> None:
    # Neither takes a resource: CreateKey makes it, and the others set up deliveries (service authorization reference).
    unbound = {"CreateKeys", "DeliverFindings", "List", "ListRuntimes", "UseNetworks"}
    assert {statement["Sid"] for statement in statements(DEPLOYER) if statement["Resource"] == "*"} == unbound


@pytest.mark.parametrize("name", DEPLOYER + READER)
def a_policy_fits_into_a_managed_one(name: str) -> None:
    text = (ROOT / "docs/guide" / name).read_text()
    assert "*" not in {action.split(":")[1] for action in allowed([name])}
    assert len(re.sub(r"\s", "", text)) <= LONGEST
