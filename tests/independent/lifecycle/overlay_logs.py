"""Adds to ministack's CloudWatch Logs what agentctl needs.

Protection of data, and keys that can be exchanged. Written from the CloudWatch Logs API Reference.
"""

import json
import time

from ministack.core.responses import error_response_json, json_response
from ministack.services import cloudwatch_logs as logs
from ministack.services import tagging

POLICY_VERSION = "2021-06-01"


def log_group(data: dict) -> tuple[str, dict] | None:
    """Finds the group by its name or by either form of its ARN."""
    for member in ("logGroupName", "logGroupIdentifier", "resourceIdentifier"):
        if wanted := data.get(member):
            name = logs._resolve_group_by_arn(wanted) if wanted.startswith("arn:") else wanted
            group = logs._log_groups.get(name) if name else None
            return (name, group) if group is not None else None
    return None


def policy_fault(document: str) -> str | None:
    """Returns why CloudWatch Logs would refuse the data protection policy.

    CloudWatch Logs API, PutDataProtectionPolicy: two blocks, one that audits and one that masks,
    with the same identifiers.
    """
    try:
        policy = json.loads(document)
        statements = {
            operation: statement
            for statement in policy["Statement"]
            for operation in statement["Operation"]
        }
        audited = set(statements["Audit"]["DataIdentifier"])
        masked = set(statements["Deidentify"]["DataIdentifier"])
        mask = statements["Deidentify"]["Operation"]["Deidentify"]["MaskConfig"]
        statements["Audit"]["Operation"]["Audit"]["FindingsDestination"]
    except (ValueError, KeyError, TypeError):
        return "The policy document is malformed."
    if policy.get("Version") != POLICY_VERSION or not policy.get("Name"):
        return "The policy document needs a name and the version 2021-06-01."
    if len(policy["Statement"]) != 2 or audited != masked or not audited or mask != {}:
        return "The policy needs an audit and a masking block with the same data identifiers."
    return None


def put_data_protection_policy(name: str, group: dict, data: dict) -> tuple:
    if fault := policy_fault(data.get("policyDocument", "")):
        return error_response_json("InvalidParameterException", fault, 400)
    group["dataProtection"] = {
        "logGroupIdentifier": name,
        "policyDocument": data["policyDocument"],
        "lastUpdatedTime": int(time.time() * 1000),
    }
    return json_response(group["dataProtection"])


def get_data_protection_policy(name: str, group: dict, _data: dict) -> tuple:
    # A guess: for a group without a policy, the answer has no document and is no refusal.
    return json_response(group.get("dataProtection") or {"logGroupIdentifier": name})


def delete_data_protection_policy(_name: str, group: dict, _data: dict) -> tuple:
    if "dataProtection" in group:
        group["dataProtection"] = None
    return json_response({})


def associate_kms_key(_name: str, group: dict, data: dict) -> tuple:
    group["kmsKeyId"] = data["kmsKeyId"]
    return json_response({})


def disassociate_kms_key(_name: str, group: dict, _data: dict) -> tuple:
    group["kmsKeyId"] = None
    return json_response({})


ADDED = {
    "PutDataProtectionPolicy": put_data_protection_policy,
    "GetDataProtectionPolicy": get_data_protection_policy,
    "DeleteDataProtectionPolicy": delete_data_protection_policy,
    "AssociateKmsKey": associate_kms_key,
    "DisassociateKmsKey": disassociate_kms_key,
}
published = logs.handle_request


async def handle_logs(method, path, headers, body, query_params):
    """Answers the added operations, and passes all others to ministack's own handler."""
    operation = headers.get("x-amz-target", "").rpartition(".")[2]
    if operation not in ADDED:
        answer = await published(method, path, headers, body, query_params)
        return with_protection_status(answer) if operation == "DescribeLogGroups" else answer
    data = json.loads(body)
    if (found := log_group(data)) is None:
        return error_response_json(
            "ResourceNotFoundException", "The specified log group does not exist.", 400
        )
    return ADDED[operation](*found, data)


def with_protection_status(answer: tuple) -> tuple:
    """Adds to each listed group whether a policy protects it now, or did before."""
    status, headers, body = answer
    document = json.loads(body)
    for entry in document.get("logGroups", []):
        group = logs._log_groups[entry["logGroupName"]]
        if "dataProtection" in group:
            protected = group["dataProtection"] is not None
            entry["dataProtectionStatus"] = "ACTIVATED" if protected else "DELETED"
    return status, headers, json.dumps(document).encode()


def tagged_log_groups():
    """Lists the log groups for the Resource Groups Tagging API, by the ARN without `:*`."""
    for group in logs._log_groups.values():
        yield group["arn"].removesuffix(":*"), tagging._normalise_flat(group.get("tags"))


def install() -> None:
    """Puts this in front of ministack's own handler, and the log groups into the index of tags."""
    logs.handle_request = handle_logs
    tagging._COLLECTORS["logs"] = tagged_log_groups
