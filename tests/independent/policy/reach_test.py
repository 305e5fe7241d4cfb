"""How far the guide's policies reach: what a deployer or a reader of one project must not be able to do to others.

What they can do although they should not, because AWS does not distinguish it from what they need, is `BY_NAME`;
docs/guide/permissions.md says so.
"""

from policy.authorization import Need
from policy.guide import ACCOUNT, ADOPTER, BUCKET, DEPLOYER, PROJECT, READER, REGION
from policy.simulator import allowed

MARK = "agentctl:project"
BUCKET_ARN = f"arn:aws:s3:::agentctl-{ACCOUNT}-{REGION}"


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


FUNCTION = arn("lambda", "function:payments")
GROUP = arn("logs", "log-group:/aws/lambda/payments")
RUNTIME = arn("bedrock-agentcore", "runtime/payments-0123456789")
KEY = arn("kms", "key/1")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/agentctl/payments/default/us-east-1/payments-lambda-us-east-1"


def need(action: str, resource: str, **context: str | tuple[str, ...]) -> Need:
    """Makes a need; `claims=` and `owner=` are the mark that a request sets and that the resource has."""
    keys: dict[str, str | tuple[str, ...]] = {}
    if mark := context.pop("claims", None):
        keys |= {f"aws:RequestTag/{MARK}": mark, "aws:TagKeys": (MARK,)}
    if mark := context.pop("owner", None):
        keys[f"aws:ResourceTag/{MARK}"] = mark
    if service := context.pop("via", None):
        keys["kms:ViaService"] = f"{service}.{REGION}.amazonaws.com"
    if aliases := context.pop("aliases", None):
        keys["kms:ResourceAliases"] = aliases
    return Need(action, resource, tuple(sorted((keys | context).items())))


# Nobody but the owner of `payments` may do these.
TO_OTHERS = [
    # To make a resource of another project one's own, and what would follow.
    need("lambda:TagResource", FUNCTION, claims=PROJECT, owner="payments"),
    need("lambda:UpdateFunctionCode", FUNCTION, owner="payments"),
    need("lambda:UpdateFunctionCode", FUNCTION),
    need("lambda:DeleteFunction", FUNCTION, owner="payments"),
    need("logs:TagResource", GROUP, claims=PROJECT, owner="payments"),
    need("logs:DeleteLogGroup", GROUP, owner="payments"),
    need("logs:DeleteLogGroup", GROUP),
    need("bedrock-agentcore:TagResource", RUNTIME, claims=PROJECT, owner="payments"),
    need("bedrock-agentcore:UpdateAgentRuntime", RUNTIME, owner="payments"),
    need("bedrock-agentcore:UpdateAgentRuntime", RUNTIME),
    need("bedrock-agentcore:UpdateAgentRuntimeEndpoint", RUNTIME, owner="payments"),
    need("kms:TagResource", KEY, claims=PROJECT, owner="payments"),
    need("kms:TagResource", KEY, claims=PROJECT, aliases=("alias/payments",)),
    need("kms:PutKeyPolicy", KEY, owner="payments"),
    need("kms:PutKeyPolicy", KEY),
    need("kms:ScheduleKeyDeletion", KEY, owner="payments"),
    # Marked by nobody, and with another name than the deployer's agents.
    need("lambda:TagResource", FUNCTION, claims=PROJECT),
    need("logs:TagResource", GROUP, claims=PROJECT),
    need("bedrock-agentcore:TagResource", RUNTIME, claims=PROJECT),
    # To read environments, which may hold secrets.
    need("lambda:GetFunction", FUNCTION, owner="payments"),
    need("lambda:ListVersionsByFunction", FUNCTION, owner="payments"),
    need("bedrock-agentcore:GetAgentRuntime", RUNTIME, owner="payments"),
    # To use the keys of others.
    need("kms:Decrypt", KEY, via="lambda", owner="payments"),
    need("kms:Decrypt", KEY, via="s3", aliases=("alias/payments",)),
    need("kms:Decrypt", KEY),
    need("kms:CreateGrant", KEY, via="lambda", owner="payments", **{"kms:GrantIsForAWSResource": "true"}),
    need("kms:CreateAlias", KEY, owner="payments"),
    need("kms:CreateAlias", arn("kms", "alias/agentctl/payments/default/payments")),
    # To use or change the roles of others.
    need("iam:PassRole", ROLE, **{"iam:PassedToService": "lambda.amazonaws.com"}),
    need("iam:PutRolePolicy", ROLE),
    need("iam:TagRole", ROLE, claims=PROJECT),
    need("iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/agentctl/{PROJECT}/x", claims="payments"),
    need("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/agentctl/{PROJECT}/x", **{"iam:PassedToService": "ec2.amazonaws.com"}),
    # To hand one's own resource to another project, whose deployers would then run code with its role.
    need("lambda:CreateFunction", arn("lambda", "function:triage"), claims="payments"),
    need("kms:CreateKey", "*", claims="payments"),
    need("bedrock-agentcore:CreateAgentRuntime", "*", claims="payments"),
    # The objects of other projects, and what decides on the bucket of all.
    *(
        need(action, f"{BUCKET_ARN}/{prefix}/payments/default/x")
        for action in ("s3:DeleteObjectVersion", "s3:GetObject", "s3:PutObject")
        for prefix in ("locks", "objects", "pins", "records")
    ),
    *(
        need(f"s3:{action}", BUCKET_ARN)
        for action in (
            "DeleteBucket",
            "DeleteBucketPolicy",
            "PutBucketPolicy",
            "PutBucketPublicAccessBlock",
            "PutBucketVersioning",
            "PutEncryptionConfiguration",
        )
    ),
]

# A service does not distinguish these from the creation of an agent's own resource: nothing has a mark yet.
BY_NAME = [
    need("lambda:TagResource", arn("lambda", "function:triage-of-others"), claims=PROJECT),
    need("logs:TagResource", arn("logs", "log-group:/aws/lambda/triage-of-others"), claims=PROJECT),
    need("bedrock-agentcore:TagResource", arn("bedrock-agentcore", "runtime/triage_of_others-0123456789"), claims=PROJECT),
    need("kms:TagResource", KEY, claims=PROJECT),
    need("kms:Decrypt", KEY, via="s3"),
]

# The environment of a function or runtime may hold secrets, and so does what is under a key.
SECRETS_OF_OTHERS = [
    need("bedrock-agentcore:GetAgentRuntime", RUNTIME),
    need("bedrock-agentcore:GetAgentRuntime", arn("bedrock-agentcore", "runtime/triage-0123456789"), owner="payments"),
    need("lambda:GetFunction", arn("lambda", "function:triage"), owner="payments"),
    need("lambda:GetFunction", FUNCTION),
    need("kms:Decrypt", KEY, via="lambda", owner="payments", aliases=("alias/agentctl/payments/default/x",)),
    need("kms:Decrypt", KEY, via="lambda", owner="payments", aliases=(f"alias/agentctl/{PROJECT}/default/x",)),
    need("kms:Decrypt", KEY, via="lambda", owner=PROJECT, aliases=("alias/payments",)),
    need("kms:Decrypt", KEY, via="lambda", owner=PROJECT),
    need("kms:Decrypt", KEY, owner=PROJECT, aliases=(f"alias/agentctl/{PROJECT}/default/x",)),
    need("s3:GetObject", f"{BUCKET_ARN}/objects/payments/default/x"),
]


def permitted(names: tuple[str, ...], needs: list[Need]) -> list[str]:
    return [str(need) for need, is_allowed in allowed(names, needs).items() if is_allowed]


def a_deployer_reaches_nothing_of_other_projects():
    assert permitted(DEPLOYER, TO_OTHERS) == []


def a_reader_changes_nothing_and_reads_no_secret_of_other_projects():
    assert permitted(READER, TO_OTHERS + BY_NAME + SECRETS_OF_OTHERS) == []


def a_deployer_can_claim_what_nobody_has_marked_under_the_names_of_its_agents():
    """The limit that the guide admits. If one of these is denied, the guide says too much."""
    assert permitted(DEPLOYER, BY_NAME) == [str(one) for one in BY_NAME]


def an_adopter_only_marks_what_nobody_has_marked():
    reached = permitted(ADOPTER, TO_OTHERS + BY_NAME + SECRETS_OF_OTHERS)
    assert {one.partition(" ")[0].partition(":")[2] for one in reached} == {"TagResource"}
    assert not [one for one in reached if f"aws:ResourceTag/{MARK}" in one]


def the_buckets_policy_reaches_no_object():
    reached = permitted(BUCKET, TO_OTHERS + SECRETS_OF_OTHERS)
    assert reached and all(f" on {BUCKET_ARN} with" in one for one in reached)
