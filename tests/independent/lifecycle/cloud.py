"""One account in ministack, seen through boto3."""

import json
from dataclasses import dataclass

import boto3
from botocore.client import BaseClient
from botocore.config import Config

REGION = "us-east-1"
EMAIL = "arn:aws:dataprotection::aws:data-identifier/EmailAddress"


@dataclass(frozen=True)
class Cloud:
    """Its own account: ministack uses a twelve-digit access key id as the account id."""

    url: str
    account: str

    def client(self, service: str) -> BaseClient:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=self.account,
            aws_secret_access_key="secret",
            config=Config(s3={"addressing_style": "path"}),
        )

    def pages(self, service: str, operation: str, key: str, **asked: object) -> list:
        """Returns the items of all pages of a listing."""
        paginator = self.client(service).get_paginator(operation)
        return [item for page in paginator.paginate(**asked) for item in page.get(key, [])]

    def inventory(self) -> dict[str, list[str]]:
        """Lists everything in the account, by kind, without empty kinds."""
        buckets = [one["Name"] for one in self.client("s3").list_buckets()["Buckets"]]
        versions = [
            f"{bucket}/{one['Key']}"
            for bucket in buckets
            for key in ("Versions", "DeleteMarkers")
            for one in self.pages("s3", "list_object_versions", key, Bucket=bucket)
        ]
        kms = self.client("kms")
        keys = [
            f"{one['KeyId']} {kms.describe_key(KeyId=one['KeyId'])['KeyMetadata']['KeyState']}"
            for one in self.pages("kms", "list_keys", "Keys")
        ]
        agents = "bedrock-agentcore-control"
        runtimes = self.pages(agents, "list_agent_runtimes", "agentRuntimes")
        endpoints = [
            f"{one['agentRuntimeName']}/{endpoint['name']}"
            for one in runtimes
            for endpoint in self.pages(
                agents,
                "list_agent_runtime_endpoints",
                "runtimeEndpoints",
                agentRuntimeId=one["agentRuntimeId"],
            )
        ]
        found = {
            "alias": [one["AliasName"] for one in self.pages("kms", "list_aliases", "Aliases")],
            "bucket": buckets,
            "endpoint": endpoints,
            "function": [
                one["FunctionName"] for one in self.pages("lambda", "list_functions", "Functions")
            ],
            "key": keys,
            "log-group": [
                one["logGroupName"]
                for one in self.pages("logs", "describe_log_groups", "logGroups")
            ],
            "object-version": versions,
            "role": [one["RoleName"] for one in self.pages("iam", "list_roles", "Roles")],
            "runtime": [one["agentRuntimeName"] for one in runtimes],
        }
        return {kind: sorted(names) for kind, names in found.items() if names}


def protection(audited: list[str], masked: list[str]) -> str:
    """Writes a data protection policy that audits and masks these identifiers."""
    return json.dumps(
        {
            "Name": "independent",
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


def runtime_of(cloud: Cloud) -> dict:
    """Creates a runtime with only the required settings; its role and its code do not exist."""
    place = {"bucket": "nowhere", "prefix": "absent.zip"}
    return {
        "agentRuntimeName": "asked",
        "agentRuntimeArtifact": {
            "codeConfiguration": {
                "code": {"s3": place},
                "runtime": "PYTHON_3_13",
                "entryPoint": ["main.py"],
            }
        },
        "roleArn": f"arn:aws:iam::{cloud.account}:role/nobody",
        "networkConfiguration": {"networkMode": "PUBLIC"},
    }
