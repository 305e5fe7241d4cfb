"""A sound answer passes, and each way to doctor it is named: else the other tests could not fail."""

import json

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.model import OperationModel
from botocore.session import get_session

from validator import Witness, problems_of
from validator.value import RECORDED

KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
KEY_ARN = f"arn:aws:kms:us-east-1:111122223333:key/{KEY_ID}"
ROLE_ID = "AROAABCDEFGHIJKLMNOPQ"
JSON_HEADERS = {
    "x-amzn-RequestId": "b3a0ce6e-8d3b-4a2b-9d5e-6f3f2a1b0c9d",
    "Content-Type": "application/x-amz-json-1.1",
}
REST_HEADERS = {**JSON_HEADERS, "Content-Type": "application/json"}
QUERY_HEADERS = {**JSON_HEADERS, "Content-Type": "text/xml"}
S3_HEADERS = {
    "x-amz-request-id": "4442587FB7D0A2F9",
    "x-amz-id-2": "vlR7PnpV2Ce81l0PRw6jlUpck7Jo5ZsQjryTjKlc5aLWGVHPZLj5NeC6qMa0emYBDXOo6QBU0Wo=",
    "Content-Type": "application/xml",
}


def operation(service: str, name: str) -> OperationModel:
    return get_session().get_service_model(service).operation_model(name)


def doctored(text: str, old: str, new: str) -> bytes:
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the sample"
    return text.replace(old, new).encode()


# --- awsJson: KMS DescribeKey ------------------------------------------------------------------

DESCRIBE_KEY = json.dumps(
    {
        "KeyMetadata": {
            "KeyId": KEY_ID,
            "Arn": KEY_ARN,
            "AWSAccountId": "111122223333",
            "CreationDate": 1763800000.5,
            "Enabled": True,
            "KeyState": "Enabled",
            "KeySpec": "SYMMETRIC_DEFAULT",
            "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        }
    }
)


def a_sound_json_answer_is_without_problems():
    body = DESCRIBE_KEY.encode()
    assert problems_of(operation("kms", "DescribeKey"), 200, JSON_HEADERS, body) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (f'"KeyId": "{KEY_ID}", ', "", "body.KeyMetadata.KeyId: required by `KeyMetadata`, but absent"),
        ('"KeyState"', '"State"', "body.KeyMetadata.State: no member of `KeyMetadata`"),
        (
            '"KeyState": "Enabled"',
            '"KeyState": "Fine"',
            "body.KeyMetadata.KeyState: 'Fine' is not one of the listed values",
        ),
        ('"Enabled": true', '"Enabled": "true"', "body.KeyMetadata.Enabled: not a boolean: 'true'"),
        (
            "1763800000.5",
            "1763800000500",
            "body.KeyMetadata.CreationDate: 1763800000500 seconds are no time of this century",
        ),
        (
            '["SYMMETRIC_DEFAULT"]',
            '"SYMMETRIC_DEFAULT"',
            "body.KeyMetadata.EncryptionAlgorithms: not a list: 'SYMMETRIC_DEFAULT'",
        ),
        (
            f'"{KEY_ARN}"',
            f'"{"a" * 2049}"',
            "body.KeyMetadata.Arn: 2049 characters, at most 2048 expected",
        ),
        ('{"KeyMetadata": {', '[{"KeyMetadata": {', "body: not JSON"),
    ],
)
def a_doctored_json_answer_is_named(old, new, problem):
    body = doctored(DESCRIBE_KEY, old, new)
    found = problems_of(operation("kms", "DescribeKey"), 200, JSON_HEADERS, body)
    assert [one[: len(problem)] for one in found] == [problem]


def an_answer_of_a_service_with_several_protocols_is_held_to_the_one_that_botocore_speaks():
    """The Resource Groups Tagging API offers CBOR and JSON."""
    asked = operation("resourcegroupstaggingapi", "GetTagKeys")
    assert len(asked.service_model.metadata["protocols"]) > 1
    sound, unsound = b'{"TagKeys": ["team"], "PaginationToken": ""}', b'{"Keys": ["team"]}'
    assert problems_of(asked, 200, JSON_HEADERS, sound) == []
    assert problems_of(asked, 200, JSON_HEADERS, unsound) == [
        "body.Keys: no member of `GetTagKeysOutput`"
    ]
    refusal = b'{"__type": "NoSuchFault", "message": "no"}'
    assert problems_of(asked, 400, JSON_HEADERS, refusal) == [
        "error code: `GetTagKeys` does not answer `NoSuchFault` (status 400)"
    ]


def an_envelope_with_other_headers_or_status_is_named():
    found = problems_of(
        operation("kms", "DescribeKey"),
        201,
        {"Content-Type": "application/json"},
        DESCRIBE_KEY.encode(),
    )
    assert found == [
        "header x-amzn-requestid: absent",
        "status: 201, expected [200]",
        "header content-type: `application/json`, not one of ['application/x-amz-json-1.1']",
    ]


def a_body_where_none_belongs_is_named():
    found = problems_of(operation("kms", "CreateAlias"), 200, JSON_HEADERS, b'{"AliasName": "x"}')
    assert found == ["""body: nothing expected: b'{"AliasName": "x"}'"""]


# --- rest-json: Lambda ---------------------------------------------------------------------------

FUNCTION = json.dumps(
    {
        "FunctionName": "triage",
        "FunctionArn": "arn:aws:lambda:us-east-1:111122223333:function:triage",
        "Runtime": "python3.13",
        "MemorySize": 1024,
        "Timeout": 600,
        "KMSKeyArn": None,
        "Environment": {"Variables": {"STAGE": "prod"}},
        "LastUpdateStatusReasonCode": "Creating",
        "RevisionId": "b3a0ce6e-8d3b-4a2b-9d5e-6f3f2a1b0c9d",
    }
)


def a_sound_rest_answer_is_without_problems():
    body = FUNCTION.encode()
    assert problems_of(operation("lambda", "CreateFunction"), 201, REST_HEADERS, body) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"MemorySize": 1024', '"MemorySize": 64', "body.MemorySize: 64 is below 128"),
        ('"Timeout": 600', '"Timeout": 600.5', "body.Timeout: not an integer: 600.5"),
        ('"STAGE"', '"1STAGE"', "body.Environment.Variables key: '1STAGE' does not match"),
        ('"Variables"', '"variables"', "body.Environment.variables: no member of"),
        (
            '"Creating"',
            '"Created"',
            "body.LastUpdateStatusReasonCode: 'Created' is not one of the listed values",
        ),
    ],
)
def a_doctored_rest_answer_is_named(old, new, problem):
    body = doctored(FUNCTION, old, new)
    found = problems_of(operation("lambda", "CreateFunction"), 201, REST_HEADERS, body)
    assert [one[: len(problem)] for one in found] == [problem]


def every_exempted_value_is_one_that_the_model_lacks():
    model = get_session().get_service_model("lambda")
    for name, values in RECORDED.items():
        assert not values & set(model.shape_for(name).enum), "the model has caught up"


# --- query: IAM GetRole ------------------------------------------------------------------------

GET_ROLE = f"""\
<GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
  <GetRoleResult>
    <Role>
      <Path>/agentctl/</Path>
      <RoleName>triage</RoleName>
      <RoleId>{ROLE_ID}</RoleId>
      <Arn>arn:aws:iam::111122223333:role/agentctl/triage</Arn>
      <CreateDate>2026-11-22T14:31:00Z</CreateDate>
      <MaxSessionDuration>3600</MaxSessionDuration>
      <Tags>
        <member><Key>team</Key><Value>billing</Value></member>
      </Tags>
    </Role>
  </GetRoleResult>
  <ResponseMetadata><RequestId>b3a0ce6e-8d3b-4a2b-9d5e-6f3f2a1b0c9d</RequestId></ResponseMetadata>
</GetRoleResponse>"""


def a_sound_query_answer_is_without_problems():
    body = GET_ROLE.encode()
    assert problems_of(operation("iam", "GetRole"), 200, QUERY_HEADERS, body) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            f"<RoleId>{ROLE_ID}</RoleId>",
            "",
            "GetRoleResult/Role/RoleId: required by `Role`, but absent",
        ),
        (
            "<Path>/agentctl/</Path>",
            "<Path>/agentctl/</Path><Owner>me</Owner>",
            "GetRoleResult/Role/Owner: no member of `Role`",
        ),
        (
            "2026-11-22T14:31:00Z",
            "1763800000",
            "GetRoleResult/Role/CreateDate: not a iso8601 timestamp: '1763800000'",
        ),
        ("3600", "36000000", "GetRoleResult/Role/MaxSessionDuration: 36000000 is above 43200"),
        ("<Path>/agentctl/</Path>", "<Path>agentctl</Path>", "GetRoleResult/Role/Path: 'agentctl' does not match"),
        (
            "<RoleName>triage</RoleName>",
            "<RoleName>triage</RoleName><RoleName>other</RoleName>",
            "GetRoleResult/Role/RoleName: 2 times, though it is not a list",
        ),
        ("<Value>billing</Value>", "", "GetRoleResult/Role/Tags[0]/Value: required by `Tag`, but absent"),
        ("doc/2010-05-08/", "doc/2010/", "body: namespace `https://iam.amazonaws.com/doc/2010/`"),
    ],
)
def a_doctored_query_answer_is_named(old, new, problem):
    body = doctored(GET_ROLE, old, new)
    found = problems_of(operation("iam", "GetRole"), 200, QUERY_HEADERS, body)
    assert [one[: len(problem)] for one in found] == [problem]


def a_list_item_of_another_name_is_named():
    body = GET_ROLE.replace("member>", "Tag>").encode()
    found = problems_of(operation("iam", "GetRole"), 200, QUERY_HEADERS, body)
    assert found == ["GetRoleResult/Role/Tags/Tag: list items are called `member`"]


# --- rest-xml: S3 --------------------------------------------------------------------------------

LIST_OBJECTS = """\
<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Name>bucket</Name><Prefix/><KeyCount>1</KeyCount><MaxKeys>1000</MaxKeys>
  <IsTruncated>false</IsTruncated>
  <Contents>
    <Key>objects/a.zip</Key><LastModified>2026-11-22T14:31:00.000Z</LastModified>
    <ETag>&quot;9b2cf535f27731c974343645a3985328&quot;</ETag><Size>10</Size>
    <StorageClass>STANDARD</StorageClass>
  </Contents>
</ListBucketResult>"""


def a_sound_s3_answer_is_without_problems():
    body = LIST_OBJECTS.encode()
    assert problems_of(operation("s3", "ListObjectsV2"), 200, S3_HEADERS, body) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("<IsTruncated>false", "<IsTruncated>False", "ListBucketResult/IsTruncated: not `true` or"),
        (">STANDARD<", ">FAST<", "ListBucketResult/Contents[0]/StorageClass: 'FAST' is not one"),
        ("<Size>10</Size>", "<Bytes>10</Bytes>", "ListBucketResult/Contents[0]/Bytes: no member of"),
        ("<Size>10<", "<Size>ten<", "ListBucketResult/Contents[0]/Size: not an integer: 'ten'"),
    ],
)
def a_doctored_s3_answer_is_named(old, new, problem):
    body = doctored(LIST_OBJECTS, old, new)
    found = problems_of(operation("s3", "ListObjectsV2"), 200, S3_HEADERS, body)
    assert [one[: len(problem)] for one in found] == [problem]


def a_doctored_s3_header_is_named():
    headers = {
        **S3_HEADERS,
        "ETag": '"9b2cf535f27731c974343645a3985328"',
        "Last-Modified": "2026-11-22T14:31:00Z",
        "x-amz-server-side-encryption": "rot13",
        "x-amz-flavour": "sweet",
        "x-amz-meta-owner": "me",
    }
    assert problems_of(operation("s3", "HeadObject"), 200, headers, b"") == [
        "header last-modified: not a rfc822 timestamp: '2026-11-22T14:31:00Z'",
        "header x-amz-server-side-encryption: 'rot13' is not one of the listed values",
        "header x-amz-flavour: not in the model",
    ]


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "name", "status", "headers", "body"),
    [
        (
            "kms",
            "DescribeKey",
            400,
            JSON_HEADERS,
            '{"__type": "NotFoundException", "message": "no key"}',
        ),
        (
            "lambda",
            "GetFunction",
            404,
            {**REST_HEADERS, "x-amzn-errortype": "ResourceNotFoundException"},
            '{"Type": "User", "Message": "Function not found"}',
        ),
        (
            "iam",
            "GetRole",
            404,
            QUERY_HEADERS,
            '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender'
            "</Type><Code>NoSuchEntity</Code><Message>no role</Message></Error>"
            "<RequestId>1</RequestId></ErrorResponse>",
        ),
        (
            "s3",
            "GetObject",
            404,
            S3_HEADERS,
            "<Error><Code>NoSuchKey</Code><Message>no key</Message><Key>a</Key>"
            "<RequestId>1</RequestId><HostId>2</HostId></Error>",
        ),
        ("s3", "HeadObject", 404, S3_HEADERS, ""),
    ],
)
def a_sound_refusal_is_without_problems(service, name, status, headers, body):
    assert problems_of(operation(service, name), status, headers, body.encode()) == []


@pytest.mark.parametrize(
    ("service", "name", "status", "headers", "body", "problems"),
    [
        (
            "kms",
            "DescribeKey",
            404,
            JSON_HEADERS,
            '{"__type": "NotFoundException", "message": "no key", "hint": "look"}',
            [
                "status: 404 with `NotFoundException`, expected [400]",
                "body.hint: no member of `NotFoundException`",
            ],
        ),
        (
            "logs",
            "CreateLogGroup",
            400,
            JSON_HEADERS,
            '{"__type": "NotFoundException"}',
            [
                "error code: `CreateLogGroup` does not answer `NotFoundException` (status 400)",
                "body: no message",
            ],
        ),
        (
            "lambda",
            "GetFunction",
            404,
            REST_HEADERS,
            '{"Type": "User", "Message": "Function not found"}',
            ["header x-amzn-errortype: absent"],
        ),
        (
            "iam",
            "GetRole",
            404,
            QUERY_HEADERS,
            '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Receiver'
            "</Type><Code>NoSuchEntity</Code><Message>no role</Message></Error></ErrorResponse>",
            ["body/RequestId: absent", "body/Error/Type: 'Receiver' with status 404"],
        ),
        (
            "s3",
            "GetObject",
            400,
            S3_HEADERS,
            "<Error><Code>NoSuchKey</Code><Message>no key</Message><Why>x</Why>"
            "<RequestId>1</RequestId><HostId>2</HostId></Error>",
            ["body/Why: unknown", "status: 400 with `NoSuchKey`, expected [404]"],
        ),
    ],
)
def a_doctored_refusal_is_named(service, name, status, headers, body, problems):
    assert problems_of(operation(service, name), status, headers, body.encode()) == problems


# --- the hook --------------------------------------------------------------------------------------


class Canned:
    """Stands in for the connection's own response object."""

    def __init__(self, body: bytes):
        self.body = body

    def stream(self, **_: object):
        yield self.body


def the_witness_reads_what_boto3_receives():
    core = get_session()
    core.set_credentials("test", "test")
    witness = Witness()
    witness.attach(core)
    client = boto3.Session(botocore_session=core, region_name="us-east-1").client("kms")
    answers = [
        (200, DESCRIBE_KEY.encode()),
        (200, doctored(DESCRIBE_KEY, '"KeyState"', '"State"')),
    ]

    def answer(request, **_: object):
        status, body = answers.pop(0)
        return AWSResponse(request.url, status, JSON_HEADERS, Canned(body))

    client.meta.events.register_first("before-send", answer)
    with witness.within_the_model():
        client.describe_key(KeyId=KEY_ID)
    with pytest.raises(AssertionError, match="KeyMetadata.State: no member of"):
        with witness.within_the_model():
            client.describe_key(KeyId=KEY_ID)
    assert witness.driven() == ({"kms": {"DescribeKey"}}, {})
