"""A proxy that passes requests on to the local endpoint and keeps them with their answers, or denies them."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

# RFC 9110, section 7.6.1: what concerns one connection only.
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass(frozen=True)
class Exchange:
    """A request and its answer."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    status: int
    answer: bytes


@dataclass
class Recorder:
    """What has passed through the proxy, its own address, and the paths of Lambda that it denies."""

    url: str
    denied: frozenset[str] = frozenset()
    exchanges: list[Exchange] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> list[Exchange]:
        """Returns what passed since the last time, in the order of the answers."""
        with self.lock:
            taken, self.exchanges = self.exchanges, []
        return taken

    def note(self, exchange: Exchange) -> None:
        with self.lock:
            self.exchanges.append(exchange)


@contextmanager
def recording(upstream: str) -> Iterator[Recorder]:
    """Serves on a free port of the loopback interface."""
    place = urlsplit(upstream)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            if urlsplit(self.path).path.rstrip("/") in recorder.denied:
                self.deny()
                return
            connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
            sent = {name: value for name, value in headers.items() if name not in HOP_BY_HOP}
            connection.request(self.command, self.path, body, sent)
            response = connection.getresponse()
            answer = response.read()
            recorder.note(
                Exchange(self.command, self.path, headers, body, response.status, answer)
            )
            self.send_response_only(response.status)
            for name, value in response.getheaders():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            length = response.headers.get("content-length", len(answer))
            self.send_header("content-length", str(length))
            self.end_headers()
            self.wfile.write(answer)
            connection.close()

        def deny(self) -> None:
            """Answers as Lambda does to a caller whose policies do not allow the request."""
            body = b'{"Message": "User is not authorized to perform this action"}'
            self.send_response_only(403)
            self.send_header("content-type", "application/json")
            self.send_header("x-amzn-errortype", "AccessDeniedException")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_DELETE = do_GET = do_HEAD = do_PATCH = do_POST = do_PUT = pass_on

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    recorder = Recorder(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
