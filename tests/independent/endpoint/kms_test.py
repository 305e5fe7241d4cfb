"""KMS: keys, aliases, policies, rotation, deletion."""

import json

import pytest

from endpoint.drive import ACCOUNT, REGION, eventually, is_refused, refused, usable_key

ABSENT = "00000000-0000-4000-8000-000000000000"


def policy_of(*more: dict) -> str:
    root = {
        "Sid": "root",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [root, *more]})


LOGS = {
    "Sid": "logs",
    "Effect": "Allow",
    "Principal": {"Service": f"logs.{REGION}.amazonaws.com"},
    "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:Describe*"],
    "Resource": "*",
    "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:*:*:*"}},
}


@pytest.fixture
def key(kms, name):
    """A key with description, policy and tags."""
    return usable_key(
        kms,
        Description=name,
        Policy=policy_of(LOGS),
        Tags=[{"TagKey": "agentctl:project", "TagValue": "drive"}],
    )


def aliased(kms, alias: str, key: dict) -> None:
    """Creates an alias and waits until calls find it."""
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    awaited(kms, alias, key)


def awaited(kms, alias: str, key: dict) -> None:
    """Waits until the alias names the key."""

    def names_it() -> bool | None:
        if is_refused(lambda: kms.describe_key(KeyId=alias), "NotFoundException"):
            return None
        return kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"] == key["KeyId"] or None

    eventually(names_it, f"{alias} names the key")


def a_key_is_returned_as_it_was_created(kms, key, name):
    for reference in (key["KeyId"], key["Arn"]):
        read = kms.describe_key(KeyId=reference)["KeyMetadata"]
        assert (read["Description"], read["KeyState"], read["Enabled"]) == (name, "Enabled", True)
        assert (read["KeyManager"], read["Origin"]) == ("CUSTOMER", "AWS_KMS")
    policy = kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]
    assert json.loads(policy) == json.loads(policy_of(LOGS))
    listed = [
        one["KeyId"] for page in kms.get_paginator("list_keys").paginate() for one in page["Keys"]
    ]
    assert key["KeyId"] in listed


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"Policy": "no json"}, "MalformedPolicyDocumentException"),
        ({"Policy": json.dumps({"Version": "2012-10-17", "Statement": [LOGS]})},
         "MalformedPolicyDocumentException"),
        ({"Description": "d" * 8193}, "ValidationException"),
        ({"KeySpec": "ROUND"}, "ValidationException"),
        ({"Tags": [{"TagKey": "aws:mine", "TagValue": "x"}]}, "TagException"),
    ],
)
def an_ill_formed_key_is_refused(kms, asked, code):
    with refused(code):
        kms.create_key(**asked)


def a_key_that_no_function_uses_has_no_grants(kms, key):
    for reference in (key["KeyId"], key["Arn"]):
        assert kms.list_grants(KeyId=reference)["Grants"] == []
    with refused("NotFoundException"):
        kms.list_grants(KeyId=ABSENT)
    with refused("ValidationException"):
        kms.list_grants(KeyId=key["KeyId"], Limit=1001)


def an_alias_names_a_key(kms, key, name):
    alias = f"alias/agentctl/{name}"
    aliased(kms, alias, key)
    by_key = kms.list_aliases(KeyId=key["KeyId"])["Aliases"]
    assert [(one["AliasName"], one["TargetKeyId"]) for one in by_key] == [(alias, key["KeyId"])]
    with refused("InvalidAliasNameException"):
        kms.create_alias(AliasName="alias/aws/mine", TargetKeyId=key["KeyId"])
    with refused("NotFoundException"):
        kms.delete_alias(AliasName="alias/aws/mine")
    with refused("ValidationException"):
        kms.create_alias(AliasName="no-prefix", TargetKeyId=key["KeyId"])
    with refused("AlreadyExistsException"):
        kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    with refused("NotFoundException"):
        kms.create_alias(AliasName=f"{alias}-2", TargetKeyId=ABSENT)
    kms.delete_alias(AliasName=alias)
    with refused("NotFoundException"):
        kms.delete_alias(AliasName=alias)
    with refused("NotFoundException"):
        kms.describe_key(KeyId=alias)


def an_alias_can_be_moved_to_another_key(kms, key, name):
    alias, other = f"alias/agentctl/{name}", usable_key(kms)
    with refused("NotFoundException"):
        kms.update_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    aliased(kms, alias, key)
    kms.update_alias(AliasName=alias, TargetKeyId=other["KeyId"])
    awaited(kms, alias, other)
    assert kms.list_aliases(KeyId=key["KeyId"])["Aliases"] == []


def the_aliases_are_listed_page_by_page(kms, key, name):
    wanted = {f"alias/{name}-{number}" for number in range(3)}
    for alias in wanted:
        aliased(kms, alias, key)
    pages = list(
        kms.get_paginator("list_aliases").paginate(
            KeyId=key["KeyId"], PaginationConfig={"PageSize": 2}
        )
    )
    assert [len(page["Aliases"]) for page in pages] == [2, 1]
    assert {one["AliasName"] for page in pages for one in page["Aliases"]} == wanted
    with refused("InvalidMarkerException"):
        kms.list_aliases(Marker="nonsense")


def the_rotation_of_a_key_can_be_switched(kms, key):
    identity = {"KeyId": key["KeyId"]}
    assert kms.get_key_rotation_status(**identity)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(**identity)
    status = kms.get_key_rotation_status(**identity)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 365)
    with refused("ValidationException"):
        kms.enable_key_rotation(RotationPeriodInDays=1, **identity)
    kms.disable_key_rotation(**identity)
    assert kms.get_key_rotation_status(**identity)["KeyRotationEnabled"] is False


def the_policy_of_a_key_can_be_replaced(kms, key):
    identity = {"KeyId": key["KeyId"], "PolicyName": "default"}
    kms.put_key_policy(Policy=policy_of(), **identity)
    assert json.loads(kms.get_key_policy(**identity)["Policy"]) == json.loads(policy_of())
    assert kms.list_key_policies(KeyId=key["KeyId"])["PolicyNames"] == ["default"]
    with refused("MalformedPolicyDocumentException"):
        kms.put_key_policy(Policy="{}", **identity)


def the_tags_of_a_key_can_be_changed(kms, key):
    identity = {"KeyId": key["KeyId"]}
    kms.tag_resource(Tags=[{"TagKey": "team", "TagValue": "billing"}], **identity)
    kms.untag_resource(TagKeys=["agentctl:project"], **identity)
    tags = kms.list_resource_tags(**identity)["Tags"]
    assert tags == [{"TagKey": "team", "TagValue": "billing"}]
    with refused("TagException"):
        kms.tag_resource(Tags=[{"TagKey": "aws:mine", "TagValue": "x"}], **identity)


def the_description_of_a_key_can_be_changed(kms, key):
    kms.update_key_description(KeyId=key["KeyId"], Description="")
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["Description"] == ""
    with refused("ValidationException"):
        kms.update_key_description(KeyId=key["KeyId"], Description="d" * 8193)


def a_disabled_key_can_be_enabled_again(kms, key):
    identity = {"KeyId": key["KeyId"]}
    kms.disable_key(**identity)
    assert kms.describe_key(**identity)["KeyMetadata"]["KeyState"] == "Disabled"
    kms.enable_key(**identity)
    assert kms.describe_key(**identity)["KeyMetadata"]["KeyState"] == "Enabled"


def a_key_pends_deletion_until_the_deletion_is_cancelled(kms, key):
    identity = {"KeyId": key["KeyId"]}
    with refused("KMSInvalidStateException"):
        kms.cancel_key_deletion(**identity)
    with refused("ValidationException"):
        kms.schedule_key_deletion(PendingWindowInDays=3, **identity)
    asked = kms.schedule_key_deletion(PendingWindowInDays=7, **identity)
    assert (asked["KeyId"], asked["PendingWindowInDays"]) == (key["Arn"], 7)
    read = kms.describe_key(**identity)["KeyMetadata"]
    assert (read["KeyState"], read["Enabled"]) == ("PendingDeletion", False)
    assert read["DeletionDate"] == asked["DeletionDate"]
    for call in (
        lambda: kms.schedule_key_deletion(**identity),
        lambda: kms.enable_key_rotation(**identity),
        lambda: kms.disable_key_rotation(**identity),
        lambda: kms.enable_key(**identity),
        lambda: kms.disable_key(**identity),
        lambda: kms.update_key_description(Description="x", **identity),
        lambda: kms.tag_resource(Tags=[{"TagKey": "a", "TagValue": "b"}], **identity),
        lambda: kms.create_alias(
            AliasName=f"alias/{key['Description']}", TargetKeyId=key["KeyId"]
        ),
    ):
        with refused("KMSInvalidStateException"):
            call()
    kms.cancel_key_deletion(**identity)
    read = kms.describe_key(**identity)["KeyMetadata"]
    assert (read["KeyState"], "DeletionDate" in read) == ("Disabled", False)


def no_call_finds_a_missing_key(kms):
    identity = {"KeyId": ABSENT}
    for call in (
        lambda: kms.describe_key(**identity),
        lambda: kms.get_key_policy(**identity),
        lambda: kms.list_key_policies(**identity),
        lambda: kms.put_key_policy(Policy=policy_of(), **identity),
        lambda: kms.get_key_rotation_status(**identity),
        lambda: kms.enable_key_rotation(**identity),
        lambda: kms.disable_key_rotation(**identity),
        lambda: kms.enable_key(**identity),
        lambda: kms.disable_key(**identity),
        lambda: kms.schedule_key_deletion(**identity),
        lambda: kms.cancel_key_deletion(**identity),
        lambda: kms.list_resource_tags(**identity),
        lambda: kms.tag_resource(Tags=[{"TagKey": "a", "TagValue": "b"}], **identity),
        lambda: kms.untag_resource(TagKeys=["a"], **identity),
        lambda: kms.list_aliases(**identity),
        lambda: kms.update_key_description(Description="x", **identity),
    ):
        with refused("NotFoundException"):
            call()


def an_unreadable_page_token_is_refused(kms):
    with refused("InvalidMarkerException"):
        kms.list_keys(Marker="nonsense")
