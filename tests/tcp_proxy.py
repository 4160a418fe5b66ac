"""A TCP proxy on loopback that misbehaves on demand: cuts, delays, refuses, loses replies.

::

    with tcp_proxy(("127.0.0.1", 6379)) as proxy:
        proxy.cut(after=0, direction="down")   # the request arrives, its reply is lost
        ...                                    # talk to 127.0.0.1:proxy.port
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal

Direction = Literal["up", "down"]
"""``up``: from the client to the server; ``down``: what the server answers."""

_RESET = struct.pack("ii", 1, 0)


@dataclass
class Cut:
    """Bytes that still pass in one direction before a connection is cut."""

    left: int
    direction: Direction
    reset: bool


class TcpProxy:
    """Forwards to ``target`` until told otherwise; made by `tcp_proxy`.

    ``cuts_done`` counts the connections that were cut as asked, ``connections`` those accepted.
    """

    host = "127.0.0.1"

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.delay = 0.0
        """Seconds that each piece waits before it is passed on, either way."""
        self.cuts_done = 0
        self.connections = 0
        self._refusing = self._closed = False
        self._cuts: list[Cut] = []
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        # The list of cuts and the sockets are shared by the threads of all connections.
        self._guard = threading.Lock()
        self._listener = socket.create_server((self.host, 0))
        self.port: int = self._listener.getsockname()[1]
        self._spawn(self._accept, self._listener)

    def cut(
        self, *, after: int = 0, direction: Direction = "down", times: int = 1, reset: bool = False
    ) -> None:
        """Cut after so many more bytes in that direction, ``times`` times; ``reset`` sends an RST.

        Each cut holds for whatever connection carries the bytes.
        """
        with self._guard:
            self._cuts += [Cut(after, direction, reset) for _ in range(times)]

    def refuse(self) -> None:
        """Close what is open, and every new connection as soon as it is accepted."""
        self._refusing = True
        self.cut_all()

    def accept(self) -> None:
        """Take connections again, and forget the cuts that did not come to pass."""
        self._refusing = False
        with self._guard:
            self._cuts.clear()

    def cut_all(self) -> None:
        """Cut every open connection now."""
        with self._guard:
            opened = list(self._open)
        for each in opened:
            _end(each)

    def close(self) -> None:
        """Stop listening, cut all, and wait for the threads."""
        self._closed = True
        _end(self._listener)
        self.cut_all()
        for thread in self._threads:
            thread.join(5)

    def _spawn(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while not self._closed:
            try:
                client, _address = listener.accept()
            except OSError:
                break
            self.connections += 1
            if self._refusing or self._closed:
                client.close()
                continue
            self._join(client)
        listener.close()

    def _join(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self.target, timeout=5)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._guard:
            self._open |= {client, server}
        ends = threading.Semaphore(0)
        self._spawn(self._pass_on, client, server, "up", ends)
        self._spawn(self._pass_on, server, client, "down", ends)
        self._spawn(self._bury, client, server, ends)

    def _bury(
        self, client: socket.socket, server: socket.socket, ends: threading.Semaphore
    ) -> None:
        ends.acquire()
        ends.acquire()
        with self._guard:
            self._open -= {client, server}
        client.close()
        server.close()

    def _pass_on(
        self,
        source: socket.socket,
        sink: socket.socket,
        direction: Direction,
        ends: threading.Semaphore,
    ) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if self.delay:
                    time.sleep(self.delay)
                passing, cut = self._allowed(data, direction)
                if passing:
                    sink.sendall(passing)
                if cut is not None:
                    if cut.reset:
                        for each in (source, sink):
                            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    break
        _end(source)
        _end(sink)
        ends.release()

    def _allowed(self, data: bytes, direction: Direction) -> tuple[bytes, Cut | None]:
        """What of ``data`` passes, and the cut that it comes to, if any."""
        with self._guard:
            cut = next((each for each in self._cuts if each.direction == direction), None)
            if cut is None:
                return data, None
            # A cut after 0 bytes lets nothing pass; one after N cuts when the N have passed.
            if len(data) < cut.left:
                cut.left -= len(data)
                return data, None
            self._cuts.remove(cut)
            self.cuts_done += 1
            return data[: cut.left], cut


def _end(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)


@contextmanager
def tcp_proxy(target: tuple[str, int]) -> Iterator[TcpProxy]:
    """A proxy to ``target``, closed at the end."""
    proxy = TcpProxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
