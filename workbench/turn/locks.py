"""One turn at a time on a session, within a process.

Two runs at once on one session would read the same history and interleave their items. A second
turn waits for the first instead. (Turns of two processes can still meet; each keeps its own items
apart by its turn id.) The locks belong to the home loop, so turns of any loop can wait for each
other.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Hashable
from typing import Any

from workbench.loop import at_home, home

_locks: weakref.WeakValueDictionary[Hashable, asyncio.Lock] = weakref.WeakValueDictionary()


class TurnLock:
    """The right to take a turn on a session; held from the first look until `release`."""

    def __init__(self, session: Any) -> None:
        store = getattr(session, "store", None)
        # A handle is thin: what counts is the conversation it is on.
        self._place = (id(store), session.session_id) if store is not None else id(session)
        self._lock: asyncio.Lock | None = None
        self._held = False

    async def acquire(self) -> None:
        """Wait for the turn; at once when it is held already."""
        if not self._held:
            self._lock = await at_home(self._taken())
            self._held = True

    async def _taken(self) -> asyncio.Lock:
        place = (home().pid, self._place)
        lock = _locks.get(place)
        if lock is None:
            lock = _locks[place] = asyncio.Lock()
        await lock.acquire()
        return lock

    def release(self) -> None:
        """Let the next turn begin. Safe to call twice."""
        if self._held and self._lock is not None:
            self._held = False
            home().loop.call_soon_threadsafe(self._lock.release)
