"""Checks that each line of `differences.md` about ministack is still true."""

import json
import time

import pytest
from botocore.exceptions import ClientError

from lifecycle.cloud import REGION, runtime_of

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
NO_KEY = f"arn:aws:kms:{REGION}:111122223333:key/00000000-0000-4000-8000-000000000000"
OTHER_ACCOUNT = "999999999999"


@pytest.fixture
def iam(cloud):
    return cloud.client("iam")


@pytest.fixture
def kms(cloud):
    return cloud.client("kms")


@pytest.fixture
def logs(cloud):
    return cloud.client("logs")


@pytest.fixture
def s3(cloud):
    return cloud.client("s3")


@pytest.fixture
def bucket(s3, cloud) -> str:
    s3.create_bucket(Bucket=f"differs-{cloud.account}")
    return f"differs-{cloud.account}"


@pytest.fixture
def agents(cloud):
    return cloud.client("bedrock-agentcore-control")


@pytest.fixture
def runtime(cloud, agents) -> dict:
    """A runtime whose role and code do not exist, by its id."""
    made = agents.create_agent_runtime(**runtime_of(cloud))
    return {"agentRuntimeId": made["agentRuntimeId"]}


@pytest.fixture
def functions(cloud):
    """Lambda with a function whose role and code object do not exist."""
    functions = cloud.client("lambda")
    functions.create_function(
        FunctionName="differs",
        Runtime="python3.13",
        Role=f"arn:aws:iam::{cloud.account}:role/nobody",
        Handler="batch.handler",
        Code={"S3Bucket": "differs-nowhere", "S3Key": "absent.zip"},
        LoggingConfig={"LogFormat": "JSON"},
    )
    return functions


def settled(functions) -> dict:
    """Waits until the function is active and not being updated; both must be true at the same moment."""
    for _ in range(200):
        read = functions.get_function_configuration(FunctionName="differs")
        ready = read["State"] == "Active"
        assert ready == (read["LastUpdateStatus"] == "Successful"), read
        if ready:
            return read
        time.sleep(0.05)
    pytest.fail("the function did not settle within 10 s")


# --- What AWS refuses and ministack accepts ----------------------------------------------------


def iam_takes_ill_formed_roles_and_names_that_differ_in_case(iam):
    for name, more in (
        ("differs", {}),
        ("DIFFERS", {"AssumeRolePolicyDocument": "no json"}),
        ("differs much", {"Path": "no-slash", "Tags": [{"Key": "aws:mine", "Value": ""}]}),
    ):
        iam.create_role(**{"RoleName": name, "AssumeRolePolicyDocument": TRUST, **more})
        assert iam.get_role(RoleName=name)["Role"]["RoleName"] == name
    policy = json.loads(TRUST)
    policy["Statement"] = [{"Effect": "Allow", "Action": "s3:*", "Resource": "a" * 10241}]
    iam.put_role_policy(RoleName="differs", PolicyName="long", PolicyDocument=json.dumps(policy))


def kms_takes_any_policy_and_changes_of_a_key_that_pends_deletion(kms):
    key = {"KeyId": kms.create_key(Policy="no json")["KeyMetadata"]["KeyId"]}
    kms.create_alias(AliasName="alias/aws/mine", TargetKeyId=key["KeyId"])
    kms.cancel_key_deletion(**key)
    kms.schedule_key_deletion(**key)
    kms.update_key_description(Description="changed", **key)


def s3_takes_any_policy_any_owner_and_keys_that_pend_deletion(s3, bucket, kms):
    s3.put_bucket_policy(Bucket=bucket, Policy="no json")
    s3.get_bucket_versioning(Bucket=bucket, ExpectedBucketOwner=OTHER_ACCOUNT)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.schedule_key_deletion(KeyId=key)
    s3.put_object(
        Bucket=bucket, Key="a", Body=b"", ServerSideEncryption="aws:kms", SSEKMSKeyId=key
    )


def logs_takes_any_name_and_keys_that_are_not_there(logs):
    logs.create_log_group(logGroupName="no spaces allowed", kmsKeyId=NO_KEY)


def lambda_takes_roles_code_and_versions_that_are_not_there(functions):
    assert settled(functions)["CodeSize"] == 0
    functions.create_alias(FunctionName="differs", Name="live", FunctionVersion="99")
    functions.update_function_configuration(FunctionName="differs", Timeout=9)
    functions.update_function_configuration(FunctionName="differs", Timeout=10)
    settled(functions)
    functions.publish_version(FunctionName="differs", CodeSha256="wrong", RevisionId="wrong")


def agents_take_roles_code_and_settings_that_cannot_be(cloud, agents):
    lifecycle = {"idleRuntimeSessionTimeout": 90, "maxLifetime": 60}
    made = agents.create_agent_runtime(
        **runtime_of(cloud),
        lifecycleConfiguration=lifecycle,
        platformVersion="V9",
        tags={"aws:mine": ""},
    )
    found = agents.get_agent_runtime(agentRuntimeId=made["agentRuntimeId"])
    assert found["lifecycleConfiguration"] == lifecycle


def agents_take_changes_of_what_the_service_alone_changes(agents, runtime):
    default = {**runtime, "endpointName": "DEFAULT"}
    agents.update_agent_runtime_endpoint(**default, agentRuntimeVersion="1")
    agents.delete_agent_runtime_endpoint(**default)


def agents_take_the_end_of_a_runtime_that_has_endpoints_and_of_a_version_for_it(agents, runtime):
    agents.create_agent_runtime_endpoint(**runtime, name="live")
    agents.delete_agent_runtime(**runtime, agentRuntimeVersion="1")
    with pytest.raises(agents.exceptions.ResourceNotFoundException):
        agents.get_agent_runtime(**runtime)


# --- What ministack answers otherwise ----------------------------------------------------------


def iam_lists_all_roles_at_once_with_their_tags(iam):
    for name in ("a", "b"):
        iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=TRUST, Tags=[{"Key": "k", "Value": "v"}]
        )
    page = iam.list_roles(MaxItems=1)
    assert [role["Tags"] for role in page["Roles"]] == [[{"Key": "k", "Value": "v"}]] * 2


def kms_lists_all_aliases_at_once_and_leaves_out_members(kms):
    key = kms.create_key()["KeyMetadata"]
    for name in ("alias/a", "alias/b"):
        kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])
    assert len(kms.list_aliases(Limit=1)["Aliases"]) == 2
    assert "AWSAccountId" not in key
    assert "PendingWindowInDays" not in kms.schedule_key_deletion(KeyId=key["KeyId"])


def s3_leaves_out_what_it_does_by_default(s3, bucket):
    with pytest.raises(ClientError) as raised:
        s3.get_public_access_block(Bucket=bucket)
    assert raised.value.response["Error"]["Code"] == "NoSuchPublicAccessBlockConfiguration"
    assert "HostId" not in raised.value.response["ResponseMetadata"]
    put = s3.put_object(
        Bucket=bucket,
        Key="a",
        Body=b"",
        ChecksumAlgorithm="SHA256",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=NO_KEY,
        BucketKeyEnabled=True,
    )
    assert "ChecksumSHA256" not in put
    head = s3.head_object(Bucket=bucket, Key="a", ChecksumMode="ENABLED")
    assert "ChecksumSHA256" in head
    assert not head.get("BucketKeyEnabled")


def lambda_is_pending_while_an_update_settles(functions):
    settled(functions)
    changed = functions.update_function_configuration(FunctionName="differs", Timeout=9)
    assert (changed["State"], changed["LastUpdateStatus"]) == ("Pending", "InProgress")
    settled(functions)


def lambda_does_not_fill_in_what_json_logging_implies(functions):
    read = functions.get_function_configuration(FunctionName="differs")
    assert read["LoggingConfig"] == {"LogFormat": "JSON"}


def lambda_returns_empty_texts_as_absent(functions):
    read = settled(functions)
    assert (read["StateReason"], read["KMSKeyArn"]) == ("", "")


def the_tagging_api_finds_all_at_once_and_the_untagged_too(cloud, logs):
    for name in ("a", "b"):
        logs.create_log_group(logGroupName=name)
    tagging = cloud.client("resourcegroupstaggingapi")
    found = tagging.get_resources(ResourcesPerPage=1)["ResourceTagMappingList"]
    assert [one["Tags"] for one in found] == [[], []]


def agents_are_ready_and_gone_at_once(agents, runtime):
    assert agents.get_agent_runtime(**runtime)["status"] == "READY"
    live = {**runtime, "endpointName": "live"}
    made = agents.create_agent_runtime_endpoint(**runtime, name="live")
    assert made["status"] == "CREATING"
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 200
    found = agents.get_agent_runtime_endpoint(**live)
    assert (found["status"], found["liveVersion"]) == ("READY", "1")
    agents.delete_agent_runtime_endpoint(**live)
    with pytest.raises(agents.exceptions.ResourceNotFoundException):
        agents.get_agent_runtime_endpoint(**live)


def agents_forget_the_token_of_a_creation(cloud, agents):
    asked = {**runtime_of(cloud), "clientToken": "t" * 33}
    agents.create_agent_runtime(**asked)
    with pytest.raises(agents.exceptions.ConflictException):
        agents.create_agent_runtime(**asked)


def agents_call_an_absent_version_invalid(agents, runtime):
    with pytest.raises(agents.exceptions.ValidationException):
        agents.create_agent_runtime_endpoint(**runtime, name="live", agentRuntimeVersion="9")


def agents_return_an_empty_description_as_absent(agents, runtime):
    default = agents.get_agent_runtime_endpoint(**runtime, endpointName="DEFAULT")
    assert default["description"] == ""
    (listed,) = agents.list_agent_runtimes()["agentRuntimes"]
    assert listed["description"] == ""


def agents_need_a_network(cloud, agents):
    asked = runtime_of(cloud)
    del asked["networkConfiguration"]
    with pytest.raises(agents.exceptions.ValidationException):
        agents.create_agent_runtime(**asked)
