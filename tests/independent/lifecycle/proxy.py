"""microburst, a proxy that answers faults of AWS in place of the server behind it.

microburst reads a request's service from its signature and its operation from botocore's models, and
writes the refusal in the form of that service's protocol. It mistakes AgentCore's control API for the data
API, whose signature is the same, so it sees all operations of that service as one.
"""

import json
import urllib.request
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

# microburst keeps the last 2000 faults.
KEPT = 2000

AGENTCORE = "bedrock-agentcore"

# How each service refuses: its page of common errors, and botocore's model where that lists it.
REFUSALS = {
    AGENTCORE: ("ThrottlingException", 429),
    "iam": ("Throttling", 400),
    "kms": ("ThrottlingException", 400),
    "lambda": ("TooManyRequestsException", 429),
    "logs": ("ThrottlingException", 400),
    "resourcegroupstaggingapi": ("ThrottledException", 400),
    "s3": ("SlowDown", 503),
    "sts": ("Throttling", 400),
}

Operation = tuple[str, str | None]


@dataclass(frozen=True)
class Proxy:
    """One microburst, by the URL under which it listens."""

    url: str

    def ask(self, method: str, path: str, body: object = None) -> object:
        request = urllib.request.Request(
            f"{self.url}/_microburst/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def obey(self, rules: list[dict]) -> None:
        """Replaces the rules, and forgets all requests so far."""
        self.ask("POST", "rules", rules)
        self.ask("DELETE", "fired")

    def watch(self) -> None:
        """Passes everything on and records it."""
        self.obey([{"service": "*"}])

    def refuse(self, operations: Iterable[Operation]) -> None:
        """Refuses every request of these operations, as a throttling service does."""
        self.obey([self.refusal(operation) for operation in operations])

    def throttle(self, operations: Iterable[Operation]) -> None:
        """Refuses the first of every three requests of each of these, and of AgentCore every other."""
        self.obey(
            [
                self.refusal((service, name))
                | {"sequence": {"fail": 1, "pass": 1 if service == AGENTCORE else 2}}
                for service, name in operations
            ]
        )

    def lose(self, operations: Iterable[Operation]) -> None:
        """Passes these on, and breaks the connection instead of returning the first answer to each."""
        self.obey(
            [
                {
                    "service": service,
                    "operation": name,
                    "times": 1,
                    "response": {"abort_bytes": 0},
                }
                for service, name in operations
            ]
        )

    @staticmethod
    def refusal(operation: Operation) -> dict:
        service, name = operation
        code, status = REFUSALS[service]
        error = {"code": code, "status": status, "message": "Rate exceeded"}
        return {"service": service, "operation": name, "error": error}

    def remembered(self) -> Counter[tuple[Operation, str]]:
        """Counts what the rules did, by operation."""
        fired = self.ask("GET", f"fired?limit={KEPT}")
        assert len(fired) < KEPT, "microburst may have forgotten some"
        return Counter(((one["service"], one["operation"]), one["action"]) for one in fired)

    def asked(self) -> set[Operation]:
        """Returns the operations to which a rule applied."""
        return {operation for operation, _ in self.remembered()}
