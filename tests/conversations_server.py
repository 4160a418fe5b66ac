"""A real server of the Conversations API on loopback, and what can go wrong on the way to it.

The server is `agentic-server` (the package agentic-api), independent of OpenAI and of this project:
real HTTP, the API's limits, items in SQLite. In front of it stands a thin layer of HTTP that passes
everything on, records it, and fails when told to::

    with conversations_server() as server:
        session = OpenAISession("demo", base_url=server.url)
        server.fail_next("POST", "/items", after=2, status=500)
        ...
        assert server.count("POST", "/items") == 4
"""

from __future__ import annotations

import atexit
import http.client
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import urlopen

PROGRAM = Path(sys.executable).with_name("agentic-server")


@dataclass
class Fault:
    """What goes wrong with the next requests of a kind.

    ``status`` is answered instead of passing the request on (with ``headers`` and ``body``, else an
    error of that ``code``); ``lost``: it is passed on, and the connection ends without an answer;
    ``cut``: the connection ends before it is passed on; ``delay``: seconds until it is passed on;
    ``linger``: seconds until its answer is passed back.
    """

    method: str
    path: str
    after: int = 0
    times: int = 1
    status: int | None = None
    code: str = "made_to_fail"
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    lost: bool = False
    cut: bool = False
    delay: float = 0.0
    linger: float = 0.0

    def meets(self, method: str, path: str) -> bool:
        """Whether this request is one that fails; counts those that it lets through first."""
        if self.times == 0 or method != self.method or self.path not in path:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True


@dataclass(frozen=True)
class Passed:
    """One request as it came: when, and what was asked."""

    at: float
    method: str
    path: str
    body: Any


@dataclass
class ConversationsServer:
    """The server as a test sees it. ``url`` fails when told to, ``direct_url`` never does."""

    url: str
    direct_url: str
    database: Path
    requests: list[Passed] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    # A fault is counted by one request at a time.
    guard: threading.Lock = field(default_factory=threading.Lock)

    def fail_next(self, method: str, path: str, **what: Any) -> Fault:
        """Let the next requests fail whose path holds ``path``; see `Fault`."""
        fault = Fault(method, path, **what)
        with self.guard:
            self.faults.append(fault)
        return fault

    def heal(self) -> None:
        """Nothing fails any more, and nothing was asked yet."""
        with self.guard:
            self.faults.clear()
            self.requests.clear()

    def count(self, method: str, path: str = "") -> int:
        """How many such requests came since `heal`."""
        return sum(each.method == method and path in each.path for each in self.requests)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the server itself, around everything that fails; the JSON of its answer."""
        address = self.direct_url.removeprefix("http://").removesuffix("/v1")
        connection = http.client.HTTPConnection(address, timeout=10)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, f"/v1{path}", data, {"Content-Type": "application/json"})
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def contents(self, conversation: str) -> list[Any]:
        """The texts of the messages that the server really holds, oldest first."""
        items: list[Any] = []
        more: dict[str, Any] = {"has_more": True, "last_id": None}
        while more["has_more"]:
            after = f"&after={more['last_id']}" if more["last_id"] else ""
            path = f"/conversations/{conversation}/items?limit=100&order=asc{after}"
            more = self.ask("GET", path)
            items += more["data"]
        return [item["content"][0]["text"] for item in items]

    def add(self, conversation: str, *texts: str) -> list[str]:
        """Add user messages as a program elsewhere does; their ids."""
        items = [{"role": "user", "content": text} for text in texts]
        added = self.ask("POST", f"/conversations/{conversation}/items", {"items": items})
        return [item["id"] for item in added["data"]]


@contextmanager
def conversations_server() -> Iterator[ConversationsServer]:
    """A running server on free ports of 127.0.0.1; ends with the block, and its data with it."""
    with tempfile.TemporaryDirectory() as folder, _upstream(Path(folder)) as direct:
        front = _Front(("127.0.0.1", 0), _Handler)
        url = f"http://127.0.0.1:{front.server_address[1]}/v1"
        front.state = ConversationsServer(url, direct, Path(folder) / "conversations.db")
        thread = threading.Thread(target=front.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield front.state
        finally:
            front.state.stopping.set()
            front.shutdown()
            front.server_close()
            thread.join(5)


_stack = ExitStack()
atexit.register(_stack.close)


@cache
def shared_conversations() -> ConversationsServer:
    """One server for all tests of this process. `heal` it first; what others wrote stays in it."""
    return _stack.enter_context(conversations_server())


@contextmanager
def _upstream(folder: Path) -> Iterator[str]:
    port = _free_port()
    command = [str(PROGRAM), "--llm-api-base", "http://127.0.0.1:9/v1", "--openai-api-key", "test"]
    command += ["--gateway-host", "127.0.0.1", "--gateway-port", str(port)]
    command += ["--skip-llm-ready-check"]
    command += ["--db-url", f"sqlite://{folder / 'conversations.db'}?mode=rwc"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", server)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(10)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait_for(url: str, server: subprocess.Popen[bytes], seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        with suppress(OSError), urlopen(url, timeout=1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"the server does not answer (exit code {server.poll()})")


class _Front(ThreadingHTTPServer):
    state: ConversationsServer
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a client that went away is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    upstream: http.client.HTTPConnection | None = None

    def do_GET(self) -> None:
        self._passed_on()

    def do_POST(self) -> None:
        self._passed_on()

    def do_DELETE(self) -> None:
        self._passed_on()

    def _passed_on(self) -> None:
        state: ConversationsServer = self.server.state  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with state.guard:
            asked = json.loads(body) if body else None
            state.requests.append(Passed(time.monotonic(), self.command, self.path, asked))
            fault = next((f for f in state.faults if f.meets(self.command, self.path)), None)
        fault = fault or Fault(self.command, self.path)
        state.stopping.wait(fault.delay)
        if fault.status is not None:
            error = {"error": {"message": "made to fail", "type": "test", "code": fault.code}}
            said = error if fault.body is None else fault.body
            self._answer(fault.status, json.dumps(said).encode(), fault.headers)
            return
        if not fault.cut:
            status, data = self._asked(state, body)
            state.stopping.wait(fault.linger)
        if fault.cut or fault.lost:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._answer(status, data, {})

    def _asked(self, state: ConversationsServer, body: bytes) -> tuple[int, bytes]:
        """Ask the server behind; one connection to it for each that came here."""
        if self.upstream is None:
            address = state.direct_url.removeprefix("http://").removesuffix("/v1")
            self.upstream = http.client.HTTPConnection(address, timeout=30)
        headers = {"Content-Type": "application/json"}
        self.upstream.request(self.command, self.path, body or None, headers)
        answer = self.upstream.getresponse()
        return answer.status, answer.read()

    def _answer(self, status: int, data: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def finish(self) -> None:
        """The client has gone: let go of the server behind."""
        if self.upstream is not None:
            self.upstream.close()
        with suppress(OSError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a test says what it needs by ``server.requests``."""
