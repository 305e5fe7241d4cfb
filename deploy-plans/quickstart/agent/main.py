"""The entrypoint on AgentCore: `POST /invocations` and `GET /ping`, with what Python brings along.

AgentCore developer guide, "HTTP protocol contract". Failures are told as Lambda tells them, `errorType` and `errorMessage`,
so that callers need not know where the agent runs.
"""

import json
import logging
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import deployment
from event import EventError

_logger = logging.getLogger(__name__)

# AgentCore sends requests to this port of every agent that speaks HTTP, from outside the container.
ADDRESS = ("0.0.0.0", 8080)

_SESSION = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
_SESSION_FORM = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,255}")

# AgentCore quotas page: the largest payload of a request.
_LIMIT = 100_000_000

_METHODS = {"/invocations": "POST", "/ping": "GET"}


class RequestError(Exception):
    """The request cannot be read as an event."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


class Server(ThreadingHTTPServer):
    """Answers each request in a thread of its own, so that a ping is answered while the model thinks."""

    # What has begun is finished before the process ends.
    daemon_threads = False

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, Handler)
        self._changing = threading.Lock()
        self._working = 0
        self._since = int(time.time())

    @contextmanager
    def work(self) -> Iterator[None]:
        """Counts a request as long as it is answered."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        with self._changing:
            was_busy = self._working > 0
            self._working += change
            if was_busy != (self._working > 0):
                self._since = int(time.time())

    def health(self) -> dict[str, Any]:
        """Tells whether a request is being answered, which keeps the session from counting as idle, and since when that is so."""
        with self._changing:
            status = "HealthyBusy" if self._working else "Healthy"
            return {"status": status, "time_of_last_update": self._since}


class Handler(BaseHTTPRequestHandler):
    """Takes the requests of one connection."""

    protocol_version = "HTTP/1.1"
    # A connection on which nothing comes for so long is closed.
    timeout = 60
    server: Server

    def do_GET(self) -> None:
        if self._is_for("GET"):
            self._send(HTTPStatus.OK, self.server.health())

    def do_POST(self) -> None:
        if not self._is_for("POST"):
            return
        with self.server.work():
            status, body = self._answer()
        self._send(status, body)

    def _is_for(self, method: str) -> bool:
        wanted = _METHODS.get(self.path.split("?", 1)[0])
        if wanted == method:
            return True
        # The body is not read, so what follows on the connection could not be understood.
        self.close_connection = True
        if wanted is None:
            self.send_error(HTTPStatus.NOT_FOUND, f"there is no `{self.path}`")
        else:
            self.send_error(HTTPStatus.METHOD_NOT_ALLOWED, f"`{self.path}` takes {wanted}", allow=wanted)
        return False

    def _answer(self) -> tuple[HTTPStatus, dict[str, Any]]:
        try:
            return HTTPStatus.OK, deployment.answer(self._event())
        except RequestError as error:
            self.close_connection = True
            return error.status, _told(error)
        except EventError as error:
            return HTTPStatus.BAD_REQUEST, _told(error)
        except Exception as error:  # Whatever it is, the next request is to be answered.
            _logger.exception("an invocation of session %s failed", self._session())
            return HTTPStatus.INTERNAL_SERVER_ERROR, _told(error)

    def _event(self) -> Any:
        try:
            return json.loads(self._body())
        except ValueError as error:
            raise RequestError(HTTPStatus.BAD_REQUEST, f"the request is not JSON: {error}") from error

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(self._chunks())
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch("[0-9]{1,18}", length):
            raise RequestError(HTTPStatus.LENGTH_REQUIRED, "the request has no `Content-Length`")
        return self._read(int(length), 0)

    def _chunks(self) -> Iterator[bytes]:
        """Reads a body of unknown length (RFC 9112, section 7.1)."""
        total = 0
        while True:
            size = self.rfile.readline(1024).split(b";")[0].strip()
            if not re.fullmatch(b"[0-9a-fA-F]{1,8}", size):
                raise RequestError(HTTPStatus.BAD_REQUEST, "the request has a chunk without a size")
            length = int(size, 16)
            if length == 0:
                break
            yield self._read(length, total)
            total += length
            self.rfile.readline(8)
        while self.rfile.readline(1024).strip():
            pass  # Trailers say nothing that matters here.

    def _read(self, length: int, before: int) -> bytes:
        if before + length > _LIMIT:
            raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the request has more than {_LIMIT} bytes")
        content = self.rfile.read(length)
        if len(content) < length:
            raise RequestError(HTTPStatus.BAD_REQUEST, "the request ended early")
        return content

    def _session(self) -> str | None:
        session = self.headers.get(_SESSION, "")
        return session if _SESSION_FORM.fullmatch(session) else None

    def _send(self, status: HTTPStatus, body: dict[str, Any], allow: str | None = None) -> None:
        content = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if allow is not None:
            self.send_header("Allow", allow)
        if self.close_connection:
            self.send_header("Connection", "close")
        if session := self._session():
            self.send_header(_SESSION, session)
        self.end_headers()
        self.wfile.write(content)

    def send_error(
        self, code: int, message: str | None = None, explain: str | None = None, allow: str | None = None
    ) -> None:
        """Tells what the base class refuses as everything else is told."""
        status = HTTPStatus(code)
        self.close_connection = True
        self.headers = getattr(self, "headers", None) or self.MessageClass()
        self._send(status, _told(RequestError(status, message or status.phrase)), allow)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Leaves out of the log what the service asks every few seconds."""
        _logger.debug(format, *arguments)


def _told(error: Exception) -> dict[str, Any]:
    return {"errorType": type(error).__name__, "errorMessage": str(error)}


def main() -> None:
    """Serves until the session is ended."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    with Server(ADDRESS) as server:
        # `shutdown` waits for the loop, which this thread runs.
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        _logger.info("listening on port %s", server.server_port)
        server.serve_forever()


if __name__ == "__main__":
    main()
