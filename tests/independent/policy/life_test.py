"""The policies of the guide against every call of an agent's life on both sides."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from endpoint.drive import trust_of, zip_of
from lifecycle.cloud import Cloud
from lifecycle.tool import Tool
from policy.account import Account
from policy.authorization import Need, Needs
from policy.call import call_of
from policy.guide import (
    ACCOUNT,
    AGENT,
    BUCKET,
    DEPLOYER,
    GUIDE,
    PROJECT,
    READER,
    REGION,
    listed,
    statements,
)
from policy.recorder import Recorder, recording
from policy.simulator import KEY_POLICY, allowed

QUICKSTART = GUIDE.parents[1] / "deploy-plans" / "quickstart"
# Those of the local endpoint's default VPC.
SUBNET, GROUP = "subnet-0123456789abcdef0", "sg-0123456789abcdef0"
XRAY = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"
BOUNDARY = "iam: {permissionsBoundary: 'arn:aws:iam::aws:policy/PowerUserAccess'}"

READS = ("diff", "drift", "status", f"outputs {AGENT}", f"versions {AGENT}")


@dataclass
class Life:
    """A life so far: the needs of those commands that change the account, and of those that only read."""

    tool: Tool
    recorder: Recorder
    account: Account
    changes: dict[Need, str]
    reads: dict[Need, str]
    operations: set[str]

    def run(self, needs: dict[Need, str], command: str, *statuses: int) -> None:
        ended = self.tool.run(*command.split())
        assert ended.status in (statuses or (0,)), ended
        self.account.young.clear()
        for call in map(call_of, self.recorder.take()):
            self.operations.add(str(call))
            for need in Needs(self.account).of(call):
                needs.setdefault(need, f"{call} of `{command}`")
            self.account.note(call)

    def change(self, command: str) -> None:
        self.run(self.changes, command)

    def read(self) -> None:
        for command in READS:
            self.run(self.reads, command, 0, 2)


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    project = tmp_path_factory.mktemp("life")
    shutil.copytree(QUICKSTART, project / "deploy-plans" / "quickstart")
    url = os.environ["POLICY_ENDPOINT_URL"]
    declare(project / "deploy-plans" / "quickstart" / "agentctl.yaml", Cloud(url, ACCOUNT))
    with recording(url) as recorder:
        tool = Tool(project, Cloud(recorder.url, ACCOUNT))
        life = Life(tool, recorder, Account(ACCOUNT, REGION), {}, {}, set())
        live(life)
        yield life


def declare(manifest: Path, cloud: Cloud) -> None:
    """Gives the agent everything that needs permissions of its own: a layer, a network, and findings in a log group."""
    layer = cloud.client("lambda").publish_layer_version(
        LayerName="common", Content={"ZipFile": zip_of("")}
    )
    cloud.client("logs").create_log_group(logGroupName="/findings")
    text = manifest.read_text()
    for before, after in (
        ("name: quickstart", f"name: {PROJECT}"),
        ("name: quickstart", f"name: {AGENT}"),
        ("  lambda: ", f"  network: {{subnets: [{SUBNET}], securityGroups: [{GROUP}]}}\n  lambda: "),
        ("    memorySize: ", f"    layers: ['{layer['LayerVersionArn']}']\n    memorySize: "),
        ("  dataProtection:", "  dataProtection:\n    audit: {logGroup: /findings}"),
    ):
        assert before in text, before
        text = text.replace(before, after, 1)
    manifest.write_text(text)


def live(life: Life) -> None:
    """An agent's life: created, changed, rolled back and promoted on each side, and deleted, with every command that reads."""
    memory, prompt = r"memorySize: \d+", r"^(\s*)prompt: .*$"
    life.run(life.reads, "diff", 0, 2)
    life.change("apply -y")
    life.read()
    life.tool.edit(memory, "memorySize: 1024")
    code = life.tool.project / "deploy-plans" / "quickstart" / "agent" / "batch.py"
    code.write_text(code.read_text() + "\n# changed\n")
    life.tool.edit(prompt, r"\1prompt: Answer in one word.")
    life.tool.edit("^  lambda:", f"  {BOUNDARY}\n  lambda:")
    life.change("apply -y")
    life.change(f"rollback {AGENT} -y")
    life.read()
    life.tool.edit(f"^  {re.escape(BOUNDARY)}$", "")
    life.tool.edit("team: billing", "unit: billing")
    disturb(Cloud(os.environ["POLICY_ENDPOINT_URL"], ACCOUNT))
    life.change("apply -y")
    life.change(f"promote {AGENT} -y")
    life.change(f"versions {AGENT} --delete 1 -y")
    life.tool.edit("^  runtime: lambda", "  runtime: agentcore")
    life.change("apply -y")
    life.read()
    life.tool.edit("unit: billing", "team: billing")
    life.tool.edit(prompt, r"\1prompt: Answer in two words.")
    life.change("apply -y")
    life.change(f"rollback {AGENT} -y")
    life.change(f"promote {AGENT} -y")
    life.tool.edit("^  runtime: agentcore", "  runtime: lambda")
    life.change("apply -y")
    life.change("destroy -y")
    life.change("apply -y")
    life.change(f"destroy --project {PROJECT} -y")


def disturb(cloud: Cloud) -> None:
    """Changes from outside what agentctl then fixes."""
    iam, kms, logs, s3 = map(cloud.client, ("iam", "kms", "logs", "s3"))
    role = {"RoleName": f"{AGENT}-lambda-{REGION}"}
    iam.attach_role_policy(PolicyArn=XRAY, **role)
    iam.update_role(Description="", **role)
    iam.update_assume_role_policy(PolicyDocument=trust_of("lambda.amazonaws.com"), **role)
    key = kms.describe_key(KeyId=f"alias/agentctl/{PROJECT}/default/{AGENT}")["KeyMetadata"]["KeyId"]
    kms.update_key_description(KeyId=key, Description="")
    kms.disable_key_rotation(KeyId=key)
    kms.put_key_policy(KeyId=key, Policy=json.dumps(KEY_POLICY))
    logs.put_log_group_deletion_protection(
        logGroupIdentifier=f"/aws/lambda/{AGENT}", deletionProtectionEnabled=True
    )
    s3.delete_public_access_block(Bucket=f"agentctl-{ACCOUNT}-{REGION}")


def denied(names: tuple[str, ...], needs: dict[Need, str]) -> dict[str, str]:
    """Returns the needs that policies do not meet, with the calls that have them."""
    decisions = allowed(names, needs)
    return {str(need): needs[need] for need, is_allowed in decisions.items() if not is_allowed}


def the_deployers_policies_allow_every_call_once_the_bucket_is_there(life: Life):
    bucket = f"arn:aws:s3:::agentctl-{ACCOUNT}-{REGION}"
    found = denied(DEPLOYER, life.changes)
    only_bucket = {need for need in found if f" on {bucket} with" in need}
    assert {need: found[need] for need in found.keys() - only_bucket} == {}
    actions = {need.partition(" ")[0] for need in only_bucket}
    assert "s3:CreateBucket" in actions and "s3:PutBucketPolicy" in actions


def the_deployers_and_the_buckets_policies_allow_every_call(life: Life):
    assert denied(DEPLOYER + BUCKET, life.changes) == {}


def the_readers_policy_allows_every_call_of_the_commands_that_read_but_those_to_a_missing_function(life: Life):
    """A policy that allows functions by their tags denies what is not there. agentctl then looks into the listing."""
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{AGENT}"
    reads = ("GetFunction", "ListAliases", "ListVersionsByFunction")
    missing = {Need(f"lambda:{action}", function) for action in reads}
    assert missing <= life.reads.keys()
    assert set(denied(READER, life.reads)) == {str(need) for need in missing}
    listing = Need("lambda:ListFunctions", "*")
    assert allowed(READER, [listing]) == {listing: True}


def the_life_calls_both_sides(life: Life):
    """So that the tests above are about something."""
    assert {
        "bedrock-agentcore CreateAgentRuntime",
        "bedrock-agentcore DeleteAgentRuntime",
        "bedrock-agentcore UpdateAgentRuntimeEndpoint",
        "lambda CreateFunction",
        "lambda DeleteFunction",
        "lambda UpdateAlias",
        "lambda UpdateFunctionConfiguration",
        "kms CreateKey",
        "kms ScheduleKeyDeletion",
        "logs DeleteLogGroup",
        "s3 DeleteObjects",
        "s3 DeleteBucket",
    } <= life.operations


def the_life_needs_every_action_of_the_policies_but_those_for_what_others_did(life: Life):
    """What is left is for parts that this agent does not have or keeps, for many agents at once, and for what others did."""
    granted = {action for _, one in statements() for action in listed(one["Action"])}
    needed = {need.action for need in (*life.changes, *life.reads)}
    assert granted - needed == {
        "iam:AttachRolePolicy",
        "iam:GetAccountAuthorizationDetails",
        "kms:DisableKey",
        "kms:DisableKeyRotation",
        "logs:DeleteDataProtectionPolicy",
        "logs:DeleteRetentionPolicy",
        "logs:DisassociateKmsKey",
        "s3:DeleteBucketPolicy",
        "s3:PutEncryptionConfiguration",
    }
