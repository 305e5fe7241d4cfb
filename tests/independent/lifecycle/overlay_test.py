"""What the overlay adds to ministack behaves as AWS documents."""

import json

import pytest

from lifecycle.cloud import EMAIL, REGION, protection, runtime_of

GROUP = "/aws/lambda/overlay"


@pytest.fixture
def logs(cloud):
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName=GROUP, tags={"agentctl:project": "overlay"})
    return logs


def described(logs) -> dict:
    (group,) = logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]
    return group


def a_policy_is_stored_returned_and_deleted(logs):
    document = protection([EMAIL], [EMAIL])
    assert "dataProtectionStatus" not in described(logs)
    logs.put_data_protection_policy(logGroupIdentifier=GROUP, policyDocument=document)
    read = logs.get_data_protection_policy(logGroupIdentifier=described(logs)["logGroupArn"])
    assert json.loads(read["policyDocument"]) == json.loads(document)
    assert described(logs)["dataProtectionStatus"] == "ACTIVATED"
    logs.delete_data_protection_policy(logGroupIdentifier=GROUP)
    assert "policyDocument" not in logs.get_data_protection_policy(logGroupIdentifier=GROUP)
    assert described(logs)["dataProtectionStatus"] == "DELETED"


@pytest.mark.parametrize("document", ["no json", "{}", protection([EMAIL], []), protection([], [])])
def an_ill_formed_policy_is_refused(logs, document):
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.put_data_protection_policy(logGroupIdentifier=GROUP, policyDocument=document)


def the_key_of_a_group_can_be_exchanged(logs):
    key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    logs.associate_kms_key(logGroupName=GROUP, kmsKeyId=key)
    assert described(logs)["kmsKeyId"] == key
    logs.disassociate_kms_key(logGroupName=GROUP)
    assert "kmsKeyId" not in described(logs)


def a_missing_group_is_not_found(logs):
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.get_data_protection_policy(logGroupIdentifier="/absent")


def the_tagging_api_finds_a_log_group(cloud, logs):
    assert marked(cloud) == [described(logs)["logGroupArn"]]


def marked(cloud) -> list[str]:
    """Returns the marked resources from the index of tags."""
    found = cloud.client("resourcegroupstaggingapi").get_resources(
        TagFilters=[{"Key": "agentctl:project", "Values": ["overlay"]}]
    )
    return [one["ResourceARN"] for one in found["ResourceTagMappingList"]]


@pytest.fixture
def agents(cloud):
    return cloud.client("bedrock-agentcore-control")


@pytest.fixture
def runtime(cloud, agents) -> dict:
    """A marked runtime with many settings."""
    pool = f"arn:aws:bedrock-agentcore:{REGION}:{cloud.account}:capacity-provider/pool-0123456789"
    return agents.create_agent_runtime(
        **runtime_of(cloud),
        allowedPorts=[{"port": 8100}],
        capacityProviderConfiguration={"capacityProviderArn": pool},
        description="asks for much",
        environmentVariables={"STAGE": "prod"},
        lifecycleConfiguration={"idleRuntimeSessionTimeout": 60},
        protocolConfiguration={"serverProtocol": "MCP"},
        platformVersion="V2",
        tags={"agentctl:project": "overlay"},
    )


def an_update_keeps_only_the_platform_and_the_tags(cloud, agents, runtime):
    made = {"agentRuntimeId": runtime["agentRuntimeId"]}
    first = agents.get_agent_runtime(**made)
    assert first["lifecycleConfiguration"] == {
        "idleRuntimeSessionTimeout": 60,
        "maxLifetime": 28800,
    }
    wished = runtime_of(cloud)
    del wished["agentRuntimeName"]
    agents.update_agent_runtime(
        **made, **wished, metadataConfiguration={"requireMMDSV2": True}
    )
    second = agents.get_agent_runtime(**made)
    reset = (
        "allowedPorts",
        "capacityProviderConfiguration",
        "description",
        "environmentVariables",
        "protocolConfiguration",
    )
    assert [member for member in reset if member not in first] == []
    assert [member for member in reset if member in second] == []
    assert second["lifecycleConfiguration"] == {
        "idleRuntimeSessionTimeout": 900,
        "maxLifetime": 28800,
    }
    assert second["metadataConfiguration"] == {"requireMMDSV2": True}
    assert (first["platformVersion"], second["platformVersion"]) == ("V2", "V2")
    again = agents.get_agent_runtime(**made, agentRuntimeVersion="1")
    del first["ResponseMetadata"], again["ResponseMetadata"]
    assert again == first
    tags = agents.list_tags_for_resource(resourceArn=runtime["agentRuntimeArn"])["tags"]
    assert tags == {"agentctl:project": "overlay"}


def a_runtime_without_settings_has_the_defaults_of_the_service(cloud, agents):
    made = agents.create_agent_runtime(**runtime_of(cloud))
    found = agents.get_agent_runtime(agentRuntimeId=made["agentRuntimeId"])
    assert found["lifecycleConfiguration"] == {
        "idleRuntimeSessionTimeout": 900,
        "maxLifetime": 28800,
    }
    assert found["platformVersion"] == "V1"
    assert "metadataConfiguration" not in found


def the_tags_of_runtimes_and_endpoints_can_be_changed_and_are_in_the_index(
    cloud, agents, runtime
):
    endpoint = agents.create_agent_runtime_endpoint(
        agentRuntimeId=runtime["agentRuntimeId"], name="live", tags={"stage": "prod"}
    )["agentRuntimeEndpointArn"]
    assert agents.list_tags_for_resource(resourceArn=endpoint)["tags"] == {"stage": "prod"}
    agents.tag_resource(resourceArn=endpoint, tags={"agentctl:project": "overlay", "a": "b"})
    agents.untag_resource(resourceArn=endpoint, tagKeys=["stage", "a"])
    tags = agents.list_tags_for_resource(resourceArn=endpoint)["tags"]
    assert tags == {"agentctl:project": "overlay"}
    assert sorted(marked(cloud)) == sorted([runtime["agentRuntimeArn"], endpoint])
    with pytest.raises(agents.exceptions.ServiceQuotaExceededException):
        agents.tag_resource(resourceArn=endpoint, tags={f"k{number}": "" for number in range(50)})
    with pytest.raises(agents.exceptions.ResourceNotFoundException):
        agents.list_tags_for_resource(resourceArn=f"{endpoint}x")


def the_service_makes_a_log_group_for_each_endpoint_and_deletes_none(cloud, agents, runtime):
    made = {"agentRuntimeId": runtime["agentRuntimeId"]}
    prefix = f"/aws/bedrock-agentcore/runtimes/{runtime['agentRuntimeId']}-"
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName=f"{prefix}live", tags={"from": "before"})
    agents.create_agent_runtime_endpoint(**made, name="live")
    agents.delete_agent_runtime_endpoint(**made, endpointName="live")
    agents.delete_agent_runtime(**made)
    groups = logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
    assert [group["logGroupName"] for group in groups] == [f"{prefix}DEFAULT", f"{prefix}live"]
    arn = groups[1]["logGroupArn"]
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"from": "before"}
