"""CloudWatch Logs: groups, retention, keys, data protection, tags."""

import json

import pytest

from endpoint.drive import ACCOUNT, REGION, eventually, is_refused, refused, usable_key

TAGS = {"agentctl:project": "drive", "empty": ""}
EMAIL = "arn:aws:dataprotection::aws:data-identifier/EmailAddress"
CARD = "arn:aws:dataprotection::aws:data-identifier/CreditCardNumber"


def protection(audited: list[str], masked: list[str]) -> str:
    return json.dumps(
        {
            "Name": "agentctl",
            "Version": "2021-06-01",
            "Statement": [
                {
                    "Sid": "audit",
                    "DataIdentifier": audited,
                    "Operation": {"Audit": {"FindingsDestination": {}}},
                },
                {
                    "Sid": "mask",
                    "DataIdentifier": masked,
                    "Operation": {"Deidentify": {"MaskConfig": {}}},
                },
            ],
        }
    )


def described(logs, group: str) -> dict:
    listed = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    (found,) = [one for one in listed if one["logGroupName"] == group]
    return found


def arn_of(group: str) -> str:
    return f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"


@pytest.fixture
def key(kms) -> str:
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Effect": "Allow",
                "Principal": {"Service": f"logs.{REGION}.amazonaws.com"},
                "Action": [
                    "kms:Encrypt*",
                    "kms:Decrypt*",
                    "kms:ReEncrypt*",
                    "kms:GenerateDataKey*",
                    "kms:Describe*",
                ],
                "Resource": "*",
            },
        ],
    }
    return usable_key(kms, Policy=json.dumps(policy))["Arn"]


@pytest.fixture
def group(logs, name, key) -> str:
    group = f"/aws/lambda/{name}"
    logs.create_log_group(logGroupName=group, kmsKeyId=key, tags=TAGS)
    return group


def a_group_is_returned_as_it_was_created(logs, group, key):
    read = described(logs, group)
    assert (read["arn"], read["logGroupArn"]) == (f"{arn_of(group)}:*", arn_of(group))
    assert (read["kmsKeyId"], read["logGroupClass"]) == (key, "STANDARD")
    assert "retentionInDays" not in read
    assert logs.list_tags_for_resource(resourceArn=arn_of(group))["tags"] == TAGS


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"logGroupName": "no spaces allowed"}, "InvalidParameterException"),
        ({"logGroupName": "n" * 513}, "InvalidParameterException"),
        ({"logGroupName": "aws/mine"}, "InvalidParameterException"),
        ({"logGroupName": None}, "InvalidParameterException"),
        ({"logGroupClass": "GOLD"}, "InvalidParameterException"),
        ({"tags": {"aws:mine": "x"}}, "InvalidParameterException"),
        (
            {"kmsKeyId": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-4000-8000-000000000000"},
            "InvalidParameterException",
        ),
    ],
)
def an_ill_formed_group_is_refused(logs, name, change, code):
    asked = {"logGroupName": name, **change}
    with refused(code):
        logs.create_log_group(**{key: given for key, given in asked.items() if given is not None})


def a_second_group_of_the_name_is_refused(logs, group):
    with refused("ResourceAlreadyExistsException"):
        logs.create_log_group(logGroupName=group)


def the_retention_of_a_group_can_be_set_and_deleted(logs, group):
    logs.put_retention_policy(logGroupName=group, retentionInDays=7)
    assert described(logs, group)["retentionInDays"] == 7
    with refused("InvalidParameterException"):
        logs.put_retention_policy(logGroupName=group, retentionInDays=8)
    logs.delete_retention_policy(logGroupName=group)
    assert "retentionInDays" not in described(logs, group)


def the_key_of_a_group_can_be_exchanged(logs, group, kms, key):
    logs.disassociate_kms_key(logGroupName=group)
    assert "kmsKeyId" not in described(logs, group)
    logs.associate_kms_key(logGroupName=group, kmsKeyId=key)
    assert described(logs, group)["kmsKeyId"] == key
    kms.disable_key(KeyId=key)

    def is_unusable() -> bool | None:
        asked = {"logGroupName": group, "kmsKeyId": key}
        return is_refused(lambda: logs.associate_kms_key(**asked), "InvalidParameterException") or None

    eventually(is_unusable, "Logs knows that the key is disabled")


def the_data_of_a_group_can_be_protected(logs, group):
    assert "dataProtectionStatus" not in described(logs, group)
    document = protection([EMAIL, CARD], [CARD, EMAIL])
    put = logs.put_data_protection_policy(logGroupIdentifier=group, policyDocument=document)
    assert json.loads(put["policyDocument"]) == json.loads(document)
    read = logs.get_data_protection_policy(logGroupIdentifier=group)
    assert json.loads(read["policyDocument"]) == json.loads(document)
    assert described(logs, group)["dataProtectionStatus"] == "ACTIVATED"
    for ill_formed in ("no json", "{}", protection([EMAIL], [CARD]), protection([], [])):
        with refused("InvalidParameterException"):
            logs.put_data_protection_policy(logGroupIdentifier=group, policyDocument=ill_formed)
    logs.delete_data_protection_policy(logGroupIdentifier=group)
    assert described(logs, group).get("dataProtectionStatus") != "ACTIVATED"


def the_tags_of_a_group_can_be_changed(logs, group):
    logs.tag_resource(resourceArn=arn_of(group), tags={"team": "billing"})
    logs.untag_resource(resourceArn=arn_of(group), tagKeys=["empty"])
    tags = logs.list_tags_for_resource(resourceArn=arn_of(group))["tags"]
    assert tags == {"agentctl:project": "drive", "team": "billing"}
    with refused("TooManyTagsException"):
        logs.tag_resource(resourceArn=arn_of(group), tags={f"k{n}": "" for n in range(50)})


def the_groups_are_listed_page_by_page(logs, name):
    wanted = [f"/{name}/{number}" for number in range(3)]
    for group in wanted:
        logs.create_log_group(logGroupName=group)
    first = logs.describe_log_groups(logGroupNamePrefix=f"/{name}/", limit=2)
    rest = logs.describe_log_groups(
        logGroupNamePrefix=f"/{name}/", limit=2, nextToken=first["nextToken"]
    )
    assert "nextToken" not in rest
    found = [one["logGroupName"] for one in first["logGroups"] + rest["logGroups"]]
    assert sorted(found) == wanted
    with refused("InvalidParameterException"):
        logs.describe_log_groups(limit=51)
    with refused("InvalidParameterException"):
        logs.describe_log_groups(nextToken="nonsense")


def a_deleted_group_is_gone(logs, group):
    logs.delete_log_group(logGroupName=group)
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"] == []
    for call in (
        lambda: logs.delete_log_group(logGroupName=group),
        lambda: logs.put_retention_policy(logGroupName=group, retentionInDays=7),
        lambda: logs.delete_retention_policy(logGroupName=group),
        lambda: logs.disassociate_kms_key(logGroupName=group),
        lambda: logs.put_log_group_deletion_protection(
            logGroupIdentifier=group, deletionProtectionEnabled=True
        ),
        lambda: logs.get_data_protection_policy(logGroupIdentifier=group),
        lambda: logs.put_data_protection_policy(
            logGroupIdentifier=group, policyDocument=protection([EMAIL], [EMAIL])
        ),
        lambda: logs.delete_data_protection_policy(logGroupIdentifier=group),
        lambda: logs.list_tags_for_resource(resourceArn=arn_of(group)),
        lambda: logs.tag_resource(resourceArn=arn_of(group), tags=TAGS),
        lambda: logs.untag_resource(resourceArn=arn_of(group), tagKeys=["empty"]),
    ):
        with refused("ResourceNotFoundException"):
            call()


def a_protected_group_is_not_deleted(logs, group):
    protect = {"logGroupIdentifier": group}
    logs.put_log_group_deletion_protection(deletionProtectionEnabled=True, **protect)
    assert described(logs, group)["deletionProtectionEnabled"] is True
    with refused("ValidationException"):
        logs.delete_log_group(logGroupName=group)
    logs.put_log_group_deletion_protection(deletionProtectionEnabled=False, **protect)
    logs.delete_log_group(logGroupName=group)


def a_key_cannot_be_associated_with_a_missing_group(logs, name, key):
    with refused("ResourceNotFoundException"):
        logs.associate_kms_key(logGroupName=name, kmsKeyId=key)
