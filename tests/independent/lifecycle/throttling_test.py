"""A whole life while AWS throttles, and one in which answers are lost.

microburst is a proxy between agentctl and ministack. Both are by others.
"""

import os
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from lifecycle.cloud import Cloud
from lifecycle.proxy import AGENTCORE, REFUSALS, Proxy
from lifecycle.tool import Tool

Step = tuple[str, int, dict[str, list[str]]]


@pytest.fixture
def proxy() -> Proxy:
    return Proxy(os.environ["MICROBURST_URL"])


def portrait(cloud: Cloud) -> dict[str, list[str]]:
    """Lists the account's resources without account ids and random parts of names."""

    def plain(name: str) -> str:
        name = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", name)
        name = re.sub(r"quickstart-\w{10}(?=-)", "quickstart-ID", name)
        return name.replace(cloud.account, "ACCOUNT")

    return {
        kind: sorted(plain(name) for name in names) for kind, names in cloud.inventory().items()
    }


def life(tool: Tool, cloud: Cloud) -> list[Step]:
    """Creates an agent, edits it, moves it to the other side, and destroys it.

    Returns each command with its exit status and the resources in the account after it.
    """
    told = []

    def run(*arguments: str) -> None:
        ended = tool.run(*arguments)
        told.append((" ".join(arguments), ended.status, portrait(cloud)))

    run("apply", "-y")
    run("diff", "--exit-code")
    tool.edit(r"memorySize: \d+", "memorySize: 2048")
    tool.edit(r"^(\s*)prompt: .*$", r"\1prompt: Answer in one word.")
    run("diff", "--exit-code")
    run("apply", "-y")
    run("diff", "--exit-code")
    run("rollback", "quickstart", "-y")
    run("promote", "quickstart", "-y")
    run("drift")
    tool.edit("^  runtime: lambda", "  runtime: agentcore")
    run("apply", "-y")
    run("diff", "--exit-code")
    run("destroy", "-y")
    return told


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("bedrock-agentcore-control", "ListAgentRuntimes"),
        ("iam", "ListRoles"),
        ("kms", "ListKeys"),
        ("lambda", "ListFunctions"),
        ("logs", "DescribeLogGroups"),
        ("resourcegroupstaggingapi", "GetResources"),
        ("s3", "ListBuckets"),
        ("sts", "GetCallerIdentity"),
    ],
)
def a_refusal_by_the_proxy_is_throttling_to_boto3(
    cloud: Cloud, proxy: Proxy, service: str, operation: str
):
    client = replace(cloud, url=proxy.url).client(service)
    if service == "bedrock-agentcore-control":
        proxy.refuse([asked := (AGENTCORE, None)])
    else:
        proxy.refuse([asked := (service, operation)])
    with pytest.raises(ClientError) as caught:
        client._make_api_call(operation, {})
    told = caught.value.response
    answered = told["ResponseMetadata"]
    assert (told["Error"]["Code"], answered["HTTPStatusCode"]) == REFUSALS[asked[0]]
    assert answered["RetryAttempts"] == 2


@pytest.fixture
def undisturbed(bind: Callable[[Cloud], Tool], cloud: Cloud, proxy: Proxy) -> list[Step]:
    """A life through the proxy, which passes everything on and records the requests."""
    proxy.watch()
    return life(bind(replace(cloud, url=proxy.url)), cloud)


def a_life_under_throttling_ends_in_the_same_way(
    bind: Callable[[Cloud], Tool], undisturbed: list[Step], neighbour: Cloud, proxy: Proxy
):
    """Each operation of a life is refused at the first request and at every third after it."""
    assert [status for _, status, _ in undisturbed] == [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]
    asked = proxy.asked()
    assert {service for service, _ in asked} == set(REFUSALS)
    assert {service for service, operation in asked if operation is None} == {AGENTCORE}
    proxy.throttle(asked)
    throttled = life(bind(replace(neighbour, url=proxy.url)), neighbour)
    assert set(proxy.remembered()) == {
        ((service, operation), f"error:{REFUSALS[service][0]}") for service, operation in asked
    }
    assert throttled == undisturbed


def a_life_with_lost_answers_ends_in_the_same_way(
    bind: Callable[[Cloud], Tool], undisturbed: list[Step], neighbour: Cloud, proxy: Proxy
):
    """The first request of each operation is carried out, and its answer is lost."""
    asked = proxy.asked()
    proxy.lose(asked)
    hindered = life(bind(replace(neighbour, url=proxy.url)), neighbour)
    assert proxy.remembered() == {(operation, "response:abort"): 1 for operation in asked}
    assert hindered == undisturbed
