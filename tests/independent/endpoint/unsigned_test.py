"""Every service refuses a request without a signature, in its own words."""

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.session import Session

from endpoint.drive import REGION, refused


@pytest.mark.parametrize(
    ("service", "operation", "asked", "code"),
    [
        (
            "bedrock-agentcore-control",
            "list_agent_runtimes",
            {},
            "MissingAuthenticationTokenException",
        ),
        ("iam", "list_roles", {}, "MissingAuthenticationToken"),
        ("kms", "list_keys", {}, "MissingAuthenticationTokenException"),
        ("lambda", "list_functions", {}, "MissingAuthenticationTokenException"),
        ("logs", "describe_log_groups", {}, "MissingAuthenticationTokenException"),
        ("resourcegroupstaggingapi", "get_resources", {}, "MissingAuthenticationTokenException"),
        ("s3", "list_object_versions", {"Bucket": "unsigned"}, "AccessDenied"),
        ("sts", "get_caller_identity", {}, "MissingAuthenticationToken"),
    ],
)
def an_unsigned_request_is_refused(endpoint_url, witness, service, operation, asked, code):
    core = Session()
    witness.attach(core)
    config = Config(signature_version=UNSIGNED, s3={"addressing_style": "path"})
    client = boto3.Session(botocore_session=core, region_name=REGION).client(
        service, endpoint_url=endpoint_url, config=config
    )
    with refused(code):
        getattr(client, operation)(**asked)
