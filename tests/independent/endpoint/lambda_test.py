"""Lambda: functions, versions, aliases, tags."""

import base64
import hashlib

import pytest
from botocore.exceptions import ClientError

from endpoint.drive import (
    ACCOUNT,
    REGION,
    allowing,
    eventually,
    refused,
    trust_of,
    usable_key,
    zip_of,
)

FIRST = zip_of("def handler(event, context):\n    return 1\n")
SECOND = zip_of("def handler(event, context):\n    return 2\n")
STALE = "11111111-2222-4333-8444-555555555555"


def digest(packed: bytes) -> str:
    return base64.b64encode(hashlib.sha256(packed).digest()).decode()


def arn_of(function: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"


@pytest.fixture(scope="session")
def role(connect) -> str:
    iam = connect("iam")
    made = iam.create_role(
        RoleName="drive-functions",
        Path="/agentctl/drive/default/us-east-1/",
        AssumeRolePolicyDocument=trust_of("lambda.amazonaws.com"),
    )
    iam.put_role_policy(
        RoleName="drive-functions", PolicyName="agentctl", PolicyDocument=allowing("*")
    )
    return made["Role"]["Arn"]


@pytest.fixture(scope="session")
def code(connect) -> dict[str, str]:
    """A bucket with both packages; returns the version of each."""
    s3 = connect("s3")
    s3.create_bucket(Bucket="drive-code")
    s3.put_bucket_versioning(Bucket="drive-code", VersioningConfiguration={"Status": "Enabled"})
    return {
        key: s3.put_object(Bucket="drive-code", Key=key, Body=body)["VersionId"]
        for key, body in (("first.zip", FIRST), ("second.zip", SECOND))
    }


def settled(functions, function: str, qualifier: str = "$LATEST") -> dict:
    """Waits until the function is active and its last update has succeeded."""

    def read() -> dict | None:
        found = functions.get_function(FunctionName=function, Qualifier=qualifier)["Configuration"]
        assert found["State"] != "Failed", found
        assert found.get("LastUpdateStatus") != "Failed", found
        busy = found["State"] == "Pending" or found.get("LastUpdateStatus") == "InProgress"
        return None if busy else found

    return eventually(read, f"{function} settles")


def create(functions, **asked) -> dict:
    """Creates a function, and retries until the role is visible."""

    def attempt() -> dict | None:
        try:
            return functions.create_function(**asked)
        except ClientError as fault:
            if "cannot be assumed by Lambda" in fault.response["Error"]["Message"]:
                return None
            raise

    return eventually(attempt, "the role can be assumed")


@pytest.fixture
def asked(name, role, code) -> dict:
    """The settings of a valid function."""
    return {
        "FunctionName": name,
        "Runtime": "python3.13",
        "Role": role,
        "Handler": "batch.handler",
        "Code": {
            "S3Bucket": "drive-code",
            "S3Key": "first.zip",
            "S3ObjectVersion": code["first.zip"],
        },
    }


@pytest.fixture
def function(functions, asked) -> str:
    create(functions, **asked)
    settled(functions, asked["FunctionName"])
    return asked["FunctionName"]


def a_function_is_returned_as_it_was_created(functions, asked, kms):
    key = usable_key(kms)["Arn"]
    whole = {
        **asked,
        "Description": "driven",
        "Timeout": 600,
        "MemorySize": 1024,
        "Environment": {"Variables": {"STAGE": "prod"}},
        "KMSKeyArn": key,
        "TracingConfig": {"Mode": "Active"},
        "LoggingConfig": {"LogFormat": "JSON", "LogGroup": f"/aws/lambda/{asked['FunctionName']}"},
        "EphemeralStorage": {"Size": 1024},
        "Architectures": ["arm64"],
        "PackageType": "Zip",
        "Tags": {"agentctl:project": "drive"},
    }
    made = create(functions, **whole)
    assert (made["State"], made["Version"]) == ("Pending", "$LATEST")
    function = asked["FunctionName"]
    settled(functions, function)
    read = functions.get_function(FunctionName=function)
    assert read["Tags"] == whole["Tags"]
    found = read["Configuration"]
    kept = (
        "Runtime Role Handler Description Timeout MemorySize Environment KMSKeyArn TracingConfig"
        " EphemeralStorage Architectures PackageType"
    ).split()
    assert {key: found[key] for key in kept} == {key: whole[key] for key in kept}
    assert (found["LoggingConfig"]["LogFormat"], found["LoggingConfig"]["LogGroup"]) == (
        "JSON",
        f"/aws/lambda/{function}",
    )
    assert (found["FunctionArn"], found["CodeSha256"]) == (arn_of(function), digest(FIRST))
    assert found["CodeSize"] == len(FIRST)
    alone = functions.get_function_configuration(FunctionName=function)
    assert alone["RevisionId"] == found["RevisionId"]


def a_function_without_settings_is_returned_with_the_defaults_of_lambda(functions, function):
    found = functions.get_function_configuration(FunctionName=function)
    assert (found["Timeout"], found["MemorySize"], found["Architectures"]) == (3, 128, ["x86_64"])
    assert (found["TracingConfig"], found["EphemeralStorage"]) == (
        {"Mode": "PassThrough"},
        {"Size": 512},
    )
    assert found["LoggingConfig"]["LogFormat"] == "Text"
    assert found["LoggingConfig"]["LogGroup"] == f"/aws/lambda/{function}"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"MemorySize": 64}, "ValidationException"),
        ({"Timeout": 0}, "ValidationException"),
        ({"Runtime": "cobol85"}, "InvalidParameterValueException"),
        ({"Handler": "no spaces allowed"}, "ValidationException"),
        ({"FunctionName": "no spaces allowed"}, "ValidationException"),
        ({"Role": "no-arn"}, "ValidationException"),
        ({"Role": f"arn:aws:iam::{ACCOUNT}:role/nobody"}, "InvalidParameterValueException"),
        ({"Code": {"S3Bucket": "drive-code", "S3Key": "absent"}}, "InvalidParameterValueException"),
        (
            {"Code": {"S3Bucket": "drive-no-such-bucket", "S3Key": "absent"}},
            "InvalidParameterValueException",
        ),
        ({"Environment": {"Variables": {"LONG": "v" * 5000}}}, "InvalidParameterValueException"),
    ],
)
def an_ill_formed_function_is_refused(functions, asked, change, told):
    with refused(told):
        functions.create_function(**{**asked, **change})


def a_second_function_of_the_name_is_refused(functions, asked, function):
    with refused("ResourceConflictException"):
        functions.create_function(**asked)


def the_configuration_of_a_function_can_be_changed(functions, function):
    before = settled(functions, function)
    with refused("PreconditionFailedException"):
        functions.update_function_configuration(
            FunctionName=function, MemorySize=256, RevisionId=STALE
        )
    changed = functions.update_function_configuration(
        FunctionName=function,
        MemorySize=2048,
        Environment={"Variables": {}},
        Layers=[],
        VpcConfig={"SubnetIds": [], "SecurityGroupIds": []},
        RevisionId=before["RevisionId"],
    )
    assert (changed["MemorySize"], changed["LastUpdateStatus"]) == (2048, "InProgress")
    assert changed["RevisionId"] != before["RevisionId"]
    assert settled(functions, function)["Timeout"] == before["Timeout"]
    with refused("ValidationException"):
        functions.update_function_configuration(FunctionName=function, MemorySize=64)


def the_code_of_a_function_can_be_changed(functions, function, code):
    before = settled(functions, function)
    with refused("PreconditionFailedException"):
        functions.update_function_code(FunctionName=function, ZipFile=SECOND, RevisionId=STALE)
    changed = functions.update_function_code(
        FunctionName=function,
        S3Bucket="drive-code",
        S3Key="second.zip",
        S3ObjectVersion=code["second.zip"],
        Architectures=["arm64"],
        RevisionId=before["RevisionId"],
    )
    assert (changed["CodeSha256"], changed["Architectures"]) == (digest(SECOND), ["arm64"])
    settled(functions, function)
    with refused("InvalidParameterValueException"):
        functions.update_function_code(
            FunctionName=function, S3Bucket="drive-code", S3Key="absent"
        )


def a_version_is_published_once_per_change(functions, function):
    with refused("PreconditionFailedException"):
        functions.publish_version(FunctionName=function, RevisionId=STALE)
    with refused("InvalidParameterValueException"):
        functions.publish_version(FunctionName=function, CodeSha256=digest(SECOND))
    first = functions.publish_version(FunctionName=function, CodeSha256=digest(FIRST))
    assert (first["Version"], first["FunctionArn"]) == ("1", f"{arn_of(function)}:1")
    settled(functions, function, "1")
    assert functions.publish_version(FunctionName=function)["Version"] == "1"
    functions.update_function_configuration(FunctionName=function, Timeout=9)
    settled(functions, function)
    assert functions.publish_version(FunctionName=function)["Version"] == "2"
    settled(functions, function, "2")
    first = functions.list_versions_by_function(FunctionName=function, MaxItems=2)
    rest = functions.list_versions_by_function(
        FunctionName=function, MaxItems=2, Marker=first["NextMarker"]
    )
    listed = [one["Version"] for one in first["Versions"] + rest["Versions"]]
    assert listed == ["$LATEST", "1", "2"]
    functions.delete_function(FunctionName=function, Qualifier="1")
    with refused("ResourceNotFoundException"):
        functions.get_function(FunctionName=function, Qualifier="1")


def an_alias_points_at_a_version(functions, function):
    functions.publish_version(FunctionName=function)
    settled(functions, function, "1")
    live = {"FunctionName": function, "Name": "live"}
    with refused("ResourceNotFoundException"):
        functions.create_alias(FunctionVersion="99", **live)
    made = functions.create_alias(FunctionVersion="1", Description="serves", **live)
    assert made["AliasArn"] == f"{arn_of(function)}:live"
    with refused("ResourceConflictException"):
        functions.create_alias(FunctionVersion="1", **live)
    assert functions.get_alias(**live)["RevisionId"] == made["RevisionId"]
    listed = functions.list_aliases(FunctionName=function, FunctionVersion="1")["Aliases"]
    assert [one["Name"] for one in listed] == ["live"]
    with refused("PreconditionFailedException"):
        functions.update_alias(FunctionVersion="1", RevisionId=STALE, **live)
    moved = functions.update_alias(
        FunctionVersion="$LATEST", RevisionId=made["RevisionId"], **live
    )
    assert (moved["FunctionVersion"], moved["Description"]) == ("$LATEST", "serves")
    functions.update_alias(FunctionVersion="1", **live)
    with refused("ResourceConflictException"):
        functions.delete_function(FunctionName=function, Qualifier="1")
    functions.delete_alias(**live)
    with refused("ResourceNotFoundException"):
        functions.get_alias(**live)


def the_tags_of_a_function_can_be_changed(functions, function):
    arn = arn_of(function)
    functions.tag_resource(Resource=arn, Tags={"team": "billing", "empty": ""})
    functions.untag_resource(Resource=arn, TagKeys=["empty"])
    assert functions.list_tags(Resource=arn)["Tags"] == {"team": "billing"}
    with refused("InvalidParameterValueException"):
        functions.tag_resource(Resource=arn, Tags={"aws:mine": "x"})


def the_functions_are_listed(functions, function):
    pages = functions.get_paginator("list_functions").paginate()
    assert function in [one["FunctionName"] for page in pages for one in page["Functions"]]


def no_call_finds_a_missing_function(functions, function):
    functions.delete_function(FunctionName=function)
    where = {"FunctionName": function}
    for call in (
        lambda: functions.delete_function(**where),
        lambda: functions.get_function(**where),
        lambda: functions.get_function_configuration(**where),
        lambda: functions.update_function_configuration(MemorySize=256, **where),
        lambda: functions.update_function_code(ZipFile=SECOND, **where),
        lambda: functions.publish_version(**where),
        lambda: functions.list_versions_by_function(**where),
        lambda: functions.create_alias(Name="live", FunctionVersion="1", **where),
        lambda: functions.get_alias(Name="live", **where),
        lambda: functions.update_alias(Name="live", FunctionVersion="1", **where),
        lambda: functions.list_aliases(**where),
        lambda: functions.list_tags(Resource=arn_of(function)),
        lambda: functions.tag_resource(Resource=arn_of(function), Tags={"a": "b"}),
        lambda: functions.untag_resource(Resource=arn_of(function), TagKeys=["a"]),
    ):
        with refused("ResourceNotFoundException"):
            call()


def a_layer_is_published_and_used(functions, name, function):
    published = functions.publish_layer_version(
        LayerName=name,
        Description="driven",
        Content={"ZipFile": FIRST},
        CompatibleRuntimes=["python3.13"],
        CompatibleArchitectures=["arm64"],
        LicenseInfo="MIT",
    )
    arn = published["LayerVersionArn"]
    assert (published["Version"], published["Content"]["CodeSha256"]) == (1, digest(FIRST))
    assert functions.get_layer_version(LayerName=name, VersionNumber=1)["LayerVersionArn"] == arn
    assert functions.get_layer_version_by_arn(Arn=arn)["LayerVersionArn"] == arn
    settled(functions, function)
    changed = functions.update_function_configuration(FunctionName=function, Layers=[arn])
    assert changed["Layers"] == [{"Arn": arn, "CodeSize": len(FIRST)}]
    functions.delete_layer_version(LayerName=name, VersionNumber=1)
    with refused("ResourceNotFoundException"):
        functions.get_layer_version(LayerName=name, VersionNumber=1)
    with refused("ResourceNotFoundException"):
        functions.get_layer_version_by_arn(Arn=arn)
    with refused("InvalidParameterValueException"):
        functions.delete_layer_version(LayerName=name, VersionNumber=0)
    with refused("InvalidParameterValueException"):
        functions.publish_layer_version(LayerName=name, Content={"ZipFile": b"no zip"})
    settled(functions, function)
    with refused("InvalidParameterValueException", telling="does not exist"):
        functions.update_function_configuration(FunctionName=function, Layers=[arn])


@pytest.mark.parametrize(
    ("subnet", "group", "told"),
    [
        ("subnet-00000000", "sg-0123456789abcdef0", "The subnet ID 'subnet-00000000' does not exist"),
        ("subnet-0123456789abcdef0", "sg-00000000", "The security group 'sg-00000000' does not exist"),
    ],
)
def a_network_that_is_not_there_is_refused(functions, function, subnet, group, told):
    settled(functions, function)
    with refused("InvalidParameterValueException", telling=told):
        functions.update_function_configuration(
            FunctionName=function,
            VpcConfig={"SubnetIds": [subnet], "SecurityGroupIds": [group]},
        )


def a_function_has_no_code_signing(functions, function):
    answer = functions.get_function_code_signing_config(FunctionName=function)
    assert "CodeSigningConfigArn" not in answer
    with refused("ResourceNotFoundException"):
        functions.get_function_code_signing_config(FunctionName="nobody")


def an_ill_formed_listing_or_alias_is_refused(functions, function):
    with refused("ValidationException"):
        functions.list_functions(MaxItems=0)
    with refused("ValidationException"):
        functions.delete_alias(FunctionName=function, Name="no spaces allowed")
