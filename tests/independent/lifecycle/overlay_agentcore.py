"""Adds to ministack's Bedrock AgentCore what agentctl needs.

Tags, updates that replace, defaults, the log groups that the service creates. Written from
botocore's service model and the AgentCore developer guide.
"""

import json
from collections.abc import Iterator
from urllib.parse import unquote

from ministack.core.responses import error_response_json, json_response
from ministack.services import bedrock_agentcore as agents
from ministack.services import cloudwatch_logs as logs
from ministack.services import tagging

# Members that an update resets if it omits them: every optional one except the platform (developer
# guide, "How it works").
REPLACED = (
    "allowedPorts",
    "authorizerConfiguration",
    "capacityProviderConfiguration",
    "description",
    "environmentVariables",
    "filesystemConfigurations",
    "metadataConfiguration",
    "protocolConfiguration",
    "requestHeaderConfiguration",
)
# Service model, LifecycleConfiguration: the defaults, which GetAgentRuntime always returns.
LIFECYCLE = {"idleRuntimeSessionTimeout": 900, "maxLifetime": 28800}
# Developer guide, "How it works", "Platform versions".
PLATFORM = "V1"
MOST_TAGS = 50


def configure(runtime: dict, asked: dict) -> None:
    """Sets the runtime's newest version to the requested settings, without others."""
    for member in REPLACED:
        runtime.pop(member, None)
        if member in asked:
            runtime[member] = asked[member]
    runtime["lifecycleConfiguration"] = LIFECYCLE | asked.get("lifecycleConfiguration", {})
    kept = runtime.get("platformVersion", PLATFORM)
    runtime["platformVersion"] = asked.get("platformVersion", kept)
    runtime["_versions"][runtime["agentRuntimeVersion"]] = agents._version_snapshot(runtime)


def make_log_group(runtime_id: str, endpoint: str) -> None:
    """Creates the log group of an endpoint, unless it exists.

    Developer guide, "Troubleshoot AgentCore Runtime": its name. A guess: it is created together with
    the endpoint.
    """
    name = f"/aws/bedrock-agentcore/runtimes/{runtime_id}-{endpoint}"
    if name not in logs._log_groups:
        logs._create_log_group({"logGroupName": name})


def taggable() -> Iterator[tuple[str, dict]]:
    """Yields each runtime and endpoint of the account and region, by its ARN."""
    for runtime_id, runtime in agents._runtimes.items():
        yield runtime["agentRuntimeArn"], runtime
        for endpoint in agents._endpoints[runtime_id].values():
            yield endpoint["agentRuntimeEndpointArn"], endpoint


def handle_tags(method: str, arn: str, body: bytes, query: dict) -> tuple:
    """Answers ListTagsForResource, TagResource and UntagResource."""
    if (resource := dict(taggable()).get(arn)) is None:
        return error_response_json("ResourceNotFoundException", f"{arn} was not found", 404)
    tags = resource.setdefault("_tags", {})
    if method == "GET":
        return json_response({"tags": tags})
    if method == "POST":
        wanted = tags | json.loads(body)["tags"]
        if len(wanted) > MOST_TAGS:
            return error_response_json("ServiceQuotaExceededException", "Too many tags", 402)
        resource["_tags"] = wanted
    else:
        removed = query.get("tagKeys", [])
        removed = {removed} if isinstance(removed, str) else set(removed)
        resource["_tags"] = {key: value for key, value in tags.items() if key not in removed}
    return 204, {"Content-Type": "application/json"}, b""


def complete(place: list[str], asked: dict, told: dict) -> None:
    """Completes a creation or an update that ministack accepted."""
    match place:
        case ["runtimes"]:
            runtime = agents._runtimes[told["agentRuntimeId"]]
            runtime["_tags"] = asked.get("tags", {})
            configure(runtime, asked)
            make_log_group(told["agentRuntimeId"], "DEFAULT")
        case ["runtimes", runtime_id]:
            configure(agents._runtimes[unquote(runtime_id)], asked)
        case ["runtimes", _, "runtime-endpoints"]:
            runtime_id, name = told["agentRuntimeId"], told["endpointName"]
            agents._endpoints[runtime_id][name]["_tags"] = asked.get("tags", {})
            make_log_group(runtime_id, name)


published = agents.handle_request


async def handle_agents(method, path, headers, body, query_params):
    """Answers calls for tags, and passes all others to ministack's own handler."""
    place = path.strip("/").split("/")
    if place[0] == "tags":
        return handle_tags(method, unquote("/".join(place[1:])), body, query_params)
    answer = await published(method, path, headers, body, query_params)
    if method == "PUT" and answer[0] == 200:
        complete(place, json.loads(body), json.loads(answer[2]))
    return answer


def tagged() -> Iterator[tuple[str, list]]:
    """Lists runtimes and endpoints for the Resource Groups Tagging API."""
    for arn, resource in taggable():
        yield arn, tagging._normalise_flat(resource.get("_tags"))


def install() -> None:
    """Puts this in front of ministack's own handler, and what can be tagged into the index."""
    agents.handle_request = handle_agents
    tagging._COLLECTORS["bedrock-agentcore"] = tagged
