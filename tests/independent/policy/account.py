"""What policies see of an account: the tags, aliases and keys of its resources, as they were before each call."""

import re
from dataclasses import dataclass, field

from policy.call import Call, texts

MARK = "agentctl:project"


@dataclass
class Account:
    """The resources that the calls so far have made, by ARN."""

    id: str
    region: str
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    # Keys made by the run under way: KMS needs up to five minutes until conditions see their tags and aliases.
    young: set[str] = field(default_factory=set)
    # The key under which a function, a log group or an object is encrypted.
    keys: dict[str, str] = field(default_factory=dict)

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.id}:{resource}"

    def role(self, name: str) -> str:
        """Returns the ARN of a role. IAM knows the path of none that is not there."""
        return self.roles.get(name, f"arn:aws:iam::{self.id}:role/{name}")

    def key(self, name: str) -> str:
        """Returns the ARN of the key that an id, alias or ARN names."""
        name = name.rpartition(":")[2] if ":alias/" in name else name
        if name.startswith("alias/"):
            return self.aliases.get(name, self.arn("kms", "key/of-no-alias"))
        return name if name.startswith("arn:") else self.arn("kms", f"key/{name}")

    def function(self, name: str) -> str:
        return name if name.startswith("arn:") else self.arn("lambda", f"function:{name}")

    def group(self, name: str) -> str:
        return name.removesuffix(":*") if name.startswith("arn:") else self.arn("logs", f"log-group:{name}")

    def runtime(self, id: str) -> str:
        return self.arn("bedrock-agentcore", f"runtime/{id}")

    def aliases_of(self, key: str) -> list[str]:
        return sorted(alias for alias, target in self.aliases.items() if target == key)

    def note(self, call: Call) -> None:
        """Takes over what a call has changed."""
        if call.succeeded and (change := CHANGES.get(str(call))):
            change(self, call)


def request_tags(call: Call) -> dict[str, str]:
    """Returns the tags that a call sets, in the form of every service."""
    given = call.parameters
    if "body" in given:
        return dict(zip(texts(given["body"], "Key"), texts(given["body"], "Value"), strict=True))
    if "Tags.member.1.Key" in given:
        keys = [name for name in given if re.fullmatch(r"Tags\.member\.\d+\.Key", name)]
        return {given[key]: given[key[:-3] + "Value"] for key in keys}
    tags = given.get("Tags") or given.get("tags") or {}
    if isinstance(tags, list):
        return {tag["TagKey"]: tag["TagValue"] for tag in tags}
    return tags


def create_role(account: Account, call: Call) -> None:
    name, path = call.parameters["RoleName"], call.parameters.get("Path", "/")
    account.roles[name] = f"arn:aws:iam::{account.id}:role{path}{name}"
    account.tags[account.roles[name]] = request_tags(call)


def create_key(account: Account, call: Call) -> None:
    arn = call.answer["KeyMetadata"]["Arn"]
    account.young.add(arn)
    account.tags[arn] = request_tags(call)


def create_alias(account: Account, call: Call) -> None:
    account.aliases[call.parameters["AliasName"]] = account.key(call.parameters["TargetKeyId"])


def create_function(account: Account, call: Call) -> None:
    arn = account.function(call.parameters["FunctionName"])
    account.tags[arn] = request_tags(call)
    update_function(account, call)


def update_function(account: Account, call: Call) -> None:
    if key := call.parameters.get("KMSKeyArn"):
        account.keys[account.function(call.parameters["FunctionName"])] = key


def create_group(account: Account, call: Call) -> None:
    account.tags[account.group(call.parameters["logGroupName"])] = request_tags(call)


def create_runtime(account: Account, call: Call) -> None:
    account.tags[call.answer["agentRuntimeArn"]] = request_tags(call)


def create_bucket(account: Account, call: Call) -> None:
    account.tags[f"arn:aws:s3:::{call.parameters['Bucket']}"] = request_tags(call)


def delete(account: Account, call: Call) -> None:
    """Forgets a resource, unless only a version of it was deleted."""
    given = call.parameters
    if "Qualifier" in given or "agentRuntimeVersion" in given:
        return
    match call.service:
        case "bedrock-agentcore":
            arn = account.runtime(given["agentRuntimeId"])
        case "iam":
            arn = account.roles.pop(given["RoleName"])
        case "lambda":
            arn = account.function(given["FunctionName"])
        case _:
            arn = account.group(given["logGroupName"])
    account.tags.pop(arn, None)
    account.keys.pop(arn, None)


def put_object(account: Account, call: Call) -> None:
    if key := call.headers.get("x-amz-server-side-encryption-aws-kms-key-id"):
        account.keys[object_arn(call)] = account.key(key)


def tag(account: Account, call: Call) -> None:
    account.tags.setdefault(tagged(account, call), {}).update(request_tags(call))


def untag(account: Account, call: Call) -> None:
    for name in untagged(call):
        account.tags[tagged(account, call)].pop(name, None)


def untagged(call: Call) -> list[str]:
    given = call.parameters
    names = given.get("TagKeys") or given.get("tagKeys") or []
    return [names] if isinstance(names, str) else names


def tagged(account: Account, call: Call) -> str:
    """Returns what a call about tags names."""
    given = call.parameters
    match call.service:
        case "kms":
            return account.key(given["KeyId"])
        case "logs":
            return account.group(given["resourceArn"])
        case "lambda":
            return account.function(given["Resource"])
        case "bedrock-agentcore":
            return given["resourceArn"]
        case "iam":
            return account.role(given["RoleName"])
    raise LookupError(call)


def object_arn(call: Call) -> str:
    return f"arn:aws:s3:::{call.parameters['Bucket']}/{call.parameters['Key']}"


CHANGES = {
    "bedrock-agentcore CreateAgentRuntime": create_runtime,
    "bedrock-agentcore DeleteAgentRuntime": delete,
    "bedrock-agentcore TagResource": tag,
    "bedrock-agentcore UntagResource": untag,
    "iam CreateRole": create_role,
    "iam DeleteRole": delete,
    "iam TagRole": tag,
    "iam UntagRole": untag,
    "kms CreateAlias": create_alias,
    "kms CreateKey": create_key,
    "kms TagResource": tag,
    "kms UntagResource": untag,
    "lambda CreateFunction": create_function,
    "lambda DeleteFunction": delete,
    "lambda TagResource": tag,
    "lambda UntagResource": untag,
    "lambda UpdateFunctionConfiguration": update_function,
    "logs CreateLogGroup": create_group,
    "logs DeleteLogGroup": delete,
    "logs TagResource": tag,
    "logs UntagResource": untag,
    "s3 CreateBucket": create_bucket,
    "s3 PutObject": put_object,
}
