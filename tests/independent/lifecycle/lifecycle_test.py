"""An agent's life on Lambda in ministack: what agentctl prints, and what boto3 finds."""

import json
import re

from lifecycle.cloud import Cloud
from lifecycle.tool import Tool


def only_function(cloud: Cloud) -> dict:
    (function,) = cloud.pages("lambda", "list_functions", "Functions")
    return function


def after_the_first_apply_there_are_no_differences(applied: Tool):
    applied.succeed("diff", "--exit-code")
    before = applied.cloud.inventory()
    applied.succeed("apply", "-y")
    assert applied.cloud.inventory() == before


def an_apply_creates_what_the_manifest_declares(applied: Tool):
    """Read back with boto3; the values are those of the quickstart's manifest."""
    cloud = applied.cloud
    function = only_function(cloud)
    assert (function["Runtime"], function["Handler"]) == ("python3.13", "batch.handler")
    assert (function["MemorySize"], function["Timeout"]) == (512, 300)
    assert function["TracingConfig"] == {"Mode": "Active"}
    environment = function["Environment"]["Variables"]
    assert environment["MODEL_ID"] == "us.anthropic.claude-haiku-5-5"
    assert (environment["EXPECT_JSON"], environment["MAX_TURNS"]) == ("True", "8")
    system_prompt = cloud.client("s3").get_object(
        Bucket=environment["SYSTEM_PROMPT_S3_BUCKET_NAME"],
        Key=environment["SYSTEM_PROMPT_S3_KEY"],
    )
    source = applied.project / "deploy-plans" / "quickstart" / "prompts" / "system.md"
    assert system_prompt["Body"].read() == source.read_bytes()
    functions = cloud.client("lambda")
    live = functions.get_alias(FunctionName=function["FunctionName"], Name="live")
    assert live["FunctionVersion"] == "1"
    tags = functions.list_tags(Resource=function["FunctionArn"])["Tags"]
    assert (tags["agentctl:project"], tags["team"]) == ("quickstart", "billing")

    kms = cloud.client("kms")
    assert system_prompt["SSEKMSKeyId"] == function["KMSKeyArn"]
    key = {"KeyId": function["KMSKeyArn"]}
    assert kms.describe_key(**key)["KeyMetadata"]["KeyState"] == "Enabled"
    assert kms.get_key_rotation_status(**key)["KeyRotationEnabled"] is True

    logs = cloud.client("logs")
    (group,) = cloud.pages("logs", "describe_log_groups", "logGroups")
    assert group["logGroupName"] == function["LoggingConfig"]["LogGroup"]
    assert (group["retentionInDays"], group["kmsKeyId"]) == (14, function["KMSKeyArn"])
    policy = json.loads(
        logs.get_data_protection_policy(logGroupIdentifier=group["logGroupName"])["policyDocument"]
    )
    for statement in policy["Statement"]:
        assert {one.rpartition("/")[2] for one in statement["DataIdentifier"]} == {
            "EmailAddress",
            "CreditCardNumber",
        }

    iam = cloud.client("iam")
    (role,) = cloud.pages("iam", "list_roles", "Roles")
    assert role["Arn"] == function["Role"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": ["lambda.amazonaws.com"]}
    assert trust["Condition"]["StringEquals"]["aws:SourceAccount"] == [cloud.account]
    (name,) = iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]
    allowed = set()
    for statement in policy["Statement"]:
        actions = statement["Action"]
        allowed |= {actions} if isinstance(actions, str) else set(actions)
    assert {"bedrock:InvokeModel", "kms:Decrypt", "s3:GetObject"} <= allowed
    assert not [action for action in allowed if "*" in action]


def an_edit_is_reported_and_applied(applied: Tool):
    applied.edit(r"memorySize: \d+", "memorySize: 2048")
    applied.edit(r"^(\s*)prompt: .*$", r"\1prompt: Answer in one word.")
    told = applied.end(2, "diff", "--exit-code")
    assert re.search(r"memorySize\s+\d+ → 2048", told.stdout), told
    assert "Answer in one word." in told.stdout, told
    applied.succeed("apply", "-y")
    applied.succeed("diff", "--exit-code")
    assert only_function(applied.cloud)["MemorySize"] == 2048


def a_change_from_outside_is_reported_and_fixed(applied: Tool):
    functions = applied.cloud.client("lambda")
    before = only_function(applied.cloud)
    functions.update_function_configuration(
        FunctionName=before["FunctionName"], Timeout=before["Timeout"] - 1
    )
    functions.get_waiter("function_updated_v2").wait(FunctionName=before["FunctionName"])
    told = applied.end(2, "diff", "--exit-code")
    line = rf"timeout\s+{before['Timeout'] - 1} → {before['Timeout']}\s+changed outside agentctl"
    assert re.search(line, told.stdout), told
    applied.succeed("apply", "-y")
    applied.succeed("diff", "--exit-code")
    assert only_function(applied.cloud)["Timeout"] == before["Timeout"]


def a_rollback_lasts_until_a_promotion(applied: Tool):
    def live() -> str:
        functions = applied.cloud.client("lambda")
        name = only_function(applied.cloud)["FunctionName"]
        return functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"]

    applied.edit(r"memorySize: \d+", "memorySize: 1024")
    applied.succeed("apply", "-y")
    assert live() == "2"
    applied.succeed("rollback", "quickstart", "-y")
    assert live() == "1"
    applied.edit(r"memorySize: \d+", "memorySize: 2048")
    applied.succeed("apply", "-y")
    assert live() == "1"
    applied.succeed("promote", "quickstart", "-y")
    assert live() == "3"
    applied.succeed("diff", "--exit-code")


def a_destroy_leaves_only_the_key_that_is_scheduled_for_deletion(applied: Tool):
    applied.succeed("destroy", "-y")
    left = applied.cloud.inventory()
    assert [key.partition(" ")[2] for key in left.pop("key")] == ["PendingDeletion"]
    (alias,) = left.pop("alias")
    assert alias.startswith("alias/agentctl/")
    assert left == {}


def an_agent_that_was_destroyed_can_be_applied_again(applied: Tool):
    keys = applied.cloud.inventory()["key"]
    applied.succeed("destroy", "-y")
    applied.succeed("apply", "-y")
    applied.succeed("diff", "--exit-code")
    assert applied.cloud.inventory()["key"] == keys


def an_agent_without_its_own_key_is_applied_and_destroyed_completely(tool: Tool):
    tool.edit(r"^  runtime: lambda.*$", "  runtime: lambda\n  encryption: {key: aws}")
    tool.succeed("apply", "-y")
    assert "key" not in tool.cloud.inventory()
    tool.succeed("diff", "--exit-code")
    tool.succeed("destroy", "-y")
    assert tool.cloud.inventory() == {}
