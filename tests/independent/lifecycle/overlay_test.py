"""What the overlay adds to ministack behaves as the CloudWatch Logs API Reference says."""

import json

import pytest

from lifecycle.cloud import EMAIL, protection

GROUP = "/aws/lambda/overlay"


@pytest.fixture
def logs(cloud):
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName=GROUP, tags={"agentctl:project": "overlay"})
    return logs


def described(logs) -> dict:
    (group,) = logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]
    return group


def a_policy_is_kept_told_and_taken_away(logs):
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


def a_group_that_is_not_there_is_not_found(logs):
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.get_data_protection_policy(logGroupIdentifier="/absent")


def the_tagging_api_finds_a_log_group(cloud, logs):
    found = cloud.client("resourcegroupstaggingapi").get_resources(
        TagFilters=[{"Key": "agentctl:project", "Values": ["overlay"]}]
    )
    arns = [one["ResourceARN"] for one in found["ResourceTagMappingList"]]
    assert arns == [described(logs)["logGroupArn"]]
