"""S3: the bucket, its configuration, objects and their versions."""

import base64
import hashlib
import json
import urllib.error
import urllib.request

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from endpoint.drive import ACCOUNT, REGION, refused, usable_key

BODY = b"the bytes of an artefact"
SHA256 = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
OTHER_ACCOUNT = "999999999999"
BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


@pytest.fixture
def bucket(s3, name) -> str:
    """A versioned bucket."""
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


@pytest.fixture
def key(kms) -> str:
    return usable_key(kms)["Arn"]


def missing(call) -> None:
    """Expects a HEAD to find nothing: its answer has no body, so no code."""
    with pytest.raises(ClientError) as raised:
        call()
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def a_new_bucket_has_the_defaults_of_s3(s3, name):
    missing(lambda: s3.head_bucket(Bucket=name))
    made = s3.create_bucket(Bucket=name)
    assert made["Location"] == f"/{name}"
    assert s3.head_bucket(Bucket=name, ExpectedBucketOwner=ACCOUNT)["BucketRegion"] == REGION
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] is None
    assert "Status" not in s3.get_bucket_versioning(Bucket=name)
    rules = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert [one["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] for one in rules] == ["AES256"]
    # Amazon S3 User Guide: since April 2023 every new bucket blocks public access.
    block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert block == BLOCKED
    with refused("NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket=name)
    with refused("NoSuchTagSet"):
        s3.get_bucket_tagging(Bucket=name)
    # Amazon S3 User Guide: since April 2023 access control lists are off in every new bucket.
    owned = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    assert owned == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert s3.list_objects_v2(Bucket=name)["KeyCount"] == 0
    s3.delete_bucket(Bucket=name)
    missing(lambda: s3.head_bucket(Bucket=name))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Bucket": "Upper-Case"}, "InvalidBucketName"),
        ({"Bucket": "x"}, "InvalidBucketName"),
        (
            {"CreateBucketConfiguration": {"LocationConstraint": "us-east-1"}},
            "InvalidLocationConstraint",
        ),
    ],
)
def an_ill_formed_bucket_is_refused(s3, name, change, code):
    with refused(code):
        s3.create_bucket(**{"Bucket": name, **change})


def the_configuration_of_a_bucket_comes_back(s3, bucket, key):
    encryption = {
        "Rules": [
            {
                "ApplyServerSideEncryptionByDefault": {
                    "SSEAlgorithm": "aws:kms",
                    "KMSMasterKeyID": key,
                },
                "BucketKeyEnabled": True,
            }
        ]
    }
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "tls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
    tags = [{"Key": "agentctl:shared", "Value": "true"}]
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=encryption)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=BLOCKED)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    read = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    # S3 user guide, "Blocking or unblocking SSE-C": since April 2026 blocked by default.
    (rule,) = encryption["Rules"]
    assert read == {"Rules": [{**rule, "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}]}
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == policy
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == tags
    s3.delete_bucket_policy(Bucket=bucket)
    with refused("NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket=bucket)
    s3.delete_bucket_tagging(Bucket=bucket)
    with refused("NoSuchTagSet"):
        s3.get_bucket_tagging(Bucket=bucket)
    s3.delete_public_access_block(Bucket=bucket)
    with refused("NoSuchPublicAccessBlockConfiguration"):
        s3.get_public_access_block(Bucket=bucket)
    s3.delete_bucket_encryption(Bucket=bucket)
    reset = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert [one["ApplyServerSideEncryptionByDefault"] for one in reset] == [{"SSEAlgorithm": "AES256"}]


def the_buckets_are_listed_page_by_page(s3, name):
    wanted = [f"{name}-{number}" for number in range(3)]
    for bucket in wanted:
        s3.create_bucket(Bucket=bucket)
    first = s3.list_buckets(Prefix=name, MaxBuckets=2)
    rest = s3.list_buckets(
        Prefix=name, MaxBuckets=2, ContinuationToken=first["ContinuationToken"]
    )
    assert [one["Name"] for one in first["Buckets"] + rest["Buckets"]] == wanted
    assert {one["BucketRegion"] for one in first["Buckets"]} == {REGION}
    assert "ContinuationToken" not in rest
    with refused("InvalidArgument"):
        s3.list_buckets(MaxBuckets=0)


def an_ill_formed_configuration_is_refused(s3, bucket):
    with refused("MalformedPolicy"):
        s3.put_bucket_policy(Bucket=bucket, Policy="no json")
    with refused("MalformedXML"):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Sometimes"})
    with refused("MalformedXML"):
        s3.put_bucket_encryption(
            Bucket=bucket,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "rot13"}}]
            },
        )
    with refused("InvalidTag"):
        s3.put_bucket_tagging(
            Bucket=bucket, Tagging={"TagSet": [{"Key": "aws:mine", "Value": "x"}]}
        )


def an_object_comes_back_with_its_checksum(s3, bucket, key):
    put = s3.put_object(
        Bucket=bucket,
        Key="objects/drive/code/a b+c.zip",
        Body=BODY,
        IfNoneMatch="*",
        ChecksumAlgorithm="SHA256",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=key,
        ContentType="application/zip",
        Metadata={"owner": "drive"},
    )
    assert put["ChecksumSHA256"] == SHA256
    where = {"Bucket": bucket, "Key": "objects/drive/code/a b+c.zip"}
    head = s3.head_object(ChecksumMode="ENABLED", ExpectedBucketOwner=ACCOUNT, **where)
    assert (head["ChecksumSHA256"], head["ContentLength"]) == (SHA256, len(BODY))
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
    assert (head["VersionId"], head["ETag"]) == (put["VersionId"], put["ETag"])
    assert (head["ContentType"], head["Metadata"]) == ("application/zip", {"owner": "drive"})
    assert "ChecksumSHA256" not in s3.head_object(**where)
    got = s3.get_object(ChecksumMode="ENABLED", VersionId=put["VersionId"], **where)
    assert got["Body"].read() == BODY
    assert s3.get_object(Range="bytes=0-2", **where)["Body"].read() == b"the"


def an_object_is_not_overwritten_if_the_condition_forbids_it(s3, bucket):
    where = {"Bucket": bucket, "Key": "once"}
    s3.put_object(Body=b"first", IfNoneMatch="*", **where)
    with refused("PreconditionFailed"):
        s3.put_object(Body=b"second", IfNoneMatch="*", **where)
    assert s3.get_object(**where)["Body"].read() == b"first"


def a_body_with_a_wrong_checksum_is_refused(s3, bucket):
    with refused("BadDigest"):
        s3.put_object(Bucket=bucket, Key="bad", Body=b"other bytes", ChecksumSHA256=SHA256)
    missing(lambda: s3.head_object(Bucket=bucket, Key="bad"))


def the_objects_below_a_prefix_are_listed_page_by_page(s3, bucket):
    wanted = [f"objects/{number}" for number in range(3)]
    for one in ["other", *wanted]:
        s3.put_object(Bucket=bucket, Key=one, Body=BODY)
    first = s3.list_objects_v2(Bucket=bucket, Prefix="objects/", MaxKeys=2)
    assert (first["IsTruncated"], first["KeyCount"]) == (True, 2)
    rest = s3.list_objects_v2(
        Bucket=bucket,
        Prefix="objects/",
        MaxKeys=2,
        ContinuationToken=first["NextContinuationToken"],
    )
    assert (rest["IsTruncated"], rest["KeyCount"]) == (False, 1)
    assert [one["Key"] for one in first["Contents"] + rest["Contents"]] == wanted
    folded = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert folded["CommonPrefixes"] == [{"Prefix": "objects/"}]
    assert [one["Key"] for one in folded["Contents"]] == ["other"]
    with refused("InvalidArgument"):
        s3.list_objects_v2(Bucket=bucket, ContinuationToken="nonsense")


def the_versions_of_an_object_are_listed_and_deleted(s3, bucket):
    where = {"Bucket": bucket, "Key": "v"}
    versions = [s3.put_object(Body=body, **where)["VersionId"] for body in (b"1", b"2")]
    marker = s3.delete_object(**where)
    assert marker["DeleteMarker"] is True
    missing(lambda: s3.head_object(**where))
    with refused("NoSuchKey"):
        s3.get_object(**where)
    listed = s3.list_object_versions(Bucket=bucket)
    assert [one["VersionId"] for one in listed["Versions"]] == versions[::-1]
    assert [one["VersionId"] for one in listed["DeleteMarkers"]] == [marker["VersionId"]]
    paged = s3.list_object_versions(Bucket=bucket, MaxKeys=2)
    assert (paged["IsTruncated"], paged["NextKeyMarker"]) == (True, "v")
    with refused("BucketNotEmpty"):
        s3.delete_bucket(Bucket=bucket)
    s3.delete_object(VersionId=marker["VersionId"], **where)
    assert s3.get_object(**where)["Body"].read() == b"2"
    gone = s3.delete_objects(
        Bucket=bucket, Delete={"Objects": [{"Key": "v", "VersionId": one} for one in versions]}
    )
    assert sorted(one["VersionId"] for one in gone["Deleted"]) == sorted(versions)
    assert "Versions" not in s3.list_object_versions(Bucket=bucket)
    s3.delete_bucket(Bucket=bucket)


def no_call_finds_a_missing_bucket(s3, name):
    where = {"Bucket": name}
    missing(lambda: s3.head_object(Key="a", **where))
    encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    for call in (
        lambda: s3.delete_bucket(**where),
        lambda: s3.get_bucket_location(**where),
        lambda: s3.get_bucket_versioning(**where),
        lambda: s3.put_bucket_versioning(VersioningConfiguration={"Status": "Enabled"}, **where),
        lambda: s3.get_bucket_encryption(**where),
        lambda: s3.put_bucket_encryption(ServerSideEncryptionConfiguration=encryption, **where),
        lambda: s3.get_public_access_block(**where),
        lambda: s3.put_public_access_block(PublicAccessBlockConfiguration=BLOCKED, **where),
        lambda: s3.get_bucket_policy(**where),
        lambda: s3.put_bucket_policy(Policy="{}", **where),
        lambda: s3.delete_bucket_policy(**where),
        lambda: s3.get_bucket_tagging(**where),
        lambda: s3.put_bucket_tagging(Tagging={"TagSet": []}, **where),
        lambda: s3.delete_bucket_tagging(**where),
        lambda: s3.delete_bucket_encryption(**where),
        lambda: s3.delete_public_access_block(**where),
        lambda: s3.get_bucket_ownership_controls(**where),
        lambda: s3.list_objects_v2(**where),
        lambda: s3.list_object_versions(**where),
        lambda: s3.put_object(Key="a", Body=BODY, **where),
        lambda: s3.get_object(Key="a", **where),
        lambda: s3.delete_object(Key="a", **where),
        lambda: s3.delete_objects(Delete={"Objects": [{"Key": "a"}]}, **where),
    ):
        with refused("NoSuchBucket"):
            call()


def a_bucket_of_another_owner_is_not_touched(s3, bucket):
    for call in (
        lambda: s3.get_bucket_versioning(Bucket=bucket, ExpectedBucketOwner=OTHER_ACCOUNT),
        lambda: s3.put_object(
            Bucket=bucket, Key="a", Body=BODY, ExpectedBucketOwner=OTHER_ACCOUNT
        ),
        lambda: s3.delete_bucket(Bucket=bucket, ExpectedBucketOwner=OTHER_ACCOUNT),
    ):
        with refused("AccessDenied"):
            call()


def what_a_policy_denies_is_refused(s3, bucket):
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3:::{bucket}/closed/*",
            }
        ],
    }
    for key in ("open/a", "closed/a"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    s3.get_object(Bucket=bucket, Key="open/a")
    with refused("AccessDenied", telling="with an explicit deny in a resource-based policy"):
        s3.get_object(Bucket=bucket, Key="closed/a")


def a_deletion_on_condition_needs_an_object(s3, bucket):
    with refused("NoSuchKey"):
        s3.delete_object(Bucket=bucket, Key="absent", IfMatch="*")


def a_presigned_url_serves_until_it_expires(s3, endpoint_url, bucket):
    s3.put_object(Bucket=bucket, Key="a b", Body=b"one")

    def presigned(secret: str, method: str, seconds: int) -> str:
        signing = boto3.client(
            "s3",
            endpoint_url=endpoint_url,
            region_name=REGION,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key=secret,
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
        )
        asked = {"Bucket": bucket, "Key": "a b"}
        return signing.generate_presigned_url(method, Params=asked, ExpiresIn=seconds)

    def answer(url: str, method: str = "GET", data: bytes | None = None) -> tuple[int, bytes]:
        request = urllib.request.Request(url, data=data, method=method)
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as fault:
            return fault.code, fault.read()

    assert answer(presigned("any", "put_object", 60), "PUT", b"two")[0] == 200
    assert answer(presigned("any", "get_object", 60)) == (200, b"two")
    status, body = answer(presigned("another", "get_object", 60))
    assert (status, b"SignatureDoesNotMatch" in body) == (403, True)
    status, body = answer(presigned("any", "get_object", 0).replace("Expires=0", "Expires=-1"))
    assert (status, b"AuthorizationQueryParametersError" in body) == (400, True)
