"""The ways to a Redis place: two threads of our own, or a client that somebody lends us.

Own: a line for writes and one for reads, so that nobody's append waits behind a long history, nor
an event loop for its decoding. A forked child gets lines of its own and leaves its parent's alone.
"""

from __future__ import annotations

import os
import threading
import weakref
from functools import partial
from typing import Any, Protocol, TypeVar

from workbench.loop import settle
from workbench.stores.redis.cluster import Cluster, Node, routes_to_masters
from workbench.stores.redis.line import Line
from workbench.stores.redis.place import Place
from workbench.stores.redis.quick import QuickLine
from workbench.stores.redis.ticket import Left, Request
from workbench.stores.redis.wire import Exchange, Wire

T = TypeVar("T")


class Way(Protocol):
    """What a store sends its requests by."""

    name: str
    is_cluster: bool
    first_try: bytes
    """What a write says of itself: b"0", or b"-" where it may be sent again without our knowing."""

    async def do(self, request: Request[T], *, writing: bool = False) -> T:
        """Send ``request`` and return what its reply was read as. Raises StoreError."""
        ...

    async def nodes(self) -> list[bytes | None]:
        """A route to each server that keeps sessions."""
        ...

    async def close(self) -> None:
        """Close what is ours; safe to call twice, and the next request opens it again."""
        ...


class Lines:
    """The writing and the reading line of a place, started when first needed."""

    first_try = b"0"

    def __init__(self, place: Place) -> None:
        self.place = place
        self.name, self.is_cluster = place.name, place.is_cluster
        self._lines: dict[bool, Line] = {}
        self._was_there = threading.Event()
        self._known: dict[Node, None] = {}
        weakref.finalize(self, _let_go, self._lines).atexit = False

    async def do(self, request: Request[T], *, writing: bool = False) -> T:
        """Send ``request`` and return what its reply was read as."""
        while True:
            try:
                return await self._line(writing).do(request)
            except Left:
                continue  # closed between being looked up and being used

    async def nodes(self) -> list[bytes | None]:
        """A route to each master; in a place of one server, None."""
        if not self.is_cluster:
            return [None]

        def read(told: Any) -> list[bytes | None]:
            return [*routes_to_masters(told, self.place.host)]

        return await self.do(Request(("CLUSTER", "SLOTS"), read))

    async def close(self) -> None:
        """End both threads; waits until they have closed their connections."""
        await settle(self._closed())

    async def _closed(self) -> None:
        mine = [line for line in self._lines.values() if line.pid == os.getpid()]
        for line in mine:
            line.leave()
        for line in mine:
            await line.ended()
        for kind, line in list(self._lines.items()):
            if line in mine:
                del self._lines[kind]

    def _line(self, writing: bool) -> Line:
        line = self._lines.get(writing)
        if line is not None and not line.left and line.pid == os.getpid():
            return line
        # Looking for a line and starting one belong together.
        with _starting:
            line = self._lines.get(writing)
            if line is not None and line.pid != os.getpid():
                _inherited.append(line)
                line = None
            if line is None or line.left:
                place = self.place
                make = partial(_exchange, place, self._known)
                kind = QuickLine if writing else Line
                line = kind(place.name, make, place.timeout, self._was_there)
                self._lines[writing] = line
            return line


def _exchange(place: Place, known: dict[Node, None]) -> Exchange:
    return Cluster(place, known) if place.is_cluster else Wire(place, place.host, place.port)


def _let_go(lines: dict[bool, Line]) -> None:
    for line in lines.values():
        if line.pid == os.getpid():
            line.leave()


_inherited: list[Line] = []
"""Lines of a parent process, kept so that nothing ever closes them here."""
# Held through a fork: a child must not inherit it from a thread that it does not have.
_starting = threading.Lock()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_starting.acquire,
        after_in_parent=_starting.release,
        after_in_child=_starting.release,
    )
