"""Watches the answers a boto3 session receives, and counts what was driven."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import botocore.session
from botocore.model import OperationModel

from validator.answer import problems_of


@dataclass(frozen=True)
class Observation:
    """One answer: what was asked, its status, and where it leaves the model.

    The service goes by the name that requests to it are signed for.
    """

    service: str
    operation: str
    status: int
    problems: tuple[str, ...]

    def __str__(self) -> str:
        lines = "\n    ".join(self.problems)
        return f"{self.service}.{self.operation} (status {self.status})\n    {lines}"


@dataclass
class Witness:
    """Collects an observation of every answer of the sessions it is attached to."""

    observations: list[Observation] = field(default_factory=list)

    def attach(self, session: botocore.session.Session) -> None:
        """Listens to all clients that the session makes from now on."""
        session.get_component("event_emitter").register_first("before-parse", self._observe)

    def _observe(
        self, operation_model: OperationModel, response_dict: dict, **_: object
    ) -> None:
        body = response_dict["body"]
        problems = problems_of(
            operation_model,
            response_dict["status_code"],
            response_dict["headers"],
            body if isinstance(body, bytes) else None,
        )
        self.observations.append(
            Observation(
                operation_model.service_model.signing_name,
                operation_model.name,
                response_dict["status_code"],
                tuple(problems),
            )
        )

    @contextmanager
    def within_the_model(self) -> Iterator[None]:
        """Fails when an answer received inside the block leaves the model."""
        start = len(self.observations)
        yield
        outside = [seen for seen in self.observations[start:] if seen.problems]
        assert not outside, "answers outside of botocore's model:\n" + "\n".join(map(str, outside))

    def driven(self) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        """Gives the operations answered with success and those answered with a refusal."""
        answered: dict[str, set[str]] = {}
        refused: dict[str, set[str]] = {}
        for seen in self.observations:
            chosen = refused if seen.status >= 300 else answered
            chosen.setdefault(seen.service, set()).add(seen.operation)
        return answered, refused
