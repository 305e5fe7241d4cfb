"""An agent's life on Bedrock AgentCore in ministack: what agentctl prints, and what boto3 finds."""

import io
import json
import re
import zipfile

import pytest

from lifecycle.cloud import Cloud
from lifecycle.tool import Tool

CONTROL = "bedrock-agentcore-control"
ON_LAMBDA, ON_AGENTCORE = "  runtime: lambda", "  runtime: agentcore"


@pytest.fixture
def applied(tool: Tool) -> Tool:
    """The quickstart on AgentCore, applied from nothing."""
    tool.edit(f"^{ON_LAMBDA}", ON_AGENTCORE)
    tool.succeed("apply", "-y")
    return tool


def only_runtime(cloud: Cloud) -> dict:
    """Returns the answer of GetAgentRuntime for the account's only runtime."""
    (listed,) = cloud.pages(CONTROL, "list_agent_runtimes", "agentRuntimes")
    runtime = cloud.client(CONTROL).get_agent_runtime(agentRuntimeId=listed["agentRuntimeId"])
    del runtime["ResponseMetadata"]
    return runtime


def served(cloud: Cloud, endpoint: str = "live") -> str:
    """Returns the version that callers of an endpoint of the only runtime reach."""
    runtime = only_runtime(cloud)
    found = cloud.client(CONTROL).get_agent_runtime_endpoint(
        agentRuntimeId=runtime["agentRuntimeId"], endpointName=endpoint
    )
    assert found["liveVersion"] == found["targetVersion"]
    return found["liveVersion"]


def after_the_first_apply_there_are_no_differences(applied: Tool):
    applied.succeed("diff", "--exit-code")
    before = applied.cloud.inventory(), only_runtime(applied.cloud)
    applied.succeed("apply", "-y")
    assert (applied.cloud.inventory(), only_runtime(applied.cloud)) == before


def an_apply_creates_the_runtime_that_the_manifest_declares(applied: Tool):
    """Read back with boto3; the values are those of the quickstart's manifest."""
    cloud = applied.cloud
    runtime = only_runtime(cloud)
    code = runtime["agentRuntimeArtifact"]["codeConfiguration"]
    assert (code["runtime"], code["entryPoint"]) == ("PYTHON_3_13", ["main.py"])
    place = code["code"]["s3"]
    stored = cloud.client("s3").get_object(Bucket=place["bucket"], Key=place["prefix"])
    with zipfile.ZipFile(io.BytesIO(stored["Body"].read())) as archive:
        main = archive.read("main.py")
    source = applied.project / "deploy-plans" / "quickstart" / "agent" / "main.py"
    assert main == source.read_bytes()
    assert runtime["networkConfiguration"] == {"networkMode": "PUBLIC"}
    assert runtime["protocolConfiguration"]["serverProtocol"] == "HTTP"
    assert runtime["lifecycleConfiguration"]["idleRuntimeSessionTimeout"] == 900
    assert runtime["metadataConfiguration"] == {"requireMMDSV2": True}
    environment = runtime["environmentVariables"]
    assert environment["MODEL_ID"] == "us.anthropic.claude-haiku-5-5"
    assert (environment["EXPECT_JSON"], environment["MAX_TURNS"]) == ("True", "8")
    agents = cloud.client(CONTROL)
    tags = agents.list_tags_for_resource(resourceArn=runtime["agentRuntimeArn"])["tags"]
    assert (tags["agentctl:project"], tags["team"]) == ("quickstart", "billing")
    assert served(cloud) == runtime["agentRuntimeVersion"]


def an_apply_creates_the_role_that_the_runtime_assumes(applied: Tool):
    cloud = applied.cloud
    iam = cloud.client("iam")
    (role,) = cloud.pages("iam", "list_roles", "Roles")
    assert role["Arn"] == only_runtime(cloud)["roleArn"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": ["bedrock-agentcore.amazonaws.com"]}
    assert trust["Condition"]["StringEquals"]["aws:SourceAccount"] == [cloud.account]
    (name,) = iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]
    allowed = set()
    for statement in policy["Statement"]:
        actions = statement["Action"]
        allowed |= {actions} if isinstance(actions, str) else set(actions)
    assert {"bedrock:InvokeModel", "kms:Decrypt", "s3:GetObject"} <= allowed
    assert not [action for action in allowed if "*" in action]


def an_apply_updates_the_log_groups_that_the_service_created(applied: Tool):
    cloud = applied.cloud
    runtime = only_runtime(cloud)["agentRuntimeId"]
    groups = cloud.pages("logs", "describe_log_groups", "logGroups")
    assert sorted(group["logGroupName"] for group in groups) == [
        f"/aws/bedrock-agentcore/runtimes/{runtime}-{endpoint}" for endpoint in ("DEFAULT", "live")
    ]
    (alias,) = cloud.pages("kms", "list_aliases", "Aliases")
    for group in groups:
        assert group["retentionInDays"] == 14
        assert group["kmsKeyId"].endswith(f":key/{alias['TargetKeyId']}")
        assert group["dataProtectionStatus"] == "ACTIVATED"


def an_edit_is_reported_and_moves_the_endpoint(applied: Tool):
    before = served(applied.cloud)
    applied.edit(r"idleTimeout: 15m", "idleTimeout: 20m")
    applied.edit(r"^(\s*)prompt: .*$", r"\1prompt: Answer in one word.")
    told = applied.end(2, "diff", "--exit-code")
    assert re.search(r"idleTimeout\s+900 → 1200\s+you changed it", told.stdout), told
    assert "Answer in one word." in told.stdout, told
    applied.succeed("apply", "-y")
    applied.succeed("diff", "--exit-code")
    runtime = only_runtime(applied.cloud)
    assert runtime["lifecycleConfiguration"]["idleRuntimeSessionTimeout"] == 1200
    assert runtime["environmentVariables"]["PROMPT"] == "Answer in one word."
    assert runtime["metadataConfiguration"] == {"requireMMDSV2": True}
    assert int(served(applied.cloud)) == int(before) + 1
    assert served(applied.cloud) == runtime["agentRuntimeVersion"]


def a_label_is_changed_without_a_new_version(applied: Tool):
    before = only_runtime(applied.cloud)
    applied.edit(r"team: billing", "team: audit")
    applied.succeed("apply", "-y")
    applied.succeed("diff", "--exit-code")
    assert only_runtime(applied.cloud) == before
    agents = applied.cloud.client(CONTROL)
    tags = agents.list_tags_for_resource(resourceArn=before["agentRuntimeArn"])["tags"]
    assert tags["team"] == "audit"


def a_rollback_lasts_until_a_promotion(applied: Tool):
    first = served(applied.cloud)
    applied.edit(r'MAX_TURNS: "8"', 'MAX_TURNS: "9"')
    applied.succeed("apply", "-y")
    second = served(applied.cloud)
    applied.succeed("rollback", "quickstart", "--version", first, "-y")
    assert (served(applied.cloud), served(applied.cloud, "DEFAULT")) == (first, second)
    applied.edit(r'MAX_TURNS: "9"', 'MAX_TURNS: "10"')
    applied.succeed("apply", "-y")
    assert served(applied.cloud) == first
    listed = json.loads(applied.succeed("versions", "quickstart", "--format", "json").stdout)
    assert [str(one["version"]) for one in listed["versions"][:2]] == [
        str(int(second) + 1),
        second,
    ]
    applied.succeed("promote", "quickstart", "-y")
    assert served(applied.cloud) == str(int(second) + 1)
    applied.succeed("diff", "--exit-code")


def a_change_from_outside_is_reported_and_fixed(applied: Tool):
    """What the update leaves out is reset, and so reported too."""
    before = only_runtime(applied.cloud)
    applied.cloud.client(CONTROL).update_agent_runtime(
        agentRuntimeId=before["agentRuntimeId"],
        agentRuntimeArtifact=before["agentRuntimeArtifact"],
        roleArn=before["roleArn"],
        networkConfiguration=before["networkConfiguration"],
        protocolConfiguration=before["protocolConfiguration"],
        environmentVariables=before["environmentVariables"] | {"MAX_TURNS": "99"},
        lifecycleConfiguration={"idleRuntimeSessionTimeout": 60, "maxLifetime": 28800},
    )
    told = applied.end(2, "diff", "--exit-code")
    for line in (
        r"description\s+changed outside agentctl\n\s+\+ agentctl: agent ",
        r"environment\.MAX_TURNS\s+\(sensitive, changed\)\s+changed outside agentctl",
        r"idleTimeout\s+60 → 900\s+changed outside agentctl",
        r"mmdsv2\s+false → true\s+changed outside agentctl",
    ):
        assert re.search(line, told.stdout), told
    applied.succeed("apply", "-y")
    applied.succeed("diff", "--exit-code")
    after = only_runtime(applied.cloud)
    moving = {"agentRuntimeVersion", "lastUpdatedAt"}
    assert {name: after[name] for name in after if name not in moving} == {
        name: before[name] for name in before if name not in moving
    }
    assert served(applied.cloud) == after["agentRuntimeVersion"]


def an_endpoint_deleted_from_outside_is_created_again(applied: Tool):
    runtime = only_runtime(applied.cloud)
    applied.cloud.client(CONTROL).delete_agent_runtime_endpoint(
        agentRuntimeId=runtime["agentRuntimeId"], endpointName="live"
    )
    applied.end(2, "diff", "--exit-code")
    applied.succeed("apply", "-y")
    applied.succeed("diff", "--exit-code")
    assert served(applied.cloud) == runtime["agentRuntimeVersion"]


def a_log_group_changed_or_deleted_from_outside_is_reported_and_fixed(applied: Tool):
    logs = applied.cloud.client("logs")
    default, live = applied.cloud.inventory()["log-group"]
    logs.put_retention_policy(logGroupName=default, retentionInDays=365)
    logs.delete_log_group(logGroupName=live)
    told = applied.end(2, "diff", "--exit-code")
    assert re.search(r"retentionDays\s+365 → 14\s+changed outside agentctl", told.stdout), told
    assert re.search(rf"\+ log-group\s+{live}", told.stdout), told
    applied.succeed("apply", "-y")
    applied.succeed("diff", "--exit-code")
    groups = applied.cloud.pages("logs", "describe_log_groups", "logGroups")
    assert {group["logGroupName"]: group["retentionInDays"] for group in groups} == {
        default: 14,
        live: 14,
    }


def a_saved_plan_is_refused_after_a_change(applied: Tool):
    applied.edit(r'MAX_TURNS: "8"', 'MAX_TURNS: "9"')
    applied.succeed("diff", "--out", "saved.plan")
    before = only_runtime(applied.cloud)
    wished = {
        name: before[name]
        for name in ("agentRuntimeId", "agentRuntimeArtifact", "roleArn", "networkConfiguration")
    }
    applied.cloud.client(CONTROL).update_agent_runtime(**wished)
    outside = only_runtime(applied.cloud)
    applied.end(4, "apply", "--plan", "saved.plan", "-y")
    assert only_runtime(applied.cloud) == outside
    applied.succeed("diff", "--out", "saved.plan")
    applied.succeed("apply", "--plan", "saved.plan", "-y")
    applied.succeed("diff", "--exit-code")
    assert only_runtime(applied.cloud)["environmentVariables"]["MAX_TURNS"] == "9"


def a_switch_to_lambda_and_back_leaves_nothing_of_the_other_side(applied: Tool):
    sides = {"endpoint", "function", "runtime"}
    (role,) = applied.cloud.inventory()["role"]
    for line, other, found in (
        (ON_AGENTCORE, ON_LAMBDA, {"function"}),
        (ON_LAMBDA, ON_AGENTCORE, {"endpoint", "runtime"}),
    ):
        applied.edit(f"^{line}", other)
        applied.succeed("apply", "-y")
        applied.succeed("diff", "--exit-code")
        inventory = applied.cloud.inventory()
        assert sides & inventory.keys() == found
        assert len(inventory["role"]) == 1
        assert len(inventory["key"]) == 1
    assert applied.cloud.inventory()["role"] == [role]


def a_destroy_leaves_only_the_key_that_is_scheduled_for_deletion(applied: Tool):
    applied.succeed("destroy", "-y")
    left = applied.cloud.inventory()
    assert [key.partition(" ")[2] for key in left.pop("key")] == ["PendingDeletion"]
    (alias,) = left.pop("alias")
    assert alias.startswith("alias/agentctl/")
    assert left == {}
