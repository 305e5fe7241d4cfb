"""The entrypoint on AgentCore: the contract of its service, and the same answers as on Lambda."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import batch
import deployment
import main
import pytest
from event import EventError

from aws import Aws

EVENT = {"contentType": "data", "content": {"data": "3 chairs"}}
SESSION = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"

pytestmark = pytest.mark.usefixtures("deployed")


@pytest.fixture
def server() -> Iterator[main.Server]:
    """The server on its own port."""
    with main.Server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@contextmanager
def connected(server: main.Server) -> Iterator[HTTPConnection]:
    connection = HTTPConnection(*server.server_address, timeout=10)
    try:
        yield connection
    finally:
        connection.close()


def asked(server: main.Server, method: str, path: str, **request: Any) -> tuple[int, dict[str, Any], Any]:
    """Sends a request; returns status, headers and body."""
    with connected(server) as connection:
        connection.request(method, path, **request)
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), json.loads(answer.read())


def the_same_event_gets_the_same_answer_as_on_lambda(aws: Aws, server: main.Server):
    aws.has("prompt/system.md", "You check invoices.")
    for _ in range(2):
        aws.replies({"text": '{"total": "3 €"}'})
    status, headers, here = asked(server, "POST", "/invocations", body=json.dumps(EVENT))
    there = batch.handler(EVENT, None)
    for answer in (here, there):
        del answer["metadata"]["executionTime"]
    assert (status, headers["Content-Type"], here) == (200, "application/json", there)


def the_session_is_passed_on_unless_it_has_no_form_of_one(aws: Aws, server: main.Server):
    session = "0f" * 20
    for sent, told in ((session, session), ("two words", None)):
        _, headers, _ = asked(server, "GET", "/ping", headers={SESSION: sent})
        assert headers.get(SESSION) == told


def a_failure_is_reported_as_lambda_reports_it(aws: Aws, server: main.Server):
    aws.has("prompt/system.md", "You check invoices.")
    with pytest.raises(EventError) as on_lambda:
        batch.handler({"contentType": "xml"}, None)
    status, _, body = asked(server, "POST", "/invocations", body='{"contentType": "xml"}')
    assert (status, body) == (400, {"errorType": "EventError", "errorMessage": str(on_lambda.value)})
    aws.refuses("ThrottlingException", "Too many tokens")
    status, _, body = asked(server, "POST", "/invocations", body=json.dumps(EVENT))
    assert (status, body["errorType"]) == (500, "ThrottlingException")
    aws.replies({"text": '{"total": 1}'})
    assert asked(server, "POST", "/invocations", body=json.dumps(EVENT))[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "request_", "status", "message"),
    [
        ("POST", "/invocations", {"body": "{"}, 400, "the request is not JSON"),
        ("POST", "/invocations", {"body": b"\xff"}, 400, "the request is not JSON"),
        ("POST", "/invocations", {"headers": {"Content-Length": "x"}}, 411, "the request has no `Content-Length`"),
        ("POST", "/invocations", {"headers": {"Content-Length": "100000001"}}, 413, "more than 100000000 bytes"),
        ("GET", "/invocations", {}, 405, "`/invocations` takes POST"),
        ("POST", "/ping", {}, 405, "`/ping` takes GET"),
        ("GET", "/", {}, 404, "there is no `/`"),
        ("DELETE", "/ping", {}, 501, "Unsupported method"),
    ],
)
def an_invalid_request_is_refused_with_the_reason(
    server: main.Server, method: str, path: str, request_: dict[str, Any], status: int, message: str
):
    found, headers, body = asked(server, method, path, **request_)
    assert (found, headers["Connection"], body["errorType"]) == (status, "close", "RequestError")
    assert message in body["errorMessage"]
    assert headers.get("Allow") == {405: main._METHODS.get(path)}.get(status)


def a_body_may_come_in_chunks(aws: Aws, server: main.Server):
    aws.has("prompt/system.md", "You check invoices.")
    aws.replies({"text": '{"total": 1}'})
    chunks = (part.encode() for part in ('{"contentType": "data", ', '"content": {"data": "3 chairs"}}'))
    status, _, body = asked(server, "POST", "/invocations", body=chunks, encode_chunked=True)
    assert (status, body["result"]) == (200, {"total": 1})


def a_connection_serves_one_request_after_another(server: main.Server):
    with connected(server) as connection:
        for _ in range(2):
            connection.request("GET", "/ping")
            assert json.loads(connection.getresponse().read())["status"] == "Healthy"


def a_ping_is_answered_while_the_model_thinks(server: main.Server, monkeypatch: pytest.MonkeyPatch):
    begun, ended = threading.Event(), threading.Event()

    def think(_event: object) -> dict[str, Any]:
        begun.set()
        assert ended.wait(10)
        return {}

    monkeypatch.setattr(deployment, "answer", think)
    with connected(server) as connection:
        connection.request("POST", "/invocations", body="{}")
        assert begun.wait(10)
        busy = asked(server, "GET", "/ping")[2]
        ended.set()
        connection.getresponse().read()
    assert busy == {"status": "HealthyBusy", "time_of_last_update": 1_700_000_000}
    assert asked(server, "GET", "/ping")[2]["status"] == "Healthy"


def the_end_of_the_session_ends_the_process(quickstart: Path, tmp_path: Path):
    process = subprocess.Popen(
        [sys.executable, "-c", "import main; main.ADDRESS = ('127.0.0.1', 0); main.main()"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.fspath(quickstart / "agent")},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr
        assert "listening on port" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
        assert (process.returncode, errors) == (0, "")
    finally:
        process.kill()
        process.wait()
