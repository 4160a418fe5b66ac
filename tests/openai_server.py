"""A small OpenAI-compatible HTTP server on loopback, for tests: real sockets, real SSE.

It implements ``POST /v1/responses`` and ``POST /v1/chat/completions``, streaming and not, and
``GET /v1/models``. What it answers is what the offline model would, under the model name that was
asked for. It records every request and fails when told to::

    with openai_server() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        server.fail_next(status=500, times=3)
        ...
        assert server.requests[0].body["model"] == "gpt-5.2"
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests import openai_wire as wire
from workbench.errors import OfflineModelError


@dataclass(frozen=True)
class Recorded:
    """One request as it arrived: its path, its headers by lower-case name, its JSON body."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass(frozen=True)
class Failure:
    """What goes wrong with one request."""

    status: int | None = None
    cut: bool = False
    delay: float = 0.0


@dataclass
class OpenAIServer:
    """The server as a test sees it."""

    url: str
    """The base URL, ``http://127.0.0.1:PORT/v1``."""
    requests: list[Recorded] = field(default_factory=list)
    failures: deque[Failure] = field(default_factory=deque)
    answers: deque[str] = field(default_factory=deque)
    stopping: threading.Event = field(default_factory=threading.Event)

    def fail_next(
        self, *, status: int | None = None, cut: bool = False, delay: float = 0.0, times: int = 1
    ) -> None:
        """Let the next ``times`` requests fail: by an HTTP status, by a connection that ends
        half-way through the answer, or by an answer that comes ``delay`` seconds late."""
        self.failures.extend([Failure(status, cut, delay)] * times)

    def answer_next(self, text: str) -> None:
        """Let the next answer be this text, whatever was asked."""
        self.answers.append(text)


@contextmanager
def openai_server() -> Iterator[OpenAIServer]:
    """A running server on a free port of 127.0.0.1; it is stopped when the block ends."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server = OpenAIServer(url=f"http://127.0.0.1:{http.server_address[1]}/v1")
    http.state = server  # type: ignore[attr-defined]  # read by the handlers
    thread = threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        http.shutdown()
        http.server_close()
        thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def state(self) -> OpenAIServer:
        found: OpenAIServer = self.server.state  # type: ignore[attr-defined]
        return found

    def do_GET(self) -> None:
        if self.path == "/v1/models":
            self._json(200, {"object": "list", "data": [{"id": "test", "object": "model"}]})
        else:
            self._json(404, wire.error(f"no such path: {self.path}", "not_found"))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.state.requests.append(Recorded(self.path, headers, body))
        failure = self.state.failures.popleft() if self.state.failures else Failure()
        if failure.delay:
            self.state.stopping.wait(failure.delay)
        if failure.status is not None:
            self._json(failure.status, wire.error(f"made to fail with {failure.status}", "test"))
        elif self.path in wire.ANSWERS:
            self._answer(body, cut=failure.cut)
        else:
            self._json(404, wire.error(f"no such path: {self.path}", "not_found"))

    def _answer(self, body: dict[str, Any], *, cut: bool) -> None:
        fixed = self.state.answers.popleft() if self.state.answers else None
        try:
            answer = wire.ANSWERS[self.path](body, fixed)
        except OfflineModelError as refused:
            self._json(400, wire.error(str(refused), "invalid_request"))
            return
        if body.get("stream"):
            self._stream(answer.events, cut=cut)
        else:
            self._json(200, answer.whole, cut=cut)

    def _json(self, status: int, value: dict[str, Any], *, cut: bool = False) -> None:
        data = json.dumps(value).encode()
        self._head(status, "application/json", {"Content-Length": str(len(data))})
        self._write(data[: len(data) // 2] if cut else data)

    def _stream(self, events: list[str], *, cut: bool) -> None:
        self._head(200, "text/event-stream", {"Transfer-Encoding": "chunked"})
        for event in events[: len(events) // 2] if cut else events:
            data = event.encode()
            self._write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        if not cut:
            self._write(b"0\r\n\r\n")

    def _head(self, status: int, kind: str, more: dict[str, str]) -> None:
        self.send_response(status)
        # One request a connection: what is cut is cut, and no thread outlives its test.
        for name, value in {"Content-Type": kind, "Connection": "close", **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True

    def _write(self, data: bytes) -> None:
        try:
            self.wfile.write(data)
            self.wfile.flush()
        except OSError:
            self.close_connection = True  # the client went away, as a cancelled turn does

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a test says what it needs by ``server.requests``."""
