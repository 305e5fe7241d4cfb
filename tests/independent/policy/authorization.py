"""What AWS asks of a caller's policies before it does a call: actions, resources and condition keys.

The service authorization reference names actions and resources; where a page of the service's own guide says more, it is named.
"""

from dataclasses import dataclass

from policy.account import Account, object_arn, request_tags, tagged, untagged
from policy.call import Call, texts


@dataclass(frozen=True)
class Need:
    """One decision that policies have to take."""

    action: str
    resource: str
    context: tuple[tuple[str, str | tuple[str, ...]], ...] = ()

    def __str__(self) -> str:
        context = ", ".join(f"{name}={value}" for name, value in self.context)
        return f"{self.action} on {self.resource} with {context or 'nothing'}"


# S3 user guide, "Required permissions for Amazon S3 API operations".
S3_ACTIONS = {
    "DeleteObjects": "DeleteObjectVersion",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjectsV2": "ListBucket",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}

ON_ANYTHING = {
    "bedrock-agentcore": {
        "CreateAgentRuntime",
        "ListAgentRuntimes",
        "ListAgentRuntimeEndpoints",
        "ListAgentRuntimeVersions",
    },
    "iam": {"GetAccountAuthorizationDetails", "ListRoles"},
    "kms": {"CreateKey", "ListAliases", "ListKeys"},
    "lambda": {"ListFunctions"},
    "logs": {"DescribeLogGroups"},
    "tagging": {"GetResources"},
}


class Needs:
    """Collects what the calls of an account need."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def of(self, call: Call) -> list[Need]:
        """Returns what a call needs, before the account takes its changes over."""
        if call.service == "sts":
            # STS API, GetCallerIdentity: no permission is needed.
            assert call.operation == "GetCallerIdentity", call
            return []
        of_service = {
            "bedrock-agentcore": self.agentcore,
            "iam": self.iam,
            "kms": self.kms,
            "lambda": self.function,
            "logs": self.logs,
            "s3": self.s3,
            "tagging": lambda _: [],
        }[call.service]
        if call.operation in ON_ANYTHING.get(call.service, ()):
            prefix = "tag" if call.service == "tagging" else call.service
            own = [self.need(f"{prefix}:{call.operation}", "*", requesting(call))]
        else:
            own = []
        return own + of_service(call)

    def need(self, action: str, resource: str, context: dict | None = None) -> Need:
        """Adds the condition keys that come with a resource."""
        tags = self.account.tags.get(resource, {})
        keys = {f"aws:ResourceTag/{name}": value for name, value in tags.items()}
        if ":role/" in resource:
            keys |= {f"iam:ResourceTag/{name}": value for name, value in tags.items()}
        if ":key/" in resource and (aliases := self.account.aliases_of(resource)):
            keys["kms:ResourceAliases"] = tuple(aliases)
        return Need(action, resource, tuple(sorted((keys | (context or {})).items())))

    def key_needs(self, action: str, key: str, context: dict | None = None) -> list[Need]:
        """Returns a need of a key; of a young one also without its tags and aliases, which KMS may not see yet."""
        needs = [self.need(action, key, context)]
        if key in self.account.young:
            needs.append(Need(action, key, tuple(sorted((context or {}).items()))))
        return needs

    def via(self, service: str, action: str, key: str, more: dict | None = None) -> list[Need]:
        """Returns a need of a key that a service uses for the caller."""
        context = {
            "kms:ViaService": f"{service}.{self.account.region}.amazonaws.com",
            "kms:CallerAccount": self.account.id,
        }
        return self.key_needs(action, key, context | (more or {}))

    def pass_role(self, role: str, service: str) -> Need:
        return self.need("iam:PassRole", role, {"iam:PassedToService": service})

    def read_object(self, arn: str) -> list[Need]:
        needs = [self.need("s3:GetObject", arn)]
        if key := self.account.keys.get(arn):
            needs += self.via("s3", "kms:Decrypt", key, {"kms:EncryptionContext:aws:s3:arn": arn})
        return needs

    def iam(self, call: Call) -> list[Need]:
        given = call.parameters
        if "RoleName" not in given:
            return []
        context = requesting(call)
        if boundary := given.get("PermissionsBoundary"):
            context["iam:PermissionsBoundary"] = boundary
        if policy := given.get("PolicyArn"):
            context["iam:PolicyARN"] = policy
        if call.operation == "CreateRole":
            name = given["RoleName"]
            role = f"arn:aws:iam::{self.account.id}:role{given.get('Path', '/')}{name}"
            # IAM user guide, "Tagging IAM resources": tags at creation need the permission to tag.
            actions = ["iam:CreateRole", "iam:TagRole"]
            return [Need(action, role, tuple(sorted(context.items()))) for action in actions]
        return [self.need(f"iam:{call.operation}", self.account.role(given["RoleName"]), context)]

    def kms(self, call: Call) -> list[Need]:
        given, caller = call.parameters, {"kms:CallerAccount": self.account.id}
        match call.operation:
            case "ListAliases" | "ListKeys":
                return []
            case "CreateKey":
                # KMS developer guide, "Controlling access to tags". The key has neither tags nor aliases yet.
                made = self.account.arn("kms", "key/that-is-made")
                return [self.need("kms:TagResource", made, requesting(call) | caller)]
            case "CreateAlias":
                # KMS developer guide, "Controlling access to aliases": the permission for both.
                alias = self.account.arn("kms", given["AliasName"])
                key = self.account.key(given["TargetKeyId"])
                needs = [self.need("kms:CreateAlias", alias, caller)]
                return needs + self.key_needs("kms:CreateAlias", key, caller)
        key = self.account.key(given["KeyId"])
        return self.key_needs(f"kms:{call.operation}", key, requesting(call) | caller)

    def function(self, call: Call) -> list[Need]:
        given = call.parameters
        if call.operation == "ListFunctions":
            return []
        if call.operation in ("ListTags", "TagResource", "UntagResource"):
            arn = tagged(self.account, call)
            return [self.need(f"lambda:{call.operation}", arn, requesting(call))]
        arn = self.account.function(given["FunctionName"])
        needs = [self.need(f"lambda:{call.operation}", arn, requesting(call))]
        if call.operation == "GetFunction" and self.account.tags.get(arn):
            # Lambda developer guide, "Using tags on Lambda functions": required permissions.
            needs.append(self.need("lambda:ListTags", arn))
            if key := self.account.keys.get(arn):
                needs += self.via("lambda", "kms:Decrypt", key)
        if call.operation == "CreateFunction":
            # The same page: to tag at creation.
            needs.append(self.need("lambda:TagResource", arn, requesting(call)))
        if role := given.get("Role"):
            needs.append(self.pass_role(role, "lambda.amazonaws.com"))
        if key := given.get("KMSKeyArn"):
            # Lambda developer guide, "Securing Lambda environment variables": required permissions.
            grant = {"kms:GrantIsForAWSResource": "true"}
            needs += self.via("lambda", "kms:Encrypt", key)
            needs += self.via("lambda", "kms:CreateGrant", key, grant)
        # Lambda developer guide, "Giving Lambda functions access to resources in an Amazon VPC": what the caller needs.
        if given.get("VpcConfig", {}).get("SubnetIds"):
            described = ("SecurityGroups", "Subnets", "Vpcs")
            needs += [self.need(f"ec2:Describe{name}", "*") for name in described]
        # Lambda developer guide, "Granting Lambda layer access to other accounts": to use a layer.
        needs += [self.need("lambda:GetLayerVersion", arn) for arn in given.get("Layers", ())]
        code = given.get("Code", given)
        if bucket := code.get("S3Bucket"):
            needs += self.read_object(f"arn:aws:s3:::{bucket}/{code['S3Key']}")
        return needs

    def logs(self, call: Call) -> list[Need]:
        given = call.parameters
        if call.operation == "DescribeLogGroups":
            return []
        name = given.get("logGroupName") or given.get("logGroupIdentifier") or given["resourceArn"]
        group = self.account.group(name)
        actions = [f"logs:{call.operation}"]
        if call.operation == "CreateLogGroup":
            # CloudWatch Logs API, CreateLogGroup, `tags`.
            actions.append("logs:TagResource")
        needs = [self.need(action, group, requesting(call)) for action in actions]
        if call.operation == "PutDataProtectionPolicy" and "LogGroup" in given["policyDocument"]:
            # CloudWatch Logs user guide, "Permissions required to send audit findings": to a log group.
            delivering = ("CreateLogDelivery", "DescribeResourcePolicies", "PutResourcePolicy")
            needs += [self.need(f"logs:{name}", "*") for name in delivering]
        return needs

    def s3(self, call: Call) -> list[Need]:
        given = call.parameters
        bucket = f"arn:aws:s3:::{given['Bucket']}"
        action = f"s3:{S3_ACTIONS.get(call.operation, call.operation)}"
        match call.operation:
            case "CreateBucket":
                return [self.need(action, bucket, requesting(call)) for action in (action, "s3:TagResource")]
            case "DeleteObjects":
                # Without a version the action would be another one.
                keys, versions = texts(given["body"], "Key"), texts(given["body"], "VersionId")
                assert len(keys) == len(versions), given["body"]
                return [self.need(action, f"{bucket}/{key}") for key in keys]
            case "GetObject" | "HeadObject":
                assert "versionId" not in given, given
                return self.read_object(object_arn(call))
            case "PutObject":
                arn = object_arn(call)
                needs = [self.need(action, arn)]
                if key := call.headers.get("x-amz-server-side-encryption-aws-kms-key-id"):
                    more = {"kms:EncryptionContext:aws:s3:arn": arn}
                    needs += self.via("s3", "kms:GenerateDataKey", self.account.key(key), more)
                return needs
        return [self.need(action, bucket)]

    def agentcore(self, call: Call) -> list[Need]:
        given, prefix = call.parameters, "bedrock-agentcore"
        needs = []
        if call.operation == "CreateAgentRuntime":
            # It has neither tags nor an id yet.
            made = self.account.runtime(f"{given['agentRuntimeName']}-0123456789")
            needs.append(self.need(f"{prefix}:TagResource", made, requesting(call)))
            linked = ("runtime-identity", "network")
            for name in linked:
                service = f"{name}.{prefix}.amazonaws.com"
                role = f"arn:aws:iam::{self.account.id}:role/aws-service-role/{service}/AWSServiceRole"
                context = {"iam:AWSServiceName": service}
                needs.append(self.need("iam:CreateServiceLinkedRole", role, context))
        elif call.operation in ("ListTagsForResource", "TagResource", "UntagResource"):
            arn = tagged(self.account, call)
            needs.append(self.need(f"{prefix}:{call.operation}", arn, requesting(call)))
        elif call.operation not in ON_ANYTHING[prefix]:
            runtime = self.account.runtime(given["agentRuntimeId"])
            needs.append(self.need(f"{prefix}:{call.operation}", runtime, requesting(call)))
            # The reference demands the permission for both.
            if "endpointName" in given:
                endpoint = f"{runtime}/runtime-endpoint/{given['endpointName']}"
                needs.append(self.need(f"{prefix}:{call.operation}", endpoint))
        if role := given.get("roleArn"):
            needs.append(self.pass_role(role, f"{prefix}.amazonaws.com"))
        code = given.get("agentRuntimeArtifact", {}).get("codeConfiguration", {})
        if place := code.get("code", {}).get("s3"):
            # AgentCore developer guide, "Troubleshooting direct code deployment": with the caller's permissions.
            needs += self.read_object(f"arn:aws:s3:::{place['bucket']}/{place['prefix']}")
        return needs


def requesting(call: Call) -> dict[str, str | tuple[str, ...]]:
    """Returns the condition keys of the tags that a call sets or removes."""
    tags = request_tags(call)
    names = tuple(sorted(tags)) or tuple(untagged(call))
    context: dict[str, str | tuple[str, ...]] = {
        f"aws:RequestTag/{name}": value for name, value in tags.items()
    }
    if names:
        context["aws:TagKeys"] = names
    return context
