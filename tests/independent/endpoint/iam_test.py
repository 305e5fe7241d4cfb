"""IAM: roles and their policies."""

import json

import pytest

from endpoint.drive import ACCOUNT, allowing, eventually, refused, trust_of

PATH = "/agentctl/drive/default/us-east-1/"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
POWER = "arn:aws:iam::aws:policy/PowerUserAccess"
TRUST = trust_of("lambda.amazonaws.com")
TAGS = [{"Key": "agentctl:project", "Value": "drive"}, {"Key": "empty", "Value": ""}]


@pytest.fixture
def role(iam, name):
    """A role with all settings."""
    made = iam.create_role(
        RoleName=name,
        Path=PATH,
        AssumeRolePolicyDocument=TRUST,
        Description="driven",
        MaxSessionDuration=7200,
        PermissionsBoundary=POWER,
        Tags=TAGS,
    )
    return made["Role"]


def a_role_is_returned_as_it_was_created(iam, role):
    read = iam.get_role(RoleName=role["RoleName"])["Role"]
    assert role["Arn"] == f"arn:aws:iam::{ACCOUNT}:role{PATH}{role['RoleName']}"
    assert read["AssumeRolePolicyDocument"] == json.loads(TRUST)
    assert read["PermissionsBoundary"]["PermissionsBoundaryArn"] == POWER
    assert (read["Path"], read["Description"], read["MaxSessionDuration"]) == (PATH, "driven", 7200)
    assert sorted(read["Tags"], key=str) == sorted(TAGS, key=str)


def a_role_without_settings_is_returned_with_defaults(iam, name):
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]
    assert (made["Path"], made.get("MaxSessionDuration", 3600)) == ("/", 3600)
    assert iam.get_role(RoleName=name)["Role"]["RoleId"] == made["RoleId"]
    iam.delete_role(RoleName=name)
    with refused("NoSuchEntity"):
        iam.get_role(RoleName=name)
    with refused("NoSuchEntity"):
        iam.delete_role(RoleName=name)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"RoleName": "no spaces allowed"}, "ValidationError"),
        ({"RoleName": "n" * 65}, "ValidationError"),
        ({"RoleName": None}, "ValidationError"),
        ({"Path": "no-slash"}, "ValidationError"),
        ({"MaxSessionDuration": 60}, "ValidationError"),
        ({"Description": "d" * 1001}, "ValidationError"),
        ({"AssumeRolePolicyDocument": "no json"}, "MalformedPolicyDocument"),
        ({"AssumeRolePolicyDocument": trust_of("agentcore.amazonaws.com")}, "MalformedPolicyDocument"),
        ({"AssumeRolePolicyDocument": allowing("sts:AssumeRole")}, "MalformedPolicyDocument"),
        ({"Tags": [{"Key": "aws:mine", "Value": "x"}]}, "InvalidInput"),
        ({"Tags": [{"Key": "k" * 129, "Value": "x"}]}, "ValidationError"),
    ],
)
def an_ill_formed_role_is_refused(iam, name, change, code):
    asked = {"RoleName": name, "AssumeRolePolicyDocument": TRUST, **change}
    with refused(code):
        iam.create_role(**{key: given for key, given in asked.items() if given is not None})


def a_second_role_with_the_name_in_any_case_is_refused(iam, role):
    for taken in (role["RoleName"], role["RoleName"].upper()):
        with refused("EntityAlreadyExists"):
            iam.create_role(RoleName=taken, AssumeRolePolicyDocument=TRUST)


def a_role_can_be_updated(iam, role):
    name = role["RoleName"]
    iam.update_role(RoleName=name, Description="", MaxSessionDuration=3600)
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust_of("states.amazonaws.com"))
    iam.delete_role_permissions_boundary(RoleName=name)
    read = iam.get_role(RoleName=name)["Role"]
    assert read["MaxSessionDuration"] == 3600
    assert "PermissionsBoundary" not in read
    assert read["AssumeRolePolicyDocument"] == json.loads(trust_of("states.amazonaws.com"))
    iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=POWER)
    assert "PermissionsBoundary" in iam.get_role(RoleName=name)["Role"]
    with refused("MalformedPolicyDocument"):
        iam.update_assume_role_policy(RoleName=name, PolicyDocument="{}")
    with refused("ValidationError"):
        iam.update_role(RoleName=name, MaxSessionDuration=99999)


def the_tags_of_a_role_can_be_changed(iam, role):
    name = role["RoleName"]
    iam.tag_role(RoleName=name, Tags=[{"Key": "team", "Value": "billing"}])
    iam.untag_role(RoleName=name, TagKeys=["empty"])
    tags = iam.list_role_tags(RoleName=name)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {
        "agentctl:project": "drive",
        "team": "billing",
    }
    with refused("LimitExceeded"):
        iam.tag_role(RoleName=name, Tags=[{"Key": f"k{n}", "Value": ""} for n in range(50)])


def an_inline_policy_is_returned_as_it_was_put(iam, role):
    name = role["RoleName"]
    document = allowing("logs:PutLogEvents", "arn:aws:logs:*:*:log-group:/a b%c+d/é")
    iam.put_role_policy(RoleName=name, PolicyName="agentctl", PolicyDocument=document)
    read = iam.get_role_policy(RoleName=name, PolicyName="agentctl")
    assert read["PolicyDocument"] == json.loads(document)
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["agentctl"]
    with refused("DeleteConflict"):
        iam.delete_role(RoleName=name)
    with refused("MalformedPolicyDocument"):
        iam.put_role_policy(RoleName=name, PolicyName="agentctl", PolicyDocument="no json")
    with refused("LimitExceeded"):
        iam.put_role_policy(
            RoleName=name,
            PolicyName="long",
            PolicyDocument=allowing("s3:*", f"arn:aws:s3:::{'b' * 10240}"),
        )
    iam.delete_role_policy(RoleName=name, PolicyName="agentctl")
    with refused("NoSuchEntity"):
        iam.get_role_policy(RoleName=name, PolicyName="agentctl")
    with refused("NoSuchEntity"):
        iam.delete_role_policy(RoleName=name, PolicyName="agentctl")


def a_managed_policy_can_be_attached_and_detached(iam, role):
    name = role["RoleName"]
    iam.attach_role_policy(RoleName=name, PolicyArn=BASIC)
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert attached == [{"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": BASIC}]
    with refused("DeleteConflict"):
        iam.delete_role(RoleName=name)
    iam.detach_role_policy(RoleName=name, PolicyArn=BASIC)
    with refused("NoSuchEntity"):
        iam.detach_role_policy(RoleName=name, PolicyArn=BASIC)
    with refused("ValidationError"):
        iam.attach_role_policy(RoleName=name, PolicyArn="too-short")


def the_roles_below_a_path_are_listed_page_by_page(iam, name):
    path = f"/{name}/"
    for number in range(3):
        iam.create_role(
            RoleName=f"{name}-{number}",
            Path=path,
            AssumeRolePolicyDocument=TRUST,
            PermissionsBoundary=POWER,
            Tags=TAGS,
        )
    first = iam.list_roles(PathPrefix=path, MaxItems=2)
    assert first["IsTruncated"] is True
    rest = iam.list_roles(PathPrefix=path, MaxItems=2, Marker=first["Marker"])
    assert rest["IsTruncated"] is False
    listed = [role["RoleName"] for role in first["Roles"] + rest["Roles"]]
    assert sorted(listed) == [f"{name}-{number}" for number in range(3)]
    # IAM API, ListRoles: it returns neither tags nor the permissions boundary.
    assert not any({"Tags", "PermissionsBoundary"} & role.keys() for role in first["Roles"])
    with refused("ValidationError"):
        iam.list_roles(PathPrefix=path, MaxItems=0)


def the_authorization_details_hold_the_whole_role(iam, role):
    iam.put_role_policy(
        RoleName=role["RoleName"], PolicyName="agentctl", PolicyDocument=allowing("s3:GetObject")
    )
    pages = iam.get_paginator("get_account_authorization_details").paginate(Filter=["Role"])
    details = {one["RoleId"]: one for page in pages for one in page["RoleDetailList"]}
    found = details[role["RoleId"]]
    assert found["AssumeRolePolicyDocument"] == json.loads(TRUST)
    assert found["RolePolicyList"] == [
        {"PolicyName": "agentctl", "PolicyDocument": json.loads(allowing("s3:GetObject"))}
    ]
    with refused("ValidationError"):
        iam.get_account_authorization_details(Filter=["Role"], MaxItems=1001)


def a_simulation_decides_with_the_keys_of_the_request_and_between_accounts_by_both_sides(iam, role):
    condition = {"StringEquals": {"aws:ResourceTag/team": "billing"}}
    allows = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [allows | {"Condition": condition}]}
    iam.put_role_policy(
        RoleName=role["RoleName"], PolicyName="agentctl", PolicyDocument=json.dumps(policy)
    )

    def decision(**more: object) -> str:
        answer = iam.simulate_principal_policy(
            PolicySourceArn=role["Arn"],
            ActionNames=["s3:GetObject"],
            ResourceArns=["arn:aws:s3:::bucket/key"],
            **more,
        )
        (result,) = answer["EvaluationResults"]
        (of_resource,) = result["ResourceSpecificResults"]
        assert of_resource["EvalResourceDecision"] == result["EvalDecision"]
        return result["EvalDecision"]

    def granting(principal: str) -> str:
        return json.dumps({"Statement": [allows | {"Principal": {"AWS": principal}}]})

    entry = {"ContextKeyName": "aws:ResourceTag/team", "ContextKeyType": "string"}
    keys = {"ContextEntries": [entry | {"ContextKeyValues": ["billing"]}]}
    other = {"ResourceOwner": "444455556666"}
    eventually(lambda: decision(**keys) == "allowed" or None, "the policy counts")
    assert decision() == "implicitDeny"
    assert decision(**keys, **other) == "implicitDeny"
    assert decision(ResourcePolicy=granting(role["Arn"]), **other) == "implicitDeny"
    assert decision(ResourcePolicy=granting(role["Arn"]), **keys, **other) == "allowed"
    with refused("InvalidInput"):
        decision(ResourcePolicy="{")


def a_role_has_no_instance_profiles(iam, role):
    assert iam.list_instance_profiles_for_role(RoleName=role["RoleName"])["InstanceProfiles"] == []


def no_call_finds_a_missing_role(iam, name):
    policy = {"PolicyName": "agentctl"}
    for call in (
        lambda: iam.update_role(RoleName=name, Description="x"),
        lambda: iam.update_assume_role_policy(RoleName=name, PolicyDocument=TRUST),
        lambda: iam.tag_role(RoleName=name, Tags=TAGS),
        lambda: iam.untag_role(RoleName=name, TagKeys=["team"]),
        lambda: iam.list_role_tags(RoleName=name),
        lambda: iam.put_role_policy(RoleName=name, PolicyDocument=allowing("s3:*"), **policy),
        lambda: iam.list_role_policies(RoleName=name),
        lambda: iam.list_attached_role_policies(RoleName=name),
        lambda: iam.attach_role_policy(RoleName=name, PolicyArn=BASIC),
        lambda: iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=POWER),
        lambda: iam.delete_role_permissions_boundary(RoleName=name),
        lambda: iam.list_instance_profiles_for_role(RoleName=name),
    ):
        with refused("NoSuchEntity"):
            call()
